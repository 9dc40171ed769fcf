/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Run pidnstree and other programs, and read their output.
 */
#ifndef RUN_H
#define RUN_H

#include <json-c/json.h>
#include <stdio.h>
#include <sys/types.h>

#define TOOL "pidnstree"

/**
 * struct run - result of a program
 * @status: exit status
 * @out: standard output
 * @err: standard error
 */
struct run {
	int status;
	char *out;
	char *err;
};

/**
 * run_tool - run pidnstree
 * @format: format of the arguments, which are separated by spaces
 *
 * Fails the test if a signal terminates pidnstree.
 *
 * Return: the result; the caller frees it with free_run().
 */
struct run __attribute__((format(printf, 1, 2)))
run_tool(const char *format, ...);

/** run_as - run pidnstree as a user without supplementary groups */
struct run __attribute__((format(printf, 2, 3)))
run_as(uid_t user, const char *format, ...);

/** run_program - run a program in PATH; its name is before the arguments */
struct run __attribute__((format(printf, 1, 2)))
run_program(const char *format, ...);

/** free_run - free the output of a program */
void free_run(struct run *run);

/** exec_tool - execute pidnstree; spaces separate the arguments */
void __attribute__((noreturn)) exec_tool(const char *arguments);

/**
 * start_tool_to - start pidnstree in the background
 * @child: set to its PID
 * @arguments: arguments, separated by spaces
 * @fds: a pipe or a pair of sockets: pidnstree writes both its outputs to the
 *	second one, which is closed here
 *
 * Return: a stream that reads from the first one.
 */
FILE *start_tool_to(pid_t *child, const char *arguments, const int *fds);

/** start_tool - start pidnstree in the background, with a pipe */
FILE *start_tool(pid_t *child, const char *arguments);

/**
 * wait_for_line - read lines until one contains @wanted
 *
 * Fails the test at the end of the file.
 *
 * Return: the line, in a static buffer.
 */
const char *wait_for_line(FILE *out, const char *wanted);

/** open_temporary - create and open a file without a name */
int open_temporary(void);

/**
 * read_back - read a file from its start, and close it
 *
 * Return: the contents with a NUL appended; the caller frees them.
 */
char *read_back(int fd);

/**
 * check_error - check that a program failed, and free @run
 * @run: result of the program
 * @status: expected exit status
 * @message: expected part of the only line of standard error
 *
 * Standard output must be empty.
 */
void check_error(struct run run, int status, const char *message);

/** parse_json - parse standard output; standard error must be empty */
struct json_object *parse_json(const struct run *run);

/** get - get the value of a key; fail the test if there is no such key */
struct json_object *get(struct json_object *object, const char *key);

/** get_number - get the value of a key, which must be an integer */
long long get_number(struct json_object *object, const char *key);

/** get_string - get the value of a key, which must be a string */
const char *get_string(struct json_object *object, const char *key);

/** inum_of - get the inode number of the PID namespace of a process */
unsigned int inum_of(pid_t pid);

#endif /* RUN_H */
