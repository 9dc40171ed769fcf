/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Request the list of containers from Docker or Podman by their HTTP API.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "container_name.h"

/**
 * enum engine_api - the API of an engine
 * @ENGINE_DOCKER: Docker
 * @ENGINE_PODMAN: Podman, whose list also has the names of pods
 */
enum engine_api {
	ENGINE_DOCKER,
	ENGINE_PODMAN,
};

/**
 * enum engine_result - result of a request
 * @ENGINE_ANSWERED: the request ended in time, with or without a list
 * @ENGINE_SILENT: the request timed out
 */
enum engine_result {
	ENGINE_ANSWERED,
	ENGINE_SILENT,
};

/**
 * typedef engine_found - called for each container in a list
 * @id: ID of the container, 64 hexadecimal digits
 * @name: its names, at least one of them not NULL; valid during the call
 * @arg: argument given with the function
 */
typedef void engine_found(const char *id, const struct container_name *name,
			  void *arg);

/** monotonic_ms - CLOCK_MONOTONIC in milliseconds, never 0 */
int64_t monotonic_ms(void);

/**
 * engine_load - load libcurl
 *
 * Only the first call tries to load it.
 *
 * Return: true if libcurl is loaded. Call engine_request_list() only then.
 */
bool engine_load(void);

/**
 * engine_request_list - request the list of containers of an engine
 * @socket: O_PATH descriptor of the engine's Unix socket
 * @api: the API of the engine
 * @milliseconds: timeout, more than 0
 * @found: called for each container
 * @arg: argument for @found
 *
 * The engine may belong to another user, so it is not trusted: the size of the
 * answer, the memory to parse it and the time are limited.
 *
 * Return: whether the request ended in time.
 */
enum engine_result engine_request_list(int socket, enum engine_api api,
				       unsigned int milliseconds,
				       engine_found *found, void *arg);

/**
 * engine_list_new - create a parser for a list of containers
 * @found: called for each container
 * @arg: argument for @found
 *
 * The list is parsed while it arrives, one container at a time. So the memory
 * needed depends on the largest container, not on the length of the list.
 *
 * Return: the parser; the caller frees it with engine_list_free().
 */
struct engine_list *engine_list_new(engine_found *found, void *arg);

/**
 * engine_list_feed - parse the next bytes of a list
 * @list: the parser
 * @bytes: the bytes
 * @len: number of bytes
 *
 * Return: false at the end of the list, and if the list is malformed or too
 * long. Do not call the function again then.
 */
bool engine_list_feed(struct engine_list *list, const char *bytes, size_t len);

/** engine_list_free - free a parser, at any point of the list */
void engine_list_free(struct engine_list *list);

#endif /* ENGINE_H */
