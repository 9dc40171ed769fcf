// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "column.h"
#include "print.h"
#include "render.h"

const struct column_info column_infos[NR_COLUMNS] = {
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
	[COL_NPIDS] = { "NPIDS", OF_NAMESPACE, 5, SCOLS_FL_RIGHT,
		"number of struct pid in the namespace and its descendants" },
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
	[COL_PGID] = { "PGID", OF_PROCESS, 5, SCOLS_FL_RIGHT,
		"process group of the process: its ID in the root" },
	[COL_SID] = { "SID", OF_PROCESS, 5, SCOLS_FL_RIGHT,
		"session of the process: its ID in the root" },
	[COL_ROLES] = { "ROLES", OF_PROCESS, 4, 0,
		"what the PID stands for: pid, tgid, pgid, sid" },
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

/*
 * Ignore case. strcasecmp() depends on the locale: in a Turkish locale, "i" and
 * "I" are different letters.
 */
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
		if (is_name(column_infos[i].name, name, len))
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
		fprintf(file, "%s%-9s  %s\n", indent, column_infos[i].name,
			column_infos[i].help);
}

/* ---- cells ---- */

static char *copy_string(const char *string)
{
	char *copy = strdup(string);

	if (!copy)
		err(EXIT_FAILURE, "cannot allocate the table");

	return copy;
}

static char *number(uint64_t value)
{
	char *string;

	if (asprintf(&string, "%llu", (unsigned long long)value) < 0)
		err(EXIT_FAILURE, "cannot allocate the table");

	return string;
}

static char *pid_list(const unsigned int *pids, unsigned int count)
{
	char *string = malloc(count * strlen("4294967295,")), *p = string;

	if (!string)
		err(EXIT_FAILURE, "cannot allocate the table");
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
	case COL_NPIDS:
		return ns->has_npids ? number(ns->npids) : NULL;
	case COL_TASKS:
		return number(count_tasks(ns));
	case COL_ZOMBIES:
		return number(count_zombies(ns));
	case COL_STATE:
		return copy_string(ns->state);
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

/* For a namespace, the PIDs of its init. Return: NULL if it has none. */
static const unsigned int *pids_of(const struct row *row)
{
	switch (row->kind) {
	case ROW_NAMESPACE:
		return row->ns->init == INIT_KNOWN ? row->ns->init_pids : NULL;
	case ROW_PROCESS:
		return row->proc->pids;
	case ROW_ID:
		return row->id->pids;
	case ROW_TARGET:
	case ROW_LEVEL:
		return row->target->pids;
	}

	return NULL;
}

static char *pid_cell(const struct row *row, enum column column)
{
	const struct namespace *own = row->proc ? row->proc->ns :
				      row->id ? row->id->ns : row->ns;
	const unsigned int *pids = pids_of(row);

	if (!pids)
		return row->ns->init == INIT_HIDDEN ? copy_string("?") : NULL;
	if (column == COL_PIDS)
		return pid_list(pids, own->level + 1);

	return number(column == COL_PID && row->kind == ROW_LEVEL ?
		      pids[row->ns->level] : pids[0]);
}

/* Roles are separated by commas, as in the file. */
static char *role_list(unsigned int roles)
{
	char list[64], *p = list;

	for (enum role role = 0; role < NR_ROLES; role++)
		if (roles & ROLE_BIT(role))
			p += sprintf(p, p == list ? "%s" : ",%s",
				     role_names[role]);

	return p == list ? NULL : copy_string(list);
}

static char *roles_cell(struct snapshot *snap, const struct row *row)
{
	if (row->id)
		return role_list(row->id->roles);
	if (!row->proc)
		return NULL;
	/* Only the leader can give its ID to a process, group or session. */
	if (row->target && row->target->tid)
		return role_list(ROLE_BIT(ROLE_PID));

	return role_list(process_roles(&snap->tree, row->proc));
}

static char *command_cell(const struct snapshot *snap, const struct row *row)
{
	const unsigned int *pids = pids_of(row);

	if (row->proc)
		return snapshot_command(snap, row->proc->pids[0], row->proc);

	return pids && !row->id ? snapshot_command(snap, pids[0], NULL) : NULL;
}

static char *process_cell(struct snapshot *snap, const struct row *row,
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
	case COL_ROLES:
		return roles_cell(snap, row);
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
	case COL_PGID:
		return proc->has_pgid ? number(proc->pgid) : NULL;
	case COL_SID:
		return proc->has_sid ? number(proc->sid) : NULL;
	case COL_THREADS:
		return number(proc->threads);
	case COL_S:
		return copy_string((char[]){
			target ? target->state : proc->state, '\0'
		});
	case COL_UID:
		return number(proc->uid);
	case COL_USER:
		return snapshot_user(snap, proc->uid);
	case COL_COMM:
		return copy_string(target && target->comm ? target->comm :
							    proc->comm);
	default:
		return NULL;
	}
}

/*
 * A process, and a target at its own level, have the cgroup of the process. A
 * namespace, and a target at any other level, have the cgroup of the init of the
 * namespace, and so has a target that is an ID.
 */
static struct cgroup *cgroup_of(struct snapshot *snap, const struct row *row)
{
	if (row->kind == ROW_NAMESPACE ||
	    (row->kind == ROW_LEVEL && (row->id || row->ns != row->proc->ns)))
		return snapshot_init_cgroup(snap, row->ns);

	return row->id ? snapshot_init_cgroup(snap, row->id->ns) :
			 snapshot_cgroup(snap, row->proc);
}

/* The sandbox of a pod has only the name of the pod. */
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
		return copy_string(names->pod);
	if (asprintf(&name, "%s/%s", names->pod_namespace, names->pod) < 0)
		err(EXIT_FAILURE, "cannot allocate the table");

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
		id = copy_string(container->id);
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

	return value ? copy_string(value) : NULL;
}

char *column_cell(struct snapshot *snap, const struct row *row,
		  enum column column)
{
	switch (column_infos[column].scope) {
	case OF_CGROUP:
		if (row->kind == ROW_ID)
			return NULL;
		return cgroup_cell(snap, row, column);
	case OF_PROCESS:
		return process_cell(snap, row, column);
	case OF_NAMESPACE:
		/* The row of the namespace shows the other values. */
		if ((row->kind == ROW_PROCESS || row->kind == ROW_ID) &&
		    column != COL_NS && column != COL_LEVEL)
			return NULL;
		return namespace_cell(row->ns, column);
	}

	return NULL;
}

bool column_is_informative(struct snapshot *snap, const struct row *row,
			   enum column column)
{
	if (row->kind == ROW_ID)
		return column == COL_ROLES;

	switch (column) {
	case COL_ROLES:
		return false;
	case COL_STATE:
		return strcmp(row->ns->state, "active");
	case COL_ZOMBIES:
		return row->kind == ROW_NAMESPACE && count_zombies(row->ns);
	case COL_CONTAINER:
		return cgroup_of(snap, row)->container.id;
	case COL_NAME:
		return name_of(snapshot_names(snap, cgroup_of(snap, row)));
	default:
		return true;
	}
}
