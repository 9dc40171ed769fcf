// SPDX-License-Identifier: GPL-2.0
/*
 * Pre-order: a parent before its children, and each subtree in one piece.
 *
 * Nothing but the nodes' own links is looked at here: no namespace, no task.
 */
#include <linux/list.h>

#include "pidns_tree.h"

/*
 * A namespace that has an init which the walk did not meet, nor whoever held it
 * before, was born after open had begun, and all that is below it, too.
 */
static bool is_late(const struct pidns_node *node)
{
	return !node->init[0] && (node->state == PIDNS_ACTIVE ||
				  node->state == PIDNS_DYING);
}

/* Show a node and, because a child is nothing without them, those above it. */
static void show_with_parents(struct pidns_node *node)
{
	struct pidns_node *up;

	for (up = node; up && !up->shown; up = up->parent)
		if (is_late(up))
			return;

	for (up = node; up && !up->shown; up = up->parent)
		up->shown = true;
}

/**
 * pidns_order_link - find out which nodes are shown, and hang them together
 * @tree: tree whose nodes are filled, listed in the order that siblings are to
 *	have
 *
 * A node is shown when there is a process or a holder in it that the reader
 * may see, or in one below it. Linear in the number of nodes, whether they are
 * listed before their parents or after them: no way up has more steps than
 * there are levels.
 */
void pidns_order_link(struct pidns_tree *tree)
{
	struct pidns_node *node;

	list_for_each_entry(node, &tree->nodes, entry)
		if (node->nprocs || node->holder)
			show_with_parents(node);

	list_for_each_entry(node, &tree->nodes, entry)
		if (node->shown && node->parent)
			list_add_tail(&node->sibling, &node->parent->children);
}

/**
 * pidns_order_first - the node that pre-order begins with
 * @tree: tree that pidns_order_link() has linked
 *
 * Return: the root, or NULL when there is nothing that is shown.
 */
struct pidns_node *pidns_order_first(const struct pidns_tree *tree)
{
	return tree->root->shown ? tree->root : NULL;
}

/**
 * pidns_order_next - the node after this one in pre-order
 * @node: a node that is shown
 *
 * A whole tour takes time linear in the number of nodes: each is entered once
 * from above and left once from below.
 *
 * Return: the next node, or NULL after the last one.
 */
struct pidns_node *pidns_order_next(struct pidns_node *node)
{
	if (!list_empty(&node->children))
		return list_first_entry(&node->children, struct pidns_node,
					sibling);

	while (node->parent && list_is_last(&node->sibling, &node->parent->children))
		node = node->parent;

	return node->parent ? list_next_entry(node, sibling) : NULL;
}
