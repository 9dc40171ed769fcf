// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Tests of pass.c, state.c, search.c and tree.c with fake processes: which
 * namespaces and processes are found.
 */
#include <kunit/test.h>
#include <linux/bits.h>
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

/* The expected text names a namespace by its inode number minus this one. */
#define FIRST_INUM 4026532000U

/* User IDs of the opener, which sees its own processes, and of another user. */
#define OPENER 1000
#define OTHER_USER 7

/**
 * enum kind - what a struct pid stands for
 * @PROCESS: a process
 * @THREAD: a thread other than the thread group leader
 * @ZOMBIE: a process without nsproxy
 * @RELEASED: a process whose last thread is about to lose its PID
 * @LEFT_GROUP: a process that is being released and has left its process group,
 *	but is still on the list of members
 * @LEFT_SESSION: likewise, for its session
 * @NO_TASK: no task: not attached yet, or only the ID of a process group or
 *	session
 * @CREATED_LATE: a process that is created after the search has visited its PID
 *	in the root, so the IDR of the root does not have it
 * @MISSED: a process that was not attached when the search visited its PID
 */
enum kind {
	PROCESS,
	THREAD,
	ZOMBIE,
	RELEASED,
	LEFT_GROUP,
	LEFT_SESSION,
	NO_TASK,
	CREATED_LATE,
	MISSED,
};

struct scenario_pid {
	pid_t nr[MAX_NUMBERS];
	unsigned int ns;
	enum kind kind;
	/* Index of the process that a thread belongs to. */
	unsigned int leader;
	/* Its pid_ns_for_children; 0 for its own namespace. */
	unsigned int for_children;
	/* Index of the struct pid of its process group and of its session. */
	unsigned int pgrp;
	unsigned int session;
	bool hidden;
};

/*
 * Namespaces and processes, and what a tree of them has. Namespace 0 is the
 * root. The expected text in @found has a line for each namespace that is
 * shown: its index, the state, the PIDs of the init, the number of processes,
 * pid_for_children, and after a colon the processes found in it, and the IDs
 * with their roles. PIDNS_ADDING is cleared in the namespaces that are @closed,
 * and if @ancestor_closed, in the outermost ancestor of the root.
 */
struct scenario {
	const char *desc;
	const char *found;
	bool all;
	bool ancestor_closed;
	unsigned int parents[MAX_NS];
	bool closed[MAX_NS];
	struct scenario_pid pids[MAX_PIDS];
};

static const struct scenario scenarios[] = {
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
		.desc = "no process",
		.found = "",
	},
	{
		.desc = "no process, reader sees all",
		.found = "0 pending init=- nprocs=0 for_children=0:\n",
		.all = true,
	},
	{
		.desc = "threads are not counted as processes",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n",
		.pids = {
			{ { 1 } },
			{ { 2 } },
			{ { 3 }, .kind = THREAD, .leader = 1 },
			{ { 4 }, .kind = THREAD, .leader = 0 },
		},
	},
	{
		.desc = "struct pid objects without a task",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 9\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .kind = NO_TASK },
			{ { 3, 1 }, .ns = 1, .kind = NO_TASK },
			{ { 9 } },
		},
	},
	{
		.desc = "a child namespace",
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
		.desc = "no init: by inode number, after those with init",
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
		.desc = "pid_ns_for_children of a thread only",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 pending init=- nprocs=0 for_children=3:\n",
		.pids = {
			{ { 1 } },
			{ { 2 } },
			{ { 3 }, .kind = THREAD, .leader = 1,
			  .for_children = 1 },
		},
	},
	{
		.desc = "pid_for_children is the lowest PID",
		.found = "0 active init=1 nprocs=3 for_children=0: 1 6 7\n"
			 "1 pending init=- nprocs=0 for_children=6:\n",
		.pids = {
			{ { 1 } },
			{ { 7 }, .for_children = 1 },
			{ { 6 }, .for_children = 1 },
		},
	},
	{
		.desc = "pid_for_children in another namespace",
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
		.desc = "pid_for_children and an init",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 active init=3,1 nprocs=1 for_children=2: 3,1\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
			{ { 3, 1 }, .ns = 1 },
		},
	},
	{
		.desc = "dead, with pid_for_children",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 dead init=- nprocs=0 for_children=2:\n",
		.closed = { [1] = true },
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
		},
	},
	{
		.desc = "dead, PID 1 is a process group ID",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 dead init=- nprocs=0 for_children=2:\n",
		.closed = { [1] = true },
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
			{ { 3, 1 }, .ns = 1, .kind = NO_TASK },
		},
	},
	{
		.desc = "dead, init released before another process",
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
		.desc = "pending, PID 1 not attached yet",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 pending init=- nprocs=0 for_children=2:\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
			{ { 3, 1 }, .ns = 1, .kind = NO_TASK },
		},
	},
	{
		.desc = "dead child of a dead namespace",
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
		.desc = "no process yet, but a dead parent",
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
		.desc = "dying, init is a zombie",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n"
			 "1 dying init=2,1 nprocs=1 for_children=0: 2,1\n",
		.closed = { [1] = true },
		.pids = {
			{ { 1 } },
			{ { 2, 1 }, .ns = 1, .kind = ZOMBIE },
		},
	},
	{
		.desc = "dying, because an ancestor is",
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
		.desc = "zombie leader with living threads",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n"
			 "1 active init=2,1 nprocs=1 for_children=0: 2,1\n",
		.pids = {
			{ { 1 } },
			{ { 2, 1 }, .ns = 1, .kind = ZOMBIE },
			{ { 3, 2 }, .ns = 1, .kind = THREAD, .leader = 1 },
		},
	},
	{
		.desc = "released, struct pid not detached yet",
		.found = "0 active init=1 nprocs=2 for_children=0: 1\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .kind = RELEASED },
		},
	},
	{
		.desc = "released, without a process group",
		.found = "0 active init=1 nprocs=2 for_children=0: 1\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .kind = LEFT_GROUP },
		},
	},
	{
		.desc = "released, without a session",
		.found = "0 active init=1 nprocs=2 for_children=0: 1\n",
		.all = true,
		.pids = {
			{ { 1 } },
			{ { 2 }, .kind = LEFT_SESSION },
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
		.desc = "hidden inits after visible ones, before none",
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
		.desc = "namespace of another user hidden",
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
		.desc = "nothing hidden, reader sees all",
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
		.desc = "task with pid_ns_for_children hidden",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1, .hidden = true },
		},
	},
	{
		.desc = "one of two hidden, for pid_for_children",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 3\n"
			 "1 pending init=- nprocs=0 for_children=3:\n",
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1, .hidden = true },
			{ { 3 }, .for_children = 1 },
		},
	},
	{
		.desc = "ancestors of a visible process shown",
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
		.desc = "namespace created during open",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n",
		.parents = { [2] = 1 },
		.pids = {
			{ { 1 } },
			{ { 2 } },
			{ { 3, 1 }, .ns = 1, .kind = CREATED_LATE },
			{ { 4, 2, 1 }, .ns = 2 },
		},
	},
	{
		.desc = "pending at open, init created during open",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 pending init=- nprocs=0 for_children=2: 3,1\n"
			 "2 active init=4,2,1 nprocs=1 for_children=0: 4,2,1\n",
		.parents = { [2] = 1 },
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
			{ { 3, 1 }, .ns = 1, .kind = CREATED_LATE },
			{ { 4, 2, 1 }, .ns = 2 },
		},
	},
	{
		.desc = "init of the root created during open",
		.found = "0 active init=? nprocs=1 for_children=0: 1 2\n",
		.pids = {
			{ { 1 }, .kind = MISSED },
			{ { 2 } },
		},
	},
	{
		.desc = "two new levels at once",
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
		.desc = "IDs of a process group and of a session",
		.found = "0 active init=1 nprocs=3 for_children=0: 1 3(pgid) 4 5(sid) 6\n",
		.pids = {
			{ { 1 } },
			{ { 3 }, .kind = NO_TASK },
			{ { 4 }, .pgrp = 1, .session = 3 },
			{ { 5 }, .kind = NO_TASK },
			{ { 6 } },
			{ { 7 }, .kind = NO_TASK },
		},
	},
	{
		.desc = "IDs, reader sees all",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 3(pgid) 4 5(sid)\n",
		.all = true,
		.pids = {
			{ { 1 } },
			{ { 3 }, .kind = NO_TASK },
			{ { 4 }, .pgrp = 1, .session = 3, .hidden = true },
			{ { 5 }, .kind = NO_TASK },
		},
	},
	{
		.desc = "IDs of processes that exist",
		.found = "0 active init=1 nprocs=3 for_children=0: 1 3 4\n",
		.pids = {
			{ { 1 } },
			{ { 3 } },
			{ { 4 }, .pgrp = 1, .session = 3 },
			{ { 5 }, .kind = THREAD, .leader = 1 },
		},
	},
	{
		.desc = "IDs of hidden members only",
		.found = "0 active init=1 nprocs=1 for_children=0: 1\n",
		.pids = {
			{ { 1 } },
			{ { 3 }, .kind = NO_TASK },
			{ { 4 }, .pgrp = 1, .session = 1, .hidden = true },
			{ { 5, 2 }, .ns = 1, .kind = NO_TASK },
			{ { 6 }, .pgrp = 3, .session = 3, .hidden = true },
		},
	},
	{
		.desc = "an ID with one visible member of many",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 3(sid) 5\n",
		.pids = {
			{ { 1 } },
			{ { 3 }, .kind = NO_TASK },
			{ { 4 }, .pgrp = 1, .session = 1, .hidden = true },
			{ { 5 }, .session = 1 },
			{ { 6 }, .pgrp = 1, .session = 1, .hidden = true },
		},
	},
	{
		.desc = "an ID of whose session no member is visible",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 3(pgid) 5\n",
		.pids = {
			{ { 1 } },
			{ { 3 }, .kind = NO_TASK },
			{ { 4 }, .pgrp = 1, .session = 1, .hidden = true },
			{ { 5 }, .pgrp = 1 },
			{ { 6 }, .pgrp = 1, .session = 1, .hidden = true },
		},
	},
	{
		.desc = "an ID with a visible member in each role",
		.found = "0 active init=1 nprocs=3 for_children=0: 1 3(pgid)(sid) 4 5\n",
		.pids = {
			{ { 1 } },
			{ { 3 }, .kind = NO_TASK },
			{ { 4 }, .session = 1 },
			{ { 5 }, .pgrp = 1 },
		},
	},
	{
		.desc = "an ID whose only member is being released",
		.found = "0 active init=1 nprocs=2 for_children=0: 1\n",
		.pids = {
			{ { 1 } },
			{ { 3 }, .kind = NO_TASK },
			{ { 4 }, .pgrp = 1, .session = 1, .kind = RELEASED },
		},
	},
	{
		.desc = "IDs that the only member has left, reader sees all",
		.found = "0 active init=1 nprocs=3 for_children=0: 1\n",
		.all = true,
		.pids = {
			{ { 1 } },
			{ { 3 }, .kind = NO_TASK },
			{ { 4 }, .kind = NO_TASK },
			{ { 5 }, .pgrp = 1, .kind = LEFT_GROUP },
			{ { 6 }, .session = 2, .kind = LEFT_SESSION },
		},
	},
	{
		/* The list of members begins with the last that was added. */
		.desc = "an ID with a member after one that is being released",
		.found = "0 active init=1 nprocs=3 for_children=0: 1 3(pgid)(sid) 4\n",
		.pids = {
			{ { 1 } },
			{ { 3 }, .kind = NO_TASK },
			{ { 4 }, .pgrp = 1, .session = 1 },
			{ { 5 }, .pgrp = 1, .session = 1, .kind = RELEASED },
		},
	},
	{
		.desc = "an ID whose leader is being released",
		.found = "0 active init=1 nprocs=3 for_children=0: 1 3(pgid) 4\n",
		.pids = {
			{ { 1 } },
			{ { 3 }, .kind = RELEASED, .pgrp = 1 },
			{ { 4 }, .pgrp = 1 },
		},
	},
	{
		.desc = "an ID whose leader is being released, reader sees all",
		.found = "0 active init=1 nprocs=3 for_children=0: 1 3(sid) 4\n",
		.all = true,
		.pids = {
			{ { 1 } },
			{ { 3 }, .kind = RELEASED },
			{ { 4 }, .session = 1 },
		},
	},
	{
		.desc = "a dead namespace that only an ID pins",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 dead init=- nprocs=0 for_children=0:\n"
			 "2 dead init=- nprocs=0 for_children=0: 9,2,1(pgid)\n",
		.parents = { [2] = 1 },
		.closed = { [1] = true, [2] = true },
		.pids = {
			{ { 1 } },
			{ { 2 }, .pgrp = 2 },
			{ { 9, 2, 1 }, .ns = 2, .kind = NO_TASK },
		},
	},
	{
		.desc = "a dead namespace with an ID, reader sees all",
		.found = "0 active init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 dead init=- nprocs=0 for_children=0: 9,2(sid)\n",
		.all = true,
		.closed = { [1] = true },
		.pids = {
			{ { 1 } },
			{ { 2 }, .session = 2, .hidden = true },
			{ { 9, 2 }, .ns = 1, .kind = NO_TASK },
		},
	},
	{
		.desc = "ancestor of the root shut down",
		.found = "0 dying init=1 nprocs=2 for_children=0: 1 2\n"
			 "1 dead init=- nprocs=0 for_children=2:\n",
		.ancestor_closed = true,
		.pids = {
			{ { 1 } },
			{ { 2 }, .for_children = 1 },
		},
	},
};

KUNIT_ARRAY_PARAM_DESC(scenario, scenarios, desc);

/*
 * PIDs in the ancestors of the root. They differ from all PIDs of a scenario,
 * and the tree must not have them.
 */
static pid_t ancestor_nr(unsigned int level, unsigned int index)
{
	return 10000000 * (level + 1) + index;
}

static struct task_struct *make_task(struct kunit *test,
				     const struct scenario_pid *param,
				     struct pid *pid, struct pid_namespace **ns,
				     struct task_struct **tasks,
				     const struct cred *cred)
{
	struct task_struct *task;

	switch (param->kind) {
	case THREAD:
		task = fake_thread(test, pid, tasks[param->leader]);
		break;
	case NO_TASK:
		return NULL;
	case CREATED_LATE:
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
	if (param->kind == MISSED)
		hlist_del_init_rcu(&task->pid_links[PIDTYPE_PID]);
	if (param->kind == RELEASED)
		task->signal->nr_threads = 0;
	if (param->for_children)
		task->nsproxy->pid_ns_for_children = ns[param->for_children];

	return task;
}

/* Make the namespaces and processes of a scenario, with the root at @level. */
static void make_scenario(struct kunit *test, const struct scenario *scenario,
			  unsigned int level, struct pid_namespace **ns,
			  struct pid **pids)
{
	struct cred *own = fake_cred(test, &init_user_ns, OPENER);
	struct cred *others = fake_cred(test, &init_user_ns, OTHER_USER);
	struct pid_namespace *up = NULL;
	struct task_struct *tasks[MAX_PIDS];
	unsigned int i, count;

	for (i = 0; i < level; i++) {
		up = fake_pid_ns(test, up, FIRST_INUM - 1 - i);
		if (!i && scenario->ancestor_closed)
			up->pid_allocated &= ~PIDNS_ADDING;
	}
	for (i = 0; i < MAX_NS; i++) {
		ns[i] = fake_pid_ns(test, i ? ns[scenario->parents[i]] : up,
				    FIRST_INUM + i);
		if (scenario->closed[i])
			ns[i]->pid_allocated &= ~PIDNS_ADDING;
	}

	for (i = 0; i < MAX_PIDS && scenario->pids[i].nr[0]; i++) {
		const struct scenario_pid *param = &scenario->pids[i];
		pid_t numbers[MAX_PID_NS_LEVEL + 1];
		unsigned int above;

		for (above = 0; above < level; above++)
			numbers[above] = ancestor_nr(above, i);
		memcpy(numbers + level, param->nr, sizeof(param->nr));

		pids[i] = fake_pid(test, ns[param->ns], numbers);
		tasks[i] = make_task(test, param, pids[i], ns, tasks,
				     param->hidden ? others : own);
	}
	count = i;

	for (i = 0; i < count; i++) {
		const struct scenario_pid *param = &scenario->pids[i];

		if (param->pgrp)
			fake_member(tasks[i], pids[param->pgrp], PIDTYPE_PGID);
		if (param->session)
			fake_member(tasks[i], pids[param->session],
				    PIDTYPE_SID);
		if (param->kind == LEFT_GROUP)
			tasks[i]->signal->pids[PIDTYPE_PGID] = NULL;
		if (param->kind == LEFT_SESSION)
			tasks[i]->signal->pids[PIDTYPE_SID] = NULL;
	}
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

/*
 * Format a tree in the form of scenario->found. The buffer is limited, so that
 * a pre-order that never ends fails the test.
 */
static void describe(struct pidtree *tree, char *text)
{
	static const char *const states[] = {
		[PIDTREE_ACTIVE] = "active",
		[PIDTREE_PENDING] = "pending",
		[PIDTREE_DYING] = "dying",
		[PIDTREE_DEAD] = "dead",
	};
	const struct pidtree_node *node;
	struct pidtree_entry entry;
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
		     next_entry(tree, node, from, &entry);
		     from = entry.numbers[entry.depth - 1] + 1) {
			len += scnprintf(text + len, TEXT_SIZE - len, " ");
			len = append_numbers(text, len, entry.numbers,
					     entry.depth);
			len += scnprintf(text + len, TEXT_SIZE - len, "%s%s",
					 entry.roles & BIT(PIDTYPE_PGID) ?
					 "(pgid)" : "",
					 entry.roles & BIT(PIDTYPE_SID) ?
					 "(sid)" : "");
		}
		len += scnprintf(text + len, TEXT_SIZE - len, "\n");
	}
}

/*
 * A tree has a reference on each namespace that it shows, and one more on the
 * root.
 */
static void check_refs(struct kunit *test, struct pid_namespace **ns,
		       const char *found, bool tree_exists)
{
	unsigned int i;

	for (i = 0; i < MAX_NS; i++) {
		char first[] = { '0' + i, ' ', '\0' };
		char later[] = { '\n', '0' + i, ' ', '\0' };
		bool shown = strstr(found, later) || strstarts(found, first);

		KUNIT_EXPECT_EQ_MSG(test, refcount_read(ns_refs(&ns[i]->ns)),
				    FAKE_REFS + tree_exists * (shown + !i),
				    "namespace %u", i);
	}
}

static void search_at_level(struct kunit *test, unsigned int level)
{
	const struct scenario *scenario = test->param_value;
	struct pid_namespace *ns[MAX_NS];
	char *text = fake_alloc(test, TEXT_SIZE);
	struct pid *pids[MAX_PIDS] = {};
	struct pidtree_access access;
	struct pidtree tree;
	unsigned int i;

	make_scenario(test, scenario, level, ns, pids);
	fake_access(test, &access, OPENER, scenario->all);

	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, ns[0], &access));
	KUNIT_EXPECT_NULL(test, access.cached_ns);
	describe(&tree, text);
	KUNIT_EXPECT_STREQ(test, text, scenario->found);
	check_refs(test, ns, scenario->found, true);

	pidtree_access_drop_cache(&access);
	pidtree_release(&tree);
	check_refs(test, ns, scenario->found, false);
	for (i = 0; i < MAX_PIDS && pids[i]; i++)
		KUNIT_EXPECT_EQ(test, refcount_read(&pids[i]->count),
				FAKE_REFS);
}

static void search_from_level_0(struct kunit *test)
{
	const struct scenario *scenario = test->param_value;

	if (scenario->ancestor_closed)
		kunit_skip(test, "the root has no ancestor");
	search_at_level(test, 0);
}

static void search_from_level_3(struct kunit *test)
{
	search_at_level(test, 3);
}

/* All levels: 33 namespaces, each with an init. */
static void search_all_levels(struct kunit *test)
{
	const struct cred *cred = fake_cred(test, &init_user_ns, OPENER);
	struct pid_namespace *root = NULL, *ns = NULL;
	struct pidtree_access access;
	struct pidtree_entry entry;
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

	fake_access(test, &access, OPENER, false);
	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, root, &access));

	node = pidtree_first_node(&tree);
	for (level = 0; level <= MAX_PID_NS_LEVEL; level++) {
		KUNIT_ASSERT_NOT_NULL(test, node);
		KUNIT_EXPECT_EQ(test, node->ns->ns.inum, FIRST_INUM + level);
		KUNIT_EXPECT_EQ(test, node->level, level);
		KUNIT_EXPECT_EQ(test, node->nprocs, 1);
		KUNIT_ASSERT_TRUE(test, next_entry(&tree, node, 0, &entry));
		KUNIT_EXPECT_EQ(test, entry.depth, level + 1);
		for (i = 0; i <= level; i++) {
			KUNIT_EXPECT_EQ(test, node->init[i], level - i + 1);
			KUNIT_EXPECT_EQ(test, entry.numbers[i], level - i + 1);
		}
		node = pidtree_next_node(&tree, node);
	}
	KUNIT_EXPECT_NULL(test, node);

	pidtree_release(&tree);
}

/*
 * More struct pid objects than a pass returns in one RCU section, in the root
 * and in a child namespace, whose init has the highest PID there. The PIDs have
 * gaps, but none where an RCU section ends, so that a PID that is skipped there
 * is noticed. The struct pid objects of the two namespaces alternate, or
 * (@apart) those of the child follow a few of the root and precede one more.
 * The small numbers are about as many as wait in the window of a pass.
 */
struct batch_case {
	const char *desc;
	unsigned int pids;
	bool apart;
};

#define BATCH_FEW 10

static const struct batch_case batch_cases[] = {
	{ "1 struct pid object", 1 },
	{ "11 struct pid objects", 11 },
	{ "12 struct pid objects", 12 },
	{ "13 struct pid objects", 13 },
	{ "16 struct pid objects", 16 },
	{ "17 struct pid objects", 17 },
	{ "988 struct pid objects", 988 },
	{ "999 struct pid objects", 999 },
	{ "1000 struct pid objects", 1000 },
	{ "1001 struct pid objects", 1001 },
	{ "1012 struct pid objects", 1012 },
	{ "2001 struct pid objects", 2001 },
	{ "999 apart", BATCH_FEW + 999 + 1, .apart = true },
	{ "1000 apart", BATCH_FEW + 1000 + 1, .apart = true },
	{ "1001 apart", BATCH_FEW + 1001 + 1, .apart = true },
	{ "2001 apart", BATCH_FEW + 2001 + 1, .apart = true },
};

KUNIT_ARRAY_PARAM_DESC(batch, batch_cases, desc);

static pid_t batch_nr(unsigned int index)
{
	return 1 + index + index / 7;
}

static bool is_in_child(const struct batch_case *param, unsigned int index)
{
	if (param->apart)
		return index >= BATCH_FEW && index < param->pids - 1;

	return index % 3 == 2 || index == param->pids - 1;
}

static unsigned int batch_init(const struct batch_case *param)
{
	return param->apart ? param->pids - 2 : param->pids - 1;
}

/* From each PID, the next process of this namespace is found. */
static void check_from_each_nr(struct kunit *test,
			       const struct batch_case *param,
			       struct pidtree *tree,
			       const struct pidtree_node *node)
{
	unsigned int i = param->pids;
	pid_t from, next = 0;
	struct pidtree_entry entry;

	for (from = batch_nr(param->pids); from >= 0; from--) {
		if (i && from == batch_nr(i - 1)) {
			i--;
			if (!is_in_child(param, i))
				next = from;
		}
		if (!next) {
			KUNIT_ASSERT_FALSE(test, next_entry(tree, node, from,
							    &entry));
			continue;
		}
		KUNIT_ASSERT_TRUE(test, next_entry(tree, node, from, &entry));
		KUNIT_ASSERT_EQ(test, entry.depth, 1);
		KUNIT_ASSERT_EQ(test, entry.numbers[0], next);
	}
	KUNIT_EXPECT_EQ(test, i, 0);
}

/* Stop at the first process that was not counted at open. */
static unsigned int count_processes(struct pidtree *tree,
				    const struct pidtree_node *node)
{
	struct pidtree_entry_iter iter;
	struct pidtree_entry entry;
	unsigned int count = 0;

	pidtree_entries_begin(&iter, tree, node, 0);
	while (count <= node->nprocs && pidtree_entries_next(&iter, &entry))
		count++;
	pidtree_entries_end(&iter);

	return count;
}

static void search_batches(struct kunit *test)
{
	const struct batch_case *param = test->param_value;
	const struct cred *cred = fake_cred(test, &init_user_ns, OPENER);
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct pid_namespace *ns = fake_pid_ns(test, root, FIRST_INUM + 1);
	struct pidtree_access access;
	struct pidtree tree;
	const struct pidtree_node *node;
	unsigned int i, in_child = 0;

	for (i = 0; i < param->pids; i++) {
		bool is_init = i == batch_init(param);
		pid_t numbers[] = { batch_nr(i), is_init ? 1 : i + 2 };
		bool is_in_ns = is_in_child(param, i);

		in_child += is_in_ns;
		fake_process(test,
			     fake_pid(test, is_in_ns ? ns : root, numbers),
			     cred);
	}

	fake_access(test, &access, OPENER, false);
	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, root, &access));

	node = pidtree_first_node(&tree);
	KUNIT_ASSERT_NOT_NULL(test, node);
	KUNIT_EXPECT_EQ(test, node->nprocs, param->pids - in_child);
	KUNIT_EXPECT_EQ(test, count_processes(&tree, node), node->nprocs);
	/*
	 * Too slow for processes that are apart, because each call skips most
	 * of them.
	 */
	if (!param->apart)
		check_from_each_nr(test, param, &tree, node);

	node = pidtree_next_node(&tree, node);
	KUNIT_ASSERT_NOT_NULL(test, node);
	KUNIT_EXPECT_EQ(test, node->init[0], batch_nr(batch_init(param)));
	KUNIT_EXPECT_EQ(test, node->nprocs, in_child);
	KUNIT_EXPECT_EQ(test, count_processes(&tree, node), node->nprocs);
	KUNIT_EXPECT_NULL(test, pidtree_next_node(&tree, node));

	pidtree_release(&tree);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&root->ns)), FAKE_REFS);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&ns->ns)), FAKE_REFS);
}

/*
 * A fatal signal ends open and read at the end of an RCU section, and no
 * reference is left. The test runs in a kernel thread, so the signal does not
 * kill it.
 */
#define KILLED_PIDS 2001
#define KILLED_BATCH 1000

static void search_killed(struct kunit *test)
{
	const struct cred *cred = fake_cred(test, &init_user_ns, OPENER);
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct pid_namespace *ns = fake_pid_ns(test, root, FIRST_INUM + 1);
	pid_t inside[] = { KILLED_PIDS + 1, 1 };
	const struct pidtree_node *node;
	struct pidtree_entry_iter iter;
	struct pidtree_access access;
	struct pidtree_entry entry;
	struct pidtree tree;
	pid_t nr, found = 0;

	for (nr = 1; nr <= KILLED_PIDS; nr++)
		fake_process(test, fake_pid(test, root, &nr), cred);
	fake_process(test, fake_pid(test, ns, inside), cred);
	fake_access(test, &access, OPENER, false);
	allow_signal(SIGKILL);

	send_sig(SIGKILL, current, 1);
	KUNIT_EXPECT_EQ(test, -EINTR, pidtree_fill(&tree, root, &access));
	flush_signals(current);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&root->ns)), FAKE_REFS);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&ns->ns)), FAKE_REFS);

	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, root, &access));
	node = pidtree_first_node(&tree);
	send_sig(SIGKILL, current, 1);
	pidtree_entries_begin(&iter, &tree, node, 0);
	while (found < KILLED_PIDS && pidtree_entries_next(&iter, &entry))
		found = entry.numbers[0];
	KUNIT_EXPECT_EQ(test, -EINTR, pidtree_entries_end(&iter));
	flush_signals(current);
	KUNIT_EXPECT_EQ(test, found, KILLED_BATCH);

	/* Another read continues from there. */
	for (nr = found + 1; nr <= KILLED_PIDS; nr++) {
		KUNIT_ASSERT_TRUE(test, next_entry(&tree, node, nr, &entry));
		KUNIT_ASSERT_EQ(test, entry.numbers[0], nr);
	}

	disallow_signal(SIGKILL);
	pidtree_release(&tree);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&root->ns)), FAKE_REFS);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&ns->ns)), FAKE_REFS);
}

/*
 * A fatal signal also ends open when the search is about to add an ID or a
 * namespace, and drops its reference.
 */
static void search_killed_at_new(struct kunit *test)
{
	const struct cred *cred = fake_cred(test, &init_user_ns, OPENER);
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct pid_namespace *ns = fake_pid_ns(test, root, FIRST_INUM + 1);
	pid_t first[] = { 1 }, last[] = { 2 }, inside[] = { 3, 1 };
	struct pid *id = fake_pid(test, root, last);
	struct pidtree_access access;
	struct task_struct *task;
	struct pidtree tree;

	task = fake_process(test, fake_pid(test, root, first), cred);
	fake_member(task, id, PIDTYPE_SID);
	fake_access(test, &access, OPENER, false);
	allow_signal(SIGKILL);

	send_sig(SIGKILL, current, 1);
	KUNIT_EXPECT_EQ(test, -EINTR, pidtree_fill(&tree, root, &access));
	flush_signals(current);
	KUNIT_EXPECT_EQ(test, refcount_read(&id->count), FAKE_REFS);

	/* The search visits the process group before the session. */
	fake_member(task, fake_pid(test, ns, inside), PIDTYPE_PGID);
	send_sig(SIGKILL, current, 1);
	KUNIT_EXPECT_EQ(test, -EINTR, pidtree_fill(&tree, root, &access));
	flush_signals(current);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&ns->ns)), FAKE_REFS);

	disallow_signal(SIGKILL);
	KUNIT_EXPECT_EQ(test, refcount_read(ns_refs(&root->ns)), FAKE_REFS);
}

/*
 * Each second struct pid of the root needs a new candidate. So the search stops
 * there, while other struct pid objects wait in the window of the pass. No
 * process is lost or counted twice.
 */
#define RESTARTS 40

static void search_restarts(struct kunit *test)
{
	const struct cred *cred = fake_cred(test, &init_user_ns, OPENER);
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	const struct pidtree_node *node;
	struct pidtree_access access;
	struct pidtree tree;
	unsigned int i, found = 0;

	for (i = 0; i < RESTARTS; i++) {
		struct pid_namespace *ns = fake_pid_ns(test, root,
						       FIRST_INUM + 1 + i);
		pid_t in_root = 2 * i + 1, init[] = { 2 * i + 2, 1 };
		pid_t last[] = { 2 * RESTARTS + 1 + i, 2 };

		fake_process(test, fake_pid(test, root, &in_root), cred);
		fake_process(test, fake_pid(test, ns, init), cred);
		fake_process(test, fake_pid(test, ns, last), cred);
	}

	fake_access(test, &access, OPENER, false);
	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, root, &access));
	node = pidtree_first_node(&tree);
	KUNIT_ASSERT_NOT_NULL(test, node);
	KUNIT_EXPECT_EQ(test, node->nprocs, RESTARTS);
	while ((node = pidtree_next_node(&tree, node))) {
		KUNIT_EXPECT_EQ(test, node->init[0], 2 * found + 2);
		KUNIT_EXPECT_EQ(test, node->nprocs, 2);
		KUNIT_EXPECT_EQ(test, count_processes(&tree, node), 2);
		found++;
	}
	KUNIT_EXPECT_EQ(test, found, RESTARTS);

	pidtree_release(&tree);
}

/*
 * Processes are released after the pass has taken their struct pid from the
 * radix tree, or just before, and are not returned. All others are.
 */
#define WINDOW_PIDS 40

static bool is_released(pid_t nr)
{
	static const pid_t released[] = { 2, 9, 11, 12, 13, 14, 15, 16, 17, 30,
					  WINDOW_PIDS };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(released); i++)
		if (nr == released[i])
			return true;

	return false;
}

static void search_released_in_window(struct kunit *test)
{
	const struct cred *cred = fake_cred(test, &init_user_ns, OPENER);
	struct pid_namespace *root = fake_pid_ns(test, NULL, FIRST_INUM);
	struct task_struct *tasks[WINDOW_PIDS + 1];
	bool found[WINDOW_PIDS + 1] = {};
	struct pidtree_entry_iter iter;
	struct pidtree_access access;
	struct pidtree_entry entry;
	struct pidtree tree;
	pid_t nr;

	for (nr = 1; nr <= WINDOW_PIDS; nr++)
		tasks[nr] = fake_process(test, fake_pid(test, root, &nr), cred);
	fake_access(test, &access, OPENER, false);
	KUNIT_ASSERT_EQ(test, 0, pidtree_fill(&tree, root, &access));

	/* The window must not depend on what the memory had. */
	memset(&iter, 0x5a, sizeof(iter));
	pidtree_entries_begin(&iter, &tree, pidtree_first_node(&tree), 0);
	found[1] = pidtree_entries_next(&iter, &entry);
	/* As release_task() does. */
	for (nr = 2; nr <= WINDOW_PIDS; nr++) {
		if (!is_released(nr))
			continue;
		hlist_del_rcu(&tasks[nr]->pid_links[PIDTYPE_PID]);
		hlist_del_rcu(&tasks[nr]->pid_links[PIDTYPE_TGID]);
		tasks[nr]->signal->pids[PIDTYPE_TGID] = NULL;
		idr_remove(&root->idr, nr);
	}
	while (pidtree_entries_next(&iter, &entry))
		found[entry.numbers[0]] = true;
	KUNIT_EXPECT_EQ(test, 0, pidtree_entries_end(&iter));

	for (nr = 1; nr <= WINDOW_PIDS; nr++)
		KUNIT_EXPECT_EQ(test, found[nr], !is_released(nr));

	pidtree_release(&tree);
}

static struct kunit_case search_tests[] = {
	KUNIT_CASE_PARAM(search_from_level_0, scenario_gen_params),
	KUNIT_CASE_PARAM(search_from_level_3, scenario_gen_params),
	KUNIT_CASE(search_all_levels),
	KUNIT_CASE_PARAM(search_batches, batch_gen_params),
	KUNIT_CASE(search_killed),
	KUNIT_CASE(search_killed_at_new),
	KUNIT_CASE(search_restarts),
	KUNIT_CASE(search_released_in_window),
	{}
};

static struct kunit_suite search_suite = {
	.name = "pidns_tree_search",
	.test_cases = search_tests,
};

kunit_test_suite(search_suite);
