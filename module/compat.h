/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
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
#include <linux/sched/task.h>
#include <linux/user_namespace.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "pidns_tree needs Linux 5.10 or a later one"
#endif

#ifdef HAVE_EXEC_STATE
#include <linux/sched/exec_state.h>
#endif

/**
 * pidtree_pid_max - limit of the PIDs that a namespace gives out
 * @ns: PID namespace that the caller holds a reference on
 *
 * Until 6.14 there was one such limit for the whole machine.
 *
 * Return: the lowest number that is not given out, 0 where namespaces have no
 * limit of their own.
 */
static inline int pidtree_pid_max(const struct pid_namespace *ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
	return READ_ONCE(ns->pid_max);
#else
	return 0;
#endif
}

/**
 * pidtree_nsid - the number of a namespace that is never used again
 * @ns: PID namespace that the caller holds a reference on
 *
 * Inums are used again soon after a namespace died; 6.18 gave PID namespaces
 * this number beside them.
 *
 * Return: the number, 0 where there is none.
 */
static inline u64 pidtree_nsid(const struct pid_namespace *ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return ns->ns.ns_id;
#else
	return 0;
#endif
}

#if defined(HAVE_EXEC_STATE)
/**
 * pidtree_get_dump_userns - get the user namespace that an undumpable task asks for
 * @task: task found in the RCU section that the caller is in
 *
 * A reader that inspects an undumpable task needs CAP_SYS_PTRACE in that user
 * namespace. Since 7.2 the task's exec_state says so. It drops its own
 * reference on the user namespace after a grace period, so the count is not
 * zero here.
 *
 * Context: RCU section that @task was found in.
 * Return: the user namespace, referenced, or NULL if the task is dumpable.
 */
static inline struct user_namespace *
pidtree_get_dump_userns(struct task_struct *task)
{
	const struct task_exec_state *state = rcu_dereference(task->exec_state);

	if (READ_ONCE(state->dumpable) == TASK_DUMPABLE_OWNER)
		return NULL;

	return get_user_ns(state->user_ns);
}
#else
/*
 * A task without an mm is a kernel thread, or it has exited. Some stable
 * kernels have tasks remember whether their mm was dumpable. On all others,
 * the kernel's rule does not ask.
 */
static inline struct user_namespace *
mmless_dump_userns(const struct task_struct *task)
{
#ifdef HAVE_USER_DUMPABLE
	return task->user_dumpable ? NULL : &init_user_ns;
#else
	return NULL;
#endif
}

/**
 * pidtree_get_dump_userns - get the user namespace that an undumpable task asks for
 * @task: task found in the RCU section that the caller is in
 *
 * A reader that inspects an undumpable task needs CAP_SYS_PTRACE in that user
 * namespace. The task's lock keeps its mm, and the mm's reference on the user
 * namespace.
 *
 * Context: RCU section that @task was found in. Takes and releases task_lock().
 * Return: the user namespace, referenced, or NULL if the task is dumpable.
 */
static inline struct user_namespace *
pidtree_get_dump_userns(struct task_struct *task)
{
	struct user_namespace *ns;

	task_lock(task);
	if (!task->mm)
		ns = mmless_dump_userns(task);
	else if (get_dumpable(task->mm) == SUID_DUMP_USER)
		ns = NULL;
	else
		ns = task->mm->user_ns;
	if (ns)
		get_user_ns(ns);
	task_unlock(task);

	return ns;
}
#endif

#endif /* _PIDNS_TREE_COMPAT_H */
