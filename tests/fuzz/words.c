// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Look up any operands on a machine with containers, and the structures behind
 * the processes that they name. The first line of the input has the operands,
 * separated by spaces. The other lines are parsed as output of the module. The
 * name of a process is also the ID of its container, unless the name is empty.
 */
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "struct_pid.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void check(bool condition)
{
	if (!condition)
		abort();
}

/* Messages may go to a terminal, so control characters must be escaped. */
static void check_line(const char *line)
{
	for (check(*line); *line; line += utf8_length(line))
		check(utf8_length(line) &&
		      ((unsigned char)*line >= ' ' || *line == '\n'));
}

/* Fill in the cgroups, so that they are not read from procfs. */
static void add_containers(struct snapshot *snap)
{
	size_t count = snap->tree.nr_processes + snap->tree.nr_namespaces;

	snap->cgroups = calloc(count + 1, sizeof(*snap->cgroups));
	check(snap->cgroups);
	for (size_t i = 0; i < count; i++)
		snap->cgroups[i].cached = true;
	for (size_t i = 0; i < snap->tree.nr_processes; i++) {
		const char *comm = snap->tree.processes[i].comm;

		if (*comm)
			snap->cgroups[i].container.id = strdup(comm);
	}
}

static bool any_shown(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->tree.nr_namespaces; i++)
		if (snap->tree.namespaces[i].shown)
			return true;

	return false;
}

static bool has_task(const struct task_list *list, const struct task *task)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->tasks[i].pids[0] == task->pids[0])
			return true;

	return false;
}

/* A struct pid that a task points to must have the task on the same list. */
static void check_pointer(const struct structures *found, size_t object,
			  enum role role, const struct task *task)
{
	struct task_list list;

	check(object < found->nr_objects);
	list = pid_object_list(found, &found->objects[object], role);
	check(list.knowledge == LIST_UNKNOWN || has_task(&list, task));
	free(list.tasks);
}

static void check_signal(const struct structures *found,
			 const struct signal_object *signal)
{
	struct task leader = task_of_process(signal->proc);

	for (enum role role = ROLE_TGID; role < NR_ROLES; role++)
		if (signal->pids[role].to == TO_OBJECT)
			check_pointer(found, signal->pids[role].object, role,
				      &leader);
}

static void check_structures(struct snapshot *snap,
			     const struct targets *targets)
{
	struct structures found;

	structures_find(&found, snap, targets, DRAWN_ELEMENTS);
	check(targets->count &&
	      found.nr_tasks + targets->nr_ids <= targets->count);
	for (size_t i = 0; i < found.nr_tasks; i++) {
		const struct task_object *task = &found.tasks[i];

		check_pointer(&found, task->thread_pid, ROLE_PID, &task->task);
		check(task->signal < found.nr_signals);
		check(found.signals[task->signal].first <= i);
	}
	for (size_t i = 0; i < found.nr_signals; i++)
		check_signal(&found, &found.signals[i]);
	for (size_t i = 0; i < found.nr_entries; i++) {
		const struct idr_entry *entry = &found.idr[i];

		check(found.objects[entry->object].task.pids[entry->ns->level] ==
		      entry->nr);
	}
	structures_release(&found);
}

static void find(struct snapshot *snap, const char *operand)
{
	struct targets targets = { .everywhere = true };
	struct notes notes = { 0 };
	struct error error;

	if (select_is_process(operand)) {
		if (select_targets(snap, operand, &targets, &notes, &error))
			check_structures(snap, &targets);
		else
			check_line(error.message);
	} else {
		select_none(snap);
		if (select_namespaces(snap, operand, &notes, &error))
			check(any_shown(snap));
		else
			check_line(error.message);
		select_zombies(snap);
		select_no_kthreads(snap);
	}
	if (notes.lines)
		check_line(notes.lines);
	free(notes.lines);
	targets_release(&targets);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct source source = { .file = "a file" };
	const unsigned char *end = memchr(data, '\n', size);
	struct error error;
	struct snapshot snap;
	char *operands, *rest, *operand, *text;
	size_t len;

	if (!end)
		return 0;
	operands = strndup((const char *)data, end - data);
	len = data + size - (end + 1);
	text = malloc(len + 1);
	check(operands && text);
	memcpy(text, end + 1, len);
	rest = operands;
	if (snapshot_parse(&snap, &source, text, len, &error)) {
		add_containers(&snap);
		while ((operand = strsep(&rest, " ")))
			find(&snap, operand);
		snapshot_release(&snap);
	}
	free(operands);

	return 0;
}
