/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Read files of processes in /proc, in another procfs mount, or in a directory
 * with saved copies of such files. The process may have exited since its PID
 * was read, and the PID may have been reused for another process.
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
 * @path: path of the directory
 * @saved: the files are copies, perhaps from another machine, so UIDs and
 *	container IDs must not be looked up on this one
 */
struct procfs {
	const char *path;
	bool saved;
};

/**
 * procfs_open - check whether a directory is a procfs mount
 * @path: path of the directory
 *
 * Opens nothing. If @path is not a procfs mount, or does not exist, it counts
 * as a directory with saved files.
 *
 * Return: the directory. It refers to @path.
 */
struct procfs procfs_open(const char *path);

/**
 * procfs_open_file - open a file for reading
 * @procfs: the directory
 * @name: path of the file relative to the directory; must have no component
 *	that is empty, "." or ".."
 *
 * In a saved directory, only regular files are opened, and symbolic links are
 * not followed. The path of the directory itself may have symbolic links.
 *
 * Return: a descriptor; -1 with errno set on error. errno is EINVAL if a saved
 * file is not a regular file.
 */
int procfs_open_file(const struct procfs *procfs, const char *name);

/**
 * procfs_number - read a file that contains a number, and close it
 * @fd: descriptor of the file; -1 if the file could not be opened
 * @number: set to the number
 *
 * Return: false if the file cannot be read or does not begin with a digit.
 */
bool procfs_number(int fd, uint64_t *number);

/**
 * procfs_read - read a file of a process
 * @procfs: the directory
 * @pid: PID of the process in the PID namespace of the procfs mount
 * @name: name of the file in the directory of the process
 * @len: set to the number of bytes read
 *
 * Stops reading after 128 KiB or a little more.
 *
 * Return: the contents of the file, with a NUL appended, in a static buffer
 * that the next call overwrites. The caller may modify the buffer. NULL if the
 * file cannot be read.
 */
char *procfs_read(const struct procfs *procfs, unsigned int pid,
		  const char *name, size_t *len);

/**
 * procfs_command - read the command line of a process
 *
 * Return: the arguments, separated by spaces; the caller frees the string. NULL
 * if the command line is empty or cannot be read.
 */
char *procfs_command(const struct procfs *procfs, unsigned int pid);

/**
 * procfs_namespace - read the inode number of a PID namespace of a process
 * @procfs: the directory, which must be a procfs mount
 * @pid: PID of the process in the PID namespace of the procfs mount
 * @link: "pid" or "pid_for_children"
 *
 * Return: the inode number; 0 with errno set on error. errno is ENOENT if there
 * is no such process, or if @link is "pid_for_children" and that namespace has
 * never had an init.
 */
uint32_t procfs_namespace(const struct procfs *procfs, unsigned int pid,
			  const char *link);

/**
 * struct thread - fields of /proc/TID/status
 * @tgid: PID of the thread's process in the PID namespace of the procfs mount
 * @tids: TIDs of the thread, from that namespace down to the thread's own
 * @count: number of TIDs
 * @state: state, a letter as in /proc/TID/stat
 * @comm: name of the thread
 */
struct thread {
	unsigned int tgid;
	unsigned int tids[LEVELS];
	unsigned int count;
	char state;
	char comm[64];
};

/**
 * procfs_thread - read the status of a thread
 * @procfs: the directory
 * @tid: TID in the PID namespace of the procfs mount
 * @thread: filled
 *
 * In a procfs mount, /proc/TID exists for each thread, although readdir() lists
 * only thread group leaders. In a saved directory, threads other than leaders
 * are only in PID/task: see procfs_visit_threads().
 *
 * Return: true if the thread exists and its status can be read.
 */
bool procfs_thread(const struct procfs *procfs, unsigned int tid,
		   struct thread *thread);

/**
 * procfs_visit_threads - read the status of each thread of a process
 * @procfs: the directory
 * @pid: PID of the process in the PID namespace of the procfs mount
 * @visit: called for each thread; returns false to stop
 * @arg: argument for @visit
 */
void procfs_visit_threads(const struct procfs *procfs, unsigned int pid,
			  bool (*visit)(const struct thread *thread, void *arg),
			  void *arg);

/** procfs_put_status - print a status file for procfs_visit_threads() */
void procfs_put_status(FILE *file, const struct thread *thread);

/**
 * procfs_is_own - whether /proc belongs to the caller's own PID namespace
 *
 * If it does not, for example after unshare --pid without --mount-proc, the
 * PIDs in /proc differ from those that the caller's shell prints.
 */
bool procfs_is_own(void);

/**
 * user_name - find the name of a user of this machine
 *
 * Each UID is looked up once.
 *
 * Return: the name, valid as long as the program runs; NULL if the user has no
 * name.
 */
const char *user_name(uint32_t uid);

#endif /* PROCFS_H */
