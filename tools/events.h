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

/** events_available - whether the process connector can be used */
bool events_available(const struct events *events);

/**
 * events_suffice - whether the next change will cause an event
 * @events: the events
 *
 * No event reports that a process is reaped, that a bind mount ends, or that an
 * init starts to exit. So this function returns false if events were received
 * before the last snapshot, if that has zombies that matter, or if a watched
 * namespace is not active or has a hidden init. It also returns false if there
 * is no process connector.
 */
bool events_suffice(const struct events *events);

/**
 * events_received - whether there were events since the last snapshot
 * @events: the events
 *
 * Any of them can have an effect that no event reports.
 */
bool events_received(const struct events *events);

/**
 * events_read - process all events that have been received
 * @events: the events
 *
 * Return: whether an event can have changed what is watched.
 */
bool events_read(struct events *events);

/**
 * events_update - store which events will matter after a new snapshot
 * @events: the events
 * @snap: the snapshot; its shown namespaces are the watched ones
 * @any: all events of processes matter, not only changes of namespaces
 *
 * Return: the number of namespaces that events have shown since the last call
 * and that @snap does not have, because they have been freed.
 */
size_t events_update(struct events *events, const struct snapshot *snap,
		     bool any);

#endif /* EVENTS_H */
