/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Decide from events of the kernel when --watch must read the file again: events
 * of processes from the process connector, and the exit of processes that are
 * inits or holders of namespaces, by their pidfds, see pidfd_open(2).
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "snapshot.h"

struct events;

/**
 * events_open - start to receive events
 * @procfs: a procfs mount of the caller's own PID namespace; must outlive the
 *	events
 * @error: filled if the process connector cannot be used; pidfds then still
 *	report the exit of inits
 *
 * Call it at most once, and before screen_open().
 *
 * Return: the events; events_release() frees them.
 */
struct events *events_open(const struct procfs *procfs, struct error *error);

/** events_release - free the events; @events may be NULL */
void events_release(struct events *events);

/** events_fd - get a descriptor that is readable after events */
int events_fd(const struct events *events);

/**
 * events_suffice - whether the next change of a namespace causes an event
 * @events: the events
 *
 * Return: false if there is no process connector, or if a watched namespace is
 * not active. No event reports the end of a bind mount, or before Linux 6.9
 * that an init is reaped.
 */
bool events_suffice(const struct events *events);

/**
 * events_read - process all events that have been received
 * @events: the events
 *
 * Return: whether the file must be read again.
 */
bool events_read(struct events *events);

/**
 * events_update - store which events will matter after a new snapshot
 * @events: the events
 * @snap: the snapshot; its shown namespaces are the watched ones
 * @any: each process that is created or exits requires a read, not only changes
 *	of namespaces
 *
 * Return: the number of namespaces that events have shown since the last call
 * and that @snap does not have, because they have been freed.
 */
size_t events_update(struct events *events, const struct snapshot *snap,
		     bool any);

#endif /* EVENTS_H */
