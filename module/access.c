// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Who may see which task: whoever could read its /proc/PID/ns/pid.
 *
 * The kernel's own judge of that, ptrace_may_access(), is not exported and
 * asks for the credentials of the one who reads. So its rule for
 * PTRACE_MODE_READ_FSCREDS is written here once more, for those of the one who
 * opened the file (kernel/ptrace.c and security/commoncap.c have the
 * original). Two things differ:
 * - The module cannot ask security modules: a reader that one confines may be
 *   shown more here than there.
 * - readlink() waits while the task executes a new program, because it can
 *   sleep. The module checks the task as it is at that moment: by its old
 *   credentials until the new ones are set. From 7.2 on, the task is undumpable
 *   for a part of that time, so its owner may miss it.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/lockdep.h>
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "pidns_tree.h"

/*
 * Would stat of any /proc/PID/status be allowed on this mount? Those who may
 * stat just some of them are those who may inspect these.
 */
static bool may_stat_all(const struct proc_fs_info *mount)
{
	switch (mount->hide_pid) {
	case HIDEPID_OFF:
		return true;
	case HIDEPID_NO_ACCESS:
	case HIDEPID_INVISIBLE:
		return in_group_p(mount->pid_gid);
	default:
		return false;
	}
}

/**
 * pidtree_access_init - find out what does not depend on the task to be seen
 * @access: to be initialised
 * @opener: file that the current task opens on a procfs mount
 *
 * Context: Process context of the opener.
 */
void pidtree_access_init(struct pidtree_access *access,
			 const struct file *opener)
{
	access->opener = opener;
	access->self = get_pid(task_tgid(current));
	access->cached_ns = NULL;
	access->all = file_ns_capable(opener, &init_user_ns, CAP_SYS_PTRACE) ||
		      (READ_ONCE(pidtree_public) &&
		       may_stat_all(proc_sb_info(file_inode(opener)->i_sb)));
}

/**
 * pidtree_access_release - let go of what an access pins
 * @access: initialised by pidtree_access_init()
 *
 * Context: Any context.
 */
void pidtree_access_release(struct pidtree_access *access)
{
	pidtree_access_drop_cache(access);
	put_pid(access->self);
}

/**
 * pidtree_access_drop_cache - let go of the user namespace that was asked about last
 * @access: initialised by pidtree_access_init()
 *
 * Called when a file goes idle, so that a remembered answer does not pin a user
 * namespace. (An open file still pins the user namespaces that own the PID
 * namespaces of its tree.)
 *
 * Context: Any context.
 */
void pidtree_access_drop_cache(struct pidtree_access *access)
{
	put_user_ns(access->cached_ns);
	access->cached_ns = NULL;
}

/*
 * Does the opener have CAP_SYS_PTRACE in a user namespace, which somebody else
 * keeps alive meanwhile? Mostly that is the one of the task before. The last
 * answer is kept, as each question may be written to the audit log, and a
 * reference with it, as the next namespace could have the same address.
 *
 * Before 6.7 and the stable kernels that have its fix, audit_exe_compare() takes
 * task_lock() of the reader. @task may be the reader: its lock must not be held
 * here.
 */
static bool has_cap(struct pidtree_access *access,
		    const struct task_struct *task, struct user_namespace *ns)
{
	RCU_LOCKDEP_WARN(lockdep_is_held(&task->alloc_lock),
			 "pidns_tree: a capability is asked for under task_lock()");

	if (ns != access->cached_ns) {
		pidtree_access_drop_cache(access);
		access->cached_ns = get_user_ns(ns);
		access->cached_answer =
			file_ns_capable(access->opener, ns, CAP_SYS_PTRACE);
	}

	return access->cached_answer;
}

static bool is_owner(const struct cred *opener, const struct cred *owner)
{
	return uid_eq(opener->fsuid, owner->euid) &&
	       uid_eq(opener->fsuid, owner->suid) &&
	       uid_eq(opener->fsuid, owner->uid) &&
	       gid_eq(opener->fsgid, owner->egid) &&
	       gid_eq(opener->fsgid, owner->sgid) &&
	       gid_eq(opener->fsgid, owner->gid);
}

static bool has_caps_of(const struct cred *opener, const struct cred *owner)
{
	return opener->user_ns == owner->user_ns &&
	       cap_issubset(owner->cap_permitted, opener->cap_effective);
}

static bool is_permitted(struct pidtree_access *access,
			 struct task_struct *task)
{
	const struct cred *opener = access->opener->f_cred;
	const struct cred *owner = __task_cred(task);
	struct user_namespace *dump_userns;
	bool permitted;

	if (!is_owner(opener, owner) && !has_cap(access, task, owner->user_ns))
		return false;

	/*
	 * A task that gives up privileges becomes undumpable before its new
	 * credentials can be seen. Pairs with the barrier in commit_creds().
	 */
	smp_rmb();
	dump_userns = pidtree_get_dump_userns(task);
	permitted = !dump_userns || has_cap(access, task, dump_userns);
	put_user_ns(dump_userns);

	return permitted && (has_caps_of(opener, owner) ||
			     has_cap(access, task, owner->user_ns));
}

/**
 * pidtree_may_inspect - check whether an opener that may not see all may see a task
 * @access: what is known of the opener
 * @task: task to be seen, a thread or the first thread of its process
 *
 * For pidtree_may_see(), which answers first where no question need be asked.
 *
 * The opener always sees itself, unless another process reads for it: since
 * open, it may have executed a program that the other process may not inspect.
 *
 * Context: RCU section that @task was found in, with no lock of it held.
 * Return: true if it may.
 */
bool pidtree_may_inspect(struct pidtree_access *access,
			 struct task_struct *task)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(),
			 "pidns_tree: a task is looked at outside of its RCU section");

	if (task_tgid(task) == access->self &&
	    task_tgid(current) == access->self)
		return true;

	return is_permitted(access, task);
}
