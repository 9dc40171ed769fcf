/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Create the processes and namespaces that the tests examine.
 *
 * A process that is created here is killed when its parent exits. start()
 * returns when the new process is ready, so no test needs a delay.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Inode number of the initial user namespace. */
#define INITIAL_USER_NS 0xeffffffd

/**
 * struct child - what start() creates
 * @flags: of clone(2), such as CLONE_NEWPID
 * @depth: number of nested processes, each created with @flags; 0 means 1
 * @threads: number of threads in addition to the first, in each process
 * @name: comm of each process, or NULL to keep that of the test
 * @stays: the processes are not killed when their parents exit
 * @run: function that the innermost process calls before start() returns, or
 *	NULL. May call report_ready() to let start() return earlier
 * @arg: argument of @run
 */
struct child {
	int flags;
	int depth;
	int threads;
	const char *name;
	bool stays;
	void (*run)(void *arg);
	void *arg;
};

/**
 * start - create a process, and wait until it is ready
 *
 * The process then sleeps until it is killed, unless its run() does not return.
 *
 * Return: PID of the outermost process.
 */
pid_t start(const struct child *spec);

/**
 * do_clone - fork() with flags of clone(2)
 *
 * Return: as fork().
 */
pid_t do_clone(int flags);

/** report_ready - make start() return, before run() does */
void report_ready(void);

/** lead_session - create a session, as run() of a child */
void lead_session(void *arg);

/** lead_group - create a process group in the same session, as run() */
void lead_group(void *arg);

/**
 * struct leaderless - a process group or a session whose leader exits
 * @lead: function that the leader calls first, such as lead_session()
 * @members: children that the leader creates then, with @stays
 * @nr_members: number of @members
 */
struct leaderless {
	void (*lead)(void *arg);
	const struct child *members;
	size_t nr_members;
};

/**
 * create_group - create a process group or a session, and reap the leader
 *
 * The struct pid of the leader remains as the ID of the members.
 *
 * Return: the ID, which was the PID of the leader.
 */
pid_t create_group(const struct leaderless *group);

/** run_create_group - create_group() as run() of a child */
void run_create_group(void *group);

/**
 * create_dead_namespace - create a namespace that only an ID keeps
 * @member: child outside of the namespace, with @stays, whose process group has
 *	the init of the namespace as its leader. The init exits
 *
 * Return: PID of the member. Its parent exits.
 */
pid_t create_dead_namespace(const struct child *member);

/** kill_and_reap - kill a child and wait for it */
void kill_and_reap(pid_t pid);

/**
 * reap_zombies - reap the children that have exited
 *
 * If the test is a subreaper, its children include the processes whose parents
 * have exited.
 */
void reap_zombies(void);

/** wait_for_zombie - wait until a child has exited, and do not reap it */
void wait_for_zombie(pid_t pid);

/* The views of /proc/pidns_tree that a process can have. */
enum view_kind { VIEW_ROOT, VIEW_USER, VIEW_CONTAINER, VIEW_USERNS, VIEWS };

/** view_flags - return the flags of clone(2) for a process with that view */
int view_flags(enum view_kind kind);

/**
 * take_view - change this process so that it has that view
 *
 * VIEW_ROOT is root. VIEW_USER is a user. VIEW_CONTAINER is root in a container
 * with a procfs mount of its own. VIEW_USERNS is root of a new user namespace,
 * and another user outside of it. Create the process with view_flags().
 */
void take_view(enum view_kind kind);

/**
 * switch_user - set all IDs to those of a user without supplementary groups
 *
 * The process stays dumpable, like a program that the user has executed.
 */
void switch_user(uid_t user);

/** sleep_forever - sleep until killed */
void __attribute__((noreturn)) sleep_forever(void);

/**
 * in_namespace - call a function in the PID namespace of a process
 *
 * The function runs in a new process of the namespace, whose parent is outside,
 * with a new procfs mount of the namespace on /proc. Fails the test if that
 * process fails.
 */
void in_namespace(pid_t pid, void (*function)(void *arg), void *arg);

/**
 * lacks_user_namespaces - whether the kernel lacks user namespaces
 *
 * Prints a KTAP comment if so: a test that needs them returns then.
 */
bool lacks_user_namespaces(void);

/** microseconds - return the time of the monotonic clock */
long microseconds(void);

/** other_thread - find the second thread of a process with two threads */
pid_t other_thread(pid_t pid);

/** write_file - write a string to a file, such as a sysctl */
void write_file(const char *path, const char *value);

/**
 * remove_cgroup - remove a cgroup whose processes are reaped
 *
 * Since 6.19, a task leaves its cgroup only when the CPU has switched away from
 * it for the last time. That may be after its parent has reaped it, so retry
 * while the cgroup is busy.
 */
void remove_cgroup(const char *path);

/** read_number - read a number from a file, such as a sysctl */
long read_number(const char *path);

/** send_fd - send a descriptor through a UNIX domain socket (SCM_RIGHTS) */
void send_fd(int socket, int fd);

#endif /* WORLD_H */
