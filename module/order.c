// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Pre-order: a parent before its children, and each subtree in one piece.
 *
 * Nothing but the drafts and their links is looked at here: no namespace, no
 * task.
 */
#include <linux/list.h>
#include <linux/sched.h>

#include "pidns_tree.h"

/*
 * A namespace that has an init which the walk did not meet, nor whoever held it
 * before, was born after open had begun, and all that is below it, too.
 */
static bool is_late(const struct pidns_draft *draft)
{
	return !draft->node.init[0] && (draft->node.state == PIDNS_ACTIVE ||
					draft->node.state == PIDNS_DYING);
}

/* Show one and, because a child is nothing without them, those above it. */
static void show_with_parents(struct pidns_draft *draft)
{
	struct pidns_draft *up;

	for (up = draft; up && !up->shown; up = up->parent)
		if (is_late(up))
			return;

	for (up = draft; up && !up->shown; up = up->parent)
		up->shown = true;
}

/**
 * pidns_order_link - find out which namespaces are shown, and hang them together
 * @drafts: all of a tree, filled, in the order that siblings are to have
 *
 * A namespace is shown when there is a process or a holder in it that the
 * reader may see, or in one below it. Linear in the number of drafts, whether
 * they are listed before their parents or after them: no way up has more steps
 * than there are levels.
 *
 * Context: Process context, may sleep.
 */
void pidns_order_link(struct list_head *drafts)
{
	struct pidns_draft *draft;

	list_for_each_entry(draft, drafts, entry) {
		if (draft->node.nprocs || draft->node.holder)
			show_with_parents(draft);
		cond_resched();
	}

	list_for_each_entry(draft, drafts, entry) {
		if (draft->shown && draft->parent)
			list_add_tail(&draft->sibling, &draft->parent->children);
		cond_resched();
	}
}

/**
 * pidns_order_first - what pre-order begins with
 * @root: root of drafts that pidns_order_link() has linked
 *
 * Return: the root, or NULL when there is nothing that is shown.
 */
struct pidns_draft *pidns_order_first(struct pidns_draft *root)
{
	return root->shown ? root : NULL;
}

/**
 * pidns_order_next - what comes after this one in pre-order
 * @draft: one that is shown
 *
 * A whole tour takes time linear in the number of drafts: each is entered once
 * from above and left once from below.
 *
 * Return: the next one, or NULL after the last one.
 */
struct pidns_draft *pidns_order_next(struct pidns_draft *draft)
{
	if (!list_empty(&draft->children))
		return list_first_entry(&draft->children, struct pidns_draft,
					sibling);

	while (draft->parent &&
	       list_is_last(&draft->sibling, &draft->parent->children))
		draft = draft->parent;

	return draft->parent ? list_next_entry(draft, sibling) : NULL;
}
