// SPDX-License-Identifier: GPL-2.0
/*
 * The walk: from the IDR of a PID namespace to namespaces and processes. No
 * other file touches an IDR, a struct pid, a task or RCU.
 *
 * No kernel keeps a list of PID namespaces for modules, but each namespace has
 * an IDR that finds a struct pid by its number there, and a struct pid is in
 * the IDR of every level that it has a number at. So the IDR of the reader's
 * root holds every process of the whole subtree, and the init of each
 * namespace in it is the one whose number at its own, deepest level is 1.
 *
 * What keeps things alive:
 * - A struct pid found in an IDR, the task that pid_task() finds for it, and
 *   that task's signal struct and credentials stay until a grace period has
 *   passed, so until the end of the RCU section they were found in.
 * - A namespace whose number a struct pid has is referenced by it, so a
 *   reference can be taken in that same section. Afterwards its last
 *   reference may be gone and the count at zero.
 * - A namespace references its parent, so climbing from one that we hold is
 *   safe anywhere.
 * - ns->child_reaper may point to a task long freed. It is never read.
 */
#include <linux/cred.h>
#include <linux/idr.h>
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
 * @waiting: nodes whose init has not been met, in the order they were made
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
static int add_node(struct pidns_search *search, struct pid_namespace *ns)
{
	unsigned int level = ns->level - search->root->level;
	struct pidns_node *node;
	int err;

	node = kzalloc(struct_size(node, init, level + 1), GFP_KERNEL_ACCOUNT);
	if (!node) {
		put_pid_ns(ns);
		return -ENOMEM;
	}

	node->ns = ns;
	node->level = level;
	INIT_LIST_HEAD(&node->children);
	INIT_LIST_HEAD(&node->sibling);
	list_add_tail(&node->entry, &search->waiting);

	err = xa_err(xa_store(&search->by_inum, ns->ns.inum, node,
			      GFP_KERNEL_ACCOUNT));
	if (err)
		free_node(node);

	return err;
}

static struct pidns_node *find_node(struct pidns_search *search,
				    const struct pid_namespace *ns)
{
	return xa_load(&search->by_inum, ns->ns.inum);
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

static void meet_process(struct pidns_search *search, struct pidns_node *node,
			 const struct pid *pid)
{
	node->nprocs++;

	if (own_nr(pid) == PIDNS_INIT_NR && !node->init[0]) {
		take_numbers(search->root, pid, node->init);
		list_move_tail(&node->entry, &search->tree->nodes);
	}
}

/*
 * Pass the next pids of the root namespace. Stops early at a process of a
 * namespace that has no node yet, which the caller has to make where it may
 * sleep; that process is passed again then.
 *
 * Return: false when no pid is left.
 */
static bool search_batch(struct pidns_search *search)
{
	unsigned int passed;
	struct pid *pid = NULL;

	rcu_read_lock();
	for (passed = 0; passed < PIDNS_RCU_BATCH; passed++) {
		struct pidns_node *node;

		pid = idr_get_next(&search->root->idr, &search->next);
		if (!pid)
			break;

		/* Threads have none, nor pids kept as a group or session id. */
		if (pid_task(pid, PIDTYPE_TGID)) {
			node = find_node(search, own_ns(pid));
			if (!node) {
				search->unknown = get_pid_ns(own_ns(pid));
				break;
			}
			meet_process(search, node, pid);
		}
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
			err = add_node(search, search->unknown);
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

static enum pidns_state find_state(struct pid_namespace *ns)
{
	bool has_init;
	struct pid *pid;

	/* Without a task it is kept as the id of a group or a session. */
	rcu_read_lock();
	pid = find_pid_ns(PIDNS_INIT_NR, ns);
	has_init = pid && pid_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();

	/*
	 * zap_pid_ns_processes() clears PIDNS_ADDING long before the init is
	 * detached from its number. Looking in the other order, or letting
	 * the CPU do so, could take a dead namespace for a pending one.
	 */
	smp_rmb();

	if (takes_processes(ns))
		return has_init ? PIDNS_ACTIVE : PIDNS_PENDING;

	return has_init ? PIDNS_DYING : PIDNS_DEAD;
}

/* Fix what the lines of the namespaces will say. */
static void settle(struct pidns_search *search)
{
	struct pidns_node *root = search->tree->root;
	struct pidns_node *node;

	/* Met or not: that is what the number of its init is. */
	root->init[0] = PIDNS_INIT_NR;

	list_for_each_entry(node, &search->tree->nodes, entry) {
		if (node != root)
			node->parent = find_node(search, node->ns->parent);
		node->pid_max = pidns_pid_max(node->ns);
		node->state = find_state(node->ns);
		/* Whoever was counted is gone since, or has just come. */
		if (node->state == PIDNS_PENDING || node->state == PIDNS_DEAD)
			node->nprocs = 0;
	}
}

/**
 * pidns_tree_fill - find the namespaces that are alive now
 * @tree: tree to fill, not initialised
 * @root: PID namespace to be its root, which the caller has a reference on
 *
 * Finds @root, whatever its state, and every namespace below it that has an
 * init for as long as this runs; one whose init comes or goes meanwhile may be
 * found or not. Pins them, counts their processes and puts them in order, in
 * time linear in the number of pids, with memory for the namespaces only.
 *
 * Context: Process context, may sleep. Memory is charged to the caller.
 * Return: 0, or -ENOMEM with nothing left to release.
 */
int pidns_tree_fill(struct pidns_tree *tree, struct pid_namespace *root)
{
	struct pidns_search search = {
		.tree = tree,
		.root = root,
		.waiting = LIST_HEAD_INIT(search.waiting),
		.next = PIDNS_INIT_NR,
	};
	int err;

	INIT_LIST_HEAD(&tree->nodes);
	xa_init_flags(&search.by_inum, XA_FLAGS_ACCOUNT);

	err = add_node(&search, get_pid_ns(root));
	if (err)
		goto out_free_index;
	tree->root = find_node(&search, root);

	err = search_all(&search);
	list_splice_tail(&search.waiting, &tree->nodes);
	if (err) {
		pidns_tree_release(tree);
		goto out_free_index;
	}

	settle(&search);
	pidns_order_link(tree);

out_free_index:
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
 * Return: false when @pid is not the pid of a process, or of none any more.
 */
static bool take_copy(struct pid_namespace *root, struct pid *pid,
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

	return true;
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
 *
 * Context: Process context, may sleep.
 * Return: true and @proc filled with the first process from @from on, or false
 * when there is none.
 */
bool pidns_next_process(const struct pidns_tree *tree,
			const struct pidns_node *node, pid_t from,
			struct pidns_process *proc)
{
	struct pid_namespace *root = tree->root->ns;
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
				take_copy(root, pid, proc);
			if (found)
				break;
		}
		rcu_read_unlock();
		cond_resched();
	} while (pid && !found);

	return found;
}
