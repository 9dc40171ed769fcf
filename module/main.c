// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Load and unload: parameters, and the entry in procfs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pid_namespace.h>
#include <linux/printk.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "pidns_tree.h"

/*
 * For classrooms: if set, a reader sees every process, provided that hidepid=
 * and gid= of its procfs mount let it see every process in /proc. Read at open,
 * so a change has no effect on open files.
 */
bool pidtree_public;
module_param_named(public, pidtree_public, bool, 0644);
MODULE_PARM_DESC(public, "show all processes if hidepid= hides none from the reader, not only those that the reader may inspect (default: N)");

/*
 * These parameters restrict which processes can open the file at all. They are
 * for machines on which the policy of a security module is stricter than
 * access.c, which cannot ask security modules. They are parameters, because the
 * mode set by chmod(1) would be lost when the module is loaded again. The owner
 * of the file can change its mode, so uid= must name a user whom root trusts
 * with that.
 */
static ushort pidtree_mode = 0444;
module_param_named(mode, pidtree_mode, ushort, 0444);
MODULE_PARM_DESC(mode, "permissions of the file, read bits only (default: 0444)");

static uint pidtree_uid;
module_param_named(uid, pidtree_uid, uint, 0444);
MODULE_PARM_DESC(uid, "user ID of the file's owner (default: 0)");

static uint pidtree_gid;
module_param_named(gid, pidtree_gid, uint, 0444);
MODULE_PARM_DESC(gid, "group ID of the file's owner (default: 0)");

static struct proc_dir_entry *pidtree_entry;

static int __init check_parameters(void)
{
	/* proc_create() replaces mode 0 by 0444. */
	if (!pidtree_mode || pidtree_mode & ~0444) {
		pr_err("invalid mode=%#o: set some of the read bits 0444 and no others\n",
		       pidtree_mode);
		return -EINVAL;
	}
	if (!uid_valid(make_kuid(&init_user_ns, pidtree_uid))) {
		pr_err("invalid uid=%u: not a user ID\n", pidtree_uid);
		return -EINVAL;
	}
	if (!gid_valid(make_kgid(&init_user_ns, pidtree_gid))) {
		pr_err("invalid gid=%u: not a group ID\n", pidtree_gid);
		return -EINVAL;
	}

	return 0;
}

/* Search for a process that is known to exist: the one that loads the module. */
static int __init check_kernel(void)
{
	int err;

	err = pidtree_check(&init_pid_ns, task_active_pid_ns(current),
			    current->group_leader);
	if (err == -EOPNOTSUPP)
		pr_err("not loaded: process %d was not found in its PID namespace; this kernel needs a newer pidns_tree\n",
		       task_tgid_nr(current));

	return err;
}

static int __init pidtree_init(void)
{
	int err;

	err = check_parameters();
	if (err)
		return err;

	err = check_kernel();
	if (err)
		return err;

	/*
	 * One entry serves every procfs mount. root owns it until
	 * proc_set_user(), because no exported function creates an entry with
	 * another owner.
	 */
	pidtree_entry = proc_create("pidns_tree", pidtree_mode, NULL,
				    &pidtree_proc_ops);
	if (!pidtree_entry)
		return -ENOMEM;
	proc_set_user(pidtree_entry, make_kuid(&init_user_ns, pidtree_uid),
		      make_kgid(&init_user_ns, pidtree_gid));

	return 0;
}

static void __exit pidtree_exit(void)
{
	/*
	 * proc_remove() waits for calls of pidtree_proc_ops to return, however
	 * long they take, and calls pidtree_proc_release() for each open file.
	 * When it returns, no code of the module runs and all of its memory is
	 * freed. A read of a file that is still open fails with EIO.
	 */
	proc_remove(pidtree_entry);
}

module_init(pidtree_init);
module_exit(pidtree_exit);

MODULE_DESCRIPTION("Tree of the PID namespaces and their processes in /proc/pidns_tree");
MODULE_AUTHOR("pidns_tree developers");
MODULE_VERSION("0.2");
MODULE_LICENSE("GPL");
