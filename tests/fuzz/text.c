// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Parse any bytes as output of the module. If the parser rejects them, the
 * message must be printable. Otherwise print every format: the output must be
 * printable, and the JSON must be valid.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "render.h"
#include "changes.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(bool condition)
{
	if (!condition)
		abort();
}

static char *copy(const unsigned char *data, size_t size)
{
	/* No spare byte, so that ASan detects an overrun. */
	char *text = malloc(size ? size : 1);

	check(text);
	memcpy(text, data, size);

	return text;
}

static bool is_accepted(const unsigned char *data, size_t size)
{
	struct parse_error error;
	struct tree tree;
	bool accepted;

	accepted = tree_parse(&tree, copy(data, size), size, &error);
	tree_release(&tree);

	return accepted;
}

/*
 * Blank lines after a complete file are accepted. A truncated file is rejected.
 */
static void check_end(const unsigned char *data, size_t size)
{
	static const char last[] = "# end", blank[] = "\r\n \t\r\n";
	size_t end = size, len = size + strlen(blank);
	unsigned char *longer = malloc(len);

	check(longer);
	memcpy(longer, data, size);
	memcpy(longer + size, blank, strlen(blank));
	/* A line that ends in two carriage returns is invalid. */
	check(is_accepted(longer, len) || data[size - 1] == '\r');
	free(longer);

	do
		check(end--);
	while (size - end < strlen(last) ||
	       memcmp(data + end, last, strlen(last)));
	check(!is_accepted(data, end));
	check(!is_accepted(data, end + strlen(last) - 1));
}

/* Whether the output is UTF-8 without a character that must be escaped. */
static bool is_printable(const char *text)
{
	while (*text) {
		unsigned int character;
		size_t len = utf8_decode(text, &character);

		if (!len || (is_unprintable(character) && character != '\n' &&
			     character != '\t'))
			return false;
		text += len;
	}

	return true;
}

static void check_json(const char *text)
{
	struct json_tokener *tokener = json_tokener_new_ex(256);
	struct json_object *object;

	check(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, strlen(text));
	check(json_tokener_get_error(tokener) == json_tokener_success);
	json_object_put(object);
	json_tokener_free(tokener);
}

/* Redirect standard output to memory. */
static FILE *begin(char **text, size_t *len)
{
	FILE *out = stdout;

	stdout = open_memstream(text, len);
	check(stdout);

	return out;
}

/* Check the output: a terminal would execute control characters in it. */
static void finish(FILE *out, char **text, bool json)
{
	check(!fclose(stdout));
	stdout = out;
	check(is_printable(*text));
	if (json)
		check_json(*text);
	free(*text);
}

static void render_namespaces(struct snapshot *snap)
{
	struct table table = { .processes = true };
	struct changes changes = { .stamp = "now" };
	struct snapshot empty = { .source = snap->source };
	char *text;
	size_t len;
	FILE *out;

	out = begin(&text, &len);
	render_json(snap, true, false);
	finish(out, &text, true);

	out = begin(&text, &len);
	render_dot(snap, true);
	table_all_columns(&table);
	render_table(snap, &table);
	table.forest = true;
	render_table(snap, &table);
	changes_print_namespaces(&empty, snap, &changes);
	changes_print_processes(&empty, snap, &changes);
	changes_print_namespaces(snap, snap, &changes);
	changes_print_processes(snap, snap, &changes);
	finish(out, &text, false);
}

static void render_targets(struct snapshot *snap, const char *everywhere,
			   unsigned int pid)
{
	struct targets targets = { .everywhere = true };
	struct table table = { .nr_columns = 0 };
	struct notes notes = { 0 };
	struct error error;
	char *text, word[16];
	size_t len;
	FILE *out;

	select_targets(snap, everywhere, &targets, &notes, &error);
	snprintf(word, sizeof(word), "%u", pid);
	check(select_targets(snap, word, &targets, &notes, &error));
	check(!targets.everywhere && !notes.lines == !targets.nr_ids);
	free(notes.lines);

	out = begin(&text, &len);
	render_targets_json(snap, &targets);
	finish(out, &text, true);

	out = begin(&text, &len);
	render_struct_json(snap, &targets);
	finish(out, &text, true);

	out = begin(&text, &len);
	render_struct(snap, &targets);
	render_struct_dot(snap, &targets);
	render_targets_table(snap, &targets, false, &table);
	targets.everywhere = true;
	render_targets_table(snap, &targets, false, &table);
	table_all_columns(&table);
	render_targets_table(snap, &targets, false, &table);
	finish(out, &text, false);
	targets_release(&targets);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct source source = { .file = "a file" };
	struct error error;
	struct snapshot snap;

	if (!snapshot_parse(&snap, &source, copy(data, size), size, &error)) {
		check(strlen(error.message) && is_printable(error.message) &&
		      !strchr(error.message, '\n'));
		return 0;
	}
	check_end(data, size);

	for (size_t i = 0; i < snap.tree.nr_namespaces; i++) {
		snap.tree.namespaces[i].shown = i % 3 != 1;
		snap.tree.namespaces[i].partial = i % 2;
	}
	for (size_t i = 0; i < snap.tree.nr_processes; i++)
		snap.tree.processes[i].hidden = i % 5 == 3;
	render_namespaces(&snap);
	if (snap.tree.nr_processes)
		render_targets(&snap, "*:1",
			       snap.tree.processes[snap.tree.nr_processes -
						   1].pids[0]);
	if (snap.tree.nr_ids)
		render_targets(&snap, "*:7",
			       snap.tree.ids[snap.tree.nr_ids - 1].pids[0]);
	snapshot_release(&snap);

	return 0;
}
