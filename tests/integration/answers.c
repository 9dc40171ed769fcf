// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Test the operands and selections of pidnstree on a live system: processes,
 * threads, zombies, containers, other procfs mounts and saved files. Compare
 * the output with other files of procfs.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
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
#include "run.h"
#include "view.h"
#include "world.h"

#define DEEPEST 32
#define USER 1000

#define CGROUPS "/tmp/cgroups"

/* The IDs of two containers with a common prefix, and another ID. */
#define ID "c0ffee789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"
#define SHORT_ID "c0ffee789abc"
#define SIMILAR_ID \
	"c0ffee789abc0000000000000000000000000000000000000000000000000000"
#define OTHER_ID \
	"decafbad0123456789abcdef0123456789abcdef0123456789abcdef01234567"
#define SHORT_OTHER_ID "decafbad0123"

#define POD "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
#define POD_CGROUP \
	CGROUPS "/kubepods.slice/kubepods-pod0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0.slice"

#define CGROUP CGROUPS "/docker/" ID
#define SIMILAR_CGROUP CGROUPS "/system.slice/docker-" SIMILAR_ID ".scope"
#define OTHER_CGROUP CGROUPS "/system.slice/docker-" OTHER_ID ".scope"

/* Format a string. It is never freed, because each test is its own process. */
static char *fmt(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static char *fmt(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	check(vasprintf(&text, format, args) >= 0);
	va_end(args);

	return text;
}

/* ---- output ---- */

/*
 * Check that a program printed @out and nothing else, and @note on standard
 * error if it is not NULL.
 */
static void check_output(struct run run, const char *out, const char *note)
{
	const char *err = note ? fmt(TOOL ": %s\n", note) : "";

	if (run.status || strcmp(run.out, out) || strcmp(run.err, err))
		fail("got status %d, '%s' and '%s', expected '%s' and '%s'",
		     run.status, run.out, run.err, out, err);
	free_run(&run);
}

#define check_table(out, ...) \
	check_output(run_tool("--raw --noheadings " __VA_ARGS__), out, NULL)

static struct json_object *parse_run(struct run run)
{
	struct json_object *document = parse_json(&run);

	free_run(&run);

	return document;
}

#define run_json(...) parse_run(run_tool("--json " __VA_ARGS__))

static size_t length(struct json_object *array)
{
	check(json_object_is_type(array, json_type_array));

	return json_object_array_length(array);
}

static struct json_object *item(struct json_object *array, size_t i)
{
	check(i < length(array));

	return json_object_array_get_idx(array, i);
}

/* Compare an array of PIDs or TIDs with NSpid: of the thread. */
static void check_pids(struct json_object *array, pid_t task)
{
	int pids[MAX_LEVELS], depth = nspid(task, pids);

	check((int)length(array) == depth);
	for (int i = 0; i < depth; i++)
		if (json_object_get_int64(item(array, i)) != pids[i])
			fail("got %s, expected %d at level %d",
			     json_object_to_json_string(array), pids[i], i);
}

/* Compare the levels of a process or thread with NSpid: of the thread. */
static void check_levels_in(struct json_object *object, pid_t task)
{
	struct json_object *levels = get(object, "levels");
	int pids[MAX_LEVELS], depth = nspid(task, pids);

	check((int)length(levels) == depth);
	for (int i = 0; i < depth; i++) {
		struct json_object *level = item(levels, i);

		check(get_number(level, "level") == i);
		if (get_number(level, "pid") != pids[i])
			fail("got %s, expected %d",
			     json_object_to_json_string(level), pids[i]);
	}
	check(get_number(item(levels, depth - 1), "ns") == inum_of(task));
}

static void check_document(pid_t task, struct json_object *document)
{
	check_levels_in(document, task);
	json_object_put(document);
}

#define check_levels(task, ...) \
	check_document(task, run_json("--pid " __VA_ARGS__))

/* ---- one process ---- */

/* Find processes at each level by their PID in the root and by NS:PID. */
static void all_levels(void)
{
	pid_t top = start(&(struct child){ .flags = CLONE_NEWPID,
					   .depth = DEEPEST });
	int pids[MAX_LEVELS], depth = 0;
	struct view view;

	read_view(&view);
	check(view.nr_namespaces == DEEPEST + 1);
	for (size_t i = 1; i < view.nr_namespaces; i++) {
		pid_t host = view.namespaces[i].init[0];

		depth = nspid(host, pids);
		check(depth == (int)i + 1);
		check_levels(host, "%d", host);
		check_levels(host, "%u:%d", inum_of(host), pids[depth - 1]);
	}
	/* Find the innermost process by its PID at each level. */
	for (int i = 0; i < depth; i++)
		check_levels(pids[0], "pid:[%u]:%d", view.namespaces[i].inum,
			     pids[i]);
	check_levels(pids[0], "@%d:%d", view.namespaces[16].init[0], pids[16]);
	free_view(&view);
	kill_and_reap(top);
}

static void several_processes(void)
{
	pid_t first = start(&(struct child){ .flags = CLONE_NEWPID,
					     .depth = 2 });
	pid_t second = start(&(struct child){ .flags = CLONE_NEWPID });
	char *levels = fmt("%d 0 %d\n%d 1 1\n%d 0 %d\n%d 1 1\n", second, second,
			   second, first, first, first);
	struct json_object *document, *list;

	check_table(levels, "--output TASK,LEVEL,PID %d %u:1", second,
		    inum_of(first));
	check_table(levels, "--output TASK,LEVEL,PID --pid %d %d", second,
		    first);
	check_table(levels, "--output TASK,LEVEL,PID --pid %d --pid %d", second,
		    first);

	for (int brief = 0; brief < 2; brief++) {
		document = run_json("%s %d %d", brief ? "--pid" : "",
				    second, first);
		list = get(document, "processes");
		check(length(list) == 2);
		check(get_number(item(list, 0), "pid") == second);
		check_levels_in(item(list, 0), second);
		check(get_number(item(list, 1), "pid") == first);
		check_levels_in(item(list, 1), first);
		json_object_put(document);
	}
	/* If one operand does not exist, nothing is printed. */
	check_error(run_tool("--pid %d 4194304", first), 1,
		    "no process or thread 4194304");
}

static void start_child(void *arg)
{
	(void)arg;
	start(&(struct child){});
}

/* Whether a list has the process @host, which has @pid at @level. */
static bool has_process(struct json_object *list, pid_t host, int level,
			int pid)
{
	for (size_t i = 0; i < length(list); i++) {
		struct json_object *object = item(list, i);
		struct json_object *at = get(object, "levels");

		if (get_number(object, "pid") != host ||
		    (int)length(at) <= level)
			continue;
		at = item(at, level);
		if (get_number(at, "pid") == pid &&
		    get_number(at, "ns") == get_number(object, "ns"))
			return true;
	}

	return false;
}

static void any_level(void)
{
	struct json_object *document, *list;
	struct view kernel;
	size_t count = 0;

	start(&(struct child){ .flags = CLONE_NEWPID, .run = start_child });
	start(&(struct child){ .flags = CLONE_NEWPID, .run = start_child });
	/* The inner two of these inits have PID 2 in the parent namespace. */
	start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = 3,
		.run = start_child,
	});

	document = run_json("*:2");
	list = get(document, "processes");
	scan_proc("/proc", &kernel);
	for (size_t i = 0; i < kernel.nr_processes; i++) {
		const struct process *proc = &kernel.processes[i];

		for (int level = 1; level < proc->depth; level++) {
			if (proc->pids[level] != 2)
				continue;
			count++;
			if (!has_process(list, proc->pids[0], level, 2))
				fail("no process %d with PID 2 at level %d in %s",
				     proc->pids[0], level,
				     json_object_to_json_string(list));
		}
	}
	check(count == 5 && length(list) == count);
	json_object_put(document);
	free_view(&kernel);
}

/* ---- IDs that outlive their processes ---- */

static void check_numbers(struct json_object *array, const int *numbers,
			  int count)
{
	check((int)length(array) == count);
	for (int i = 0; i < count; i++)
		check(json_object_get_int64(item(array, i)) == numbers[i]);
}

static void check_roles_and_pids(struct json_object *object,
				 const struct kept_id *id)
{
	struct json_object *roles = get(object, "roles");

	check_numbers(get(object, "pids"), id->pids, id->depth);
	check(length(roles) == 2);
	check(!strcmp(json_object_get_string(item(roles, 0)), "pgid"));
	check(!strcmp(json_object_get_string(item(roles, 1)), "sid"));
}

/* Check the answer for an ID whose only member is @proc. */
static void check_kept_id(struct run run, const struct kept_id *id,
			  const struct process *proc)
{
	static const char note[] =
		TOOL ": no process has PID %d; process group %d has %s, session %d has %s\n";
	struct json_object *document, *object, *levels, *one;
	const char *members = "1 process";
	int pid = id->pids[0];

	check(!run.status);
	check(!strcmp(run.err,
		      fmt(note, pid, pid, members, pid, members)));
	document = json_tokener_parse(run.out);
	check(document);
	check(length(get(document, "ids")) == 1);
	object = item(get(document, "ids"), 0);
	check(get_number(object, "pid") == pid);
	check(get_number(object, "ns") == id->inum);
	check_roles_and_pids(object, id);

	levels = get(object, "levels");
	check((int)length(levels) == id->depth);
	for (int i = 0; i < id->depth; i++)
		check(get_number(item(levels, i), "pid") == id->pids[i]);

	check(length(get(object, "members")) == 1);
	one = item(get(object, "members"), 0);
	check_numbers(get(one, "pids"), proc->pids, proc->depth);
	check(get_number(one, "pgid") == pid && get_number(one, "sid") == pid);
	json_object_put(document);
	free_run(&run);
}

/* --all prints the ID with the processes of its namespace. */
static void check_id_of_namespace(pid_t init, const struct kept_id *id)
{
	struct json_object *document = run_json("--all @%d", init), *object;

	object = item(get(document, "namespaces"), 0);
	check(get_number(object, "ns") == id->inum);
	check(get_number(object, "npids") == 3);
	check(length(get(object, "processes")) == 2);
	check(length(get(object, "ids")) == 1);
	check_roles_and_pids(item(get(object, "ids"), 0), id);
	json_object_put(document);
}

static void kept_ids(void)
{
	static const struct child member = { .stays = true };
	static const struct leaderless session = { lead_session, &member, 1 };
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = run_create_group,
		.arg = (void *)&session,
	});
	const struct process *proc = NULL;
	const struct kept_id *id;
	struct view view;
	struct run run;

	read_view(&view);
	for (size_t i = 0; i < view.nr_processes; i++)
		if (view.processes[i].ppid == init)
			proc = &view.processes[i];
	check(proc);
	id = find_id(&view, proc->sid);
	check(id && id->depth == 2);

	check_kept_id(run_tool("--json %d", id->pids[0]), id, proc);
	check_kept_id(run_tool("--json %u:%d", id->inum, id->pids[1]), id,
		      proc);
	check_kept_id(run_tool("--json @%d:%d", init, id->pids[1]), id, proc);
	check_id_of_namespace(init, id);
	/* The only member is hidden from a user. */
	run = run_as(USER, "%d", id->pids[0]);
	check(run.status == 1 && !*run.out);
	check(strstr(run.err, fmt("no process or thread %d ", id->pids[0])));
	free_run(&run);

	kill_and_reap(init);
	check_error(run_tool("%d", id->pids[0]), 1,
		    fmt("no process or thread %d", id->pids[0]));
}

/* ---- threads ---- */

#define THREAD_NAME "a worker"

/* Set the names of all threads of the caller except the leader. */
static void name_threads(void *arg)
{
	DIR *tasks = opendir("/proc/self/task");
	char self[64] = "";
	struct dirent *entry;

	(void)arg;
	check(tasks);
	check(readlink("/proc/self", self, sizeof(self) - 1) > 0);
	while ((entry = readdir(tasks)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    strcmp(entry->d_name, self))
			write_file(fmt("/proc/self/task/%s/comm",
				       entry->d_name), THREAD_NAME);
	closedir(tasks);
}

/*
 * Find a thread in all ways. @pid is its process, and @top the init of the
 * parent of its namespace.
 */
static void check_thread(pid_t task, pid_t pid, pid_t top)
{
	bool leader = task == pid;
	int pids[MAX_LEVELS];
	struct json_object *document, *object;
	struct run run;

	check(nspid(task, pids) == 3);
	document = run_json("%d", task);
	check(length(get(document, "processes")) == 1);
	object = item(get(document, "processes"), 0);
	check(get_number(object, "pid") == pid);
	check(json_object_object_get_ex(object, "tid", NULL) == !leader);
	check(leader || get_number(object, "tid") == task);
	check(get_number(object, "threads") == 3);
	check(!strcmp(get_string(object, "comm"), leader ? "leader" :
		      THREAD_NAME));
	check_pids(get(object, "pids"), task);
	check_levels_in(object, task);
	json_object_put(document);

	check_levels(task, "%d", task);
	check_levels(task, "%u:%d", inum_of(pid), pids[2]);
	check_levels(task, "@%d:%d", top, pids[1]);
	check_table(fmt("%d %d %d\n%d %d %d\n%d %d %d\n", task, pid, pids[0],
			task, pid, pids[1], task, pid, pids[2]),
		    "--output TASK,TGID,PID %d", task);
	check_table(fmt("%u\n", inum_of(pid)), "--output NS @%d", task);
	check_table(fmt("%u\n%u\n%u\n", inum_of(getpid()), inum_of(top),
			inum_of(pid)), "--output NS --task %d", task);
	/* USER can read the status file, but may not inspect the thread. */
	run = run_as(USER, "%d", task);
	check(run.status == 1 && !*run.out &&
	      strstr(run.err, "no process or thread"));
	free_run(&run);
}

static void threads(void)
{
	pid_t top = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2,
					   .threads = 2, .name = "leader",
					   .run = name_threads });
	int tasks = 0;
	struct dirent *entry;
	struct view view;
	struct run run;
	pid_t pid;
	DIR *dir;

	read_view(&view);
	check(view.nr_namespaces == 3);
	pid = view.namespaces[2].init[0];
	free_view(&view);

	dir = opendir(fmt("/proc/%d/task", pid));
	check(dir);
	while ((entry = readdir(dir))) {
		pid_t task = atoi(entry->d_name);

		if (!task)
			continue;
		check_thread(task, pid, top);
		tasks++;
		run = run_tool("%d", task);
		check(!run.status);
		check(!!strstr(run.out, "TGID") == (task != pid));
		free_run(&run);
	}
	closedir(dir);
	check(tasks == 3);
}

/* ---- zombies ---- */

#define MANY 500

static void create_zombies(void *arg)
{
	siginfo_t info;
	pid_t child;

	for (int i = 0; i < *(int *)arg; i++) {
		child = do_clone(0);
		check(child >= 0);
		if (!child)
			_exit(0);
		/* Wait until the child is a zombie, and do not reap it. */
		check(!waitid(P_PID, child, &info, WEXITED | WNOWAIT));
	}
}

/* Whether the default table of a namespace has a column. */
static bool has_column(const char *name, pid_t pid)
{
	struct run run = run_tool("--raw @%d", pid);
	bool found;

	check(!run.status);
	*strchrnul(run.out, '\n') = '\0';
	found = strstr(run.out, name);
	free_run(&run);

	return found;
}

/* List the zombies of a namespace by PID, from other files of procfs. */
static char *list_zombies(unsigned int inum)
{
	struct view kernel;
	char *list = fmt("%s", "");

	scan_proc("/proc", &kernel);
	for (size_t i = 0; i < kernel.nr_processes; i++) {
		const struct process *proc = &kernel.processes[i];

		if (proc->inum == inum && proc->state == 'Z')
			list = fmt("%s%d,%d %d\n", list, proc->pids[0],
				   proc->pids[1], proc->ppid);
	}
	free_view(&kernel);

	return list;
}

static void zombies(void)
{
	int many = MANY;
	pid_t quiet = start(&(struct child){ .flags = CLONE_NEWPID });
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.threads = 2,
		.run = create_zombies,
		.arg = &many,
	});
	unsigned int inum = inum_of(init);
	struct json_object *document;
	struct run run;

	check_table(fmt("%u %d %d %d\n", inum, MANY + 1, MANY + 3, MANY),
		    "--output NS,NPROCS,TASKS,ZOMBIES @%d", init);
	check_table(fmt("%u 1 1 0\n", inum_of(quiet)),
		    "--output NS,NPROCS,TASKS,ZOMBIES @%d", quiet);
	check(has_column(" ZOMBIES", init));
	check(!has_column(" ZOMBIES", quiet));
	run = run_tool("@%d", init);
	check(strstr(run.out, fmt(" %d\n", MANY)));
	free_run(&run);

	check_table(fmt("%d,1 %d\n%s", init, getpid(), list_zombies(inum)),
		    "--zombies --output PIDS,PPID @%d", init);
	check_table("", "--zombies --output PIDS @%d", quiet);
	document = run_json("--zombies @%d", init);
	check(length(get(item(get(document, "namespaces"), 0), "processes")) ==
	      MANY);
	json_object_put(document);
}

static void exit_leader(void *arg)
{
	(void)arg;
	report_ready();
	syscall(SYS_exit, 0);
}

static void start_leader(void *arg)
{
	(void)arg;
	start(&(struct child){ .threads = 1, .run = exit_leader });
}

/* A thread group leader has exited, and another thread still runs. */
static void zombie_leader(void)
{
	pid_t init = start(&(struct child){ .flags = CLONE_NEWPID,
					    .run = start_leader });
	unsigned int inum = inum_of(init);
	struct json_object *document, *object;
	struct view kernel;
	pid_t pid = 0, tid = 0;
	struct dirent *entry;
	DIR *tasks;

	do {
		scan_proc("/proc", &kernel);
		for (size_t i = 0; i < kernel.nr_processes; i++)
			if (kernel.processes[i].inum == inum &&
			    kernel.processes[i].state == 'Z')
				pid = kernel.processes[i].pids[0];
		free_view(&kernel);
	} while (!pid);

	check_table(fmt("%u 2 3 0\n", inum),
		    "--output NS,NPROCS,TASKS,ZOMBIES %u", inum);
	check(!has_column(" ZOMBIES", init));
	check_table("", "--zombies --output PIDS %u", inum);
	document = run_json("%d", pid);
	object = item(get(document, "processes"), 0);
	check(!strcmp(get_string(object, "state"), "Z"));
	check(get_number(object, "threads") == 2);
	check_levels_in(object, pid);
	json_object_put(document);

	tasks = opendir(fmt("/proc/%d/task", pid));
	check(tasks);
	while ((entry = readdir(tasks)))
		if (atoi(entry->d_name) && atoi(entry->d_name) != pid)
			tid = atoi(entry->d_name);
	closedir(tasks);
	document = run_json("%d", tid);
	object = item(get(document, "processes"), 0);
	check(get_number(object, "pid") == pid);
	check(get_number(object, "tid") == tid);
	check(strcmp(get_string(object, "state"), "Z"));
	check_pids(get(object, "pids"), tid);
	json_object_put(document);
}

/* ---- all processes ---- */

/* Create further children in the PID namespace of another process. */
static void set_child_namespace(pid_t pid)
{
	char *path = fmt("/proc/%d/ns/pid", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	check(fd >= 0);
	check(!setns(fd, CLONE_NEWPID));
	close(fd);
	free(path);
}

/* Start a child in the namespace of another process. */
static pid_t start_in(pid_t pid, const struct child *spec)
{
	pid_t child;

	set_child_namespace(pid);
	child = start(spec);
	set_child_namespace(getpid());

	return child;
}

static void start_grandchild(void *arg)
{
	(void)arg;
	start(&(struct child){ .name = "child", .run = start_child });
}

/* Remove the padding of the first column. */
static void unindent(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if (p == text || p[-1] == '\n')
			p += strspn(p, " ");
		*to++ = *p;
	}
	*to = '\0';
}

static void forest(void)
{
	/* Prefixes of the rows, in the order of the PIDs in the namespace. */
	const char *const trees[] = {
		"|-", "| `-", "|   `-", fmt("`-^%d", getpid()), "  `-"
	};
	pid_t init, entered, children[5];
	struct view kernel;
	struct run run;
	char *wanted;

	init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = start_grandchild,
	});
	entered = start_in(init, &(struct child){ .run = start_child });
	scan_proc("/proc", &kernel);
	for (size_t i = 0; i < kernel.nr_processes; i++)
		if (kernel.processes[i].depth == 2)
			children[kernel.processes[i].pids[1] - 1] =
				kernel.processes[i].pids[0];
	free_view(&kernel);
	check(children[0] == init && children[3] == entered);

	wanted = fmt("%d %u\n", init, inum_of(init));
	for (int i = 0; i < 5; i++)
		wanted = fmt("%s%d %s\n", wanted, children[i], trees[i]);
	/* The C locale draws trees in ASCII. The last column has no padding. */
	setenv("LC_ALL", "C", 1);
	run = run_tool("--forest --noheadings --output PID,NS @%d", init);
	unindent(run.out);
	check_output(run, wanted, NULL);
}

static void no_kthreads(void)
{
	size_t users = 0, listed = 0;
	const struct process *proc;
	struct json_object *document, *list;
	struct view kernel;
	struct run run;
	int pid, ppid, len;

	/* Only kernel threads are created and exit during the test. */
	scan_proc("/proc", &kernel);
	for (size_t i = 0; i < kernel.nr_processes; i++)
		users += !kernel.processes[i].kthread;
	run = run_tool("--all --no-kthreads -rn --output PID,PPID");
	check(!run.status && !*run.err);
	for (char *p = strchr(run.out, '\n') + 1;
	     sscanf(p, "%d %d\n%n", &pid, &ppid, &len) == 2; p += len) {
		proc = find_process(&kernel, pid);
		if (proc && proc->kthread)
			fail("kernel thread %d is not hidden", pid);
		listed += !!proc;
		/* pidnstree itself is the only new process. */
		check(proc || ppid == getpid());
	}
	check(listed == users);
	free_run(&run);
	free_view(&kernel);

	document = run_json("--no-kthreads");
	list = get(item(get(document, "namespaces"), 0), "processes");
	check(length(list) == users + 1);
	json_object_put(document);
	run = run_tool("--all -rn --output PID,PPID,COMM");
	check(strstr(run.out, "\n2 0 kthreadd\n"));
	free_run(&run);
}

/* ---- containers ---- */

static void mount_cgroups(void)
{
	mkdir(CGROUPS, 0755);
	check(!mount("cgroup2", CGROUPS, "cgroup2", 0, NULL) || errno == EBUSY);
}

static void make_cgroup(const char *path)
{
	char *copy = strdup(path);

	for (char *p = copy + strlen(CGROUPS) + 1; p; p = strchr(p + 1, '/')) {
		if (*p != '/')
			continue;
		*p = '\0';
		check(!mkdir(copy, 0755) || errno == EEXIST);
		*p = '/';
	}
	check(!mkdir(path, 0755) || errno == EEXIST);
	free(copy);
}

/**
 * struct member - a process of a container
 * @cgroup: cgroup that the process joins
 * @act: function that it calls then; may be NULL
 * @arg: argument for @act
 */
struct member {
	const char *cgroup;
	void (*act)(void *arg);
	void *arg;
};

static void join_cgroup(void *arg)
{
	const struct member *member = arg;

	make_cgroup(member->cgroup);
	write_file(fmt("%s/cgroup.procs", member->cgroup), "0");
	if (member->act)
		member->act(member->arg);
}

/* Start the first process of a container in a new PID namespace. */
static pid_t start_container(const char *cgroup, void (*act)(void *arg))
{
	struct member member = { cgroup, act, NULL };

	return start(&(struct child){ .flags = CLONE_NEWPID, .run = join_cgroup,
				      .arg = &member });
}

static void containers(void)
{
	pid_t first, second, name, other;
	struct run run;

	mount_cgroups();
	first = start_container(CGROUP, NULL);
	check_levels(first, ID ":1");
	check_levels(first, "c0ffee7:1");
	check_levels(first, "docker://" ID ":1");
	check_table(fmt("%u " SHORT_ID " docker\n", inum_of(first)),
		    "--output NS,CONTAINER,ENGINE " ID);

	/* The IDs of two containers have a common prefix. */
	second = start_container(SIMILAR_CGROUP, NULL);
	name = start_container(CGROUPS "/lxc.payload.web", NULL);
	check_error(run_tool("c0ffee7"), 1,
		    "'c0ffee7' matches several containers: ");
	check_error(run_tool("--pid " SHORT_ID ":1"), 1, "specify the full ID");
	check_levels(second, SHORT_ID "0:1");
	check_levels(first, SHORT_ID "d:1");
	check_levels(name, "web:1");
	check_error(run_tool("--pid webb:1"), 1,
		    "no container, pod or PID namespace 'webb'");

	/* A name takes precedence over another name that begins with it. */
	other = start_container(CGROUPS "/lxc.payload.web2", NULL);
	check_levels(name, "web:1");

	/* The default table has the column only if there is a container. */
	run = run_tool(" ");
	check(!run.status && strstr(run.out, "CONTAINER"));
	check(strstr(run.out, " " SHORT_ID "\n") && strstr(run.out, " web\n"));
	free_run(&run);
	kill_and_reap(first);
	kill_and_reap(second);
	kill_and_reap(name);
	kill_and_reap(other);
	run = run_tool(" ");
	check(!run.status && !strstr(run.out, "CONTAINER"));
	free_run(&run);
}

/* Fewer than 12 decimal digits are a PID or an inode number, not an ID. */
static void decimal_ids(void)
{
	char *id = fmt("%064d", 0);
	pid_t pid;

	memcpy(id, "123456789012", strlen("123456789012"));
	mount_cgroups();
	pid = start_container(fmt(CGROUPS "/docker/%s", id), NULL);
	check_levels(pid, "123456789012:1");
	check_levels(pid, "docker://%s:1", id);
	check_error(run_tool("12345678901"), 1,
		    "no container, pod or PID namespace '12345678901'");
	check_error(run_tool("1234567:1"), 1,
		    "no container, pod or PID namespace '1234567'");
	check_error(run_tool("123456789"), 1, "no PID namespace 123456789");
	check_error(run_tool("1234567"), 1, "no process or thread 1234567");
}

static void pod(void)
{
	struct json_object *document, *list;
	pid_t first, second;

	mount_cgroups();
	first = start_container(POD_CGROUP "/cri-containerd-" ID ".scope", NULL);
	second = start_container(POD_CGROUP "/cri-containerd-" OTHER_ID ".scope",
				 NULL);
	start(&(struct child){ .flags = CLONE_NEWPID });
	check_table(fmt("%d " SHORT_ID " containerd " POD "\n%d " SHORT_OTHER_ID
			" containerd " POD "\n", first, second),
		    "--output PID,CONTAINER,ENGINE,POD " POD);
	check_table(fmt("%d 0 %d\n%d 1 1\n%d 0 %d\n%d 1 1\n", first, first, first,
			second, second, second),
		    "--output TASK,LEVEL,PID " POD ":1");
	document = run_json("--pid " POD ":1");
	list = get(document, "processes");
	check(length(list) == 2);
	check_levels_in(item(list, 0), first);
	check_levels_in(item(list, 1), second);
	json_object_put(document);
}

/* List PID and short ID of the processes in a namespace and a container. */
static char *list_members(unsigned int inum, const char *id)
{
	char *list = fmt("%s", "");
	struct view kernel;

	scan_proc("/proc", &kernel);
	for (size_t i = 0; i < kernel.nr_processes; i++) {
		const struct process *proc = &kernel.processes[i];
		char text[4096] = "";
		FILE *cgroup;

		if (proc->inum != inum)
			continue;
		cgroup = fopen(fmt("/proc/%d/cgroup", proc->pids[0]), "r");
		if (!cgroup)
			continue;
		text[fread(text, 1, sizeof(text) - 1, cgroup)] = '\0';
		fclose(cgroup);
		if (strstr(text, id))
			list = fmt("%s%d %.12s\n", list, proc->pids[0], id);
	}
	free_view(&kernel);

	return list;
}

static void check_container(struct json_object *object, const char *id)
{
	struct json_object *container = get(object, "container");

	if (!id)
		check(!container);
	else
		check(!strcmp(get_string(container, "id"), id));
}

/* A container of docker run --pid=container:OWNER. */
static void shared_with_container(void)
{
	struct json_object *document, *object, *list;
	struct member member = { OTHER_CGROUP, start_child, NULL };
	unsigned int inum;
	pid_t owner, guest, pid;
	char *note;

	mount_cgroups();
	owner = start_container(CGROUP, NULL);
	inum = inum_of(owner);
	guest = start_in(owner, &(struct child){
		.run = join_cgroup,
		.arg = &member,
	});
	note = fmt("container " SHORT_OTHER_ID " shares pid:[%u] with container "
		   SHORT_ID, inum);

	/* The container of a process is its own, not that of the init. */
	check_table(fmt("%d " SHORT_ID "\n%s%s", owner,
			list_members(inum, ID), list_members(inum, OTHER_ID)),
		    "--all --output PID,CONTAINER @%d", owner);
	check_table("0 \n1 " SHORT_OTHER_ID "\n", "--output LEVEL,CONTAINER %u:2",
		    inum);
	document = run_json("--pid %d", guest);
	list = get(document, "levels");
	check(length(list) == 2);
	check_container(item(list, 0), NULL);
	check_container(item(list, 1), OTHER_ID);
	json_object_put(document);
	document = run_json("%d", guest);
	object = item(get(document, "processes"), 0);
	check_container(object, OTHER_ID);
	check_container(item(get(object, "levels"), 1), OTHER_ID);
	check(!strcmp(get_string(object, "cgroup"),
		      &OTHER_CGROUP[strlen(CGROUPS)]));
	json_object_put(document);
	document = run_json("--all @%d", owner);
	object = item(get(document, "namespaces"), 0);
	check_container(object, ID);
	list = get(object, "processes");
	check(length(list) == 3);
	for (size_t i = 0; i < length(list); i++) {
		object = item(list, i);
		pid = json_object_get_int64(item(get(object, "pids"), 0));
		check_container(object, pid == owner ? ID : OTHER_ID);
	}
	json_object_put(document);

	/* The guest container has no init, so it is found by its processes. */
	check_output(run_tool("-rn --output NS,PID,CONTAINER " OTHER_ID),
		     fmt("%u %d " SHORT_ID "\n", inum, owner), note);
	check_output(run_tool("-rn --output PID,CONTAINER --all " SHORT_OTHER_ID),
		     fmt("%d " SHORT_ID "\n%s", owner,
			 list_members(inum, OTHER_ID)), note);
	check_output(run_tool("-rn --output LEVEL,PID " OTHER_ID ":1"),
		     fmt("0 %d\n1 1\n", owner), note);
	check_output(run_tool("-rn --output LEVEL,PID --pid decafbad:2"),
		     fmt("0 %d\n1 2\n", guest), note);
	check_table(fmt("%u %d " SHORT_ID "\n", inum, owner),
		    "--output NS,PID,CONTAINER " ID);
	check_table(fmt("%d " SHORT_ID "\n%s%s", owner, list_members(inum, ID),
			list_members(inum, OTHER_ID)),
		    "--all --output PID,CONTAINER " ID);
}

static void start_namespace(void *arg)
{
	(void)arg;
	start(&(struct child){ .flags = CLONE_NEWPID });
}

/* Act as the monitor of the containers that the test starts. */
static void become_monitor(void)
{
	check(!prctl(PR_SET_NAME, "containerd-shim"));
}

/* A container of docker run --pid=host that creates a PID namespace. */
static void shared_with_host(void)
{
	struct member member = { OTHER_CGROUP, start_namespace, NULL };
	unsigned int inum = inum_of(getpid());
	struct view view;
	char *note, *root, *below;
	pid_t guest, nested;

	mount_cgroups();
	become_monitor();
	guest = start(&(struct child){ .run = join_cgroup, .arg = &member });
	read_view(&view);
	check(view.nr_namespaces == 2);
	nested = view.namespaces[1].init[0];
	free_view(&view);
	/* These namespaces do not belong to the container. */
	start_container(CGROUP, NULL);
	start(&(struct child){ .flags = CLONE_NEWPID });

	note = fmt("container " SHORT_OTHER_ID " shares pid:[%u] with the host",
		   inum);
	root = fmt("%u 1 \n", inum);
	below = fmt("%u %d " SHORT_OTHER_ID "\n", inum_of(nested), nested);
	check_output(run_tool("-rn --output NS,PID,CONTAINER " OTHER_ID),
		     fmt("%s%s", root, below), note);
	check_output(run_tool("-rn --output NS,PID,CONTAINER --all " OTHER_ID),
		     fmt("%s%u %d " SHORT_OTHER_ID "\n%s%s", root, inum, guest,
			 below, below), note);
	check_output(run_tool("-rn --output LEVEL,PID " OTHER_ID ":%d", guest),
		     fmt("0 %d\n", guest), note);
	check_output(run_tool("-rn --output LEVEL,PID " OTHER_ID ":%d", nested),
		     fmt("0 %d\n1 1\n", nested), note);
	check_output(run_tool("-rn --output PID " OTHER_ID ":1"), "1\n", note);
	check_table(fmt("0 %d " SHORT_OTHER_ID "\n", guest),
		    "--output LEVEL,PID,CONTAINER %d", guest);
}

/* A container is found in its own namespace, not in one that it creates. */
static void nested(void)
{
	struct view view;
	pid_t outer, inner;

	mount_cgroups();
	outer = start_container(CGROUP, start_namespace);
	read_view(&view);
	check(view.nr_namespaces == 3);
	inner = view.namespaces[2].init[0];
	free_view(&view);
	start(&(struct child){ .flags = CLONE_NEWPID });

	check_table(fmt("%u %d " SHORT_ID "\n%u %d " SHORT_ID "\n", inum_of(outer),
			outer, inum_of(inner), inner),
		    "--output NS,PID,CONTAINER " ID);
	check_levels(outer, ID ":1");
	check_table(fmt("0 %d\n1 1\n", outer), "--output LEVEL,PID " ID ":1");
	check_levels(inner, ID ":2");
}

static void outlive_parent(void *arg)
{
	(void)arg;
	check(!prctl(PR_SET_PDEATHSIG, 0));
}

static void start_orphan(void *arg)
{
	(void)arg;
	start(&(struct child){ .flags = CLONE_NEWPID, .run = outlive_parent });
	report_ready();
	_exit(0);
}

static void create_orphan(void *arg)
{
	pid_t child = start(&(struct child){ .run = start_orphan });

	(void)arg;
	check(waitpid(child, NULL, 0) == child);
}

/*
 * A container of docker run --pid=host that created a PID namespace. The
 * process that created it has exited, so its init is now a child of the
 * monitor.
 */
static void orphaned_namespace(void)
{
	struct member member = { OTHER_CGROUP, create_orphan, NULL };
	unsigned int inum = inum_of(getpid());
	pid_t guest, orphan;
	struct view view;
	char *note;

	mount_cgroups();
	become_monitor();
	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	guest = start(&(struct child){ .run = join_cgroup, .arg = &member });
	read_view(&view);
	check(view.nr_namespaces == 2);
	orphan = view.namespaces[1].init[0];
	check(find_process(&view, orphan)->ppid == getpid());
	free_view(&view);

	note = fmt("container " SHORT_OTHER_ID " shares pid:[%u] with the host",
		   inum);
	check_output(run_tool("-rn --output NS,PID " OTHER_ID),
		     fmt("%u 1\n%u %d\n", inum, inum_of(orphan), orphan), note);
	check_output(run_tool("-rn --output LEVEL,PID " OTHER_ID ":%d", guest),
		     fmt("0 %d\n", guest), note);
}

/*
 * The process that created the namespace is outside it, but in the cgroup of
 * the container, as with Flatpak. No monitor has started that process.
 */
static void check_sandbox(const char *cgroup, const char *name)
{
	struct member member = { cgroup, start_namespace, NULL };
	struct view view;
	pid_t pid;

	start(&(struct child){ .run = join_cgroup, .arg = &member });
	read_view(&view);
	check(view.nr_namespaces == 2);
	pid = view.namespaces[1].init[0];
	free_view(&view);

	check_table(fmt("%u %d %.12s\n", inum_of(pid), pid, name),
		    "--output NS,PID,CONTAINER %s", name);
	check_levels(pid, "%s:1", name);
}

static void sandbox(void)
{
	mount_cgroups();
	check_sandbox(CGROUPS "/app.slice/app-flatpak-org.example-123.scope",
		      "org.example");
}

static void moved_shell(void)
{
	mount_cgroups();
	check_sandbox(OTHER_CGROUP, OTHER_ID);
}

/* ---- errors ---- */

static void not_found(void)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID });
	unsigned int inum = inum_of(pid);
	char message[128];

	check_error(run_tool("4194304"), 1,
		    "no process or thread 4194304 that you may inspect; '*:4194304' finds");
	check_error(run_tool("--pid 4194304"), 1,
		    "no process or thread 4194304 that you may inspect");
	check_error(run_tool("--task 4194304"), 1,
		    "no process or thread 4194304 that you may inspect");
	check_error(run_tool("@4194304"), 1,
		    "no process or thread 4194304 that you may inspect");
	snprintf(message, sizeof(message),
		 "no process or thread 77 in pid:[%u] that you may inspect; 'pidnstree --all %u' lists",
		 inum, inum);
	check_error(run_tool("%u:77", inum), 1, message);
	check_error(run_tool("--pid %u:77", inum), 1, message);
	check_error(run_tool("*:4194303"), 1,
		    "no process that you may inspect has PID 4194303 at level 1 or deeper");
	check_error(run_tool("4294967295"), 1,
		    "no PID namespace 4294967295 that you may inspect; 'pidnstree' lists");
	check_error(run_tool("pid:[4294967295]:1"), 1,
		    "no PID namespace pid:[4294967295] that you may inspect");
	check_error(run_tool("nowhere"), 1,
		    "no container, pod or PID namespace 'nowhere' that you may inspect; see 'docker ps'");
	check_error(run_tool("nowhere:1"), 1,
		    "no container, pod or PID namespace 'nowhere' that you may inspect");
}

static void contradictions(void)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID });

	check_error(run_tool("%d %u", pid, inum_of(pid)), 1,
		    "cannot be combined with namespace '");
	check_error(run_tool("@%d %d", pid, pid), 1,
		    "run pidnstree once for each");
	check_error(run_tool("-w 5"), 1, "--watch=SECONDS");
	check_error(run_tool("--watch %d", pid), 1, "@PID");
	check_error(run_tool("--task %d %d", pid, pid), 1,
		    "--task cannot be combined with a process argument");
	check_error(run_tool("--pid %d @%d", pid, pid), 1,
		    "use PID, NS:PID or '*:PID'");
	check_error(run_tool("0"), 1, "invalid process '0'");
	check_error(run_tool(":1"), 1, "invalid process ':1'");
}

/* ---- other procfs mounts ---- */

#define WARNING TOOL ": /proc belongs to another PID namespace"

/* Check that a program printed the warning, or nothing on standard error. */
static void check_warning(struct run run, bool warned, const char *out)
{
	size_t lines = 0;

	for (const char *p = run.err; *p; p++)
		lines += *p == '\n';
	if (run.status || lines != warned ||
	    !strncmp(run.err, WARNING, strlen(WARNING)) != warned ||
	    !strstr(run.out, out))
		fail("status %d, '%s' and '%s'", run.status, run.out, run.err);
	free_run(&run);
}

static void mount_procfs(void *arg)
{
	(void)arg;
	check(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	check(!mount("proc", "/proc", "proc", 0, NULL));
}

static void procfs_of_other_namespace(void)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID | CLONE_NEWNS,
					   .run = mount_procfs });
	char *inside = fmt("0 %u 1\n", inum_of(pid));
	char *outside = fmt("0 %u 1\n", inum_of(getpid()));

	check_warning(run_tool("--raw --output LEVEL,NS,PID"), false, outside);
	check_warning(run_program("unshare --pid --fork " TOOL
				  " --raw --output LEVEL,NS,PID"),
		      true, outside);
	check_warning(run_program("unshare --pid --fork " TOOL " --json 1"),
		      true, "\"levels\"");
	check_warning(run_program("nsenter -t %d -p " TOOL
				  " --raw --output LEVEL,NS,PID", pid),
		      true, outside);
	/* The caller has no PID in the namespace of this procfs mount. */
	check_warning(run_program("nsenter -t %d -m " TOOL
				  " --raw --output LEVEL,NS,PID", pid),
		      true, inside);
	check_warning(run_program("unshare --pid --fork --mount-proc " TOOL
				  " --raw --output LEVEL,PID"),
		      false, "0 1\n");
	check_warning(run_program("nsenter -t %d -p -m " TOOL
				  " --raw --output LEVEL,NS,PID", pid),
		      false, inside);
}

/* Check the view of a procfs mount of the namespace of @pid. */
static void check_view_of(const char *proc, pid_t pid, pid_t child)
{
	unsigned int inum = inum_of(pid);
	struct json_object *document, *object;
	int pids[MAX_LEVELS];

	check(nspid(child, pids) == 3);
	check_table(fmt("0 %u 1 0 " SHORT_ID "\n0 %u 1 0 " SHORT_ID "\n"
			"1 %u %d,1 1 " SHORT_ID "\n1 %u %d,1 1 " SHORT_ID "\n",
			inum, inum, inum_of(child), pids[1], inum_of(child),
			pids[1]),
		    "--proc %s --all --output LEVEL,NS,PIDS,PPID,CONTAINER", proc);
	check_table(fmt("0 %u %d\n1 %u 1\n", inum, pids[1], inum_of(child)),
		    "--proc %s --output LEVEL,NS,PID @%d:1", proc, pids[1]);
	/* The command line is read from the directory of the PID in @proc. */
	document = run_json("--proc %s %d", proc, pids[1]);
	object = item(get(document, "processes"), 0);
	check(!strcmp(get_string(object, "comm"), "inner"));
	/* The test program may have arguments. */
	check(!strncmp(get_string(object, "command"), program_invocation_name,
		       strlen(program_invocation_name)));
	json_object_put(document);
}

static void start_inner(void *arg)
{
	mount_procfs(arg);
	start(&(struct child){ .flags = CLONE_NEWPID, .name = "inner" });
}

/* Start a container with its own procfs mount and a nested PID namespace. */
static pid_t start_nested_container(pid_t *child)
{
	struct member member = { CGROUP, start_inner, NULL };
	struct view view;
	pid_t pid;

	mount_cgroups();
	pid = start(&(struct child){
		.flags = CLONE_NEWPID | CLONE_NEWNS,
		.run = join_cgroup,
		.arg = &member,
	});
	read_view(&view);
	check(view.nr_namespaces == 3);
	*child = view.namespaces[2].init[0];
	free_view(&view);

	return pid;
}

static void container_procfs(void)
{
	pid_t child, pid = start_nested_container(&child);

	check_view_of(fmt("/proc/%d/root/proc", pid), pid, child);
}

#define MOUNTED "/tmp/procfs"

static void pidns_option(void)
{
	pid_t child, pid = start_nested_container(&child);

	mkdir(MOUNTED, 0755);
	if (mount("proc", MOUNTED, "proc", 0,
		  fmt("pidns=/proc/%d/ns/pid", pid))) {
		check(errno == EINVAL);
		printf("# this kernel does not support the procfs option pidns=\n");
		return;
	}
	check_view_of(MOUNTED, pid, child);
	check(!umount(MOUNTED));
}

/* ---- saved files ---- */

#define SAVED "/tmp/saved_files"
#define SAVED_BY_USER "/tmp/saved_by_user"

/* All columns except USER: saved files have no names of users. */
#define COLUMNS \
	"NS,LEVEL,PNS,ONS,OWNER,NPROCS,TASKS,ZOMBIES,STATE,PIDMAX,NSID,HOLDER," \
	"PID,PIDS,TASK,TGID,PPID,THREADS,S,UID,COMM,COMMAND,CONTAINER,NAME," \
	"ENGINE,POD,PODNAME,UNIT,CGROUP"

static bool is_asleep(pid_t task)
{
	FILE *file = fopen(fmt("/proc/%d/stat", task), "r");
	char text[1024] = "", *end;

	check(file && fread(text, 1, sizeof(text) - 1, file));
	fclose(file);
	/* The name before the state may have any bytes. */
	end = strrchr(text, ')');
	check(end);

	return strchr("SZ", end[2]);
}

/* Wait until all threads in descendant namespaces sleep, and keep their state. */
static void wait_until_quiet(void)
{
	struct dirent *entry;
	struct view kernel;
	bool quiet;
	DIR *tasks;

	do {
		quiet = true;
		scan_proc("/proc", &kernel);
		for (size_t i = 0; i < kernel.nr_processes; i++) {
			if (kernel.processes[i].depth == 1)
				continue;
			tasks = opendir(fmt("/proc/%d/task",
					    kernel.processes[i].pids[0]));
			check(tasks);
			while ((entry = readdir(tasks)))
				if (isdigit((unsigned char)entry->d_name[0]))
					quiet &= is_asleep(atoi(entry->d_name));
			closedir(tasks);
		}
		free_view(&kernel);
	} while (!quiet);
}

static void start_all_kinds(void *arg)
{
	name_threads(arg);
	start_grandchild(arg);
	create_zombies(arg);
	start_namespace(arg);
}

/* Saved files have no names of users. */
static void remove_users(struct json_object *object)
{
	if (json_object_is_type(object, json_type_array)) {
		for (size_t i = 0; i < length(object); i++)
			remove_users(item(object, i));
	} else if (json_object_is_type(object, json_type_object)) {
		json_object_object_del(object, "user");
		json_object_object_foreach(object, key, value) {
			(void)key;
			remove_users(value);
		}
	}
}

static void compare_output(const char *arguments)
{
	struct run live = run_tool("%s", arguments);
	struct run saved = run_tool("--proc " SAVED " %s", arguments);

	if (live.status || !*live.out || saved.status ||
	    strcmp(live.err, saved.err) || strcmp(live.out, saved.out))
		fail("%s: live '%s%s', saved '%s%s'", arguments, live.out,
		     live.err, saved.out, saved.err);
	free_run(&live);
	free_run(&saved);
}

static void compare_json(const char *arguments)
{
	struct json_object *live = run_json("%s", arguments);
	struct json_object *saved = run_json("--proc " SAVED " %s", arguments);

	remove_users(live);
	remove_users(saved);
	if (!json_object_equal(live, saved))
		fail("%s: live %s, saved %s", arguments,
		     json_object_to_json_string(live),
		     json_object_to_json_string(saved));
	json_object_put(live);
	json_object_put(saved);
}

/* For check_mode(): the expected owner, and the number of files so far. */
static uid_t owner_of_saved;
static int saved_files;

static int check_mode(const char *path, const struct stat *info, int type,
		      struct FTW *walk)
{
	(void)walk;
	if (info->st_uid != owner_of_saved || (info->st_mode & 07777) !=
				     (type == FTW_D ? 0700 : 0600))
		fail("%s: mode %o", path, info->st_mode);
	saved_files++;

	return 0;
}

static void check_modes(const char *directory, uid_t uid)
{
	owner_of_saved = uid;
	saved_files = 0;
	check(!nftw(directory, check_mode, 16, FTW_PHYS));
	check(saved_files > 5);
}

/* Remove a directory that an earlier run may have left. */
static void remove_directory(const char *path)
{
	struct run run = run_program("rm -rf %s", path);

	check(!run.status);
	free_run(&run);
}

static void saved_directory(void)
{
	int few = 3;
	struct member member = { CGROUP, start_all_kinds, &few };
	unsigned int inum;
	struct json_object *document;
	int pids[MAX_LEVELS];
	pid_t top, entered, task = 0;
	struct dirent *entry;
	struct stat before, after;
	DIR *tasks;

	mount_cgroups();
	top = start(&(struct child){
		.flags = CLONE_NEWPID,
		.threads = 2,
		.name = "a (b) c\\\n",
		.run = join_cgroup,
		.arg = &member,
	});
	inum = inum_of(top);
	member = (struct member){ .cgroup = OTHER_CGROUP };
	entered = start_in(top, &(struct child){
		.run = join_cgroup,
		.arg = &member,
	});
	wait_until_quiet();
	tasks = opendir(fmt("/proc/%d/task", top));
	check(tasks);
	while ((entry = readdir(tasks)))
		if (atoi(entry->d_name) && atoi(entry->d_name) != top)
			task = atoi(entry->d_name);
	closedir(tasks);
	check(nspid(task, pids) == 2);

	remove_directory(SAVED);
	umask(0);
	check_output(run_tool("--save " SAVED), "", NULL);
	check_modes(SAVED, 0);
	check(!stat(SAVED, &before));
	check_error(run_tool("--save " SAVED), 1, "cannot create " SAVED);
	check(!stat(SAVED, &after));
	check(before.st_ino == after.st_ino &&
	      before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);

	compare_output(fmt("--all --raw --output " COLUMNS " %u", inum));
	compare_output(fmt("--forest --output NS,PID,PPID,COMMAND @%d", top));
	compare_output(fmt("--zombies --output NS,PIDS,PPID,S %u", inum));
	compare_output(fmt("--all --raw --output PID,CONTAINER " OTHER_ID));
	compare_output("--raw --output LEVEL,NS,PID,COMMAND " ID ":1");
	compare_output("--raw --output LEVEL,NS,PID " OTHER_ID ":1");
	compare_output("--raw --output PID,NS,LEVEL,CONTAINER *:4");
	compare_output(fmt("--pid %d %d", top, task));
	compare_output(fmt("--raw --output TASK,TGID,COMM,S,PID %u:%d", inum,
			   pids[1]));
	compare_json(fmt("%u", inum));
	compare_json(fmt("--all %u", inum));
	compare_json(fmt("%d", top));
	compare_json(fmt("%d", task));
	compare_json(fmt("--pid %u:%d", inum, pids[1]));

	/*
	 * The output for saved files must not depend on running processes. End
	 * the init last: it waits in zap_pid_ns_processes() until all other
	 * processes of its namespace are reaped.
	 */
	kill_and_reap(entered);
	kill_and_reap(top);
	document = run_json("--proc " SAVED " %d", task);
	check(get_number(item(get(document, "processes"), 0), "pid") == top);
	json_object_put(document);
}

static void become_user(void *arg)
{
	(void)arg;
	switch_user(USER);
}

#define LIMITED "limited view: processes that you may not inspect are hidden; run as root to see all"

static void check_limited(struct run run, pid_t own)
{
	check_output(run, fmt("%u ? \n%u %d,1 %d\n", inum_of(getpid()),
			      inum_of(own), own, USER), LIMITED);
}

/* The saved files lack the processes that the user may not inspect. */
static void saved_by_user(void)
{
	pid_t own = start(&(struct child){ .flags = CLONE_NEWPID,
					   .run = become_user });
	pid_t other = start(&(struct child){ .flags = CLONE_NEWPID });
	struct run run;

	remove_directory(SAVED_BY_USER);
	run = run_as(USER, "--save " SAVED_BY_USER);
	check(!run.status && !*run.out);
	free_run(&run);
	check_modes(SAVED_BY_USER, USER);
	check(!access(fmt(SAVED_BY_USER "/%d/cgroup", own), F_OK));
	check(access(fmt(SAVED_BY_USER "/%d", other), F_OK));
	check(access(SAVED_BY_USER "/1", F_OK));
	check_limited(run_as(USER, "-rn --output NS,PIDS,UID"), own);
	check_limited(run_as(USER, "-rn --output NS,PIDS,UID --proc "
			     SAVED_BY_USER), own);
	check_limited(run_tool("-rn --output NS,PIDS,UID --proc "
			       SAVED_BY_USER), own);
}

/* ---- lsns ---- */

#define LSNS_COLUMNS \
	"--raw --noheadings --output NS,PNS,ONS,NPROCS,PID,USER,COMMAND"

static int compare_strings(const void *first, const void *second)
{
	return strcmp(*(char *const *)first, *(char *const *)second);
}

/*
 * Split a table into sorted rows, and drop the row of the initial namespace,
 * whose processes come and go.
 */
static size_t split_rows(char *table, char *rows[], size_t most)
{
	char *initial = fmt("%u ", inum_of(1)), *save;
	size_t count = 0;

	for (char *row = strtok_r(table, "\n", &save); row;
	     row = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(row, initial, strlen(initial)))
			continue;
		check(count < most);
		rows[count++] = row;
	}
	qsort(rows, count, sizeof(*rows), compare_strings);

	return count;
}

static void start_two(void *arg)
{
	(void)arg;
	start(&(struct child){});
	start(&(struct child){ .threads = 2 });
}

static void create_user_namespace(void *arg)
{
	(void)arg;
	/* The IDs of a process that creates a user namespace must be mapped. */
	write_file("/proc/self/uid_map", "0 0 1");
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/gid_map", "0 0 1");
	start(&(struct child){ .flags = CLONE_NEWPID | CLONE_NEWUSER });
}

/*
 * Compare the hierarchy, the owners and the numbers of processes with lsns(8):
 * a user namespace that owns a PID namespace, a user namespace in it, a PID
 * namespace of the initial user namespace, and one with three processes.
 */
static void lsns_columns(void)
{
	char *theirs[16], *ours[16];
	struct run lsns, tool;
	size_t count;

	start(&(struct child){
		.flags = CLONE_NEWPID | CLONE_NEWUSER,
		.run = create_user_namespace,
	});
	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2 });
	start(&(struct child){ .flags = CLONE_NEWPID, .run = start_two });

	/* Without --list, lsns draws a tree in the column COMMAND. */
	lsns = run_program("lsns --list --type pid " LSNS_COLUMNS);
	if (lsns.status && strstr(lsns.err, "unknown column")) {
		printf("# skipped: lsns has no columns PNS and ONS\n");
		free_run(&lsns);
		return;
	}
	if (lsns.status)
		fail("lsns exits with %d: %s", lsns.status, lsns.err);
	tool = run_tool(LSNS_COLUMNS);
	check(!tool.status);
	count = split_rows(lsns.out, theirs, 16);
	check(split_rows(tool.out, ours, 16) == count && count == 5);
	for (size_t i = 0; i < count; i++)
		if (strcmp(theirs[i], ours[i]))
			fail("lsns has '%s', pidnstree '%s'", theirs[i],
			     ours[i]);
	free_run(&lsns);
	free_run(&tool);
}

static const struct test tests[] = {
	{ "processes at 32 levels", all_levels },
	{ "several processes", several_processes },
	{ "a PID at any level", any_level },
	{ "an ID that outlives its process", kept_ids },
	{ "threads by their TIDs", threads },
	{ "500 zombies of an init that does not reap", zombies },
	{ "a zombie leader with a running thread", zombie_leader },
	{ "--forest, and a parent in another namespace", forest },
	{ "--no-kthreads", no_kthreads },
	{ "containers by ID and by name", containers },
	{ "a container ID that begins with digits", decimal_ids },
	{ "all containers of a pod", pod },
	{ "a container in the namespace of another", shared_with_container },
	{ "a container in the namespace of the host", shared_with_host },
	{ "namespaces that containers create", nested },
	{ "a namespace whose creator has exited", orphaned_namespace },
	{ "a sandbox with its creator in the cgroup", sandbox },
	{ "a shell that was moved into a cgroup", moved_shell },
	{ "processes, namespaces and containers that do not exist", not_found },
	{ "operands that contradict each other or an option", contradictions },
	{ "/proc of another PID namespace", procfs_of_other_namespace },
	{ "the procfs mount of a container", container_procfs },
	{ "a procfs mounted with pidns=", pidns_option },
	{ "saved files", saved_directory },
	{ "saved files of a user", saved_by_user },
	{ "hierarchy, owners and processes as in lsns", lsns_columns },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
