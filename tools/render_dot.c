// SPDX-License-Identifier: GPL-2.0
/*
 * A picture for Graphviz: a box for each namespace, inside the box of its
 * parent, and in it its processes, each with its PID at every level, in the
 * colour of that level. Arrows go from parent to child process.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "render.h"

/* These mean something in HTML-like labels, and a backslash in all of them. */
#define SPECIAL "&<>\"\\"

/* Parent of all threads of the kernel, as the kernel has it. */
#define KTHREADD 2

#define TABLE \
	"<table border=\"1\" cellborder=\"0\" cellspacing=\"0\" " \
	"bgcolor=\"white\" style=\"rounded\">"

/* One for each level, light enough for black letters; then again. */
static const char * const colours[] = {
	"#eef3fa", "#fdf1dc", "#e4f4e4", "#fae3ea", "#ece6f6", "#e0f2f1",
};

struct picture {
	struct look *look;
	bool kthreads;
	const struct process **by_pid;	/* those that are drawn */
	size_t count;
};

static const char *colour(unsigned int level)
{
	return colours[level % (sizeof(colours) / sizeof(*colours))];
}

static void put_html(const char *string)
{
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		err(EXIT_FAILURE, "picture");
	put_visible(file, string, "", true);
	fclose(file);
	for (const char *p = text; *p; p++)
		printf(strchr(SPECIAL, *p) ? "&#%d;" : "%c", *p);
	free(text);
}

/* They are in the first namespace of all: in others 2 is a PID like any. */
static bool has_kthreads(const struct look *look)
{
	const struct tree *tree = &look->tree;

	for (size_t i = 0; i < tree->nr_processes; i++)
		if (tree->processes[i].pids[0] == KTHREADD)
			return !tree->processes[i].ppid &&
			       !strcmp(tree->processes[i].comm, "kthreadd");

	return false;
}

static bool is_kthread(const struct process *proc)
{
	return !proc->ns->level &&
	       (proc->pids[0] == KTHREADD || proc->ppid == KTHREADD);
}

static bool is_drawn(const struct picture *picture, const struct process *proc)
{
	return proc->ns->shown && (picture->kthreads || !is_kthread(proc));
}

static int by_pid(const void *a, const void *b)
{
	const struct process *first = *(const struct process *const *)a;
	const struct process *second = *(const struct process *const *)b;

	return first->pids[0] < second->pids[0] ? -1 :
	       first->pids[0] > second->pids[0];
}

static void index_processes(struct picture *picture)
{
	const struct tree *tree = &picture->look->tree;

	picture->by_pid = calloc(tree->nr_processes + 1,
				 sizeof(*picture->by_pid));
	if (!picture->by_pid)
		err(EXIT_FAILURE, "picture");
	for (size_t i = 0; i < tree->nr_processes; i++)
		if (is_drawn(picture, &tree->processes[i]))
			picture->by_pid[picture->count++] = &tree->processes[i];
	qsort(picture->by_pid, picture->count, sizeof(*picture->by_pid),
	      by_pid);
}

/*
 * A PID that was used again while the text was read comes twice: then the one
 * that can have to do with @ns, which is above it or there.
 */
static const struct process *find_process(const struct picture *picture,
					  unsigned int pid,
					  const struct namespace *ns)
{
	const struct process wanted = { .pids = &pid }, *key = &wanted;
	const struct process **found, **end = picture->by_pid + picture->count;

	found = bsearch(&key, picture->by_pid, picture->count,
			sizeof(*picture->by_pid), by_pid);
	if (!found)
		return NULL;
	while (found > picture->by_pid && found[-1]->pids[0] == pid)
		found--;
	for (; found < end && (*found)->pids[0] == pid; found++)
		if (namespace_is_below(ns, (*found)->ns))
			return *found;

	return NULL;
}

/* The PID in its own namespace, which is there once. */
static void put_name(const struct process *proc)
{
	printf("p%u_%u", proc->pids[proc->ns->level], proc->ns->inum);
}

static void draw_process(const struct process *proc)
{
	unsigned int count = proc->ns->level + 1;

	putchar('\t');
	put_name(proc);
	printf(" [label=<" TABLE "<tr><td colspan=\"%u\"><b>", count);
	put_html(*proc->comm ? proc->comm : " ");
	fputs("</b></td></tr><tr>", stdout);
	for (unsigned int i = 0; i < count; i++)
		printf("<td bgcolor=\"%s\">%u</td>", colour(i), proc->pids[i]);
	puts("</tr></table>>];");
}

static void enter_namespace(const struct namespace *ns, void *arg)
{
	struct picture *picture = arg;
	const struct container *container;
	bool empty = true;

	container = look_container(picture->look, ns);
	printf("subgraph cluster_%u {\n", ns->inum);
	printf("\tstyle=\"rounded,filled\"; color=\"#808080\"; fillcolor=\"%s\";\n",
	       colour(ns->level));
	printf("\tlabel=<<b>pid:[%u]</b> level %u", ns->inum, ns->level);
	if (strcmp(ns->state, "active"))
		printf(", %s", ns->state);
	if (container) {
		fputs("<br/>container ", stdout);
		put_html(container->id);
	}
	puts(">;");
	for (size_t i = 0; i < ns->nr_processes; i++) {
		if (!is_drawn(picture, &ns->processes[i]))
			continue;
		draw_process(&ns->processes[i]);
		empty = false;
	}
	/* A box with nothing in it would not be drawn. */
	if (empty)
		printf("\te%u [label=\"no process\", fontcolor=\"#606060\"];\n",
		       ns->inum);
}

static void leave_namespace(const struct namespace *ns, void *arg)
{
	(void)ns;
	(void)arg;
	puts("}");
}

static void draw_arrows(const struct picture *picture)
{
	const struct tree *tree = &picture->look->tree;

	for (size_t i = 0; i < tree->nr_processes; i++) {
		const struct process *proc = &tree->processes[i], *parent;

		if (!is_drawn(picture, proc))
			continue;
		parent = find_process(picture, proc->ppid, proc->ns);
		if (!parent)
			continue;
		put_name(parent);
		fputs(" -> ", stdout);
		put_name(proc);
		puts(";");
	}
	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		const struct namespace *ns = &tree->namespaces[i];
		const struct process *holder;

		if (!ns->shown || ns->nr_processes)
			continue;
		holder = find_process(picture, ns->holder, ns);
		if (!holder)
			continue;
		put_name(holder);
		printf(" -> e%u [style=dashed, label=\"pid_for_children\"];\n",
		       ns->inum);
	}
}

void render_dot(struct look *look, bool kthreads)
{
	static const struct visitor visitor = {
		enter_namespace, leave_namespace
	};
	struct picture picture = {
		.look = look,
		.kthreads = kthreads || !has_kthreads(look),
	};

	index_processes(&picture);
	puts("digraph pidns_tree {");
	puts("rankdir=LR; nodesep=0.12; ranksep=0.6;");
	puts("graph [fontname=\"Helvetica\", fontsize=12, labeljust=l];");
	puts("node [shape=plain, fontname=\"Helvetica\", fontsize=11];");
	puts("edge [color=\"#606060\", arrowsize=0.6, fontname=\"Helvetica\", fontsize=10];");
	tree_visit(&look->tree, &visitor, &picture);
	draw_arrows(&picture);
	puts("}");
	free(picture.by_pid);
}
