// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The namespaces that an open file shows, from open to close.
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

/* Distance to the next node, which must be aligned for its pointer. */
static size_t node_stride(const struct pidtree_node *node)
{
	return ALIGN(node_size(node), sizeof(void *));
}

/*
 * Copy only the nodes that are shown, so that the file pins no other namespace.
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
 * pidtree_fill - find the namespaces that the reader may know of
 * @tree: tree to initialize
 * @root: PID namespace that becomes the root; the caller holds a reference
 * @access: what the reader may see; must outlive @tree
 *
 * Pins @root, each namespace that is shown, each ID in the tree, and through
 * them the user namespaces that own the namespaces. pidtree_search() describes
 * which namespaces are found.
 *
 * Context: Process context, may sleep. The memory is charged to the caller.
 * Return: 0, and the caller must call pidtree_release(); or an error with
 * nothing to release: -ENOMEM, or -EINTR if a fatal signal is pending.
 */
int pidtree_fill(struct pidtree *tree, struct pid_namespace *root,
		 struct pidtree_access *access)
{
	struct pidtree_found found;
	int err;

	*tree = (struct pidtree){ .access = access, .root = root };
	pidtree_ids_init(&tree->ids, root);

	err = pidtree_search(&found, &tree->ids, root, access);
	if (err)
		goto out_release_ids;

	pidtree_order_link(&found.candidates);
	err = copy_shown(tree, found.root);
	pidtree_free_found(&found);
	if (err)
		goto out_release_ids;
	get_pid_ns(root);

	return 0;

out_release_ids:
	pidtree_ids_release(&tree->ids);
	return err;
}

/**
 * pidtree_release - drop the references of a tree and free its nodes
 * @tree: tree filled by pidtree_fill()
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
	pidtree_ids_release(&tree->ids);
	put_pid_ns(tree->root);
}

/**
 * pidtree_first_node - get the first node in pre-order
 * @tree: tree filled by pidtree_fill()
 *
 * Context: Any context.
 * Return: the root, or NULL if no namespace is shown.
 */
const struct pidtree_node *pidtree_first_node(const struct pidtree *tree)
{
	return tree->nodes;
}

/**
 * pidtree_next_node - get the next node in pre-order
 * @tree: tree filled by pidtree_fill()
 * @node: node of @tree
 *
 * Context: Any context.
 * Return: the node after @node, or NULL if @node is the last one.
 */
const struct pidtree_node *pidtree_next_node(const struct pidtree *tree,
					     const struct pidtree_node *node)
{
	const void *next = (const void *)node + node_stride(node);

	return next == tree->end ? NULL : next;
}
