/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Check a student's module: exercise.ko, which prints to the kernel log or
 * creates /proc/exercise. The requirements of each exercise are tests of
 * ktap.h. The name of a test begins with its points.
 */
#ifndef EXERCISE_H
#define EXERCISE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ktap.h"
#include "view.h"

#define EXERCISE "/proc/exercise"

/* Output of EXERCISE that is longer does not end. */
#define MAX_OUTPUT (1024 * 1024)

/* The requirements of each exercise. */
extern const struct test numbers_tests[], lists_tests[], seq_tests[],
	idr_tests[], access_tests[];
extern const size_t nr_numbers_tests, nr_lists_tests, nr_seq_tests,
	nr_idr_tests, nr_access_tests;

/**
 * struct text - a string that grows
 * @start: the string, NUL-terminated, or NULL if nothing was added
 * @len: its length
 *
 * Tests exit soon, so they do not free it.
 */
struct text {
	char *start;
	size_t len;
};

/** add - append to a text, as printf() */
void __attribute__((format(printf, 2, 3)))
add(struct text *text, const char *format, ...);

/**
 * try_load_exercise - load the student's module with these parameters
 *
 * Unloads it first if a test before has left it loaded.
 *
 * Return: 0, or the errno of finit_module(2).
 */
int try_load_exercise(const char *parameters);

/** load_exercise - load the student's module, which must succeed */
void load_exercise(const char *parameters);

/** load_for - load the student's module with the parameter pid= */
void load_for(pid_t pid);

/**
 * unload_exercise - unload the student's module
 *
 * Fails the test if EXERCISE still exists.
 */
void unload_exercise(void);

/** open_exercise - open EXERCISE, which must exist */
int open_exercise(void);

/** drain - read from a descriptor to its end, in pieces of this size */
char *drain(int fd, size_t piece);

/** read_exercise - read EXERCISE from the beginning to its end */
char *read_exercise(void);

/* A descriptor that get_descriptor() duplicates. */
#define CHILD_FD 100

/** get_descriptor - duplicate CHILD_FD of another process into this one */
int get_descriptor(pid_t pid);

/**
 * compare_lines - fail the test unless two texts are equal
 * @expected: the lines that the exercise demands, or NULL for none
 * @got: the lines of the student's module
 *
 * Reports the first line that differs.
 */
void compare_lines(const char *expected, const char *got);

/**
 * same_lines - whether two texts are equal, for a comparison that is repeated
 */
bool same_lines(const char *expected, const char *got);

/** read_sorted - read a view whose processes are in the order of their PIDs */
void read_sorted(struct view *view);

/** add_name - append a comm to a text, escaped as the exercises demand */
void add_name(struct text *text, const char *name);

/** skip_log - let read_log() begin with what the kernel logs from now on */
void skip_log(void);

/**
 * read_log - read what the student's module has logged since skip_log()
 *
 * Return: the lines that begin with "exercise: ", without this prefix.
 */
char *read_log(void);

/**
 * struct churn - a process that creates and reaps children all the time
 * @last: PID of its newest child
 * @rounds: number of children so far
 */
struct churn {
	atomic_int last;
	atomic_uint rounds;
};

/**
 * start_churn - start a process that creates and reaps children
 * @flags: flags of clone(2) for each child, such as CLONE_NEWPID
 * @group: process group that each child joins, or 0
 *
 * Return: what it has done so far, in shared memory.
 */
const struct churn *start_churn(int flags, pid_t group);

/**
 * struct left - objects of the kernel, before a loop that may leak them
 * @pids: count_objects(): namespaces and the struct pids in them
 * @tasks: number of struct task_struct
 */
struct left {
	long pids;
	long tasks;
};

/**
 * count_left - wait until the objects of earlier tests are freed
 *
 * Return: the number of objects that stay.
 */
struct left count_left(void);

/**
 * check_left - wait until the objects of a test are freed
 * @before: value of count_left() at the beginning of the test
 *
 * Fails the test if a namespace, a struct pid in a namespace, or many tasks
 * stay allocated. All processes of the test must have been reaped.
 */
void check_left(const struct left *before);

#endif /* EXERCISE_H */
