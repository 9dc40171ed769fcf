// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The requirements of exercise 5: /proc/exercise lists the processes that the
 * opener may see, with their UIDs in the opener's user namespace.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "exercise.h"
#include "module.h"
#include "world.h"

#define USER 1001
#define OTHER 1002
#define OVERFLOW_UID 65534

/* How often to open the file in a loop. */
#define OPENS 40

/* How often to compare, because kernel threads come and go. */
#define TRIES 100

/* A UID that selects all processes. */
#define ALL ((uid_t)-1)

static int compare_processes(const void *one, const void *other)
{
	const struct process *a = one, *b = other;

	return a->pids[0] - b->pids[0];
}

/* Whether the real, effective and saved UIDs of a process are all @uid. */
static bool has_uids(pid_t pid, uid_t uid)
{
	char path[64], line[256];
	bool has = false;
	uid_t uids[3];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Uid:\t%u\t%u\t%u", &uids[0], &uids[1],
			   &uids[2]) == 3)
			has = uids[0] == uid && uids[1] == uid &&
			      uids[2] == uid;
	fclose(file);

	return has;
}

/*
 * The lines for an opener with the UID @opener, or root (ALL). Each process of
 * the opener has the UID @shown, if that is not ALL.
 */
static char *expect(uid_t opener, uid_t shown)
{
	struct text text = {};
	struct view view;

	read_view(&view);
	qsort(view.processes, view.nr_processes, sizeof(*view.processes),
	      compare_processes);
	add(&text, "%s", "");
	for (size_t i = 0; i < view.nr_processes; i++) {
		const struct process *proc = &view.processes[i];

		if (opener != ALL && !has_uids(proc->pids[0], opener))
			continue;
		add(&text, "%d %u ", proc->pids[0],
		    shown == ALL ? proc->uid : shown);
		add_name(&text, proc->name);
		add(&text, "\n");
	}
	free_view(&view);

	return text.start;
}

/* The output that another process reads, in shared memory. */
#define MAX_OUTPUT (1024 * 1024)
static char *output;

static void read_output(int fd)
{
	char *text = drain(fd, 4096);

	check(strlen(text) < MAX_OUTPUT);
	strcpy(output, text);
}

/* How to open the file. */
struct opener {
	uid_t uid;
	/* In a new user namespace, without UIDs, or with the UID as its root */
	bool unmapped;
	bool mapped;
	/* Do not read, but leave the descriptor to another process. */
	bool opens_only;
};

static void run_opener(void *arg)
{
	const struct opener *opener = arg;
	char map[32];
	int fd;

	if (opener->uid)
		switch_user(opener->uid);
	if (opener->unmapped || opener->mapped)
		check(!unshare(CLONE_NEWUSER));
	check(!prctl(PR_SET_DUMPABLE, 1));
	if (opener->mapped) {
		snprintf(map, sizeof(map), "0 %u 1", opener->uid);
		write_file("/proc/self/uid_map", map);
	}
	fd = open_exercise();
	if (opener->opens_only)
		check(dup2(fd, CHILD_FD) == CHILD_FD);
	else
		read_output(fd);
}

/* Another process that reads from the descriptor. */
struct reader {
	uid_t uid;
	int fd;
};

static void run_reader(void *arg)
{
	const struct reader *reader = arg;

	if (reader->uid)
		switch_user(reader->uid);
	read_output(reader->fd);
}

/*
 * Compare what the opener and the reader get with the lines for an opener with
 * the UID @visible. Both processes sleep meanwhile, because they have lines.
 */
static void compare(struct opener *opener, struct reader *reader, uid_t visible,
		    uid_t shown)
{
	char *expected = NULL;

	output = mmap(NULL, MAX_OUTPUT, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(output != MAP_FAILED);
	for (int i = 0; i < TRIES; i++) {
		pid_t pids[2] = {};

		pids[0] = start(&(struct child){
			.name = "opener",
			.run = run_opener,
			.arg = opener,
		});
		if (reader) {
			reader->fd = get_descriptor(pids[0]);
			pids[1] = start(&(struct child){
				.name = "reader",
				.run = run_reader,
				.arg = reader,
			});
			close(reader->fd);
		}
		expected = expect(visible, shown);
		if (same_lines(expected, output))
			return;
		kill_and_reap(pids[0]);
		if (pids[1])
			kill_and_reap(pids[1]);
		/* Only kernel threads come and go, and root has them all. */
		if (visible == USER)
			break;
		usleep(10000);
	}
	compare_lines(expected, output);
}

static void become(void *arg)
{
	const uid_t *uids = arg;

	check(!setresuid(uids[0], uids[1], uids[2]));
}

static void start_with(uid_t real, uid_t effective, uid_t saved)
{
	uid_t uids[] = { real, effective, saved };

	start(&(struct child){ .name = "user", .run = become, .arg = uids });
}

static void start_users(void)
{
	start_with(USER, USER, USER);
	start_with(OTHER, OTHER, OTHER);
	start_with(0, 0, 0);
	start_with(USER, USER, USER);
}

static void root(void)
{
	struct opener opener = {};

	start_users();
	load_exercise("");
	compare(&opener, NULL, ALL, ALL);
}

static void user(void)
{
	struct opener opener = { .uid = USER };

	start_users();
	load_exercise("");
	compare(&opener, NULL, USER, ALL);
}

static void mixed(void)
{
	struct opener opener = { .uid = USER };

	start_with(USER, 0, 0);
	start_with(0, USER, 0);
	start_with(0, 0, USER);
	start_with(USER, USER, 0);
	start_with(USER, 0, USER);
	start_with(0, USER, USER);
	start_with(USER, OTHER, USER);
	load_exercise("");
	compare(&opener, NULL, USER, ALL);
}

static void user_opens(void)
{
	struct opener opener = { .uid = USER, .opens_only = true };
	struct reader reader = {};

	start_users();
	load_exercise("");
	compare(&opener, &reader, USER, ALL);
}

static void root_opens(void)
{
	struct opener opener = { .opens_only = true };
	struct reader reader = { .uid = USER };

	start_users();
	load_exercise("");
	compare(&opener, &reader, ALL, ALL);
}

static void mapped(void)
{
	struct opener opener = { .uid = USER, .mapped = true };

	start_users();
	load_exercise("");
	compare(&opener, NULL, USER, 0);
}

static void unmapped(void)
{
	struct opener opener = { .unmapped = true };

	start_users();
	load_exercise("");
	compare(&opener, NULL, 0, OVERFLOW_UID);
}

/* Processes of all users come and go; the opener must see no other's. */
static void under_load(void)
{
	pid_t pid = start(&(struct child){});
	int fd;

	start_users();
	start_churn(0, 0);
	start_churn(CLONE_NEWPID, 0);
	load_exercise("");
	for (int i = 0; i < scaled(OPENS); i++) {
		char line[64];
		char *text;

		fd = open_exercise();
		text = drain(fd, 4096);
		close(fd);
		snprintf(line, sizeof(line), "\n%d 0 exercise\n", pid);
		if (!strstr(text, line))
			fail("expected '%d 0 exercise', got no such line", pid);
		free(text);
		sched_yield();
	}
}

static void open_often(void *arg)
{
	(void)arg;
	switch_user(USER);
	for (int i = 0; i < scaled(OPENS); i++) {
		int fd = open_exercise();
		char byte;

		check(read(fd, &byte, i % 2) >= 0);
		close(fd);
	}
}

static void nothing_left(void)
{
	struct left before;
	pid_t init;

	before = count_left();
	load_exercise("");
	init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = open_often,
	});
	kill_and_reap(init);
	check_left(&before);
}

const struct test access_tests[] = {
	{ "2 root sees every process", root },
	{ "3 a user sees the processes of that user only", user },
	{ "3 a process whose UIDs differ is hidden", mixed },
	{ "2 a user opens the file, and root reads it", user_opens },
	{ "1 root opens the file, and a user reads it", root_opens },
	{ "2 the UIDs are those in the user namespace of the opener", mapped },
	{ "1 root without UIDs, in another user namespace, is not root",
	  unmapped },
	{ "1 processes start and exit meanwhile", under_load },
	{ "1 all objects are freed", nothing_left },
};

const size_t nr_access_tests = sizeof(access_tests) / sizeof(*access_tests);
