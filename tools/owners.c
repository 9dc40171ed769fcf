// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Count the PID namespaces of each user, and read the limit. inc_ucount() in
 * 6.12 charges a namespace in each user namespace from its own to the initial
 * one, each time to another user. The limit of a user namespace can be read
 * only inside it, so the counts are those of the caller's user namespace.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pinned.h"

#define LIMIT "sys/user/max_pid_namespaces"

static struct owner_count *get_owner(struct pinned *pinned, uint32_t uid)
{
	struct owner_count *owner;

	for (size_t i = 0; i < pinned->nr_owners; i++)
		if (pinned->owners[i].uid == uid)
			return &pinned->owners[i];
	pinned->owners = reallocarray(pinned->owners, pinned->nr_owners + 1,
				      sizeof(*pinned->owners));
	if (!pinned->owners)
		err(EXIT_FAILURE, "cannot allocate the users");
	owner = &pinned->owners[pinned->nr_owners++];
	*owner = (struct owner_count){ .uid = uid };

	return owner;
}

/* Any process in a namespace leads to the user namespace that owns it. */
static void learn_payer(struct pins *pins, const struct namespace *ns)
{
	char name[64];
	int fd;

	if (!ns->nr_processes)
		return;
	snprintf(name, sizeof(name), "%u/ns/pid", ns->processes[0].pids[0]);
	fd = procfs_open_file(pins->procfs, name);
	if (fd < 0)
		return;
	nsfs_learn_payer(&pins->nsfs, fd);
	close(fd);
}

/* If nothing is known about the user namespace, it is probably not nested. */
static void count(struct pinned *pinned, const struct pins *pins,
		  uint32_t userns, uint32_t owner, bool empty)
{
	const struct payer *payer = nsfs_payer(&pins->nsfs, userns);
	struct owner_count *count;

	if (payer && !payer->charged)
		return;
	count = get_owner(pinned, payer ? payer->uid : owner);
	count->namespaces++;
	count->pinned += empty;
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner_count *first = a, *second = b;

	return first->uid < second->uid ? -1 : first->uid > second->uid;
}

static long long read_limit(const struct procfs *procfs)
{
	int fd = procfs_open_file(procfs, LIMIT);
	long long limit = -1;
	char text[32];
	ssize_t len;

	if (fd < 0)
		return -1;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len > 0) {
		text[len] = '\0';
		limit = strtoll(text, NULL, 10);
	}

	return limit;
}

void count_owners(struct pinned *pinned, const struct tree *tree,
		  struct pins *pins)
{
	/* If the limit is 0, the caller has no namespaces. */
	get_owner(pinned, geteuid());
	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];

		/* The kernel has created the initial namespace. */
		if (ns->inum == INITIAL_INUM || !ns->has_userns)
			continue;
		if (!nsfs_payer(&pins->nsfs, ns->userns))
			learn_payer(pins, ns);
		count(pinned, pins, ns->userns, ns->owner,
		      pinned_is_empty(ns));
	}
	for (size_t i = 0; i < pinned->count; i++)
		if (!pinned->list[i].ns && pinned->list[i].has_owner)
			count(pinned, pins, pinned->list[i].userns,
			      pinned->list[i].owner, true);
	qsort(pinned->owners, pinned->nr_owners, sizeof(*pinned->owners),
	      compare_owners);
	pinned->limit = read_limit(pins->procfs);
}
