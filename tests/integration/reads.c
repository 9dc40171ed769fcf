// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Read the file in all ways: in pieces, at any offset, concurrently, slowly,
 * and while processes and namespaces are created and freed.
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
#include <sys/prctl.h>
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

static char *read_file(void)
{
	return read_text("/proc");
}

static void exit_at_once(void *arg)
{
	(void)arg;
	report_ready();
	_exit(0);
}

/* Create an ID, and reap the member that keeps it. */
static void create_short_id(void)
{
	static const struct child member = { .run = exit_at_once };

	create_group(&(struct leaderless){ lead_session, &member, 1 });
	check(waitpid(-1, NULL, 0) > 0);
}

/*
 * Create and reap processes, namespaces and IDs until killed, and count cycles.
 * The struct pids of one cycle: an ID and its member, two inits, a child, and a
 * process with three threads.
 */
#define CHURN_PIDS (2 + 2 + 1 + 3)

static void churn(void *arg)
{
	atomic_long *cycles = arg;

	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	report_ready();
	for (;;) {
		pid_t init, child;

		create_short_id();
		init = start(&(struct child){
			.flags = CLONE_NEWPID,
			.depth = 2,
		});
		child = fork();
		check(child >= 0);
		if (!child)
			_exit(0);
		kill_and_reap(start(&(struct child){ .threads = 2 }));
		check(waitpid(child, NULL, 0) == child);
		kill_and_reap(init);
		++*cycles;
	}
}

#define CHURN_CHILDREN 4

static atomic_long *start_churn(int children)
{
	atomic_long *cycles = mmap(NULL, sizeof(*cycles),
				   PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(cycles != MAP_FAILED);
	while (children--)
		start(&(struct child){ .run = churn, .arg = cycles });

	return cycles;
}

/* Require some cycles, but fewer on a slow kernel. */
static bool has_run_cycles(const atomic_long *cycles)
{
	return *cycles > (has_kmemleak() ? 2 : 10);
}

/* A child that has called fail() would have exited. */
static void check_churn(const atomic_long *cycles)
{
	check(!waitpid(-1, NULL, WNOHANG));
	check(has_run_cycles(cycles));
}

/*
 * Processes that stay during a test: chains of up to three, with and without
 * namespaces of their own, and members of sessions whose leaders have exited.
 */
#define STEADY 12
#define STEADY_IDS 3

static int steady_flags(int i)
{
	return i % 3 ? CLONE_NEWPID : 0;
}

static int steady_depth(int i)
{
	return 1 + i % 3;
}

static const struct child member = { .name = "member", .stays = true };
static const struct leaderless session = { lead_session, &member, 1 };

static void start_steady(pid_t pids[STEADY])
{
	for (int i = 0; i < STEADY; i++)
		pids[i] = start(&(struct child){
			.flags = steady_flags(i),
			.depth = steady_depth(i),
			.name = "steady",
		});
	create_group(&session);
	for (int depth = 1; depth < STEADY_IDS; depth++)
		start(&(struct child){
			.flags = CLONE_NEWPID,
			.depth = depth,
			.run = run_create_group,
			.arg = (void *)&session,
		});
}

/* Each process of a chain stays, so it must occur exactly once. */
static void check_chain(const struct view *view, int pid, int i)
{
	const struct process *proc = NULL;
	int count, next;

	for (int down = 0; down < steady_depth(i); down++, pid = next) {
		next = 0;
		count = 0;
		for (size_t j = 0; j < view->nr_processes; j++) {
			if (view->processes[j].ppid == pid)
				next = view->processes[j].pids[0];
			if (view->processes[j].pids[0] == pid) {
				proc = &view->processes[j];
				count++;
			}
		}
		if (count != 1)
			fail("process %d occurs %d times", pid, count);
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

static size_t count_ids(const struct view *view, int pid)
{
	size_t count = 0;

	for (size_t i = 0; i < view->nr_ids; i++)
		count += view->ids[i].pids[0] == pid;

	return count;
}

/* Each ID that has a steady member must occur exactly once, next to it. */
static void check_steady_ids(const struct view *view)
{
	size_t members = 0;

	for (size_t i = 0; i < view->nr_processes; i++) {
		const struct process *proc = &view->processes[i];
		const struct kept_id *id;

		if (strcmp(proc->name, "member"))
			continue;
		members++;
		if (count_ids(view, proc->sid) != 1)
			fail("ID %d occurs %zu times", proc->sid,
			     count_ids(view, proc->sid));
		id = find_id(view, proc->sid);
		check(id->pgid && id->sid && proc->pgid == proc->sid);
		check(id->inum == proc->inum && id->depth == proc->depth);
	}
	if (members != STEADY_IDS)
		fail("%zu members", members);
}

/* In the namespaces of steady processes, the account always balances. */
static void check_steady_accounts(const struct view *view)
{
	for (size_t i = 0; i < view->nr_processes; i++) {
		const struct process *proc = &view->processes[i];
		const struct namespace *ns = find_namespace(view, proc->inum);

		if (!ns->level || (strcmp(proc->name, "steady") &&
				   strcmp(proc->name, "member")))
			continue;
		if (ns->pids != ns->listed)
			fail("pid:[%u] has pids=%lld, but %lld are listed",
			     ns->inum, ns->pids, ns->listed);
	}
}

static void check_steady(const struct view *view, const pid_t pids[STEADY])
{
	for (int i = 0; i < STEADY; i++)
		check_chain(view, pids[i], i);
	check_steady_ids(view);
	check_steady_accounts(view);
}

/* Call a function in a new namespace, in which no other process changes. */
static void in_quiet_namespace(void (*function)(void *arg), void *arg)
{
	pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID });

	in_namespace(pid, function, arg);
}

/*
 * The account of the root balances but for the struct pids that were allocated
 * at any time from open to the end of the file. These belong to the @cycles
 * that ended in that time, and to one more cycle of each child.
 */
static void check_account(const struct view *view, long cycles)
{
	const struct namespace *root = &view->namespaces[0];
	long long bound = CHURN_PIDS * (cycles + CHURN_CHILDREN);

	if (llabs(root->pids - root->listed) > bound)
		fail("pids=%lld, but %lld are listed: more than %lld of difference",
		     root->pids, root->listed, bound);
}

struct way_to_read {
	size_t piece;
	int times;
};

static void read_under_churn(void *arg)
{
	const struct way_to_read *way = arg;
	atomic_long *cycles;
	pid_t pids[STEADY];
	struct view view;
	char *text;
	int fd;

	start_steady(pids);
	cycles = start_churn(CHURN_CHILDREN);
	for (int i = 0; i < way->times || !has_run_cycles(cycles); i++) {
		long before = *cycles;

		fd = open_file();
		text = read_all(fd, way->piece);
		close(fd);
		parse(text, &view);
		check_steady(&view, pids);
		check_account(&view, *cycles - before);
		free_view(&view);
		free(text);
	}
	check_churn(cycles);
}

static void one_byte(void)
{
	in_quiet_namespace(read_under_churn,
			   &(struct way_to_read){ 1, scaled(40) });
}

static void odd_sizes(void)
{
	static const size_t sizes[] = {
		2, 3, 7, 61, 127, 1021, 4093, 4096, 4097, 65537
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes);
	     i += has_kmemleak() ? 6 : 1) {
		pid_t child = fork();
		int status;

		/* In a child, so that start_churn()'s children exit with it. */
		check(child >= 0);
		if (!child) {
			in_quiet_namespace(read_under_churn,
					   &(struct way_to_read){
						   sizes[i], scaled(20) });
			_exit(0);
		}
		check(waitpid(child, &status, 0) == child && !status);
	}
}

static bool all_others_sleep(void)
{
	struct view view;
	char *text = read_file();
	size_t running = 0;

	parse(text, &view);
	for (size_t i = 0; i < view.nr_processes; i++)
		running += view.processes[i].state != 'S';
	free_view(&view);
	free(text);

	return running == 1;
}

/* Create more than 150 processes and 20 IDs, and wait until they sleep. */
static void start_sleeping_processes(void)
{
	static const struct child namesake = {
		.name = "sleeping",
		.stays = true,
	};

	for (int i = 0; i < 150; i++)
		start(&(struct child){
			.flags = i % 2 ? CLONE_NEWPID : 0,
			.depth = i % 3,
			.name = "sleeping",
		});
	for (int i = 0; i < 20; i++)
		create_group(&(struct leaderless){
			i % 2 ? lead_session : lead_group, &namesake, 1 });
	while (!all_others_sleep())
		usleep(10000);
}

/* A read may be short, but returns 0 only at the end. */
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

static void check_pread_offsets(void *arg)
{
	char *text, *piece;
	size_t len, ends = 0;
	ssize_t got;
	off_t end;
	int fd, whole_reads;

	(void)arg;
	start_sleeping_processes();
	text = read_file();
	len = strlen(text);
	check(len > 4 * 4096);

	fd = open_file();
	srand(1);
	for (int i = 0; i < scaled(500); i++)
		check_pread(fd, text, 1 + rand() % (i % 2 ? 100 : 10000),
			    rand() % (len + 100));

	/* At and around the offsets at which the kernel's buffer was full. */
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
	in_quiet_namespace(check_pread_offsets, NULL);
}

static void check_seek_offsets(void *arg)
{
	char *text, *again, byte[2];
	off_t end;
	int fd;

	(void)arg;
	start_sleeping_processes();
	text = read_file();
	end = strlen(text);

	fd = open_file();
	for (off_t at = 0; at < end; at += has_kmemleak() ? 4999 : 997) {
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
	in_quiet_namespace(check_seek_offsets, NULL);
}

/* Read two open files alternately, in pieces of different sizes. */
static void read_in_turns(void *arg)
{
	char *text, piece[4096];
	size_t at[2] = {}, len;
	int fds[2];

	(void)arg;
	start_sleeping_processes();
	text = read_file();
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
	in_quiet_namespace(read_in_turns, NULL);
}

struct steady_set {
	pid_t pids[STEADY];
	atomic_long *cycles;
};

static void *read_and_check(void *arg)
{
	struct steady_set *steady = arg;

	for (int i = 0; i < scaled(40) || !has_run_cycles(steady->cycles);
	     i++) {
		struct view view;
		char *text = read_file();

		parse(text, &view);
		check_steady(&view, steady->pids);
		free_view(&view);
		free(text);
	}

	return NULL;
}

static void readers_at_once(void)
{
	pthread_t threads[4];
	struct steady_set steady;

	start_steady(steady.pids);
	steady.cycles = start_churn(2);
	for (int i = 0; i < 4; i++)
		check(!pthread_create(&threads[i], NULL, read_and_check,
				      &steady));
	for (int i = 0; i < 4; i++)
		check(!pthread_join(threads[i], NULL));
	check_churn(steady.cycles);
}

/* Threads that share a descriptor share its offset: each byte is read once. */
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

static void read_in_two_threads(void *arg)
{
	struct share shares[2] = {};
	pthread_t thread;
	size_t lines = 0;
	char *text;

	(void)arg;
	start_sleeping_processes();
	shares[0].fd = open_file();
	shares[1].fd = shares[0].fd;
	check(!pthread_create(&thread, NULL, read_share, &shares[0]));
	read_share(&shares[1]);
	check(!pthread_join(thread, NULL));

	text = read_file();
	for (char *p = text; *p; p++)
		lines += *p == '\n';
	check(shares[0].newlines + shares[1].newlines == lines);
	check(shares[0].bytes + shares[1].bytes == strlen(text));
}

static void shared_descriptor(void)
{
	in_quiet_namespace(read_in_two_threads, NULL);
}

/*
 * A reader pauses before it reaches the lines of some namespaces. Meanwhile,
 * all processes of these namespaces exit, and others are created with the same
 * PIDs. The kernel fills a buffer of one page at a time, so the lines of other
 * processes fill the first page.
 */
#define SHORT_LIVED 20
#define FILLERS 100

static void pause_between_reads(void *arg)
{
	pid_t first[SHORT_LIVED], again[SHORT_LIVED], steady[STEADY];
	char *text, *rest, *line, last[32];
	struct view view;
	int fd;

	(void)arg;
	start_steady(steady);
	for (int i = 0; i < FILLERS; i++)
		start(&(struct child){ .name = "filler" });
	for (int i = 0; i < SHORT_LIVED; i++)
		first[i] = start(&(struct child){
			.flags = CLONE_NEWPID,
			.depth = 1 + i % 5,
		});
	fd = open_file();
	text = calloc(1, 1 << 20);
	check(text);
	check(read(fd, text, 100) == 100);

	for (int i = 0; i < SHORT_LIVED; i++)
		kill_and_reap(first[i]);
	snprintf(last, sizeof(last), "%d", first[0] - 1);
	write_file(NS_LAST_PID, last);
	for (int i = 0; i < SHORT_LIVED; i++)
		again[i] = start(&(struct child){
			.flags = CLONE_NEWPID,
			.name = "created later",
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
	/* The namespaces of the time of open are shown, without processes. */
	check(!strstr(text, "created\\040later"));
	for (int i = 0; i < SHORT_LIVED; i++) {
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

/* In a new namespace, kernel threads do not take the PIDs. */
static void slow_reader(void)
{
	in_quiet_namespace(pause_between_reads, NULL);
}

/* A second read shows the namespaces of the time of open again. */
static void read_twice(void)
{
	struct view view;
	char *text;
	pid_t pid;
	int fd;

	wait_for_namespaces(1);
	pid = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2 });
	fd = open_file();
	text = read_all(fd, 4096);
	parse(text, &view);
	check(view.nr_namespaces == 3);

	kill_and_reap(pid);
	start(&(struct child){ .flags = CLONE_NEWPID });
	check(!lseek(fd, 0, SEEK_SET));
	text = read_all(fd, 4096);
	parse(text, &view);
	/* Their processes have exited, and only those of the root remain. */
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

/* Many long lines, so that the file exceeds many of the kernel's buffers. */
#define CHAINS 8

static void long_file(void)
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
	/* The namespaces of the test before are freed later. */
	wait_for_namespaces(1 + CHAINS * 32);

	fd = open_file();
	text = read_all(fd, 1 << 20);
	parse(text, &view);
	check(view.nr_namespaces == 1 + CHAINS * 32);
	check(view.nr_processes > CHAINS * 32);
	check(strlen(text) > 16 * 4096);
	close(fd);
}

static void copy_by_sendfile(void *arg)
{
	FILE *copy = tmpfile();
	int fd = open_file();
	char *text, *copied;

	(void)arg;
	check(copy);
	start_sleeping_processes();
	close(fd);
	text = read_file();
	fd = open_file();
	while (sendfile(fileno(copy), fd, NULL, 4096) > 0)
		;
	check(!lseek(fileno(copy), 0, SEEK_SET));
	copied = read_all(fileno(copy), 4096);
	check(!strcmp(text, copied));
}

static void sendfile_copies(void)
{
	in_quiet_namespace(copy_by_sendfile, NULL);
}

/*
 * The module checks each process once per read, even hidden processes at the
 * end of a full buffer. The lines of the visible processes fill more than one
 * buffer, and a hidden process follows each. A kprobe counts the checks.
 */
#define KPROBE_TYPE "/sys/bus/event_source/devices/kprobe/type"
#define USER 1001
#define VISIBLE 80
#define HIDDEN 1

/* Count the calls that this process makes to a function of the module. */
static int open_call_counter(const char *function)
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

static long read_counter(int counter)
{
	unsigned long long count;

	check(read(counter, &count, sizeof(count)) == sizeof(count));

	return count;
}

static void run_as_user(void *arg)
{
	(void)arg;
	switch_user(USER);
}

static void read_as_user(void *arg)
{
	int counter = open_call_counter("pidns_tree:pidtree_may_inspect"), fd;
	struct view view;
	long before;
	char *text;

	switch_user(USER);
	fd = open_file();
	before = read_counter(counter);
	text = read_all(fd, 1 << 20);
	*(long *)arg = read_counter(counter) - before;
	check(strlen(text) > 4096);
	parse(text, &view);
	check(view.nr_processes == VISIBLE + 1);
}

static void check_hidden_and_visible(void *arg)
{
	long *count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct view view;

	(void)arg;
	check(count != MAP_FAILED);
	for (int i = 0; i < VISIBLE; i++) {
		start(&(struct child){
			.name = "visible to user",
			.run = run_as_user,
		});
		for (int j = 0; j < HIDDEN; j++)
			start(&(struct child){});
	}
	read_view(&view);
	kill_and_reap(start(&(struct child){
		.run = read_as_user,
		.arg = count,
	}));
	if (*count != (long)view.nr_processes + 1)
		fail("%ld checks of %zu processes", *count,
		     view.nr_processes + 1);
}

static void checked_once(void)
{
	in_quiet_namespace(check_hidden_and_visible, NULL);
}

/*
 * Open and read check each process once, also if they are members of IDs. Open
 * checks a process again if it must first add an ID. So the number of checks is
 * at most the sum of processes and IDs, and not their product.
 */
#define MEMBERS 300
#define IDS 30

static void open_and_read_as_user(void *arg)
{
	int counter = open_call_counter("pidns_tree:pidtree_may_inspect"), fd;
	struct view view;
	char *text;

	switch_user(USER);
	fd = open_file();
	text = read_all(fd, 1 << 20);
	*(long *)arg = read_counter(counter);
	parse(text, &view);
	check(view.nr_processes == IDS + 1 + 1);
	check(view.nr_ids == IDS + 1);
}

static void create_members(struct child *members)
{
	struct leaderless large = { lead_session, members, MEMBERS };
	struct leaderless small = { lead_session, members, 2 };

	for (int i = 0; i < MEMBERS; i++)
		members[i] = (struct child){ .stays = true };
	members[MEMBERS - 1].run = run_as_user;
	create_group(&large);

	members[1].run = run_as_user;
	for (int i = 0; i < IDS; i++)
		create_group(&small);
}

static void check_members(void *arg)
{
	struct child *members = calloc(MEMBERS, sizeof(*members));
	long *count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct view view;
	long most;

	(void)arg;
	check(members && count != MAP_FAILED);
	create_members(members);
	read_view(&view);
	check(view.nr_processes >= MEMBERS && view.nr_ids == IDS + 1);
	kill_and_reap(start(&(struct child){
		.run = open_and_read_as_user,
		.arg = count,
	}));
	/* The view lacks the reader. */
	most = 2 * (view.nr_processes + 1) + view.nr_ids;
	printf("# %ld checks of %zu processes and %zu IDs\n", *count,
	       view.nr_processes + 1, view.nr_ids);
	check(*count <= most);
}

static void members_checked_once(void)
{
	in_quiet_namespace(check_members, NULL);
}

/*
 * The reader sees more processes than fit into one buffer of the kernel, and
 * only one process of the deepest namespace, which has thousands of hidden
 * threads. So the second read takes long. SIGKILL ends it early. Another
 * process that shares the descriptor then reads the same lines.
 */
#define LEVELS 32
#define KILLS 10
#define VISIBLE_AT_ROOT 70

static void *sleep_in_thread(void *arg)
{
	(void)arg;
	sleep_forever();
}

static void create_hidden_threads(void *arg)
{
	int threads = has_kmemleak() ? 500 : 4000;
	pthread_attr_t attr;
	pthread_t thread;

	(void)arg;
	/*
	 * Before the threads: in a child that clone(2) has created, the C
	 * library would try to set the IDs of the parent's threads, too.
	 */
	start(&(struct child){
		.name = "visible to user",
		.run = run_as_user,
	});
	check(!pthread_attr_init(&attr));
	check(!pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN));
	for (int i = 0; i < threads; i++)
		check(!pthread_create(&thread, &attr, sleep_in_thread, NULL));
}

static int open_as_user(void)
{
	int fd;

	check(!setegid(USER) && !seteuid(USER));
	fd = open_file();
	check(!seteuid(0) && !setegid(0));

	return fd;
}

/* Start and end of a read in microseconds, or 0 if not reached yet. */
struct read_times {
	long start;
	long end;
};

/* A timer sends the signal on time even if there is only one CPU. */
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
 * Read once in a child. Kill the child after @after microseconds if that is not
 * 0. Return: the duration of the read, or the time from the signal to the exit.
 */
static long read_in_child(int fd, long after)
{
	struct read_times *times = mmap(NULL, sizeof(*times),
					PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char buffer[65536];
	pid_t child;
	long took;

	check(times != MAP_FAILED);
	child = fork();
	check(child >= 0);
	if (!child) {
		times->start = microseconds();
		if (after)
			kill_after(after);
		check(read(fd, buffer, sizeof(buffer)) > 0);
		times->end = microseconds();
		pause();
	}
	while (!after && !times->end)
		usleep(1000);
	if (!after)
		check(!kill(child, SIGKILL));
	check(waitpid(child, NULL, 0) == child);
	took = (after ? microseconds() - after : times->end) - times->start;
	check(!munmap(times, sizeof(*times)));

	return took;
}

/* Empty the kernel's buffer, so that the next read fills a new one. */
static size_t read_first(int fd, char *text, size_t size)
{
	ssize_t got = read(fd, text, size);

	check(got > 0 && (size_t)got < size);
	check(lseek(fd, 0, SEEK_CUR) == got);

	return got;
}

/* Check that the first part and the rest make a complete file. */
static void check_rest(int fd, char *text, size_t first)
{
	char *rest = read_all(fd, 4096);
	struct view view;
	int visible = 0;

	strcpy(text + first, rest);
	free(rest);
	parse(text, &view);
	for (size_t i = 0; i < view.nr_processes; i++)
		visible += !strcmp(view.processes[i].name, "visible to user");
	if (view.nr_namespaces != LEVELS + 1 || visible != VISIBLE_AT_ROOT + 1)
		fail("%zu namespaces and %d processes", view.nr_namespaces,
		     visible);
	free_view(&view);
}

static void killed(void)
{
	long whole_read = LONG_MAX, took, least = LONG_MAX, most = 0;
	static char text[1 << 20];
	int early = 0, fd;
	size_t first;

	for (int i = 0; i < VISIBLE_AT_ROOT; i++)
		start(&(struct child){
			.name = "visible to user",
			.run = run_as_user,
		});
	start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = LEVELS,
		.run = create_hidden_threads,
	});

	/* Use the minimum, because the signal must not be sent too late. */
	for (int i = 0; i < KILLS; i++) {
		fd = open_as_user();
		first = read_first(fd, text, sizeof(text));
		took = read_in_child(fd, 0);
		whole_read = took < whole_read ? took : whole_read;
		check((size_t)lseek(fd, 0, SEEK_CUR) > first);
		close(fd);
	}

	for (int i = 0; i < KILLS; i++) {
		fd = open_as_user();
		first = read_first(fd, text, sizeof(text));
		took = read_in_child(fd, whole_read / 4);
		if ((size_t)lseek(fd, 0, SEEK_CUR) == first) {
			early++;
			least = took < least ? took : least;
			most = took > most ? took : most;
			check_rest(fd, text, first);
		}
		close(fd);
	}
	printf("# a read takes %ld us; %d of %d reads ended early, %ld to %ld us after SIGKILL\n",
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
	{ "reads of one byte while processes are created and killed",
	  one_byte },
	{ "reads of various sizes while processes are created and killed",
	  odd_sizes },
	{ "pread(2) at any offset", pread_anywhere },
	{ "lseek(2) to any offset", seek_anywhere },
	{ "two open files that are read in turns", two_readers },
	{ "four concurrent readers while processes are created and killed",
	  readers_at_once },
	{ "two threads that share a file descriptor", shared_descriptor },
	{ "a reader that pauses while PIDs are reused", slow_reader },
	{ "a second read from offset 0", read_twice },
	{ "reads after the end of the file", past_the_end },
	{ "a file with many long lines", long_file },
	{ "sendfile(2) copies the whole file", sendfile_copies },
	{ "hidden processes at the end of a buffer are checked once",
	  checked_once },
	{ "the members of IDs are checked once", members_checked_once },
	{ "SIGKILL ends a read early, and no data is lost", killed },
	{ "a read into an invalid buffer loses no data", bad_buffer },
	{ "write(2) fails", not_writable },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
