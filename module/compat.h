/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The differences between kernels, one function for each. No other file of the
 * project compares kernel versions. If stable kernels have a backport of a
 * change, a version number does not show whether a kernel has it: then Kbuild
 * searches the headers of the kernel and defines HAVE_*.
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
#error "pidns_tree needs Linux 5.10 or later"
#endif

#ifdef HAVE_EXEC_STATE
#include <linux/sched/exec_state.h>
#endif

/**
 * pidtree_pid_max - get the PID limit of a namespace
 * @ns: PID namespace; the caller holds a reference
 *
 * Before 6.14, all namespaces share one limit.
 *
 * Context: Any context.
 * Return: the lowest PID that @ns does not allocate, or 0 if namespaces have no
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
 * pidtree_nsid - get the unique ID of a namespace
 * @ns: PID namespace; the caller holds a reference
 *
 * The kernel reuses inode numbers of namespaces soon. Since 6.18, a namespace
 * also has a 64-bit ID that is never reused.
 *
 * Context: Any context.
 * Return: the ID, or 0 if namespaces have none.
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
 * pidtree_get_dump_userns - get the user namespace of an undumpable task
 * @task: task found in the current RCU section
 *
 * To inspect an undumpable task, a reader needs CAP_SYS_PTRACE in this user
 * namespace. Since 7.2, the exec_state of the task has a reference on it and
 * drops the reference after a grace period, so get_user_ns() is safe in the RCU
 * section.
 *
 * Context: RCU section in which @task was found.
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
 * A task without an mm is a kernel thread, or exit_mm() has dropped its mm.
 * Some kernels record whether this mm was dumpable. On all others,
 * ptrace_may_access() does not check whether such a task is dumpable.
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
 * pidtree_get_dump_userns - get the user namespace of an undumpable task
 * @task: task found in the current RCU section
 *
 * To inspect an undumpable task, a reader needs CAP_SYS_PTRACE in this user
 * namespace. task_lock() protects task->mm, which has a reference on it.
 *
 * Context: RCU section in which @task was found. Takes and releases
 * task_lock(@task).
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
