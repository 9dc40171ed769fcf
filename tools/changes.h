/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Compare two snapshots and print what has changed.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include "snapshot.h"

/**
 * struct identity - identifies a namespace across snapshots
 * @inum: inode number, which the kernel reuses
 * @nsid: 64-bit ID, never reused; 0 if the kernel has none
 * @init: PID of the init in the root; 0 if unknown
 */
struct identity {
	uint32_t inum;
	uint64_t nsid;
	unsigned int init;
};

/**
 * struct changes - how to print changes
 * @json: print JSON lines
 * @stamp: the time, for the start of each line
 */
struct changes {
	bool json;
	const char *stamp;
};

/**
 * changes_inherit - preserve the cgroups of processes that have exited
 * @snap: the new snapshot
 * @before: the previous snapshot
 * @processes: for all processes that are shown in @before, not only for the
 *	inits of namespaces
 *
 * Reads the cgroup of each process again, because a process can move to another
 * cgroup. If that fails, uses the cgroup in @before.
 */
void changes_inherit(struct snapshot *snap, struct snapshot *before,
		     bool processes);

/**
 * changes_prepare - read the cgroups and names that later lines may need
 * @snap: a snapshot in which what to print is marked
 * @processes: also for processes, not only for inits of namespaces
 *
 * Once a process has been reaped, its cgroup can no longer be read.
 */
void changes_prepare(struct snapshot *snap, bool processes);

/** identity_of - get the identity of a namespace */
struct identity identity_of(const struct namespace *ns);

/**
 * identity_compare - compare namespaces of the same or of two snapshots
 * @a: identity of a namespace
 * @b: identity of another or the same namespace
 *
 * The init is ignored if it is unknown in one of them.
 *
 * Return: 0 if the namespaces are the same, otherwise their order.
 */
int identity_compare(const struct identity *a, const struct identity *b);

/**
 * changes_print_namespaces - print which namespaces have changed
 * @before: the earlier snapshot
 * @now: the later snapshot
 * @changes: format
 *
 * A line has '+' for a new namespace, '-' for a namespace that has ended, and
 * '~' for a changed state; then fields of the file, and the container. A
 * namespace that exists in both snapshots is neither new nor ended, even if
 * only one of them shows it.
 */
void changes_print_namespaces(struct snapshot *before, struct snapshot *now,
			      const struct changes *changes);

/**
 * changes_print_container - print that a container has ended
 * @snap: the last snapshot with the container
 * @cgroup: cgroup of a process of the container
 * @changes: format
 */
void changes_print_container(struct snapshot *snap, struct cgroup *cgroup,
			     const struct changes *changes);

/**
 * changes_print_missed - print how many namespaces were in no snapshot
 * @count: number of namespaces that were created and freed between two snapshots
 * @changes: format
 */
void changes_print_missed(size_t count, const struct changes *changes);

/**
 * changes_print_processes - print which processes are new or have ended
 * @before: the earlier snapshot
 * @now: the later snapshot
 * @changes: format
 *
 * Processes with the same PID in the same namespace count as the same process.
 */
void changes_print_processes(struct snapshot *before, struct snapshot *now,
			     const struct changes *changes);

#endif /* CHANGES_H */
