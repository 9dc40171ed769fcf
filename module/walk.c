// SPDX-License-Identifier: GPL-2.0
/*
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

/*
 * How many pids are passed in one RCU section, so that no grace period has to
 * wait for the whole of a long walk.
 */
#define PIDNS_RCU_BATCH 1000

/* The number that an init has in its own namespace. */
#define PIDNS_INIT_NR 1

/**
 * struct pidns_search - the state of the walk that open makes
 * @tree: what is being filled
 * @root: namespace that is to be its root
 * @by_inum: the nodes made so far, found by the inum of their namespace. No
 *	other living namespace has it, and ours live: each node holds one.
 * @waiting: nodes whose init has not been met
 * @next: number in the root namespace that the walk goes on from
 * @unknown: a namespace without a node that the walk has come to, referenced;
 *	NULL when there is none
 */
struct pidns_search {
	struct pidns_tree *tree;
	struct pid_namespace *root;
	struct xarray by_inum;
	struct list_head waiting;
	pid_t next;
	struct pid_namespace *unknown;
};

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

static void free_node(struct pidns_node *node)
{
	list_del(&node->entry);
	put_pid_ns(node->ns);
	kfree(node);
}

/*
 * Make the node of a namespace. Takes over the caller's reference on it, also
 * on failure.
 */
static struct pidns_node *add_node(struct pidns_search *search,
				   struct pid_namespace *ns)
{
	unsigned int level = ns->level - search->root->level;
	struct pidns_node *node;
	int err;

	node = kzalloc(struct_size(node, init, level + 1), GFP_KERNEL_ACCOUNT);
	if (!node) {
		put_pid_ns(ns);
		return ERR_PTR(-ENOMEM);
	}

	node->ns = ns;
	node->level = level;
	INIT_LIST_HEAD(&node->children);
	INIT_LIST_HEAD(&node->sibling);
	list_add_tail(&node->entry, &search->waiting);

	err = xa_err(xa_store(&search->by_inum, ns->ns.inum, node,
			      GFP_KERNEL_ACCOUNT));
	if (err) {
		free_node(node);
		return ERR_PTR(err);
	}

	return node;
}

static struct pidns_node *find_node(struct pidns_search *search,
				    const struct pid_namespace *ns)
{
	return xa_load(&search->by_inum, ns->ns.inum);
}

/*
 * Make the nodes of a namespace and of those above it that have none: nobody
 * need be left in these, nor any task hold them. The way up ends at the root:
 * what a task has for its children is its own namespace or one below, as
 * pidns_install() and copy_pid_ns() see to, and a child has that for its own;
 * copy_process() makes no thread that has another one.
 *
 * Takes over the caller's reference, also on failure.
 */
static int add_branch(struct pidns_search *search, struct pid_namespace *ns)
{
	struct pidns_node *below = NULL, *node;

	do {
		node = add_node(search, ns);
		if (IS_ERR(node))
			return PTR_ERR(node);
		if (below)
			below->parent = node;

		below = node;
		node = find_node(search, ns->parent);
		ns = node ? NULL : get_pid_ns(ns->parent);
	} while (ns);
	below->parent = node;

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
 * Return: false when that namespace has no node yet, which is @search->unknown
 * then.
 */
static bool meet_holder(struct pidns_search *search, const struct pid *pid,
			struct task_struct *task)
{
	struct pid_namespace *ns = NULL;
	struct pidns_node *node = NULL;

	task_lock(task);
	if (task->nsproxy)
		ns = task->nsproxy->pid_ns_for_children;
	if (ns && ns != own_ns(pid)) {
		node = find_node(search, ns);
		if (!node)
			search->unknown = get_pid_ns(ns);
	}
	task_unlock(task);

	if (node && !node->holder && pidns_may_see(search->tree->access, task))
		node->holder = pid->numbers[search->root->level].nr;

	return !search->unknown;
}

static void meet_process(struct pidns_search *search, struct pidns_node *node,
			 const struct pid *pid, struct task_struct *task)
{
	bool seen = pidns_may_see(search->tree->access, task);

	node->nprocs += seen;

	if (own_nr(pid) == PIDNS_INIT_NR && !node->init[0]) {
		take_numbers(search->root, pid, node->init);
		node->init_hidden = !seen;
		list_move_tail(&node->entry, &search->tree->nodes);
	}
}

/*
 * Take in what a pid tells. Nothing is counted unless everything has a node, so
 * the pid can be met again after that was made.
 *
 * Return: false when a namespace has no node yet, which is @search->unknown
 * then.
 */
static bool meet(struct pidns_search *search, struct pid *pid)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_PID);
	struct pidns_node *node;

	/* Nobody's yet, or kept as the id of a group or a session. */
	if (!task)
		return true;

	node = find_node(search, own_ns(pid));
	if (!node) {
		search->unknown = get_own_ns(pid);
		return false;
	}
	if (!meet_holder(search, pid, task))
		return false;

	/* Threads have none. */
	task = pid_task(pid, PIDTYPE_TGID);
	if (task)
		meet_process(search, node, pid, task);

	return true;
}

/*
 * Pass the next pids of the root namespace. Stops early at one that leads to a
 * namespace without a node, which the caller has to make where it may sleep;
 * that pid is passed again then.
 *
 * Return: false when no pid is left.
 */
static bool search_batch(struct pidns_search *search)
{
	unsigned int passed;
	struct pid *pid = NULL;

	rcu_read_lock();
	for (passed = 0; passed < PIDNS_RCU_BATCH; passed++) {
		pid = idr_get_next(&search->root->idr, &search->next);
		if (!pid || !meet(search, pid))
			break;
		search->next++;
	}
	rcu_read_unlock();

	return pid;
}

static int search_all(struct pidns_search *search)
{
	int err;

	while (search_batch(search)) {
		if (search->unknown) {
			err = add_branch(search, search->unknown);
			if (err)
				return err;
			search->unknown = NULL;
		}
		cond_resched();
	}

	return 0;
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
	struct pidns_node *root = search->tree->root;

	settle_node(root);
	root->shown = search->tree->access->all;

	/* Born after the walk passed by; no other number can be its init's. */
	if (!root->init[0] && root->state != PIDNS_PENDING &&
	    root->state != PIDNS_DEAD) {
		root->init[0] = PIDNS_INIT_NR;
		root->init_hidden = !search->tree->access->all;
	}
}

/*
 * Settle all nodes, and list them in the order that siblings are to have. Those
 * whose init was met already are, by its number; the others come after them in
 * the order of the index, which is that of their inums.
 */
static void settle(struct pidns_search *search)
{
	struct pidns_node *node;
	unsigned long inum;

	xa_for_each(&search->by_inum, inum, node) {
		if (node == search->tree->root)
			settle_root(search);
		else
			settle_node(node);
		if (!node->init[0])
			list_move_tail(&node->entry, &search->tree->nodes);
	}
}

/* A reader pins no more namespaces than it shows. */
static void drop_hidden(struct pidns_tree *tree)
{
	struct pidns_node *node, *next;

	list_for_each_entry_safe(node, next, &tree->nodes, entry)
		if (!node->shown && node != tree->root)
			free_node(node);
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
 * those that the reader may know of, counts their processes and puts them in
 * order, in time linear in the number of pids, with memory for the namespaces
 * only.
 *
 * Context: Process context, may sleep. Memory is charged to the caller.
 * Return: 0, or -ENOMEM with nothing left to release.
 */
int pidns_tree_fill(struct pidns_tree *tree, struct pid_namespace *root,
		    struct pidns_access *access)
{
	struct pidns_search search = {
		.tree = tree,
		.root = root,
		.waiting = LIST_HEAD_INIT(search.waiting),
		.next = PIDNS_INIT_NR,
	};
	int err;

	INIT_LIST_HEAD(&tree->nodes);
	tree->access = access;
	xa_init_flags(&search.by_inum, XA_FLAGS_ACCOUNT);

	tree->root = add_node(&search, get_pid_ns(root));
	err = PTR_ERR_OR_ZERO(tree->root);
	if (err)
		goto out_free_index;

	err = search_all(&search);
	list_splice_tail(&search.waiting, &tree->nodes);
	if (err) {
		pidns_tree_release(tree);
		goto out_free_index;
	}

	settle(&search);
	pidns_order_link(tree);
	drop_hidden(tree);

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
	struct pidns_node *node, *next;

	list_for_each_entry_safe(node, next, &tree->nodes, entry)
		free_node(node);
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
	struct pid_namespace *root = tree->root->ns;
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

	proc->depth = take_numbers(root, pid, proc->numbers);

	/*
	 * Once released, a task keeps a real_parent that may be freed. But
	 * this one was found by its number, so a parent that died before this
	 * section began had given it away before; and who dies later is not
	 * freed before the section ends. A parent that has no number any more
	 * gives 0.
	 */
	proc->ppid = task_tgid_nr_ns(rcu_dereference(task->real_parent), root);
	proc->uid = task_uid(task);
	proc->state = task_state_to_char(task);
	get_task_comm(proc->comm, task);

	/* At last, so that it is judged as what it was copied as, or later. */
	smp_rmb();
	return pidns_may_see(tree->access, task);
}

/**
 * pidns_next_process - find a process by its number in its own namespace
 * @tree: tree that @node is in
 * @node: namespace to look in
 * @from: lowest PID in that namespace to look at
 * @proc: where the process is copied to
 *
 * Processes of namespaces below have a number in @node's namespace as well and
 * are passed over: each process is found in its own namespace, nowhere else.
 * So are those that the reader may not see.
 *
 * Context: Process context, may sleep.
 * Return: true and @proc filled with the first process from @from on, or false
 * when there is none.
 */
bool pidns_next_process(const struct pidns_tree *tree,
			const struct pidns_node *node, pid_t from,
			struct pidns_process *proc)
{
	struct pid_namespace *ns = node->ns;
	bool found = false;
	struct pid *pid;

	do {
		unsigned int passed;

		rcu_read_lock();
		for (passed = 0; passed < PIDNS_RCU_BATCH; passed++, from++) {
			pid = idr_get_next(&ns->idr, &from);
			if (!pid)
				break;

			found = own_ns(pid) == ns &&
				take_copy(tree, pid, proc);
			if (found)
				break;
		}
		rcu_read_unlock();
		cond_resched();
	} while (pid && !found);

	return found;
}
