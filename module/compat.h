/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernel versions, one small function for each
 * difference. No other file of the project looks at a version.
 */
#ifndef _PIDNS_TREE_COMPAT_H
#define _PIDNS_TREE_COMPAT_H

#include <linux/pid_namespace.h>
#include <linux/version.h>

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

#endif /* _PIDNS_TREE_COMPAT_H */
