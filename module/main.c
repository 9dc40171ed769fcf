// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading: the file /proc/pidns_tree comes and goes here. And
 * what an administrator may set.
 */
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/proc_fs.h>

#include "pidns_tree.h"

/*
 * For a classroom: those who may know of a process at all, by the options of
 * the procfs mount, see it here too. Read at open, so it holds for the files
 * that are opened from then on.
 */
bool pidns_public;
module_param_named(public, pidns_public, bool, 0644);
MODULE_PARM_DESC(public, "show every process that may be seen in /proc, as hidepid= has it, not only those whose namespace may be read (default: N)");

static struct proc_dir_entry *pidns_entry;

static int __init pidns_tree_init(void)
{
	/*
	 * One entry serves every procfs mount. Everybody may open it; access.c
	 * tells what they see.
	 */
	pidns_entry = proc_create("pidns_tree", 0444, NULL, &pidns_proc_ops);

	return pidns_entry ? 0 : -ENOMEM;
}

static void __exit pidns_tree_exit(void)
{
	/*
	 * Waits for the calls under way, however long they take, and releases
	 * the files that are still open: when this returns, none of our code
	 * runs and none of our memory is left. A read of such a file gives EIO
	 * from then on.
	 */
	proc_remove(pidns_entry);
}

module_init(pidns_tree_init);
module_exit(pidns_tree_exit);

MODULE_DESCRIPTION("Tree of the PID namespaces and their processes in /proc/pidns_tree");
MODULE_AUTHOR("pidns_tree developers");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
