// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * pidnstree on a live system: what it says of processes and namespaces,
 * compared with the text and with the kernel's own word; and what it does when
 * things are not as they should be.
 */
#include <dirent.h>
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
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

/* ---- the same as the text ---- */

static void same_pids(struct json_object *array, const int *pids, int depth)
{
	check((int)json_object_array_length(array) == depth);
	for (int i = 0; i < depth; i++)
		if (json_object_get_int64(json_object_array_get_idx(array, i)) !=
		    pids[i])
			fail("%s where it is %d",
			     json_object_to_json_string(array), pids[i]);
}

static void same_process(struct json_object *object, const struct process *proc)
{
	char state[] = { proc->state, '\0' };

	check(json_object_object_length(object) == 6);
	same_pids(get(object, "pids"), proc->pids, proc->depth);
	check(get_number(object, "ppid") == proc->ppid);
	check(get_number(object, "threads") == proc->threads);
	check(get_number(object, "uid") == proc->uid);
	check(!strcmp(get_string(object, "state"), state));
	check(!strcmp(get_string(object, "comm"), proc->name));
}

/* A number that may be null, for which the view has a -1. */
static void same_or_null(struct json_object *value, long long number)
{
	if (number < 0)
		check(!value);
	else
		check(json_object_get_int64(value) == number);
}

/* The keys that are there only if the text has them. */
static void same_optional(struct json_object *object,
			  const struct namespace *ns)
{
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

/* In the order of the text: the namespace, its processes, those below. */
static void same_namespace(struct json_object *object, const struct view *view,
			   size_t *ns_at, size_t *proc_at)
{
	const struct namespace *ns = &view->namespaces[*ns_at];
	struct json_object *list;

	check((*ns_at)++ < view->nr_namespaces);
	check(get_number(object, "ns") == ns->inum);
	check(get_number(object, "level") == ns->level);
	same_or_null(get(object, "parent"), ns->parent);
	if (ns->init_depth > 0)
		same_pids(get(object, "init"), ns->init, ns->init_depth);
	else
		check(!get(object, "init"));
	check(get_number(object, "nprocs") == ns->nprocs);
	check(!strcmp(get_string(object, "state"), ns->state));
	check(get_number(object, "owner") == ns->owner);
	same_or_null(get(object, "userns"), ns->userns);
	same_optional(object, ns);

	list = get(object, "processes");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		check(*proc_at < view->nr_processes);
		check(view->processes[*proc_at].inum == ns->inum);
		same_process(json_object_array_get_idx(list, i),
			     &view->processes[(*proc_at)++]);
	}
	list = get(object, "children");
	for (size_t i = 0; i < json_object_array_length(list); i++)
		same_namespace(json_object_array_get_idx(list, i), view, ns_at,
			       proc_at);
}

static void check_json(const char *text)
{
	int fd = open(SAVED, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	struct json_object *document, *list;
	size_t ns_at = 0, proc_at = 0;
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
		same_namespace(json_object_array_get_idx(list, i), &view,
			       &ns_at, &proc_at);
	check(ns_at == view.nr_namespaces && proc_at == view.nr_processes);

	json_object_put(document);
	free_run(&run);
	free_view(&view);
}

static void hold_pending(void *arg)
{
	(void)arg;
	check(!unshare(CLONE_NEWPID));
}

static void same_as_text(void)
{
	char *text;

	start(&(struct life){ .flags = CLONE_NEWPID, .depth = 3 });
	start(&(struct life){
		.flags = CLONE_NEWPID | CLONE_NEWUSER,
		.name = "it's \"a\"\n\\",
		.threads = 3,
	});
	start(&(struct life){ .act = hold_pending });
	text = read_text("/proc");
	check_json(text);
	free(text);
}

/* ---- other readers ---- */

static void become_user(void *arg)
{
	(void)arg;
	check(!setgroups(0, NULL));
	check(!setresgid(USER, USER, USER));
	check(!setresuid(USER, USER, USER));
	/* What has changed its user is not for that user to look at. */
	check(!prctl(PR_SET_DUMPABLE, 1));
}

static void user_sees_own(void)
{
	pid_t own = start(&(struct life){ .flags = CLONE_NEWPID, .depth = 1,
					  .act = become_user });
	pid_t other = start(&(struct life){ .flags = CLONE_NEWPID });
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

static void sees_itself(void *arg)
{
	struct run run = run_tool("--raw --noheadings --output LEVEL,NS,PID");
	unsigned int *inum = arg;
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "0 %u 1\n", *inum);
	if (run.status || *run.err || strcmp(run.out, wanted))
		fail("status %d, '%s' and '%s' where it is '%s'", run.status,
		     run.err, run.out, wanted);
	free_run(&run);
}

static void in_container(void)
{
	pid_t pid = start(&(struct life){ .flags = CLONE_NEWPID });
	unsigned int inum = inum_of(pid);

	in_namespace(pid, sees_itself, &inum);
}

static void live_as(void *arg)
{
	become(*(uid_t *)arg);
}

static void check_user(uid_t uid, const char *name)
{
	pid_t pid = start(&(struct life){
		.flags = CLONE_NEWPID,
		.act = live_as,
		.arg = &uid,
	});
	struct run run = run_tool("--raw --output PID,USER,UID @%d", pid);
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "PID USER UID\n%d %s %u\n", pid, name,
		 uid);
	if (run.status || strcmp(run.out, wanted))
		fail("'%s' where it is '%s'", run.out, wanted);
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
	/* All of them at once, each looked up once. */
	run = run_tool("--raw --noheadings --output USER");
	daemon = strstr(run.out, "daemon\n");
	check(daemon && strstr(daemon + 1, "daemon\n"));
	check(strstr(run.out, "root\n") && strstr(run.out, "4321\n"));
	free_run(&run);
}

/* ---- commands, and a terminal ---- */

/* As long a line as execve() takes, for half of its limit. */
#define WORDS 8
#define WORD 130000

static void exec_long(void *arg)
{
	static char word[WORD + 1];
	char *argv[WORDS + 4] = { "sh", "-c", "while :; do read x; done" };
	int *fds = arg;

	memset(word, 'x', WORD);
	for (int i = 0; i < WORDS; i++)
		argv[3 + i] = word;
	dup2(fds[0], 0);
	settled();
	execv("/bin/sh", argv);
}

/* Somebody else's memory must not become ours. */
static void long_command(void)
{
	struct run run = {};
	int fds[2];
	size_t len;

	check(!pipe(fds));
	start(&(struct life){
		.flags = CLONE_NEWPID,
		.act = exec_long,
		.arg = fds,
	});
	do {
		free_run(&run);
		run = run_tool("--raw --output COMMAND");
		check(!run.status);
		len = strlen(run.out);
	} while (!strstr(run.out, "xxxxxxxx"));
	if (len < WORD || len > 3 * WORD)
		fail("%zu bytes of a command line of %d", len, WORDS * WORD);
	free_run(&run);
}

/* A shell that calls itself anything, with control bytes and a long line. */
#define EVIL "\033[31mevil\n\302\233\377"

static void exec_evil(void *arg)
{
	int *fds = arg;

	dup2(fds[0], 0);
	settled();
	execl("/bin/sh", EVIL, "-c", "while :; do read x; done",
	      "a long line that goes on, and on, and on, and on, and on", NULL);
}

static int open_terminal(pid_t *child, const char *words)
{
	struct winsize size = { .ws_row = 24, .ws_col = 60 };
	int terminal;

	*child = forkpty(&terminal, NULL, NULL, &size);
	check(*child >= 0);
	if (!*child)
		exec_tool(words);

	return terminal;
}

static char *read_terminal(int terminal)
{
	static char text[1 << 18];
	size_t len = 0;
	ssize_t got;

	/* A terminal that nobody has open any more gives EIO. */
	while ((got = read(terminal, text + len, sizeof(text) - len - 1)) > 0)
		len += got;
	text[len] = '\0';
	close(terminal);

	return text;
}

/* Characters of the longest line; fails if it has any that is not for eyes. */
static size_t widest(const char *text)
{
	size_t width = 0, most = 0;

	for (const char *p = text; *p; p++) {
		unsigned char c = *p, next = p[1];

		if ((c < ' ' && c != '\r' && c != '\n') || c == 0x7f ||
		    c == 0xff || (c == 0xc2 && next < 0xa0))
			fail("byte %#x on the terminal", c);
		if (c == '\n')
			width = 0;
		else if (c != '\r' && (c & 0xc0) != 0x80)
			width++;
		if (width > most)
			most = width;
	}

	return most;
}

static void terminal(void)
{
	int fds[2], status;
	pid_t child;
	char *text;

	check(!pipe(fds));
	start(&(struct life){
		.flags = CLONE_NEWPID,
		.name = EVIL,
		.act = exec_evil,
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
	check(widest(text) <= 60);
	text = read_terminal(open_terminal(&child, "--notruncate"));
	check(waitpid(child, &status, 0) == child && !status);
	check(strstr(text, "and on, and on\r\n"));
	check(widest(text) > 60);
	text = read_terminal(open_terminal(&child, "--all"));
	check(waitpid(child, &status, 0) == child && !status);
	check(widest(text) <= 60);
}

/* ---- the module comes and goes ---- */

static void not_loaded(void)
{
	unload();
	check_refused(run_tool(" "), 2, "run 'modprobe pidns_tree'");
	check_refused(run_tool("--json"), 2, "/proc/pidns_tree does not exist");
	load();
}

/* Start the tool, and stop it at each call of the system. */
static pid_t start_traced(const char *words, int err)
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
		exec_tool(words);
	}
	check(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
	check(!ptrace(PTRACE_SETOPTIONS, child, NULL,
		      PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));

	return child;
}

/* On to where the next call begins or ends; false when it has ended. */
static bool next_stop(pid_t child, int *status)
{
	do {
		check(!ptrace(PTRACE_SYSCALL, child, NULL, NULL));
		check(waitpid(child, status, 0) == child);
	} while (WIFSTOPPED(*status) &&
		 WSTOPSIG(*status) != (SIGTRAP | 0x80));

	return WIFSTOPPED(*status);
}

/* The file that a descriptor of a process refers to. */
static const char *file_of(pid_t pid, int fd)
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
		if (!strcmp(file_of(pid, fd), wanted))
			return true;

	return false;
}

/* How many files of other processes a process has open. */
static int count_open(pid_t pid)
{
	int count = 0, of;

	for (int fd = 3; fd < 16; fd++)
		count += sscanf(file_of(pid, fd), "/proc/%d/", &of) == 1 &&
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

/* The tool must open this many files of other processes. */
static void __attribute__((format(printf, 2, 3)))
check_opens(int wanted, const char *format, ...)
{
	int count = 0, now, before = 0, status;
	char words[256];
	va_list args;
	pid_t child;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	child = start_traced(words, -1);
	while (next_stop(child, &status)) {
		now = count_open(child);
		if (now > before)
			count += now - before;
		before = now;
	}
	check(WIFEXITED(status) && !WEXITSTATUS(status));
	if (count != wanted)
		fail("%s: %d files where it needs %d", words, count, wanted);
}

static void start_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++)
		start(&(struct life){});
}

static void opens_few(void)
{
	pid_t first = start(&(struct life){ .flags = CLONE_NEWPID,
					    .act = start_many });
	pid_t second = start(&(struct life){ .flags = CLONE_NEWPID,
					     .act = start_many });

	/* The command line and the cgroup of each init. */
	check_opens(3 * 2, " ");
	check_opens(3 * 2, "--json");
	check_opens(0, "--output NS,NPROCS,PID");
	check_opens(0, "--all --output NS,TASKS,ZOMBIES,PIDS,PPID,COMM");
	/* A command line, and a cgroup for each level. */
	check_opens(3, "%d", first);
	check_opens(3, "@%d:1", second);
	check_opens(2, "--pid %d", first);
	check_opens(3 + 2, "%d %d", first, second);
	check_opens(0, "--output LEVEL,PID %d", first);
	check_opens(0, "--output PID,NS *:2");
}

/* ---- watching ---- */

/* @fds: what the tool writes to is the second one, and is closed. */
static FILE *start_watch_to(pid_t *child, const char *words, const int *fds)
{
	*child = fork();
	check(*child >= 0);
	if (!*child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		exec_tool(words);
	}
	close(fds[1]);

	return fdopen(fds[0], "r");
}

static FILE *start_watch(pid_t *child, const char *words)
{
	int fds[2];

	check(!pipe2(fds, O_CLOEXEC));

	return start_watch_to(child, words, fds);
}

/* Read on to a line that has these words. */
static void wait_for_line(FILE *out, const char *words)
{
	char line[1024];

	do {
		if (!fgets(line, sizeof(line), out))
			fail("no line with '%s'", words);
	} while (!strstr(line, words));
}

static void unshare_and_wait(void *arg)
{
	int *fds = arg;
	char byte;
	pid_t child;

	check(!unshare(CLONE_NEWPID));
	settled();
	check(read(fds[0], &byte, 1) == 1);
	child = fork();
	check(child >= 0);
	if (!child)
		doze();
}

static void watch(void)
{
	char wanted[64];
	unsigned int inum;
	struct view view;
	int fds[2], status;
	pid_t tool, pid;
	FILE *out = start_watch(&tool, "--watch=0.05 --all");

	check(out);
	check(!pipe(fds));
	wait_for_line(out, "NPROCS");

	pid = start(&(struct life){ .flags = CLONE_NEWPID, .name = "a b" });
	inum = inum_of(pid);
	snprintf(wanted, sizeof(wanted), " + pid:[%u] level=1", inum);
	wait_for_line(out, wanted);
	snprintf(wanted, sizeof(wanted), " + %d,1 ppid=%d uid=0 comm=a\\040b\n",
		 pid, getpid());
	wait_for_line(out, wanted);
	end(pid);
	snprintf(wanted, sizeof(wanted), " - pid:[%u] ", inum);
	wait_for_line(out, wanted);

	start(&(struct life){ .act = unshare_and_wait, .arg = fds });
	wait_for_line(out, " state=pending");
	look(&view);
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

/* When the namespace ends, the tool prints that and succeeds. */
static void watch_one(void)
{
	pid_t one = start(&(struct life){ .flags = CLONE_NEWPID, .depth = 2 });
	char words[64], wanted[64], line[1024];
	unsigned int inum = inum_of(one);
	bool told = false;
	int status;
	pid_t tool;
	FILE *out;

	snprintf(words, sizeof(words), "--watch=0.05 %u", inum);
	snprintf(wanted, sizeof(wanted), " - pid:[%u] ", inum);
	out = start_watch(&tool, words);
	check(out);
	wait_for_line(out, "NPROCS");
	start(&(struct life){ .flags = CLONE_NEWPID });
	end(one);
	/* Nothing is printed about the other namespace. */
	while (fgets(line, sizeof(line), out)) {
		check(!strstr(line, " + "));
		told |= !!strstr(line, wanted);
	}
	check(waitpid(tool, &status, 0) == tool);
	if (!told || !WIFEXITED(status) || WEXITSTATUS(status))
		fail("status %#x, '%s' %s", status, wanted,
		     told ? "printed" : "not printed");
	fclose(out);
}

/* In seconds. The tool needs a fraction, and a tool that polls in a loop all. */
#define END_SECONDS 30
#define CPU_SECONDS 10

/* The tool ends by SIGPIPE, long before its next look. */
static void check_unread(const int *fds)
{
	struct rusage used;
	pid_t tool, ended;
	int status;
	FILE *out = start_watch_to(&tool, "--watch=3600 --output NS", fds);

	check(out);
	wait_for_line(out, "NS");
	fclose(out);
	for (int i = 0; i < END_SECONDS * 100; i++) {
		ended = wait4(tool, &status, WNOHANG, &used);
		if (ended)
			break;
		usleep(10000);
	}
	if (!ended) {
		kill(tool, SIGKILL);
		ended = wait4(tool, &status, 0, &used);
	}
	check(ended == tool);
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

/* Read on until there are so many of these words, or to the end. */
static void read_screen(int terminal, char *text, size_t size,
			const char *words, int count)
{
	size_t len = strlen(text);
	const char *found;
	ssize_t got;

	for (;;) {
		found = text;
		for (int i = 0; words && found && i < count; i++) {
			found = strstr(found, words);
			found = found ? found + 1 : NULL;
		}
		if (words && found)
			return;
		check(len + 1 < size);
		got = read(terminal, text + len, size - len - 1);
		if (got <= 0)
			break;
		len += got;
		text[len] = '\0';
	}
	check(!words);
}

/* More namespaces than the window has lines: a part of them is drawn. */
static void watch_terminal(void)
{
	static char text[1 << 20];
	int terminal, status;
	pid_t tool;

	text[0] = '\0';
	for (int i = 0; i < 40; i++)
		start(&(struct life){ .flags = CLONE_NEWPID, .depth = 5 });
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
	{ "JSON has what the text has", same_as_text },
	{ "a user sees their own, and is told", user_sees_own },
	{ "in a container", in_container },
	{ "users by their names", users },
	{ "a command line of a megabyte", long_command },
	{ "a terminal", terminal },
	{ "the module is not loaded", not_loaded },
	{ "the module is unloaded while it is read", unloaded_while_read },
	{ "no file of a process is opened in vain", opens_few },
	{ "watching", watch },
	{ "watching one namespace, to its end", watch_one },
	{ "watching on a terminal", watch_terminal },
	{ "watching, and nobody reads any more", watch_unread },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
