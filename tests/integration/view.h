/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Two views of the same processes: what the file says, and what the kernel
 * itself says of them elsewhere in /proc.
 */
#ifndef VIEW_H
#define VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* 32 levels below the first. */
#define MAX_LEVELS 33

/** struct process - one process, in either view */
struct process {
	int pids[MAX_LEVELS];	/* outermost first, from the root of the view */
	int depth;		/* how many */
	unsigned int inum;	/* of its PID namespace */
	int ppid;
	int threads;
	unsigned int uid;
	char state;
	bool kthread;		/* its name may be cut (kernel's view only) */
	bool unsteady;		/* a kthread at work: any state, any name */
	char name[64];
};

/** struct namespace - one PID namespace, in either view */
struct namespace {
	unsigned int inum;
	int level;
	long long parent;	/* inum, -1 for none */
	int init[MAX_LEVELS];
	int init_depth;		/* 0 for none, -1 when it may not be seen */
	unsigned int nprocs;
	char state[16];
	unsigned int owner;
	long long userns;	/* inum, -1 for hidden */
	long long pid_max;	/* -1 when the key is not there */
	unsigned long long nsid;	/* 0 when the key is not there */
	int holder;		/* pid_for_children, 0 when the key is not there */
};

/** struct view - namespaces and processes in the order of the text */
struct view {
	struct namespace *namespaces;
	size_t nr_namespaces;
	struct process *processes;
	size_t nr_processes;
};

/**
 * read_all - read an open file to its end, @piece bytes at a time
 *
 * Return: the text, NUL-terminated, to be freed.
 */
char *read_all(int fd, size_t piece);

/** read_text - read pidns_tree under a mount point of procfs */
char *read_text(const char *proc);

/**
 * parse - take a text apart by the rules of the format
 *
 * Fails the test unless the text is whole and keeps every rule: the first and
 * the last line, order, indentation, keys, escapes.
 */
void parse(const char *text, struct view *view);

/** look - read pidns_tree under /proc, and take it apart */
void read_view(struct view *view);

/**
 * ask_kernel - the processes under a mount point of procfs, and their
 * namespaces, from status, stat, ns/pid and the ioctls of namespaces
 *
 * Namespaces come by inum.
 */
void scan_proc(const char *proc, struct view *view);

void free_view(struct view *view);

struct namespace *find_namespace(const struct view *view, unsigned int inum);
struct process *find_process(const struct view *view, int pid);

/**
 * check_view - compare the file under a mount point with the kernel's word
 *
 * Namespaces without an init are left out: of these the kernel says nothing
 * that could be compared.
 *
 * The kernel is asked before and after the text is read, until both times it
 * says the same, but for what kernel threads are doing; then the text must say
 * that, too. What a kernel thread may have done in between is looked at again.
 */
void check_view(const char *proc);

/** check_lsns - compare the namespaces in /proc/pidns_tree with lsns's */
void check_lsns(void);

#endif /* VIEW_H */
