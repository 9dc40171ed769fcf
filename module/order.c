// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Pre-order: a parent before its children, and each subtree in one piece.
 *
 * This file uses the candidates and their links only, and no object of the
 * kernel, so that KUnit can test it with generated trees.
 */
#include <linux/list.h>
#include <linux/sched.h>

#include "pidns_tree.h"

/*
 * An active or dying namespace has an init. If the search has not visited it,
 * the namespace or its init was created after open began. (A namespace that was
 * the pid_ns_for_children of a task by then is pending.)
 */
static bool created_during_open(const struct pidtree_candidate *cand)
{
	return !cand->node.init[0] && (cand->node.state == PIDTREE_ACTIVE ||
				       cand->node.state == PIDTREE_DYING);
}

static bool has_no_process(const struct pidtree_candidate *cand)
{
	return cand->node.state == PIDTREE_PENDING ||
	       cand->node.state == PIDTREE_DEAD;
}

/*
 * Show a namespace and its ancestors, because the file has the parent of each
 * namespace. A descendant of a namespace that was created during open is not
 * shown.
 */
static void show_with_ancestors(struct pidtree_candidate *cand)
{
	struct pidtree_candidate *up;

	for (up = cand; up && !up->shown; up = up->parent)
		if (created_during_open(up))
			return;

	for (up = cand; up && !up->shown; up = up->parent)
		up->shown = true;
}

/**
 * pidtree_order_link - decide which namespaces are shown, and link them
 * @candidates: all candidates, siblings in the order in which they are printed
 *
 * A namespace is shown if it or a descendant has a process or an ID that the
 * reader may see, is the pid_ns_for_children of a task that the reader may see,
 * or is listed and has no process. Takes time linear in the number of
 * candidates, because no candidate has more than MAX_PID_NS_LEVEL ancestors.
 * Parents may be in the list before or after their children.
 *
 * Context: Process context, may sleep.
 */
void pidtree_order_link(struct list_head *candidates)
{
	struct pidtree_candidate *cand;

	list_for_each_entry(cand, candidates, entry) {
		if (cand->node.nprocs || cand->node.pid_for_children ||
		    cand->has_id || (cand->listed && has_no_process(cand)))
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
 * pidtree_order_first - get the first candidate in pre-order
 * @root: root of candidates that pidtree_order_link() has linked
 *
 * Context: Any context.
 * Return: the root, or NULL if no namespace is shown.
 */
struct pidtree_candidate *pidtree_order_first(struct pidtree_candidate *root)
{
	return root->shown ? root : NULL;
}

/**
 * pidtree_order_next - get the next candidate in pre-order
 * @cand: candidate that is shown
 *
 * A whole iteration takes time linear in the number of candidates, because it
 * goes from each candidate to its parent once.
 *
 * Context: Any context.
 * Return: the candidate after @cand, or NULL if @cand is the last one.
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
