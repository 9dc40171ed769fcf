// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "container_ns.h"
#include "show.h"

/* ---- namespaces ---- */

static void select_processes(struct snapshot *snap,
			     const struct options *options)
{
	struct tree *tree = &snap->tree;

	if (options->no_kthreads)
		select_no_kthreads(snap);
	tree->no_ids = options->table.zombies;
	if (!options->table.zombies)
		return;
	for (size_t i = 0; i < tree->nr_processes; i++)
		tree->processes[i].hidden |=
			!process_is_zombie(&tree->processes[i]);
}

bool show_select(struct snapshot *snap, const struct options *options,
		 struct notes *notes, struct error *error)
{
	if (options->task || *options->namespaces)
		select_none(snap);
	if (options->task && !select_path(snap, options->task, error))
		return false;
	for (char **operand = options->namespaces; *operand; operand++)
		if (!select_namespaces(snap, *operand, notes, error))
			return false;
	select_processes(snap, options);

	return true;
}

/* ---- watchlist ---- */

static char *copy_string(const char *string)
{
	char *copy = string ? strdup(string) : NULL;

	if (string && !copy)
		err(EXIT_FAILURE, "cannot allocate a container");

	return copy;
}

static struct cgroup copy_cgroup(const struct cgroup *cgroup)
{
	return (struct cgroup){
		.path = copy_string(cgroup->path),
		.container = {
			.engine = cgroup->container.engine,
			.id = copy_string(cgroup->container.id),
			.whole = copy_string(cgroup->container.whole),
			.pod = copy_string(cgroup->container.pod),
		},
		.cached = true,
	};
}

static struct watched *add_watched(struct watchlist *watchlist,
				   const struct namespace *ns)
{
	struct watched *watched;

	watchlist->list = reallocarray(watchlist->list, watchlist->count + 1,
				       sizeof(*watchlist->list));
	if (!watchlist->list)
		err(EXIT_FAILURE, "cannot allocate the namespaces");
	watched = &watchlist->list[watchlist->count++];
	*watched = (struct watched){ .ns = identity_of(ns) };

	return watched;
}

static void add_container_ns(struct watchlist *watchlist,
			     const struct container_ns *entry)
{
	struct watched *watched = add_watched(watchlist, entry->ns);

	watched->needed = true;
	if (entry->private)
		return;
	watched->cgroup = copy_cgroup(entry->cgroup);
	watchlist->containers = true;
}

/* show_select() has marked exactly the namespaces of the path. */
static void add_path(struct watchlist *watchlist, const struct snapshot *snap)
{
	struct watched *watched = NULL;

	for (size_t i = 0; i < snap->tree.nr_namespaces; i++) {
		if (!snap->tree.namespaces[i].shown)
			continue;
		watched = add_watched(watchlist, &snap->tree.namespaces[i]);
		watched->alone = true;
	}
	/* In pre-order, the last one is the namespace of the process. */
	if (watched)
		watched->needed = true;
}

bool watchlist_fill(struct snapshot *snap, const struct options *options,
		    struct watchlist *watchlist, struct error *error)
{
	struct container_ns_list list;

	if (options->task)
		add_path(watchlist, snap);
	for (char **operand = options->namespaces; *operand; operand++) {
		if (!select_find(snap, *operand, &list, error))
			return false;
		for (size_t i = 0; i < list.count; i++)
			add_container_ns(watchlist, &list.entries[i]);
		free(list.entries);
	}

	return true;
}

static struct namespace *find_namespace(const struct tree *tree,
					const struct identity *wanted)
{
	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		struct identity own = identity_of(&tree->namespaces[i]);

		if (!identity_compare(&own, wanted))
			return &tree->namespaces[i];
	}

	return NULL;
}

/* Whether a container has a process in @top, or the init of a descendant. */
static bool has_container(struct snapshot *snap, const struct namespace *top,
			  const struct cgroup *cgroup)
{
	const struct tree *tree = &snap->tree;

	for (size_t i = 0; i < top->nr_processes; i++)
		if (same_container(cgroup,
				   snapshot_cgroup(snap, &top->processes[i])))
			return true;
	for (size_t i = top - tree->namespaces + 1; i < tree->nr_namespaces &&
	     namespace_is_below(&tree->namespaces[i], top); i++)
		if (tree->namespaces[i].nr_processes &&
		    same_container(cgroup,
				   snapshot_init_cgroup(snap, &tree->namespaces[i])))
			return true;

	return false;
}

/* Return: whether the snapshot still has it. */
static bool select_watched(struct snapshot *snap, struct watched *watched)
{
	struct namespace *ns = find_namespace(&snap->tree, &watched->ns);
	bool shared = watched->cgroup.container.id;

	if (!ns || (shared && !has_container(snap, ns, &watched->cgroup)))
		return false;
	watched->ns = identity_of(ns);
	if (watched->alone)
		ns->shown = true;
	else
		select_container_ns(snap, &(struct container_ns){
			&watched->cgroup, ns, !shared,
		});

	return true;
}

bool watchlist_select(struct snapshot *snap, const struct options *options,
		      struct watchlist *watchlist)
{
	bool any = !watchlist->count;

	if (!any)
		select_none(snap);
	for (size_t i = 0; i < watchlist->count; i++) {
		struct watched *watched = &watchlist->list[i];

		watched->ended |= watched->ending;
		watched->ending = !watched->ended &&
				  !select_watched(snap, watched);
		any |= watched->needed && !watched->ended && !watched->ending;
	}
	select_processes(snap, options);

	return any;
}

void watchlist_release(struct watchlist *watchlist)
{
	for (size_t i = 0; i < watchlist->count; i++) {
		free(watchlist->list[i].cgroup.path);
		container_release(&watchlist->list[i].cgroup.container);
	}
	free(watchlist->list);
}

/* ---- output ---- */

static void render(struct snapshot *snap, const struct options *options)
{
	switch (options->format) {
	case FORMAT_TABLE:
		render_table(snap, &options->table);
		break;
	case FORMAT_JSON:
		render_json(snap, options->table.processes, options->watch);
		break;
	case FORMAT_DOT:
		render_dot(snap, options->table.processes);
		break;
	}
}

/*
 * Restore the marks: --watch must not report that a namespace has ended
 * because it has no zombies.
 */
static void render_zombies(struct snapshot *snap, const struct options *options)
{
	struct tree *tree = &snap->tree;
	bool *shown = calloc(tree->nr_namespaces + 1, sizeof(*shown));

	if (!shown)
		err(EXIT_FAILURE, "cannot allocate the namespaces");
	for (size_t i = 0; i < tree->nr_namespaces; i++)
		shown[i] = tree->namespaces[i].shown;
	select_zombies(snap);
	render(snap, options);
	for (size_t i = 0; i < tree->nr_namespaces; i++)
		tree->namespaces[i].shown = shown[i];
	free(shown);
}

void show_render(struct snapshot *snap, const struct options *options)
{
	if (options->table.zombies)
		render_zombies(snap, options);
	else
		render(snap, options);
}

/* ---- processes ---- */

static bool select_all_targets(struct snapshot *snap,
			       const struct options *options,
			       struct targets *targets, struct notes *notes,
			       struct error *error)
{
	for (size_t i = 0; i < options->nr_pids; i++)
		if (!select_targets(snap, options->pids[i], targets, notes,
				    error))
			return false;

	return true;
}

static void render_structures(struct snapshot *snap,
			      const struct targets *targets,
			      enum format format)
{
	switch (format) {
	case FORMAT_TABLE:
		render_struct(snap, targets);
		break;
	case FORMAT_JSON:
		render_struct_json(snap, targets);
		break;
	case FORMAT_DOT:
		render_struct_dot(snap, targets);
		break;
	}
}

static void render_targets(struct snapshot *snap, const struct targets *targets,
			   const struct options *options)
{
	if (options->structures) {
		render_structures(snap, targets, options->format);
	} else if (options->format == FORMAT_DOT) {
		select_paths(snap, targets);
		show_render(snap, options);
	} else if (options->format == FORMAT_TABLE) {
		render_targets_table(snap, targets, options->brief,
				     &options->table);
	} else if (options->brief && options->nr_pids == 1 &&
		   targets->count == 1 && !targets->everywhere) {
		render_levels_json(snap, targets->list);
	} else {
		render_targets_json(snap, targets);
	}
}

/* ---- without --watch ---- */

static void warn_notes(struct notes *notes)
{
	char *rest = notes->lines, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			warnx("%s", line);
}

bool show(const struct options *options, struct error *error)
{
	struct targets targets = { .everywhere = true };
	struct notes notes = { 0 };
	struct snapshot snap;
	bool found;

	if (!snapshot_take(&snap, &options->source, error))
		return false;
	if (snapshot_is_limited(&snap))
		warnx(LIMITED_VIEW);
	found = options->nr_pids ?
		select_all_targets(&snap, options, &targets, &notes, error) :
		show_select(&snap, options, &notes, error);
	if (found) {
		warn_notes(&notes);
		if (options->nr_pids)
			render_targets(&snap, &targets, options);
		else
			show_render(&snap, options);
	}
	free(notes.lines);
	targets_release(&targets);
	snapshot_release(&snap);

	return found;
}

/* ---- metrics ---- */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);

	return time.tv_sec + time.tv_nsec / 1e9;
}

bool show_metrics(const struct options *options, struct error *error)
{
	double start = now(), seconds;
	struct snapshot snap;

	/* A timer must not start an engine that an administrator has stopped. */
	names_start_no_engine(options->source.names);
	if (!snapshot_take(&snap, &options->source, error))
		return false;
	seconds = now() - start;
	if (snapshot_is_limited(&snap))
		warnx(LIMITED_VIEW);
	render_metrics(&snap, options->table.processes, options->max_series,
		       seconds);
	snapshot_release(&snap);

	return true;
}
