/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects of the kernel made by hand, with as much in them as the module looks
 * at, and gone when the test ends. A test that cannot have one ends at once.
 */
#ifndef _PIDNS_TREE_FIXTURE_H
#define _PIDNS_TREE_FIXTURE_H

#include <kunit/test.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct cred;
struct file;
struct mm_struct;
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

struct mm_struct *fake_mm(struct kunit *test, struct user_namespace *ns,
			  int dumpable);

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

#endif /* _PIDNS_TREE_FIXTURE_H */
