/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * One look: the text, read and taken apart, and what /proc adds to it when the
 * text is that of this machine, now.
 */
#ifndef LOOK_H
#define LOOK_H

#include "container.h"
#include "tree.h"

/* The module is not loaded: what its file is to be read from is not there. */
#define EXIT_NO_MODULE 2

/**
 * struct look - one look
 * @tree: what the text says
 * @live: it is of this machine and of now, so there is more to be known
 * @containers: of each namespace of @tree, as far as @asked
 * @asked: for each namespace, whether its container was looked for
 */
struct look {
	struct tree tree;
	bool live;
	struct container *containers;
	bool *asked;
};

/**
 * look_take - read a text
 * @look: filled; to be released with look_release()
 * @file: name of a file with a saved text, "-" for standard input, or NULL for
 *	that of the running kernel
 *
 * Ends the program with a message when there is none or it is not whole. All
 * of it is shown at first.
 */
void look_take(struct look *look, const char *file);

/** look_release - free what is in a look */
void look_release(struct look *look);

/**
 * look_is_limited - whether the text has not all that its root has
 *
 * It says so by hiding an init, or everything.
 */
bool look_is_limited(const struct look *look);

/**
 * look_container - the container that a namespace belongs to
 *
 * Opens one file of one of its processes, once.
 *
 * Return: NULL when there is none or none is known.
 */
const struct container *look_container(struct look *look,
				       const struct namespace *ns);

/**
 * look_command - what a process was started as
 * @look: the look
 * @pid: PID of the process in the root
 * @proc: the process, NULL when the text has not more than the PID
 *
 * Opens one file of that process.
 *
 * Return: its command line or else its name, to be freed; NULL for neither.
 */
char *look_command(const struct look *look, unsigned int pid,
		   const struct process *proc);

/**
 * look_user - the name of a user
 *
 * Return: to be freed; the number for those of another machine and those
 *	without a name.
 */
char *look_user(const struct look *look, uint32_t uid);

#endif /* LOOK_H */
