/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The names of a container, as its engine gives them.
 */
#ifndef CONTAINER_NAME_H
#define CONTAINER_NAME_H

#include <stdbool.h>

struct json_object;

/* Longest name that is accepted, in bytes. */
#define NAME_LONGEST 1024

/**
 * struct container_name - the names of a container
 * @name: name that the engine gives the container, NULL if unknown
 * @pod: name of its Kubernetes or Podman pod, NULL if none or unknown
 * @pod_namespace: Kubernetes namespace of the pod, NULL if none or unknown
 *
 * Untrusted bytes: escape before printing.
 */
struct container_name {
	char *name;
	char *pod;
	char *pod_namespace;
};

/** id_is_hash - whether the id of a container is 64 hexadecimal digits */
bool id_is_hash(const char *id);

/** container_name_is_empty - whether none of the names is known */
bool container_name_is_empty(const struct container_name *name);

/** container_name_copy - copy all names; release the copy, too */
struct container_name container_name_copy(const struct container_name *name);

/** container_name_release - free the names */
void container_name_release(struct container_name *name);

/**
 * name_of_json - copy a JSON string that is a name
 * @object: value of any type, or NULL
 *
 * Return: the bytes, to be freed; NULL if @object is no string, is empty, holds
 * a NUL or is longer than NAME_LONGEST.
 */
char *name_of_json(struct json_object *object);

/**
 * name_of_key - copy the value of a key of a JSON object
 * @object: value of any type, or NULL
 * @key: the key
 *
 * Return: as name_of_json(); NULL also if @object is no object or has no @key.
 */
char *name_of_key(struct json_object *object, const char *key);

#endif /* CONTAINER_NAME_H */
