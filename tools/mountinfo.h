/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The lines of /proc/PID/mountinfo, see proc_pid_mountinfo(5). The owner of a
 * mount namespace can mount another file over it, so the lines can have any
 * contents.
 */
#ifndef MOUNTINFO_H
#define MOUNTINFO_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct mount - a mount of a file system that can pin a PID namespace
 * @dev: device number
 * @root: directory of the file system that is mounted; escaped
 * @point: mount point
 * @is_nsfs: the file system is nsfs; otherwise, it is a procfs
 */
struct mount {
	dev_t dev;
	char *root;
	char *point;
	bool is_nsfs;
};

/**
 * mountinfo_parse - parse a line of mountinfo
 * @line: the line without its newline; is modified
 * @mount: filled; its strings are parts of @line
 *
 * Return: false if the line is malformed, or about another file system.
 */
bool mountinfo_parse(char *line, struct mount *mount);

#endif /* MOUNTINFO_H */
