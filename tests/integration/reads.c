// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Ways of reading the file: in pieces, out of order, together, slowly, and
 * while processes and namespaces come and go.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "view.h"
#include "world.h"

#define NS_LAST_PID "/proc/sys/kernel/ns_last_pid"

static char *whole(void)
{
	return read_text("/proc");
}

/* Make and lose processes and namespaces until killed, and count. */
static void churn(void *arg)
{
	atomic_long *lives = arg;

	report_ready();
	for (;;) {
		pid_t kept = start(&(struct child){
			.flags = CLONE_NEWPID,
			.depth = 2,
		});
		pid_t child = fork();

		check(child >= 0);
		if (!child)
			_exit(0);
		kill_and_reap(start(&(struct child){ .threads = 2 }));
		check(waitpid(child, NULL, 0) == child);
		kill_and_reap(kept);
		++*lives;
	}
}

static atomic_long *start_churn(int churners)
{
	atomic_long *lives = mmap(NULL, sizeof(*lives),
				  PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(lives != MAP_FAILED);
	while (churners--)
		start(&(struct child){ .run = churn, .arg = lives });

	return lives;
}

/* Something has to have happened, and on a slow kernel a life is long. */
static bool has_churned(const atomic_long *lives)
{
	return *lives > (has_kmemleak() ? 2 : 10);
}

/* A churner that has failed has ended. */
static void check_churn(const atomic_long *lives)
{
	check(!waitpid(-1, NULL, WNOHANG));
	check(has_churned(lives));
}

/* Chains that stay among some that do not: nested in namespaces or not. */
#define STEADY 12

static int steady_flags(int i)
{
	return i % 3 ? CLONE_NEWPID : 0;
}

static int steady_depth(int i)
{
	return 1 + i % 3;
}

static void make_steady(pid_t pids[STEADY])
{
	for (int i = 0; i < STEADY; i++)
		pids[i] = start(&(struct child){
			.flags = steady_flags(i),
			.depth = steady_depth(i),
			.name = "steady",
		});
}

/* Follow one chain down: what was there all the time is in the text, once. */
static void check_chain(const struct view *view, int pid, int i)
{
	const struct process *proc = NULL;
	int seen, next;

	for (int down = 0; down < steady_depth(i); down++, pid = next) {
		next = 0;
		seen = 0;
		for (size_t j = 0; j < view->nr_processes; j++) {
			if (view->processes[j].ppid == pid)
				next = view->processes[j].pids[0];
			if (view->processes[j].pids[0] == pid) {
				proc = &view->processes[j];
				seen++;
			}
		}
		if (seen != 1)
			fail("process %d is in the text %d times", pid, seen);
		check(!strcmp(proc->name, "steady"));
		if (steady_flags(i)) {
			check(proc->depth == 2 + down);
			check(proc->pids[proc->depth - 1] == 1);
			check(find_namespace(view, proc->inum)->init[0] == pid);
		} else {
			check(proc->depth == 1);
		}
	}
	check(!next);
}

static void check_steady(const struct view *view, const pid_t pids[STEADY])
{
	for (int i = 0; i < STEADY; i++)
		check_chain(view, pids[i], i);
}

static void read_under_churn(size_t piece, int times)
{
	atomic_long *lives;
	pid_t pids[STEADY];
	struct view view;
	char *text;
	int fd;

	make_steady(pids);
	lives = start_churn(4);
	for (int i = 0; i < times || !has_churned(lives); i++) {
		fd = open_file();
		text = read_all(fd, piece);
		close(fd);
		parse(text, &view);
		check_steady(&view, pids);
		free_view(&view);
		free(text);
	}
	check_churn(lives);
}

static void one_byte(void)
{
	read_under_churn(1, scaled(40));
}

static void odd_sizes(void)
{
	static const size_t sizes[] = {
		2, 3, 7, 61, 127, 1021, 4093, 4096, 4097, 65537
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes);
	     i += has_kmemleak() ? 3 : 1) {
		pid_t child = fork();
		int status;

		/* In a process each, so that its churn ends with it. */
		check(child >= 0);
		if (!child) {
			read_under_churn(sizes[i], scaled(20));
			_exit(0);
		}
		check(waitpid(child, &status, 0) == child && !status);
	}
}

/* In a namespace of our own, nobody but us makes a change. */
static void quietly(void (*function)(void *arg))
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID });

	in_namespace(pid, function, NULL);
}

static bool all_sleep(void)
{
	struct view view;
	char *text = whole();
	size_t running = 0;

	parse(text, &view);
	for (size_t i = 0; i < view.nr_processes; i++)
		running += view.processes[i].state != 'S';
	free_view(&view);
	free(text);

	return running == 1;
}

/* Come to rest, all but the one who looks. */
static void make_quiet_crowd(void)
{
	for (int i = 0; i < 150; i++)
		start(&(struct child){
			.flags = i % 2 ? CLONE_NEWPID : 0,
			.depth = i % 3,
			.name = "quiet crowd",
		});
	while (!all_sleep())
		usleep(10000);
}

/* A read may come short of what there is, but not of all. */
static void check_pread(int fd, const char *text, size_t want, off_t from)
{
	size_t len = strlen(text), left = from < (off_t)len ? len - from : 0;
	char *piece = malloc(want);
	ssize_t got;

	check(piece);
	got = pread(fd, piece, want, from);
	check(got >= 0);
	check((size_t)got <= want && (size_t)got <= left);
	check(got || !left);
	check(!memcmp(piece, text + from, got));
	free(piece);
}

static void pread_here_and_there(void *arg)
{
	char *text, *piece;
	size_t len, ends = 0;
	ssize_t got;
	off_t end;
	int fd, whole_reads;

	(void)arg;
	make_quiet_crowd();
	text = whole();
	len = strlen(text);
	check(len > 4 * 4096);

	fd = open_file();
	srand(1);
	for (int i = 0; i < 500; i++)
		check_pread(fd, text, 1 + rand() % (i % 2 ? 100 : 10000),
			    rand() % (len + 100));

	/* Where the kernel's buffer was full, and around there. */
	piece = malloc(len);
	check(piece);
	whole_reads = open_file();
	for (end = 0; (got = read(whole_reads, piece, len)) > 0; ends++) {
		end += got;
		for (off_t from = end - 1; from <= end + 1; from++)
			check_pread(fd, text, 100, from);
		check_pread(fd, text, 100, 0);
	}
	check(!got && end == (off_t)len && ends >= len / 4096);
	free(piece);
	close(whole_reads);
	close(fd);
}

static void pread_anywhere(void)
{
	quietly(pread_here_and_there);
}

static void seek_here_and_there(void *arg)
{
	char *text, *again, byte[2];
	off_t end;
	int fd;

	(void)arg;
	make_quiet_crowd();
	text = whole();
	end = strlen(text);

	fd = open_file();
	for (off_t at = 0; at < end; at += 997) {
		check(lseek(fd, at, SEEK_SET) == at);
		check(read(fd, byte, 1) == 1);
		check(byte[0] == text[at]);
		check(lseek(fd, 1, SEEK_CUR) == at + 2 || at + 2 > end);
	}
	check(lseek(fd, end, SEEK_SET) == end);
	check(!read(fd, byte, 1));
	check(lseek(fd, -1, SEEK_SET) < 0 && errno == EINVAL);
	check(lseek(fd, 0, SEEK_END) < 0 && errno == EINVAL);

	check(!lseek(fd, 0, SEEK_SET));
	again = read_all(fd, 4096);
	check(!strcmp(text, again));
	close(fd);
}

static void seek_anywhere(void)
{
	quietly(seek_here_and_there);
}

/* Two descriptors, in turns, each at its own pace. */
static void two_in_turns(void *arg)
{
	char *text, piece[4096];
	size_t at[2] = {}, len;
	int fds[2];

	(void)arg;
	make_quiet_crowd();
	text = whole();
	len = strlen(text);
	fds[0] = open_file();
	fds[1] = open_file();
	for (int i = 0; at[0] < len || at[1] < len; i = !i) {
		ssize_t got = read(fds[i], piece, i ? 100 : 333);

		check(got >= 0);
		check(got || at[i] == len);
		check(!memcmp(piece, text + at[i], got));
		at[i] += got;
	}
}

static void two_readers(void)
{
	quietly(two_in_turns);
}

struct watch {
	pid_t pids[STEADY];
	atomic_long *lives;
};

static void *read_and_check(void *arg)
{
	struct watch *watch = arg;

	for (int i = 0; i < scaled(40) || !has_churned(watch->lives); i++) {
		struct view view;
		char *text = whole();

		parse(text, &view);
		check_steady(&view, watch->pids);
		free_view(&view);
		free(text);
	}

	return NULL;
}

static void readers_at_once(void)
{
	pthread_t threads[4];
	struct watch watch;

	make_steady(watch.pids);
	watch.lives = start_churn(2);
	for (int i = 0; i < 4; i++)
		check(!pthread_create(&threads[i], NULL, read_and_check,
				      &watch));
	for (int i = 0; i < 4; i++)
		check(!pthread_join(threads[i], NULL));
	check_churn(watch.lives);
}

/* Threads that share a descriptor share one text, each byte read once. */
struct share {
	int fd;
	size_t bytes;
	size_t newlines;
};

static void *read_share(void *arg)
{
	struct share *share = arg;
	char byte;

	while (read(share->fd, &byte, 1) == 1) {
		share->bytes++;
		share->newlines += byte == '\n';
	}

	return NULL;
}

static void share_descriptor(void *arg)
{
	struct share shares[2] = {};
	pthread_t thread;
	size_t lines = 0;
	char *text;

	(void)arg;
	make_quiet_crowd();
	shares[0].fd = open_file();
	shares[1].fd = shares[0].fd;
	check(!pthread_create(&thread, NULL, read_share, &shares[0]));
	read_share(&shares[1]);
	check(!pthread_join(thread, NULL));

	text = whole();
	for (char *p = text; *p; p++)
		lines += *p == '\n';
	check(shares[0].newlines + shares[1].newlines == lines);
	check(shares[0].bytes + shares[1].bytes == strlen(text));
}

static void shared_descriptor(void)
{
	quietly(share_descriptor);
}

/*
 * A reader that stops in the middle, while namespaces that it has not come to
 * yet die and others are born with the same PIDs. The kernel puts a page of text
 * at a time, so there are processes in front to fill more than one.
 */
#define PASSING 20
#define IN_FRONT 100

static void pause_in_the_middle(void *arg)
{
	pid_t first[PASSING], again[PASSING], steady[STEADY];
	char *text, *rest, *line, last[32];
	struct view view;
	int fd;

	(void)arg;
	make_steady(steady);
	for (int i = 0; i < IN_FRONT; i++)
		start(&(struct child){ .name = "in front" });
	for (int i = 0; i < PASSING; i++)
		first[i] = start(&(struct child){
			.flags = CLONE_NEWPID,
			.depth = 1 + i % 5,
		});
	fd = open_file();
	text = calloc(1, 1 << 20);
	check(text);
	check(read(fd, text, 100) == 100);

	for (int i = 0; i < PASSING; i++)
		kill_and_reap(first[i]);
	snprintf(last, sizeof(last), "%d", first[0] - 1);
	write_file(NS_LAST_PID, last);
	for (int i = 0; i < PASSING; i++)
		again[i] = start(&(struct child){
			.flags = CLONE_NEWPID,
			.name = "born late",
		});
	check(again[0] == first[0]);
	sleep(3);

	rest = read_all(fd, 4096);
	strcat(text, rest);
	line = strstr(text, "pid:[");
	check(line);
	line = strstr(line + 1, "pid:[");
	check(line && line - text > getpagesize());
	parse(text, &view);
	check_steady(&view, steady);
	/* The dead are still named, and nobody has taken their place. */
	check(!strstr(text, "born\\040late"));
	for (int i = 0; i < PASSING; i++) {
		const struct namespace *ns = NULL;

		for (size_t j = 0; j < view.nr_namespaces; j++)
			if (view.namespaces[j].init[0] == first[i])
				ns = &view.namespaces[j];
		check(ns);
		for (size_t j = 0; j < view.nr_processes; j++)
			check(view.processes[j].inum != ns->inum);
	}
	close(fd);
}

/* In a namespace where no thread of the kernel takes the PIDs. */
static void slow_reader(void)
{
	quietly(pause_in_the_middle);
}

/* A text read twice has the namespaces of the time of open both times. */
static void rewound(void)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2 });
	int fd = open_file();
	struct view view;
	char *text;

	text = read_all(fd, 4096);
	parse(text, &view);
	check(view.nr_namespaces == 3);

	kill_and_reap(pid);
	start(&(struct child){ .flags = CLONE_NEWPID });
	check(!lseek(fd, 0, SEEK_SET));
	text = read_all(fd, 4096);
	parse(text, &view);
	/* But the processes of now. */
	check(view.nr_namespaces == 3);
	for (size_t i = 0; i < view.nr_processes; i++)
		check(view.processes[i].depth == 1);
}

static void past_the_end(void)
{
	int fd = open_file();
	char byte;

	read_all(fd, 4096);
	for (int i = 0; i < 100; i++) {
		start(&(struct child){ .flags = i % 2 ? CLONE_NEWPID : 0 });
		check(!read(fd, &byte, 1));
	}
	check(!pread(fd, &byte, 1, 1 << 20));
	close(fd);
}

/* Lines longer than a small buffer, and a text longer than many of them. */
#define CHAINS 8

static void long_text(void)
{
	struct view view;
	char *text;
	int fd;

	for (int i = 0; i < CHAINS; i++)
		start(&(struct child){
			.flags = CLONE_NEWPID,
			.depth = 32,
			.name = "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1",
		});

	fd = open_file();
	text = read_all(fd, 1 << 20);
	parse(text, &view);
	check(view.nr_namespaces == 1 + CHAINS * 32);
	check(view.nr_processes > CHAINS * 32);
	check(strlen(text) > 16 * 4096);
	close(fd);
}

static void by_sendfile(void *arg)
{
	FILE *copy = tmpfile();
	int fd = open_file();
	char *text, *copied;

	(void)arg;
	check(copy);
	make_quiet_crowd();
	close(fd);
	text = whole();
	fd = open_file();
	while (sendfile(fileno(copy), fd, NULL, 4096) > 0)
		;
	check(!lseek(fileno(copy), 0, SEEK_SET));
	copied = read_all(fileno(copy), 4096);
	check(!strcmp(text, copied));
}

static void spliced(void)
{
	quietly(by_sendfile);
}

/*
 * Every process is checked once in a whole read, also those that the reader may
 * not see and that come where the kernel's buffer is full. A probe counts: visible
 * processes fill more than one buffer, with a hidden one after each.
 */
#define KPROBE_TYPE "/sys/bus/event_source/devices/kprobe/type"
#define USER 1001
#define VISIBLE 80
#define HIDDEN 1

/* Calls that this process makes to a function of the module. */
static int count_calls(const char *function)
{
	struct perf_event_attr attr = {
		.type = read_number(KPROBE_TYPE),
		.size = sizeof(attr),
		.kprobe_func = (unsigned long)function,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			 PERF_FLAG_FD_CLOEXEC);

	check(fd >= 0);

	return fd;
}

static long calls(int counter)
{
	unsigned long long count;

	check(read(counter, &count, sizeof(count)) == sizeof(count));

	return count;
}

static void stay_as_user(void *arg)
{
	(void)arg;
	switch_user(USER);
}

static void read_as_user(void *arg)
{
	int counter = count_calls("pidns_tree:pidns_may_inspect"), fd;
	struct view view;
	long before;
	char *text;

	switch_user(USER);
	fd = open_file();
	before = calls(counter);
	text = read_all(fd, 1 << 20);
	*(long *)arg = calls(counter) - before;
	check(strlen(text) > 4096);
	parse(text, &view);
	check(view.nr_processes == VISIBLE + 1);
}

static void hide_some(void *arg)
{
	long *count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct view view;

	(void)arg;
	check(count != MAP_FAILED);
	for (int i = 0; i < VISIBLE; i++) {
		start(&(struct child){
			.name = "visible to user",
			.run = stay_as_user,
		});
		for (int j = 0; j < HIDDEN; j++)
			start(&(struct child){});
	}
	read_view(&view);
	kill_and_reap(start(&(struct child){ .run = read_as_user, .arg = count }));
	if (*count != (long)view.nr_processes + 1)
		fail("%ld checks of %zu processes", *count,
		     view.nr_processes + 1);
}

static void checked_once(void)
{
	quietly(hide_some);
}

/*
 * A reader that sees more processes than fit into one buffer of the kernel, and
 * one in the deepest namespace, of thousands. So the second read is long. SIGKILL
 * ends it early, and its lines are there for another process that has the
 * descriptor.
 */
#define LEVELS 32
#define KILLS 10
#define SEEN 70

static void *sleep_on(void *arg)
{
	(void)arg;
	sleep_forever();
}

static void make_hidden_crowd(void *arg)
{
	int threads = has_kmemleak() ? 500 : 4000;
	pthread_attr_t attr;
	pthread_t thread;

	(void)arg;
	/* First: the C library sets the IDs of all threads that it knows of. */
	start(&(struct child){
		.name = "visible to user",
		.run = stay_as_user,
	});
	check(!pthread_attr_init(&attr));
	check(!pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN));
	for (int i = 0; i < threads; i++)
		check(!pthread_create(&thread, &attr, sleep_on, NULL));
}

static int open_as_user(void)
{
	int fd;

	check(!setegid(USER) && !seteuid(USER));
	fd = open_file();
	check(!seteuid(0) && !setegid(0));

	return fd;
}

static long microseconds(void)
{
	struct timespec now;

	check(!clock_gettime(CLOCK_MONOTONIC, &now));

	return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

/* When a read began, and when it ended if it did; in microseconds. */
struct reading {
	long begun;
	long ended;
};

/* A timer, so that the signal comes on time even on a single processor. */
static void kill_after(long after)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGKILL,
	};
	struct itimerspec when = { .it_value = { .tv_nsec = 1000 * after } };
	timer_t timer;

	check(after < 1000000);
	check(!timer_create(CLOCK_MONOTONIC, &event, &timer));
	check(!timer_settime(timer, 0, &when, NULL));
}

/*
 * Have a child read once, and die of SIGKILL after so many microseconds, or not
 * for 0. Returns how long the read took, or how long the child lived on.
 */
static long read_and_die(int fd, long after)
{
	struct reading *reading = mmap(NULL, sizeof(*reading),
				       PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char buffer[65536];
	pid_t child;
	long took;

	check(reading != MAP_FAILED);
	child = fork();
	check(child >= 0);
	if (!child) {
		reading->begun = microseconds();
		if (after)
			kill_after(after);
		check(read(fd, buffer, sizeof(buffer)) > 0);
		reading->ended = microseconds();
		pause();
	}
	while (!after && !reading->ended)
		usleep(1000);
	if (!after)
		check(!kill(child, SIGKILL));
	check(waitpid(child, NULL, 0) == child);
	took = (after ? microseconds() - after : reading->ended) -
	       reading->begun;
	check(!munmap(reading, sizeof(*reading)));

	return took;
}

/* All that was in the kernel's buffer, so the next read begins with a new one. */
static size_t read_first(int fd, char *text, size_t size)
{
	ssize_t got = read(fd, text, size);

	check(got > 0 && (size_t)got < size);
	check(lseek(fd, 0, SEEK_CUR) == got);

	return got;
}

/* With the rest behind what was read first, the text is whole. */
static void check_rest(int fd, char *text, size_t first)
{
	char *rest = read_all(fd, 4096);
	struct view view;
	int seen = 0;

	strcpy(text + first, rest);
	free(rest);
	parse(text, &view);
	for (size_t i = 0; i < view.nr_processes; i++)
		seen += !strcmp(view.processes[i].name, "visible to user");
	if (view.nr_namespaces != LEVELS + 1 || seen != SEEN + 1)
		fail("%zu namespaces and %d processes", view.nr_namespaces,
		     seen);
	free_view(&view);
}

static void killed(void)
{
	long whole_read = LONG_MAX, took, least = LONG_MAX, most = 0;
	static char text[1 << 20];
	int early = 0, fd;
	size_t first;

	for (int i = 0; i < SEEN; i++)
		start(&(struct child){
			.name = "visible to user",
			.run = stay_as_user,
		});
	start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = LEVELS,
		.run = make_hidden_crowd,
	});

	/* The shortest of some: a slow one would have the signal come too late. */
	for (int i = 0; i < KILLS; i++) {
		fd = open_as_user();
		first = read_first(fd, text, sizeof(text));
		took = read_and_die(fd, 0);
		whole_read = took < whole_read ? took : whole_read;
		check((size_t)lseek(fd, 0, SEEK_CUR) > first);
		close(fd);
	}

	for (int i = 0; i < KILLS; i++) {
		fd = open_as_user();
		first = read_first(fd, text, sizeof(text));
		took = read_and_die(fd, whole_read / 4);
		if ((size_t)lseek(fd, 0, SEEK_CUR) == first) {
			early++;
			least = took < least ? took : least;
			most = took > most ? took : most;
			check_rest(fd, text, first);
		}
		close(fd);
	}
	printf("# the read takes %ld us; %d of %d ended early, %ld to %ld us after SIGKILL\n",
	       whole_read, early, KILLS, least, most);
	check(early > KILLS / 2);
}

static void bad_buffer(void)
{
	void *bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	int fd = open_file();
	char *text;

	check(bad != MAP_FAILED);
	check(read(fd, bad, 100) < 0 && errno == EFAULT);
	text = read_all(fd, 4096);
	check(!strncmp(text, "# pidns_tree 1\n", 15));
	close(fd);
}

static void not_writable(void)
{
	int fd = open(PIDNS_TREE, O_RDWR | O_CLOEXEC);

	check(fd >= 0);
	check(write(fd, "x", 1) < 0);
	close(fd);
}

static const struct test tests[] = {
	{ "one byte at a time, under churn", one_byte },
	{ "pieces of odd sizes, under churn", odd_sizes },
	{ "pread at any offset", pread_anywhere },
	{ "lseek to any offset", seek_anywhere },
	{ "two readers in turns", two_readers },
	{ "four readers at once, under churn", readers_at_once },
	{ "two threads on one descriptor", shared_descriptor },
	{ "a reader that pauses while PIDs are used again", slow_reader },
	{ "a reader that begins again", rewound },
	{ "reads past the end", past_the_end },
	{ "a long text", long_text },
	{ "sendfile", spliced },
	{ "hidden processes at the end of a buffer are checked once", checked_once },
	{ "SIGKILL ends a read early, and nothing is lost", killed },
	{ "a read to a bad address loses nothing", bad_buffer },
	{ "nothing can be written", not_writable },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
