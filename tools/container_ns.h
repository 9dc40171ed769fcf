/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Find the PID namespaces of a container or of a pod.
 */
#ifndef CONTAINER_NS_H
#define CONTAINER_NS_H

#include "snapshot.h"

/**
 * struct container_ns - a PID namespace with processes of one container
 * @cgroup: cgroup of a process of the container; NULL if the user named the
 *	namespace itself, not a container
 * @ns: the namespace
 * @private: true if the init of @ns is a process of the container, or if
 *	@cgroup is NULL; false if the container shares @ns with other processes
 */
struct container_ns {
	struct cgroup *cgroup;
	const struct namespace *ns;
	bool private;
};

/**
 * struct container_ns_list - namespaces of containers
 * @entries: array of the namespaces; the caller frees it with free()
 * @count: number of entries in use
 * @capacity: number of entries allocated
 */
struct container_ns_list {
	struct container_ns *entries;
	size_t count;
	size_t capacity;
};

/** container_ns_add - append an entry to a list */
void container_ns_add(struct container_ns_list *list, struct cgroup *cgroup,
		      const struct namespace *ns, bool private);

/**
 * container_ns_find - find the namespaces of a container or pod
 * @snap: the snapshot to search
 * @word: ID, prefix of an ID, or name of a container; UID or name of a pod;
 *	ENGINE:// may precede each of them
 * @list: filled on success with the outermost namespaces of the container, or
 *	of each container of the pod; the caller frees the entries
 * @error: filled on error
 *
 * The search reads the cgroups of the namespaces' inits. It reads the cgroups
 * of all processes, one file for each, only if no init matches by ID or name.
 *
 * Return: true if @word matches exactly one container or pod.
 */
bool container_ns_find(struct snapshot *snap, const char *word,
		       struct container_ns_list *list, struct error *error);

#endif /* CONTAINER_NS_H */
