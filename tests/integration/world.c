// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "world.h"

/* Argument of keep_namespace_and_exit(), which stores the PID of the member. */
struct keeper {
	const struct child *member;
	pid_t *pid;
};

/* In a new process, the pipe to start() until report_ready(), then -1. */
static int ready_fd = -1;

void sleep_forever(void)
{
	for (;;)
		pause();
}

void report_ready(void)
{
	/* The parent may be exiting, and nothing reads the pipe then. */
	if (write(ready_fd, "", 1) != 1)
		_exit(1);
	close(ready_fd);
	ready_fd = -1;
}

static void *sleep_in_thread(void *arg)
{
	(void)arg;
	sleep_forever();
}

pid_t do_clone(int flags)
{
	/* The order of the arguments of clone() depends on the architecture. */
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };

	return syscall(SYS_clone3, &args, sizeof(args));
}

static void set_up_process(const struct child *spec)
{
	pthread_attr_t attr;
	pthread_t thread;

	if (!spec->stays)
		check(!prctl(PR_SET_PDEATHSIG, SIGKILL));
	if (spec->name)
		check(!prctl(PR_SET_NAME, spec->name));

	check(!pthread_attr_init(&attr));
	check(!pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN));
	for (int i = 0; i < spec->threads; i++)
		check(!pthread_create(&thread, &attr, sleep_in_thread, NULL));
}

/* Each process creates the next one of the chain; the innermost calls run(). */
static void __attribute__((noreturn)) run_child(const struct child *spec)
{
	pid_t child;

	set_up_process(spec);
	for (int i = 1; i < spec->depth; i++) {
		child = do_clone(spec->flags);
		check(child >= 0);
		if (child)
			sleep_forever();
		set_up_process(spec);
	}

	if (spec->run)
		spec->run(spec->arg);
	if (ready_fd >= 0)
		report_ready();
	sleep_forever();
}

pid_t start(const struct child *spec)
{
	int fds[2];
	pid_t child;
	char byte;

	check(!pipe2(fds, O_CLOEXEC));
	fflush(stdout);
	child = do_clone(spec->flags);
	check(child >= 0);
	if (!child) {
		close(fds[0]);
		ready_fd = fds[1];
		run_child(spec);
	}
	close(fds[1]);
	if (read(fds[0], &byte, 1) != 1)
		fail("a child failed before it was ready");
	close(fds[0]);

	return child;
}

void lead_session(void *arg)
{
	(void)arg;
	check(setsid() > 0);
}

void lead_group(void *arg)
{
	(void)arg;
	check(!setpgid(0, 0));
}

static void lead_and_exit(void *arg)
{
	const struct leaderless *group = arg;

	group->lead(NULL);
	for (size_t i = 0; i < group->nr_members; i++)
		start(&group->members[i]);
	report_ready();
	_exit(0);
}

pid_t create_group(const struct leaderless *group)
{
	pid_t leader = start(&(struct child){
		.run = lead_and_exit,
		.arg = (void *)group,
	});

	check(waitpid(leader, NULL, 0) == leader);

	return leader;
}

void run_create_group(void *group)
{
	create_group(group);
}

/* Create the member, and an init that leads the member's process group. */
static void keep_namespace_and_exit(void *arg)
{
	const struct keeper *keeper = arg;
	pid_t init;

	*keeper->pid = start(keeper->member);
	check(!unshare(CLONE_NEWPID));
	init = start(&(struct child){ .run = lead_group });
	check(!setpgid(*keeper->pid, init));
	kill_and_reap(init);
	report_ready();
	_exit(0);
}

pid_t create_dead_namespace(const struct child *member)
{
	/* Shared memory, so that the child can fill it. */
	pid_t *pid = mmap(NULL, sizeof(*pid), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct keeper keeper = { .member = member, .pid = pid };
	pid_t parent, created;

	check(pid != MAP_FAILED);
	parent = start(&(struct child){
		.run = keep_namespace_and_exit,
		.arg = &keeper,
	});
	check(waitpid(parent, NULL, 0) == parent);
	created = *pid;
	check(!munmap(pid, sizeof(*pid)));

	return created;
}

void kill_and_reap(pid_t pid)
{
	check(!kill(pid, SIGKILL));
	check(waitpid(pid, NULL, 0) == pid);
}

void reap_zombies(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

void wait_for_zombie(pid_t pid)
{
	siginfo_t info;

	check(!waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
}

void switch_user(uid_t user)
{
	check(!setgroups(0, NULL));
	check(!setresgid(user, user, user));
	check(!setresuid(user, user, user));
	check(!prctl(PR_SET_DUMPABLE, 1));
}

/* Mount the procfs of this process's PID namespace, in its mount namespace. */
static void mount_own_proc(void)
{
	check(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	check(!mount("proc", "/proc", "proc", 0, NULL));
}

int view_flags(enum view_kind kind)
{
	return kind == VIEW_CONTAINER ? CLONE_NEWPID | CLONE_NEWNS : 0;
}

void take_view(enum view_kind kind)
{
	switch (kind) {
	case VIEW_USER:
		switch_user(1234);
		break;
	case VIEW_CONTAINER:
		mount_own_proc();
		break;
	case VIEW_USERNS:
		switch_user(1235);
		check(!unshare(CLONE_NEWUSER));
		write_file("/proc/self/uid_map", "0 1235 1");
		break;
	default:
		break;
	}
}

static int exit_status_of(pid_t pid)
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

		child = fork();
		check(child >= 0);
		if (child)
			_exit(exit_status_of(child));
		mount_own_proc();
		function(arg);
		fflush(stdout);
		_exit(0);
	}
	if (exit_status_of(child))
		fail("a check in the namespace of process %d failed", pid);
}

bool lacks_user_namespaces(void)
{
	if (!access("/proc/self/ns/user", F_OK))
		return false;
	printf("# skipped: this kernel has no user namespaces\n");

	return true;
}

long microseconds(void)
{
	struct timespec now;

	check(!clock_gettime(CLOCK_MONOTONIC, &now));

	return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

pid_t other_thread(pid_t pid)
{
	struct dirent *entry;
	pid_t found = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	check(dir);
	while ((entry = readdir(dir)))
		if (atoi(entry->d_name) && atoi(entry->d_name) != pid)
			found = atoi(entry->d_name);
	closedir(dir);
	check(found);

	return found;
}

void write_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	check(fd >= 0);
	check(write(fd, value, strlen(value)) == (ssize_t)strlen(value));
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

void send_fd(int socket, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	check(sendmsg(socket, &message, 0) == 1);
}
