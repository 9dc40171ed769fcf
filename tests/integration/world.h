/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Processes and namespaces for the tests to look at.
 *
 * Whatever is made here dies with the process that made it. Making returns
 * when what was asked for is there, so that no test has to wait by the clock.
 */
#ifndef WORLD_H
#define WORLD_H

#include <sys/types.h>

/** struct child - what a new process is to do */
struct child {
	int flags;		/* of clone(): CLONE_NEWPID and such, or 0 */
	int depth;		/* how many namespaces to nest, with CLONE_NEWPID */
	int threads;		/* beside the first one */
	const char *name;	/* to call itself, or NULL */
	void (*run)(void *arg);	/* what else to do before it is there */
	void *arg;
};

/**
 * start - start a process, and wait until it has done what its life says
 *
 * It then sleeps until it is killed.
 *
 * Return: its PID.
 */
pid_t start(const struct child *life);

/** do_clone - fork() with flags of clone(): CLONE_NEWPID and such */
pid_t do_clone(int flags);

/** settled - called in run(): this process is there, and goes on in run() */
void report_ready(void);

/** end - kill a process and reap it */
void kill_and_reap(pid_t pid);

/**
 * become - take on the IDs of a user, who is in no other group
 *
 * The process stays dumpable, as one that a login shell has started.
 */
void switch_user(uid_t user);

/** doze - sleep until killed */
void __attribute__((noreturn)) sleep_forever(void);

/** in_namespace - call a function in the PID namespace of a process
 *
 * with a /proc of that namespace on /proc, in a process of its own whose
 * parent is outside. Fails this test when that process fails.
 */
void in_namespace(pid_t pid, void (*function)(void *arg), void *arg);

/** write_file - write a word to a file, as to a sysctl */
void write_file(const char *path, const char *word);

/**
 * remove_cgroup - remove a control group whose processes are reaped
 *
 * From 6.19 on one is in its group until the processor has left it for good,
 * which may be after its parent was told of its end: that is waited for.
 */
void remove_cgroup(const char *path);

/** read_number - the number in a file, as in a sysctl */
long read_number(const char *path);

#endif /* WORLD_H */
