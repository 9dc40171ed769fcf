// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "snapshot.h"
#include "print.h"

#define PIDNS_TREE "pidns_tree"

/* Number of ancestors that find_names_by_monitor() follows at most. */
#define MAX_ANCESTORS 256

/* Prefix of the command line of LXC's monitor process. */
#define MONITOR "[lxc monitor] "

/* Initial size of the buffer; suffices for most machines. */
#define BUFFER_SIZE 65536

/*
 * Limit on the size of the file. The module prints about 100 bytes for each
 * process, and Linux has at most 4 million PIDs.
 */
#define MAX_SIZE ((size_t)1 << 30)

/* The file starts with SIGNATURE, in a saved file perhaps after U+FEFF. */
#define SIGNATURE "# pidns_tree "
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Number of bytes after which the signature is checked. */
#define SIGNATURE_CHECK 64

static bool is_stdin(const struct source *source)
{
	return source->file && !strcmp(source->file, "-");
}

/* Return: the path of the file for messages; the caller frees it. */
static char *name_of(const struct source *source)
{
	char *name;

	if (!source->file) {
		if (asprintf(&name, "%s/" PIDNS_TREE, source->procfs.path) < 0)
			name = NULL;
	} else {
		name = strdup(is_stdin(source) ? "standard input" :
						 source->file);
	}
	if (!name)
		err(EXIT_FAILURE, "cannot allocate a file name");

	return name;
}

static bool report_open_error(const struct source *source, const char *name,
			      struct error *error)
{
	if (!source->file && source->procfs.saved && errno == EINVAL)
		return error_set(error, "cannot open %s: not a regular file",
				 visible(name));
	if (source->file || source->procfs.saved || errno != ENOENT)
		return error_set_errno(error, "cannot open %s", visible(name));

	error_set(error,
		  "%s does not exist; run 'modprobe pidns_tree', or use a procfs that is mounted without subset=pid",
		  visible(name));
	error->status = EXIT_NO_MODULE;

	return false;
}

static int open_source(const struct source *source)
{
	if (is_stdin(source))
		return STDIN_FILENO;
	/* --file <(COMMAND) needs symbolic links and FIFOs. */
	if (source->file)
		return open(source->file, O_RDONLY | O_NOCTTY | O_CLOEXEC);

	return procfs_open_file(&source->procfs, PIDNS_TREE);
}

/* Check before reading: a sparse file can be large. procfs reports size 0. */
static bool is_too_large(const struct source *source, int fd)
{
	struct stat info;

	return (source->file || source->procfs.saved) && !fstat(fd, &info) &&
	       S_ISREG(info.st_mode) && (uintmax_t)info.st_size > MAX_SIZE;
}

/* Whether tree_parse() will reject the first line, whatever follows. */
static bool is_foreign(const char *text, size_t len)
{
	size_t mark = strlen(BYTE_ORDER_MARK);

	if (len < SIGNATURE_CHECK)
		return false;
	if (!memcmp(text, BYTE_ORDER_MARK, mark))
		text += mark;

	return memcmp(text, SIGNATURE, strlen(SIGNATURE));
}

char *snapshot_read_fd(int fd, size_t *len)
{
	char *text = NULL, *more;
	size_t size = 0;
	ssize_t got;
	int error;

	*len = 0;
	while (*len <= MAX_SIZE) {
		if (*len == size) {
			size = !size ? BUFFER_SIZE :
			       size < MAX_SIZE / 2 ? 2 * size : MAX_SIZE + 1;
			more = realloc(text, size);
			if (!more)
				break;
			text = more;
		}
		got = read(fd, text + *len, size - *len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		*len += got;
		if (!got || is_foreign(text, *len))
			return text;
	}
	error = *len > MAX_SIZE ? EFBIG : errno;
	free(text);
	errno = error;

	return NULL;
}

static char *read_file(const struct source *source, const char *name,
		       size_t *len, struct error *error)
{
	int fd = open_source(source), reason = EFBIG;
	char *text = NULL;

	if (fd < 0) {
		report_open_error(source, name, error);
		return NULL;
	}

	if (!is_too_large(source, fd)) {
		text = snapshot_read_fd(fd, len);
		reason = errno;
	}
	if (!is_stdin(source))
		close(fd);
	if (text)
		return text;

	errno = reason;
	if (errno == EFBIG)
		error_set(error, "cannot read %s: larger than 1 GiB, so not output of the module",
			  visible(name));
	else if (!source->file && errno == EIO)
		error_set(error,
			  "cannot read %s: the module was unloaded while the file was open; load it again",
			  visible(name));
	else
		error_set_errno(error, "cannot read %s", visible(name));

	return NULL;
}

char *snapshot_read(const struct source *source, size_t *len,
		    struct error *error)
{
	char *name = name_of(source);
	char *text = read_file(source, name, len, error);

	free(name);

	return text;
}

bool snapshot_parse(struct snapshot *snap, const struct source *source,
		    char *text, size_t len, struct error *error)
{
	struct parse_error parse;
	char *name;

	memset(snap, 0, sizeof(*snap));
	snap->source = source;
	if (!tree_parse(&snap->tree, text, len, &parse)) {
		name = name_of(source);
		if (parse.line)
			error_set(error, "%s, line %zu: %s", visible(name),
				  parse.line, parse.message);
		else
			error_set(error, "%s: %s", visible(name),
				  parse.message);
		/* Only a lack of memory has no line number. */
		error->transient = !parse.line;
		free(name);
		tree_release(&snap->tree);
		return false;
	}
	for (size_t i = 0; i < snap->tree.nr_namespaces; i++)
		snap->tree.namespaces[i].shown = true;

	return true;
}

bool snapshot_take(struct snapshot *snap, const struct source *source,
		   struct error *error)
{
	size_t len;
	char *text = snapshot_read(source, &len, error);

	return text && snapshot_parse(snap, source, text, len, error);
}

static size_t count_cgroups(const struct snapshot *snap)
{
	return snap->tree.nr_processes + snap->tree.nr_namespaces;
}

void snapshot_release(struct snapshot *snap)
{
	for (size_t i = 0; snap->cgroups && i < count_cgroups(snap); i++) {
		free(snap->cgroups[i].path);
		free(snap->cgroups[i].unit);
		container_release(&snap->cgroups[i].container);
	}
	free(snap->cgroups);
	tree_release(&snap->tree);
}

bool snapshot_is_live(const struct snapshot *snap)
{
	return !snap->source->file;
}

bool snapshot_is_limited(const struct snapshot *snap)
{
	const struct tree *tree = &snap->tree;

	for (size_t i = 0; i < tree->nr_namespaces; i++)
		if (tree->namespaces[i].init == INIT_HIDDEN)
			return true;

	return !tree->nr_namespaces;
}

static struct cgroup *get_slot(struct snapshot *snap, size_t slot)
{
	if (!snap->cgroups) {
		snap->cgroups = calloc(count_cgroups(snap),
				       sizeof(*snap->cgroups));
		if (!snap->cgroups)
			err(EXIT_FAILURE, "cannot allocate the cgroups");
	}

	return &snap->cgroups[slot];
}

/* Read the cgroup at the first call. @pid is 0 if unknown. */
static struct cgroup *read_cgroup(struct snapshot *snap, size_t slot,
				  unsigned int pid)
{
	struct cgroup *cgroup = get_slot(snap, slot);
	char *text = NULL;
	size_t len;

	if (cgroup->cached)
		return cgroup;

	cgroup->cached = true;
	if (pid && snapshot_is_live(snap))
		text = procfs_read(&snap->source->procfs, pid, "cgroup", &len);
	if (text) {
		container_parse(text, &cgroup->container);
		cgroup->path = cgroup_path(text);
		cgroup->unit = cgroup_unit(text);
	}

	return cgroup;
}

/*
 * The monitor of an LXC container is the parent of the init, and its command
 * line ends with the name of the container (do_lxcapi_start() in LXC's
 * lxccontainer.c).
 * Return: the command line, which the caller frees; NULL if the parent is no
 * monitor.
 */
static char *read_lxc_monitor(struct snapshot *snap, const struct namespace *ns)
{
	const struct process *init = namespace_init(ns), *monitor = NULL;
	char *command = NULL;

	if (init)
		monitor = tree_find_process(&snap->tree, init->ppid);
	if (monitor)
		command = procfs_command(&snap->source->procfs,
					 monitor->pids[0]);
	if (command && !strncmp(command, MONITOR, strlen(MONITOR)))
		return command;
	free(command);

	return NULL;
}

/*
 * An LXC cgroup "name-1" can belong to container "name-1", or to container
 * "name" whose cgroup got a suffix. The monitor's command line has the name.
 */
static void resolve_lxc_name(struct snapshot *snap, const struct process *proc,
			     struct container *container)
{
	const struct namespace *ns = proc->ns;
	char *monitor = NULL, *name;

	for (; ns && !monitor; ns = ns->parent)
		monitor = read_lxc_monitor(snap, ns);
	if (!monitor)
		return;
	name = strrchr(monitor, ' ') + 1;
	if (!strcmp(name, container->whole)) {
		free(container->id);
		container->id = container->whole;
		container->whole = NULL;
	} else if (!strcmp(name, container->id)) {
		free(container->whole);
		container->whole = NULL;
	}
	free(monitor);
}

struct cgroup *snapshot_cgroup(struct snapshot *snap,
			       const struct process *proc)
{
	size_t slot = proc - snap->tree.processes;
	bool cached = get_slot(snap, slot)->cached;
	struct cgroup *cgroup;

	cgroup = read_cgroup(snap, slot, proc->pids[0]);
	if (cgroup->container.whole && !cached)
		resolve_lxc_name(snap, proc, &cgroup->container);

	return cgroup;
}

void snapshot_inherit_cgroup(struct cgroup *cgroup, bool zombie,
			     struct cgroup *before)
{
	struct cgroup own = *cgroup;

	if (cgroup->path && (!zombie || cgroup->container.id))
		return;
	*cgroup = *before;
	*before = own;
}

struct cgroup *snapshot_init_cgroup(struct snapshot *snap,
				    const struct namespace *ns)
{
	const struct process *init = namespace_init(ns);
	size_t slot = snap->tree.nr_processes + (ns - snap->tree.namespaces);

	if (init)
		return snapshot_cgroup(snap, init);

	return read_cgroup(snap, slot,
			   ns->init == INIT_KNOWN ? ns->init_pids[0] : 0);
}

const struct container *snapshot_container(struct snapshot *snap,
					   const struct namespace *ns)
{
	const struct cgroup *cgroup = snapshot_init_cgroup(snap, ns);

	return cgroup->container.id ? &cgroup->container : NULL;
}

const char *cgroup_id(const struct cgroup *cgroup)
{
	const struct container *container = &cgroup->container;

	return container->whole ? container->whole : container->id;
}

bool same_container(const struct cgroup *a, const struct cgroup *b)
{
	return a->container.id && b->container.id &&
	       !strcmp(cgroup_id(a), cgroup_id(b));
}

/* The parent of the first process of a container is the container's monitor. */
static const struct container_name *
find_names_by_monitor(struct snapshot *snap, const struct cgroup *cgroup,
		      uint32_t user)
{
	size_t slot = cgroup - snap->cgroups, len;
	const struct process *proc, *parent;
	char *cmdline;

	if (slot >= snap->tree.nr_processes)
		return NULL;
	proc = &snap->tree.processes[slot];
	/* Bounded, because the parents in a saved file can form a cycle. */
	for (size_t i = 0; i < MAX_ANCESTORS; i++, proc = parent) {
		parent = tree_find_process(&snap->tree, proc->ppid);
		if (!parent || !same_container(cgroup,
					       snapshot_cgroup(snap, parent)))
			break;
	}
	parent = tree_find_process(&snap->tree, proc->ppid);
	cmdline = parent ? procfs_read(&snap->source->procfs, parent->pids[0],
				       "cmdline", &len) : NULL;

	return cmdline ? names_find_monitor(snap->source->names,
					    &cgroup->container, user, cmdline,
					    len) : NULL;
}

const struct container_name *snapshot_names(struct snapshot *snap,
					    struct cgroup *cgroup)
{
	uint32_t user = 0;

	if (!cgroup->names_cached && cgroup->container.id &&
	    snap->source->names) {
		cgroup->names_cached = true;
		if (cgroup->path)
			names_user(cgroup->path, &user);
		cgroup->names = names_find(snap->source->names,
					   &cgroup->container, user);
		if (!cgroup->names)
			cgroup->names = find_names_by_monitor(snap, cgroup,
							      user);
	}

	return cgroup->names;
}

bool snapshot_is_kthread(const struct snapshot *snap,
			 const struct process *proc)
{
	char *command = NULL;

	if (!process_is_kthread(proc) || process_is_zombie(proc))
		return false;
	if (snapshot_is_live(snap))
		command = procfs_command(&snap->source->procfs, proc->pids[0]);
	free(command);

	return !command;
}

char *snapshot_command(const struct snapshot *snap, unsigned int pid,
		       const struct process *proc)
{
	char *command = NULL;

	if (snapshot_is_live(snap))
		command = procfs_command(&snap->source->procfs, pid);
	if (!command && proc) {
		command = strdup(proc->comm);
		if (!command)
			err(EXIT_FAILURE, "cannot allocate a command line");
	}

	return command;
}

char *snapshot_user(const struct snapshot *snap, uint32_t uid)
{
	const char *name = NULL;
	char *user;

	if (snapshot_is_live(snap) && !snap->source->procfs.saved)
		name = user_name(uid);
	if (name)
		user = strdup(name);
	else if (asprintf(&user, "%u", uid) < 0)
		user = NULL;
	if (!user)
		err(EXIT_FAILURE, "cannot allocate a user name");

	return user;
}
