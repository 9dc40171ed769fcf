// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Inject a failure into each allocation of open() and read(), on trees of
 * several shapes. Requires a kernel with failslab.
 *
 * A write to /proc/thread-self/fail-nth lets the n-th allocation of the next
 * call fail. Repeat the call with n = 1, 2, 3 and so on, until it makes fewer
 * than n allocations. Some of the allocations are not the module's. The kernel
 * recovers from some failures: the xarray tries again, and kmemleak has a
 * reserve. To make the xarray fail, let all allocations from its slab cache
 * fail, starting with the n-th.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "view.h"
#include "world.h"

#define DEBUG "/sys/kernel/debug"
#define FAILSLAB DEBUG "/failslab/"
#define KMEMLEAK DEBUG "/kmemleak"
#define XARRAY "/sys/kernel/slab/radix_tree_node/"

/* kmemleak reports only objects that are older than this. */
#define LEAK_SECONDS 6

/* The scans for leaks may take longer than any other test. */
#define LEAK_ALARM 900

/*
 * The minimum number of allocations apart from the one per namespace: the
 * reader and its seq_file. The allocation of all nodes is not counted, because
 * kvmalloc() uses vmalloc() if kmalloc() fails.
 */
#define FIXED 2

/* See fail_opens(). */
#define MAX_TRIES 5

#define USER 1001

static int fail_nth;

/* User that opens the file: root, or USER, which sees its own processes. */
static uid_t opener;

/* Let the n-th allocation of this thread from now on fail. */
static void start_injection(unsigned int n)
{
	char word[16];
	int len = snprintf(word, sizeof(word), "%u", n);

	check(pwrite(fail_nth, word, len, 0) == len);
}

/* Stop the injection. Return: whether the n-th allocation was reached. */
static bool stop_injection(void)
{
	char word[16] = "";

	check(pread(fail_nth, word, sizeof(word) - 1, 0) > 0);
	check(pwrite(fail_nth, "0", 1, 0) == 1);

	return !atoi(word);
}

/*
 * Set the effective IDs, without which no rule or capability of root applies to
 * open(). Only root can set up the injection.
 */
static void become(uid_t user)
{
	check(!seteuid(0));
	check(!setegid(user));
	check(!seteuid(user));
}

static void set_up_injection(void)
{
	if (access(FAILSLAB, F_OK))
		check(!mount("debugfs", DEBUG, "debugfs", 0, NULL));
	/* Include allocations that may sleep, and do not log failures. */
	write_file(FAILSLAB "ignore-gfp-wait", "N");
	write_file(FAILSLAB "cache-filter", "N");
	write_file(FAILSLAB "probability", "0");
	write_file(FAILSLAB "verbose", "0");
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	check(fail_nth >= 0);
	/* Make the allocations that only the first open makes. */
	check(!close(open_file()));
}

static long count_namespaces(void)
{
	struct view view;
	long count;

	read_view(&view);
	count = view.nr_namespaces;
	free_view(&view);

	return count;
}

/*
 * Return: how many allocations made open() fail. It can be less than the number
 * of those that are needed: an open also makes allocations that can fail, such
 * as one for each new slab, and not always at the same places. So an allocation
 * can be the n-th of one open and the (n + 2)-th of the next one. Callers try
 * again.
 */
static long fail_opens(void)
{
	long failed = 0, recovered = 0;
	bool reached = true;
	int fd, err;

	for (unsigned int n = 1; reached; n++) {
		become(opener);
		start_injection(n);
		fd = open(PIDNS_TREE, O_RDONLY | O_CLOEXEC);
		err = errno;
		reached = stop_injection();
		become(0);
		if (fd < 0) {
			if (!reached || err != ENOMEM)
				fail("allocation %u: open gave '%s'", n,
				     strerror(err));
			failed++;
		} else {
			recovered += reached;
			free(read_all(fd, 4096));
			close(fd);
		}
	}
	printf("# failures of %ld allocations made open() fail, of %ld others did not\n",
	       failed, recovered);

	return failed;
}

/* A failed read() loses no data. */
static void fail_reads(void)
{
	bool reached = true, failed = false;
	char *text, start[100];
	struct view view;
	ssize_t got;
	int err;

	for (unsigned int n = 1; reached; n++) {
		int fd;

		become(opener);
		fd = open_file();
		become(0);
		start_injection(n);
		got = read(fd, start, sizeof(start));
		err = errno;
		reached = stop_injection();
		if (got < 0) {
			check(reached && err == ENOMEM);
			failed = true;
			text = read_all(fd, 4096);
			parse(text, &view);
			free_view(&view);
			free(text);
		} else {
			check(got == sizeof(start));
		}
		close(fd);
	}
	check(failed);
}

/*
 * Let all allocations of the xarray fail, starting with the n-th, for
 * increasing n until open() succeeds. Return: how often open() failed.
 */
static long fail_xarray(void)
{
	long size = read_number(XARRAY "object_size"), failed = 0;
	char word[16];
	int fd, err;

	write_file(XARRAY "failslab", "1");
	write_file(FAILSLAB "cache-filter", "Y");
	write_file(FAILSLAB "task-filter", "Y");
	write_file(FAILSLAB "times", "-1");
	write_file(FAILSLAB "interval", "1");
	do {
		/* The bytes that are allocated before the first failure. */
		snprintf(word, sizeof(word), "%ld", (failed + 1) * size);
		write_file(FAILSLAB "space", word);
		write_file("/proc/self/make-it-fail", "1");
		write_file(FAILSLAB "probability", "100");
		become(opener);
		fd = open(PIDNS_TREE, O_RDONLY | O_CLOEXEC);
		err = errno;
		become(0);
		write_file(FAILSLAB "probability", "0");
		write_file("/proc/self/make-it-fail", "0");
		check(fd >= 0 || err == ENOMEM);
		failed += fd < 0;
	} while (fd < 0);
	close(fd);
	write_file(FAILSLAB "task-filter", "N");
	write_file(FAILSLAB "cache-filter", "N");
	write_file(XARRAY "failslab", "0");
	printf("# failures of %ld xarray allocations made open() fail\n",
	       failed);

	return failed;
}

/*
 * Inject all failures, and check that nothing leaks and open() works again.
 * Return: how many allocations of the xarray made open() fail.
 */
static long fail_all(long expected)
{
	long before = count_objects(), in_xarray;
	int tries = 0;

	check(count_namespaces() == expected);
	set_up_injection();
	while (fail_opens() < expected + FIXED)
		check(++tries < MAX_TRIES);
	in_xarray = fail_xarray();
	check(in_xarray > 0);
	fail_reads();
	wait_until_freed(before);
	check(count_namespaces() == expected);
	check_view("/proc");

	return in_xarray;
}

static void initial_namespace(void)
{
	wait_until_freed(0);
	fail_all(1);
}

static void deep(void)
{
	wait_until_freed(0);
	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 32 });
	fail_all(33);
}

/*
 * More than a node of an xarray has slots for. The time grows with the square of
 * the number.
 */
static void wide(void)
{
	wait_until_freed(0);
	for (int i = 0; i < 70; i++)
		start(&(struct child){ .flags = CLONE_NEWPID });
	fail_all(71);
}

/* Namespaces without processes, each with a holder in the root. */
static void unshare_pid(void *arg)
{
	(void)arg;
	check(!unshare(CLONE_NEWPID));
}

static void pending(void)
{
	wait_until_freed(0);
	for (int i = 0; i < 10; i++)
		start(&(struct child){ .run = unshare_pid });
	fail_all(11);
}

static void become_holder_of_deepest(void *arg)
{
	struct view view;
	char path[64];
	int fd;

	(void)arg;
	read_view(&view);
	snprintf(path, sizeof(path), "/proc/%d/ns/pid",
		 view.namespaces[view.nr_namespaces - 1].init[0]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd >= 0);
	check(!setns(fd, CLONE_NEWPID));
	close(fd);
}

static void dead(void)
{
	pid_t pid;

	wait_until_freed(0);
	pid = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 31 });
	start(&(struct child){ .run = become_holder_of_deepest });
	kill_and_reap(pid);
	/* The namespaces remain, but their struct pids are freed. */
	wait_until_freed(31);
	fail_all(32);
}

static void member_of_user(void *arg)
{
	(void)arg;
	switch_user(USER);
}

/*
 * IDs, some of which pin dead namespaces. A user sees the members, so the
 * search also adds the IDs to an xarray, for a reader that does not see
 * everything.
 */
static void kept_ids(void)
{
	static const struct child member = {
		.stays = true,
		.run = member_of_user,
	};
	long as_root, as_user;

	wait_until_freed(0);
	for (int i = 0; i < 10; i++) {
		create_dead_namespace(&member);
		create_group(&(struct leaderless){ lead_session, &member, 1 });
	}
	as_root = fail_all(11);
	opener = USER;
	as_user = fail_all(11);
	check(as_user > as_root);
}

/* A leaked reference would pin the namespaces of the previous tests. */
static void freed(void)
{
	wait_until_freed(0);
}

/*
 * Check that kmemleak finds no leaks of the previous tests. It reports an
 * object only after two scans.
 */
static void leaks(void)
{
	char report[4096];
	ssize_t got;
	int fd;

	fd = open(KMEMLEAK, O_RDWR | O_CLOEXEC);
	check(fd >= 0);
	alarm(LEAK_ALARM);
	sleep(LEAK_SECONDS);
	check(write(fd, "scan", 4) == 4);
	check(write(fd, "scan", 4) == 4);
	got = read(fd, report, sizeof(report) - 1);
	check(got >= 0);
	report[got] = '\0';
	if (got)
		fail("kmemleak reports: %s", report);
	close(fd);
}

static const struct test tests[] = {
	{ "the initial namespace alone", initial_namespace },
	{ "33 levels", deep },
	{ "70 siblings", wide },
	{ "pending namespaces", pending },
	{ "31 dead levels, pinned through the deepest", dead },
	{ "IDs and their members, opened by root and by a user", kept_ids },
	{ "all namespaces are freed", freed },
	{ "kmemleak finds no leaks", leaks },
};

int main(int argc, char **argv)
{
	(void)argc;
	if (access("/proc/self/fail-nth", F_OK)) {
		printf("# this kernel has no /proc/self/fail-nth\n");
		return 1;
	}
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
