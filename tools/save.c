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
#define OTHERS_MODE 0077

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/**
 * struct save_state - state while a directory is written
 * @snap: the snapshot to save
 * @directory: path of the directory, for messages
 * @fd: descriptor of the directory
 * @error: filled on error
 * @failed: an error occurred
 * @pid: PID of the current process
 * @process: descriptor of the directory PID
 * @tasks: descriptor of the directory PID/task; -1 if it is not created yet
 */
struct save_state {
	struct snapshot *snap;
	const char *directory;
	int fd;
	struct error *error;
	bool failed;
	unsigned int pid;
	int process;
	int tasks;
};

static bool fail(struct save_state *state, const char *name)
{
	state->failed = true;

	return error_set_errno(state->error,
			       "the saved directory is incomplete: cannot write %s/%s",
			       visible(state->directory), name);
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * Create each file and directory relative to the descriptor of its parent
 * directory, so that no symbolic link in the path is followed. @path is
 * relative to the saved directory; only its last component is used, and the
 * rest is for messages.
 *
 * Return: a descriptor; -1 on error.
 */
static int make_directory(struct save_state *state, int parent,
			  const char *path)
{
	const char *name = last_component(path);
	int fd = -1;

	if (!mkdirat(parent, name, PRIVATE_DIRECTORY))
		fd = openat(parent, name, OPEN_DIRECTORY);
	if (fd < 0)
		fail(state, path);

	return fd;
}

static FILE *create(struct save_state *state, int parent, const char *path)
{
	int fd = openat(parent, last_component(path),
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, PRIVATE_FILE);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		fail(state, path);

	return file;
}

/* A write error may occur only when fclose() flushes the buffer. */
static bool finish(struct save_state *state, FILE *file, const char *path)
{
	bool failed = ferror(file);

	return (!fclose(file) && !failed) || fail(state, path);
}

static bool write_file(struct save_state *state, int parent, const char *path,
		       const char *bytes, size_t len)
{
	FILE *file = create(state, parent, path);

	if (!file)
		return false;
	fwrite(bytes, 1, len, file);

	return finish(state, file, path);
}

static bool copy_file(struct save_state *state, const char *name)
{
	char path[64];
	size_t len;
	char *bytes = procfs_read(&state->snap->source->procfs, state->pid,
				  name, &len);

	snprintf(path, sizeof(path), "%u/%s", state->pid, name);

	return !bytes || write_file(state, state->process, path, bytes, len);
}

/* Write only the lines of the status that procfs_visit_threads() reads. */
static bool write_thread(const struct thread *thread, void *arg)
{
	struct save_state *state = arg;
	char path[96];
	FILE *file;
	int fd;

	if (state->tasks < 0) {
		snprintf(path, sizeof(path), "%u/task", state->pid);
		state->tasks = make_directory(state, state->process, path);
	}
	if (state->tasks < 0)
		return false;
	snprintf(path, sizeof(path), "%u/task/%u", state->pid,
		 thread->tids[0]);
	fd = make_directory(state, state->tasks, path);
	if (fd < 0)
		return false;
	snprintf(path, sizeof(path), "%u/task/%u/status", state->pid,
		 thread->tids[0]);
	file = create(state, fd, path);
	close(fd);
	if (!file)
		return false;
	procfs_put_status(file, thread);

	return finish(state, file, path);
}

static bool save_process(struct save_state *state, const struct process *proc)
{
	char name[16];

	/* Another process got this PID while the module printed the tree. */
	if (tree_find_process(&state->snap->tree, proc->pids[0]) != proc)
		return true;
	state->pid = proc->pids[0];
	state->tasks = -1;
	snprintf(name, sizeof(name), "%u", state->pid);
	state->process = make_directory(state, state->fd, name);
	if (state->process < 0)
		return false;
	if (copy_file(state, "cgroup") && copy_file(state, "cmdline") &&
	    proc->threads > 1)
		procfs_visit_threads(&state->snap->source->procfs,
				     state->pid, write_thread, state);
	if (state->tasks >= 0)
		close(state->tasks);
	close(state->process);

	return !state->failed;
}

static bool save_processes(struct save_state *state)
{
	const struct tree *tree = &state->snap->tree;

	for (size_t i = 0; i < tree->nr_processes; i++)
		if (!save_process(state, &tree->processes[i]))
			return false;

	return true;
}

static bool save_names(struct save_state *state)
{
	struct snapshot *snap = state->snap;
	FILE *file;

	for (size_t i = 0; i < snap->tree.nr_processes; i++)
		snapshot_names(snap, snapshot_cgroup(snap, &snap->tree.processes[i]));
	file = create(state, state->fd, SAVED_NAMES);
	if (!file)
		return false;
	names_save(snap->source->names, file);

	return finish(state, file, SAVED_NAMES);
}

static int open_parent(const char *directory)
{
	char *path = strdup(directory);
	int fd;

	if (!path)
		err(EXIT_FAILURE, "cannot save %s", visible(directory));
	fd = open(dirname(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(path);

	return fd;
}

static bool is_private(int fd)
{
	struct stat info;

	return !fstat(fd, &info) && info.st_uid == geteuid() &&
	       !(info.st_mode & OTHERS_MODE);
}

/*
 * Create and open the directory. Before it is opened, the owner of the parent
 * directory can replace it with another directory or with a symbolic link. So
 * open it with O_NOFOLLOW, and check the owner and mode of what was opened.
 */
static bool open_new(struct save_state *state)
{
	char *path = strdup(state->directory), *name;
	int parent = open_parent(state->directory), reason;

	if (!path)
		err(EXIT_FAILURE, "cannot save %s", visible(state->directory));
	/* basename() removes trailing slashes, which follow a symlink. */
	name = basename(path);
	state->fd = parent < 0 ||
		     mkdirat(parent, name, PRIVATE_DIRECTORY) ?
		     -1 : openat(parent, name, OPEN_DIRECTORY);
	reason = errno;
	free(path);
	if (parent >= 0)
		close(parent);
	if (state->fd >= 0 && is_private(state->fd))
		return true;

	if (state->fd >= 0) {
		close(state->fd);
		return error_set(state->error,
				 "the new directory %s does not have your UID and mode 0700; choose a parent directory that only you can write to, on a file system with owners and modes",
				 visible(state->directory));
	}
	if (reason == EEXIST)
		return error_set(state->error,
				 "cannot create %s: %s; choose a directory that does not exist",
				 visible(state->directory), strerror(reason));
	errno = reason;

	return error_set_errno(state->error, "cannot create %s",
			       visible(state->directory));
}

bool save(const struct source *source, const char *directory,
	  struct error *error)
{
	struct snapshot snap;
	struct save_state state = {
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
		err(EXIT_FAILURE, "cannot save %s", visible(directory));
	memcpy(copy, text, len);
	if (!snapshot_parse(&snap, source, text, len, error)) {
		free(copy);
		return false;
	}

	saved = open_new(&state);
	if (saved) {
		saved = write_file(&state, state.fd, "pidns_tree", copy,
				   len) &&
			save_processes(&state) && save_names(&state);
		close(state.fd);
	}
	/* The saved file itself may not show that processes are hidden. */
	if (saved && snapshot_is_limited(&snap))
		warnx(LIMITED_VIEW);
	free(copy);
	snapshot_release(&snap);

	return saved;
}
