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

/* TODO 1: a variable for the struct pid. How long must it be valid? */

static struct proc_dir_entry *exercise_entry;

static void show_list(struct seq_file *m, const char *name, enum pid_type type)
{
	seq_printf(m, "%s:", name);

	/*
	 * TODO 2: iterate over the list of this type, and print a space and
	 * the PID of each task, as the reader sees it.
	 */

	seq_putc(m, '\n');
}

/* Called for each read from the beginning of the file. */
static int exercise_show(struct seq_file *m, void *unused)
{
	show_list(m, "PID", PIDTYPE_PID);

	/* TODO 3: show the other three lists. */

	return 0;
}

static int __init exercise_init(void)
{
	/* TODO 4: find the struct pid of exercise_nr, or return -ESRCH. */

	exercise_entry = proc_create_single("exercise", 0444, NULL,
					    exercise_show);
	/* TODO 5: undo TODO 4 if this fails. */
	if (!exercise_entry)
		return -ENOMEM;

	return 0;
}

static void __exit exercise_exit(void)
{
	/* TODO 6: undo what exercise_init() did, in the reverse order. */
	proc_remove(exercise_entry);
}

module_init(exercise_init);
module_exit(exercise_exit);

MODULE_DESCRIPTION("Exercise 2: the lists of a struct pid");
MODULE_LICENSE("GPL");
