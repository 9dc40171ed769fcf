// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Exercise 3: list the processes of the opener's PID namespace.
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

/* struct exercise_reader - what an open file needs */
struct exercise_reader {
	/* TODO 1: the PID namespace of the opener. How long is it valid? */
	int unused;
};

static struct proc_dir_entry *exercise_entry;

/*
 * seq_file calls start(), then show() and next() for each element, then stop().
 * start() and next() return the element at a position, or NULL at the end. A
 * position is a number of your choice; the first one is 0. A read can continue
 * at a position minutes later.
 */
static void *exercise_start(struct seq_file *m, loff_t *pos)
{
	/*
	 * TODO 2: return the first struct pid from the position on, and set
	 * the position to it. What keeps it valid until show() has returned?
	 */
	return NULL;
}

static void *exercise_next(struct seq_file *m, void *v, loff_t *pos)
{
	/*
	 * TODO 3: return the struct pid after the position. How many calls are
	 * there before stop(), if no struct pid has a line?
	 */
	++*pos;

	return NULL;
}

static void exercise_stop(struct seq_file *m, void *v)
{
	/* TODO 4: undo what start() did. */
}

static int exercise_show(struct seq_file *m, void *v)
{
	/*
	 * TODO 5: print the line of a process. For a struct pid that is not
	 * the PID of a process, return SEQ_SKIP.
	 */
	return SEQ_SKIP;
}

static const struct seq_operations exercise_seq_ops = {
	.start = exercise_start,
	.next = exercise_next,
	.stop = exercise_stop,
	.show = exercise_show,
};

static int exercise_open(struct inode *inode, struct file *file)
{
	struct exercise_reader *reader;

	/*
	 * seq_file frees the structure. The functions above find it in
	 * m->private.
	 */
	reader = __seq_open_private(file, &exercise_seq_ops, sizeof(*reader));
	if (!reader)
		return -ENOMEM;

	/* TODO 6: record the PID namespace of the current task. */

	return 0;
}

static int exercise_release(struct inode *inode, struct file *file)
{
	/* TODO 7: undo TODO 6. */

	return seq_release_private(inode, file);
}

static const struct proc_ops exercise_proc_ops = {
	.proc_open = exercise_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = exercise_release,
};

static int __init exercise_init(void)
{
	exercise_entry = proc_create("exercise", 0444, NULL,
				     &exercise_proc_ops);

	return exercise_entry ? 0 : -ENOMEM;
}

static void __exit exercise_exit(void)
{
	/* Releases files that are still open, too. */
	proc_remove(exercise_entry);
}

module_init(exercise_init);
module_exit(exercise_exit);

MODULE_DESCRIPTION("Exercise 3: the processes of the opener's PID namespace");
MODULE_LICENSE("GPL");
