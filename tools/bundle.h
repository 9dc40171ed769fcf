/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The bundles of containerd and CRI-O. A bundle is the directory that an engine
 * gives the OCI runtime for a container. The annotations in its config.json
 * name the container and its pod.
 */
#ifndef BUNDLE_H
#define BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "container_name.h"

/**
 * bundle_of_containerd - get the names of a container of containerd
 * @root: descriptor of the directory that is / for all paths
 * @id: id of the container, any bytes
 * @name: filled if the names are found; to be released
 *
 * Return: whether any name was found.
 */
bool bundle_of_containerd(int root, const char *id,
			  struct container_name *name);

/** bundle_of_crio - as bundle_of_containerd(), for a container of CRI-O */
bool bundle_of_crio(int root, const char *id, struct container_name *name);

/**
 * bundle_parse - get the names from the text of a config.json
 * @text: the text
 * @len: its length in bytes
 * @name: filled if the names are found; to be released
 *
 * The name of a sandbox, which is the first container of a pod and runs only
 * "pause", is NULL: only its pod has a name.
 *
 * Return: whether any name was found.
 */
bool bundle_parse(const char *text, size_t len, struct container_name *name);

#endif /* BUNDLE_H */
