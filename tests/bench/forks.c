// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
/* forks SECONDS: print how many processes per second are created and reaped. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);

	return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double begin = now(), seconds = argc == 2 ? atoi(argv[1]) : 0;
	long forks = 0;
	pid_t child;

	if (seconds <= 0)
		errx(EXIT_FAILURE, "usage: forks SECONDS");
	while (now() - begin < seconds) {
		child = fork();
		if (!child)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			err(EXIT_FAILURE, "fork");
		forks++;
	}
	printf("%.1f\n", forks / (now() - begin));

	return 0;
}
