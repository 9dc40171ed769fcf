/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Read the names of containers from the bundles of containerd and CRI-O. A
 * bundle is the directory with the configuration of a container, which the
 * engine creates for the OCI runtime. Annotations in its config.json name the
 * container and its pod.
 */
#ifndef BUNDLE_H
#define BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "container_name.h"

/**
 * bundle_of_containerd - get the names of a container of containerd
 * @root: descriptor of the directory that is / for all paths
 * @id: ID of the container, not trusted
 * @name: filled if a name is found, else set to NULLs; the caller releases it
 *
 * Return: true if a name is found.
 */
bool bundle_of_containerd(int root, const char *id,
			  struct container_name *name);

/** bundle_of_crio - the same as bundle_of_containerd(), for CRI-O */
bool bundle_of_crio(int root, const char *id, struct container_name *name);

/**
 * bundle_parse - get the names from a config.json
 * @text: contents of the file
 * @len: length of @text in bytes
 * @name: filled if a name is found, else set to NULLs; the caller releases it
 *
 * The first container of a pod is its sandbox, which runs only "pause". For a
 * sandbox, the name of the container is NULL and only the pod is named.
 *
 * Return: true if a name is found.
 */
bool bundle_parse(const char *text, size_t len, struct container_name *name);

#endif /* BUNDLE_H */
