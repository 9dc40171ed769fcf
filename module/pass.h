/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A pass over the struct pid objects of a PID namespace.
 */
#ifndef _PIDNS_TREE_PASS_H
#define _PIDNS_TREE_PASS_H

#include <linux/compiler.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/radix-tree.h>
#include <linux/types.h>

/*
 * Number of struct pid objects, or of entries of a list, in one RCU section. A
 * longer section would delay the grace periods of the whole system.
 */
#define PIDTREE_RCU_BATCH 1000

/* Size of the window of a pass, a power of two: see pass.c. */
#define PIDTREE_WINDOW 16

/**
 * enum pidtree_pass_use - data that the caller of a pass reads
 * @PIDTREE_PASS_OPEN: the namespaces of every struct pid and of its task
 * @PIDTREE_PASS_READ: the data that the file prints, of each process whose own
 *	namespace is that of the pass
 */
enum pidtree_pass_use {
	PIDTREE_PASS_OPEN,
	PIDTREE_PASS_READ,
};

/**
 * struct pidtree_pass - iterator over the struct pid objects of a namespace
 * @ns: the namespace; the caller holds a reference
 * @use: data that the caller reads
 * @iter: position in the radix tree of @ns->idr of the struct pid that was
 *	taken from it last
 * @slot: slot of this struct pid, valid in the current RCU section; NULL if it
 *	must be looked up by @iter
 * @batched: number of struct pid objects taken in the current RCU section
 * @ended: the radix tree has no more of them
 * @window: the struct pid objects that were taken last, valid in the current
 *	RCU section
 * @newest: place of the last one in @window, modulo PIDTREE_WINDOW
 * @waiting: number of those that pidtree_pass_next() has not returned yet
 */
struct pidtree_pass {
	struct pid_namespace *ns;
	enum pidtree_pass_use use;
	struct radix_tree_iter iter;
	void __rcu **slot;
	unsigned int batched;
	bool ended;
	struct pid *window[PIDTREE_WINDOW];
	unsigned int newest;
	unsigned int waiting;
};

void pidtree_pass_begin(struct pidtree_pass *pass, struct pid_namespace *ns,
			pid_t from, enum pidtree_pass_use use) __acquires(RCU);
struct pid *pidtree_pass_next(struct pidtree_pass *pass);
int pidtree_pass_end(struct pidtree_pass *pass) __releases(RCU);

/**
 * pidtree_copy_numbers - copy the PIDs of a struct pid
 * @root: namespace to begin with, the own namespace of @pid or an ancestor
 * @pid: struct pid to copy from
 * @numbers: array of at least @pid->level - @root->level + 1 PIDs
 *
 * Context: Any context in which @pid is valid.
 * Return: number of PIDs copied.
 */
static inline unsigned int
pidtree_copy_numbers(const struct pid_namespace *root, const struct pid *pid,
		     pid_t *numbers)
{
	unsigned int level;

	for (level = root->level; level <= pid->level; level++)
		*numbers++ = pid->numbers[level].nr;

	return pid->level - root->level + 1;
}

#endif /* _PIDNS_TREE_PASS_H */
