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
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/radix-tree.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct file;
struct user_namespace;

/**
 * enum pidns_state - what may still happen in a PID namespace
 * @PIDNS_ACTIVE: its init has a task and processes can be created in it
 * @PIDNS_PENDING: its first process is yet to be born
 * @PIDNS_DYING: no process can be created in it any more, but its number 1
 *	still has a task: an init that is exiting, or a zombie
 * @PIDNS_DEAD: no number 1, and none can ever be created
 */
enum pidns_state {
	PIDNS_ACTIVE,
	PIDNS_PENDING,
	PIDNS_DYING,
	PIDNS_DEAD,
};

/**
 * struct pidns_node - one PID namespace, as it was when the file was opened
 *
 * The nodes of a tree are in one piece of memory, each as long as its level
 * asks for: readers may stay for long, and there may be many. Nothing is
 * written to them after open has returned, so a reader needs no lock.
 *
 * @ns: the namespace; the node holds a reference
 * @nprocs: number of processes of exactly this namespace that the reader may
 *	see; 0 when it is pending or dead
 * @holder: PID in the tree's root of a task that the reader may see and whose
 *	children are to be born in @ns, though its own namespace is another; 0
 *	when the walk met none
 * @pid_max: lowest PID that the namespace does not give out, 0 on kernels
 *	that have one such limit for all namespaces
 * @state: see &enum pidns_state
 * @level: how deep below the tree's root, which has 0
 * @init_hidden: it has an init, and the reader may not see that
 * @init: PIDs of its init, outermost first, from the tree's root down to
 *	itself: @level + 1 numbers. The first is 0 when the walk met no init or
 *	it is gone
 */
struct pidns_node {
	struct pid_namespace *ns;
	unsigned int nprocs;
	pid_t holder;
	int pid_max;
	u8 state;
	u8 level;
	bool init_hidden;
	pid_t init[];
};

static_assert(MAX_PID_NS_LEVEL <= U8_MAX, "a level fits into @level");

/**
 * struct pidns_draft - a node in the making
 *
 * Made and filled by walk.c and linked by order.c, all before open returns.
 *
 * @entry: link in the list of all drafts of a tree
 * @parent: that of @node.ns->parent; NULL for the tree's root
 * @children: those of its child namespaces in the order they are shown, linked
 *	by @sibling
 * @sibling: link in @parent's @children; empty while it is in nobody's
 * @shown: the reader may know of it. Set by walk.c for the root of a reader
 *	who may see everything, by order.c for all others
 * @node: what is kept of it when it is shown
 */
struct pidns_draft {
	struct list_head entry;
	struct pidns_draft *parent;
	struct list_head children;
	struct list_head sibling;
	bool shown;
	struct pidns_node node;
};

/**
 * struct pidns_access - what the opener of a file may see
 *
 * The opener's credentials and choice of mount count, not those of whoever
 * reads the descriptor later. All but @asked and @answer stays as open has
 * set it; these two are protected by the lock of the seq_file, and by there
 * being no other user yet while the file is being opened.
 *
 * @opener: the open file, whose f_cred are those of the opener. Outlives this
 * @self: pid of the opener's thread group, referenced. Through it, an open file
 *	pins the opener's PID namespace and the ancestors of that
 * @all: the opener may see every task, no question asked
 * @asked: user namespace in which the opener's CAP_SYS_PTRACE was last looked
 *	for, referenced; NULL for none
 * @answer: whether it was found
 */
struct pidns_access {
	const struct file *opener;
	struct pid *self;
	bool all;
	struct user_namespace *asked;
	bool answer;
};

/**
 * struct pidns_tree - the namespaces that one open file shows
 * @access: what the reader may see; belongs to whoever fills the tree
 * @root: PID namespace of the procfs mount, level 0 of the text, referenced
 * @nodes: those that are shown, in pre-order and without gaps; NULL when there
 *	are none
 * @end: first byte behind the last of them
 */
struct pidns_tree {
	struct pidns_access *access;
	struct pid_namespace *root;
	void *nodes;
	void *end;
};

/**
 * struct pidns_process - one process, copied out of its task
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
struct pidns_process {
	pid_t numbers[MAX_PID_NS_LEVEL + 1];
	unsigned int depth;
	pid_t ppid;
	int threads;
	kuid_t uid;
	char state;
	char comm[TASK_COMM_LEN];
};

/**
 * struct pidns_pass - a pass over the pids of a namespace
 * @ns: the namespace, referenced by whoever makes the pass
 * @at: place of the last pid in the radix tree that its IDR is
 * @slot: what that has there; NULL when it is to be found by @at
 * @passed: pids passed in this RCU section
 */
struct pidns_pass {
	struct pid_namespace *ns;
	struct radix_tree_iter at;
	void __rcu **slot;
	unsigned int passed;
};

/**
 * struct pidns_cursor - a look through the processes of a namespace
 *
 * Lives on the stack of its only user.
 *
 * @tree: what may be seen, and where PIDs begin
 * @pass: over the pids of the namespace
 */
struct pidns_cursor {
	const struct pidns_tree *tree;
	struct pidns_pass pass;
};

/**
 * struct pidns_text - a buffer that lines of text are put into
 * @pos: where the next byte goes
 * @end: first byte that does not belong to the buffer
 * @full: there was no room for the line that was to be put last, nor was a byte
 *	of it put
 */
struct pidns_text {
	char *pos;
	char *end;
	bool full;
};

/* main.c */
extern bool pidns_public;

/* access.c */
void pidns_access_init(struct pidns_access *access, const struct file *opener);
void pidns_access_release(struct pidns_access *access);
void pidns_access_forget(struct pidns_access *access);
bool pidns_may_inspect(struct pidns_access *access, struct task_struct *task);

/**
 * pidns_may_see - judge whether the opener may see a task
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
static inline bool pidns_may_see(struct pidns_access *access,
				 struct task_struct *task)
{
	return access->all || pidns_may_inspect(access, task);
}

/* walk.c */
int pidns_tree_fill(struct pidns_tree *tree, struct pid_namespace *root,
		    struct pidns_access *access);
void pidns_tree_release(struct pidns_tree *tree);
const struct pidns_node *pidns_tree_first(const struct pidns_tree *tree);
const struct pidns_node *pidns_tree_next(const struct pidns_tree *tree,
					 const struct pidns_node *node);
void pidns_processes_begin(struct pidns_cursor *cursor,
			   const struct pidns_tree *tree,
			   const struct pidns_node *node, pid_t from);
bool pidns_processes_next(struct pidns_cursor *cursor,
			  struct pidns_process *proc);
int pidns_processes_end(struct pidns_cursor *cursor);

/* check.c */
int pidns_check_walk(struct pid_namespace *root, struct pid_namespace *ns,
		     struct task_struct *task);

/* order.c */
void pidns_order_link(struct list_head *drafts);
struct pidns_draft *pidns_order_first(struct pidns_draft *root);
struct pidns_draft *pidns_order_next(struct pidns_draft *draft);

/* text.c */
void pidns_text_first(struct pidns_text *text);
void pidns_text_namespace(struct pidns_text *text,
			  const struct pidns_node *node,
			  struct user_namespace *reader);
bool pidns_text_fits_process(struct pidns_text *text, unsigned int level);
void pidns_text_process(struct pidns_text *text, unsigned int level,
			const struct pidns_process *proc,
			struct user_namespace *reader);
void pidns_text_last(struct pidns_text *text);

/* show.c */
extern const struct proc_ops pidns_proc_ops;

#endif /* _PIDNS_TREE_H */
