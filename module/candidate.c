// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The namespaces that a search has found: the candidates for the tree.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/overflow.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "compat.h"
#include "pidns_tree.h"

/* PID of an init in its own namespace. */
#define PIDTREE_INIT_NR 1

static void free_candidate(struct pidtree_candidate *cand)
{
	list_del(&cand->entry);
	put_pid_ns(cand->node.ns);
	kfree(cand);
}

/* Takes over the caller's reference on @ns, even on failure. */
static struct pidtree_candidate *create_candidate(struct pidtree_found *found,
						  struct pid_namespace *ns,
						  unsigned int level)
{
	struct pidtree_candidate *cand;
	int err;

	cand = kzalloc(struct_size(cand, node.init, level + 1),
		       GFP_KERNEL_ACCOUNT);
	if (!cand) {
		put_pid_ns(ns);
		return ERR_PTR(-ENOMEM);
	}

	cand->node.ns = ns;
	cand->node.level = level;
	INIT_LIST_HEAD(&cand->children);
	INIT_LIST_HEAD(&cand->sibling);
	list_add_tail(&cand->entry, &found->without_init);

	err = xa_err(xa_store(&found->by_inum, ns->ns.inum, cand,
			      GFP_KERNEL_ACCOUNT));
	if (err) {
		free_candidate(cand);
		return ERR_PTR(err);
	}

	return cand;
}

/**
 * pidtree_init_found - begin a search
 * @found: result of the search, to be initialized
 * @root: root of the tree; the caller holds a reference
 *
 * Context: Process context, may sleep. The memory is charged to the caller.
 * Return: 0, or -ENOMEM. The caller must call pidtree_free_found() in both
 * cases.
 */
int pidtree_init_found(struct pidtree_found *found, struct pid_namespace *root)
{
	INIT_LIST_HEAD(&found->candidates);
	INIT_LIST_HEAD(&found->without_init);
	xa_init_flags(&found->by_inum, XA_FLAGS_ACCOUNT);
	found->last = NULL;
	found->root = create_candidate(found, get_pid_ns(root), 0);

	return PTR_ERR_OR_ZERO(found->root);
}

static void free_candidates(struct list_head *candidates)
{
	struct pidtree_candidate *cand, *next;

	list_for_each_entry_safe(cand, next, candidates, entry) {
		free_candidate(cand);
		cond_resched();
	}
}

/**
 * pidtree_free_found - free what a search has found
 * @found: result of pidtree_init_found()
 *
 * Context: Process context, may sleep.
 */
void pidtree_free_found(struct pidtree_found *found)
{
	xa_destroy(&found->by_inum);
	free_candidates(&found->without_init);
	free_candidates(&found->candidates);
}

/**
 * pidtree_find_candidate - find the candidate of a namespace
 * @found: what the search has found
 * @ns: namespace
 *
 * Most struct pid objects have the same namespace as the previous one, so the
 * function checks the last result first. No candidate is freed during the
 * search.
 *
 * Context: Any context in which @ns is valid.
 * Return: the candidate, or NULL if @ns has none.
 */
struct pidtree_candidate *
pidtree_find_candidate(struct pidtree_found *found,
		       const struct pid_namespace *ns)
{
	if (!found->last || found->last->node.ns != ns)
		found->last = xa_load(&found->by_inum, ns->ns.inum);

	return found->last;
}

/**
 * pidtree_add_candidate - add candidates for a namespace and its ancestors
 * @found: what the search has found
 * @ns: namespace without a candidate, a descendant of the root. The function
 *	takes over the caller's reference, even on failure
 *
 * Adds candidates for those ancestors that have none, because ancestors need
 * not have processes.
 *
 * Context: Process context, may sleep. The memory is charged to the caller.
 * Return: 0 or -ENOMEM.
 */
int pidtree_add_candidate(struct pidtree_found *found, struct pid_namespace *ns)
{
	unsigned int root_level = found->root->node.ns->level;
	struct pidtree_candidate *child = NULL, *cand;

	do {
		cand = create_candidate(found, ns, ns->level - root_level);
		if (IS_ERR(cand))
			return PTR_ERR(cand);
		if (child)
			child->parent = cand;

		child = cand;
		cand = pidtree_find_candidate(found, ns->parent);
		ns = cand ? NULL : get_pid_ns(ns->parent);
	} while (ns);
	child->parent = cand;

	return 0;
}

static void finish_node(struct pidtree_candidate *cand, bool all)
{
	struct pidtree_node *node = &cand->node;

	node->pids = all ? READ_ONCE(node->ns->pid_allocated) & ~PIDNS_ADDING :
			   -1;
	node->pid_max = pidtree_pid_max(node->ns);
	node->state = pidtree_find_state(node->ns);

	/*
	 * If the namespace has an init now, the init was created too late for
	 * the search. Print the namespace as it was before.
	 */
	if ((node->pid_for_children || cand->listed) && !node->init[0] &&
	    node->state != PIDTREE_DEAD)
		node->state = PIDTREE_PENDING;

	/* Processes were created or have exited since the search counted. */
	if (node->state == PIDTREE_PENDING || node->state == PIDTREE_DEAD) {
		node->nprocs = 0;
		node->init[0] = 0;
	}
}

static void finish_root(struct pidtree_found *found, bool all)
{
	struct pidtree_candidate *cand = found->root;
	struct pidtree_node *root = &cand->node;

	finish_node(cand, all);
	cand->shown = all;

	/*
	 * The init was created during the search, which found no task for
	 * PID 1. In the root, no other PID can be that of the init.
	 */
	if (!root->init[0] && root->state != PIDTREE_PENDING &&
	    root->state != PIDTREE_DEAD) {
		root->init[0] = PIDTREE_INIT_NR;
		root->init_hidden = !all;
	}
}

/**
 * pidtree_finish_candidates - fill in and sort all candidates
 * @found: what the search has found
 * @all: the reader may see every task
 *
 * Puts siblings in order: first the namespaces with a visible init, by its PID
 * in the root, as visited. Then those with a hidden init, because their order
 * must not reveal the PID, and those without an init, both by inode number, as
 * in the index.
 *
 * Context: Process context, may sleep.
 */
void pidtree_finish_candidates(struct pidtree_found *found, bool all)
{
	struct pidtree_candidate *cand;
	LIST_HEAD(without_init);
	unsigned long inum;
	LIST_HEAD(hidden);

	xa_for_each(&found->by_inum, inum, cand) {
		if (cand == found->root)
			finish_root(found, all);
		else
			finish_node(cand, all);
		if (!cand->node.init[0])
			list_move_tail(&cand->entry, &without_init);
		else if (cand->node.init_hidden)
			list_move_tail(&cand->entry, &hidden);
		cond_resched();
	}
	/* The root can have an init that was not visited. */
	list_splice_tail_init(&found->without_init, &found->candidates);
	list_splice_tail(&hidden, &found->candidates);
	list_splice_tail(&without_init, &found->candidates);
}
