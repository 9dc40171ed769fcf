/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Which PID namespaces a container is in.
 */
#ifndef HOMES_H
#define HOMES_H

#include "snapshot.h"

/**
 * struct home - a namespace that processes of a container are in
 * @cgroup: of a process of the container; NULL if the namespace was not found
 *	by a container
 * @ns: the namespace
 * @owner: the init of @ns is a process of the container; if it is not, the
 *	container shares the namespace
 */
struct home {
	struct cgroup *cgroup;
	const struct namespace *ns;
	bool owner;
};

/**
 * struct homes - a list of them, to be freed with free(@list)
 * @list: the list
 * @count: how many are in it
 * @room: how many there is room for
 */
struct homes {
	struct home *list;
	size_t count;
	size_t room;
};

/** homes_add - append a home */
void homes_add(struct homes *homes, struct cgroup *cgroup,
	       const struct namespace *ns, bool owner);

/**
 * homes_find - find the namespaces of a container or pod
 * @snap: where to look
 * @word: id, or the start of one; name; UID or name of a pod; with or without
 *	ENGINE:// before it
 * @homes: filled: the outermost namespaces of the container, or of each
 *	container of the pod
 * @error: filled on error
 *
 * A container is first looked for among the inits of namespaces, then among all
 * processes, which takes a file of each.
 *
 * Return: whether one container or pod was found.
 */
bool homes_find(struct snapshot *snap, const char *word, struct homes *homes,
		struct error *error);

#endif /* HOMES_H */
