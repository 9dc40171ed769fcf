// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Loading and unloading: the file /proc/pidns_tree comes and goes here. And
 * what an administrator may set.
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
 * For a classroom: those who may know of a process at all, by the options of
 * the procfs mount, see it here too. Read at open, so it holds for the files
 * that are opened from then on.
 */
bool pidtree_public;
module_param_named(public, pidtree_public, bool, 0644);
MODULE_PARM_DESC(public, "show every process that may be seen in /proc, as hidepid= has it, not only those whose namespace may be read (default: N)");

/*
 * These parameters restrict which processes can open the file at all. They are
 * for machines on which a security module has a policy stricter than access.c,
 * which cannot ask it. A chmod(1) of the file would be lost when the module is
 * loaded again. The owner can chmod it, so uid= is for a user that the
 * administrator trusts with that.
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
	/* proc_create() would take 0 for the default. */
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

/* The process that loads the module is there for sure. */
static int __init check_kernel(void)
{
	int err;

	err = pidtree_check(&init_pid_ns, task_active_pid_ns(current),
			    current->group_leader);
	if (err == -EOPNOTSUPP)
		pr_err("not loaded: the walk does not find process %d; this kernel needs a newer pidns_tree\n",
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
	 * One entry serves every procfs mount. access.c decides what it shows.
	 * For a moment the entry is root's: no exported function creates one
	 * with another owner.
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
	 * Waits for the calls under way, however long they take, and releases
	 * the files that are still open: when this returns, none of our code
	 * runs and none of our memory is left. A read of such a file gives EIO
	 * from then on.
	 */
	proc_remove(pidtree_entry);
}

module_init(pidtree_init);
module_exit(pidtree_exit);

MODULE_DESCRIPTION("Tree of the PID namespaces and their processes in /proc/pidns_tree");
MODULE_AUTHOR("pidns_tree developers");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
