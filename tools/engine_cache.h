/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The lists of containers of all engines that have a socket. Finds the sockets,
 * sends each engine at most one request in a snapshot, and limits the time that
 * the engines may take.
 */
#ifndef ENGINE_CACHE_H
#define ENGINE_CACHE_H

#include <stdint.h>

#include "container_name.h"
#include "engine.h"

/* The lists of all engines. */
struct engine_cache;

/**
 * engine_cache_new - create a cache without any list
 * @root: descriptor of the directory that is / for the paths of sockets; must
 *	stay open as long as the cache; -1 if there is no such directory
 *
 * Return: the cache; the caller frees it with engine_cache_free().
 */
struct engine_cache *engine_cache_new(int root);

/** engine_cache_free - free all lists */
void engine_cache_free(struct engine_cache *cache);

/**
 * engine_cache_begin_snapshot - start another snapshot
 * @cache: the cache
 *
 * From here on, each engine may be sent another request, and the engines have
 * the time of one snapshot again. A list stays in use until the next request.
 */
void engine_cache_begin_snapshot(struct engine_cache *cache);

/**
 * engine_cache_find - find the names of a container
 * @cache: the cache
 * @api: the API of the container's engine
 * @id: ID of the container
 * @user: UID that the engine may run as; 0 for root
 *
 * Searches the lists of four engines, in this order: the engine that the
 * environment selects, the engine of root, of the caller, and of @user. Sends a
 * request to an engine whose list does not have the container.
 *
 * Return: the names, valid until the next call of any function of the cache;
 * NULL if no engine has the container.
 */
const struct container_name *engine_cache_find(struct engine_cache *cache,
					       enum engine_api api,
					       const char *id, uint32_t user);

#endif /* ENGINE_CACHE_H */
