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
 * @tree: what is being filled
 * @root: namespace that is to be its root
 * @by_inum: the nodes made so far, found by the inum of their namespace. No
 *	other living namespace has it, and ours live: each node holds one.
 * @last: node that was looked for last, NULL when there was none
 * @waiting: nodes whose init has not been met
 * @next: number in the root namespace that the walk goes on from
 * @unknown: a namespace without a node that the walk has come to, referenced;
 *	NULL when there is none
 */
struct pidns_search {
	struct pidns_tree *tree;
	struct pid_namespace *root;
	struct xarray by_inum;
	struct pidns_node *last;
	struct list_head waiting;
	pid_t next;
	struct pid_namespace *unknown;
};

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
 * A node of the tree stays until the section ends in which it was come to, even
 * if it is taken out of the tree meanwhile; but none is that has a pid, so who
 * lives all the while is passed. What the last call returned may be gone.
 */
static struct pid *next_pid(struct pidns_pass *pass)
{
	const struct radix_tree_root *pids = &pass->ns->idr.idr_rt;
	struct pid *pid = NULL;

	if (pass->passed == PIDNS_RCU_BATCH) {
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

/* Mostly that of the pid before. No node is freed while the search goes on. */
static struct pidns_node *find_node(struct pidns_search *search,
				    const struct pid_namespace *ns)
{
	if (!search->last || search->last->ns != ns)
		search->last = xa_load(&search->by_inum, ns->ns.inum);

	return search->last;
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

	/* Not that of a thread. */
	if (pid_has_task(pid, PIDTYPE_TGID))
		meet_process(search, node, pid, task);

	return true;
}

/*
 * Meet the pids of the root namespace that have not been met, up to one that
 * leads to a namespace without a node, which the caller has to make where it
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
	proc->ppid = pid_nr_ns(task_tgid(rcu_dereference(task->real_parent)),
			       root);
	proc->uid = __task_cred(task)->uid;
	proc->state = task_state_to_char(task);
	/*
	 * Read without the task's lock: while a name is being changed it may
	 * be part old and part new, as get_task_comm() tells it since 6.13.
	 */
	data_race(memcpy(proc->comm, task->comm, sizeof(proc->comm)));

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
 * pidns_processes_end - look no further
 * @cursor: initialised by pidns_processes_begin()
 *
 * Context: Process context, may sleep.
 */
void pidns_processes_end(struct pidns_cursor *cursor)
	__releases(RCU)
{
	end_pass(&cursor->pass);
}

/**
 * pidns_next_process - find a process by its number in its own namespace
 * @tree: tree that @node is in
 * @node: namespace to look in
 * @from: lowest PID in that namespace to look at
 * @proc: where the process is copied to
 *
 * Context: Process context, may sleep.
 * Return: true and @proc filled with the first process from @from on, or false
 * when there is none.
 */
bool pidns_next_process(const struct pidns_tree *tree,
			const struct pidns_node *node, pid_t from,
			struct pidns_process *proc)
{
	struct pidns_cursor cursor;
	bool found;

	pidns_processes_begin(&cursor, tree, node, from);
	found = pidns_processes_next(&cursor, proc);
	pidns_processes_end(&cursor);

	return found;
}
