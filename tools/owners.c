// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "owners.h"

struct owner *owners_get(struct owners *owners, uint32_t uid)
{
	struct owner *owner;

	for (size_t i = 0; i < owners->count; i++)
		if (owners->list[i].uid == uid)
			return &owners->list[i];
	owners->list = reallocarray(owners->list, owners->count + 1,
				    sizeof(*owners->list));
	if (!owners->list)
		err(EXIT_FAILURE, "cannot allocate the users");
	owner = &owners->list[owners->count++];
	*owner = (struct owner){ .uid = uid };

	return owner;
}

/* If nothing is known about the user namespace, it is probably not nested. */
void owners_add(struct owners *owners, const struct nsfs *nsfs, uint32_t userns,
		uint32_t owner, bool empty)
{
	const struct payer *payer = nsfs_payer(nsfs, userns);
	struct owner *user;

	if (payer && !payer->charged)
		return;
	user = owners_get(owners, payer ? payer->uid : owner);
	user->namespaces++;
	user->pinned += empty;
}

/* Any process in a namespace leads to the user namespace that owns it. */
static void learn_payer(struct nsfs *nsfs, const struct procfs *procfs,
			const struct namespace *ns)
{
	char name[64];
	int fd;

	if (!ns->nr_processes)
		return;
	snprintf(name, sizeof(name), "%u/ns/pid", ns->processes[0].pids[0]);
	fd = procfs_open_file(procfs, name);
	if (fd < 0)
		return;
	nsfs_learn_payer(nsfs, fd);
	close(fd);
}

void owners_add_tree(struct owners *owners, const struct tree *tree,
		     struct nsfs *nsfs, const struct procfs *procfs)
{
	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];

		if (ns->inum == INITIAL_INUM || !ns->has_userns)
			continue;
		if (procfs && !nsfs_payer(nsfs, ns->userns))
			learn_payer(nsfs, procfs, ns);
		owners_add(owners, nsfs, ns->userns, ns->owner,
			   namespace_is_empty(ns));
	}
}

bool owners_limit(const struct procfs *procfs, uint64_t *limit)
{
	return procfs_number(procfs_open_file(procfs,
					      "sys/user/max_pid_namespaces"),
			     limit);
}
