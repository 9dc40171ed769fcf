/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * --watch: takes a snapshot at each interval and prints the changes, on a
 * screen if standard output is a terminal, otherwise as lines.
 */
#ifndef WATCH_H
#define WATCH_H

#include "options.h"

/**
 * watch - print changes until nothing that the operands name is left
 * @options: the command line
 * @error: filled on error
 *
 * On a terminal, the user can quit. If memory or descriptors are short, watch()
 * skips a snapshot.
 *
 * Return: false on error: if an operand names nothing in the first snapshot, or
 * if the file can no longer be read.
 */
bool watch(const struct options *options, struct error *error);

#endif /* WATCH_H */
