// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Exercise 1: log the level and numbers[] of a struct pid.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

static int exercise_pid;
module_param_named(pid, exercise_pid, int, 0444);
MODULE_PARM_DESC(pid, "PID of a task, in the PID namespace of the loader");

static int __init exercise_init(void)
{
	/*
	 * TODO 1: find the struct pid with the number exercise_pid in the PID
	 * namespace of the current task. Which lock or RCU section does this
	 * need?
	 */

	/*
	 * TODO 2: find the task of the struct pid. If there is none, return
	 * -ESRCH. Does each path leave the RCU section?
	 */

	/* TODO 3: find the PID of the task's process, as the loader sees it. */

	/*
	 * TODO 4: make sure that the struct pid is valid in TODO 5, and that
	 * it is freed in the end.
	 */

	/* TODO 5: log the lines. The format is in README.md. */
	pr_info("pid=%d is not implemented\n", exercise_pid);

	return 0;
}

static void __exit exercise_exit(void)
{
}

module_init(exercise_init);
module_exit(exercise_exit);

MODULE_DESCRIPTION("Exercise 1: the level and numbers[] of a PID");
MODULE_LICENSE("GPL");
