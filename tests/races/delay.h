/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Delay the module after each of its RCU sections, so that the grace period ends and
 * objects are freed before the module continues. A pointer that the module uses after the
 * section then refers to freed memory. rcutree.rcu_unlock_delay does the same for the
 * whole kernel, which is too slow for a delay that is as long as a grace period.
 *
 * tests/suites/races.sh appends this file to a copy of module/pidns_tree.h.
 */
#include <linux/delay.h>
#include <linux/rcupdate.h>

/* Milliseconds. Grace periods are shorter on the kernel "race". */
#define PIDTREE_RCU_DELAY 5

/* Inside the macro, the name is that of the function. */
#define rcu_read_unlock()                                                     \
	do {                                                                  \
		rcu_read_unlock();                                            \
		mdelay(PIDTREE_RCU_DELAY);                                    \
	} while (0)
