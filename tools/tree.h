/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The model: the text of /proc/pidns_tree, taken apart.
 *
 * Data flows one way: parse.c fills the model, select.c marks what of it is to
 * be shown, a render_*.c or watch.c prints that. live.c and container.c add
 * what the text does not have, from elsewhere in /proc.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Levels that a PID namespace can be at: the reader's root and 32 below. */
#define LEVELS 33

/* Inode number of the initial PID namespace (PROC_PID_INIT_INO in 6.12). */
#define INITIAL_INUM 4026531836

/**
 * enum init - what is known of the init of a namespace
 * @INIT_NONE: there is none
 * @INIT_HIDDEN: there is one that the reader of the text may not see
 * @INIT_KNOWN: it is there
 */
enum init {
	INIT_NONE,
	INIT_HIDDEN,
	INIT_KNOWN,
};

/**
 * struct namespace - a PID namespace
 * @parent: its parent, which comes before it in the tree; NULL for the root
 * @line: number of its line in the text, from 1
 * @inum: its inode number, by which the kernel names it
 * @level: 0 for the root, that of @parent and 1 for all others
 * @init: what is known of its init
 * @init_pids: PIDs of its init, outermost first, @level + 1 of them; NULL
 *	unless @init is INIT_KNOWN
 * @nprocs: how many processes the text says that it has, which may be less or
 *	more than @nr_processes on a busy machine
 * @state: active, pending, dying or dead
 * @owner: uid of the owner of its user namespace
 * @has_userns: @userns is known
 * @userns: inode number of its user namespace
 * @pid_max: lowest PID that it does not give out, 0 when the text has none
 * @nsid: its 64-bit id, 0 when the text has none
 * @holder: PID in the root of a task whose children are to be born in it, 0
 *	when the text has none
 * @processes: its own processes, by PID
 * @nr_processes: how many
 * @shown: it is to be printed. Set by select.c
 * @partial: only those of its processes are printed that belong to containers
 *	that were asked for. Set by select.c
 */
struct namespace {
	struct namespace *parent;
	size_t line;
	uint32_t inum;
	unsigned int level;
	enum init init;
	unsigned int *init_pids;
	unsigned int nprocs;
	const char *state;
	uint32_t owner;
	bool has_userns;
	uint32_t userns;
	unsigned int pid_max;
	uint64_t nsid;
	unsigned int holder;
	struct process *processes;
	size_t nr_processes;
	bool shown;
	bool partial;
};

/**
 * struct process - a process
 * @ns: its own PID namespace
 * @pids: its PIDs, outermost first: from the root to @ns, as many as the level
 *	of @ns and 1
 * @comm: its name: any bytes but NUL, and nothing that could be printed as is
 * @ppid: PID of its parent in the root, 0 when that is outside
 * @threads: how many it has
 * @uid: its real uid
 * @state: the letter of /proc/PID/stat
 * @hidden: it is not to be printed, although its namespace is. Set by select.c
 */
struct process {
	const struct namespace *ns;
	unsigned int *pids;
	const char *comm;
	unsigned int ppid;
	unsigned int threads;
	uint32_t uid;
	char state;
	bool hidden;
};

/**
 * struct tree - a whole text
 * @namespaces: in pre-order: a namespace, then all that are below it
 * @nr_namespaces: how many
 * @processes: all of them, in the order of their namespaces
 * @nr_processes: how many
 * @by_pid: @processes by their PIDs in the root; NULL until it is needed
 * @pids: what pids and init_pids point into
 * @text: what state and comm point into
 */
struct tree {
	struct namespace *namespaces;
	size_t nr_namespaces;
	struct process *processes;
	size_t nr_processes;
	const struct process **by_pid;
	unsigned int *pids;
	char *text;
};

/**
 * struct parse_error - why a text was refused
 * @line: number of the line, from 1; 0 when it is not about one
 * @message: what was expected there; printable
 */
struct parse_error {
	size_t line;
	char message[256];
};

/**
 * tree_parse - take a text apart
 * @tree: filled; to be released with tree_release(), also after an error
 * @text: the text, from malloc(); belongs to @tree from here on, and is written
 *	to
 * @len: its length in bytes
 * @error: filled when the text is refused
 *
 * Time and memory are linear in the length of the text, but for sorting the
 * namespaces once, whatever the text is.
 *
 * Return: whether the text is whole and keeps to the format.
 */
bool tree_parse(struct tree *tree, char *text, size_t len,
		struct parse_error *error);

/** tree_release - free what is in a tree */
void tree_release(struct tree *tree);

/**
 * namespace_is_below - whether a namespace is another one or below it
 *
 * Takes at most as many steps as there are levels.
 */
bool namespace_is_below(const struct namespace *ns,
			const struct namespace *top);

/**
 * namespace_init - the process that is the init of a namespace
 *
 * Return: NULL when it has none, or none that the text has.
 */
const struct process *namespace_init(const struct namespace *ns);

/**
 * struct visitor - what to do with each namespace that is shown
 * @enter: before those below it
 * @leave: after them
 */
struct visitor {
	void (*enter)(const struct namespace *ns, void *arg);
	void (*leave)(const struct namespace *ns, void *arg);
};

/**
 * tree_find_process - the process with a PID in the root
 *
 * If the PID was reused while the kernel printed the tree, there are two; the
 * later one is returned.
 *
 * Return: NULL if there is none.
 */
const struct process *tree_find_process(struct tree *tree, unsigned int pid);

/** tree_find_namespace - the namespace with an inode number, or NULL */
struct namespace *tree_find_namespace(const struct tree *tree,
				      unsigned long inum);

/**
 * tree_has_kthreads - whether the root is the initial PID namespace
 *
 * Kernel threads are in no other namespace.
 */
bool tree_has_kthreads(struct tree *tree);

/**
 * process_is_kthread - whether a process is a child of kthreadd, or kthreadd
 *
 * Meaningful if tree_has_kthreads(). Programs that the kernel starts, such as
 * the handler of core_pattern, are children of kthreadd, too: see
 * snapshot_is_kthread().
 */
bool process_is_kthread(const struct process *proc);

/**
 * process_is_zombie - whether a process has exited and waits to be reaped
 *
 * A zombie leader whose other threads still run has not exited as a process.
 */
bool process_is_zombie(const struct process *proc);

/** tree_visit - visit the namespaces that are shown, in pre-order */
void tree_visit(const struct tree *tree, const struct visitor *visitor,
		void *arg);

#endif /* TREE_H */
