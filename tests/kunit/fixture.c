// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/mm_types.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "fixture.h"
#include "pidns_tree.h"

/* Defined by main.c in the module. */
bool pidtree_public;

void *fake_alloc(struct kunit *test, size_t size)
{
	void *mem = kunit_kzalloc(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	return mem;
}

#ifdef HAVE_NS_REF
refcount_t *ns_refs(struct ns_common *ns)
{
	return &ns->__ns_ref;
}

/* The kernel does not count references on namespaces with the lowest IDs. */
static void init_refs(struct ns_common *ns)
{
	ns->ns_id = U64_MAX;
	refcount_set(&ns->__ns_ref, FAKE_REFS);
}
#else
refcount_t *ns_refs(struct ns_common *ns)
{
	return &ns->count;
}

static void init_refs(struct ns_common *ns)
{
	refcount_set(&ns->count, FAKE_REFS);
}
#endif

#ifdef HAVE_NS_ID
void fake_nsid(struct pid_namespace *ns, u64 nsid)
{
	ns->ns.ns_id = nsid;
}
#else
void fake_nsid(struct pid_namespace *ns, u64 nsid)
{
}
#endif

struct user_namespace *fake_user_ns(struct kunit *test,
				    struct user_namespace *parent,
				    unsigned int owner)
{
	struct user_namespace *ns = fake_alloc(test, sizeof(*ns));

	ns->parent = parent;
	ns->level = parent->level + 1;
	ns->owner = KUIDT_INIT(owner);
	init_refs(&ns->ns);

	return ns;
}

KUNIT_DEFINE_ACTION_WRAPPER(empty_idr, idr_destroy, struct idr *);

struct pid_namespace *fake_pid_ns(struct kunit *test,
				  struct pid_namespace *parent,
				  unsigned int inum)
{
	struct pid_namespace *ns = fake_alloc(test, sizeof(*ns));

	ns->parent = parent;
	ns->level = parent ? parent->level + 1 : 0;
	ns->user_ns = &init_user_ns;
	ns->pid_allocated = PIDNS_ADDING;
	ns->ns.inum = inum;
	init_refs(&ns->ns);
	idr_init(&ns->idr);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, empty_idr, &ns->idr));

	return ns;
}

/* An RCU callback drops the reference on user_ns after the end of the test. */
static void release_cred(void *data)
{
	struct cred *cred = data;

	cred->user_ns = &init_user_ns;
	put_cred(cred);
}

struct cred *fake_cred(struct kunit *test, struct user_namespace *ns,
		       unsigned int id)
{
	struct cred *cred = prepare_creds();
	kuid_t uid = KUIDT_INIT(id);
	kgid_t gid = KGIDT_INIT(id);

	/* Tests run in kernel threads, so cred->user_ns is init_user_ns. */
	KUNIT_ASSERT_NOT_NULL(test, cred);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, release_cred,
							   cred));

	cred->user_ns = ns;
	cred->uid = uid;
	cred->euid = uid;
	cred->suid = uid;
	cred->fsuid = uid;
	cred->gid = gid;
	cred->egid = gid;
	cred->sgid = gid;
	cred->fsgid = gid;
	cap_clear(cred->cap_permitted);
	cap_clear(cred->cap_effective);

	return cred;
}

struct file *fake_file(struct kunit *test, const struct cred *opener)
{
	struct file *file = fake_alloc(test, sizeof(*file));

	file->f_cred = opener;

	return file;
}

/* The exec_state of the task or its mm has the dumpable value. */
#ifdef HAVE_EXEC_STATE
static void record_dumpable(struct kunit *test, struct task_struct *task,
			    struct user_namespace *ns, enum dumpable dumpable)
{
	struct task_exec_state *state = fake_alloc(test, sizeof(*state));

	state->user_ns = ns;
	state->dumpable = (enum task_dumpable)dumpable;
	RCU_INIT_POINTER(task->exec_state, state);
}
#else
static void record_dumpable(struct kunit *test, struct task_struct *task,
			    struct user_namespace *ns, enum dumpable dumpable)
{
	task->mm->user_ns = ns;
	/* Linux 6.18 and later wrap this word in a structure. */
	*(unsigned long *)&task->mm->flags = dumpable;
}
#endif

void fake_memory(struct kunit *test, struct task_struct *task,
		 struct user_namespace *ns, enum dumpable dumpable)
{
	task->mm = fake_alloc(test, sizeof(*task->mm));
	record_dumpable(test, task, ns, dumpable);
}

#if defined(HAVE_EXEC_STATE)
const bool fake_dumpable_recorded = true;

static void record_exit_mm(struct task_struct *task, enum dumpable dumpable)
{
}
#elif defined(HAVE_USER_DUMPABLE)
const bool fake_dumpable_recorded = true;

static void record_exit_mm(struct task_struct *task, enum dumpable dumpable)
{
	task->user_dumpable = dumpable == DUMPABLE_OWNER;
}
#else
const bool fake_dumpable_recorded;

static void record_exit_mm(struct task_struct *task, enum dumpable dumpable)
{
}
#endif

void fake_exit_mm(struct task_struct *task, enum dumpable dumpable)
{
	task->mm = NULL;
	record_exit_mm(task, dumpable);
}

struct pid *fake_pid(struct kunit *test, struct pid_namespace *ns,
		     const pid_t *numbers)
{
	struct pid *pid = fake_alloc(test, struct_size(pid, numbers,
						       ns->level + 1));

	pid->level = ns->level;
	refcount_set(&pid->count, FAKE_REFS);
	for (; ns; ns = ns->parent) {
		pid_t nr = numbers[ns->level];

		pid->numbers[ns->level].nr = nr;
		pid->numbers[ns->level].ns = ns;
		KUNIT_ASSERT_EQ(test, nr, idr_alloc(&ns->idr, pid, nr, nr + 1,
						    GFP_KERNEL));
	}

	return pid;
}

/*
 * One allocation for all parts of a task, because tests make thousands of
 * tasks.
 */
struct fake_task_parts {
	struct signal_struct signal;
	struct nsproxy nsproxy;
	struct task_struct task;
};

static struct task_struct *fake_task(struct kunit *test, struct pid *pid,
				     struct signal_struct *signal,
				     const struct cred *cred)
{
	struct fake_task_parts *parts = fake_alloc(test, sizeof(*parts));
	struct task_struct *task = &parts->task;

	if (!signal)
		signal = &parts->signal;

	spin_lock_init(&task->alloc_lock);
	task->__state = TASK_INTERRUPTIBLE;
	task->signal = signal;
	fake_memory(test, task, &init_user_ns, DUMPABLE_OWNER);
	task->nsproxy = &parts->nsproxy;
	task->nsproxy->pid_ns_for_children = pid->numbers[pid->level].ns;
	task->thread_pid = pid;
	RCU_INIT_POINTER(task->real_parent, &init_task);
	RCU_INIT_POINTER(task->real_cred, cred);
	RCU_INIT_POINTER(task->cred, cred);

	signal->nr_threads++;
	hlist_add_head_rcu(&task->pid_links[PIDTYPE_PID],
			   &pid->tasks[PIDTYPE_PID]);

	return task;
}

/*
 * The group and session of kernel threads: init_struct_pid, which is not
 * exported. Its PID is 0, and it has none in a fake namespace.
 */
static struct pid *kernel_id(enum pid_type type)
{
	return init_task.signal->pids[type];
}

struct task_struct *fake_process(struct kunit *test, struct pid *pid,
				 const struct cred *cred)
{
	struct task_struct *task = fake_task(test, pid, NULL, cred);

	task->signal->pids[PIDTYPE_PGID] = kernel_id(PIDTYPE_PGID);
	task->signal->pids[PIDTYPE_SID] = kernel_id(PIDTYPE_SID);
	task->signal->pids[PIDTYPE_TGID] = pid;
	hlist_add_head_rcu(&task->pid_links[PIDTYPE_TGID],
			   &pid->tasks[PIDTYPE_TGID]);

	return task;
}

struct task_struct *fake_thread(struct kunit *test, struct pid *pid,
				struct task_struct *leader)
{
	return fake_task(test, pid, leader->signal,
			 rcu_access_pointer(leader->real_cred));
}

void fake_member(struct task_struct *task, struct pid *id, enum pid_type type)
{
	task->signal->pids[type] = id;
	hlist_add_head_rcu(&task->pid_links[type], &id->tasks[type]);
}

void fake_access(struct kunit *test, struct pidtree_access *access,
		 unsigned int id, bool all)
{
	access->file = fake_file(test, fake_cred(test, &init_user_ns, id));
	access->self = task_tgid(current);
	access->all = all;
	access->admin = false;
	access->cached_ns = NULL;
}

bool next_entry(struct pidtree *tree, const struct pidtree_node *node,
		pid_t from, struct pidtree_entry *entry)
{
	struct pidtree_entry_iter iter;
	bool found;

	pidtree_entries_begin(&iter, tree, node, from);
	found = pidtree_entries_next(&iter, entry);
	pidtree_entries_end(&iter);

	return found;
}

MODULE_DESCRIPTION("KUnit tests of pidns_tree");
MODULE_AUTHOR("pidns_tree developers");
MODULE_LICENSE("GPL");
