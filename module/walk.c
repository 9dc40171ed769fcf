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
#include <linux/cred.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/radix-tree.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "compat.h"
#include "pidns_tree.h"

/*
 * How many pids are passed in one RCU section, so that no grace period has to
 * wait for the whole of a long walk.
 */
#define PIDTREE_RCU_BATCH 1000

/* The number that an init has in its own namespace. */
#define PIDTREE_INIT_NR 1

/**
 * struct pidtree_search - the state of the walk that open makes
 * @access: what the reader may see
 * @root: namespace that is to be the root of the tree
 * @root_cand: the cand of it
 * @by_inum: the candidates made so far, found by the inum of their namespace. No
 *	other living namespace has it, and ours live: each cand holds one.
 * @last_cand: cand that was looked for last, NULL when there was none
 * @candidates: those whose init has been met, by its PID in the root; in the end,
 *	all of them in the order that siblings are to have
 * @without_init: those whose init has not been met
 * @next_nr: number in the root namespace that the walk goes on from
 * @new_ns: a namespace without a cand that the walk has come to, referenced;
 *	NULL when there is none
 */
struct pidtree_search {
	struct pidtree_access *access;
	struct pid_namespace *root;
	struct pidtree_candidate *root_cand;
	struct xarray by_inum;
	struct pidtree_candidate *last_cand;
	struct list_head candidates;
	struct list_head without_init;
	pid_t next_nr;
	struct pid_namespace *new_ns;
};

/*
 * Open and read may visit millions of struct pids: a process that is being
 * killed must not finish them first.
 */
static bool killed(void)
{
	return fatal_signal_pending(current);
}

/*
 * A pass over the pids of a namespace, by number, in an RCU section that is
 * left and entered again after each PIDTREE_RCU_BATCH of them. idr_get_next()
 * does the same, but goes down from the top of the IDR for each.
 */
static void pidtree_pass_begin(struct pidtree_pass *pass,
			       struct pid_namespace *ns, pid_t from)
	__acquires(RCU)
{
	pass->ns = ns;
	pass->slot = radix_tree_iter_init(&pass->iter, from);
	pass->batched = 0;
	rcu_read_lock();
}

static void pidtree_pass_end(struct pidtree_pass *pass) __releases(RCU)
{
	rcu_read_unlock();
	cond_resched();
}

/* The number of the pid that was passed last. */
static pid_t pidtree_pass_nr(const struct pidtree_pass *pass)
{
	return pass->iter.index;
}

/*
 * A radix tree node stays valid until the end of the RCU section that reached
 * it, even if it is removed meanwhile. Only empty nodes are removed, so every
 * struct pid that stays allocated during the pass is returned. The one that the
 * last call returned may be freed.
 *
 * Between two RCU sections, a fatal signal ends the pass early: the caller asks
 * killed() at its end.
 *
 * The IDR's own iterator, idr_get_next(), descends from the root of the tree
 * for each struct pid. With it, on native 6.12 (User-mode Linux, 5,000 processes
 * in 100 namespaces, minima with warm caches), open takes 0.22 ms instead of
 * 0.15, and a whole read 0.81 ms instead of 0.67. But nothing outside of lib/
 * uses idr.idr_rt. If that goes away, replace @at and @slot by @nr, the number to
 * go on from, and the loop below by these lines:
 *
 *	pid = idr_get_next(&pass->ns->idr, &pass->nr);
 *	pass->nr++;
 */
static struct pid *pidtree_pass_next(struct pidtree_pass *pass)
{
	const struct radix_tree_root *pids = &pass->ns->idr.idr_rt;
	struct pid *pid = NULL;

	if (pass->batched == PIDTREE_RCU_BATCH) {
		if (killed())
			return NULL;
		pidtree_pass_end(pass);
		pidtree_pass_begin(pass, pass->ns, pidtree_pass_nr(pass) + 1);
	}

	do {
		if (pass->slot)
			pass->slot = radix_tree_next_slot(pass->slot,
							  &pass->iter, 0);
		if (!pass->slot)
			pass->slot =
				radix_tree_next_chunk(pids, &pass->iter, 0);
		if (!pass->slot)
			return NULL;

		pid = radix_tree_deref_slot(pass->slot);
		if (radix_tree_deref_retry(pid)) {
			pass->slot = radix_tree_iter_retry(&pass->iter);
			pid = NULL;
		}
		/* A number that is given out already, but to nobody yet. */
	} while (!pid);
	pass->batched++;

	return pid;
}

static struct pid_namespace *own_ns(const struct pid *pid)
{
	return pid->numbers[pid->level].ns;
}

static pid_t own_nr(const struct pid *pid)
{
	return pid->numbers[pid->level].nr;
}

/* Only while the pid cannot be freed, as the reference is none of ours. */
static struct pid_namespace *get_own_ns(const struct pid *pid)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(),
			 "pidns_tree: a pid is used outside of its RCU section");

	return get_pid_ns(own_ns(pid));
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

/* Copy the numbers of a pid, from the one in @root down. */
static unsigned int pidtree_copy_numbers(const struct pid_namespace *root,
					 const struct pid *pid, pid_t *numbers)
{
	unsigned int level;

	for (level = root->level; level <= pid->level; level++)
		*numbers++ = pid->numbers[level].nr;

	return pid->level - root->level + 1;
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
				  const struct pid *pid,
				  struct task_struct *task)
{
	struct pid_namespace *ns = NULL;
	struct pidtree_candidate *cand = NULL;

	task_lock(task);
	if (task->nsproxy)
		ns = task->nsproxy->pid_ns_for_children;
	if (ns && ns != own_ns(pid)) {
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
			  struct pidtree_candidate *cand, const struct pid *pid,
			  struct task_struct *task)
{
	struct pidtree_node *node = &cand->node;
	bool seen = pidtree_may_see(search->access, task);

	node->nprocs += seen;

	if (own_nr(pid) == PIDTREE_INIT_NR && !node->init[0]) {
		pidtree_copy_numbers(search->root, pid, node->init);
		node->init_hidden = !seen;
		list_move_tail(&cand->entry, &search->candidates);
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

	cand = find_candidate(search, own_ns(pid));
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
static void visit_pids(struct pidtree_search *search)
{
	struct pidtree_pass pass;
	struct pid *pid;

	pidtree_pass_begin(&pass, search->root, search->next_nr);
	do
		pid = pidtree_pass_next(&pass);
	while (pid && visit_pid(search, pid));
	search->next_nr = pidtree_pass_nr(&pass);
	pidtree_pass_end(&pass);
}

static int visit_all_pids(struct pidtree_search *search)
{
	int err;

	for (;;) {
		visit_pids(search);
		if (killed()) {
			if (search->new_ns)
				put_pid_ns(search->new_ns);
			return -EINTR;
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
	struct pidtree_node *root = &search->root_cand->node;

	finish_node(root);
	search->root_cand->shown = search->access->all;

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
		if (cand == search->root_cand)
			finish_root(search);
		else
			finish_node(&cand->node);
		if (!cand->node.init[0])
			list_move_tail(&cand->entry, &without_init);
		else if (cand->node.init_hidden)
			list_move_tail(&cand->entry, &hidden);
		cond_resched();
	}
	list_splice_tail(&hidden, &search->candidates);
	list_splice_tail(&without_init, &search->candidates);
}

static size_t node_size(const struct pidtree_node *node)
{
	return struct_size(node, init, node->level + 1);
}

/* Where the node behind one begins: where a pointer may be. */
static size_t node_stride(const struct pidtree_node *node)
{
	return ALIGN(node_size(node), sizeof(void *));
}

/*
 * Copy what is shown into one piece of memory. A reader pins no more namespaces
 * than that.
 */
static int copy_shown(const struct pidtree_search *search, struct pidtree *tree)
{
	struct pidtree_candidate *cand;
	size_t size = 0;

	for (cand = pidtree_order_first(search->root_cand); cand;
	     cand = pidtree_order_next(cand)) {
		size += node_stride(&cand->node);
		cond_resched();
	}
	if (!size)
		return 0;

	tree->nodes = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!tree->nodes)
		return -ENOMEM;

	tree->end = tree->nodes;
	for (cand = pidtree_order_first(search->root_cand); cand;
	     cand = pidtree_order_next(cand)) {
		get_pid_ns(cand->node.ns);
		memcpy(tree->end, &cand->node, node_size(&cand->node));
		tree->end += node_stride(&cand->node);
		cond_resched();
	}

	return 0;
}

/**
 * pidtree_fill - find the namespaces that are alive now
 * @tree: tree to fill, not initialised
 * @root: PID namespace to be its root, which the caller has a reference on
 * @access: what the reader may see; is to live as long as the tree
 *
 * Finds @root, and below it every namespace that has a process, or a task whose
 * children are to be born in it, or a namespace below it that has, for as long
 * as this runs; one that comes or goes meanwhile may be found or not. Pins
 * those that the reader may know of, and through them the user namespaces that
 * own them. Counts their processes and puts them in order, in time linear in the
 * number of pids, with memory for the namespaces only.
 *
 * Context: Process context, may sleep. Memory is charged to the caller.
 * Return: 0, or an error with nothing left to release: -ENOMEM, or -EINTR if
 * the current task is being killed.
 */
int pidtree_fill(struct pidtree *tree, struct pid_namespace *root,
		 struct pidtree_access *access)
{
	struct pidtree_search search = {
		.access = access,
		.root = root,
		.candidates = LIST_HEAD_INIT(search.candidates),
		.without_init = LIST_HEAD_INIT(search.without_init),
		.next_nr = PIDTREE_INIT_NR,
	};
	struct pidtree_candidate *cand, *next;
	int err;

	*tree = (struct pidtree){ .access = access, .root = root };
	xa_init_flags(&search.by_inum, XA_FLAGS_ACCOUNT);

	search.root_cand = add_candidate(&search, get_pid_ns(root));
	err = PTR_ERR_OR_ZERO(search.root_cand);
	if (err)
		goto out_free_index;

	err = visit_all_pids(&search);
	list_splice_tail(&search.without_init, &search.candidates);
	if (err)
		goto out_free_drafts;

	finish_candidates(&search);
	pidtree_order_link(&search.candidates);
	err = copy_shown(&search, tree);
	if (!err)
		get_pid_ns(root);

out_free_drafts:
	list_for_each_entry_safe(cand, next, &search.candidates, entry) {
		free_candidate(cand);
		cond_resched();
	}
out_free_index:
	pidtree_access_drop_cache(access);
	xa_destroy(&search.by_inum);
	return err;
}

/**
 * pidtree_release - let go of what a tree pins
 * @tree: tree that pidtree_fill() has filled
 *
 * Context: Process context, may sleep.
 */
void pidtree_release(struct pidtree *tree)
{
	const struct pidtree_node *node;

	for (node = pidtree_first_node(tree); node;
	     node = pidtree_next_node(tree, node)) {
		put_pid_ns(node->ns);
		cond_resched();
	}
	kvfree(tree->nodes);
	put_pid_ns(tree->root);
}

/**
 * pidtree_first_node - the namespace that pre-order begins with
 * @tree: tree that pidtree_fill() has filled
 *
 * Return: the root, or NULL when there is nothing that is shown.
 */
const struct pidtree_node *pidtree_first_node(const struct pidtree *tree)
{
	return tree->nodes;
}

/**
 * pidtree_next_node - the namespace after this one in pre-order
 * @tree: tree that @node is in
 * @node: where to go on from
 *
 * Return: the next one, or NULL after the last one.
 */
const struct pidtree_node *pidtree_next_node(const struct pidtree *tree,
					     const struct pidtree_node *node)
{
	const void *next = (const void *)node + node_stride(node);

	return next == tree->end ? NULL : next;
}

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
		if (own_ns(pid) == iter->pass.ns &&
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
	pidtree_pass_end(&iter->pass);

	return killed() ? -EINTR : 0;
}
