/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Read the limit on the number of tasks that the controller "pids" of cgroup v2
 * enforces.
 */
#ifndef PIDS_CGROUP_H
#define PIDS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * pids_cgroup_read - find the nearest limit on the tasks of a cgroup
 * @path: path of the cgroup in the cgroup v2 hierarchy; can be NULL
 * @current: set to the number of tasks in the cgroup that has the limit
 * @max: set to the limit
 *
 * Each ancestor of a cgroup can have a limit of its own. The nearest limit is
 * the one of which the largest part is in use.
 *
 * Return: false if there is no limit, or if it cannot be read.
 */
bool pids_cgroup_read(const char *path, uint64_t *current, uint64_t *max);

#endif /* PIDS_CGROUP_H */
