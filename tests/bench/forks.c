// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
/*
 * forks SECONDS [RATE]: print how many processes per second are created and
 * reaped. With RATE, create at most that many.
 */
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
	double seconds = argc > 1 ? atoi(argv[1]) : 0, begin = now(), ahead;
	int rate = argc == 3 ? atoi(argv[2]) : 0;
	long forks = 0;
	pid_t child;

	if (seconds <= 0 || argc > 3 || (argc == 3 && rate <= 0))
		errx(EXIT_FAILURE, "usage: forks SECONDS [RATE]");
	while (now() - begin < seconds) {
		child = fork();
		if (!child)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			err(EXIT_FAILURE, "fork");
		forks++;
		ahead = rate ? (double)forks / rate - (now() - begin) : 0;
		if (ahead > 0)
			usleep(ahead * 1e6);
	}
	printf("%.1f\n", forks / (now() - begin));

	return 0;
}
