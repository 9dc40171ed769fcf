// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Each container of Podman has a process conmon, see conmon(8). Podman passes
 * "-c ID" and "-n NAME" before any argument that a user can choose
 * (sharedConmonArgs() in libpod/oci_conmon_common.go). conmon is a child
 * subreaper (PR_SET_CHILD_SUBREAPER in prctl(2)), so it becomes the parent of
 * the first process of the container.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "monitor.h"

/* Return: the argument at an offset; NULL if it has no NUL at its end. */
static const char *argument_at(const char *cmdline, size_t len, size_t offset)
{
	if (offset >= len || !memchr(cmdline + offset, '\0', len - offset))
		return NULL;

	return cmdline + offset;
}

/* Return: the value of the first @option; NULL if there is none. */
static const char *find_option(const char *cmdline, size_t len,
			       const char *option)
{
	const char *argument, *previous = NULL;

	for (size_t offset = 0; (argument = argument_at(cmdline, len, offset));
	     offset += strlen(argument) + 1) {
		if (previous && !strcmp(previous, option))
			return argument;
		previous = argument;
	}

	return NULL;
}

bool monitor_parse(const char *cmdline, size_t len, const char *id,
		   struct container_name *name)
{
	const char *program = argument_at(cmdline, len, 0);
	const char *slash, *own_id, *value;

	memset(name, 0, sizeof(*name));
	if (!program)
		return false;
	slash = strrchr(program, '/');
	if (strcmp(slash ? slash + 1 : program, "conmon"))
		return false;
	own_id = find_option(cmdline, len, "-c");
	value = find_option(cmdline, len, "-n");
	if (!own_id || strcmp(own_id, id) || !value || !*value ||
	    strlen(value) > NAME_LONGEST)
		return false;
	name->name = strdup(value);
	if (!name->name)
		err(EXIT_FAILURE, "cannot store a name");

	return true;
}
