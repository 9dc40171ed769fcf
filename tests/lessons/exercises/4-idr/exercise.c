// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Exercise 4: find the inits of all PID namespaces in the subtree of a procfs
 * mount.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

static struct proc_dir_entry *exercise_entry;

static int exercise_show(struct seq_file *m, void *unused)
{
	/*
	 * TODO 1: find the PID namespace of the procfs mount of m->file. Does
	 * it need a reference?
	 */

	/*
	 * TODO 2: visit each struct pid in the IDR of this namespace, in RCU
	 * sections of at most 100 struct pid objects. Call cond_resched()
	 * between two sections. What may you keep from one section to the
	 * next?
	 */

	/* TODO 3: is the struct pid that of an init? */

	/* TODO 4: print the line of the init. */

	return 0;
}

static int __init exercise_init(void)
{
	exercise_entry = proc_create_single("exercise", 0444, NULL,
					    exercise_show);

	return exercise_entry ? 0 : -ENOMEM;
}

static void __exit exercise_exit(void)
{
	proc_remove(exercise_entry);
}

module_init(exercise_init);
module_exit(exercise_exit);

MODULE_DESCRIPTION("Exercise 4: the inits of a subtree of PID namespaces");
MODULE_LICENSE("GPL");
