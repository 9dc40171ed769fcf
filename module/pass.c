// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A pass over the struct pid objects of a PID namespace, in short RCU sections.
 *
 * No other file reads an IDR, except state.c, which looks up PID 1.
 */
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/pid_namespace.h>
#include <linux/radix-tree.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "pidns_tree.h"

/*
 * Number of struct pid objects in one RCU section. A longer section would delay
 * the grace periods of the whole system.
 */
#define PIDTREE_RCU_BATCH 1000

static void begin_batch(struct pidtree_pass *pass, pid_t from)
	__acquires(RCU)
{
	pass->slot = radix_tree_iter_init(&pass->iter, from);
	pass->batched = 0;
	rcu_read_lock();
}

static void end_batch(void)
	__releases(RCU)
{
	rcu_read_unlock();
	cond_resched();
}

/**
 * pidtree_pass_begin - begin a pass
 * @pass: pass to initialize
 * @ns: namespace; the caller holds a reference until pidtree_pass_end()
 * @from: lowest PID in @ns to return
 *
 * Context: Process context. Enters an RCU section, which pidtree_pass_end()
 * leaves.
 */
void pidtree_pass_begin(struct pidtree_pass *pass, struct pid_namespace *ns,
			pid_t from)
	__acquires(RCU)
{
	pass->ns = ns;
	begin_batch(pass, from);
}

/**
 * pidtree_pass_next - get the next struct pid
 * @pass: pass begun by pidtree_pass_begin()
 *
 * Returns every struct pid that stays allocated during the pass, once. A radix
 * tree node stays valid until the end of the RCU section that reached it, even
 * if it is removed meanwhile. A leaf is removed only when it is empty: in an
 * IDR, radix_tree_shrink() removes inner nodes only.
 *
 * The IDR's own iterator, idr_get_next(), descends from the root of the radix
 * tree for each struct pid. With it, on native 6.12 (User-mode Linux, 5,000
 * processes in 100 namespaces, minima with warm caches), open takes 0.22 ms
 * instead of 0.15, and a whole read 0.81 ms instead of 0.67. But nothing
 * outside of lib/ uses idr.idr_rt. If that goes away, replace @iter and @slot
 * by @nr, the PID to continue from, and the loop below by these lines::
 *
 *	pid = idr_get_next(&pass->ns->idr, &pass->nr);
 *	pass->nr++;
 *
 * Context: RCU section of the pass. After PIDTREE_RCU_BATCH struct pid objects,
 * the function leaves the section, may sleep, and enters a new one.
 * Return: a struct pid, valid until the next call, or NULL if there is none.
 * Also NULL if a fatal signal is pending between two RCU sections;
 * pidtree_pass_end() returns an error in this case.
 */
struct pid *pidtree_pass_next(struct pidtree_pass *pass)
{
	/* A PID is its own index, because idr_init() sets idr_base to 0. */
	const struct radix_tree_root *pids = &pass->ns->idr.idr_rt;
	struct pid *pid = NULL;

	if (pass->batched == PIDTREE_RCU_BATCH) {
		if (fatal_signal_pending(current))
			return NULL;
		end_batch();
		begin_batch(pass, pidtree_pass_nr(pass) + 1);
	}

	do {
		if (pass->slot)
			pass->slot = radix_tree_next_slot(pass->slot,
							  &pass->iter, 0);
		if (!pass->slot)
			pass->slot =
				radix_tree_next_chunk(pids, &pass->iter, 0);
		if (!pass->slot)
			return NULL;

		pid = radix_tree_deref_slot(pass->slot);
		if (radix_tree_deref_retry(pid)) {
			pass->slot = radix_tree_iter_retry(&pass->iter);
			pid = NULL;
		}
		/*
		 * NULL if the struct pid was removed since the iterator checked
		 * the slot. The iterator itself skips empty slots, also those
		 * of PIDs that alloc_pid() has only reserved.
		 */
	} while (!pid);
	pass->batched++;

	return pid;
}

/**
 * pidtree_pass_end - end a pass
 * @pass: pass begun by pidtree_pass_begin()
 *
 * Context: Process context, may sleep. Leaves the RCU section of the pass.
 * Return: 0, or -EINTR if a fatal signal is pending. The pass may have ended
 * early in this case: a killed process must not visit millions of struct pid
 * objects before it exits.
 */
int pidtree_pass_end(struct pidtree_pass *pass)
	__releases(RCU)
{
	end_batch();

	return fatal_signal_pending(current) ? -EINTR : 0;
}
