/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Read the name of a Podman container from the arguments of its monitor,
 * conmon.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "container_name.h"

/**
 * monitor_parse - get the name of a container from its monitor's arguments
 * @cmdline: contents of /proc/PID/cmdline, not trusted: the arguments, each
 *	followed by a NUL
 * @len: length of @cmdline in bytes
 * @id: ID of the container
 * @name: filled if the name is found, else set to NULLs; the caller releases it
 *
 * Return: true if the process is the monitor of this container and the name is
 * found.
 */
bool monitor_parse(const char *cmdline, size_t len, const char *id,
		   struct container_name *name);

#endif /* MONITOR_H */
