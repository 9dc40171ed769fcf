// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

bool error_set(struct error *error, const char *format, ...)
{
	va_list args;

	error->status = EXIT_FAILURE;
	error->transient = false;
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);

	return false;
}

bool error_set_errno(struct error *error, const char *format, ...)
{
	int number = errno;
	va_list args;
	size_t len;

	error->status = EXIT_FAILURE;
	error->transient = number == ENOMEM || number == EMFILE ||
			   number == ENFILE || number == EAGAIN;
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	len = strlen(error->message);
	snprintf(error->message + len, sizeof(error->message) - len, ": %s",
		 strerror(number));

	return false;
}
