// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <fcntl.h>
#include <pwd.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live.h"

/*
 * The most that is read of a file. A command line is as long as its process
 * wants it to be, up to all of the memory that it has.
 */
#define MOST 131072

char *live_read(unsigned int pid, const char *name, size_t *len)
{
	char path[64], *bytes = NULL, *more;
	size_t size = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;

	*len = 0;
	do {
		if (size - *len < 2) {
			size = size ? 2 * size : 1024;
			more = realloc(bytes, size);
			if (!more)
				err(EXIT_FAILURE, "%s", path);
			bytes = more;
		}
		got = read(fd, bytes + *len, size - *len - 1);
		if (got > 0)
			*len += got;
	} while (got > 0 && *len < MOST);
	close(fd);
	/* It has gone since it was opened. */
	if (got < 0) {
		free(bytes);
		return NULL;
	}
	bytes[*len] = '\0';

	return bytes;
}

char *live_command(unsigned int pid)
{
	size_t len;
	char *line = live_read(pid, "cmdline", &len);

	if (!line)
		return NULL;
	while (len && !line[len - 1])
		len--;
	if (!len) {
		free(line);
		return NULL;
	}
	for (size_t i = 0; i < len; i++)
		if (!line[i])
			line[i] = ' ';

	return line;
}

unsigned int live_thread_group(unsigned int tid)
{
	size_t len;
	char *status = live_read(tid, "status", &len);
	const char *line;
	unsigned int tgid = 0;

	if (!status)
		return 0;
	line = strstr(status, "\nTgid:");
	if (line)
		tgid = strtoul(line + strlen("\nTgid:"), NULL, 10);
	free(status);

	return tgid;
}

struct user {
	uint32_t uid;
	char *name;
};

static int by_uid(const void *a, const void *b)
{
	const struct user *first = a, *second = b;

	return first->uid < second->uid ? -1 : first->uid > second->uid;
}

const char *live_user(uint32_t uid)
{
	static void *users;
	struct user *user = calloc(1, sizeof(*user)), **known;
	const struct passwd *entry;

	if (!user)
		err(EXIT_FAILURE, "users");
	user->uid = uid;
	known = tsearch(user, &users, by_uid);
	if (!known)
		err(EXIT_FAILURE, "users");
	if (*known != user) {
		free(user);
		return (*known)->name;
	}

	entry = getpwuid(uid);
	if (entry) {
		user->name = strdup(entry->pw_name);
		if (!user->name)
			err(EXIT_FAILURE, "users");
	}

	return user->name;
}
