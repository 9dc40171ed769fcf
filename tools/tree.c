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

const char *const role_names[NR_ROLES] = { "pid", "tgid", "pgid", "sid" };

void tree_release(struct tree *tree)
{
	free(tree->namespaces);
	free(tree->processes);
	free(tree->ids);
	free(tree->by_pid);
	free(tree->by_group);
	free(tree->by_session);
	free(tree->by_id);
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

/* Compare positions in the file. */
static int compare_positions(const struct process *a, const struct process *b)
{
	return a < b ? -1 : a > b;
}

static int compare_keys(unsigned int a, unsigned int b,
			const struct process *first,
			const struct process *second)
{
	if (a != b)
		return a < b ? -1 : 1;

	return compare_positions(first, second);
}

static int by_pid(const void *a, const void *b)
{
	const struct process *first = *(const struct process *const *)a;
	const struct process *second = *(const struct process *const *)b;

	return compare_keys(first->pids[0], second->pids[0], first, second);
}

static int by_group(const void *a, const void *b)
{
	const struct process *first = *(const struct process *const *)a;
	const struct process *second = *(const struct process *const *)b;

	return compare_keys(first->pgid, second->pgid, first, second);
}

static int by_session(const void *a, const void *b)
{
	const struct process *first = *(const struct process *const *)a;
	const struct process *second = *(const struct process *const *)b;

	return compare_keys(first->sid, second->sid, first, second);
}

static const struct process **sort_processes(const struct tree *tree,
					     int (*compare)(const void *,
							    const void *))
{
	size_t count = tree->nr_processes;
	const struct process **sorted = calloc(count + 1, sizeof(*sorted));

	if (!sorted)
		err(EXIT_FAILURE, "cannot allocate the processes");
	for (size_t i = 0; i < count; i++)
		sorted[i] = &tree->processes[i];
	qsort(sorted, count, sizeof(*sorted), compare);

	return sorted;
}

/*
 * Search an array of pointers that is sorted by the number that @number_of gets
 * from an element. Return: how many elements have a number less than @bound.
 */
static size_t count_lower(const void *sorted, size_t count, uint64_t bound,
			  unsigned int (*number_of)(const void *element))
{
	size_t low = 0, high = count;

	/* Elements before low are < bound, those from high on are not. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const void *element = (const char *)sorted +
				      middle * sizeof(void *);

		if (number_of(element) < bound)
			low = middle + 1;
		else
			high = middle;
	}

	return low;
}

static unsigned int pid_of_process(const void *element)
{
	return (*(const struct process *const *)element)->pids[0];
}

const struct process *tree_find_process(struct tree *tree, unsigned int pid)
{
	const struct process *last;
	size_t count;

	if (!tree->by_pid)
		tree->by_pid = sort_processes(tree, by_pid);
	count = count_lower(tree->by_pid, tree->nr_processes,
			    (uint64_t)pid + 1, pid_of_process);
	if (!count)
		return NULL;
	last = tree->by_pid[count - 1];

	return last->pids[0] == pid ? last : NULL;
}

static int by_id(const void *a, const void *b)
{
	const struct id *first = *(const struct id *const *)a;
	const struct id *second = *(const struct id *const *)b;

	if (first->pids[0] != second->pids[0])
		return first->pids[0] < second->pids[0] ? -1 : 1;

	return first < second ? -1 : first > second;
}

static unsigned int pid_of_id(const void *element)
{
	return (*(const struct id *const *)element)->pids[0];
}

static const struct id *find_id_in_root(struct tree *tree, unsigned int pid)
{
	const struct id *last;
	size_t count;

	if (!tree->by_id) {
		tree->by_id = calloc(tree->nr_ids + 1, sizeof(*tree->by_id));
		if (!tree->by_id)
			err(EXIT_FAILURE, "cannot allocate the IDs");
		for (size_t i = 0; i < tree->nr_ids; i++)
			tree->by_id[i] = &tree->ids[i];
		qsort(tree->by_id, tree->nr_ids, sizeof(*tree->by_id), by_id);
	}
	count = count_lower(tree->by_id, tree->nr_ids, (uint64_t)pid + 1,
			    pid_of_id);
	if (!count)
		return NULL;
	last = tree->by_id[count - 1];

	return last->pids[0] == pid ? last : NULL;
}

const struct id *tree_find_id(struct tree *tree, const struct namespace *ns,
			      unsigned int pid)
{
	if (!ns->level)
		return find_id_in_root(tree, pid);
	for (size_t i = tree->nr_ids; i; i--) {
		const struct id *id = &tree->ids[i - 1];

		if (namespace_is_below(id->ns, ns) && id->pids[ns->level] == pid)
			return id;
	}

	return NULL;
}

/* ---- process groups and sessions ---- */

static unsigned int group_of(const void *element)
{
	return (*(const struct process *const *)element)->pgid;
}

static unsigned int session_of(const void *element)
{
	return (*(const struct process *const *)element)->sid;
}

/* 0 is not an ID: it stands for any group or session outside the root. */
struct members tree_members(struct tree *tree, enum role role,
			    unsigned int pid)
{
	const struct process ***sorted = role == ROLE_PGID ? &tree->by_group :
							     &tree->by_session;
	unsigned int (*number_of)(const void *element) =
		role == ROLE_PGID ? group_of : session_of;
	size_t first;

	if (!pid)
		return (struct members){ NULL, 0 };
	if (!*sorted)
		*sorted = sort_processes(tree, role == ROLE_PGID ? by_group :
								   by_session);
	first = count_lower(*sorted, tree->nr_processes, pid, number_of);

	return (struct members){
		*sorted + first,
		count_lower(*sorted, tree->nr_processes, (uint64_t)pid + 1,
			    number_of) - first,
	};
}

struct members id_members(struct tree *tree, const struct id *id)
{
	struct members group = tree_members(tree, ROLE_PGID, id->pids[0]);
	struct members session = tree_members(tree, ROLE_SID, id->pids[0]);
	struct members all = {
		calloc(group.count + session.count + 1, sizeof(*all.list)), 0
	};
	size_t i = 0, j = 0;

	if (!all.list)
		err(EXIT_FAILURE, "cannot allocate the processes");
	while (i < group.count || j < session.count) {
		int order = i == group.count ? 1 : j == session.count ? -1 :
			    compare_positions(group.list[i], session.list[j]);

		all.list[all.count++] = order <= 0 ? group.list[i] :
						     session.list[j];
		i += order <= 0;
		j += order >= 0;
	}

	return all;
}

bool id_is_shown(struct tree *tree, const struct id *id)
{
	struct members members;
	bool shown = false;

	if (tree->no_ids || !id->ns->partial)
		return !tree->no_ids;
	members = id_members(tree, id);
	for (size_t i = 0; i < members.count && !shown; i++)
		shown = members.list[i]->ns->shown && !members.list[i]->hidden;
	free(members.list);

	return shown;
}

unsigned int process_roles(struct tree *tree, const struct process *proc)
{
	unsigned int roles = ROLE_BIT(ROLE_PID) | ROLE_BIT(ROLE_TGID);

	if (!proc->has_pgid || !proc->has_sid)
		return 0;
	for (enum role role = ROLE_PGID; role < NR_ROLES; role++)
		if (tree_members(tree, role, proc->pids[0]).count)
			roles |= ROLE_BIT(role);

	return roles;
}

/* ---- namespaces ---- */

struct namespace *tree_find_namespace(const struct tree *tree,
				      unsigned long inum)
{
	for (size_t i = 0; i < tree->nr_namespaces; i++)
		if (tree->namespaces[i].inum == inum)
			return &tree->namespaces[i];

	return NULL;
}

bool namespace_is_empty(const struct namespace *ns)
{
	return ns->parent && ns->init == INIT_NONE && !ns->nprocs &&
	       !ns->nr_processes;
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
