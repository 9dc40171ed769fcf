/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Properties of PID namespaces that the ioctls of nsfs return; see
 * ioctl_nsfs(2). A descriptor of the namespace suffices: neither setns(2) nor a
 * process in the namespace is needed.
 */
#ifndef NSFS_H
#define NSFS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * enum has_init - whether a namespace has an init process
 * @HAS_INIT_UNKNOWN: the kernel is older than 6.11 and does not show it
 * @HAS_INIT: it has one
 * @HAS_NO_INIT: it has none, so it has no process
 */
enum has_init {
	HAS_INIT_UNKNOWN,
	HAS_INIT,
	HAS_NO_INIT,
};

/**
 * struct payer - the user whose limit a user namespace counts against
 * @userns: inode number of the user namespace
 * @charged: @uid is valid: the caller's user namespace is @userns or an
 *	ancestor of it
 * @uid: UID in the caller's user namespace to which the kernel charges the
 *	namespaces that @userns owns
 */
struct payer {
	uint32_t userns;
	bool charged;
	uint32_t uid;
};

/**
 * struct ns_facts - what is known about a PID namespace
 * @inum: inode number
 * @added: --pinned prints the namespace
 * @learned: the members that nsfs_learn() sets are valid
 * @parent: inode number of the parent; 0 if the namespace is not below the
 *	caller's PID namespace
 * @nsid: 64-bit ID; 0 if the kernel has none
 * @init: whether it has an init
 * @state: its state in pidns_tree of its own procfs; NULL if unknown
 * @userns: inode number of the user namespace that owns it; 0 if unknown
 * @owner: UID of the owner of @userns
 */
struct ns_facts {
	uint32_t inum;
	bool added;
	bool learned;
	uint32_t parent;
	uint64_t nsid;
	enum has_init init;
	const char *state;
	uint32_t userns;
	uint32_t owner;
};

/**
 * struct nsfs - what was learned
 * @facts: tree of &struct ns_facts, for tsearch(3)
 * @payers: tree of &struct payer
 * @own_userns: inode number of the caller's user namespace; 0 if unknown
 * @dev: device number of nsfs; 0 if unknown
 */
struct nsfs {
	void *facts;
	void *payers;
	uint32_t own_userns;
	dev_t dev;
};

/**
 * nsfs_parse_link - parse the target of a symbolic link, such as pid:[1]
 * @target: the target
 * @type: name of the type of namespace, such as "pid"
 *
 * Return: the inode number; 0 if it is no such link.
 */
uint32_t nsfs_parse_link(const char *target, const char *type);

/** nsfs_init - start with nothing but the caller's user namespace */
void nsfs_init(struct nsfs *nsfs);

/**
 * nsfs_inum - find which namespace a descriptor refers to
 * @nsfs: what was learned
 * @path: descriptor from open() with O_PATH
 *
 * Return: the inode number of a namespace of any type; 0 for any other file.
 */
uint32_t nsfs_inum(const struct nsfs *nsfs, int path);

/**
 * nsfs_learn - learn about a PID namespace and its ancestors
 * @nsfs: the facts are added
 * @path: descriptor of the namespace from open() with O_PATH; is closed unless
 *	it is -1
 * @inum: its inode number
 *
 * Stops at an ancestor that is known, and at the caller's PID namespace. Does
 * nothing if @path refers to anything else: opening a device that has taken the
 * place of the namespace could have side effects.
 */
void nsfs_learn(struct nsfs *nsfs, int path, uint32_t inum);

/**
 * nsfs_learn_payer - learn who is charged for a PID namespace
 * @nsfs: the payer is added
 * @fd: descriptor of the namespace
 */
void nsfs_learn_payer(struct nsfs *nsfs, int fd);

/** nsfs_find - find a PID namespace; NULL if nothing is known about it */
struct ns_facts *nsfs_find(const struct nsfs *nsfs, uint32_t inum);

/** nsfs_is_learned - whether nsfs_learn() knows a PID namespace */
bool nsfs_is_learned(const struct nsfs *nsfs, uint32_t inum);

/** nsfs_note - find a PID namespace, or add it without any facts */
struct ns_facts *nsfs_note(struct nsfs *nsfs, uint32_t inum);

/** nsfs_payer - find a user namespace; NULL if nothing is known about it */
const struct payer *nsfs_payer(const struct nsfs *nsfs, uint32_t userns);

/** nsfs_release - free the members */
void nsfs_release(struct nsfs *nsfs);

#endif /* NSFS_H */
