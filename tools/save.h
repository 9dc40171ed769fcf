/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Save a copy of the files that pidnstree reads, for --proc at another time or
 * on another machine.
 */
#ifndef SAVE_H
#define SAVE_H

#include "snapshot.h"

/* The file with the names of containers in a saved directory. */
#define SAVED_NAMES "container_names"

/**
 * save - create a directory that --proc can read
 * @source: the source to copy
 * @directory: path of the directory, which must not exist. Other users may be
 *	able to write to its parent directory
 * @error: filled on error
 *
 * Writes the files pidns_tree and SAVED_NAMES, PID/cgroup and PID/cmdline of
 * each process, and PID/task/TID/status of each thread of a process with
 * several threads. Skips files of processes that have exited meanwhile. Only
 * the owner can read the directory, because command lines can contain
 * passwords. Prints a warning if the view is limited.
 *
 * Return: true if everything was written.
 */
bool save(const struct source *source, const char *directory,
	  struct error *error);

#endif /* SAVE_H */
