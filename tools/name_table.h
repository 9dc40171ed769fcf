/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A table of the names of containers. The key is the ID of the container.
 */
#ifndef NAME_TABLE_H
#define NAME_TABLE_H

#include "container_name.h"

/**
 * struct name_table - a table of names
 * @root: root of a binary tree, for tsearch(3); NULL if the table is empty
 */
struct name_table {
	void *root;
};

/**
 * name_table_add - add the names of a container
 * @table: the table
 * @id: ID of the container; is copied
 * @name: the names; moved to the table, and empty on return
 *
 * Does nothing if the table has the container already.
 */
void name_table_add(struct name_table *table, const char *id,
		    struct container_name *name);

/**
 * name_table_find - find the names of a container
 * @table: the table
 * @id: ID of the container
 *
 * Return: the names, valid until name_table_release(); NULL if the table does
 * not have the container.
 */
const struct container_name *name_table_find(const struct name_table *table,
					     const char *id);

/** name_table_release - remove all containers from a table */
void name_table_release(struct name_table *table);

#endif /* NAME_TABLE_H */
