// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "pids_cgroup.h"
#include "procfs.h"

#define MOUNT "/sys/fs/cgroup"

/* CGROUP2_SUPER_MAGIC in linux/magic.h. */
#define CGROUP2_MAGIC 0x63677270

/* "max", the value without a limit, is no number. */
static bool read_file(int directory, const char *name, uint64_t *number)
{
	return procfs_number(openat(directory, name, O_RDONLY | O_CLOEXEC),
			   number);
}

/* Any user who may create cgroups can choose the path. */
static bool is_safe(const char *path)
{
	size_t len = path ? strlen(path) : 0;

	return len && *path == '/' && len < PATH_MAX - sizeof(MOUNT) &&
	       !strstr(path, "/../") &&
	       (len < 3 || strcmp(path + len - 3, "/.."));
}

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs info;

	if (fd >= 0 && (fstatfs(fd, &info) || info.f_type != CGROUP2_MAGIC)) {
		close(fd);
		return -1;
	}

	return fd;
}

bool pids_cgroup_read(const char *path, uint64_t *current, uint64_t *max)
{
	char directory[PATH_MAX];
	bool found = false;
	char *end;

	if (!is_safe(path))
		return false;
	end = stpcpy(stpcpy(directory, MOUNT), path);
	/* The root cgroup has no limit. */
	for (; end > directory + strlen(MOUNT); end = strrchr(directory, '/')) {
		uint64_t used, limit;
		int fd;

		*end = '\0';
		fd = open_directory(directory);
		if (fd < 0)
			break;
		if (read_file(fd, "pids.max", &limit) &&
		    read_file(fd, "pids.current", &used) &&
		    (!found || (double)used * *max > (double)*current * limit)) {
			found = true;
			*current = used;
			*max = limit;
		}
		close(fd);
	}

	return found;
}
