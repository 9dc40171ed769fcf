// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Read: a process, copied out of its task.
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
 * Copy a process out of its task. The caller is in the RCU section in which it
 * found @pid.
 *
 * Return: false when @pid is not the pid of a process, or of none any more, or
 * of one that the reader may not see.
 */
static bool read_process(const struct pidtree *tree, struct pid *pid,
			 struct pidtree_process *proc)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_TGID);

	if (!task)
		return false;

	/*
	 * Read without the siglock: a number that was right a moment ago is
	 * all that can be told. It falls to zero just before the pid is
	 * detached.
	 */
	proc->threads = data_race(get_nr_threads(task));
	if (!proc->threads)
		return false;

	proc->depth = pidtree_copy_numbers(tree->root, pid, proc->numbers);

	/*
	 * Once released, a task keeps a real_parent that may be freed. But
	 * this one was found by its number, so a parent that died before this
	 * section began had given it away before; and who dies later is not
	 * freed before the section ends. A parent that has no number any more
	 * gives 0.
	 */
	proc->ppid = pid_nr_ns(task_tgid(rcu_dereference(task->real_parent)),
			       tree->root);
	proc->uid = __task_cred(task)->uid;
	proc->state = task_state_to_char(task);
	/*
	 * Read without the task's lock: while a name is being changed it may
	 * be part old and part new, as get_task_comm() tells it since 6.13.
	 */
	data_race(memcpy(proc->comm, task->comm, sizeof(proc->comm)));
	/* In 6.12, strscpy_pad() stores the NUL of a new name last. */
	proc->comm[sizeof(proc->comm) - 1] = '\0';

	/* At last, so that it is judged as what it was copied as, or later. */
	smp_rmb();
	return pidtree_may_see(tree->access, task);
}

/**
 * pidtree_processes_begin - begin to look through the processes of a namespace
 * @iter: to be initialised
 * @tree: tree that @node is in
 * @node: namespace to look in
 * @from: lowest PID in that namespace to look at
 *
 * Context: Process context. An RCU section begins, which pidtree_processes_end()
 * ends: between them the caller may not sleep.
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
 * pidtree_processes_next - go on to the next process
 * @iter: where to go on from
 * @proc: where the process is copied to
 *
 * Processes of namespaces below have a number in this namespace as well and are
 * passed over: each process is found in its own namespace, nowhere else. So are
 * those that the reader may not see.
 *
 * Context: Between pidtree_processes_begin() and pidtree_processes_end(). Now and
 * then it ends the RCU section, may sleep, and begins another.
 * Return: true and @proc filled, or false when there is none.
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
 * pidtree_processes_end - end the pass over the processes of a namespace
 * @iter: initialised by pidtree_processes_begin()
 *
 * Context: Process context, may sleep.
 * Return: 0, or -EINTR if the current task is being killed, so that the pass
 * may have ended early.
 */
int pidtree_processes_end(struct pidtree_process_iter *iter) __releases(RCU)
{
	return pidtree_pass_end(&iter->pass);
}
