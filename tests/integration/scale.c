// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Limits: the highest PIDs, the deepest hierarchy with many processes, many
 * namespaces, many threads, many readers, and readers with little memory.
 *
 * Most processes share the memory and all else with their creator, so that a
 * guest with 8 GB has room for them. If a guest has less memory, most tests
 * create fewer objects and print how many. They fail if there is room for less
 * than a tenth of the objects.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "view.h"
#include "world.h"

/* The deepest level, MAX_PID_NS_LEVEL of the kernel. */
#define LEVELS (MAX_LEVELS - 1)

#define PROCESSES 1000
#define THREADS 100000
#define NAMESPACES 20000
#define READERS 1000

/* PID_MAX_LIMIT of the kernel; the highest PID is one less. */
#define PID_LIMIT 4194304

/*
 * Upper bounds of the kernel's memory for a task and for a namespace, in KiB. A
 * struct pid at the deepest level has almost 1 KiB.
 */
#define TASK_KIB 40
#define NAMESPACE_KIB 12

static char *text_of(long number)
{
	static char text[32];

	snprintf(text, sizeof(text), "%ld", number);

	return text;
}

/* Return: the duration of one read of the whole file, in milliseconds. */
static long time_read(void)
{
	long begin = microseconds();

	free(read_text("/proc"));

	return (microseconds() - begin) / 1000;
}

/*
 * Reduce a number of objects so that a quarter of the memory stays free. Fail
 * the test if less than a tenth remains.
 */
static int affordable(int many, long kib_each, const char *what)
{
	struct sysinfo info;
	long fits;

	check(!sysinfo(&info));
	fits = info.freeram * info.mem_unit / 1024 / 4 * 3 / kib_each;
	if (has_kmemleak())
		fits /= 10;
	if (fits < many)
		printf("# memory for only %ld of %d %s\n", fits, many, what);
	check(fits >= many / 10);

	return fits < many ? fits : many;
}

/* ---- tasks that share everything ---- */

/*
 * clone(2) and pause(2) need little stack. The dynamic linker would need more
 * to bind a function when it is called, so this program is linked with -z now.
 */
#define STACK_SIZE 1024

#define SHARED_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND)

static int sleep_in_task(void *arg)
{
	(void)arg;
	sleep_forever();
}

/* Tasks that have called unshare(2) with success, and without. */
static atomic_int holders, failures;

static int hold_in_task(void *arg)
{
	if (!syscall(SYS_unshare, CLONE_NEWPID))
		holders++;
	else
		failures++;

	return sleep_in_task(arg);
}

/*
 * Create tasks that run a function. They have no thread-local storage of their
 * own, so the function may only make system calls.
 */
static void create_tasks(int count, int flags, int (*run)(void *arg))
{
	size_t size = (size_t)count * STACK_SIZE;
	char *stacks;

	if (!count)
		return;
	stacks = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(stacks != MAP_FAILED);
	for (int i = 1; i <= count; i++)
		check(clone(run, stacks + (size_t)i * STACK_SIZE,
			    SHARED_FLAGS | flags, NULL) > 0);
}

static void create_threads(int count, int (*run)(void *arg))
{
	create_tasks(count, CLONE_THREAD | CLONE_SYSVSEM, run);
}

/* Lift the limits that depend on the memory of the guest. */
static void lift_limits(void)
{
	struct rlimit files = { NAMESPACES + 100, NAMESPACES + 100 };

	write_file("/proc/sys/kernel/pid_max", text_of(PID_LIMIT));
	write_file("/proc/sys/kernel/threads-max", text_of(4 * THREADS));
	write_file("/proc/sys/user/max_pid_namespaces",
		   text_of(2 * NAMESPACES));
	check(!setrlimit(RLIMIT_NOFILE, &files));
}

/* ---- the highest PIDs ---- */

#define HIGHEST (PID_LIMIT - 1)

/* Each byte takes four in the file. */
#define LONGEST_NAME "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"

/* The PIDs of an init and of another process in the ancestors of their own. */
#define INIT_PID(level) (HIGHEST - 100 - (level))
#define OTHER_PID(level) (HIGHEST - 1 - (level))

/*
 * Fork. The child has the PID @own in its own namespace and @outer in the
 * ancestors. clone3(2) accepts at most 32 PIDs, so at the deepest level, the
 * kernel chooses the PID in the initial namespace.
 */
static pid_t fork_with_pids(int flags, int level, pid_t own, pid_t outer)
{
	pid_t pids[MAX_LEVELS] = { own };
	struct clone_args arguments = {
		.flags = flags,
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)pids,
		.set_tid_size = level < LEVELS ? level + 1 : LEVELS,
	};
	pid_t child;

	for (int i = 1; i <= level; i++)
		pids[i] = outer;
	child = syscall(SYS_clone3, &arguments, sizeof(arguments));
	check(child >= 0);
	if (!child)
		check(!prctl(PR_SET_PDEATHSIG, SIGKILL));

	return child;
}

/* Create a process in this namespace, and the init of the next level. */
static void create_level_with_high_pids(int level, int ready)
{
	if (!fork_with_pids(0, level, HIGHEST, OTHER_PID(level))) {
		check(!prctl(PR_SET_NAME, LONGEST_NAME));
		check(write(ready, "", 1) == 1);
		sleep_forever();
	}
	if (level == LEVELS)
		return;
	level++;
	if (!fork_with_pids(CLONE_NEWPID, level, 1, INIT_PID(level))) {
		create_level_with_high_pids(level, ready);
		sleep_forever();
	}
}

static void create_high_pids(void)
{
	int fds[2];
	char byte;

	check(!pipe2(fds, O_CLOEXEC));
	create_level_with_high_pids(0, fds[1]);
	/* If a process fails, the test ends after ten minutes, see ktap.c. */
	for (int level = 0; level <= LEVELS; level++)
		check(read(fds[0], &byte, 1) == 1);
	close(fds[0]);
	close(fds[1]);
}

static const struct process *find_highest(const struct view *view, int level)
{
	for (size_t i = 0; i < view->nr_processes; i++)
		if (view->processes[i].depth == level + 1 &&
		    view->processes[i].pids[level] == HIGHEST)
			return &view->processes[i];
	fail("no process %d of level %d", HIGHEST, level);
}

static void check_high_pids(const struct view *view, int level)
{
	const struct process *proc = find_highest(view, level);

	for (int i = level == LEVELS; i < level; i++)
		check(proc->pids[i] == OTHER_PID(level));
	check(!strcmp(proc->name, LONGEST_NAME));
}

static size_t longest_line(void)
{
	char *text = read_text("/proc");
	size_t longest = 0, len;

	for (char *p = text; *p; p += len + 1) {
		len = strcspn(p, "\n");
		longest = len > longest ? len : longest;
	}
	free(text);

	return longest;
}

/* After the highest PID, the kernel allocates low PIDs again. */
static void wrap_around(void)
{
	pid_t first, second;

	/* Retry if a process outside of the test takes the PID. */
	for (int i = 0; i < 10; i++) {
		write_file("/proc/sys/kernel/ns_last_pid",
			   text_of(HIGHEST - 1));
		first = start(&(struct child){});
		second = start(&(struct child){ .flags = CLONE_NEWPID });
		if (first == HIGHEST)
			break;
		kill_and_reap(first);
		kill_and_reap(second);
	}
	check(first == HIGHEST && second < first);
	check_view("/proc");
	kill_and_reap(first);
	kill_and_reap(second);
}

static void high_pids(void)
{
	struct view view;

	lift_limits();
	wait_until_freed(0);
	create_high_pids();
	read_view(&view);
	check(view.nr_namespaces == LEVELS + 1);
	for (int level = 0; level <= LEVELS; level++)
		check_high_pids(&view, level);
	for (int level = 1; level < LEVELS; level++)
		check(view.namespaces[level].init[0] == INIT_PID(level));
	check_view("/proc");
	printf("# the longest line has %zu bytes\n", longest_line());
	free_view(&view);

	kill_and_reap(HIGHEST);
	kill_and_reap(INIT_PID(1));
	wrap_around();
	wait_until_freed(0);
}

/* ---- many processes at each level ---- */

struct fill {
	int level;
	int processes;
};

/* Fill the levels from this one on. The init is one of the processes. */
static void fill_levels(void *arg)
{
	struct fill fill = *(struct fill *)arg;

	create_tasks(fill.processes - 1, SIGCHLD, sleep_in_task);
	if (fill.level++ < LEVELS)
		start(&(struct child){
			.flags = CLONE_NEWPID,
			.run = fill_levels,
			.arg = &fill,
		});
}

/* Return: the init of level 1. */
static pid_t create_levels(int processes)
{
	struct fill fill = { 1, processes };

	return start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = fill_levels,
		.arg = &fill,
	});
}

static int affordable_per_level(void)
{
	return affordable(LEVELS * PROCESSES, TASK_KIB, "processes") / LEVELS;
}

static void check_levels(int processes)
{
	struct view view;

	printf("# %d levels with %d processes each; one read took %ld ms\n",
	       LEVELS, processes, time_read());
	read_view(&view);
	check(view.nr_namespaces == LEVELS + 1);
	for (int level = 1; level <= LEVELS; level++) {
		const struct namespace *ns = &view.namespaces[level];

		check(ns->level == level);
		check(ns->nprocs == (unsigned int)processes);
		check(ns->pids ==
		      (long long)processes * (LEVELS - level + 1));
	}
	free_view(&view);
}

/* Return: the init of level 1, and the processes of each level. */
static pid_t fill_all_levels(int *processes)
{
	lift_limits();
	wait_until_freed(0);
	*processes = affordable_per_level();

	return create_levels(*processes);
}

static void full_levels(void)
{
	int processes;
	pid_t init = fill_all_levels(&processes);

	check_levels(processes);
	kill_and_reap(init);
	wait_until_freed(0);
}

/* ---- many readers ---- */

/* All processes exit after each reader has read one byte. */
static void stall_readers(int fds[READERS])
{
	int processes;
	pid_t init = fill_all_levels(&processes);
	char byte;

	for (int i = 0; i < READERS; i++) {
		fds[i] = open_file();
		check(read(fds[i], &byte, 1) == 1 && byte == '#');
	}
	check_levels(processes);
	kill_and_reap(init);
	/* The readers pin the namespaces, but no struct pid. */
	wait_until_freed(LEVELS);
	sleep(1);
	check(count_objects() == LEVELS);
}

/*
 * Read the rest. The namespaces of the time of open are shown. The kernel has
 * filled a buffer of one page, which ends among the processes of level 1.
 */
static void check_rest(int fd)
{
	char *rest = read_all(fd, 4096), *text = malloc(strlen(rest) + 2);
	struct view view;

	check(text);
	text[0] = '#';
	strcpy(text + 1, rest);
	parse(text, &view);
	check(view.nr_namespaces == LEVELS + 1);
	for (size_t i = 0; i < view.nr_processes; i++)
		check(view.processes[i].depth <= 2);
	free_view(&view);
	free(text);
	free(rest);
}

static void stalled(void)
{
	int fds[READERS];

	stall_readers(fds);
	for (int i = 0; i < READERS; i++) {
		check_rest(fds[i]);
		check(!close(fds[i]));
	}
	wait_until_freed(0);
}

static void stalled_and_unloaded(void)
{
	int fds[READERS];
	char byte;

	stall_readers(fds);
	for (int i = 0; i < READERS / 2; i++)
		check_rest(fds[i]);
	unload();
	wait_until_freed(0);
	for (int i = 0; i < READERS; i++) {
		check(read(fds[i], &byte, 1) < 0 && errno == EIO);
		check(!close(fds[i]));
	}
	load();
}

/* ---- many namespaces ---- */

static void check_pending(int namespaces)
{
	struct view view;

	printf("# %d pending namespaces; one read took %ld ms\n", namespaces,
	       time_read());
	read_unexplained(&view);
	check(view.nr_namespaces == (size_t)namespaces + 1);
	for (int i = 1; i <= namespaces; i++)
		check(!strcmp(view.namespaces[i].state, "pending"));
	free_view(&view);
}

/* Threads hold the namespaces. The caller is killed, so that they are freed. */
static void hold_pending(void *arg)
{
	int namespaces = *(int *)arg;

	create_threads(namespaces, hold_in_task);
	while (holders < namespaces) {
		check(!failures);
		usleep(10000);
	}
}

static void pending_in_threads(void)
{
	int namespaces;
	pid_t holder;

	lift_limits();
	wait_until_freed(0);
	namespaces = affordable(NAMESPACES, TASK_KIB + NAMESPACE_KIB,
				"namespaces that threads hold");
	holder = start(&(struct child){
		.run = hold_pending,
		.arg = &namespaces,
	});
	check_pending(namespaces);
	kill_and_reap(holder);
	wait_until_freed(0);
}

/* Return: a descriptor of a new, pending namespace. */
static int pin_pending(int own)
{
	int fd;

	check(!unshare(CLONE_NEWPID));
	fd = open("/proc/self/ns/pid_for_children", O_RDONLY | O_CLOEXEC);
	check(fd >= 0);
	check(!setns(own, CLONE_NEWPID));

	return fd;
}

static void pending_by_descriptors(void)
{
	static int fds[NAMESPACES];
	int own, namespaces;

	if (!has_listns()) {
		printf("# skipped: this kernel does not list its namespaces\n");
		return;
	}
	lift_limits();
	wait_until_freed(0);
	own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	check(own >= 0);
	namespaces = affordable(NAMESPACES, NAMESPACE_KIB,
				"namespaces that descriptors pin");
	for (int i = 0; i < namespaces; i++)
		fds[i] = pin_pending(own);
	check_pending(namespaces);
	for (int i = 0; i < namespaces; i++)
		check(!close(fds[i]));
	wait_until_freed(0);
}

/* ---- many threads ---- */

static void run_threads(void *arg)
{
	create_threads(*(int *)arg, sleep_in_task);
}

static void many_threads(void)
{
	const struct process *proc;
	struct view view;
	int threads;
	pid_t pid;

	lift_limits();
	wait_until_freed(0);
	threads = affordable(THREADS, TASK_KIB, "threads");
	pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = run_threads,
		.arg = &threads,
	});
	printf("# %d threads; one read took %ld ms\n", threads, time_read());
	read_view(&view);
	proc = find_process(&view, pid);
	check(proc && proc->threads == threads + 1);
	check(view.nr_namespaces == 2);
	check(view.namespaces[1].nprocs == 1);
	check(view.namespaces[1].pids == threads + 1);
	free_view(&view);
	kill_and_reap(pid);
	wait_until_freed(0);
}

/* ---- little memory ---- */

#define CGROUP "/tmp/cgroup"
#define SMALL CGROUP "/small"
#define SMALL_BYTES (16 << 20)

/* Enough namespaces that the cgroup has no room for as many open files. */
#define SMALL_NAMESPACES 2000
#define SMALL_FILES 5000

/*
 * The OOM killer prints a stack trace, which vm.sh would report as an error of
 * the kernel. dump_stack() uses the default level of messages, which is that of
 * a warning (4). So make it the level of debug messages (7), and print only
 * messages below level 5 meanwhile. The first line of a report about an error
 * is at least a warning, also if it comes from lockdep. Only stack traces that
 * dump_stack() prints are missing from such a report.
 */
static void print_stack_traces(bool print)
{
	write_file("/sys/module/printk/parameters/ignore_loglevel",
		   print ? "Y" : "N");
	write_file("/proc/sys/kernel/printk", print ? "7 4" : "5 7");
}

/* Exits with 0 if open fails for lack of memory, and only then. */
static void open_until_full(void *arg)
{
	static int fds[SMALL_FILES];
	bool killable = *(bool *)arg;
	int opened = 0, error = 0;

	report_ready();
	write_file("/proc/self/oom_score_adj", killable ? "0" : "-1000");
	write_file(SMALL "/cgroup.procs", text_of(getpid()));
	/* A page fault of a process that cannot be killed would never return. */
	check(!mlockall(MCL_CURRENT));
	while (!error && opened < SMALL_FILES) {
		fds[opened] = open(PIDNS_TREE, O_RDONLY | O_CLOEXEC);
		if (fds[opened] >= 0)
			opened++;
		else
			error = errno;
	}

	/* If other files are closed, a reader has memory again. */
	for (int i = 1; i < opened; i++)
		check(!close(fds[i]));
	printf("# %d open files in a cgroup of %d MiB, then %s\n", opened,
	       SMALL_BYTES >> 20, strerror(error));
	fflush(stdout);
	check(opened && error == ENOMEM);
	free(read_all(fds[0], 4096));
	free(read_text("/proc"));
	_exit(0);
}

static int status_in_cgroup(bool killable)
{
	int status;
	pid_t pid;

	print_stack_traces(false);
	pid = start(&(struct child){
		.run = open_until_full,
		.arg = &killable,
	});
	check(waitpid(pid, &status, 0) == pid);
	print_stack_traces(true);

	return status;
}

static void small_cgroup(void)
{
	int namespaces = SMALL_NAMESPACES, status;
	pid_t holder;

	lift_limits();
	wait_until_freed(0);
	check(!mkdir(CGROUP, 0755) || errno == EEXIST);
	check(!mount("cgroup2", CGROUP, "cgroup2", 0, NULL));
	write_file(CGROUP "/cgroup.subtree_control", "+memory");
	check(!mkdir(SMALL, 0755));
	write_file(SMALL "/memory.max", text_of(SMALL_BYTES));
	holder = start(&(struct child){
		.run = hold_pending,
		.arg = &namespaces,
	});

	check(!status_in_cgroup(false));
	check_pending(namespaces);
	/* The OOM killer may kill the reader before open can fail. */
	status = status_in_cgroup(true);
	printf("# a reader that may be killed: status %#x\n", status);
	check(!status ||
	      (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
	check_pending(namespaces);

	remove_cgroup(SMALL);
	check(!umount(CGROUP));
	kill_and_reap(holder);
	wait_until_freed(0);
}

static const struct test tests[] = {
	{ "the highest PIDs, at all levels", high_pids },
	{ "32 levels with 1,000 processes each", full_levels },
	{ "1,000 readers that stall while all processes exit", stalled },
	{ "1,000 readers that stall while the module is unloaded",
	  stalled_and_unloaded },
	{ "20,000 pending namespaces that threads hold", pending_in_threads },
	{ "20,000 pending namespaces that only descriptors pin",
	  pending_by_descriptors },
	{ "100,000 threads", many_threads },
	{ "readers in a cgroup of 16 MiB", small_cgroup },
};

int main(int argc, char **argv)
{
	int status;

	(void)argc;
	status = run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
	/* A test that was killed may have left the console quiet. */
	print_stack_traces(true);

	return status;
}
