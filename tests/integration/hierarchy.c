// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Create hierarchies of all shapes, and compare pidns_tree with the rest of
 * /proc, both on the host and in nested namespaces.
 *
 * The comment above each test shows the namespaces by their levels.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "view.h"
#include "world.h"

/* MAX_PID_NS_LEVEL of the kernel. */
#define DEEPEST 32

#define NS_LAST_PID "/proc/sys/kernel/ns_last_pid"

static void check_proc(void *arg)
{
	(void)arg;
	check_view("/proc");
}

/*
 * Compare with /proc on the host, with lsns, and with the procfs mounts of a
 * namespace at level 1 and one at level 16, if they exist. A kernel with
 * kmemleak needs seconds for each comparison, so it makes only the first.
 */
static void check_everywhere(void)
{
	struct view view;
	pid_t inside[2] = {};

	check_view("/proc");
	if (has_kmemleak())
		return;
	check_lsns();

	read_view(&view);
	for (size_t i = 0; i < view.nr_namespaces; i++) {
		const struct namespace *ns = &view.namespaces[i];

		if (strcmp(ns->state, "active"))
			continue;
		if (ns->level == 1 && !inside[0])
			inside[0] = ns->init[0];
		if (ns->level == 16 && !inside[1])
			inside[1] = ns->init[0];
	}
	free_view(&view);
	for (int i = 0; i < 2; i++)
		if (inside[i])
			in_namespace(inside[i], check_proc, NULL);
}

static struct namespace *get_namespace(const struct view *view, pid_t init)
{
	for (size_t i = 0; i < view->nr_namespaces; i++)
		if (view->namespaces[i].init_depth > 0 &&
		    view->namespaces[i].init[0] == init)
			return &view->namespaces[i];
	fail("no namespace has init %d", init);
}

static struct process *get_process(const struct view *view, pid_t pid)
{
	struct process *proc = find_process(view, pid);

	if (!proc)
		fail("process %d is not in pidns_tree", pid);

	return proc;
}

/*	root */
static void initial_namespace(void)
{
	struct view view;

	check_everywhere();
	read_view(&view);
	check(view.nr_namespaces == 1);
	check(get_process(&view, getpid())->depth == 1);
}

/*	root - 1 - 2 - 3 */
static void nested(void)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 3 });
	struct view view;

	check_everywhere();
	read_view(&view);
	check(view.nr_namespaces == 4);
	check(get_namespace(&view, pid)->level == 1);
	check(view.namespaces[3].level == 3);
	check(view.namespaces[3].init_depth == 4);
	check(view.namespaces[3].init[3] == 1);
	check(!strcmp(view.namespaces[3].state, "active"));
	kill_and_reap(pid);
	wait_for_namespaces(1);
}

/*	root - 1 - ... - 32, the last possible level */
static void check_max_level(void *arg)
{
	(void)arg;
	check(unshare(CLONE_NEWPID) == -1 && errno == ENOSPC);
}

static void deepest(void)
{
	struct view view;

	start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = DEEPEST,
		.run = check_max_level,
	});
	check_everywhere();
	read_view(&view);
	check(view.nr_namespaces == DEEPEST + 1);
	check(view.namespaces[DEEPEST].level == DEEPEST);
	check(view.processes[view.nr_processes - 1].depth == DEEPEST + 1);
}

/*	root - 1, 1, 1, ..., each with an init and a child */
static void create_child(void *arg)
{
	(void)arg;
	start(&(struct child){});
}

static void siblings(void)
{
	int many = scaled(200);
	struct view view;

	for (int i = 0; i < many; i++)
		start(&(struct child){
			.flags = CLONE_NEWPID,
			.run = create_child,
		});
	check_everywhere();
	read_view(&view);
	check(view.nr_namespaces == 1 + (size_t)many);
}

/*
 *	root - 1 (init: a high PID) - 2 (init: a low PID)
 *	     \ 1 (init: a low PID)
 *
 * After PIDs have wrapped around, the search visits a child namespace before its
 * parent, and a process before the init of its namespace.
 */
static void create_namespace_with_child(void *arg)
{
	(void)arg;
	start(&(struct child){ .flags = CLONE_NEWPID, .run = create_child });
}

static void low_pids(void)
{
	long max = read_number("/proc/sys/kernel/pid_max");
	struct view view;
	pid_t high, low;
	char last[32];

	/* Retry if a process outside of the test takes the PID. */
	for (int i = 0; i < 10; i++) {
		snprintf(last, sizeof(last), "%ld", max - 2);
		write_file(NS_LAST_PID, last);
		high = start(&(struct child){
			.flags = CLONE_NEWPID,
			.run = create_namespace_with_child,
		});
		if (high == max - 1)
			break;
		kill_and_reap(high);
	}
	check(high == max - 1);
	low = start(&(struct child){ .flags = CLONE_NEWPID });
	check(low < high);

	check_everywhere();
	read_view(&view);
	check(view.nr_namespaces == 4);
	check(view.namespaces[1].init[0] == low);
	check(view.namespaces[2].init[0] == high);
	check(view.namespaces[3].level == 2);
	check(view.namespaces[3].init[0] < low);
	kill_and_reap(high);
}

/*	root - 1, which contains a process whose parent is in the root */
static void create_child_in(void *arg)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", *(pid_t *)arg);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd >= 0);
	check(!setns(fd, CLONE_NEWPID));
	close(fd);
	start(&(struct child){ .name = "guest" });
}

static struct process *get_process_named(const struct view *view,
					 const char *name)
{
	for (size_t i = 0; i < view->nr_processes; i++)
		if (!strcmp(view->processes[i].name, name))
			return &view->processes[i];
	fail("no process '%s' in pidns_tree", name);
}

static void check_no_parent(void *arg)
{
	struct view view;

	(void)arg;
	read_view(&view);
	check(get_process_named(&view, "guest")->ppid == 0);
	check(get_process_named(&view, "guest")->pgid == 0);
	check(get_process_named(&view, "guest")->sid == 0);
	check(get_process_named(&view, "guest")->depth == 1);
}

static void parent_outside(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = 1,
	});
	pid_t parent = start(&(struct child){
		.run = create_child_in,
		.arg = &init,
	});
	struct view view;

	check_everywhere();
	read_view(&view);
	check(get_process_named(&view, "guest")->ppid == parent);
	check(get_process_named(&view, "guest")->depth == 2);
	check(get_namespace(&view, init)->nprocs == 2);
	in_namespace(init, check_no_parent, NULL);
}

/*	root - 1 - 2: both inits and a process of the root have threads */
static void threads(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = 2,
		.threads = 7,
		.run = create_child,
	});
	pid_t other = start(&(struct child){ .threads = 3 });
	struct view view;

	check_everywhere();
	read_view(&view);
	check(get_process(&view, pid)->threads == 8);
	check(get_process(&view, other)->threads == 4);
	check(get_namespace(&view, pid)->nprocs == 1);
}

/*
 * The module visits at most 1,000 struct pids in one RCU section. The first
 * test has more processes than that. The second has processes with about 1,000
 * threads each, so that RCU sections end just before, at and just after the
 * struct pid of a process.
 *
 * A kernel with kmemleak takes long to read /proc/PID of each process, so it
 * gets fewer processes but as many threads per process.
 */
#define BATCH 1000

static void create_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < scaled(BATCH + 200); i++)
		start(&(struct child){});
}

static void many_processes(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = create_many,
	});
	struct view view;

	check_view("/proc");
	read_view(&view);
	check(get_namespace(&view, pid)->nprocs == 1U + scaled(BATCH + 200));
}

static int batch_offsets(void)
{
	return has_kmemleak() ? 1 : 3;
}

static void create_threads(void *arg)
{
	(void)arg;
	for (int i = -batch_offsets(); i <= batch_offsets(); i++)
		start(&(struct child){ .threads = BATCH + i });
}

static void many_threads(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = create_threads,
	});
	struct view view;

	check_everywhere();
	read_view(&view);
	check(get_namespace(&view, pid)->nprocs == 2U + 2 * batch_offsets());
}

/*	root - 1: a thread of the init calls execve() and becomes the leader */
static void *exec_sleep(void *arg)
{
	(void)arg;
	execlp("sleep", "sleep", "1000", NULL);
	return NULL;
}

static void exec_in_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
	check(setsid() > 0);
	report_ready();
	check(!pthread_create(&thread, NULL, exec_sleep, NULL));
	pthread_join(thread, NULL);
	fail("exec failed");
}

static void thread_execs(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.threads = 3,
		.run = exec_in_thread,
	});
	struct process *proc;
	struct view view;

	do {
		usleep(10000);
		read_view(&view);
		proc = get_process(&view, pid);
	} while (strcmp(proc->name, "sleep"));

	check(proc->threads == 1);
	check(proc->depth == 2 && proc->pids[1] == 1);
	/* The thread has taken the struct pid of the leader over. */
	check(proc->pgid == pid && proc->sid == pid);
	check(!find_id(&view, pid));
	check_everywhere();
}

/*	root - 1: ppid is the PID of the process whose thread has forked */
static void *fork_in_thread(void *arg)
{
	start(&(struct child){ .name = "child" });
	*(atomic_bool *)arg = true;
	sleep_forever();
}

static void fork_in_new_thread(void *arg)
{
	atomic_bool created = false;
	pthread_t thread;

	(void)arg;
	check(!pthread_create(&thread, NULL, fork_in_thread, &created));
	while (!created)
		usleep(1000);
}

static void thread_forks(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = fork_in_new_thread,
	});
	struct view view;

	check_everywhere();
	read_view(&view);
	check(get_process_named(&view, "child")->ppid == pid);
}

/*	root, with a stopped process */
static void stopped(void)
{
	pid_t pid = start(&(struct child){});
	struct view view;

	check(!kill(pid, SIGSTOP));
	check(waitpid(pid, NULL, WUNTRACED) == pid);
	check_everywhere();
	read_view(&view);
	check(get_process(&view, pid)->state == 'T');
}

/*	root - 1, whose init has exited and has not been reaped */
static void zombie_init(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = create_child,
	});
	struct view view;

	check(!kill(pid, SIGKILL));
	wait_for_zombie(pid);
	check_everywhere();
	read_view(&view);
	check(!strcmp(get_namespace(&view, pid)->state, "dying"));
	check(get_namespace(&view, pid)->nprocs == 1);
	check(get_process(&view, pid)->state == 'Z');

	check(waitpid(pid, NULL, 0) == pid);
	wait_for_namespaces(1);
}

/*
 *	root - 1 - 2
 *
 * The init of 1 cannot exit before every process of 1 has been reaped. One of
 * them is a zombie whose parent, outside of 1, does not reap it.
 */
static void *sleep_in_thread(void *arg)
{
	(void)arg;
	sleep_forever();
}

static void dying_namespace(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = 2,
	});
	pid_t parent = start(&(struct child){
		.run = create_child_in,
		.arg = &init,
	});
	struct view view;

	check(!kill(init, SIGKILL));
	do {
		usleep(10000);
		read_view(&view);
	} while (strcmp(get_namespace(&view, init)->state, "dying") ||
		 get_namespace(&view, init)->nprocs != 2 ||
		 view.nr_namespaces != 2);
	check(get_process_named(&view, "guest")->state == 'Z');
	check(get_process_named(&view, "guest")->ppid == parent);
	check_everywhere();

	/* Reap the zombie, so that the init of 1 can exit. */
	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	kill_and_reap(parent);
	while (waitpid(-1, NULL, 0) > 0)
		;
	wait_for_namespaces(1);
}

/*	root - 1: the main thread of the init has exited, another one runs */
static void exit_main_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
	check(setsid() > 0);
	check(!pthread_create(&thread, NULL, sleep_in_thread, NULL));
	report_ready();
	syscall(SYS_exit, 0);
}

static void zombie_leader(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = exit_main_thread,
	});
	struct view view;

	do {
		usleep(10000);
		read_view(&view);
	} while (get_process(&view, pid)->state != 'Z');
	check(get_process(&view, pid)->threads == 2);
	check(!strcmp(get_namespace(&view, pid)->state, "active"));
	check(get_process(&view, pid)->sid == pid);
	check(!find_id(&view, pid));
	check_everywhere();
	kill_and_reap(pid);
}

/*	root - 1: an orphan is reparented to the init of 1 */
static void create_orphan(void *arg)
{
	int fds[2];
	pid_t child;

	(void)arg;
	check(!pipe(fds));
	child = fork();
	check(child >= 0);
	if (!child) {
		if (!fork()) {
			prctl(PR_SET_NAME, "orphan");
			check(read(fds[0], &child, 1) == 1);
			sleep_forever();
		}
		_exit(0);
	}
	check(waitpid(child, NULL, 0) == child);
	check(write(fds[1], "", 1) == 1);
}

static void orphans(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = create_orphan,
	});
	struct view view;

	do {
		usleep(10000);
		read_view(&view);
	} while (view.nr_namespaces != 2 ||
		 get_namespace(&view, pid)->nprocs != 2);
	check(get_process_named(&view, "orphan")->ppid == pid);
	check_everywhere();
	kill_and_reap(pid);
}

/* ---- IDs that outlive their processes ---- */

static const struct child member = { .name = "member", .stays = true };
static const struct child group_leader = {
	.name = "member",
	.stays = true,
	.run = lead_group,
};

static const struct leaderless session_group = { lead_session, &member, 1 };
static const struct leaderless only_group = { lead_group, &member, 1 };
static const struct leaderless only_session = {
	lead_session,
	&group_leader,
	1,
};

static void lead_session_of_group(void *arg)
{
	lead_session(arg);
	create_group(&only_group);
}

static const struct leaderless group_in_session = {
	.lead = lead_session_of_group,
};

/* Check the roles of an ID, and that no line has its PID as a process. */
static struct kept_id *get_id(const struct view *view, int pid, bool pgid,
			      bool sid)
{
	struct kept_id *id = find_id(view, pid);

	if (!id)
		fail("ID %d is not in pidns_tree", pid);
	if (id->pgid != pgid || id->sid != sid)
		fail("ID %d has the roles pgid %d sid %d", pid, id->pgid,
		     id->sid);
	check(!find_process(view, pid));

	return id;
}

/*	root, with a session leader that has exited; the member exits later */
static void kept_in_root(void)
{
	struct process *proc;
	struct view view;
	pid_t leader;

	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	leader = create_group(&session_group);
	check_everywhere();
	read_view(&view);
	check(get_id(&view, leader, true, true)->depth == 1);
	proc = get_process_named(&view, "member");
	check(proc->pgid == leader && proc->sid == leader);

	/* A zombie is still a member. */
	check(!kill(proc->pids[0], SIGKILL));
	wait_for_zombie(proc->pids[0]);
	check_everywhere();
	read_view(&view);
	get_id(&view, leader, true, true);
	check(get_process_named(&view, "member")->state == 'Z');

	check(waitpid(proc->pids[0], NULL, 0) == proc->pids[0]);
	read_view(&view);
	check(!find_id(&view, leader));
}

/*	root - 1, in which the leader has exited */
static struct process *keep_in_namespace(const struct leaderless *group,
					 struct view *view)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = run_create_group,
		.arg = (void *)group,
	});

	check_everywhere();
	read_view(view);
	check(get_namespace(view, init)->nprocs == 2);
	for (size_t i = 0; i < view->nr_ids; i++)
		if (view->ids[i].inum == get_namespace(view, init)->inum)
			check(view->ids[i].depth == 2);

	return get_process_named(view, "member");
}

static void kept_session_and_group(void)
{
	struct process *proc;
	struct view view;

	proc = keep_in_namespace(&session_group, &view);
	check(proc->pgid == proc->sid);
	get_id(&view, proc->sid, true, true);
	check(view.namespaces[1].pids == 3);
}

/* The session is that of the test, which has no PID in the namespace. */
static void check_no_session(void *arg)
{
	struct process *proc;
	struct view view;

	(void)arg;
	read_view(&view);
	proc = get_process_named(&view, "member");
	check(!proc->sid);
	check(view.nr_ids == 1);
	get_id(&view, proc->pgid, true, false);
}

static void kept_group(void)
{
	struct process *proc;
	struct view view;

	proc = keep_in_namespace(&only_group, &view);
	get_id(&view, proc->pgid, true, false);
	check(proc->sid == getsid(0));
	in_namespace(view.namespaces[1].init[0], check_no_session, NULL);
}

static void kept_session(void)
{
	struct process *proc;
	struct view view;

	proc = keep_in_namespace(&only_session, &view);
	check(proc->pgid == proc->pids[0]);
	get_id(&view, proc->sid, false, true);
	check(!find_id(&view, proc->pgid));
	check(view.namespaces[1].pids == 3);
}

static void kept_session_and_other_group(void)
{
	struct process *proc;
	struct view view;

	proc = keep_in_namespace(&group_in_session, &view);
	check(proc->pgid != proc->sid);
	get_id(&view, proc->pgid, true, false);
	get_id(&view, proc->sid, false, true);
	check(view.namespaces[1].pids == 4);
}

/*
 *	root - 1, whose init is in a session of the root; the leader has exited
 *
 * The ID has no PID in 1, so the procfs mount of 1 does not show it.
 */
static void check_outside(void *arg)
{
	struct view view;

	(void)arg;
	check_view("/proc");
	read_view(&view);
	check(get_process(&view, 1)->pgid == 0);
	check(get_process(&view, 1)->sid == 0);
	check(!view.nr_ids);
}

static void kept_outside(void)
{
	static const struct child init = {
		.flags = CLONE_NEWPID,
		.name = "member",
		.stays = true,
	};
	static const struct leaderless group = { lead_session, &init, 1 };
	pid_t leader = create_group(&group);
	struct process *proc;
	struct view view;

	check_everywhere();
	read_view(&view);
	proc = get_process_named(&view, "member");
	check(proc->depth == 2 && proc->sid == leader);
	check(get_id(&view, leader, true, true)->depth == 1);
	check(view.namespaces[1].pids == 1);
	in_namespace(proc->pids[0], check_outside, NULL);
}

/*	root - 1 - ... - 32, with an ID in the last namespace */
static void kept_at_max_level(void)
{
	struct process *proc;
	struct view view;

	start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = DEEPEST,
		.run = run_create_group,
		.arg = (void *)&session_group,
	});
	check_everywhere();
	read_view(&view);
	proc = get_process_named(&view, "member");
	check(proc->depth == DEEPEST + 1);
	check(get_id(&view, proc->sid, true, true)->depth == DEEPEST + 1);
	for (int i = 1; i <= DEEPEST; i++)
		check(view.namespaces[i].pids == DEEPEST - i + 3);
}

/*
 *	root - 1 - 2 - 3 - 4 - 5
 *
 * A process at level 3 moves a child at level 3 into the process group of a
 * process at level 5, which then exits. So a member two levels above keeps the
 * ID. This is possible because one session, of level 3, contains them all.
 */
struct deep_group {
	bool leader_is_init;
};

static void lead_deep_group(void *arg)
{
	check(!prctl(PR_SET_NAME, "leader"));
	lead_group(arg);
}

static void create_leader(void *arg)
{
	(void)arg;
	start(&(struct child){ .run = lead_deep_group });
}

static void create_level_5(void *arg)
{
	const struct deep_group *group = arg;

	start(&(struct child){
		.flags = CLONE_NEWPID,
		.name = "init of 5",
		.run = group->leader_is_init ? lead_deep_group : create_leader,
	});
}

static void keep_from_level_3(void *arg)
{
	struct process *leader;
	struct view view;
	pid_t member_pid;

	/* Reap children without wait(2). Children inherit this. */
	check(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	lead_session(NULL);
	member_pid = start(&(struct child){ .name = "member" });
	check(!unshare(CLONE_NEWPID));
	start(&(struct child){ .run = create_level_5, .arg = arg });

	read_view(&view);
	leader = get_process_named(&view, "leader");
	check(leader->depth == 6);
	check(!setpgid(member_pid, leader->pids[3]));
	check(!kill(leader->pids[3], SIGKILL));
	/* Until the leader is reaped, the signal 0 can be sent to it. */
	while (!kill(leader->pids[3], 0))
		usleep(1000);
}

static struct kept_id *keep_two_levels_above(struct deep_group *group,
					     struct view *view)
{
	struct process *proc;
	struct kept_id *id;

	start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = 3,
		.run = keep_from_level_3,
		.arg = group,
	});
	check_everywhere();
	read_view(view);
	check(view->nr_namespaces == 6);
	proc = get_process_named(view, "member");
	check(proc->depth == 4);
	id = get_id(view, proc->pgid, true, false);
	check(id->depth == 6);
	check(id->inum == view->namespaces[5].inum);
	check(!find_id(view, proc->sid));

	return id;
}

/* The leader was the init of 5, so only the ID keeps 5, which is dead. */
static void kept_above_dead(void)
{
	struct deep_group group = { .leader_is_init = true };
	struct namespace *ns;
	struct kept_id *id;
	struct view view;

	id = keep_two_levels_above(&group, &view);
	check(id->pids[5] == 1);
	ns = &view.namespaces[5];
	check(!strcmp(ns->state, "dead"));
	check(!ns->nprocs && !ns->init_depth && !ns->holder);
	check(ns->pids == 1);

	check(!kill(get_process_named(&view, "member")->pids[0], SIGKILL));
	wait_for_namespaces(5);
}

/*
 * The leader was not the init of 5. If the init exits, it waits until the
 * namespace has no other struct pid, so until the member leaves the group.
 */
static void kept_above_dying(void)
{
	struct deep_group group = {};
	struct process *init;
	struct kept_id *id;
	struct view view;
	pid_t keeper;

	id = keep_two_levels_above(&group, &view);
	check(id->pids[5] == 2);
	check(!strcmp(view.namespaces[5].state, "active"));
	check(view.namespaces[5].pids == 2);
	keeper = get_process_named(&view, "member")->pids[0];
	init = get_process_named(&view, "init of 5");

	check(!kill(init->pids[0], SIGKILL));
	do {
		usleep(10000);
		read_view(&view);
	} while (strcmp(view.namespaces[5].state, "dying"));
	check_everywhere();
	read_view(&view);
	check(view.namespaces[5].nprocs == 1 && view.namespaces[5].pids == 2);
	get_id(&view, get_process(&view, keeper)->pgid, true, false);

	check(!kill(keeper, SIGKILL));
	wait_for_namespaces(5);
}

/* More IDs than one RCU section visits. */
static void create_many_groups(void *arg)
{
	(void)arg;
	for (int i = 0; i < scaled(BATCH + 200); i++)
		create_group(&only_group);
}

static void many_kept(void)
{
	struct view view;

	start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = create_many_groups,
	});
	read_view(&view);
	check(view.nr_ids >= (size_t)scaled(BATCH + 200));
}

/* A name has up to 15 bytes of any value except NUL. */
static void names(void)
{
	static const struct {
		const char *name;
		const char *word;
	} cases[] = {
		{ "plain", "comm=plain\n" },
		{ "my job", "comm=my\\040job\n" },
		{ "a\tb", "comm=a\\011b\n" },
		{ "a\nb", "comm=a\\012b\n" },
		{ "a\\b", "comm=a\\134b\n" },
		{ "\\040", "comm=\\134040\n" },
		{ "", "comm=\n" },
		{ "caf\xc3\xa9", "comm=caf\\303\\251\n" },
		{ "\x7f\x01\xff", "comm=\\177\\001\\377\n" },
		{ "comm=fake", "comm=comm=fake\n" },
		{ " ", "comm=\\040\n" },
		{ "\n# end", "comm=\\012#\\040end\n" },
		{ "pid:[1] level=0", "comm=pid:[1]\\040level=0\n" },
		{ "123456789012345678", "comm=123456789012345\n" },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		  "comm=\\377\\377\\377\\377\\377\\377\\377\\377"
		  "\\377\\377\\377\\377\\377\\377\\377\n" },
	};
	pid_t pids[sizeof(cases) / sizeof(*cases)];
	char *text, line[32], *found, *comm;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		pids[i] = start(&(struct child){
			.flags = CLONE_NEWPID,
			.depth = 1 + i % 2,
			.name = cases[i].name,
		});
	/* Not check_lsns(): lsns prints nothing if a name has a newline. */
	check_view("/proc");
	in_namespace(pids[1], check_proc, NULL);

	text = read_text("/proc");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(line, sizeof(line), "    %d,1 ", pids[i]);
		found = strstr(text, line);
		check(found);
		comm = strstr(found, "comm=");
		check(comm);
		if (strncmp(comm, cases[i].word, strlen(cases[i].word)))
			fail("'%s' does not begin with '%s'", comm,
			     cases[i].word);
	}
}

/*	root - 1, which a user with a UID other than 0 owns */
static void set_different_ids(void *arg)
{
	(void)arg;
	check(!setresgid(20001, 20002, 20003));
	check(!setresuid(10001, 10002, 10003));
}

static void create_user_namespace(void *arg)
{
	(void)arg;
	check(!setresuid(10005, 10005, 10005));
	start(&(struct child){ .flags = CLONE_NEWUSER | CLONE_NEWPID });
}

static void users(void)
{
	struct namespace *ns;
	struct view view;
	pid_t user;

	if (lacks_user_namespaces())
		return;
	start(&(struct child){ .run = create_user_namespace });
	user = start(&(struct child){ .run = set_different_ids });
	read_view(&view);
	check(get_process(&view, user)->uid == 10001);
	check(view.nr_namespaces == 2);
	ns = &view.namespaces[1];
	check(ns->owner == 10005);
	check(ns->userns != view.namespaces[0].userns);
	/* The UID on the host, although the user namespace does not map it. */
	check(get_process(&view, ns->init[0])->uid == 10005);
	check_everywhere();
}

/*
 *	root - 1
 *
 * The reader is in a new user namespace, but reads the host's procfs. UIDs that
 * are not mapped read as 65534, and objects that its root may not inspect are
 * hidden.
 */
static void unshare_user_namespace(void *arg)
{
	struct view view;
	struct stat mine;

	(void)arg;
	check(!unshare(CLONE_NEWUSER));
	read_view(&view);
	check(get_process(&view, getpid())->uid == 65534);
	check(view.namespaces[0].owner == 65534);

	write_file("/proc/self/uid_map", "0 0 1");
	start(&(struct child){ .flags = CLONE_NEWPID, .name = "mapped" });

	read_view(&view);
	check(get_process(&view, getpid())->uid == 0);
	check(view.namespaces[0].init_depth == -1);
	check(view.namespaces[0].userns == -1);
	check(view.namespaces[0].owner == 0);

	check(!stat("/proc/self/ns/user", &mine));
	check(view.nr_namespaces == 2);
	check(view.namespaces[1].userns == (long long)mine.st_ino);
	check(view.namespaces[1].owner == 0);
}

static void reader_in_user_namespace(void)
{
	if (lacks_user_namespaces())
		return;
	start(&(struct child){ .run = unshare_user_namespace });
}

/*	1, a dead namespace whose procfs mount still exists */
static void mount_proc(void *arg)
{
	check(!mount("proc", arg, "proc", 0, NULL));
}

static void dead_namespace(void)
{
	char path[] = "/tmp/proc.XXXXXX";
	struct child spec = {
		.flags = CLONE_NEWPID,
		.run = mount_proc,
		.arg = path,
	};
	struct view view;

	check(mkdtemp(path));
	kill_and_reap(start(&spec));
	read_view_of(path, &view);
	check(view.nr_namespaces == 1);
	check(!view.nr_processes);
	check(!view.nr_ids);
	check(!view.namespaces[0].pids);
	check(!view.namespaces[0].nprocs);
	check(!view.namespaces[0].init_depth);
	check(!strcmp(view.namespaces[0].state, "dead"));
	check(!umount(path));
	check(!rmdir(path));
}

/* Ancestors and siblings of the root of the mount are hidden. */
static void check_only_subtree(void *arg)
{
	const struct view *outside = arg;
	char *text = read_text("/proc"), inum[32];
	struct view view;

	read_view(&view);
	check(view.nr_namespaces == 2);
	check(view.namespaces[0].parent == -1);
	check(view.namespaces[0].init[0] == 1);
	for (size_t i = 0; i < outside->nr_namespaces; i++) {
		snprintf(inum, sizeof(inum), "%u", outside->namespaces[i].inum);
		check(!!strstr(text, inum) ==
		      !!find_namespace(&view, outside->namespaces[i].inum));
	}
}

static void nested_mount(void)
{
	struct view view;
	pid_t pid;

	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 3 });
	pid = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2 });
	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 1 });
	read_view(&view);
	check(view.nr_namespaces == 7);
	in_namespace(pid, check_only_subtree, &view);
}

/*
 *	root - 1
 *
 * The mount determines what is shown, not the reader's namespace. A process of
 * the root reads a procfs mount of 1, and a process of 1 reads that of the
 * root.
 */
static void check_initial_root(void *arg)
{
	struct view view;

	(void)arg;
	read_view(&view);
	check(view.namespaces[0].inum == 0xeffffffc);
	check(get_process_named(&view, "insider")->depth == 2);
}

static void mount_is_root(void)
{
	char path[] = "/tmp/proc.XXXXXX";
	pid_t pid;

	check(mkdtemp(path));
	pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = mount_proc,
		.arg = path,
	});
	check_view(path);
	kill_and_reap(pid);
	check(!umount(path));
	check(!rmdir(path));

	start(&(struct child){
		.flags = CLONE_NEWPID,
		.name = "insider",
		.run = check_initial_root,
	});
}

/* Any user may open the file. access.c checks what each user sees. */
static void open_as_user(void *arg)
{
	int fd;

	(void)arg;
	check(!setresuid(65534, 65534, 65534));
	fd = open("/proc/pidns_tree", O_RDONLY | O_CLOEXEC);
	check(fd >= 0);
	close(fd);
	check(open("/proc/pidns_tree", O_WRONLY) < 0 && errno == EACCES);
	check(open("/proc/pidns_tree", O_RDWR) < 0 && errno == EACCES);
	check(truncate("/proc/pidns_tree", 0) && errno == EACCES);
}

static void permissions(void)
{
	struct stat stat_buf;

	check(!stat("/proc/pidns_tree", &stat_buf));
	check(stat_buf.st_mode == (S_IFREG | 0444));
	check(!stat_buf.st_uid && !stat_buf.st_gid);
	start(&(struct child){ .run = open_as_user });
}

static void open_on_subset(void *arg)
{
	(void)arg;
	check(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	check(!mount("proc", "/proc", "proc", 0, "subset=pid"));
	check(open("/proc/pidns_tree", O_RDONLY) < 0 && errno == ENOENT);
}

static void subset(void)
{
	start(&(struct child){ .flags = CLONE_NEWNS, .run = open_on_subset });
}

static const struct test tests[] = {
	{ "only the initial namespace", initial_namespace },
	{ "three nested namespaces", nested },
	{ "32 nested namespaces, the maximum", deepest },
	{ "many sibling namespaces", siblings },
	{ "a child namespace whose init has a lower PID than the parent's",
	  low_pids },
	{ "a process whose parent is outside of its namespace",
	  parent_outside },
	{ "init processes with threads", threads },
	{ "more processes than one RCU section visits", many_processes },
	{ "more threads than one RCU section visits", many_threads },
	{ "an init that executes a program in a thread", thread_execs },
	{ "a child that a thread of an init has forked", thread_forks },
	{ "a stopped process", stopped },
	{ "a zombie init", zombie_init },
	{ "a dying namespace that contains a zombie", dying_namespace },
	{ "an init whose main thread has exited", zombie_leader },
	{ "an orphan that is reparented to the init", orphans },
	{ "the ID of a process group and session in the root", kept_in_root },
	{ "the ID of a process group and session in a namespace",
	  kept_session_and_group },
	{ "the ID of a process group, in a session from outside", kept_group },
	{ "the ID of a session", kept_session },
	{ "the IDs of a session and of a process group in it",
	  kept_session_and_other_group },
	{ "the ID of a session whose members are in another namespace",
	  kept_outside },
	{ "an ID in the last of 32 namespaces", kept_at_max_level },
	{ "an ID in a dead namespace, with a member two levels above",
	  kept_above_dead },
	{ "an ID with a member two levels above, and an init that waits for it",
	  kept_above_dying },
	{ "more IDs than one RCU section visits", many_kept },
	{ "process names with arbitrary bytes", names },
	{ "UIDs, owners and user namespaces", users },
	{ "a reader in a user namespace", reader_in_user_namespace },
	{ "a procfs mount of a dead namespace", dead_namespace },
	{ "a nested procfs mount shows only its own subtree", nested_mount },
	{ "the procfs mount determines the root, not the reader",
	  mount_is_root },
	{ "any user can open the file, but only for reading", permissions },
	{ "a procfs mount with subset=pid does not have the file", subset },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
