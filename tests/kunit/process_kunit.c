// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Tests of process.c and check.c: the copy of a process.
 */
#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/idr.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "fixture.h"
#include "pidns_tree.h"

/* User ID of the opener, the owner of all processes. */
#define OPENER 1000

#define FIRST_INUM 4026532000U

/* The copy of a process with a parent. */
struct copy_case {
	const char *desc;
	/* Levels from the namespace of the process up to that of the parent. */
	unsigned int parent_above;
	/* Levels from the namespace of the process up to the tree's root. */
	unsigned int root_above;
	/* PID of the parent, whose process group the process is a member of. */
	pid_t ppid;
	unsigned int state;
	int exit_state;
	char letter;
};

static const struct copy_case copy_cases[] = {
	{ "parent in the same namespace", 0, 2, 30, TASK_RUNNING, 0, 'R' },
	{ "parent one level up", 1, 2, 30, TASK_INTERRUPTIBLE, 0, 'S' },
	{ "parent in the root", 2, 2, 30, TASK_UNINTERRUPTIBLE, 0, 'D' },
	{ "parent in the root, one level up", 1, 1, 20, __TASK_STOPPED, 0,
	  'T' },
	{ "parent outside the tree", 1, 0, 0, __TASK_TRACED, 0, 't' },
	{ "parent two levels up, outside the tree", 2, 1, 0, TASK_IDLE, 0,
	  'I' },
	{ "zombie", 0, 2, 30, TASK_DEAD, EXIT_ZOMBIE, 'Z' },
	{ "dead", 0, 0, 10, TASK_DEAD, EXIT_DEAD, 'X' },
};

KUNIT_ARRAY_PARAM_DESC(copy, copy_cases, desc);

static void process_fields(struct kunit *test)
{
	static const pid_t inits[][3] = { { 3, 2, 1 }, { 2, 1 }, { 1 } };
	static const pid_t parent_numbers[] = { 30, 20, 10 };
	static const pid_t numbers[] = { 33, 22, 11 };
	static const pid_t thread_numbers[] = { 34, 23, 12 };
	const struct copy_case *param = test->param_value;
	const struct cred *cred = fake_cred(test, &init_user_ns, OPENER);
	unsigned int depth = param->root_above + 1;
	struct task_struct *parent, *task;
	/* The namespace of the process, its parent and its grandparent. */
	struct pid_namespace *ns[3];
	struct pidtree_access access;
	struct pidtree_entry entry;
	const struct pidtree_node *node;
	struct pidtree tree;
	unsigned int i;

	ns[2] = fake_pid_ns(test, NULL, FIRST_INUM);
	ns[1] = fake_pid_ns(test, ns[2], FIRST_INUM + 1);
	ns[0] = fake_pid_ns(test, ns[1], FIRST_INUM + 2);
	for (i = 0; i < ARRAY_SIZE(ns); i++)
		fake_process(test, fake_pid(test, ns[i], inits[i]), cred);
	parent = fake_process(test, fake_pid(test, ns[param->parent_above],
					     parent_numbers), cred);
	task = fake_process(test, fake_pid(test, ns[0], numbers), cred);
	fake_thread(test, fake_pid(test, ns[0], thread_numbers), task);
	RCU_INIT_POINTER(task->real_parent, parent);
	fake_member(task, task_tgid(parent), PIDTYPE_PGID);
	fake_member(task, task_tgid(task), PIDTYPE_SID);
	strscpy(task->comm, "fifteen bytes !", sizeof(task->comm));
	task->__state = param->state;
	task->exit_state = param->exit_state;

	fake_access(test, &access, OPENER, false);
	KUNIT_ASSERT_EQ(test, 0,
			pidtree_fill(&tree, ns[param->root_above], &access));
	for (node = pidtree_first_node(&tree); node && node->ns != ns[0];)
		node = pidtree_next_node(&tree, node);
	KUNIT_ASSERT_NOT_NULL(test, node);

	KUNIT_ASSERT_TRUE(test, next_entry(&tree, node, 11, &entry));
	KUNIT_ASSERT_EQ(test, entry.depth, depth);
	for (i = 0; i < depth; i++)
		KUNIT_EXPECT_EQ(test, entry.numbers[i], numbers[3 - depth + i]);
	KUNIT_EXPECT_EQ(test, entry.roles, 0);
	KUNIT_EXPECT_EQ(test, entry.ppid, param->ppid);
	KUNIT_EXPECT_EQ(test, entry.pgid, param->ppid);
	KUNIT_EXPECT_EQ(test, entry.sid, numbers[3 - depth]);
	KUNIT_EXPECT_EQ(test, entry.threads, 2);
	KUNIT_EXPECT_EQ(test, __kuid_val(entry.uid), OPENER);
	KUNIT_EXPECT_EQ(test, entry.state, param->letter);
	KUNIT_EXPECT_STREQ(test, entry.comm, "fifteen bytes !");
	KUNIT_EXPECT_FALSE(test, next_entry(&tree, node, 12, &entry));

	pidtree_release(&tree);
}

/* While a name is being set, its last byte may not be NUL. */
static void process_unterminated_name(struct kunit *test)
{
	const struct cred *cred = fake_cred(test, &init_user_ns, OPENER);
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct pidtree_access access;
	struct pidtree_entry entry;
	struct task_struct *task;
	struct pidtree tree;
	pid_t number = 1;

	task = fake_process(test, fake_pid(test, root, &number), cred);
	memset(task->comm, 'x', sizeof(task->comm));
	fake_access(test, &access, OPENER, false);
	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, root, &access));

	KUNIT_ASSERT_TRUE(test, next_entry(&tree, pidtree_first_node(&tree),
					   0, &entry));
	KUNIT_EXPECT_EQ(test, strnlen(entry.comm, sizeof(entry.comm)),
			sizeof(entry.comm) - 1);

	pidtree_release(&tree);
}

/*
 * The check fails if the process is not found or has other PIDs, or if another
 * process has its PID.
 */
static void check_at_load(struct kunit *test)
{
	const struct cred *cred = fake_cred(test, &init_user_ns, OPENER);
	struct pid_namespace *up = fake_pid_ns(test, NULL, FIRST_INUM - 1);
	struct pid_namespace *root = fake_pid_ns(test, up, FIRST_INUM);
	struct pid_namespace *ns = fake_pid_ns(test, root, FIRST_INUM + 1);
	struct pid_namespace *unknown = fake_pid_ns(test, root, FIRST_INUM + 2);
	pid_t numbers[] = { 50, 5, 1 }, other_numbers[] = { 70, 7, 3 };
	struct pid *pid = fake_pid(test, ns, numbers);
	struct pid *other = fake_pid(test, ns, other_numbers);
	struct task_struct *task = fake_process(test, pid, cred);
	struct task_struct *other_task = fake_process(test, other, cred);

	KUNIT_EXPECT_EQ(test, 0, pidtree_check(root, ns, task));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pidtree_check(root, unknown, task));

	pid->numbers[1].nr = 6;
	pid->numbers[2].nr = 2;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pidtree_check(root, ns, task));
	pid->numbers[1].nr = 5;
	pid->numbers[2].nr = 1;
	KUNIT_EXPECT_EQ(test, 0, pidtree_check(root, ns, task));

	/* Each difference of the process that has the PID is noticed. */
	idr_replace(&ns->idr, other, 1);
	other->numbers[1].nr = 5;
	other->numbers[2].nr = 1;
	KUNIT_EXPECT_EQ(test, 0, pidtree_check(root, ns, task));
	other->numbers[1].nr = 6;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pidtree_check(root, ns, task));
	other->numbers[1].nr = 5;
	other->numbers[2].nr = 2;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pidtree_check(root, ns, task));
	other->numbers[2].nr = 1;
	strscpy(other_task->comm, "other", sizeof(other_task->comm));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pidtree_check(root, ns, task));
	idr_replace(&ns->idr, pid, 1);
	idr_remove(&root->idr, 7);
	KUNIT_EXPECT_EQ(test, 0, pidtree_check(root, ns, task));

	hlist_del_init_rcu(&task->pid_links[PIDTYPE_TGID]);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pidtree_check(root, ns, task));
	hlist_add_head_rcu(&task->pid_links[PIDTYPE_TGID],
			   &pid->tasks[PIDTYPE_TGID]);

	idr_remove(&root->idr, 5);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pidtree_check(root, ns, task));
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&root->ns)), FAKE_REFS);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&ns->ns)), FAKE_REFS);
}

static struct kunit_case process_tests[] = {
	KUNIT_CASE_PARAM(process_fields, copy_gen_params),
	KUNIT_CASE(process_unterminated_name),
	KUNIT_CASE(check_at_load),
	{}
};

static struct kunit_suite process_suite = {
	.name = "pidns_tree_process",
	.test_cases = process_tests,
};

kunit_test_suite(process_suite);
