// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Exercise 2: show the tasks on the four lists of a struct pid.
 */
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

static int exercise_nr;
module_param_named(pid, exercise_nr, int, 0444);
MODULE_PARM_DESC(pid, "PID in the PID namespace of the loader");

/* Referenced while the module is loaded. */
static struct pid *exercise_pid;
static struct proc_dir_entry *exercise_entry;

/*
 * A task that changes its group during the iteration can lead the iteration
 * into the list of the new group. Only tasklist_lock prevents this, which is
 * not exported.
 */
static void show_list(struct seq_file *m, const char *name, enum pid_type type)
{
	struct task_struct *task;

	seq_printf(m, "%s:", name);
	rcu_read_lock();
	do_each_pid_task(exercise_pid, type, task) {
		seq_printf(m, " %d", task_pid_vnr(task));
		/* seq_file retries with a larger buffer. */
		if (seq_has_overflowed(m))
			break;
	} while_each_pid_task(exercise_pid, type, task);
	rcu_read_unlock();
	seq_putc(m, '\n');
}

static int exercise_show(struct seq_file *m, void *unused)
{
	show_list(m, "PID", PIDTYPE_PID);
	show_list(m, "TGID", PIDTYPE_TGID);
	show_list(m, "PGID", PIDTYPE_PGID);
	show_list(m, "SID", PIDTYPE_SID);

	return 0;
}

static int __init exercise_init(void)
{
	exercise_pid = find_get_pid(exercise_nr);
	if (!exercise_pid)
		return -ESRCH;

	exercise_entry = proc_create_single("exercise", 0444, NULL,
					    exercise_show);
	if (!exercise_entry) {
		put_pid(exercise_pid);
		return -ENOMEM;
	}

	return 0;
}

static void __exit exercise_exit(void)
{
	/* Afterwards, exercise_show() does not run any more. */
	proc_remove(exercise_entry);
	put_pid(exercise_pid);
}

module_init(exercise_init);
module_exit(exercise_exit);

MODULE_DESCRIPTION("Exercise 2: the lists of a struct pid");
MODULE_LICENSE("GPL");
