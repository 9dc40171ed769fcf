// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The requirements of exercise 1: the module logs the level and numbers[] of
 * the struct pid that its parameter pid= names.
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exercise.h"
#include "module.h"
#include "world.h"

/* How often to load the module in a loop. */
#define LOADS 40

/*
 * Add the lines for a task.
 * @nr: its PID in the namespace of the loader
 * @tgid: the PID of its process there
 * @pids: its PIDs, outermost first
 * @inum: its PID namespace
 */
static void add_lines(struct text *text, const struct view *view, int nr,
		      int tgid, const int *pids, int depth, unsigned int inum)
{
	unsigned int inums[MAX_LEVELS];

	for (int i = depth - 1; i >= 0; i--) {
		const struct namespace *ns = find_namespace(view, inum);

		check(ns && ns->level == i);
		inums[i] = inum;
		inum = ns->parent;
	}
	add(text, "pid=%d tgid=%d level=%d\n", nr, tgid, depth - 1);
	for (int i = 0; i < depth; i++)
		add(text, "numbers[%d]=%d ns=%u\n", i, pids[i], inums[i]);
}

/* Add the lines for a process, if the loader is at @level. */
static void add_process_lines(struct text *text, const struct view *view,
			      pid_t pid, int level)
{
	const struct process *proc = find_process(view, pid);

	check(proc && level < proc->depth);
	add_lines(text, view, proc->pids[level], proc->pids[level],
		  proc->pids, proc->depth, proc->inum);
}

static void check_log(pid_t pid, const struct text *expected)
{
	skip_log();
	load_for(pid);
	compare_lines(expected->start, read_log());
	unload_exercise();
}

static void process(void)
{
	pid_t pid = start(&(struct child){});
	struct text expected = {};
	struct view view;

	read_view(&view);
	add_process_lines(&expected, &view, pid, 0);
	check_log(pid, &expected);
}

static void thread(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.threads = 1,
	});
	pid_t tid = other_thread(pid);
	int pids[MAX_LEVELS], depth;
	struct text expected = {};
	struct view view;

	read_view(&view);
	depth = nspid(tid, pids);
	add_lines(&expected, &view, tid, pid, pids, depth,
		  find_process(&view, pid)->inum);
	check_log(tid, &expected);
}

/* The process in the innermost of nested namespaces. */
static const struct process *innermost(const struct view *view)
{
	const struct namespace *ns = &view->namespaces[view->nr_namespaces - 1];

	check(ns->init_depth > 0);

	return find_process(view, ns->init[0]);
}

static void nested(void)
{
	struct text expected = {};
	struct view view;
	pid_t pid;

	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 3 });
	read_view(&view);
	pid = innermost(&view)->pids[0];
	add_process_lines(&expected, &view, pid, 0);
	check_log(pid, &expected);
}

static void load_here(void *arg)
{
	load_for(*(const pid_t *)arg);
}

static void in_container(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = 3,
	});
	struct text expected = {};
	struct view view;
	pid_t pid;

	read_view(&view);
	pid = innermost(&view)->pids[1];
	add_process_lines(&expected, &view, innermost(&view)->pids[0], 1);
	skip_log();
	in_namespace(init, load_here, &pid);
	compare_lines(expected.start, read_log());
	unload_exercise();
}

static void expect_no_process(pid_t pid)
{
	char parameters[32];
	int err;

	snprintf(parameters, sizeof(parameters), "pid=%d", pid);
	skip_log();
	err = try_load_exercise(parameters);
	if (err != ESRCH)
		fail("pid=%d: expected '%s', got '%s'", pid, strerror(ESRCH),
		     err ? strerror(err) : "no error");
	compare_lines(NULL, read_log());
}

static void no_process(void)
{
	pid_t pid = start(&(struct child){});

	kill_and_reap(pid);
	expect_no_process(pid);
	expect_no_process(0);
	expect_no_process(-1);
	expect_no_process(1 << 30);
}

static void group_id(void)
{
	static const struct child member = { .stays = true };

	expect_no_process(create_group(&(struct leaderless){
		.lead = lead_group,
		.members = &member,
		.nr_members = 1,
	}));
}

static void under_load(void)
{
	const struct churn *churn = start_churn(CLONE_NEWPID, 0);
	char parameters[32];
	int err;

	for (int i = 0; i < scaled(LOADS); i++) {
		snprintf(parameters, sizeof(parameters), "pid=%d",
			 churn->last);
		err = try_load_exercise(parameters);
		if (err && err != ESRCH)
			fail("expected '%s' or no error, got '%s'",
			     strerror(ESRCH), strerror(err));
		sched_yield();
	}
}

/*
 * A struct pid that is only the ID of a process group. It is in a namespace of
 * its own, so count_left() counts it.
 */
static void fail_to_load(void)
{
	pid_t member = create_dead_namespace(&(struct child){ .stays = true });

	expect_no_process(getpgid(member));
	kill_and_reap(member);
}

static void nothing_left(void)
{
	struct left before;
	pid_t init;

	/* The member in fail_to_load() loses its parent. */
	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	before = count_left();
	for (int i = 0; i < scaled(LOADS); i++) {
		init = start(&(struct child){ .flags = CLONE_NEWPID });
		load_for(init);
		kill_and_reap(init);
	}
	unload_exercise();
	for (int i = 0; i < scaled(LOADS); i++)
		fail_to_load();
	check_left(&before);
}

const struct test numbers_tests[] = {
	{ "2 a process: pid, tgid, level and numbers[]", process },
	{ "2 a thread of another process", thread },
	{ "2 a process in three nested namespaces", nested },
	{ "3 a PID in the namespace of the loader", in_container },
	{ "3 no process has the PID: ESRCH", no_process },
	{ "1 the PID is only the ID of a process group: ESRCH", group_id },
	{ "1 processes start and exit meanwhile", under_load },
	{ "2 all objects are freed", nothing_left },
};

const size_t nr_numbers_tests = sizeof(numbers_tests) / sizeof(*numbers_tests);
