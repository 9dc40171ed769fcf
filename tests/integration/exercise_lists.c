// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The requirements of exercise 2: /proc/exercise shows the tasks on the four
 * lists of the struct pid that the parameter pid= names.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exercise.h"
#include "module.h"
#include "world.h"

#define NS_LAST_PID "/proc/sys/kernel/ns_last_pid"
#define EMPTY "PID:\nTGID:\nPGID:\nSID:\n"

/* How often to read or load in a loop. */
#define READS 50
#define LOADS 40

/* How often to try to create a process with a certain PID. */
#define TRIES 20

static int compare_numbers(const void *one, const void *other)
{
	const long *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

/* Sort the PIDs in each line, because a list has no order that matters. */
static char *sort_lines(const char *got)
{
	struct text sorted = {};

	add(&sorted, "%s", "");
	while (*got) {
		size_t name = strcspn(got, " \n");
		long pids[1024];
		int count = 0;
		char *end;

		add(&sorted, "%.*s", (int)name, got);
		for (got += name; *got == ' '; got = end) {
			check(count < 1024);
			pids[count++] = strtol(got, &end, 10);
			if (end == got)
				break;
		}
		qsort(pids, count, sizeof(*pids), compare_numbers);
		for (int i = 0; i < count; i++)
			add(&sorted, " %ld", pids[i]);
		/* Anything else shows as it is. */
		name = strcspn(got, "\n");
		add(&sorted, "%.*s", (int)name + !!got[name], got);
		got += name + !!got[name];
	}

	return sorted.start;
}

/*
 * Add the lists of a struct pid.
 * @pid: its PID in the root of the view
 * @level: of the reader
 */
static void add_lists(struct text *text, const struct view *view, pid_t pid,
		      int level)
{
	static const char * const names[] = { "PID", "TGID", "PGID", "SID" };

	for (int type = 0; type < 4; type++) {
		add(text, "%s:", names[type]);
		for (size_t i = 0; i < view->nr_processes; i++) {
			const struct process *proc = &view->processes[i];
			const int users[] = {
				proc->pids[0], proc->pids[0], proc->pgid,
				proc->sid,
			};

			if (users[type] == pid)
				add(text, " %d",
				    level < proc->depth ? proc->pids[level] :
							  0);
		}
		add(text, "\n");
	}
}

static void check_lists(pid_t pid)
{
	struct text expected = {};
	struct view view;

	load_for(pid);
	read_view(&view);
	add_lists(&expected, &view, pid, 0);
	compare_lines(sort_lines(expected.start), sort_lines(read_exercise()));
	unload_exercise();
}

static void process(void)
{
	check_lists(start(&(struct child){ .threads = 2 }));
}

static void thread(void)
{
	pid_t pid = start(&(struct child){ .threads = 1 });
	pid_t tid = other_thread(pid);
	char expected[64];

	load_for(tid);
	snprintf(expected, sizeof(expected), "PID: %d\nTGID:\nPGID:\nSID:\n",
		 tid);
	compare_lines(expected, sort_lines(read_exercise()));
	unload_exercise();
}

static void start_members(void *arg)
{
	(void)arg;
	lead_session(NULL);
	for (int i = 0; i < 3; i++)
		start(&(struct child){});
	start(&(struct child){ .run = lead_group });
}

static void session(void)
{
	check_lists(start(&(struct child){ .run = start_members }));
}

static const struct child members[] = {
	{ .stays = true },
	{ .stays = true },
};

static void kept_id(void)
{
	check_lists(create_group(&(struct leaderless){
		.lead = lead_session,
		.members = members,
		.nr_members = 2,
	}));
}

static void compare_here(void *arg)
{
	compare_lines(sort_lines(arg), sort_lines(read_exercise()));
}

static void in_container(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = start_members,
	});
	struct text expected = {};
	struct view view;

	load_for(init);
	read_view(&view);
	add_lists(&expected, &view, init, 1);
	in_namespace(init, compare_here, expected.start);
	unload_exercise();
}

static void load_here(void *arg)
{
	(void)arg;
	load_for(1);
}

/* The loader names the init of its own namespace, and the reader is outside. */
static void loaded_in_container(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = start_members,
	});
	struct text expected = {};
	struct view view;

	in_namespace(init, load_here, NULL);
	read_view(&view);
	add_lists(&expected, &view, init, 0);
	compare_lines(sort_lines(expected.start), sort_lines(read_exercise()));
	unload_exercise();
}

/* The tasks have no PID in the namespace of the reader. */
static void read_outside(void)
{
	pid_t init = start(&(struct child){ .flags = CLONE_NEWPID });

	load_for(start(&(struct child){ .run = lead_session }));
	in_namespace(init, compare_here,
		     "PID: 0\nTGID: 0\nPGID: 0\nSID: 0\n");
	unload_exercise();
}

static void no_number(void)
{
	char parameters[32];
	pid_t pid;
	int err;

	pid = start(&(struct child){});
	kill_and_reap(pid);
	snprintf(parameters, sizeof(parameters), "pid=%d", pid);
	err = try_load_exercise(parameters);
	if (err != ESRCH)
		fail("expected '%s', got '%s'", strerror(ESRCH),
		     err ? strerror(err) : "no error");
	if (!access(EXERCISE, F_OK))
		fail("the load failed, but " EXERCISE " exists");
}

/* Return: whether the new process has that PID. */
static bool start_again(pid_t pid)
{
	char last[32];
	pid_t other;

	snprintf(last, sizeof(last), "%d", pid - 1);
	write_file(NS_LAST_PID, last);
	other = start(&(struct child){});
	if (other == pid)
		return true;
	kill_and_reap(other);

	return false;
}

static void reused(void)
{
	pid_t pid = start(&(struct child){});

	load_for(pid);
	kill_and_reap(pid);
	compare_lines(EMPTY, read_exercise());
	for (int i = 0; !start_again(pid); i++)
		check(i < TRIES);
	compare_lines(EMPTY, read_exercise());
	unload_exercise();
}

static void freed_namespace(void)
{
	pid_t init = start(&(struct child){ .flags = CLONE_NEWPID });

	load_for(init);
	kill_and_reap(init);
	/* The struct pid of the init stays, and so does its namespace. */
	usleep(200000);
	compare_lines(EMPTY, read_exercise());
	unload_exercise();
}

static void under_load(void)
{
	pid_t leader = start(&(struct child){ .run = lead_group });
	char expected[32];

	start_churn(0, leader);
	load_for(leader);
	snprintf(expected, sizeof(expected), "PID: %d\nTGID: %d\nPGID: ",
		 leader, leader);
	for (int i = 0; i < scaled(READS); i++) {
		char *got = sort_lines(read_exercise());

		if (strncmp(got, expected, strlen(expected)))
			compare_lines(expected, got);
		sched_yield();
	}
	unload_exercise();
}

static void nothing_left(void)
{
	struct left before;
	pid_t init;

	before = count_left();
	for (int i = 0; i < scaled(LOADS); i++) {
		init = start(&(struct child){ .flags = CLONE_NEWPID });
		load_for(init);
		read_exercise();
		kill_and_reap(init);
	}
	unload_exercise();
	check_left(&before);
}

const struct test lists_tests[] = {
	{ "1 a process with several threads", process },
	{ "1 a thread that is not the first of its process", thread },
	{ "2 the leader of a session and a process group", session },
	{ "1 a session whose leader has exited", kept_id },
	{ "2 the PIDs are those in the namespace of the reader", in_container },
	{ "1 a task without a PID in the namespace of the reader",
	  read_outside },
	{ "1 the PID is one in the namespace of the loader",
	  loaded_in_container },
	{ "1 the PID is not in use: ESRCH", no_number },
	{ "2 another process gets the PID: the lists stay empty", reused },
	{ "1 the namespace of the PID ends before the module is unloaded",
	  freed_namespace },
	{ "1 processes join and leave the group meanwhile", under_load },
	{ "2 all objects are freed", nothing_left },
};

const size_t nr_lists_tests = sizeof(lists_tests) / sizeof(*lists_tests);
