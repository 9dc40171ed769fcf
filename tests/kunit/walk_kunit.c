// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * What the walk finds, in worlds made by hand.
 */
#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "fixture.h"
#include "pidns_tree.h"

#define MAX_NS 6
#define MAX_PIDS 12
#define MAX_NUMBERS 4
#define TEXT_SIZE 512

/* Namespaces are told apart by inum in what is expected. */
#define FIRST_INUM 4026532000U

/* The opener, who sees what is theirs, and somebody else. */
#define ME 1000
#define SOMEBODY 7

/*
 * What a pid is of. A ZOMBIE has no nsproxy any more. RELEASED is one that is
 * about to lose its pid. NOBODY is no task: not attached yet, or kept as the id
 * of a group. LATE is a process born after the walk has passed its number in
 * the root. UNMET is one that the walk meets too early to see a task, though
 * there is one when it has ended.
 */
enum kind {
	PROCESS,
	THREAD,
	ZOMBIE,
	RELEASED,
	NOBODY,
	LATE,
	UNMET,
};

struct world_pid {
	pid_t nr[MAX_NUMBERS];
	unsigned int ns;
	enum kind kind;
	/* For a thread: which of the pids before is that of its process. */
	unsigned int leader;
	/* Where its children are to be born, if not where it is itself. */
	unsigned int for_children;
	bool hidden;
};

/*
 * Namespace 0 is the root, others are in those before them. What is expected
 * has a line for each namespace that is shown: number, state, PIDs of its init,
 * count of processes, holder; and after a colon the processes found in it.
 */
struct world {
	const char *desc;
	const char *found;
	bool all;
	bool closed_above;
	unsigned int parents[MAX_NS];
	bool closed[MAX_NS];
	struct world_pid pids[MAX_PIDS];
};

static const struct world worlds[] = {
	{
		.desc = "processes of the root, with gaps",
		.found = "0 active init=1 nprocs=3 for_children=0: 1 5 4194303\n",
		.pids = {
			{ { 1 } },
			{ { 4194303 } },
			{ { 5 } },
		},
	},
	{
		.desc = "nobody at all",
		.found = "",
	},
	{
		.desc = "nobody at all, for one who sees all",
		.found = "0 pending init=- nprocs=0 for_children=0:\n",
		.all = true,
	},
	{
		.desc = "threads are no processes",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n",
		.pids = {
			{ { 1 } },
			{ { 2 } },
			{ { 3 }, .kind = THREAD, .leader = 1 },
			{ { 4 }, .kind = THREAD, .leader = 0 },
		},
	},
	{
		.desc = "pids without a task",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 9\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .kind = NOBODY },
			{ { 3, 1 }, .ns = 1, .kind = NOBODY },
			{ { 9 } },
		},
	},
	{
		.desc = "one namespace below",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n"
			 "1 active init=20,1 nprocs=2 for_children=0: 20,1 21,7\n",
		.pids = {
			{ { 1 } },
			{ { 20, 1 }, .ns = 1 },
			{ { 21, 7 }, .ns = 1 },
		},
	},
	{
		.desc = "siblings by the PIDs of their inits",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n"
			 "3 active init=5,1 nprocs=1 for_children=0: 5,1\n"
			 "1 active init=6,1 nprocs=1 for_children=0: 6,1\n"
			 "2 active init=7,1 nprocs=2 for_children=0: 7,1 4,2\n",
		.pids = {
			{ { 1 } },
			{ { 4, 2 }, .ns = 2 },
			{ { 5, 1 }, .ns = 3 },
			{ { 6, 1 }, .ns = 1 },
			{ { 7, 1 }, .ns = 2 },
		},
	},
	{
		.desc = "a parent whose init has the higher PID",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n"
			 "3 active init=8,1 nprocs=1 for_children=0: 8,1\n"
			 "1 active init=9,1 nprocs=1 for_children=0: 9,1\n"
			 "2 active init=5,3,1 nprocs=1 for_children=0: 5,3,1\n",
		.parents = { [2] = 1 },
		.pids = {
			{ { 1 } },
			{ { 9, 1 }, .ns = 1 },
			{ { 5, 3, 1 }, .ns = 2 },
			{ { 8, 1 }, .ns = 3 },
		},
	},
	{
		.desc = "no init, others by inum, after those with one",
		.found = "0 active init=1 nprocs=3 for_children=0: 1 2 3\n"
			 "3 active init=9,1 nprocs=1 for_children=0: 9,1\n"
			 "1 pending init=- nprocs=0 for_children=3:\n"
			 "2 pending init=- nprocs=0 for_children=2:\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 2 },
			{ { 3 }, .for_children = 1 },
			{ { 9, 1 }, .ns = 3 },
		},
	},
	{
		.desc = "a thread holds a namespace, its process none",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 pending init=- nprocs=0 for_children=3:\n",
		.pids = {
			{ { 1 } },
			{ { 2 } },
			{ { 3 }, .kind = THREAD, .leader = 1, .for_children = 1 },
		},
	},
	{
		.desc = "the holder is the first one",
		.found = "0 active init=1 nprocs=3 for_children=0: 1 6 7\n"
			 "1 pending init=- nprocs=0 for_children=6:\n",
		.pids = {
			{ { 1 } },
			{ { 7 }, .for_children = 1 },
			{ { 6 }, .for_children = 1 },
		},
	},
	{
		.desc = "the holder is inside another namespace",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n"
			 "1 active init=7,1 nprocs=1 for_children=0: 7,1\n"
			 "2 pending init=- nprocs=0 for_children=7:\n",
		.parents = { [2] = 1 },
		.pids = {
			{ { 1 } },
			{ { 7, 1 }, .ns = 1, .for_children = 2 },
		},
	},
	{
		.desc = "a holder and an init",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 active init=3,1 nprocs=1 for_children=2: 3,1\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
			{ { 3, 1 }, .ns = 1 },
		},
	},
	{
		.desc = "dead, with a holder",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 dead init=- nprocs=0 for_children=2:\n",
		.closed = { [1] = true },
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
		},
	},
	{
		.desc = "dead, its number 1 the id of a group",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 dead init=- nprocs=0 for_children=2:\n",
		.closed = { [1] = true },
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
			{ { 3, 1 }, .ns = 1, .kind = NOBODY },
		},
	},
	{
		.desc = "dead, others not gone as its init is",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 dead init=- nprocs=0 for_children=2: 3,2\n",
		.closed = { [1] = true },
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
			{ { 3, 2 }, .ns = 1 },
		},
	},
	{
		.desc = "pending, its number 1 not attached yet",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 pending init=- nprocs=0 for_children=2:\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
			{ { 3, 1 }, .ns = 1, .kind = NOBODY },
		},
	},
	{
		.desc = "dead under dead",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 dead init=- nprocs=0 for_children=0:\n"
			 "2 dead init=- nprocs=0 for_children=0:\n"
			 "3 dead init=- nprocs=0 for_children=2:\n",
		.parents = { [2] = 1, [3] = 2 },
		.closed = { [1] = true, [2] = true, [3] = true },
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 3 },
		},
	},
	{
		.desc = "not even born, but under a dead one",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 dead init=- nprocs=0 for_children=0:\n"
			 "2 dead init=- nprocs=0 for_children=2:\n",
		.parents = { [2] = 1 },
		.closed = { [1] = true },
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 2 },
		},
	},
	{
		.desc = "dying, the init a zombie",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n"
			 "1 dying init=2,1 nprocs=1 for_children=0: 2,1\n",
		.closed = { [1] = true },
		.pids = {
			{ { 1 } },
			{ { 2, 1 }, .ns = 1, .kind = ZOMBIE },
		},
	},
	{
		.desc = "dying, because one above is",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n"
			 "1 dying init=2,1 nprocs=1 for_children=0: 2,1\n"
			 "2 dying init=3,2,1 nprocs=1 for_children=0: 3,2,1\n",
		.parents = { [2] = 1 },
		.closed = { [1] = true },
		.pids = {
			{ { 1 } },
			{ { 2, 1 }, .ns = 1 },
			{ { 3, 2, 1 }, .ns = 2 },
		},
	},
	{
		.desc = "a zombie that leads living threads",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n"
			 "1 active init=2,1 nprocs=1 for_children=0: 2,1\n",
		.pids = {
			{ { 1 } },
			{ { 2, 1 }, .ns = 1, .kind = ZOMBIE },
			{ { 3, 2 }, .ns = 1, .kind = THREAD, .leader = 1 },
		},
	},
	{
		.desc = "released, a moment before its pid is detached",
		.found = "0 active init=1 nprocs=2 for_children=0: 1\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .kind = RELEASED },
		},
	},
	{
		.desc = "init hidden",
		.found = "0 active init=? nprocs=0 for_children=0:\n"
			 "1 active init=? nprocs=1 for_children=0: 3,2\n",
		.pids = {
			{ { 1 }, .hidden = true },
			{ { 2, 1 }, .ns = 1, .hidden = true },
			{ { 3, 2 }, .ns = 1 },
			{ { 4, 3 }, .ns = 1, .hidden = true },
		},
	},
	{
		.desc = "hidden inits by inum, between known ones and none",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n"
			 "4 active init=9,1 nprocs=1 for_children=0: 9,1\n"
			 "1 active init=? nprocs=1 for_children=0: 7,2\n"
			 "2 active init=? nprocs=1 for_children=0: 6,2\n"
			 "3 pending init=- nprocs=0 for_children=1:\n",
		.pids = {
			{ { 1 }, .for_children = 3 },
			{ { 4, 1 }, .ns = 2, .hidden = true },
			{ { 5, 1 }, .ns = 1, .hidden = true },
			{ { 6, 2 }, .ns = 2 },
			{ { 7, 2 }, .ns = 1 },
			{ { 9, 1 }, .ns = 4 },
		},
	},
	{
		.desc = "a namespace of others hidden",
		.found = "0 active init=? nprocs=1 for_children=0: 9\n"
			 "2 active init=4,1 nprocs=1 for_children=0: 4,1\n",
		.pids = {
			{ { 1 }, .hidden = true },
			{ { 2, 1 }, .ns = 1, .hidden = true },
			{ { 3, 5, 1 }, .ns = 3, .hidden = true },
			{ { 4, 1 }, .ns = 2 },
			{ { 9 } },
		},
		.parents = { [3] = 2 },
	},
	{
		.desc = "all hidden",
		.found = "",
		.pids = {
			{ { 1 }, .hidden = true },
			{ { 2, 1 }, .ns = 1, .hidden = true },
			{ { 3 }, .for_children = 2, .hidden = true },
		},
	},
	{
		.desc = "nothing hidden from one who sees all",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 3\n"
			 "1 active init=2,1 nprocs=1 for_children=0: 2,1\n"
			 "2 pending init=- nprocs=0 for_children=3:\n",
		.all = true,
		.pids = {
			{ { 1 }, .hidden = true },
			{ { 2, 1 }, .ns = 1, .hidden = true },
			{ { 3 }, .for_children = 2, .hidden = true },
		},
	},
	{
		.desc = "holder hidden",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1, .hidden = true },
		},
	},
	{
		.desc = "one holder of two hidden",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 3\n"
			 "1 pending init=- nprocs=0 for_children=3:\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1, .hidden = true },
			{ { 3 }, .for_children = 1 },
		},
	},
	{
		.desc = "parents shown for a hidden root's child",
		.found = "0 active init=? nprocs=0 for_children=0:\n"
			 "1 active init=? nprocs=0 for_children=0:\n"
			 "2 active init=3,2,1 nprocs=1 for_children=0: 3,2,1\n",
		.parents = { [2] = 1 },
		.pids = {
			{ { 1 }, .hidden = true },
			{ { 2, 1 }, .ns = 1, .hidden = true },
			{ { 3, 2, 1 }, .ns = 2 },
		},
	},
	{
		.desc = "born after the walk has passed",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n",
		.parents = { [2] = 1 },
		.pids = {
			{ { 1 } },
			{ { 2 } },
			{ { 3, 1 }, .ns = 1, .kind = LATE },
			{ { 4, 2, 1 }, .ns = 2 },
		},
	},
	{
		.desc = "held, and born after the walk has passed",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 pending init=- nprocs=0 for_children=2: 3,1\n"
			 "2 active init=4,2,1 nprocs=1 for_children=0: 4,2,1\n",
		.parents = { [2] = 1 },
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
			{ { 3, 1 }, .ns = 1, .kind = LATE },
			{ { 4, 2, 1 }, .ns = 2 },
		},
	},
	{
		.desc = "the root's init born after the walk has passed",
		.found = "0 active init=? nprocs=1 for_children=0: 1 2\n",
		.pids = {
			{ { 1 }, .kind = UNMET },
			{ { 2 } },
		},
	},
	{
		.desc = "two levels at once, the upper one unknown",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n"
			 "1 dead init=- nprocs=0 for_children=0:\n"
			 "2 dying init=3,2,1 nprocs=1 for_children=0: 3,2,1\n"
			 "3 dying init=4,3,2,1 nprocs=1 for_children=0: 4,3,2,1\n",
		.parents = { [2] = 1, [3] = 2 },
		.closed = { [1] = true },
		.pids = {
			{ { 1 } },
			{ { 4, 3, 2, 1 }, .ns = 3 },
			{ { 3, 2, 1 }, .ns = 2 },
		},
	},
	{
		.desc = "what is above the root is shut down",
		.found = "0 dying init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 dead init=- nprocs=0 for_children=2:\n",
		.closed_above = true,
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
		},
	},
};

KUNIT_ARRAY_PARAM_DESC(world, worlds, desc);

/*
 * The root itself may be anywhere. What is found is the same, as its numbers
 * begin there; those above are as high as no number in a world is.
 */
static pid_t number_above(unsigned int level, unsigned int index)
{
	return 10000000 * (level + 1) + index;
}

static struct task_struct *make_task(struct kunit *test,
				     const struct world_pid *param,
				     struct pid *pid, struct pid_namespace **ns,
				     struct task_struct **tasks,
				     const struct cred *cred)
{
	struct task_struct *task;

	switch (param->kind) {
	case THREAD:
		task = fake_thread(test, pid, tasks[param->leader]);
		break;
	case NOBODY:
		return NULL;
	case LATE:
		idr_remove(&ns[0]->idr, param->nr[0]);
		fallthrough;
	default:
		task = fake_process(test, pid, cred);
		break;
	}

	if (param->kind == ZOMBIE) {
		task->exit_state = EXIT_ZOMBIE;
		task->nsproxy = NULL;
	}
	if (param->kind == UNMET)
		hlist_del_init_rcu(&task->pid_links[PIDTYPE_PID]);
	if (param->kind == RELEASED)
		task->signal->nr_threads = 0;
	if (param->for_children)
		task->nsproxy->pid_ns_for_children = ns[param->for_children];

	return task;
}

/* Make a world whose root is at a level. */
static void make_world(struct kunit *test, const struct world *world,
		       unsigned int level, struct pid_namespace **ns)
{
	struct cred *mine = fake_cred(test, &init_user_ns, ME);
	struct cred *others = fake_cred(test, &init_user_ns, SOMEBODY);
	struct pid_namespace *up = NULL;
	struct task_struct *tasks[MAX_PIDS];
	unsigned int i;

	for (i = 0; i < level; i++) {
		up = fake_pid_ns(test, up, FIRST_INUM - 1 - i);
		if (!i && world->closed_above)
			up->pid_allocated &= ~PIDNS_ADDING;
	}
	for (i = 0; i < MAX_NS; i++) {
		ns[i] = fake_pid_ns(test, i ? ns[world->parents[i]] : up,
				    FIRST_INUM + i);
		if (world->closed[i])
			ns[i]->pid_allocated &= ~PIDNS_ADDING;
	}

	for (i = 0; i < MAX_PIDS && world->pids[i].nr[0]; i++) {
		const struct world_pid *param = &world->pids[i];
		pid_t numbers[MAX_PID_NS_LEVEL + 1];
		unsigned int above;
		struct pid *pid;

		for (above = 0; above < level; above++)
			numbers[above] = number_above(above, i);
		memcpy(numbers + level, param->nr, sizeof(param->nr));

		pid = fake_pid(test, ns[param->ns], numbers);
		tasks[i] = make_task(test, param, pid, ns, tasks,
				     param->hidden ? others : mine);
	}
}

static void make_access(struct kunit *test, struct pidtree_access *access,
			bool all)
{
	access->opener = fake_file(test, fake_cred(test, &init_user_ns, ME));
	access->self = task_tgid(current);
	access->all = all;
	access->cached_ns = NULL;
}

static size_t append_numbers(char *text, size_t len, const pid_t *numbers,
			     unsigned int depth)
{
	unsigned int i;

	for (i = 0; i < depth; i++)
		len += scnprintf(text + len, TEXT_SIZE - len, "%s%d",
				 i ? "," : "", numbers[i]);

	return len;
}

/* The first process from a number on. */
static bool next_process(const struct pidtree *tree,
			 const struct pidtree_node *node, pid_t from,
			 struct pidtree_process *proc)
{
	struct pidtree_process_iter iter;
	bool found;

	pidtree_processes_begin(&iter, tree, node, from);
	found = pidtree_processes_next(&iter, proc);
	pidtree_processes_end(&iter);

	return found;
}

/*
 * Say what was found, as struct world has it. Whatever goes round in circles
 * ends when the text is full.
 */
static void describe(const struct pidtree *tree, char *text)
{
	static const char *const states[] = {
		[PIDTREE_ACTIVE] = "active",
		[PIDTREE_PENDING] = "pending",
		[PIDTREE_DYING] = "dying",
		[PIDTREE_DEAD] = "dead",
	};
	const struct pidtree_node *node;
	struct pidtree_process proc;
	size_t len = 0;
	pid_t from;

	for (node = pidtree_first_node(tree); node && len < TEXT_SIZE - 1;
	     node = pidtree_next_node(tree, node)) {
		len += scnprintf(text + len, TEXT_SIZE - len, "%u %s init=",
				 node->ns->ns.inum - FIRST_INUM,
				 states[node->state]);
		if (!node->init[0])
			len += scnprintf(text + len, TEXT_SIZE - len, "-");
		else if (node->init_hidden)
			len += scnprintf(text + len, TEXT_SIZE - len, "?");
		else
			len = append_numbers(text, len, node->init,
					     node->level + 1);
		len += scnprintf(text + len, TEXT_SIZE - len,
				 " nprocs=%u for_children=%d:", node->nprocs,
				 node->pid_for_children);

		for (from = 0; len < TEXT_SIZE - 1 &&
		     next_process(tree, node, from, &proc);
		     from = proc.numbers[proc.depth - 1] + 1) {
			len += scnprintf(text + len, TEXT_SIZE - len, " ");
			len = append_numbers(text, len, proc.numbers,
					     proc.depth);
		}
		len += scnprintf(text + len, TEXT_SIZE - len, "\n");
	}
}

/*
 * A tree holds a reference on each namespace that it shows, and one more on its
 * root.
 */
static void check_refs(struct kunit *test, struct pid_namespace **ns,
		       const char *found, bool held)
{
	unsigned int i;

	for (i = 0; i < MAX_NS; i++) {
		char first[] = { '0' + i, ' ', '\0' };
		char later[] = { '\n', '0' + i, ' ', '\0' };
		bool shown = strstr(found, later) || strstarts(found, first);

		KUNIT_EXPECT_EQ_MSG(test, refcount_read(ns_refs(&ns[i]->ns)),
				    FAKE_REFS + held * (shown + !i),
				    "namespace %u", i);
	}
}

static void walk_at(struct kunit *test, unsigned int level)
{
	const struct world *world = test->param_value;
	struct pid_namespace *ns[MAX_NS];
	char *text = fake_alloc(test, TEXT_SIZE);
	struct pidtree_access access;
	struct pidtree tree;

	make_world(test, world, level, ns);
	make_access(test, &access, world->all);

	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, ns[0], &access));
	KUNIT_EXPECT_NULL(test, access.cached_ns);
	describe(&tree, text);
	KUNIT_EXPECT_STREQ(test, text, world->found);
	check_refs(test, ns, world->found, true);

	pidtree_access_drop_cache(&access);
	pidtree_release(&tree);
	check_refs(test, ns, world->found, false);
}

static void walk_from_top(struct kunit *test)
{
	const struct world *world = test->param_value;

	if (world->closed_above)
		kunit_skip(test, "there is nothing above");
	walk_at(test, 0);
}

static void walk_from_level_3(struct kunit *test)
{
	walk_at(test, 3);
}

/* As deep as it goes: 33 namespaces, each with an init. */
static void walk_all_levels(struct kunit *test)
{
	const struct cred *cred = fake_cred(test, &init_user_ns, ME);
	struct pid_namespace *root = NULL, *ns = NULL;
	struct pidtree_access access;
	struct pidtree_process proc;
	const struct pidtree_node *node;
	struct pidtree tree;
	unsigned int level, i;

	for (level = 0; level <= MAX_PID_NS_LEVEL; level++) {
		pid_t numbers[MAX_PID_NS_LEVEL + 1];

		ns = fake_pid_ns(test, ns, FIRST_INUM + level);
		if (!level)
			root = ns;
		for (i = 0; i <= level; i++)
			numbers[i] = level - i + 1;
		fake_process(test, fake_pid(test, ns, numbers), cred);
	}

	make_access(test, &access, false);
	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, root, &access));

	node = pidtree_first_node(&tree);
	for (level = 0; level <= MAX_PID_NS_LEVEL; level++) {
		KUNIT_ASSERT_NOT_NULL(test, node);
		KUNIT_EXPECT_EQ(test, node->ns->ns.inum, FIRST_INUM + level);
		KUNIT_EXPECT_EQ(test, node->level, level);
		KUNIT_EXPECT_EQ(test, node->nprocs, 1);
		KUNIT_ASSERT_TRUE(test, next_process(&tree, node, 0, &proc));
		KUNIT_EXPECT_EQ(test, proc.depth, level + 1);
		for (i = 0; i <= level; i++) {
			KUNIT_EXPECT_EQ(test, node->init[i], level - i + 1);
			KUNIT_EXPECT_EQ(test, proc.numbers[i], level - i + 1);
		}
		node = pidtree_next_node(&tree, node);
	}
	KUNIT_EXPECT_NULL(test, node);

	pidtree_release(&tree);
}

/*
 * More pids than are passed at once, in the root and in a namespace below whose
 * init is the last one there. Numbers have gaps, but none where a pass is
 * interrupted, as one that is left out would not be missed there. The two are
 * mixed, or all that are below come after a few of the root and before one more.
 */
struct crowd {
	const char *desc;
	unsigned int pids;
	bool apart;
};

#define CROWD_FEW 10

static const struct crowd crowds[] = {
	{ "1000 pids", 1000 },
	{ "1001 pids", 1001 },
	{ "2001 pids", 2001 },
	{ "999 apart", CROWD_FEW + 999 + 1, .apart = true },
	{ "1000 apart", CROWD_FEW + 1000 + 1, .apart = true },
	{ "1001 apart", CROWD_FEW + 1001 + 1, .apart = true },
	{ "2001 apart", CROWD_FEW + 2001 + 1, .apart = true },
};

KUNIT_ARRAY_PARAM_DESC(crowd, crowds, desc);

static pid_t crowd_nr(unsigned int index)
{
	return 1 + index + index / 7;
}

static bool crowd_is_below(const struct crowd *crowd, unsigned int index)
{
	if (crowd->apart)
		return index >= CROWD_FEW && index < crowd->pids - 1;

	return index % 3 == 2 || index == crowd->pids - 1;
}

static unsigned int crowd_init(const struct crowd *crowd)
{
	return crowd->apart ? crowd->pids - 2 : crowd->pids - 1;
}

/* From each number the next process is found, in its own namespace alone. */
static void check_each_from(struct kunit *test, const struct crowd *crowd,
			    const struct pidtree *tree,
			    const struct pidtree_node *node)
{
	unsigned int i = crowd->pids;
	pid_t from, next = 0;
	struct pidtree_process proc;

	for (from = crowd_nr(crowd->pids); from >= 0; from--) {
		if (i && from == crowd_nr(i - 1)) {
			i--;
			if (!crowd_is_below(crowd, i))
				next = from;
		}
		if (!next) {
			KUNIT_ASSERT_FALSE(test, next_process(tree, node, from,
							      &proc));
			continue;
		}
		KUNIT_ASSERT_TRUE(test, next_process(tree, node, from, &proc));
		KUNIT_ASSERT_EQ(test, proc.depth, 1);
		KUNIT_ASSERT_EQ(test, proc.numbers[0], next);
	}
	KUNIT_EXPECT_EQ(test, i, 0);
}

/* If there are more than were counted at open, it is enough to know so. */
static unsigned int count_processes(const struct pidtree *tree,
				    const struct pidtree_node *node)
{
	struct pidtree_process_iter iter;
	struct pidtree_process proc;
	unsigned int count = 0;

	pidtree_processes_begin(&iter, tree, node, 0);
	while (count <= node->nprocs && pidtree_processes_next(&iter, &proc))
		count++;
	pidtree_processes_end(&iter);

	return count;
}

static void walk_crowds(struct kunit *test)
{
	const struct crowd *crowd = test->param_value;
	const struct cred *cred = fake_cred(test, &init_user_ns, ME);
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct pid_namespace *ns = fake_pid_ns(test, root, FIRST_INUM + 1);
	struct pidtree_access access;
	struct pidtree tree;
	const struct pidtree_node *node;
	unsigned int i, below = 0;

	for (i = 0; i < crowd->pids; i++) {
		bool is_init = i == crowd_init(crowd);
		pid_t numbers[] = { crowd_nr(i), is_init ? 1 : i + 2 };
		bool is_below = crowd_is_below(crowd, i);

		below += is_below;
		fake_process(test, fake_pid(test, is_below ? ns : root,
					    numbers), cred);
	}

	make_access(test, &access, false);
	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, root, &access));

	node = pidtree_first_node(&tree);
	KUNIT_ASSERT_NOT_NULL(test, node);
	KUNIT_EXPECT_EQ(test, node->nprocs, crowd->pids - below);
	KUNIT_EXPECT_EQ(test, count_processes(&tree, node), node->nprocs);
	/* Which would take long where most are passed each time. */
	if (!crowd->apart)
		check_each_from(test, crowd, &tree, node);

	node = pidtree_next_node(&tree, node);
	KUNIT_ASSERT_NOT_NULL(test, node);
	KUNIT_EXPECT_EQ(test, node->init[0], crowd_nr(crowd_init(crowd)));
	KUNIT_EXPECT_EQ(test, node->nprocs, below);
	KUNIT_EXPECT_EQ(test, count_processes(&tree, node), node->nprocs);
	KUNIT_EXPECT_NULL(test, pidtree_next_node(&tree, node));

	pidtree_release(&tree);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&root->ns)), FAKE_REFS);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&ns->ns)), FAKE_REFS);
}

/*
 * A fatal signal ends open and read at the end of an RCU section, and nothing
 * stays referenced. As a kernel thread, the test does not die of it.
 */
#define KILLED_PIDS 2001

static void walk_killed(struct kunit *test)
{
	const struct cred *cred = fake_cred(test, &init_user_ns, ME);
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct pid_namespace *ns = fake_pid_ns(test, root, FIRST_INUM + 1);
	pid_t inside[] = { KILLED_PIDS + 1, 1 };
	const struct pidtree_node *node;
	struct pidtree_process_iter iter;
	struct pidtree_access access;
	struct pidtree_process proc;
	struct pidtree tree;
	pid_t nr, found = 0;

	for (nr = 1; nr <= KILLED_PIDS; nr++)
		fake_process(test, fake_pid(test, root, &nr), cred);
	fake_process(test, fake_pid(test, ns, inside), cred);
	make_access(test, &access, false);
	allow_signal(SIGKILL);

	send_sig(SIGKILL, current, 1);
	KUNIT_EXPECT_EQ(test, -EINTR, pidtree_fill(&tree, root, &access));
	flush_signals(current);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&root->ns)), FAKE_REFS);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&ns->ns)), FAKE_REFS);

	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, root, &access));
	node = pidtree_first_node(&tree);
	send_sig(SIGKILL, current, 1);
	pidtree_processes_begin(&iter, &tree, node, 0);
	while (found < KILLED_PIDS && pidtree_processes_next(&iter, &proc))
		found = proc.numbers[0];
	KUNIT_EXPECT_EQ(test, -EINTR, pidtree_processes_end(&iter));
	flush_signals(current);
	KUNIT_EXPECT_LT(test, found, KILLED_PIDS);
	KUNIT_EXPECT_GT(test, found, 0);

	/* The same reader goes on from there. */
	for (nr = found + 1; nr <= KILLED_PIDS; nr++) {
		KUNIT_ASSERT_TRUE(test, next_process(&tree, node, nr, &proc));
		KUNIT_ASSERT_EQ(test, proc.numbers[0], nr);
	}

	disallow_signal(SIGKILL);
	pidtree_release(&tree);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&root->ns)), FAKE_REFS);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&ns->ns)), FAKE_REFS);
}

/* While a name is set, its last byte can be any for a moment. */
static void walk_unterminated_name(struct kunit *test)
{
	const struct cred *cred = fake_cred(test, &init_user_ns, ME);
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct pidtree_access access;
	struct pidtree_process proc;
	struct task_struct *task;
	struct pidtree tree;
	pid_t number = 1;

	task = fake_process(test, fake_pid(test, root, &number), cred);
	memset(task->comm, 'x', sizeof(task->comm));
	make_access(test, &access, false);
	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, root, &access));

	KUNIT_ASSERT_TRUE(test, next_process(&tree, pidtree_first_node(&tree),
					     0, &proc));
	KUNIT_EXPECT_EQ(test, strnlen(proc.comm, sizeof(proc.comm)),
			sizeof(proc.comm) - 1);

	pidtree_release(&tree);
}

/* A process that the kernel knows and the walk does not find, or as another. */
static void walk_checked(struct kunit *test)
{
	const struct cred *cred = fake_cred(test, &init_user_ns, ME);
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct pid_namespace *ns = fake_pid_ns(test, root, FIRST_INUM + 1);
	struct pid_namespace *unknown = fake_pid_ns(test, root, FIRST_INUM + 2);
	pid_t numbers[] = { 5, 1 };
	struct pid *pid = fake_pid(test, ns, numbers);
	struct task_struct *task = fake_process(test, pid, cred);

	KUNIT_EXPECT_EQ(test, 0, pidtree_check(root, ns, task));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pidtree_check(root, unknown, task));

	pid->numbers[0].nr = 6;
	pid->numbers[1].nr = 2;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pidtree_check(root, ns, task));
	pid->numbers[0].nr = 5;
	pid->numbers[1].nr = 1;
	KUNIT_EXPECT_EQ(test, 0, pidtree_check(root, ns, task));

	hlist_del_init_rcu(&task->pid_links[PIDTYPE_TGID]);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pidtree_check(root, ns, task));
	hlist_add_head_rcu(&task->pid_links[PIDTYPE_TGID],
			   &pid->tasks[PIDTYPE_TGID]);

	idr_remove(&root->idr, 5);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pidtree_check(root, ns, task));
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&root->ns)), FAKE_REFS);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&ns->ns)), FAKE_REFS);
}

/* What is copied of a process that is a child of another. */
struct copy_case {
	const char *desc;
	/* Where the parent is: how far above, from the process's namespace. */
	unsigned int parent_above;
	/* Where the tree's root is, likewise. */
	unsigned int root_above;
	pid_t ppid;
	unsigned int state;
	int exit_state;
	char letter;
};

static const struct copy_case copy_cases[] = {
	{ "parent beside it", 0, 2, 30, TASK_RUNNING, 0, 'R' },
	{ "parent one above", 1, 2, 30, TASK_INTERRUPTIBLE, 0, 'S' },
	{ "parent in the root", 2, 2, 30, TASK_UNINTERRUPTIBLE, 0, 'D' },
	{ "parent in the root, one above", 1, 1, 20, __TASK_STOPPED, 0, 'T' },
	{ "parent outside", 1, 0, 0, __TASK_TRACED, 0, 't' },
	{ "parent far outside", 2, 1, 0, TASK_IDLE, 0, 'I' },
	{ "zombie", 0, 2, 30, TASK_DEAD, EXIT_ZOMBIE, 'Z' },
	{ "dead", 0, 0, 10, TASK_DEAD, EXIT_DEAD, 'X' },
};

KUNIT_ARRAY_PARAM_DESC(copy, copy_cases, desc);

static void walk_copies(struct kunit *test)
{
	static const pid_t inits[][3] = { { 3, 2, 1 }, { 2, 1 }, { 1 } };
	static const pid_t parent_numbers[] = { 30, 20, 10 };
	static const pid_t numbers[] = { 33, 22, 11 };
	static const pid_t thread_numbers[] = { 34, 23, 12 };
	const struct copy_case *param = test->param_value;
	const struct cred *cred = fake_cred(test, &init_user_ns, ME);
	unsigned int depth = param->root_above + 1;
	struct task_struct *parent, *task;
	/* The namespace, and those above it. */
	struct pid_namespace *ns[3];
	struct pidtree_access access;
	struct pidtree_process proc;
	const struct pidtree_node *node;
	struct pidtree tree;
	unsigned int i;

	ns[2] = fake_pid_ns(test, NULL, FIRST_INUM);
	ns[1] = fake_pid_ns(test, ns[2], FIRST_INUM + 1);
	ns[0] = fake_pid_ns(test, ns[1], FIRST_INUM + 2);
	for (i = 0; i < ARRAY_SIZE(ns); i++)
		fake_process(test, fake_pid(test, ns[i], inits[i]), cred);
	parent = fake_process(test, fake_pid(test, ns[param->parent_above],
					     parent_numbers), cred);
	task = fake_process(test, fake_pid(test, ns[0], numbers), cred);
	fake_thread(test, fake_pid(test, ns[0], thread_numbers), task);
	RCU_INIT_POINTER(task->real_parent, parent);
	strscpy(task->comm, "fifteen bytes !", sizeof(task->comm));
	task->__state = param->state;
	task->exit_state = param->exit_state;

	make_access(test, &access, false);
	KUNIT_ASSERT_EQ(test, 0,
			pidtree_fill(&tree, ns[param->root_above], &access));
	for (node = pidtree_first_node(&tree); node && node->ns != ns[0];)
		node = pidtree_next_node(&tree, node);
	KUNIT_ASSERT_NOT_NULL(test, node);

	KUNIT_ASSERT_TRUE(test, next_process(&tree, node, 11, &proc));
	KUNIT_ASSERT_EQ(test, proc.depth, depth);
	for (i = 0; i < depth; i++)
		KUNIT_EXPECT_EQ(test, proc.numbers[i], numbers[3 - depth + i]);
	KUNIT_EXPECT_EQ(test, proc.ppid, param->ppid);
	KUNIT_EXPECT_EQ(test, proc.threads, 2);
	KUNIT_EXPECT_EQ(test, __kuid_val(proc.uid), ME);
	KUNIT_EXPECT_EQ(test, proc.state, param->letter);
	KUNIT_EXPECT_STREQ(test, proc.comm, "fifteen bytes !");
	KUNIT_EXPECT_FALSE(test, next_process(&tree, node, 12, &proc));

	pidtree_release(&tree);
}

static struct kunit_case walk_tests[] = {
	KUNIT_CASE_PARAM(walk_from_top, world_gen_params),
	KUNIT_CASE_PARAM(walk_from_level_3, world_gen_params),
	KUNIT_CASE(walk_all_levels),
	KUNIT_CASE_PARAM(walk_crowds, crowd_gen_params),
	KUNIT_CASE(walk_killed),
	KUNIT_CASE(walk_unterminated_name),
	KUNIT_CASE(walk_checked),
	KUNIT_CASE_PARAM(walk_copies, copy_gen_params),
	{}
};

static struct kunit_suite walk_suite = {
	.name = "pidns_tree_walk",
	.test_cases = walk_tests,
};

kunit_test_suite(walk_suite);
