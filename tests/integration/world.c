// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "world.h"

/* Write end of the pipe on which a new process says that it is there. */
static int there = -1;

void sleep_forever(void)
{
	for (;;)
		pause();
}

void report_ready(void)
{
	/* Nobody waits any more when the one who did is being killed. */
	if (write(there, "", 1) != 1)
		_exit(1);
	close(there);
	there = -1;
}

static void *thread_dozes(void *arg)
{
	(void)arg;
	sleep_forever();
}

pid_t do_clone(int flags)
{
	return syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
}

static void be_born(const struct child *life)
{
	pthread_attr_t attr;
	pthread_t thread;

	check(!prctl(PR_SET_PDEATHSIG, SIGKILL));
	if (life->name)
		check(!prctl(PR_SET_NAME, life->name));

	check(!pthread_attr_init(&attr));
	check(!pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN));
	for (int i = 0; i < life->threads; i++)
		check(!pthread_create(&thread, &attr, thread_dozes, NULL));
}

/* Each level leaves the rest of the way down to its child. */
static void __attribute__((noreturn)) live(const struct child *life)
{
	pid_t child;

	be_born(life);
	for (int i = 1; i < life->depth; i++) {
		child = do_clone(life->flags);
		check(child >= 0);
		if (child)
			sleep_forever();
		be_born(life);
	}

	if (life->run)
		life->run(life->arg);
	if (there >= 0)
		report_ready();
	sleep_forever();
}

pid_t start(const struct child *life)
{
	int fds[2];
	pid_t child;
	char byte;

	check(!pipe2(fds, O_CLOEXEC));
	fflush(stdout);
	child = do_clone(life->flags);
	check(child >= 0);
	if (!child) {
		close(fds[0]);
		there = fds[1];
		live(life);
	}
	close(fds[1]);
	if (read(fds[0], &byte, 1) != 1)
		fail("a process did not come to life");
	close(fds[0]);

	return child;
}

void kill_and_reap(pid_t pid)
{
	check(!kill(pid, SIGKILL));
	check(waitpid(pid, NULL, 0) == pid);
}

void switch_user(uid_t user)
{
	check(!setgroups(0, NULL));
	check(!setresgid(user, user, user));
	check(!setresuid(user, user, user));
	check(!prctl(PR_SET_DUMPABLE, 1));
}

static int wait_for(pid_t pid)
{
	int status;

	check(waitpid(pid, &status, 0) == pid);

	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void in_namespace(pid_t pid, void (*function)(void *arg), void *arg)
{
	char path[64];
	pid_t child;
	int fd;

	fflush(stdout);
	child = fork();
	check(child >= 0);
	if (!child) {
		snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		check(fd >= 0);
		check(!setns(fd, CLONE_NEWPID));
		close(fd);
		check(!unshare(CLONE_NEWNS));
		check(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));

		child = fork();
		check(child >= 0);
		if (child)
			_exit(wait_for(child));
		check(!mount("proc", "/proc", "proc", 0, NULL));
		function(arg);
		fflush(stdout);
		_exit(0);
	}
	if (wait_for(child))
		fail("it failed inside the namespace of %d", pid);
}

void write_file(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	check(fd >= 0);
	check(write(fd, word, strlen(word)) == (ssize_t)strlen(word));
	close(fd);
}

void remove_cgroup(const char *path)
{
	while (rmdir(path)) {
		check(errno == EBUSY);
		usleep(1000);
	}
}

long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long number;

	check(file);
	check(fscanf(file, "%ld", &number) == 1);
	fclose(file);

	return number;
}
