// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Parse any bytes as a line of a /proc/PID/mountinfo.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mountinfo.h"
#include "nsfs.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(bool condition)
{
	if (!condition)
		abort();
}

static void check_mount(const struct mount *mount, const char *line,
			const char *end)
{
	const char *point_end = mount->point + strlen(mount->point);

	check(mount->root > line && mount->root < mount->point);
	check(!strchr(mount->root, ' '));
	check(point_end < end);
	/* Unescaping shortens the mount point. */
	check(strlen(line) < (size_t)(end - line));
	if (mount->is_nsfs)
		nsfs_parse_link(mount->root, "pid");
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *line = malloc(size + 1);
	struct mount mount;

	check(line);
	memcpy(line, data, size);
	line[size] = '\0';
	if (mountinfo_parse(line, &mount))
		check_mount(&mount, line, line + size);
	free(line);

	return 0;
}
