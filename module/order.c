// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Pre-order: a parent before its children, and each subtree in one piece.
 *
 * Nothing but the candidates and their links is looked at here: no namespace, no
 * task.
 */
#include <linux/list.h>
#include <linux/sched.h>

#include "pidns_tree.h"

/*
 * A namespace that has an init which the walk did not meet, nor whoever held it
 * before, was born after open had begun, and all that is below it, too.
 */
static bool appeared_during_search(const struct pidtree_candidate *cand)
{
	return !cand->node.init[0] && (cand->node.state == PIDTREE_ACTIVE ||
				       cand->node.state == PIDTREE_DYING);
}

/* Show one and, because a child is nothing without them, those above it. */
static void show_with_ancestors(struct pidtree_candidate *cand)
{
	struct pidtree_candidate *up;

	for (up = cand; up && !up->shown; up = up->parent)
		if (appeared_during_search(up))
			return;

	for (up = cand; up && !up->shown; up = up->parent)
		up->shown = true;
}

/**
 * pidtree_order_link - find out which namespaces are shown, and hang them together
 * @candidates: all of a tree, filled, in the order that siblings are to have
 *
 * A namespace is shown when there is a process or a holder in it that the
 * reader may see, or in one below it. Linear in the number of candidates, whether
 * they are listed before their parents or after them: no way up has more steps
 * than there are levels.
 *
 * Context: Process context, may sleep.
 */
void pidtree_order_link(struct list_head *candidates)
{
	struct pidtree_candidate *cand;

	list_for_each_entry(cand, candidates, entry) {
		if (cand->node.nprocs || cand->node.pid_for_children)
			show_with_ancestors(cand);
		cond_resched();
	}

	list_for_each_entry(cand, candidates, entry) {
		if (cand->shown && cand->parent)
			list_add_tail(&cand->sibling, &cand->parent->children);
		cond_resched();
	}
}

/**
 * pidtree_order_first - what pre-order begins with
 * @root: root of candidates that pidtree_order_link() has linked
 *
 * Return: the root, or NULL when there is nothing that is shown.
 */
struct pidtree_candidate *pidtree_order_first(struct pidtree_candidate *root)
{
	return root->shown ? root : NULL;
}

/**
 * pidtree_order_next - what comes after this one in pre-order
 * @cand: one that is shown
 *
 * A whole tour takes time linear in the number of candidates: each is entered once
 * from above and left once from below.
 *
 * Return: the next one, or NULL after the last one.
 */
struct pidtree_candidate *pidtree_order_next(struct pidtree_candidate *cand)
{
	if (!list_empty(&cand->children))
		return list_first_entry(&cand->children,
					struct pidtree_candidate, sibling);

	while (cand->parent &&
	       list_is_last(&cand->sibling, &cand->parent->children))
		cand = cand->parent;

	return cand->parent ? list_next_entry(cand, sibling) : NULL;
}
