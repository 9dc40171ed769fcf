// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The requirements of exercise 4: /proc/exercise lists the inits of the PID
 * namespaces in the subtree of the procfs mount.
 */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "exercise.h"
#include "module.h"
#include "world.h"

/* How often to read in a loop. */
#define READS 30

/* More inits than the exercise allows in one RCU section. */
#define MANY 150
#define STABLE 30

static int compare_inits(const void *one, const void *other)
{
	const struct namespace *a = one, *b = other;

	return a->init[0] - b->init[0];
}

/* The lines that /proc/pidns_tree implies, in the namespace of its mount. */
static char *expect(void)
{
	struct text text = {};
	struct view view;

	read_view(&view);
	qsort(view.namespaces, view.nr_namespaces, sizeof(*view.namespaces),
	      compare_inits);
	for (size_t i = 0; i < view.nr_namespaces; i++) {
		const struct namespace *ns = &view.namespaces[i];

		if (ns->init_depth < 1)
			continue;
		add(&text, "%d %u ", ns->level, ns->inum);
		for (int level = 0; level < ns->init_depth; level++)
			add(&text, "%s%d", level ? "," : "", ns->init[level]);
		add(&text, "\n");
	}
	free_view(&view);

	return text.start;
}

static void compare_all(void *arg)
{
	(void)arg;
	compare_lines(expect(), read_exercise());
}

static void start_trees(void)
{
	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 4 });
	start(&(struct child){ .threads = 2 });
	start(&(struct child){ .flags = CLONE_NEWPID, .threads = 2 });
	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 2 });
}

static void all_inits(void)
{
	start_trees();
	load_exercise("");
	compare_all(NULL);
	unload_exercise();
}

static void start_more(void *arg)
{
	(void)arg;
	start_trees();
}

static void in_container(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = start_more,
	});

	start_trees();
	load_exercise("");
	in_namespace(init, compare_all, NULL);
	unload_exercise();
}

/* The child is in another PID namespace than its procfs mount. */
static void mount_of_host(void)
{
	start_trees();
	load_exercise("");
	start(&(struct child){ .flags = CLONE_NEWPID, .run = compare_all });
	unload_exercise();
}

static void kept_id(void)
{
	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	create_dead_namespace(&(struct child){ .stays = true });
	load_exercise("");
	compare_all(NULL);
	unload_exercise();
}

/* The PIDs of the inits are consecutive, so none may be at a gap. */
static void many(void)
{
	for (int i = 0; i < MANY; i++)
		start(&(struct child){ .flags = CLONE_NEWPID });
	load_exercise("");
	compare_all(NULL);
	unload_exercise();
}

static void check_output(const char *got, const pid_t *stable, int nr_stable)
{
	int level, pid, last = 0, found = 0;
	unsigned int inum;

	while (*got) {
		int len = strcspn(got, "\n");

		if (sscanf(got, "%d %u %d", &level, &inum, &pid) != 3 ||
		    !got[len])
			fail("expected 'LEVEL NAMESPACE PIDS', got '%.*s'", len,
			     got);
		if (pid <= last)
			fail("expected a PID greater than %d, got '%.*s'", last,
			     len, got);
		last = pid;
		for (int i = 0; i < nr_stable; i++)
			found += stable[i] == pid;
		got += len + 1;
	}
	if (found != nr_stable)
		fail("of %d inits that exist all the time, got %d", nr_stable,
		     found);
}

static void under_load(void)
{
	pid_t pids[STABLE];

	start_churn(CLONE_NEWPID, 0);
	for (int i = 0; i < STABLE; i++)
		pids[i] = start(&(struct child){ .flags = CLONE_NEWPID });
	start_churn(0, 0);
	load_exercise("");
	for (int i = 0; i < scaled(READS); i++) {
		char *got = read_exercise();

		check_output(got, pids, STABLE);
		free(got);
		sched_yield();
	}
	unload_exercise();
}

static void nothing_left(void)
{
	struct left before;
	pid_t init;

	before = count_left();
	load_exercise("");
	for (int i = 0; i < scaled(READS); i++) {
		init = start(&(struct child){ .flags = CLONE_NEWPID });
		free(read_exercise());
		kill_and_reap(init);
	}
	check_left(&before);
	unload_exercise();
}

const struct test idr_tests[] = {
	{ "3 level, namespace and PIDs of each init", all_inits },
	{ "3 a procfs mount of a container shows its subtree only",
	  in_container },
	{ "2 a reader in a container with the procfs mount of the host",
	  mount_of_host },
	{ "2 PID 1 is only the ID of a process group", kept_id },
	{ "3 150 inits in a row", many },
	{ "2 namespaces are created and end meanwhile", under_load },
	{ "1 all objects are freed", nothing_left },
};

const size_t nr_idr_tests = sizeof(idr_tests) / sizeof(*idr_tests);
