/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The model: what walk.c finds, as far as access.c lets it, order.c arranges,
 * text.c words and show.c hands to the reader. Data flows one way, in that
 * order.
 */
#ifndef _PIDNS_TREE_H
#define _PIDNS_TREE_H

#include <linux/build_bug.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/radix-tree.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct file;
struct user_namespace;

/**
 * enum pidtree_state - what may still happen in a PID namespace
 * @PIDTREE_ACTIVE: its init has a task and processes can be created in it
 * @PIDTREE_PENDING: its first process is yet to be born
 * @PIDTREE_DYING: no process can be created in it any more, but its number 1
 *	still has a task: an init that is exiting, or a zombie
 * @PIDTREE_DEAD: no number 1, and none can ever be created
 */
enum pidtree_state {
	PIDTREE_ACTIVE,
	PIDTREE_PENDING,
	PIDTREE_DYING,
	PIDTREE_DEAD,
};

/**
 * struct pidtree_node - one PID namespace, as it was when the file was opened
 *
 * The nodes of a tree are in one piece of memory, each as long as its level
 * asks for: readers may stay for long, and there may be many. Nothing is
 * written to them after open has returned, so a reader needs no lock.
 *
 * @ns: the namespace; the node holds a reference
 * @nprocs: number of processes of exactly this namespace that the reader may
 *	see; 0 when it is pending or dead
 * @pid_for_children: PID in the tree's root of a task that the reader may see and whose
 *	children are to be born in @ns, though its own namespace is another; 0
 *	when the walk met none
 * @pid_max: lowest PID that the namespace does not give out, 0 on kernels
 *	that have one such limit for all namespaces
 * @state: see &enum pidtree_state
 * @level: how deep below the tree's root, which has 0
 * @init_hidden: it has an init, and the reader may not see that
 * @init: PIDs of its init, outermost first, from the tree's root down to
 *	itself: @level + 1 numbers. The first is 0 when the walk met no init or
 *	it is gone
 */
struct pidtree_node {
	struct pid_namespace *ns;
	unsigned int nprocs;
	pid_t pid_for_children;
	int pid_max;
	u8 state;
	u8 level;
	bool init_hidden;
	pid_t init[];
};

static_assert(MAX_PID_NS_LEVEL <= U8_MAX, "a level fits into @level");

/**
 * struct pidtree_candidate - a node in the making
 *
 * Made and filled by walk.c and linked by order.c, all before open returns.
 *
 * @entry: link in the list of all candidates of a tree
 * @parent: that of @node.ns->parent; NULL for the tree's root
 * @children: those of its child namespaces in the order they are shown, linked
 *	by @sibling
 * @sibling: link in @parent's @children; empty while it is in nobody's
 * @shown: the reader may know of it. Set by walk.c for the root of a reader
 *	who may see everything, by order.c for all others
 * @node: what is kept of it when it is shown
 */
struct pidtree_candidate {
	struct list_head entry;
	struct pidtree_candidate *parent;
	struct list_head children;
	struct list_head sibling;
	bool shown;
	struct pidtree_node node;
};

/**
 * struct pidtree_found - what a search has found
 * @candidates: all candidates, in the order that siblings are to have
 * @root: the one of the tree's root
 */
struct pidtree_found {
	struct list_head candidates;
	struct pidtree_candidate *root;
};

/**
 * struct pidtree_access - what the opener of a file may see
 *
 * The opener's credentials and choice of mount count, not those of whoever
 * reads the descriptor later. All but @cached_ns and @cached_answer stays as open has
 * set it; these two are protected by the lock of the seq_file, and by there
 * being no other user yet while the file is being opened.
 *
 * @opener: the open file, whose f_cred are those of the opener. Outlives this
 * @self: pid of the opener's thread group, referenced. Through it, an open file
 *	pins the opener's PID namespace and the ancestors of that
 * @all: the opener may see every task, no question asked
 * @cached_ns: user namespace in which the opener's CAP_SYS_PTRACE was last looked
 *	for, referenced; NULL for none
 * @cached_answer: whether it was found
 */
struct pidtree_access {
	const struct file *opener;
	struct pid *self;
	bool all;
	struct user_namespace *cached_ns;
	bool cached_answer;
};

/**
 * struct pidtree - the namespaces that one open file shows
 * @access: what the reader may see; belongs to whoever fills the tree
 * @root: PID namespace of the procfs mount, level 0 of the text, referenced
 * @nodes: those that are shown, in pre-order and without gaps; NULL when there
 *	are none
 * @end: first byte behind the last of them
 */
struct pidtree {
	struct pidtree_access *access;
	struct pid_namespace *root;
	void *nodes;
	void *end;
};

/**
 * struct pidtree_process - one process, copied out of its task
 *
 * A copy, because the task may be gone as soon as the RCU section ends in
 * which it was found.
 *
 * @numbers: its PIDs, outermost first, from the tree's root down to its own
 *	namespace
 * @depth: how many of @numbers are set
 * @ppid: PID of its parent in the tree's root, 0 when the parent is outside
 * @threads: number of its threads
 * @uid: real user id
 * @state: the letter of /proc/PID/stat
 * @comm: name of its leading thread, any bytes but NUL
 */
struct pidtree_process {
	pid_t numbers[MAX_PID_NS_LEVEL + 1];
	unsigned int depth;
	pid_t ppid;
	int threads;
	kuid_t uid;
	char state;
	char comm[TASK_COMM_LEN];
};

/**
 * struct pidtree_pass - a pass over the pids of a namespace
 * @ns: the namespace, referenced by whoever makes the pass
 * @iter: place of the last pid in the radix tree that its IDR is
 * @slot: what that has there; NULL when it is to be found by @at
 * @batched: pids passed in this RCU section
 */
struct pidtree_pass {
	struct pid_namespace *ns;
	struct radix_tree_iter iter;
	void __rcu **slot;
	unsigned int batched;
};

/**
 * struct pidtree_process_iter - a look through the processes of a namespace
 *
 * Lives on the stack of its only user.
 *
 * @tree: what may be seen, and where PIDs begin
 * @pass: over the pids of the namespace
 */
struct pidtree_process_iter {
	const struct pidtree *tree;
	struct pidtree_pass pass;
};

/**
 * struct pidtree_text - a buffer that lines of text are put into
 * @pos: where the next byte goes
 * @end: first byte that does not belong to the buffer
 * @full: there was no room for the line that was to be put last, nor was a byte
 *	of it put
 */
struct pidtree_text {
	char *pos;
	char *end;
	bool full;
};

/* main.c */
extern bool pidtree_public;

/* access.c */
void pidtree_access_init(struct pidtree_access *access,
			 const struct file *opener);
void pidtree_access_release(struct pidtree_access *access);
void pidtree_access_drop_cache(struct pidtree_access *access);
bool pidtree_may_inspect(struct pidtree_access *access,
			 struct task_struct *task);

/**
 * pidtree_may_see - judge whether the opener may see a task
 * @access: what is known of the opener
 * @task: task to be seen, a thread or the first thread of its process
 *
 * A caller that copies from a task copies first and checks afterwards. If the
 * task has taken on another user's credentials after the copy, the answer is
 * no. In the opposite case, a task that has turned into the reader's own after
 * the copy is shown as it was a moment earlier.
 *
 * Context: RCU section that @task was found in, with no lock of it held.
 * Return: true if it may.
 */
static inline bool pidtree_may_see(struct pidtree_access *access,
				   struct task_struct *task)
{
	return access->all || pidtree_may_inspect(access, task);
}

/* pass.c */
void pidtree_pass_begin(struct pidtree_pass *pass, struct pid_namespace *ns,
			pid_t from);
struct pid *pidtree_pass_next(struct pidtree_pass *pass);
int pidtree_pass_end(struct pidtree_pass *pass);

/* The number of the pid that was passed last. */
static inline pid_t pidtree_pass_nr(const struct pidtree_pass *pass)
{
	return pass->iter.index;
}

/* Copy the numbers of a pid, from the one in @root down. */
static inline unsigned int
pidtree_copy_numbers(const struct pid_namespace *root,
		     const struct pid *pid, pid_t *numbers)
{
	unsigned int level;

	for (level = root->level; level <= pid->level; level++)
		*numbers++ = pid->numbers[level].nr;

	return pid->level - root->level + 1;
}

/* search.c */
int pidtree_search(struct pidtree_found *found, struct pid_namespace *root,
		   struct pidtree_access *access);
void pidtree_search_free(struct pidtree_found *found);

/* tree.c */
int pidtree_fill(struct pidtree *tree, struct pid_namespace *root,
		 struct pidtree_access *access);
void pidtree_release(struct pidtree *tree);
const struct pidtree_node *pidtree_first_node(const struct pidtree *tree);
const struct pidtree_node *pidtree_next_node(const struct pidtree *tree,
					     const struct pidtree_node *node);

/* process.c */
void pidtree_processes_begin(struct pidtree_process_iter *iter,
			     const struct pidtree *tree,
			     const struct pidtree_node *node, pid_t from);
bool pidtree_processes_next(struct pidtree_process_iter *iter,
			    struct pidtree_process *proc);
int pidtree_processes_end(struct pidtree_process_iter *iter);

/* check.c */
int pidtree_check(struct pid_namespace *root, struct pid_namespace *ns,
		  struct task_struct *task);

/* order.c */
void pidtree_order_link(struct list_head *candidates);
struct pidtree_candidate *pidtree_order_first(struct pidtree_candidate *root);
struct pidtree_candidate *pidtree_order_next(struct pidtree_candidate *cand);

/* text.c */
void pidtree_text_header(struct pidtree_text *text);
void pidtree_text_namespace(struct pidtree_text *text,
			    const struct pidtree_node *node,
			    struct user_namespace *reader);
bool pidtree_text_fits_process(struct pidtree_text *text, unsigned int level);
void pidtree_text_process(struct pidtree_text *text, unsigned int level,
			  const struct pidtree_process *proc,
			  struct user_namespace *reader);
void pidtree_text_trailer(struct pidtree_text *text);

/* show.c */
extern const struct proc_ops pidtree_proc_ops;

#endif /* _PIDNS_TREE_H */
