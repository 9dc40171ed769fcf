// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Ways through the model.
 */
#include <stdlib.h>

#include "tree.h"

void tree_release(struct tree *tree)
{
	free(tree->namespaces);
	free(tree->processes);
	free(tree->pids);
	free(tree->text);
}

bool namespace_is_below(const struct namespace *ns,
			const struct namespace *top)
{
	while (ns->level > top->level)
		ns = ns->parent;

	return ns == top;
}

const struct process *namespace_init(const struct namespace *ns)
{
	const struct process *first = ns->processes;

	/* Number 1 of a namespace is the first of it, if it is there. */
	if (ns->init != INIT_KNOWN || !ns->nr_processes ||
	    first->pids[0] != ns->init_pids[0])
		return NULL;

	return first;
}

void tree_visit(const struct tree *tree, const struct visitor *visitor,
		void *arg)
{
	const struct namespace *open[LEVELS];
	size_t depth = 0;

	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];

		if (!ns->shown)
			continue;
		while (depth && !namespace_is_below(ns, open[depth - 1]))
			visitor->leave(open[--depth], arg);
		visitor->enter(ns, arg);
		open[depth++] = ns;
	}
	while (depth)
		visitor->leave(open[--depth], arg);
}
