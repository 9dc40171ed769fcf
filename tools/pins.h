/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Find in procfs what pins PID namespaces: descriptors, mounts, and tasks whose
 * children the kernel creates in another namespace than their own.
 */
#ifndef PINS_H
#define PINS_H

#include "nsfs.h"
#include "procfs.h"
#include "tree.h"

/* Limit on the recorded pins, because a user can create millions of them. */
#define PINS_MAX 262144U

/**
 * enum pin_kind - what pins a namespace
 * @PIN_MOUNT: a bind mount of the namespace
 * @PIN_PROCFS: a mount of a procfs that shows the namespace
 * @PIN_FD: a descriptor of the namespace
 * @PIN_CHILDREN: the pid_for_children of a task
 * @PIN_ID: an ID of a process group or session
 * @PIN_CHILD: a child namespace
 * @PIN_PIDFD: a pidfd of a reaped process, whose namespace is unknown
 * @PIN_READER: an open pidns_tree, whose namespaces are unknown
 * @PIN_FILE: an open file of procfs of a reaped process, whose namespace is
 *	unknown
 */
enum pin_kind {
	PIN_MOUNT,
	PIN_PROCFS,
	PIN_FD,
	PIN_CHILDREN,
	PIN_ID,
	PIN_CHILD,
	PIN_PIDFD,
	PIN_READER,
	PIN_FILE,
};

/**
 * struct pin - a pin
 * @kind: what it is
 * @inum: inode number of the namespace; 0 if unknown
 * @pid: PID or TID of the task that has the descriptor, the pid_for_children or
 *	the mount namespace, or is in the process group or session; 0 for the
 *	caller's own mount namespace
 * @comm: name of that task; may contain any bytes; NULL if unknown
 * @fd: the descriptor
 * @path: mount point, as @pid sees it; may contain any bytes
 * @foreign: the mount is in another mount namespace than the caller's
 * @mnt_ns: inode number of the mount namespace
 * @id: the ID, for PIN_ID
 * @child: inode number of the child, for PIN_CHILD
 */
struct pin {
	enum pin_kind kind;
	uint32_t inum;
	unsigned int pid;
	char *comm;
	unsigned int fd;
	char *path;
	bool foreign;
	uint32_t mnt_ns;
	const struct id *id;
	uint32_t child;
};

/**
 * struct pins - what was found
 * @procfs: the procfs
 * @directory: descriptor of its root
 * @nsfs: what was learned about the namespaces with a pin
 * @list: the pins
 * @count: number of elements of @list
 * @nr_dropped: number of pins that are not in @list, because it is full
 * @busy: sorted inode numbers of namespaces with processes, whose pins are not
 *	recorded
 * @nr_busy: number of elements of @busy
 * @last_busy: the last one of @busy that was looked up
 * @last_task: the last one whose name was read, if its TGID is not 0
 * @kcmp: kcmp(2) works for PIDs in this procfs
 * @nr_unreadable: number of processes whose descriptors the caller may not
 *	read
 */
struct pins {
	const struct procfs *procfs;
	int directory;
	struct nsfs nsfs;
	struct pin *list;
	size_t count;
	size_t nr_dropped;
	uint32_t *busy;
	size_t nr_busy;
	uint32_t last_busy;
	struct thread last_task;
	bool kcmp;
	size_t nr_unreadable;
};

/**
 * pins_find - search procfs for pins of namespaces without processes
 * @pins: filled; release it with pins_release() if there is no error
 * @procfs: a procfs mount
 * @tree: contents of pidns_tree before the search; can be sorted
 *
 * Return: false with errno set if @procfs cannot be read.
 */
bool pins_find(struct pins *pins, const struct procfs *procfs,
	       struct tree *tree);

/**
 * pins_add - record a pin, or count it if there are PINS_MAX
 * @pins: the pins
 * @pin: the pin; @pins takes ownership of its strings
 */
void pins_add(struct pins *pins, const struct pin *pin);

/**
 * pins_need - whether to record the pins of a namespace
 * @pins: the pins
 * @inum: inode number of the namespace
 */
bool pins_need(struct pins *pins, uint32_t inum);

/**
 * pins_comm - read the name of a task
 * @pins: the pins
 * @pid: PID or TID
 *
 * Return: the name, which the caller frees; NULL if the task has exited.
 */
char *pins_comm(struct pins *pins, unsigned int pid);

/** pins_release - free the members */
void pins_release(struct pins *pins);

#endif /* PINS_H */
