// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * clock ANSWER RUNS SECONDS read FILE: how long it takes to read a file as cat
 * does, by a process that is there already.
 * clock ANSWER RUNS SECONDS run [EMPTY [ARGUMENT...] --] COMMAND [ARGUMENT...]: how
 * much longer a command takes than an empty job, which is done before each run and
 * is to take what the start of the program does.
 *
 * What comes out of the first run goes to the file ANSWER, of the others nowhere.
 * There is no further run after so many seconds. Tells the median in nanoseconds,
 * that of the empty job, of how many runs these are, and the most memory that the
 * command had and the empty job, in KiB.
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

/* What cat of coreutils has. */
#define BUFFER (128 * 1024)

static int nowhere, out;

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);

	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* What can be measured returns the most memory it had, if that is known. */
static long read_file(char **argv)
{
	static char buffer[BUFFER];
	int fd = open(*argv, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		err(EXIT_FAILURE, "%s", *argv);
	while ((len = read(fd, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, len) != len)
			err(EXIT_FAILURE, "write");
	if (len < 0)
		err(EXIT_FAILURE, "%s", *argv);
	close(fd);

	return 0;
}

static long run_command(char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	pid_t child;
	int status;

	if (posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO) ||
	    posix_spawn_file_actions_adddup2(&actions, nowhere, STDERR_FILENO) ||
	    posix_spawnp(&child, *argv, &actions, NULL, argv, environ))
		errx(EXIT_FAILURE, "%s cannot be run", *argv);
	if (wait4(child, &status, 0, &usage) != child || status)
		errx(EXIT_FAILURE, "%s ended with status %#x", *argv, status);
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

/* Up to the word that ends it, which is taken away. */
static char **empty_job(char ***argv)
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
	int runs = argc > 5 ? atoi(argv[2]) : 0, done = 0, answer;
	char **command = argv + 5, **empty = NULL;
	long (*look)(char **argv) = NULL;
	long memory = 0, empty_memory = 0;
	long long end, *times, *starts;

	if (runs > 0 && !strcmp(argv[4], "read")) {
		look = read_file;
	} else if (runs > 0 && !strcmp(argv[4], "run")) {
		look = run_command;
		empty = empty_job(&command);
	}
	times = calloc(runs + 1, sizeof(*times));
	starts = calloc(runs + 1, sizeof(*starts));
	nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (!look || !times || !starts || nowhere < 0)
		errx(EXIT_FAILURE,
		     "usage: clock ANSWER RUNS SECONDS read FILE | run COMMAND...");
	answer = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (answer < 0)
		err(EXIT_FAILURE, "%s", argv[1]);

	end = now() + atoi(argv[3]) * 1000000000LL;
	do {
		if (empty) {
			out = nowhere;
			starts[done] = now();
			empty_memory = look(empty);
			starts[done] = now() - starts[done];
		}
		out = done ? nowhere : answer;
		times[done] = now();
		memory = look(command);
		times[done] = now() - times[done] - starts[done];
	} while (++done < runs && now() < end);

	printf("%lld %lld %d %ld %ld\n", median(times, done),
	       median(starts, done), done, memory, empty_memory);

	return 0;
}
