/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * From the words of the command line to processes, and to namespaces that are
 * to be shown. The form of a word alone tells which of the two it names.
 */
#ifndef SELECT_H
#define SELECT_H

#include "snapshot.h"

/* PIDs are lower than this (PID_MAX_LIMIT in include/linux/threads.h). */
#define PID_LIMIT 4194304

/**
 * struct target - a process or thread that was asked for
 * @proc: the process
 * @ns: the namespace in which it has the PID that was asked for in all
 *	namespaces; NULL if a particular process was asked for
 * @tid: TID in the root of a thread other than the leader of @proc; 0 for @proc
 *	itself
 * @pids: PIDs or TIDs, outermost first, as many as @proc has
 * @comm: name of the thread; NULL for @proc itself
 * @state: letter of the state of the process or thread
 */
struct target {
	const struct process *proc;
	const struct namespace *ns;
	unsigned int tid;
	unsigned int pids[LEVELS];
	char *comm;
	char state;
};

/**
 * struct targets - processes and threads that were asked for
 * @list: in the order of the words
 * @count: how many
 * @everywhere: all words were '*:PID'; true before the first word
 */
struct targets {
	struct target *list;
	size_t count;
	bool everywhere;
};

/**
 * struct notes - what the user should know of an answer
 * @lines: printable lines, each ended by a newline; NULL for none
 *
 * To be freed with free(@lines).
 */
struct notes {
	char *lines;
};

/** select_is_process - whether a word has the form of a process, NS:PID or *:PID */
bool select_is_process(const char *word);

/**
 * select_targets - find the processes that a word names
 * @snap: where to look
 * @word: PID or TID in the root, NS:PID, or *:PID
 * @targets: those found are added; to be released with targets_release()
 * @notes: added to
 * @error: filled on error
 *
 * Return: whether there is at least one.
 */
bool select_targets(struct snapshot *snap, const char *word,
		    struct targets *targets, struct notes *notes,
		    struct error *error);

/** targets_release - free what belongs to targets */
void targets_release(struct targets *targets);

/**
 * select_namespaces - show also the namespaces that a word names, and theirs
 * @snap: where to look
 * @word: INUM, pid:[INUM], @PID for the namespace of a process, or a container
 *	or pod
 * @notes: added to
 * @error: filled on error
 *
 * A namespace is shown with its descendants. If a container only shares a
 * namespace, the other processes of that namespace become hidden.
 *
 * Return: whether there is at least one.
 */
bool select_namespaces(struct snapshot *snap, const char *word,
		       struct notes *notes, struct error *error);

/**
 * select_path - show also the namespaces from the root to that of a process
 *
 * Return: false, with @error filled, if there is no process @word.
 */
bool select_path(struct snapshot *snap, const char *word, struct error *error);

/** select_paths - show only the namespaces from the root to those of processes */
void select_paths(struct snapshot *snap, const struct targets *targets);

/** select_none - show no namespace */
void select_none(struct snapshot *snap);

/** select_no_kthreads - hide the kernel threads */
void select_no_kthreads(struct snapshot *snap);

/** select_zombies - hide all but zombies, and namespaces without zombies */
void select_zombies(struct snapshot *snap);

struct home;
struct homes;

/**
 * select_find - find what select_namespaces() shows, and show nothing
 * @snap: where to look
 * @word: as for select_namespaces()
 * @homes: filled; to be freed with free(@homes->list)
 * @error: filled on error
 *
 * Return: whether there is at least one.
 */
bool select_find(struct snapshot *snap, const char *word, struct homes *homes,
		 struct error *error);

/** select_home - show also a namespace, as select_namespaces() does */
void select_home(struct snapshot *snap, const struct home *home);

#endif /* SELECT_H */
