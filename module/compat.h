/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, one small function for each difference. No
 * other file of the project looks at a version. Where a version does not tell,
 * because stable kernels have taken a change over, Kbuild looks into the
 * kernel's headers and defines HAVE_...
 */
#ifndef _PIDNS_TREE_COMPAT_H
#define _PIDNS_TREE_COMPAT_H

#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/coredump.h>
#include <linux/user_namespace.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "pidns_tree needs Linux 5.10 or a later one"
#endif

#ifdef HAVE_EXEC_STATE
#include <linux/sched/exec_state.h>
#endif

/**
 * pidns_pid_max - limit of the PIDs that a namespace gives out
 * @ns: PID namespace that the caller holds a reference on
 *
 * Until 6.14 there was one such limit for the whole machine.
 *
 * Return: the lowest number that is not given out, 0 where namespaces have no
 * limit of their own.
 */
static inline int pidns_pid_max(const struct pid_namespace *ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
	return READ_ONCE(ns->pid_max);
#else
	return 0;
#endif
}

/**
 * pidns_nsid - the number of a namespace that is never used again
 * @ns: PID namespace that the caller holds a reference on
 *
 * Inums are used again soon after a namespace died; 6.18 gave PID namespaces
 * this number beside them.
 *
 * Return: the number, 0 where there is none.
 */
static inline u64 pidns_nsid(const struct pid_namespace *ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return ns->ns.ns_id;
#else
	return 0;
#endif
}

/**
 * pidns_undumpable_in - where one must have CAP_SYS_PTRACE to inspect a task
 * @task: task found in the RCU section that the caller is in, locked by
 *	task_lock()
 *
 * Whether a task is dumpable was known of its mm alone, and nothing was known
 * once that was gone. Then tasks were made to remember it (user_dumpable, which
 * stable kernels have taken over), and 7.3 gave it a place of its own. Where
 * nothing is known, the initial user namespace stands guard.
 *
 * Return: user namespace, alive as long as the section and the lock are held,
 * or NULL when the task is dumpable and its owner needs no capability.
 */
static inline struct user_namespace *
pidns_undumpable_in(const struct task_struct *task)
{
#if defined(HAVE_EXEC_STATE)
	const struct task_exec_state *state = rcu_dereference(task->exec_state);

	return READ_ONCE(state->dumpable) == TASK_DUMPABLE_OWNER ?
		       NULL : state->user_ns;
#else
	if (task->mm)
		return get_dumpable(task->mm) == SUID_DUMP_USER ?
			       NULL : task->mm->user_ns;
#ifdef HAVE_USER_DUMPABLE
	if (task->user_dumpable)
		return NULL;
#endif
	return &init_user_ns;
#endif
}

#endif /* _PIDNS_TREE_COMPAT_H */
