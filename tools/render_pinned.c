// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Print namespaces without processes and what pins them.
 */
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_output.h"
#include "pinned.h"
#include "print.h"
#include "table_output.h"

/* Number of pins of a namespace that the table shows at most. */
#define MAX_PINS 8

#define UNKNOWN "-"

/* ---- cells ---- */

static char *__attribute__((format(printf, 1, 2)))
format(const char *format, ...)
{
	va_list args;
	char *string;

	va_start(args, format);
	if (vasprintf(&string, format, args) < 0)
		err(EXIT_FAILURE, "cannot allocate the table");
	va_end(args);

	return string;
}

/* A task that has exited has no name. */
static char *task_text(const struct pin *pin)
{
	return pin->comm ? format("%u (%s)", pin->pid, pin->comm) :
			   format("%u", pin->pid);
}

static char *mount_text(const struct pin *pin, const char *type)
{
	return pin->foreign ?
	       format("%s %s (in the mount namespace of %u)", type, pin->path,
		      pin->pid) :
	       format("%s %s", type, pin->path);
}

static const char *roles_text(unsigned int roles)
{
	bool group = roles & ROLE_BIT(ROLE_PGID);
	bool session = roles & ROLE_BIT(ROLE_SID);

	return group && session ? "pgid,sid" : group ? "pgid" : "sid";
}

static char *id_text(const struct id *id, const char *task)
{
	char *pids, *text;
	size_t len;
	FILE *file = open_memstream(&pids, &len);

	if (!file)
		err(EXIT_FAILURE, "cannot allocate the table");
	put_pids(file, id->pids, id->ns->level + 1);
	if (fclose(file))
		err(EXIT_FAILURE, "cannot allocate the table");
	text = format("id %s, the %s of %s", pids, roles_text(id->roles),
		      task ? task : "a hidden process");
	free(pids);

	return text;
}

/* Describe a descriptor that does not show its namespace. */
static const char *kind_text(enum pin_kind kind)
{
	switch (kind) {
	case PIN_PIDFD:
		return ", a pidfd of a reaped process";
	case PIN_READER:
		return ", an open pidns_tree";
	case PIN_FILE:
		return ", a file in /proc/PID of a reaped process";
	default:
		return "";
	}
}

static char *pin_text(const struct pin *pin)
{
	char *task, *text;

	switch (pin->kind) {
	case PIN_MOUNT:
		return mount_text(pin, "mount");
	case PIN_PROCFS:
		return mount_text(pin, "procfs");
	case PIN_CHILD:
		return format("child namespace %u", pin->child);
	default:
		break;
	}
	task = task_text(pin);
	if (pin->kind == PIN_CHILDREN)
		text = format("pid_for_children of %s", task);
	else if (pin->kind == PIN_ID)
		text = id_text(pin->id, pin->pid ? task : NULL);
	else
		text = format("fd %u of %s%s", pin->fd, task,
			      kind_text(pin->kind));
	free(task);

	return text;
}

static char *optional_number(bool known, unsigned long long value)
{
	return known ? format("%llu", value) : format(UNKNOWN);
}

/* ---- tables ---- */

/**
 * struct heading - a column
 * @name: its name
 * @flags: SCOLS_FL_* of libsmartcols
 */
struct heading {
	const char *name;
	int flags;
};

static struct libscols_table *new_table(const struct table *table,
					const struct heading *headings)
{
	struct libscols_table *out = table_new(table);

	for (; headings->name; headings++)
		table_add_column(out, headings->name, 0,
				 headings->flags);

	return out;
}

static void add_row(struct libscols_table *out, const struct table *table,
		    const struct pinned_ns *ns, char *pin)
{
	struct libscols_line *line = table_add_line(out, NULL);
	size_t column = 0;

	table_set_cell(table, line, column++, format("%u", ns->inum));
	table_set_cell(table, line, column++,
		       optional_number(ns->parent, ns->parent));
	table_set_cell(table, line, column++,
		       format("%s", ns->state ? ns->state : UNKNOWN));
	table_set_cell(table, line, column++,
		       optional_number(ns->ns && ns->ns->has_npids,
				       ns->ns ? ns->ns->npids : 0));
	table_set_cell(table, line, column++,
		       optional_number(ns->has_owner, ns->owner));
	table_set_cell(table, line, column, pin);
}

/* The other columns are the same as in the line above. */
static void add_pin_row(struct libscols_table *out, const struct table *table,
			char *pin)
{
	table_set_cell(table, table_add_line(out, NULL), 5, pin);
}

static void render_namespaces(const struct pinned *pinned,
			      const struct table *table)
{
	static const struct heading headings[] = {
		{ "NS", SCOLS_FL_RIGHT },
		{ "PNS", SCOLS_FL_RIGHT },
		{ "STATE", 0 },
		{ "NPIDS", SCOLS_FL_RIGHT },
		{ "OWNER", SCOLS_FL_RIGHT },
		{ "PIN", 0 },
		{ NULL, 0 }
	};
	struct libscols_table *out = new_table(table, headings);

	for (size_t i = 0; i < pinned->count; i++) {
		const struct pinned_ns *ns = &pinned->list[i];
		size_t shown = table->raw || ns->nr_pins <= MAX_PINS ?
			       ns->nr_pins : MAX_PINS;

		if (!ns->nr_pins)
			add_row(out, table, ns, format("not found"));
		for (size_t j = 0; j < shown; j++) {
			if (!j || table->raw)
				add_row(out, table, ns, pin_text(&ns->pins[j]));
			else
				add_pin_row(out, table, pin_text(&ns->pins[j]));
		}
		if (shown < ns->nr_pins)
			add_pin_row(out, table,
				    format("and %zu more",
					   ns->nr_pins - shown));
	}
	table_print(out);
}

static void render_unknown(const struct pinned *pinned,
			   const struct table *table)
{
	static const struct heading headings[] = {
		{ "PIN OF AN UNKNOWN NAMESPACE", 0 },
		{ NULL, 0 }
	};
	struct libscols_table *out = new_table(table, headings);

	for (size_t i = 0; i < pinned->nr_unknown; i++)
		table_set_cell(table, table_add_line(out, NULL), 0,
			       pin_text(&pinned->unknown[i]));
	table_print(out);
}

static void render_owners(const struct pinned *pinned, struct snapshot *snap,
			  const struct table *table)
{
	static const struct heading headings[] = {
		{ "UID", SCOLS_FL_RIGHT },
		{ "USER", 0 },
		{ "NAMESPACES", SCOLS_FL_RIGHT },
		{ "PINNED", SCOLS_FL_RIGHT },
		{ "LIMIT", SCOLS_FL_RIGHT },
		{ NULL, 0 }
	};
	struct libscols_table *out = new_table(table, headings);

	for (size_t i = 0; i < pinned->owners.count; i++) {
		const struct owner *owner = &pinned->owners.list[i];
		struct libscols_line *line = table_add_line(out, NULL);

		table_set_cell(table, line, 0, format("%u", owner->uid));
		table_set_cell(table, line, 1, snapshot_user(snap, owner->uid));
		table_set_cell(table, line, 2, format("%zu", owner->namespaces));
		table_set_cell(table, line, 3, format("%zu", owner->pinned));
		table_set_cell(table, line, 4,
			       optional_number(pinned->has_limit,
					       pinned->limit));
	}
	table_print(out);
}

void render_pinned_table(const struct pinned *pinned, struct snapshot *snap,
			 const struct table *table)
{
	bool separate = pinned->count;

	if (pinned->count)
		render_namespaces(pinned, table);
	if (table->raw || table->no_headings)
		return;
	if (pinned->nr_unknown) {
		if (separate)
			putchar('\n');
		render_unknown(pinned, table);
		separate = true;
	}
	if (separate)
		putchar('\n');
	render_owners(pinned, snap, table);
}

/* ---- JSON ---- */

static const char *const kind_names[] = {
	[PIN_MOUNT] = "mount",
	[PIN_PROCFS] = "procfs",
	[PIN_FD] = "fd",
	[PIN_CHILDREN] = "pid_for_children",
	[PIN_ID] = "id",
	[PIN_CHILD] = "child",
	[PIN_PIDFD] = "pidfd",
	[PIN_READER] = "pidns_tree",
	[PIN_FILE] = "file",
};

static struct json_object *new_optional(bool known, uint64_t number)
{
	return known ? json_checked(json_object_new_uint64(number)) : NULL;
}

static struct json_object *new_pin(const struct pin *pin)
{
	struct json_object *object = json_checked(json_object_new_object());

	json_add(object, "type", json_new_string(kind_names[pin->kind]));
	if (pin->kind == PIN_CHILD) {
		json_add_number(object, "ns", pin->child);
		return object;
	}
	if (pin->path) {
		json_add(object, "mount_point", json_new_string(pin->path));
		json_add_number(object, "mnt_ns", pin->mnt_ns);
	} else if (pin->id) {
		json_add(object, "pids",
			 json_new_pids(pin->id->pids, pin->id->ns->level + 1));
		json_add(object, "roles", json_new_roles(pin->id->roles));
	} else if (pin->kind != PIN_CHILDREN) {
		json_add_number(object, "fd", pin->fd);
	}
	json_add(object, "pid", new_optional(pin->pid, pin->pid));
	json_add(object, "comm", json_new_string(pin->comm));

	return object;
}

static struct json_object *new_pins(const struct pin *pins, size_t count)
{
	struct json_object *array = json_checked(json_object_new_array());

	for (size_t i = 0; i < count; i++)
		json_append(array, new_pin(&pins[i]));

	return array;
}

static struct json_object *new_namespace(const struct pinned_ns *ns)
{
	struct json_object *object = json_checked(json_object_new_object());

	json_add_number(object, "ns", ns->inum);
	json_add(object, "parent", new_optional(ns->parent, ns->parent));
	json_add(object, "state", json_new_string(ns->state));
	if (ns->ns && ns->ns->has_npids)
		json_add_number(object, "npids", ns->ns->npids);
	json_add(object, "owner", new_optional(ns->has_owner, ns->owner));
	json_add(object, "userns", new_optional(ns->userns, ns->userns));
	if (ns->nsid)
		json_add_number(object, "nsid", ns->nsid);
	json_add(object, "pins", new_pins(ns->pins, ns->nr_pins));

	return object;
}

static struct json_object *new_owner(const struct pinned *pinned,
				     struct snapshot *snap,
				     const struct owner *owner)
{
	struct json_object *object = json_checked(json_object_new_object());
	char *user = snapshot_user(snap, owner->uid);

	json_add_number(object, "uid", owner->uid);
	json_add(object, "user", json_new_string(user));
	json_add_number(object, "namespaces", owner->namespaces);
	json_add_number(object, "pinned", owner->pinned);
	json_add(object, "limit", new_optional(pinned->has_limit,
					       pinned->limit));
	free(user);

	return object;
}

void render_pinned_json(const struct pinned *pinned, struct snapshot *snap)
{
	fputs("{\"version\":1,\"pinned\":[", stdout);
	for (size_t i = 0; i < pinned->count; i++) {
		json_print_separator(!i);
		json_print_object(new_namespace(&pinned->list[i]));
	}
	fputs("],\"unknown\":[", stdout);
	for (size_t i = 0; i < pinned->nr_unknown; i++) {
		json_print_separator(!i);
		json_print_object(new_pin(&pinned->unknown[i]));
	}
	fputs("],\"owners\":[", stdout);
	for (size_t i = 0; i < pinned->owners.count; i++) {
		json_print_separator(!i);
		json_print_object(new_owner(pinned, snap, &pinned->owners.list[i]));
	}
	puts("]}");
}
