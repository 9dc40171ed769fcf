// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The walk: from the IDR of a PID namespace to namespaces and processes. No
 * other file touches an IDR or a struct pid, or finds a task.
 *
 * No kernel keeps a list of PID namespaces for modules, but each namespace has
 * an IDR that finds a struct pid by its number there, and a struct pid is in
 * the IDR of every level that it has a number at. So the IDR of the reader's
 * root holds every process of the whole subtree, and the init of each
 * namespace in it is the one whose number at its own, deepest level is 1.
 * Namespaces without a process are found by who holds them: a task whose
 * children are to be born there, or a namespace below.
 *
 * What keeps things alive:
 * - A struct pid found in an IDR, the task that pid_task() finds for it, and
 *   that task's signal struct and credentials stay until a grace period has
 *   passed, so until the end of the RCU section they were found in.
 * - A namespace whose number a struct pid has is referenced by it, so a
 *   reference can be taken in that same section. Afterwards its last
 *   reference may be gone and the count at zero.
 * - A task's nsproxy and the namespaces it references stay as long as the lock
 *   of the task is held.
 * - A namespace references its parent, so climbing from one that we hold is
 *   safe anywhere.
 * - ns->child_reaper may point to a task long freed. It is never read.
 */
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/nsproxy.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "compat.h"
#include "pidns_tree.h"

/* The number that an init has in its own namespace. */
#define PIDTREE_INIT_NR 1

/**
 * struct pidtree_search - the state of the walk that open makes
 * @access: what the reader may see
 * @root: namespace that is to be the root of the tree
 * @found: what is found
 * @by_inum: the candidates made so far, found by the inum of their namespace. No
 *	other living namespace has it, and ours live: each cand holds one.
 * @last_cand: cand that was looked for last, NULL when there was none
 * @without_init: those whose init has not been met
 * @next_nr: number in the root namespace that the walk goes on from
 * @new_ns: a namespace without a cand that the walk has come to, referenced;
 *	NULL when there is none
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

/* Only while the pid cannot be freed, as the reference is none of ours. */
static struct pid_namespace *get_own_ns(struct pid *pid)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(),
			 "pidns_tree: a pid is used outside of its RCU section");

	return get_pid_ns(ns_of_pid(pid));
}

static void free_candidate(struct pidtree_candidate *cand)
{
	list_del(&cand->entry);
	put_pid_ns(cand->node.ns);
	kfree(cand);
}

/*
 * Make the cand of a namespace. Takes over the caller's reference on it, also
 * on failure.
 */
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

/* Mostly that of the pid before. None is freed while the search goes on. */
static struct pidtree_candidate *find_candidate(struct pidtree_search *search,
						const struct pid_namespace *ns)
{
	if (!search->last_cand || search->last_cand->node.ns != ns)
		search->last_cand = xa_load(&search->by_inum, ns->ns.inum);

	return search->last_cand;
}

/*
 * Make the candidates of a namespace and of those above it that have none: nobody
 * need be left in these, nor any task hold them. The way up ends at the root:
 * what a task has for its children is its own namespace or one below, as
 * pidns_install() and copy_pid_ns() see to, and a child has that for its own;
 * copy_process() makes no thread that has another one.
 *
 * Takes over the caller's reference, also on failure.
 */
static int add_with_ancestors(struct pidtree_search *search,
			      struct pid_namespace *ns)
{
	struct pidtree_candidate *below = NULL, *cand;

	do {
		cand = add_candidate(search, ns);
		if (IS_ERR(cand))
			return PTR_ERR(cand);
		if (below)
			below->parent = cand;

		below = cand;
		cand = find_candidate(search, ns->parent);
		ns = cand ? NULL : get_pid_ns(ns->parent);
	} while (ns);
	below->parent = cand;

	return 0;
}

/*
 * See whether the children of a task are to be born in another namespace than
 * its own, and who holds that. Threads differ in it, as unshare(2) and setns(2)
 * are each thread's own.
 *
 * Return: false when that namespace has no cand yet, which is @search->new_ns
 * then.
 */
static bool visit_ns_for_children(struct pidtree_search *search,
				  struct pid *pid,
				  struct task_struct *task)
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
	bool seen = pidtree_may_see(search->access, task);

	node->nprocs += seen;

	if (is_child_reaper(pid) && !node->init[0]) {
		pidtree_copy_numbers(search->root, pid, node->init);
		node->init_hidden = !seen;
		list_move_tail(&cand->entry, &search->found->candidates);
	}
}

/*
 * Take in what a pid tells. Nothing is counted unless everything has a cand, so
 * the pid can be met again after that was made.
 *
 * Return: false when a namespace has no cand yet, which is @search->new_ns
 * then.
 */
static bool visit_pid(struct pidtree_search *search, struct pid *pid)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_PID);
	struct pidtree_candidate *cand;

	/* Nobody's yet, or kept as the id of a group or a session. */
	if (!task)
		return true;

	cand = find_candidate(search, ns_of_pid(pid));
	if (!cand) {
		search->new_ns = get_own_ns(pid);
		return false;
	}
	if (!visit_ns_for_children(search, pid, task))
		return false;

	/* Not that of a thread. */
	if (pid_has_task(pid, PIDTYPE_TGID))
		visit_process(search, cand, pid, task);

	return true;
}

/*
 * Meet the pids of the root namespace that have not been met, up to one that
 * leads to a namespace without a cand, which the caller has to make where it
 * may sleep; that pid is met again then.
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

/*
 * When a namespace is shut down, PIDNS_ADDING is cleared in it first, and
 * everything in those below is killed afterwards, which clears theirs. So all
 * levels count, those above the reader's root too.
 */
static bool can_create_processes(const struct pid_namespace *ns)
{
	for (; ns; ns = ns->parent)
		if (!(READ_ONCE(ns->pid_allocated) & PIDNS_ADDING))
			return false;

	return true;
}

/* Without a task, number 1 is kept as the id of a group or a session. */
static bool has_init(struct pid_namespace *ns)
{
	struct pid *pid;
	bool found;

	rcu_read_lock();
	pid = find_pid_ns(PIDTREE_INIT_NR, ns);
	found = pid && pid_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();

	return found;
}

static enum pidtree_state find_state(struct pid_namespace *ns)
{
	bool had_init = has_init(ns);

	/*
	 * zap_pid_ns_processes() clears PIDNS_ADDING long before the init is
	 * detached from its number. Looking in the other order, or letting
	 * the CPU do so, could take a dead namespace for a pending one.
	 */
	smp_rmb();
	if (can_create_processes(ns))
		return had_init ? PIDTREE_ACTIVE : PIDTREE_PENDING;

	/* It may have been born and ended since; now no other can come. */
	return has_init(ns) ? PIDTREE_DYING : PIDTREE_DEAD;
}

/* Fix what the line of a namespace will say. */
static void finish_node(struct pidtree_node *node)
{
	node->pid_max = pidtree_pid_max(node->ns);
	node->state = find_state(node->ns);

	/* Its first process was born since the walk began: it was pending. */
	if (node->pid_for_children && !node->init[0] &&
	    node->state != PIDTREE_DEAD)
		node->state = PIDTREE_PENDING;

	/* Whoever was met is gone since, or has just come. */
	if (node->state == PIDTREE_PENDING || node->state == PIDTREE_DEAD) {
		node->nprocs = 0;
		node->init[0] = 0;
	}
}

static void finish_root(struct pidtree_search *search)
{
	struct pidtree_node *root = &search->found->root->node;

	finish_node(root);
	search->found->root->shown = search->access->all;

	/* Born after the walk passed by; no other number can be its init's. */
	if (!root->init[0] && root->state != PIDTREE_PENDING &&
	    root->state != PIDTREE_DEAD) {
		root->init[0] = PIDTREE_INIT_NR;
		root->init_hidden = !search->access->all;
	}
}

/*
 * Settle all, and list them in the order that siblings are to have. Those whose
 * init the reader may see are sorted by its PID already. Those with a hidden
 * init follow, because their order must not give its PID away, then those
 * without an init. Both are in the order of the index: by inum.
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

void pidtree_search_free(struct pidtree_found *found)
{
	struct pidtree_candidate *cand, *next;

	list_for_each_entry_safe(cand, next, &found->candidates, entry) {
		free_candidate(cand);
		cond_resched();
	}
}
