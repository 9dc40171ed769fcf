// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Lookups in the model.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

/* PID of kthreadd, the parent of kernel threads: rest_init() in init/main.c. */
#define KTHREADD 2

void tree_release(struct tree *tree)
{
	free(tree->namespaces);
	free(tree->processes);
	free(tree->by_pid);
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

	/* The init has the lowest PID, so it comes first if it is listed. */
	if (ns->init != INIT_KNOWN || !ns->nr_processes ||
	    first->pids[0] != ns->init_pids[0])
		return NULL;

	return first;
}

static int by_pid(const void *a, const void *b)
{
	const struct process *first = *(const struct process *const *)a;
	const struct process *second = *(const struct process *const *)b;

	if (first->pids[0] != second->pids[0])
		return first->pids[0] < second->pids[0] ? -1 : 1;

	return first < second ? -1 : first > second;
}

static void sort_by_pid(struct tree *tree)
{
	size_t count = tree->nr_processes;

	tree->by_pid = calloc(count + 1, sizeof(*tree->by_pid));
	if (!tree->by_pid)
		err(EXIT_FAILURE, "cannot allocate the processes");
	for (size_t i = 0; i < count; i++)
		tree->by_pid[i] = &tree->processes[i];
	qsort(tree->by_pid, count, sizeof(*tree->by_pid), by_pid);
}

const struct process *tree_find_process(struct tree *tree, unsigned int pid)
{
	size_t low = 0, high = tree->nr_processes;

	if (!tree->by_pid)
		sort_by_pid(tree);
	/* Invariant: PIDs before low are <= pid, those from high on > pid. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tree->by_pid[middle]->pids[0] <= pid)
			low = middle + 1;
		else
			high = middle;
	}

	return low && tree->by_pid[low - 1]->pids[0] == pid ?
	       tree->by_pid[low - 1] : NULL;
}

struct namespace *tree_find_namespace(const struct tree *tree,
				      unsigned long inum)
{
	for (size_t i = 0; i < tree->nr_namespaces; i++)
		if (tree->namespaces[i].inum == inum)
			return &tree->namespaces[i];

	return NULL;
}

/* In other namespaces, any process can have PID 2. */
bool tree_has_kthreads(struct tree *tree)
{
	const struct process *kthreadd = tree_find_process(tree, KTHREADD);

	return kthreadd && kthreadd->ns->inum == INITIAL_INUM &&
	       !kthreadd->ppid && !strcmp(kthreadd->comm, "kthreadd");
}

bool process_is_kthread(const struct process *proc)
{
	return !proc->ns->level &&
	       (proc->pids[0] == KTHREADD || proc->ppid == KTHREADD);
}

bool process_is_zombie(const struct process *proc)
{
	return proc->state == 'Z' && proc->threads <= 1;
}

void tree_visit(const struct tree *tree, const struct visitor *visitor,
		void *arg)
{
	const struct namespace *path[LEVELS];
	size_t depth = 0;

	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];

		if (!ns->shown)
			continue;
		while (depth && !namespace_is_below(ns, path[depth - 1]))
			visitor->leave(path[--depth], arg);
		visitor->enter(ns, arg);
		path[depth++] = ns;
	}
	while (depth)
		visitor->leave(path[--depth], arg);
}
