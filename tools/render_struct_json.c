// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The kernel's structures behind a PID as JSON. A struct pid is identified by
 * its numbers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "json_output.h"
#include "render.h"
#include "struct_pid.h"

static struct json_object *new_numbers(const struct task *task)
{
	return json_new_pids(task->pids, task->count);
}

/* The null of JSON stands for a pointer that leads out of the root. */
static struct json_object *new_pointer(const struct structures *found,
				       const struct pid_pointer *pointer)
{
	static const unsigned int zero;

	if (pointer->to == TO_INIT_STRUCT_PID)
		return json_new_pids(&zero, 1);
	if (pointer->to != TO_OBJECT)
		return NULL;

	return new_numbers(&found->objects[pointer->object].task);
}

static struct json_object *new_task(const struct task *task)
{
	struct json_object *object = json_checked(json_object_new_object());

	json_add(object, "pids", new_numbers(task));
	json_add(object, "comm", json_new_string(task->comm));

	return object;
}

/* The null of JSON stands for threads that are unknown. */
static struct json_object *new_others(const struct signal_object *signal)
{
	struct json_object *array;

	if (!signal->others_known)
		return NULL;
	array = json_checked(json_object_new_array());
	for (size_t i = 0; i < signal->nr_others; i++) {
		struct task task = task_of_thread(&signal->others[i]);

		json_append(array, new_task(&task));
	}

	return array;
}

static struct json_object *new_signal(const struct structures *found,
				      const struct signal_object *signal)
{
	struct json_object *object = json_checked(json_object_new_object());
	struct json_object *pids = json_checked(json_object_new_object());

	for (enum role role = ROLE_TGID; role < NR_ROLES; role++)
		if (signal->pids[role].to != TO_UNKNOWN)
			json_add(pids, pid_types[role],
				 new_pointer(found, &signal->pids[role]));
	json_add_number(object, "nr_threads", signal->proc->threads);
	json_add(object, "pids", pids);
	json_add(object, "other_threads", new_others(signal));

	return object;
}

static void put_tasks(const struct structures *found)
{
	for (size_t i = 0; i < found->nr_tasks; i++) {
		const struct task_object *task = &found->tasks[i];
		struct json_object *object = new_task(&task->task);

		json_add(object, "thread_pid",
			 new_numbers(&found->objects[task->thread_pid].task));
		json_add(object, "signal",
			 new_signal(found, &found->signals[task->signal]));
		json_print_separator(!i);
		json_print_object(object);
	}
}

static struct json_object *new_upids(const struct pid_object *pid)
{
	struct json_object *array = json_checked(json_object_new_array());
	const struct namespace *path[LEVELS];

	pid_object_path(pid, path);
	for (unsigned int i = 0; i < pid->task.count; i++) {
		struct json_object *object =
			json_checked(json_object_new_object());

		json_add_number(object, "nr", pid->task.pids[i]);
		json_add_number(object, "ns", path[i]->inum);
		json_append(array, object);
	}

	return array;
}

/* The null of JSON stands for a list of which nothing is known. */
static struct json_object *new_list(const struct structures *found,
				    const struct pid_object *pid,
				    enum role role)
{
	struct task_list list = pid_object_list(found, pid, role);
	struct json_object *array = NULL;

	if (list.knowledge != LIST_UNKNOWN)
		array = json_checked(json_object_new_array());
	for (size_t i = 0; array && i < list.count; i++)
		json_append(array, new_task(&list.tasks[i]));
	free(list.tasks);

	return array;
}

static void put_pids_of(const struct structures *found)
{
	for (size_t i = 0; i < found->nr_objects; i++) {
		const struct pid_object *pid = &found->objects[i];
		struct json_object *object =
			json_checked(json_object_new_object());
		struct json_object *tasks =
			json_checked(json_object_new_object());

		for (enum role role = 0; role < NR_ROLES; role++)
			json_add(tasks, pid_types[role],
				 new_list(found, pid, role));
		json_add(object, "pids", new_numbers(&pid->task));
		json_add(object, "level", pid->kind == PID_HIDDEN ? NULL :
			 json_checked(json_object_new_int64(pid->ns->level)));
		json_add(object, "numbers", new_upids(pid));
		json_add(object, "tasks", tasks);
		json_print_separator(!i);
		json_print_object(object);
	}
}

/* Make the entries of one namespace. Return: the index of the next one. */
static size_t add_entries(struct json_object *object,
			  const struct structures *found, size_t i)
{
	struct json_object *array = json_checked(json_object_new_array());
	const struct namespace *ns = found->idr[i].ns;

	for (; i < found->nr_entries && found->idr[i].ns == ns; i++) {
		const struct idr_entry *entry = &found->idr[i];
		struct json_object *element =
			json_checked(json_object_new_object());

		json_add_number(element, "nr", entry->nr);
		json_add(element, "pid",
			 new_numbers(&found->objects[entry->object].task));
		json_append(array, element);
	}
	json_add_number(object, "ns", ns->inum);
	json_add_number(object, "level", ns->level);
	json_add(object, "idr", array);

	return i;
}

static void put_idrs(const struct structures *found)
{
	for (size_t i = 0; i < found->nr_entries; ) {
		struct json_object *object =
			json_checked(json_object_new_object());

		json_print_separator(!i);
		i = add_entries(object, found, i);
		json_print_object(object);
	}
}

void render_struct_json(struct snapshot *snap, const struct targets *targets)
{
	struct structures found;

	structures_find(&found, snap, targets, SIZE_MAX);
	printf("{\"version\":1,\"partial\":%s,\"tasks\":[",
	       found.partial ? "true" : "false");
	put_tasks(&found);
	fputs("],\"struct_pids\":[", stdout);
	put_pids_of(&found);
	fputs("],\"namespaces\":[", stdout);
	put_idrs(&found);
	puts("]}");
	structures_release(&found);
}
