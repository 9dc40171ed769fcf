// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The processes of a namespace at read: each is copied out of its task.
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
 * Copy a process out of its task. Caller is in the RCU section in which @pid
 * was found.
 *
 * Return: false if @pid is not the struct pid of a thread group leader, if the
 * process is being released, or if the reader may not see it.
 */
static bool read_process(const struct pidtree *tree, struct pid *pid,
			 struct pidtree_process *proc)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_TGID);

	if (!task)
		return false;

	/*
	 * Read without siglock: the number could change right after the lock is
	 * released anyway. __exit_signal() decrements it, for the last thread
	 * to zero, just before it detaches the struct pid.
	 */
	proc->threads = data_race(get_nr_threads(task));
	if (!proc->threads)
		return false;

	proc->depth = pidtree_copy_numbers(tree->root, pid, proc->numbers);

	/*
	 * The real_parent of a released task can point to a freed parent. But
	 * @task was found by its PID in this RCU section, so it was not
	 * released before the section began. A parent that exited before had
	 * given @task to another parent by then, and a parent that exits later
	 * is not freed before the section ends. A parent without a PID yields
	 * 0.
	 */
	proc->ppid = pid_nr_ns(task_tgid(rcu_dereference(task->real_parent)),
			       tree->root);
	proc->uid = __task_cred(task)->uid;
	proc->state = task_state_to_char(task);
	/*
	 * Read without task_lock(), as get_task_comm() does since 6.13. A name
	 * that is being changed can be a mixture of the old and the new one. In
	 * 6.12, strscpy_pad() stores the NUL of a new name last, so terminate
	 * the copy.
	 */
	data_race(memcpy(proc->comm, task->comm, sizeof(proc->comm)));
	proc->comm[sizeof(proc->comm) - 1] = '\0';

	/* Check after the copy: see pidtree_may_see(). */
	smp_rmb();
	return pidtree_may_see(tree->access, task);
}

/**
 * pidtree_processes_begin - begin to iterate over the processes of a namespace
 * @iter: iterator to initialize
 * @tree: tree that @node belongs to
 * @node: namespace
 * @from: lowest PID in this namespace to return
 *
 * Context: Process context. Enters an RCU section, which
 * pidtree_processes_end() leaves.
 */
void pidtree_processes_begin(struct pidtree_process_iter *iter,
			     const struct pidtree *tree,
			     const struct pidtree_node *node, pid_t from)
	__acquires(RCU)
{
	iter->tree = tree;
	pidtree_pass_begin(&iter->pass, node->ns, from);
}

/**
 * pidtree_processes_next - get the next process
 * @iter: iterator
 * @proc: copy of the process
 *
 * Skips processes of descendant namespaces, which have a PID in this namespace,
 * too: each process is returned for its own namespace only. Skips processes
 * that the reader may not see.
 *
 * Context: RCU section of the iterator. The function may leave the section,
 * sleep, and enter a new one.
 * Return: true if @proc was filled, false if there are no more processes or if
 * a fatal signal is pending.
 */
bool pidtree_processes_next(struct pidtree_process_iter *iter,
			    struct pidtree_process *proc)
{
	struct pid *pid;

	while ((pid = pidtree_pass_next(&iter->pass)))
		if (ns_of_pid(pid) == iter->pass.ns &&
		    read_process(iter->tree, pid, proc))
			return true;

	return false;
}

/**
 * pidtree_processes_end - end the iteration
 * @iter: iterator
 *
 * Context: Process context, may sleep. Leaves the RCU section of the iterator.
 * Return: 0, or -EINTR if a fatal signal is pending. The iteration may have
 * ended early in this case.
 */
int pidtree_processes_end(struct pidtree_process_iter *iter) __releases(RCU)
{
	return pidtree_pass_end(&iter->pass);
}
