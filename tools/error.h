/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Errors that a caller may survive. Only main() ends the program because of
 * them: --watch outlives a process that has exited. Lack of memory is such an
 * error while the output of the module is read and parsed, which takes the most
 * memory. Elsewhere, the function that lacks memory ends the program.
 */
#ifndef ERROR_H
#define ERROR_H

#include <stdbool.h>

/* The module is not loaded: the file that pidnstree reads does not exist. */
#define EXIT_NO_MODULE 2

/**
 * struct error - why a function failed
 * @status: exit status for a program that fails because of it
 * @transient: trying again later may succeed, for lack of memory or descriptors
 * @message: one printable line without a full stop
 */
struct error {
	int status;
	bool transient;
	char message[1024];
};

/**
 * error_set - describe an error
 * @error: filled, with EXIT_FAILURE as the status
 * @format: of the message, as for printf()
 *
 * Return: false, so that a caller can return it.
 */
bool __attribute__((format(printf, 2, 3)))
error_set(struct error *error, const char *format, ...);

/**
 * error_set_errno - the same, followed by the description of errno
 *
 * Return: false.
 */
bool __attribute__((format(printf, 2, 3)))
error_set_errno(struct error *error, const char *format, ...);

#endif /* ERROR_H */
