// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The kernel's lists of namespaces, which some kernels have: see Kbuild.
 *
 * In these kernels, each user namespace has a list of the namespaces that it
 * owns, of all types. User namespaces are on the list of their parent. So all
 * namespaces form one tree, whose root is the initial user namespace. The
 * kernel's list of PID namespaces alone is not exported.
 *
 * Lifetimes, checked in 7.3:
 * - A namespace is initialized before it is added to a list. Its entry never
 *   moves: __ns_tree_remove() removes it after the reference count of the
 *   namespace has dropped to zero, which is final.
 * - __ns_tree_remove() does not change the next pointer of the removed entry,
 *   because it calls list_bidir_del_rcu().
 * - After the removal, every type of namespace is freed after a grace period:
 *   free_user_ns(), free_uts_ns(), free_time_ns() and free_cgroup_ns() call
 *   kfree_rcu(), destroy_pid_namespace() and mnt_ns_tree_remove() call
 *   call_rcu(), and free_ipc() and ops_undo_list() (network namespaces) call
 *   synchronize_rcu() or synchronize_rcu_expedited().
 * - A namespace drops its references on its owner and, if it is a PID
 *   namespace, on its parent after its own removal. So both are removed later.
 *
 * From these facts follows what this file needs:
 * - All entries that an RCU section reaches are valid until its end, together
 *   with their owners and the ancestors of their PID namespaces: each was on
 *   its list at some time during the section, so its grace period cannot have
 *   ended yet.
 * - An entry with a reference stays on its list, together with the owner on the
 *   list of its own owner, and so on. So the next RCU section can continue
 *   there.
 */
#include <linux/errno.h>
#include <linux/ns_common.h>
#include <linux/pid_namespace.h>
#include <linux/proc_ns.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/user_namespace.h>

#include "list.h"
#include "pass.h"

/*
 * Caller is in the RCU section that reached @entry. The reference count of the
 * initial namespaces never changes.
 *
 * __ns_ref_get() does the same, but finds the initial namespaces by ns_id. In
 * older kernels with these lists, ns_rcu shares memory with ns_id. There,
 * call_rcu() overwrites the ns_id of a namespace that is being freed, for
 * example with 0, and kfree_rcu() can do so. It overwrites neither the inode
 * number nor the entries of the lists.
 *
 * Return: false if the namespace is being freed.
 */
static bool get_entry(struct ns_common *entry)
{
	return is_ns_init_inum(entry) ||
	       refcount_inc_not_zero(&entry->__ns_ref);
}

/*
 * If this was the last reference, the function frees the namespace: it may
 * sleep. An entry of a list has operations, because __ns_tree_add_raw() finds
 * the owner with them.
 */
static void put_entry(struct ns_common *entry)
{
	if (entry && !is_ns_init_inum(entry))
		entry->ops->put(entry);
}

/*
 * Get the entry after @list->entry in pre-order: first those that it owns if it
 * is a user namespace. Caller is in an RCU section in which @list->entry is
 * valid.
 */
static struct ns_common *next_entry(struct pidtree_list *list)
{
	struct list_head *link = &list->entry->ns_owner_node.ns_list_entry;
	struct user_namespace *owner = list->owner;

	if (list->entry->ns_type == CLONE_NEWUSER) {
		owner = to_user_ns(list->entry);
		link = &owner->ns.ns_owner_root.ns_list_head;
	}

	link = rcu_dereference(list_next_rcu(link));
	while (list_is_head(link, &owner->ns.ns_owner_root.ns_list_head)) {
		if (owner == list->top)
			return NULL;
		link = &owner->ns.ns_owner_node.ns_list_entry;
		link = rcu_dereference(list_next_rcu(link));
		owner = owner->parent;
	}
	list->owner = owner;

	return list_entry(link, struct ns_common, ns_owner_node.ns_list_entry);
}

static bool is_pid_ns_below(struct ns_common *entry,
			    const struct pid_namespace *root)
{
	const struct pid_namespace *ns;

	/* Do not climb from namespaces that are being freed. */
	if (entry->ns_type != CLONE_NEWPID || !refcount_read(&entry->__ns_ref))
		return false;

	for (ns = to_pid_ns(entry); ns->level > root->level; ns = ns->parent)
		if (ns->parent == root)
			return true;

	return false;
}

/*
 * Go on to the next PID namespace below the root, or over a batch of other
 * entries. The RCU section is longer only if the entries after the batch are
 * being freed, because it must end at an entry that can be referenced.
 *
 * Return: true if @list->entry is such a PID namespace.
 */
static bool visit_batch(struct pidtree_list *list)
{
	struct ns_common *previous = list->entry;
	unsigned int visited = 0;
	bool wanted;

	rcu_read_lock();
	do {
		list->entry = next_entry(list);
		wanted = list->entry &&
			 is_pid_ns_below(list->entry, list->root);
		visited++;
	} while (list->entry && !((wanted || visited >= PIDTREE_RCU_BATCH) &&
				  get_entry(list->entry)));
	rcu_read_unlock();

	put_entry(previous);
	cond_resched();

	return wanted;
}

/**
 * pidtree_list_begin - begin an iteration over the listed PID namespaces
 * @list: iterator to initialize
 * @top: user namespace whose namespaces are returned, and those of its
 *	descendants; the caller holds a reference until pidtree_list_end()
 * @root: PID namespace whose descendants are returned; the caller holds a
 *	reference until pidtree_list_end()
 *
 * Context: Any context.
 */
void pidtree_list_begin(struct pidtree_list *list, struct user_namespace *top,
			struct pid_namespace *root)
{
	list->top = top;
	list->root = root;
	list->owner = top;
	list->entry = &get_user_ns(top)->ns;
}

/**
 * pidtree_list_next - get the next PID namespace
 * @list: iterator begun by pidtree_list_begin()
 *
 * Returns every descendant of the root whose reference count is not zero from
 * pidtree_list_begin() to pidtree_list_end(), once, whatever pins it. It need
 * not be active in the sense of listns(2). A namespace can be returned before
 * its parent.
 *
 * The iterator has a reference on the entry that it visited last, also if this
 * is no PID namespace, and drops it when it has a reference on the next one.
 *
 * Context: Process context, may sleep. Not in an RCU section.
 * Return: a PID namespace, valid until the next call, or NULL if there is none.
 * Also NULL if a fatal signal is pending; pidtree_list_end() returns an error
 * in this case.
 */
struct pid_namespace *pidtree_list_next(struct pidtree_list *list)
{
	while (list->entry && !fatal_signal_pending(current))
		if (visit_batch(list))
			return to_pid_ns(list->entry);

	return NULL;
}

/**
 * pidtree_list_end - end an iteration
 * @list: iterator begun by pidtree_list_begin()
 *
 * Context: Process context, may sleep. Not in an RCU section.
 * Return: 0, or -EINTR if a fatal signal is pending. The iteration may have
 * ended early in this case.
 */
int pidtree_list_end(struct pidtree_list *list)
{
	put_entry(list->entry);

	return fatal_signal_pending(current) ? -EINTR : 0;
}
