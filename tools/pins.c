// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A machine can have millions of descriptors. readlinkat() is the only system
 * call for each of them. Unlike stat(), it does not wait for the file system of
 * the file, such as an NFS server that is down. Descriptors of namespaces are
 * few, and only these are opened.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pin_mounts.h"
#include "pins.h"

/* How the kernel shows a file whose directory entry was removed. */
#define DELETED " (deleted)"

/* PF_KTHREAD in the flags of /proc/PID/stat. */
#define KERNEL_THREAD 0x00200000

/*
 * Enough for the search. nsfs_learn() needs the most: a descriptor for each
 * level of user namespaces.
 */
#define NEEDED_DESCRIPTORS 64

/* A directory with more entries than this is read in several calls. */
#define BUFFER_SIZE 32768

static bool has_suffix(const char *string, size_t len, const char *suffix)
{
	size_t wanted = strlen(suffix);

	return len >= wanted && !strcmp(string + len - wanted, suffix);
}

/* ---- the list ---- */

static int compare_inums(const void *a, const void *b)
{
	const uint32_t *first = a, *second = b;

	return *first < *second ? -1 : *first > *second;
}

/* Namespaces with processes at the start of the search need no explanation. */
static void find_busy(struct pins *pins, const struct tree *tree)
{
	pins->busy = calloc(tree->nr_namespaces + 1, sizeof(*pins->busy));
	if (!pins->busy)
		err(EXIT_FAILURE, "cannot allocate the namespaces");
	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];

		if (ns->nprocs || ns->init != INIT_NONE)
			pins->busy[pins->nr_busy++] = ns->inum;
	}
	qsort(pins->busy, pins->nr_busy, sizeof(*pins->busy), compare_inums);
}

bool pins_need(struct pins *pins, uint32_t inum)
{
	if (inum == pins->last_busy)
		return false;
	if (!bsearch(&inum, pins->busy, pins->nr_busy, sizeof(*pins->busy),
		     compare_inums))
		return true;
	/* Processes of the same namespace often follow each other. */
	pins->last_busy = inum;

	return false;
}

void pins_add(struct pins *pins, const struct pin *pin)
{
	if (pins->count == PINS_MAX) {
		pins->nr_dropped++;
		free(pin->comm);
		free(pin->path);
		return;
	}
	/* Double the size whenever the count is a power of two. */
	if (!(pins->count & (pins->count - 1))) {
		pins->list = reallocarray(pins->list, pins->count ?
					  2 * pins->count : 1,
					  sizeof(*pins->list));
		if (!pins->list)
			err(EXIT_FAILURE, "cannot allocate the pins");
	}
	pins->list[pins->count++] = *pin;
}

char *pins_comm(struct pins *pins, unsigned int pid)
{
	struct thread *last = &pins->last_task;
	char *comm;

	/* A process can have many pins. */
	if ((last->tgid != pid || last->tids[0] != pid) &&
	    !procfs_thread(pins->procfs, pid, last)) {
		last->tgid = 0;
		return NULL;
	}
	comm = strdup(last->comm);
	if (!comm)
		err(EXIT_FAILURE, "cannot allocate the pins");

	return comm;
}

void pins_release(struct pins *pins)
{
	for (size_t i = 0; i < pins->count; i++) {
		free(pins->list[i].comm);
		free(pins->list[i].path);
	}
	free(pins->list);
	free(pins->busy);
	nsfs_release(&pins->nsfs);
}

/* ---- tasks ---- */

/**
 * struct search - state of the search
 * @pins: the result
 * @tree: contents of pidns_tree
 * @mounts: search for mounts
 * @pid: PID of the current process
 * @table: the first task of this process that has descriptors; 0 if none has
 *	been found
 * @unreadable: the caller may not inspect this process
 */
struct search {
	struct pins *pins;
	struct tree *tree;
	struct pin_mounts mounts;
	unsigned int pid;
	unsigned int table;
	bool unreadable;
};

/*
 * Note that a file of a process cannot be read. Any other error means that the
 * process has exited.
 */
static void note_error(struct search *search)
{
	search->unreadable |= errno == EACCES || errno == EPERM;
}

/* Kernel threads and zombies have no descriptors. */
static bool has_descriptors(const struct search *search)
{
	const char *after;
	unsigned int flags;
	char state;
	size_t len;
	char *stat = procfs_read(search->pins->procfs, search->pid, "stat",
				 &len);

	/* The name can have any characters, also parentheses. */
	after = stat ? strrchr(stat, ')') : NULL;
	if (!after || sscanf(after, ") %c %*d %*d %*d %*d %*d %u", &state,
			     &flags) != 2)
		return false;

	return state != 'Z' && state != 'X' && !(flags & KERNEL_THREAD);
}

/* Return: the length of the target, which ends with NUL; -1 on error. */
static ssize_t read_link(int directory, const char *name, char *target,
			 size_t size)
{
	ssize_t len = readlinkat(directory, name, target, size - 1);

	target[len < 0 ? 0 : len] = '\0';

	return len;
}

static void learn(struct search *search, int directory, const char *name,
		  uint32_t inum)
{
	struct nsfs *nsfs = &search->pins->nsfs;

	if (!nsfs_is_learned(nsfs, inum))
		nsfs_learn(nsfs, openat(directory, name, O_PATH | O_CLOEXEC),
			   inum);
}

static void visit_children(struct search *search, const char *path,
			   unsigned int tid)
{
	char name[64], target[64];
	struct pin pin = { .kind = PIN_CHILDREN, .pid = tid };

	snprintf(name, sizeof(name), "%s/ns/pid_for_children", path);
	if (read_link(search->pins->directory, name, target,
		      sizeof(target)) < 0) {
		note_error(search);
		return;
	}
	pin.inum = nsfs_parse_link(target, "pid");
	if (!pin.inum || !pins_need(search->pins, pin.inum))
		return;
	learn(search, search->pins->directory, name, pin.inum);
	pin.comm = pins_comm(search->pins, tid);
	pins_add(search->pins, &pin);
}

/* The kernel shows the PID -1 if the process was reaped. */
static bool is_pidfd_of_reaped(struct search *search, const char *path,
			       const char *fd)
{
	char name[64], text[1024];
	ssize_t len;
	int file;

	snprintf(name, sizeof(name), "%s/fdinfo/%.20s", path, fd);
	/* As in procfs_open_file(). */
	file = openat(search->pins->directory, name,
		      O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file < 0)
		return false;
	len = read(file, text, sizeof(text) - 1);
	close(file);
	if (len < 0)
		return false;
	text[len] = '\0';

	return strstr(text, "\nPid:\t-1\n");
}

/*
 * Whether an open file is in the procfs that is searched. The path is that in
 * the mount namespace of the process, where another file system can be. Do not
 * wait for a file system such as FUSE.
 */
static bool is_in_procfs(const struct search *search, int directory,
			 const char *fd)
{
	int file = openat(directory, fd, O_PATH | O_CLOEXEC);
	struct statx found, root;
	bool same;

	if (file < 0)
		return false;
	same = !statx(file, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0,
		      &found) &&
	       !statx(search->pins->directory, "",
		      AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &root) &&
	       found.stx_dev_major == root.stx_dev_major &&
	       found.stx_dev_minor == root.stx_dev_minor;
	close(file);

	return same;
}

/*
 * Whether a path such as /proc/7/status is that of a reaped process. The kernel
 * marks the directory of the process as deleted, but not what is in it.
 */
static bool is_file_of_reaped(const struct search *search, int directory,
			      const char *fd, const char *target, size_t len)
{
	const char *pid = target + strlen("/proc/");
	char name[16];
	size_t digits;

	if (strncmp(target, "/proc/", strlen("/proc/")))
		return false;
	digits = strspn(pid, "0123456789");
	if (!digits || digits >= sizeof(name) ||
	    (pid[digits] != '/' && pid[digits] != ' '))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)digits, pid);

	return (has_suffix(target, len, DELETED) ||
		faccessat(search->pins->directory, name, F_OK, 0)) &&
	       is_in_procfs(search, directory, fd);
}

/*
 * Whether a descriptor is of a namespace that was opened at a mount point. The
 * kernel then shows the mount point, see d_path() in 6.12, or "/" if it has
 * been unmounted.
 */
static bool is_mounted_namespace(struct search *search, int directory,
				 const char *fd, const char *target,
				 struct pin *pin)
{
	struct nsfs *nsfs = &search->pins->nsfs;
	uint32_t inum;
	int path;

	if (strcmp(target, "/") && !pin_mounts_has(&search->mounts, target))
		return false;
	path = openat(directory, fd, O_PATH | O_CLOEXEC);
	if (path < 0)
		return false;
	inum = nsfs_inum(nsfs, path);
	if (inum && !nsfs_is_learned(nsfs, inum))
		nsfs_learn(nsfs, path, inum);
	else
		close(path);
	/* nsfs_learn() learns nothing about namespaces of another type. */
	if (!nsfs_is_learned(nsfs, inum) || !pins_need(search->pins, inum))
		return false;
	pin->kind = PIN_FD;
	pin->inum = inum;

	return true;
}

/* Return: false if the descriptor cannot pin a namespace. */
static bool classify(struct search *search, int directory, const char *path,
		     const char *fd, const char *target, size_t len,
		     struct pin *pin)
{
	switch (*target) {
	case 'p':
		pin->inum = nsfs_parse_link(target, "pid");
		pin->kind = pin->inum ? PIN_FD : PIN_PIDFD;
		if (pin->inum)
			return pins_need(search->pins, pin->inum);
		return !strncmp(target, "pidfd:", strlen("pidfd:")) &&
		       is_pidfd_of_reaped(search, path, fd);
	case 'a':
		pin->kind = PIN_PIDFD;
		return !strcmp(target, "anon_inode:[pidfd]") &&
		       is_pidfd_of_reaped(search, path, fd);
	case '/':
		if (is_mounted_namespace(search, directory, fd, target, pin))
			return true;
		pin->kind = PIN_READER;
		if (has_suffix(target, len, "/pidns_tree"))
			return !strcmp(target, "/proc/pidns_tree");
		pin->kind = PIN_FILE;
		return is_file_of_reaped(search, directory, fd, target, len);
	default:
		return false;
	}
}

static void visit_fd(struct search *search, int directory, const char *path,
		     unsigned int tid, const char *name)
{
	struct pin pin = { .pid = tid };
	char target[PATH_MAX];
	ssize_t len = read_link(directory, name, target, sizeof(target));

	if (len < 0) {
		note_error(search);
		return;
	}
	if (!classify(search, directory, path, name, target, len, &pin))
		return;
	pin.fd = strtoul(name, NULL, 10);
	if (pin.inum)
		learn(search, directory, name, pin.inum);
	pin.comm = pins_comm(search->pins, tid);
	pins_add(search->pins, &pin);
}

/*
 * opendir() would need more system calls. A call that does not fill the buffer
 * need not be the last one, because a signal can end it early.
 */
static bool read_entries(int directory, char *buffer,
			 void (*visit)(const char *name, void *arg), void *arg)
{
	long len;

	while ((len = syscall(SYS_getdents64, directory, buffer,
			      BUFFER_SIZE)) > 0) {
		for (long at = 0; at < len; ) {
			const struct dirent64 *entry =
				(const struct dirent64 *)(buffer + at);

			if (*entry->d_name >= '0' && *entry->d_name <= '9')
				visit(entry->d_name, arg);
			at += entry->d_reclen;
		}
	}

	return !len;
}

/**
 * struct table - the table of descriptors of a task while it is read
 * @search: state of the search
 * @directory: descriptor of its fd directory
 * @path: directory of the task in procfs
 * @tid: PID or TID of the task
 */
struct table {
	struct search *search;
	int directory;
	const char *path;
	unsigned int tid;
};

static void visit_table_entry(const char *name, void *arg)
{
	struct table *table = arg;

	if (!table->search->table)
		table->search->table = table->tid;
	/* Access to one descriptor of a process is access to all. */
	if (!table->search->unreadable)
		visit_fd(table->search, table->directory, table->path,
			 table->tid, name);
}

static void visit_table(struct search *search, const char *path,
			unsigned int tid)
{
	static char buffer[BUFFER_SIZE]
		__attribute__((aligned(__alignof__(struct dirent64))));
	struct table table = { search, -1, path, tid };
	char name[64];

	snprintf(name, sizeof(name), "%s/fd", path);
	table.directory = openat(search->pins->directory, name,
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (table.directory < 0 ||
	    !read_entries(table.directory, buffer, visit_table_entry, &table))
		note_error(search);
	if (table.directory >= 0)
		close(table.directory);
}

/*
 * Threads share their descriptors unless one has called unshare(2). A leader
 * that has exited has none, but its threads can have some.
 */
static bool has_other_table(const struct search *search, unsigned int tid)
{
	return !search->table ||
	       (search->pins->kcmp &&
		syscall(SYS_kcmp, search->table, tid, KCMP_FILES, 0, 0) > 0);
}

static void visit_task(struct search *search, const char *path,
		       unsigned int tid)
{
	visit_children(search, path, tid);
	if (!pin_mounts_visit(&search->mounts, path, tid))
		note_error(search);
}

static void visit_thread(const char *name, void *arg)
{
	struct search *search = arg;
	unsigned int tid = strtoul(name, NULL, 10);
	char path[64];

	if (tid == search->pid || search->unreadable)
		return;
	snprintf(path, sizeof(path), "%u/task/%u", search->pid, tid);
	visit_task(search, path, tid);
	if (has_other_table(search, tid))
		visit_table(search, path, tid);
	/* proc_ns_readlink() returns EACCES for a thread that exits. */
	if (search->unreadable &&
	    faccessat(search->pins->directory, path, F_OK, 0))
		search->unreadable = false;
}

static void visit_threads(struct search *search)
{
	static char buffer[BUFFER_SIZE]
		__attribute__((aligned(__alignof__(struct dirent64))));
	char name[64];
	int tasks;

	snprintf(name, sizeof(name), "%u/task", search->pid);
	tasks = openat(search->pins->directory, name,
		       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tasks < 0)
		return;
	read_entries(tasks, buffer, visit_thread, search);
	close(tasks);
}

/*
 * For a process that is not in the file, procfs counts the threads in the links
 * of the directory.
 */
static bool has_threads(struct search *search)
{
	const struct process *proc = tree_find_process(search->tree,
						       search->pid);
	struct stat info;
	char name[64];

	if (proc)
		return proc->threads > 1;
	snprintf(name, sizeof(name), "%u/task", search->pid);

	return !fstatat(search->pins->directory, name, &info, 0) &&
	       info.st_nlink != 3;
}

static void visit_process(const char *name, void *arg)
{
	struct search *search = arg;
	char path[32];

	search->pid = strtoul(name, NULL, 10);
	search->table = 0;
	search->unreadable = false;
	snprintf(path, sizeof(path), "%u", search->pid);
	/* A descriptor can show a mount point, so find the mounts first. */
	visit_task(search, path, search->pid);
	/* If the namespaces may not be read, neither may the rest. */
	if (!search->unreadable)
		visit_table(search, path, search->pid);
	if (!search->unreadable && has_threads(search))
		visit_threads(search);
	if (search->unreadable && has_descriptors(search))
		search->pins->nr_unreadable++;
}

/*
 * Check that descriptors can be opened. Later, a lack of descriptors would look
 * like a process that has exited.
 */
static bool has_room(int directory)
{
	int fds[NEEDED_DESCRIPTORS], error;
	size_t count = 0;

	while (count < NEEDED_DESCRIPTORS) {
		fds[count] = fcntl(directory, F_DUPFD_CLOEXEC, 0);
		if (fds[count] < 0)
			break;
		count++;
	}
	error = errno;
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	errno = error;

	return count == NEEDED_DESCRIPTORS;
}

bool pins_find(struct pins *pins, const struct procfs *procfs,
	       struct tree *tree)
{
	static char buffer[BUFFER_SIZE]
		__attribute__((aligned(__alignof__(struct dirent64))));
	struct search search = { .pins = pins, .tree = tree };
	bool done;
	int error;

	*pins = (struct pins){
		.procfs = procfs,
		.directory = open(procfs->path,
				  O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		/* kcmp() takes PIDs in the caller's own PID namespace. */
		.kcmp = !strcmp(procfs->path, "/proc") && procfs_is_own(),
	};
	if (pins->directory < 0)
		return false;
	if (!has_room(pins->directory)) {
		error = errno;
		close(pins->directory);
		errno = error;
		return false;
	}
	nsfs_init(&pins->nsfs);
	find_busy(pins, tree);
	pin_mounts_init(&search.mounts, pins);
	done = read_entries(pins->directory, buffer, visit_process,
			    &search);
	error = errno;
	pin_mounts_finish(&search.mounts);
	close(pins->directory);
	if (!done)
		pins_release(pins);
	errno = error;

	return done;
}
