/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The number of PID namespaces of each user, and the limit. inc_ucount() in
 * 6.12 charges a namespace in each user namespace from its own to the initial
 * one, each time to another user. The limit of a user namespace can be read
 * only inside it, so the counts are those of the caller's user namespace.
 */
#ifndef OWNERS_H
#define OWNERS_H

#include "nsfs.h"
#include "procfs.h"
#include "tree.h"

/**
 * struct owner - the PID namespaces of a user
 * @uid: the UID that is charged in the caller's user namespace
 * @namespaces: number of PID namespaces that are known
 * @pinned: number of those without processes
 */
struct owner {
	uint32_t uid;
	size_t namespaces;
	size_t pinned;
};

/**
 * struct owners - the users who have PID namespaces
 * @list: the users
 * @count: number of elements of @list
 */
struct owners {
	struct owner *list;
	size_t count;
};

/**
 * owners_get - find a user, or add a user without namespaces
 * @owners: the users
 * @uid: the UID
 *
 * Return: the user; valid until the next call of a function of owners.h.
 */
struct owner *owners_get(struct owners *owners, uint32_t uid);

/**
 * owners_add - count a namespace
 * @owners: the users
 * @nsfs: what is known about user namespaces
 * @userns: inode number of the user namespace that owns the namespace
 * @owner: UID of the owner of @userns, which is charged if nothing is known
 *	about @userns
 * @empty: the namespace has no processes
 */
void owners_add(struct owners *owners, const struct nsfs *nsfs, uint32_t userns,
		uint32_t owner, bool empty);

/**
 * owners_add_tree - count the namespaces of the file
 * @owners: the users
 * @tree: contents of the file
 * @nsfs: what is known about user namespaces; more is added
 * @procfs: where to learn about user namespaces; NULL for nowhere
 *
 * Counts neither the initial namespace, which the kernel has created, nor those
 * whose user namespace is no descendant of the caller's.
 */
void owners_add_tree(struct owners *owners, const struct tree *tree,
		     struct nsfs *nsfs, const struct procfs *procfs);

/**
 * owners_limit - read user.max_pid_namespaces
 * @procfs: a procfs mount or a saved directory
 * @limit: set to the number of PID namespaces that each user can have
 *
 * Return: false if it is unknown.
 */
bool owners_limit(const struct procfs *procfs, uint64_t *limit);

#endif /* OWNERS_H */
