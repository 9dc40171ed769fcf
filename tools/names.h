/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Find the names of containers. Each name is found once and then cached.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "container.h"
#include "container_name.h"

/* A cache of names. The program has one. */
struct names;

/**
 * names_new - create an empty cache
 * @root: directory that is / for the paths of engines, for tests; NULL for /
 *
 * Sends no request to an engine and loads no library.
 *
 * Return: the cache; the caller frees it with names_free().
 */
struct names *names_new(const char *root);

/** names_free - free a cache with all its names */
void names_free(struct names *names);

/**
 * names_find - find the names of a container
 * @names: the cache
 * @container: the container; its ID may be NULL
 * @user: UID that the engine of the container may run as, from names_user(); 0
 *	for root
 *
 * The first call that needs an engine requests the list of all containers of
 * that engine. All requests together delay a snapshot by at most 300 ms. The
 * environment variable PIDNSTREE_ENGINE_MS sets another limit; 0 disables the
 * requests. If an engine does not answer in time, its containers have no names.
 * The next request to that engine is sent at least 60 s later, in another
 * snapshot.
 *
 * Containers of engines that identify containers by name, such as LXC and
 * systemd-nspawn, have no names here: their ID is the name.
 *
 * Return: the names, at least one of them not NULL, valid until names_free().
 * NULL if no name is known.
 */
const struct container_name *names_find(struct names *names,
					const struct container *container,
					uint32_t user);

/**
 * names_find_monitor - find the name of a container in its monitor's arguments
 * @names: the cache
 * @container: the container
 * @user: as for names_find()
 * @cmdline: /proc/PID/cmdline of the parent of the container's first process
 * @len: length of @cmdline in bytes
 *
 * Call it for a Podman container if names_find() finds no name. On many
 * machines, the service with Podman's API is not enabled, or it starts too
 * slowly for the first snapshot. The arguments of the monitor have the name
 * that the container was started with, but not the pod.
 *
 * Return: the same as names_find(), which returns the same names from then on.
 */
const struct container_name *
names_find_monitor(struct names *names, const struct container *container,
		   uint32_t user, const char *cmdline, size_t len);

/**
 * names_start_no_engine - send no request that could start an engine
 * @names: the cache
 *
 * systemd starts an engine for a request to its socket. From here on, only an
 * engine that is known to run gets requests, which is dockerd of root. Names of
 * Podman then come from names_find_monitor().
 */
void names_start_no_engine(struct names *names);

/**
 * names_begin_snapshot - start another snapshot
 * @names: the cache
 *
 * From here on, engines may be sent another request for containers without a
 * name, and have the time of one snapshot again. Known names stay the same,
 * even if a container is renamed.
 */
void names_begin_snapshot(struct names *names);

/**
 * names_user - find the user that a cgroup belongs to
 * @cgroup: path of a cgroup, relative to the root of its hierarchy
 * @user: set to the UID if the path begins with the slice of a user
 *
 * systemd puts the sessions of a user below /user.slice/user-UID.slice, and so
 * the containers of the user's own engines. A slice with such a name deeper in
 * the path belongs to another systemd, inside a container.
 *
 * Return: true if the path begins with the slice of a user.
 */
bool names_user(const char *cgroup, uint32_t *user);

/**
 * names_load - read names that names_save() wrote
 * @names: the cache
 * @fd: descriptor of the file; names_load() closes it. -1 with errno set if the
 *	file could not be opened
 *
 * The names belong to another machine or to another time. So from here on no
 * request is sent to an engine, even if the file cannot be read. Malformed
 * lines are ignored. If a container has two lines, the first is used.
 *
 * Return: false with errno set if the file cannot be read, or if it is not a
 * regular file.
 */
bool names_load(struct names *names, int fd);

/**
 * names_save - write all names that were found so far
 * @names: the cache
 * @file: the file to write to
 *
 * After a header, the file has a line for each container. The fields of a line
 * are the ID, the name, the pod and the namespace of the pod, separated by
 * spaces. Bytes that are not printable ASCII, spaces, '\' and '#' are written
 * as \ooo, octal. The field "-" is an unknown name; the name "-" is written as
 * \055.
 *
 * Return: 0; -1 with errno set if an error occurred while writing.
 */
int names_save(struct names *names, FILE *file);

#endif /* NAMES_H */
