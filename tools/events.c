// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "connector.h"
#include "events.h"

/* Number of pidfds that one system call reports. */
#define BATCH 64

/* Number of descriptors that pidfds leave to the rest of the program. */
#define OTHER_DESCRIPTORS 64

/**
 * struct known - a namespace of the last snapshot
 * @inum: inode number
 * @init: PID of the init in the root; 0 if there is none or if it is unknown
 * @active: the state is "active", and the init has not exited since
 */
struct known {
	uint32_t inum;
	unsigned int init;
	bool active;
};

/**
 * struct followed - a process whose exit changes a namespace
 * @pid: PID in the root
 * @watched: the namespace is watched
 * @fd: pidfd if @watched; -1 if the process has been reaped, or if descriptors
 *	are short
 */
struct followed {
	unsigned int pid;
	bool watched;
	int fd;
};

/**
 * struct unlisted - a namespace that the last snapshot does not have
 * @inum: inode number
 * @pid: PID in the root of its first process
 * @ended: this process has exited, so another namespace can have @inum
 */
struct unlisted {
	uint32_t inum;
	unsigned int pid;
	bool ended;
};

/**
 * struct live - a process that has not exited since its event
 * @event: PROCESS_CREATED or PROCESS_EXECUTED
 * @pid: PID in the root
 */
struct live {
	enum process_event event;
	unsigned int pid;
};

/**
 * struct events - the state between two snapshots
 * @procfs: the procfs mount
 * @any: see events_update()
 * @epoll: reports @connector and pidfds
 * @connector: socket of the process connector; -1 for none
 * @max_fd: highest descriptor for a pidfd
 * @needed: the file must be read again
 * @received: events were received since the last snapshot
 * @recent: events were received before the last snapshot
 * @unsettled: see events_suffice()
 * @known: namespaces of the last snapshot, sorted by inode number
 * @nr_known: number of @known
 * @followed: inits and holders of namespaces, sorted by PID
 * @nr_followed: number of @followed
 * @live: events that have been received but not processed
 * @nr_live: number of @live
 * @live_capacity: number of elements that @live has room for
 * @unlisted: namespaces that are not in @known
 * @nr_unlisted: number of @unlisted
 */
struct events {
	const struct procfs *procfs;
	bool any;
	int epoll;
	int connector;
	int max_fd;
	bool needed;
	bool received;
	bool recent;
	bool unsettled;
	struct known *known;
	size_t nr_known;
	struct followed *followed;
	size_t nr_followed;
	struct live *live;
	size_t nr_live;
	size_t live_capacity;
	struct unlisted *unlisted;
	size_t nr_unlisted;
};

/* A machine can have more namespaces than a program usually has descriptors. */
static int raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) ||
	    limit.rlim_cur < OTHER_DESCRIPTORS)
		return 0;
	limit.rlim_cur -= OTHER_DESCRIPTORS;

	return limit.rlim_cur < INT_MAX ? limit.rlim_cur : INT_MAX;
}

static bool add_descriptor(struct events *events, int fd, uint32_t flags)
{
	struct epoll_event event = {
		.events = EPOLLIN | flags,
		.data.fd = fd,
	};

	return !epoll_ctl(events->epoll, EPOLL_CTL_ADD, fd, &event);
}

struct events *events_open(const struct procfs *procfs, struct error *error)
{
	struct events *events = calloc(1, sizeof(*events));

	if (!events)
		err(EXIT_FAILURE, "cannot allocate the events");
	events->procfs = procfs;
	events->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (events->epoll < 0)
		err(EXIT_FAILURE, "cannot wait for events");
	events->max_fd = raise_descriptor_limit();
	events->connector = connector_open(error);
	if (events->connector >= 0 &&
	    !add_descriptor(events, events->connector, 0))
		err(EXIT_FAILURE, "cannot wait for events");

	return events;
}

int events_fd(const struct events *events)
{
	return events->epoll;
}

bool events_available(const struct events *events)
{
	return events->connector >= 0;
}

bool events_suffice(const struct events *events)
{
	return events_available(events) && !events->recent &&
	       !events->unsettled;
}

bool events_received(const struct events *events)
{
	return events->received;
}

/* ---- reading ---- */

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_known(const void *a, const void *b)
{
	const struct known *first = a, *second = b;

	return compare(first->inum, second->inum);
}

static int compare_followed(const void *a, const void *b)
{
	const struct followed *first = a, *second = b;

	return compare(first->pid, second->pid);
}

static struct known *find_known(struct events *events, uint32_t inum)
{
	return events->nr_known ?
	       bsearch(&(struct known){ .inum = inum }, events->known,
		       events->nr_known, sizeof(*events->known),
		       compare_known) : NULL;
}

static struct followed *find_followed(struct events *events, unsigned int pid)
{
	return events->nr_followed ?
	       bsearch(&(struct followed){ .pid = pid }, events->followed,
		       events->nr_followed, sizeof(*events->followed),
		       compare_followed) : NULL;
}

/* A namespace can have other processes than the first before the next read. */
static void add_unlisted(struct events *events, uint32_t inum, unsigned int pid)
{
	for (size_t i = events->nr_unlisted; i; i--)
		if (events->unlisted[i - 1].inum == inum &&
		    !events->unlisted[i - 1].ended)
			return;
	events->unlisted = reallocarray(events->unlisted,
					events->nr_unlisted + 1,
					sizeof(*events->unlisted));
	if (!events->unlisted)
		err(EXIT_FAILURE, "cannot store the events");
	events->unlisted[events->nr_unlisted++] = (struct unlisted){
		.inum = inum,
		.pid = pid,
	};
}

/*
 * Errors mean that the process has exited, or that its namespace is hidden. The
 * file can still have that namespace, but only if everything is public.
 */
static void on_created(struct events *events, unsigned int pid)
{
	uint32_t inum = procfs_namespace(events->procfs, pid, "pid");
	const struct known *known = find_known(events, inum);

	if (!inum || (known && known->active))
		return;
	events->needed = true;
	if (!known || known->init)
		add_unlisted(events, inum, pid);
}

/*
 * unshare(2) causes no event. A program that calls it, such as unshare(1),
 * often executes another one. Up to Linux 6.18, a link to a namespace that has
 * never had an init does not exist.
 */
static void on_executed(struct events *events, unsigned int pid)
{
	uint32_t inum = procfs_namespace(events->procfs, pid,
					 "pid_for_children");

	if (inum)
		events->needed |= !find_known(events, inum);
	else if (errno == ENOENT)
		events->needed |= procfs_namespace(events->procfs, pid, "pid");
}

static void on_exited(struct events *events, unsigned int pid)
{
	const struct followed *followed = find_followed(events, pid);

	events->needed |= followed && followed->watched;
	/* From now on, other namespaces can have the inode numbers. */
	for (size_t i = 0; followed && i < events->nr_known; i++)
		if (events->known[i].init == pid)
			events->known[i].active = false;
	for (size_t i = 0; i < events->nr_unlisted; i++)
		if (events->unlisted[i].pid == pid)
			events->unlisted[i].ended = true;
}

static void add_live(struct events *events, enum process_event event,
		     unsigned int pid)
{
	if (events->nr_live == events->live_capacity) {
		events->live_capacity = 2 * events->live_capacity + 64;
		events->live = reallocarray(events->live, events->live_capacity,
					    sizeof(*events->live));
		if (!events->live)
			err(EXIT_FAILURE, "cannot store the events");
	}
	events->live[events->nr_live++] = (struct live){ event, pid };
}

static void remove_live(struct events *events, unsigned int pid)
{
	size_t count = 0;

	for (size_t i = 0; i < events->nr_live; i++)
		if (events->live[i].pid != pid)
			events->live[count++] = events->live[i];
	events->nr_live = count;
}

static void on_event(enum process_event event, unsigned int pid, void *arg)
{
	struct events *events = arg;

	if (event == PROCESS_EXITED) {
		remove_live(events, pid);
		on_exited(events, pid);
	} else {
		add_live(events, event, pid);
	}
	events->received = true;
	events->needed |= events->any;
}

/*
 * Check namespaces only after all events have been read: many processes exit
 * soon, and to look up a process in procfs is what costs most.
 */
static void read_connector(struct events *events)
{
	if (!connector_read(events->connector, on_event, events))
		events->needed = true;
	for (size_t i = 0; i < events->nr_live; i++) {
		if (events->live[i].event == PROCESS_CREATED)
			on_created(events, events->live[i].pid);
		else
			on_executed(events, events->live[i].pid);
	}
	events->nr_live = 0;
}

/* The process has exited or has been reaped. */
static void on_pidfd(struct events *events, const struct epoll_event *ready)
{
	events->received = true;
	events->needed = true;
	if (!(ready->events & EPOLLHUP))
		return;
	for (size_t i = 0; i < events->nr_followed; i++) {
		if (events->followed[i].fd != ready->data.fd)
			continue;
		close(ready->data.fd);
		events->followed[i].fd = -1;
	}
}

bool events_read(struct events *events)
{
	struct epoll_event ready[BATCH];
	int count;

	do {
		count = epoll_wait(events->epoll, ready, BATCH, 0);
		for (int i = 0; i < count; i++) {
			if (ready[i].data.fd == events->connector)
				read_connector(events);
			else
				on_pidfd(events, &ready[i]);
		}
	} while (count == BATCH);

	return events->needed;
}

/* ---- new snapshots ---- */

/* Whether the snapshot lists the namespace. */
static bool is_listed(struct events *events, const struct unlisted *unlisted)
{
	const struct known *known = find_known(events, unlisted->inum);

	return known && (!unlisted->ended || known->init == unlisted->pid);
}

static size_t count_unlisted(struct events *events)
{
	size_t count = 0;

	for (size_t i = 0; i < events->nr_unlisted; i++)
		count += !is_listed(events, &events->unlisted[i]);
	events->nr_unlisted = 0;

	return count;
}

/* Whether processes matter and a shown one will be reaped without an event. */
static bool has_zombies(const struct tree *tree)
{
	for (size_t i = 0; i < tree->nr_processes; i++) {
		const struct process *proc = &tree->processes[i];

		if (proc->ns->shown && (proc->state == 'Z' || proc->state == 'X'))
			return true;
	}

	return false;
}

static void update_known(struct events *events, const struct tree *tree)
{
	free(events->known);
	events->known = calloc(tree->nr_namespaces + 1, sizeof(*events->known));
	if (!events->known)
		err(EXIT_FAILURE, "cannot store the namespaces");
	events->nr_known = tree->nr_namespaces;
	events->unsettled = events->any && has_zombies(tree);
	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];
		bool active = !strcmp(ns->state, "active");

		events->known[i] = (struct known){
			.inum = ns->inum,
			.init = ns->init == INIT_KNOWN ? ns->init_pids[0] : 0,
			.active = active,
		};
		events->unsettled |= ns->shown &&
				     (!active || ns->init == INIT_HIDDEN);
	}
	qsort(events->known, events->nr_known, sizeof(*events->known),
	      compare_known);
}

/* EPOLLET: report once that the process has exited, once that it is reaped. */
static int open_pidfd(struct events *events, unsigned int pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd > events->max_fd ||
	    (fd >= 0 && !add_descriptor(events, fd, EPOLLET))) {
		close(fd);
		return -1;
	}

	return fd;
}

/* Return: the pidfd of a process. Takes it from @events if that has one. */
static int take_pidfd(struct events *events, unsigned int pid)
{
	struct followed *followed = find_followed(events, pid);
	int fd;

	if (!followed || followed->fd < 0)
		return open_pidfd(events, pid);
	fd = followed->fd;
	followed->fd = -1;

	return fd;
}

static void close_pidfds(struct events *events)
{
	for (size_t i = 0; i < events->nr_followed; i++)
		if (events->followed[i].fd >= 0)
			close(events->followed[i].fd);
	free(events->followed);
}

static void update_followed(struct events *events, const struct tree *tree)
{
	struct followed *list = calloc(tree->nr_namespaces + 1, sizeof(*list));
	size_t count = 0, unique = 0;

	if (!list)
		err(EXIT_FAILURE, "cannot store the namespaces");
	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];
		unsigned int pid = ns->init == INIT_KNOWN ? ns->init_pids[0] :
							    ns->holder;

		if (pid)
			list[count++] = (struct followed){ pid, ns->shown, -1 };
	}
	qsort(list, count, sizeof(*list), compare_followed);
	/* An init can also hold a namespace. */
	for (size_t i = 0; i < count; i++) {
		if (!unique || list[unique - 1].pid != list[i].pid)
			list[unique++] = list[i];
		else
			list[unique - 1].watched |= list[i].watched;
	}
	for (size_t i = 0; i < unique; i++)
		if (list[i].watched)
			list[i].fd = take_pidfd(events, list[i].pid);
	close_pidfds(events);
	events->followed = list;
	events->nr_followed = unique;
}

size_t events_update(struct events *events, const struct snapshot *snap,
		     bool any)
{
	size_t missed;

	events->any = any;
	update_known(events, &snap->tree);
	missed = count_unlisted(events);
	update_followed(events, &snap->tree);
	events->needed = false;
	events->recent = events->received;
	events->received = false;

	return missed;
}

void events_release(struct events *events)
{
	if (!events)
		return;
	close_pidfds(events);
	close(events->epoll);
	free(events->known);
	free(events->live);
	free(events->unlisted);
	free(events);
}
