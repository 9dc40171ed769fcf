/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The types and functions that the files of the module share, in the order in
 * which data flows. README.md in this directory describes the design.
 */
#ifndef _PIDNS_TREE_H
#define _PIDNS_TREE_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include "ids.h"
#include "list.h"
#include "pass.h"

struct file;
struct user_namespace;

/* main.c */

extern bool pidtree_public;

/* access.c: which tasks may the opener see? */

/**
 * struct pidtree_access - what the opener of a file may see
 *
 * The credentials and the procfs mount of the opener count, not those of a
 * process that later reads from the file descriptor. Only @cached_ns and
 * @cached_answer change after open, protected by the lock of the seq_file.
 * Open and release need no lock, because no other task uses the structure then.
 *
 * @file: the open file; its f_cred are the credentials of the opener. Not
 *	referenced, because it outlives this structure
 * @self: struct pid of the opener's thread group, referenced. It pins the PID
 *	namespace of the opener and the ancestors of that namespace
 * @all: the opener may see every task, without a further check
 * @admin: the kernel lists all namespaces, and the opener may see every one
 *	without processes
 * @cached_ns: user namespace of the last check for CAP_SYS_PTRACE, referenced;
 *	NULL if there is none
 * @cached_answer: result of that check; undefined if @cached_ns is NULL
 */
struct pidtree_access {
	const struct file *file;
	struct pid *self;
	bool all;
	bool admin;
	struct user_namespace *cached_ns;
	bool cached_answer;
};

void pidtree_access_init(struct pidtree_access *access,
			 const struct file *file);
void pidtree_access_release(struct pidtree_access *access);
void pidtree_access_drop_cache(struct pidtree_access *access);
bool pidtree_may_inspect(struct pidtree_access *access,
			 struct task_struct *task);

/**
 * pidtree_may_see - check whether the opener may see a task
 * @access: what the opener may see
 * @task: any thread of a process
 *
 * A caller that copies data from the task copies first and checks afterwards.
 * If the task changes its credentials after the copy, the check uses the new
 * ones. If only the new ones allow access, the opener sees the task as it was a
 * moment earlier.
 *
 * Context: RCU section in which @task was found. The caller does not hold
 * task_lock(@task).
 * Return: true if the opener may see @task.
 */
static inline bool pidtree_may_see(struct pidtree_access *access,
				   struct task_struct *task)
{
	return access->all || pidtree_may_inspect(access, task);
}

/* state.c: can a namespace have processes? */

/**
 * enum pidtree_state - state of a PID namespace
 * @PIDTREE_ACTIVE: PID 1 has a task, and processes can be created
 * @PIDTREE_PENDING: the first process has not been created yet
 * @PIDTREE_DYING: no process can be created any more, but PID 1 still has a
 *	task: the init is exiting or is a zombie
 * @PIDTREE_DEAD: PID 1 has no task, and no process can be created any more
 *
 * If the init of an ancestor is exiting, a namespace is dying or dead, too,
 * although a process can still be created until the kernel has killed them all.
 */
enum pidtree_state {
	PIDTREE_ACTIVE,
	PIDTREE_PENDING,
	PIDTREE_DYING,
	PIDTREE_DEAD,
};

enum pidtree_state pidtree_find_state(struct pid_namespace *ns);

/* candidate.c: the namespaces that a search has found */

/**
 * struct pidtree_node - one PID namespace, as it was at open
 *
 * The length of a node depends on its level. The nodes of a tree follow each
 * other in one allocation, because many files can stay open for a long time.
 * Nodes do not change after open, so no lock protects them.
 *
 * @ns: the namespace, referenced
 * @nprocs: number of processes that the reader may see and whose own namespace
 *	is @ns; 0 if @ns is pending or dead
 * @pids: number of struct pid objects that have a PID in @ns, also those of
 *	descendants; -1 if the reader may not see every task
 * @pid_for_children: PID in the tree's root of a task that the reader may see
 *	and whose nsproxy->pid_ns_for_children is @ns, although @ns is not its
 *	own namespace; 0 if there is none
 * @pid_max: lowest PID that @ns does not allocate; 0 on kernels that have one
 *	limit for all namespaces
 * @state: value of &enum pidtree_state
 * @level: 0 for the tree's root, 1 for its children, and so on
 * @init_hidden: the reader may not see the init
 * @init: @level + 1 PIDs of the init, outermost first, from the tree's root
 *	down to @ns; @init[0] is 0 if @ns has no init, or if the init was
 *	created too late for the search
 */
struct pidtree_node {
	struct pid_namespace *ns;
	unsigned int nprocs;
	int pids;
	pid_t pid_for_children;
	int pid_max;
	u8 state;
	u8 level;
	bool init_hidden;
	pid_t init[];
};

static_assert(MAX_PID_NS_LEVEL <= U8_MAX, "a level fits into @level");

/**
 * struct pidtree_candidate - a namespace that the search has found
 *
 * Candidates exist during open only. candidate.c creates them, search.c and
 * candidate.c fill @node, order.c decides which of them the reader may see and
 * links these, and tree.c copies their nodes.
 *
 * @entry: link in the list of all candidates
 * @parent: candidate of @node.ns->parent; NULL for the tree's root
 * @children: candidates of child namespaces that are shown, linked by @sibling
 * @sibling: link in @children of @parent; empty if the candidate is not shown
 * @has_id: the reader may see a struct pid without a task whose own namespace
 *	is @node.ns, see &struct pidtree_ids
 * @listed: the namespace existed when open began, and the reader may know of it
 *	if it has no processes
 * @shown: the reader may know of the namespace. candidate.c sets it for the
 *	root if the reader may see every task, order.c sets it for all others
 * @node: the node to copy; its reference on the namespace belongs to the
 *	candidate
 */
struct pidtree_candidate {
	struct list_head entry;
	struct pidtree_candidate *parent;
	struct list_head children;
	struct list_head sibling;
	bool has_id;
	bool listed;
	bool shown;
	struct pidtree_node node;
};

/**
 * struct pidtree_found - what a search has found
 * @root: the candidate of the tree's root
 * @candidates: list of the candidates whose init was visited, ordered by the
 *	PID of the init in the root. After pidtree_finish_candidates(), all
 *	candidates, siblings in the order in which they are printed
 * @without_init: list of the candidates whose init was not visited; empty after
 *	pidtree_finish_candidates()
 * @by_inum: candidates by the inode number of their namespace. No other
 *	namespace can have the same number, because each candidate has a
 *	reference on its namespace
 * @last: result of the last lookup in @by_inum
 */
struct pidtree_found {
	struct pidtree_candidate *root;
	struct list_head candidates;
	struct list_head without_init;
	struct xarray by_inum;
	struct pidtree_candidate *last;
};

int pidtree_init_found(struct pidtree_found *found, struct pid_namespace *root);
void pidtree_free_found(struct pidtree_found *found);
struct pidtree_candidate *
pidtree_find_candidate(struct pidtree_found *found,
		       const struct pid_namespace *ns);
int pidtree_add_candidate(struct pidtree_found *found,
			  struct pid_namespace *ns);
void pidtree_finish_candidates(struct pidtree_found *found, bool all);

/* search.c: from struct pid objects to candidates */

int pidtree_search(struct pidtree_found *found, struct pidtree_ids *ids,
		   struct pid_namespace *root, struct pidtree_access *access);

/* order.c: from candidates to pre-order */

void pidtree_order_link(struct list_head *candidates);
struct pidtree_candidate *pidtree_order_first(struct pidtree_candidate *root);
struct pidtree_candidate *pidtree_order_next(struct pidtree_candidate *cand);

/* tree.c: the namespaces that an open file shows */

/**
 * struct pidtree - the namespaces that one open file shows
 * @access: what the opener may see; belongs to the caller of pidtree_fill()
 * @root: PID namespace of the procfs mount, level 0 of the tree, referenced
 * @ids: IDs that are shown to a reader that may not see every task
 * @nodes: the nodes in pre-order; NULL if there are none
 * @end: first byte after the last node
 */
struct pidtree {
	struct pidtree_access *access;
	struct pid_namespace *root;
	struct pidtree_ids ids;
	void *nodes;
	void *end;
};

int pidtree_fill(struct pidtree *tree, struct pid_namespace *root,
		 struct pidtree_access *access);
void pidtree_release(struct pidtree *tree);
const struct pidtree_node *pidtree_first_node(const struct pidtree *tree);
const struct pidtree_node *pidtree_next_node(const struct pidtree *tree,
					     const struct pidtree_node *node);

/* process.c: the processes of a namespace, and the IDs that have none */

/**
 * struct pidtree_entry - copy of what the file prints about a struct pid
 *
 * An entry is a process, or an ID: a struct pid that has no task any more. A
 * copy, because the task may be freed after the RCU section in which it was
 * found.
 *
 * @numbers: PIDs, outermost first, from the tree's root down to the own
 *	namespace of the struct pid
 * @depth: number of valid elements of @numbers
 * @roles: roles of an ID, see pidtree_id_roles(); 0 for a process. The members
 *	below are defined for a process only
 * @ppid: PID of the parent in the tree's root; 0 if the parent has none there
 * @pgid: PID of the process group in the tree's root, likewise
 * @sid: PID of the session in the tree's root, likewise
 * @threads: number of threads
 * @uid: real user ID
 * @state: state letter, as in /proc/PID/stat
 * @comm: name of the thread group leader, any bytes, terminated by NUL
 */
struct pidtree_entry {
	pid_t numbers[MAX_PID_NS_LEVEL + 1];
	unsigned int depth;
	unsigned int roles;
	pid_t ppid;
	pid_t pgid;
	pid_t sid;
	int threads;
	kuid_t uid;
	char state;
	char comm[TASK_COMM_LEN];
};

/**
 * struct pidtree_entry_iter - iterator over the entries of a namespace
 * @tree: tree that the namespace belongs to
 * @pass: iterator over the struct pid objects of the namespace
 */
struct pidtree_entry_iter {
	struct pidtree *tree;
	struct pidtree_pass pass;
};

void pidtree_entries_begin(struct pidtree_entry_iter *iter,
			   struct pidtree *tree,
			   const struct pidtree_node *node, pid_t from)
	__acquires(RCU);
bool pidtree_entries_next(struct pidtree_entry_iter *iter,
			  struct pidtree_entry *entry);
int pidtree_entries_end(struct pidtree_entry_iter *iter) __releases(RCU);

/* text.c: the lines of the file */

/**
 * struct pidtree_text - buffer for lines of text
 * @pos: position of the next byte
 * @end: first byte after the buffer
 * @full: the last line did not fit, and no byte of it was written
 */
struct pidtree_text {
	char *pos;
	char *end;
	bool full;
};

void pidtree_text_header(struct pidtree_text *text);
void pidtree_text_namespace(struct pidtree_text *text,
			    const struct pidtree_node *node,
			    struct user_namespace *reader);
bool pidtree_text_fits_entry(struct pidtree_text *text, unsigned int level);
void pidtree_text_entry(struct pidtree_text *text, unsigned int level,
			const struct pidtree_entry *entry,
			struct user_namespace *reader);
void pidtree_text_trailer(struct pidtree_text *text);

/* show.c: the file operations */

extern const struct proc_ops pidtree_proc_ops;

/* check.c: the check at load */

int pidtree_check(struct pid_namespace *root, struct pid_namespace *ns,
		  struct task_struct *task);

#endif /* _PIDNS_TREE_H */
