/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Find mounts that pin PID namespaces in the mount namespaces of processes.
 */
#ifndef PIN_MOUNTS_H
#define PIN_MOUNTS_H

#include "pins.h"

/**
 * struct pin_mounts - state of the search
 * @pins: the pins
 * @own: inode number of the caller's mount namespace; 0 if unknown
 * @namespaces: tree of mount namespaces, for tsearch(3)
 * @last: the last one of @namespaces that was read
 * @procfs_mounts: tree of procfs superblocks
 * @points: tree of the mount points of namespaces that need a pin
 */
struct pin_mounts {
	struct pins *pins;
	uint32_t own;
	void *namespaces;
	uint32_t last;
	void *procfs_mounts;
	void *points;
};

/** pin_mounts_init - start a search */
void pin_mounts_init(struct pin_mounts *mounts, struct pins *pins);

/**
 * pin_mounts_visit - read a mount namespace unless it has been read
 * @mounts: state of the search
 * @path: directory of a task in procfs, such as "7" or "7/task/8"
 * @pid: PID or TID of the task
 *
 * If the root of the task is not the root of its mount namespace, the namespace
 * is read by way of another task, or at the end of the search.
 *
 * Return: false with errno set if the caller may not inspect the task.
 */
bool pin_mounts_visit(struct pin_mounts *mounts, const char *path,
		      unsigned int pid);

/**
 * pin_mounts_has - whether a PID namespace is mounted at a path
 * @mounts: state of the search
 * @path: the path, in any of the mount namespaces that have been read
 *
 * Return: false also for a namespace whose pins are not needed.
 */
bool pin_mounts_has(const struct pin_mounts *mounts, const char *path);

/** pin_mounts_finish - read the rest, and free the state */
void pin_mounts_finish(struct pin_mounts *mounts);

#endif /* PIN_MOUNTS_H */
