// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A load for tests/suites/races.sh:
 *
 * churn SECONDS: create processes, namespaces, sessions and process groups that
 * exist for some milliseconds only. The program "readers", which runs at the same
 * time, then often finds objects that are just being freed.
 *
 * churn SECONDS PROCESSES: also create processes that sleep, and read all of
 * them as often as possible in two processes. They then often access the same
 * memory at the same time.
 */
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "view.h"
#include "world.h"

/* Microseconds that a process exists, at most. */
#define LIFE 5000

/* Processes of a creator at one time. */
#define CHILDREN 8

static long end;

static void live(void)
{
	usleep(microseconds() % LIFE);
	_exit(0);
}

static void start_running(void (*run)(void))
{
	pid_t child = do_clone(0);

	check(child >= 0);
	if (!child)
		run();
}

/* Create a namespace. Its creator has it as pid_for_children. */
static void live_in_namespace(void)
{
	check(!unshare(CLONE_NEWPID));
	start_running(live);
	live();
}

/* Create a session, and exit. Then only a member pins its ID. */
static void leave_session(void)
{
	check(setsid() > 0);
	start_running(live);
	_exit(0);
}

static void create(void (*run)(void))
{
	long reaped = 0;
	int status;

	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	check(!prctl(PR_SET_PDEATHSIG, SIGKILL));
	report_ready();
	while (microseconds() < end) {
		for (int i = 0; i < CHILDREN; i++)
			start_running(run);
		for (; waitpid(-1, &status, 0) > 0; reaped++)
			check(!status);
	}
	check(reaped);
	_exit(0);
}

static void create_namespaces(void *arg)
{
	(void)arg;
	create(live_in_namespace);
}

static void create_sessions(void *arg)
{
	(void)arg;
	/* The reader with this view sees the members. */
	take_view(VIEW_USER);
	create(leave_session);
}

static void read_all_processes(void *arg)
{
	long reads = 0;

	(void)arg;
	report_ready();
	for (; microseconds() < end; reads++) {
		int fd = open_file();

		free(read_all(fd, 1 << 20));
		check(!close(fd));
	}
	check(reads);
	printf("# %ld reads\n", reads);
	fflush(stdout);
	_exit(0);
}

int main(int argc, char **argv)
{
	int processes = argc > 2 ? atoi(argv[2]) : 0, workers = 0, status;
	pid_t pids[4];

	check(argc > 1 && atoi(argv[1]) > 0);
	for (int i = 0; i < processes; i++)
		start(&(struct child){});
	end = microseconds() + atoi(argv[1]) * 1000000L;
	pids[workers++] = start(&(struct child){ .run = create_namespaces });
	pids[workers++] = start(&(struct child){ .run = create_sessions });
	while (processes && workers < 4)
		pids[workers++] =
			start(&(struct child){ .run = read_all_processes });
	for (int i = 0; i < workers; i++) {
		check(waitpid(pids[i], &status, 0) == pids[i]);
		check(!status);
	}

	return 0;
}
