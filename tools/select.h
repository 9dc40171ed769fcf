/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Find the processes and namespaces that the operands of the command line name,
 * and mark what to print. The form of an operand alone determines
 * whether it names processes or namespaces.
 */
#ifndef SELECT_H
#define SELECT_H

#include "snapshot.h"

/* PIDs are lower than this (PID_MAX_LIMIT in include/linux/threads.h). */
#define PID_LIMIT 4194304

/**
 * struct target - a process, thread or ID that an operand names
 * @proc: the process; NULL for an ID
 * @id: the ID; NULL for a process or thread
 * @own: PID namespace of @proc or @id
 * @ns: for '*:PID', the namespace in which the target has that PID; otherwise
 *	NULL
 * @tid: TID in the root, if the target is a thread other than the leader of
 *	@proc; 0 for @proc itself
 * @pids: PIDs or TIDs, outermost first, as many as @proc or @id has
 * @comm: name of the thread; NULL for @proc itself
 * @state: state letter of the process or thread; 0 for an ID
 * @earlier: 0, or the index plus 1 of the last earlier target with the same
 *	@proc or @id
 */
struct target {
	const struct process *proc;
	const struct id *id;
	const struct namespace *own;
	const struct namespace *ns;
	unsigned int tid;
	unsigned int pids[LEVELS];
	char *comm;
	char state;
	size_t earlier;
};

/**
 * struct targets - the processes, threads and IDs that the operands name
 * @list: targets in the order of the operands
 * @count: number of targets
 * @nr_ids: number of targets that are IDs
 * @last: for each process, then for each ID of the tree: 0, or the index plus 1
 *	of its last target; NULL before the first target
 * @everywhere: all operands so far have the form '*:PID'; true at first
 */
struct targets {
	struct target *list;
	size_t count;
	size_t nr_ids;
	size_t *last;
	bool everywhere;
};

/**
 * struct notes - remarks on the result, for standard error
 * @lines: printable lines that end in newlines; the caller frees them; NULL for
 *	none
 * @len: length of @lines
 */
struct notes {
	char *lines;
	size_t len;
};

/** select_is_process - whether an operand has the form PID, NS:PID or *:PID */
bool select_is_process(const char *operand);

/**
 * select_targets - find the processes that an operand names
 * @snap: the snapshot
 * @operand: PID or TID in the root, NS:PID, or *:PID
 * @targets: the processes, threads or IDs are added; release it with targets_release()
 * @notes: remarks are added
 * @error: filled on error
 *
 * If no process or thread has the PID, an ID of a process group or session is
 * added, with a remark that it is no process.
 *
 * Return: whether the operand names at least one process, thread or ID.
 */
bool select_targets(struct snapshot *snap, const char *operand,
		    struct targets *targets, struct notes *notes,
		    struct error *error);

/** targets_release - free the members of targets */
void targets_release(struct targets *targets);

/**
 * select_namespaces - show the namespaces that an operand names
 * @snap: the snapshot
 * @operand: INUM, pid:[INUM], @PID for the namespace of a process, or a
 *	container or pod
 * @notes: remarks are added
 * @error: filled on error
 *
 * Namespaces that are already shown stay shown. A namespace is shown with its
 * descendants. If a container shares a namespace that it does not own, the
 * processes of that namespace that are not in the container are hidden.
 *
 * Return: whether the operand names at least one namespace.
 */
bool select_namespaces(struct snapshot *snap, const char *operand,
		       struct notes *notes, struct error *error);

/**
 * select_path - show the namespaces from the root to that of a process
 * @snap: the snapshot
 * @pid: PID or TID in the root
 * @error: filled on error
 *
 * Namespaces that are already shown stay shown.
 *
 * Return: whether there is such a process.
 */
bool select_path(struct snapshot *snap, const char *pid, struct error *error);

/** select_paths - show only the namespaces from the root to those of targets */
void select_paths(struct snapshot *snap, const struct targets *targets);

/** select_none - show no namespace */
void select_none(struct snapshot *snap);

/** select_no_kthreads - hide kernel threads */
void select_no_kthreads(struct snapshot *snap);

/** select_zombies - hide other processes, and namespaces without zombies */
void select_zombies(struct snapshot *snap);

struct container_ns;
struct container_ns_list;

/**
 * select_find - find what select_namespaces() would show
 * @snap: the snapshot
 * @operand: as for select_namespaces()
 * @list: filled; free @list->entries
 * @error: filled on error
 *
 * Return: whether the operand names at least one namespace.
 */
bool select_find(struct snapshot *snap, const char *operand,
		 struct container_ns_list *list, struct error *error);

/** select_container_ns - show a namespace from select_find(), and descendants */
void select_container_ns(struct snapshot *snap,
			 const struct container_ns *entry);

#endif /* SELECT_H */
