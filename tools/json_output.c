// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_output.h"
#include "print.h"
#include "tree.h"

/* U+FFFD REPLACEMENT CHARACTER, for bytes that are not valid UTF-8. */
#define REPLACEMENT "\xef\xbf\xbd"

struct json_object *json_checked(struct json_object *object)
{
	if (!object)
		err(EXIT_FAILURE, "cannot allocate the JSON output");

	return object;
}

void json_add(struct json_object *object, const char *key,
	      struct json_object *value)
{
	if (json_object_object_add_ex(object, key, value,
				      JSON_C_OBJECT_ADD_KEY_IS_NEW |
				      JSON_C_OBJECT_KEY_IS_CONSTANT))
		err(EXIT_FAILURE, "cannot allocate the JSON output");
}

void json_add_number(struct json_object *object, const char *key,
		     uint64_t number)
{
	json_add(object, key, json_checked(json_object_new_uint64(number)));
}

struct json_object *json_new_string(const char *string)
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
	object = json_checked(json_object_new_string(valid));
	free(valid);

	return object;
}

void json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value))
		err(EXIT_FAILURE, "cannot allocate the JSON output");
}

struct json_object *json_new_pids(const unsigned int *pids, unsigned int count)
{
	struct json_object *array = json_checked(json_object_new_array());

	for (unsigned int i = 0; i < count; i++)
		json_append(array, json_checked(json_object_new_int64(pids[i])));

	return array;
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

struct json_object *json_new_roles(unsigned int roles)
{
	struct json_object *array = json_checked(json_object_new_array());

	for (enum role role = 0; role < NR_ROLES; role++)
		if (roles & ROLE_BIT(role))
			json_append(array, json_new_string(role_names[role]));

	return array;
}

void json_print_separator(bool first)
{
	fputs(first ? "\n" : ",\n", stdout);
}

void json_print_open(struct json_object *object)
{
	size_t len;
	const char *json = serialise(object, &len);

	put(json, len - strlen("}"));
	json_object_put(object);
}

void json_print_object(struct json_object *object)
{
	size_t len;
	const char *json = serialise(object, &len);

	put(json, len);
	json_object_put(object);
}
