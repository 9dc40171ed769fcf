/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The kernel's structures behind a PID, for --struct: which struct pids the
 * task_struct and the signal_struct of a process point to, which tasks these
 * struct pids list, and which IDR has them under which number. All of this
 * follows from /proc/pidns_tree, except for the other threads of a process,
 * which are in /proc/PID/task.
 */
#ifndef STRUCT_PID_H
#define STRUCT_PID_H

#include <stdio.h>

#include "select.h"

/* The number of elements that a drawing has of each list. JSON has all. */
#define DRAWN_ELEMENTS 8

/* The kernel's names of the roles: enum pid_type. */
extern const char *const pid_types[NR_ROLES];

/**
 * struct task - a task
 * @pids: its PIDs or TIDs, from the root down
 * @count: number of @pids
 * @comm: name
 */
struct task {
	const unsigned int *pids;
	unsigned int count;
	const char *comm;
};

/** task_of_process - get the thread group leader of a process */
struct task task_of_process(const struct process *proc);

/**
 * task_put_pids - print the PIDs of a task, as the first part of its title
 * @file: where to print
 * @task: the task
 *
 * Prints a blank after them if the task has a name. The caller prints the name,
 * because each output has its own escapes.
 */
void task_put_pids(FILE *file, const struct task *task);

/** task_of_thread - get a thread; the task is valid as long as @thread is */
struct task task_of_thread(const struct thread *thread);

/**
 * enum pid_kind - which tasks can be on the lists of a struct pid
 * @PID_OF_PROCESS: a thread group leader, and members of a group or session
 * @PID_OF_THREAD: a thread other than a leader
 * @PID_OF_NO_TASK: only members of a group or session
 * @PID_HIDDEN: unknown, because the file has no line for the struct pid. The
 *	reader may not inspect its process, or the process has exited. Only the
 *	PID in the root is known
 */
enum pid_kind {
	PID_OF_PROCESS,
	PID_OF_THREAD,
	PID_OF_NO_TASK,
	PID_HIDDEN,
};

/**
 * struct pid_object - a struct pid
 * @kind: what is known about its tasks
 * @ns: its own namespace, at its level; the root for PID_HIDDEN
 * @task: its numbers and, for PID_OF_PROCESS and PID_OF_THREAD, the name of the
 *	task on its list PIDTYPE_PID
 * @proc: the process for PID_OF_PROCESS, otherwise NULL
 * @id: the ID for PID_OF_NO_TASK, otherwise NULL
 * @named: the user named its task
 * @brief: it belongs to another thread than the user named
 */
struct pid_object {
	enum pid_kind kind;
	const struct namespace *ns;
	struct task task;
	const struct process *proc;
	const struct id *id;
	bool named;
	bool brief;
};

/**
 * enum pointee - where a pointer to a struct pid leads
 * @TO_OBJECT: to a struct pid with a PID in the root
 * @TO_INIT_STRUCT_PID: to init_struct_pid, whose number is 0 and which is in no
 *	IDR (kernel/pid.c and init/init_task.c in 6.12)
 * @TO_OUTSIDE: to a struct pid without a PID in the root
 * @TO_UNKNOWN: unknown, because the module is older than version 0.2
 */
enum pointee {
	TO_OBJECT,
	TO_INIT_STRUCT_PID,
	TO_OUTSIDE,
	TO_UNKNOWN,
};

/**
 * struct pid_pointer - a pointer to a struct pid
 * @to: where it leads
 * @object: for TO_OBJECT, index of the struct pid
 */
struct pid_pointer {
	enum pointee to;
	size_t object;
};

/**
 * struct task_object - a task_struct
 * @task: PIDs and name of the task
 * @is_thread: the task is not the leader of its thread group
 * @thread_pid: index of its struct pid
 * @signal: index of its signal_struct
 */
struct task_object {
	struct task task;
	bool is_thread;
	size_t thread_pid;
	size_t signal;
};

/**
 * struct signal_object - a signal_struct
 * @proc: its process
 * @pids: pids[] by role, without ROLE_PID, which is thread_pid of task_structs
 * @first: index of the first task_struct that points to it
 * @nr_named: number of task_structs that point to it
 * @others: other threads of the process that procfs shows; NULL for none
 * @nr_others: number of @others
 * @all_others: number of other threads of the process; more than @nr_others if
 *	procfs was not read, or if threads have exited meanwhile
 * @others_known: procfs was read, or the process has only one thread
 */
struct signal_object {
	const struct process *proc;
	struct pid_pointer pids[NR_ROLES];
	size_t first;
	size_t nr_named;
	struct thread *others;
	size_t nr_others;
	size_t all_others;
	bool others_known;
};

/**
 * struct idr_entry - an entry of the IDR of a namespace
 * @ns: the namespace
 * @nr: the number
 * @object: index of the struct pid
 */
struct idr_entry {
	const struct namespace *ns;
	unsigned int nr;
	size_t object;
};

/**
 * struct structures - the structures behind some processes, threads and IDs
 * @snap: the snapshot
 * @tasks: the task_structs of the processes and threads
 * @nr_tasks: number of @tasks
 * @signals: their signal_structs, each once
 * @nr_signals: number of @signals
 * @signal_of: for each process of the snapshot: 0, or the index of its
 *	signal_struct plus 1
 * @objects: the struct pids, each once
 * @nr_objects: number of @objects
 * @places: hash table of @objects by PID in the root: 0, or the index plus 1
 * @nr_places: number of @places, a power of two
 * @idr: the entries with these struct pids, by namespace and number
 * @nr_entries: number of @idr
 * @whole: the root is the initial PID namespace, so levels are those of the
 *	kernel
 * @partial: process groups and sessions can have members that the file does not
 *	show
 */
struct structures {
	struct snapshot *snap;
	struct task_object *tasks;
	size_t nr_tasks;
	struct signal_object *signals;
	size_t nr_signals;
	size_t *signal_of;
	struct pid_object *objects;
	size_t nr_objects;
	size_t *places;
	size_t nr_places;
	struct idr_entry *idr;
	size_t nr_entries;
	bool whole;
	bool partial;
};

/**
 * structures_find - find the structures behind targets
 * @found: filled; release it with structures_release()
 * @snap: the snapshot
 * @targets: the targets; must outlive @found
 * @limit: maximum number of other threads of a process whose struct pids are
 *	added
 *
 * For a process with several threads, reads procfs if the snapshot is live.
 */
void structures_find(struct structures *found, struct snapshot *snap,
		     const struct targets *targets, size_t limit);

/** structures_release - free the members of structures */
void structures_release(struct structures *found);

/**
 * enum knowledge - what is known about a list of tasks
 * @LIST_COMPLETE: the list has the known tasks only
 * @LIST_PARTIAL: the list can have more tasks
 * @LIST_UNKNOWN: nothing is known, so the list has no tasks
 */
enum knowledge {
	LIST_COMPLETE,
	LIST_PARTIAL,
	LIST_UNKNOWN,
};

/**
 * struct task_list - the list tasks[] of a struct pid for one role
 * @tasks: the known tasks; the caller frees them
 * @count: number of @tasks
 * @knowledge: whether these are all
 */
struct task_list {
	struct task *tasks;
	size_t count;
	enum knowledge knowledge;
};

/**
 * pid_object_list - find the tasks on a list of a struct pid
 * @found: the structures
 * @object: the struct pid
 * @role: the list
 */
struct task_list pid_object_list(const struct structures *found,
				 const struct pid_object *object,
				 enum role role);

/**
 * pid_object_path - find the namespaces of the numbers of a struct pid
 * @object: the struct pid
 * @path: the namespaces, from the root down; as many as @object->task.count
 */
void pid_object_path(const struct pid_object *object,
		     const struct namespace *path[LEVELS]);

/**
 * structures_level - format a level
 * @found: the structures
 * @level: the level, relative to the root
 *
 * If the root is not the initial PID namespace, its level is unknown. It is
 * called r then.
 *
 * Return: such as "2" or "r+2"; the caller frees it.
 */
char *structures_level(const struct structures *found, unsigned int level);

/**
 * enum remark - what a drawing must explain
 * @REMARK_PARTIAL: lists can have tasks that are not drawn
 * @REMARK_HIDDEN: a struct pid is hidden
 * @REMARK_LEVEL: levels are relative to the root
 * @NR_REMARKS: number of remarks
 */
enum remark {
	REMARK_PARTIAL,
	REMARK_HIDDEN,
	REMARK_LEVEL,
	NR_REMARKS
};

/**
 * structures_remark - explain the limits of a drawing
 * @found: the structures
 * @remark: what to explain
 *
 * Return: one or more lines; the caller frees them. NULL if there is nothing to
 * explain.
 */
char *structures_remark(const struct structures *found, enum remark remark);

#endif /* STRUCT_PID_H */
