// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <pwd.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "procfs.h"

/* Initial size of the buffer. Nearly all files are smaller. */
#define INITIAL_SIZE 4096

/*
 * Reading ends when this size is reached, because a process can make its
 * command line as long as its memory allows.
 */
#define MAX_SIZE 131072

struct procfs procfs_open(const char *path)
{
	struct statfs info;

	return (struct procfs){
		.path = path,
		.saved = statfs(path, &info) || info.f_type != PROC_SUPER_MAGIC,
	};
}

/* Open a regular file, and neither a symbolic link nor a FIFO nor a device. */
static int open_regular(int directory, const char *name)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
			  O_CLOEXEC;
	struct stat info;
	int fd;

	if (fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW))
		return -1;
	if (!S_ISREG(info.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	fd = openat(directory, name, flags);
	if (fd < 0)
		return -1;
	/* The file may have been replaced since fstatat(). */
	if (fstat(fd, &info) || !S_ISREG(info.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}

	return fd;
}

/*
 * Open a file in a saved directory. The directory is not trusted, so no
 * component of @name may be a symbolic link. openat2() with RESOLVE_NO_SYMLINKS
 * would need Linux 5.6; opening two or three components one by one works on all
 * kernels.
 * @last opens the last component.
 */
static int open_beneath(const struct procfs *procfs, const char *name,
			int (*last)(int directory, const char *name))
{
	int fd = open(procfs->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int next, error;
	char component[NAME_MAX + 1];
	const char *slash;

	while (fd >= 0) {
		slash = strchr(name, '/');
		if (slash) {
			snprintf(component, sizeof(component), "%.*s",
				 (int)(slash - name), name);
			next = openat(fd, component, O_PATH | O_NOFOLLOW |
						     O_DIRECTORY | O_CLOEXEC);
		} else {
			next = last(fd, name);
		}
		error = errno;
		close(fd);
		errno = error;
		if (!slash)
			return next;
		fd = next;
		name = slash + 1;
	}

	return -1;
}

static bool make_path(const struct procfs *procfs, const char *name,
		      char path[static PATH_MAX])
{
	if (snprintf(path, PATH_MAX, "%s/%s", procfs->path, name) < PATH_MAX)
		return true;
	errno = ENAMETOOLONG;

	return false;
}

int procfs_open_file(const struct procfs *procfs, const char *name)
{
	char path[PATH_MAX];

	if (procfs->saved)
		return open_beneath(procfs, name, open_regular);
	if (!make_path(procfs, name, path))
		return -1;

	/*
	 * Use only one system call to open a file, because a procfs has many
	 * files. O_NONBLOCK and O_NOCTTY are needed because a container can
	 * mount a FIFO or a device on a file of its procfs.
	 */
	return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

bool procfs_number(int fd, uint64_t *number)
{
	char text[32];
	ssize_t len;

	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return false;
	text[len] = '\0';
	*number = strtoull(text, NULL, 10);

	return isdigit((unsigned char)*text);
}

static int open_directory_at(int directory, const char *name)
{
	return openat(directory, name, O_RDONLY | O_NOFOLLOW | O_DIRECTORY |
				       O_CLOEXEC);
}

static DIR *open_directory(const struct procfs *procfs, const char *name)
{
	char path[PATH_MAX];
	DIR *directory;
	int fd;

	if (!procfs->saved)
		return make_path(procfs, name, path) ? opendir(path) : NULL;

	fd = open_beneath(procfs, name, open_directory_at);
	if (fd < 0)
		return NULL;
	directory = fdopendir(fd);
	if (!directory)
		close(fd);

	return directory;
}

static char *read_file(const struct procfs *procfs, const char *name,
		       size_t *len)
{
	static char *bytes;
	static size_t size;
	size_t room, wanted = INITIAL_SIZE;
	char *more;
	ssize_t got;
	int fd;

	fd = procfs_open_file(procfs, name);
	if (fd < 0)
		return NULL;

	*len = 0;
	do {
		if (size < wanted) {
			more = realloc(bytes, wanted);
			if (!more)
				err(EXIT_FAILURE, "cannot read %s", name);
			bytes = more;
			size = wanted;
		}
		room = size - *len - 1;
		got = read(fd, bytes + *len, room);
		if (got > 0)
			*len += got;
		wanted = 2 * size;
		/* A short read is the end: these files fill the buffer. */
	} while (got == (ssize_t)room && *len < MAX_SIZE);
	close(fd);
	/* ESRCH: the process has exited since the file was opened. */
	if (got < 0)
		return NULL;
	bytes[*len] = '\0';

	return bytes;
}

char *procfs_read(const struct procfs *procfs, unsigned int pid,
		  const char *name, size_t *len)
{
	char file[64];

	snprintf(file, sizeof(file), "%u/%s", pid, name);

	return read_file(procfs, file, len);
}

char *procfs_command(const struct procfs *procfs, unsigned int pid)
{
	size_t len;
	char *line = procfs_read(procfs, pid, "cmdline", &len);

	if (!line)
		return NULL;
	while (len && !line[len - 1])
		len--;
	if (!len)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (!line[i])
			line[i] = ' ';

	line = strndup(line, len);
	if (!line)
		err(EXIT_FAILURE, "cannot store a command line");

	return line;
}

uint32_t procfs_namespace(const struct procfs *procfs, unsigned int pid,
			  const char *link)
{
	char path[PATH_MAX], name[64], target[64];
	unsigned long inum;
	ssize_t len;

	snprintf(name, sizeof(name), "%u/ns/%s", pid, link);
	if (!make_path(procfs, name, path))
		return 0;
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return 0;
	target[len] = '\0';
	if (sscanf(target, "pid:[%lu]", &inum) == 1)
		return inum;
	errno = EINVAL;

	return 0;
}

static const char *find_field(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? line + strlen(name) : NULL;
}

/* In "Name:", the kernel escapes a newline as "\n" and a backslash as "\\". */
static void unescape_comm(char *comm)
{
	char *to = comm;

	for (const char *p = comm; *p; p++) {
		*to = *p;
		if (p[0] == '\\' && p[1]) {
			p++;
			*to = *p == 'n' ? '\n' : *p;
		}
		to++;
	}
	*to = '\0';
}

static bool parse_status(const char *status, struct thread *thread)
{
	const char *tgid = find_field(status, "\nTgid:");
	const char *tids = find_field(status, "\nNSpid:");
	const char *state = find_field(status, "\nState:");
	char *end;

	memset(thread, 0, sizeof(*thread));
	if (sscanf(status, "Name:%*1[\t]%63[^\n]", thread->comm) != 1)
		thread->comm[0] = '\0';
	unescape_comm(thread->comm);
	if (!tgid || !tids || !state || sscanf(state, " %c", &thread->state) != 1)
		return false;
	thread->tgid = strtoul(tgid, NULL, 10);
	while (thread->count < LEVELS && *tids == '\t' &&
	       isdigit((unsigned char)tids[1])) {
		thread->tids[thread->count++] = strtoul(tids, &end, 10);
		tids = end;
	}

	return thread->tgid && thread->count;
}

bool procfs_thread(const struct procfs *procfs, unsigned int tid,
		   struct thread *thread)
{
	size_t len;
	char *status = procfs_read(procfs, tid, "status", &len);

	return status && parse_status(status, thread);
}

void procfs_visit_threads(const struct procfs *procfs, unsigned int pid,
			  bool (*visit)(const struct thread *thread, void *arg),
			  void *arg)
{
	char path[32], file[64];
	const struct dirent *entry;
	struct thread thread;
	char *status;
	size_t len;
	DIR *tasks;

	snprintf(path, sizeof(path), "%u/task", pid);
	tasks = open_directory(procfs, path);
	if (!tasks)
		return;
	while ((entry = readdir(tasks))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(file, sizeof(file), "%s/%.20s/status", path,
			 entry->d_name);
		status = read_file(procfs, file, &len);
		if (status && parse_status(status, &thread) &&
		    !visit(&thread, arg))
			break;
	}
	closedir(tasks);
}

void procfs_put_status(FILE *file, const struct thread *thread)
{
	fputs("Name:\t", file);
	for (const char *p = thread->comm; *p; p++) {
		if (*p == '\n')
			fputs("\\n", file);
		else if (*p == '\\')
			fputs("\\\\", file);
		else
			putc(*p, file);
	}
	fprintf(file, "\nState:\t%c\nTgid:\t%u\nNSpid:", thread->state,
		thread->tgid);
	for (unsigned int i = 0; i < thread->count; i++)
		fprintf(file, "\t%u", thread->tids[i]);
	putc('\n', file);
}

bool procfs_is_own(void)
{
	const struct procfs procfs = { .path = "/proc" };
	struct thread self;
	struct stat info;
	size_t len;
	char *status;

	/* If /proc is not mounted, opening pidns_tree fails with an error. */
	if (lstat("/proc/self", &info))
		return true;
	status = read_file(&procfs, "self/status", &len);

	return status && parse_status(status, &self) && self.count == 1;
}

/* A user that was looked up; @name is NULL if the user has no name. */
struct user {
	uint32_t uid;
	char *name;
};

static int compare_uids(const void *a, const void *b)
{
	const struct user *first = a, *second = b;

	return first->uid < second->uid ? -1 : first->uid > second->uid;
}

const char *user_name(uint32_t uid)
{
	static void *users;
	struct user *user = calloc(1, sizeof(*user)), **known;
	const struct passwd *entry;

	if (!user)
		err(EXIT_FAILURE, "cannot look up UID %u", uid);
	user->uid = uid;
	known = tsearch(user, &users, compare_uids);
	if (!known)
		err(EXIT_FAILURE, "cannot look up UID %u", uid);
	if (*known != user) {
		free(user);
		return (*known)->name;
	}

	entry = getpwuid(uid);
	if (entry) {
		user->name = strdup(entry->pw_name);
		if (!user->name)
			err(EXIT_FAILURE, "cannot look up UID %u", uid);
	}

	return user->name;
}
