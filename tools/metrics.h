/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Count the processes and namespaces of each container, for --metrics.
 *
 * Each process is counted once: for its container, else for its namespace if
 * namespaces are listed, else in a sum. So the numbers of a machine add up.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdint.h>

#include "owners.h"
#include "snapshot.h"

/* The highest number of containers that --metrics accepts as its limit. */
#define MAX_SUBJECTS 1000000

/**
 * enum count - what is counted
 * @COUNT_PROCESSES: processes
 * @COUNT_THREADS: threads
 * @COUNT_ZOMBIES: zombies
 * @COUNT_INIT_ZOMBIES: zombies that the init of their namespace must reap
 * @COUNT_NAMESPACES: PID namespaces
 * @COUNT_DYING: PID namespaces in the state dying
 * @NR_COUNTS: number of counts
 */
enum count {
	COUNT_PROCESSES,
	COUNT_THREADS,
	COUNT_ZOMBIES,
	COUNT_INIT_ZOMBIES,
	COUNT_NAMESPACES,
	COUNT_DYING,
	NR_COUNTS
};

/**
 * struct subject - a container, or a namespace without a container
 * @labels: labels of its series, escaped, without braces; unique
 * @cgroup: cgroup of the first process of the container; NULL for a namespace
 * @ns: the namespace; the outermost one whose init is in the container, and
 *	the first of several; NULL if the container has none of its own
 * @counts: the counts
 * @has_limit: @limited and @limit are valid
 * @limited: number of tasks in the cgroup whose limit is the nearest
 * @limit: that limit
 */
struct subject {
	char *labels;
	struct cgroup *cgroup;
	const struct namespace *ns;
	uint64_t counts[NR_COUNTS];
	bool has_limit;
	uint64_t limited;
	uint64_t limit;
};

/**
 * struct subjects - a list of subjects
 * @list: the subjects
 * @count: number of elements of @list
 * @shown: number of subjects, from the first on, that have series
 */
struct subjects {
	struct subject **list;
	size_t count;
	size_t shown;
};

/**
 * struct metrics - all counts of a snapshot
 * @containers: the containers, those of root first
 * @namespaces: namespaces without a container; empty unless they are listed
 * @no_container: sum of what is in no container and in none of @namespaces
 * @over_limit: sum of the subjects that are not shown
 * @owners: the users, those of most namespaces first
 * @shown_owners: number of users, from the first on, that have series
 */
struct metrics {
	struct subjects containers;
	struct subjects namespaces;
	uint64_t no_container[NR_COUNTS];
	uint64_t over_limit[NR_COUNTS];
	struct owners owners;
	size_t shown_owners;
};

/**
 * metrics_count - count the processes and namespaces of a snapshot
 * @metrics: filled; release it with metrics_release()
 * @snap: the snapshot
 * @all: list the namespaces without a container
 * @limit: number of containers, of namespaces without a container, and of
 *	users with namespaces that have series
 *
 * Reads the cgroup of each process that is no kernel thread, and queries the
 * engines for the names of the containers that have series.
 */
void metrics_count(struct metrics *metrics, struct snapshot *snap, bool all,
		   size_t limit);

/** metrics_release - free the members of the metrics */
void metrics_release(struct metrics *metrics);

#endif /* METRICS_H */
