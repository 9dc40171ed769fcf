// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Podman, libpod/oci_conmon_common.go, sharedConmonArgs(): each container has a
 * conmon, which is given "-c ID" and "-n NAME" before all that users choose.
 * conmon(8) has both options. conmon is a child subreaper, so it is the parent
 * of the first process of the container: PR_SET_CHILD_SUBREAPER of prctl(2).
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "monitor.h"

/* Return: the word at an offset, NULL if it is not whole. */
static const char *word_at(const char *cmdline, size_t len, size_t offset)
{
	if (offset >= len || !memchr(cmdline + offset, '\0', len - offset))
		return NULL;

	return cmdline + offset;
}

/* Return: the value of the first such option, NULL if there is none. */
static const char *find_option(const char *cmdline, size_t len,
			       const char *option)
{
	const char *word, *before = NULL;

	for (size_t offset = 0; (word = word_at(cmdline, len, offset));
	     offset += strlen(word) + 1) {
		if (before && !strcmp(before, option))
			return word;
		before = word;
	}

	return NULL;
}

bool monitor_parse(const char *cmdline, size_t len, const char *id,
		   struct container_name *name)
{
	const char *program = word_at(cmdline, len, 0), *slash, *of, *value;

	memset(name, 0, sizeof(*name));
	if (!program)
		return false;
	slash = strrchr(program, '/');
	if (strcmp(slash ? slash + 1 : program, "conmon"))
		return false;
	of = find_option(cmdline, len, "-c");
	value = find_option(cmdline, len, "-n");
	if (!of || strcmp(of, id) || !value || !*value ||
	    strlen(value) > NAME_LONGEST)
		return false;
	name->name = strdup(value);
	if (!name->name)
		err(EXIT_FAILURE, "cannot store a name");

	return true;
}
