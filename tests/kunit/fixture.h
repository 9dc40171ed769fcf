/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Fake kernel objects with the members that the module uses. KUnit frees them
 * at the end of the test. A test whose allocation fails ends at once.
 */
#ifndef _PIDNS_TREE_FIXTURE_H
#define _PIDNS_TREE_FIXTURE_H

#include <kunit/test.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct cred;
struct file;
struct ns_common;
struct pid_namespace;
struct pidtree;
struct pidtree_access;
struct pidtree_node;
struct pidtree_entry;
struct task_struct;
struct user_namespace;

/*
 * User namespaces of a test: the initial one, a child that the opener owns, a
 * child of that one, and a child of the initial one that another user owns.
 */
enum userns {
	INIT,
	OWNED,
	OWNED_CHILD,
	OTHER,
	NR_USERNS,
};

/*
 * Initial reference count of a fake namespace or struct pid. It is high, so that
 * a bug that drops too many references does not free the object.
 */
#define FAKE_REFS 100000

void *fake_alloc(struct kunit *test, size_t size);

/* Get the reference count of a namespace; its name depends on the kernel. */
refcount_t *ns_refs(struct ns_common *ns);

/* Set the 64-bit ID of a namespace, on kernels whose namespaces have one. */
void fake_nsid(struct pid_namespace *ns, u64 nsid);

/*
 * Skip a test that needs @userns if the kernel has only the initial user
 * namespace: get_user_ns() then returns that one.
 */
#define skip_without_userns(test, userns)                                     \
	do {                                                                  \
		if (!IS_ENABLED(CONFIG_USER_NS) && (userns) != INIT)          \
			kunit_skip(test, "the kernel has one user namespace"); \
	} while (0)

struct user_namespace *fake_user_ns(struct kunit *test,
				    struct user_namespace *parent,
				    unsigned int owner);

struct pid_namespace *fake_pid_ns(struct kunit *test,
				  struct pid_namespace *parent,
				  unsigned int inum);

/*
 * Make credentials without capabilities whose user and group IDs are all @id.
 * Create @ns before, so that KUnit frees it after the credentials.
 */
struct cred *fake_cred(struct kunit *test, struct user_namespace *ns,
		       unsigned int id);

struct file *fake_file(struct kunit *test, const struct cred *opener);

/* @numbers has a PID for each level, outermost first: @ns->level + 1 PIDs. */
struct pid *fake_pid(struct kunit *test, struct pid_namespace *ns,
		     const pid_t *numbers);

/*
 * Make a process, or a thread of @leader. The task sleeps and is dumpable. Its
 * parent is init_task, its pid_ns_for_children is its own namespace, and its
 * process group and session are those of kernel threads, whose lists of members
 * it is not on.
 */
struct task_struct *fake_process(struct kunit *test, struct pid *pid,
				 const struct cred *cred);
struct task_struct *fake_thread(struct kunit *test, struct pid *pid,
				struct task_struct *leader);

/*
 * Make the process of @task a member of the process group (PIDTYPE_PGID) or
 * session (PIDTYPE_SID) with this ID.
 */
void fake_member(struct task_struct *task, struct pid *id, enum pid_type type);

/* The values of PR_SET_DUMPABLE; their names in the kernel have changed. */
enum dumpable {
	DUMPABLE_OFF,
	DUMPABLE_OWNER,
	DUMPABLE_ROOT,
};

/* Give @task an mm whose user namespace is @ns. */
void fake_memory(struct kunit *test, struct task_struct *task,
		 struct user_namespace *ns, enum dumpable dumpable);

/* Remove the mm of @task, as exit_mm() does. */
void fake_exit_mm(struct task_struct *task, enum dumpable dumpable);

/* The kernel records whether the mm of an exiting task was dumpable. */
extern const bool fake_dumpable_recorded;

/* Fill in what an opener with one ID for all its user and group IDs may see. */
void fake_access(struct kunit *test, struct pidtree_access *access,
		 unsigned int id, bool all);

/*
 * Get the first entry whose PID in the namespace of @node is at least @from.
 */
bool next_entry(struct pidtree *tree, const struct pidtree_node *node,
		pid_t from, struct pidtree_entry *entry);

#endif /* _PIDNS_TREE_FIXTURE_H */
