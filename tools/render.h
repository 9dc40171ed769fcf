/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * What a look is printed as.
 */
#ifndef RENDER_H
#define RENDER_H

#include <stdio.h>

#include "look.h"

/* More than there are columns: each may be asked for more than once. */
#define MAX_COLUMNS 64

/**
 * struct table - how a table is to look
 * @columns: columns to print, as table_columns() has set them
 * @nr_columns: how many; 0 for those that fit what is shown
 * @added: columns to print behind those that fit
 * @nr_added: how many
 * @processes: a row for each process as well
 * @list: no tree
 * @raw: for programs: words with one space between, blanks in them as \x20
 * @no_headings: no line with the names of the columns
 * @no_truncation: lines as long as need be, even on a terminal
 */
struct table {
	int columns[MAX_COLUMNS];
	size_t nr_columns;
	int added[MAX_COLUMNS];
	size_t nr_added;
	bool processes;
	bool list;
	bool raw;
	bool no_headings;
	bool no_truncation;
};

/**
 * table_columns - set the columns of a table from a list of names
 * @table: the table
 * @names: the names, with commas between; behind a '+', more columns for those
 *	that fit
 *
 * Ends the program with a message when there is no such column.
 */
void table_columns(struct table *table, const char *names);

/** table_all_columns - set the columns of a table to all that there are */
void table_all_columns(struct table *table);

/** table_list_columns - print the columns that there are, and what they mean */
void table_list_columns(FILE *file, const char *indent);

/** render_table - print the namespaces that are shown */
void render_table(struct look *look, const struct table *table);

/**
 * render_levels_table - print a row for each level that a process has a PID at
 */
void render_levels_table(struct look *look, const struct process *proc,
			 const struct table *table);

/** render_json - print the namespaces that are shown, with all of them known */
void render_json(struct look *look);

/** render_levels_json - print the PIDs of a process */
void render_levels_json(struct look *look, const struct process *proc);

/**
 * render_dot - print a picture for Graphviz of the namespaces that are shown
 * @look: the look
 * @kthreads: with the threads of the kernel
 */
void render_dot(struct look *look, bool kthreads);

#endif /* RENDER_H */
