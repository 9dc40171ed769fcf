// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "print.h"
#include "render.h"

/* Kinds of changes, with their signs in lines and their names in JSON. */
enum event {
	CREATED,
	ENDED,
	CHANGED,
	MISSED,
};

static const char signs[] = { '+', '-', '~', '*' };
static const char *const event_names[] = {
	"created", "ended", "changed", "missed"
};

/**
 * struct kind - how to compare the namespaces or the processes of two snapshots
 * @processes: compare processes, not namespaces
 * @compare: comparison function for qsort(), also used to merge the snapshots
 * @match: called for an element that is in both snapshots; may be NULL
 *
 * Only shown processes are compared, but all namespaces: a namespace that is no
 * longer shown may still exist.
 */
struct kind {
	bool processes;
	int (*compare)(const void *a, const void *b);
	void (*match)(struct snapshot *before, const void *old,
		      struct snapshot *now, const void *new,
		      const struct changes *changes);
};

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

struct identity identity_of(const struct namespace *ns)
{
	return (struct identity){
		.inum = ns->inum,
		.nsid = ns->nsid,
		.init = ns->init == INIT_KNOWN ? ns->init_pids[0] : 0,
	};
}

/* Ignore an unknown init, because a pending namespace gets its init later. */
int identity_compare(const struct identity *a, const struct identity *b)
{
	int order = compare(a->inum, b->inum);

	if (!order)
		order = compare(a->nsid, b->nsid);
	if (!order && a->init && b->init)
		order = compare(a->init, b->init);

	return order;
}

static int compare_namespaces(const void *a, const void *b)
{
	struct identity first = identity_of(*(struct namespace *const *)a);
	struct identity second = identity_of(*(struct namespace *const *)b);

	return identity_compare(&first, &second);
}

static int compare_processes(const void *a, const void *b)
{
	const struct process *first = *(const struct process *const *)a;
	const struct process *second = *(const struct process *const *)b;
	int order = compare(first->pids[0], second->pids[0]);

	return order ? order : compare(first->ns->inum, second->ns->inum);
}

/* ---- lines ---- */

static void put_field(const char *key, const char *value)
{
	printf(" %s=", key);
	put_visible(stdout, value, " \\", has_utf8());
}

static void put_names(const struct container_name *names)
{
	if (names && names->name)
		put_field("name", names->name);
	if (names && names->pod)
		put_field("pod", names->pod);
}

static void put_container(struct snapshot *snap, struct cgroup *cgroup)
{
	const struct container_name *names = snapshot_names(snap, cgroup);

	if (cgroup->container.id)
		put_field("container", cgroup->container.id);
	put_names(names);
}

static void put_namespace(struct snapshot *snap, const struct namespace *ns)
{
	const struct process *init = namespace_init(ns);

	printf("pid:[%u] level=%u", ns->inum, ns->level);
	if (ns->parent)
		printf(" parent=%u", ns->parent->inum);
	printf(" state=%s", ns->state);
	if (ns->init == INIT_KNOWN) {
		fputs(" init=", stdout);
		put_pids(stdout, ns->init_pids, ns->level + 1);
	}
	if (init)
		put_field("comm", init->comm);
	put_container(snap, snapshot_init_cgroup(snap, ns));
}

static void put_process(struct snapshot *snap, const struct process *proc)
{
	put_pids(stdout, proc->pids, proc->ns->level + 1);
	printf(" ppid=%u uid=%u", proc->ppid, proc->uid);
	put_field("comm", proc->comm);
	put_container(snap, snapshot_cgroup(snap, proc));
}

static void put_change(struct snapshot *snap, const struct kind *kind,
		       const void *thing, enum event event,
		       const struct changes *changes)
{
	const struct namespace *ns = kind->processes ? NULL : thing;
	const struct process *proc = kind->processes ? thing : NULL;

	if (changes->json) {
		render_change_json(snap, changes->stamp, event_names[event],
				   event != ENDED, ns, proc);
		return;
	}
	printf("%s %c ", changes->stamp, signs[event]);
	if (proc)
		put_process(snap, proc);
	else
		put_namespace(snap, ns);
	putchar('\n');
}

static const struct kind namespaces, processes;

static void compare_states(struct snapshot *before, const void *old,
			   struct snapshot *now, const void *new,
			   const struct changes *changes)
{
	const struct namespace *first = old, *second = new;

	(void)before;
	if (second->shown && strcmp(first->state, second->state))
		put_change(now, &namespaces, second, CHANGED, changes);
}

/* ---- comparison ---- */

/* Namespaces or processes of a snapshot, sorted by kind->compare(). */
struct list {
	const void **things;
	size_t count;
};

static struct list sort(const struct snapshot *snap, const struct kind *kind)
{
	const struct tree *tree = &snap->tree;
	size_t count = kind->processes ? tree->nr_processes :
					 tree->nr_namespaces;
	struct list list = { calloc(count + 1, sizeof(*list.things)), 0 };

	if (!list.things)
		err(EXIT_FAILURE, "cannot allocate the changes");
	for (size_t i = 0; i < count; i++) {
		const struct process *proc = &tree->processes[i];

		if (!kind->processes)
			list.things[list.count++] = &tree->namespaces[i];
		else if (proc->ns->shown && !proc->hidden)
			list.things[list.count++] = proc;
	}
	qsort(list.things, list.count, sizeof(*list.things), kind->compare);

	return list;
}

static bool is_shown(const struct kind *kind, const void *thing)
{
	const struct namespace *ns = thing;

	return kind->processes || ns->shown;
}

/* If @changes is NULL, only call @kind->match(). */
static void merge(struct snapshot *before, struct snapshot *now,
		  const struct kind *kind, const struct changes *changes)
{
	struct list old = sort(before, kind), new = sort(now, kind);
	size_t i = 0, j = 0;

	while (i < old.count || j < new.count) {
		int order = i == old.count ? 1 : j == new.count ? -1 :
			    kind->compare(&old.things[i], &new.things[j]);

		if (!order && kind->match)
			kind->match(before, old.things[i], now, new.things[j],
				    changes);
		if (order < 0 && changes && is_shown(kind, old.things[i]))
			put_change(before, kind, old.things[i], ENDED, changes);
		if (order > 0 && changes && is_shown(kind, new.things[j]))
			put_change(now, kind, new.things[j], CREATED, changes);
		i += order <= 0;
		j += order >= 0;
	}
	free(old.things);
	free(new.things);
}

static const struct kind namespaces = {
	.compare = compare_namespaces,
	.match = compare_states,
};

static const struct kind processes = {
	.processes = true,
	.compare = compare_processes,
};

void changes_print_namespaces(struct snapshot *before, struct snapshot *now,
			      const struct changes *changes)
{
	merge(before, now, &namespaces, changes);
}

void changes_print_processes(struct snapshot *before, struct snapshot *now,
			     const struct changes *changes)
{
	merge(before, now, &processes, changes);
}

/* ---- containers ---- */

void changes_print_container(struct snapshot *snap, struct cgroup *cgroup,
			     const struct changes *changes)
{
	if (changes->json) {
		render_container_json(snap, changes->stamp, event_names[ENDED],
				      cgroup);
		return;
	}
	printf("%s %c container ", changes->stamp, signs[ENDED]);
	put_visible(stdout, cgroup->container.id, " \\", has_utf8());
	put_names(snapshot_names(snap, cgroup));
	putchar('\n');
}

/* ---- namespaces in no snapshot ---- */

void changes_print_missed(size_t count, const struct changes *changes)
{
	if (changes->json)
		render_missed_json(changes->stamp, event_names[MISSED], count);
	else
		printf("%s %c %zu namespace%s created and freed between two reads\n",
		       changes->stamp, signs[MISSED], count,
		       count == 1 ? " was" : "s were");
}

/* ---- cgroups ---- */

static bool is_zombie(const struct process *proc)
{
	return proc && (proc->state == 'Z' || proc->state == 'X');
}

static void inherit_of_init(struct snapshot *before, const void *old,
			    struct snapshot *now, const void *new,
			    const struct changes *changes)
{
	const struct namespace *ns = old;

	(void)changes;
	if (ns->shown)
		snapshot_inherit_cgroup(snapshot_init_cgroup(now, new),
					is_zombie(namespace_init(new)),
					snapshot_init_cgroup(before, old));
}

static void inherit(struct snapshot *before, const void *old,
		    struct snapshot *now, const void *new,
		    const struct changes *changes)
{
	(void)changes;
	snapshot_inherit_cgroup(snapshot_cgroup(now, new), is_zombie(new),
				snapshot_cgroup(before, old));
}

void changes_inherit(struct snapshot *snap, struct snapshot *before,
		     bool processes)
{
	static const struct kind of_inits = {
		.compare = compare_namespaces,
		.match = inherit_of_init,
	};
	static const struct kind of_processes = {
		.processes = true,
		.compare = compare_processes,
		.match = inherit,
	};

	merge(before, snap, &of_inits, NULL);
	if (processes)
		merge(before, snap, &of_processes, NULL);
}

void changes_prepare(struct snapshot *snap, bool processes)
{
	const struct tree *tree = &snap->tree;

	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];

		if (ns->shown)
			snapshot_names(snap, snapshot_init_cgroup(snap, ns));
	}
	for (size_t i = 0; processes && i < tree->nr_processes; i++) {
		const struct process *proc = &tree->processes[i];

		if (proc->ns->shown && !proc->hidden)
			snapshot_names(snap, snapshot_cgroup(snap, proc));
	}
}
