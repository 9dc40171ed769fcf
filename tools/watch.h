/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * What has changed from one look to the next.
 */
#ifndef WATCH_H
#define WATCH_H

#include "look.h"

/**
 * watch_changes - print what is in one look and not in the other
 * @before: a look
 * @now: a later one
 * @processes: tell of processes, too
 * @stamp: what each line is to begin with
 *
 * A line begins with '+' for what was born, with '-' for what has died, with
 * '~' for a namespace whose state is another; then come the words of the text.
 * A process that took over the PID of another in the same namespace is taken
 * for that one, and on kernels without a 64-bit id a namespace that took over
 * an inode number, unless its init is another.
 */
void watch_changes(const struct look *before, const struct look *now,
		   bool processes, const char *stamp);

#endif /* WATCH_H */
