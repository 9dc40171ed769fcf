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

/* The largest number of struct pid objects in an RCU section. */
#define EXERCISE_BATCH 100

static struct proc_dir_entry *exercise_entry;

/* Is it the PID of a process that is the init of its own namespace? */
static bool is_init(struct pid *pid)
{
	return pid->numbers[pid->level].nr == 1 &&
	       pid_task(pid, PIDTYPE_TGID);
}

static void show_init(struct seq_file *m, const struct pid *pid,
		      const struct pid_namespace *root)
{
	unsigned int i;

	seq_printf(m, "%u %u ", pid->level - root->level,
		   pid->numbers[pid->level].ns->ns.inum);
	for (i = root->level; i <= pid->level; i++)
		seq_printf(m, "%s%d", i > root->level ? "," : "",
			   pid->numbers[i].nr);
	seq_putc(m, '\n');
}

/* Return: the PID to continue from, or 0 after the last one. */
static int show_batch(struct seq_file *m, struct pid_namespace *root, int nr)
{
	struct pid *pid;
	int i;

	rcu_read_lock();
	for (i = 0; i < EXERCISE_BATCH; i++) {
		pid = idr_get_next(&root->idr, &nr);
		if (!pid)
			break;
		if (is_init(pid))
			show_init(m, pid, root);
		nr++;
	}
	rcu_read_unlock();

	return i < EXERCISE_BATCH ? 0 : nr;
}

static int exercise_show(struct seq_file *m, void *unused)
{
	/* The mount has a reference on its namespace. */
	struct pid_namespace *root = proc_pid_ns(file_inode(m->file)->i_sb);
	int nr = 1;

	do {
		nr = show_batch(m, root, nr);
		cond_resched();
	} while (nr && !seq_has_overflowed(m));

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
