// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Exercise 5: list the processes that the opener may see.
 *
 * Begin with your solution of exercise 3. These are the parts that are new.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

static struct proc_dir_entry *exercise_entry;

/*
 * TODO 1: decide whether the opener of m->file may see a task with these
 * credentials. Which object has the credentials of the opener?
 */
static bool may_see(const struct seq_file *m, const struct cred *cred)
{
	return false;
}

static int exercise_show(struct seq_file *m, void *v)
{
	/*
	 * TODO 2: get the credentials of the task that the line is about, not
	 * of the current task. How long are they valid?
	 */
	if (!may_see(m, current_cred()))
		return SEQ_SKIP;

	/* TODO 3: print the UID as the user namespace of the opener has it. */

	return 0;
}

/* TODO 4: replace this by the seq_operations of your exercise 3. */
static int exercise_open(struct inode *inode, struct file *file)
{
	return single_open(file, exercise_show, NULL);
}

static const struct proc_ops exercise_proc_ops = {
	.proc_open = exercise_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

static int __init exercise_init(void)
{
	exercise_entry = proc_create("exercise", 0444, NULL,
				     &exercise_proc_ops);

	return exercise_entry ? 0 : -ENOMEM;
}

static void __exit exercise_exit(void)
{
	proc_remove(exercise_entry);
}

module_init(exercise_init);
module_exit(exercise_exit);

MODULE_DESCRIPTION("Exercise 5: the processes that the opener may see");
MODULE_LICENSE("GPL");
