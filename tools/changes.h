/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * What has changed from one look to the next.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include "snapshot.h"

/**
 * struct identity - what distinguishes a namespace from all others
 * @inum: inode number, which is reused
 * @nsid: 64-bit id; 0 if the kernel has none
 * @init: PID of the init in the root; 0 if it is unknown
 */
struct identity {
	uint32_t inum;
	uint64_t nsid;
	unsigned int init;
};

/**
 * struct changes - how changes are printed
 * @json: as JSON lines
 * @stamp: the time, as each line begins
 */
struct changes {
	bool json;
	const char *stamp;
};

/**
 * changes_inherit - let processes that have exited keep their cgroups
 * @snap: a snap, just taken
 * @before: the look before it
 * @processes: those of all processes that are shown in @before, not only of the
 *	inits of namespaces
 *
 * Reads the cgroups: a process can be moved to another one. Only if a cgroup
 * cannot be read any more, the one in @before counts.
 */
void changes_inherit(struct snapshot *snap, struct snapshot *before, bool processes);

/**
 * changes_prepare - read what a line about an end must tell
 * @snap: a snap; what is to be shown of it is marked
 * @processes: for processes, too
 *
 * When a process has exited, its cgroup can no longer be read.
 */
void changes_prepare(struct snapshot *snap, bool processes);

/** identity_of - what distinguishes a namespace */
struct identity identity_of(const struct namespace *ns);

/**
 * identity_compare - compare namespaces, perhaps of two looks
 *
 * Return: 0 if they are the same; otherwise their order. A namespace whose init
 * is unknown is taken for one whose init is known.
 */
int identity_compare(const struct identity *a, const struct identity *b);

/**
 * changes_print_namespaces - print which namespaces have changed
 * @before: a look
 * @now: a later one
 * @changes: how
 *
 * A line has '+' for what was created, '-' for what has ended, and '~' for a
 * namespace whose state has changed; then the words of the file, and the
 * container. There is no line for a namespace that exists in both looks, but is
 * shown in one of them only.
 */
void changes_print_namespaces(struct snapshot *before, struct snapshot *now,
			      const struct changes *changes);

/**
 * changes_print_container - print that a container has ended
 * @snap: a look
 * @cgroup: of a process of the container
 * @changes: how
 */
void changes_print_container(struct snapshot *snap, struct cgroup *cgroup,
			     const struct changes *changes);

/**
 * changes_print_processes - print which processes are new or gone
 * @before: a look
 * @now: a later one
 * @changes: how
 *
 * A process that has the PID of an earlier one in the same namespace is taken
 * for that one.
 */
void changes_print_processes(struct snapshot *before, struct snapshot *now,
			     const struct changes *changes);

#endif /* CHANGES_H */
