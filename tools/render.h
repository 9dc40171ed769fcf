/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * What a look is printed as.
 */
#ifndef RENDER_H
#define RENDER_H

#include <stdio.h>

#include "snapshot.h"
#include "select.h"

/* Of one list. More than there are columns: each may be repeated. */
#define MAX_COLUMNS 64

/**
 * struct table - what a table looks like
 * @columns: columns to print, set by table_columns()
 * @nr_columns: how many; 0 for the default ones
 * @added: columns to print after the default ones
 * @nr_added: how many
 * @processes: print a row for each process, too
 * @forest: below each process, print its children
 * @zombies: processes are there to show who must reap them
 * @list: draw no tree
 * @raw: for programs: one space between words, blanks in them as \x20
 * @no_headings: print no line with the names of the columns
 * @no_truncation: lines as long as necessary, even on a terminal
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
 * @names: the names, separated by commas; after a '+', columns to be added to
 *	the default ones
 * @error: filled on error
 *
 * Return: whether there are such columns.
 */
bool table_columns(struct table *table, const char *names, struct error *error);

/** table_all_columns - set the columns of a table to all that there are */
void table_all_columns(struct table *table);

/** table_list_columns - print the columns that there are, and what they mean */
void table_list_columns(FILE *file, const char *indent);

/** render_table - print the namespaces that are shown */
void render_table(struct snapshot *snap, const struct table *table);

/**
 * render_targets_table - print processes with a row for each level
 * @snap: the look
 * @targets: the processes
 * @brief: only the PIDs, without what the processes are
 * @table: what the table looks like
 *
 * For processes that were found in all namespaces, a row for each of them.
 */
void render_targets_table(struct snapshot *snap, const struct targets *targets,
			  bool brief, const struct table *table);

/**
 * render_json - print the namespaces that are shown
 * @snap: the look
 * @all: of each process, what procfs and the engines know, too
 * @one_line: without line breaks, as one of several JSON lines
 */
void render_json(struct snapshot *snap, bool all, bool one_line);

/**
 * render_levels_json - print the PIDs of one process, without what it is
 *
 * Scripts that call --pid rely on this form.
 */
void render_levels_json(struct snapshot *snap, const struct target *target);

/** render_targets_json - print an array of processes and their PIDs */
void render_targets_json(struct snapshot *snap, const struct targets *targets);

/**
 * render_change_json - print a change as one line
 * @snap: the look that has what changed
 * @time: when, as ISO 8601
 * @change: "created", "ended" or "changed"
 * @live: the processes of @snap may still be there
 * @ns: the namespace that changed
 * @proc: the process that changed instead; NULL for none
 */
void render_change_json(struct snapshot *snap, const char *time, const char *change,
			bool live, const struct namespace *ns,
			const struct process *proc);

/**
 * render_container_json - print a change of a container as one line
 * @snap: a look that knows the names of the container
 * @time: when, as ISO 8601
 * @change: "ended"
 * @cgroup: the container
 */
void render_container_json(struct snapshot *snap, const char *time,
			   const char *change, struct cgroup *cgroup);

/**
 * render_dot - print a picture for Graphviz of the namespaces that are shown
 * @snap: the look
 * @kthreads: with kernel threads
 */
void render_dot(struct snapshot *snap, bool kthreads);

#endif /* RENDER_H */
