/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Print a snapshot as a table, as JSON or as a Graphviz graph.
 */
#ifndef RENDER_H
#define RENDER_H

#include <stdio.h>

#include "snapshot.h"
#include "select.h"

/* Limit on a list of columns, in which a column may be repeated. */
#define MAX_COLUMNS 64

/**
 * struct table - the format of a table
 * @columns: columns to print, set by table_columns()
 * @nr_columns: number of @columns; 0 for the default columns
 * @added: columns to print after @columns or the default columns
 * @nr_added: number of @added
 * @processes: also print a row for each process
 * @forest: print the children of a process under it
 * @zombies: choose default columns that show which process must reap a zombie
 * @list: draw no tree
 * @raw: for programs: one space between columns, spaces in a cell as \x20
 * @no_headings: do not print the names of the columns
 * @no_truncation: do not truncate lines to the width of the terminal
 */
struct table {
	int columns[2 * MAX_COLUMNS];
	size_t nr_columns;
	int added[MAX_COLUMNS];
	size_t nr_added;
	bool processes;
	bool forest;
	bool zombies;
	bool list;
	bool raw;
	bool no_headings;
	bool no_truncation;
};

/**
 * table_columns - set the columns of a table from a list of names
 * @table: the table
 * @names: names of columns, separated by commas; with a leading '+', columns to
 *	print after the default ones
 * @error: filled on error
 *
 * Return: whether all of the columns exist.
 */
bool table_columns(struct table *table, const char *names, struct error *error);

/** table_all_columns - set the columns of a table to all columns */
void table_all_columns(struct table *table);

/** table_list_columns - print the names and descriptions of all columns */
void table_list_columns(FILE *file, const char *indent);

/** render_table - print the shown namespaces as a table */
void render_table(struct snapshot *snap, const struct table *table);

/**
 * render_targets_table - print targets as tables
 * @snap: the snapshot
 * @targets: the targets
 * @brief: print only their PIDs, no descriptions
 * @table: format of the table
 *
 * The main table has a row for each level of each target. If all operands were
 * '*:PID', it has one row for each target. Unless @brief, a table before it
 * describes the targets, and a table after it has the members of IDs.
 */
void render_targets_table(struct snapshot *snap, const struct targets *targets,
			  bool brief, const struct table *table);

/**
 * render_json - print the shown namespaces as JSON
 * @snap: the snapshot
 * @all: for each process, include data from procfs and the engines
 * @one_line: print one line, for JSON lines
 */
void render_json(struct snapshot *snap, bool all, bool one_line);

/**
 * render_levels_json - print only the PIDs of one target as JSON
 * @snap: the snapshot
 * @target: the target
 *
 * Scripts that use --pid rely on this form.
 */
void render_levels_json(struct snapshot *snap, const struct target *target);

/** render_targets_json - print targets and their PIDs as a JSON array */
void render_targets_json(struct snapshot *snap, const struct targets *targets);

/**
 * render_change_json - print a change as one line of JSON
 * @snap: the snapshot with the namespace or process
 * @time: time of the change in ISO 8601
 * @change: "created", "ended" or "changed"
 * @live: @snap is the last snapshot, so its processes can be inspected
 * @ns: the changed namespace; NULL if a process has changed
 * @proc: the changed process; NULL if a namespace has changed
 */
void render_change_json(struct snapshot *snap, const char *time,
			const char *change, bool live,
			const struct namespace *ns,
			const struct process *proc);

/**
 * render_container_json - print a change of a container as one line of JSON
 * @snap: the snapshot with the container
 * @time: time of the change in ISO 8601
 * @change: "ended"
 * @cgroup: cgroup of the container
 */
void render_container_json(struct snapshot *snap, const char *time,
			   const char *change, struct cgroup *cgroup);

/**
 * render_missed_json - print a number of namespaces as one line of JSON
 * @time: time of the snapshot in ISO 8601
 * @change: "missed"
 * @count: number of namespaces
 */
void render_missed_json(const char *time, const char *change, size_t count);

/**
 * render_dot - print the shown namespaces as a graph for Graphviz
 * @snap: the snapshot
 * @kthreads: include kernel threads
 */
void render_dot(struct snapshot *snap, bool kthreads);

/**
 * render_metrics - print the whole snapshot in the exposition format of Prometheus
 * @snap: the snapshot
 * @all: print series for each namespace without a container
 * @limit: number of containers, of namespaces without a container, and of
 *	owners that have series
 * @seconds: time that reading and parsing the file took
 */
void render_metrics(struct snapshot *snap, bool all, size_t limit,
		    double seconds);

/**
 * render_struct - draw the kernel's structures behind targets
 * @snap: the snapshot
 * @targets: the targets
 */
void render_struct(struct snapshot *snap, const struct targets *targets);

/** render_struct_dot - print the same structures as a graph for Graphviz */
void render_struct_dot(struct snapshot *snap, const struct targets *targets);

/** render_struct_json - print the same structures as JSON, with whole lists */
void render_struct_json(struct snapshot *snap, const struct targets *targets);

#endif /* RENDER_H */
