// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The mount namespaces of containers belong to other users, who can mount a
 * FUSE file system that never answers. mountinfo alone shows which PID
 * namespace a bind mount pins. Mount points are opened only if the kernel has
 * the whole path in its cache, so that no file system is asked.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "mountinfo.h"
#include "pin_mounts.h"
#include "snapshot.h"

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

/**
 * struct mnt_ns - a mount namespace
 * @inum: inode number
 * @done: its mounts have been read
 * @pid: PID or TID of a task in it, if they have not been read
 * @path: directory of this task in procfs
 */
struct mnt_ns {
	uint32_t inum;
	bool done;
	unsigned int pid;
	char path[32];
};

/**
 * struct procfs_mount - the superblock of a procfs
 * @dev: device number
 * @inum: inode number of its PID namespace; 0 if this has an init
 */
struct procfs_mount {
	dev_t dev;
	uint32_t inum;
};

static int compare_namespaces(const void *a, const void *b)
{
	const struct mnt_ns *first = a, *second = b;

	return first->inum < second->inum ? -1 : first->inum > second->inum;
}

static int compare_devices(const void *a, const void *b)
{
	const struct procfs_mount *first = a, *second = b;

	return first->dev < second->dev ? -1 : first->dev > second->dev;
}

/* Return: the entry of a tree that is equal to @key, or a new copy of @key. */
static void *get_entry(void **root, const void *key, size_t size,
		       int (*compare)(const void *, const void *))
{
	void **node = tfind(key, root, compare);
	void *entry;

	if (node)
		return *node;
	entry = malloc(size);
	if (!entry)
		err(EXIT_FAILURE, "cannot allocate the mounts");
	memcpy(entry, key, size);
	if (!tsearch(entry, root, compare))
		err(EXIT_FAILURE, "cannot allocate the mounts");

	return entry;
}

/* ---- files in foreign mounts ---- */

/* Do not ask the file system. */
static bool check_file(int directory, const char *name, struct statx *info)
{
	return !statx(directory, name, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW |
		      AT_STATX_DONT_SYNC, STATX_INO, info);
}

static bool is_on(int fd, dev_t dev)
{
	struct statx info;

	return check_file(fd, "", &info) &&
	       makedev(info.stx_dev_major, info.stx_dev_minor) == dev;
}

static bool has_init(int directory)
{
	struct statx info;

	return check_file(directory, "1", &info);
}

/* Open a file of a procfs unless something else is mounted on it. */
static int open_in_procfs(int directory, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV |
			   RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
	};

	return syscall(__NR_openat2, directory, name, &how, sizeof(how));
}

/* A state other than these cannot be that of a namespace without an init. */
static const char *state_of(const struct namespace *ns)
{
	return !strcmp(ns->state, "dead") ? "dead" :
	       !strcmp(ns->state, "pending") ? "pending" : NULL;
}

static uint32_t note_root(struct pins *pins, const struct namespace *root)
{
	struct ns_facts *facts;

	if (root->init != INIT_NONE || root->nprocs ||
	    !pins_need(pins, root->inum))
		return 0;
	facts = nsfs_note(&pins->nsfs, root->inum);
	facts->state = state_of(root);
	if (!facts->learned && root->has_userns) {
		facts->userns = root->userns;
		facts->owner = root->owner;
	}

	return root->inum;
}

/*
 * Find the namespace of a procfs that has no PID 1: it is the root in its
 * pidns_tree.
 */
static uint32_t identify(struct pins *pins, int directory)
{
	int fd = open_in_procfs(directory, "pidns_tree");
	struct parse_error error;
	uint32_t inum = 0;
	struct tree tree;
	size_t len;
	char *text;

	if (fd < 0)
		return 0;
	text = snapshot_read_fd(fd, &len);
	close(fd);
	if (!text)
		return 0;
	if (tree_parse(&tree, text, len, &error) && tree.nr_namespaces)
		inum = note_root(pins, tree.namespaces);
	tree_release(&tree);

	return inum;
}

/* ---- mountinfo ---- */

/**
 * struct reader - a mount namespace while its mounts are read
 * @mounts: state of the search
 * @ns: the mount namespace
 * @root: descriptor of the root of the task
 * @foreign: it is not the caller's mount namespace
 */
struct reader {
	struct pin_mounts *mounts;
	const struct mnt_ns *ns;
	int root;
	bool foreign;
};

/*
 * Open a mount point with O_PATH. No symbolic link is followed: the paths in
 * mountinfo have none. Before Linux 5.12, open only what is in the caller's own
 * mount namespace.
 */
static int open_mount_point(const struct reader *reader, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_SYMLINKS | RESOLVE_CACHED,
	};
	int fd = syscall(__NR_openat2, reader->root, path, &how, sizeof(how));

	if (fd < 0 && errno == EINVAL && !reader->foreign) {
		how.resolve &= ~RESOLVE_CACHED;
		fd = syscall(__NR_openat2, reader->root, path, &how,
			     sizeof(how));
	}

	return fd;
}

static void add_pin(const struct reader *reader, const struct mount *mount,
		    enum pin_kind kind, uint32_t inum)
{
	struct pins *pins = reader->mounts->pins;
	struct pin pin = {
		.kind = kind,
		.inum = inum,
		.path = strdup(mount->point),
		.foreign = reader->foreign,
		.mnt_ns = reader->ns->inum,
	};

	if (!pin.path)
		err(EXIT_FAILURE, "cannot allocate the mounts");
	if (reader->foreign) {
		pin.pid = reader->ns->pid;
		pin.comm = pins_comm(pins, pin.pid);
	}
	pins_add(pins, &pin);
}

static int compare_points(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void note_point(struct pin_mounts *mounts, const char *path)
{
	get_entry(&mounts->points, path, strlen(path) + 1, compare_points);
}

bool pin_mounts_has(const struct pin_mounts *mounts, const char *path)
{
	return tfind(path, &mounts->points, compare_points);
}

static void visit_nsfs(const struct reader *reader, const struct mount *mount)
{
	struct pins *pins = reader->mounts->pins;
	uint32_t inum = nsfs_parse_link(mount->root, "pid");

	if (!inum || !pins_need(pins, inum))
		return;
	if (!nsfs_is_learned(&pins->nsfs, inum))
		nsfs_learn(&pins->nsfs, open_mount_point(reader, mount->point),
			   inum);
	note_point(reader->mounts, mount->point);
	add_pin(reader, mount, PIN_MOUNT, inum);
}

static void visit_procfs(const struct reader *reader, const struct mount *mount)
{
	struct pin_mounts *mounts = reader->mounts;
	struct procfs_mount key = { .dev = mount->dev }, *known, **node;
	int directory;

	node = tfind(&key, &mounts->procfs_mounts, compare_devices);
	known = node ? *node : NULL;
	/* Only the root directory shows which namespace a procfs is of. */
	if (!known && strcmp(mount->root, "/"))
		return;
	if (!known) {
		directory = open_mount_point(reader, mount->point);
		if (directory < 0)
			return;
		/* Another mount can cover this one. */
		if (is_on(directory, mount->dev)) {
			if (!has_init(directory))
				key.inum = identify(mounts->pins, directory);
			known = get_entry(&mounts->procfs_mounts, &key,
					  sizeof(key), compare_devices);
		}
		close(directory);
	}
	if (known && known->inum)
		add_pin(reader, mount, PIN_PROCFS, known->inum);
}

/* Return: false with errno set on error. */
static bool read_mnt_ns(int directory, const char *path, uint32_t *inum)
{
	char name[64], target[64];
	ssize_t len;

	snprintf(name, sizeof(name), "%s/ns/mnt", path);
	len = readlinkat(directory, name, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	*inum = nsfs_parse_link(target, "mnt");

	return true;
}

/*
 * mounts_open_common() in 6.12 takes the mount namespace of the task. If the
 * task has moved to another one, another task leads to the mounts of @ns.
 */
static int open_mountinfo(int directory, const struct mnt_ns *ns)
{
	uint32_t inum;
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "%s/mountinfo", ns->path);
	/* As in procfs_open_file(). */
	fd = openat(directory, name,
		    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && (!read_mnt_ns(directory, ns->path, &inum) ||
			inum != ns->inum)) {
		close(fd);
		fd = -1;
	}

	return fd;
}

/* Return: whether the mounts have been read to the end. */
static bool read_mounts(struct pin_mounts *mounts, const struct mnt_ns *ns)
{
	struct reader reader = {
		.mounts = mounts,
		.ns = ns,
		.foreign = ns->inum != mounts->own,
	};
	int directory = mounts->pins->directory;
	int fd = open_mountinfo(directory, ns);
	struct mount mount;
	char name[64], *line = NULL;
	size_t size = 0;
	bool done;
	FILE *file;

	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!file)
		return false;
	snprintf(name, sizeof(name), "%s/root", ns->path);
	reader.root = openat(directory, name,
			     O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!mountinfo_parse(line, &mount))
			continue;
		if (mount.is_nsfs)
			visit_nsfs(&reader, &mount);
		else
			visit_procfs(&reader, &mount);
	}
	done = !ferror(file);
	free(line);
	fclose(file);
	if (reader.root >= 0)
		close(reader.root);

	return done;
}

/* ---- mount namespaces ---- */

void pin_mounts_init(struct pin_mounts *mounts, struct pins *pins)
{
	struct procfs_mount own = { 0 };
	struct stat info;

	*mounts = (struct pin_mounts){ .pins = pins };
	read_mnt_ns(AT_FDCWD, "/proc/self", &mounts->own);
	/* The namespaces that this procfs shows need no other explanation. */
	if (!fstat(pins->directory, &info)) {
		own.dev = info.st_dev;
		get_entry(&mounts->procfs_mounts, &own, sizeof(own),
			  compare_devices);
	}
}

/* mountinfo has only the mounts below the root directory of the task. */
static bool has_whole_root(int directory, const char *path)
{
	char name[64], target[2];

	snprintf(name, sizeof(name), "%s/root", path);

	return readlinkat(directory, name, target, sizeof(target)) == 1;
}

bool pin_mounts_visit(struct pin_mounts *mounts, const char *path,
		      unsigned int pid)
{
	struct mnt_ns key = { .pid = pid }, *ns;
	int directory = mounts->pins->directory;

	if (!read_mnt_ns(directory, path, &key.inum))
		return false;
	if (!key.inum || key.inum == mounts->last)
		return true;
	ns = get_entry(&mounts->namespaces, &key, sizeof(key),
		       compare_namespaces);
	if (!ns->done) {
		ns->pid = pid;
		snprintf(ns->path, sizeof(ns->path), "%s", path);
		ns->done = has_whole_root(directory, path) &&
			   read_mounts(mounts, ns);
	}
	if (ns->done)
		mounts->last = ns->inum;

	return true;
}

void pin_mounts_finish(struct pin_mounts *mounts)
{
	struct mnt_ns *ns;

	while (mounts->namespaces) {
		ns = *(struct mnt_ns **)mounts->namespaces;
		if (!ns->done)
			read_mounts(mounts, ns);
		tdelete(ns, &mounts->namespaces, compare_namespaces);
		free(ns);
	}
	tdestroy(mounts->procfs_mounts, free);
	tdestroy(mounts->points, free);
}
