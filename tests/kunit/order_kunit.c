// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Tests of order.c: which namespaces are shown, and in which order.
 */
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/prandom.h>

#include "fixture.h"
#include "pidns_tree.h"

/* Room for one PID of the init, because order.c uses no other. */
#define CANDIDATE_SIZE \
	ALIGN(sizeof(struct pidtree_candidate) + sizeof(pid_t), sizeof(void *))

/* Take the next candidate from @mem and add it to the list. */
static struct pidtree_candidate *add_candidate(struct list_head *candidates,
					       void **mem)
{
	struct pidtree_candidate *cand = *mem;

	*mem += CANDIDATE_SIZE;
	INIT_LIST_HEAD(&cand->children);
	INIT_LIST_HEAD(&cand->sibling);
	list_add_tail(&cand->entry, candidates);

	return cand;
}

/*
 * Small trees. The nodes are in the order of siblings. The node without a
 * parent is the root.
 */
struct order_case {
	const char *desc;
	const char *shown;
	bool root_shown;
	struct {
		char name;
		char parent;
		enum pidtree_state state;
		pid_t init;
		unsigned int nprocs;
		pid_t pid_for_children;
		bool has_id;
		bool listed;
	} nodes[8];
};

static const struct order_case order_cases[] = {
	{
		.desc = "only a root",
		.shown = "a",
		.nodes = {
			{ 'a', .init = 1, .nprocs = 1 },
		},
	},
	{
		.desc = "siblings in the order of the list",
		.shown = "adbc",
		.nodes = {
			{ 'a', .init = 1, .nprocs = 1 },
			{ 'd', 'a', .init = 7, .nprocs = 1 },
			{ 'b', 'a', .init = 8, .nprocs = 1 },
			{ 'c', 'a', .init = 9, .nprocs = 1 },
		},
	},
	{
		.desc = "a subtree before the next sibling",
		.shown = "abdce",
		.nodes = {
			{ 'a', .init = 1, .nprocs = 1 },
			{ 'b', 'a', .init = 7, .nprocs = 1 },
			{ 'c', 'a', .init = 8, .nprocs = 1 },
			{ 'd', 'b', .init = 9, .nprocs = 1 },
			{ 'e', 'c', .init = 10, .nprocs = 1 },
		},
	},
	{
		/*
		 * PIDs have wrapped, so the init of the child has the lower
		 * PID.
		 */
		.desc = "children listed before their parents",
		.shown = "acbdef",
		.nodes = {
			{ 'b', 'c', .init = 4, .nprocs = 1 },
			{ 'd', 'c', .init = 5, .nprocs = 1 },
			{ 'f', 'e', .init = 6, .nprocs = 1 },
			{ 'a', .init = 1, .nprocs = 1 },
			{ 'c', 'a', .init = 7, .nprocs = 1 },
			{ 'e', 'a', .init = 8, .nprocs = 1 },
		},
	},
	{
		.desc = "root not shown",
		.shown = "",
		.nodes = {
			{ 'a', .init = 1 },
			{ 'b', 'a', .init = 2 },
		},
	},
	{
		.desc = "root without a process shown",
		.shown = "a",
		.root_shown = true,
		.nodes = {
			{ 'a', .state = PIDTREE_PENDING },
			{ 'b', 'a', .init = 2 },
		},
	},
	{
		.desc = "ancestors of a shown namespace shown",
		.shown = "abc",
		.nodes = {
			{ 'a', .init = 1 },
			{ 'b', 'a', .init = 2 },
			{ 'c', 'b', .init = 3, .nprocs = 1 },
			{ 'd', 'c', .init = 4 },
			{ 'e', 'a', .init = 5 },
		},
	},
	{
		.desc = "shown because of an ID",
		.shown = "abd",
		.nodes = {
			{ 'a', .init = 1 },
			{ 'b', 'a', .state = PIDTREE_DEAD },
			{ 'c', 'a', .state = PIDTREE_DEAD },
			{ 'd', 'b', .state = PIDTREE_DEAD, .has_id = true },
		},
	},
	{
		.desc = "shown because of pid_for_children",
		.shown = "abc",
		.nodes = {
			{ 'a', .init = 1 },
			{ 'b', 'a', .state = PIDTREE_DEAD },
			{ 'c', 'b', .state = PIDTREE_PENDING,
			  .pid_for_children = 1 },
			{ 'd', 'a', .state = PIDTREE_PENDING },
		},
	},
	{
		.desc = "listed: shown without processes only",
		.shown = "abcfg",
		.nodes = {
			{ 'a', .init = 1, .nprocs = 1 },
			{ 'b', 'a', .state = PIDTREE_PENDING, .listed = true },
			{ 'c', 'a', .state = PIDTREE_DEAD, .listed = true },
			{ 'd', 'a', .init = 4, .listed = true },
			{ 'e', 'a', .state = PIDTREE_DYING, .init = 5,
			  .listed = true },
			{ 'f', 'a', .init = 6, .listed = true },
			{ 'g', 'f', .state = PIDTREE_DEAD, .listed = true },
			{ 'h', 'a', .state = PIDTREE_DEAD },
		},
	},
	{
		.desc = "listed: hidden below one created during open",
		.shown = "ad",
		.nodes = {
			{ 'a', .init = 1 },
			{ 'b', 'a', .listed = true },
			{ 'c', 'b', .state = PIDTREE_PENDING, .listed = true },
			{ 'd', 'a', .state = PIDTREE_DEAD, .listed = true },
		},
	},
	{
		.desc = "created during open: hidden with descendants",
		.shown = "af",
		.nodes = {
			{ 'a', .init = 1, .nprocs = 1 },
			{ 'b', 'a', .nprocs = 1 },
			{ 'c', 'b', .init = 3, .nprocs = 1 },
			{ 'd', 'a', .state = PIDTREE_DYING,
			  .pid_for_children = 1 },
			{ 'e', 'd', .state = PIDTREE_DEAD,
			  .pid_for_children = 1 },
			{ 'f', 'a', .init = 5, .nprocs = 1 },
		},
	},
	{
		.desc = "created during open: ancestors not shown",
		.shown = "",
		.nodes = {
			{ 'c', 'b', .nprocs = 1 },
			{ 'a', .init = 1 },
			{ 'b', 'a', .init = 2 },
		},
	},
	{
		.desc = "dying with a visited init",
		.shown = "ab",
		.nodes = {
			{ 'a', .init = 1, .nprocs = 1 },
			{ 'b', 'a', .state = PIDTREE_DYING, .init = 2,
			  .nprocs = 1 },
		},
	},
};

KUNIT_ARRAY_PARAM_DESC(order, order_cases, desc);

static void order_of_small_trees(struct kunit *test)
{
	const struct order_case *param = test->param_value;
	struct pidtree_candidate *candidates['z' - 'a' + 1] = {};
	char names[ARRAY_SIZE(param->nodes) + 1] = "";
	struct pidtree_candidate *cand, *root = NULL;
	size_t i, len = 0;
	LIST_HEAD(list);
	void *mem;

	mem = fake_alloc(test, ARRAY_SIZE(param->nodes) * CANDIDATE_SIZE);
	for (i = 0; i < ARRAY_SIZE(param->nodes) && param->nodes[i].name; i++) {
		cand = add_candidate(&list, &mem);
		cand->node.state = param->nodes[i].state;
		cand->node.init[0] = param->nodes[i].init;
		cand->node.nprocs = param->nodes[i].nprocs;
		cand->node.pid_for_children = param->nodes[i].pid_for_children;
		cand->has_id = param->nodes[i].has_id;
		cand->listed = param->nodes[i].listed;
		/*
		 * order.c ignores pid_max, so the name of the node fits there.
		 */
		cand->node.pid_max = param->nodes[i].name;
		candidates[param->nodes[i].name - 'a'] = cand;
	}
	while (i--) {
		cand = candidates[param->nodes[i].name - 'a'];
		if (param->nodes[i].parent)
			cand->parent = candidates[param->nodes[i].parent - 'a'];
		else
			root = cand;
	}
	root->shown = param->root_shown;

	pidtree_order_link(&list);
	for (cand = pidtree_order_first(root); cand && len < sizeof(names) - 1;
	     cand = pidtree_order_next(cand))
		names[len++] = cand->node.pid_max;

	KUNIT_EXPECT_STREQ(test, names, param->shown);
}

/* Random trees. */
struct shape {
	const char *desc;
	unsigned int nodes;
	unsigned int levels;
	/* Percentage of nodes whose parent is the previous node. */
	unsigned int chained;
	/* Percentages: created during open; with a visible process or task. */
	unsigned int during_open;
	unsigned int visible;
	bool root_shown;
};

static const struct shape shapes[] = {
	{ "chain of all levels", 33, 32, 100, 0, 100 },
	{ "chain, some visible", 33, 32, 100, 0, 10 },
	{ "10000 siblings", 10000, 1, 0, 0, 100 },
	{ "10000 siblings, some visible", 10000, 1, 0, 5, 30, true },
	{ "10000 in 32 levels", 10000, 32, 60, 0, 100 },
	{ "10000 in 32 levels, some created during open", 10000, 32, 60, 2, 50,
	  true },
	{ "10000 in 32 levels, few visible", 10000, 32, 90, 1, 1 },
	{ "1000 in 3 levels, none visible", 1000, 3, 30, 0, 0 },
	{ "1000 in 3 levels, all created during open", 1000, 3, 30, 100, 100,
	  true },
	{ "100 in 10 levels", 100, 10, 50, 5, 20 },
};

KUNIT_ARRAY_PARAM_DESC(shape, shapes, desc);

#define TREE_SEED 20240229
#define TREES_OF_A_SHAPE 3

/*
 * The test's own model of a node. The first element of the array is the root.
 * @place is the place of the candidate in the list, which has another order.
 */
struct model {
	struct pidtree_candidate *cand;
	struct model *parent;
	unsigned int level;
	unsigned int place;
	bool during_open;
	bool visible;
	bool shown;
};

static u32 random_below(struct rnd_state *rnd, u32 limit)
{
	return prandom_u32_state(rnd) % limit;
}

static void make_models(struct rnd_state *rnd, const struct shape *shape,
			struct model *models)
{
	unsigned int i;

	for (i = 0; i < shape->nodes; i++) {
		struct model *model = &models[i];

		model->place = i;
		model->visible = random_below(rnd, 100) < shape->visible;
		if (!i)
			continue;

		model->during_open = random_below(rnd, 100) <
				     shape->during_open;
		model->parent = random_below(rnd, 100) < shape->chained ?
					&models[i - 1] :
					&models[random_below(rnd, i)];
		while (model->parent->level == shape->levels)
			model->parent = model->parent->parent;
		model->level = model->parent->level + 1;
	}

	for (i = shape->nodes - 1; i; i--) {
		struct model *other = &models[random_below(rnd, i + 1)];

		swap(models[i].place, other->place);
	}
}

/*
 * A visible node is shown with its ancestors, unless one of them or the node
 * itself was created during open.
 */
static unsigned int show_models(const struct shape *shape, struct model *models)
{
	unsigned int i, shown = 0;
	struct model *up;

	models[0].shown = shape->root_shown;
	for (i = 0; i < shape->nodes; i++) {
		bool during_open = false;

		for (up = &models[i]; up; up = up->parent)
			during_open |= up->during_open;
		for (up = &models[i]; up && models[i].visible && !during_open;
		     up = up->parent)
			up->shown = true;
	}
	for (i = 0; i < shape->nodes; i++)
		shown += models[i].shown;

	return shown;
}

/* The first model is the root. */
static void make_tree(struct kunit *test, struct rnd_state *rnd,
		      const struct shape *shape, struct model *models,
		      struct list_head *candidates)
{
	struct model **by_place;
	unsigned int i;
	void *mem;

	mem = fake_alloc(test, shape->nodes * CANDIDATE_SIZE);
	by_place = fake_alloc(test, shape->nodes * sizeof(*by_place));
	for (i = 0; i < shape->nodes; i++)
		by_place[models[i].place] = &models[i];

	for (i = 0; i < shape->nodes; i++) {
		struct model *model = by_place[i];
		struct pidtree_node *node;

		model->cand = add_candidate(candidates, &mem);
		node = &model->cand->node;
		/* order.c ignores pid_max: store the index of the model. */
		node->pid_max = model - models;
		if (model->visible && random_below(rnd, 4))
			node->nprocs = 1 + random_below(rnd, 9);
		else if (model->visible && random_below(rnd, 2))
			model->cand->has_id = true;
		else if (model->visible)
			node->pid_for_children = 1;

		if (model->during_open) {
			node->state = random_below(rnd, 2) ? PIDTREE_ACTIVE :
							     PIDTREE_DYING;
		} else {
			node->state = random_below(rnd, PIDTREE_DEAD + 1);
			if (node->state == PIDTREE_ACTIVE ||
			    node->state == PIDTREE_DYING)
				node->init[0] = 2 + i;
		}
	}
	for (i = 1; i < shape->nodes; i++)
		models[i].cand->parent = models[i].parent->cand;
	models[0].cand->shown = shape->root_shown;
}

/*
 * Is @a before @b in pre-order? It is if @a is an ancestor of @b. Otherwise,
 * compare the places of the two siblings among @a, @b and their ancestors.
 */
static bool is_before(const struct model *a, const struct model *b)
{
	bool a_is_higher = a->level < b->level;

	while (a->level > b->level)
		a = a->parent;
	while (b->level > a->level)
		b = b->parent;
	if (a == b)
		return a_is_higher;

	while (a->parent != b->parent) {
		a = a->parent;
		b = b->parent;
	}

	return a->place < b->place;
}

/* All shown nodes, no other node, each after the previous one. */
static void check_order(struct kunit *test, const struct model *models,
			unsigned int shown)
{
	const struct model *last = NULL;
	struct pidtree_candidate *cand;
	unsigned int visited = 0;

	for (cand = pidtree_order_first(models[0].cand); cand;
	     cand = pidtree_order_next(cand)) {
		const struct model *model = &models[cand->node.pid_max];

		KUNIT_ASSERT_TRUE(test, model->shown);
		if (last)
			KUNIT_ASSERT_TRUE(test, is_before(last, model));
		last = model;
		visited++;
	}

	KUNIT_EXPECT_EQ(test, visited, shown);
}

static void order_of_random_trees(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct rnd_state rnd;
	unsigned int i, shown;

	prandom_seed_state(&rnd, TREE_SEED);
	kunit_info(test, "%s: seed %d", shape->desc, TREE_SEED);

	for (i = 0; i < TREES_OF_A_SHAPE; i++) {
		struct model *models;
		LIST_HEAD(candidates);

		models = fake_alloc(test, shape->nodes * sizeof(*models));
		make_models(&rnd, shape, models);
		shown = show_models(shape, models);
		make_tree(test, &rnd, shape, models, &candidates);

		pidtree_order_link(&candidates);
		check_order(test, models, shown);
	}
}

static struct kunit_case order_tests[] = {
	KUNIT_CASE_PARAM(order_of_small_trees, order_gen_params),
	KUNIT_CASE_PARAM(order_of_random_trees, shape_gen_params),
	{}
};

static struct kunit_suite order_suite = {
	.name = "pidns_tree_order",
	.test_cases = order_tests,
};

kunit_test_suite(order_suite);
