// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * clock OUTPUT RUNS SECONDS read FILE
 *	Measure how long it takes to read a file, with the buffer size of cat.
 *	The time to start a process is not included.
 * clock OUTPUT RUNS SECONDS run [EMPTY [ARGUMENT...] --] COMMAND [ARGUMENT...]
 *	Measure how long a command takes. Before each run, measure the command
 *	EMPTY, which starts the same program without work, and subtract its
 *	time.
 *
 * Repeat up to RUNS times, but do not begin a run after SECONDS. The output of
 * the first run is written to the file OUTPUT, that of the others to /dev/null.
 *
 * Print the median time of the command and of EMPTY in nanoseconds, the number
 * of runs, and the maximum resident set size of both in KiB (0 if unknown).
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The buffer size of cat(1) of coreutils. */
#define BUFFER (128 * 1024)

static int null_fd, out_fd;

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);

	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Returns the maximum resident set size in KiB, which is not measured here. */
static long read_file(char **argv)
{
	static char buffer[BUFFER];
	int fd = open(*argv, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		err(EXIT_FAILURE, "%s", *argv);
	while ((len = read(fd, buffer, sizeof(buffer))) > 0)
		if (write(out_fd, buffer, len) != len)
			err(EXIT_FAILURE, "write");
	if (len < 0)
		err(EXIT_FAILURE, "%s", *argv);
	close(fd);

	return 0;
}

/* Returns the maximum resident set size in KiB. */
static long run_command(char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	pid_t child;
	int status;

	if (posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO) ||
	    posix_spawn_file_actions_adddup2(&actions, null_fd,
					     STDERR_FILENO) ||
	    posix_spawnp(&child, *argv, &actions, NULL, argv, environ))
		errx(EXIT_FAILURE, "cannot run %s", *argv);
	if (wait4(child, &status, 0, &usage) != child || status)
		errx(EXIT_FAILURE, "%s failed with status %#x", *argv, status);
	posix_spawn_file_actions_destroy(&actions);

	return usage.ru_maxrss;
}

static int compare(const void *a, const void *b)
{
	const long long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static long long median(long long *times, int count)
{
	qsort(times, count, sizeof(*times), compare);

	return times[count / 2];
}

/* Split the command EMPTY off @argv at "--". Returns NULL if there is none. */
static char **split_empty(char ***argv)
{
	char **first = *argv;

	for (char **word = first; *word; word++)
		if (!strcmp(*word, "--")) {
			*word = NULL;
			*argv = word + 1;
			return first;
		}

	return NULL;
}

int main(int argc, char **argv)
{
	int runs = argc > 5 ? atoi(argv[2]) : 0, done = 0, output;
	char **command = argv + 5, **empty = NULL;
	long (*measure)(char **argv) = NULL;
	long memory = 0, empty_memory = 0;
	long long end, *times, *empty_times;

	if (runs > 0 && !strcmp(argv[4], "read")) {
		measure = read_file;
	} else if (runs > 0 && !strcmp(argv[4], "run")) {
		measure = run_command;
		empty = split_empty(&command);
	}
	times = calloc(runs + 1, sizeof(*times));
	empty_times = calloc(runs + 1, sizeof(*empty_times));
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (!measure || !times || !empty_times || null_fd < 0)
		errx(EXIT_FAILURE,
		     "usage: clock OUTPUT RUNS SECONDS read FILE | run [EMPTY... --] COMMAND...");
	output = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (output < 0)
		err(EXIT_FAILURE, "%s", argv[1]);

	end = now() + atoi(argv[3]) * 1000000000LL;
	do {
		if (empty) {
			out_fd = null_fd;
			empty_times[done] = now();
			empty_memory = measure(empty);
			empty_times[done] = now() - empty_times[done];
		}
		out_fd = done ? null_fd : output;
		times[done] = now();
		memory = measure(command);
		times[done] = now() - times[done] - empty_times[done];
	} while (++done < runs && now() < end);

	printf("%lld %lld %d %ld %ld\n", median(times, done),
	       median(empty_times, done), done, memory, empty_memory);

	return 0;
}
