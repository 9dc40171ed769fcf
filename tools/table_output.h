/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Make and print tables. Without memory, these functions end the program.
 */
#ifndef TABLE_OUTPUT_H
#define TABLE_OUTPUT_H

#include <libsmartcols.h>

#include "render.h"

/** table_new - make a table without columns */
struct libscols_table *table_new(const struct table *table);

/**
 * table_add_column - add a column
 * @out: the table
 * @name: a constant
 * @width: see scols_table_new_column() of libsmartcols
 * @flags: SCOLS_FL_* of libsmartcols
 */
void table_add_column(struct libscols_table *out, const char *name,
		      double width, int flags);

/**
 * table_add_line - add a line without cells
 * @out: the table
 * @parent: the line above it in a tree; NULL for none
 */
struct libscols_line *table_add_line(struct libscols_table *out,
				     struct libscols_line *parent);

/**
 * table_set_cell - set a cell
 * @table: the format of the table
 * @line: the line
 * @column: number of the column
 * @cell: the cell, which @line then owns; NULL for an empty one
 */
void table_set_cell(const struct table *table,
		    struct libscols_line *line, size_t column,
		    char *cell);

/** table_print - print and release a table */
void table_print(struct libscols_table *out);

#endif /* TABLE_OUTPUT_H */
