// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The entries of a namespace at read: each process is copied out of its task.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "pidns_tree.h"

/*
 * Caller is in the RCU section in which @pid was found.
 *
 * Return: false if @pid is not an ID, or if the reader may not see it.
 */
static bool read_id(struct pidtree *tree, struct pid *pid,
		    struct pidtree_entry *entry)
{
	entry->roles = pidtree_id_roles(pid);
	if (!tree->access->all)
		entry->roles &= pidtree_ids_roles(&tree->ids, pid);

	return entry->roles;
}

/*
 * Copy a process out of its task. Caller is in the RCU section in which @task
 * was found.
 *
 * Return: false if the process is being released, or if the reader may not see
 * it.
 */
static bool read_process(struct pidtree *tree, struct task_struct *task,
			 struct pidtree_entry *entry)
{
	struct pid *pgrp = pidtree_get_id(task, PIDTYPE_PGID);
	struct pid *session = pidtree_get_id(task, PIDTYPE_SID);

	/* A process that is being released may have left both. */
	if (!pgrp || !session)
		return false;

	/*
	 * Read without siglock: the number could change right after the lock is
	 * released anyway. __exit_signal() decrements it, for the last thread
	 * to zero, just before it detaches the struct pid.
	 */
	entry->threads = data_race(get_nr_threads(task));
	if (!entry->threads)
		return false;

	entry->roles = 0;
	/*
	 * The real_parent of a released task can point to a freed parent. But
	 * @task was found by its PID in this RCU section, so it was not
	 * released before the section began. A parent that exited before had
	 * given @task to another parent by then, and a parent that exits later
	 * is not freed before the section ends. A parent without a PID yields
	 * 0.
	 */
	entry->ppid = pid_nr_ns(task_tgid(rcu_dereference(task->real_parent)),
				tree->root);
	entry->pgid = pid_nr_ns(pgrp, tree->root);
	entry->sid = pid_nr_ns(session, tree->root);
	entry->uid = __task_cred(task)->uid;
	entry->state = task_state_to_char(task);
	/*
	 * Read without task_lock(), as get_task_comm() does since 6.13. A name
	 * that is being changed can be a mixture of the old and the new one. In
	 * 6.12, strscpy_pad() stores the NUL of a new name last, so terminate
	 * the copy.
	 */
	data_race(memcpy(entry->comm, task->comm, sizeof(entry->comm)));
	entry->comm[sizeof(entry->comm) - 1] = '\0';

	/* Check after the copy: see pidtree_may_see(). */
	smp_rmb();
	return pidtree_may_see(tree->access, task);
}

/*
 * Caller is in the RCU section in which @pid was found. A process that is being
 * released can leave an ID.
 */
static bool read_entry(struct pidtree *tree, struct pid *pid,
		       struct pidtree_entry *entry)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_TGID);

	if (!(task && read_process(tree, task, entry)) &&
	    !read_id(tree, pid, entry))
		return false;

	entry->depth = pidtree_copy_numbers(tree->root, pid, entry->numbers);

	return true;
}

/**
 * pidtree_entries_begin - begin to iterate over the entries of a namespace
 * @iter: iterator to initialize
 * @tree: tree that @node belongs to
 * @node: namespace
 * @from: lowest PID in this namespace to return
 *
 * Context: Process context. Enters an RCU section, which
 * pidtree_entries_end() leaves.
 */
void pidtree_entries_begin(struct pidtree_entry_iter *iter,
			   struct pidtree *tree,
			   const struct pidtree_node *node, pid_t from)
	__acquires(RCU)
{
	iter->tree = tree;
	pidtree_pass_begin(&iter->pass, node->ns, from, PIDTREE_PASS_READ);
}

/**
 * pidtree_entries_next - get the next entry
 * @iter: iterator
 * @entry: copy of the process or ID
 *
 * Skips entries of descendant namespaces, which have a PID in this namespace,
 * too: each entry is returned for its own namespace only. Skips entries that the
 * reader may not see.
 *
 * Context: RCU section of the iterator. The function may leave the section,
 * sleep, and enter a new one.
 * Return: true if @entry was filled, false if there are no more entries or if a
 * fatal signal is pending.
 */
bool pidtree_entries_next(struct pidtree_entry_iter *iter,
			  struct pidtree_entry *entry)
{
	struct pid *pid;

	while ((pid = pidtree_pass_next(&iter->pass)))
		if (ns_of_pid(pid) == iter->pass.ns &&
		    read_entry(iter->tree, pid, entry))
			return true;

	return false;
}

/**
 * pidtree_entries_end - end the iteration
 * @iter: iterator
 *
 * Context: Process context, may sleep. Leaves the RCU section of the iterator.
 * Return: 0, or -EINTR if a fatal signal is pending. The iteration may have
 * ended early in this case.
 */
int pidtree_entries_end(struct pidtree_entry_iter *iter) __releases(RCU)
{
	return pidtree_pass_end(&iter->pass);
}
