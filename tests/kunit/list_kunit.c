// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Test the iteration over lists of namespaces. The lists are fake; no task of
 * the kernel uses them.
 */
#include <kunit/test.h>
#include <linux/ns_common.h>
#include <linux/pid_namespace.h>
#include <linux/proc_ns.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/user_namespace.h>

#include "fixture.h"
#include "list.h"

#define FIRST_INUM 0xf0000000

/* The limit of create_user_ns() in the kernel. */
#define MAX_USER_NS_LEVEL 33

/* Only the last reference would free the namespace. */
static void fake_put(struct ns_common *entry)
{
	refcount_dec(ns_refs(entry));
}

static const struct proc_ns_operations fake_ops = { .put = fake_put };

/* Append @entry to the list of @owner. */
static void append(struct user_namespace *owner, struct ns_common *entry,
		   int type)
{
	entry->ns_type = type;
	entry->ops = &fake_ops;
	entry->inum = FIRST_INUM;
	list_add_tail_rcu(&entry->ns_owner_node.ns_list_entry,
			  &owner->ns.ns_owner_root.ns_list_head);
}

static struct user_namespace *add_user_ns(struct kunit *test,
					  struct user_namespace *parent)
{
	struct user_namespace *ns =
		fake_user_ns(test, parent ?: &init_user_ns, 0);

	INIT_LIST_HEAD(&ns->ns.ns_owner_root.ns_list_head);
	if (parent) {
		append(parent, &ns->ns, CLONE_NEWUSER);
	} else {
		ns->ns.ns_type = CLONE_NEWUSER;
		ns->ns.ops = &fake_ops;
		ns->ns.inum = FIRST_INUM;
	}

	return ns;
}

static struct pid_namespace *add_pid_ns(struct kunit *test,
					struct user_namespace *owner,
					struct pid_namespace *parent)
{
	struct pid_namespace *ns = fake_pid_ns(test, parent, FIRST_INUM);

	append(owner, &ns->ns, CLONE_NEWPID);

	return ns;
}

/* A namespace of another type. The iteration uses its ns_common only. */
static struct ns_common *add_other(struct kunit *test,
				   struct user_namespace *owner)
{
	struct ns_common *entry = fake_alloc(test, sizeof(*entry));

	entry->ns_id = U64_MAX;
	refcount_set(ns_refs(entry), FAKE_REFS);
	append(owner, entry, CLONE_NEWUTS);

	return entry;
}

/* Check that the iterator has dropped all references on the list of @owner. */
static void check_refs(struct kunit *test, struct user_namespace *owner)
{
	struct ns_common *entry;

	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&owner->ns)), FAKE_REFS);
	list_for_each_entry(entry, &owner->ns.ns_owner_root.ns_list_head,
			    ns_owner_node.ns_list_entry)
		KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(entry)), FAKE_REFS);
}

/* In each user namespace: one PID namespace before its child, one after. */
static void list_nested(struct kunit *test)
{
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct user_namespace *users[MAX_USER_NS_LEVEL + 1];
	struct pid_namespace *before[MAX_USER_NS_LEVEL + 1];
	struct pid_namespace *after[MAX_USER_NS_LEVEL + 1];
	struct pidtree_list list;
	int i;

	for (i = 0; i <= MAX_USER_NS_LEVEL; i++) {
		users[i] = add_user_ns(test, i ? users[i - 1] : NULL);
		before[i] = add_pid_ns(test, users[i], root);
		add_other(test, users[i]);
		/* A user namespace that owns nothing. */
		add_user_ns(test, users[i]);
	}
	for (i = 0; i <= MAX_USER_NS_LEVEL; i++)
		after[i] = add_pid_ns(test, users[i], root);

	pidtree_list_begin(&list, users[0], root);
	for (i = 0; i <= MAX_USER_NS_LEVEL; i++)
		KUNIT_ASSERT_PTR_EQ(test, pidtree_list_next(&list), before[i]);
	for (i = MAX_USER_NS_LEVEL; i >= 0; i--)
		KUNIT_ASSERT_PTR_EQ(test, pidtree_list_next(&list), after[i]);
	KUNIT_EXPECT_NULL(test, pidtree_list_next(&list));
	KUNIT_EXPECT_NULL(test, pidtree_list_next(&list));
	KUNIT_EXPECT_EQ(test, 0, pidtree_list_end(&list));

	for (i = 0; i <= MAX_USER_NS_LEVEL; i++)
		check_refs(test, users[i]);
}

/* The namespaces that are not below the root: itself, its parent, a sibling. */
static void list_below_root(struct kunit *test)
{
	struct user_namespace *user = add_user_ns(test, NULL);
	struct pid_namespace *top = add_pid_ns(test, user, NULL);
	struct pid_namespace *root = add_pid_ns(test, user, top);
	struct pid_namespace *sibling = add_pid_ns(test, user, top);
	struct pid_namespace *child, *grandchild;
	struct pidtree_list list;

	add_pid_ns(test, user, sibling);
	child = add_pid_ns(test, user, root);
	grandchild = add_pid_ns(test, user, child);

	pidtree_list_begin(&list, user, root);
	KUNIT_EXPECT_PTR_EQ(test, pidtree_list_next(&list), child);
	KUNIT_EXPECT_PTR_EQ(test, pidtree_list_next(&list), grandchild);
	KUNIT_EXPECT_NULL(test, pidtree_list_next(&list));
	KUNIT_EXPECT_EQ(test, 0, pidtree_list_end(&list));
	check_refs(test, user);
}

/*
 * Entries of another type between two PID namespaces, and how many of them are
 * being freed: those from @freed to @freed_end.
 */
struct batch_case {
	const char *name;
	unsigned int others;
	unsigned int freed;
	unsigned int freed_end;
};

static const struct batch_case batch_cases[] = {
	{ "none", 0 },
	{ "one less than a batch", 998 },
	{ "the PID namespace is the last of a batch", 999 },
	{ "the PID namespace is the first of a batch", 1000 },
	{ "one more than a batch", 1001 },
	{ "several batches", 3500 },
	{ "the last of a batch is being freed", 2500, 999, 1000 },
	{ "the first of a batch is being freed", 2500, 1000, 1001 },
	{ "more than a batch is being freed", 5000, 500, 4000 },
	{ "all are being freed", 2500, 0, 2500 },
};

KUNIT_ARRAY_PARAM_DESC(batch, batch_cases, name);

static void list_batches(struct kunit *test)
{
	const struct batch_case *param = test->param_value;
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct user_namespace *user = add_user_ns(test, NULL);
	struct pid_namespace *first = add_pid_ns(test, user, root), *last;
	struct pidtree_list list;
	struct ns_common **others;
	unsigned int i;

	others = fake_alloc(test, (param->others + 1) * sizeof(*others));
	for (i = 0; i < param->others; i++) {
		others[i] = add_other(test, user);
		if (i >= param->freed && i < param->freed_end)
			refcount_set(ns_refs(others[i]), 0);
	}
	last = add_pid_ns(test, user, root);

	pidtree_list_begin(&list, user, root);
	KUNIT_EXPECT_PTR_EQ(test, pidtree_list_next(&list), first);
	KUNIT_EXPECT_PTR_EQ(test, pidtree_list_next(&list), last);
	KUNIT_EXPECT_NULL(test, pidtree_list_next(&list));
	KUNIT_EXPECT_EQ(test, 0, pidtree_list_end(&list));

	for (i = param->freed; i < param->freed_end; i++) {
		KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(others[i])), 0);
		refcount_set(ns_refs(others[i]), FAKE_REFS);
	}
	check_refs(test, user);
}

/* Neither a PID namespace nor a user namespace that is being freed is found. */
static void list_freed(struct kunit *test)
{
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct user_namespace *user = add_user_ns(test, NULL);
	struct pid_namespace *freed = add_pid_ns(test, user, root);
	struct user_namespace *child = add_user_ns(test, user);
	struct pid_namespace *last = add_pid_ns(test, user, root);
	struct pidtree_list list;

	refcount_set(ns_refs(&freed->ns), 0);
	refcount_set(ns_refs(&child->ns), 0);

	pidtree_list_begin(&list, user, root);
	KUNIT_EXPECT_PTR_EQ(test, pidtree_list_next(&list), last);
	KUNIT_EXPECT_NULL(test, pidtree_list_next(&list));
	KUNIT_EXPECT_EQ(test, 0, pidtree_list_end(&list));
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&freed->ns)), 0);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&child->ns)), 0);
}

/* The list changes between two calls: before, at and after the position. */
static void list_changed(struct kunit *test)
{
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct user_namespace *user = add_user_ns(test, NULL);
	struct pid_namespace *ns[5];
	struct pidtree_list list;
	unsigned int i;

	for (i = 0; i < 4; i++)
		ns[i] = add_pid_ns(test, user, root);

	pidtree_list_begin(&list, user, root);
	KUNIT_EXPECT_PTR_EQ(test, pidtree_list_next(&list), ns[0]);
	KUNIT_EXPECT_PTR_EQ(test, pidtree_list_next(&list), ns[1]);
	list_bidir_del_rcu(&ns[0]->ns.ns_owner_node.ns_list_entry);
	list_bidir_del_rcu(&ns[2]->ns.ns_owner_node.ns_list_entry);
	ns[4] = add_pid_ns(test, user, root);
	KUNIT_EXPECT_PTR_EQ(test, pidtree_list_next(&list), ns[3]);
	KUNIT_EXPECT_PTR_EQ(test, pidtree_list_next(&list), ns[4]);
	KUNIT_EXPECT_NULL(test, pidtree_list_next(&list));
	KUNIT_EXPECT_EQ(test, 0, pidtree_list_end(&list));
	check_refs(test, user);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&ns[0]->ns)), FAKE_REFS);
}

/* An iteration can end anywhere. */
static void list_stopped(struct kunit *test)
{
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct user_namespace *user = add_user_ns(test, NULL);
	struct pid_namespace *first = add_pid_ns(test, user, root);
	struct pidtree_list list;

	add_pid_ns(test, user, root);

	pidtree_list_begin(&list, user, root);
	KUNIT_EXPECT_EQ(test, 0, pidtree_list_end(&list));
	check_refs(test, user);

	pidtree_list_begin(&list, user, root);
	KUNIT_EXPECT_PTR_EQ(test, pidtree_list_next(&list), first);
	KUNIT_EXPECT_EQ(test, 0, pidtree_list_end(&list));
	check_refs(test, user);
}

/* A fatal signal ends the iteration. */
static void list_killed(struct kunit *test)
{
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct user_namespace *user = add_user_ns(test, NULL);
	struct pid_namespace *first = add_pid_ns(test, user, root);
	struct pidtree_list list;

	add_pid_ns(test, user, root);
	pidtree_list_begin(&list, user, root);
	KUNIT_EXPECT_PTR_EQ(test, pidtree_list_next(&list), first);

	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	KUNIT_EXPECT_NULL(test, pidtree_list_next(&list));
	KUNIT_EXPECT_EQ(test, -EINTR, pidtree_list_end(&list));
	flush_signals(current);
	disallow_signal(SIGKILL);
	check_refs(test, user);
}

/* The kernel's own lists: nothing is below a namespace that no task has. */
static void list_real(struct kunit *test)
{
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct pidtree_list list;

	pidtree_list_begin(&list, &init_user_ns, root);
	KUNIT_EXPECT_NULL(test, pidtree_list_next(&list));
	KUNIT_EXPECT_EQ(test, 0, pidtree_list_end(&list));
}

static struct kunit_case list_tests[] = {
	KUNIT_CASE(list_nested),
	KUNIT_CASE(list_below_root),
	KUNIT_CASE_PARAM(list_batches, batch_gen_params),
	KUNIT_CASE(list_freed),
	KUNIT_CASE(list_changed),
	KUNIT_CASE(list_stopped),
	KUNIT_CASE(list_killed),
	KUNIT_CASE(list_real),
	{}
};

static struct kunit_suite list_suite = {
	.name = "pidns_tree_list",
	.test_cases = list_tests,
};

kunit_test_suite(list_suite);
