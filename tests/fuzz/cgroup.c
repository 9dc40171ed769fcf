// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Parse any bytes as the contents of a /proc/PID/cgroup.
 */
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "container.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(bool condition)
{
	if (!condition)
		abort();
}

static void check_container(const char *text)
{
	struct container container;

	container_parse(text, &container);
	if (container.id) {
		check(*container.id);
		if (container_has_hash(&container))
			check(strstr(text, container.id));
	} else {
		check(!container.engine && !container.pod);
	}
	if (container.pod) {
		check(strlen(container.pod) >= 32);
		check(!container.pod[strspn(container.pod,
					    "0123456789abcdef-")]);
	}
	container_release(&container);
	check(!container.engine && !container.id && !container.pod);
}

static void check_paths(const char *text)
{
	char *path = cgroup_path(text), *unit = cgroup_unit(text);

	if (path)
		check(*path && !strchr(path, '\n') && strstr(text, path));
	else
		check(!unit);
	if (unit) {
		const char *dot = strrchr(unit, '.');

		check(dot && dot != unit && strcmp(dot, ".slice"));
		check(!strchr(unit, '/') && strstr(path, unit));
	}
	free(path);
	free(unit);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = malloc(size + 1);

	check(text);
	memcpy(text, data, size);
	text[size] = '\0';
	check_container(text);
	check_paths(text);
	free(text);

	return 0;
}
