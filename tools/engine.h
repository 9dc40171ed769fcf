/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The HTTP API of Docker and Podman: one request, one list of containers.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "container_name.h"

/**
 * enum engine_api - which list to request
 * @ENGINE_DOCKER: that of Docker
 * @ENGINE_PODMAN: that of Podman, which has the names of pods as well
 */
enum engine_api {
	ENGINE_DOCKER,
	ENGINE_PODMAN,
};

/**
 * enum engine_result - how an engine answered
 * @ENGINE_ANSWERED: it answered, or refused to
 * @ENGINE_SILENT: the time was over first
 */
enum engine_result {
	ENGINE_ANSWERED,
	ENGINE_SILENT,
};

/**
 * typedef engine_found - take a container of a list
 * @id: 64 hexadecimal digits
 * @name: its names, at least one of them known; valid during the call
 * @arg: as given with the function
 */
typedef void engine_found(const char *id, const struct container_name *name,
			  void *arg);

/** monotonic_ms - CLOCK_MONOTONIC in milliseconds, never 0 */
int64_t monotonic_ms(void);

/**
 * engine_load - load libcurl
 *
 * Only the first call tries.
 *
 * Return: whether engine_ask() can be called.
 */
bool engine_load(void);

/**
 * engine_ask - request the list of containers of an engine
 * @socket: descriptor, by O_PATH, of the engine's Unix socket
 * @api: which list
 * @milliseconds: longest time to wait, more than 0
 * @found: called for each container
 * @arg: for @found
 *
 * The engine may belong to another user and is not trusted: the length of its
 * answer, the memory that the answer takes and the time are bounded.
 */
enum engine_result engine_ask(int socket, enum engine_api api,
			      unsigned int milliseconds, engine_found *found,
			      void *arg);

/**
 * engine_list_new - begin to parse a list of containers
 * @found: called for each container
 * @arg: for @found
 *
 * The list is parsed while it arrives, one container at a time, so that the
 * memory is that of the largest container and not that of the list.
 *
 * Return: to be freed with engine_list_free().
 */
struct engine_list *engine_list_new(engine_found *found, void *arg);

/**
 * engine_list_feed - parse the next bytes of a list
 * @list: the list
 * @bytes: the bytes
 * @len: how many
 *
 * Return: false at the end of the list, and when the list is malformed or too
 * long. No more bytes must be fed then.
 */
bool engine_list_feed(struct engine_list *list, const char *bytes, size_t len);

/** engine_list_free - end the parsing, wherever it is */
void engine_list_free(struct engine_list *list);

#endif /* ENGINE_H */
