/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * One look: the output of the module, parsed, and what procfs and the container
 * engines add to it.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "container.h"
#include "error.h"
#include "names.h"
#include "procfs.h"
#include "tree.h"

/**
 * struct source - where looks are taken from
 * @file: a saved copy of the file to read instead of pidns_tree in @procfs; "-"
 *	is standard input; NULL for none. It stands alone: nothing is looked up
 * @procfs: where to read everything else
 * @names: names of containers
 */
struct source {
	const char *file;
	struct procfs procfs;
	struct names *names;
};

/**
 * struct cgroup - the cgroup of a process, and what its path tells
 * @path: its path; NULL if the process has exited or may not be inspected
 * @unit: the systemd unit; NULL if there is none
 * @container: the container; its id is NULL if there is none
 * @names: names of @container; NULL if unknown or not asked for yet
 * @asked: the file was read, or cannot be read
 * @named: @names was asked for
 */
struct cgroup {
	char *path;
	char *unit;
	struct container container;
	const struct container_name *names;
	bool asked;
	bool named;
};

/**
 * struct snapshot - one look
 * @tree: what the module printed
 * @source: where it came from; must live as long as the look
 * @cgroups: of each process of @tree, then of each namespace whose init is not
 *	among them; NULL until one is asked for
 */
struct snapshot {
	struct tree tree;
	const struct source *source;
	struct cgroup *cgroups;
};

/**
 * snapshot_read - read the output of the module, or a saved copy
 * @source: where from
 * @len: set to the number of bytes
 * @error: filled on error
 *
 * Return: the bytes, from malloc(); NULL on error.
 */
char *snapshot_read(const struct source *source, size_t *len, struct error *error);

/**
 * snapshot_parse - look at what was read
 * @snap: filled; to be released with snapshot_release() if there was no error
 * @source: where it was read from
 * @text: the bytes, from malloc(); belong to @snap from here on
 * @len: how many
 * @error: filled on error
 *
 * All namespaces and processes are shown at first.
 */
bool snapshot_parse(struct snapshot *snap, const struct source *source, char *text,
		    size_t len, struct error *error);

/**
 * snapshot_take - read and parse
 * @snap: filled; to be released with snapshot_release() if there was no error
 * @source: where to read from
 * @error: filled on error
 */
bool snapshot_take(struct snapshot *snap, const struct source *source,
		   struct error *error);

/** snapshot_release - free what belongs to a look */
void snapshot_release(struct snapshot *snap);

/** snapshot_is_live - whether there is more to be found out than what is in @tree */
bool snapshot_is_live(const struct snapshot *snap);

/**
 * snapshot_is_limited - whether the output is known to be incomplete
 *
 * A hidden init, or an empty output, proves that something is hidden.
 */
bool snapshot_is_limited(const struct snapshot *snap);

/**
 * snapshot_is_kthread - whether a process is a kernel thread
 *
 * Meaningful if tree_has_kthreads(). A kernel thread has no command line, unlike
 * a program that the kernel has started. Opens one file of the process.
 */
bool snapshot_is_kthread(const struct snapshot *snap, const struct process *proc);

/**
 * snapshot_cgroup - the cgroup of a process
 *
 * Opens one file of the process at the first call.
 *
 * Return: never NULL.
 */
struct cgroup *snapshot_cgroup(struct snapshot *snap, const struct process *proc);

/**
 * snapshot_inherit_cgroup - let a process that has exited keep its cgroup
 * @cgroup: the cgroup of the process in a look
 * @zombie: the process is a zombie there
 * @before: its cgroup in an earlier look
 *
 * Exchanges the two if @cgroup could not be read. For a zombie, cgroup v1
 * prints the root cgroup (proc_cgroup_show() in 6.12), so the two are also
 * exchanged if a zombie has no container.
 */
void snapshot_inherit_cgroup(struct cgroup *cgroup, bool zombie,
			     struct cgroup *before);

/**
 * snapshot_init_cgroup - the cgroup of the init of a namespace
 *
 * Return: never NULL. An init that is hidden has no path and no container.
 */
struct cgroup *snapshot_init_cgroup(struct snapshot *snap, const struct namespace *ns);

/**
 * cgroup_id - what distinguishes a container from others
 *
 * The ids of two containers of LXC may differ only in a number that is perhaps
 * not part of the name.
 *
 * Return: NULL if there is no container.
 */
const char *cgroup_id(const struct cgroup *cgroup);

/** same_container - whether two cgroups are of the same container */
bool same_container(const struct cgroup *a, const struct cgroup *b);

/**
 * snapshot_container - the container of the init of a namespace
 *
 * Return: NULL if there is none or none is known.
 */
const struct container *snapshot_container(struct snapshot *snap,
					   const struct namespace *ns);

/**
 * snapshot_names - the names of the container of a cgroup
 *
 * Asks the engine at the first call.
 *
 * Return: NULL if there is no container or none of its names is known.
 */
const struct container_name *snapshot_names(struct snapshot *snap,
					    struct cgroup *cgroup);

/**
 * snapshot_command - the command line of a process
 * @snap: the look
 * @pid: PID of the process in the root
 * @proc: the process; NULL if only its PID is known
 *
 * Opens one file of the process.
 *
 * Return: its command line or else its name, to be freed; NULL for neither.
 */
char *snapshot_command(const struct snapshot *snap, unsigned int pid,
		       const struct process *proc);

/**
 * snapshot_user - the name of a user
 *
 * Return: to be freed; the UID if the user has no name, or is a user of another
 *	machine.
 */
char *snapshot_user(const struct snapshot *snap, uint32_t uid);

#endif /* SNAPSHOT_H */
