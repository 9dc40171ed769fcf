/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The kernel's lists of namespaces. On kernels without such lists, the iterator
 * finds nothing.
 */
#ifndef _PIDNS_TREE_LIST_H
#define _PIDNS_TREE_LIST_H

#include <linux/types.h>

struct ns_common;
struct pid_namespace;
struct user_namespace;

/**
 * struct pidtree_list - iterator over the PID namespaces that the kernel lists
 * @top: user namespace at which the iteration begins
 * @root: PID namespace whose descendants are returned
 * @owner: user namespace on whose list @entry is
 * @entry: the entry that was visited last, referenced; NULL at the end
 */
struct pidtree_list {
	struct user_namespace *top;
	struct pid_namespace *root;
	struct user_namespace *owner;
	struct ns_common *entry;
};

#ifdef HAVE_NS_OWNER_LIST
#define PIDTREE_HAS_LIST true

void pidtree_list_begin(struct pidtree_list *list, struct user_namespace *top,
			struct pid_namespace *root);
struct pid_namespace *pidtree_list_next(struct pidtree_list *list);
int pidtree_list_end(struct pidtree_list *list);
#else
#define PIDTREE_HAS_LIST false

static inline void pidtree_list_begin(struct pidtree_list *list,
				      struct user_namespace *top,
				      struct pid_namespace *root)
{
}

static inline struct pid_namespace *pidtree_list_next(struct pidtree_list *list)
{
	return NULL;
}

static inline int pidtree_list_end(struct pidtree_list *list)
{
	return 0;
}
#endif

#endif /* _PIDNS_TREE_LIST_H */
