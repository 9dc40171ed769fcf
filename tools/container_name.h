/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The name of a container, and the name and namespace of its pod.
 */
#ifndef CONTAINER_NAME_H
#define CONTAINER_NAME_H

#include <stdbool.h>

struct json_object;

/* Maximum length of a name in bytes. Longer names are ignored. */
#define NAME_LONGEST 1024

/**
 * struct container_name - the names of a container
 * @name: name of the container; NULL if unknown
 * @pod: name of its Kubernetes or Podman pod; NULL if there is none, or if it
 *	is unknown
 * @pod_namespace: Kubernetes namespace of the pod; NULL if there is none, or if
 *	it is unknown
 *
 * Users choose these names, so they may contain any bytes except NUL. Escape
 * them before printing.
 */
struct container_name {
	char *name;
	char *pod;
	char *pod_namespace;
};

/** id_is_hash - whether a container ID is 64 hexadecimal digits */
bool id_is_hash(const char *id);

/** container_name_is_empty - whether all three names are NULL */
bool container_name_is_empty(const struct container_name *name);

/** container_name_copy - copy all names; the caller releases the copy */
struct container_name container_name_copy(const struct container_name *name);

/** container_name_release - free the names and set them to NULL */
void container_name_release(struct container_name *name);

/**
 * name_of_json - copy a name from a JSON value
 * @object: value of any type, or NULL
 *
 * Return: the name; the caller frees it. NULL if @object is not a string, is
 * empty, contains a NUL or is longer than NAME_LONGEST.
 */
char *name_of_json(struct json_object *object);

/**
 * name_of_key - copy a name from a member of a JSON object
 * @object: value of any type, or NULL
 * @key: key of the member
 *
 * Return: the same as name_of_json(). NULL also if @object is not a JSON object
 * or has no member @key.
 */
char *name_of_key(struct json_object *object, const char *key);

#endif /* CONTAINER_NAME_H */
