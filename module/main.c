// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading: the file /proc/pidns_tree comes and goes here.
 */
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/proc_fs.h>

#include "pidns_tree.h"

static struct proc_dir_entry *pidns_entry;

static int __init pidns_tree_init(void)
{
	/*
	 * One entry serves every procfs mount. Others than root may not open
	 * it: the rule that tells which processes a reader may see is not here
	 * yet, and without it the file would tell everybody everything.
	 */
	pidns_entry = proc_create("pidns_tree", 0400, NULL, &pidns_proc_ops);

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
