/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A copy of all that pidnstree reads, for --proc on another machine or later.
 */
#ifndef SAVE_H
#define SAVE_H

#include "snapshot.h"

/* In a saved directory, the names of containers. */
#define SAVED_NAMES "container_names"

/**
 * save - write a directory that --proc can read
 * @source: where to copy from
 * @directory: path of the directory; must not exist. Its parent may be writable
 *	for others
 * @error: filled on error
 *
 * The directory gets the file pidns_tree and SAVED_NAMES. For each process it
 * gets the files cgroup and cmdline in PID, and for each thread of a process
 * with several, PID/task/TID/status. Files of processes that have exited
 * meanwhile are left out. Only the owner may read it, because command lines
 * can hold passwords. A warning on standard error says if the view is limited.
 *
 * Return: whether all of it was written.
 */
bool save(const struct source *source, const char *directory,
	  struct error *error);

#endif /* SAVE_H */
