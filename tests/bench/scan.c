// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * scan [PROC]: print the same facts as pidns_tree without the module, as fast
 * as a program can. This takes one read of /proc/PID/status and one readlink()
 * of /proc/PID/ns/pid per process, and one ioctl(NS_GET_PARENT) per namespace.
 */
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Must exceed the number of namespaces. */
#define SLOTS 65536

/* In the order of /proc/PID/status. */
static const char *const keys[] = {
	"Name", "State", "PPid", "Uid", "NSpid", "Threads"
};

static unsigned int known[SLOTS];

/* Add a namespace to the hash table. Returns whether it is new. */
static int is_new(unsigned int inum)
{
	unsigned int slot = inum % SLOTS;

	while (known[slot] && known[slot] != inum)
		slot = (slot + 1) % SLOTS;
	if (known[slot])
		return 0;
	known[slot] = inum;

	return 1;
}

/* Print a namespace and its ancestors, up to a known or a forbidden one. */
static void print_namespaces(int proc, const char *path, unsigned int inum)
{
	int ns = openat(proc, path, O_RDONLY | O_CLOEXEC), parent;
	struct stat st;

	for (; ns >= 0; ns = parent) {
		parent = ioctl(ns, NS_GET_PARENT);
		close(ns);
		if (parent < 0 || fstat(parent, &st)) {
			printf("namespace %u -\n", inum);
			return;
		}
		printf("namespace %u %lu\n", inum, (unsigned long)st.st_ino);
		inum = st.st_ino;
		if (!is_new(inum)) {
			close(parent);
			return;
		}
	}
}

static void print_process(int proc, const char *pid)
{
	char path[64], text[4096], link[64], *line, *end;
	unsigned int inum;
	ssize_t len;
	int fd;

	/* Skip a process that has exited. */
	snprintf(path, sizeof(path), "%s/ns/pid", pid);
	len = readlinkat(proc, path, link, sizeof(link) - 1);
	if (len < 0)
		return;
	link[len] = '\0';
	inum = strtoul(link + strlen("pid:["), NULL, 10);
	if (is_new(inum))
		print_namespaces(proc, path, inum);

	snprintf(path, sizeof(path), "%s/status", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return;
	text[len] = '\0';

	printf("process %u", inum);
	line = text;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); ) {
		size_t wanted = strlen(keys[i]);

		end = strchr(line, '\n');
		if (!end)
			break;
		if (!strncmp(line, keys[i], wanted) && line[wanted] == ':') {
			printf(" %.*s", (int)(end - line), line);
			i++;
		}
		line = end + 1;
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	const char *proc = argc > 1 ? argv[1] : "/proc";
	DIR *dir = opendir(proc);
	struct dirent *entry;

	if (!dir)
		err(EXIT_FAILURE, "%s", proc);
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			print_process(dirfd(dir), entry->d_name);
	closedir(dir);

	return 0;
}
