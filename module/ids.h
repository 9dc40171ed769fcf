/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Process groups and sessions, and their IDs that no process has any more.
 */
#ifndef _PIDNS_TREE_IDS_H
#define _PIDNS_TREE_IDS_H

#include <linux/compiler.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct pid_namespace;

/**
 * struct pidtree_ids - IDs of process groups and sessions that are shown
 *
 * When the leader of a process group or a session is reaped, its struct pid
 * stays allocated as the ID of the group or session, as long as that has a
 * member. A reader that may see every task may see every ID. For any other
 * reader, the search collects the IDs of which the reader may see a member.
 * They do not change after open, so no lock protects them.
 *
 * @root: namespace in which the PIDs of the IDs are unique. Not referenced,
 *	because the owner of this structure has a reference
 * @by_nr: struct pid objects by their PID in @root, referenced. Marks show the
 *	roles in which the reader may see a member
 */
struct pidtree_ids {
	const struct pid_namespace *root;
	struct xarray by_nr;
};

void pidtree_ids_init(struct pidtree_ids *ids,
		      const struct pid_namespace *root);
void pidtree_ids_release(struct pidtree_ids *ids);
int pidtree_ids_add(struct pidtree_ids *ids, struct pid *id);
bool pidtree_ids_add_role(struct pidtree_ids *ids, const struct pid *id,
			  enum pid_type role);
unsigned int pidtree_ids_roles(struct pidtree_ids *ids, const struct pid *id);

unsigned int pidtree_id_roles(struct pid *pid);

/**
 * pidtree_get_id - get the process group or the session of a process
 * @task: any thread of the process, found in the current RCU section
 * @type: PIDTYPE_PGID or PIDTYPE_SID
 *
 * The functions of the kernel, such as task_pgrp(), read the pointer without
 * READ_ONCE(), although it can change.
 *
 * Context: RCU section in which @task was found. The struct pid is valid until
 * the end of the section, even if the process leaves the group or session:
 * __change_pid() overwrites the pointer before it calls free_pid(), which frees
 * the struct pid after a grace period.
 * Return: the struct pid, or NULL if the process is being released.
 */
static inline struct pid *pidtree_get_id(const struct task_struct *task,
					 enum pid_type type)
{
	return READ_ONCE(task->signal->pids[type]);
}

#endif /* _PIDNS_TREE_IDS_H */
