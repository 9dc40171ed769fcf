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

/*
 * The caller has a reference on the struct pid, which has one on its own
 * namespace, which has one on its parent, and so on.
 */
static void print_numbers(const struct pid *pid, pid_t tgid)
{
	unsigned int i;

	pr_info("pid=%d tgid=%d level=%u\n", exercise_pid, tgid, pid->level);
	for (i = 0; i <= pid->level; i++)
		pr_info("numbers[%u]=%d ns=%u\n", i, pid->numbers[i].nr,
			pid->numbers[i].ns->ns.inum);
}

static int __init exercise_init(void)
{
	struct task_struct *task;
	struct pid *pid;
	pid_t tgid;

	rcu_read_lock();
	pid = find_vpid(exercise_pid);
	/* The struct pid can outlive its task as the ID of a group. */
	task = pid_task(pid, PIDTYPE_PID);
	if (!task) {
		rcu_read_unlock();
		return -ESRCH;
	}
	/* On another CPU, the task may have been reaped since. */
	tgid = task_tgid_vnr(task);
	if (!tgid) {
		rcu_read_unlock();
		return -ESRCH;
	}
	/*
	 * The IDR's reference is dropped after a grace period, so the count is
	 * not 0 in this RCU section.
	 */
	get_pid(pid);
	rcu_read_unlock();

	print_numbers(pid, tgid);
	put_pid(pid);

	return 0;
}

static void __exit exercise_exit(void)
{
}

module_init(exercise_init);
module_exit(exercise_exit);

MODULE_DESCRIPTION("Exercise 1: the level and numbers[] of a PID");
MODULE_LICENSE("GPL");
