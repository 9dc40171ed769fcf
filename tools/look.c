// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live.h"
#include "look.h"
#include "print.h"

#define PIDNS_TREE "/proc/pidns_tree"

/* At the start; enough for most machines. */
#define ROOM 65536

static bool is_input(const char *file)
{
	return file && !strcmp(file, "-");
}

/* What a message is to call it. */
static const char *name_of(const char *file)
{
	if (is_input(file))
		return "standard input";

	return file ? visible(file) : PIDNS_TREE;
}

static int open_text(const char *file)
{
	int fd;

	if (is_input(file))
		return STDIN_FILENO;

	fd = open(file ? file : PIDNS_TREE, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (!file && errno == ENOENT)
		errx(EXIT_NO_MODULE,
		     "%s is not there: the module pidns_tree is not loaded (%s), or %s",
		     PIDNS_TREE, "modprobe pidns_tree",
		     "this /proc was mounted with subset=pid");
	err(EXIT_FAILURE, "cannot open %s", name_of(file));
}

static char *read_text(const char *file, size_t *len)
{
	int fd = open_text(file);
	size_t size = ROOM;
	char *text = malloc(size);
	ssize_t got;

	*len = 0;
	do {
		if (!text)
			err(EXIT_FAILURE, "%s", name_of(file));
		got = read(fd, text + *len, size - *len);
		if (got > 0)
			*len += got;
		if (*len == size) {
			size *= 2;
			text = realloc(text, size);
		}
	} while (got > 0 || (got < 0 && errno == EINTR));

	if (got < 0 && !file && errno == EIO)
		errx(EXIT_FAILURE,
		     "the module pidns_tree was unloaded while its file was read");
	if (got < 0)
		err(EXIT_FAILURE, "cannot read %s", name_of(file));
	if (!is_input(file))
		close(fd);

	return text;
}

void look_take(struct look *look, const char *file)
{
	struct parse_error error;
	size_t len, count;
	char *text = read_text(file, &len);

	memset(look, 0, sizeof(*look));
	look->live = !file;
	if (!tree_parse(&look->tree, text, len, &error)) {
		if (!error.line)
			errx(EXIT_FAILURE, "%s: %s", name_of(file),
			     error.message);
		errx(EXIT_FAILURE, "%s, line %zu: %s", name_of(file),
		     error.line, error.message);
	}

	count = look->tree.nr_namespaces;
	look->containers = calloc(count + 1, sizeof(*look->containers));
	look->asked = calloc(count + 1, sizeof(*look->asked));
	if (!look->containers || !look->asked)
		err(EXIT_FAILURE, "containers");
	for (size_t i = 0; i < count; i++)
		look->tree.namespaces[i].shown = true;
}

void look_release(struct look *look)
{
	for (size_t i = 0; i < look->tree.nr_namespaces; i++)
		container_release(&look->containers[i]);
	free(look->containers);
	free(look->asked);
	tree_release(&look->tree);
}

bool look_is_limited(const struct look *look)
{
	const struct tree *tree = &look->tree;

	for (size_t i = 0; i < tree->nr_namespaces; i++)
		if (tree->namespaces[i].init == INIT_HIDDEN)
			return true;

	return !tree->nr_namespaces;
}

const struct container *look_container(struct look *look,
				       const struct namespace *ns)
{
	size_t i = ns - look->tree.namespaces, len;
	struct container *container = &look->containers[i];
	unsigned int pid = 0;
	char *text;

	if (look->live && !look->asked[i]) {
		look->asked[i] = true;
		if (ns->init == INIT_KNOWN)
			pid = ns->init_pids[0];
		else if (ns->nr_processes)
			pid = ns->processes->pids[0];
		text = pid ? live_read(pid, "cgroup", &len) : NULL;
		if (text)
			container_parse(text, container);
	}

	return container->id ? container : NULL;
}

char *look_command(const struct look *look, unsigned int pid,
		   const struct process *proc)
{
	char *command = look->live ? live_command(pid) : NULL;

	if (!command && proc) {
		command = strdup(proc->comm);
		if (!command)
			err(EXIT_FAILURE, "command");
	}

	return command;
}

char *look_user(const struct look *look, uint32_t uid)
{
	const char *name = look->live ? live_user(uid) : NULL;
	char *user;

	if (name)
		user = strdup(name);
	else if (asprintf(&user, "%u", uid) < 0)
		user = NULL;
	if (!user)
		err(EXIT_FAILURE, "user");

	return user;
}
