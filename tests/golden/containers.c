// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * containers FILE: parse each paragraph of FILE as the contents of a
 * /proc/PID/cgroup. Print the container, the path and the unit of the process.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "container.h"

#define LONGEST 4096

static void print_result(const char *text)
{
	char *path = cgroup_path(text), *unit = cgroup_unit(text);
	struct container container;

	container_parse(text, &container);
	fputs(text, stdout);
	printf("  engine %s, id %s, pod %s\n",
	       container.engine ? container.engine : "-",
	       container.id ? container.id : "-",
	       container.pod ? container.pod : "-");
	printf("  path %s\n", path ? path : "-");
	printf("  unit %s\n", unit ? unit : "-");
	container_release(&container);
	free(path);
	free(unit);
}

int main(int argc, char **argv)
{
	char text[LONGEST] = "", line[LONGEST];
	FILE *file;

	if (argc != 2)
		errx(EXIT_FAILURE, "usage: containers FILE");
	file = fopen(argv[1], "r");
	if (!file)
		err(EXIT_FAILURE, "cannot open %s", argv[1]);
	while (fgets(line, sizeof(line), file)) {
		if (*line == '#')
			continue;
		if (*line == '\n') {
			print_result(text);
			*text = '\0';
		} else if (strlen(text) + strlen(line) < sizeof(text)) {
			strcat(text, line);
		}
	}
	print_result(text);
	fclose(file);

	return 0;
}
