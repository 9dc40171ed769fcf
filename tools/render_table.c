// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Tables, by the names and with the options of lsns.
 */
#include <err.h>
#include <errno.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "render.h"

enum column {
	COL_NS,
	COL_LEVEL,
	COL_PNS,
	COL_ONS,
	COL_OWNER,
	COL_NPROCS,
	COL_STATE,
	COL_PIDMAX,
	COL_NSID,
	COL_HOLDER,
	COL_PID,
	COL_PIDS,
	COL_PPID,
	COL_THREADS,
	COL_S,
	COL_UID,
	COL_USER,
	COL_COMM,
	COL_COMMAND,
	COL_CONTAINER,
	COL_ENGINE,
	COL_POD,
	NR_COLUMNS
};

/*
 * Those from COL_PID to COL_COMMAND are of a process: in the row of a
 * namespace, of its init.
 */
static const struct {
	const char *name;
	double width;
	int flags;
	const char *help;
} infos[NR_COLUMNS] = {
	[COL_NS] = { "NS", 10, SCOLS_FL_RIGHT,
		"namespace identifier (inode number)" },
	[COL_LEVEL] = { "LEVEL", 5, SCOLS_FL_RIGHT,
		"level of the namespace, 0 for the root" },
	[COL_PNS] = { "PNS", 10, SCOLS_FL_RIGHT,
		"parent namespace identifier (inode number)" },
	[COL_ONS] = { "ONS", 10, SCOLS_FL_RIGHT,
		"owner namespace identifier (inode number)" },
	[COL_OWNER] = { "OWNER", 5, SCOLS_FL_RIGHT,
		"UID of the owner of the owner namespace" },
	[COL_NPROCS] = { "NPROCS", 5, SCOLS_FL_RIGHT,
		"number of processes in the namespace" },
	[COL_STATE] = { "STATE", 6, 0,
		"state of the namespace: active, pending, dying, dead" },
	[COL_PIDMAX] = { "PIDMAX", 5, SCOLS_FL_RIGHT,
		"lowest PID that the namespace does not give out" },
	[COL_NSID] = { "NSID", 5, SCOLS_FL_RIGHT,
		"64-bit identifier of the namespace" },
	[COL_HOLDER] = { "HOLDER", 5, SCOLS_FL_RIGHT,
		"PID of a task whose children are to be born there" },
	[COL_PID] = { "PID", 5, SCOLS_FL_RIGHT,
		"PID of the process, or of the init of the namespace" },
	[COL_PIDS] = { "PIDS", 5, 0,
		"its PIDs at all levels, outermost first" },
	[COL_PPID] = { "PPID", 5, SCOLS_FL_RIGHT,
		"PPID of the PID" },
	[COL_THREADS] = { "THREADS", 1, SCOLS_FL_RIGHT,
		"number of threads of the PID" },
	[COL_S] = { "S", 1, 0,
		"state of the PID, as a letter" },
	[COL_UID] = { "UID", 0, SCOLS_FL_RIGHT,
		"UID of the PID" },
	[COL_USER] = { "USER", 0, 0,
		"username of the PID" },
	[COL_COMM] = { "COMM", 0, 0,
		"name of the PID, 15 bytes" },
	[COL_COMMAND] = { "COMMAND", 0, SCOLS_FL_TRUNC,
		"command line of the PID, or its name" },
	[COL_CONTAINER] = { "CONTAINER", 0, 0,
		"short id or name of the container" },
	[COL_ENGINE] = { "ENGINE", 0, 0,
		"what runs the container: docker, podman, lxc..." },
	[COL_POD] = { "POD", 0, 0,
		"UID of the container's Kubernetes pod" },
};

/* What a row is of. */
struct row {
	enum { ROW_NAMESPACE, ROW_PROCESS, ROW_LEVEL } kind;
	const struct namespace *ns;
	const struct process *proc;	/* NULL when there is none or no more */
};

/* In upper or lower case, which for these letters is the same in any locale. */
static bool is_name(const char *name, const char *word, size_t len)
{
	if (strlen(name) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (word[i] != name[i] && word[i] != name[i] - 'A' + 'a')
			return false;

	return true;
}

static enum column find_column(const char *name, size_t len)
{
	for (enum column i = 0; i < NR_COLUMNS; i++)
		if (is_name(infos[i].name, name, len))
			return i;
	errx(EXIT_FAILURE, "there is no column '%s'; see --list-columns",
	     visible(strndupa(name, len)));
}

void table_columns(struct table *table, const char *names)
{
	int *columns = table->columns;
	size_t *count = &table->nr_columns;

	if (*names == '+') {
		names++;
		columns = table->added;
		count = &table->nr_added;
	}
	*count = 0;
	for (;;) {
		size_t len = strcspn(names, ",");

		if (*count == MAX_COLUMNS)
			errx(EXIT_FAILURE, "more than %d columns", MAX_COLUMNS);
		columns[(*count)++] = find_column(names, len);
		if (!names[len])
			return;
		names += len + 1;
	}
}

void table_all_columns(struct table *table)
{
	for (enum column i = 0; i < NR_COLUMNS; i++)
		table->columns[i] = i;
	table->nr_columns = NR_COLUMNS;
}

void table_list_columns(FILE *file, const char *indent)
{
	for (enum column i = 0; i < NR_COLUMNS; i++)
		fprintf(file, "%s%-9s  %s\n", indent, infos[i].name,
			infos[i].help);
}

/* ---- cells ---- */

static char *text(const char *string)
{
	char *copy = strdup(string);

	if (!copy)
		err(EXIT_FAILURE, "table");

	return copy;
}

static char *number(uint64_t value)
{
	char *string;

	if (asprintf(&string, "%llu", (unsigned long long)value) < 0)
		err(EXIT_FAILURE, "table");

	return string;
}

static char *list(const unsigned int *pids, unsigned int count)
{
	char *string = malloc(count * strlen("4294967295,")), *p = string;

	if (!string)
		err(EXIT_FAILURE, "table");
	for (unsigned int i = 0; i < count; i++)
		p += sprintf(p, i ? ",%u" : "%u", pids[i]);

	return string;
}

static char *namespace_cell(const struct namespace *ns, enum column column)
{
	switch (column) {
	case COL_NS:
		return number(ns->inum);
	case COL_LEVEL:
		return number(ns->level);
	case COL_PNS:
		return ns->parent ? number(ns->parent->inum) : NULL;
	case COL_ONS:
		return ns->has_userns ? number(ns->userns) : NULL;
	case COL_OWNER:
		return number(ns->owner);
	case COL_NPROCS:
		return number(ns->nprocs);
	case COL_STATE:
		return text(ns->state);
	case COL_PIDMAX:
		return ns->pid_max ? number(ns->pid_max) : NULL;
	case COL_NSID:
		return ns->nsid ? number(ns->nsid) : NULL;
	case COL_HOLDER:
		return ns->holder ? number(ns->holder) : NULL;
	default:
		return NULL;
	}
}

static char *pid_cell(const struct row *row, bool all)
{
	const struct namespace *ns = row->ns;

	switch (row->kind) {
	case ROW_NAMESPACE:
		if (ns->init == INIT_HIDDEN)
			return text("?");
		if (ns->init == INIT_NONE)
			return NULL;
		return all ? list(ns->init_pids, ns->level + 1) :
			     number(ns->init_pids[0]);
	case ROW_PROCESS:
		return all ? list(row->proc->pids, ns->level + 1) :
			     number(row->proc->pids[0]);
	case ROW_LEVEL:
		return all ? list(row->proc->pids, row->proc->ns->level + 1) :
			     number(row->proc->pids[ns->level]);
	}

	return NULL;
}

static char *command_cell(const struct look *look, const struct row *row)
{
	const struct namespace *ns = row->ns;

	if (row->proc)
		return look_command(look, row->proc->pids[0], row->proc);

	return ns->init == INIT_KNOWN ?
	       look_command(look, ns->init_pids[0], NULL) : NULL;
}

static char *process_cell(const struct look *look, const struct row *row,
			  enum column column)
{
	const struct process *proc = row->proc;

	switch (column) {
	case COL_PID:
		return pid_cell(row, false);
	case COL_PIDS:
		return pid_cell(row, true);
	case COL_COMMAND:
		return command_cell(look, row);
	default:
		break;
	}
	if (!proc)
		return NULL;

	switch (column) {
	case COL_PPID:
		return number(proc->ppid);
	case COL_THREADS:
		return number(proc->threads);
	case COL_S:
		return text((char[]){ proc->state, '\0' });
	case COL_UID:
		return number(proc->uid);
	case COL_USER:
		return look_user(look, proc->uid);
	case COL_COMM:
		return text(proc->comm);
	default:
		return NULL;
	}
}

static char *container_cell(const struct container *container,
			    enum column column)
{
	char *id;

	if (!container)
		return NULL;
	switch (column) {
	case COL_CONTAINER:
		id = text(container->id);
		if (container_has_hash(container))
			id[CONTAINER_SHORT] = '\0';
		return id;
	case COL_ENGINE:
		return container->engine ? text(container->engine) : NULL;
	case COL_POD:
		return container->pod ? text(container->pod) : NULL;
	default:
		return NULL;
	}
}

static char *cell(struct look *look, const struct row *row, enum column column)
{
	if (column >= COL_CONTAINER)
		return container_cell(look_container(look, row->ns), column);
	if (column >= COL_PID)
		return process_cell(look, row, column);
	/* A process is what a tree has under its namespace. */
	if (row->kind == ROW_PROCESS && column != COL_NS && column != COL_LEVEL)
		return NULL;

	return namespace_cell(row->ns, column);
}

/* ---- tables ---- */

static bool any_container(struct look *look)
{
	for (size_t i = 0; i < look->tree.nr_namespaces; i++) {
		const struct namespace *ns = &look->tree.namespaces[i];

		if (ns->shown && look_container(look, ns))
			return true;
	}

	return false;
}

static bool any_not_active(const struct look *look)
{
	for (size_t i = 0; i < look->tree.nr_namespaces; i++) {
		const struct namespace *ns = &look->tree.namespaces[i];

		if (ns->shown && strcmp(ns->state, "active"))
			return true;
	}

	return false;
}

/* Those that fit a tree of namespaces: only what there is something to say of. */
static void add_fitting(struct look *look, struct table *table)
{
	table_columns(table, table->processes ? "NS,NPROCS,PIDS,USER,COMMAND" :
						"NS,NPROCS,PID,USER,COMMAND");
	if (any_not_active(look))
		table->columns[table->nr_columns++] = COL_STATE;
	if (any_container(look))
		table->columns[table->nr_columns++] = COL_CONTAINER;
}

static void add_added(struct table *table)
{
	for (size_t i = 0; i < table->nr_added; i++) {
		if (table->nr_columns == MAX_COLUMNS)
			errx(EXIT_FAILURE, "more than %d columns", MAX_COLUMNS);
		table->columns[table->nr_columns++] = table->added[i];
	}
}

static struct libscols_table *new_table(const struct table *table, bool tree)
{
	struct libscols_table *out = scols_new_table();
	bool drawn = false;

	if (!out)
		err(EXIT_FAILURE, "table");
	scols_table_enable_raw(out, table->raw);
	scols_table_enable_noheadings(out, table->no_headings);
	/* See cell_text(). */
	scols_table_enable_noencoding(out, true);

	for (size_t i = 0; i < table->nr_columns; i++) {
		enum column column = table->columns[i];
		int flags = infos[column].flags;

		if (table->no_truncation)
			flags &= ~SCOLS_FL_TRUNC;
		if (tree && !drawn && column == COL_NS) {
			flags |= SCOLS_FL_TREE;
			flags &= ~SCOLS_FL_RIGHT;
			drawn = true;
		}
		if (!scols_table_new_column(out, infos[column].name,
					    infos[column].width, flags))
			err(EXIT_FAILURE, "table");
	}

	return out;
}

static struct libscols_line *add_row(struct look *look,
				     const struct table *table, bool tree,
				     struct libscols_table *out,
				     struct libscols_line *parent,
				     const struct row *row)
{
	struct libscols_line *line;
	char *data;

	line = scols_table_new_line(out, tree ? parent : NULL);
	if (!line)
		err(EXIT_FAILURE, "table");
	for (size_t i = 0; i < table->nr_columns; i++) {
		/* It hangs under its namespace, no need to say it again. */
		if (tree && row->kind == ROW_PROCESS &&
		    table->columns[i] == COL_NS)
			continue;
		data = cell(look, row, table->columns[i]);
		/* Raw output escapes each byte that is not ASCII. */
		if (data && !table->raw)
			data = cell_text(data);
		if (data && scols_line_refer_data(line, i, data))
			err(EXIT_FAILURE, "table");
	}

	return line;
}

static void print_table(struct libscols_table *out)
{
	int error = scols_print_table(out);

	if (error) {
		errno = -error;
		err(EXIT_FAILURE, "cannot print the table");
	}
	scols_unref_table(out);
}

struct rows {
	struct look *look;
	const struct table *table;
	bool tree;
	struct libscols_table *out;
	struct libscols_line *open[LEVELS];
	size_t depth;
};

static void enter_namespace(const struct namespace *ns, void *arg)
{
	struct rows *rows = arg;
	struct libscols_line *above = rows->depth ?
				      rows->open[rows->depth - 1] : NULL;
	struct row row = { ROW_NAMESPACE, ns, namespace_init(ns) };
	struct libscols_line *line;

	line = add_row(rows->look, rows->table, rows->tree, rows->out, above,
		       &row);
	rows->open[rows->depth++] = line;
	for (size_t i = 0; rows->table->processes && i < ns->nr_processes; i++) {
		row = (struct row){ ROW_PROCESS, ns, &ns->processes[i] };
		add_row(rows->look, rows->table, rows->tree, rows->out, line,
			&row);
	}
}

static void leave_namespace(const struct namespace *ns, void *arg)
{
	struct rows *rows = arg;

	(void)ns;
	rows->depth--;
}

void render_table(struct look *look, const struct table *wanted)
{
	static const struct visitor visitor = {
		enter_namespace, leave_namespace
	};
	struct table table = *wanted;
	struct rows rows = {
		.look = look,
		.table = &table,
		.tree = !table.list && !table.raw,
	};

	if (!table.nr_columns)
		add_fitting(look, &table);
	add_added(&table);
	rows.out = new_table(&table, rows.tree);
	tree_visit(&look->tree, &visitor, &rows);
	print_table(rows.out);
}

void render_levels_table(struct look *look, const struct process *proc,
			 const struct table *wanted)
{
	const struct namespace *way[LEVELS];
	struct table table = *wanted;
	struct libscols_table *out;

	if (!table.nr_columns)
		table_columns(&table, "LEVEL,NS,PID,CONTAINER");
	add_added(&table);
	out = new_table(&table, false);
	for (const struct namespace *ns = proc->ns; ns; ns = ns->parent)
		way[ns->level] = ns;
	for (unsigned int i = 0; i <= proc->ns->level; i++) {
		struct row row = { ROW_LEVEL, way[i], proc };

		add_row(look, &table, false, out, NULL, &row);
	}
	print_table(out);
}
