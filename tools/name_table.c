// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "name_table.h"

/**
 * struct item - a container in a table
 * @id: ID of the container
 * @name: its names
 */
struct item {
	char *id;
	struct container_name name;
};

static int compare_items(const void *a, const void *b)
{
	const struct item *first = a, *second = b;

	return strcmp(first->id, second->id);
}

static void free_item(void *node)
{
	struct item *item = node;

	container_name_release(&item->name);
	free(item->id);
	free(item);
}

void name_table_add(struct name_table *table, const char *id,
		    struct container_name *name)
{
	struct item *item = calloc(1, sizeof(*item));
	struct item **node;

	if (!item)
		err(EXIT_FAILURE, "cannot store a name");
	item->id = strdup(id);
	if (!item->id)
		err(EXIT_FAILURE, "cannot store a name");
	item->name = *name;
	memset(name, 0, sizeof(*name));
	node = tsearch(item, &table->root, compare_items);
	if (!node)
		err(EXIT_FAILURE, "cannot store a name");
	if (*node != item)
		free_item(item);
}

const struct container_name *name_table_find(const struct name_table *table,
					     const char *id)
{
	struct item key = { .id = (char *)id };
	struct item **node = tfind(&key, &table->root, compare_items);

	return node ? &(*node)->name : NULL;
}

void name_table_release(struct name_table *table)
{
	tdestroy(table->root, free_item);
	table->root = NULL;
}
