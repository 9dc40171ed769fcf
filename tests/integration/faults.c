// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Every allocation that open and read make fails once, on trees of several
 * shapes. For a kernel with failslab.
 *
 * The kernel is told through fail-nth to let the n-th allocation of the next
 * call fail, for n = 1, 2, 3 and so on until the call makes fewer. Some of
 * these are not the module's, and some failures are made good for: by a second
 * attempt in the kernel's xarray, or from a reserve in kmemleak. The xarray is
 * brought to fail by failing everything that its cache gives out from the n-th
 * on.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
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

/* Younger than this many seconds, nothing is a leak to kmemleak. */
#define LEAK_SECONDS 6

/* Looking for leaks takes longer than other tests may. */
#define LEAK_ALARM 900

/*
 * The reader and its seq_file, beside the drafts. The piece that the nodes are
 * in does not count: where kmalloc() fails for it, vmalloc() may not.
 */
#define FIXED 2

static int fail_nth;

/* Let the n-th allocation that follows in this thread fail. */
static void arm(unsigned int n)
{
	char word[16];
	int len = snprintf(word, sizeof(word), "%u", n);

	check(pwrite(fail_nth, word, len, 0) == len);
}

/* Stop that; has it come to the n-th? */
static bool disarm(void)
{
	char word[16] = "";

	check(pread(fail_nth, word, sizeof(word) - 1, 0) > 0);
	check(pwrite(fail_nth, "0", 1, 0) == 1);

	return !atoi(word);
}

static void prepare(void)
{
	if (access(FAILSLAB, F_OK))
		check(!mount("debugfs", DEBUG, "debugfs", 0, NULL));
	/* Those that may sleep as well; no word of it in the kernel's log. */
	write_file(FAILSLAB "ignore-gfp-wait", "N");
	write_file(FAILSLAB "cache-filter", "N");
	write_file(FAILSLAB "probability", "0");
	write_file(FAILSLAB "verbose", "0");
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	check(fail_nth >= 0);
	/* What is allocated once, and then kept. */
	check(!close(open_file()));
}

static long namespaces(void)
{
	struct view view;
	long count;

	read_view(&view);
	count = view.nr_namespaces;
	free_view(&view);

	return count;
}

/* How many different allocations made open fail. */
static long fail_opens(void)
{
	long failed = 0, made_good = 0;
	bool hit = true;
	int fd, err;

	for (unsigned int n = 1; hit; n++) {
		arm(n);
		fd = open(PIDNS_TREE, O_RDONLY | O_CLOEXEC);
		err = errno;
		hit = disarm();
		if (fd < 0) {
			if (!hit || err != ENOMEM)
				fail("allocation %u: open gave '%s'", n,
				     strerror(err));
			failed++;
		} else {
			made_good += hit;
			free(read_all(fd, 4096));
			close(fd);
		}
	}
	printf("# %ld different allocations failed open, %ld were made good for\n",
	       failed, made_good);

	return failed;
}

/* A read that failed has lost nothing of the text. */
static void fail_reads(void)
{
	bool hit = true, failed = false;
	char *text, start[100];
	struct view view;
	ssize_t got;
	int err;

	for (unsigned int n = 1; hit; n++) {
		int fd = open_file();

		arm(n);
		got = read(fd, start, sizeof(start));
		err = errno;
		hit = disarm();
		if (got < 0) {
			check(hit && err == ENOMEM);
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
 * Let all that the xarray allocates fail from the n-th on, for this thread.
 * An open that needs fewer is not failed.
 */
static long fail_index(void)
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
		/* What is given out before the first failure, in bytes. */
		snprintf(word, sizeof(word), "%ld", (failed + 1) * size);
		write_file(FAILSLAB "space", word);
		write_file("/proc/self/make-it-fail", "1");
		write_file(FAILSLAB "probability", "100");
		fd = open(PIDNS_TREE, O_RDONLY | O_CLOEXEC);
		err = errno;
		write_file(FAILSLAB "probability", "0");
		write_file("/proc/self/make-it-fail", "0");
		check(fd >= 0 || err == ENOMEM);
		failed += fd < 0;
	} while (fd < 0);
	close(fd);
	write_file(FAILSLAB "task-filter", "N");
	write_file(FAILSLAB "cache-filter", "N");
	write_file(XARRAY "failslab", "0");
	printf("# %ld allocations of the index failed open\n", failed);

	return failed;
}

/* What is there fails, all is given back, and then it is shown. */
static void fail_all(long expected)
{
	long before = count_objects();

	check(namespaces() == expected);
	prepare();
	check(fail_opens() >= expected + FIXED);
	check(fail_index() > 0);
	fail_reads();
	wait_until_freed(before);
	check(namespaces() == expected);
	check_view("/proc");
}

static void flat(void)
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

static void wide(void)
{
	wait_until_freed(0);
	for (int i = 0; i < 200; i++)
		start(&(struct child){ .flags = CLONE_NEWPID });
	fail_all(201);
}

/* Namespaces without a process, held by one outside of all of them. */
static void hold_pending(void *arg)
{
	(void)arg;
	check(!unshare(CLONE_NEWPID));
}

static void pending(void)
{
	wait_until_freed(0);
	for (int i = 0; i < 10; i++)
		start(&(struct child){ .run = hold_pending });
	fail_all(11);
}

static void hold_deepest(void *arg)
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
	start(&(struct child){ .run = hold_deepest });
	kill_and_reap(pid);
	/* Their pids are gone. */
	wait_until_freed(31);
	fail_all(32);
}

/* A reference too many shows when those who made the namespaces are gone. */
static void freed(void)
{
	wait_until_freed(0);
}

/*
 * What kmemleak has found, of all that the tests before have done. It needs to
 * look twice, and takes its time.
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
		fail("leaked: %s", report);
	close(fd);
}

static const struct test tests[] = {
	{ "the first namespace alone", flat },
	{ "33 levels", deep },
	{ "200 siblings", wide },
	{ "namespaces whose first process is not born", pending },
	{ "31 dead levels, held at the deepest", dead },
	{ "all namespaces are freed", freed },
	{ "nothing has leaked", leaks },
};

int main(int argc, char **argv)
{
	(void)argc;
	if (access("/proc/self/fail-nth", F_OK)) {
		printf("# this kernel fails nothing: it has no fail-nth\n");
		return 1;
	}
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
