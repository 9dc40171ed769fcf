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
#define PIDNS_RCU_BATCH 1000

/* The number that an init has in its own namespace. */
#define PIDNS_INIT_NR 1

/**
 * struct pidns_search - the state of the walk that open makes
 * @access: what the reader may see
 * @root: namespace that is to be the root of the tree
 * @root_draft: the draft of it
 * @by_inum: the drafts made so far, found by the inum of their namespace. No
 *	other living namespace has it, and ours live: each draft holds one.
 * @last: draft that was looked for last, NULL when there was none
 * @drafts: those whose init has been met, by its PID in the root; in the end,
 *	all of them in the order that siblings are to have
 * @waiting: those whose init has not been met
 * @next: number in the root namespace that the walk goes on from
 * @unknown: a namespace without a draft that the walk has come to, referenced;
 *	NULL when there is none
 */
struct pidns_search {
	struct pidns_access *access;
	struct pid_namespace *root;
	struct pidns_draft *root_draft;
	struct xarray by_inum;
	struct pidns_draft *last;
	struct list_head drafts;
	struct list_head waiting;
	pid_t next;
	struct pid_namespace *unknown;
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
 * left and entered again after each PIDNS_RCU_BATCH of them. idr_get_next()
 * does the same, but goes down from the top of the IDR for each.
 */
static void begin_pass(struct pidns_pass *pass, struct pid_namespace *ns,
		       pid_t from)
	__acquires(RCU)
{
	pass->ns = ns;
	pass->slot = radix_tree_iter_init(&pass->at, from);
	pass->passed = 0;
	rcu_read_lock();
}

static void end_pass(struct pidns_pass *pass)
	__releases(RCU)
{
	rcu_read_unlock();
	cond_resched();
}

/* The number of the pid that was passed last. */
static pid_t pass_nr(const struct pidns_pass *pass)
{
	return pass->at.index;
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
static struct pid *next_pid(struct pidns_pass *pass)
{
	const struct radix_tree_root *pids = &pass->ns->idr.idr_rt;
	struct pid *pid = NULL;

	if (pass->passed == PIDNS_RCU_BATCH) {
		if (killed())
			return NULL;
		end_pass(pass);
		begin_pass(pass, pass->ns, pass_nr(pass) + 1);
	}

	do {
		if (pass->slot)
			pass->slot = radix_tree_next_slot(pass->slot,
							  &pass->at, 0);
		if (!pass->slot)
			pass->slot = radix_tree_next_chunk(pids, &pass->at,
							   0);
		if (!pass->slot)
			return NULL;

		pid = radix_tree_deref_slot(pass->slot);
		if (radix_tree_deref_retry(pid)) {
			pass->slot = radix_tree_iter_retry(&pass->at);
			pid = NULL;
		}
		/* A number that is given out already, but to nobody yet. */
	} while (!pid);
	pass->passed++;

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

static void free_draft(struct pidns_draft *draft)
{
	list_del(&draft->entry);
	put_pid_ns(draft->node.ns);
	kfree(draft);
}

/*
 * Make the draft of a namespace. Takes over the caller's reference on it, also
 * on failure.
 */
static struct pidns_draft *add_draft(struct pidns_search *search,
				     struct pid_namespace *ns)
{
	unsigned int level = ns->level - search->root->level;
	struct pidns_draft *draft;
	int err;

	draft = kzalloc(struct_size(draft, node.init, level + 1),
			GFP_KERNEL_ACCOUNT);
	if (!draft) {
		put_pid_ns(ns);
		return ERR_PTR(-ENOMEM);
	}

	draft->node.ns = ns;
	draft->node.level = level;
	INIT_LIST_HEAD(&draft->children);
	INIT_LIST_HEAD(&draft->sibling);
	list_add_tail(&draft->entry, &search->waiting);

	err = xa_err(xa_store(&search->by_inum, ns->ns.inum, draft,
			      GFP_KERNEL_ACCOUNT));
	if (err) {
		free_draft(draft);
		return ERR_PTR(err);
	}

	return draft;
}

/* Mostly that of the pid before. None is freed while the search goes on. */
static struct pidns_draft *find_draft(struct pidns_search *search,
				      const struct pid_namespace *ns)
{
	if (!search->last || search->last->node.ns != ns)
		search->last = xa_load(&search->by_inum, ns->ns.inum);

	return search->last;
}

/*
 * Make the drafts of a namespace and of those above it that have none: nobody
 * need be left in these, nor any task hold them. The way up ends at the root:
 * what a task has for its children is its own namespace or one below, as
 * pidns_install() and copy_pid_ns() see to, and a child has that for its own;
 * copy_process() makes no thread that has another one.
 *
 * Takes over the caller's reference, also on failure.
 */
static int add_branch(struct pidns_search *search, struct pid_namespace *ns)
{
	struct pidns_draft *below = NULL, *draft;

	do {
		draft = add_draft(search, ns);
		if (IS_ERR(draft))
			return PTR_ERR(draft);
		if (below)
			below->parent = draft;

		below = draft;
		draft = find_draft(search, ns->parent);
		ns = draft ? NULL : get_pid_ns(ns->parent);
	} while (ns);
	below->parent = draft;

	return 0;
}

/* Copy the numbers of a pid, from the one in @root down. */
static unsigned int take_numbers(const struct pid_namespace *root,
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
 * Return: false when that namespace has no draft yet, which is @search->unknown
 * then.
 */
static bool meet_holder(struct pidns_search *search, const struct pid *pid,
			struct task_struct *task)
{
	struct pid_namespace *ns = NULL;
	struct pidns_draft *draft = NULL;

	task_lock(task);
	if (task->nsproxy)
		ns = task->nsproxy->pid_ns_for_children;
	if (ns && ns != own_ns(pid)) {
		draft = find_draft(search, ns);
		if (!draft)
			search->unknown = get_pid_ns(ns);
	}
	task_unlock(task);

	if (draft && !draft->node.holder && pidns_may_see(search->access, task))
		draft->node.holder = pid->numbers[search->root->level].nr;

	return !search->unknown;
}

static void meet_process(struct pidns_search *search, struct pidns_draft *draft,
			 const struct pid *pid, struct task_struct *task)
{
	struct pidns_node *node = &draft->node;
	bool seen = pidns_may_see(search->access, task);

	node->nprocs += seen;

	if (own_nr(pid) == PIDNS_INIT_NR && !node->init[0]) {
		take_numbers(search->root, pid, node->init);
		node->init_hidden = !seen;
		list_move_tail(&draft->entry, &search->drafts);
	}
}

/*
 * Take in what a pid tells. Nothing is counted unless everything has a draft, so
 * the pid can be met again after that was made.
 *
 * Return: false when a namespace has no draft yet, which is @search->unknown
 * then.
 */
static bool meet(struct pidns_search *search, struct pid *pid)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_PID);
	struct pidns_draft *draft;

	/* Nobody's yet, or kept as the id of a group or a session. */
	if (!task)
		return true;

	draft = find_draft(search, own_ns(pid));
	if (!draft) {
		search->unknown = get_own_ns(pid);
		return false;
	}
	if (!meet_holder(search, pid, task))
		return false;

	/* Not that of a thread. */
	if (pid_has_task(pid, PIDTYPE_TGID))
		meet_process(search, draft, pid, task);

	return true;
}

/*
 * Meet the pids of the root namespace that have not been met, up to one that
 * leads to a namespace without a draft, which the caller has to make where it
 * may sleep; that pid is met again then.
 */
static void search_known(struct pidns_search *search)
{
	struct pidns_pass pass;
	struct pid *pid;

	begin_pass(&pass, search->root, search->next);
	do
		pid = next_pid(&pass);
	while (pid && meet(search, pid));
	search->next = pass_nr(&pass);
	end_pass(&pass);
}

static int search_all(struct pidns_search *search)
{
	int err;

	for (;;) {
		search_known(search);
		if (killed()) {
			if (search->unknown)
				put_pid_ns(search->unknown);
			return -EINTR;
		}
		if (!search->unknown)
			return 0;

		err = add_branch(search, search->unknown);
		if (err)
			return err;
		search->unknown = NULL;
	}
}

/*
 * When a namespace is shut down, PIDNS_ADDING is cleared in it first, and
 * everything in those below is killed afterwards, which clears theirs. So all
 * levels count, those above the reader's root too.
 */
static bool takes_processes(const struct pid_namespace *ns)
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
	pid = find_pid_ns(PIDNS_INIT_NR, ns);
	found = pid && pid_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();

	return found;
}

static enum pidns_state find_state(struct pid_namespace *ns)
{
	bool had_init = has_init(ns);

	/*
	 * zap_pid_ns_processes() clears PIDNS_ADDING long before the init is
	 * detached from its number. Looking in the other order, or letting
	 * the CPU do so, could take a dead namespace for a pending one.
	 */
	smp_rmb();
	if (takes_processes(ns))
		return had_init ? PIDNS_ACTIVE : PIDNS_PENDING;

	/* It may have been born and ended since; now no other can come. */
	return has_init(ns) ? PIDNS_DYING : PIDNS_DEAD;
}

/* Fix what the line of a namespace will say. */
static void settle_node(struct pidns_node *node)
{
	node->pid_max = pidns_pid_max(node->ns);
	node->state = find_state(node->ns);

	/* Its first process was born since the walk began: it was pending. */
	if (node->holder && !node->init[0] && node->state != PIDNS_DEAD)
		node->state = PIDNS_PENDING;

	/* Whoever was met is gone since, or has just come. */
	if (node->state == PIDNS_PENDING || node->state == PIDNS_DEAD) {
		node->nprocs = 0;
		node->init[0] = 0;
	}
}

static void settle_root(struct pidns_search *search)
{
	struct pidns_node *root = &search->root_draft->node;

	settle_node(root);
	search->root_draft->shown = search->access->all;

	/* Born after the walk passed by; no other number can be its init's. */
	if (!root->init[0] && root->state != PIDNS_PENDING &&
	    root->state != PIDNS_DEAD) {
		root->init[0] = PIDNS_INIT_NR;
		root->init_hidden = !search->access->all;
	}
}

/*
 * Settle all, and list them in the order that siblings are to have. Those whose
 * init the reader may see are sorted by its PID already. Those with a hidden
 * init follow, because their order must not give its PID away, then those
 * without an init. Both are in the order of the index: by inum.
 */
static void settle(struct pidns_search *search)
{
	struct pidns_draft *draft;
	LIST_HEAD(without_init);
	unsigned long inum;
	LIST_HEAD(hidden);

	xa_for_each(&search->by_inum, inum, draft) {
		if (draft == search->root_draft)
			settle_root(search);
		else
			settle_node(&draft->node);
		if (!draft->node.init[0])
			list_move_tail(&draft->entry, &without_init);
		else if (draft->node.init_hidden)
			list_move_tail(&draft->entry, &hidden);
		cond_resched();
	}
	list_splice_tail(&hidden, &search->drafts);
	list_splice_tail(&without_init, &search->drafts);
}

static size_t node_size(const struct pidns_node *node)
{
	return struct_size(node, init, node->level + 1);
}

/* Where the node behind one begins: where a pointer may be. */
static size_t node_stride(const struct pidns_node *node)
{
	return ALIGN(node_size(node), sizeof(void *));
}

/*
 * Copy what is shown into one piece of memory. A reader pins no more namespaces
 * than that.
 */
static int keep_shown(const struct pidns_search *search,
		      struct pidns_tree *tree)
{
	struct pidns_draft *draft;
	size_t size = 0;

	for (draft = pidns_order_first(search->root_draft); draft;
	     draft = pidns_order_next(draft)) {
		size += node_stride(&draft->node);
		cond_resched();
	}
	if (!size)
		return 0;

	tree->nodes = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!tree->nodes)
		return -ENOMEM;

	tree->end = tree->nodes;
	for (draft = pidns_order_first(search->root_draft); draft;
	     draft = pidns_order_next(draft)) {
		get_pid_ns(draft->node.ns);
		memcpy(tree->end, &draft->node, node_size(&draft->node));
		tree->end += node_stride(&draft->node);
		cond_resched();
	}

	return 0;
}

/**
 * pidns_tree_fill - find the namespaces that are alive now
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
int pidns_tree_fill(struct pidns_tree *tree, struct pid_namespace *root,
		    struct pidns_access *access)
{
	struct pidns_search search = {
		.access = access,
		.root = root,
		.drafts = LIST_HEAD_INIT(search.drafts),
		.waiting = LIST_HEAD_INIT(search.waiting),
		.next = PIDNS_INIT_NR,
	};
	struct pidns_draft *draft, *next;
	int err;

	*tree = (struct pidns_tree){ .access = access, .root = root };
	xa_init_flags(&search.by_inum, XA_FLAGS_ACCOUNT);

	search.root_draft = add_draft(&search, get_pid_ns(root));
	err = PTR_ERR_OR_ZERO(search.root_draft);
	if (err)
		goto out_free_index;

	err = search_all(&search);
	list_splice_tail(&search.waiting, &search.drafts);
	if (err)
		goto out_free_drafts;

	settle(&search);
	pidns_order_link(&search.drafts);
	err = keep_shown(&search, tree);
	if (!err)
		get_pid_ns(root);

out_free_drafts:
	list_for_each_entry_safe(draft, next, &search.drafts, entry) {
		free_draft(draft);
		cond_resched();
	}
out_free_index:
	pidns_access_forget(access);
	xa_destroy(&search.by_inum);
	return err;
}

/**
 * pidns_tree_release - let go of what a tree pins
 * @tree: tree that pidns_tree_fill() has filled
 *
 * Context: Process context, may sleep.
 */
void pidns_tree_release(struct pidns_tree *tree)
{
	const struct pidns_node *node;

	for (node = pidns_tree_first(tree); node;
	     node = pidns_tree_next(tree, node)) {
		put_pid_ns(node->ns);
		cond_resched();
	}
	kvfree(tree->nodes);
	put_pid_ns(tree->root);
}

/**
 * pidns_tree_first - the namespace that pre-order begins with
 * @tree: tree that pidns_tree_fill() has filled
 *
 * Return: the root, or NULL when there is nothing that is shown.
 */
const struct pidns_node *pidns_tree_first(const struct pidns_tree *tree)
{
	return tree->nodes;
}

/**
 * pidns_tree_next - the namespace after this one in pre-order
 * @tree: tree that @node is in
 * @node: where to go on from
 *
 * Return: the next one, or NULL after the last one.
 */
const struct pidns_node *pidns_tree_next(const struct pidns_tree *tree,
					 const struct pidns_node *node)
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
static bool take_copy(const struct pidns_tree *tree, struct pid *pid,
		      struct pidns_process *proc)
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

	proc->depth = take_numbers(tree->root, pid, proc->numbers);

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
	return pidns_may_see(tree->access, task);
}

/**
 * pidns_processes_begin - begin to look through the processes of a namespace
 * @cursor: to be initialised
 * @tree: tree that @node is in
 * @node: namespace to look in
 * @from: lowest PID in that namespace to look at
 *
 * Context: Process context. An RCU section begins, which pidns_processes_end()
 * ends: between them the caller may not sleep.
 */
void pidns_processes_begin(struct pidns_cursor *cursor,
			   const struct pidns_tree *tree,
			   const struct pidns_node *node, pid_t from)
	__acquires(RCU)
{
	cursor->tree = tree;
	begin_pass(&cursor->pass, node->ns, from);
}

/**
 * pidns_processes_next - go on to the next process
 * @cursor: where to go on from
 * @proc: where the process is copied to
 *
 * Processes of namespaces below have a number in this namespace as well and are
 * passed over: each process is found in its own namespace, nowhere else. So are
 * those that the reader may not see.
 *
 * Context: Between pidns_processes_begin() and pidns_processes_end(). Now and
 * then it ends the RCU section, may sleep, and begins another.
 * Return: true and @proc filled, or false when there is none.
 */
bool pidns_processes_next(struct pidns_cursor *cursor,
			  struct pidns_process *proc)
{
	struct pid *pid;

	while ((pid = next_pid(&cursor->pass)))
		if (own_ns(pid) == cursor->pass.ns &&
		    take_copy(cursor->tree, pid, proc))
			return true;

	return false;
}

/**
 * pidns_processes_end - end the pass over the processes of a namespace
 * @cursor: initialised by pidns_processes_begin()
 *
 * Context: Process context, may sleep.
 * Return: 0, or -EINTR if the current task is being killed, so that the pass
 * may have ended early.
 */
int pidns_processes_end(struct pidns_cursor *cursor)
	__releases(RCU)
{
	end_pass(&cursor->pass);

	return killed() ? -EINTR : 0;
}
