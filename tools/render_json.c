// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * JSON output. Each object is printed as soon as it is complete, so the whole
 * document is never in memory.
 */
#include <err.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "render.h"

/* U+FFFD REPLACEMENT CHARACTER, for bytes that are not valid UTF-8. */
#define REPLACEMENT "\xef\xbf\xbd"

static struct json_object *checked(struct json_object *object)
{
	if (!object)
		err(EXIT_FAILURE, "cannot allocate the JSON output");

	return object;
}

static void add(struct json_object *object, const char *key,
		struct json_object *value)
{
	if (json_object_object_add_ex(object, key, value,
				      JSON_C_OBJECT_ADD_KEY_IS_NEW |
				      JSON_C_OBJECT_KEY_IS_CONSTANT))
		err(EXIT_FAILURE, "cannot allocate the JSON output");
}

static void add_number(struct json_object *object, const char *key,
		       uint64_t number)
{
	add(object, key, checked(json_object_new_uint64(number)));
}

/* Replace bytes that are not valid UTF-8. For NULL, return the null of JSON. */
static struct json_object *new_string(const char *string)
{
	struct json_object *object;
	char *valid, *to;

	if (!string)
		return NULL;
	valid = malloc(strlen(string) * strlen(REPLACEMENT) + 1);
	if (!valid)
		err(EXIT_FAILURE, "cannot allocate the JSON output");
	for (to = valid; *string; ) {
		size_t len = utf8_length(string);

		if (len) {
			to = mempcpy(to, string, len);
			string += len;
		} else {
			to = mempcpy(to, REPLACEMENT, strlen(REPLACEMENT));
			string++;
		}
	}
	*to = '\0';
	object = checked(json_object_new_string(valid));
	free(valid);

	return object;
}

static struct json_object *new_pids(const unsigned int *pids,
				    unsigned int count)
{
	struct json_object *array = checked(json_object_new_array());

	for (unsigned int i = 0; i < count; i++)
		if (json_object_array_add(array,
					  checked(json_object_new_int64(pids[i]))))
			err(EXIT_FAILURE, "cannot allocate the JSON output");

	return array;
}

static struct json_object *new_container(struct snapshot *snap,
					 struct cgroup *cgroup)
{
	const struct container *container = &cgroup->container;
	const struct container_name *names = snapshot_names(snap, cgroup);
	struct json_object *object;

	if (!container->id)
		return NULL;
	object = checked(json_object_new_object());
	add(object, "engine", new_string(container->engine));
	add(object, "id", new_string(container->id));
	add(object, "name", new_string(names ? names->name : NULL));
	add(object, "pod", new_string(container->pod));
	add(object, "pod_name", new_string(names ? names->pod : NULL));
	add(object, "pod_namespace",
	    new_string(names ? names->pod_namespace : NULL));

	return object;
}

/* Add the members that objects of namespaces and processes have in common. */
static void add_cgroup(struct json_object *object, struct snapshot *snap,
		       struct cgroup *cgroup)
{
	add(object, "container", new_container(snap, cgroup));
	add(object, "unit", new_string(cgroup->unit));
	add(object, "cgroup", new_string(cgroup->path));
}

/* Take ownership of @string. */
static void add_own_string(struct json_object *object, const char *key,
			   char *string)
{
	add(object, key, new_string(string));
	free(string);
}

/* JSON escapes a character above U+FFFF as two surrogates. */
static void put_escape(uint32_t character)
{
	if (character > 0xffff)
		printf("\\u%04x\\u%04x",
		       0xd800 + ((character - 0x10000) >> 10),
		       0xdc00 + (character & 0x3ff));
	else
		printf("\\u%04x", character);
}

/*
 * JSON permits DEL, C1 and format characters, but a terminal must not receive
 * them. They occur only in strings, so \u can replace them.
 */
static void put(const char *json, size_t len)
{
	const char *from = json, *end = json + len;

	for (const char *p = json; p < end; ) {
		uint32_t character;
		size_t size = utf8_decode(p, &character);

		if (size && is_unprintable(character)) {
			fwrite(from, 1, p - from, stdout);
			put_escape(character);
			from = p + size;
		}
		p += size ? size : 1;
	}
	fwrite(from, 1, end - from, stdout);
}

static const char *serialise(struct json_object *object, size_t *len)
{
	const char *json;

	json = json_object_to_json_string_length(object,
						 JSON_C_TO_STRING_PLAIN |
						 JSON_C_TO_STRING_NOSLASHESCAPE,
						 len);
	if (!json)
		err(EXIT_FAILURE, "cannot allocate the JSON output");

	return json;
}

/* Start a new line, so that each object is on a line of its own. */
static void put_separator(bool first)
{
	fputs(first ? "\n" : ",\n", stdout);
}

/* Omit the closing brace: the caller prints more members. */
static void put_open(struct json_object *object)
{
	size_t len;
	const char *json = serialise(object, &len);

	put(json, len - strlen("}"));
	json_object_put(object);
}

static void put_object(struct json_object *object)
{
	size_t len;
	const char *json = serialise(object, &len);

	put(json, len);
	json_object_put(object);
}

/* ---- namespaces ---- */

/* Output of a module before version 0.2 has neither. */
static void add_groups(struct json_object *object, const struct process *proc)
{
	if (proc->has_pgid)
		add_number(object, "pgid", proc->pgid);
	if (proc->has_sid)
		add_number(object, "sid", proc->sid);
}

static struct json_object *new_process(struct snapshot *snap,
				       const struct process *proc, bool all)
{
	struct json_object *object = checked(json_object_new_object());

	add(object, "pids", new_pids(proc->pids, proc->ns->level + 1));
	add_number(object, "ppid", proc->ppid);
	add_groups(object, proc);
	add_number(object, "threads", proc->threads);
	add(object, "state", new_string((char[]){ proc->state, '\0' }));
	add_number(object, "uid", proc->uid);
	add(object, "comm", new_string(proc->comm));
	if (!all)
		return object;

	add_own_string(object, "user", snapshot_user(snap, proc->uid));
	add_own_string(object, "command",
		       snapshot_command(snap, proc->pids[0], proc));
	add_cgroup(object, snap, snapshot_cgroup(snap, proc));

	return object;
}

static struct json_object *new_roles(unsigned int roles)
{
	struct json_object *array = checked(json_object_new_array());

	for (enum role role = 0; role < NR_ROLES; role++)
		if (roles & ROLE_BIT(role) &&
		    json_object_array_add(array, new_string(role_names[role])))
			err(EXIT_FAILURE, "cannot allocate the JSON output");

	return array;
}

static struct json_object *new_id(const struct id *id)
{
	struct json_object *object = checked(json_object_new_object());

	add(object, "pids", new_pids(id->pids, id->ns->level + 1));
	add(object, "roles", new_roles(id->roles));

	return object;
}

/* For an ended namespace, @live is false: its init has no files in procfs. */
static struct json_object *new_namespace(struct snapshot *snap,
					 const struct namespace *ns, bool live)
{
	const struct process *init = namespace_init(ns);
	struct json_object *object = checked(json_object_new_object());
	char *command = NULL;

	add_number(object, "ns", ns->inum);
	add_number(object, "level", ns->level);
	add(object, "parent", ns->parent ?
	    checked(json_object_new_int64(ns->parent->inum)) : NULL);
	add(object, "init", ns->init == INIT_KNOWN ?
	    new_pids(ns->init_pids, ns->level + 1) : NULL);
	if (ns->init == INIT_HIDDEN)
		add(object, "init_hidden",
		    checked(json_object_new_boolean(true)));
	add_number(object, "nprocs", ns->nprocs);
	if (ns->has_npids)
		add_number(object, "npids", ns->npids);
	add(object, "state", new_string(ns->state));
	add_number(object, "owner", ns->owner);
	add(object, "userns", ns->has_userns ?
	    checked(json_object_new_int64(ns->userns)) : NULL);
	if (ns->pid_max)
		add_number(object, "pid_max", ns->pid_max);
	if (ns->nsid)
		add_number(object, "nsid", ns->nsid);
	if (ns->holder)
		add_number(object, "pid_for_children", ns->holder);
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
		put_separator(first);
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
		put_object(new_process(document->snap, &ns->processes[i],
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
		put_object(new_id(&ns->ids[i]));
		first = false;
	}
}

static void enter_namespace(const struct namespace *ns, void *arg)
{
	struct document *document = arg;

	separate(document, document->first);
	put_open(new_namespace(document->snap, ns, true));
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
	struct json_object *object = checked(json_object_new_object());
	struct cgroup *cgroup = target->proc && ns == target->own ?
				snapshot_cgroup(snap, target->proc) :
				snapshot_init_cgroup(snap, ns);

	add_number(object, "level", ns->level);
	add_number(object, "ns", ns->inum);
	add_number(object, "pid", target->pids[ns->level]);
	add(object, "container", new_container(snap, cgroup));

	return object;
}

static void put_levels(struct snapshot *snap, const struct target *target)
{
	const struct namespace *path[LEVELS];

	for (const struct namespace *ns = target->own; ns; ns = ns->parent)
		path[ns->level] = ns;
	fputs("\"levels\":[", stdout);
	for (unsigned int i = 0; i <= target->own->level; i++) {
		put_separator(!i);
		put_object(new_level(snap, target, path[i]));
	}
	putchar(']');
}

void render_levels_json(struct snapshot *snap, const struct target *target)
{
	fputs("{\"version\":1,", stdout);
	if (target->id) {
		fputs("\"roles\":", stdout);
		put_object(new_roles(target->id->roles));
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
	struct json_object *object = checked(json_object_new_object());

	add_number(object, "pid", proc->pids[0]);
	if (target->tid)
		add_number(object, "tid", target->tid);
	add(object, "pids", new_pids(target->pids, proc->ns->level + 1));
	add_number(object, "ns", target->ns ? target->ns->inum :
					      proc->ns->inum);
	add_number(object, "ppid", proc->ppid);
	add_groups(object, proc);
	add_number(object, "threads", proc->threads);
	add(object, "state", new_string((char[]){ target->state, '\0' }));
	add_number(object, "uid", proc->uid);
	add_own_string(object, "user", snapshot_user(snap, proc->uid));
	add(object, "comm", new_string(target->comm ? target->comm :
						      proc->comm));
	add_own_string(object, "command",
		       snapshot_command(snap, proc->pids[0], proc));
	add_cgroup(object, snap, snapshot_cgroup(snap, proc));

	return object;
}

static struct json_object *new_id_target(const struct target *target)
{
	struct json_object *object = checked(json_object_new_object());

	add_number(object, "pid", target->pids[0]);
	add(object, "pids", new_pids(target->pids, target->own->level + 1));
	add_number(object, "ns", target->ns ? target->ns->inum :
					      target->own->inum);
	add(object, "roles", new_roles(target->id->roles));

	return object;
}

static void put_members(struct snapshot *snap, const struct id *id)
{
	struct members members = id_members(&snap->tree, id);

	fputs("\"members\":[", stdout);
	for (size_t i = 0; i < members.count; i++) {
		const struct process *proc = members.list[i];
		struct json_object *object = new_process(snap, proc, false);

		add_number(object, "ns", proc->ns->inum);
		put_separator(!i);
		put_object(object);
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
		put_separator(first);
		put_open(ids ? new_id_target(target) : new_target(snap, target));
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
	struct json_object *object = checked(json_object_new_object());

	add(object, "time", new_string(time));
	add(object, "change", new_string(change));

	return object;
}

void render_container_json(struct snapshot *snap, const char *time,
			   const char *change, struct cgroup *cgroup)
{
	struct json_object *object = new_change(time, change);

	add(object, "container", new_container(snap, cgroup));
	put_object(object);
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

		add_number(process, "ns", proc->ns->inum);
		add(process, "container",
		    new_container(snap, snapshot_cgroup(snap, proc)));
		add(object, "process", process);
	} else {
		add(object, "namespace", new_namespace(snap, ns, live));
	}
	put_object(object);
	putchar('\n');
}
