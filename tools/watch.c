// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "watch.h"

/* How a list of things is compared with an older one. */
struct kind {
	int (*compare)(const void *a, const void *b);
	void (*print)(const void *thing);
	/* if the same thing is now something else; NULL when it cannot be */
	void (*print_change)(const void *before, const void *now,
			     const char *stamp);
};

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* The same namespace or not; a first process may yet be born in it. */
static int compare_namespaces(const void *a, const void *b)
{
	const struct namespace *first = *(const struct namespace *const *)a;
	const struct namespace *second = *(const struct namespace *const *)b;
	int order = compare(first->inum, second->inum);

	if (!order)
		order = compare(first->nsid, second->nsid);
	if (!order && first->init == INIT_KNOWN && second->init == INIT_KNOWN)
		order = compare(first->init_pids[0], second->init_pids[0]);

	return order;
}

static void put_pids(const unsigned int *pids, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		printf(i ? ",%u" : "%u", pids[i]);
}

static void put_comm(const struct process *proc)
{
	fputs(" comm=", stdout);
	put_visible(stdout, proc->comm, " \\", has_utf8());
}

static void print_namespace(const void *thing)
{
	const struct namespace *ns = *(const struct namespace *const *)thing;
	const struct process *init = namespace_init(ns);

	printf("pid:[%u] level=%u", ns->inum, ns->level);
	if (ns->parent)
		printf(" parent=%u", ns->parent->inum);
	printf(" state=%s", ns->state);
	if (ns->init == INIT_KNOWN) {
		fputs(" init=", stdout);
		put_pids(ns->init_pids, ns->level + 1);
	}
	if (init)
		put_comm(init);
	putchar('\n');
}

static void print_new_state(const void *before, const void *now,
			    const char *stamp)
{
	const struct namespace *old = *(const struct namespace *const *)before;
	const struct namespace *new = *(const struct namespace *const *)now;

	if (!strcmp(old->state, new->state))
		return;
	printf("%s~ ", stamp);
	print_namespace(now);
}

static int compare_processes(const void *a, const void *b)
{
	const struct process *first = *(const struct process *const *)a;
	const struct process *second = *(const struct process *const *)b;
	int order = compare(first->pids[0], second->pids[0]);

	return order ? order : compare(first->ns->inum, second->ns->inum);
}

static void print_process(const void *thing)
{
	const struct process *proc = *(const struct process *const *)thing;

	put_pids(proc->pids, proc->ns->level + 1);
	printf(" ppid=%u uid=%u", proc->ppid, proc->uid);
	put_comm(proc);
	putchar('\n');
}

/* Pointers to what is shown of each, in an order to merge them by. */
struct list {
	const void **things;
	size_t count;
};

static struct list sort(const struct look *look, bool processes,
			const struct kind *kind)
{
	const struct tree *tree = &look->tree;
	size_t count = processes ? tree->nr_processes : tree->nr_namespaces;
	struct list list = { calloc(count + 1, sizeof(*list.things)), 0 };

	if (!list.things)
		err(EXIT_FAILURE, "changes");
	for (size_t i = 0; i < count; i++) {
		if (processes && tree->processes[i].ns->shown)
			list.things[list.count++] = &tree->processes[i];
		else if (!processes && tree->namespaces[i].shown)
			list.things[list.count++] = &tree->namespaces[i];
	}
	qsort(list.things, list.count, sizeof(*list.things), kind->compare);

	return list;
}

static void compare_looks(const struct look *before, const struct look *now,
			  bool processes, const struct kind *kind,
			  const char *stamp)
{
	struct list old = sort(before, processes, kind);
	struct list new = sort(now, processes, kind);
	size_t i = 0, j = 0;

	while (i < old.count || j < new.count) {
		int order = i == old.count ? 1 : j == new.count ? -1 :
			    kind->compare(&old.things[i], &new.things[j]);

		if (order) {
			printf("%s%c ", stamp, order < 0 ? '-' : '+');
			kind->print(order < 0 ? &old.things[i++] :
						&new.things[j++]);
			continue;
		}
		if (kind->print_change)
			kind->print_change(&old.things[i], &new.things[j],
					   stamp);
		i++;
		j++;
	}
	free(old.things);
	free(new.things);
}

void watch_changes(const struct look *before, const struct look *now,
		   bool processes, const char *stamp)
{
	static const struct kind namespace = {
		compare_namespaces, print_namespace, print_new_state
	};
	static const struct kind process = {
		compare_processes, print_process, NULL
	};

	compare_looks(before, now, false, &namespace, stamp);
	if (processes)
		compare_looks(before, now, true, &process, stamp);
}
