// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A graph for Graphviz. Each namespace is a box inside the box of its parent.
 * It contains its processes, each with its PID at every level in the colour of
 * that level. Arrows go from a parent process to its children. Siblings without
 * children share a box, which keeps the graph small and needs fewer arrows.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "dot.h"
#include "render.h"

/* From this level on, the PIDs of a process form a column instead of a row. */
#define COLUMN_LEVEL 8

/* Elements of a single column; chosen so that a graph fits on a slide. */
#define PROCESSES_PER_COLUMN 6
#define NAMESPACES_PER_COLUMN 4

/* Ranks of dot for a namespace: most contain an init and its children. */
#define NAMESPACE_RANKS 2

#define GAP "<td width=\"8\"></td>"

/**
 * struct node - a process in the graph
 * @proc: the process
 * @parent: its parent; NULL if the parent is not in the graph
 * @alone: it has a box of its own
 */
struct node {
	const struct process *proc;
	const struct process *parent;
	bool alone;
};

/**
 * struct place - the position of a namespace in the graph
 * @children: number of its child namespaces
 * @number: number of siblings before it
 * @holder: for a namespace without processes, the process whose
 *	pid_for_children is this namespace; NULL if that is not in the graph
 */
struct place {
	size_t children;
	size_t number;
	const struct process *holder;
};

struct graph {
	struct snapshot *snap;
	bool kthreads;		/* include kernel threads */
	struct node *nodes;	/* sorted by PID to find parents, then by box */
	size_t count;
	struct node *next;	/* first node that is not printed yet */
	struct place *places;	/* indexed like snap->tree.namespaces */
	unsigned int deepest;	/* deepest level that is shown */
};

static bool is_in_graph(const struct graph *graph, const struct process *proc)
{
	return proc->ns->shown && !proc->hidden &&
	       (graph->kthreads || !snapshot_is_kthread(graph->snap, proc));
}

static int by_pid(const void *a, const void *b)
{
	const struct node *first = a, *second = b;

	return first->proc->pids[0] < second->proc->pids[0] ? -1 :
	       first->proc->pids[0] > second->proc->pids[0];
}

static void index_processes(struct graph *graph)
{
	const struct tree *tree = &graph->snap->tree;

	graph->nodes = calloc(tree->nr_processes + 1, sizeof(*graph->nodes));
	if (!graph->nodes)
		err(EXIT_FAILURE, "cannot allocate the graph");
	for (size_t i = 0; i < tree->nr_processes; i++)
		if (is_in_graph(graph, &tree->processes[i]))
			graph->nodes[graph->count++].proc =
				&tree->processes[i];
	qsort(graph->nodes, graph->count, sizeof(*graph->nodes), by_pid);
}

/*
 * If the PID was reused while the file was read, two processes have it. The
 * wanted one is in @ns or in an ancestor of @ns.
 */
static struct node *find_process(const struct graph *graph, unsigned int pid,
				 const struct namespace *ns)
{
	const struct process wanted = { .pids = &pid };
	const struct node key = { .proc = &wanted };
	struct node *found, *end = graph->nodes + graph->count;

	found = bsearch(&key, graph->nodes, graph->count,
			sizeof(*graph->nodes), by_pid);
	if (!found)
		return NULL;
	while (found > graph->nodes && found[-1].proc->pids[0] == pid)
		found--;
	for (; found < end && found->proc->pids[0] == pid; found++)
		if (namespace_is_below(ns, found->proc->ns))
			return found;

	return NULL;
}

static struct place *place_of(const struct graph *graph,
			      const struct namespace *ns)
{
	return &graph->places[ns - graph->snap->tree.namespaces];
}

static void place_namespaces(struct graph *graph)
{
	const struct tree *tree = &graph->snap->tree;

	graph->places = calloc(tree->nr_namespaces + 1,
			       sizeof(*graph->places));
	if (!graph->places)
		err(EXIT_FAILURE, "cannot allocate the graph");
	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];

		if (!ns->shown)
			continue;
		if (ns->level > graph->deepest)
			graph->deepest = ns->level;
		if (ns->parent)
			graph->places[i].number =
				place_of(graph, ns->parent)->children++;
	}
}

/*
 * A process with children has a box of its own, because an arrow starts there.
 * A process whose parent is outside also has one, because other processes with
 * PPID 0 may not be its siblings.
 */
static void find_parents(struct graph *graph)
{
	const struct tree *tree = &graph->snap->tree;

	for (size_t i = 0; i < graph->count; i++) {
		struct node *node = &graph->nodes[i], *parent;
		const struct process *proc = node->proc;

		if (!proc->ppid || proc->ns->level >= COLUMN_LEVEL)
			node->alone = true;
		parent = find_process(graph, proc->ppid, proc->ns);
		if (!parent)
			continue;
		node->parent = parent->proc;
		parent->alone = true;
	}
	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];
		struct node *holder;

		if (!ns->shown || ns->nr_processes)
			continue;
		holder = find_process(graph, ns->holder, ns);
		if (!holder)
			continue;
		graph->places[i].holder = holder->proc;
		holder->alone = true;
	}
}

static int by_box(const void *a, const void *b)
{
	const struct node *first = a, *second = b;
	const struct process *one = first->proc, *other = second->proc;

	if (one->ns != other->ns)
		return one->ns < other->ns ? -1 : 1;
	if (first->alone != second->alone)
		return first->alone ? -1 : 1;
	if (!first->alone && one->ppid != other->ppid)
		return one->ppid < other->ppid ? -1 : 1;

	return by_pid(a, b);
}

static bool share_box(const struct node *first, const struct node *second)
{
	return !first->alone && !second->alone &&
	       first->proc->ns == second->proc->ns &&
	       first->proc->ppid == second->proc->ppid;
}

/* N columns have at most N * @height elements each, which keeps the shape. */
static unsigned int count_columns(size_t count, unsigned int height)
{
	unsigned int columns = 1;

	while ((size_t)columns * columns * height < count)
		columns++;

	return columns;
}

/* The PID in its own namespace is unique there. */
static void put_name(const struct process *proc)
{
	printf("p%u_%u", proc->pids[proc->ns->level], proc->ns->inum);
}

static void put_process(const struct process *proc)
{
	fputs("<td align=\"left\">", stdout);
	put_html(*proc->comm ? proc->comm : " ");
	fputs("</td>", stdout);
	for (unsigned int i = 0; i <= proc->ns->level; i++) {
		if (proc->ns->level >= COLUMN_LEVEL)
			fputs("</tr><tr>", stdout);
		printf("<td bgcolor=\"%s\">%u</td>", dot_pid_colour(i),
		       proc->pids[i]);
	}
}

static void put_box(const struct node *first, size_t count)
{
	size_t columns = count_columns(count, PROCESSES_PER_COLUMN);
	size_t rows = (count + columns - 1) / columns;

	putchar('\t');
	put_name(first->proc);
	fputs(" [label=<" DOT_TABLE, stdout);
	for (size_t row = 0; row < rows; row++) {
		fputs("<tr>", stdout);
		for (size_t i = row; i < count; i += rows) {
			if (i != row)
				fputs(GAP, stdout);
			put_process(first[i].proc);
		}
		fputs("</tr>", stdout);
	}
	puts("</table>>];");
}

static void put_container(struct snapshot *snap, const struct namespace *ns)
{
	struct cgroup *cgroup = snapshot_init_cgroup(snap, ns);
	const struct container_name *names = snapshot_names(snap, cgroup);
	const struct container *container = &cgroup->container;

	if (!container->id)
		return;
	printf("%s ", container->engine ? container->engine : "container");
	if (container_has_hash(container))
		printf("%.*s", CONTAINER_SHORT, container->id);
	else
		put_html(container->id);
	if (names && names->name) {
		putchar(' ');
		put_html(names->name);
	}
	fputs("<br align=\"left\"/>", stdout);
}

/* dot does not draw an empty box. */
static void put_placeholder(const struct namespace *ns)
{
	printf("\te%u [fontcolor=\"#505050\", label=<%s", ns->inum,
	       ns->init == INIT_HIDDEN ? "hidden" : "no process");
	if (ns->holder)
		printf("<br/>pid_for_children of %u", ns->holder);
	puts(">];");
}

static void enter_namespace(const struct namespace *ns, void *arg)
{
	struct graph *graph = arg;
	const struct node *end = graph->nodes + graph->count;
	bool active = !strcmp(ns->state, "active"), empty = true;

	printf("subgraph cluster_%u {\n", ns->inum);
	printf("\tstyle=\"rounded,filled%s\"; color=\"#808080\"; fillcolor=\"%s\";\n",
	       active ? "" : ",dashed", dot_box_colour(ns->level));
	printf("\tlabel=<<b>pid:[%u] level %u", ns->inum, ns->level);
	if (!active)
		printf(", %s", ns->state);
	fputs("</b><br align=\"left\"/>", stdout);
	put_container(graph->snap, ns);
	puts(">;");
	while (graph->next < end && graph->next->proc->ns == ns) {
		size_t count = 1;

		while (graph->next + count < end &&
		       share_box(graph->next, graph->next + count))
			count++;
		put_box(graph->next, count);
		graph->next += count;
		empty = false;
	}
	if (empty)
		put_placeholder(ns);
}

static void leave_namespace(const struct namespace *ns, void *arg)
{
	(void)ns;
	(void)arg;
	puts("}");
}

/* The length of an arrow to a namespace: it arranges siblings in columns. */
static unsigned int count_ranks(const struct graph *graph,
				const struct namespace *ns)
{
	const struct place *place = place_of(graph, ns);
	size_t siblings;

	if (!ns->parent)
		return 1;
	siblings = place_of(graph, ns->parent)->children;

	return 1 + NAMESPACE_RANKS *
	       (place->number % count_columns(siblings, NAMESPACES_PER_COLUMN));
}

/*
 * dot places what it reads first at the bottom. So arrows precede the boxes, in
 * reverse order. The weight keeps an arrow into another namespace straight:
 * otherwise it could cross the heading of that namespace.
 */
static void put_arrows(const struct graph *graph)
{
	const struct tree *tree = &graph->snap->tree;

	for (size_t i = tree->nr_namespaces; i--;) {
		const struct namespace *ns = &tree->namespaces[i];

		if (!graph->places[i].holder)
			continue;
		put_name(graph->places[i].holder);
		printf(" -> e%u [style=dashed, minlen=%u];\n", ns->inum,
		       count_ranks(graph, ns) + 1);
	}
	for (size_t i = graph->count; i--;) {
		const struct node *node = &graph->nodes[i];

		if (!node->parent || (i && share_box(node - 1, node)))
			continue;
		put_name(node->parent);
		fputs(" -> ", stdout);
		put_name(node->proc);
		if (node->parent->ns != node->proc->ns)
			printf(" [weight=5, minlen=%u]",
			       count_ranks(graph, node->proc->ns));
		puts(";");
	}
}

/* dot places the label of the graph below it. */
static void put_legend(const struct graph *graph)
{
	if (!graph->deepest)
		return;
	fputs("label=<<table border=\"0\" cellspacing=\"2\"><tr><td>PID at</td>",
	      stdout);
	for (unsigned int i = 0; i <= graph->deepest && i < DOT_COLOURS; i++)
		printf("<td bgcolor=\"%s\">level %u</td>", dot_pid_colour(i), i);
	if (graph->deepest >= DOT_COLOURS)
		fputs("<td>(colours repeat)</td>", stdout);
	puts("</tr></table>>;");
}

void render_dot(struct snapshot *snap, bool kthreads)
{
	static const struct visitor visitor = {
		enter_namespace, leave_namespace
	};
	struct graph graph = {
		.snap = snap,
		.kthreads = kthreads || !tree_has_kthreads(&snap->tree),
	};

	index_processes(&graph);
	place_namespaces(&graph);
	find_parents(&graph);
	qsort(graph.nodes, graph.count, sizeof(*graph.nodes), by_box);
	graph.next = graph.nodes;
	puts("digraph pidns_tree {");
	puts("rankdir=LR; nodesep=0.12; ranksep=0.45;");
	dot_put_style();
	put_arrows(&graph);
	tree_visit(&snap->tree, &visitor, &graph);
	put_legend(&graph);
	puts("}");
	free(graph.places);
	free(graph.nodes);
}
