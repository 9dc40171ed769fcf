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
 * finds a namespace without processes as the pid_ns_for_children of a task, as
 * an ancestor of another namespace, as the own namespace of a struct pid that
 * is still the ID of a process group or a session, or in the kernel's list if
 * there is one.
 *
 * Lifetimes:
 * - A struct pid that was found in an IDR, the task that pid_task() returns for
 *   it, the signal_struct and credentials of this task, and the struct pid of
 *   its process group and session are freed after a grace period. They are
 *   valid until the end of the RCU section in which they were found.
 * - The last reference on an allocated struct pid is dropped after a grace
 *   period, too, and a struct pid has a reference on its own namespace. So
 *   get_pid() and get_pid_ns() are safe in this RCU section. After the section,
 *   the last reference may be gone.
 * - task->nsproxy and the references in it are stable under task_lock().
 * - A namespace has a reference on its parent. So the ancestors of a referenced
 *   namespace are valid in any context.
 * - ns->child_reaper can point to a freed task. The module never reads it.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/user_namespace.h>

#include "pidns_tree.h"

/**
 * struct pidtree_search - state of the search
 * @access: what the reader may see
 * @root: namespace that becomes the root of the tree
 * @found: result: the namespaces
 * @ids: result: IDs of which the reader may see a member; empty if the reader
 *	may see every task
 * @next_nr: PID in @root from which the search continues
 * @new_ns: namespace without a candidate, referenced; NULL if there is none
 * @new_id: ID to add to the result, referenced; NULL if there is none
 */
struct pidtree_search {
	struct pidtree_access *access;
	struct pid_namespace *root;
	struct pidtree_found *found;
	struct pidtree_ids *ids;
	pid_t next_nr;
	struct pid_namespace *new_ns;
	struct pid *new_id;
};

/*
 * Record the pid_ns_for_children of a task if it differs from the own namespace
 * of the task. It belongs to the thread and not to the process, because
 * unshare(2) and setns(2) change the calling thread only.
 *
 * The pid_ns_for_children of a task is the task's own namespace or a
 * descendant, so it is a descendant of the root: copy_pid_ns() and
 * pidns_install() ensure this, and copy_process() creates no thread while the
 * two differ.
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
		cand = pidtree_find_candidate(search->found, ns);
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

/*
 * Find the candidate of the own namespace of a struct pid. Caller is in the RCU
 * section in which @pid was found.
 *
 * Return: the candidate, or NULL; the namespace is search->new_ns then.
 */
static struct pidtree_candidate *find_own_candidate(struct pidtree_search *search,
						    struct pid *pid)
{
	struct pidtree_candidate *cand;

	cand = pidtree_find_candidate(search->found, ns_of_pid(pid));
	if (!cand) {
		RCU_LOCKDEP_WARN(!rcu_read_lock_held(),
				 "pidns_tree: struct pid used outside its RCU section");
		search->new_ns = get_pid_ns(ns_of_pid(pid));
	}

	return cand;
}

/*
 * Record that the reader may see an ID, for which its namespace must be shown.
 *
 * Return: false if the namespace has no candidate; it is search->new_ns then.
 */
static bool visit_id(struct pidtree_search *search, struct pid *id)
{
	struct pidtree_candidate *cand = find_own_candidate(search, id);

	if (cand)
		cand->has_id = true;

	return cand;
}

/*
 * Visit the process group or session of a process that the reader may see. If
 * it has a PID in the root that no task has any more, add it to the set of IDs.
 *
 * Return: false if something must be added first: search->new_ns or
 * search->new_id.
 */
static bool visit_id_of_member(struct pidtree_search *search, struct pid *id,
			       enum pid_type role)
{
	if (!pid_nr_ns(id, search->root) || !pidtree_id_roles(id))
		return true;
	if (!visit_id(search, id))
		return false;
	if (!pidtree_ids_add_role(search->ids, id, role))
		search->new_id = get_pid(id);

	return !search->new_id;
}

/*
 * For a reader that may not see every task.
 *
 * Return: false if something must be added first: search->new_ns or
 * search->new_id.
 */
static bool inspect_process(struct pidtree_search *search,
			    struct task_struct *task, bool *visible)
{
	struct pid *pgrp = pidtree_get_id(task, PIDTYPE_PGID);
	struct pid *session = pidtree_get_id(task, PIDTYPE_SID);

	/* Check after the copy: see pidtree_may_see(). */
	smp_rmb();
	*visible = pidtree_may_inspect(search->access, task);

	return !*visible ||
	       (visit_id_of_member(search, pgrp, PIDTYPE_PGID) &&
		visit_id_of_member(search, session, PIDTYPE_SID));
}

static bool visit_process(struct pidtree_search *search,
			  struct pidtree_candidate *cand, struct pid *pid,
			  struct task_struct *task)
{
	struct pidtree_node *node = &cand->node;
	bool visible = search->access->all;

	if (!visible && !inspect_process(search, task, &visible))
		return false;

	node->nprocs += visible;

	if (is_child_reaper(pid) && !node->init[0]) {
		pidtree_copy_numbers(search->root, pid, node->init);
		node->init_hidden = !visible;
		list_move_tail(&cand->entry, &search->found->candidates);
	}

	return true;
}

/*
 * Caller is in the RCU section in which @pid was found.
 *
 * Return: false if something must be added first: search->new_ns or
 * search->new_id. Nothing was counted in this case, so the struct pid can be
 * visited again.
 */
static bool visit_pid(struct pidtree_search *search, struct pid *pid)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_PID);
	struct pidtree_candidate *cand;

	/*
	 * Not attached yet, or an ID. If the reader may not see every task, an
	 * ID is visited with the members that the reader may see.
	 */
	if (!task)
		return !search->access->all || !pidtree_id_roles(pid) ||
		       visit_id(search, pid);

	cand = find_own_candidate(search, pid);
	if (!cand || !visit_ns_for_children(search, pid, task))
		return false;

	/*
	 * Only the struct pid of a thread group leader has a PIDTYPE_TGID task.
	 */
	return !pid_has_task(pid, PIDTYPE_TGID) ||
	       visit_process(search, cand, pid, task);
}

/*
 * Visit struct pid objects of the root, up to one for which something must be
 * added. The caller adds it outside the RCU section, because that allocates
 * memory, and continues with the same PID.
 *
 * Return: 0, or -EINTR if a fatal signal is pending.
 */
static int visit_pids(struct pidtree_search *search)
{
	struct pidtree_pass pass;
	struct pid *pid;

	pidtree_pass_begin(&pass, search->root, search->next_nr,
			   PIDTREE_PASS_OPEN);
	do
		pid = pidtree_pass_next(&pass);
	while (pid && visit_pid(search, pid));
	if (pid)
		search->next_nr = pid->numbers[search->root->level].nr;

	return pidtree_pass_end(&pass);
}

static int add_new(struct pidtree_search *search)
{
	int err;

	if (search->new_ns) {
		err = pidtree_add_candidate(search->found, search->new_ns);
		search->new_ns = NULL;
	} else {
		err = pidtree_ids_add(search->ids, search->new_id);
		search->new_id = NULL;
	}

	return err;
}

static int visit_all_pids(struct pidtree_search *search)
{
	int err;

	do {
		err = visit_pids(search);
		if (err || (!search->new_ns && !search->new_id))
			return err;

		err = add_new(search);
	} while (!err);

	return err;
}

/*
 * Add candidates for all namespaces that exist. Only a file, a mount or an ID
 * may pin them.
 */
static int visit_list(struct pidtree_search *search)
{
	struct pidtree_list list;
	struct pid_namespace *ns;
	int err = 0;

	pidtree_list_begin(&list, &init_user_ns, search->root);
	while (!err && (ns = pidtree_list_next(&list))) {
		if (!pidtree_find_candidate(search->found, ns))
			err = pidtree_add_candidate(search->found,
						    get_pid_ns(ns));
		if (!err)
			pidtree_find_candidate(search->found, ns)->listed = true;
	}

	return pidtree_list_end(&list) ?: err;
}

/**
 * pidtree_search - find the PID namespaces of a subtree
 * @found: result, to be initialized
 * @ids: empty set, to which the search adds the IDs of which the reader may see
 *	a member, unless the reader may see every task
 * @root: root of the subtree; the caller holds a reference
 * @access: what the reader may see
 *
 * Finds @root and every descendant that has a process, is the
 * pid_ns_for_children of a task, or is the own namespace of an ID that the
 * reader may see, from the beginning to the end of the search. Finds the
 * ancestors of these up to @root. If @access->admin is set, finds every other
 * descendant, too. The search may or may not find a namespace for which this is
 * true during a part of the search only.
 *
 * Counts the processes that the reader may see, for each namespace. Takes time
 * linear in the number of struct pid objects, and memory for the namespaces and
 * the IDs only.
 *
 * Context: Process context, may sleep. The memory is charged to the caller.
 * Return: 0, and the caller must call pidtree_free_found(); or an error with
 * no @found to free: -ENOMEM, or -EINTR if a fatal signal is pending.
 */
int pidtree_search(struct pidtree_found *found, struct pidtree_ids *ids,
		   struct pid_namespace *root, struct pidtree_access *access)
{
	struct pidtree_search search = {
		.access = access,
		.root = root,
		.found = found,
		.ids = ids,
		.next_nr = 1,
	};
	int err;

	err = pidtree_init_found(found, root);
	/*
	 * First, so that a namespace that is created during the search is not
	 * listed.
	 */
	if (!err && access->admin)
		err = visit_list(&search);
	if (!err)
		err = visit_all_pids(&search);
	pidtree_access_drop_cache(access);
	if (err) {
		if (search.new_ns)
			put_pid_ns(search.new_ns);
		put_pid(search.new_id);
		pidtree_free_found(found);
		return err;
	}
	pidtree_finish_candidates(found, access->all);

	return 0;
}
