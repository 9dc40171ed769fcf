/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A snapshot is one read of the file, parsed, together with what procfs and the
 * container engines add to it.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "container.h"
#include "error.h"
#include "names.h"
#include "procfs.h"
#include "tree.h"

/**
 * struct source - where snapshots are read from
 * @file: a saved copy of the file, which is read instead of pidns_tree in
 *	@procfs; "-" is standard input; NULL for none. With @file, nothing else
 *	is read
 * @procfs: the procfs mount, or a saved directory
 * @names: names of containers
 */
struct source {
	const char *file;
	struct procfs procfs;
	struct names *names;
};

/**
 * struct cgroup - the cgroup of a process and what its path implies
 * @path: path of the cgroup; NULL if the process has exited or may not be
 *	inspected
 * @unit: systemd unit; NULL if there is none
 * @container: container; its ID is NULL if there is none
 * @names: names of @container; NULL if unknown or not looked up yet
 * @cached: @path, @unit and @container are valid
 * @names_cached: @names is valid
 */
struct cgroup {
	char *path;
	char *unit;
	struct container container;
	const struct container_name *names;
	bool cached;
	bool names_cached;
};

/**
 * struct snapshot - one read of the file
 * @tree: the parsed file
 * @source: where it was read from; must outlive the snapshot
 * @cgroups: cgroups of the processes of @tree, then of the namespaces whose
 *	init is not among them; NULL before the first lookup
 */
struct snapshot {
	struct tree tree;
	const struct source *source;
	struct cgroup *cgroups;
};

/**
 * snapshot_read - read the file or a saved copy of it
 * @source: where to read from
 * @len: set to the number of bytes
 * @error: filled on error
 *
 * Return: the contents; the caller frees them. NULL on error.
 */
char *snapshot_read(const struct source *source, size_t *len,
		    struct error *error);

/**
 * snapshot_read_fd - read an open file, which can be pidns_tree of any procfs
 * @fd: descriptor
 * @len: set to the number of bytes
 *
 * Stops early if the file is foreign: what has been read then suffices for the
 * message of tree_parse().
 *
 * Return: the contents; the caller frees them. NULL with errno set on error.
 */
char *snapshot_read_fd(int fd, size_t *len);

/**
 * snapshot_parse - make a snapshot of the contents of the file
 * @snap: filled; release it with snapshot_release() if there is no error
 * @source: where the contents were read from
 * @text: the contents, from malloc(); @snap takes ownership
 * @len: number of bytes in @text
 * @error: filled on error
 *
 * All namespaces and processes are shown at first.
 *
 * Return: false on error.
 */
bool snapshot_parse(struct snapshot *snap, const struct source *source,
		    char *text, size_t len, struct error *error);

/**
 * snapshot_take - read the file and parse it
 * @snap: filled; release it with snapshot_release() if there is no error
 * @source: where to read from
 * @error: filled on error
 *
 * Return: false on error.
 */
bool snapshot_take(struct snapshot *snap, const struct source *source,
		   struct error *error);

/** snapshot_release - free the members of a snapshot */
void snapshot_release(struct snapshot *snap);

/** snapshot_is_live - whether a procfs or a saved directory adds to @tree */
bool snapshot_is_live(const struct snapshot *snap);

/**
 * snapshot_is_limited - whether the snapshot is known to be incomplete
 * @snap: the snapshot
 *
 * A hidden init or an empty tree proves that something is hidden.
 */
bool snapshot_is_limited(const struct snapshot *snap);

/**
 * snapshot_is_kthread - whether a process is a kernel thread
 * @snap: the snapshot
 * @proc: the process
 *
 * Valid only if tree_has_kthreads(). Reads the command line of the process: a
 * kernel thread has none, but a program that the kernel started has one.
 */
bool snapshot_is_kthread(const struct snapshot *snap,
			 const struct process *proc);

/**
 * snapshot_cgroup - get the cgroup of a process
 * @snap: the snapshot
 * @proc: the process
 *
 * The first call reads /proc/PID/cgroup.
 *
 * Return: never NULL.
 */
struct cgroup *snapshot_cgroup(struct snapshot *snap,
			       const struct process *proc);

/**
 * snapshot_inherit_cgroup - preserve the cgroup of a process that has exited
 * @cgroup: cgroup of the process in a snapshot
 * @zombie: the process is a zombie in that snapshot
 * @before: cgroup of the process in an earlier snapshot
 *
 * Swaps the two if @cgroup could not be read. For a zombie, cgroup v1 prints
 * the root cgroup (proc_cgroup_show() in 6.12), so this also swaps the two for
 * a zombie without a container.
 */
void snapshot_inherit_cgroup(struct cgroup *cgroup, bool zombie,
			     struct cgroup *before);

/**
 * snapshot_init_cgroup - get the cgroup of the init of a namespace
 * @snap: the snapshot
 * @ns: the namespace
 *
 * Return: never NULL. If the init is hidden, path and container ID are NULL.
 */
struct cgroup *snapshot_init_cgroup(struct snapshot *snap,
				    const struct namespace *ns);

/**
 * cgroup_id - get the string that identifies the container of a cgroup
 * @cgroup: the cgroup
 *
 * For LXC, two containers can have IDs that differ only in a suffix that may or
 * may not be part of the name. So this returns the name with the suffix.
 *
 * Return: NULL if there is no container.
 */
const char *cgroup_id(const struct cgroup *cgroup);

/** same_container - whether two cgroups belong to the same container */
bool same_container(const struct cgroup *a, const struct cgroup *b);

/**
 * snapshot_container - get the container of the init of a namespace
 * @snap: the snapshot
 * @ns: the namespace
 *
 * Return: NULL if there is none or if it is unknown.
 */
const struct container *snapshot_container(struct snapshot *snap,
					   const struct namespace *ns);

/**
 * snapshot_names - get the names of the container of a cgroup
 * @snap: the snapshot
 * @cgroup: the cgroup
 *
 * The first call queries the container engine.
 *
 * Return: NULL if there is no container or if its names are unknown.
 */
const struct container_name *snapshot_names(struct snapshot *snap,
					    struct cgroup *cgroup);

/**
 * snapshot_command - get the command line of a process
 * @snap: the snapshot
 * @pid: PID of the process in the root
 * @proc: the process; NULL if only @pid is known
 *
 * Reads /proc/PID/cmdline.
 *
 * Return: the command line, or the name if there is no command line; the caller
 * frees it. NULL if neither is known.
 */
char *snapshot_command(const struct snapshot *snap, unsigned int pid,
		       const struct process *proc);

/**
 * snapshot_user - get the name of a user
 * @snap: the snapshot
 * @uid: UID of the user
 *
 * Return: the name; the UID if the user has no name, or if the snapshot comes
 * from another machine. The caller frees it.
 */
char *snapshot_user(const struct snapshot *snap, uint32_t uid);

#endif /* SNAPSHOT_H */
