/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * For --pinned: the PID namespaces without processes, what pins them, and how
 * many PID namespaces each user has.
 */
#ifndef PINNED_H
#define PINNED_H

#include "options.h"
#include "owners.h"
#include "pins.h"

/**
 * struct pinned_ns - a PID namespace without processes
 * @inum: inode number
 * @ns: its line in the file; NULL if the file does not have it
 * @parent: inode number of its parent; 0 if unknown
 * @nsid: 64-bit ID; 0 if unknown
 * @state: pending or dead; NULL if unknown
 * @has_owner: @owner is valid
 * @owner: UID of the owner of its user namespace
 * @userns: inode number of its user namespace; 0 if unknown
 * @pinned: it has a pin, perhaps one that procfs does not show
 * @pins: what pins it
 * @nr_pins: number of elements of @pins; 0 if nothing was found
 */
struct pinned_ns {
	uint32_t inum;
	const struct namespace *ns;
	uint32_t parent;
	uint64_t nsid;
	const char *state;
	bool has_owner;
	uint32_t owner;
	uint32_t userns;
	bool pinned;
	const struct pin *pins;
	size_t nr_pins;
};

/**
 * struct pinned - all that --pinned prints
 * @list: the namespaces without processes, by inode number
 * @count: number of elements of @list
 * @unknown: pins whose namespaces are unknown
 * @nr_unknown: number of elements of @unknown
 * @owners: the users, by UID
 * @has_limit: @limit is valid
 * @limit: number of PID namespaces that each user can have
 */
struct pinned {
	struct pinned_ns *list;
	size_t count;
	const struct pin *unknown;
	size_t nr_unknown;
	struct owners owners;
	bool has_limit;
	uint64_t limit;
};

/**
 * pinned - search for namespaces without processes, and print them
 * @options: the command line
 * @error: filled on error
 *
 * Return: false on error.
 */
bool pinned(const struct options *options, struct error *error);

/** render_pinned_table - print tables */
void render_pinned_table(const struct pinned *pinned, struct snapshot *snap,
			 const struct table *table);

/** render_pinned_json - print JSON */
void render_pinned_json(const struct pinned *pinned, struct snapshot *snap);

#endif /* PINNED_H */
