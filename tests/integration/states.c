// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Namespaces that have no process yet, or none any more: what they are called,
 * who holds them, and that it is true.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "view.h"
#include "world.h"

#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 0xd, unsigned long long)
#endif

static bool kernel_is(int version, int patchlevel)
{
	struct utsname name;
	int is_version, is_patchlevel;

	check(!uname(&name));
	check(sscanf(name.release, "%d.%d", &is_version, &is_patchlevel) == 2);

	return is_version > version ||
	       (is_version == version && is_patchlevel >= patchlevel);
}

static struct namespace *held_by(const struct view *view, pid_t holder)
{
	for (size_t i = 0; i < view->nr_namespaces; i++)
		if (view->namespaces[i].holder == holder)
			return &view->namespaces[i];
	fail("no namespace is held by %d", holder);
}

/* The text says that, and there is no other namespace but the root. */
static void expect_of(pid_t holder, const char *state, uid_t owner)
{
	struct namespace *ns;
	struct view view;

	read_view(&view);
	ns = held_by(&view, holder);
	if (strcmp(ns->state, state))
		fail("it is %s where it should be %s", ns->state, state);
	check(view.nr_namespaces == 2);
	check(ns->level == 1);
	check(ns->parent == view.namespaces[0].inum);
	check(!ns->nprocs);
	check(!ns->init_depth);
	check(ns->owner == owner);
	check((ns->userns == view.namespaces[0].userns) == !owner);
	check_view("/proc");
	free_view(&view);
}

static void expect(pid_t holder, const char *state)
{
	expect_of(holder, state, 0);
}

/* ---- pending ---- */

/*	root - 1, with nobody in it yet */
static void unshare_pid(void *arg)
{
	(void)arg;
	check(!unshare(CLONE_NEWPID));
}

static void pending(void)
{
	pid_t holder = start(&(struct child){ .run = unshare_pid });
	struct view view;

	expect(holder, "pending");
	kill_and_reap(holder);
	read_view(&view);
	check(view.nr_namespaces == 1);
}

/* As soon as somebody is born in it, it is held no more. */
static void pending_no_more(void *arg)
{
	struct view view;
	pid_t init;

	(void)arg;
	check(!unshare(CLONE_NEWPID));
	expect(getpid(), "pending");
	init = start(&(struct child){});

	read_view(&view);
	check(view.nr_namespaces == 2);
	check(!strcmp(view.namespaces[1].state, "active"));
	check(view.namespaces[1].init[0] == init);
	check(view.namespaces[1].nprocs == 1);
	check(!view.namespaces[1].holder);
	check_view("/proc");

	/* The next children are born there as well. */
	start(&(struct child){});
	read_view(&view);
	check(view.namespaces[1].nprocs == 2);
}

static void becomes_active(void)
{
	start(&(struct child){ .run = pending_no_more });
}

/*	root - 1, 1, 1, ... by inum */
static void many_pending(void)
{
	struct view view;

	for (int i = 0; i < 50; i++)
		start(&(struct child){ .run = unshare_pid });
	start(&(struct child){ .flags = CLONE_NEWPID });
	read_view(&view);
	check(view.nr_namespaces == 52);
	check(!strcmp(view.namespaces[1].state, "active"));
	for (int i = 2; i < 52; i++)
		check(!strcmp(view.namespaces[i].state, "pending"));
}

/*
 *	root - 1, whose first process is born while the file is opened
 *
 * It is told of in any case, even if that process has a number that the walk
 * has passed already: low ones, and many threads behind them to be passed.
 */
#define NS_LAST_PID "/proc/sys/kernel/ns_last_pid"
#define LOW_PIDS 8

static void have_child_when_told(void *arg)
{
	char byte;

	check(!unshare(CLONE_NEWPID));
	report_ready();
	check(read(*(int *)arg, &byte, 1) == 1);
	start(&(struct child){});
	sleep_forever();
}

static void take_low_pid(pid_t low)
{
	char last[32];

	snprintf(last, sizeof(last), "%d", low - 1);
	write_file(NS_LAST_PID, last);
}

static size_t count_namespaces(bool *born)
{
	struct view view;
	size_t count;

	read_view(&view);
	count = view.nr_namespaces;
	*born = count == 2 && view.namespaces[1].init_depth;
	free_view(&view);

	return count;
}

static void watch_birth(pid_t low)
{
	bool born = false;
	pid_t holder;
	int fds[2];

	check(!pipe(fds));
	take_low_pid(low);
	holder = start(&(struct child){
		.run = have_child_when_told,
		.arg = &fds[0],
	});
	take_low_pid(low);
	check(write(fds[1], "", 1) == 1);
	while (!born)
		check(count_namespaces(&born) == 2);
	kill_and_reap(holder);
	close(fds[0]);
	close(fds[1]);
	/* The child is ours to reap now. */
	check(waitpid(-1, NULL, 0) > 0);
	check(count_namespaces(&born) == 1);
}

static void born_meanwhile(void)
{
	pid_t low[LOW_PIDS];

	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	for (int i = 0; i < LOW_PIDS; i++)
		low[i] = start(&(struct child){});
	start(&(struct child){ .threads = 3000 });
	for (int i = 0; i < LOW_PIDS; i++)
		kill_and_reap(low[i]);
	for (int i = 0; i < 100; i++)
		watch_birth(low[0]);
}

/* The thread of a process that is not its first; there are two. */
static pid_t second_thread(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	pid_t found = 0;
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

/* unshare() and what follows, in a thread while the first one sleeps. */
struct deed {
	void (*act)(void);
	atomic_bool done;
};

static void *do_deed(void *arg)
{
	struct deed *deed = arg;

	check(!unshare(CLONE_NEWPID));
	if (deed->act)
		deed->act();
	deed->done = true;
	sleep_forever();
}

static void act_in_thread(void *arg)
{
	struct deed deed = { .act = arg };
	pthread_t thread;

	check(!pthread_create(&thread, NULL, do_deed, &deed));
	while (!deed.done)
		usleep(1000);
}

/*	root - 1, held by a thread alone */
static void pending_by_thread(void)
{
	pid_t pid = start(&(struct child){ .run = act_in_thread });

	expect(second_thread(pid), "pending");
}

/* The same, and the first thread is a zombie, which holds nothing. */
static void leave_to_thread(void *arg)
{
	act_in_thread(arg);
	report_ready();
	syscall(SYS_exit, 0);
}

static void pending_by_last_thread(void)
{
	pid_t pid = start(&(struct child){ .run = leave_to_thread });
	struct view view;

	do {
		usleep(10000);
		read_view(&view);
	} while (find_process(&view, pid)->state != 'Z');
	expect(second_thread(pid), "pending");
}

/* ---- dead ---- */

/*	root - 1, of which only the parent of its init is left */
static void outlive(void)
{
	kill_and_reap(start(&(struct child){}));
}

static void cannot_fork(void)
{
	check(fork() < 0 && errno == ENOMEM);
}

static void outlive_and_fail(void)
{
	outlive();
	cannot_fork();
}

static void unshare_and_outlive(void *arg)
{
	(void)arg;
	check(!unshare(CLONE_NEWPID));
	outlive_and_fail();
}

static void dead(void)
{
	expect(start(&(struct child){ .run = unshare_and_outlive }), "dead");
}

static void dead_by_thread(void)
{
	pid_t pid = start(&(struct child){
		.run = act_in_thread,
		.arg = outlive_and_fail,
	});

	expect(second_thread(pid), "dead");
}

/*
 *	root - 1 - 2
 *
 * Both are dead, and a task of the root holds the inner one: nothing but that
 * leads to the outer one.
 */
static int open_pid_ns(pid_t pid, const char *link)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, link);

	return open(path, O_RDONLY | O_CLOEXEC);
}

static void hold(void *arg)
{
	check(!setns(*(int *)arg, CLONE_NEWPID));
}

static void dead_under_dead(void)
{
	pid_t init = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2 });
	struct view view;
	pid_t holder;
	int fd;

	read_view(&view);
	check(view.nr_namespaces == 3);
	fd = open_pid_ns(view.namespaces[2].init[0], "pid");
	check(fd >= 0);
	holder = start(&(struct child){ .run = hold, .arg = &fd });
	close(fd);
	kill_and_reap(init);

	read_view(&view);
	check(view.nr_namespaces == 3);
	for (int i = 1; i < 3; i++) {
		check(!strcmp(view.namespaces[i].state, "dead"));
		check(view.namespaces[i].level == i);
		check(view.namespaces[i].parent == view.namespaces[i - 1].inum);
	}
	check(!view.namespaces[1].holder);
	check(view.namespaces[2].holder == holder);
	check_view("/proc");

	kill_and_reap(holder);
	read_view(&view);
	check(view.nr_namespaces == 1);
}

/*
 *	root - 1 - 2
 *
 * The inner one never had a process, and since the outer one died can have
 * none: dead as well. From 7.1 on a task of the root can hold it, by the link
 * pid_for_children; before, that link is not there without a process.
 */
static void pending_under_dead(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = unshare_pid,
	});
	int fd = open_pid_ns(init, "pid_for_children");
	struct view view;
	pid_t holder;

	read_view(&view);
	check(view.nr_namespaces == 3);
	check(view.namespaces[2].holder == init);
	check(view.namespaces[2].level == 2);
	check(!strcmp(view.namespaces[2].state, "pending"));

	check((fd >= 0) == kernel_is(7, 1));
	if (fd < 0) {
		kill_and_reap(init);
		read_view(&view);
		check(view.nr_namespaces == 1);
		return;
	}
	holder = start(&(struct child){ .run = hold, .arg = &fd });
	close(fd);
	kill_and_reap(init);
	read_view(&view);
	check(view.nr_namespaces == 3);
	check(!strcmp(view.namespaces[1].state, "dead"));
	check(!strcmp(view.namespaces[2].state, "dead"));
	check(view.namespaces[2].holder == holder);
}

/*
 *	root - 1
 *
 * Its parent is in the process group of the dead init, so that number 1 is
 * still somebody's there, but no process's.
 */
static void join_group(void *arg)
{
	pid_t init;

	(void)arg;
	check(!unshare(CLONE_NEWPID));
	init = start(&(struct child){});
	check(!setpgid(init, init));
	check(!setpgid(0, init));
	kill_and_reap(init);
	cannot_fork();
}

static void number_as_group(void)
{
	expect(start(&(struct child){ .run = join_group }), "dead");
}

/*
 *	root - 1, whose first process could not be created: its control group was
 *	full
 *
 * Up to 6.18 at least, that leaves the namespace dead. Later, another process
 * can be created. So compare the state with what fork() does.
 */
#define CGROUP "/tmp/cgroup"

static void fail_to_fork(void *arg)
{
	struct view view;
	bool dead;

	(void)arg;
	write_file(CGROUP "/full/cgroup.procs", "0");
	check(!unshare(CLONE_NEWPID));
	check(fork() < 0 && errno == EAGAIN);
	write_file(CGROUP "/full/pids.max", "max");

	read_view(&view);
	dead = !strcmp(held_by(&view, getpid())->state, "dead");
	free_view(&view);
	expect(getpid(), dead ? "dead" : "pending");
	if (dead)
		cannot_fork();
	else
		start(&(struct child){});
}

static void failed_fork(void)
{
	check(!mkdir(CGROUP, 0755));
	check(!mount("cgroup2", CGROUP, "cgroup2", 0, NULL));
	write_file(CGROUP "/cgroup.subtree_control", "+pids");
	check(!mkdir(CGROUP "/full", 0755));
	write_file(CGROUP "/full/pids.max", "1");
	kill_and_reap(start(&(struct child){ .run = fail_to_fork }));
	remove_cgroup(CGROUP "/full");
	check(!umount(CGROUP));
	check(!rmdir(CGROUP));
}

/*	root - 1, held by several: the one with the lowest PID is named */
static void several_holders(void)
{
	pid_t first = start(&(struct child){ .run = unshare_and_outlive });
	int fd = open_pid_ns(first, "pid_for_children");
	pid_t second;

	check(fd >= 0);
	second = start(&(struct child){ .run = hold, .arg = &fd });
	start(&(struct child){ .run = hold, .arg = &fd });
	close(fd);
	expect(first, "dead");
	kill_and_reap(first);
	expect(second, "dead");
}

/* ---- who may know ---- */

#define USER 1001
#define OTHER 1002

static void hold_as_user(void *arg)
{
	(void)arg;
	switch_user(USER);
	check(!unshare(CLONE_NEWUSER | CLONE_NEWPID));
	check(!prctl(PR_SET_DUMPABLE, 1));
}

struct question {
	uid_t who;
	pid_t holder;
};

/* The holder's user sees what it holds; another one, not even its inum. */
static void ask_as(void *arg)
{
	const struct question *question = arg;
	struct view view;

	switch_user(question->who);
	read_view(&view);
	if (question->who == USER) {
		check(view.nr_namespaces == 2);
		check(view.namespaces[1].holder == question->holder);
		check(view.namespaces[1].owner == USER);
		check(view.namespaces[1].userns != -1);
	} else {
		check(view.nr_namespaces == 1);
	}
	check(view.namespaces[0].init_depth == -1);
}

static void hidden_holder(void)
{
	pid_t holder = start(&(struct child){ .run = hold_as_user });
	struct question question = { USER, holder };

	expect_of(holder, "pending", USER);
	start(&(struct child){ .run = ask_as, .arg = &question });
	question.who = OTHER;
	start(&(struct child){ .run = ask_as, .arg = &question });
}

/* ---- keys that newer kernels have ---- */

static void check_pid_max(void *arg)
{
	struct view view;

	(void)arg;
	write_file("/proc/sys/kernel/pid_max", "4242");
	read_view(&view);
	check(view.namespaces[0].pid_max == 4242);
}

static void check_id(const struct namespace *ns, pid_t init)
{
	unsigned long long id;
	int fd = open_pid_ns(init, "pid");

	check(fd >= 0);
	if (kernel_is(6, 18)) {
		check(!ioctl(fd, NS_GET_ID, &id));
		check(ns->nsid == id && id);
	} else {
		check(!ns->nsid);
	}
	close(fd);
}

static void newer_keys(void)
{
	pid_t init = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 1 });
	struct view view;

	read_view(&view);
	check_id(&view.namespaces[0], 1);
	check_id(&view.namespaces[1], init);
	if (!kernel_is(6, 14)) {
		check(view.namespaces[0].pid_max == -1);
		return;
	}
	check(view.namespaces[0].pid_max ==
	      read_number("/proc/sys/kernel/pid_max"));
	in_namespace(init, check_pid_max, NULL);
	read_view(&view);
	check(view.namespaces[1].pid_max == 4242);
	check(view.namespaces[0].pid_max ==
	      read_number("/proc/sys/kernel/pid_max"));
}

static const struct test tests[] = {
	{ "pending: unshared, and no child yet", pending },
	{ "pending, then active", becomes_active },
	{ "50 pending ones", many_pending },
	{ "pending, and born in the middle of open", born_meanwhile },
	{ "pending, held by a thread", pending_by_thread },
	{ "pending, held by the thread of a zombie", pending_by_last_thread },
	{ "dead: its init has come and gone", dead },
	{ "dead, held by a thread", dead_by_thread },
	{ "dead under a dead one", dead_under_dead },
	{ "pending under a dead one is dead", pending_under_dead },
	{ "dead, and its number 1 is that of a process group", number_as_group },
	{ "its first process could not be created", failed_fork },
	{ "held by several", several_holders },
	{ "who may not see the holder does not see what it holds", hidden_holder },
	{ "pid_max and nsid where the kernel has them", newer_keys },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
