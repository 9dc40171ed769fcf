// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * forest PROCESSES NAMESPACES [DEPTH [THREADS]]: create PID namespaces, in
 * chains of nested namespaces of that depth, and distribute processes evenly
 * among them. Each process has that many threads. Print "ready" and sleep. If
 * this process is killed, all others exit.
 *
 * All tasks share one address space, and each has only a small stack, so
 * 100,000 processes need little memory.
 */
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Enough to call clone() and pause(). */
#define STACK_SIZE 1024

#define SHARED_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES)
#define THREAD_FLAGS (CLONE_THREAD | CLONE_SIGHAND | CLONE_SYSVSEM)

static int depth = 1, threads = 1;

/* Processes per namespace, and how many namespaces still get one more. */
static int members;
static atomic_int remainder_left;

static char *stacks;
static atomic_int stacks_used, created, failed;

static void __attribute__((noreturn)) sleep_forever(void)
{
	for (;;)
		pause();
}

static void create(int (*function)(void *arg), void *arg, int flags)
{
	char *top = stacks + (size_t)STACK_SIZE *
				     (atomic_fetch_add(&stacks_used, 1) + 1);

	if (clone(function, top, SHARED_FLAGS | flags, arg) < 0)
		failed = 1;
	else
		created++;
}

static int run_thread(void *arg)
{
	(void)arg;
	sleep_forever();
}

static int run_process(void *arg)
{
	(void)arg;
	for (int i = 1; i < threads; i++)
		create(run_thread, NULL, THREAD_FLAGS);
	sleep_forever();
}

/* Only a process of a namespace can create children in it. */
static int run_init(void *arg)
{
	int *levels = arg, wanted = members + (remainder_left-- > 0);

	if (*levels == depth && prctl(PR_SET_PDEATHSIG, SIGKILL))
		failed = 1;
	for (int i = 1; i < wanted; i++)
		create(run_process, NULL, SIGCHLD);
	if (--*levels)
		create(run_init, levels, CLONE_NEWPID | SIGCHLD);

	return run_process(NULL);
}

int main(int argc, char **argv)
{
	int processes, namespaces, wanted, *levels;

	if (argc < 3 || argc > 5)
		errx(EXIT_FAILURE,
		     "usage: forest PROCESSES NAMESPACES [DEPTH [THREADS]]");
	processes = atoi(argv[1]);
	namespaces = atoi(argv[2]);
	if (argc > 3)
		depth = atoi(argv[3]);
	if (argc > 4)
		threads = atoi(argv[4]);
	if (namespaces < 1 || depth < 1 || threads < 1 ||
	    processes < namespaces || namespaces % depth)
		errx(EXIT_FAILURE,
		     "PROCESSES must be at least NAMESPACES, and NAMESPACES a multiple of DEPTH");

	members = processes / namespaces;
	remainder_left = processes % namespaces;
	wanted = processes * threads;
	stacks = mmap(NULL, (size_t)STACK_SIZE * wanted, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	levels = calloc(namespaces / depth, sizeof(*levels));
	if (stacks == MAP_FAILED || !levels)
		err(EXIT_FAILURE, "cannot allocate %d stacks", wanted);

	for (int i = 0; i < namespaces / depth; i++) {
		levels[i] = depth;
		create(run_init, &levels[i], CLONE_NEWPID | SIGCHLD);
	}
	while (created < wanted && !failed)
		usleep(10000);
	if (failed)
		errx(EXIT_FAILURE, "cannot create %d tasks", wanted);
	puts("ready");
	fflush(stdout);
	sleep_forever();
}
