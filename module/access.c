// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The access rule: the opener of the file may see a task if it could read the
 * task's /proc/PID/ns/pid.
 *
 * The kernel checks that with ptrace_may_access(), which is not exported and
 * which uses the credentials of the current task. So this file implements the
 * rule for PTRACE_MODE_READ_FSCREDS again, with the credentials of the opener.
 * The originals are __ptrace_may_access() in kernel/ptrace.c and
 * cap_ptrace_access_check() in security/commoncap.c; tests/suites/rule.sh fails
 * if they change. There are two differences:
 * - The module cannot ask other security modules. If one of them confines a
 *   reader, the file can show that reader more than readlink() does.
 * - readlink() waits while the task executes a new program, because it can
 *   sleep. The module checks the task at once, by its old credentials until the
 *   new ones are set. Since 7.2, the task is undumpable for a part of that
 *   time, so its owner may not see it.
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
 * Check whether the options of the procfs mount allow the current task to stat
 * every /proc/PID/status. If they do not, it can stat those that the access
 * rule allows.
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
 * pidtree_access_init - record what the opener may see
 * @access: access to initialize
 * @file: file that the current task opens, on a procfs mount
 *
 * Context: Process context of the opener.
 */
void pidtree_access_init(struct pidtree_access *access,
			 const struct file *file)
{
	access->file = file;
	access->self = get_pid(task_tgid(current));
	access->cached_ns = NULL;
	access->all = file_ns_capable(file, &init_user_ns, CAP_SYS_PTRACE) ||
		      (READ_ONCE(pidtree_public) &&
		       may_stat_all(proc_sb_info(file_inode(file)->i_sb)));
	access->admin = PIDTREE_HAS_LIST &&
			file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN);
}

/**
 * pidtree_access_release - drop the references of an access
 * @access: access initialized by pidtree_access_init()
 *
 * Context: Any context.
 */
void pidtree_access_release(struct pidtree_access *access)
{
	pidtree_access_drop_cache(access);
	put_pid(access->self);
}

/**
 * pidtree_access_drop_cache - drop the cached check for CAP_SYS_PTRACE
 * @access: access initialized by pidtree_access_init()
 *
 * The end of open and of each read drops the cache, so that it does not pin a
 * user namespace while the file is idle. (The tree still pins the user
 * namespaces that own its PID namespaces.)
 *
 * Context: Any context.
 */
void pidtree_access_drop_cache(struct pidtree_access *access)
{
	put_user_ns(access->cached_ns);
	access->cached_ns = NULL;
}

/*
 * Check whether the opener has CAP_SYS_PTRACE in @ns, which the caller keeps
 * alive. Each file_ns_capable() can write an audit record, and most tasks have
 * the same user namespace as the previous one, so cache the last answer. The
 * cache has a reference, because otherwise a new user namespace could get the
 * same address.
 *
 * The caller must not hold task_lock(@task), because @task may be the current
 * task: in kernels before 6.7 without a backport of the fix,
 * audit_exe_compare() takes task_lock(current).
 */
static bool has_cap(struct pidtree_access *access,
		    const struct task_struct *task, struct user_namespace *ns)
{
	RCU_LOCKDEP_WARN(lockdep_is_held(&task->alloc_lock),
			 "pidns_tree: capability checked under task_lock()");

	if (ns != access->cached_ns) {
		pidtree_access_drop_cache(access);
		access->cached_ns = get_user_ns(ns);
		access->cached_answer =
			file_ns_capable(access->file, ns, CAP_SYS_PTRACE);
	}

	return access->cached_answer;
}

static bool has_ids_of(const struct cred *opener, const struct cred *target)
{
	return uid_eq(opener->fsuid, target->euid) &&
	       uid_eq(opener->fsuid, target->suid) &&
	       uid_eq(opener->fsuid, target->uid) &&
	       gid_eq(opener->fsgid, target->egid) &&
	       gid_eq(opener->fsgid, target->sgid) &&
	       gid_eq(opener->fsgid, target->gid);
}

static bool has_caps_of(const struct cred *opener, const struct cred *target)
{
	return opener->user_ns == target->user_ns &&
	       cap_issubset(target->cap_permitted, opener->cap_effective);
}

static bool is_permitted(struct pidtree_access *access,
			 struct task_struct *task)
{
	const struct cred *opener = access->file->f_cred;
	const struct cred *target = __task_cred(task);
	struct user_namespace *dump_userns;
	bool permitted;

	if (!has_ids_of(opener, target) &&
	    !has_cap(access, task, target->user_ns))
		return false;

	/*
	 * Read the dumpability after the credentials: a task that drops
	 * privileges becomes undumpable before its new credentials are visible.
	 * Pairs with smp_wmb() in commit_creds().
	 */
	smp_rmb();
	dump_userns = pidtree_get_dump_userns(task);
	permitted = !dump_userns || has_cap(access, task, dump_userns);
	put_user_ns(dump_userns);

	return permitted && (has_caps_of(opener, target) ||
			     has_cap(access, task, target->user_ns));
}

/**
 * pidtree_may_inspect - check the access rule for a task
 * @access: what the opener may see
 * @task: any thread of a process
 *
 * Callers use pidtree_may_see(), which handles openers that may see every task.
 *
 * The opener always sees its own thread group, except if another process reads
 * from the file descriptor: the opener may have executed a program since open
 * that the other process may not inspect.
 *
 * Context: RCU section in which @task was found. The caller does not hold
 * task_lock(@task).
 * Return: true if the opener may see @task.
 */
bool pidtree_may_inspect(struct pidtree_access *access,
			 struct task_struct *task)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(),
			 "pidns_tree: task used outside its RCU section");

	if (task_tgid(task) == access->self &&
	    task_tgid(current) == access->self)
		return true;

	return is_permitted(access, task);
}
