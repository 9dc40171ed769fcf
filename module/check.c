// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The check at load: does the search work on this kernel?
 *
 * The module may build for a kernel that has changed the meaning of a structure
 * or function, but not its name. So compare what the search finds out about one
 * process with what functions of the kernel return.
 */
#include <linux/errno.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "pidns_tree.h"

static bool matches_task(const struct pidtree_entry *entry,
			 struct pid_namespace *root, struct pid_namespace *ns,
			 struct task_struct *task)
{
	return entry->depth == ns->level - root->level + 1 &&
	       entry->numbers[0] == task_tgid_nr_ns(task, root) &&
	       entry->numbers[entry->depth - 1] == task_tgid_nr_ns(task, ns) &&
	       !strncmp(entry->comm, task->comm, sizeof(entry->comm));
}

/**
 * pidtree_check - check that a process is found in its namespace
 * @root: PID namespace to search
 * @ns: PID namespace of the process, @root or a descendant
 * @task: thread group leader of the process
 *
 * Context: Process context, may sleep. The caller holds references on @root,
 * @ns and @task.
 * Return: 0, -EOPNOTSUPP if the process is not found, or an error of
 * pidtree_fill() or pidtree_entries_end().
 */
int pidtree_check(struct pid_namespace *root, struct pid_namespace *ns,
		  struct task_struct *task)
{
	struct pidtree_access access = { .all = true };
	const struct pidtree_node *node;
	struct pidtree_entry_iter iter;
	struct pidtree_entry entry;
	struct pidtree tree;
	bool found = false;
	int err;

	err = pidtree_fill(&tree, root, &access);
	if (err)
		return err;

	for (node = pidtree_first_node(&tree); node && node->ns != ns;)
		node = pidtree_next_node(&tree, node);
	if (node) {
		pidtree_entries_begin(&iter, &tree, node,
				      task_tgid_nr_ns(task, ns));
		found = pidtree_entries_next(&iter, &entry) &&
			matches_task(&entry, root, ns, task);
		err = pidtree_entries_end(&iter);
	}
	pidtree_release(&tree);
	if (err)
		return err;

	return found ? 0 : -EOPNOTSUPP;
}
