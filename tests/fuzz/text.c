// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Any bytes as a text: it is refused with a message that can be printed, or
 * taken, and then printed in every way, as JSON that is JSON.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "render.h"
#include "watch.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(bool condition)
{
	if (!condition)
		abort();
}

static char *copy(const unsigned char *data, size_t size)
{
	/* No byte more, so that reading on is noticed. */
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

/* Blank lines after a whole text change nothing, and no part of it is whole. */
static void check_end(const unsigned char *data, size_t size)
{
	static const char last[] = "# end", blank[] = "\r\n \t\r\n";
	size_t end = size, len = size + strlen(blank);
	unsigned char *longer = malloc(len);

	check(longer);
	memcpy(longer, data, size);
	memcpy(longer + size, blank, strlen(blank));
	/* Two carriage returns are no line end. */
	check(is_accepted(longer, len) || data[size - 1] == '\r');
	free(longer);

	do
		check(end--);
	while (size - end < strlen(last) ||
	       memcmp(data + end, last, strlen(last)));
	check(!is_accepted(data, end));
	check(!is_accepted(data, end + strlen(last) - 1));
}

/* Whether it is UTF-8 without a character that must be escaped. */
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

static void render(struct look *look)
{
	struct look nothing = { .live = false };
	struct table table = { .processes = true };
	FILE *out = stdout;
	char *text;
	size_t len;

	stdout = open_memstream(&text, &len);
	check(stdout);
	render_json(look);
	fflush(stdout);
	check_json(text);
	check(is_printable(text));

	rewind(stdout);
	render_dot(look, true);
	fputc('\0', stdout);
	fflush(stdout);
	check(is_printable(text));

	rewind(stdout);
	table_all_columns(&table);
	render_table(look, &table);
	watch_changes(&nothing, look, true, "");
	fputc('\0', stdout);
	fflush(stdout);
	check(is_printable(text));
	fclose(stdout);
	free(text);
	stdout = out;

	watch_changes(look, look, true, "");
	if (look->tree.nr_processes) {
		const struct process *last =
			&look->tree.processes[look->tree.nr_processes - 1];

		render_levels_table(look, last, &table);
		render_levels_json(look, last);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct look look = { .live = false };
	struct parse_error error;

	if (!tree_parse(&look.tree, copy(data, size), size, &error)) {
		check(strlen(error.message) && is_printable(error.message) &&
		      !strchr(error.message, '\n'));
		tree_release(&look.tree);
		return 0;
	}
	check_end(data, size);

	look.containers = calloc(look.tree.nr_namespaces + 1,
				 sizeof(*look.containers));
	look.asked = calloc(look.tree.nr_namespaces + 1, sizeof(*look.asked));
	check(look.containers && look.asked);
	for (size_t i = 0; i < look.tree.nr_namespaces; i++)
		look.tree.namespaces[i].shown = i % 3 != 1;
	render(&look);
	look_release(&look);

	return 0;
}
