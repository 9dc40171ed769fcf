// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The state of a PID namespace: does it have processes, can it have some?
 */
#include <linux/compiler.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>

#include "pidns_tree.h"

/*
 * zap_pid_ns_processes() clears PIDNS_ADDING in a namespace before it kills the
 * inits of the descendants, whose exit clears the flag there. So a namespace
 * whose own flag is still set can be shut down already, because an ancestor is.
 * The ancestors of the reader's root count, too.
 */
static bool can_create_processes(const struct pid_namespace *ns)
{
	for (; ns; ns = ns->parent)
		if (!(READ_ONCE(ns->pid_allocated) & PIDNS_ADDING))
			return false;

	return true;
}

/*
 * Look up PID 1, because ns->child_reaper can point to a freed task. Without a
 * task, its struct pid is still the ID of a process group or a session.
 */
static bool has_init(struct pid_namespace *ns)
{
	struct pid *pid;
	bool found;

	rcu_read_lock();
	pid = find_pid_ns(1, ns);
	found = pid && pid_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();

	return found;
}

/**
 * pidtree_find_state - find the state of a namespace
 * @ns: namespace; the caller holds a reference
 *
 * Context: Any context.
 * Return: the state.
 */
enum pidtree_state pidtree_find_state(struct pid_namespace *ns)
{
	bool had_init = has_init(ns);

	/*
	 * zap_pid_ns_processes() clears PIDNS_ADDING before release_task()
	 * detaches the init from PID 1. So check PID 1 first: in the opposite
	 * order, a namespace whose init exits between the two checks would look
	 * as if its first process had not been created yet. Pairs with the
	 * barrier of set_current_state(), which zap_pid_ns_processes() calls
	 * in between.
	 */
	smp_rmb();
	if (can_create_processes(ns))
		return had_init ? PIDTREE_ACTIVE : PIDTREE_PENDING;

	/*
	 * The init may have been created, or may have exited, since the first
	 * check. If the flag of @ns is cleared, no init can be created any
	 * more. If only the flag of an ancestor is cleared, this is true a
	 * moment later: in 6.12, alloc_pid() does not check the ancestors, but
	 * zap_pid_ns_processes() is about to kill all processes in @ns.
	 */
	return has_init(ns) ? PIDTREE_DYING : PIDTREE_DEAD;
}
