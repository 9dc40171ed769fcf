// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
/* threads N: run a process with N threads, which the demo shows. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void __attribute__((noreturn)) *sleep_forever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	int wanted = argc == 2 ? atoi(argv[1]) : 0;
	pthread_t thread;

	if (wanted < 1) {
		fprintf(stderr, "usage: threads N\n");
		return 1;
	}
	while (--wanted)
		if (pthread_create(&thread, NULL, sleep_forever, NULL)) {
			perror("threads: pthread_create");
			return 1;
		}
	sleep_forever(NULL);
}
