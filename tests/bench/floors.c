// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Lower bounds for the time of a read: walks over the same struct pids without
 * the rest of the work. Each kind of walk has a file in debugfs. A read of the
 * file does one walk and returns its nanoseconds, the number of descendants of
 * the reader's namespace, and the number of visits to a struct pid.
 */
#include <linux/cred.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

/* As many struct pids as the module visits in one RCU section. */
#define FLOORS_RCU_BATCH 1000

/**
 * enum floors_kind - kinds of walks
 * @FLOORS_PASS: visits the IDR of the reader's namespace once
 * @FLOORS_BARE: visits that IDR, and then the IDR of each namespace, as open and
 *	read of pidns_tree must do
 * @FLOORS_TOUCHING: likewise, and reads all data that pidns_tree would print
 */
enum floors_kind {
	FLOORS_PASS,
	FLOORS_BARE,
	FLOORS_TOUCHING,
};

/**
 * struct floors_walk - one walk
 * @root: the reader's namespace
 * @namespaces: the namespaces to walk, @root first, with a reference on each
 * @count: number of @namespaces
 * @visited: number of visits to a struct pid
 * @sum: sum of all data that is read, so that the compiler keeps the reads
 */
struct floors_walk {
	struct pid_namespace *root;
	struct pid_namespace **namespaces;
	unsigned int count;
	unsigned long visited;
	unsigned long sum;
};

static struct dentry *floors_directory;

static struct pid_namespace *own_ns(const struct pid *pid)
{
	return pid->numbers[pid->level].ns;
}

static bool is_init(const struct pid *pid)
{
	return pid->level && pid->numbers[pid->level].nr == 1;
}

/* Read what pidns_tree prints for a process. Caller holds rcu_read_lock(). */
static void touch_process(struct floors_walk *walk, struct pid *pid)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_TGID);
	char comm[TASK_COMM_LEN];
	unsigned int level;

	if (!task)
		return;
	for (level = walk->root->level; level <= pid->level; level++)
		walk->sum += pid->numbers[level].nr;
	walk->sum += task_tgid_nr_ns(rcu_dereference(task->real_parent),
				     walk->root);
	/* Like the module, without siglock. */
	walk->sum += data_race(get_nr_threads(task));
	walk->sum += task_state_to_char(task);
	walk->sum += __kuid_val(task_uid(task));
	memcpy(comm, task->comm, sizeof(comm));
	walk->sum += strnlen(comm, sizeof(comm));
}

/* Read what pidns_tree prints for a namespace. Caller holds a reference. */
static void touch_namespace(struct floors_walk *walk,
			    const struct pid_namespace *ns)
{
	walk->sum += ns->ns.inum + ns->level + READ_ONCE(ns->pid_allocated);
	if (ns->parent)
		walk->sum += ns->parent->ns.inum;
	walk->sum += __kuid_val(ns->user_ns->owner) + ns->user_ns->ns.inum;
}

/* Inlined, so that each kind of walk is compiled without the other's work. */
static __always_inline void visit_ns(struct floors_walk *walk,
				     struct pid_namespace *ns, bool touch)
{
	unsigned int visited;
	struct pid *pid;
	int nr = 1;

	do {
		rcu_read_lock();
		for (visited = 0; visited < FLOORS_RCU_BATCH; visited++, nr++) {
			pid = idr_get_next(&ns->idr, &nr);
			if (!pid)
				break;
			walk->visited++;
			if (touch && own_ns(pid) == ns)
				touch_process(walk, pid);
		}
		rcu_read_unlock();
		cond_resched();
	} while (pid);
}

static __always_inline void visit_all_ns(struct floors_walk *walk, bool touch)
{
	unsigned int i;

	visit_ns(walk, walk->root, false);
	for (i = 0; i < walk->count; i++) {
		if (touch)
			touch_namespace(walk, walk->namespaces[i]);
		visit_ns(walk, walk->namespaces[i], touch);
	}
}

/* Not part of the measured time. */
static int find_namespaces(struct floors_walk *walk)
{
	unsigned int room = 1;
	struct pid *pid;
	int nr;

	rcu_read_lock();
	idr_for_each_entry(&walk->root->idr, pid, nr)
		room += is_init(pid);
	rcu_read_unlock();

	walk->namespaces = kvmalloc_array(room, sizeof(*walk->namespaces),
					  GFP_KERNEL);
	if (!walk->namespaces)
		return -ENOMEM;
	walk->namespaces[walk->count++] = get_pid_ns(walk->root);

	rcu_read_lock();
	idr_for_each_entry(&walk->root->idr, pid, nr)
		if (is_init(pid) && own_ns(pid) != walk->root &&
		    walk->count < room)
			walk->namespaces[walk->count++] =
				get_pid_ns(own_ns(pid));
	rcu_read_unlock();

	return 0;
}

static int floors_show(struct seq_file *m, void *v)
{
	enum floors_kind kind = (uintptr_t)m->private;
	struct floors_walk walk = {
		.root = task_active_pid_ns(current),
	};
	u64 begin, duration;
	int err;

	err = find_namespaces(&walk);
	if (err)
		return err;

	begin = ktime_get_ns();
	switch (kind) {
	case FLOORS_PASS:
		visit_ns(&walk, walk.root, false);
		break;
	case FLOORS_BARE:
		visit_all_ns(&walk, false);
		break;
	case FLOORS_TOUCHING:
		visit_all_ns(&walk, true);
		break;
	}
	duration = ktime_get_ns() - begin;
	OPTIMIZER_HIDE_VAR(walk.sum);

	seq_printf(m, "%llu %u %lu\n", duration, walk.count - 1, walk.visited);

	while (walk.count)
		put_pid_ns(walk.namespaces[--walk.count]);
	kvfree(walk.namespaces);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(floors);

static int __init floors_init(void)
{
	static const char * const names[] = {
		[FLOORS_PASS] = "pass",
		[FLOORS_BARE] = "bare",
		[FLOORS_TOUCHING] = "touching",
	};
	uintptr_t kind;

	floors_directory = debugfs_create_dir("pidns_floors", NULL);
	for (kind = 0; kind < ARRAY_SIZE(names); kind++)
		debugfs_create_file(names[kind], 0400, floors_directory,
				    (void *)kind, &floors_fops);

	return 0;
}

static void __exit floors_exit(void)
{
	debugfs_remove(floors_directory);
}

module_init(floors_init);
module_exit(floors_exit);

MODULE_DESCRIPTION("Lower bounds for the time of a read of pidns_tree");
MODULE_AUTHOR("pidns_tree developers");
MODULE_LICENSE("GPL");
