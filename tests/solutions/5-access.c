// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Exercise 5: list the processes that the opener may see.
 */
#include <linux/capability.h>
#include <linux/cred.h>
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
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

/* struct exercise_reader - what an open file needs */
struct exercise_reader {
	/* Referenced until the file is closed. */
	struct pid_namespace *ns;
	/* The opener may see the processes of all users. */
	bool sees_all;
};

static struct proc_dir_entry *exercise_entry;

/* Return: the struct pid with the lowest PID from *@pos on, or NULL. */
static struct pid *find_pid(const struct exercise_reader *reader, loff_t *pos)
{
	struct pid *pid;
	int nr = *pos;

	pid = idr_get_next(&reader->ns->idr, &nr);
	if (pid)
		*pos = nr;

	return pid;
}

/* The position is a PID, which stays valid between two reads. */
static void *exercise_start(struct seq_file *m, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();

	return find_pid(m->private, pos);
}

/*
 * Threads and IDs have no line, so the buffer of seq_file does not limit the
 * number of calls between start() and stop(). Each element has an RCU section
 * of its own.
 */
static void *exercise_next(struct seq_file *m, void *v, loff_t *pos)
	__must_hold(RCU)
{
	rcu_read_unlock();
	cond_resched();
	rcu_read_lock();
	++*pos;

	return find_pid(m->private, pos);
}

static void exercise_stop(struct seq_file *m, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

/* @m->file has a reference on the credentials of its opener. */
static bool may_see(const struct seq_file *m, const struct cred *cred)
{
	const struct exercise_reader *reader = m->private;
	kuid_t opener = m->file->f_cred->fsuid;

	return reader->sees_all ||
	       (uid_eq(opener, cred->uid) && uid_eq(opener, cred->euid) &&
		uid_eq(opener, cred->suid));
}

static int exercise_show(struct seq_file *m, void *v)
{
	const struct exercise_reader *reader = m->private;
	const struct cred *cred;
	struct task_struct *task;
	char comm[TASK_COMM_LEN];
	struct pid *pid = v;

	/* No task: a thread that is not the first, or the ID of a group. */
	task = pid_task(pid, PIDTYPE_TGID);
	if (!task)
		return SEQ_SKIP;
	/* Valid until the RCU section ends, even if the task replaces them. */
	cred = __task_cred(task);
	if (!may_see(m, cred))
		return SEQ_SKIP;

	get_task_comm(comm, task);
	seq_printf(m, "%d %u ", pid_nr_ns(pid, reader->ns),
		   from_kuid_munged(seq_user_ns(m), cred->uid));
	seq_escape(m, comm, "\n\\");
	seq_putc(m, '\n');

	return 0;
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

	reader = __seq_open_private(file, &exercise_seq_ops, sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	/* The opener's struct pid has a reference meanwhile. */
	reader->ns = get_pid_ns(task_active_pid_ns(current));
	reader->sees_all = file_ns_capable(file, &init_user_ns,
					   CAP_SYS_PTRACE);

	return 0;
}

static int exercise_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct exercise_reader *reader = m->private;

	put_pid_ns(reader->ns);

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

MODULE_DESCRIPTION("Exercise 5: the processes that the opener may see");
MODULE_LICENSE("GPL");
