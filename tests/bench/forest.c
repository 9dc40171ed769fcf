// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * forest PROCESSES NAMESPACES [DEPTH [THREADS]]: so many processes, evenly in so
 * many PID namespaces, which are nested in chains of that depth; each process has
 * so many threads. Says "there" when they are, and sleeps. When it is killed, all
 * are gone.
 *
 * All share one memory, so that a hundred thousand need little of it: what one of
 * them has for itself is a stack to sleep on.
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

/* Enough for a call of clone(), and for pause(). */
#define STACK 1024

#define IN_COMMON (CLONE_VM | CLONE_FS | CLONE_FILES)
#define THREAD (CLONE_THREAD | CLONE_SIGHAND | CLONE_SYSVSEM)

static int depth = 1, threads = 1;

/* Of each namespace, its init included; and how many namespaces have one more. */
static int members;
static atomic_int rest;

static char *stacks;
static atomic_int given, born, failed;

static void __attribute__((noreturn)) sleep_on(void)
{
	for (;;)
		pause();
}

static void make(int (*life)(void *arg), void *arg, int flags)
{
	char *top = stacks + (size_t)STACK * (atomic_fetch_add(&given, 1) + 1);

	if (clone(life, top, IN_COMMON | flags, arg) < 0)
		failed = 1;
	else
		born++;
}

static int be_thread(void *arg)
{
	(void)arg;
	sleep_on();
}

static int be_process(void *arg)
{
	(void)arg;
	for (int i = 1; i < threads; i++)
		make(be_thread, NULL, THREAD);
	sleep_on();
}

/* Only who is in a namespace has children there. */
static int be_init(void *arg)
{
	int *levels = arg, wanted = members + (rest-- > 0);

	if (*levels == depth && prctl(PR_SET_PDEATHSIG, SIGKILL))
		failed = 1;
	for (int i = 1; i < wanted; i++)
		make(be_process, NULL, SIGCHLD);
	if (--*levels)
		make(be_init, levels, CLONE_NEWPID | SIGCHLD);

	return be_process(NULL);
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
		errx(EXIT_FAILURE, "no such forest");

	members = processes / namespaces;
	rest = processes % namespaces;
	wanted = processes * threads;
	stacks = mmap(NULL, (size_t)STACK * wanted, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	levels = calloc(namespaces / depth, sizeof(*levels));
	if (stacks == MAP_FAILED || !levels)
		err(EXIT_FAILURE, "no memory for %d stacks", wanted);

	for (int i = 0; i < namespaces / depth; i++) {
		levels[i] = depth;
		make(be_init, &levels[i], CLONE_NEWPID | SIGCHLD);
	}
	while (born < wanted && !failed)
		usleep(10000);
	if (failed)
		errx(EXIT_FAILURE, "not all of %d could be made", wanted);
	puts("there");
	fflush(stdout);
	sleep_on();
}
