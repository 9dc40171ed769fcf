/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The module itself: to load and unload it, and what is left of what it and
 * its readers held.
 *
 * The guest is started with slab_nomerge and with debugging on for the caches
 * that are counted here, which makes /proc/slabinfo exact for them.
 */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>

#define PIDNS_TREE "/proc/pidns_tree"

/** load - load the module */
void load(void);

/**
 * try_load - load the module with these parameters
 *
 * Return: 0, or -1 and errno.
 */
int try_load(const char *parameters);

/** unload - unload it, with no wait for anybody who uses it */
void unload(void);

/** open_file - open PIDNS_TREE, which must be there */
int open_file(void);

/** finds_leaks - whether this kernel looks for leaks itself */
bool has_kmemleak(void);

/**
 * rounds - how often to do what elsewhere is done @many times
 *
 * A kernel that looks for mistakes finds one without many tries, and is slow.
 */
int scaled(int many);

/**
 * objects - PID namespaces below the first that are not freed, and pids in them
 */
long count_objects(void);

/**
 * wait_until_freed - wait until count_objects() has come down to @left
 *
 * What is freed is freed after a grace period, or some.
 */
void wait_until_freed(long left);

#endif /* MODULE_H */
