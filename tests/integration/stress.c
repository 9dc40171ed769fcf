// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * stress [SECONDS [SEED]]: processes and namespaces of all kinds are made and
 * killed as fast as the machine can, while readers of four kinds read in all
 * manners and the module comes and goes.
 *
 * What exactly happens is left to chance: run it long, on a kernel that checks
 * itself. Here it is told that every text was well-formed, that no call failed
 * but for the module being gone, and that nothing is left in the end.
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
#include <sys/mount.h>
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

/* How long it may take, after that time, until everybody has ended. */
#define END_SECONDS 600

/* How many a maker has at a time; each may have a dozen processes. */
#define SLOTS 8
#define DEPTH 8

/* Makers that change user become one of these; the readers are others. */
#define FIRST_USER 2000
#define USERS 4

#define ROOT_INUM 0xeffffffc

enum { ROOT, USER, CONTAINER, USERNS, READERS };

static struct {
	unsigned int seed;
	pid_t supervisor;
	atomic_bool stop;
	/* What was made. */
	atomic_long processes;
	atomic_long namespaces;
	/* What was read: texts to their end, and those that were then fine. */
	atomic_long reads;
	atomic_long texts[READERS];
	atomic_long parsed[READERS];
	/*
	 * The module: how often it has begun to go, was gone, and was back. So
	 * it may be gone or going when more have begun than are over.
	 */
	atomic_long going;
	atomic_long gone;
	atomic_long back;
	atomic_long refused;
	atomic_long cut;
	/* What must not be. */
	atomic_long errors;
	atomic_long deaths;
} *shared;

/* check(), where nobody may be there to see how this process ends. */
#define expect(condition) \
	do { \
		if (!(condition)) { \
			shared->errors++; \
			fail("%s:%d: not so: %s (last error: %s)", __FILE__, \
			     __LINE__, #condition, strerror(errno)); \
		} \
	} while (0)

static unsigned int seed;

static unsigned int below(unsigned int limit)
{
	return rand_r(&seed) % limit;
}

/* ---- makers ---- */

/* What this maker needs for a PID namespace; users need one of their own. */
static int new_pid_ns = CLONE_NEWPID;

static void has_user_ns(int flags)
{
	if (flags & CLONE_NEWUSER)
		new_pid_ns = CLONE_NEWPID;
}

/* A process of the same maker, which may be gone. */
static pid_t neighbour;

/*
 * Fork. It may fail for want of PIDs, in a namespace that is dying, and in a
 * user namespace that has not mapped us, which can have none below.
 *
 * Return: as fork().
 */
static pid_t beget(int flags)
{
	unsigned int childs_seed = rand_r(&seed);
	pid_t child = do_clone(flags);

	if (child < 0)
		expect(errno == EAGAIN || errno == ENOMEM || errno == ENOSPC ||
		       (errno == EPERM && (flags & CLONE_NEWUSER)));
	if (!child) {
		seed = childs_seed;
		has_user_ns(flags);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	if (child > 0) {
		shared->processes++;
		shared->namespaces += !!(flags & CLONE_NEWPID);
	}

	return child;
}

/* Namespaces in namespaces, with or without another process in them. */
static void nest(void)
{
	for (int depth = below(DEPTH); depth; depth--) {
		if (below(2) && !beget(0))
			return;
		if (beget(new_pid_ns))
			return;
	}
}

/* A user who has no rights but in a user namespace of their own. */
static void be_user(void)
{
	unsigned int id = FIRST_USER + below(USERS);

	/* Not in a user namespace that has no such user. */
	if (!setresgid(id, id, id))
		expect(!setresuid(id, id, id));
	if (below(2))
		prctl(PR_SET_DUMPABLE, 1);
	if (!beget(CLONE_NEWUSER | CLONE_NEWPID))
		nest();
}

static bool leave_for_children(int flags)
{
	if (unshare(flags)) {
		expect(errno == ENOSPC);
		return false;
	}
	has_user_ns(flags);
	shared->namespaces++;

	return true;
}

/* A namespace whose first process is not born, or has been. */
static void hold_namespace(int flags)
{
	pid_t child;

	if (!leave_for_children(flags) || below(2))
		return;
	child = beget(0);
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
}

static void hold(void)
{
	hold_namespace(new_pid_ns);
}

static void *thread_holds(void *arg)
{
	(void)arg;
	hold_namespace(CLONE_NEWPID);
	sleep_forever();
}

static void *thread_dozes(void *arg)
{
	(void)arg;
	sleep_forever();
}

static void *thread_execs(void *arg)
{
	(void)arg;
	execl("/proc/self/exe", "stress", "doze", NULL);
	expect(!"exec");
	return NULL;
}

static void start_thread(void *(*run)(void *arg))
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, run, NULL);

	expect(!err || err == EAGAIN);
}

static void hold_in_thread(void)
{
	/* Threads cannot have user namespaces of their own. */
	start_thread(new_pid_ns & CLONE_NEWUSER ? thread_dozes : thread_holds);
}

static void exec_in_thread(void)
{
	for (int i = below(4); i; i--)
		start_thread(thread_dozes);
	start_thread(thread_execs);
}

static void lose_leader(void)
{
	start_thread(thread_dozes);
	hold_in_thread();
	syscall(SYS_exit, 0);
}

static void leave_orphan(void)
{
	if (beget(0))
		return;
	beget(0);
	_exit(0);
}

/* An init that ends by itself, with children. */
static void leave_children(void)
{
	for (int i = 0; i < 4; i++)
		if (!beget(i % 2 ? new_pid_ns : 0))
			return;
	usleep(below(20000));
	_exit(0);
}

/*
 * A process group whose leader, an init, is dead. Not of an init, which would
 * wait for its own group to be gone before it goes, and never end.
 */
static void outlive_leader(void)
{
	pid_t leader;

	if (getpid() == 1 && beget(0))
		return;
	leader = beget(new_pid_ns);
	if (leader <= 0)
		return;
	expect(!setpgid(leader, leader));
	expect(!setpgid(0, leader));
	expect(!kill(leader, SIGKILL));
	expect(waitpid(leader, NULL, 0) == leader);
}

/* Have children in a neighbour's namespace, or in that of its children. */
static void join(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid%s", neighbour,
		 below(2) ? "" : "_for_children");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!setns(fd, CLONE_NEWPID)) {
		for (int i = below(4); i; i--)
			if (!beget(0))
				return;
		usleep(below(50000));
		/* The init there cannot go as long as we have zombies. */
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
	close(fd);
}

static void storm(void)
{
	for (int i = 0; i < 100; i++) {
		pid_t child = beget(i % 10 ? 0 : new_pid_ns);

		if (!child)
			_exit(0);
		waitpid(child, NULL, 0);
	}
}

static void (* const lives[])(void) = {
	nest, be_user, hold, hold_in_thread, exec_in_thread, lose_leader,
	leave_orphan, leave_children, outlive_leader, join, storm, sleep_forever,
};

struct slot {
	pid_t pid;
	bool killed;
};

static void fill(struct slot *slot)
{
	slot->killed = false;
	slot->pid = beget(below(3) ? new_pid_ns : 0);
	if (!slot->pid) {
		lives[below(sizeof(lives) / sizeof(*lives))]();
		sleep_forever();
	}
	if (slot->pid < 0)
		slot->pid = 0;
}

/* It may have to wait for zombies that others are to reap. */
static void reap(struct slot *slot, int options)
{
	pid_t reaped;
	int status;

	reaped = waitpid(slot->pid, &status, options);
	if (!reaped)
		return;
	expect(reaped == slot->pid);
	expect(!status || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
	slot->pid = 0;
}

static void end_slot(struct slot *slot)
{
	expect(!kill(slot->pid, SIGKILL));
	slot->killed = true;
}

/* Make, kill, let it be a zombie for a while, reap, and begin again. */
static void make(void *arg)
{
	struct slot slots[SLOTS] = {};

	(void)arg;
	report_ready();
	while (!shared->stop) {
		struct slot *slot = &slots[below(SLOTS)];

		neighbour = slots[below(SLOTS)].pid;
		if (!slot->pid)
			fill(slot);
		else if (!slot->killed)
			end_slot(slot);
		else
			reap(slot, WNOHANG);
	}

	for (int i = 0; i < SLOTS; i++)
		if (slots[i].pid)
			end_slot(&slots[i]);
	for (int i = 0; i < SLOTS; i++)
		if (slots[i].pid)
			reap(&slots[i], 0);
	_exit(0);
}

static void make_on_cpu(void *arg)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(*(int *)arg, &cpus);
	check(!sched_setaffinity(0, sizeof(cpus), &cpus));
	seed = shared->seed + *(int *)arg;
	make(NULL);
}

/* ---- the module ---- */

static void come_and_go(void *arg)
{
	char buffer[1000];

	(void)arg;
	seed = shared->seed - 1;
	report_ready();
	while (!shared->stop) {
		int fd = open_file();

		usleep(below(500000));
		check(!below(2) || read(fd, buffer, sizeof(buffer)) > 0);
		shared->going++;
		unload();
		shared->gone++;
		check(read(fd, buffer, sizeof(buffer)) < 0 && errno == EIO);
		check(!close(fd));
		usleep(below(20000));
		load();
		shared->back++;
	}
	_exit(0);
}

/* ---- readers ---- */

struct reader {
	int kind;
	int fd;
	/* How often the module was gone before the file was opened. */
	long gone;
	/* Of this reader. */
	unsigned int inum;
	unsigned int uid;
};

static bool open_once(struct reader *reader)
{
	long back = shared->back;

	reader->gone = shared->gone;
	reader->fd = open(PIDNS_TREE, O_RDONLY | O_CLOEXEC);
	if (reader->fd >= 0)
		return true;
	expect(errno == ENOENT);
	expect(shared->going > back);
	shared->refused++;

	return false;
}

/* An error is one unless the module has gone since open. */
static void excuse(const struct reader *reader, bool as_told)
{
	expect(as_told);
	expect(shared->going > reader->gone);
	shared->cut++;
}

static ssize_t get(const struct reader *reader, char *buffer, size_t size)
{
	ssize_t got = read(reader->fd, buffer, size);

	shared->reads++;
	if (got < 0)
		excuse(reader, errno == EIO);

	return got;
}

/* Read from here to the end, which is the whole text if this is its start. */
static char *get_all(const struct reader *reader, size_t piece)
{
	size_t size = 1 << 16, len = 0;
	char *text = NULL;
	ssize_t got;

	do {
		size *= 2;
		text = realloc(text, size + 1);
		expect(text);
		do {
			size_t room = size - len;

			got = get(reader, text + len,
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

/* What this reader sees has to be its own. */
static void check_uids(const struct view *view, unsigned int uid)
{
	for (size_t i = 0; i < view->nr_processes; i++)
		if (view->processes[i].uid != uid)
			fail("%d of user %u is shown to %u",
			     view->processes[i].pids[0],
			     view->processes[i].uid, uid);
}

/* Who is there all the time is in the text, and what may not be there is not. */
static void check_content(const struct reader *reader, const char *text,
			  const struct view *view)
{
	const struct process *me = find_process(view, getpid());

	check(me);
	check(view->namespaces[0].inum == reader->inum);
	check(me->inum == reader->inum);

	switch (reader->kind) {
	case ROOT:
		check(find_process(view, 1));
		check(find_process(view, shared->supervisor));
		break;
	case USER:
	case USERNS:
		check(view->namespaces[0].init_depth == -1);
		check_uids(view, reader->uid);
		break;
	case CONTAINER:
		check(!strstr(text, "4026531836"));
		break;
	}
}

static void examine(const struct reader *reader, char *text)
{
	struct view view;

	if (!text)
		return;
	shared->texts[reader->kind]++;
	parse(text, &view);
	check_content(reader, text, &view);
	shared->parsed[reader->kind]++;
	free_view(&view);
	free(text);
}

/* Byte by byte takes as long as hundreds of others. */
static size_t any_piece(void)
{
	static const size_t pieces[] = { 61, 512, 4096, 1 << 16, 1 << 20 };

	if (!below(50))
		return 1;

	return pieces[below(sizeof(pieces) / sizeof(*pieces))];
}

static void read_whole(const struct reader *reader)
{
	examine(reader, get_all(reader, any_piece()));
}

static void read_part(const struct reader *reader)
{
	char buffer[5000];

	for (int i = below(4); i; i--)
		if (get(reader, buffer, 1 + below(sizeof(buffer))) < 0)
			return;
}

/* The text may have shifted, but is a text. */
static void read_anywhere(const struct reader *reader)
{
	char buffer[5000];
	ssize_t got;

	for (int i = 0; i < 5; i++) {
		off_t at = below(1 << 15);
		size_t size = 1 + below(sizeof(buffer));

		if (below(2)) {
			if (lseek(reader->fd, at, SEEK_SET) != at)
				return excuse(reader, errno == EINVAL);
			got = get(reader, buffer, size);
		} else {
			shared->reads++;
			got = pread(reader->fd, buffer, size, at);
			if (got < 0)
				excuse(reader, errno == EIO);
		}
		for (ssize_t j = 0; j < got; j++)
			expect(buffer[j] == '\n' ||
			       (buffer[j] >= ' ' && buffer[j] < 0x7f));
	}
}

static void read_again(const struct reader *reader)
{
	read_part(reader);
	if (lseek(reader->fd, 0, SEEK_SET))
		return excuse(reader, errno == EINVAL);
	read_whole(reader);
}

/* Pause in the middle, which may be that of a line. */
static void read_slowly(const struct reader *reader)
{
	size_t len = 1 + below(5000);
	char *text = calloc(1, len + 1), *rest;
	ssize_t got = get(reader, text, len);

	expect(text);
	usleep(below(300000));
	rest = got < 0 ? NULL : get_all(reader, any_piece());
	if (rest) {
		text = realloc(text, got + strlen(rest) + 1);
		expect(text);
		strcpy(text + got, rest);
		free(rest);
		examine(reader, text);
	} else {
		free(text);
	}
}

static void (* const manners[])(const struct reader *reader) = {
	read_whole, read_whole, read_part, read_anywhere, read_again,
	read_slowly,
};

/*
 * Kill whoever has lost the parent that it was made by, and reap who is dead.
 * Return: the first of @kept that has ended, or 0.
 */
static pid_t look_after(const pid_t *kept, size_t count, int *status)
{
	char path[64];
	FILE *file;
	pid_t pid;
	size_t i;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	file = fopen(path, "r");
	expect(file);
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
	manners[below(sizeof(manners) / sizeof(*manners))](reader);
	expect(!close(reader->fd));
}

/* Read until it is over, beside a maker who is whoever this reader is. */
static void read_on(struct reader *reader)
{
	struct stat mine;
	pid_t maker;
	int status;

	expect(!stat("/proc/self/ns/pid", &mine));
	reader->inum = mine.st_ino;
	reader->uid = getuid();
	seed = shared->seed + 100 * (1 + reader->kind);
	maker = start(&(struct child){ .run = make });
	report_ready();

	while (!look_after(&maker, 1, &status)) {
		if (shared->stop)
			usleep(10000);
		else
			read_once(reader);
	}
	expect(shared->stop && !status);
	_exit(0);
}

static void read_as_root(void *arg)
{
	(void)arg;
	read_on(&(struct reader){ .kind = ROOT });
}

static void read_as_user(void *arg)
{
	(void)arg;
	switch_user(1234);
	new_pid_ns |= CLONE_NEWUSER;
	read_on(&(struct reader){ .kind = USER });
}

static void read_in_container(void *arg)
{
	(void)arg;
	check(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	check(!mount("proc", "/proc", "proc", 0, NULL));
	read_on(&(struct reader){ .kind = CONTAINER });
}

static void read_in_user_namespace(void *arg)
{
	(void)arg;
	switch_user(1235);
	check(!unshare(CLONE_NEWUSER));
	write_file("/proc/self/uid_map", "0 1235 1");
	read_on(&(struct reader){ .kind = USERNS });
}

/* ---- all together ---- */

#define MAX_WORKERS 100

static pid_t workers[MAX_WORKERS];
static size_t nr_workers;

static void work(int flags, void (*act)(void *arg), void *arg)
{
	check(nr_workers < MAX_WORKERS);
	workers[nr_workers++] = start(&(struct child){
		.flags = flags,
		.run = act,
		.arg = arg,
	});
}

static void start_all(void)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (cpus > MAX_WORKERS / 2)
		cpus = MAX_WORKERS / 2;
	work(0, read_as_root, NULL);
	work(0, read_as_user, NULL);
	work(CLONE_NEWPID | CLONE_NEWNS, read_in_container, NULL);
	work(0, read_in_user_namespace, NULL);
	for (int i = 0; i < cpus; i++)
		work(0, make_on_cpu, &i);
	work(0, come_and_go, NULL);
}

/* Nobody ends before it is time, nor otherwise than by returning. */
static void end_worker(pid_t pid, int status)
{
	if (!shared->stop || status) {
		printf("# worker %d has ended with status %#x\n", pid, status);
		fflush(stdout);
		shared->deaths++;
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
		pid = look_after(workers, nr_workers, &status);
		if (pid)
			end_worker(pid, status);
		if (time(NULL) >= until)
			shared->stop = true;
		usleep(10000);
	}
	/* Who was orphaned at last. */
	do {
		look_after(NULL, 0, &status);
		usleep(1000);
	} while (waitpid(-1, NULL, WNOHANG) >= 0);
}

static void texts(void)
{
	for (int i = 0; i < READERS; i++) {
		check(shared->texts[i] > 0);
		check(shared->parsed[i] == shared->texts[i]);
	}
}

static void errors(void)
{
	check(!shared->errors);
	check(shared->reads > 0);
	check(shared->refused > 0);
	check(shared->cut > 0);
}

static void deaths(void)
{
	check(!shared->deaths);
	check(shared->processes > 0);
	check(shared->namespaces > 0);
	check(shared->gone > 0);
	check(shared->gone == shared->going && shared->back == shared->gone);
}

static void freed(void)
{
	wait_until_freed(0);
}

static void agrees(void)
{
	unload();
	load();
	check_view("/proc");
}

static const struct test tests[] = {
	{ "texts are well-formed, and have what they should", texts },
	{ "no call fails but for a module that is gone", errors },
	{ "nobody ends before it is time", deaths },
	{ "all namespaces are freed", freed },
	{ "the module loads, and agrees with the kernel", agrees },
};

static void print_figures(void)
{
	long texts_read = 0;

	for (int i = 0; i < READERS; i++)
		texts_read += shared->parsed[i];
	printf("# %ld namespaces and %ld processes have lived\n",
	       shared->namespaces, shared->processes);
	printf("# %ld reads, %ld texts read whole and checked:\n",
	       shared->reads, texts_read);
	printf("# by root %ld, by a user %ld, in a container %ld, in a user namespace %ld\n",
	       shared->parsed[ROOT],
	       shared->parsed[USER], shared->parsed[CONTAINER],
	       shared->parsed[USERNS]);
	printf("# %ld unloads, %ld opens refused, %ld calls cut off\n",
	       shared->gone, shared->refused, shared->cut);
}

int main(int argc, char **argv)
{
	long seconds = argc > 1 ? atol(argv[1]) : SECONDS;

	/* What thread_execs() becomes. */
	if (argc > 1 && !strcmp(argv[1], "doze"))
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
