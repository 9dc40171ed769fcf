// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Any bytes as a /proc/PID/cgroup.
 */
#include <stdlib.h>
#include <string.h>

#include "container.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct container container;
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	container_parse(text, &container);
	if (container.id && container_has_hash(&container) &&
	    strlen(container.id) <= CONTAINER_SHORT)
		abort();
	container_release(&container);
	free(text);

	return 0;
}
