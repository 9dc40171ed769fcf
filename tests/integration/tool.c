// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Test pidnstree on a live system. Compare its output with pidns_tree and with
 * other files of procfs, and test errors, --watch and the output on a terminal.
 */
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "run.h"
#include "view.h"
#include "world.h"

#define USER 1000
#define SAVED "/tmp/saved"

#define LIMITED TOOL ": limited view: "

/* ---- JSON ---- */

static void check_pids(struct json_object *array, const int *pids, int depth)
{
	check((int)json_object_array_length(array) == depth);
	for (int i = 0; i < depth; i++)
		if (json_object_get_int64(json_object_array_get_idx(array, i)) !=
		    pids[i])
			fail("got %s, expected %d",
			     json_object_to_json_string(array), pids[i]);
}

static void check_process(struct json_object *object, const struct process *proc)
{
	char state[] = { proc->state, '\0' };

	check(json_object_object_length(object) == 8);
	check_pids(get(object, "pids"), proc->pids, proc->depth);
	check(get_number(object, "ppid") == proc->ppid);
	check(get_number(object, "pgid") == proc->pgid);
	check(get_number(object, "sid") == proc->sid);
	check(get_number(object, "threads") == proc->threads);
	check(get_number(object, "uid") == proc->uid);
	check(!strcmp(get_string(object, "state"), state));
	check(!strcmp(get_string(object, "comm"), proc->name));
}

/* Check a number that may be null, which is -1 in &struct view. */
static void check_or_null(struct json_object *value, long long number)
{
	if (number < 0)
		check(!value);
	else
		check(json_object_get_int64(value) == number);
}

/* Check that optional keys exist if and only if pidns_tree has them. */
static void check_optional(struct json_object *object,
			   const struct namespace *ns)
{
	check(json_object_object_get_ex(object, "npids", NULL) ==
	      (ns->pids >= 0));
	if (ns->pids >= 0)
		check(get_number(object, "npids") == ns->pids);
	check(json_object_object_get_ex(object, "pid_max", NULL) ==
	      (ns->pid_max >= 0));
	check(json_object_object_get_ex(object, "nsid", NULL) == !!ns->nsid);
	check(json_object_object_get_ex(object, "pid_for_children", NULL) ==
	      !!ns->holder);
	check(json_object_object_get_ex(object, "init_hidden", NULL) ==
	      (ns->init_depth < 0));
	if (ns->pid_max >= 0)
		check(get_number(object, "pid_max") == ns->pid_max);
	if (ns->nsid)
		check(json_object_get_uint64(get(object, "nsid")) == ns->nsid);
	if (ns->holder)
		check(get_number(object, "pid_for_children") == ns->holder);
}

/* Return: whether an array of roles has this role. */
static bool has_role(struct json_object *roles, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(roles); i++)
		if (!strcmp(json_object_get_string(json_object_array_get_idx(roles, i)),
			    name))
			return true;

	return false;
}

static void check_id(struct json_object *object, const struct kept_id *id)
{
	struct json_object *roles = get(object, "roles");

	check_pids(get(object, "pids"), id->pids, id->depth);
	check(has_role(roles, "pgid") == id->pgid);
	check(has_role(roles, "sid") == id->sid);
}

/**
 * struct place - the next elements of a view that JSON must have
 * @ns: index of the namespace
 * @proc: index of the process
 * @id: index of the ID
 */
struct place {
	size_t ns;
	size_t proc;
	size_t id;
};

/* The array is absent if the namespace has no IDs. */
static void check_ids(struct json_object *object, const struct view *view,
		      unsigned int inum, struct place *next)
{
	struct json_object *list = NULL;
	size_t count = 0;

	if (json_object_object_get_ex(object, "ids", &list))
		count = json_object_array_length(list);
	check(!list == !count);
	for (size_t i = 0; i < count; i++) {
		check(next->id < view->nr_ids);
		check(view->ids[next->id].inum == inum);
		check_id(json_object_array_get_idx(list, i),
			 &view->ids[next->id++]);
	}
}

/*
 * Check a namespace, its processes, its IDs and its descendants in the order of
 * the file.
 */
static void check_namespace(struct json_object *object, const struct view *view,
			    struct place *next)
{
	const struct namespace *ns = &view->namespaces[next->ns];
	struct json_object *list;

	check(next->ns++ < view->nr_namespaces);
	check(get_number(object, "ns") == ns->inum);
	check(get_number(object, "level") == ns->level);
	check_or_null(get(object, "parent"), ns->parent);
	if (ns->init_depth > 0)
		check_pids(get(object, "init"), ns->init, ns->init_depth);
	else
		check(!get(object, "init"));
	check(get_number(object, "nprocs") == ns->nprocs);
	check(!strcmp(get_string(object, "state"), ns->state));
	check(get_number(object, "owner") == ns->owner);
	check_or_null(get(object, "userns"), ns->userns);
	check_optional(object, ns);

	list = get(object, "processes");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		check(next->proc < view->nr_processes);
		check(view->processes[next->proc].inum == ns->inum);
		check_process(json_object_array_get_idx(list, i),
			      &view->processes[next->proc++]);
	}
	check_ids(object, view, ns->inum, next);
	list = get(object, "children");
	for (size_t i = 0; i < json_object_array_length(list); i++)
		check_namespace(json_object_array_get_idx(list, i), view, next);
}

static void check_json(const char *text)
{
	int fd = open(SAVED, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	struct json_object *document, *list;
	struct place next = { 0 };
	struct view view;
	struct run run;

	check(fd >= 0);
	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	parse(text, &view);
	run = run_tool("--json --file " SAVED);
	document = parse_json(&run);

	check(get_number(document, "version") == 1);
	list = get(document, "namespaces");
	for (size_t i = 0; i < json_object_array_length(list); i++)
		check_namespace(json_object_array_get_idx(list, i), &view,
				&next);
	check(next.ns == view.nr_namespaces && next.proc == view.nr_processes &&
	      next.id == view.nr_ids);

	json_object_put(document);
	free_run(&run);
	free_view(&view);
}

static void make_pending(void *arg)
{
	(void)arg;
	check(!unshare(CLONE_NEWPID));
}

static void json(void)
{
	struct leaderless group = {
		.lead = lead_session,
		.members = &(struct child){ .stays = true },
		.nr_members = 1,
	};
	char *text;

	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 3 });
	start(&(struct child){
		.flags = CLONE_NEWPID | CLONE_NEWUSER,
		.name = "it's \"a\"\n\\",
		.threads = 3,
	});
	start(&(struct child){ .run = make_pending });
	create_group(&group);
	start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = run_create_group,
		.arg = &group,
	});
	text = read_text("/proc");
	check(strstr(text, "\n    id:"));
	check_json(text);
	free(text);
}

/* ---- views of other readers ---- */

static void become_user(void *arg)
{
	(void)arg;
	check(!setgroups(0, NULL));
	check(!setresgid(USER, USER, USER));
	check(!setresuid(USER, USER, USER));
	/* setresuid() cleared it, so USER could not inspect this process. */
	check(!prctl(PR_SET_DUMPABLE, 1));
}

static void view_of_user(void)
{
	pid_t own = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 1,
					   .run = become_user });
	pid_t other = start(&(struct child){ .flags = CLONE_NEWPID });
	struct run run = run_as(USER, "--all --raw --noheadings --output NS,PIDS");
	char wanted[64];

	if (run.status || strncmp(run.err, LIMITED, strlen(LIMITED)) ||
	    strchr(run.err, '\n') != run.err + strlen(run.err) - 1)
		fail("status %d, '%s'", run.status, run.err);
	snprintf(wanted, sizeof(wanted), "%u %d,1\n", inum_of(own), own);
	check(strstr(run.out, wanted));
	snprintf(wanted, sizeof(wanted), "%u ", inum_of(other));
	check(!strstr(run.out, wanted));
	free_run(&run);
}

static void check_own_view(void *arg)
{
	struct run run = run_tool("--raw --noheadings --output LEVEL,NS,PID");
	unsigned int *inum = arg;
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "0 %u 1\n", *inum);
	if (run.status || *run.err || strcmp(run.out, wanted))
		fail("got status %d, '%s' and '%s', expected '%s'",
		     run.status, run.err, run.out, wanted);
	free_run(&run);
}

static void view_of_container(void)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID });
	unsigned int inum = inum_of(pid);

	in_namespace(pid, check_own_view, &inum);
}

static void change_user(void *arg)
{
	switch_user(*(uid_t *)arg);
}

static void check_user(uid_t uid, const char *name)
{
	pid_t pid = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = change_user,
		.arg = &uid,
	});
	struct run run = run_tool("--raw --output PID,USER,UID @%d", pid);
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "PID USER UID\n%d %s %u\n", pid, name,
		 uid);
	if (run.status || strcmp(run.out, wanted))
		fail("got '%s', expected '%s'", run.out, wanted);
	free_run(&run);
}

static void users(void)
{
	struct run run;
	const char *daemon;

	check_user(0, "root");
	check_user(1, "daemon");
	check_user(4321, "4321");
	check_user(1, "daemon");
	/* Print all users in one run, which looks up each UID once. */
	run = run_tool("--raw --noheadings --output USER");
	daemon = strstr(run.out, "daemon\n");
	check(daemon && strstr(daemon + 1, "daemon\n"));
	check(strstr(run.out, "root\n") && strstr(run.out, "4321\n"));
	free_run(&run);
}

/* ---- command lines, terminals ---- */

/* Half of the limit of execve() for all arguments. One may have 128 KiB. */
#define ARGUMENTS 8
#define ARGUMENT_SIZE 130000

static void exec_long(void *arg)
{
	static char argument[ARGUMENT_SIZE + 1];
	char *argv[ARGUMENTS + 4] = { "sh", "-c", "while :; do read x; done" };
	int *fds = arg;

	memset(argument, 'x', ARGUMENT_SIZE);
	for (int i = 0; i < ARGUMENTS; i++)
		argv[3 + i] = argument;
	dup2(fds[0], 0);
	report_ready();
	execv("/bin/sh", argv);
}

/* pidnstree limits how much of a command line it reads. */
static void long_command(void)
{
	struct run run = {};
	int fds[2];
	size_t len;

	check(!pipe(fds));
	start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = exec_long,
		.arg = fds,
	});
	do {
		free_run(&run);
		run = run_tool("--raw --output COMMAND");
		check(!run.status);
		len = strlen(run.out);
	} while (!strstr(run.out, "xxxxxxxx"));
	if (len < ARGUMENT_SIZE || len > 3 * ARGUMENT_SIZE)
		fail("printed %zu bytes of a command line of %d bytes", len,
		     ARGUMENTS * ARGUMENT_SIZE);
	free_run(&run);
}

/* A name with an escape sequence, control characters and invalid UTF-8. */
#define HOSTILE_NAME "\033[31mevil\n\302\233\377"

static void exec_hostile(void *arg)
{
	int *fds = arg;

	dup2(fds[0], 0);
	report_ready();
	execl("/bin/sh", HOSTILE_NAME, "-c", "while :; do read x; done",
	      "a long line that goes on, and on, and on, and on, and on", NULL);
}

/* Run pidnstree on a new terminal. Return: a descriptor of the terminal. */
static int open_terminal(pid_t *child, const char *arguments)
{
	struct winsize size = { .ws_row = 24, .ws_col = 60 };
	int terminal;

	*child = forkpty(&terminal, NULL, NULL, &size);
	check(*child >= 0);
	if (!*child)
		exec_tool(arguments);

	return terminal;
}

static char *read_terminal(int terminal)
{
	static char text[1 << 18];
	size_t len = 0;
	ssize_t got;

	/* read() fails with EIO after the last process closed the terminal. */
	while ((got = read(terminal, text + len, sizeof(text) - len - 1)) > 0)
		len += got;
	text[len] = '\0';
	close(terminal);

	return text;
}

/*
 * Return: number of characters of the longest line. Fails the test if @text
 * has control characters or invalid UTF-8.
 */
static size_t get_width(const char *text)
{
	size_t width = 0, max = 0;

	for (const char *p = text; *p; p++) {
		unsigned char c = *p, next = p[1];

		if ((c < ' ' && c != '\r' && c != '\n') || c == 0x7f ||
		    c == 0xff || (c == 0xc2 && next < 0xa0))
			fail("byte %#x on the terminal", c);
		if (c == '\n')
			width = 0;
		else if (c != '\r' && (c & 0xc0) != 0x80)
			width++;
		if (width > max)
			max = width;
	}

	return max;
}

static void terminal(void)
{
	int fds[2], status;
	pid_t child;
	char *text;

	check(!pipe(fds));
	start(&(struct child){
		.flags = CLONE_NEWPID,
		.name = HOSTILE_NAME,
		.run = exec_hostile,
		.arg = fds,
	});
	for (;;) {
		struct run run = run_tool("--raw");
		bool there = strstr(run.out, "a\\x20long\\x20line");

		free_run(&run);
		if (there)
			break;
		usleep(10000);
	}

	text = read_terminal(open_terminal(&child, ""));
	check(waitpid(child, &status, 0) == child && !status);
	check(strstr(text, "\\x1b[31mevil\\x0a"));
	check(get_width(text) <= 60);
	text = read_terminal(open_terminal(&child, "--notruncate"));
	check(waitpid(child, &status, 0) == child && !status);
	check(strstr(text, "and on, and on\r\n"));
	check(get_width(text) > 60);
	text = read_terminal(open_terminal(&child, "--all"));
	check(waitpid(child, &status, 0) == child && !status);
	check(get_width(text) <= 60);
}

/* ---- loading and unloading the module ---- */

static void not_loaded(void)
{
	unload();
	check_error(run_tool(" "), 2, "run 'modprobe pidns_tree'");
	check_error(run_tool("--json"), 2, "/proc/pidns_tree does not exist");
	load();
}

/* Start pidnstree under ptrace, to stop it at each system call. */
static pid_t start_traced(const char *arguments, int err)
{
	pid_t child;
	int status;

	child = fork();
	check(child >= 0);
	if (!child) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		dup2(err >= 0 ? err : null, 2);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		exec_tool(arguments);
	}
	check(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
	check(!ptrace(PTRACE_SETOPTIONS, child, NULL,
		      PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));

	return child;
}

/* Run to the next entry or exit of a system call. Return: false at exit. */
static bool next_stop(pid_t child, int *status)
{
	do {
		check(!ptrace(PTRACE_SYSCALL, child, NULL, NULL));
		check(waitpid(child, status, 0) == child);
	} while (WIFSTOPPED(*status) &&
		 WSTOPSIG(*status) != (SIGTRAP | 0x80));

	return WIFSTOPPED(*status);
}

/* Return: the path of the file that a process has open at @fd, or "". */
static const char *path_of(pid_t pid, int fd)
{
	static char link[PATH_MAX];
	char path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	len = readlink(path, link, sizeof(link) - 1);
	link[len < 0 ? 0 : len] = '\0';

	return link;
}

static bool has_open(pid_t pid, const char *wanted)
{
	for (int fd = 3; fd < 16; fd++)
		if (!strcmp(path_of(pid, fd), wanted))
			return true;

	return false;
}

/* Return: number of files of other processes in /proc that @pid has open. */
static int count_open(pid_t pid)
{
	int count = 0, of;

	for (int fd = 3; fd < 16; fd++)
		count += sscanf(path_of(pid, fd), "/proc/%d/", &of) == 1 &&
			 of != pid;

	return count;
}

static void unloaded_while_read(void)
{
	int err = open_temporary(), status;
	pid_t child = start_traced("--all", err);
	char *text;

	do
		check(next_stop(child, &status));
	while (!has_open(child, PIDNS_TREE));
	unload();
	while (next_stop(child, &status))
		;
	text = read_back(err);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 1 ||
	    !strstr(text, "was unloaded while"))
		fail("status %#x, '%s'", status, text);
	free(text);
	load();
}

/* Check how many files of other processes in /proc pidnstree opens. */
static void __attribute__((format(printf, 2, 3)))
check_opens(int wanted, const char *format, ...)
{
	int count = 0, now, before = 0, status;
	char arguments[256];
	va_list args;
	pid_t child;

	va_start(args, format);
	vsnprintf(arguments, sizeof(arguments), format, args);
	va_end(args);
	child = start_traced(arguments, -1);
	while (next_stop(child, &status)) {
		now = count_open(child);
		if (now > before)
			count += now - before;
		before = now;
	}
	check(WIFEXITED(status) && !WEXITSTATUS(status));
	if (count != wanted)
		fail("%s: opened %d files, expected %d", arguments, count,
		     wanted);
}

static void start_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++)
		start(&(struct child){});
}

static void opened_files(void)
{
	pid_t first = start(&(struct child){ .flags = CLONE_NEWPID,
					     .run = start_many });
	pid_t second = start(&(struct child){ .flags = CLONE_NEWPID,
					      .run = start_many });

	/* Three inits: the command line and the cgroup of each. */
	check_opens(3 * 2, " ");
	check_opens(3 * 2, "--json");
	check_opens(0, "--output NS,NPROCS,PID");
	check_opens(0, "--all --output NS,TASKS,ZOMBIES,PIDS,PPID,COMM");
	/* The command line, and the cgroup for each level. */
	check_opens(3, "%d", first);
	check_opens(3, "@%d:1", second);
	check_opens(2, "--pid %d", first);
	check_opens(3 + 2, "%d %d", first, second);
	check_opens(0, "--output LEVEL,PID %d", first);
	check_opens(0, "--output PID,NS *:2");
}

/* ---- --watch ---- */

static void unshare_and_wait(void *arg)
{
	int *fds = arg;
	char byte;
	pid_t child;

	check(!unshare(CLONE_NEWPID));
	report_ready();
	check(read(fds[0], &byte, 1) == 1);
	child = fork();
	check(child >= 0);
	if (!child)
		sleep_forever();
}

static void watch(void)
{
	char wanted[64];
	unsigned int inum;
	struct view view;
	int fds[2], status;
	pid_t tool, pid;
	FILE *out = start_tool(&tool, "--watch=0.05 --all");

	check(out);
	check(!pipe(fds));
	wait_for_line(out, "NPROCS");

	pid = start(&(struct child){ .flags = CLONE_NEWPID, .name = "a b" });
	inum = inum_of(pid);
	snprintf(wanted, sizeof(wanted), " + pid:[%u] level=1", inum);
	wait_for_line(out, wanted);
	snprintf(wanted, sizeof(wanted), " + %d,1 ppid=%d uid=0 comm=a\\040b\n",
		 pid, getpid());
	wait_for_line(out, wanted);
	kill_and_reap(pid);
	snprintf(wanted, sizeof(wanted), " - pid:[%u] ", inum);
	wait_for_line(out, wanted);

	start(&(struct child){ .run = unshare_and_wait, .arg = fds });
	wait_for_line(out, " state=pending");
	read_view(&view);
	check(view.nr_namespaces == 2);
	check(write(fds[1], "x", 1) == 1);
	snprintf(wanted, sizeof(wanted), " ~ pid:[%u] ",
		 view.namespaces[1].inum);
	wait_for_line(out, wanted);
	free_view(&view);

	unload();
	wait_for_line(out, "pidns_tree");
	check(waitpid(tool, &status, 0) == tool);
	check(WIFEXITED(status) && WEXITSTATUS(status));
	fclose(out);
	load();
}

/* After the namespace is freed, pidnstree prints that and exits with 0. */
static void watch_one(void)
{
	pid_t one = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2 });
	char arguments[64], wanted[64], line[1024];
	unsigned int inum = inum_of(one);
	bool printed = false;
	int status;
	pid_t tool;
	FILE *out;

	snprintf(arguments, sizeof(arguments), "--watch=0.05 %u", inum);
	snprintf(wanted, sizeof(wanted), " - pid:[%u] ", inum);
	out = start_tool(&tool, arguments);
	check(out);
	wait_for_line(out, "NPROCS");
	start(&(struct child){ .flags = CLONE_NEWPID });
	kill_and_reap(one);
	/* Nothing is printed about the other namespace. */
	while (fgets(line, sizeof(line), out)) {
		check(!strstr(line, " + "));
		printed |= !!strstr(line, wanted);
	}
	check(waitpid(tool, &status, 0) == tool);
	if (!printed || !WIFEXITED(status) || WEXITSTATUS(status))
		fail("status %#x, '%s' %s", status, wanted,
		     printed ? "printed" : "not printed");
	fclose(out);
}

/*
 * Time in which pidnstree must exit, and maximum CPU time, in seconds. It needs
 * a fraction of the CPU time; a busy loop would use all the time.
 */
#define EXIT_SECONDS 30
#define CPU_SECONDS 10

/* SIGPIPE terminates pidnstree long before the next snapshot. */
static void check_unread(const int *fds)
{
	struct rusage used;
	pid_t tool, reaped;
	int status;
	FILE *out = start_tool_to(&tool, "--watch=3600 --output NS", fds);

	check(out);
	wait_for_line(out, "NS");
	fclose(out);
	for (int i = 0; i < EXIT_SECONDS * 100; i++) {
		reaped = wait4(tool, &status, WNOHANG, &used);
		if (reaped)
			break;
		usleep(10000);
	}
	if (!reaped) {
		kill(tool, SIGKILL);
		reaped = wait4(tool, &status, 0, &used);
	}
	check(reaped == tool);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGPIPE ||
	    used.ru_utime.tv_sec + used.ru_stime.tv_sec >= CPU_SECONDS)
		fail("status %#x after %ld s of CPU time", status,
		     (long)(used.ru_utime.tv_sec + used.ru_stime.tv_sec));
}

static void watch_unread(void)
{
	int fds[2];

	check(!pipe2(fds, O_CLOEXEC));
	check_unread(fds);
	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	check_unread(fds);
}

#define ENTER_SCREEN "\033[?1049h"
#define LEAVE_SCREEN "\033[?1049l"

/*
 * Read from a terminal until @text contains @wanted @count times. If @wanted is
 * NULL, read to the end.
 */
static void read_screen(int terminal, char *text, size_t size,
			const char *wanted, int count)
{
	size_t len = strlen(text);
	const char *found;
	ssize_t got;

	for (;;) {
		found = text;
		for (int i = 0; wanted && found && i < count; i++) {
			found = strstr(found, wanted);
			found = found ? found + 1 : NULL;
		}
		if (wanted && found)
			return;
		check(len + 1 < size);
		got = read(terminal, text + len, size - len - 1);
		if (got <= 0)
			break;
		len += got;
		text[len] = '\0';
	}
	check(!wanted);
}

/* With more namespaces than the terminal has lines, only some are drawn. */
static void watch_terminal(void)
{
	static char text[1 << 20];
	int terminal, status;
	pid_t tool;

	text[0] = '\0';
	for (int i = 0; i < 40; i++)
		start(&(struct child){ .flags = CLONE_NEWPID, .depth = 5 });
	terminal = open_terminal(&tool, "--watch=0.05");
	read_screen(terminal, text, sizeof(text), "more rows", 2);
	check(strstr(text, ENTER_SCREEN));
	check(strstr(text, "NPROCS"));
	check(!strstr(text, LEAVE_SCREEN));
	check(write(terminal, "q", 1) == 1);
	read_screen(terminal, text, sizeof(text), NULL, 0);
	check(strstr(text, LEAVE_SCREEN));
	check(waitpid(tool, &status, 0) == tool);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("status %#x", status);
	close(terminal);
}

static const struct test tests[] = {
	{ "JSON has all data of pidns_tree", json },
	{ "the limited view of a user", view_of_user },
	{ "the view of a container", view_of_container },
	{ "names of users", users },
	{ "a command line of a megabyte", long_command },
	{ "output on a terminal", terminal },
	{ "the module is not loaded", not_loaded },
	{ "the module is unloaded during a read", unloaded_while_read },
	{ "only needed files of processes are opened", opened_files },
	{ "--watch", watch },
	{ "--watch of one namespace until it is freed", watch_one },
	{ "--watch on a terminal", watch_terminal },
	{ "--watch after the reader of the output exits", watch_unread },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
