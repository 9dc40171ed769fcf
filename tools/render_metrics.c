// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The exposition format of Prometheus, version 0.0.4. All series of a metric
 * follow its HELP and TYPE lines, and no two series have the same labels.
 * Otherwise, node_exporter rejects the whole file.
 */
#include <stdio.h>
#include <string.h>

#include "metrics.h"
#include "render.h"

#define OF_CONTAINER "container"
#define OF_NAMESPACE "namespace"
#define OF_SUM "summed"

static const char *const states[] = { "active", "pending", "dying", "dead" };

#define NR_STATES (sizeof(states) / sizeof(*states))

/**
 * struct family - a metric of containers, of namespaces and of sums
 * @name: name of the metric, after pidns_container_ or pidns_summed_
 * @single: name after pidns_namespace_; NULL if there is no such metric
 * @help: help text, which the subject follows
 * @single_help: complete help text of @single; NULL if @help fits
 */
struct family {
	const char *name;
	const char *single;
	const char *help;
	const char *single_help;
};

static const struct family families[NR_COUNTS] = {
	[COUNT_PROCESSES] = {
		.name = "processes",
		.single = "processes",
		.help = "Processes",
	},
	[COUNT_THREADS] = {
		.name = "threads",
		.single = "threads",
		.help = "Threads",
	},
	[COUNT_ZOMBIES] = {
		.name = "zombies",
		.single = "zombies",
		.help = "Processes that have exited and are not reaped,",
	},
	[COUNT_INIT_ZOMBIES] = {
		.name = "init_zombies",
		.single = "init_zombies",
		.help = "Zombies that the init process of their PID namespace must reap,",
	},
	[COUNT_NAMESPACES] = {
		.name = "namespaces",
		.help = "PID namespaces",
	},
	[COUNT_DYING] = {
		.name = "dying_namespaces",
		.single = "dying",
		.help = "PID namespaces in the state dying",
		.single_help = "1 if a PID namespace without a container is dying, otherwise 0",
	},
};

/* ---- lines ---- */

static void put_header(const char *subject, const char *name, const char *help,
		       const char *of)
{
	const char *dash = *subject ? "_" : "", *blank = *of ? " " : "";

	printf("# HELP pidns_%s%s%s %s%s%s.\n", subject, dash, name, help,
	       blank, of);
	printf("# TYPE pidns_%s%s%s gauge\n", subject, dash, name);
}

static void put_series(const char *subject, const char *name,
		       const char *labels, uint64_t value)
{
	printf("pidns_%s_%s{%s} %ju\n", subject, name, labels,
	       (uintmax_t)value);
}

static void put_single(const char *name, const char *help, uint64_t value)
{
	put_header("", name, help, "");
	printf("pidns_%s %ju\n", name, (uintmax_t)value);
}

/* ---- subjects ---- */

static void put_counts(const char *subject, const char *of,
		       const struct subjects *subjects, bool single)
{
	for (size_t i = 0; i < NR_COUNTS; i++) {
		const char *name = single ? families[i].single :
					    families[i].name;

		if (!name)
			continue;
		if (single && families[i].single_help)
			put_header(subject, name, families[i].single_help, "");
		else
			put_header(subject, name, families[i].help, of);
		for (size_t j = 0; j < subjects->shown; j++)
			put_series(subject, name, subjects->list[j]->labels,
				   subjects->list[j]->counts[i]);
	}
}

static void put_npids(const char *subject, const char *of,
		      const struct subjects *subjects)
{
	put_header(subject, "pids",
		   "PIDs in use, those of descendant namespaces included,", of);
	for (size_t i = 0; i < subjects->shown; i++) {
		const struct namespace *ns = subjects->list[i]->ns;

		if (ns && ns->has_npids)
			put_series(subject, "pids", subjects->list[i]->labels,
				   ns->npids);
	}
}

static void put_pid_max(const char *subject, const char *of,
			const struct subjects *subjects)
{
	put_header(subject, "pid_max", "Exclusive upper limit of the PIDs", of);
	for (size_t i = 0; i < subjects->shown; i++) {
		const struct namespace *ns = subjects->list[i]->ns;

		if (ns && ns->pid_max)
			put_series(subject, "pid_max",
				   subjects->list[i]->labels, ns->pid_max);
	}
}

static void put_limits(const struct subjects *subjects, const char *name,
		       const char *help, bool limit)
{
	put_header(OF_CONTAINER, name, help, "");
	for (size_t i = 0; i < subjects->shown; i++) {
		const struct subject *subject = subjects->list[i];

		if (subject->has_limit)
			put_series(OF_CONTAINER, name, subject->labels,
				   limit ? subject->limit : subject->limited);
	}
}

static void put_containers(const struct metrics *metrics)
{
	const struct subjects *containers = &metrics->containers;

	put_counts(OF_CONTAINER, "of the container", containers, false);
	put_npids(OF_CONTAINER, "in the PID namespace of the container",
		  containers);
	put_pid_max(OF_CONTAINER, "in the PID namespace of the container",
		    containers);
	put_limits(containers, "cgroup_tasks",
		   "Tasks in the cgroup whose pids.max limits the container most",
		   false);
	put_limits(containers, "cgroup_tasks_max", "pids.max of that cgroup",
		   true);
}

static void put_namespaces(const struct metrics *metrics)
{
	const struct subjects *namespaces = &metrics->namespaces;

	put_counts(OF_NAMESPACE, "of a PID namespace without a container",
		   namespaces, true);
	put_npids(OF_NAMESPACE, "in a PID namespace without a container",
		  namespaces);
	put_pid_max(OF_NAMESPACE, "in a PID namespace without a container",
		    namespaces);
}

static void put_sums(const struct metrics *metrics)
{
	for (size_t i = 0; i < NR_COUNTS; i++) {
		put_header(OF_SUM, families[i].name, families[i].help,
			   "without series of their own, by reason");
		put_series(OF_SUM, families[i].name, "reason=\"no_container\"",
			   metrics->no_container[i]);
		put_series(OF_SUM, families[i].name, "reason=\"limit\"",
			   metrics->over_limit[i]);
	}
}

/* ---- the machine ---- */

static void put_states(const struct tree *tree)
{
	put_header("", "namespaces", "PID namespaces, by state", "");
	for (size_t i = 0; i < NR_STATES; i++) {
		size_t count = 0;

		for (size_t j = 0; j < tree->nr_namespaces; j++)
			count += !strcmp(tree->namespaces[j].state, states[i]);
		printf("pidns_namespaces{state=\"%s\"} %zu\n", states[i],
		       count);
	}
}

/* Before Linux 6.14, all namespaces have the same limit. */
static void put_root(const struct tree *tree, const struct procfs *procfs)
{
	const struct namespace *root = tree->namespaces;
	uint64_t limit = tree->nr_namespaces ? root->pid_max : 0;

	if (tree->nr_namespaces && root->has_npids)
		put_single("root_pids",
			   "PIDs in use in the root of the tree, those of descendant namespaces included",
			   root->npids);
	if (limit || (procfs &&
		      procfs_number(procfs_open_file(procfs,
						     "sys/kernel/pid_max"),
				    &limit)))
		put_single("root_pid_max",
			   "Exclusive upper limit of the PIDs in the root of the tree",
			   limit);
}

static void put_owners(const struct metrics *metrics,
		       const struct procfs *procfs)
{
	uint64_t sum = 0, limit;

	put_header("", "owner_namespaces",
		   "PID namespaces other than the initial one, by the UID that they are charged to",
		   "");
	for (size_t i = 0; i < metrics->owners.count; i++)
		if (i < metrics->shown_owners)
			printf("pidns_owner_namespaces{owner=\"%u\"} %ju\n",
			       metrics->owners.list[i].uid,
			       (uintmax_t)metrics->owners.list[i].namespaces);
		else
			sum += metrics->owners.list[i].namespaces;
	put_single("owners", "Owners of PID namespaces", metrics->owners.count);
	put_single("summed_owners",
		   "Owners without series of their own, because there are too many",
		   metrics->owners.count - metrics->shown_owners);
	put_single("summed_owner_namespaces", "PID namespaces of those owners",
		   sum);
	if (procfs && owners_limit(procfs, &limit))
		put_single("owner_namespaces_max",
			   "Limit on the PID namespaces of each owner (user.max_pid_namespaces)",
			   limit);
}

static void put_read(const struct snapshot *snap, double seconds)
{
	put_header("", "read_duration_seconds",
		   "Time to read and parse the file of the module", "");
	printf("pidns_read_duration_seconds %.6f\n", seconds);
	put_single("view_limited",
		   "1 if namespaces or processes are known to be hidden from the reader, otherwise 0",
		   snapshot_is_limited(snap));
}

void render_metrics(struct snapshot *snap, bool all, size_t limit,
		    double seconds)
{
	const struct procfs *procfs = snapshot_is_live(snap) ?
				      &snap->source->procfs : NULL;
	struct metrics metrics;

	metrics_count(&metrics, snap, all, limit);
	put_read(snap, seconds);
	put_states(&snap->tree);
	put_root(&snap->tree, procfs);
	put_owners(&metrics, procfs);
	put_single("containers", "Containers", metrics.containers.count);
	put_single("summed_containers",
		   "Containers without series of their own, because there are too many",
		   metrics.containers.count - metrics.containers.shown);
	put_containers(&metrics);
	if (all)
		put_namespaces(&metrics);
	put_sums(&metrics);
	metrics_release(&metrics);
}
