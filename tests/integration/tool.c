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
#include <json-c/json.h>
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
#include "view.h"
#include "world.h"

#define TOOL "pidnstree"
#define DEEPEST 32
#define USER 1000
#define SAVED "/tmp/saved"

#define LIMITED TOOL ": limited view: "

#define CGROUPS "/tmp/cgroups"
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_ID \
	"0123456789ab0000000000000000000000000000000000000000000000000000"

/* ---- running it ---- */

#define MAX_WORDS 16

/** struct run - what came of running the tool */
struct run {
	int status;
	char *out;
	char *err;
};

static char *read_back(int fd)
{
	char *text;

	check(!lseek(fd, 0, SEEK_SET));
	text = read_all(fd, 1 << 16);
	close(fd);

	return text;
}

static int temporary(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	check(fd >= 0);

	return fd;
}

static void exec_tool(char *const argv[])
{
	signal(SIGPIPE, SIG_DFL);
	execvp(TOOL, argv);
	_exit(127);
}

static void split(char *words, char **argv)
{
	size_t count = 0;
	char *save;

	argv[count++] = TOOL;
	for (char *word = strtok_r(words, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		check(count < MAX_WORDS);
		argv[count++] = word;
	}
	argv[count] = NULL;
}

/* The tool with these words; by another user if @uid is not 0. */
static struct run run_as(uid_t uid, char *words)
{
	int out = temporary(), err = temporary(), status;
	char *argv[MAX_WORDS + 1];
	struct run run;
	pid_t child;

	split(words, argv);
	child = fork();
	check(child >= 0);
	if (!child) {
		dup2(out, 1);
		dup2(err, 2);
		if (uid && (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
			    setresuid(uid, uid, uid)))
			_exit(126);
		exec_tool(argv);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status));
	run.status = WEXITSTATUS(status);
	run.out = read_back(out);
	run.err = read_back(err);

	return run;
}

static void free_run(struct run *run)
{
	free(run->out);
	free(run->err);
}

static struct run __attribute__((format(printf, 1, 2)))
run_tool(const char *format, ...)
{
	char words[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);

	return run_as(0, words);
}

static struct json_object *parse_json(const struct run *run)
{
	struct json_tokener *tokener = json_tokener_new_ex(256);
	struct json_object *object;

	if (run->status || *run->err)
		fail("exit status %d: %s", run->status, run->err);
	check(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, run->out, strlen(run->out));
	if (json_tokener_get_error(tokener) != json_tokener_success)
		fail("no JSON: %s", run->out);
	json_tokener_free(tokener);

	return object;
}

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail("no \"%s\" in %s", key, json_object_to_json_string(object));

	return value;
}

static long long get_number(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key);

	if (!json_object_is_type(value, json_type_int))
		fail("\"%s\" is no number: %s", key,
		     json_object_to_json_string(object));

	return json_object_get_int64(value);
}

static const char *get_string(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key);

	check(json_object_is_type(value, json_type_string));

	return json_object_get_string(value);
}

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

/* ---- one process ---- */

/* PIDs of a process, by the kernel's own account. */
static int nspid(pid_t pid, int *pids)
{
	char path[64], line[512];
	int depth = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "r");
	check(status);
	while (fgets(line, sizeof(line), status)) {
		char *p = line + strlen("NSpid:"), *end;

		if (strncmp(line, "NSpid:", strlen("NSpid:")))
			continue;
		for (;; p = end) {
			long number = strtol(p, &end, 10);

			if (end == p)
				break;
			check(depth < MAX_LEVELS);
			pids[depth++] = number;
		}
	}
	fclose(status);
	check(depth);

	return depth;
}

static unsigned int inum_of(pid_t pid)
{
	char path[64], link[64] = "";
	unsigned int inum;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	check(readlink(path, link, sizeof(link) - 1) > 0);
	check(sscanf(link, "pid:[%u]", &inum) == 1);

	return inum;
}

/* What --pid says: the PIDs, and sets the namespaces if there is room. */
static int ask_levels(int *pids, unsigned int *inums, const char *words)
{
	struct run run = run_tool("--json --pid %s", words);
	struct json_object *document = parse_json(&run), *list;
	int depth;

	list = get(document, "levels");
	depth = json_object_array_length(list);
	check(depth <= MAX_LEVELS);
	for (int i = 0; i < depth; i++) {
		struct json_object *level = json_object_array_get_idx(list, i);

		check(get_number(level, "level") == i);
		pids[i] = get_number(level, "pid");
		if (inums)
			inums[i] = get_number(level, "ns");
	}
	json_object_put(document);
	free_run(&run);

	return depth;
}

static void same_levels(pid_t host, const char *words)
{
	int theirs[MAX_LEVELS], ours[MAX_LEVELS];
	int depth = nspid(host, theirs);

	check(ask_levels(ours, NULL, words) == depth);
	for (int i = 0; i < depth; i++)
		if (ours[i] != theirs[i])
			fail("--pid %s, level %d: %d where it is %d", words, i,
			     ours[i], theirs[i]);
}

/* From the host to the inside by --pid PID, and back by --pid NS:PID. */
static void there_and_back(void)
{
	pid_t top = start(&(struct life){ .flags = CLONE_NEWPID,
					  .depth = DEEPEST });
	unsigned int inums[MAX_LEVELS];
	int pids[MAX_LEVELS], depth;
	struct view view;
	char words[128];

	look(&view);
	check(view.nr_namespaces == DEEPEST + 1);
	for (size_t i = 1; i < view.nr_namespaces; i++) {
		pid_t host = view.namespaces[i].init[0];

		snprintf(words, sizeof(words), "%d", host);
		same_levels(host, words);
		depth = ask_levels(pids, inums, words);
		check(depth == (int)i + 1);
		check(inums[depth - 1] == inum_of(host));
		snprintf(words, sizeof(words), "%u:%d", inums[depth - 1],
			 pids[depth - 1]);
		same_levels(host, words);
	}
	/* The last one from each level. */
	for (int i = 0; i < depth; i++) {
		snprintf(words, sizeof(words), "pid:[%u]:%d", inums[i],
			 pids[i]);
		same_levels(pids[0], words);
	}
	snprintf(words, sizeof(words), "@%d:%d", view.namespaces[16].init[0],
		 pids[16]);
	same_levels(pids[0], words);
	free_view(&view);
	end(top);
}

/* It says what is wrong, on one line, and says it as an error. */
static void check_refused(struct run run, int status, const char *words)
{
	if (run.status != status || *run.out || !strstr(run.err, words) ||
	    strchr(run.err, '\n') != run.err + strlen(run.err) - 1)
		fail("status %d, '%s' and '%s', where %d and '%s' was expected",
		     run.status, run.out, run.err, status, words);
	free_run(&run);
}

static void not_there(void)
{
	pid_t pid = start(&(struct life){ .flags = CLONE_NEWPID,
					  .threads = 1 });
	char path[64], words[64];
	struct dirent **threads;
	int count;

	end(start(&(struct life){}));
	check_refused(run_tool("--pid 4194304"), 1, "no process 4194304");
	check_refused(run_tool("--task 4194304"), 1, "no process 4194304");
	check_refused(run_tool("--pid %u:77", inum_of(pid)), 1,
		      "no process 77 in pid:[");
	check_refused(run_tool("4026531800"), 1, "no PID namespace");

	/* A thread's number is in nobody's list, but it is a process's. */
	snprintf(path, sizeof(path), "/proc/%d/task/", pid);
	count = scandir(path, &threads, NULL, alphasort);
	check(count == 4);
	for (int i = 0; i < count; i++) {
		int tid = atoi(threads[i]->d_name);

		if (!tid || tid == pid)
			continue;
		snprintf(words, sizeof(words), "%d is a thread of process %d",
			 tid, pid);
		check_refused(run_tool("--pid %d", tid), 1, words);
	}
}

/* ---- containers ---- */

static void join_cgroup(void *path)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s/cgroup.procs", (char *)path);
	write_file(file, "0");
}

static pid_t start_container(char *path, int depth)
{
	char copy[PATH_MAX];

	for (char *p = strchr(path + strlen(CGROUPS) + 1, '/'); p;
	     p = strchr(p + 1, '/')) {
		snprintf(copy, sizeof(copy), "%.*s", (int)(p - path), path);
		mkdir(copy, 0755);
	}
	check(!mkdir(path, 0755) || errno == EEXIST);

	return start(&(struct life){ .flags = CLONE_NEWPID, .depth = depth,
				     .act = join_cgroup, .arg = path });
}

/* A process moved itself last, so that all above it must follow. */
static void move_all(const char *path)
{
	struct view view;
	char file[PATH_MAX], pid[16];

	look(&view);
	snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	for (size_t i = 1; i < view.nr_namespaces; i++) {
		snprintf(pid, sizeof(pid), "%d", view.namespaces[i].init[0]);
		write_file(file, pid);
	}
	free_view(&view);
}

static void containers(void)
{
	pid_t first, second, name, other;
	struct view view;
	struct run run;
	char words[512];

	mkdir(CGROUPS, 0755);
	check(!mount("cgroup2", CGROUPS, "cgroup2", 0, NULL));

	/* A namespace inside a container is no container of its own. */
	first = start_container(CGROUPS "/docker/" ID, 2);
	move_all(CGROUPS "/docker/" ID);
	snprintf(words, sizeof(words), "%s:1", ID);
	same_levels(first, words);
	same_levels(first, "0123456:1");
	look(&view);
	check(view.nr_namespaces == 3);
	snprintf(words, sizeof(words), "%s:2", ID);
	same_levels(view.namespaces[2].init[0], words);
	free_view(&view);

	run = run_tool("--raw --noheadings --output NS,CONTAINER,ENGINE %s", ID);
	snprintf(words, sizeof(words), "%u 0123456789ab docker\n",
		 inum_of(first));
	if (run.status || strncmp(run.out, words, strlen(words)))
		fail("'%s' where it is '%s'", run.out, words);
	free_run(&run);
	run = run_tool("--json --pid %d", first);
	check(strstr(run.out, "\"id\":\"" ID "\""));
	free_run(&run);

	/* Two that begin the same, and one that has a name. */
	second = start_container(CGROUPS "/system.slice/docker-" OTHER_ID
				 ".scope", 1);
	name = start_container(CGROUPS "/lxc.payload.web", 1);
	check_refused(run_tool("--pid 0123456:1"), 1,
		      "is the start of several containers: ");
	same_levels(second, "0123456789ab0:1");
	same_levels(first, "0123456789abc:1");
	same_levels(name, "web:1");
	check_refused(run_tool("--pid webb:1"), 1, "no PID namespace");

	/* A name, and one that begins with it. */
	other = start_container(CGROUPS "/lxc.payload.web2", 1);
	same_levels(name, "web:1");

	/* The column is there when there is something to be put in. */
	run = run_tool(" ");
	check(!run.status && strstr(run.out, "CONTAINER"));
	check(strstr(run.out, " 0123456789ab\n") && strstr(run.out, " web\n"));
	free_run(&run);
	end(first);
	end(second);
	end(name);
	end(other);
	run = run_tool(" ");
	check(!run.status && !strstr(run.out, "CONTAINER"));
	free_run(&run);
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
	char words[] = "--all --raw --noheadings --output NS,PIDS", wanted[64];
	struct run run = run_as(USER, words);

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
	char copy[256], *argv[MAX_WORDS + 1];
	int terminal;

	snprintf(copy, sizeof(copy), "%s", words);
	split(copy, argv);
	*child = forkpty(&terminal, NULL, NULL, &size);
	check(*child >= 0);
	if (!*child)
		exec_tool(argv);

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
	check_refused(run_tool(" "), 2, "the module pidns_tree is not loaded");
	check_refused(run_tool("--json"), 2, "pidns_tree is not loaded");
	load();
}

/* Start the tool, and stop it at each call of the system. */
static pid_t start_traced(char *words, int err)
{
	char *argv[MAX_WORDS + 1];
	pid_t child;
	int status;

	split(words, argv);
	child = fork();
	check(child >= 0);
	if (!child) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		dup2(err >= 0 ? err : null, 2);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		exec_tool(argv);
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

/* How many files of /proc/PID a process has open. */
static int has_open(pid_t pid, const char *wanted)
{
	char path[64], link[PATH_MAX];
	int count = 0;

	for (int fd = 3; fd < 16; fd++) {
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		len = readlink(path, link, sizeof(link) - 1);
		if (len < 0)
			continue;
		link[len] = '\0';
		count += !strncmp(link, wanted, strlen(wanted)) &&
			 (wanted[strlen(wanted) - 1] != '/' ||
			  strspn(link + strlen(wanted), "0123456789"));
	}

	return count;
}

static void unloaded_while_read(void)
{
	int err = temporary(), status;
	char words[] = "--all";
	pid_t child = start_traced(words, err);
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

/* How many files of processes the tool opens. */
static int count_opens(char *words)
{
	pid_t child = start_traced(words, -1);
	int count = 0, now, before = 0, status;

	while (next_stop(child, &status)) {
		now = has_open(child, "/proc/");
		if (now > before)
			count += now - before;
		before = now;
	}
	check(WIFEXITED(status) && !WEXITSTATUS(status));

	return count;
}

static void start_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++)
		start(&(struct life){});
}

static void opens_few(void)
{
	char words[] = "", numbers[] = "-o NS,NPROCS,PID", json[] = "--json";
	int count;

	start(&(struct life){ .flags = CLONE_NEWPID, .act = start_many });
	start(&(struct life){ .flags = CLONE_NEWPID, .act = start_many });
	/* The command line and the cgroup of each init. */
	count = count_opens(words);
	if (count != 3 * 2)
		fail("%d files for 3 namespaces", count);
	count = count_opens(json);
	if (count != 3 * 2)
		fail("%d files for 3 namespaces, as JSON", count);
	check(!count_opens(numbers));
}

/* ---- watching ---- */

/* @fds: what the tool writes to is the second one, and is closed. */
static FILE *start_watch_to(pid_t *child, char *words, const int *fds)
{
	char *argv[MAX_WORDS + 1];

	split(words, argv);
	*child = fork();
	check(*child >= 0);
	if (!*child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		exec_tool(argv);
	}
	close(fds[1]);

	return fdopen(fds[0], "r");
}

static FILE *start_watch(pid_t *child, char *words)
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
	char words[] = "--watch=0.05 --all", wanted[64];
	unsigned int inum;
	struct view view;
	int fds[2], status;
	pid_t tool, pid;
	FILE *out = start_watch(&tool, words);

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

static void watch_one(void)
{
	pid_t one = start(&(struct life){ .flags = CLONE_NEWPID, .depth = 2 });
	char words[64], line[1024];
	unsigned int inum = inum_of(one);
	int status;
	pid_t tool;
	FILE *out;

	snprintf(words, sizeof(words), "--watch=0.05 %u", inum);
	out = start_watch(&tool, words);
	check(out);
	wait_for_line(out, "NPROCS");
	start(&(struct life){ .flags = CLONE_NEWPID });
	end(one);
	/* Of the other one, nothing is said. */
	while (fgets(line, sizeof(line), out))
		check(!strstr(line, " + "));
	check(waitpid(tool, &status, 0) == tool);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	fclose(out);
}

/* In seconds. The tool needs a fraction, and a tool that polls in a loop all. */
#define END_SECONDS 30
#define CPU_SECONDS 10

/* The tool ends by SIGPIPE, long before its next look. */
static void check_unread(const int *fds)
{
	char words[] = "--watch=3600 --output NS";
	struct rusage used;
	pid_t tool, ended;
	int status;
	FILE *out = start_watch_to(&tool, words, fds);

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

static void watch_terminal(void)
{
	char text[1 << 16];
	size_t len = 0;
	ssize_t got;
	pid_t tool;
	int terminal = open_terminal(&tool, "--watch=0.05");
	const char *second;

	start(&(struct life){ .flags = CLONE_NEWPID });
	/* A tree, and at least one more on a cleared screen. */
	do {
		got = read(terminal, text + len, sizeof(text) - len - 1);
		check(got > 0);
		len += got;
		text[len] = '\0';
		second = strstr(text, "\033[H\033[J");
		second = second ? strstr(second + 1, "\033[H\033[J") : NULL;
	} while (!second || !strstr(second, "NPROCS"));
	check(!kill(tool, SIGINT));
	check(waitpid(tool, NULL, 0) == tool);
	close(terminal);
}

static const struct test tests[] = {
	{ "JSON has what the text has", same_as_text },
	{ "32 levels, there and back", there_and_back },
	{ "what is not there", not_there },
	{ "containers by their ids and names", containers },
	{ "a user sees their own, and is told", user_sees_own },
	{ "in a container", in_container },
	{ "users by their names", users },
	{ "a command line of a megabyte", long_command },
	{ "a terminal", terminal },
	{ "the module is not loaded", not_loaded },
	{ "the module is unloaded while it is read", unloaded_while_read },
	{ "files of inits are opened, and no others", opens_few },
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
