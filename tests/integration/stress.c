// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * stress [SECONDS [SEED]]: create and kill processes and namespaces of all
 * kinds as fast as possible, while four kinds of readers read in all ways and
 * the module is unloaded and loaded.
 *
 * The schedule is random, so run it for long, on a debug kernel. The tests at
 * the end check that every complete read was well-formed, that calls failed
 * only because of an unloaded module, and that all objects are freed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "view.h"
#include "world.h"

#define SECONDS 180

/* How long the workers may need to exit after that time. */
#define END_SECONDS 600

/* The children of a creator at one time, each with up to a dozen processes. */
#define SLOTS 8
#define DEPTH 8

/* UIDs of creators. The readers have other UIDs. */
#define FIRST_USER 2000
#define USERS 4

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))

static struct {
	unsigned int seed;
	pid_t supervisor;
	atomic_bool stop;
	/* Numbers of processes and namespaces that were created. */
	atomic_long processes;
	atomic_long namespaces;
	/* Calls of read(), reads up to the end, those that parsed. */
	atomic_long reads;
	atomic_long complete[VIEWS];
	atomic_long parsed[VIEWS];
	/*
	 * Unloads that have begun and ended, and loads that have ended. The
	 * module may be missing while unloads_begun exceeds loads.
	 */
	atomic_long unloads_begun;
	atomic_long unloads;
	atomic_long loads;
	/* Calls that failed because the module was unloaded. */
	atomic_long failed_opens;
	atomic_long failed_calls;
	/* Bugs: failed checks, and workers that exited early or were killed. */
	atomic_long errors;
	atomic_long early_exits;
} *shared;

/* check() for a process whose exit status may be lost: it counts the error. */
#define check_shared(condition)                                               \
	do {                                                                  \
		if (!(condition)) {                                           \
			shared->errors++;                                     \
			fail("%s:%d: check failed: %s (errno: %s)", __FILE__, \
			     __LINE__, #condition, strerror(errno));          \
		}                                                             \
	} while (0)

static unsigned int seed;

static unsigned int random_below(unsigned int limit)
{
	return rand_r(&seed) % limit;
}

/* ---- creators ---- */

/* Flags to create a PID namespace: a user needs a user namespace, too. */
static int new_pid_ns = CLONE_NEWPID;

/* In a user namespace of its own, a process may create PID namespaces. */
static void update_new_pid_ns(int flags)
{
	if (flags & CLONE_NEWUSER)
		new_pid_ns = CLONE_NEWPID;
}

/* Another child of the same creator, which may have exited. */
static pid_t sibling;

/*
 * Fork, and count what is created. This may fail because PIDs are exhausted, in
 * a dying namespace, or because the IDs are not mapped in the user namespace.
 *
 * Return: as fork().
 */
static pid_t create_child(int flags)
{
	unsigned int child_seed = rand_r(&seed);
	pid_t child = do_clone(flags);

	if (child < 0)
		check_shared(errno == EAGAIN || errno == ENOMEM ||
			     errno == ENOSPC ||
			     (errno == EPERM && (flags & CLONE_NEWUSER)));
	if (!child) {
		seed = child_seed;
		update_new_pid_ns(flags);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	if (child > 0) {
		shared->processes++;
		shared->namespaces += !!(flags & CLONE_NEWPID);
	}

	return child;
}

/* Nested namespaces, with or without a second process in each. */
static void create_nested(void)
{
	for (int depth = random_below(DEPTH); depth; depth--) {
		if (random_below(2) && !create_child(0))
			return;
		if (create_child(new_pid_ns))
			return;
	}
}

/* A user that creates a PID namespace in a new user namespace. */
static void create_as_user(void)
{
	unsigned int id = FIRST_USER + random_below(USERS);

	/* Fails in a user namespace that does not map the ID. */
	if (!setresgid(id, id, id))
		check_shared(!setresuid(id, id, id));
	if (random_below(2))
		prctl(PR_SET_DUMPABLE, 1);
	if (!create_child(CLONE_NEWUSER | CLONE_NEWPID))
		create_nested();
}

static bool unshare_pid_ns(int flags)
{
	if (unshare(flags)) {
		check_shared(errno == ENOSPC);
		return false;
	}
	update_new_pid_ns(flags);
	shared->namespaces++;

	return true;
}

/* The holder of a pending namespace, or of one whose init has exited. */
static void hold_new_namespace(int flags)
{
	pid_t child;

	if (!unshare_pid_ns(flags) || random_below(2))
		return;
	child = create_child(0);
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
}

static void hold_in_process(void)
{
	hold_new_namespace(new_pid_ns);
}

static void *hold_in_new_thread(void *arg)
{
	(void)arg;
	hold_new_namespace(CLONE_NEWPID);
	sleep_forever();
}

static void *sleep_in_thread(void *arg)
{
	(void)arg;
	sleep_forever();
}

static void *exec_in_new_thread(void *arg)
{
	(void)arg;
	execl("/proc/self/exe", "stress", "sleep", NULL);
	check_shared(!"exec");
	return NULL;
}

static void start_thread(void *(*run)(void *arg))
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, run, NULL);

	check_shared(!err || err == EAGAIN);
}

static void hold_in_thread(void)
{
	/* A process with threads cannot unshare its user namespace. */
	start_thread(new_pid_ns & CLONE_NEWUSER ? sleep_in_thread :
						  hold_in_new_thread);
}

static void exec_in_thread(void)
{
	for (int i = random_below(4); i; i--)
		start_thread(sleep_in_thread);
	start_thread(exec_in_new_thread);
}

static void exit_main_thread(void)
{
	start_thread(sleep_in_thread);
	hold_in_thread();
	syscall(SYS_exit, 0);
}

static void create_orphan(void)
{
	if (create_child(0))
		return;
	create_child(0);
	_exit(0);
}

/* An init that exits while it has children. */
static void exit_with_children(void)
{
	for (int i = 0; i < 4; i++)
		if (!create_child(i % 2 ? new_pid_ns : 0))
			return;
	usleep(random_below(20000));
	_exit(0);
}

/*
 * Stay in a process group whose leader, an init, has exited. An init must not
 * do this, because it would never exit: zap_pid_ns_processes() waits until the
 * struct pid of the leader is freed, but the process group of the waiting init
 * refers to it.
 */
static void stay_in_group(void)
{
	pid_t leader;

	if (getpid() == 1 && create_child(0))
		return;
	leader = create_child(new_pid_ns);
	if (leader <= 0)
		return;
	check_shared(!setpgid(leader, leader));
	check_shared(!setpgid(0, leader));
	check_shared(!kill(leader, SIGKILL));
	check_shared(waitpid(leader, NULL, 0) == leader);
}

/* Stay in a session whose leader has exited. */
static void stay_in_session(void)
{
	pid_t leader = create_child(0);

	if (leader) {
		if (leader > 0)
			waitpid(leader, NULL, 0);
		return;
	}
	check_shared(setsid() > 0);
	if (!create_child(0)) {
		prctl(PR_SET_PDEATHSIG, 0);
		return;
	}
	_exit(0);
}

/* Create children in the namespace of a sibling, or in its pid_for_children. */
static void fork_in_sibling(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid%s", sibling,
		 random_below(2) ? "" : "_for_children");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!setns(fd, CLONE_NEWPID)) {
		for (int i = random_below(4); i; i--)
			if (!create_child(0))
				return;
		usleep(random_below(50000));
		/* Reap, because the init there waits for these zombies. */
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
	close(fd);
}

static void fork_repeatedly(void)
{
	for (int i = 0; i < 100; i++) {
		pid_t child = create_child(i % 10 ? 0 : new_pid_ns);

		if (!child)
			_exit(0);
		waitpid(child, NULL, 0);
	}
}

static void (* const behaviours[])(void) = {
	create_nested, create_as_user, hold_in_process, hold_in_thread,
	exec_in_thread, exit_main_thread, create_orphan, exit_with_children,
	stay_in_group, stay_in_session, fork_in_sibling, fork_repeatedly,
	sleep_forever,
};

struct slot {
	pid_t pid;
	bool killed;
};

static void fill_slot(struct slot *slot)
{
	slot->killed = false;
	slot->pid = create_child(random_below(3) ? new_pid_ns : 0);
	if (!slot->pid) {
		behaviours[random_below(ARRAY_SIZE(behaviours))]();
		sleep_forever();
	}
	if (slot->pid < 0)
		slot->pid = 0;
}

/* An init may have to wait until other processes reap zombies. */
static void reap_slot(struct slot *slot, int options)
{
	pid_t reaped;
	int status;

	reaped = waitpid(slot->pid, &status, options);
	if (!reaped)
		return;
	check_shared(reaped == slot->pid);
	check_shared(!status ||
		     (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
	slot->pid = 0;
}

static void kill_slot(struct slot *slot)
{
	check_shared(!kill(slot->pid, SIGKILL));
	slot->killed = true;
}

/* Create a child, kill it, reap it after a while, and repeat. */
static void create_and_kill(void *arg)
{
	struct slot slots[SLOTS] = {};

	(void)arg;
	report_ready();
	while (!shared->stop) {
		struct slot *slot = &slots[random_below(SLOTS)];

		sibling = slots[random_below(SLOTS)].pid;
		if (!slot->pid)
			fill_slot(slot);
		else if (!slot->killed)
			kill_slot(slot);
		else
			reap_slot(slot, WNOHANG);
	}

	for (int i = 0; i < SLOTS; i++)
		if (slots[i].pid)
			kill_slot(&slots[i]);
	for (int i = 0; i < SLOTS; i++)
		if (slots[i].pid)
			reap_slot(&slots[i], 0);
	_exit(0);
}

static void create_on_cpu(void *arg)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(*(int *)arg, &cpus);
	check(!sched_setaffinity(0, sizeof(cpus), &cpus));
	seed = shared->seed + *(int *)arg;
	create_and_kill(NULL);
}

/* ---- the module ---- */

static void reload_module(void *arg)
{
	char buffer[1000];

	(void)arg;
	seed = shared->seed - 1;
	report_ready();
	while (!shared->stop) {
		int fd = open_file();

		usleep(random_below(500000));
		check(!random_below(2) || read(fd, buffer, sizeof(buffer)) > 0);
		shared->unloads_begun++;
		unload();
		shared->unloads++;
		check(read(fd, buffer, sizeof(buffer)) < 0 && errno == EIO);
		check(!close(fd));
		usleep(random_below(20000));
		load();
		shared->loads++;
	}
	_exit(0);
}

/* ---- readers ---- */

struct reader {
	enum view_kind kind;
	int fd;
	/* Number of unloads before the file was opened. */
	long unloads;
	/* The reader's own PID namespace and UID. */
	unsigned int inum;
	unsigned int uid;
};

static bool open_once(struct reader *reader)
{
	long loads = shared->loads;

	reader->unloads = shared->unloads;
	reader->fd = open(PIDNS_TREE, O_RDONLY | O_CLOEXEC);
	if (reader->fd >= 0)
		return true;
	check_shared(errno == ENOENT);
	check_shared(shared->unloads_begun > loads);
	shared->failed_opens++;

	return false;
}

/* A call may fail only if the module has been unloaded since open. */
static void check_failure(const struct reader *reader, bool right_errno)
{
	check_shared(right_errno);
	check_shared(shared->unloads_begun > reader->unloads);
	shared->failed_calls++;
}

static ssize_t read_piece(const struct reader *reader, char *buffer,
			  size_t size)
{
	ssize_t got = read(reader->fd, buffer, size);

	shared->reads++;
	if (got < 0)
		check_failure(reader, errno == EIO);

	return got;
}

/* Read up to the end, and return NULL if a read fails. */
static char *read_rest(const struct reader *reader, size_t piece)
{
	size_t size = 1 << 16, len = 0;
	char *text = NULL;
	ssize_t got;

	do {
		size *= 2;
		text = realloc(text, size + 1);
		check_shared(text);
		do {
			size_t room = size - len;

			got = read_piece(reader, text + len,
					 piece < room ? piece : room);
			len += got > 0 ? got : 0;
		} while (got > 0 && len < size);
	} while (got > 0);
	if (got < 0) {
		free(text);
		return NULL;
	}
	text[len] = '\0';

	return text;
}

/* Check that this reader sees only processes with its own UID. */
static void check_uids(const struct view *view, unsigned int uid)
{
	for (size_t i = 0; i < view->nr_processes; i++)
		if (view->processes[i].uid != uid)
			fail("process %d of UID %u is shown to UID %u",
			     view->processes[i].pids[0], view->processes[i].uid,
			     uid);
}

/* Check for processes that must be shown, and for data that must be hidden. */
static void check_content(const struct reader *reader, const char *text,
			  const struct view *view)
{
	const struct process *me = find_process(view, getpid());

	check(me);
	check(view->namespaces[0].inum == reader->inum);
	check(me->inum == reader->inum);
	check((view->namespaces[0].pids >= 0) ==
	      (reader->kind == VIEW_ROOT || reader->kind == VIEW_CONTAINER));

	switch (reader->kind) {
	case VIEW_ROOT:
		check(find_process(view, 1));
		check(find_process(view, shared->supervisor));
		break;
	case VIEW_USER:
	case VIEW_USERNS:
		check(view->namespaces[0].init_depth == -1);
		check_uids(view, reader->uid);
		break;
	case VIEW_CONTAINER:
		check(!strstr(text, "4026531836"));
		break;
	case VIEWS:
		break;
	}
}

static void check_text(const struct reader *reader, char *text)
{
	struct view view;

	if (!text)
		return;
	shared->complete[reader->kind]++;
	parse(text, &view);
	check_content(reader, text, &view);
	shared->parsed[reader->kind]++;
	free_view(&view);
	free(text);
}

/* Single bytes take as long as hundreds of other reads, so use them rarely. */
static size_t random_piece(void)
{
	static const size_t pieces[] = { 61, 512, 4096, 1 << 16, 1 << 20 };

	if (!random_below(50))
		return 1;

	return pieces[random_below(ARRAY_SIZE(pieces))];
}

static void read_whole(const struct reader *reader)
{
	check_text(reader, read_rest(reader, random_piece()));
}

static void read_part(const struct reader *reader)
{
	char buffer[5000];

	for (int i = random_below(4); i; i--)
		if (read_piece(reader, buffer,
			       1 + random_below(sizeof(buffer))) < 0)
			return;
}

/* The content at an offset may have changed, but all bytes are printable. */
static void read_at_offsets(const struct reader *reader)
{
	char buffer[5000];
	ssize_t got;

	for (int i = 0; i < 5; i++) {
		off_t at = random_below(1 << 15);
		size_t size = 1 + random_below(sizeof(buffer));

		if (random_below(2)) {
			if (lseek(reader->fd, at, SEEK_SET) != at)
				return check_failure(reader, errno == EINVAL);
			got = read_piece(reader, buffer, size);
		} else {
			shared->reads++;
			got = pread(reader->fd, buffer, size, at);
			if (got < 0)
				check_failure(reader, errno == EIO);
		}
		check_shared(got < 0 || is_printable(buffer, got));
	}
}

static void read_again(const struct reader *reader)
{
	read_part(reader);
	if (lseek(reader->fd, 0, SEEK_SET))
		return check_failure(reader, errno == EINVAL);
	read_whole(reader);
}

/* Pause between two reads, possibly within a line. */
static void read_slowly(const struct reader *reader)
{
	size_t len = 1 + random_below(5000);
	char *text = calloc(1, len + 1), *rest;
	ssize_t got = read_piece(reader, text, len);

	check_shared(text);
	usleep(random_below(300000));
	rest = got < 0 ? NULL : read_rest(reader, random_piece());
	if (rest) {
		text = realloc(text, got + strlen(rest) + 1);
		check_shared(text);
		strcpy(text + got, rest);
		free(rest);
		check_text(reader, text);
	} else {
		free(text);
	}
}

static void (* const ways_to_read[])(const struct reader *reader) = {
	read_whole, read_whole, read_part, read_at_offsets, read_again,
	read_slowly,
};

/*
 * Kill all children except @kept, which are orphans, and reap zombies.
 *
 * Return: the first of @kept that has exited, or 0.
 */
static pid_t reap_children(const pid_t *kept, size_t count, int *status)
{
	char path[64];
	FILE *file;
	pid_t pid;
	size_t i;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	file = fopen(path, "r");
	check_shared(file);
	while (fscanf(file, "%d", &pid) == 1) {
		for (i = 0; i < count && kept[i] != pid; i++)
			;
		if (i == count)
			kill(pid, SIGKILL);
	}
	fclose(file);

	while ((pid = waitpid(-1, status, WNOHANG)) > 0)
		for (i = 0; i < count; i++)
			if (kept[i] == pid)
				return pid;

	return 0;
}

static void read_once(struct reader *reader)
{
	if (!open_once(reader)) {
		usleep(1000);
		return;
	}
	ways_to_read[random_below(ARRAY_SIZE(ways_to_read))](reader);
	check_shared(!close(reader->fd));
}

/* Read until shared->stop, and start a creator with the same credentials. */
static void read_until_stopped(void *arg)
{
	struct reader reader = { .kind = *(enum view_kind *)arg };
	struct stat mine;
	pid_t creator;
	int status;

	take_view(reader.kind);
	if (reader.kind == VIEW_USER)
		new_pid_ns |= CLONE_NEWUSER;
	check_shared(!stat("/proc/self/ns/pid", &mine));
	reader.inum = mine.st_ino;
	reader.uid = getuid();
	seed = shared->seed + 100 * (1 + reader.kind);
	creator = start(&(struct child){ .run = create_and_kill });
	report_ready();

	while (!reap_children(&creator, 1, &status)) {
		if (shared->stop)
			usleep(10000);
		else
			read_once(&reader);
	}
	check_shared(shared->stop && !status);
	_exit(0);
}

/* ---- workers and tests ---- */

#define MAX_WORKERS 100

static pid_t workers[MAX_WORKERS];
static size_t nr_workers;

static void start_worker(int flags, void (*run)(void *arg), void *arg)
{
	check(nr_workers < MAX_WORKERS);
	workers[nr_workers++] = start(&(struct child){
		.flags = flags,
		.run = run,
		.arg = arg,
	});
}

static void start_all(void)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (cpus > MAX_WORKERS / 2)
		cpus = MAX_WORKERS / 2;
	for (enum view_kind kind = 0; kind < VIEWS; kind++)
		start_worker(view_flags(kind), read_until_stopped, &kind);
	for (int i = 0; i < cpus; i++)
		start_worker(0, create_on_cpu, &i);
	start_worker(0, reload_module, NULL);
}

/* A worker must not exit before shared->stop, nor with an error. */
static void note_exit(pid_t pid, int status)
{
	if (!shared->stop || status) {
		printf("# worker %d exited early or failed, status %#x\n", pid,
		       status);
		fflush(stdout);
		shared->early_exits++;
		shared->stop = true;
	}
	for (size_t i = 0; i < nr_workers; i++)
		if (workers[i] == pid)
			workers[i--] = workers[--nr_workers];
}

static void stress(long seconds)
{
	time_t until = time(NULL) + seconds;
	int status;
	pid_t pid;

	start_all();
	while (nr_workers) {
		pid = reap_children(workers, nr_workers, &status);
		if (pid)
			note_exit(pid, status);
		if (time(NULL) >= until)
			shared->stop = true;
		usleep(10000);
	}
	/* Kill and reap the remaining orphans. */
	do {
		reap_children(NULL, 0, &status);
		usleep(1000);
	} while (waitpid(-1, NULL, WNOHANG) >= 0);
}

static void complete_reads(void)
{
	for (int i = 0; i < VIEWS; i++) {
		check(shared->complete[i] > 0);
		check(shared->parsed[i] == shared->complete[i]);
	}
}

static void errors(void)
{
	check(!shared->errors);
	check(shared->reads > 0);
	check(shared->failed_opens > 0);
	check(shared->failed_calls > 0);
}

static void early_exits(void)
{
	check(!shared->early_exits);
	check(shared->processes > 0);
	check(shared->namespaces > 0);
	check(shared->unloads > 0);
	check(shared->unloads == shared->unloads_begun &&
	      shared->loads == shared->unloads);
}

static void freed(void)
{
	wait_until_freed(0);
}

static void matches_proc(void)
{
	unload();
	load();
	check_view("/proc");
}

static const struct test tests[] = {
	{ "each complete read is well-formed and shows the right processes",
	  complete_reads },
	{ "calls fail only if the module has been unloaded", errors },
	{ "no worker exits early or fails", early_exits },
	{ "all namespaces are freed", freed },
	{ "after another load, pidns_tree matches the rest of /proc",
	  matches_proc },
};

static void print_figures(void)
{
	long checked = 0;

	for (int i = 0; i < VIEWS; i++)
		checked += shared->parsed[i];
	printf("# %ld namespaces and %ld processes were created\n",
	       shared->namespaces, shared->processes);
	printf("# %ld reads; %ld complete reads were checked:\n", shared->reads,
	       checked);
	printf("# by root %ld, by a user %ld, in a container %ld, in a user namespace %ld\n",
	       shared->parsed[VIEW_ROOT], shared->parsed[VIEW_USER],
	       shared->parsed[VIEW_CONTAINER], shared->parsed[VIEW_USERNS]);
	printf("# %ld unloads, %ld failed opens, %ld failed calls\n",
	       shared->unloads, shared->failed_opens, shared->failed_calls);
}

int main(int argc, char **argv)
{
	long seconds = argc > 1 ? atol(argv[1]) : SECONDS;

	/* exec_in_new_thread() executes this program again. */
	if (argc > 1 && !strcmp(argv[1], "sleep"))
		sleep_forever();

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(shared != MAP_FAILED);
	check(seconds > 0);
	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	alarm(seconds + END_SECONDS);
	shared->seed = time(NULL);
	if (argc > 2)
		shared->seed = strtoul(argv[2], NULL, 10);
	shared->supervisor = getpid();
	printf("# %ld seconds, seed %u\n", seconds, shared->seed);
	fflush(stdout);

	stress(seconds);
	print_figures();

	return run_tests(tests, sizeof(tests) / sizeof(*tests),
			 (char *[]){ argv[0], NULL });
}
