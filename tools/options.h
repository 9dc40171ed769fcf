/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The parsed command line.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "snapshot.h"
#include "render.h"

enum format {
	FORMAT_TABLE,
	FORMAT_JSON,
	FORMAT_DOT,
};

/**
 * struct options - the parsed command line
 * @source: where to read from
 * @format: output format
 * @table: format of a table
 * @pids: arguments of --pid or --struct, then operands that name processes
 * @nr_pids: number of @pids
 * @task: argument of --task; NULL for none
 * @namespaces: operands that name namespaces, terminated by NULL
 * @no_kthreads: hide kernel threads
 * @save: directory to create; NULL for none
 * @watch: print changes, with a snapshot every @seconds or after events
 * @seconds: interval for @watch
 * @events: with @watch, take a snapshot after events of the kernel, and only if
 *	there are no events every @seconds
 * @verbose: print how @watch waits
 * @brief: print only PIDs, for --pid
 * @structures: draw the kernel's structures, for --struct
 * @metrics: print metrics for Prometheus
 * @max_series: number of containers that have series, for @metrics
 * @pinned: print namespaces without processes and what pins them
 */
struct options {
	struct source source;
	enum format format;
	struct table table;
	const char **pids;
	size_t nr_pids;
	const char *task;
	char **namespaces;
	bool no_kthreads;
	const char *save;
	bool watch;
	double seconds;
	bool events;
	bool verbose;
	bool brief;
	bool structures;
	bool metrics;
	size_t max_series;
	bool pinned;
};

#endif /* OPTIONS_H */
