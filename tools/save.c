// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "print.h"
#include "save.h"
#include "show.h"

#define PRIVATE_DIRECTORY 0700
#define PRIVATE_FILE 0600
#define OTHERS 0077

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/**
 * struct saving - a directory that is being written
 * @snap: what is saved
 * @directory: its path, for messages
 * @fd: its descriptor
 * @error: filled on error
 * @failed: there was an error
 * @pid: the process that is written
 * @process: descriptor of its directory
 * @tasks: descriptor of the directory of its threads; -1 before the first one
 */
struct saving {
	struct snapshot *snap;
	const char *directory;
	int fd;
	struct error *error;
	bool failed;
	unsigned int pid;
	int process;
	int tasks;
};

static bool fail(struct saving *saving, const char *name)
{
	saving->failed = true;

	return error_set_errno(saving->error, "cannot write %s/%s, which is now incomplete",
			       visible(saving->directory), name);
}

/* The last component of a path. */
static const char *last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * Each file and directory is created by its last component in the descriptor of
 * its parent, so no symbolic link is followed. @path is relative to the
 * directory that is written, for messages.
 *
 * Return: a descriptor; -1 on error.
 */
static int make_directory(struct saving *saving, int parent, const char *path)
{
	const char *name = last(path);
	int fd = -1;

	if (!mkdirat(parent, name, PRIVATE_DIRECTORY))
		fd = openat(parent, name, OPEN_DIRECTORY);
	if (fd < 0)
		fail(saving, path);

	return fd;
}

static FILE *create(struct saving *saving, int parent, const char *path)
{
	int fd = openat(parent, last(path),
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, PRIVATE_FILE);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		fail(saving, path);

	return file;
}

/* Errors of writing show when the buffer is flushed. */
static bool finish(struct saving *saving, FILE *file, const char *path)
{
	bool failed = ferror(file);

	return (!fclose(file) && !failed) || fail(saving, path);
}

static bool write_file(struct saving *saving, int parent, const char *path,
		       const char *bytes, size_t len)
{
	FILE *file = create(saving, parent, path);

	if (!file)
		return false;
	fwrite(bytes, 1, len, file);

	return finish(saving, file, path);
}

static bool copy_file(struct saving *saving, const char *name)
{
	char path[64];
	size_t len;
	char *bytes = procfs_read(&saving->snap->source->procfs, saving->pid,
				  name, &len);

	snprintf(path, sizeof(path), "%u/%s", saving->pid, name);

	return !bytes || write_file(saving, saving->process, path, bytes, len);
}

/* What procfs_visit_threads() reads, and no more. */
static bool write_thread(const struct thread *thread, void *arg)
{
	struct saving *saving = arg;
	char path[96];
	FILE *file;
	int fd;

	if (saving->tasks < 0) {
		snprintf(path, sizeof(path), "%u/task", saving->pid);
		saving->tasks = make_directory(saving, saving->process, path);
	}
	if (saving->tasks < 0)
		return false;
	snprintf(path, sizeof(path), "%u/task/%u", saving->pid,
		 thread->tids[0]);
	fd = make_directory(saving, saving->tasks, path);
	if (fd < 0)
		return false;
	snprintf(path, sizeof(path), "%u/task/%u/status", saving->pid,
		 thread->tids[0]);
	file = create(saving, fd, path);
	close(fd);
	if (!file)
		return false;
	procfs_put_status(file, thread);

	return finish(saving, file, path);
}

static bool save_process(struct saving *saving, const struct process *proc)
{
	char name[16];

	/* The PID was reused while the kernel printed the tree. */
	if (tree_find_process(&saving->snap->tree, proc->pids[0]) != proc)
		return true;
	saving->pid = proc->pids[0];
	saving->tasks = -1;
	snprintf(name, sizeof(name), "%u", saving->pid);
	saving->process = make_directory(saving, saving->fd, name);
	if (saving->process < 0)
		return false;
	if (copy_file(saving, "cgroup") && copy_file(saving, "cmdline") &&
	    proc->threads > 1)
		procfs_visit_threads(&saving->snap->source->procfs,
				     saving->pid, write_thread, saving);
	if (saving->tasks >= 0)
		close(saving->tasks);
	close(saving->process);

	return !saving->failed;
}

static bool save_processes(struct saving *saving)
{
	const struct tree *tree = &saving->snap->tree;

	for (size_t i = 0; i < tree->nr_processes; i++)
		if (!save_process(saving, &tree->processes[i]))
			return false;

	return true;
}

static bool save_names(struct saving *saving)
{
	struct snapshot *snap = saving->snap;
	FILE *file;

	for (size_t i = 0; i < snap->tree.nr_processes; i++)
		snapshot_names(snap, snapshot_cgroup(snap, &snap->tree.processes[i]));
	file = create(saving, saving->fd, SAVED_NAMES);
	if (!file)
		return false;
	names_save(snap->source->names, file);

	return finish(saving, file, SAVED_NAMES);
}

static int open_parent(const char *directory)
{
	char *path = strdup(directory);
	int fd;

	if (!path)
		err(EXIT_FAILURE, "%s", visible(directory));
	fd = open(dirname(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(path);

	return fd;
}

static bool is_private(int fd)
{
	struct stat info;

	return !fstat(fd, &info) && info.st_uid == geteuid() &&
	       !(info.st_mode & OTHERS);
}

/*
 * The owner of the parent directory can replace the new directory by another
 * one, or by a symbolic link, before it is opened.
 */
static bool open_new(struct saving *saving)
{
	char *path = strdup(saving->directory), *name;
	int parent = open_parent(saving->directory), reason;

	if (!path)
		err(EXIT_FAILURE, "%s", visible(saving->directory));
	/* Without slashes at the end, which would follow a symbolic link. */
	name = basename(path);
	saving->fd = parent < 0 ||
		     mkdirat(parent, name, PRIVATE_DIRECTORY) ?
		     -1 : openat(parent, name, OPEN_DIRECTORY);
	reason = errno;
	free(path);
	if (parent >= 0)
		close(parent);
	if (saving->fd >= 0 && is_private(saving->fd))
		return true;

	if (saving->fd >= 0) {
		close(saving->fd);
		return error_set(saving->error,
				 "the new directory %s lacks your UID or mode 0700; choose a parent directory that only you can write to, on a file system with owners and modes",
				 visible(saving->directory));
	}
	if (reason == EEXIST)
		return error_set(saving->error,
				 "cannot create %s: %s; choose a directory that does not exist",
				 visible(saving->directory), strerror(reason));
	errno = reason;

	return error_set_errno(saving->error, "cannot create %s",
			       visible(saving->directory));
}

bool save(const struct source *source, const char *directory,
	  struct error *error)
{
	struct snapshot snap;
	struct saving saving = {
		.snap = &snap,
		.directory = directory,
		.error = error,
	};
	size_t len;
	char *text = snapshot_read(source, &len, error), *copy;
	bool saved;

	if (!text)
		return false;
	copy = malloc(len + 1);
	if (!copy)
		err(EXIT_FAILURE, "%s", visible(directory));
	memcpy(copy, text, len);
	if (!snapshot_parse(&snap, source, text, len, error)) {
		free(copy);
		return false;
	}

	saved = open_new(&saving);
	if (saved) {
		saved = write_file(&saving, saving.fd, "pidns_tree", copy,
				   len) &&
			save_processes(&saving) && save_names(&saving);
		close(saving.fd);
	}
	/* The reader of a bug report cannot see that something is missing. */
	if (saved && snapshot_is_limited(&snap))
		warnx(LIMITED_VIEW);
	free(copy);
	snapshot_release(&snap);

	return saved;
}
