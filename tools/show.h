/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Print what the operands name in one snapshot. For --watch, find the same
 * namespaces and containers in later snapshots.
 */
#ifndef SHOW_H
#define SHOW_H

#include "changes.h"
#include "options.h"

#define LIMITED_VIEW \
	"limited view: processes that you may not inspect are hidden; run as root to see all"

/**
 * show_select - mark what to print of a snapshot
 * @snap: the snapshot
 * @options: the command line
 * @notes: remarks are added
 * @error: filled on error
 *
 * Return: whether every operand names something in the snapshot.
 */
bool show_select(struct snapshot *snap, const struct options *options,
		 struct notes *notes, struct error *error);

/**
 * struct watched - a watched namespace, or a watched container in it
 * @ns: the namespace
 * @alone: do not show its descendants
 * @needed: --watch continues as long as this exists
 * @cgroup: copy of the cgroup of a process of the container; its ID is NULL if
 *	the whole namespace is watched
 * @ending: it is absent from the last snapshot, but was in the one before
 * @ended: it was absent from an earlier snapshot, so it is not searched again
 */
struct watched {
	struct identity ns;
	bool alone;
	bool needed;
	struct cgroup cgroup;
	bool ending;
	bool ended;
};

/**
 * struct watchlist - what --watch follows
 * @list: watched namespaces and containers; empty for all namespaces
 * @count: number of elements of @list
 * @containers: @list includes containers
 */
struct watchlist {
	struct watched *list;
	size_t count;
	bool containers;
};

/**
 * watchlist_fill - record what the operands name, for later snapshots
 * @snap: the first snapshot, after show_select()
 * @options: the command line
 * @watchlist: filled; release it with watchlist_release()
 * @error: filled on error
 *
 * In a later snapshot, the same PID or name can belong to another process or
 * container.
 *
 * Return: whether every operand names something in the snapshot.
 */
bool watchlist_fill(struct snapshot *snap, const struct options *options,
		    struct watchlist *watchlist, struct error *error);

/**
 * watchlist_select - mark what remains of the watchlist in a later snapshot
 * @snap: the later snapshot
 * @options: the command line
 * @watchlist: from watchlist_fill(); updated
 *
 * Return: whether --watch should continue.
 */
bool watchlist_select(struct snapshot *snap, const struct options *options,
		      struct watchlist *watchlist);

/** watchlist_release - free the members of a watchlist */
void watchlist_release(struct watchlist *watchlist);

/**
 * show_render - print what is marked
 * @snap: the snapshot
 * @options: the command line
 *
 * With --zombies, namespaces without zombies are not printed.
 */
void show_render(struct snapshot *snap, const struct options *options);

/**
 * show - take a snapshot and print what the operands name
 * @options: the command line
 * @error: filled on error
 *
 * Prints remarks and warnings on standard error.
 *
 * Return: false on error.
 */
bool show(const struct options *options, struct error *error);

/**
 * show_metrics - take a snapshot and print metrics
 * @options: the command line
 * @error: filled on error
 *
 * Prints a warning on standard error if the view is limited.
 *
 * Return: false on error.
 */
bool show_metrics(const struct options *options, struct error *error);

#endif /* SHOW_H */
