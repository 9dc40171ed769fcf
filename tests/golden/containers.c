// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * containers FILE: print the container, the path and the unit that are found in
 * each paragraph of the file, the contents of a /proc/PID/cgroup.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "container.h"

#define LONGEST 4096

static void tell(const char *text)
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
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	char text[LONGEST] = "", line[LONGEST];

	if (!file)
		err(EXIT_FAILURE, "cannot open what there is to be read");
	while (fgets(line, sizeof(line), file)) {
		if (*line == '#')
			continue;
		if (*line == '\n') {
			tell(text);
			*text = '\0';
		} else if (strlen(text) + strlen(line) < sizeof(text)) {
			strcat(text, line);
		}
	}
	tell(text);
	fclose(file);

	return 0;
}
