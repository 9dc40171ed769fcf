// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * JSON output. Each object is printed as soon as it is complete, so the whole
 * document is never in memory.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "json_output.h"
#include "render.h"

static struct json_object *new_container(struct snapshot *snap,
					 struct cgroup *cgroup)
{
	const struct container *container = &cgroup->container;
	const struct container_name *names = snapshot_names(snap, cgroup);
	struct json_object *object;

	if (!container->id)
		return NULL;
	object = json_checked(json_object_new_object());
	json_add(object, "engine", json_new_string(container->engine));
	json_add(object, "id", json_new_string(container->id));
	json_add(object, "name", json_new_string(names ? names->name : NULL));
	json_add(object, "pod", json_new_string(container->pod));
	json_add(object, "pod_name",
		 json_new_string(names ? names->pod : NULL));
	json_add(object, "pod_namespace",
		 json_new_string(names ? names->pod_namespace : NULL));

	return object;
}

/* Add the members that objects of namespaces and processes have in common. */
static void add_cgroup(struct json_object *object, struct snapshot *snap,
		       struct cgroup *cgroup)
{
	json_add(object, "container", new_container(snap, cgroup));
	json_add(object, "unit", json_new_string(cgroup->unit));
	json_add(object, "cgroup", json_new_string(cgroup->path));
}

/* Take ownership of @string. */
static void add_own_string(struct json_object *object, const char *key,
			   char *string)
{
	json_add(object, key, json_new_string(string));
	free(string);
}

/* ---- namespaces ---- */

/* Output of a module before version 0.2 has neither. */
static void add_groups(struct json_object *object, const struct process *proc)
{
	if (proc->has_pgid)
		json_add_number(object, "pgid", proc->pgid);
	if (proc->has_sid)
		json_add_number(object, "sid", proc->sid);
}

static struct json_object *new_process(struct snapshot *snap,
				       const struct process *proc, bool all)
{
	struct json_object *object = json_checked(json_object_new_object());

	json_add(object, "pids",
		 json_new_pids(proc->pids, proc->ns->level + 1));
	json_add_number(object, "ppid", proc->ppid);
	add_groups(object, proc);
	json_add_number(object, "threads", proc->threads);
	json_add(object, "state",
		 json_new_string((char[]){ proc->state, '\0' }));
	json_add_number(object, "uid", proc->uid);
	json_add(object, "comm", json_new_string(proc->comm));
	if (!all)
		return object;

	add_own_string(object, "user", snapshot_user(snap, proc->uid));
	add_own_string(object, "command",
		       snapshot_command(snap, proc->pids[0], proc));
	add_cgroup(object, snap, snapshot_cgroup(snap, proc));

	return object;
}

static struct json_object *new_id(const struct id *id)
{
	struct json_object *object = json_checked(json_object_new_object());

	json_add(object, "pids", json_new_pids(id->pids, id->ns->level + 1));
	json_add(object, "roles", json_new_roles(id->roles));

	return object;
}

/* For an ended namespace, @live is false: its init has no files in procfs. */
static struct json_object *new_namespace(struct snapshot *snap,
					 const struct namespace *ns, bool live)
{
	const struct process *init = namespace_init(ns);
	struct json_object *object = json_checked(json_object_new_object());
	char *command = NULL;

	json_add_number(object, "ns", ns->inum);
	json_add_number(object, "level", ns->level);
	json_add(object, "parent", ns->parent ?
		 json_checked(json_object_new_int64(ns->parent->inum)) : NULL);
	json_add(object, "init", ns->init == INIT_KNOWN ?
		 json_new_pids(ns->init_pids, ns->level + 1) : NULL);
	if (ns->init == INIT_HIDDEN)
		json_add(object, "init_hidden",
			 json_checked(json_object_new_boolean(true)));
	json_add_number(object, "nprocs", ns->nprocs);
	if (ns->has_npids)
		json_add_number(object, "npids", ns->npids);
	json_add(object, "state", json_new_string(ns->state));
	json_add_number(object, "owner", ns->owner);
	json_add(object, "userns", ns->has_userns ?
		 json_checked(json_object_new_int64(ns->userns)) : NULL);
	if (ns->pid_max)
		json_add_number(object, "pid_max", ns->pid_max);
	if (ns->nsid)
		json_add_number(object, "nsid", ns->nsid);
	if (ns->holder)
		json_add_number(object, "pid_for_children", ns->holder);
	if (live && ns->init == INIT_KNOWN)
		command = snapshot_command(snap, ns->init_pids[0], init);
	else if (init)
		command = strdup(init->comm);
	add_own_string(object, "command", command);
	add_cgroup(object, snap, snapshot_init_cgroup(snap, ns));

	return object;
}

/**
 * struct document - the document while it is printed
 * @snap: the snapshot
 * @all: include data from procfs and the engines for each process
 * @one_line: print no line breaks
 * @first: the current array is still empty
 */
struct document {
	struct snapshot *snap;
	bool all;
	bool one_line;
	bool first;
};

static void separate(const struct document *document, bool first)
{
	if (!document->one_line)
		json_print_separator(first);
	else if (!first)
		putchar(',');
}

static void put_processes(const struct document *document,
			  const struct namespace *ns)
{
	bool first = true;

	for (size_t i = 0; i < ns->nr_processes; i++) {
		if (ns->processes[i].hidden)
			continue;
		separate(document, first);
		json_print_object(new_process(document->snap, &ns->processes[i],
					      document->all));
		first = false;
	}
}

/* Consumers expect only processes in the array of processes. */
static void put_ids(const struct document *document, const struct namespace *ns)
{
	bool first = true;

	for (size_t i = 0; i < ns->nr_ids; i++) {
		if (!id_is_shown(&document->snap->tree, &ns->ids[i]))
			continue;
		fputs(first ? "],\"ids\":[" : "", stdout);
		separate(document, first);
		json_print_object(new_id(&ns->ids[i]));
		first = false;
	}
}

static void enter_namespace(const struct namespace *ns, void *arg)
{
	struct document *document = arg;

	separate(document, document->first);
	json_print_open(new_namespace(document->snap, ns, true));
	fputs(",\"processes\":[", stdout);
	put_processes(document, ns);
	put_ids(document, ns);
	fputs("],\"children\":[", stdout);
	document->first = true;
}

static void leave_namespace(const struct namespace *ns, void *arg)
{
	struct document *document = arg;

	(void)ns;
	fputs("]}", stdout);
	document->first = false;
}

void render_json(struct snapshot *snap, bool all, bool one_line)
{
	static const struct visitor visitor = {
		enter_namespace, leave_namespace
	};
	struct document document = { snap, all, one_line, true };

	fputs("{\"version\":1,\"namespaces\":[", stdout);
	tree_visit(&snap->tree, &visitor, &document);
	puts("]}");
}

/* ---- targets ---- */

/*
 * At the other levels, and for an ID, the container is that of the init of the
 * namespace.
 */
static struct json_object *new_level(struct snapshot *snap,
				     const struct target *target,
				     const struct namespace *ns)
{
	struct json_object *object = json_checked(json_object_new_object());
	struct cgroup *cgroup = target->proc && ns == target->own ?
				snapshot_cgroup(snap, target->proc) :
				snapshot_init_cgroup(snap, ns);

	json_add_number(object, "level", ns->level);
	json_add_number(object, "ns", ns->inum);
	json_add_number(object, "pid", target->pids[ns->level]);
	json_add(object, "container", new_container(snap, cgroup));

	return object;
}

static void put_levels(struct snapshot *snap, const struct target *target)
{
	const struct namespace *path[LEVELS];

	for (const struct namespace *ns = target->own; ns; ns = ns->parent)
		path[ns->level] = ns;
	fputs("\"levels\":[", stdout);
	for (unsigned int i = 0; i <= target->own->level; i++) {
		json_print_separator(!i);
		json_print_object(new_level(snap, target, path[i]));
	}
	putchar(']');
}

void render_levels_json(struct snapshot *snap, const struct target *target)
{
	fputs("{\"version\":1,", stdout);
	if (target->id) {
		fputs("\"roles\":", stdout);
		json_print_object(json_new_roles(target->id->roles));
		putchar(',');
	}
	put_levels(snap, target);
	puts("}");
}

/* If the target is a thread, its own TIDs, name and state are printed. */
static struct json_object *new_target(struct snapshot *snap,
				      const struct target *target)
{
	const struct process *proc = target->proc;
	struct json_object *object = json_checked(json_object_new_object());

	json_add_number(object, "pid", proc->pids[0]);
	if (target->tid)
		json_add_number(object, "tid", target->tid);
	json_add(object, "pids",
		 json_new_pids(target->pids, proc->ns->level + 1));
	json_add_number(object, "ns", target->ns ? target->ns->inum :
						   proc->ns->inum);
	json_add_number(object, "ppid", proc->ppid);
	add_groups(object, proc);
	json_add_number(object, "threads", proc->threads);
	json_add(object, "state",
		 json_new_string((char[]){ target->state, '\0' }));
	json_add_number(object, "uid", proc->uid);
	add_own_string(object, "user", snapshot_user(snap, proc->uid));
	json_add(object, "comm", json_new_string(target->comm ? target->comm :
								proc->comm));
	add_own_string(object, "command",
		       snapshot_command(snap, proc->pids[0], proc));
	add_cgroup(object, snap, snapshot_cgroup(snap, proc));

	return object;
}

static struct json_object *new_id_target(const struct target *target)
{
	struct json_object *object = json_checked(json_object_new_object());

	json_add_number(object, "pid", target->pids[0]);
	json_add(object, "pids",
		 json_new_pids(target->pids, target->own->level + 1));
	json_add_number(object, "ns", target->ns ? target->ns->inum :
						   target->own->inum);
	json_add(object, "roles", json_new_roles(target->id->roles));

	return object;
}

static void put_members(struct snapshot *snap, const struct id *id)
{
	struct members members = id_members(&snap->tree, id);

	fputs("\"members\":[", stdout);
	for (size_t i = 0; i < members.count; i++) {
		const struct process *proc = members.list[i];
		struct json_object *object = new_process(snap, proc, false);

		json_add_number(object, "ns", proc->ns->inum);
		json_print_separator(!i);
		json_print_object(object);
	}
	fputs("],", stdout);
	free(members.list);
}

/* Print the targets that are IDs, or those that are not. */
static void put_targets(struct snapshot *snap, const struct targets *targets,
			bool ids)
{
	bool first = true;

	for (size_t i = 0; i < targets->count; i++) {
		const struct target *target = &targets->list[i];

		if (ids != !!target->id)
			continue;
		json_print_separator(first);
		json_print_open(ids ? new_id_target(target) :
				      new_target(snap, target));
		putchar(',');
		if (ids)
			put_members(snap, target->id);
		put_levels(snap, target);
		putchar('}');
		first = false;
	}
}

void render_targets_json(struct snapshot *snap, const struct targets *targets)
{
	fputs("{\"version\":1,\"processes\":[", stdout);
	put_targets(snap, targets, false);
	if (targets->nr_ids) {
		fputs("],\"ids\":[", stdout);
		put_targets(snap, targets, true);
	}
	puts("]}");
}

/* ---- changes ---- */

static struct json_object *new_change(const char *time, const char *change)
{
	struct json_object *object = json_checked(json_object_new_object());

	json_add(object, "time", json_new_string(time));
	json_add(object, "change", json_new_string(change));

	return object;
}

void render_container_json(struct snapshot *snap, const char *time,
			   const char *change, struct cgroup *cgroup)
{
	struct json_object *object = new_change(time, change);

	json_add(object, "container", new_container(snap, cgroup));
	json_print_object(object);
	putchar('\n');
}

void render_missed_json(const char *time, const char *change, size_t count)
{
	struct json_object *object = new_change(time, change);

	json_add_number(object, "namespaces", count);
	json_print_object(object);
	putchar('\n');
}

void render_change_json(struct snapshot *snap, const char *time,
			const char *change, bool live,
			const struct namespace *ns,
			const struct process *proc)
{
	struct json_object *object = new_change(time, change);

	if (proc) {
		struct json_object *process = new_process(snap, proc, false);

		json_add_number(process, "ns", proc->ns->inum);
		json_add(process, "container",
			 new_container(snap, snapshot_cgroup(snap, proc)));
		json_add(object, "process", process);
	} else {
		json_add(object, "namespace", new_namespace(snap, ns, live));
	}
	json_print_object(object);
	putchar('\n');
}
