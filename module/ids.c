// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The IDs of process groups and sessions that a reader may see, although no
 * process has the PID any more.
 *
 * A struct pid has an RCU list of the members of its process group. The module
 * does not search this list for a member that the reader may see: it can have
 * 100,000 hidden members, and a member that changes its group would lead the
 * search into the list of another group. Instead, the search at open visits
 * each process anyway, and collects the IDs of those that are visible.
 */
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/xarray.h>

#include "ids.h"

/**
 * pidtree_ids_init - initialize an empty set of IDs
 * @ids: set to initialize
 * @root: namespace in which each ID has a PID
 *
 * Context: Any context.
 */
void pidtree_ids_init(struct pidtree_ids *ids, const struct pid_namespace *root)
{
	ids->root = root;
	xa_init_flags(&ids->by_nr, XA_FLAGS_ACCOUNT);
}

/**
 * pidtree_ids_release - drop all references of a set and free its memory
 * @ids: set initialized by pidtree_ids_init()
 *
 * Context: Process context, may sleep.
 */
void pidtree_ids_release(struct pidtree_ids *ids)
{
	unsigned long nr;
	struct pid *id;

	xa_for_each(&ids->by_nr, nr, id) {
		put_pid(id);
		cond_resched();
	}
	xa_destroy(&ids->by_nr);
}

static xa_mark_t role_mark(enum pid_type role)
{
	return role == PIDTYPE_PGID ? XA_MARK_0 : XA_MARK_1;
}

/**
 * pidtree_ids_add - add an ID to a set, with no role
 * @ids: set
 * @id: struct pid that has a PID in the root of @ids. The function takes over
 *	the caller's reference, even on failure
 *
 * Context: Process context, may sleep. The memory is charged to the caller.
 * Return: 0 or -ENOMEM.
 */
int pidtree_ids_add(struct pidtree_ids *ids, struct pid *id)
{
	pid_t nr = id->numbers[ids->root->level].nr;
	int err;

	/*
	 * If there is an entry with the same PID, its struct pid was freed
	 * since, and the PID was allocated again. Erase the marks, too.
	 */
	put_pid(xa_erase(&ids->by_nr, nr));

	err = xa_err(xa_store(&ids->by_nr, nr, id, GFP_KERNEL_ACCOUNT));
	if (err)
		put_pid(id);

	return err;
}

static bool contains(struct pidtree_ids *ids, const struct pid *id)
{
	return xa_load(&ids->by_nr, id->numbers[ids->root->level].nr) == id;
}

/**
 * pidtree_ids_add_role - record that the reader may see a member of an ID
 * @ids: set
 * @id: struct pid that has a PID in the root of @ids
 * @role: PIDTYPE_PGID for a process group, PIDTYPE_SID for a session
 *
 * Context: Any context in which @id is valid.
 * Return: false if @id is not in @ids.
 */
bool pidtree_ids_add_role(struct pidtree_ids *ids, const struct pid *id,
			  enum pid_type role)
{
	pid_t nr = id->numbers[ids->root->level].nr;

	if (!contains(ids, id))
		return false;
	if (!xa_get_mark(&ids->by_nr, nr, role_mark(role)))
		xa_set_mark(&ids->by_nr, nr, role_mark(role));

	return true;
}

/**
 * pidtree_ids_roles - get the roles in which the reader may see an ID
 * @ids: set
 * @id: struct pid that has a PID in the root of @ids
 *
 * Context: Any context in which @id is valid.
 * Return: a combination of BIT(PIDTYPE_PGID) and BIT(PIDTYPE_SID), or 0 if the
 * reader may not see @id.
 */
unsigned int pidtree_ids_roles(struct pidtree_ids *ids, const struct pid *id)
{
	pid_t nr = id->numbers[ids->root->level].nr;
	unsigned int roles = 0;

	if (!contains(ids, id))
		return 0;
	if (xa_get_mark(&ids->by_nr, nr, role_mark(PIDTYPE_PGID)))
		roles |= BIT(PIDTYPE_PGID);
	if (xa_get_mark(&ids->by_nr, nr, role_mark(PIDTYPE_SID)))
		roles |= BIT(PIDTYPE_SID);

	return roles;
}

/*
 * __exit_signal() decrements the number of threads, for the last thread to
 * zero, before it detaches the task from its struct pid objects. Callers need
 * no lock, because the number could change right after the lock is released.
 */
static bool is_being_released(struct task_struct *task)
{
	/* A data race: see above. */
	return !data_race(get_nr_threads(task));
}

/*
 * The loop ends at the first or second task: tasklist_lock is held for writing
 * while a process is being released, so only one process is at any time. A task
 * that leaves the group or session can lead the loop into another list.
 */
static bool has_member(struct pid *pid, enum pid_type type)
{
	struct task_struct *task;

	hlist_for_each_entry_rcu(task, &pid->tasks[type], pid_links[type])
		if (!is_being_released(task) &&
		    pidtree_get_id(task, type) == pid)
			return true;

	return false;
}

/**
 * pidtree_id_roles - find what a struct pid without a task stands for
 * @pid: struct pid
 *
 * Context: RCU section in which @pid was found.
 * Return: BIT(PIDTYPE_PGID) if @pid is the ID of a process group, and
 * BIT(PIDTYPE_SID) if it is the ID of a session, or both; 0 if it is neither,
 * or if it is also the TID of a task that is not being released.
 */
unsigned int pidtree_id_roles(struct pid *pid)
{
	unsigned int roles = 0;

	if (pid_has_task(pid, PIDTYPE_PID)) {
		struct task_struct *leader = pid_task(pid, PIDTYPE_TGID);

		/* A thread other than the leader has no other role. */
		if (!leader || !is_being_released(leader))
			return 0;
	}
	if (has_member(pid, PIDTYPE_PGID))
		roles |= BIT(PIDTYPE_PGID);
	if (has_member(pid, PIDTYPE_SID))
		roles |= BIT(PIDTYPE_SID);

	return roles;
}
