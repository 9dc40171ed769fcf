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

	read_sorted(&view);
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

/* The string that another process reads, in shared memory, MAX_OUTPUT bytes. */
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

static pid_t start_with(uid_t real, uid_t effective, uid_t saved)
{
	uid_t uids[] = { real, effective, saved };

	return start(&(struct child){ .name = "user", .run = become, .arg = uids });
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

static void compare_in_container(void *arg)
{
	(void)arg;
	compare(&(struct opener){}, NULL, ALL, ALL);
}

static void in_container(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = 2,
	});

	start_users();
	load_exercise("");
	in_namespace(init, compare_in_container, NULL);
}

static void threads_and_names(void)
{
	start(&(struct child){ .name = "server", .threads = 2 });
	start(&(struct child){ .name = "a\n1 0 init" });
	start(&(struct child){ .name = "b\\012c" });
	load_exercise("");
	compare(&(struct opener){}, NULL, ALL, ALL);
}

/* Two processes of USER that exist all the time. */
static pid_t stable[2];

/* Each line must be one of USER, and the stable processes must have lines. */
static void check_output(const char *got)
{
	int len, pid, last = 0, found = 0;
	unsigned int uid;

	for (; *got; got += len + 1) {
		len = strcspn(got, "\n");
		if (sscanf(got, "%d %u ", &pid, &uid) != 2 || !got[len])
			fail("expected 'PID UID NAME', got '%.*s'", len, got);
		if (pid <= last)
			fail("expected a PID greater than %d, got '%.*s'", last,
			     len, got);
		if (uid != USER)
			fail("expected no process of another user, got '%.*s'",
			     len, got);
		last = pid;
		found += pid == stable[0] || pid == stable[1];
	}
	if (found != 2)
		fail("of 2 processes that exist all the time, got %d", found);
}

static void read_as_user(void *arg)
{
	(void)arg;
	switch_user(USER);
	for (int i = 0; i < scaled(OPENS); i++) {
		char *text = read_exercise();

		check_output(text);
		free(text);
		sched_yield();
	}
}

static void churn_as_user(void *arg)
{
	(void)arg;
	switch_user(USER);
	start_churn(0, 0);
}

/* Processes of root and of the user come and go. */
static void under_load(void)
{
	start_churn(CLONE_NEWPID, 0);
	stable[0] = start_with(USER, USER, USER);
	start_with(OTHER, OTHER, OTHER);
	start(&(struct child){ .run = churn_as_user });
	stable[1] = start_with(USER, USER, USER);
	load_exercise("");
	start(&(struct child){ .run = read_as_user });
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
	{ "1 a reader in a container sees the container only", in_container },
	{ "1 threads have no lines, and names are escaped", threads_and_names },
	{ "2 a user sees the processes of that user only", user },
	{ "2 a process whose UIDs differ is hidden", mixed },
	{ "2 a user opens the file, and root reads it", user_opens },
	{ "1 root opens the file, and a user reads it", root_opens },
	{ "2 the UIDs are those in the user namespace of the opener", mapped },
	{ "1 root without UIDs, in another user namespace, is not root",
	  unmapped },
	{ "1 processes start and exit meanwhile", under_load },
	{ "1 all objects are freed", nothing_left },
};

const size_t nr_access_tests = sizeof(access_tests) / sizeof(*access_tests);
