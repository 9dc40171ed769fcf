// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Parse any bytes as a source of container names. The first byte selects the
 * source: 'b' is a bundle, 'm' the arguments of a monitor, 's' a file with
 * saved names. Any other byte is the list of an engine, and is the size of the
 * pieces in which the list arrives.
 */
#include <stdio.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bundle.h"
#include "engine.h"
#include "monitor.h"
#include "names.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define ONE "1111111111111111111111111111111111111111111111111111111111111111"

static void check(bool condition)
{
	if (!condition)
		abort();
}

static void check_field(const char *field)
{
	check(!field || (*field && strlen(field) <= NAME_LONGEST));
}

static void check_name(const struct container_name *name)
{
	check(!container_name_is_empty(name));
	check_field(name->name);
	check_field(name->pod);
	check_field(name->pod_namespace);
}

static void found(const char *id, const struct container_name *name, void *arg)
{
	(void)arg;
	check(id_is_hash(id));
	check_name(name);
}

static void parse_bundle(const char *text, size_t size)
{
	struct container_name name;

	if (bundle_parse(text, size, &name))
		check_name(&name);
	else
		check(container_name_is_empty(&name));
	container_name_release(&name);
}

static void parse_monitor(const char *arguments, size_t size)
{
	/* Allocate the exact size, so that ASan detects an overrun. */
	char *cmdline = malloc(size ? size : 1);
	struct container_name name;

	check(cmdline);
	memcpy(cmdline, arguments, size);
	if (monitor_parse(cmdline, size, ONE, &name))
		check_name(&name);
	container_name_release(&name);
	free(cmdline);
}

static void parse_list(const char *text, size_t size, size_t piece)
{
	struct engine_list *list = engine_list_new(found, NULL);

	while (size) {
		size_t len = piece < size ? piece : size;
		/* The exact size, as in parse_monitor(). */
		char *bytes = malloc(len);
		bool more;

		check(bytes);
		memcpy(bytes, text, len);
		more = engine_list_feed(list, bytes, len);
		free(bytes);
		if (!more)
			break;
		text += len;
		size -= len;
	}
	engine_list_free(list);
}

static void load_names(const char *text, size_t size)
{
	struct container container = { .id = (char *)ONE };
	const struct container_name *name;
	struct names *names = names_new(NULL);
	int file = memfd_create("names", 0);
	char path[64];

	check(file >= 0 && write(file, text, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	check(names_load(names, open(path, O_RDONLY)));
	name = names_find(names, &container, 0);
	if (name)
		check_name(name);
	names_free(names);
	close(file);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (!size)
		return 0;
	if (*data == 'b')
		parse_bundle(text, size - 1);
	else if (*data == 'm')
		parse_monitor(text, size - 1);
	else if (*data == 's')
		load_names(text, size - 1);
	else
		parse_list(text, size - 1, *data ? *data : 1);

	return 0;
}
