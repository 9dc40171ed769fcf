/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Files of processes in /proc, in another procfs, or in a directory with saved
 * copies of such files. A process may have exited since its PID was read, and
 * another process may have got that PID.
 */
#ifndef PROCFS_H
#define PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tree.h"

/**
 * struct procfs - a directory with files of processes
 * @path: its path
 * @saved: the files are copies: users and containers of this machine do not
 *	explain them
 */
struct procfs {
	const char *path;
	bool saved;
};

/** procfs_open - describe the procfs or the saved files in a directory */
struct procfs procfs_open(const char *path);

/**
 * procfs_open_file - open a file for reading
 * @procfs: where to look
 * @name: path of the file relative to the directory of @procfs; no component is
 *	empty, '.' or '..'
 *
 * In a saved directory, only regular files are opened, and symbolic links are
 * not followed. The directory itself may be a symbolic link.
 *
 * Return: a descriptor; -1 with errno on error. errno is EINVAL if a saved file
 * is not a regular file.
 */
int procfs_open_file(const struct procfs *procfs, const char *name);

/**
 * procfs_read - read a file of a process
 * @procfs: where to look
 * @pid: PID of the process in the PID namespace of @procfs
 * @name: of the file in the directory of the process
 * @len: set to the number of bytes
 *
 * Return: the first 128 KiB of the file, or a little more, and a NUL. The
 * caller may write to them; the next call reuses their memory. NULL if the file
 * cannot be read.
 */
char *procfs_read(const struct procfs *procfs, unsigned int pid,
		  const char *name, size_t *len);

/**
 * procfs_command - the command line of a process, with spaces between arguments
 *
 * Return: to be freed; NULL if it is empty or cannot be read.
 */
char *procfs_command(const struct procfs *procfs, unsigned int pid);

/**
 * struct thread - what procfs says of a task
 * @tgid: PID of its process, in the PID namespace of procfs
 * @tids: its TIDs, outermost first, from that namespace to its own
 * @count: how many
 * @state: the letter of /proc/TID/stat
 * @comm: its name
 */
struct thread {
	unsigned int tgid;
	unsigned int tids[LEVELS];
	unsigned int count;
	char state;
	char comm[64];
};

/**
 * procfs_thread - find a task by its TID
 * @procfs: where to look
 * @tid: TID in the PID namespace of @procfs
 * @thread: filled
 *
 * A procfs has a directory for each task, listed or not. Saved files have
 * threads under their processes only: see procfs_visit_threads().
 *
 * Return: whether there is such a task and its status can be read.
 */
bool procfs_thread(const struct procfs *procfs, unsigned int tid,
		   struct thread *thread);

/**
 * procfs_visit_threads - read the status of each task of a process
 * @procfs: where to look
 * @pid: PID of the process in the PID namespace of @procfs
 * @visit: called for each task; returns whether to go on
 * @arg: passed to @visit
 */
void procfs_visit_threads(const struct procfs *procfs, unsigned int pid,
			  bool (*visit)(const struct thread *thread, void *arg),
			  void *arg);

/** procfs_put_status - write what procfs_visit_threads() reads of a thread */
void procfs_put_status(FILE *file, const struct thread *thread);

/**
 * procfs_is_own - whether /proc is of the caller's own PID namespace
 *
 * If it is not, as after unshare --pid without --mount-proc, the PIDs in it are
 * not those that the caller's shell prints.
 */
bool procfs_is_own(void);

/**
 * user_name - the name of a user of this machine
 *
 * Each is looked up once.
 *
 * Return: NULL if there is none; valid as long as the program runs.
 */
const char *user_name(uint32_t uid);

#endif /* PROCFS_H */
