// SPDX-License-Identifier: GPL-2.0
/*
 * Pre-order: a parent before its children, and each subtree in one piece.
 *
 * Nothing but the nodes' own links is looked at here: no namespace, no task.
 */
#include <linux/list.h>

#include "pidns_tree.h"

/*
 * A namespace whose init the walk did not meet, though it has one, was born
 * after open had begun.
 */
static bool is_shown(const struct pidns_node *node)
{
	return node->init[0] && (node->state == PIDNS_ACTIVE ||
				 node->state == PIDNS_DYING);
}

/**
 * pidns_order_link - hang every node that is to be shown under its parent
 * @tree: tree whose nodes have their &pidns_node.parent and
 *	&pidns_node.state, listed in the order that siblings are to have
 *
 * One pass, whether a node is listed before its parent or after it. A node
 * under one that is not shown hangs there unseen: pidns_order_next() starts at
 * the root and never comes by.
 */
void pidns_order_link(struct pidns_tree *tree)
{
	struct pidns_node *node;

	list_for_each_entry(node, &tree->nodes, entry)
		if (node->parent && is_shown(node))
			list_add_tail(&node->sibling, &node->parent->children);
}

/**
 * pidns_order_next - the node after this one in pre-order
 * @node: a node in the tree, the root to begin with
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
