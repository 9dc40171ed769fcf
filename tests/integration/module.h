/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Load and unload the module, check what its file can contain, and count the
 * kernel objects that the module and its readers can pin.
 *
 * The guest boots with slab_nomerge, and with debugging for the slab caches
 * that are counted here. This makes /proc/slabinfo exact for these caches.
 */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>
#include <stddef.h>

#define PIDNS_TREE "/proc/pidns_tree"

/** load - load the module without parameters */
void load(void);

/**
 * try_load - load the module with these parameters
 *
 * Return: 0, or -1 with errno set.
 */
int try_load(const char *parameters);

/** unload - unload the module, without waiting for its users */
void unload(void);

/** open_file - open PIDNS_TREE, which must exist */
int open_file(void);

/**
 * is_printable - whether all bytes are newlines or printable ASCII characters
 *
 * The content at an offset of the file may change between two reads, but it
 * always consists of such bytes.
 */
bool is_printable(const char *bytes, size_t count);

/**
 * has_listns - whether the kernel has listns(2)
 *
 * On such a kernel, the module shows the namespaces that only a descriptor, a
 * mount or a kept ID pins.
 */
bool has_listns(void);

/** has_kmemleak - whether this kernel has kmemleak, which makes it slow */
bool has_kmemleak(void);

/**
 * scaled - reduce a number of repetitions or processes on a slow kernel
 *
 * A kernel with kmemleak and KASAN finds errors without many repetitions.
 *
 * Return: @many, or a twentieth of it if has_kmemleak().
 */
int scaled(int many);

/**
 * count_objects - count the objects of descendants of the initial namespace
 *
 * Return: the number of PID namespaces, without the initial one, plus the
 * number of struct pids in them.
 */
long count_objects(void);

/**
 * wait_until_freed - wait until count_objects() returns @left
 *
 * An object is freed one or more grace periods after its last reference is
 * dropped.
 */
void wait_until_freed(long left);

#endif /* MODULE_H */
