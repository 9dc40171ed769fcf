/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * What the text does not have, and /proc and the user database do: of processes
 * that may have gone since, and of this machine alone.
 */
#ifndef LIVE_H
#define LIVE_H

#include <stddef.h>
#include <stdint.h>

/**
 * live_read - read a file of a process
 * @pid: PID of the process
 * @name: of the file in /proc/PID
 * @len: set to how many bytes there are
 *
 * Return: its bytes, or the first 128 KiB of them and some, and a NUL; the
 * caller may write to them, and they are there until the next call. NULL when
 * it cannot be read.
 */
char *live_read(unsigned int pid, const char *name, size_t *len);

/**
 * live_command - the command line of a process, with spaces between the words
 *
 * Return: to be freed; NULL when it has none or may not be read.
 */
char *live_command(unsigned int pid);

/**
 * live_thread_group - the process that a thread belongs to
 *
 * Return: its PID; 0 when there is no such thread.
 */
unsigned int live_thread_group(unsigned int tid);

/**
 * live_user - the name of a user
 *
 * Each is looked up once.
 *
 * Return: NULL when there is none, else good for as long as the program runs.
 */
const char *live_user(uint32_t uid);

#endif /* LIVE_H */
