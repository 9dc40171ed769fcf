// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The check at load: does the walk make sense on this kernel?
 *
 * Nothing stops a build for a kernel in which a name still exists and its
 * meaning has changed. So compare what the walk finds with what the kernel
 * itself says of one process.
 */
#include <linux/errno.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "pidns_tree.h"

static bool is_copy_of(const struct pidns_process *proc,
		       struct pid_namespace *root, struct pid_namespace *ns,
		       struct task_struct *task)
{
	return proc->depth == ns->level - root->level + 1 &&
	       proc->numbers[0] == task_tgid_nr_ns(task, root) &&
	       proc->numbers[proc->depth - 1] == task_tgid_nr_ns(task, ns) &&
	       !strncmp(proc->comm, task->comm, sizeof(proc->comm));
}

/**
 * pidns_check_walk - check that the walk finds a process that is there
 * @root: PID namespace to walk
 * @ns: PID namespace of the process, @root or a descendant
 * @task: leader of the process
 *
 * Context: Process context, may sleep. The caller holds references on @root,
 * @ns and @task.
 * Return: 0, -EOPNOTSUPP if the walk does not find the process, or an error of
 * pidns_tree_fill().
 */
int pidns_check_walk(struct pid_namespace *root, struct pid_namespace *ns,
		     struct task_struct *task)
{
	struct pidns_access access = { .all = true };
	const struct pidns_node *node;
	struct pidns_cursor cursor;
	struct pidns_process proc;
	struct pidns_tree tree;
	bool found = false;
	int err;

	err = pidns_tree_fill(&tree, root, &access);
	if (err)
		return err;

	for (node = pidns_tree_first(&tree); node && node->ns != ns;)
		node = pidns_tree_next(&tree, node);
	if (node) {
		pidns_processes_begin(&cursor, &tree, node,
				      task_tgid_nr_ns(task, ns));
		found = pidns_processes_next(&cursor, &proc) &&
			is_copy_of(&proc, root, ns, task);
		err = pidns_processes_end(&cursor);
	}
	pidns_tree_release(&tree);
	if (err)
		return err;

	return found ? 0 : -EOPNOTSUPP;
}
