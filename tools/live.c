// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <fcntl.h>
#include <pwd.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live.h"

/* Enough for nearly all of them. */
#define USUAL 4096

/*
 * The most that is read of a file. A command line is as long as its process
 * wants it to be, up to all of the memory that it has.
 */
#define MOST 131072

char *live_read(unsigned int pid, const char *name, size_t *len)
{
	static char *bytes;
	static size_t size;
	size_t room, wanted = USUAL;
	char path[64], *more;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;

	*len = 0;
	do {
		if (size < wanted) {
			more = realloc(bytes, wanted);
			if (!more)
				err(EXIT_FAILURE, "%s", path);
			bytes = more;
			size = wanted;
		}
		room = size - *len - 1;
		got = read(fd, bytes + *len, room);
		if (got > 0)
			*len += got;
		wanted = 2 * size;
		/* They hand over at once what there is room for. */
	} while (got == (ssize_t)room && *len < MOST);
	close(fd);
	/* It has gone since it was opened. */
	if (got < 0)
		return NULL;
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
	if (!len)
		return NULL;
	for (size_t i = 0; i < len; i++)
		if (!line[i])
			line[i] = ' ';

	line = strndup(line, len);
	if (!line)
		err(EXIT_FAILURE, "command");

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
