// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Test that "pidnstree --watch" reads the file after events of processes, and
 * only then.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "run.h"
#include "view.h"
#include "world.h"

/* More than the tool's receive buffer has room for. */
#define LOST_PROCESSES 6000

/* Longer than the interval of --watch without events. */
#define IDLE_SECONDS 3

/* Start --watch, and read the output up to the first snapshot. */
static FILE *start_watch(pid_t *tool, const char *options, const char *message)
{
	char arguments[64];
	FILE *out;

	snprintf(arguments, sizeof(arguments), "--watch --verbose %s", options);
	out = start_tool(tool, arguments);
	wait_for_line(out, message);
	wait_for_line(out, "NPROCS");

	return out;
}

static FILE *start_with_events(pid_t *tool, const char *options)
{
	return start_watch(tool, options, "reading the file after events");
}

/* Wait for the line with the change of a namespace. */
static void wait_for_change(FILE *out, char sign, unsigned int inum)
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), " %c pid:[%u] ", sign, inum);
	wait_for_line(out, wanted);
}

/* Check that a process does not wake up for a while. */
static void check_idle(pid_t pid)
{
	static const char field[] = "\nvoluntary_ctxt_switches:";
	char path[64], *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	for (int tries = 0; tries < 5; tries++) {
		long switches[2];

		for (int i = 0; i < 2; i++) {
			if (i)
				sleep(IDLE_SECONDS);
			status = read_back(open(path, O_RDONLY | O_CLOEXEC));
			check(strstr(status, field));
			switches[i] = atol(strstr(status, field) +
					   strlen(field));
			free(status);
		}
		if (switches[0] == switches[1])
			return;
	}
	fail("the idle pidnstree wakes up");
}

static void life(void)
{
	unsigned int inum;
	pid_t tool, init;
	FILE *out = start_with_events(&tool, "");

	init = start(&(struct child){ .flags = CLONE_NEWPID });
	inum = inum_of(init);
	wait_for_change(out, '+', inum);
	kill_and_reap(init);
	wait_for_change(out, '-', inum);
	check_idle(tool);
	fclose(out);
}

static void processes(void)
{
	char wanted[64];
	pid_t tool, pid;
	FILE *out = start_with_events(&tool, "--all");

	pid = start(&(struct child){ .name = "process" });
	snprintf(wanted, sizeof(wanted), " + %d ", pid);
	wait_for_line(out, wanted);
	/* No event reports that a zombie is reaped. */
	check(!kill(pid, SIGKILL));
	wait_for_zombie(pid);
	sleep(IDLE_SECONDS);
	check(waitpid(pid, NULL, 0) == pid);
	snprintf(wanted, sizeof(wanted), " - %d ", pid);
	wait_for_line(out, wanted);
	fclose(out);
}

static void zombie(void)
{
	unsigned int inum;
	pid_t tool, init;
	FILE *out = start_with_events(&tool, "");

	init = start(&(struct child){ .flags = CLONE_NEWPID });
	inum = inum_of(init);
	wait_for_change(out, '+', inum);
	check(!kill(init, SIGKILL));
	wait_for_zombie(init);
	wait_for_change(out, '~', inum);
	check(waitpid(init, NULL, 0) == init);
	wait_for_change(out, '-', inum);
	fclose(out);
}

static void unshare_and_execute(void *arg)
{
	const int *go = arg;
	char byte;

	report_ready();
	check(read(*go, &byte, 1) == 1);
	check(!unshare(CLONE_NEWPID));
	check(freopen("/dev/null", "w", stdout));
	exec_tool("--watch=3600");
}

/* Wait for the reads that the new process causes, so that only exec remains. */
static void pending(void)
{
	pid_t tool;
	FILE *out = start_with_events(&tool, "");
	int go[2];

	check(!pipe2(go, O_CLOEXEC));
	start(&(struct child){ .run = unshare_and_execute, .arg = go });
	check_idle(tool);
	check(write(go[1], "", 1) == 1);
	wait_for_line(out, " state=pending");
	fclose(out);
}

static void exit_soon(void *arg)
{
	(void)arg;
	report_ready();
	usleep(50000);
	_exit(0);
}

/* Create namespaces until one of them is between two reads. */
static void create_short_namespaces(void *arg)
{
	(void)arg;
	report_ready();
	for (;;) {
		pid_t init = start(&(struct child){
			.flags = CLONE_NEWPID,
			.run = exit_soon,
		});

		check(waitpid(init, NULL, 0) == init);
	}
}

static void missed(void)
{
	pid_t tool;
	FILE *out = start_with_events(&tool, "");

	/* So many that at least two of them are between the same two reads. */
	for (int i = 0; i < 3; i++)
		start(&(struct child){ .run = create_short_namespaces });
	wait_for_line(out, " namespaces were created and freed between two reads");
	fclose(out);
}

static void lost(void)
{
	pid_t tool, init, child;
	FILE *out = start_with_events(&tool, "");

	check(!kill(tool, SIGSTOP));
	for (int i = 0; i < LOST_PROCESSES; i++) {
		child = vfork();
		check(child >= 0);
		if (!child)
			_exit(0);
		check(waitpid(child, NULL, 0) == child);
	}
	init = start(&(struct child){ .flags = CLONE_NEWPID });
	check(!kill(tool, SIGCONT));
	wait_for_change(out, '+', inum_of(init));
	fclose(out);
}

/* A pipe, and the namespace to start pidnstree in. */
struct other {
	int fds[2];
	int flag;
};

static void start_in_other_namespace(void *arg)
{
	const struct other *other = arg;
	pid_t tool;

	check(!unshare(other->flag));
	start_tool_to(&tool, "--watch --verbose", other->fds);
}

static FILE *start_without_connector(int flag)
{
	struct other other = { .flag = flag };
	FILE *out;

	check(!pipe2(other.fds, O_CLOEXEC));
	start(&(struct child){ .run = start_in_other_namespace, .arg = &other });
	close(other.fds[1]);
	out = fdopen(other.fds[0], "r");
	check(out);
	wait_for_line(out, "cannot receive events of processes: ");
	wait_for_line(out, "NPROCS");

	return out;
}

/* The process connector exists only in the initial network namespace. */
static void no_connector(void)
{
	FILE *out = start_without_connector(CLONE_NEWNET);
	unsigned int inum;
	pid_t init;

	init = start(&(struct child){ .flags = CLONE_NEWPID });
	inum = inum_of(init);
	wait_for_change(out, '+', inum);
	kill_and_reap(init);
	wait_for_change(out, '-', inum);
	fclose(out);
}

/* The process connector does not answer processes in user namespaces. */
static void no_answer(void)
{
	fclose(start_without_connector(CLONE_NEWUSER));
}

static const struct test tests[] = {
	{ "a namespace is created and freed", life },
	{ "--all: a process is created and exits", processes },
	{ "an init is killed and reaped later", zombie },
	{ "a pending namespace", pending },
	{ "namespaces between two reads are counted", missed },
	{ "lost events cause a read", lost },
	{ "another network namespace: the file is read at intervals",
	  no_connector },
	{ "another user namespace: the file is read at intervals", no_answer },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
