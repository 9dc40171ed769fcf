// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "mountinfo.h"

/* The string between the fields with a varying number and the type. */
#define SEPARATOR " - "

/* Number of fields before the optional ones. */
#define NR_FIELDS 6

/* The kernel escapes blanks and backslashes as \ooo. */
static void unescape(char *string)
{
	char *to = string;

	for (const char *p = string; *p; p++) {
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' &&
		    p[2] >= '0' && p[2] <= '7' && p[3] >= '0' && p[3] <= '7') {
			*to++ = (p[1] - '0') << 6 | (p[2] - '0') << 3 |
				(p[3] - '0');
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
}

static bool has_type(const char *types, const char *type)
{
	size_t len = strlen(type);

	return !strncmp(types, type, len) && types[len] == ' ';
}

bool mountinfo_parse(char *line, struct mount *mount)
{
	unsigned int major, minor;
	char *rest, *fields[NR_FIELDS], *types;

	rest = strstr(line, SEPARATOR);
	if (!rest)
		return false;
	types = rest + strlen(SEPARATOR);
	*rest = '\0';
	mount->is_nsfs = has_type(types, "nsfs");
	if (!mount->is_nsfs && !has_type(types, "proc"))
		return false;
	rest = line;
	for (int i = 0; i < NR_FIELDS; i++) {
		fields[i] = strsep(&rest, " ");
		if (!fields[i])
			return false;
	}
	if (sscanf(fields[2], "%u:%u", &major, &minor) != 2)
		return false;
	mount->dev = makedev(major, minor);
	mount->root = fields[3];
	mount->point = fields[4];
	unescape(mount->point);

	return true;
}
