/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The columns of a table: their names, and the cell of each column in a row.
 */
#ifndef COLUMN_H
#define COLUMN_H

#include <stddef.h>

#include "select.h"
#include "snapshot.h"

enum column {
	COL_NS,
	COL_LEVEL,
	COL_PNS,
	COL_ONS,
	COL_OWNER,
	COL_NPROCS,
	COL_NPIDS,
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
	COL_PGID,
	COL_SID,
	COL_ROLES,
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

/**
 * enum scope - what the cells of a column describe
 * @OF_NAMESPACE: the namespace of the row
 * @OF_PROCESS: the process of the row, or the init of its namespace
 * @OF_CGROUP: the cgroup of that process
 */
enum scope {
	OF_NAMESPACE,
	OF_PROCESS,
	OF_CGROUP,
};

/**
 * struct column_info - the constant properties of a column
 * @name: its heading
 * @scope: what its cells describe
 * @width: hint for libsmartcols
 * @flags: SCOLS_FL_* of libsmartcols
 * @help: description for --help and --list-columns
 */
struct column_info {
	const char *name;
	enum scope scope;
	double width;
	int flags;
	const char *help;
};

extern const struct column_info column_infos[NR_COLUMNS];

/**
 * struct row - what a row of a table describes
 * @kind: a namespace, a process of a namespace, an ID of a namespace, a target,
 *	or one level of a target
 * @ns: the namespace
 * @proc: the process; for ROW_NAMESPACE its init, NULL if it has none; NULL for
 *	an ID
 * @id: for an ID or a target that is an ID; otherwise NULL
 * @target: the target for ROW_TARGET and ROW_LEVEL, otherwise NULL
 */
struct row {
	enum {
		ROW_NAMESPACE, ROW_PROCESS, ROW_ID, ROW_TARGET, ROW_LEVEL
	} kind;
	const struct namespace *ns;
	const struct process *proc;
	const struct id *id;
	const struct target *target;
};

/**
 * column_cell - format one cell of a row
 * @snap: the snapshot
 * @row: the row
 * @column: the column
 *
 * Return: the unescaped cell; the caller frees it. NULL if the cell is empty.
 */
char *column_cell(struct snapshot *snap, const struct row *row,
		  enum column column);

/**
 * column_is_informative - whether a cell shows more than the usual value
 * @snap: the snapshot
 * @row: the row
 * @column: the column
 *
 * Return: for COL_STATE, false if the namespace is active. For COL_ZOMBIES,
 * false if it has no zombie. For COL_CONTAINER and COL_NAME, false if the cell
 * is empty. For COL_ROLES, false unless the row describes an ID. For any other
 * column, true.
 */
bool column_is_informative(struct snapshot *snap, const struct row *row,
			   enum column column);

#endif /* COLUMN_H */
