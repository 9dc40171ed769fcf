// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * exercise NUMBER MODULE: check the student's module against the requirements
 * of that exercise. Prints KTAP.
 * exercise NUMBER: list the requirements.
 *
 * tests/lessons/exercises/check.sh boots the guest, adds the points and
 * searches the kernel's log for reports. For this, each test first writes a
 * line to the log.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exercise.h"
#include "module.h"
#include "world.h"

/*
 * How long a requirement may take; an emulated debug kernel is slow. The limit
 * of the guest in check.sh depends on these numbers.
 */
#define REQUIREMENT_SECONDS 60
#define SLOW_REQUIREMENT_SECONDS 240

/* Kernel threads come and go, so the count of tasks varies by so many. */
#define FEW_TASKS 16

#define PREFIX "exercise: "

static const struct {
	const struct test *tests;
	const size_t *count;
} exercises[] = {
	{ numbers_tests, &nr_numbers_tests },
	{ lists_tests, &nr_lists_tests },
	{ seq_tests, &nr_seq_tests },
	{ idr_tests, &nr_idr_tests },
	{ access_tests, &nr_access_tests },
};

/* The file of the student's module. */
static int module_fd = -1;

/* The kernel's log. */
static int log_fd = -1;

/* The requirement that is checked, and its limit in seconds. */
static const struct test *requirement;
static int time_limit;

void add(struct text *text, const char *format, ...)
{
	va_list args;
	int more;

	va_start(args, format);
	more = vsnprintf(NULL, 0, format, args);
	va_end(args);
	check(more >= 0);
	text->start = realloc(text->start, text->len + more + 1);
	check(text->start);
	va_start(args, format);
	vsnprintf(text->start + text->len, more + 1, format, args);
	va_end(args);
	text->len += more;
}

void add_name(struct text *text, const char *name)
{
	for (; *name; name++)
		if (*name == '\n' || *name == '\\')
			add(text, "\\%03o", *name);
		else
			add(text, "%c", *name);
}

static int compare_processes(const void *one, const void *other)
{
	const struct process *a = one, *b = other;

	return a->pids[0] - b->pids[0];
}

void read_sorted(struct view *view)
{
	read_view(view);
	qsort(view->processes, view->nr_processes, sizeof(*view->processes),
	      compare_processes);
}

/* Close all descriptors of EXERCISE before: an open file is a part of a test. */
static void remove_module(void)
{
	if (syscall(SYS_delete_module, "exercise", O_NONBLOCK)) {
		if (errno == ENOENT)
			return;
		fail("the module cannot be unloaded: %s", strerror(errno));
	}
	if (!access(EXERCISE, F_OK))
		fail(EXERCISE " exists after the module was unloaded");
}

int try_load_exercise(const char *parameters)
{
	remove_module();

	return syscall(SYS_finit_module, module_fd, parameters, 0) ? errno : 0;
}

void load_exercise(const char *parameters)
{
	int err = try_load_exercise(parameters);

	if (err)
		fail("loading the module failed with '%s': %s", parameters,
		     strerror(err));
}

void load_for(pid_t pid)
{
	char parameters[32];

	snprintf(parameters, sizeof(parameters), "pid=%d", pid);
	load_exercise(parameters);
}

void unload_exercise(void)
{
	remove_module();
}

int open_exercise(void)
{
	int fd = open(EXERCISE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("cannot open " EXERCISE ": %s", strerror(errno));

	return fd;
}

char *drain(int fd, size_t piece)
{
	char *text = malloc(MAX_OUTPUT + piece + 1);
	size_t len = 0;
	ssize_t got;

	check(text);
	do {
		got = read(fd, text + len, piece);
		if (got < 0)
			fail("cannot read " EXERCISE ": %s", strerror(errno));
		len += got;
		if (len > MAX_OUTPUT)
			fail("the output of " EXERCISE " does not end");
	} while (got);
	text[len] = '\0';

	return text;
}

char *read_exercise(void)
{
	int fd = open_exercise();
	char *text = drain(fd, 1 << 16);

	close(fd);

	return text;
}

int get_descriptor(pid_t pid)
{
	int pidfd = syscall(__NR_pidfd_open, pid, 0);
	int fd;

	check(pidfd >= 0);
	fd = syscall(__NR_pidfd_getfd, pidfd, CHILD_FD, 0);
	check(fd >= 0);
	close(pidfd);

	return fd;
}

/* Move to the next line. Return: the line without its newline, or NULL. */
static char *next_line(const char **text)
{
	size_t len = strcspn(*text, "\n");
	char *line;

	if (!**text)
		return NULL;
	line = strndup(*text, len);
	check(line);
	*text += len;
	if (**text)
		(*text)++;

	return line;
}

bool same_lines(const char *expected, const char *got)
{
	return !strcmp(expected ? expected : "", got);
}

void compare_lines(const char *expected, const char *got)
{
	int nr = 0;

	if (!expected)
		expected = "";
	if (same_lines(expected, got))
		return;
	for (;;) {
		char *line = next_line(&expected), *other = next_line(&got);

		nr++;
		if (!line && !other)
			fail("expected a newline at the end of the output");
		if (!line)
			fail("line %d: expected no more lines, got '%s'", nr,
			     other);
		if (!other)
			fail("line %d: expected '%s', got the end", nr, line);
		if (strcmp(line, other))
			fail("line %d: expected '%s', got '%s'", nr, line,
			     other);
	}
}

void skip_log(void)
{
	check(lseek(log_fd, 0, SEEK_END) >= 0);
}

/* Each read() returns one record: "PRIORITY,SEQUENCE,TIME,FLAGS;TEXT\n...". */
char *read_log(void)
{
	struct text lines = {};
	char record[8192];
	ssize_t got;

	add(&lines, "%s", "");
	while ((got = read(log_fd, record, sizeof(record) - 1)) > 0 ||
	       (got < 0 && errno == EPIPE)) {
		const char *message;

		if (got < 0)
			continue;
		record[got] = '\0';
		message = strchr(record, ';');
		if (!message || strncmp(message + 1, PREFIX, strlen(PREFIX)))
			continue;
		message += 1 + strlen(PREFIX);
		add(&lines, "%.*s\n", (int)strcspn(message, "\n"), message);
	}
	check(errno == EAGAIN);

	return lines.start;
}

/* Arguments of run_churn(). */
struct churn_spec {
	int flags;
	pid_t group;
	struct churn *done;
};

static int join_and_exit(void *arg)
{
	const struct churn_spec *spec = arg;

	if (spec->group)
		setpgid(0, spec->group);
	/* Let the test find the child. */
	sched_yield();
	_exit(0);
}

/*
 * The children share the memory of their parent. If a process without
 * CLONE_VM is killed in fork(), User-mode Linux 6.12 crashes in exit_mmap().
 * clone() returns after the child has exited, because of CLONE_VFORK, but sets
 * last before the child runs.
 */
static void run_churn(void *arg)
{
	static char stack[1 << 16] __attribute__((aligned(16)));
	const struct churn_spec *spec = arg;
	pid_t child;

	report_ready();
	for (;;) {
		child = clone(join_and_exit, stack + sizeof(stack),
			      spec->flags | CLONE_VM | CLONE_VFORK |
				      CLONE_PARENT_SETTID | SIGCHLD,
			      arg, (pid_t *)&spec->done->last);
		if (child < 0)
			continue;
		waitpid(child, NULL, 0);
		spec->done->rounds++;
	}
}

const struct churn *start_churn(int flags, pid_t group)
{
	struct churn_spec spec = { .flags = flags, .group = group };

	spec.done = mmap(NULL, sizeof(*spec.done), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(spec.done != MAP_FAILED);
	start(&(struct child){ .run = run_churn, .arg = &spec });
	while (!spec.done->rounds)
		usleep(1000);

	return spec.done;
}

/* User-mode Linux is neither emulated nor slowed down by KASAN. */
static bool is_slow(void)
{
	struct utsname name;

	check(!uname(&name));

	return !strstr(name.release, "-um");
}

static long count_tasks(void)
{
	char line[512];
	long count = -1;
	FILE *file;

	file = fopen("/proc/slabinfo", "r");
	check(file);
	while (count < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "task_struct %ld", &count) != 1)
			count = -1;
	fclose(file);
	check(count > 0);

	return count;
}

/* Wait until @pids objects remain, but not longer than that. */
static struct left wait_for(long pids, long tasks)
{
	time_t end = time(NULL) + (is_slow() ? 30 : 10);
	struct left left;

	for (;;) {
		left.pids = count_objects();
		left.tasks = count_tasks();
		if ((left.pids <= pids && left.tasks <= tasks) ||
		    time(NULL) > end)
			return left;
		usleep(20000);
	}
}

struct left count_left(void)
{
	return wait_for(0, LONG_MAX);
}

void check_left(const struct left *before)
{
	struct left left = wait_for(before->pids, before->tasks + FEW_TASKS);

	if (left.pids > before->pids)
		fail("expected %ld struct pid and namespaces, got %ld",
		     before->pids, left.pids);
	if (left.tasks > before->tasks + FEW_TASKS)
		fail("expected %ld struct task_struct, got %ld", before->tasks,
		     left.tasks);
}

/*
 * The signal can interrupt a function of stdio, so fail() is not safe here.
 */
static void time_out(int signal)
{
	(void)signal;
	dprintf(STDOUT_FILENO, "# did not finish in %d seconds\n", time_limit);
	_exit(1);
}

/* The line in the kernel's log shows where the reports of a test begin. */
static void run_requirement(void)
{
	char line[256];

	time_limit = is_slow() ? SLOW_REQUIREMENT_SECONDS : REQUIREMENT_SECONDS;
	check(signal(SIGALRM, time_out) != SIG_ERR);
	alarm(time_limit);
	snprintf(line, sizeof(line), "<6>requirement: %s\n",
		 requirement->name);
	write_file("/dev/kmsg", line);
	requirement->run();
	remove_module();
}

/* Return: whether the module satisfies all requirements. */
static bool check_module(const struct test *tests, size_t count,
			 char **no_filter)
{
	struct test test = { .run = run_requirement };
	bool all = true;

	/* By default, a program may write few lines to the log. */
	write_file("/proc/sys/kernel/printk_devkmsg", "on\n");
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	check(log_fd >= 0);
	for (size_t i = 0; i < count; i++) {
		requirement = &tests[i];
		test.name = requirement->name;
		if (run_tests(&test, 1, no_filter))
			all = false;
	}
	remove_module();
	write_file("/dev/kmsg", "<6>requirement: end\n");

	return all;
}

int main(int argc, char **argv)
{
	size_t nr = argc > 1 ? strtoul(argv[1], NULL, 10) - 1 : SIZE_MAX;
	const struct test *tests;
	size_t count;

	if (nr >= sizeof(exercises) / sizeof(*exercises)) {
		fprintf(stderr, "usage: exercise NUMBER [MODULE]\n");
		return 2;
	}
	tests = exercises[nr].tests;
	count = *exercises[nr].count;
	if (argc < 3) {
		for (size_t i = 0; i < count; i++)
			printf("%s\n", tests[i].name);
		return 0;
	}
	module_fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (module_fd < 0) {
		perror(argv[2]);
		return 2;
	}

	/* There is no third argument. */
	return !check_module(tests, count, argv + 2);
}
