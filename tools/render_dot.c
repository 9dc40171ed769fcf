// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A picture for Graphviz: a box for each namespace, inside the box of its
 * parent, and in it its processes, each with its PID at every level, in the
 * colour of that level. Arrows go from parent to child process. Siblings without
 * children share a box, so that the picture is small and arrows are few.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "render.h"

/* These mean something in HTML-like labels. */
#define SPECIAL "&<>\""

/* With some letters behind it, this means something even as &#92;. */
#define ESCAPED "\\"

/* Levels whose PIDs fit beside each other. More are written one below another. */
#define WIDE 8

/* How many are in one column before there are two: wide as a slide is wide. */
#define PROCESSES_HIGH 6
#define NAMESPACES_HIGH 4

/* What a namespace takes of the width: most have an init and its children. */
#define NAMESPACE_RANKS 2

/* For each level, light enough for black letters; then again. */
static const struct {
	const char *box;
	const char *pid;
} colours[] = {
	{ "#eaf2fb", "#a9cdf3" },
	{ "#fff3df", "#ffcf87" },
	{ "#e8f6e8", "#a5dca5" },
	{ "#fdeaf0", "#f7b0c8" },
	{ "#f1ebfa", "#cdb6ee" },
	{ "#e2f4f3", "#8fd6d1" },
};

#define NR_COLOURS (sizeof(colours) / sizeof(*colours))

#define TABLE \
	"<table border=\"1\" cellborder=\"0\" cellspacing=\"1\" " \
	"cellpadding=\"2\" bgcolor=\"white\" color=\"#707070\">"

#define GAP "<td width=\"8\"></td>"

/**
 * struct drawn - a process that is drawn
 * @proc: the process
 * @parent: its parent, if that is drawn
 * @alone: it has a box of its own
 */
struct drawn {
	const struct process *proc;
	const struct process *parent;
	bool alone;
};

/**
 * struct place - where a namespace is to be drawn
 * @children: how many it has
 * @number: how many siblings come before it
 * @holder: process whose children are to be born in it, if that is drawn and
 *	nobody is in it
 */
struct place {
	size_t children;
	size_t number;
	const struct process *holder;
};

struct picture {
	struct snapshot *snap;
	bool kthreads;
	struct drawn *drawn;	/* by PID to find parents, then by box */
	size_t count;
	struct drawn *next;	/* that has not yet been put into its namespace */
	struct place *places;	/* of each namespace */
	unsigned int deepest;	/* level that is shown */
};

static void put_html(const char *string)
{
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		err(EXIT_FAILURE, "picture");
	put_visible(file, string, ESCAPED, true);
	fclose(file);
	for (const char *p = text; *p; p++)
		printf(strchr(SPECIAL, *p) ? "&#%d;" : "%c", *p);
	free(text);
}

static bool is_drawn(const struct picture *picture, const struct process *proc)
{
	return proc->ns->shown && !proc->hidden &&
	       (picture->kthreads || !snapshot_is_kthread(picture->snap, proc));
}

static int by_pid(const void *a, const void *b)
{
	const struct drawn *first = a, *second = b;

	return first->proc->pids[0] < second->proc->pids[0] ? -1 :
	       first->proc->pids[0] > second->proc->pids[0];
}

static void index_processes(struct picture *picture)
{
	const struct tree *tree = &picture->snap->tree;

	picture->drawn = calloc(tree->nr_processes + 1,
				sizeof(*picture->drawn));
	if (!picture->drawn)
		err(EXIT_FAILURE, "picture");
	for (size_t i = 0; i < tree->nr_processes; i++)
		if (is_drawn(picture, &tree->processes[i]))
			picture->drawn[picture->count++].proc =
				&tree->processes[i];
	qsort(picture->drawn, picture->count, sizeof(*picture->drawn), by_pid);
}

/*
 * A PID that was used again while the text was read comes twice: then the one
 * that can have to do with @ns, which is above it or there.
 */
static struct drawn *find_process(const struct picture *picture,
				  unsigned int pid, const struct namespace *ns)
{
	const struct process wanted = { .pids = &pid };
	const struct drawn key = { .proc = &wanted };
	struct drawn *found, *end = picture->drawn + picture->count;

	found = bsearch(&key, picture->drawn, picture->count,
			sizeof(*picture->drawn), by_pid);
	if (!found)
		return NULL;
	while (found > picture->drawn && found[-1].proc->pids[0] == pid)
		found--;
	for (; found < end && found->proc->pids[0] == pid; found++)
		if (namespace_is_below(ns, found->proc->ns))
			return found;

	return NULL;
}

static struct place *place_of(const struct picture *picture,
			      const struct namespace *ns)
{
	return &picture->places[ns - picture->snap->tree.namespaces];
}

static void place_namespaces(struct picture *picture)
{
	const struct tree *tree = &picture->snap->tree;

	picture->places = calloc(tree->nr_namespaces + 1,
				 sizeof(*picture->places));
	if (!picture->places)
		err(EXIT_FAILURE, "picture");
	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];

		if (!ns->shown)
			continue;
		if (ns->level > picture->deepest)
			picture->deepest = ns->level;
		if (ns->parent)
			picture->places[i].number =
				place_of(picture, ns->parent)->children++;
	}
}

/*
 * Those that an arrow comes from have a box of their own, as have those whose
 * parents are outside: they need not be siblings.
 */
static void find_parents(struct picture *picture)
{
	const struct tree *tree = &picture->snap->tree;

	for (size_t i = 0; i < picture->count; i++) {
		struct drawn *drawn = &picture->drawn[i], *parent;
		const struct process *proc = drawn->proc;

		if (!proc->ppid || proc->ns->level >= WIDE)
			drawn->alone = true;
		parent = find_process(picture, proc->ppid, proc->ns);
		if (!parent)
			continue;
		drawn->parent = parent->proc;
		parent->alone = true;
	}
	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];
		struct drawn *holder;

		if (!ns->shown || ns->nr_processes)
			continue;
		holder = find_process(picture, ns->holder, ns);
		if (!holder)
			continue;
		picture->places[i].holder = holder->proc;
		holder->alone = true;
	}
}

static int by_box(const void *a, const void *b)
{
	const struct drawn *first = a, *second = b;
	const struct process *one = first->proc, *other = second->proc;

	if (one->ns != other->ns)
		return one->ns < other->ns ? -1 : 1;
	if (first->alone != second->alone)
		return first->alone ? -1 : 1;
	if (!first->alone && one->ppid != other->ppid)
		return one->ppid < other->ppid ? -1 : 1;

	return by_pid(a, b);
}

static bool share_box(const struct drawn *first, const struct drawn *second)
{
	return !first->alone && !second->alone &&
	       first->proc->ns == second->proc->ns &&
	       first->proc->ppid == second->proc->ppid;
}

/* One column of so many, two of twice that, and so on: it keeps its shape. */
static unsigned int count_columns(size_t count, unsigned int high)
{
	unsigned int columns = 1;

	while ((size_t)columns * columns * high < count)
		columns++;

	return columns;
}

/* The PID in its own namespace, which is there once. */
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
		if (proc->ns->level >= WIDE)
			fputs("</tr><tr>", stdout);
		printf("<td bgcolor=\"%s\">%u</td>", colours[i % NR_COLOURS].pid,
		       proc->pids[i]);
	}
}

static void draw_box(const struct drawn *first, size_t count)
{
	size_t columns = count_columns(count, PROCESSES_HIGH);
	size_t rows = (count + columns - 1) / columns;

	putchar('\t');
	put_name(first->proc);
	fputs(" [label=<" TABLE, stdout);
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

/* A box with nothing in it would not be drawn. */
static void draw_nothing(const struct namespace *ns)
{
	printf("\te%u [fontcolor=\"#505050\", label=<%s", ns->inum,
	       ns->init == INIT_HIDDEN ? "hidden" : "no process");
	if (ns->holder)
		printf("<br/>pid_for_children of %u", ns->holder);
	puts(">];");
}

static void enter_namespace(const struct namespace *ns, void *arg)
{
	struct picture *picture = arg;
	const struct drawn *end = picture->drawn + picture->count;
	bool active = !strcmp(ns->state, "active"), empty = true;

	printf("subgraph cluster_%u {\n", ns->inum);
	printf("\tstyle=\"rounded,filled%s\"; color=\"#808080\"; fillcolor=\"%s\";\n",
	       active ? "" : ",dashed", colours[ns->level % NR_COLOURS].box);
	printf("\tlabel=<<b>pid:[%u] level %u", ns->inum, ns->level);
	if (!active)
		printf(", %s", ns->state);
	fputs("</b><br align=\"left\"/>", stdout);
	put_container(picture->snap, ns);
	puts(">;");
	while (picture->next < end && picture->next->proc->ns == ns) {
		size_t count = 1;

		while (picture->next + count < end &&
		       share_box(picture->next, picture->next + count))
			count++;
		draw_box(picture->next, count);
		picture->next += count;
		empty = false;
	}
	if (empty)
		draw_nothing(ns);
}

static void leave_namespace(const struct namespace *ns, void *arg)
{
	(void)ns;
	(void)arg;
	puts("}");
}

/* How far an arrow to a namespace goes: this puts many siblings into columns. */
static unsigned int count_ranks(const struct picture *picture,
				const struct namespace *ns)
{
	const struct place *place = place_of(picture, ns);
	size_t siblings;

	if (!ns->parent)
		return 1;
	siblings = place_of(picture, ns->parent)->children;

	return 1 + place->number % count_columns(siblings, NAMESPACES_HIGH) *
	       NAMESPACE_RANKS;
}

/*
 * What dot reads first, it puts lowest. So the arrows are there before the
 * boxes, and the last ones before the others. Those that lead into another
 * namespace are to be straight, lest they cross its heading.
 */
static void draw_arrows(const struct picture *picture)
{
	const struct tree *tree = &picture->snap->tree;

	for (size_t i = tree->nr_namespaces; i--;) {
		const struct namespace *ns = &tree->namespaces[i];

		if (!picture->places[i].holder)
			continue;
		put_name(picture->places[i].holder);
		printf(" -> e%u [style=dashed, minlen=%u];\n", ns->inum,
		       count_ranks(picture, ns) + 1);
	}
	for (size_t i = picture->count; i--;) {
		const struct drawn *drawn = &picture->drawn[i];

		if (!drawn->parent || (i && share_box(drawn - 1, drawn)))
			continue;
		put_name(drawn->parent);
		fputs(" -> ", stdout);
		put_name(drawn->proc);
		if (drawn->parent->ns != drawn->proc->ns)
			printf(" [weight=5, minlen=%u]",
			       count_ranks(picture, drawn->proc->ns));
		puts(";");
	}
}

/* What is a label of the whole picture is below it. */
static void draw_legend(const struct picture *picture)
{
	if (!picture->deepest)
		return;
	fputs("label=<<table border=\"0\" cellspacing=\"2\"><tr><td>PID at</td>",
	      stdout);
	for (unsigned int i = 0; i <= picture->deepest && i < NR_COLOURS; i++)
		printf("<td bgcolor=\"%s\">level %u</td>", colours[i].pid, i);
	if (picture->deepest >= NR_COLOURS)
		fputs("<td>(colours repeat)</td>", stdout);
	puts("</tr></table>>;");
}

void render_dot(struct snapshot *snap, bool kthreads)
{
	static const struct visitor visitor = {
		enter_namespace, leave_namespace
	};
	struct picture picture = {
		.snap = snap,
		.kthreads = kthreads || !tree_has_kthreads(&snap->tree),
	};

	index_processes(&picture);
	place_namespaces(&picture);
	find_parents(&picture);
	qsort(picture.drawn, picture.count, sizeof(*picture.drawn), by_box);
	picture.next = picture.drawn;
	puts("digraph pidns_tree {");
	puts("rankdir=LR; nodesep=0.12; ranksep=0.45;");
	puts("graph [fontname=\"Helvetica\", fontsize=12, labeljust=l];");
	puts("node [shape=plain, fontname=\"Helvetica\", fontsize=11];");
	puts("edge [color=\"#505050\", arrowsize=0.6, tailport=e, headport=w];");
	draw_arrows(&picture);
	tree_visit(&snap->tree, &visitor, &picture);
	draw_legend(&picture);
	puts("}");
	free(picture.places);
	free(picture.drawn);
}
