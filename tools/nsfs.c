// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "nsfs.h"

/* The headers of older distributions lack these. */
#ifndef NS_GET_PID_FROM_PIDNS
#define NS_GET_PID_FROM_PIDNS _IOR(NSIO, 0x6, int)
#endif
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 0xd, unsigned long long)
#endif

#define OWN_USERNS "/proc/self/ns/user"

/* Return: the inode number of a namespace; 0 on error. */
static uint32_t inum_of(int fd)
{
	struct stat info;

	return fd >= 0 && !fstat(fd, &info) ? info.st_ino : 0;
}

uint32_t nsfs_parse_link(const char *target, const char *type)
{
	size_t len = strlen(type);
	unsigned long inum;
	char *end;

	if (strncmp(target, type, len) || target[len] != ':' ||
	    target[len + 1] != '[')
		return 0;
	inum = strtoul(target + len + strlen(":["), &end, 10);

	return *end == ']' && inum <= UINT32_MAX ? inum : 0;
}

/* Both structures begin with an inode number. */
static int compare_inums(const void *a, const void *b)
{
	const uint32_t *first = a, *second = b;

	return *first < *second ? -1 : *first > *second;
}

static void *find(void *const *root, uint32_t inum)
{
	void **node = tfind(&inum, root, compare_inums);

	return node ? *node : NULL;
}

static void *add(void **root, uint32_t inum, size_t size)
{
	uint32_t *entry = calloc(1, size);

	if (!entry)
		err(EXIT_FAILURE, "cannot allocate a namespace");
	*entry = inum;
	if (!tsearch(entry, root, compare_inums))
		err(EXIT_FAILURE, "cannot allocate a namespace");

	return entry;
}

void nsfs_init(struct nsfs *nsfs)
{
	char target[64];
	ssize_t len = readlink(OWN_USERNS, target, sizeof(target) - 1);
	struct payer *payer;
	struct stat info;

	*nsfs = (struct nsfs){ 0 };
	if (len < 0 || stat(OWN_USERNS, &info))
		return;
	nsfs->dev = info.st_dev;
	target[len] = '\0';
	nsfs->own_userns = nsfs_parse_link(target, "user");
	if (!nsfs->own_userns)
		return;
	/*
	 * The kernel charges the creator, whom it does not show. Creating a PID
	 * namespace needs CAP_SYS_ADMIN, so the creator is usually root.
	 */
	payer = add(&nsfs->payers, nsfs->own_userns, sizeof(*payer));
	payer->charged = true;
}

struct ns_facts *nsfs_find(const struct nsfs *nsfs, uint32_t inum)
{
	return find(&nsfs->facts, inum);
}

bool nsfs_is_learned(const struct nsfs *nsfs, uint32_t inum)
{
	const struct ns_facts *facts = nsfs_find(nsfs, inum);

	return facts && facts->learned;
}

struct ns_facts *nsfs_note(struct nsfs *nsfs, uint32_t inum)
{
	struct ns_facts *facts = nsfs_find(nsfs, inum);

	return facts ? facts : add(&nsfs->facts, inum, sizeof(*facts));
}

const struct payer *nsfs_payer(const struct nsfs *nsfs, uint32_t userns)
{
	return find(&nsfs->payers, userns);
}

/*
 * inc_ucount() in 6.12 charges the creator in the user namespace, then the
 * owner of that user namespace in its parent, and so on. So the ancestor just
 * below the caller's user namespace decides who is charged in the latter. User
 * namespaces have at most 33 levels, which bounds the recursion.
 */
static const struct payer *learn_payer(struct nsfs *nsfs, int fd)
{
	uint32_t inum = inum_of(fd), parent_inum;
	const struct payer *known, *above;
	struct payer *payer;
	uid_t uid;
	int parent;

	if (!inum)
		return NULL;
	known = nsfs_payer(nsfs, inum);
	if (known)
		return known;

	payer = add(&nsfs->payers, inum, sizeof(*payer));
	if (ioctl(fd, NS_GET_OWNER_UID, &uid))
		return payer;

	parent = ioctl(fd, NS_GET_PARENT);
	parent_inum = inum_of(parent);
	if (parent_inum && parent_inum == nsfs->own_userns) {
		payer->uid = uid;
		payer->charged = true;
	} else if (parent_inum) {
		above = learn_payer(nsfs, parent);
		payer->charged = above && above->charged;
		payer->uid = payer->charged ? above->uid : 0;
	}
	if (parent >= 0)
		close(parent);

	return payer;
}

void nsfs_learn_payer(struct nsfs *nsfs, int fd)
{
	int userns = ioctl(fd, NS_GET_USERNS);

	if (userns < 0)
		return;
	learn_payer(nsfs, userns);
	close(userns);
}

/* If the init has no PID in the caller's namespace, this is ESRCH, too. */
static enum has_init check_init(int fd)
{
	if (ioctl(fd, NS_GET_PID_FROM_PIDNS, 1) > 0)
		return HAS_INIT;

	return errno == ESRCH ? HAS_NO_INIT : HAS_INIT_UNKNOWN;
}

/* Return: a descriptor of the parent; -1 if there is none that is visible. */
static int learn_one(struct nsfs *nsfs, int fd, uint32_t inum)
{
	struct ns_facts *facts = nsfs_note(nsfs, inum);
	int userns = ioctl(fd, NS_GET_USERNS), parent;
	unsigned long long nsid;
	uid_t owner;

	facts->learned = true;
	if (userns >= 0 && !ioctl(userns, NS_GET_OWNER_UID, &owner)) {
		facts->userns = inum_of(userns);
		facts->owner = owner;
		learn_payer(nsfs, userns);
	}
	if (userns >= 0)
		close(userns);
	if (!ioctl(fd, NS_GET_ID, &nsid))
		facts->nsid = nsid;
	parent = ioctl(fd, NS_GET_PARENT);
	facts->parent = inum_of(parent);
	if (facts->parent)
		facts->init = check_init(fd);

	return parent;
}

static void learn(struct nsfs *nsfs, int fd)
{
	int current = fd, parent;
	uint32_t inum;

	while (current >= 0) {
		inum = inum_of(current);
		parent = inum && !nsfs_is_learned(nsfs, inum) ?
			 learn_one(nsfs, current, inum) : -1;
		close(current);
		current = parent;
	}
}

/* statx() does not ask the file system if another file is open instead. */
uint32_t nsfs_inum(const struct nsfs *nsfs, int path)
{
	struct statx info;

	return !statx(path, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO,
		      &info) &&
	       makedev(info.stx_dev_major, info.stx_dev_minor) == nsfs->dev ?
	       info.stx_ino : 0;
}

void nsfs_learn(struct nsfs *nsfs, int path, uint32_t inum)
{
	char name[64];
	int fd = -1;

	if (path < 0)
		return;
	if (nsfs_inum(nsfs, path) == inum) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", path);
		fd = open(name, O_RDONLY | O_CLOEXEC);
	}
	close(path);
	if (fd >= 0 && ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWPID)
		learn(nsfs, fd);
	else if (fd >= 0)
		close(fd);
}

void nsfs_release(struct nsfs *nsfs)
{
	tdestroy(nsfs->facts, free);
	tdestroy(nsfs->payers, free);
}
