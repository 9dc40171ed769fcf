/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Names of containers: asked of their engines, once for each container.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "container.h"
#include "container_name.h"

/* A cache of names. One serves for a run of the program. */
struct names;

/**
 * names_new - begin without any name
 * @root: directory that has /run of the engines, for tests; NULL for /
 *
 * No engine is asked, and no library is loaded.
 *
 * Return: to be freed with names_free().
 */
struct names *names_new(const char *root);

/** names_free - free all names */
void names_free(struct names *names);

/**
 * names_find - find the names of a container
 * @names: the cache
 * @container: the container; may have no id
 * @user: UID that the engine of the container may run as, by names_user(); 0
 *	for root
 *
 * The first call that needs an engine asks that engine for all its containers.
 * All engines together delay a look by at most 300 ms. The environment variable
 * PIDNSTREE_ENGINE_MS has another limit: more for slow engines, 0 to ask none.
 * An engine that does not answer has no names. It is asked again after 60 s at
 * the earliest, in a later snap.
 *
 * For containers of engines that identify containers by name, such as LXC and
 * systemd-nspawn, there are no names: the id is the name.
 *
 * Return: the names, at least one of them known, valid until names_free(); NULL
 * if no name is known.
 */
const struct container_name *names_find(struct names *names,
					const struct container *container,
					uint32_t user);

/**
 * names_find_monitor - find the name of a container by its monitor
 * @names: the cache
 * @container: the container
 * @user: as for names_find()
 * @cmdline: /proc/PID/cmdline of the parent of the container's first process
 * @len: its length in bytes
 *
 * For containers of Podman that names_find() has found no name for: on many
 * machines, the service with Podman's API is not enabled, or starts too slowly
 * for the first snap. The monitor knows the name that the container was started
 * with, but not its pod.
 *
 * Return: as names_find(), which returns the same from here on.
 */
const struct container_name *
names_find_monitor(struct names *names, const struct container *container,
		   uint32_t user, const char *cmdline, size_t len);

/**
 * names_renew - begin another look
 * @names: the cache
 *
 * Engines may be asked again for containers without a name, and have the time
 * of a look again. Known names stay, even if a container is renamed.
 */
void names_renew(struct names *names);

/**
 * names_user - find the user that a cgroup belongs to
 * @cgroup: path of a cgroup below the root of its hierarchy
 * @user: set if the path begins with the slice of a user
 *
 * systemd puts the sessions of a user below /user.slice/user-UID.slice. The
 * containers that the user's own engines start there belong to the user. A
 * slice of that name deeper in the path is one of a systemd inside a container.
 *
 * Return: whether there is such a user.
 */
bool names_user(const char *cgroup, uint32_t *user);

/**
 * names_load - read names that names_save() has written
 * @names: the cache
 * @fd: descriptor of the file, which is closed; -1 with errno if it could not
 *	be opened
 *
 * The names are those of another machine or of another time, so from here on no
 * engine is asked, even if the file cannot be read. Malformed lines are ignored.
 * If a container has two lines, the first counts.
 *
 * Return: false with errno if the file cannot be read, or is not regular.
 */
bool names_load(struct names *names, int fd);

/**
 * names_save - write the names that names_find() has found so far
 * @names: the cache
 * @file: where to
 *
 * After the header there is a line for each container: its id, its name, its
 * pod and the namespace of the pod, with spaces between. Bytes that are not
 * printable ASCII, spaces and '\' are \ooo, octal. "-" is an unknown name; a
 * name that is "-" is \055.
 *
 * Return: 0, or -1 with errno if the file has an error.
 */
int names_save(struct names *names, FILE *file);

#endif /* NAMES_H */
