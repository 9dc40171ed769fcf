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
	read_view(&view);
	check(view.nr_namespaces == 1);
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
	siginfo_t info;
	struct view view;

	check(!kill(pid, SIGKILL));
	check(!waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	check_everywhere();
	read_view(&view);
	check(!strcmp(get_namespace(&view, pid)->state, "dying"));
	check(get_namespace(&view, pid)->nprocs == 1);
	check(get_process(&view, pid)->state == 'Z');

	check(waitpid(pid, NULL, 0) == pid);
	read_view(&view);
	check(view.nr_namespaces == 1);
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
	read_view(&view);
	check(view.nr_namespaces == 1);
}

/*	root - 1: the main thread of the init has exited, another one runs */
static void exit_main_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
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
	start(&(struct child){ .run = unshare_user_namespace });
}

/*	1, a dead namespace whose procfs mount still exists */
static void mount_proc(void *arg)
{
	check(!mount("proc", arg, "proc", 0, NULL));
}

static void dead_namespace(void)
{
	char path[] = "/tmp/proc.XXXXXX", *text;
	struct child spec = {
		.flags = CLONE_NEWPID,
		.run = mount_proc,
		.arg = path,
	};
	struct view view;

	check(mkdtemp(path));
	kill_and_reap(start(&spec));
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

/* Ancestors and siblings of the root of the mount are hidden. */
static void check_only_subtree(void *arg)
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
