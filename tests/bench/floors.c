// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Lower bounds for the time of a read: walks over the same struct pids without
 * the rest of the work. Each kind of walk has a file in debugfs. A read of the
 * file does one walk and returns its nanoseconds, the number of descendants of
 * the reader's namespace, and the number of visits to a struct pid.
 *
 * The file "tree" opens and reads /proc/pidns_tree inside the kernel instead,
 * and returns the nanoseconds of open, those of all reads, and the number of
 * bytes. Without the cost of system calls, these can be compared with the walks
 * also on User-mode Linux, where a system call is slow.
 *
 * The directory "evicted" has the same files. Before they begin to measure,
 * they write to other memory, so that the caches have none of the data.
 */
#include <linux/cred.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/idr.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
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

/* The buffer size of cat(1) of coreutils. */
#define FLOORS_BUFFER (128 * 1024)

/*
 * To evict all other data from the caches, write this many blocks of the size
 * that one allocation can have: 64 MiB, more than the caches of one processor.
 */
#define FLOORS_BLOCK (4UL * 1024 * 1024)
#define FLOORS_BLOCKS 16

/**
 * enum floors_kind - kinds of measurements
 * @FLOORS_PASS: visits the IDR of the reader's namespace once
 * @FLOORS_BARE: visits that IDR, and then the IDR of each namespace, as open and
 *	read of pidns_tree must do
 * @FLOORS_TOUCHING: likewise, and reads all data that open of pidns_tree must
 *	read and that pidns_tree would print
 * @FLOORS_TREE: opens and reads pidns_tree
 * @FLOORS_EVICTED: flag: evict all data from the caches first
 */
enum floors_kind {
	FLOORS_PASS,
	FLOORS_BARE,
	FLOORS_TOUCHING,
	FLOORS_TREE,
	FLOORS_EVICTED = 4,
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
static char *floors_buffer;
static char *floors_blocks[FLOORS_BLOCKS];

static struct pid_namespace *own_ns(const struct pid *pid)
{
	return pid->numbers[pid->level].ns;
}

static bool is_init(const struct pid *pid)
{
	return pid->level && pid->numbers[pid->level].nr == 1;
}

/* Read what open needs of a struct pid. Caller holds rcu_read_lock(). */
static void touch_pid(struct floors_walk *walk, struct pid *pid)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_PID);

	walk->sum += (uintptr_t)own_ns(pid);
	if (!task)
		return;
	task_lock(task);
	if (task->nsproxy)
		walk->sum += (uintptr_t)task->nsproxy->pid_ns_for_children;
	task_unlock(task);
	walk->sum += pid_has_task(pid, PIDTYPE_TGID);
}

/*
 * Read what pidns_tree prints for a process, or for a struct pid that is only
 * the ID of a process group or a session. Caller holds rcu_read_lock().
 */
static void touch_process(struct floors_walk *walk, struct pid *pid)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_TGID);
	char comm[TASK_COMM_LEN];
	unsigned int level;

	if (!task) {
		walk->sum += pid_has_task(pid, PIDTYPE_PID) +
			     pid_has_task(pid, PIDTYPE_PGID) +
			     pid_has_task(pid, PIDTYPE_SID);
		return;
	}
	for (level = walk->root->level; level <= pid->level; level++)
		walk->sum += pid->numbers[level].nr;
	walk->sum += task_tgid_nr_ns(rcu_dereference(task->real_parent),
				     walk->root);
	walk->sum += pid_nr_ns(READ_ONCE(task->signal->pids[PIDTYPE_PGID]),
			       walk->root);
	walk->sum += pid_nr_ns(READ_ONCE(task->signal->pids[PIDTYPE_SID]),
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

/**
 * enum floors_touch - data that a walk over one IDR reads
 * @FLOORS_NOTHING: only the pointers to the struct pids
 * @FLOORS_OPEN: what open needs of each struct pid
 * @FLOORS_READ: what pidns_tree prints of the processes of the namespace
 */
enum floors_touch {
	FLOORS_NOTHING,
	FLOORS_OPEN,
	FLOORS_READ,
};

/* Inlined, so that each kind of walk is compiled without the others' work. */
static __always_inline void visit_ns(struct floors_walk *walk,
				     struct pid_namespace *ns,
				     enum floors_touch touch)
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
			if (touch == FLOORS_OPEN)
				touch_pid(walk, pid);
			if (touch == FLOORS_READ && own_ns(pid) == ns)
				touch_process(walk, pid);
		}
		rcu_read_unlock();
		cond_resched();
	} while (pid);
}

static __always_inline void visit_all_ns(struct floors_walk *walk, bool touch)
{
	unsigned int i;

	visit_ns(walk, walk->root, touch ? FLOORS_OPEN : FLOORS_NOTHING);
	for (i = 0; i < walk->count; i++) {
		if (touch)
			touch_namespace(walk, walk->namespaces[i]);
		visit_ns(walk, walk->namespaces[i],
			 touch ? FLOORS_READ : FLOORS_NOTHING);
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

/* Unlike these writes, a memset() of much memory may bypass the caches. */
static void evict_caches(void)
{
	unsigned long offset;
	unsigned int i;

	for (i = 0; i < FLOORS_BLOCKS; i++)
		for (offset = 0; offset < FLOORS_BLOCK;
		     offset += SMP_CACHE_BYTES)
			WRITE_ONCE(floors_blocks[i][offset], i);
}

static int walk_and_show(struct seq_file *m, enum floors_kind kind)
{
	struct floors_walk walk = {
		.root = task_active_pid_ns(current),
	};
	u64 begin, duration;
	int err;

	err = find_namespaces(&walk);
	if (err)
		return err;
	if (kind & FLOORS_EVICTED)
		evict_caches();

	begin = ktime_get_ns();
	switch (kind & ~FLOORS_EVICTED) {
	case FLOORS_PASS:
		visit_ns(&walk, walk.root, FLOORS_NOTHING);
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

static int read_and_show(struct seq_file *m, enum floors_kind kind)
{
	u64 begin, opened, duration;
	loff_t bytes = 0;
	struct file *file;
	ssize_t len;

	if (kind & FLOORS_EVICTED)
		evict_caches();

	begin = ktime_get_ns();
	file = filp_open("/proc/pidns_tree", O_RDONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	opened = ktime_get_ns();
	do
		len = kernel_read(file, floors_buffer, FLOORS_BUFFER, &bytes);
	while (len > 0);
	duration = ktime_get_ns() - opened;
	filp_close(file, NULL);
	if (len < 0)
		return len;

	seq_printf(m, "%llu %llu %lld\n", opened - begin, duration, bytes);

	return 0;
}

static int floors_show(struct seq_file *m, void *v)
{
	enum floors_kind kind = (uintptr_t)m->private;
	static DEFINE_MUTEX(lock);
	int err;

	/* Protects the buffer and the blocks, and measures one at a time. */
	mutex_lock(&lock);
	if ((kind & ~FLOORS_EVICTED) == FLOORS_TREE)
		err = read_and_show(m, kind);
	else
		err = walk_and_show(m, kind);
	mutex_unlock(&lock);

	return err;
}
DEFINE_SHOW_ATTRIBUTE(floors);

static void free_memory(void)
{
	unsigned int i;

	for (i = 0; i < FLOORS_BLOCKS; i++)
		free_pages((unsigned long)floors_blocks[i],
			   get_order(FLOORS_BLOCK));
	kvfree(floors_buffer);
}

static int alloc_memory(void)
{
	unsigned int i;

	floors_buffer = kvmalloc(FLOORS_BUFFER, GFP_KERNEL);
	if (!floors_buffer)
		return -ENOMEM;
	for (i = 0; i < FLOORS_BLOCKS; i++) {
		floors_blocks[i] = (char *)
			__get_free_pages(GFP_KERNEL, get_order(FLOORS_BLOCK));
		if (!floors_blocks[i]) {
			free_memory();
			return -ENOMEM;
		}
	}

	return 0;
}

static int __init floors_init(void)
{
	static const char * const names[] = {
		[FLOORS_PASS] = "pass",
		[FLOORS_BARE] = "bare",
		[FLOORS_TOUCHING] = "touching",
		[FLOORS_TREE] = "tree",
	};
	struct dentry *evicted;
	uintptr_t kind;
	int err;

	err = alloc_memory();
	if (err)
		return err;

	floors_directory = debugfs_create_dir("pidns_floors", NULL);
	evicted = debugfs_create_dir("evicted", floors_directory);
	for (kind = 0; kind < ARRAY_SIZE(names); kind++) {
		debugfs_create_file(names[kind], 0400, floors_directory,
				    (void *)kind, &floors_fops);
		debugfs_create_file(names[kind], 0400, evicted,
				    (void *)(kind | FLOORS_EVICTED),
				    &floors_fops);
	}

	return 0;
}

static void __exit floors_exit(void)
{
	debugfs_remove(floors_directory);
	free_memory();
}

module_init(floors_init);
module_exit(floors_exit);

MODULE_DESCRIPTION("Lower bounds for the time of a read of pidns_tree");
MODULE_AUTHOR("pidns_tree developers");
MODULE_LICENSE("GPL");
