// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A BPF iterator over tasks that prints the same facts as pidns_tree, one line
 * per process. It runs in the kernel like the module, so it is the fastest
 * alternative.
 *
 * The structures declare only the members that are used. Their offsets are
 * relocated when the program is loaded (BPF CO-RE).
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define LEVELS 33

#define KERNEL_TYPE __attribute__((preserve_access_index))

struct ns_common {
	unsigned int inum;
} KERNEL_TYPE;

struct pid_namespace {
	struct ns_common ns;
	struct pid_namespace *parent;
} KERNEL_TYPE;

struct upid {
	int nr;
	struct pid_namespace *ns;
} KERNEL_TYPE;

struct pid {
	unsigned int level;
	struct upid numbers[];
} KERNEL_TYPE;

enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
	PIDTYPE_PGID,
	PIDTYPE_SID,
	PIDTYPE_MAX,
};

struct signal_struct {
	int nr_threads;
	struct pid *pids[PIDTYPE_MAX];
} KERNEL_TYPE;

struct cred {
	struct {
		unsigned int val;
	} uid;
} KERNEL_TYPE;

struct task_struct {
	unsigned int __state;
	int exit_state;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct pid *thread_pid;
	const struct cred *real_cred;
	char comm[16];
	struct signal_struct *signal;
} KERNEL_TYPE;

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} KERNEL_TYPE;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} KERNEL_TYPE;

/* The layout of struct upid on the kernel of the bench, to copy an array. */
struct number {
	int nr;
	struct pid_namespace *ns;
};

static struct number numbers[LEVELS];

SEC("iter/task")
int print_process(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	unsigned int inum, parent = 0, level, state;
	int pgid, sid;
	struct pid_namespace *ns, *up;
	struct pid *pid;

	if (!task || task->pid != task->tgid)
		return 0;
	pid = task->thread_pid;
	if (!pid)
		return 0;
	level = pid->level;
	if (level >= LEVELS)
		return 0;
	if (bpf_probe_read_kernel(numbers, (level + 1) * sizeof(*numbers),
				  &pid->numbers))
		return 0;

	ns = numbers[level].ns;
	inum = BPF_CORE_READ(ns, ns.inum);
	up = BPF_CORE_READ(ns, parent);
	if (up)
		parent = BPF_CORE_READ(up, ns.inum);

	/* The iterator runs in the initial PID namespace: level 0. */
	pgid = BPF_CORE_READ(task, signal, pids[PIDTYPE_PGID], numbers[0].nr);
	sid = BPF_CORE_READ(task, signal, pids[PIDTYPE_SID], numbers[0].nr);

	/* Levels 0 and 1 are the most frequent: print them with one call. */
	state = task->__state | task->exit_state;
	if (level == 0) {
		BPF_SEQ_PRINTF(seq,
			       "%u %u %d ppid=%d pgid=%d sid=%d threads=%d state=%x uid=%u comm=%s\n",
			       inum, parent, numbers[0].nr,
			       task->real_parent->tgid, pgid, sid,
			       task->signal->nr_threads, state,
			       task->real_cred->uid.val, task->comm);
		return 0;
	}
	if (level == 1) {
		BPF_SEQ_PRINTF(seq,
			       "%u %u %d,%d ppid=%d pgid=%d sid=%d threads=%d state=%x uid=%u comm=%s\n",
			       inum, parent, numbers[0].nr, numbers[1].nr,
			       task->real_parent->tgid, pgid, sid,
			       task->signal->nr_threads, state,
			       task->real_cred->uid.val, task->comm);
		return 0;
	}

	BPF_SEQ_PRINTF(seq, "%u %u %d", inum, parent, numbers[0].nr);
	for (unsigned int i = 1; i < LEVELS && i <= level; i++)
		BPF_SEQ_PRINTF(seq, ",%d", numbers[i].nr);
	BPF_SEQ_PRINTF(seq, " ppid=%d pgid=%d sid=%d threads=%d state=%x uid=%u comm=%s\n",
		       task->real_parent->tgid, pgid, sid,
		       task->signal->nr_threads, state,
		       task->real_cred->uid.val, task->comm);

	return 0;
}

char licence[] SEC("license") = "GPL";
