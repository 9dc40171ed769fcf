// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Read the file in all ways until SIGTERM, while other programs run: the
 * kernel's own selftests, see vm/guest/selftests. Four readers with different
 * views read at the same time. Print "ready" when all of them read, and at the
 * end the number of complete reads that were checked.
 *
 * Exits with 0 if every complete read was well-formed and showed its reader.
 *
 * readers FILE: read this file of procfs instead, and check nothing. So programs
 * run with the same load, but without the module.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "view.h"
#include "world.h"

/* The readers yield to the programs, whose tests have time limits. */
#define NICE 10

static struct {
	atomic_bool stop;
	/* Reads up to the end of the file that were checked. */
	atomic_long complete[VIEWS];
} *shared;

/* The file to read instead, or NULL. */
static const char *other_file;

static void check_whole(int fd, size_t piece)
{
	char *text = read_all(fd, piece);
	struct view view;

	if (other_file) {
		free(text);
		return;
	}
	parse(text, &view);
	/* PIDs are relative to the procfs mount, as those of getpid(). */
	check(find_process(&view, getpid()));
	free_view(&view);
	free(text);
}

static void read_at_once(int fd)
{
	check_whole(fd, 1 << 20);
}

static void read_in_pieces(int fd)
{
	check_whole(fd, 61);
}

static void read_bytes(int fd)
{
	check_whole(fd, 1);
}

static void check_piece(const char *buffer, ssize_t len)
{
	check(len >= 0);
	check(other_file || is_printable(buffer, len));
}

static void read_at_offsets(int fd)
{
	char buffer[5000];

	for (off_t at = 1 << 15; at; at /= 2)
		check_piece(buffer, pread(fd, buffer, sizeof(buffer), at));
	check_whole(fd, 4096);
}

static void seek_and_read(int fd)
{
	char buffer[5000];

	for (off_t at = 1 << 15; at; at /= 2) {
		check(lseek(fd, at, SEEK_SET) == at);
		check_piece(buffer, read(fd, buffer, sizeof(buffer)));
	}
	check(!lseek(fd, 0, SEEK_SET));
	check_whole(fd, 4096);
}

static void (* const ways_to_read[])(int fd) = {
	read_at_once, read_in_pieces, read_at_offsets, seek_and_read,
	read_bytes,
};

/* Each reader begins with a different way. */
static void read_until_stopped(void *arg)
{
	size_t ways = sizeof(ways_to_read) / sizeof(*ways_to_read);
	enum view_kind reader = *(enum view_kind *)arg;

	take_view(reader);
	report_ready();
	for (size_t i = reader; !shared->stop; i++) {
		int fd = other_file ? open(other_file, O_RDONLY | O_CLOEXEC) :
				      open_file();

		check(fd >= 0);
		ways_to_read[i % ways](fd);
		check(!close(fd));
		shared->complete[reader]++;
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	pid_t pids[VIEWS];
	int status, received;
	bool failed = false;
	sigset_t signals;

	other_file = argc > 1 ? argv[1] : NULL;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(shared != MAP_FAILED);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	check(!sigprocmask(SIG_BLOCK, &signals, NULL));
	check(nice(NICE) == NICE);

	for (enum view_kind kind = 0; kind < VIEWS; kind++)
		pids[kind] = start(&(struct child){
			.flags = view_flags(kind),
			.run = read_until_stopped,
			.arg = &kind,
		});
	printf("ready\n");
	fflush(stdout);

	check(!sigwait(&signals, &received));
	shared->stop = true;
	for (int i = 0; i < VIEWS; i++) {
		check(waitpid(pids[i], &status, 0) == pids[i]);
		if (status)
			printf("# reader %d failed, status %#x\n", i, status);
		failed |= status || !shared->complete[i];
	}
	printf("# complete reads: by root %ld, by a user %ld,",
	       shared->complete[VIEW_ROOT], shared->complete[VIEW_USER]);
	printf(" in a container %ld, in a user namespace %ld\n",
	       shared->complete[VIEW_CONTAINER], shared->complete[VIEW_USERNS]);

	return failed;
}
