// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "container_name.h"

/* Length of an ID in hexadecimal digits. */
#define HASH 64

static char *copy(const char *string)
{
	char *bytes = string ? strdup(string) : NULL;

	if (string && !bytes)
		err(EXIT_FAILURE, "cannot store a name");

	return bytes;
}

bool id_is_hash(const char *id)
{
	return strlen(id) == HASH && strspn(id, "0123456789abcdef") == HASH;
}

bool container_name_is_empty(const struct container_name *name)
{
	return !name->name && !name->pod && !name->pod_namespace;
}

struct container_name container_name_copy(const struct container_name *name)
{
	return (struct container_name){
		.name = copy(name->name),
		.pod = copy(name->pod),
		.pod_namespace = copy(name->pod_namespace),
	};
}

void container_name_release(struct container_name *name)
{
	free(name->name);
	free(name->pod);
	free(name->pod_namespace);
	memset(name, 0, sizeof(*name));
}

char *name_of_json(struct json_object *object)
{
	const char *bytes;
	size_t len;

	if (!json_object_is_type(object, json_type_string))
		return NULL;
	bytes = json_object_get_string(object);
	len = json_object_get_string_len(object);
	if (!len || len > NAME_LONGEST || strlen(bytes) != len)
		return NULL;

	return copy(bytes);
}

char *name_of_key(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value))
		return NULL;

	return name_of_json(value);
}
