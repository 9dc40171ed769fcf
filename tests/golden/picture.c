// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * picture TEXT: the picture of a saved text, with containers, which only those
 * of the running kernel have: a line "# INUM CGROUP" of the text says what the
 * /proc/PID/cgroup of a process in that namespace would have.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "print.h"
#include "render.h"

#define LONGEST 4096

static void add_container(struct look *look, unsigned int inum,
			  const char *cgroup)
{
	for (size_t i = 0; i < look->tree.nr_namespaces; i++)
		if (look->tree.namespaces[i].inum == inum)
			container_parse(cgroup, &look->containers[i]);
}

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	char line[LONGEST], cgroup[LONGEST];
	struct look look;
	unsigned int inum;

	if (!file)
		err(EXIT_FAILURE, "cannot open what there is to be read");
	look_take(&look, argv[1]);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "# %u %s", &inum, cgroup) == 2)
			add_container(&look, inum, cgroup);
	fclose(file);
	render_dot(&look, true);
	look_release(&look);
	finish_output();

	return 0;
}
