/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Two views of the same processes: the contents of pidns_tree, and what the
 * other files of /proc show.
 */
#ifndef VIEW_H
#define VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The initial PID namespace and 32 nested levels (MAX_PID_NS_LEVEL). */
#define MAX_LEVELS 33

/**
 * struct process - one process, in either view
 * @pids: its PIDs, outermost first, from the root of the view
 * @depth: number of valid @pids
 * @inum: inode number of its PID namespace
 * @ppid: PID of its parent in the root of the view, 0 if the parent is outside
 * @pgid: PID of its process group in the root of the view, 0 for none
 * @sid: PID of its session in the root of the view, 0 for none
 * @threads: number of its threads
 * @uid: its real UID
 * @state: the letter of /proc/PID/stat
 * @kthread: a kernel thread, whose name pidns_tree may truncate; only set in a
 *	view of scan_proc()
 * @changing: a kernel thread whose state or name has just changed, so neither
 *	is compared
 * @name: its comm
 */
struct process {
	int pids[MAX_LEVELS];
	int depth;
	unsigned int inum;
	int ppid;
	int pgid;
	int sid;
	int threads;
	unsigned int uid;
	char state;
	bool kthread;
	bool changing;
	char name[64];
};

/**
 * struct namespace - one PID namespace, in either view
 * @inum: its inode number
 * @level: its level, 0 for the root of the view
 * @parent: inode number of its parent, -1 for none
 * @init: PIDs of its init, outermost first
 * @init_depth: number of valid @init, 0 for no init, -1 for a hidden init
 * @nprocs: number of its processes, without those of its descendants
 * @pids: value of the key, -1 if the key is missing
 * @listed: number of PIDs of the lines: the threads of its processes, its IDs,
 *	and those of its descendants; only set in a view of pidns_tree
 * @state: the value of the key
 * @owner: UID of the owner of the owning user namespace
 * @userns: inode number of the owning user namespace, -1 if hidden
 * @pid_max: -1 if the key is missing
 * @nsid: 0 if the key is missing
 * @holder: value of pid_for_children, 0 if the key is missing
 */
struct namespace {
	unsigned int inum;
	int level;
	long long parent;
	int init[MAX_LEVELS];
	int init_depth;
	unsigned int nprocs;
	long long pids;
	long long listed;
	char state[16];
	unsigned int owner;
	long long userns;
	long long pid_max;
	unsigned long long nsid;
	int holder;
};

/**
 * struct kept_id - ID of a process group or a session whose process is gone
 * @pids: its PIDs, outermost first, from the root of the view
 * @depth: number of valid @pids; in a view of scan_proc(), only @pids[0] is
 * @inum: inode number of its PID namespace; only set in a view of pidns_tree
 * @pgid: it is the ID of a process group
 * @sid: it is the ID of a session
 */
struct kept_id {
	int pids[MAX_LEVELS];
	int depth;
	unsigned int inum;
	bool pgid;
	bool sid;
};

/** struct view - namespaces, processes and IDs, in the order of the file */
struct view {
	struct namespace *namespaces;
	size_t nr_namespaces;
	struct process *processes;
	size_t nr_processes;
	struct kept_id *ids;
	size_t nr_ids;
};

/**
 * read_all - read an open file to its end, @piece bytes at a time
 *
 * Return: what was read, NUL-terminated. The caller frees it.
 */
char *read_all(int fd, size_t piece);

/** read_text - read the whole pidns_tree of a procfs mount, as read_all() */
char *read_text(const char *proc);

/**
 * parse - parse the contents of pidns_tree
 *
 * Fails the test unless @text follows every rule of the format: the first and
 * the last line, the order, indentation, keys and escapes. Does not check the
 * account, because it does not balance while processes are created or exit. If
 * none are, use read_view().
 */
void parse(const char *text, struct view *view);

/**
 * read_view_of - read and parse the pidns_tree of a procfs mount
 *
 * Fails the test unless the roles of each ID are those of the members that the
 * reader sees, a process, an ID, a holder or a descendant explains why each
 * namespace exists and, if the reader sees everything, the account of every
 * namespace balances: pids equals listed. Retries for 20 seconds, because
 * kernel threads come and go, and the kernel releases processes and frees
 * namespaces later than the test kills and reaps.
 *
 * If something else pins a namespace, such as a descriptor, use
 * read_unexplained().
 */
void read_view_of(const char *proc, struct view *view);

/** read_view - read and parse /proc/pidns_tree, as read_view_of() */
void read_view(struct view *view);

/** read_unexplained - read and parse /proc/pidns_tree, and check no more */
void read_unexplained(struct view *view);

/**
 * wait_for_namespaces - wait until /proc/pidns_tree has @count namespaces
 *
 * Use this after the last reference on a namespace has been dropped: its init
 * has been reaped, or its holder, the last member of an ID or a descriptor is
 * gone. On a kernel with lists of namespaces, a reader with CAP_SYS_ADMIN sees
 * the namespace as dead for at least a grace period more. Waits up to 20
 * seconds, and reaps children meanwhile.
 */
void wait_for_namespaces(size_t count);

/**
 * scan_proc - collect the processes of a procfs mount and their namespaces
 *
 * Reads status, stat and ns/pid of each process, and calls the ioctls of each
 * namespace. Namespaces without processes are not found. IDs are the process
 * groups and sessions of the processes for which /proc has no task.
 */
void scan_proc(const char *proc, struct view *view);

void free_view(struct view *view);

struct namespace *find_namespace(const struct view *view, unsigned int inum);
struct process *find_process(const struct view *view, int pid);
struct kept_id *find_id(const struct view *view, int pid);

/**
 * roles_of - find what a PID is for the processes of a view
 *
 * Return: an ID with @pgid and @sid only: whether it is the process group or
 * the session of one of the processes.
 */
struct kept_id roles_of(const struct view *view, int pid);

/**
 * check_view - compare pidns_tree of a procfs mount with the rest of the mount
 *
 * Scans the mount before and after pidns_tree is read, until both scans find
 * the same apart from the work of kernel threads. Then pidns_tree must match
 * the second scan. If only a kernel thread differs, it may have worked in
 * between, so check_view() tries again. The reader must see everything, and the
 * account of every namespace must balance.
 *
 * Namespaces without an init are not compared, because the rest of /proc does
 * not show them.
 */
void check_view(const char *proc);

/** check_lsns - compare the namespaces in /proc/pidns_tree with lsns(8) */
void check_lsns(void);

/**
 * nspid - read NSpid: of /proc/TID/status
 * @task: PID or TID
 * @pids: array of MAX_LEVELS elements, filled with the PIDs or TIDs, outermost
 *	first
 *
 * Return: number of PIDs.
 */
int nspid(pid_t task, int *pids);

#endif /* VIEW_H */
