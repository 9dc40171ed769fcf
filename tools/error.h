/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Errors that are returned to main(), which ends the program, or to --watch,
 * which may continue. Reading and parsing the file needs the most memory, so a
 * lack of memory there is returned as well. Any other function ends the program
 * if memory is short.
 */
#ifndef ERROR_H
#define ERROR_H

#include <stdbool.h>

/* Exit status if the file does not exist: the module is not loaded. */
#define EXIT_NO_MODULE 2

/**
 * struct error - why a function failed
 * @status: exit status of the program
 * @transient: a retry may succeed: memory or descriptors were short
 * @message: one printable line without a full stop
 */
struct error {
	int status;
	bool transient;
	char message[1024];
};

/**
 * error_set - describe an error
 * @error: filled; the status is EXIT_FAILURE
 * @format: format of the message, as for printf()
 *
 * Return: false, so that the caller can return it.
 */
bool __attribute__((format(printf, 2, 3)))
error_set(struct error *error, const char *format, ...);

/**
 * error_set_errno - describe an error and append the description of errno
 * @error: filled; the status is EXIT_FAILURE
 * @format: format of the message, as for printf()
 *
 * Return: false.
 */
bool __attribute__((format(printf, 2, 3)))
error_set_errno(struct error *error, const char *format, ...);

#endif /* ERROR_H */
