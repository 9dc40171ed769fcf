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
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "view.h"
#include "world.h"

/* The readers yield to the programs, whose tests have time limits. */
#define NICE 10

enum { ROOT, NON_ROOT, CONTAINER, USERNS, READERS };

static struct {
	atomic_bool stop;
	/* Reads up to the end of the file that were checked. */
	atomic_long complete[READERS];
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

/* The content at an offset may have changed, but all bytes are printable. */
static void check_printable(const char *buffer, ssize_t len)
{
	check(len >= 0);
	for (ssize_t i = 0; i < len && !other_file; i++)
		check(buffer[i] == '\n' ||
		      (buffer[i] >= ' ' && buffer[i] < 0x7f));
}

static void read_at_offsets(int fd)
{
	char buffer[5000];

	for (off_t at = 1 << 15; at; at /= 2)
		check_printable(buffer, pread(fd, buffer, sizeof(buffer), at));
	check_whole(fd, 4096);
}

static void seek_and_read(int fd)
{
	char buffer[5000];

	for (off_t at = 1 << 15; at; at /= 2) {
		check(lseek(fd, at, SEEK_SET) == at);
		check_printable(buffer, read(fd, buffer, sizeof(buffer)));
	}
	check(!lseek(fd, 0, SEEK_SET));
	check_whole(fd, 4096);
}

static void (* const ways_to_read[])(int fd) = {
	read_at_once, read_in_pieces, read_at_offsets, seek_and_read,
	read_bytes,
};

/* Each reader begins with another way. */
static void __attribute__((noreturn)) read_until_stopped(int reader)
{
	size_t ways = sizeof(ways_to_read) / sizeof(*ways_to_read);

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

static void read_as_root(void *arg)
{
	(void)arg;
	read_until_stopped(ROOT);
}

static void read_as_user(void *arg)
{
	(void)arg;
	switch_user(1234);
	read_until_stopped(NON_ROOT);
}

static void read_in_container(void *arg)
{
	(void)arg;
	check(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	check(!mount("proc", "/proc", "proc", 0, NULL));
	read_until_stopped(CONTAINER);
}

static void read_in_user_namespace(void *arg)
{
	(void)arg;
	switch_user(1235);
	check(!unshare(CLONE_NEWUSER));
	write_file("/proc/self/uid_map", "0 1235 1");
	read_until_stopped(USERNS);
}

static const struct child readers[READERS] = {
	[ROOT] = { .run = read_as_root },
	[NON_ROOT] = { .run = read_as_user },
	[CONTAINER] = {
		.flags = CLONE_NEWPID | CLONE_NEWNS,
		.run = read_in_container,
	},
	[USERNS] = { .run = read_in_user_namespace },
};

int main(int argc, char **argv)
{
	pid_t pids[READERS];
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

	for (int i = 0; i < READERS; i++)
		pids[i] = start(&readers[i]);
	printf("ready\n");
	fflush(stdout);

	check(!sigwait(&signals, &received));
	shared->stop = true;
	for (int i = 0; i < READERS; i++) {
		check(waitpid(pids[i], &status, 0) == pids[i]);
		if (status)
			printf("# reader %d failed, status %#x\n", i, status);
		failed |= status || !shared->complete[i];
	}
	printf("# complete reads: by root %ld, by a user %ld,",
	       shared->complete[ROOT], shared->complete[NON_ROOT]);
	printf(" in a container %ld, in a user namespace %ld\n",
	       shared->complete[CONTAINER], shared->complete[USERNS]);

	return failed;
}
