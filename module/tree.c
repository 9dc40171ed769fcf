// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * What is kept of the namespaces for the reader.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pidns_tree.h"

static size_t node_size(const struct pidtree_node *node)
{
	return struct_size(node, init, node->level + 1);
}

/* Where the node behind one begins: where a pointer may be. */
static size_t node_stride(const struct pidtree_node *node)
{
	return ALIGN(node_size(node), sizeof(void *));
}

/*
 * Copy what is shown into one piece of memory. A reader pins no more namespaces
 * than that.
 */
static int copy_shown(struct pidtree *tree, struct pidtree_candidate *root)
{
	struct pidtree_candidate *cand;
	size_t size = 0;

	for (cand = pidtree_order_first(root); cand;
	     cand = pidtree_order_next(cand)) {
		size += node_stride(&cand->node);
		cond_resched();
	}
	if (!size)
		return 0;

	tree->nodes = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!tree->nodes)
		return -ENOMEM;

	tree->end = tree->nodes;
	for (cand = pidtree_order_first(root); cand;
	     cand = pidtree_order_next(cand)) {
		get_pid_ns(cand->node.ns);
		memcpy(tree->end, &cand->node, node_size(&cand->node));
		tree->end += node_stride(&cand->node);
		cond_resched();
	}

	return 0;
}

/**
 * pidtree_fill - find the namespaces that are alive now
 * @tree: tree to fill, not initialised
 * @root: PID namespace to be its root, which the caller has a reference on
 * @access: what the reader may see; is to live as long as the tree
 *
 * Finds @root, and below it every namespace that has a process, or a task whose
 * children are to be born in it, or a namespace below it that has, for as long
 * as this runs; one that comes or goes meanwhile may be found or not. Pins
 * those that the reader may know of, and through them the user namespaces that
 * own them. Counts their processes and puts them in order, in time linear in the
 * number of pids, with memory for the namespaces only.
 *
 * Context: Process context, may sleep. Memory is charged to the caller.
 * Return: 0, or an error with nothing left to release: -ENOMEM, or -EINTR if
 * the current task is being killed.
 */
int pidtree_fill(struct pidtree *tree, struct pid_namespace *root,
		 struct pidtree_access *access)
{
	struct pidtree_found found;
	int err;

	*tree = (struct pidtree){ .access = access, .root = root };

	err = pidtree_search(&found, root, access);
	if (err)
		return err;

	pidtree_order_link(&found.candidates);
	err = copy_shown(tree, found.root);
	if (!err)
		get_pid_ns(root);
	pidtree_search_free(&found);

	return err;
}

/**
 * pidtree_release - let go of what a tree pins
 * @tree: tree that pidtree_fill() has filled
 *
 * Context: Process context, may sleep.
 */
void pidtree_release(struct pidtree *tree)
{
	const struct pidtree_node *node;

	for (node = pidtree_first_node(tree); node;
	     node = pidtree_next_node(tree, node)) {
		put_pid_ns(node->ns);
		cond_resched();
	}
	kvfree(tree->nodes);
	put_pid_ns(tree->root);
}

/**
 * pidtree_first_node - the namespace that pre-order begins with
 * @tree: tree that pidtree_fill() has filled
 *
 * Return: the root, or NULL when there is nothing that is shown.
 */
const struct pidtree_node *pidtree_first_node(const struct pidtree *tree)
{
	return tree->nodes;
}

/**
 * pidtree_next_node - the namespace after this one in pre-order
 * @tree: tree that @node is in
 * @node: where to go on from
 *
 * Return: the next one, or NULL after the last one.
 */
const struct pidtree_node *pidtree_next_node(const struct pidtree *tree,
					     const struct pidtree_node *node)
{
	const void *next = (const void *)node + node_stride(node);

	return next == tree->end ? NULL : next;
}
