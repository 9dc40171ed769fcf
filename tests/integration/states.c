// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Create namespaces without processes, and check the state and the holder that
 * pidns_tree shows.
 *
 * The holder of such a namespace is a task that creates its children there: the
 * link /proc/TID/ns/pid_for_children of the task refers to the namespace. The
 * comment above each test shows the namespaces by their levels.
 */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <pthread.h>
#include <sched.h>
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

static struct namespace *get_held_by(const struct view *view, pid_t holder)
{
	for (size_t i = 0; i < view->nr_namespaces; i++)
		if (view->namespaces[i].holder == holder)
			return &view->namespaces[i];
	fail("no namespace has pid_for_children=%d", holder);
}

/*
 * Check the line of the only namespace besides the root, which has no process
 * and this number of IDs.
 */
static void check_held_and_owned(pid_t holder, const char *state, uid_t owner,
				 long long ids)
{
	struct namespace *ns;
	struct view view;

	read_view(&view);
	ns = get_held_by(&view, holder);
	check(ns->pids == ids);
	if (strcmp(ns->state, state))
		fail("the state is %s instead of %s", ns->state, state);
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

static void check_held(pid_t holder, const char *state)
{
	check_held_and_owned(holder, state, 0, 0);
}

/* ---- pending ---- */

/*	root - 1, without processes yet */
static void unshare_pid(void *arg)
{
	(void)arg;
	check(!unshare(CLONE_NEWPID));
}

static void pending(void)
{
	pid_t holder = start(&(struct child){ .run = unshare_pid });

	check_held(holder, "pending");
	kill_and_reap(holder);
	wait_for_namespaces(1);
}

/* A namespace with an init has no pid_for_children. */
static void fork_in_pending(void *arg)
{
	struct view view;
	pid_t init;

	(void)arg;
	check(!unshare(CLONE_NEWPID));
	check_held(getpid(), "pending");
	init = start(&(struct child){});

	read_view(&view);
	check(view.nr_namespaces == 2);
	check(!strcmp(view.namespaces[1].state, "active"));
	check(view.namespaces[1].init[0] == init);
	check(view.namespaces[1].nprocs == 1);
	check(!view.namespaces[1].holder);
	check_view("/proc");

	/* Further children are created there, too. */
	start(&(struct child){});
	read_view(&view);
	check(view.namespaces[1].nprocs == 2);
}

static void becomes_active(void)
{
	start(&(struct child){ .run = fork_in_pending });
}

/*	root - 1, 1, 1, ... */
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
 *	root - 1, whose first process is created while the file is opened
 *
 * The namespace is always shown, even if the search has already visited the PID
 * of that process. So the PID is low, and many threads have higher ones.
 */
#define NS_LAST_PID "/proc/sys/kernel/ns_last_pid"
#define LOW_PIDS 8

static void fork_after_write(void *arg)
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

/* The process is created meanwhile, so the account need not balance. */
static size_t count_namespaces(bool *has_init)
{
	struct view view;
	size_t count;

	read_unexplained(&view);
	count = view.nr_namespaces;
	*has_init = count == 2 && view.namespaces[1].init_depth;
	free_view(&view);

	return count;
}

static void race_fork_and_open(pid_t low)
{
	bool has_init = false;
	pid_t holder;
	int fds[2];

	check(!pipe(fds));
	take_low_pid(low);
	holder = start(&(struct child){
		.run = fork_after_write,
		.arg = &fds[0],
	});
	take_low_pid(low);
	check(write(fds[1], "", 1) == 1);
	while (!has_init)
		check(count_namespaces(&has_init) == 2);
	kill_and_reap(holder);
	close(fds[0]);
	close(fds[1]);
	/* The child of the holder is reparented to this subreaper. */
	check(waitpid(-1, NULL, 0) > 0);
	wait_for_namespaces(1);
}

static void fork_during_open(void)
{
	pid_t low[LOW_PIDS];

	/* The namespaces of the tests before are counted, too. */
	wait_for_namespaces(1);
	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	for (int i = 0; i < LOW_PIDS; i++)
		low[i] = start(&(struct child){});
	start(&(struct child){ .threads = 3000 });
	for (int i = 0; i < LOW_PIDS; i++)
		kill_and_reap(low[i]);
	for (int i = 0; i < 100; i++)
		race_fork_and_open(low[0]);
}

/* unshare() in a second thread, and then call a function if not NULL. */
struct thread_job {
	void (*run)(void);
	atomic_bool done;
};

static void *unshare_and_run(void *arg)
{
	struct thread_job *job = arg;

	check(!unshare(CLONE_NEWPID));
	if (job->run)
		job->run();
	job->done = true;
	sleep_forever();
}

static void unshare_in_thread(void *arg)
{
	struct thread_job job = { .run = arg };
	pthread_t thread;

	check(!pthread_create(&thread, NULL, unshare_and_run, &job));
	while (!job.done)
		usleep(1000);
}

/*	root - 1, whose holder is a second thread */
static void pending_by_thread(void)
{
	pid_t pid = start(&(struct child){ .run = unshare_in_thread });

	check_held(other_thread(pid), "pending");
}

/* Likewise, but the main thread is a zombie, which has no nsproxy. */
static void unshare_in_last_thread(void *arg)
{
	unshare_in_thread(arg);
	report_ready();
	syscall(SYS_exit, 0);
}

static void pending_by_last_thread(void)
{
	pid_t pid = start(&(struct child){ .run = unshare_in_last_thread });
	struct view view;

	do {
		usleep(10000);
		read_view(&view);
	} while (find_process(&view, pid)->state != 'Z');
	check_held(other_thread(pid), "pending");
}

/* ---- dead ---- */

/*	root - 1, whose init has been reaped; the holder is the init's parent */
static void create_and_kill_init(void)
{
	kill_and_reap(start(&(struct child){}));
}

static void check_fork_fails(void)
{
	check(fork() < 0 && errno == ENOMEM);
}

static void kill_init_and_fork(void)
{
	create_and_kill_init();
	check_fork_fails();
}

static void unshare_and_kill_init(void *arg)
{
	(void)arg;
	check(!unshare(CLONE_NEWPID));
	kill_init_and_fork();
}

static void dead(void)
{
	check_held(start(&(struct child){ .run = unshare_and_kill_init }),
		   "dead");
}

static void dead_by_thread(void)
{
	pid_t pid = start(&(struct child){
		.run = unshare_in_thread,
		.arg = kill_init_and_fork,
	});

	check_held(other_thread(pid), "dead");
}

/*
 *	root - 1 - 2
 *
 * Both are dead, and a task of the root is the holder of 2. The module can find
 * 1 only as the parent of 2.
 */
static int open_pid_ns(pid_t pid, const char *link)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, link);

	return open(path, O_RDONLY | O_CLOEXEC);
}

static void become_holder(void *arg)
{
	check(!setns(*(int *)arg, CLONE_NEWPID));
}

static void dead_under_dead(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = 2,
	});
	struct view view;
	pid_t holder;
	int fd;

	read_view(&view);
	check(view.nr_namespaces == 3);
	fd = open_pid_ns(view.namespaces[2].init[0], "pid");
	check(fd >= 0);
	holder = start(&(struct child){ .run = become_holder, .arg = &fd });
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
	wait_for_namespaces(1);
}

/*
 *	root - 1 - 2
 *
 * 2 has never had a process, and cannot have one because 1 is dead. So 2 is
 * dead as well. Since 7.1, a task of the root can become the holder of 2
 * through the link pid_for_children. Before 7.1, opening this link fails until
 * the namespace has a process.
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
		wait_for_namespaces(1);
		return;
	}
	holder = start(&(struct child){ .run = become_holder, .arg = &fd });
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
 * The holder is in the process group that the init led. So the struct pid
 * of the init stays in the IDR after the init has been reaped, but no process
 * has it.
 */
static void join_init_group(void *arg)
{
	pid_t init;

	(void)arg;
	check(!unshare(CLONE_NEWPID));
	init = start(&(struct child){});
	check(!setpgid(init, init));
	check(!setpgid(0, init));
	kill_and_reap(init);
	check_fork_fails();
}

static void init_pid_is_group(void)
{
	pid_t holder = start(&(struct child){ .run = join_init_group });
	const struct process *proc;
	const struct kept_id *id;
	struct view view;

	check_held_and_owned(holder, "dead", 0, 1);
	read_view(&view);
	proc = find_process(&view, holder);
	check(proc);
	id = find_id(&view, proc->pgid);
	check(id && id->pgid && !id->sid);
	check(id->depth == 2 && id->pids[1] == 1);
	check(id->inum == view.namespaces[1].inum);
}

/*
 *	root - 1
 *
 * The parent of the init and of the member has exited, so there is no holder.
 * Only the ID keeps the namespace, until the member exits.
 */
static void kept_by_id(void)
{
	const struct namespace *ns;
	const struct process *proc;
	const struct kept_id *id;
	struct view view;
	pid_t member;

	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	member = create_dead_namespace(&(struct child){ .stays = true });
	check_view("/proc");
	read_view(&view);
	check(view.nr_namespaces == 2);
	ns = &view.namespaces[1];
	check(!strcmp(ns->state, "dead"));
	check(!ns->nprocs && !ns->init_depth && !ns->holder);
	check(ns->pids == 1);
	proc = find_process(&view, member);
	check(proc && proc->depth == 1);
	id = find_id(&view, proc->pgid);
	check(id && id->pgid && !id->sid);
	check(id->depth == 2 && id->pids[1] == 1 && id->inum == ns->inum);

	/* A zombie keeps the ID, too. */
	check(!kill(member, SIGKILL));
	wait_for_zombie(member);
	read_view(&view);
	check(view.nr_namespaces == 2);
	check(find_id(&view, proc->pgid));

	check(waitpid(member, NULL, 0) == member);
	wait_for_namespaces(1);
}

/*
 *	root - 1, whose first process could not be created because the cgroup of
 *	its parent is full
 *
 * Up to 6.18 at least, the namespace is dead afterwards. In newer kernels,
 * another process can be created. So compare the state with the next fork().
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
	dead = !strcmp(get_held_by(&view, getpid())->state, "dead");
	free_view(&view);
	check_held(getpid(), dead ? "dead" : "pending");
	if (dead)
		check_fork_fails();
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

/*	root - 1, with three holders */
static void several_holders(void)
{
	pid_t first = start(&(struct child){ .run = unshare_and_kill_init });
	int fd = open_pid_ns(first, "pid_for_children");
	pid_t second;

	check(fd >= 0);
	second = start(&(struct child){ .run = become_holder, .arg = &fd });
	start(&(struct child){ .run = become_holder, .arg = &fd });
	close(fd);
	check_held(first, "dead");
	kill_and_reap(first);
	check_held(second, "dead");
}

/* ---- access ---- */

#define USER 1001
#define OTHER 1002

static void become_holder_as_user(void *arg)
{
	(void)arg;
	switch_user(USER);
	check(!unshare(CLONE_NEWUSER | CLONE_NEWPID));
	check(!prctl(PR_SET_DUMPABLE, 1));
}

struct reader {
	uid_t uid;
	pid_t holder;
};

/* If the holder is hidden from a user, so is the namespace. */
static void read_as(void *arg)
{
	const struct reader *reader = arg;
	struct view view;

	switch_user(reader->uid);
	read_view(&view);
	if (reader->uid == USER) {
		check(view.nr_namespaces == 2);
		check(view.namespaces[1].holder == reader->holder);
		check(view.namespaces[1].owner == USER);
		check(view.namespaces[1].userns != -1);
	} else {
		check(view.nr_namespaces == 1);
	}
	check(view.namespaces[0].init_depth == -1);
}

static void hidden_holder(void)
{
	struct reader reader = { .uid = USER };

	if (lacks_user_namespaces())
		return;
	reader.holder = start(&(struct child){ .run = become_holder_as_user });
	check_held_and_owned(reader.holder, "pending", USER, 0);
	start(&(struct child){ .run = read_as, .arg = &reader });
	reader.uid = OTHER;
	start(&(struct child){ .run = read_as, .arg = &reader });
}

static void member_of_user(void *arg)
{
	(void)arg;
	switch_user(USER);
}

/* If all members of a group are hidden from a user, so is the namespace. */
static void read_ids_as(void *arg)
{
	uid_t uid = *(uid_t *)arg;
	struct view view;

	switch_user(uid);
	read_view(&view);
	check(view.nr_namespaces == (uid == USER ? 2 : 1));
	check(view.nr_ids == (uid == USER ? 1 : 0));
	check(view.namespaces[0].pids < 0);
	if (uid != USER)
		return;
	check(!strcmp(view.namespaces[1].state, "dead"));
	check(!view.namespaces[1].nprocs && !view.namespaces[1].init_depth);
	check(view.ids[0].inum == view.namespaces[1].inum);
}

static void hidden_member(void)
{
	static uid_t user = USER, other = OTHER;
	struct view view;

	create_dead_namespace(&(struct child){ .stays = true });
	create_dead_namespace(&(struct child){
		.stays = true,
		.run = member_of_user,
	});
	read_view(&view);
	check(view.nr_namespaces == 3);
	start(&(struct child){ .run = read_ids_as, .arg = &user });
	start(&(struct child){ .run = read_ids_as, .arg = &other });
}

/* ---- keys that depend on the kernel ---- */

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
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = 1,
	});
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
	{ "pending after unshare(2), before the first fork", pending },
	{ "active after the first fork", becomes_active },
	{ "50 pending namespaces", many_pending },
	{ "the first process is created during open", fork_during_open },
	{ "pending, and the holder is a second thread", pending_by_thread },
	{ "pending, and the main thread of the holder's process has exited",
	  pending_by_last_thread },
	{ "dead after the init has been reaped", dead },
	{ "dead, and the holder is a second thread", dead_by_thread },
	{ "a dead child of a dead namespace", dead_under_dead },
	{ "a child without processes is dead if its parent is dead",
	  pending_under_dead },
	{ "dead, although a process group still has PID 1", init_pid_is_group },
	{ "dead, and only the ID of a process group keeps the namespace",
	  kept_by_id },
	{ "the state after the first fork has failed", failed_fork },
	{ "of three holders, the one with the lowest PID is shown",
	  several_holders },
	{ "a reader that may not see the holder does not see the namespace",
	  hidden_holder },
	{ "a namespace that an ID keeps is shown with a member of the ID",
	  hidden_member },
	{ "pid_max and nsid, if the kernel has them", newer_keys },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
