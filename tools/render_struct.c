// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The kernel's structures behind a PID, for reading on a terminal. Each
 * structure is a small tree of its members. A pointer is an arrow to the title
 * of another structure. A struct pid has no name in the kernel, so its numbers
 * are its title.
 */
#include <err.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "print.h"
#include "render.h"
#include "struct_pid.h"

/* The column in which values and the ends of arrows are printed. */
#define VALUE_COLUMN 27

/**
 * struct symbols - how to draw
 * @branch: before a member
 * @last: before the last member of a structure
 * @down: at the left of lines between two members
 * @line: a part of an arrow
 * @head: the end of an arrow
 */
struct symbols {
	const char *branch;
	const char *last;
	const char *down;
	const char *line;
	const char *head;
};

static const struct symbols utf8_symbols = {
	"\u251c\u2500", "\u2514\u2500", "\u2502 ", "\u2500", "\u2192 "
};

static const struct symbols ascii_symbols = { "|-", "`-", "| ", "-", "> " };

/**
 * struct member - a line of a drawing
 * @depth: 0 for a member of the structure, 1 for a member of a member
 * @name: name of the member; NULL for another line of its value
 * @value: value, or title of the structure that it points to
 * @pointer: draw an arrow
 */
struct member {
	unsigned int depth;
	char *name;
	char *value;
	bool pointer;
};

/**
 * struct drawing - a structure while its members are added
 * @members: the members
 * @count: number of @members
 * @first: no structure has been printed yet
 */
struct drawing {
	struct member *members;
	size_t count;
	bool first;
};

static char *__attribute__((format(printf, 1, 2)))
format(const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		err(EXIT_FAILURE, "cannot allocate the drawing");

	return text;
}

/* Take ownership of @name and @value. */
static void add_member(struct drawing *drawing, unsigned int depth, char *name,
		       char *value, bool pointer)
{
	drawing->members = reallocarray(drawing->members, drawing->count + 1,
					sizeof(*drawing->members));
	if (!drawing->members)
		err(EXIT_FAILURE, "cannot allocate the drawing");
	drawing->members[drawing->count++] = (struct member){
		depth, name, value, pointer
	};
}

static void add_value(struct drawing *drawing, unsigned int depth, char *name,
		      char *value)
{
	add_member(drawing, depth, name, value, false);
}

static void add_pointer(struct drawing *drawing, unsigned int depth, char *name,
			char *title)
{
	add_member(drawing, depth, name, title, true);
}

/* Whether another member follows in the structure that the line belongs to. */
static bool has_next(const struct drawing *drawing, size_t i,
		     unsigned int depth)
{
	while (++i < drawing->count && drawing->members[i].depth >= depth)
		if (drawing->members[i].depth == depth &&
		    drawing->members[i].name)
			return true;

	return false;
}

/*
 * Return: the number of columns of a terminal that a string fills. Most
 * terminals print an unknown character in one column.
 */
static int width_of(const char *text)
{
	mbstate_t state = { 0 };
	int width = 0;

	while (*text) {
		wchar_t character;
		size_t len = mbrtowc(&character, text, MB_CUR_MAX, &state);
		int columns = len > MB_CUR_MAX ? -1 : wcwidth(character);

		/* In other locales, names have escapes for such bytes. */
		if (len > MB_CUR_MAX) {
			memset(&state, 0, sizeof(state));
			len = 1;
		}
		width += columns < 0 ? 1 : columns;
		text += len;
	}

	return width;
}

static void put_member(const struct drawing *drawing, size_t i,
		       const struct symbols *symbols)
{
	const struct member *member = &drawing->members[i];
	int room = VALUE_COLUMN - 2 * (member->depth + 1);

	for (unsigned int depth = 0; depth <= member->depth; depth++) {
		bool next = has_next(drawing, i, depth);

		if (depth < member->depth || !member->name)
			fputs(next ? symbols->down : "  ", stdout);
		else
			fputs(next ? symbols->branch : symbols->last, stdout);
	}
	if (member->name) {
		fputs(member->name, stdout);
		room -= width_of(member->name);
	}
	if (!member->value) {
		putchar('\n');
		return;
	}
	putchar(' ');
	room--;
	/* The head of an arrow is as wide as two columns. */
	for (; room > (member->pointer ? 2 : 0); room--)
		fputs(member->pointer ? symbols->line : " ", stdout);
	if (member->pointer)
		fputs(symbols->head, stdout);
	puts(member->value);
}

/* Print a structure, and release its members. Take ownership of @title. */
static void put_structure(struct drawing *drawing, char *title)
{
	const struct symbols *symbols = has_utf8() ? &utf8_symbols :
						     &ascii_symbols;

	if (!drawing->first)
		putchar('\n');
	puts(title);
	for (size_t i = 0; i < drawing->count; i++)
		put_member(drawing, i, symbols);
	for (size_t i = 0; i < drawing->count; i++) {
		free(drawing->members[i].name);
		free(drawing->members[i].value);
	}
	free(drawing->members);
	free(title);
	*drawing = (struct drawing){ 0 };
}

/* ---- titles ---- */

static char *title_of_task(const struct task *task)
{
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		err(EXIT_FAILURE, "cannot allocate the drawing");
	task_put_pids(file, task);
	put_visible(file, task->comm, "", has_utf8());
	if (fclose(file))
		err(EXIT_FAILURE, "cannot allocate the drawing");

	return text;
}

static char *title_with_pids(const char *before, const struct task *task,
			     const char *after)
{
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		err(EXIT_FAILURE, "cannot allocate the drawing");
	fputs(before, file);
	put_pids(file, task->pids, task->count);
	fputs(after, file);
	if (fclose(file))
		err(EXIT_FAILURE, "cannot allocate the drawing");

	return text;
}

static char *title_of_pid(const struct pid_object *object)
{
	return title_with_pids("struct pid ", &object->task,
			       object->kind == PID_HIDDEN ? ", hidden" : "");
}

/* ---- structures ---- */

static void add_pid_pointer(struct drawing *drawing, unsigned int depth,
			    char *name, const struct structures *found,
			    const struct pid_pointer *pointer)
{
	const struct namespace *root = found->snap->tree.namespaces;

	switch (pointer->to) {
	case TO_OBJECT:
		add_pointer(drawing, depth, name,
			    title_of_pid(&found->objects[pointer->object]));
		break;
	case TO_INIT_STRUCT_PID:
		add_pointer(drawing, depth, name,
			    format("init_struct_pid, number 0, in no IDR"));
		break;
	case TO_OUTSIDE:
		add_pointer(drawing, depth, name,
			    format("struct pid without a PID in pid:[%u]",
				   root->inum));
		break;
	case TO_UNKNOWN:
		add_value(drawing, depth, name,
			  format("unknown, not in the file"));
		break;
	}
}

static void add_signal(struct drawing *drawing, const struct structures *found,
		       const struct signal_object *signal)
{
	size_t others = signal->all_others;

	add_pointer(drawing, 0, format("signal"), format("signal_struct"));
	if (others && !signal->nr_others)
		add_value(drawing, 1, format("nr_threads"),
			  format("%u: %zu more thread%s, each with a struct pid of its own",
				 signal->proc->threads, others,
				 others > 1 ? "s" : ""));
	else
		add_value(drawing, 1, format("nr_threads"),
			  format("%u", signal->proc->threads));
	for (enum role role = ROLE_TGID; role < NR_ROLES; role++)
		add_pid_pointer(drawing, 1, format("pids[%s]", pid_types[role]),
				found, &signal->pids[role]);
}

static char *title_of_task_struct(const struct task_object *object,
				  const struct process *proc)
{
	struct task leader = task_of_process(proc);
	char *task = title_of_task(&object->task);
	char *process = title_of_task(&leader);
	char *title = object->is_thread ?
		format("task_struct of thread %s of process %s", task, process) :
		format("task_struct of process %s", task);

	free(process);
	free(task);

	return title;
}

static void put_task(struct drawing *drawing, const struct structures *found,
		     size_t i)
{
	const struct task_object *object = &found->tasks[i];
	const struct signal_object *signal = &found->signals[object->signal];
	struct task leader = task_of_process(signal->proc);

	add_pointer(drawing, 0, format("thread_pid"),
		    title_of_pid(&found->objects[object->thread_pid]));
	/* The drawing has each structure once, with the first pointer to it. */
	if (signal->first == i)
		add_signal(drawing, found, signal);
	else
		add_pointer(drawing, 0, format("signal"),
			    title_with_pids("signal_struct of process ",
					    &leader, ""));
	put_structure(drawing, title_of_task_struct(object, signal->proc));
}

static void put_others(struct drawing *drawing,
		       const struct signal_object *signal)
{
	size_t count = signal->all_others, drawn = signal->nr_others;

	if (!drawn)
		return;
	if (drawn > DRAWN_ELEMENTS)
		drawn = DRAWN_ELEMENTS;
	for (size_t i = 0; i < drawn; i++) {
		struct task task = task_of_thread(&signal->others[i]);

		add_pointer(drawing, 0, title_of_task(&task),
			    title_with_pids("struct pid ", &task, ""));
	}
	if (count > drawn)
		add_value(drawing, 0, format("and %zu more", count - drawn),
			  NULL);
	put_structure(drawing,
		      format("%zu other thread%s with the same signal_struct, and %s thread_pid",
			     count, count > 1 ? "s" : "",
			     count > 1 ? "their" : "its"));
}

static void add_list(struct drawing *drawing, const struct structures *found,
		     const struct pid_object *object, enum role role)
{
	struct task_list list = pid_object_list(found, object, role);
	char *name = format("tasks[%s]", pid_types[role]);

	if (list.knowledge == LIST_UNKNOWN)
		add_value(drawing, 0, name, format("unknown, not in the file"));
	else if (!list.count)
		add_value(drawing, 0, name,
			  format("%s", list.knowledge == LIST_PARTIAL ?
				       "none in this view" : "empty"));
	for (size_t i = 0; i < list.count && i < DRAWN_ELEMENTS; i++) {
		add_value(drawing, 0, name, title_of_task(&list.tasks[i]));
		name = NULL;
	}
	if (list.count > DRAWN_ELEMENTS)
		add_value(drawing, 0, NULL,
			  format("and %zu more", list.count - DRAWN_ELEMENTS));
	free(list.tasks);
}

static void put_pid(struct drawing *drawing, const struct structures *found,
		    const struct pid_object *object)
{
	const struct namespace *path[LEVELS];

	pid_object_path(object, path);
	add_value(drawing, 0, format("level"),
		  object->kind == PID_HIDDEN ? format("unknown") :
		  structures_level(found, object->ns->level));
	for (unsigned int i = 0; i < object->task.count; i++) {
		char *level = structures_level(found, i);

		add_value(drawing, 0, format("numbers[%s]", level),
			  format("nr %u, ns pid:[%u]", object->task.pids[i],
				 path[i]->inum));
		free(level);
	}
	for (enum role role = 0; role < NR_ROLES; role++)
		add_list(drawing, found, object, role);
	put_structure(drawing, title_of_pid(object));
}

/* Print the entries of one namespace. Return: the index of the next one. */
static size_t put_idr(struct drawing *drawing, const struct structures *found,
		      size_t i)
{
	const struct namespace *ns = found->idr[i].ns;
	char *level = structures_level(found, ns->level);

	for (; i < found->nr_entries && found->idr[i].ns == ns; i++) {
		const struct idr_entry *entry = &found->idr[i];

		add_pointer(drawing, 0, format("%u", entry->nr),
			    title_of_pid(&found->objects[entry->object]));
	}
	put_structure(drawing,
		      format("IDR of pid:[%u], level %s", ns->inum, level));
	free(level);

	return i;
}

static void put_remarks(const struct structures *found)
{
	bool any = false;

	for (enum remark remark = 0; remark < NR_REMARKS; remark++) {
		char *text = structures_remark(found, remark);

		if (text)
			printf("%s%s\n", any ? "" : "\n", text);
		any |= !!text;
		free(text);
	}
}

void render_struct(struct snapshot *snap, const struct targets *targets)
{
	struct drawing drawing = { .first = true };
	struct structures found;

	structures_find(&found, snap, targets, DRAWN_ELEMENTS);
	for (size_t i = 0; i < found.nr_tasks; i++) {
		const struct signal_object *signal =
			&found.signals[found.tasks[i].signal];

		put_task(&drawing, &found, i);
		if (signal->first == i)
			put_others(&drawing, signal);
	}
	for (size_t i = 0; i < found.nr_objects; i++)
		if (!found.objects[i].brief)
			put_pid(&drawing, &found, &found.objects[i]);
	for (size_t i = 0; i < found.nr_entries; )
		i = put_idr(&drawing, &found, i);
	put_remarks(&found);
	structures_release(&found);
}
