/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The monitor of a container of Podman: the parent of its first process.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "container_name.h"

/**
 * monitor_parse - get the name of a container from the words of its monitor
 * @cmdline: words of a process, each with a NUL after it, any bytes
 * @len: length in bytes
 * @id: id of the container
 * @name: filled if the name is found; to be released
 *
 * Return: whether the process is the monitor of that container.
 */
bool monitor_parse(const char *cmdline, size_t len, const char *id,
		   struct container_name *name);

#endif /* MONITOR_H */
