/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Look again and again: a screen on a terminal, lines elsewhere.
 */
#ifndef WATCH_H
#define WATCH_H

#include "options.h"

/**
 * watch - print changes until what was asked for has ended
 * @options: what was asked for
 * @error: filled on error
 *
 * On a terminal the user ends it, too. Lack of memory or descriptors is no
 * error: the look is left out.
 *
 * Return: false on error, if nothing was there at first or the module has gone.
 */
bool watch(const struct options *options, struct error *error);

#endif /* WATCH_H */
