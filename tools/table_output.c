// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include "print.h"
#include "table_output.h"

struct libscols_table *table_new(const struct table *table)
{
	struct libscols_table *out = scols_new_table();

	if (!out)
		err(EXIT_FAILURE, "cannot allocate the table");
	scols_table_enable_raw(out, table->raw);
	scols_table_enable_noheadings(out, table->no_headings);
	/* escape_cell() escapes more characters than libsmartcols. */
	scols_table_enable_noencoding(out, true);

	return out;
}

void table_add_column(struct libscols_table *out, const char *name,
		      double width, int flags)
{
	if (!scols_table_new_column(out, name, width, flags))
		err(EXIT_FAILURE, "cannot allocate the table");
}

struct libscols_line *table_add_line(struct libscols_table *out,
				     struct libscols_line *parent)
{
	struct libscols_line *line = scols_table_new_line(out, parent);

	if (!line)
		err(EXIT_FAILURE, "cannot allocate the table");

	return line;
}

void table_set_cell(const struct table *table,
		    struct libscols_line *line, size_t column,
		    char *cell)
{
	/* For raw output, libsmartcols escapes all non-ASCII bytes. */
	if (cell && !table->raw)
		cell = escape_cell(cell);
	if (cell && scols_line_refer_data(line, column, cell))
		err(EXIT_FAILURE, "cannot allocate the table");
}

void table_print(struct libscols_table *out)
{
	int error = scols_print_table(out);

	if (error) {
		errno = -error;
		err(EXIT_FAILURE, "cannot print the table");
	}
	scols_unref_table(out);
}
