/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Run pidnstree and other programs, and read what they print.
 */
#ifndef RUN_H
#define RUN_H

#include <json-c/json.h>
#include <sys/types.h>

#define TOOL "pidnstree"

/** struct run - what a program printed, and its exit status */
struct run {
	int status;
	char *out;
	char *err;
};

/**
 * run_tool - run pidnstree
 * @format: its arguments, with spaces between
 *
 * Fails the test if a signal ends it.
 *
 * Return: to be freed with free_run().
 */
struct run __attribute__((format(printf, 1, 2)))
run_tool(const char *format, ...);

/** run_as - run pidnstree as a user, who is in no other group */
struct run __attribute__((format(printf, 2, 3)))
run_as(uid_t user, const char *format, ...);

/** run_program - run a program of PATH; the first word is its name */
struct run __attribute__((format(printf, 1, 2)))
run_program(const char *format, ...);

void free_run(struct run *run);

/** exec_tool - become pidnstree with these arguments, with spaces between */
void __attribute__((noreturn)) exec_tool(const char *words);

/** open_temporary - open a file without a name */
int open_temporary(void);

/**
 * read_back - read a file from its start, and close it
 *
 * Return: its bytes and a NUL, to be freed.
 */
char *read_back(int fd);

/** check_refused - expect one line of error with these words, and free @run */
void check_refused(struct run run, int status, const char *words);

/** parse_json - parse what a program printed without any error or warning */
struct json_object *parse_json(const struct run *run);

/** get - the value of a key; fails the test if there is no such key */
struct json_object *get(struct json_object *object, const char *key);

/** get_number - the value of a key, which must be an integer */
long long get_number(struct json_object *object, const char *key);

/** get_string - the value of a key, which must be a string */
const char *get_string(struct json_object *object, const char *key);

/**
 * nspid - the PIDs of a process or the TIDs of a thread, as the kernel lists them
 * @task: PID or TID
 * @pids: filled, outermost first; room for MAX_LEVELS
 *
 * Return: how many there are.
 */
int nspid(pid_t task, int *pids);

/** inum_of - inode number of the PID namespace of a process */
unsigned int inum_of(pid_t pid);

#endif /* RUN_H */
