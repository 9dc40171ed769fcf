/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * One answer: a snap, what of it was asked for, and its output. For --watch,
 * what is left of it in later looks.
 */
#ifndef SHOW_H
#define SHOW_H

#include "changes.h"
#include "options.h"

/* A reader who believes that this is all would be wrong. */
#define LIMITED_VIEW \
	"limited view: processes that you may not inspect are hidden; run as root to see all"

/**
 * show_select - mark what is to be shown of a look
 * @snap: the look
 * @options: what was asked for
 * @notes: added to
 * @error: filled on error
 *
 * Return: whether all of it is there.
 */
bool show_select(struct snapshot *snap, const struct options *options,
		 struct notes *notes, struct error *error);

/**
 * struct watched - a namespace that was asked for, or a container in it
 * @ns: the namespace
 * @alone: without its descendants
 * @needed: as long as it is there, something is left of what was asked for
 * @cgroup: of a process of the container, a copy; its id is NULL if all of the
 *	namespace is watched
 * @ending: it has ended since the look before the last one
 * @ended: it had ended before that
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
 * struct watchlist - what was asked for
 * @list: empty if all namespaces were asked for
 * @count: how many
 * @containers: there are containers in @list
 */
struct watchlist {
	struct watched *list;
	size_t count;
	bool containers;
};

/**
 * show_find - find what was asked for, to know it in later looks
 * @snap: the first snap, after show_select()
 * @options: what was asked for
 * @watchlist: filled; to be released with show_forget()
 * @error: filled on error
 *
 * PIDs and names may belong to other processes and containers later.
 *
 * Return: whether all of it is there.
 */
bool show_find(struct snapshot *snap, const struct options *options,
	       struct watchlist *watchlist, struct error *error);

/**
 * show_select_remaining - mark what is left of what was asked for
 * @snap: a later look
 * @options: what was asked for
 * @watchlist: from show_find(); updated
 *
 * Return: whether any of it is left.
 */
bool show_select_remaining(struct snapshot *snap, const struct options *options,
			   struct watchlist *watchlist);

/** show_forget - free what belongs to a watchlist */
void show_forget(struct watchlist *watchlist);

/** show_render - print what is marked; with --zombies, only what has zombies */
void show_render(struct snapshot *snap, const struct options *options);

/**
 * show - answer what was asked
 * @options: what was asked for
 * @error: filled on error
 *
 * Prints notes and warnings on standard error.
 *
 * Return: whether there was an answer.
 */
bool show(const struct options *options, struct error *error);

#endif /* SHOW_H */
