// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Tables with the columns and options of lsns(8): which rows and columns a
 * table has, and how the rows form a tree. column.c formats the cells.
 */
#include <err.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "column.h"
#include "print.h"
#include "render.h"
#include "table_output.h"

/* The prefix of the PID of a parent process in another namespace. */
#define OUTSIDE "^"

/* ---- tables ---- */

/* Whether a column is informative in at least one row of the tree. */
static bool is_informative(struct snapshot *snap, const struct table *table,
			   enum column column)
{
	const struct tree *tree = &snap->tree;

	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];
		struct row row = { .kind = ROW_NAMESPACE, .ns = ns };

		if (!ns->shown)
			continue;
		if (column_is_informative(snap, &row, column))
			return true;
		row.kind = ROW_PROCESS;
		for (size_t j = 0; table->processes && j < ns->nr_processes;
		     j++) {
			row.proc = &ns->processes[j];
			if (!row.proc->hidden &&
			    column_is_informative(snap, &row, column))
				return true;
		}
		row = (struct row){ .kind = ROW_ID, .ns = ns };
		for (size_t j = 0; table->processes && j < ns->nr_ids; j++) {
			row.id = &ns->ids[j];
			if (id_is_shown(&snap->tree, row.id) &&
			    column_is_informative(snap, &row, column))
				return true;
		}
	}

	return false;
}

static void set_columns(struct table *table, const enum column *columns,
			size_t count)
{
	table->nr_columns = 0;
	for (size_t i = 0; i < count; i++)
		table->columns[table->nr_columns++] = columns[i];
}

#define SET_COLUMNS(table, ...) \
	set_columns(table, (enum column[]){ __VA_ARGS__ }, \
		    sizeof((enum column[]){ __VA_ARGS__ }) / sizeof(enum column))

static void set_default_columns(struct snapshot *snap, struct table *table)
{
	static const enum column optional[] = {
		COL_STATE, COL_ZOMBIES, COL_CONTAINER, COL_NAME, COL_ROLES
	};

	if (table->zombies)
		SET_COLUMNS(table, COL_NS, COL_PIDS, COL_PPID, COL_S, COL_USER,
			    COL_COMMAND);
	else
		SET_COLUMNS(table, COL_NS, COL_NPROCS,
			    table->processes ? COL_PIDS : COL_PID, COL_USER,
			    COL_COMMAND);
	for (size_t i = 0; i < sizeof(optional) / sizeof(*optional); i++)
		if (is_informative(snap, table, optional[i]))
			table->columns[table->nr_columns++] = optional[i];
}

static void append_added_columns(struct table *table)
{
	for (size_t i = 0; i < table->nr_added; i++)
		table->columns[table->nr_columns++] = table->added[i];
}

static bool has_column(const struct table *table, enum column column)
{
	for (size_t i = 0; i < table->nr_columns; i++)
		if (table->columns[i] == (int)column)
			return true;

	return false;
}

static struct libscols_table *new_table(const struct table *table, bool tree)
{
	struct libscols_table *out = table_new(table);
	bool has_tree = false;

	for (size_t i = 0; i < table->nr_columns; i++) {
		enum column column = table->columns[i];
		int flags = column_infos[column].flags;

		if (table->no_truncation)
			flags &= ~SCOLS_FL_TRUNC;
		if (tree && !has_tree && column == COL_NS) {
			flags |= SCOLS_FL_TREE;
			flags &= ~SCOLS_FL_RIGHT;
			has_tree = true;
		}
		table_add_column(out, column_infos[column].name,
				 column_infos[column].width, flags);
	}

	return out;
}

/*
 * The tree already shows the namespace of a process. The cell is empty unless
 * the parent of the process is in another namespace.
 */
static char *tree_cell(const struct row *row, bool outside)
{
	char *cell;

	if (!outside)
		return NULL;
	if (asprintf(&cell, OUTSIDE "%u", row->proc->ppid) < 0)
		err(EXIT_FAILURE, "cannot allocate the table");

	return cell;
}

/**
 * struct rows - a table while rows are added to it
 * @snap: source of the values
 * @table: format of the table
 * @tree: draw a tree
 * @ids: print IDs
 * @out: the table of libsmartcols
 * @path: lines of the namespaces from the root to the current one
 * @depth: number of lines in @path
 */
struct rows {
	struct snapshot *snap;
	const struct table *table;
	bool tree;
	bool ids;
	struct libscols_table *out;
	struct libscols_line *path[LEVELS];
	size_t depth;
};

static struct libscols_line *add_row(struct rows *rows,
				     struct libscols_line *parent,
				     const struct row *row, bool outside)
{
	struct libscols_line *line =
		table_add_line(rows->out, rows->tree ? parent : NULL);
	const struct table *table = rows->table;
	char *data;

	for (size_t i = 0; i < table->nr_columns; i++) {
		enum column column = table->columns[i];

		data = rows->tree && column == COL_NS &&
		       (row->kind == ROW_PROCESS || row->kind == ROW_ID) ?
		       tree_cell(row, outside) :
		       column_cell(rows->snap, row, column);
		table_set_cell(table, line, i, data);
	}

	return line;
}

/*
 * Add the IDs of a namespace whose PID there is less than @pid. @next is the
 * number of IDs that have been added before.
 */
static void add_ids(struct rows *rows, const struct namespace *ns,
		    struct libscols_line *parent, unsigned int pid,
		    size_t *next)
{
	struct row row = { .kind = ROW_ID, .ns = ns };

	for (; *next < ns->nr_ids && ns->ids[*next].pids[ns->level] < pid;
	     ++*next) {
		row.id = &ns->ids[*next];
		if (rows->ids && id_is_shown(&rows->snap->tree, row.id))
			add_row(rows, parent, &row, false);
	}
}

/* ---- trees of processes ---- */

/* libsmartcols prints trees recursively. A saved file can have any depth. */
#define MAX_DEPTH 256

/**
 * struct forest - the processes of a namespace while they are added to a table
 * @rows: the table
 * @ns: the namespace
 * @top: line of the namespace
 * @lines: line of each process; NULL if it has not been added yet
 * @depths: distance of each line from @top
 * @path: stack of processes whose parents must be added first
 * @on_path: whether each process is in @path
 */
struct forest {
	struct rows *rows;
	const struct namespace *ns;
	struct libscols_line *top;
	struct libscols_line **lines;
	unsigned int *depths;
	size_t *path;
	bool *on_path;
};

/*
 * Find the index of the parent process. Return: false if the parent is not in
 * the same namespace.
 */
static bool find_parent(const struct forest *forest, size_t i, size_t *parent)
{
	const struct process *proc = &forest->ns->processes[i], *found;

	found = tree_find_process(&forest->rows->snap->tree, proc->ppid);
	if (!found || found->ns != forest->ns)
		return false;
	*parent = found - forest->ns->processes;

	return true;
}

/*
 * Whether to mark the parent of a process as outside the namespace. The parent
 * of an init always is, and kthreadd has none, so these need no mark. In a
 * limited view, a missing parent may just be hidden.
 */
static bool has_outside_parent(const struct forest *forest, size_t i)
{
	const struct process *proc = &forest->ns->processes[i];
	struct tree *tree = &forest->rows->snap->tree;
	size_t parent;

	if (proc->pids[proc->ns->level] == 1 ||
	    (tree_has_kthreads(tree) && process_is_kthread(proc)) ||
	    find_parent(forest, i, &parent))
		return false;

	return tree_find_process(tree, proc->ppid) || !proc->ppid ||
	       !snapshot_is_limited(forest->rows->snap);
}

static void add_tree_row(struct forest *forest, size_t i)
{
	const struct process *proc = &forest->ns->processes[i];
	struct row row = { ROW_PROCESS, forest->ns, proc, NULL, NULL };
	struct libscols_line *parent_line = forest->top;
	size_t parent;

	if (find_parent(forest, i, &parent) && forest->lines[parent]) {
		parent_line = forest->lines[parent];
		forest->depths[i] = forest->depths[parent] + 1;
	}
	/* A process that would be deeper becomes a sibling of its parent. */
	if (forest->depths[i] >= MAX_DEPTH) {
		parent_line = scols_line_get_parent(parent_line);
		forest->depths[i]--;
	}
	forest->lines[i] = add_row(forest->rows, parent_line, &row,
				   has_outside_parent(forest, i));
}

/*
 * Add a process after its ancestors. Recursion could overflow the stack. The
 * parents in a saved file can form a cycle.
 */
static void add_with_parents(struct forest *forest, size_t i)
{
	size_t count = 0, parent;

	for (;;) {
		forest->path[count++] = i;
		forest->on_path[i] = true;
		if (!find_parent(forest, i, &parent) ||
		    forest->lines[parent] || forest->on_path[parent] ||
		    forest->ns->processes[parent].hidden)
			break;
		i = parent;
	}
	while (count--) {
		add_tree_row(forest, forest->path[count]);
		forest->on_path[forest->path[count]] = false;
	}
}

static void add_forest(struct rows *rows, const struct namespace *ns,
		       struct libscols_line *top)
{
	size_t count = ns->nr_processes, next_id = 0;
	struct forest forest = {
		.rows = rows,
		.ns = ns,
		.top = top,
		.lines = calloc(count + 1, sizeof(*forest.lines)),
		.depths = calloc(count + 1, sizeof(*forest.depths)),
		.path = calloc(count + 1, sizeof(*forest.path)),
		.on_path = calloc(count + 1, sizeof(*forest.on_path)),
	};

	if (!forest.lines || !forest.depths || !forest.path || !forest.on_path)
		err(EXIT_FAILURE, "cannot allocate the table");
	for (size_t i = 0; i < count; i++) {
		add_ids(rows, ns, top, ns->processes[i].pids[ns->level],
			&next_id);
		if (!ns->processes[i].hidden && !forest.lines[i])
			add_with_parents(&forest, i);
	}
	add_ids(rows, ns, top, UINT_MAX, &next_id);
	free(forest.lines);
	free(forest.depths);
	free(forest.path);
	free(forest.on_path);
}

/* ---- namespaces ---- */

static void enter_namespace(const struct namespace *ns, void *arg)
{
	struct rows *rows = arg;
	struct libscols_line *parent = rows->depth ?
				       rows->path[rows->depth - 1] : NULL;
	struct row row = { ROW_NAMESPACE, ns, namespace_init(ns), NULL, NULL };
	struct libscols_line *line = add_row(rows, parent, &row, false);
	size_t next_id = 0;

	rows->path[rows->depth++] = line;
	if (!rows->table->processes)
		return;
	if (rows->table->forest) {
		add_forest(rows, ns, line);
		return;
	}
	for (size_t i = 0; i < ns->nr_processes; i++) {
		row = (struct row){
			ROW_PROCESS, ns, &ns->processes[i], NULL, NULL
		};
		add_ids(rows, ns, line, row.proc->pids[ns->level], &next_id);
		if (!row.proc->hidden)
			add_row(rows, line, &row, false);
	}
	add_ids(rows, ns, line, UINT_MAX, &next_id);
}

static void leave_namespace(const struct namespace *ns, void *arg)
{
	struct rows *rows = arg;

	(void)ns;
	rows->depth--;
}

void render_table(struct snapshot *snap, const struct table *wanted)
{
	static const struct visitor visitor = {
		enter_namespace, leave_namespace
	};
	struct table table = *wanted;
	struct rows rows = {
		.snap = snap,
		.table = &table,
		.tree = !table.list && !table.raw,
	};

	if (!table.nr_columns)
		set_default_columns(snap, &table);
	append_added_columns(&table);
	rows.ids = has_column(&table, COL_ROLES);
	rows.out = new_table(&table, rows.tree);
	tree_visit(&snap->tree, &visitor, &rows);
	table_print(rows.out);
}

/* ---- targets ---- */

/* Whether a target has one row, or one row for each of its levels. */
enum shape {
	ROW_PER_TARGET,
	ROW_PER_LEVEL,
};

typedef void row_fn(struct snapshot *snap, const struct row *row, void *arg);

static void visit_rows(struct snapshot *snap, const struct targets *targets,
		       enum shape shape, row_fn *visit, void *arg)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct target *target = &targets->list[i];
		const struct namespace *own = target->own, *path[LEVELS];
		struct row row = { ROW_TARGET, target->ns ? target->ns : own,
				   target->proc, target->id, target };

		if (shape == ROW_PER_TARGET) {
			visit(snap, &row, arg);
			continue;
		}
		for (const struct namespace *ns = own; ns; ns = ns->parent)
			path[ns->level] = ns;
		row.kind = ROW_LEVEL;
		for (unsigned int level = 0; level <= own->level; level++) {
			row.ns = path[level];
			visit(snap, &row, arg);
		}
	}
}

static void add_target_row(struct snapshot *snap, const struct row *row,
			   void *arg)
{
	(void)snap;
	add_row(arg, NULL, row, false);
}

static void render_rows(struct snapshot *snap, const struct targets *targets,
			enum shape shape, struct table *table)
{
	struct rows rows = { .snap = snap, .table = table };

	rows.out = new_table(table, false);
	visit_rows(snap, targets, shape, add_target_row, &rows);
	table_print(rows.out);
}

static void check_name(struct snapshot *snap, const struct row *row, void *arg)
{
	bool *any = arg;

	*any |= column_is_informative(snap, row, COL_NAME);
}

static void add_name_column(struct snapshot *snap,
			    const struct targets *targets, enum shape shape,
			    struct table *table)
{
	bool any = false;

	visit_rows(snap, targets, shape, check_name, &any);
	if (any)
		table->columns[table->nr_columns++] = COL_NAME;
}

/* Print a table that describes the targets, above the table of their PIDs. */
static void render_descriptions(struct snapshot *snap,
				const struct targets *targets,
				const struct table *wanted)
{
	struct table table = { .no_truncation = wanted->no_truncation };
	bool threads = false;

	for (size_t i = 0; i < targets->count; i++)
		threads |= targets->list[i].tid;
	if (threads)
		SET_COLUMNS(&table, COL_PID, COL_TGID, COL_USER, COL_S,
			    COL_COMM, COL_COMMAND);
	else if (targets->nr_ids < targets->count)
		SET_COLUMNS(&table, COL_PID, COL_USER, COL_S, COL_COMMAND);
	else
		SET_COLUMNS(&table, COL_PID);
	if (targets->nr_ids)
		table.columns[table.nr_columns++] = COL_ROLES;
	render_rows(snap, targets, ROW_PER_TARGET, &table);
	putchar('\n');
}

/* Print a table of the members of IDs, below the table of the PIDs. */
static void render_members(struct snapshot *snap, const struct targets *targets,
			   const struct table *wanted)
{
	struct table table = { .no_truncation = wanted->no_truncation };
	struct rows rows = { .snap = snap, .table = &table };

	SET_COLUMNS(&table, COL_PGID, COL_SID, COL_NS, COL_PIDS, COL_USER,
		    COL_S, COL_COMMAND);
	rows.out = new_table(&table, false);
	for (size_t i = 0; i < targets->count; i++) {
		struct members members;

		if (!targets->list[i].id)
			continue;
		members = id_members(&snap->tree, targets->list[i].id);
		for (size_t j = 0; j < members.count; j++) {
			const struct process *proc = members.list[j];
			struct row row = {
				ROW_PROCESS, proc->ns, proc, NULL, NULL
			};

			add_row(&rows, NULL, &row, false);
		}
		free(members.list);
	}
	putchar('\n');
	table_print(rows.out);
}

void render_targets_table(struct snapshot *snap, const struct targets *targets,
			  bool brief, const struct table *wanted)
{
	enum shape shape = targets->everywhere ? ROW_PER_TARGET : ROW_PER_LEVEL;
	struct table table = *wanted;

	if (table.nr_columns) {
		brief = true;
	} else if (targets->everywhere) {
		SET_COLUMNS(&table, COL_PID, COL_NS, COL_LEVEL, COL_CONTAINER);
		add_name_column(snap, targets, shape, &table);
		if (targets->nr_ids < targets->count) {
			table.columns[table.nr_columns++] = COL_USER;
			table.columns[table.nr_columns++] = COL_COMMAND;
		}
		if (targets->nr_ids)
			table.columns[table.nr_columns++] = COL_ROLES;
	} else {
		if (targets->count > 1)
			SET_COLUMNS(&table, COL_TASK, COL_LEVEL, COL_NS,
				    COL_PID, COL_CONTAINER);
		else
			SET_COLUMNS(&table, COL_LEVEL, COL_NS, COL_PID,
				    COL_CONTAINER);
		if (!brief)
			add_name_column(snap, targets, shape, &table);
	}
	append_added_columns(&table);
	brief |= targets->everywhere || table.raw || table.no_headings;
	if (!brief)
		render_descriptions(snap, targets, &table);
	render_rows(snap, targets, shape, &table);
	if (!brief && targets->nr_ids)
		render_members(snap, targets, &table);
}
