// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Tests of access.c: a row for each clause of the access rule.
 */
#include <kunit/test.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "fixture.h"
#include "pidns_tree.h"

/* User ID of the opener, unless a test says otherwise, and of another user. */
#define OPENER 1000
#define OTHER_USER 7

static void make_userns(struct kunit *test, struct user_namespace **users)
{
	users[INIT] = &init_user_ns;
	users[OWNED] = fake_user_ns(test, users[INIT], OPENER);
	users[OWNED_CHILD] = fake_user_ns(test, users[OWNED], OTHER_USER);
	users[OTHER] = fake_user_ns(test, users[INIT], OTHER_USER);
}

/* Is the task dumpable, or was it when it had an mm? */
enum memory {
	DUMPABLE,
	UNDUMPABLE,
	ROOT_DUMPABLE,
	GONE_DUMPABLE,
	GONE_UNDUMPABLE,
};

static void set_memory(struct kunit *test, struct task_struct *task,
		       enum memory memory, struct user_namespace *ns)
{
	static const enum dumpable dumpable[] = {
		[DUMPABLE] = DUMPABLE_OWNER,
		[UNDUMPABLE] = DUMPABLE_OFF,
		[ROOT_DUMPABLE] = DUMPABLE_ROOT,
		[GONE_DUMPABLE] = DUMPABLE_OWNER,
		[GONE_UNDUMPABLE] = DUMPABLE_OFF,
	};

	fake_memory(test, task, ns, dumpable[memory]);
	if (memory == GONE_DUMPABLE || memory == GONE_UNDUMPABLE)
		fake_exit_mm(task, dumpable[memory]);
}

/* Which of the six IDs of the task differs from that of the opener? */
enum odd_id {
	NO_ID,
	UID,
	EUID,
	SUID,
	GID,
	EGID,
	SGID,
	ALL_IDS,
};

static void set_odd_id(struct cred *cred, enum odd_id odd)
{
	kuid_t uid = KUIDT_INIT(OTHER_USER);
	kgid_t gid = KGIDT_INIT(OTHER_USER);

	if (odd == UID || odd == ALL_IDS)
		cred->uid = uid;
	if (odd == EUID || odd == ALL_IDS)
		cred->euid = uid;
	if (odd == SUID || odd == ALL_IDS)
		cred->suid = uid;
	if (odd == GID || odd == ALL_IDS)
		cred->gid = gid;
	if (odd == EGID || odd == ALL_IDS)
		cred->egid = gid;
	if (odd == SGID || odd == ALL_IDS)
		cred->sgid = gid;
}

/*
 * By default, opener and task have the same IDs and no capabilities. Opener,
 * task and mm are in the initial user namespace, and the task is dumpable.
 */
struct access_case {
	const char *desc;
	bool seen;
	bool all;
	bool self;
	bool self_read_by_other;
	/* The opener. */
	enum userns opener_in;
	bool ptrace;
	bool ptrace_permitted;
	bool net_raw;
	bool net_raw_permitted;
	bool other_fs_ids;
	bool other_but_fs_ids;
	/* The task. */
	enum odd_id odd;
	enum userns task_in;
	bool task_net_raw;
	enum memory memory;
	enum userns memory_in;
	/* Seen on kernels that do not record whether the mm was dumpable. */
	bool seen_if_not_recorded;
};

static const struct access_case access_cases[] = {
	{ "same ids", true },
	{ "fast path", true, .all = true, .odd = ALL_IDS,
	  .memory = UNDUMPABLE },

	{ "own thread group", true, .self = true, .odd = ALL_IDS,
	  .task_in = OTHER, .memory = GONE_UNDUMPABLE },
	{ "own thread group, read by another process", false,
	  .self_read_by_other = true, .odd = ALL_IDS, .task_in = OTHER,
	  .memory = GONE_UNDUMPABLE },

	/* A: the IDs, or CAP_SYS_PTRACE in the user namespace of the task. */
	{ "other uid", false, .odd = UID },
	{ "other euid", false, .odd = EUID },
	{ "other suid", false, .odd = SUID },
	{ "other gid", false, .odd = GID },
	{ "other egid", false, .odd = EGID },
	{ "other sgid", false, .odd = SGID },
	{ "other fs ids of the opener", false, .other_fs_ids = true },
	{ "only fs ids of the opener match", true, .other_but_fs_ids = true },
	{ "other ids, capable", true, .odd = ALL_IDS, .ptrace = true },
	{ "other ids, capability not effective", false, .odd = ALL_IDS,
	  .ptrace_permitted = true },
	{ "other ids, other capability", false, .odd = ALL_IDS,
	  .net_raw = true },
	{ "other ids, capable in an ancestor", true, .odd = ALL_IDS,
	  .ptrace = true, .task_in = OTHER },
	{ "other ids, owner of the user namespace", true, .odd = ALL_IDS,
	  .task_in = OWNED, .memory_in = OWNED },
	{ "other ids, owner of an ancestor", true, .odd = ALL_IDS,
	  .task_in = OWNED_CHILD, .memory_in = OWNED_CHILD },
	{ "other ids, not the owner", false, .odd = ALL_IDS, .task_in = OTHER,
	  .memory_in = OTHER },
	{ "other ids, capable in own user namespace", true, .odd = ALL_IDS,
	  .opener_in = OWNED, .ptrace = true, .task_in = OWNED,
	  .memory_in = OWNED },
	{ "other ids, capable, task in a child", true, .odd = ALL_IDS,
	  .opener_in = OWNED, .ptrace = true, .task_in = OWNED_CHILD,
	  .memory_in = OWNED_CHILD },
	{ "other ids, capable, task in a sibling", false, .odd = ALL_IDS,
	  .opener_in = OWNED, .ptrace = true, .task_in = OTHER,
	  .memory_in = OTHER },
	{ "other ids, capable, task in the parent", false, .odd = ALL_IDS,
	  .opener_in = OWNED, .ptrace = true },

	/* B: dumpable, or CAP_SYS_PTRACE in the user namespace of the mm. */
	{ "undumpable", false, .memory = UNDUMPABLE },
	{ "dumpable by root only", false, .memory = ROOT_DUMPABLE },
	{ "undumpable, capable", true, .memory = UNDUMPABLE, .ptrace = true },
	{ "undumpable, owner of its user namespace", true, .memory = UNDUMPABLE,
	  .memory_in = OWNED },
	{ "undumpable, capable over the task alone", false, .odd = ALL_IDS,
	  .task_in = OWNED, .memory = UNDUMPABLE, .memory_in = INIT },
	{ "no mm, was dumpable", true, .memory = GONE_DUMPABLE },
	{ "no mm", false, .memory = GONE_UNDUMPABLE,
	  .seen_if_not_recorded = true },
	{ "no mm, capable", true, .memory = GONE_UNDUMPABLE, .ptrace = true },
	{ "no mm, capable over the task alone", false, .odd = ALL_IDS,
	  .task_in = OWNED, .memory = GONE_UNDUMPABLE,
	  .seen_if_not_recorded = true },
	{ "no mm, other ids", false, .odd = ALL_IDS,
	  .memory = GONE_UNDUMPABLE },

	/* C: capabilities of the task, or CAP_SYS_PTRACE as in A. */
	{ "more capabilities", false, .task_net_raw = true },
	{ "more capabilities, permitted ones", false, .task_net_raw = true,
	  .net_raw_permitted = true },
	{ "the same capabilities", true, .task_net_raw = true,
	  .net_raw = true },
	{ "fewer capabilities", true, .net_raw = true },
	{ "more capabilities, capable", true, .task_net_raw = true,
	  .ptrace = true },
	{ "other user namespace", false, .task_in = OTHER },
	{ "task in the parent user namespace", false, .opener_in = OWNED },
	{ "task in the parent, capable in the child", false, .opener_in = OWNED,
	  .ptrace = true },
	{ "other user namespace, opener owns it", true, .task_in = OWNED },
	{ "other user namespace, capable in parent", true, .task_in = OTHER,
	  .ptrace = true },
	{ "both in another user namespace", true, .opener_in = OTHER,
	  .task_in = OTHER },
};

KUNIT_ARRAY_PARAM_DESC(access, access_cases, desc);

static struct file *make_opener(struct kunit *test,
				const struct access_case *param,
				struct user_namespace **users)
{
	struct cred *cred = fake_cred(test, users[param->opener_in], OPENER);

	if (param->ptrace)
		cap_raise(cred->cap_effective, CAP_SYS_PTRACE);
	if (param->ptrace_permitted)
		cap_raise(cred->cap_permitted, CAP_SYS_PTRACE);
	if (param->net_raw)
		cap_raise(cred->cap_effective, CAP_NET_RAW);
	if (param->net_raw_permitted)
		cap_raise(cred->cap_permitted, CAP_NET_RAW);
	if (param->other_but_fs_ids)
		set_odd_id(cred, ALL_IDS);
	if (param->other_fs_ids) {
		cred->fsuid = KUIDT_INIT(OTHER_USER);
		cred->fsgid = KGIDT_INIT(OTHER_USER);
	}

	return fake_file(test, cred);
}

static struct task_struct *make_task(struct kunit *test,
				     const struct access_case *param,
				     struct user_namespace **users)
{
	struct cred *cred = fake_cred(test, users[param->task_in], OPENER);
	struct pid_namespace *ns = fake_pid_ns(test, NULL, 1);
	pid_t number = 1;
	struct task_struct *task;

	set_odd_id(cred, param->odd);
	if (param->task_net_raw)
		cap_raise(cred->cap_permitted, CAP_NET_RAW);

	task = fake_process(test, fake_pid(test, ns, &number), cred);
	set_memory(test, task, param->memory, users[param->memory_in]);

	return task;
}

static bool may_see(struct pidtree_access *access, struct task_struct *task)
{
	bool seen;

	rcu_read_lock();
	seen = pidtree_may_see(access, task);
	rcu_read_unlock();

	return seen;
}

/* No reference on a user namespace is left. */
static void check_user_refs(struct kunit *test, struct user_namespace **users)
{
	unsigned int i;

	for (i = INIT + 1; i < NR_USERNS; i++)
		KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&users[i]->ns)),
				FAKE_REFS);
}

static void access_to_task(struct kunit *test)
{
	const struct access_case *param = test->param_value;
	struct user_namespace *users[NR_USERNS];
	struct pidtree_access access = { .all = param->all };
	struct task_struct *task;
	bool seen = param->seen ||
		    (param->seen_if_not_recorded && !fake_dumpable_recorded);

	skip_without_userns(test, param->opener_in);
	skip_without_userns(test, param->task_in);
	skip_without_userns(test, param->memory_in);
	make_userns(test, users);
	task = make_task(test, param, users);
	access.file = make_opener(test, param, users);
	access.self = task_tgid(current);
	if (param->self)
		task->signal->pids[PIDTYPE_TGID] = access.self;
	if (param->self_read_by_other)
		access.self = task_tgid(task);

	KUNIT_EXPECT_EQ(test, may_see(&access, task), seen);
	/* The cached answer is the same. */
	KUNIT_EXPECT_EQ(test, may_see(&access, task), seen);

	pidtree_access_drop_cache(&access);
	check_user_refs(test, users);
}

/*
 * The opener sees each thread of its thread group. The struct pid of the thread
 * itself does not matter.
 */
static void access_to_thread(struct kunit *test)
{
	static const struct access_case other = {
		.odd = ALL_IDS,
	};
	struct user_namespace *users[NR_USERNS];
	struct pidtree_access access = {};
	struct task_struct *leader, *thread;
	pid_t number = 2;
	struct pid *pid;

	make_userns(test, users);
	leader = make_task(test, &other, users);
	pid = fake_pid(test, task_tgid(leader)->numbers[0].ns, &number);
	thread = fake_thread(test, pid, leader);
	access.file = make_opener(test, &other, users);

	access.self = pid;
	KUNIT_EXPECT_FALSE(test, may_see(&access, thread));
	access.self = task_tgid(current);
	leader->signal->pids[PIDTYPE_TGID] = access.self;
	KUNIT_EXPECT_TRUE(test, may_see(&access, thread));
	pidtree_access_drop_cache(&access);
}

/* The cached answer is not used for another user namespace. */
static void access_cached(struct kunit *test)
{
	static const struct access_case cases[NR_USERNS] = {
		[OWNED] = { .odd = ALL_IDS,
			    .task_in = OWNED,
			    .memory_in = OWNED },
		[OTHER] = { .odd = ALL_IDS,
			    .task_in = OTHER,
			    .memory_in = OTHER },
	};
	struct user_namespace *users[NR_USERNS];
	struct task_struct *mine, *other;
	struct pidtree_access access = { .self = task_tgid(current) };

	skip_without_userns(test, OWNED);
	make_userns(test, users);
	mine = make_task(test, &cases[OWNED], users);
	other = make_task(test, &cases[OTHER], users);
	access.file = make_opener(test, &cases[OWNED], users);

	KUNIT_EXPECT_TRUE(test, may_see(&access, mine));
	KUNIT_EXPECT_PTR_EQ(test, access.cached_ns, users[OWNED]);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&users[OWNED]->ns)),
			FAKE_REFS + 1);
	KUNIT_EXPECT_FALSE(test, may_see(&access, other));
	KUNIT_EXPECT_PTR_EQ(test, access.cached_ns, users[OTHER]);
	KUNIT_EXPECT_TRUE(test, may_see(&access, mine));
	KUNIT_EXPECT_FALSE(test, may_see(&access, other));
	KUNIT_EXPECT_FALSE(test, may_see(&access, other));

	pidtree_access_drop_cache(&access);
	KUNIT_EXPECT_NULL(test, access.cached_ns);
	check_user_refs(test, users);
	/* The cache may be empty. */
	pidtree_access_drop_cache(&access);
	check_user_refs(test, users);

	KUNIT_EXPECT_TRUE(test, may_see(&access, mine));
	pidtree_access_drop_cache(&access);
}

/* Does the opener see all tasks, by its credentials and the mount options? */
struct open_case {
	const char *desc;
	bool all;
	bool private;
	enum proc_hidepid hide_pid;
	bool in_group;
	bool ptrace;
	enum userns opener_in;
};

static const struct open_case open_cases[] = {
	{ "private", false, .private = true },
	{ "private, in group", false, .private = true, .in_group = true },
	{ "private, capable", true, .private = true, .ptrace = true },
	{ "private, capable in a child", false, .private = true, .ptrace = true,
	  .opener_in = OWNED },
	{ "hidepid=0", true, .hide_pid = HIDEPID_OFF },
	{ "hidepid=0, in group", true, .hide_pid = HIDEPID_OFF,
	  .in_group = true },
	{ "hidepid=0, opener in a child", true, .hide_pid = HIDEPID_OFF,
	  .opener_in = OWNED },
	{ "hidepid=1", false, .hide_pid = HIDEPID_NO_ACCESS },
	{ "hidepid=1, in group", true, .hide_pid = HIDEPID_NO_ACCESS,
	  .in_group = true },
	{ "hidepid=2", false, .hide_pid = HIDEPID_INVISIBLE },
	{ "hidepid=2, in group", true, .hide_pid = HIDEPID_INVISIBLE,
	  .in_group = true },
	{ "hidepid=4", false, .hide_pid = HIDEPID_NOT_PTRACEABLE },
	{ "hidepid=4, in group", false, .hide_pid = HIDEPID_NOT_PTRACEABLE,
	  .in_group = true },
	{ "hidepid=4, capable", true, .hide_pid = HIDEPID_NOT_PTRACEABLE,
	  .ptrace = true },
};

KUNIT_ARRAY_PARAM_DESC(open, open_cases, desc);

/*
 * The kthread that runs the test may have started before kernel_clone() has
 * dropped its reference on the struct pid.
 */
static void wait_for_kernel_clone(struct kunit *test, struct pid *self)
{
	for (int i = 0; i < 1000 && refcount_read(&self->count) > 1; i++)
		msleep(20);
	KUNIT_ASSERT_EQ(test, refcount_read(&self->count), 1);
}

static void access_at_open(struct kunit *test)
{
	const struct open_case *param = test->param_value;
	const struct access_case opener = {
		.ptrace = param->ptrace,
		.opener_in = param->opener_in,
	};
	struct user_namespace *users[NR_USERNS];
	struct super_block *sb = fake_alloc(test, sizeof(*sb));
	struct inode *inode = fake_alloc(test, sizeof(*inode));
	struct proc_fs_info info = { .hide_pid = param->hide_pid };
	struct pid *self = task_tgid(current);
	struct pidtree_access access;
	struct file *file;

	skip_without_userns(test, param->opener_in);
	wait_for_kernel_clone(test, self);
	make_userns(test, users);
	file = make_opener(test, &opener, users);
	/* in_group_p() checks the current task, which is the opener. */
	info.pid_gid = param->in_group ? current_fsgid() :
					 KGIDT_INIT(OTHER_USER);
	sb->s_fs_info = &info;
	inode->i_sb = sb;
	file->f_inode = inode;

	/* The function must not depend on what the memory had. */
	memset(&access, 0x5a, sizeof(access));
	pidtree_public = !param->private;
	pidtree_access_init(&access, file);
	pidtree_public = false;

	KUNIT_EXPECT_EQ(test, access.all, param->all);
	KUNIT_EXPECT_PTR_EQ(test, access.file, (const struct file *)file);
	KUNIT_EXPECT_PTR_EQ(test, access.self, self);
	KUNIT_EXPECT_EQ(test, refcount_read(&self->count), 2);
	KUNIT_ASSERT_NULL(test, access.cached_ns);

	pidtree_access_release(&access);
	KUNIT_EXPECT_EQ(test, refcount_read(&self->count), 1);
}

static struct kunit_case access_tests[] = {
	KUNIT_CASE_PARAM(access_to_task, access_gen_params),
	KUNIT_CASE(access_to_thread),
	KUNIT_CASE(access_cached),
	KUNIT_CASE_PARAM(access_at_open, open_gen_params),
	{}
};

static struct kunit_suite access_suite = {
	.name = "pidns_tree_access",
	.test_cases = access_tests,
};

kunit_test_suite(access_suite);
