// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"

#define SLABS "/sys/kernel/slab"

/* The same on all architectures. The headers of the guest may lack it. */
#define SYS_LISTNS 470

/* How long to wait for objects to be freed. */
#define FREE_SECONDS 120

int try_load(const char *parameters)
{
	int fd = open("pidns_tree.ko", O_RDONLY | O_CLOEXEC);
	int result, err;

	check(fd >= 0);
	result = syscall(SYS_finit_module, fd, parameters, 0);
	err = errno;
	close(fd);
	errno = err;

	return result;
}

void load(void)
{
	check(!try_load(""));
}

void unload(void)
{
	check(!syscall(SYS_delete_module, "pidns_tree", O_NONBLOCK));
	check(access(PIDNS_TREE, F_OK) && errno == ENOENT);
}

int open_file(void)
{
	int fd = open(PIDNS_TREE, O_RDONLY | O_CLOEXEC);

	check(fd >= 0);

	return fd;
}

bool is_printable(const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i] != '\n' && (bytes[i] < ' ' || bytes[i] >= 0x7f))
			return false;

	return true;
}

bool has_listns(void)
{
	/* The kernel must have the system call to find that NULL is invalid. */
	return syscall(SYS_LISTNS, NULL, NULL, 0, 0) < 0 && errno == EFAULT;
}

bool has_kmemleak(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

int scaled(int many)
{
	return has_kmemleak() ? many / 20 : many;
}

/*
 * KASAN keeps freed objects in quarantine, and /proc/slabinfo counts them as
 * active. Shrinking a cache frees them.
 */
static void empty_quarantine(void)
{
	DIR *slabs = opendir(SLABS);
	struct dirent *slab;
	char path[PATH_MAX];
	int fd;

	check(slabs);
	while ((slab = readdir(slabs))) {
		if (strncmp(slab->d_name, "pid_", strlen("pid_")))
			continue;
		snprintf(path, sizeof(path), SLABS "/%s/shrink", slab->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		check(fd >= 0);
		check(write(fd, "1", 1) == 1);
		close(fd);
	}
	closedir(slabs);
}

/* Objects of pid_namespace, and of pid_2, pid_3 and so on, one per level. */
long count_objects(void)
{
	char line[512];
	long sum = 0, active;
	FILE *file;

	empty_quarantine();
	file = fopen("/proc/slabinfo", "r");
	check(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "pid_%*s %ld", &active) == 1)
			sum += active;
	fclose(file);

	return sum;
}

void wait_until_freed(long left)
{
	time_t end = time(NULL) + FREE_SECONDS;

	while (count_objects() != left) {
		if (time(NULL) > end)
			fail("%ld objects instead of %ld", count_objects(),
			     left);
		usleep(50000);
	}
}
