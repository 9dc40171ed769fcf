// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The search at open: from struct pid objects to candidates for the tree.
 *
 * Most kernels export no list of PID namespaces. But each namespace has an IDR
 * that maps its PIDs to struct pid objects, and a struct pid is in the IDR of
 * each namespace in which it has a PID: its own namespace and all ancestors. So
 * the IDR of the root holds every process of the whole subtree. The init of
 * each namespace is the process that has PID 1 in its own namespace. The search
 * finds a namespace without processes as the pid_ns_for_children of a task, or
 * as an ancestor of another namespace.
 *
 * Lifetimes:
 * - A struct pid that was found in an IDR, the task that pid_task() returns for
 *   it, and the signal_struct and credentials of this task are freed after a
 *   grace period. They are valid until the end of the RCU section in which they
 *   were found.
 * - A struct pid has a reference on its own namespace. So get_pid_ns() is safe
 *   in this RCU section. After the section, the last reference may be gone.
 * - task->nsproxy and the references in it are stable under task_lock().
 * - A namespace has a reference on its parent. So the ancestors of a referenced
 *   namespace are valid in any context.
 * - ns->child_reaper can point to a freed task. The module never reads it.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/nsproxy.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "compat.h"
#include "pidns_tree.h"

/* PID of an init in its own namespace. */
#define PIDTREE_INIT_NR 1

/**
 * struct pidtree_search - state of the search
 * @access: what the reader may see
 * @root: namespace that becomes the root of the tree
 * @found: result. Its list holds the candidates whose init was visited, ordered
 *	by the PID of the init in @root, until finish_candidates() completes it
 * @by_inum: candidates by the inode number of their namespace. No other
 *	namespace can have the same number, because each candidate has a
 *	reference on its namespace
 * @last_cand: result of the last lookup in @by_inum
 * @without_init: list of the candidates whose init was not visited
 * @next_nr: PID in @root from which the search continues
 * @new_ns: namespace without a candidate, referenced; NULL if there is none
 */
struct pidtree_search {
	struct pidtree_access *access;
	struct pid_namespace *root;
	struct pidtree_found *found;
	struct xarray by_inum;
	struct pidtree_candidate *last_cand;
	struct list_head without_init;
	pid_t next_nr;
	struct pid_namespace *new_ns;
};

static void free_candidate(struct pidtree_candidate *cand)
{
	list_del(&cand->entry);
	put_pid_ns(cand->node.ns);
	kfree(cand);
}

/* Takes over the caller's reference on @ns, even on failure. */
static struct pidtree_candidate *add_candidate(struct pidtree_search *search,
					       struct pid_namespace *ns)
{
	unsigned int level = ns->level - search->root->level;
	struct pidtree_candidate *cand;
	int err;

	cand = kzalloc(struct_size(cand, node.init, level + 1),
		       GFP_KERNEL_ACCOUNT);
	if (!cand) {
		put_pid_ns(ns);
		return ERR_PTR(-ENOMEM);
	}

	cand->node.ns = ns;
	cand->node.level = level;
	INIT_LIST_HEAD(&cand->children);
	INIT_LIST_HEAD(&cand->sibling);
	list_add_tail(&cand->entry, &search->without_init);

	err = xa_err(xa_store(&search->by_inum, ns->ns.inum, cand,
			      GFP_KERNEL_ACCOUNT));
	if (err) {
		free_candidate(cand);
		return ERR_PTR(err);
	}

	return cand;
}

/*
 * Most struct pid objects have the same namespace as the previous one, so check
 * the last result first. No candidate is freed during the search.
 */
static struct pidtree_candidate *find_candidate(struct pidtree_search *search,
						const struct pid_namespace *ns)
{
	if (!search->last_cand || search->last_cand->node.ns != ns)
		search->last_cand = xa_load(&search->by_inum, ns->ns.inum);

	return search->last_cand;
}

/*
 * Add candidates for a namespace and for those of its ancestors that have none:
 * ancestors need not have processes. The loop ends at the root, because @ns is
 * a descendant of the root: the pid_ns_for_children of a task is the task's own
 * namespace or a descendant. copy_pid_ns() and pidns_install() ensure this, and
 * copy_process() creates no thread while the two differ.
 *
 * Takes over the caller's reference on @ns, even on failure.
 */
static int add_with_ancestors(struct pidtree_search *search,
			      struct pid_namespace *ns)
{
	struct pidtree_candidate *child = NULL, *cand;

	do {
		cand = add_candidate(search, ns);
		if (IS_ERR(cand))
			return PTR_ERR(cand);
		if (child)
			child->parent = cand;

		child = cand;
		cand = find_candidate(search, ns->parent);
		ns = cand ? NULL : get_pid_ns(ns->parent);
	} while (ns);
	child->parent = cand;

	return 0;
}

/*
 * Record the pid_ns_for_children of a task if it differs from the own namespace
 * of the task. It belongs to the thread and not to the process, because
 * unshare(2) and setns(2) change the calling thread only.
 *
 * Return: false if pid_ns_for_children has no candidate; it is search->new_ns
 * then.
 */
static bool visit_ns_for_children(struct pidtree_search *search,
				  struct pid *pid, struct task_struct *task)
{
	struct pid_namespace *ns = NULL;
	struct pidtree_candidate *cand = NULL;

	task_lock(task);
	if (task->nsproxy)
		ns = task->nsproxy->pid_ns_for_children;
	if (ns && ns != ns_of_pid(pid)) {
		cand = find_candidate(search, ns);
		if (!cand)
			search->new_ns = get_pid_ns(ns);
	}
	task_unlock(task);

	if (cand && !cand->node.pid_for_children &&
	    pidtree_may_see(search->access, task))
		cand->node.pid_for_children =
			pid->numbers[search->root->level].nr;

	return !search->new_ns;
}

static void visit_process(struct pidtree_search *search,
			  struct pidtree_candidate *cand, struct pid *pid,
			  struct task_struct *task)
{
	struct pidtree_node *node = &cand->node;
	bool visible = pidtree_may_see(search->access, task);

	node->nprocs += visible;

	if (is_child_reaper(pid) && !node->init[0]) {
		pidtree_copy_numbers(search->root, pid, node->init);
		node->init_hidden = !visible;
		list_move_tail(&cand->entry, &search->found->candidates);
	}
}

/*
 * Caller is in the RCU section in which @pid was found.
 *
 * Return: false if a namespace has no candidate; it is search->new_ns then.
 * Nothing was counted in this case, so the struct pid can be visited again.
 */
static bool visit_pid(struct pidtree_search *search, struct pid *pid)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_PID);
	struct pidtree_candidate *cand;

	/* Not attached yet, or only the ID of a process group or a session. */
	if (!task)
		return true;

	cand = find_candidate(search, ns_of_pid(pid));
	if (!cand) {
		RCU_LOCKDEP_WARN(!rcu_read_lock_held(),
				 "pidns_tree: struct pid used outside its RCU section");
		search->new_ns = get_pid_ns(ns_of_pid(pid));
		return false;
	}
	if (!visit_ns_for_children(search, pid, task))
		return false;

	/*
	 * Only the struct pid of a thread group leader has a PIDTYPE_TGID task.
	 */
	if (pid_has_task(pid, PIDTYPE_TGID))
		visit_process(search, cand, pid, task);

	return true;
}

/*
 * Visit struct pid objects of the root, up to one that needs a new candidate.
 * The caller allocates the candidate outside the RCU section and continues with
 * the same PID.
 *
 * Return: 0, or -EINTR if a fatal signal is pending. In both cases,
 * search->new_ns can have a reference.
 */
static int visit_pids(struct pidtree_search *search)
{
	struct pidtree_pass pass;
	struct pid *pid;

	pidtree_pass_begin(&pass, search->root, search->next_nr);
	do
		pid = pidtree_pass_next(&pass);
	while (pid && visit_pid(search, pid));
	search->next_nr = pidtree_pass_nr(&pass);

	return pidtree_pass_end(&pass);
}

static int visit_all_pids(struct pidtree_search *search)
{
	int err;

	for (;;) {
		err = visit_pids(search);
		if (err) {
			if (search->new_ns)
				put_pid_ns(search->new_ns);
			return err;
		}
		if (!search->new_ns)
			return 0;

		err = add_with_ancestors(search, search->new_ns);
		if (err)
			return err;
		search->new_ns = NULL;
	}
}

static void finish_node(struct pidtree_node *node)
{
	node->pid_max = pidtree_pid_max(node->ns);
	node->state = pidtree_find_state(node->ns);

	/*
	 * If the namespace has an init now, the init was created too late for
	 * the search. Print the namespace as it was before.
	 */
	if (node->pid_for_children && !node->init[0] &&
	    node->state != PIDTREE_DEAD)
		node->state = PIDTREE_PENDING;

	/* Processes were created or have exited since the search counted. */
	if (node->state == PIDTREE_PENDING || node->state == PIDTREE_DEAD) {
		node->nprocs = 0;
		node->init[0] = 0;
	}
}

static void finish_root(struct pidtree_search *search)
{
	struct pidtree_candidate *cand = search->found->root;
	struct pidtree_node *root = &cand->node;

	finish_node(root);
	cand->shown = search->access->all;

	/*
	 * The init was created during the search, which found no task for
	 * PID 1. In the root, no other PID can be that of the init.
	 */
	if (!root->init[0] && root->state != PIDTREE_PENDING &&
	    root->state != PIDTREE_DEAD) {
		root->init[0] = PIDTREE_INIT_NR;
		root->init_hidden = !search->access->all;
	}
}

/*
 * Finish all candidates and put siblings in order: first the namespaces with a
 * visible init, by its PID in the root, as visited. Then those with a hidden
 * init, because their order must not reveal the PID, and those without an init,
 * both by inode number, as in the index.
 */
static void finish_candidates(struct pidtree_search *search)
{
	struct pidtree_candidate *cand;
	LIST_HEAD(without_init);
	unsigned long inum;
	LIST_HEAD(hidden);

	xa_for_each(&search->by_inum, inum, cand) {
		if (cand == search->found->root)
			finish_root(search);
		else
			finish_node(&cand->node);
		if (!cand->node.init[0])
			list_move_tail(&cand->entry, &without_init);
		else if (cand->node.init_hidden)
			list_move_tail(&cand->entry, &hidden);
		cond_resched();
	}
	list_splice_tail(&hidden, &search->found->candidates);
	list_splice_tail(&without_init, &search->found->candidates);
}

/**
 * pidtree_search - find the PID namespaces of a subtree
 * @found: result, to be initialized
 * @root: root of the subtree; the caller holds a reference
 * @access: what the reader may see
 *
 * Finds @root and every descendant that has a process, or is the
 * pid_ns_for_children of a task, from the beginning to the end of the search.
 * Finds the ancestors of these up to @root. The search may or may not find a
 * namespace for which this is true during a part of the search only.
 *
 * Counts the processes that the reader may see, for each namespace. Takes time
 * linear in the number of struct pid objects, and memory for the namespaces
 * only.
 *
 * Context: Process context, may sleep. The memory is charged to the caller.
 * Return: 0, and the caller must call pidtree_search_free(); or an error with
 * nothing to free: -ENOMEM, or -EINTR if a fatal signal is pending.
 */
int pidtree_search(struct pidtree_found *found, struct pid_namespace *root,
		   struct pidtree_access *access)
{
	struct pidtree_search search = {
		.access = access,
		.root = root,
		.found = found,
		.without_init = LIST_HEAD_INIT(search.without_init),
		.next_nr = PIDTREE_INIT_NR,
	};
	int err;

	INIT_LIST_HEAD(&found->candidates);
	xa_init_flags(&search.by_inum, XA_FLAGS_ACCOUNT);

	found->root = add_candidate(&search, get_pid_ns(root));
	err = PTR_ERR_OR_ZERO(found->root);
	if (!err)
		err = visit_all_pids(&search);
	list_splice_tail(&search.without_init, &found->candidates);
	if (err)
		pidtree_search_free(found);
	else
		finish_candidates(&search);

	pidtree_access_drop_cache(access);
	xa_destroy(&search.by_inum);
	return err;
}

/**
 * pidtree_search_free - free the candidates of a search
 * @found: result of pidtree_search()
 *
 * Context: Process context, may sleep.
 */
void pidtree_search_free(struct pidtree_found *found)
{
	struct pidtree_candidate *cand, *next;

	list_for_each_entry_safe(cand, next, &found->candidates, entry) {
		free_candidate(cand);
		cond_resched();
	}
}
