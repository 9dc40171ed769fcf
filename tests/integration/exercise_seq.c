// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The requirements of exercise 3: /proc/exercise lists the processes of the
 * opener's PID namespace.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exercise.h"
#include "module.h"
#include "world.h"

/* How often to read in a loop. */
#define READS 30
#define OPENS 50

/* How often to compare, because kernel threads come and go. */
#define TRIES 100

/* Numbers of processes. */
#define MANY 200
#define STABLE 50

/* The length of a read that returns one or two lines. */
#define SHORT 10

/* The lines that /proc/pidns_tree implies, in the namespace of its mount. */
static char *expect(void)
{
	struct text text = {};
	struct view view;

	read_sorted(&view);
	for (size_t i = 0; i < view.nr_processes; i++) {
		add(&text, "%d ", view.processes[i].pids[0]);
		add_name(&text, view.processes[i].name);
		add(&text, "\n");
	}
	free_view(&view);

	return text.start;
}

static void compare_all(void *arg)
{
	char *expected, *got;

	(void)arg;
	for (int i = 0; i < TRIES; i++) {
		expected = expect();
		got = read_exercise();
		if (same_lines(expected, got))
			return;
		usleep(10000);
	}
	compare_lines(expected, got);
}

static void all_processes(void)
{
	load_exercise("");
	start(&(struct child){ .name = "web" });
	start(&(struct child){ .flags = CLONE_NEWPID, .name = "db" });
	compare_all(NULL);
	unload_exercise();
}

/* Count the lines with this name. */
static int count_name(const char *name)
{
	const char *text = read_exercise();
	char line[32];
	int count = 0;

	snprintf(line, sizeof(line), " %s\n", name);
	while ((text = strstr(text, line))) {
		text++;
		count++;
	}

	return count;
}

static void threads(void)
{
	int count;

	start(&(struct child){ .name = "server", .threads = 3 });
	load_exercise("");
	count = count_name("server");
	if (count != 1)
		fail("a process with 4 threads: expected 1 line, got %d",
		     count);
	unload_exercise();
}

static void in_container(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = 3,
	});

	load_exercise("");
	in_namespace(init, compare_all, NULL);
	unload_exercise();
}

static void names(void)
{
	start(&(struct child){ .name = "a\n1 init" });
	start(&(struct child){ .name = "b\\012c" });
	start(&(struct child){ .name = "" });
	load_exercise("");
	compare_all(NULL);
	unload_exercise();
}

static void kept_id(void)
{
	static const struct child member = { .stays = true };

	create_group(&(struct leaderless){
		.lead = lead_session,
		.members = &member,
		.nr_members = 1,
	});
	load_exercise("");
	compare_all(NULL);
	unload_exercise();
}

/*
 * Check the output of reads during which processes with other names are created
 * and exit: the PIDs must increase, and the @stable processes be there.
 */
static void check_output(const char *got, const pid_t *stable, int nr_stable)
{
	long last = 0, pid;
	int found = 0;

	for (char *end; *got; got = end + 1) {
		pid = strtol(got, &end, 10);
		if (end == got || *end != ' ')
			fail("expected 'PID NAME', got '%.*s'",
			     (int)strcspn(got, "\n"), got);
		if (pid <= last)
			fail("expected a PID greater than %ld, got %ld", last,
			     pid);
		last = pid;
		for (int i = 0; i < nr_stable; i++)
			found += stable[i] == pid;
		end = strchr(end, '\n');
		if (!end)
			fail("expected a newline at the end of the output");
	}
	if (found != nr_stable)
		fail("of %d processes that exist all the time, got %d",
		     nr_stable, found);
}

/* Return: the PID in the last line that is complete, or 0. */
static long last_pid(const struct text *text)
{
	size_t end = text->len;

	while (end && text->start[end - 1] != '\n')
		end--;
	if (!end)
		return 0;
	for (end--; end && text->start[end - 1] != '\n';)
		end--;

	return strtol(text->start + end, NULL, 10);
}

/*
 * After each read, kill a process whose line was read. Half of the processes
 * stay, and the others must not be missed when they are killed.
 */
static void in_pieces(void)
{
	pid_t stay[MANY], ends[MANY];
	struct text text = {};
	int killed = 0, many;
	char piece[SHORT];
	ssize_t got;
	int fd;

	many = scaled(MANY) / 2;
	for (int i = 0; i < many; i++) {
		ends[i] = start(&(struct child){});
		stay[i] = start(&(struct child){});
	}
	load_exercise("");
	fd = open_exercise();
	while ((got = read(fd, piece, sizeof(piece))) > 0) {
		add(&text, "%.*s", (int)got, piece);
		if (text.len > 1 << 20)
			fail("the output of " EXERCISE " does not end");
		if (killed < many && ends[killed] < last_pid(&text))
			kill_and_reap(ends[killed++]);
	}
	check(!got && killed);
	close(fd);
	check_output(text.start, stay, many);
	unload_exercise();
}

static void under_load(void)
{
	pid_t pids[STABLE];

	start_churn(0, 0);
	for (int i = 0; i < STABLE; i++)
		pids[i] = start(&(struct child){});
	start_churn(CLONE_NEWPID, 0);
	load_exercise("");
	for (int i = 0; i < scaled(READS); i++) {
		char *got = read_exercise();

		check_output(got, pids, STABLE);
		free(got);
		sched_yield();
	}
	unload_exercise();
}

static void open_here(void *arg)
{
	int fd;

	(void)arg;
	fd = open_exercise();
	check(dup2(fd, CHILD_FD) == CHILD_FD);
	close(fd);
}

static void dead_namespace(void)
{
	pid_t init;
	int fd;

	load_exercise("");
	init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = open_here,
	});
	fd = get_descriptor(init);
	kill_and_reap(init);
	/* Other allocations may take the place of a namespace that is freed. */
	usleep(200000);
	compare_lines(NULL, drain(fd, 4096));
	close(fd);
	unload_exercise();
}

static void unload_open(void)
{
	char byte;
	int fd;

	load_exercise("");
	fd = open_exercise();
	check(read(fd, &byte, 1) == 1);
	unload_exercise();
	if (read(fd, &byte, 1) >= 0 || errno != EIO)
		fail("read() after the module was unloaded: expected '%s', got '%s'",
		     strerror(EIO), strerror(errno));
	close(fd);
}

static void read_here(void *arg)
{
	(void)arg;
	for (int i = 0; i < scaled(OPENS); i++) {
		int fd = open_exercise();
		char byte;

		check(read(fd, &byte, i % 2) == i % 2);
		close(fd);
	}
}

static void nothing_left(void)
{
	struct left before;
	pid_t init;

	before = count_left();
	load_exercise("");
	init = start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2 });
	in_namespace(init, read_here, NULL);
	kill_and_reap(init);
	check_left(&before);
	unload_exercise();
}

const struct test seq_tests[] = {
	{ "2 PID and name of each process, in the order of the PIDs",
	  all_processes },
	{ "2 a process with several threads has one line", threads },
	{ "2 a reader in a container sees the container only", in_container },
	{ "1 names with a newline or a backslash", names },
	{ "1 the ID of a session whose leader has exited is no process",
	  kept_id },
	{ "2 short reads, while processes exit that were read", in_pieces },
	{ "1 processes start and exit meanwhile", under_load },
	{ "2 the namespace of an open file ends", dead_namespace },
	{ "1 the module is unloaded while the file is open", unload_open },
	{ "2 all objects are freed", nothing_left },
};

const size_t nr_seq_tests = sizeof(seq_tests) / sizeof(*seq_tests);
