// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The IDs of process groups and sessions that a reader may see, although no
 * process has the PID any more.
 *
 * A member of a process group is found by its struct pid, in an RCU list. The
 * module does not iterate over this list at read: it can have 100,000 members
 * that the reader may not see, and a member that changes its group would lead
 * the iteration into the list of another group. Instead, the search at open
 * visits each process anyway, and collects the IDs of those that are visible.
 */
#include <linux/gfp.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
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

/**
 * pidtree_ids_add - add an ID to a set
 * @ids: set
 * @id: struct pid that has a PID in the root of @ids. The function takes over
 *	the caller's reference, even on failure
 *
 * Context: Process context, may sleep. The memory is charged to the caller.
 * Return: 0 or -ENOMEM.
 */
int pidtree_ids_add(struct pidtree_ids *ids, struct pid *id)
{
	void *old;

	/*
	 * The old entry, if there is one, has the same PID: it was freed since
	 * it was added, and the PID was allocated again.
	 */
	old = xa_store(&ids->by_nr, id->numbers[ids->root->level].nr, id,
		       GFP_KERNEL_ACCOUNT);
	put_pid(xa_is_err(old) ? id : old);

	return xa_err(old);
}

/**
 * pidtree_ids_contain - check whether an ID is in a set
 * @ids: set
 * @id: struct pid that has a PID in the root of @ids
 *
 * Context: Any context in which @id is valid.
 * Return: true if @id is in @ids.
 */
bool pidtree_ids_contain(struct pidtree_ids *ids, const struct pid *id)
{
	return xa_load(&ids->by_nr, id->numbers[ids->root->level].nr) == id;
}
