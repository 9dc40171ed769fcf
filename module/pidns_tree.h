/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model: what walk.c finds, order.c arranges, text.c words and show.c
 * hands to the reader. Data flows one way, in that order.
 */
#ifndef _PIDNS_TREE_H
#define _PIDNS_TREE_H

#include <linux/list.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uidgid.h>

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
 * Made and filled by walk.c and linked by order.c before open returns; nothing
 * is written after that, so a reader needs no lock. Freed by
 * pidns_tree_release() when the file is closed.
 *
 * @ns: the namespace; the node holds a reference
 * @parent: node of @ns->parent; NULL for the tree's root, and for a node
 *	whose parent the walk did not meet, which stays out of the tree
 * @entry: link in &pidns_tree.nodes
 * @children: child nodes in the order they are shown, linked by @sibling
 * @sibling: link in @parent's @children; empty while the node is in nobody's
 * @nprocs: number of processes of exactly this namespace
 * @pid_max: lowest PID that the namespace does not give out, 0 on kernels
 *	that have one such limit for all namespaces
 * @state: see &enum pidns_state
 * @level: how deep below the tree's root, which has 0
 * @init: PIDs of its init, outermost first, from the tree's root down to
 *	itself: @level + 1 numbers, or zeros when the walk met no init
 */
struct pidns_node {
	struct pid_namespace *ns;
	struct pidns_node *parent;
	struct list_head entry;
	struct list_head children;
	struct list_head sibling;
	unsigned int nprocs;
	int pid_max;
	enum pidns_state state;
	unsigned int level;
	pid_t init[];
};

/**
 * struct pidns_tree - the namespaces that one open file shows
 * @root: node of the PID namespace of the procfs mount, level 0 of the text
 * @nodes: every node, @root included, whether it is in the tree or not: those
 *	whose init was met by the PID of that init in @root's namespace, then
 *	the others
 */
struct pidns_tree {
	struct pidns_node *root;
	struct list_head nodes;
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
 * struct pidns_text - a buffer that a line of text is put into
 * @pos: where the next byte goes
 * @end: first byte that does not belong to the buffer
 * @full: something did not fit; what was put is not a whole line
 */
struct pidns_text {
	char *pos;
	char *end;
	bool full;
};

/* walk.c */
int pidns_tree_fill(struct pidns_tree *tree, struct pid_namespace *root);
void pidns_tree_release(struct pidns_tree *tree);
bool pidns_next_process(const struct pidns_tree *tree,
			const struct pidns_node *node, pid_t from,
			struct pidns_process *proc);

/* order.c */
void pidns_order_link(struct pidns_tree *tree);
struct pidns_node *pidns_order_next(struct pidns_node *node);

/* text.c */
void pidns_text_first(struct pidns_text *text);
void pidns_text_namespace(struct pidns_text *text,
			  const struct pidns_node *node,
			  struct user_namespace *reader);
void pidns_text_process(struct pidns_text *text, unsigned int level,
			const struct pidns_process *proc,
			struct user_namespace *reader);
void pidns_text_last(struct pidns_text *text);

/* show.c */
extern const struct proc_ops pidns_proc_ops;

#endif /* _PIDNS_TREE_H */
