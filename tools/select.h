/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * What of a look is meant: namespaces and processes, by the names that people
 * have for them. Where there is no such thing, the program ends with a message.
 */
#ifndef SELECT_H
#define SELECT_H

#include "look.h"

/**
 * select_process - the process that has a PID in the root
 *
 * The text of a busy machine may have two, if the PID was used again while it
 * was read: then the later one.
 */
const struct process *select_process(const struct look *look, unsigned int pid);

/**
 * select_process_in - the process that has a PID in a namespace
 *
 * It may be one of those that are below it: they have a PID there, too.
 */
const struct process *select_process_in(const struct look *look,
					const struct namespace *ns,
					unsigned int pid);

/**
 * select_namespace - the namespace that a word is a name of
 * @look: the look
 * @word: inum, pid:[INUM], @PID for that of a process, the id or name of a
 *	container or a start of it that no other has
 */
struct namespace *select_namespace(struct look *look, const char *word);

/** select_none - show no namespace */
void select_none(struct look *look);

/** select_below - show a namespace and all below it as well */
void select_below(struct look *look, const struct namespace *top);

/** select_way - show the namespaces from the root to a namespace as well */
void select_way(struct namespace *ns);

/**
 * select_pid - a word as a PID
 *
 * Return: 0 when it is none.
 */
unsigned int select_pid(const char *word);

#endif /* SELECT_H */
