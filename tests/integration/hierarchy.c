// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * What the file tells of all kinds of hierarchies, compared with what the
 * kernel itself says of each process and namespace, from the host's /proc and
 * from those inside.
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

/* The deepest level that the kernel makes. */
#define DEEPEST 32

#define NS_LAST_PID "/proc/sys/kernel/ns_last_pid"

static void check_proc(void *arg)
{
	(void)arg;
	check_view("/proc");
}

/*
 * From the host, by lsns, and from inside level 1 and 16 where there is one. A
 * kernel that looks for mistakes takes seconds for each of these: there, views from
 * inside are those of the tests that are about them.
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

/* The namespace whose init has this PID. */
static struct namespace *namespace_of(const struct view *view, pid_t init)
{
	for (size_t i = 0; i < view->nr_namespaces; i++)
		if (view->namespaces[i].init_depth > 0 &&
		    view->namespaces[i].init[0] == init)
			return &view->namespaces[i];
	fail("no namespace has %d as its init", init);
}

static struct process *process_of(const struct view *view, pid_t pid)
{
	struct process *proc = find_process(view, pid);

	if (!proc)
		fail("%d is not in the text", pid);

	return proc;
}

/*	root */
static void flat(void)
{
	struct view view;

	check_everywhere();
	read_view(&view);
	check(view.nr_namespaces == 1);
	check(process_of(&view, getpid())->depth == 1);
}

/*	root - 1 - 2 - 3 */
static void nested(void)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 3 });
	struct view view;

	check_everywhere();
	read_view(&view);
	check(view.nr_namespaces == 4);
	check(namespace_of(&view, pid)->level == 1);
	check(view.namespaces[3].level == 3);
	check(view.namespaces[3].init_depth == 4);
	check(view.namespaces[3].init[3] == 1);
	check(!strcmp(view.namespaces[3].state, "active"));
	kill_and_reap(pid);
	read_view(&view);
	check(view.nr_namespaces == 1);
}

/*	root - 1 - ... - 32, and no further */
static void refuse_next(void *arg)
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
		.run = refuse_next,
	});
	check_everywhere();
	read_view(&view);
	check(view.nr_namespaces == DEEPEST + 1);
	check(view.namespaces[DEEPEST].level == DEEPEST);
	check(view.processes[view.nr_processes - 1].depth == DEEPEST + 1);
}

/*	root - 1, 1, 1, ... and in each of them a child */
static void have_child(void *arg)
{
	(void)arg;
	start(&(struct child){});
}

static void siblings(void)
{
	int many = scaled(200);
	struct view view;

	for (int i = 0; i < many; i++)
		start(&(struct child){ .flags = CLONE_NEWPID, .run = have_child });
	check_everywhere();
	read_view(&view);
	check(view.nr_namespaces == 1 + (size_t)many);
}

/*
 *	root - 1 (init: a high PID) - 2 (init: a low one)
 *	     \ 1 (init: a low PID)
 *
 * The walk comes to the child before its parent, and to a process before the
 * init of its namespace.
 */
static void wrap_around(void *arg)
{
	(void)arg;
	start(&(struct child){ .flags = CLONE_NEWPID, .run = have_child });
}

static void wrapped(void)
{
	long max = read_number("/proc/sys/kernel/pid_max");
	struct view view;
	pid_t high, low;
	char last[32];

	/* A thread of the kernel may be born just then, and take the PID. */
	for (int i = 0; i < 10; i++) {
		snprintf(last, sizeof(last), "%ld", max - 2);
		write_file(NS_LAST_PID, last);
		high = start(&(struct child){
			.flags = CLONE_NEWPID,
			.run = wrap_around,
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

/*	root - 1, with a process in it whose parent is in the root */
static void join(void *arg)
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

static struct process *find_name(const struct view *view, const char *name)
{
	for (size_t i = 0; i < view->nr_processes; i++)
		if (!strcmp(view->processes[i].name, name))
			return &view->processes[i];
	fail("no process '%s' in the text", name);
}

static void sees_no_parent(void *arg)
{
	struct view view;

	(void)arg;
	read_view(&view);
	check(find_name(&view, "guest")->ppid == 0);
	check(find_name(&view, "guest")->depth == 1);
}

static void joined(void)
{
	pid_t init = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 1 });
	pid_t parent = start(&(struct child){ .run = join, .arg = &init });
	struct view view;

	check_everywhere();
	read_view(&view);
	check(find_name(&view, "guest")->ppid == parent);
	check(find_name(&view, "guest")->depth == 2);
	check(namespace_of(&view, init)->nprocs == 2);
	in_namespace(init, sees_no_parent, NULL);
}

/*	root - 1 - 2, each init with threads, and a process with threads */
static void threads(void)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2,
					   .threads = 7, .run = have_child });
	pid_t other = start(&(struct child){ .threads = 3 });
	struct view view;

	check_everywhere();
	read_view(&view);
	check(process_of(&view, pid)->threads == 8);
	check(process_of(&view, other)->threads == 4);
	check(namespace_of(&view, pid)->nprocs == 1);
}

/*
 * 1,000 pids are passed in one RCU section. So many processes come in several;
 * and so many threads between two processes that for one of these a section
 * ends just before it, for others somewhat earlier or later.
 *
 * On a kernel that looks for mistakes, it is threads alone that are so many: to
 * ask it about each process would take long.
 */
#define BATCH 1000

static void have_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < scaled(BATCH + 200); i++)
		start(&(struct child){});
}

static void many_processes(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = have_many,
	});
	struct view view;

	check_view("/proc");
	read_view(&view);
	check(namespace_of(&view, pid)->nprocs ==
	      1U + scaled(BATCH + 200));
}

static int spread(void)
{
	return has_kmemleak() ? 1 : 3;
}

static void have_threads(void *arg)
{
	(void)arg;
	for (int i = -spread(); i <= spread(); i++)
		start(&(struct child){ .threads = BATCH + i });
}

static void many_threads(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = have_threads,
	});
	struct view view;

	check_everywhere();
	read_view(&view);
	check(namespace_of(&view, pid)->nprocs == 2U + 2 * spread());
}

/*	root - 1, whose init becomes another program by one of its threads */
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
	report_ready();
	check(!pthread_create(&thread, NULL, exec_sleep, NULL));
	pthread_join(thread, NULL);
	fail("exec failed");
}

static void thread_execs(void)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID, .threads = 3,
					   .run = exec_in_thread });
	struct process *proc;
	struct view view;

	do {
		usleep(10000);
		read_view(&view);
		proc = process_of(&view, pid);
	} while (strcmp(proc->name, "sleep"));

	check(proc->threads == 1);
	check(proc->depth == 2 && proc->pids[1] == 1);
	check_everywhere();
}

/*	root - 1: a process, not just a thread, is the parent of a child */
static void *have_child_in_thread(void *arg)
{
	start(&(struct child){ .name = "child" });
	*(atomic_bool *)arg = true;
	sleep_forever();
}

static void child_of_thread(void *arg)
{
	atomic_bool born = false;
	pthread_t thread;

	(void)arg;
	check(!pthread_create(&thread, NULL, have_child_in_thread, &born));
	while (!born)
		usleep(1000);
}

static void thread_forks(void)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = child_of_thread,
	});
	struct view view;

	check_everywhere();
	read_view(&view);
	check(find_name(&view, "child")->ppid == pid);
}

/* States that do not come by themselves */
static void stopped(void)
{
	pid_t pid = start(&(struct child){});
	struct view view;

	check(!kill(pid, SIGSTOP));
	check(waitpid(pid, NULL, WUNTRACED) == pid);
	check_everywhere();
	read_view(&view);
	check(process_of(&view, pid)->state == 'T');
}

/*	root - 1, whose init has exited and is not reaped */
static void zombie_init(void)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID, .run = have_child });
	siginfo_t info;
	struct view view;

	check(!kill(pid, SIGKILL));
	check(!waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	check_everywhere();
	read_view(&view);
	check(!strcmp(namespace_of(&view, pid)->state, "dying"));
	check(namespace_of(&view, pid)->nprocs == 1);
	check(process_of(&view, pid)->state == 'Z');

	check(waitpid(pid, NULL, 0) == pid);
	read_view(&view);
	check(view.nr_namespaces == 1);
}

/*
 *	root - 1 - 2
 *
 * The init of 1 cannot go before everybody in it is reaped: here a process
 * whose parent outside does not reap it.
 */
static void *wait_for_death(void *arg)
{
	(void)arg;
	sleep_forever();
}

static void dying_init(void)
{
	pid_t init = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2 });
	pid_t parent = start(&(struct child){ .run = join, .arg = &init });
	struct view view;

	check(!kill(init, SIGKILL));
	do {
		usleep(10000);
		read_view(&view);
	} while (strcmp(namespace_of(&view, init)->state, "dying") ||
		 namespace_of(&view, init)->nprocs != 2 ||
		 view.nr_namespaces != 2);
	check(find_name(&view, "guest")->state == 'Z');
	check(find_name(&view, "guest")->ppid == parent);
	check_everywhere();

	/* The zombie is ours now, and its init gone when it is. */
	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	kill_and_reap(parent);
	while (waitpid(-1, NULL, 0) > 0)
		;
	read_view(&view);
	check(view.nr_namespaces == 1);
}

/*	root - 1, whose init's first thread has exited: a zombie that lives */
static void leave_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
	check(!pthread_create(&thread, NULL, wait_for_death, NULL));
	report_ready();
	syscall(SYS_exit, 0);
}

static void zombie_leader(void)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID, .run = leave_thread });
	struct view view;

	do {
		usleep(10000);
		read_view(&view);
	} while (process_of(&view, pid)->state != 'Z');
	check(process_of(&view, pid)->threads == 2);
	check(!strcmp(namespace_of(&view, pid)->state, "active"));
	check_everywhere();
	kill_and_reap(pid);
}

/*	root - 1: a process whose parent has died goes to the init of 1 */
static void leave_orphan(void *arg)
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
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID, .run = leave_orphan });
	struct view view;

	do {
		usleep(10000);
		read_view(&view);
	} while (view.nr_namespaces != 2 ||
		 namespace_of(&view, pid)->nprocs != 2);
	check(find_name(&view, "orphan")->ppid == pid);
	check_everywhere();
	kill_and_reap(pid);
}

/* Names are any bytes but NUL, and 15 of them at most. */
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
	/* Not by lsns, which prints nothing when a name has a newline. */
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
			fail("%s where %s should be", comm, cases[i].word);
	}
}

/* Who a process belongs to, and who its namespace. */
static void become_other(void *arg)
{
	(void)arg;
	check(!setresgid(20001, 20002, 20003));
	check(!setresuid(10001, 10002, 10003));
}

static void other_with_namespaces(void *arg)
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

	start(&(struct child){ .run = other_with_namespaces });
	user = start(&(struct child){ .run = become_other });
	read_view(&view);
	check(process_of(&view, user)->uid == 10001);
	check(view.nr_namespaces == 2);
	ns = &view.namespaces[1];
	check(ns->owner == 10005);
	check(ns->userns != view.namespaces[0].userns);
	/* Seen from outside, nobody has mapped the user inside. */
	check(process_of(&view, ns->init[0])->uid == 10005);
	check_everywhere();
}

/*
 * A reader in a user namespace, root there, of a procfs that is not: what is
 * not mapped, or not its business, stays hidden.
 */
static void own_user_namespace(void *arg)
{
	struct view view;
	struct stat mine;

	(void)arg;
	check(!unshare(CLONE_NEWUSER));
	read_view(&view);
	check(process_of(&view, getpid())->uid == 65534);
	check(view.namespaces[0].owner == 65534);

	write_file("/proc/self/uid_map", "0 0 1");
	start(&(struct child){ .flags = CLONE_NEWPID, .name = "mapped" });

	read_view(&view);
	check(process_of(&view, getpid())->uid == 0);
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
	start(&(struct child){ .run = own_user_namespace });
}

/*	root - 1, of which only a mounted procfs is left */
static void leave_proc(void *arg)
{
	check(!mount("proc", arg, "proc", 0, NULL));
}

static void dead_root(void)
{
	char path[] = "/tmp/proc.XXXXXX", *text;
	struct child life = {
		.flags = CLONE_NEWPID,
		.run = leave_proc,
		.arg = path,
	};
	struct view view;

	check(mkdtemp(path));
	kill_and_reap(start(&life));
	text = read_text(path);
	parse(text, &view);
	check(view.nr_namespaces == 1);
	check(!view.nr_processes);
	check(!view.namespaces[0].nprocs);
	check(!view.namespaces[0].init_depth);
	check(!strcmp(view.namespaces[0].state, "dead"));
	check(!umount(path));
	check(!rmdir(path));
}

/* Nothing above or beside the root of a view is in it. */
static void sees_only_inside(void *arg)
{
	const struct view *outside = arg;
	char *text = read_text("/proc"), inum[32];
	struct view view;

	parse(text, &view);
	check(view.nr_namespaces == 2);
	check(view.namespaces[0].parent == -1);
	check(view.namespaces[0].init[0] == 1);
	for (size_t i = 0; i < outside->nr_namespaces; i++) {
		snprintf(inum, sizeof(inum), "%u", outside->namespaces[i].inum);
		check(!!strstr(text, inum) ==
		      !!find_namespace(&view, outside->namespaces[i].inum));
	}
}

static void scope(void)
{
	struct view view;
	pid_t pid;

	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 3 });
	pid = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2 });
	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 1 });
	read_view(&view);
	check(view.nr_namespaces == 7);
	in_namespace(pid, sees_only_inside, &view);
}

/*
 * It is the mount that counts, not where its reader is: one in the root that
 * reads a procfs of level 1, and one in level 1 that reads the root's.
 */
static void sees_the_root(void *arg)
{
	struct view view;

	(void)arg;
	read_view(&view);
	check(view.namespaces[0].inum == 0xeffffffc);
	check(find_name(&view, "insider")->depth == 2);
}

static void mounts(void)
{
	char path[] = "/tmp/proc.XXXXXX";
	pid_t pid;

	check(mkdtemp(path));
	pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = leave_proc,
		.arg = path,
	});
	check_view(path);
	kill_and_reap(pid);
	check(!umount(path));
	check(!rmdir(path));

	start(&(struct child){
		.flags = CLONE_NEWPID,
		.name = "insider",
		.run = sees_the_root,
	});
}

/* Everybody may open the file; what they see is told in access.c. */
static void open_as_nobody(void *arg)
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

static void others(void)
{
	struct stat stat_buf;

	check(!stat("/proc/pidns_tree", &stat_buf));
	check(stat_buf.st_mode == (S_IFREG | 0444));
	check(!stat_buf.st_uid && !stat_buf.st_gid);
	start(&(struct child){ .run = open_as_nobody });
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
	{ "flat: no namespace but the first", flat },
	{ "three levels", nested },
	{ "32 levels", deepest },
	{ "many siblings", siblings },
	{ "PIDs that have wrapped around", wrapped },
	{ "a process that joined, with its parent outside", joined },
	{ "inits with threads", threads },
	{ "more processes than are passed in one go", many_processes },
	{ "more threads than are passed in one go", many_threads },
	{ "an init whose thread execs", thread_execs },
	{ "an init whose thread forks", thread_forks },
	{ "a process that is stopped", stopped },
	{ "an init that is a zombie", zombie_init },
	{ "an init that is dying", dying_init },
	{ "an init whose leading thread is a zombie", zombie_leader },
	{ "an orphan", orphans },
	{ "names of any bytes", names },
	{ "users and user namespaces", users },
	{ "a reader in a user namespace", reader_in_user_namespace },
	{ "a procfs whose namespace is dead", dead_root },
	{ "a view from inside has nothing from outside", scope },
	{ "a view is that of the mount, not of the reader", mounts },
	{ "others may open the file, and no more", others },
	{ "a procfs with subset=pid", subset },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
