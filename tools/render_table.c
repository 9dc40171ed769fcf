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

/* Before the PID of a parent that is in another namespace. */
#define OUTSIDE "^"

enum column {
	COL_NS,
	COL_LEVEL,
	COL_PNS,
	COL_ONS,
	COL_OWNER,
	COL_NPROCS,
	COL_TASKS,
	COL_ZOMBIES,
	COL_STATE,
	COL_PIDMAX,
	COL_NSID,
	COL_HOLDER,
	COL_PID,
	COL_PIDS,
	COL_TASK,
	COL_TGID,
	COL_PPID,
	COL_THREADS,
	COL_S,
	COL_UID,
	COL_USER,
	COL_COMM,
	COL_COMMAND,
	COL_CONTAINER,
	COL_NAME,
	COL_ENGINE,
	COL_POD,
	COL_PODNAME,
	COL_UNIT,
	COL_CGROUP,
	NR_COLUMNS
};

/* What a column is of: of the namespace of a row, or of its process or init. */
enum scope {
	OF_NAMESPACE,
	OF_PROCESS,
	OF_CGROUP,
};

static const struct {
	const char *name;
	enum scope scope;
	double width;
	int flags;
	const char *help;
} infos[NR_COLUMNS] = {
	[COL_NS] = { "NS", OF_NAMESPACE, 10, SCOLS_FL_RIGHT,
		"inode number of the namespace" },
	[COL_LEVEL] = { "LEVEL", OF_NAMESPACE, 5, SCOLS_FL_RIGHT,
		"level of the namespace, 0 for the root" },
	[COL_PNS] = { "PNS", OF_NAMESPACE, 10, SCOLS_FL_RIGHT,
		"inode number of the parent namespace" },
	[COL_ONS] = { "ONS", OF_NAMESPACE, 10, SCOLS_FL_RIGHT,
		"inode number of the owner user namespace" },
	[COL_OWNER] = { "OWNER", OF_NAMESPACE, 5, SCOLS_FL_RIGHT,
		"UID of the owner of the user namespace" },
	[COL_NPROCS] = { "NPROCS", OF_NAMESPACE, 5, SCOLS_FL_RIGHT,
		"number of processes in the namespace" },
	[COL_TASKS] = { "TASKS", OF_NAMESPACE, 5, SCOLS_FL_RIGHT,
		"number of threads in the namespace" },
	[COL_ZOMBIES] = { "ZOMBIES", OF_NAMESPACE, 1, SCOLS_FL_RIGHT,
		"number of zombies in the namespace" },
	[COL_STATE] = { "STATE", OF_NAMESPACE, 6, 0,
		"state of the namespace: active, pending, dying, dead" },
	[COL_PIDMAX] = { "PIDMAX", OF_NAMESPACE, 5, SCOLS_FL_RIGHT,
		"pid_max of the namespace: all PIDs are lower" },
	[COL_NSID] = { "NSID", OF_NAMESPACE, 5, SCOLS_FL_RIGHT,
		"64-bit ID of the namespace" },
	[COL_HOLDER] = { "HOLDER", OF_NAMESPACE, 5, SCOLS_FL_RIGHT,
		"PID of a task whose children join the namespace" },
	[COL_PID] = { "PID", OF_PROCESS, 5, SCOLS_FL_RIGHT,
		"PID of the process, or of the init of the namespace" },
	[COL_PIDS] = { "PIDS", OF_PROCESS, 5, 0,
		"PIDs at all levels, outermost first" },
	[COL_TASK] = { "TASK", OF_PROCESS, 5, SCOLS_FL_RIGHT,
		"PID or TID in the root" },
	[COL_TGID] = { "TGID", OF_PROCESS, 5, SCOLS_FL_RIGHT,
		"PID in the root of the process that contains the thread" },
	[COL_PPID] = { "PPID", OF_PROCESS, 5, SCOLS_FL_RIGHT,
		"PID of the parent process" },
	[COL_THREADS] = { "THREADS", OF_PROCESS, 1, SCOLS_FL_RIGHT,
		"number of threads of the process" },
	[COL_S] = { "S", OF_PROCESS, 1, 0,
		"state letter of the process" },
	[COL_UID] = { "UID", OF_PROCESS, 0, SCOLS_FL_RIGHT,
		"real UID of the process" },
	[COL_USER] = { "USER", OF_PROCESS, 0, 0,
		"user name for the UID" },
	[COL_COMM] = { "COMM", OF_PROCESS, 0, 0,
		"name of the process, at most 15 bytes" },
	[COL_COMMAND] = { "COMMAND", OF_PROCESS, 0, SCOLS_FL_TRUNC,
		"command line of the process, or its name" },
	[COL_CONTAINER] = { "CONTAINER", OF_CGROUP, 0, 0,
		"container of the process: its short ID or its name" },
	[COL_NAME] = { "NAME", OF_CGROUP, 0, 0,
		"name that the engine gives the container" },
	[COL_ENGINE] = { "ENGINE", OF_CGROUP, 0, 0,
		"engine of the container: docker, podman, lxc..." },
	[COL_POD] = { "POD", OF_CGROUP, 0, 0,
		"UID of the Kubernetes pod of the container" },
	[COL_PODNAME] = { "PODNAME", OF_CGROUP, 0, 0,
		"Kubernetes namespace and name of the pod" },
	[COL_UNIT] = { "UNIT", OF_CGROUP, 0, 0,
		"systemd unit of the process" },
	[COL_CGROUP] = { "CGROUP", OF_CGROUP, 0, 0,
		"path of the cgroup of the process" },
};

/**
 * struct row - what a row is of
 * @kind: a namespace, one of its processes, a process or thread that was asked
 *	for, or one level of that
 * @ns: the namespace
 * @proc: the process; of a namespace its init, NULL if it has none
 * @target: what was asked for, or NULL
 */
struct row {
	enum { ROW_NAMESPACE, ROW_PROCESS, ROW_TARGET, ROW_LEVEL } kind;
	const struct namespace *ns;
	const struct process *proc;
	const struct target *target;
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

static int find_column(const char *name, size_t len)
{
	for (enum column i = 0; i < NR_COLUMNS; i++)
		if (is_name(infos[i].name, name, len))
			return i;

	return -1;
}

bool table_columns(struct table *table, const char *names, struct error *error)
{
	int *columns = table->columns, column;
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
			return error_set(error, "too many columns; use at most %d",
					 MAX_COLUMNS);
		column = find_column(names, len);
		if (column < 0)
			return error_set(error, "unknown column '%s'; see --list-columns",
					 visible(strndupa(names, len)));
		columns[(*count)++] = column;
		if (!names[len])
			return true;
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

static char *optional_number(uint64_t value)
{
	return value ? number(value) : NULL;
}

static unsigned int count_tasks(const struct namespace *ns)
{
	unsigned int count = 0;

	for (size_t i = 0; i < ns->nr_processes; i++)
		count += ns->processes[i].threads;

	return count;
}

static unsigned int count_zombies(const struct namespace *ns)
{
	unsigned int count = 0;

	for (size_t i = 0; i < ns->nr_processes; i++)
		count += process_is_zombie(&ns->processes[i]);

	return count;
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
	case COL_TASKS:
		return number(count_tasks(ns));
	case COL_ZOMBIES:
		return number(count_zombies(ns));
	case COL_STATE:
		return text(ns->state);
	case COL_PIDMAX:
		return optional_number(ns->pid_max);
	case COL_NSID:
		return optional_number(ns->nsid);
	case COL_HOLDER:
		return optional_number(ns->holder);
	default:
		return NULL;
	}
}

/* Of a namespace, those of its init. NULL if it has none. */
static const unsigned int *pids_of(const struct row *row)
{
	switch (row->kind) {
	case ROW_NAMESPACE:
		return row->ns->init == INIT_KNOWN ? row->ns->init_pids : NULL;
	case ROW_PROCESS:
		return row->proc->pids;
	case ROW_TARGET:
	case ROW_LEVEL:
		return row->target->pids;
	}

	return NULL;
}

static char *pid_cell(const struct row *row, enum column column)
{
	const struct namespace *own = row->proc ? row->proc->ns : row->ns;
	const unsigned int *pids = pids_of(row);

	if (!pids)
		return row->ns->init == INIT_HIDDEN ? text("?") : NULL;
	if (column == COL_PIDS)
		return list(pids, own->level + 1);

	return number(column == COL_PID && row->kind == ROW_LEVEL ?
		      pids[row->ns->level] : pids[0]);
}

static char *command_cell(const struct snapshot *snap, const struct row *row)
{
	const unsigned int *pids = pids_of(row);

	if (row->proc)
		return snapshot_command(snap, row->proc->pids[0], row->proc);

	return pids ? snapshot_command(snap, pids[0], NULL) : NULL;
}

static char *process_cell(const struct snapshot *snap, const struct row *row,
			  enum column column)
{
	const struct target *target = row->target;
	const struct process *proc = row->proc;

	switch (column) {
	case COL_PID:
	case COL_PIDS:
	case COL_TASK:
		return pid_cell(row, column);
	case COL_COMMAND:
		return command_cell(snap, row);
	default:
		break;
	}
	if (!proc)
		return NULL;

	switch (column) {
	case COL_TGID:
		return number(proc->pids[0]);
	case COL_PPID:
		return number(proc->ppid);
	case COL_THREADS:
		return number(proc->threads);
	case COL_S:
		return text((char[]){ target ? target->state : proc->state,
				      '\0' });
	case COL_UID:
		return number(proc->uid);
	case COL_USER:
		return snapshot_user(snap, proc->uid);
	case COL_COMM:
		return text(target && target->comm ? target->comm : proc->comm);
	default:
		return NULL;
	}
}

/* A process has its own; the levels above it, and namespaces, that of an init. */
static struct cgroup *cgroup_of(struct snapshot *snap, const struct row *row)
{
	if (row->kind == ROW_NAMESPACE ||
	    (row->kind == ROW_LEVEL && row->ns != row->proc->ns))
		return snapshot_init_cgroup(snap, row->ns);

	return snapshot_cgroup(snap, row->proc);
}

/* The sandbox of a pod has no name but that of the pod. */
static const char *name_of(const struct container_name *names)
{
	if (!names)
		return NULL;

	return names->name ? names->name : names->pod;
}

static char *pod_name(const struct container_name *names)
{
	char *name;

	if (!names || !names->pod)
		return NULL;
	if (!names->pod_namespace)
		return text(names->pod);
	if (asprintf(&name, "%s/%s", names->pod_namespace, names->pod) < 0)
		err(EXIT_FAILURE, "table");

	return name;
}

static char *cgroup_cell(struct snapshot *snap, const struct row *row,
			 enum column column)
{
	struct cgroup *cgroup = cgroup_of(snap, row);
	const struct container *container = &cgroup->container;
	const struct container_name *names = NULL;
	const char *value = NULL;
	char *id;

	if (column == COL_NAME || column == COL_PODNAME)
		names = snapshot_names(snap, cgroup);

	switch (column) {
	case COL_CONTAINER:
		if (!container->id)
			return NULL;
		id = text(container->id);
		if (container_has_hash(container))
			id[CONTAINER_SHORT] = '\0';
		return id;
	case COL_NAME:
		value = name_of(names);
		break;
	case COL_ENGINE:
		value = container->engine;
		break;
	case COL_POD:
		value = container->pod;
		break;
	case COL_PODNAME:
		return pod_name(names);
	case COL_UNIT:
		value = cgroup->unit;
		break;
	case COL_CGROUP:
		value = cgroup->path;
		break;
	default:
		break;
	}

	return value ? text(value) : NULL;
}

static char *cell(struct snapshot *snap, const struct row *row, enum column column)
{
	switch (infos[column].scope) {
	case OF_CGROUP:
		return cgroup_cell(snap, row, column);
	case OF_PROCESS:
		return process_cell(snap, row, column);
	case OF_NAMESPACE:
		/* In a tree, a process is below its namespace. */
		if (row->kind == ROW_PROCESS && column != COL_NS &&
		    column != COL_LEVEL)
			return NULL;
		return namespace_cell(row->ns, column);
	}

	return NULL;
}

/* ---- tables ---- */

typedef bool test_fn(struct snapshot *snap, const struct row *row);

static bool has_container(struct snapshot *snap, const struct row *row)
{
	return cgroup_of(snap, row)->container.id;
}

static bool has_name(struct snapshot *snap, const struct row *row)
{
	return name_of(snapshot_names(snap, cgroup_of(snap, row)));
}

static bool has_zombies(struct snapshot *snap, const struct row *row)
{
	(void)snap;

	return row->kind == ROW_NAMESPACE && count_zombies(row->ns);
}

static bool is_not_active(struct snapshot *snap, const struct row *row)
{
	(void)snap;

	return strcmp(row->ns->state, "active");
}

/* Whether it is true of one of the rows of a tree. */
static bool any_row(struct snapshot *snap, const struct table *table, test_fn *test)
{
	const struct tree *tree = &snap->tree;

	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];
		struct row row = { .kind = ROW_NAMESPACE, .ns = ns };

		if (!ns->shown)
			continue;
		if (test(snap, &row))
			return true;
		row.kind = ROW_PROCESS;
		for (size_t j = 0; table->processes && j < ns->nr_processes;
		     j++) {
			row.proc = &ns->processes[j];
			if (!row.proc->hidden && test(snap, &row))
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

/* A column that would be empty is left out. */
static void set_fitting(struct snapshot *snap, struct table *table)
{
	if (table->zombies)
		SET_COLUMNS(table, COL_NS, COL_PIDS, COL_PPID, COL_S, COL_USER,
			    COL_COMMAND);
	else
		SET_COLUMNS(table, COL_NS, COL_NPROCS,
			    table->processes ? COL_PIDS : COL_PID, COL_USER,
			    COL_COMMAND);
	if (any_row(snap, table, is_not_active))
		table->columns[table->nr_columns++] = COL_STATE;
	if (any_row(snap, table, has_zombies))
		table->columns[table->nr_columns++] = COL_ZOMBIES;
	if (any_row(snap, table, has_container))
		table->columns[table->nr_columns++] = COL_CONTAINER;
	if (any_row(snap, table, has_name))
		table->columns[table->nr_columns++] = COL_NAME;
}

static void add_added(struct table *table)
{
	for (size_t i = 0; i < table->nr_added; i++)
		table->columns[table->nr_columns++] = table->added[i];
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

/* A process is below its namespace already; only a parent elsewhere is news. */
static char *tree_cell(const struct row *row, bool outside)
{
	char *cell;

	if (!outside)
		return NULL;
	if (asprintf(&cell, OUTSIDE "%u", row->proc->ppid) < 0)
		err(EXIT_FAILURE, "table");

	return cell;
}

/**
 * struct rows - a table that is being filled
 * @snap: where the values come from
 * @table: what it looks like
 * @tree: it is drawn as a tree
 * @out: the table
 * @open: lines of the namespaces from the root to the current one
 * @depth: how many
 */
struct rows {
	struct snapshot *snap;
	const struct table *table;
	bool tree;
	struct libscols_table *out;
	struct libscols_line *open[LEVELS];
	size_t depth;
};

static struct libscols_line *add_row(struct rows *rows,
				     struct libscols_line *parent,
				     const struct row *row, bool outside)
{
	const struct table *table = rows->table;
	struct libscols_line *line;
	char *data;

	line = scols_table_new_line(rows->out, rows->tree ? parent : NULL);
	if (!line)
		err(EXIT_FAILURE, "table");
	for (size_t i = 0; i < table->nr_columns; i++) {
		enum column column = table->columns[i];

		data = rows->tree && row->kind == ROW_PROCESS &&
		       column == COL_NS ? tree_cell(row, outside) :
		       cell(rows->snap, row, column);
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

/* ---- processes below processes ---- */

/* libsmartcols prints a tree by recursion; saved files may have any depth. */
#define MAX_DEPTH 256

/**
 * struct forest - the processes of a namespace, as they are added to a table
 * @rows: the table
 * @ns: the namespace
 * @top: the line of the namespace
 * @lines: of each process, its line; NULL until it has one
 * @depths: how far from @top that is
 * @path: processes that wait for the line of their parent
 * @waiting: of each process, whether it is in @path
 */
struct forest {
	struct rows *rows;
	const struct namespace *ns;
	struct libscols_line *top;
	struct libscols_line **lines;
	unsigned int *depths;
	size_t *path;
	bool *waiting;
};

/* The index of the parent. Return: false if that is in another namespace. */
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
 * The parent of an init is always outside; that of kthreadd is no process. In a
 * limited view, a parent that is not there may only be hidden.
 */
static bool is_outside(const struct forest *forest, size_t i)
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
	struct row row = { ROW_PROCESS, forest->ns, proc, NULL };
	struct libscols_line *above = forest->top;
	size_t parent;

	if (find_parent(forest, i, &parent) && forest->lines[parent]) {
		above = forest->lines[parent];
		forest->depths[i] = forest->depths[parent] + 1;
	}
	/* Deeper ones are put next to their parents. */
	if (forest->depths[i] >= MAX_DEPTH) {
		above = scols_line_get_parent(above);
		forest->depths[i]--;
	}
	forest->lines[i] = add_row(forest->rows, above, &row,
				   is_outside(forest, i));
}

/* Parents first, without recursion. Saved files may have cycles. */
static void add_with_parents(struct forest *forest, size_t i)
{
	size_t count = 0, parent;

	for (;;) {
		forest->path[count++] = i;
		forest->waiting[i] = true;
		if (!find_parent(forest, i, &parent) ||
		    forest->lines[parent] || forest->waiting[parent] ||
		    forest->ns->processes[parent].hidden)
			break;
		i = parent;
	}
	while (count--) {
		add_tree_row(forest, forest->path[count]);
		forest->waiting[forest->path[count]] = false;
	}
}

static void add_forest(struct rows *rows, const struct namespace *ns,
		       struct libscols_line *top)
{
	size_t count = ns->nr_processes;
	struct forest forest = {
		.rows = rows,
		.ns = ns,
		.top = top,
		.lines = calloc(count + 1, sizeof(*forest.lines)),
		.depths = calloc(count + 1, sizeof(*forest.depths)),
		.path = calloc(count + 1, sizeof(*forest.path)),
		.waiting = calloc(count + 1, sizeof(*forest.waiting)),
	};

	if (!forest.lines || !forest.depths || !forest.path || !forest.waiting)
		err(EXIT_FAILURE, "table");
	for (size_t i = 0; i < count; i++)
		if (!ns->processes[i].hidden && !forest.lines[i])
			add_with_parents(&forest, i);
	free(forest.lines);
	free(forest.depths);
	free(forest.path);
	free(forest.waiting);
}

/* ---- namespaces ---- */

static void enter_namespace(const struct namespace *ns, void *arg)
{
	struct rows *rows = arg;
	struct libscols_line *above = rows->depth ?
				      rows->open[rows->depth - 1] : NULL;
	struct row row = { ROW_NAMESPACE, ns, namespace_init(ns), NULL };
	struct libscols_line *line = add_row(rows, above, &row, false);

	rows->open[rows->depth++] = line;
	if (!rows->table->processes)
		return;
	if (rows->table->forest) {
		add_forest(rows, ns, line);
		return;
	}
	for (size_t i = 0; i < ns->nr_processes; i++) {
		row = (struct row){ ROW_PROCESS, ns, &ns->processes[i], NULL };
		if (!row.proc->hidden)
			add_row(rows, line, &row, false);
	}
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
		set_fitting(snap, &table);
	add_added(&table);
	rows.out = new_table(&table, rows.tree);
	tree_visit(&snap->tree, &visitor, &rows);
	print_table(rows.out);
}

/* ---- processes that were asked for ---- */

/* Which rows a table has of each of them. */
enum shape {
	ONE_ROW,
	ROW_A_LEVEL,
};

typedef void row_fn(struct snapshot *snap, const struct row *row, void *arg);

static void visit_rows(struct snapshot *snap, const struct targets *targets,
		       enum shape shape, row_fn *visit, void *arg)
{
	for (size_t i = 0; i < targets->count; i++) {
		const struct target *target = &targets->list[i];
		const struct namespace *own = target->proc->ns, *path[LEVELS];
		struct row row = { ROW_TARGET, target->ns ? target->ns : own,
				   target->proc, target };

		if (shape == ONE_ROW) {
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

static void add_target_row(struct snapshot *snap, const struct row *row, void *arg)
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
	print_table(rows.out);
}

static void test_name(struct snapshot *snap, const struct row *row, void *arg)
{
	bool *any = arg;

	*any |= has_name(snap, row);
}

static void add_name(struct snapshot *snap, const struct targets *targets,
		     enum shape shape, struct table *table)
{
	bool any = false;

	visit_rows(snap, targets, shape, test_name, &any);
	if (any)
		table->columns[table->nr_columns++] = COL_NAME;
}

/* What they are, above the table of their PIDs. */
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
	else
		SET_COLUMNS(&table, COL_PID, COL_USER, COL_S, COL_COMMAND);
	render_rows(snap, targets, ONE_ROW, &table);
	putchar('\n');
}

void render_targets_table(struct snapshot *snap, const struct targets *targets,
			  bool brief, const struct table *wanted)
{
	enum shape shape = targets->everywhere ? ONE_ROW : ROW_A_LEVEL;
	struct table table = *wanted;

	if (table.nr_columns) {
		brief = true;
	} else if (targets->everywhere) {
		SET_COLUMNS(&table, COL_PID, COL_NS, COL_LEVEL, COL_CONTAINER);
		add_name(snap, targets, shape, &table);
		table.columns[table.nr_columns++] = COL_USER;
		table.columns[table.nr_columns++] = COL_COMMAND;
	} else {
		if (targets->count > 1)
			SET_COLUMNS(&table, COL_TASK, COL_LEVEL, COL_NS,
				    COL_PID, COL_CONTAINER);
		else
			SET_COLUMNS(&table, COL_LEVEL, COL_NS, COL_PID,
				    COL_CONTAINER);
		if (!brief)
			add_name(snap, targets, shape, &table);
	}
	add_added(&table);
	if (!brief && !targets->everywhere && !table.raw && !table.no_headings)
		render_descriptions(snap, targets, &table);
	render_rows(snap, targets, shape, &table);
}
