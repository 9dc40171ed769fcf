/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Objects of the kernel made by hand, with as much in them as the module looks
 * at, and gone when the test ends. A test that cannot have one ends at once.
 */
#ifndef _PIDNS_TREE_FIXTURE_H
#define _PIDNS_TREE_FIXTURE_H

#include <kunit/test.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct cred;
struct file;
struct ns_common;
struct pid;
struct pid_namespace;
struct task_struct;
struct user_namespace;

/* Which user namespace: the initial one, and two chains that begin there. */
enum userns {
	INIT,
	MINE,
	BELOW_MINE,
	OTHER,
	NR_USERNS,
};

/*
 * References that a namespace has from the start: more than any mistake gives
 * back, as there is nothing behind it that could be destroyed.
 */
#define FAKE_REFS 100000

void *fake_alloc(struct kunit *test, size_t size);

/* The reference count of a namespace, whose name depends on the kernel. */
refcount_t *ns_refs(struct ns_common *ns);

/* Set the 64-bit id of a namespace, on kernels whose namespaces have one. */
void fake_nsid(struct pid_namespace *ns, u64 nsid);

struct user_namespace *fake_user_ns(struct kunit *test,
				    struct user_namespace *parent,
				    unsigned int owner);

struct pid_namespace *fake_pid_ns(struct kunit *test,
				  struct pid_namespace *parent,
				  unsigned int inum);

/*
 * Credentials with one id for all six and for the files, and no capability.
 * @ns must have been made before.
 */
struct cred *fake_cred(struct kunit *test, struct user_namespace *ns,
		       unsigned int id);

struct file *fake_file(struct kunit *test, const struct cred *opener);

/* @numbers are outermost first, one for each level of @ns and those above. */
struct pid *fake_pid(struct kunit *test, struct pid_namespace *ns,
		     const pid_t *numbers);

/*
 * A process, or a thread of @leader, which sleeps, is a child of nobody here,
 * may be inspected by its owner, and whose children stay where it is.
 */
struct task_struct *fake_process(struct kunit *test, struct pid *pid,
				 const struct cred *cred);
struct task_struct *fake_thread(struct kunit *test, struct pid *pid,
				struct task_struct *leader);

/* The values of PR_SET_DUMPABLE; their names in the kernel have changed. */
enum dumpable {
	DUMPABLE_OFF,
	DUMPABLE_OWNER,
	DUMPABLE_ROOT,
};

/* Give @task memory that belongs to @ns. */
void fake_memory(struct kunit *test, struct task_struct *task,
		 struct user_namespace *ns, enum dumpable dumpable);

/* Take the memory away, as exit_mm() does. */
void fake_exit_mm(struct task_struct *task, enum dumpable dumpable);

/* Whether the kernel records that a task without memory was dumpable. */
extern const bool fake_mm_is_remembered;

#endif /* _PIDNS_TREE_FIXTURE_H */
