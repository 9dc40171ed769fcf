/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * What the command line asks for.
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
 * struct options - what the command line asks for
 * @source: where to look
 * @format: what to print
 * @table: what a table looks like
 * @pids: arguments of --pid, then operands if there are any
 * @nr_pids: how many
 * @task: argument of --task
 * @namespaces: operands that are namespaces, ended by NULL
 * @no_kthreads: hide kernel threads
 * @save: directory to write
 * @watch: look again every @seconds
 * @brief: --pid was given: print nothing but PIDs
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
	bool brief;
};

#endif /* OPTIONS_H */
