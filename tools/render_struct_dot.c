// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The kernel's structures behind a PID as a graph for Graphviz. From left to
 * right: task_structs, signal_structs, struct pids and the IDRs of namespaces.
 * The arrows are pointers. A number has the colour of its level.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dot.h"
#include "print.h"
#include "render.h"
#include "struct_pid.h"

#define HEADING \
	"<tr><td colspan=\"3\" bgcolor=\"#dddddd\" port=\"top\"><b>%s</b></td></tr>"
#define POINTER "<tr><td align=\"left\" port=\"%s\">%s</td></tr>"
#define CELL "<td align=\"left\">"
#define WIDE_CELL "<td align=\"left\" colspan=\"2\">"
#define LINE_BREAK "<br align=\"left\"/>"

/* ---- names of nodes ---- */

/* A TID in the root is unique there. */
static void put_task_node(const struct task *task)
{
	printf("t%u", task->pids[0]);
}

static void put_signal_node(const struct process *proc)
{
	printf("s%u", proc->pids[0]);
}

static void put_pid_node(const struct pid_object *pid)
{
	printf("p%u", pid->task.pids[0]);
}

/* ---- structures ---- */

static void put_task_name(const struct task *task)
{
	task_put_pids(stdout, task);
	put_html(task->comm);
}

/* A label ends with put_end(). */
static void put_heading(const char *title)
{
	printf(" [label=<" DOT_TABLE HEADING, title);
}

static void put_end(void)
{
	puts("</table>>];");
}

static void put_task(const struct task *task)
{
	putchar('\t');
	put_task_node(task);
	put_heading("task_struct");
	fputs("<tr>" CELL, stdout);
	put_task_name(task);
	printf("</td></tr>" POINTER POINTER, "pid", "thread_pid", "signal",
	       "signal");
	put_end();
}

static void put_signal(const struct signal_object *signal)
{
	putchar('\t');
	put_signal_node(signal->proc);
	put_heading("signal_struct");
	printf("<tr>" CELL "nr_threads %u</td></tr>", signal->proc->threads);
	for (enum role role = ROLE_TGID; role < NR_ROLES; role++)
		printf("<tr><td align=\"left\" port=\"%s\">pids[%s]%s</td></tr>",
		       pid_types[role], pid_types[role],
		       signal->pids[role].to == TO_UNKNOWN ? " unknown" : "");
	put_end();
}

static void put_list(const struct structures *found,
		     const struct pid_object *pid, enum role role)
{
	struct task_list list = pid_object_list(found, pid, role);

	printf("<tr><td align=\"left\" valign=\"top\">tasks[%s]</td>" WIDE_CELL,
	       pid_types[role]);
	if (list.knowledge == LIST_UNKNOWN)
		fputs("unknown", stdout);
	else if (!list.count)
		fputs(list.knowledge == LIST_PARTIAL ? "none in this view" :
						       "empty", stdout);
	for (size_t i = 0; i < list.count && i < DRAWN_ELEMENTS; i++) {
		put_task_name(&list.tasks[i]);
		if (list.count > 1)
			fputs(LINE_BREAK, stdout);
	}
	if (list.count > DRAWN_ELEMENTS)
		printf("and %zu more" LINE_BREAK, list.count - DRAWN_ELEMENTS);
	fputs("</td></tr>", stdout);
	free(list.tasks);
}

static void put_pid(const struct structures *found,
		    const struct pid_object *pid)
{
	const struct namespace *path[LEVELS];
	char *level = structures_level(found, pid->ns->level);
	bool hidden = pid->kind == PID_HIDDEN;

	pid_object_path(pid, path);
	putchar('\t');
	put_pid_node(pid);
	put_heading(hidden ? "struct pid, hidden" : "struct pid");
	printf("<tr>" CELL "level</td>" WIDE_CELL "%s</td></tr>",
	       hidden ? "unknown" : level);
	free(level);
	for (unsigned int i = 0; i < pid->task.count; i++) {
		level = structures_level(found, i);
		printf("<tr>" CELL "numbers[%s]</td><td bgcolor=\"%s\">%u</td>",
		       level, dot_pid_colour(i), pid->task.pids[i]);
		printf("<td align=\"left\" port=\"n%u\">pid:[%u]</td></tr>", i,
		       path[i]->inum);
		free(level);
	}
	for (enum role role = 0; role < NR_ROLES; role++)
		put_list(found, pid, role);
	put_end();
}

/* Return: the index of the first entry of the next namespace. */
static size_t put_idr(const struct structures *found, size_t i)
{
	const struct namespace *ns = found->idr[i].ns;
	char *level = structures_level(found, ns->level);

	printf("\ti%u [label=<" DOT_TABLE
	       "<tr><td bgcolor=\"%s\"><b>IDR of pid:[%u]</b><br/>level %s</td></tr>",
	       ns->inum, dot_box_colour(ns->level), ns->inum, level);
	free(level);
	for (; i < found->nr_entries && found->idr[i].ns == ns; i++)
		printf("<tr><td bgcolor=\"%s\" port=\"n%u\">%u</td></tr>",
		       dot_pid_colour(ns->level), found->idr[i].nr,
		       found->idr[i].nr);
	put_end();

	return i;
}

/* ---- arrows ---- */

static void put_pointer(const struct structures *found,
			const struct pid_pointer *pointer)
{
	switch (pointer->to) {
	case TO_OBJECT:
		put_pid_node(&found->objects[pointer->object]);
		puts(":top:w;");
		break;
	case TO_INIT_STRUCT_PID:
		puts("init_struct_pid;");
		break;
	default:
		puts("outside;");
		break;
	}
}

/* The number of a struct pid in the root is also the TID of its task. */
static void put_arrows_of_task(const struct task *task,
			       const struct process *proc)
{
	const struct pid_object pid = { .task = *task };

	putchar('\t');
	put_task_node(task);
	fputs(":pid:e -> ", stdout);
	put_pid_node(&pid);
	puts(":top:w;");
	putchar('\t');
	put_task_node(task);
	fputs(":signal:e -> ", stdout);
	put_signal_node(proc);
	puts(":top:w;");
}

static void put_arrows_of_signal(const struct structures *found,
				 const struct signal_object *signal)
{
	for (enum role role = ROLE_TGID; role < NR_ROLES; role++) {
		if (signal->pids[role].to == TO_UNKNOWN)
			continue;
		putchar('\t');
		put_signal_node(signal->proc);
		printf(":%s:e -> ", pid_types[role]);
		put_pointer(found, &signal->pids[role]);
	}
}

/*
 * dot chooses the order of the nodes of a rank, unless arrows connect them.
 * These arrows are invisible.
 */
static void put_order(const struct structures *found)
{
	fputs("{rank=same; edge [style=invis, tailport=s, headport=n]; ", stdout);
	for (size_t i = 0; i < found->nr_objects; i++) {
		fputs(i ? " -> " : "", stdout);
		put_pid_node(&found->objects[i]);
	}
	puts("}");
	fputs("{rank=same; edge [style=invis, tailport=s, headport=n]; ", stdout);
	for (size_t i = 0; i < found->nr_entries; i++)
		if (!i || found->idr[i].ns != found->idr[i - 1].ns)
			printf("%si%u", i ? " -> " : "",
			       found->idr[i].ns->inum);
	puts("}");
}

/*
 * The pointers of an IDR lead to the left. In DOT, the arrows begin at the left
 * node, because dot places their first nodes at the left. The entry of numbers[]
 * is not the target of the pointer, but it shows why the IDR has this number.
 */
static void put_arrows_of_idrs(const struct structures *found)
{
	for (size_t i = 0; i < found->nr_entries; i++) {
		const struct idr_entry *entry = &found->idr[i];

		putchar('\t');
		put_pid_node(&found->objects[entry->object]);
		printf(":n%u:e -> i%u:n%u:w [dir=back, color=\"%s\", penwidth=2];\n",
		       entry->ns->level, entry->ns->inum, entry->nr,
		       dot_pid_colour(entry->ns->level));
	}
}

/* ---- graphs ---- */

static void put_others(const struct signal_object *signal)
{
	const struct process *proc = signal->proc;
	size_t count = signal->all_others, drawn = signal->nr_others;

	if (drawn > DRAWN_ELEMENTS)
		drawn = DRAWN_ELEMENTS;
	for (size_t i = 0; i < drawn; i++) {
		struct task task = task_of_thread(&signal->others[i]);

		put_task(&task);
		put_arrows_of_task(&task, proc);
	}
	if (count == drawn)
		return;
	fputs("\tm", stdout);
	put_signal_node(proc);
	printf(" [label=\"%zu more thread%s\"];\n\tm", count - drawn,
	       count - drawn > 1 ? "s" : "");
	put_signal_node(proc);
	fputs(" -> ", stdout);
	put_signal_node(proc);
	puts(":top:w;");
}

static bool points_to(const struct structures *found, enum pointee to)
{
	for (size_t i = 0; i < found->nr_signals; i++)
		for (enum role role = ROLE_TGID; role < NR_ROLES; role++)
			if (found->signals[i].pids[role].to == to)
				return true;

	return false;
}

/* Print the nodes for the struct pids that are in no IDR of the graph. */
static void put_others_pids(const struct structures *found)
{
	if (points_to(found, TO_INIT_STRUCT_PID))
		puts("\tinit_struct_pid [label=\"init_struct_pid\\nnumber 0, in no IDR\"];");
	if (points_to(found, TO_OUTSIDE))
		printf("\toutside [label=\"struct pid without\\na PID in pid:[%u]\"];\n",
		       found->snap->tree.namespaces->inum);
}

static void put_remarks(const struct structures *found)
{
	bool any = false;

	for (enum remark remark = 0; remark < NR_REMARKS; remark++) {
		char *text = structures_remark(found, remark), *rest = text;
		const char *line;

		while ((line = strsep(&rest, "\n"))) {
			printf("%s%s" LINE_BREAK,
			       any ? "" : "labelloc=b; label=<", line);
			any = true;
		}
		free(text);
	}
	if (any)
		puts(">;");
}

void render_struct_dot(struct snapshot *snap, const struct targets *targets)
{
	struct structures found;

	structures_find(&found, snap, targets, DRAWN_ELEMENTS);
	puts("digraph structures {");
	puts("rankdir=LR; nodesep=0.25; ranksep=0.8;");
	dot_put_style();
	for (size_t i = 0; i < found.nr_tasks; i++) {
		const struct task_object *task = &found.tasks[i];
		const struct signal_object *signal =
			&found.signals[task->signal];

		put_task(&task->task);
		put_arrows_of_task(&task->task, signal->proc);
		if (signal->first != i)
			continue;
		put_others(signal);
		put_signal(signal);
		put_arrows_of_signal(&found, signal);
	}
	for (size_t i = 0; i < found.nr_objects; i++)
		put_pid(&found, &found.objects[i]);
	put_others_pids(&found);
	for (size_t i = 0; i < found.nr_entries; )
		i = put_idr(&found, i);
	put_arrows_of_idrs(&found);
	put_order(&found);
	put_remarks(&found);
	puts("}");
	structures_release(&found);
}
