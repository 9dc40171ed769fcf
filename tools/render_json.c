// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * JSON, an object at a time, so that there is never more than one in memory.
 */
#include <err.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "render.h"

/* U+FFFD, what is printed for what is no character. */
#define REPLACEMENT "\xef\xbf\xbd"

static struct json_object *checked(struct json_object *object)
{
	if (!object)
		err(EXIT_FAILURE, "JSON");

	return object;
}

static void add(struct json_object *object, const char *key,
		struct json_object *value)
{
	if (json_object_object_add_ex(object, key, value,
				      JSON_C_OBJECT_ADD_KEY_IS_NEW |
				      JSON_C_OBJECT_KEY_IS_CONSTANT))
		err(EXIT_FAILURE, "JSON");
}

static void add_number(struct json_object *object, const char *key,
		       uint64_t number)
{
	add(object, key, checked(json_object_new_uint64(number)));
}

/* Any bytes, as UTF-8. Without a string, null. */
static struct json_object *new_string(const char *string)
{
	struct json_object *object;
	char *valid, *to;

	if (!string)
		return NULL;
	valid = malloc(strlen(string) * strlen(REPLACEMENT) + 1);
	if (!valid)
		err(EXIT_FAILURE, "JSON");
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
			err(EXIT_FAILURE, "JSON");

	return array;
}

static struct json_object *new_container(const struct container *container)
{
	struct json_object *object;

	if (!container)
		return NULL;
	object = checked(json_object_new_object());
	add(object, "engine", new_string(container->engine));
	add(object, "id", new_string(container->id));
	add(object, "pod", new_string(container->pod));

	return object;
}

/* As JSON escapes a character: beyond U+FFFF, as two surrogates. */
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
 * JSON may contain DEL, C1 and format characters, but must not bring them to a
 * terminal. They occur only in strings, so \u can replace them.
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
		err(EXIT_FAILURE, "JSON");

	return json;
}

/* A line for each object, for those who look at it as it is. */
static void put_separator(bool first)
{
	fputs(first ? "\n" : ",\n", stdout);
}

/* An object whose last members are yet to come: without its end. */
static void put_open(struct json_object *object)
{
	size_t len;
	const char *json = serialise(object, &len);

	put(json, len - strlen("}"));
	json_object_put(object);
}

static void put_string(const char *string)
{
	struct json_object *object = new_string(string);
	size_t len;
	const char *json = serialise(object, &len);

	put(json, len);
	json_object_put(object);
}

/* There may be very many, and what takes long to make of them are numbers. */
static void put_process(const struct process *proc)
{
	for (unsigned int i = 0; i <= proc->ns->level; i++)
		printf(i ? ",%u" : "{\"pids\":[%u", proc->pids[i]);
	printf("],\"ppid\":%u,\"threads\":%u,\"state\":", proc->ppid,
	       proc->threads);
	put_string((char[]){ proc->state, '\0' });
	printf(",\"uid\":%u,\"comm\":", proc->uid);
	put_string(proc->comm);
	putchar('}');
}

static void put_processes(const struct namespace *ns)
{
	for (size_t i = 0; i < ns->nr_processes; i++) {
		put_separator(!i);
		put_process(&ns->processes[i]);
	}
}

struct document {
	struct look *look;
	bool first;		/* nothing yet at this place */
};

static void enter_namespace(const struct namespace *ns, void *arg)
{
	struct document *document = arg;
	struct look *look = document->look;
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
	if (ns->init == INIT_KNOWN)
		command = look_command(look, ns->init_pids[0],
				       namespace_init(ns));
	add(object, "command", new_string(command));
	free(command);
	add(object, "container", new_container(look_container(look, ns)));

	put_separator(document->first);
	put_open(object);
	fputs(",\"processes\":[", stdout);
	put_processes(ns);
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

void render_json(struct look *look)
{
	static const struct visitor visitor = {
		enter_namespace, leave_namespace
	};
	struct document document = { look, true };

	fputs("{\"version\":1,\"namespaces\":[", stdout);
	tree_visit(&look->tree, &visitor, &document);
	puts("]}");
}

void render_levels_json(struct look *look, const struct process *proc)
{
	const struct namespace *way[LEVELS];

	for (const struct namespace *ns = proc->ns; ns; ns = ns->parent)
		way[ns->level] = ns;
	fputs("{\"version\":1,\"levels\":[", stdout);
	for (unsigned int i = 0; i <= proc->ns->level; i++) {
		struct json_object *object = checked(json_object_new_object());

		add_number(object, "level", i);
		add_number(object, "ns", way[i]->inum);
		add_number(object, "pid", proc->pids[i]);
		add(object, "container",
		    new_container(look_container(look, way[i])));
		put_separator(!i);
		put_open(object);
		putchar('}');
	}
	puts("]}");
}
