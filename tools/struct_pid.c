// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "struct_pid.h"

const char *const pid_types[NR_ROLES] = {
	"PIDTYPE_PID", "PIDTYPE_TGID", "PIDTYPE_PGID", "PIDTYPE_SID"
};

struct task task_of_process(const struct process *proc)
{
	return (struct task){ proc->pids, proc->ns->level + 1, proc->comm };
}

struct task task_of_thread(const struct thread *thread)
{
	return (struct task){ thread->tids, thread->count, thread->comm };
}

void task_put_pids(FILE *file, const struct task *task)
{
	put_pids(file, task->pids, task->count);
	if (*task->comm)
		putc(' ', file);
}

/* The target is a thread. */
static struct task task_of_target(const struct target *target)
{
	return (struct task){
		target->pids, target->proc->ns->level + 1, target->comm
	};
}

/* ---- struct pids ---- */

static bool same_numbers(const struct pid_object *a, const struct pid_object *b)
{
	return a->ns == b->ns && a->task.count == b->task.count &&
	       !memcmp(a->task.pids, b->task.pids,
		       a->task.count * sizeof(*a->task.pids));
}

/*
 * Return: the place of a struct pid in the hash table, which is 0 if the struct
 * pid is new.
 */
static size_t *find_place(const struct structures *found,
			  const struct pid_object *object)
{
	size_t mask = found->nr_places - 1;

	/* Adjacent PIDs have adjacent places, so most searches end at once. */
	for (size_t i = object->task.pids[0]; ; i++) {
		size_t *place = &found->places[i & mask];

		if (!*place ||
		    same_numbers(&found->objects[*place - 1], object))
			return place;
	}
}

/* Make room for more struct pids. At most half of the places are used. */
static void grow_objects(struct structures *found)
{
	size_t nr_places = found->nr_places ? 2 * found->nr_places : 64;

	free(found->places);
	found->places = calloc(nr_places, sizeof(*found->places));
	found->nr_places = nr_places;
	found->objects = reallocarray(found->objects, nr_places / 2,
				      sizeof(*found->objects));
	if (!found->places || !found->objects)
		err(EXIT_FAILURE, "cannot allocate the structures");
	for (size_t i = 0; i < found->nr_objects; i++)
		*find_place(found, &found->objects[i]) = i + 1;
}

/* Return: the index of the object, which is added if it is new. */
static size_t add_object(struct structures *found,
			 const struct pid_object *object)
{
	size_t *place;

	if (found->nr_objects == found->nr_places / 2)
		grow_objects(found);
	place = find_place(found, object);
	if (*place)
		return *place - 1;
	found->objects[found->nr_objects] = *object;
	*place = ++found->nr_objects;

	return *place - 1;
}

static size_t add_pid_of_process(struct structures *found,
				 const struct process *proc)
{
	return add_object(found, &(struct pid_object){
		.kind = PID_OF_PROCESS,
		.ns = proc->ns,
		.task = task_of_process(proc),
		.proc = proc,
	});
}

/* @brief: another thread of the process is named. */
static size_t add_pid_of_thread(struct structures *found,
				const struct process *proc,
				const struct task *task, bool brief)
{
	return add_object(found, &(struct pid_object){
		.kind = PID_OF_THREAD,
		.ns = proc->ns,
		.task = *task,
		.brief = brief,
	});
}

static size_t add_pid_of_no_task(struct structures *found, const struct id *id)
{
	return add_object(found, &(struct pid_object){
		.kind = PID_OF_NO_TASK,
		.ns = id->ns,
		.task = { id->pids, id->ns->level + 1, NULL },
		.id = id,
	});
}

/*
 * Find the struct pid of a process group or session by its PID in the root, which
 * @number points to.
 */
static struct pid_pointer find_group(struct structures *found, bool known,
				     const unsigned int *number)
{
	struct tree *tree = &found->snap->tree;
	const struct process *proc;
	const struct id *id;

	if (!known)
		return (struct pid_pointer){ .to = TO_UNKNOWN };
	/* In the initial PID namespace, each other struct pid has a number. */
	if (!*number)
		return (struct pid_pointer){
			.to = found->whole ? TO_INIT_STRUCT_PID : TO_OUTSIDE,
		};
	proc = tree_find_process(tree, *number);
	if (proc)
		return (struct pid_pointer){
			TO_OBJECT, add_pid_of_process(found, proc)
		};
	id = tree_find_id(tree, tree->namespaces, *number);
	if (id)
		return (struct pid_pointer){
			TO_OBJECT, add_pid_of_no_task(found, id)
		};

	return (struct pid_pointer){
		TO_OBJECT, add_object(found, &(struct pid_object){
			.kind = PID_HIDDEN,
			.ns = tree->namespaces,
			.task = { number, 1, NULL },
		})
	};
}

/* ---- tasks ---- */

/* Return: the index of the signal_struct of a process. */
static size_t find_signal(struct structures *found, const struct process *proc)
{
	size_t *place =
		&found->signal_of[proc - found->snap->tree.processes];
	struct signal_object *signal;

	if (*place)
		return *place - 1;
	signal = &found->signals[found->nr_signals];
	*signal = (struct signal_object){ .proc = proc };
	signal->pids[ROLE_TGID].object = add_pid_of_process(found, proc);
	signal->pids[ROLE_PGID] = find_group(found, proc->has_pgid,
					     &proc->pgid);
	signal->pids[ROLE_SID] = find_group(found, proc->has_sid, &proc->sid);
	*place = ++found->nr_signals;

	return *place - 1;
}

static void add_task(struct structures *found, const struct target *target)
{
	const struct process *proc = target->proc;
	struct task task = target->tid ? task_of_target(target) :
					 task_of_process(proc);
	size_t own = target->tid ? add_pid_of_thread(found, proc, &task, false) :
				   add_pid_of_process(found, proc);
	struct signal_object *signal;
	size_t index;

	/* '*:PID' can name a task that another operand names, too. */
	if (found->objects[own].named)
		return;
	found->objects[own].named = true;
	index = find_signal(found, proc);
	signal = &found->signals[index];
	if (!signal->nr_named++)
		signal->first = found->nr_tasks;
	found->tasks[found->nr_tasks++] = (struct task_object){
		task, target->tid, own, index
	};
}

/* ---- other threads ---- */

/**
 * struct search - a search for the other threads of a process
 * @found: the structures
 * @signal: where to add the threads
 */
struct search {
	const struct structures *found;
	struct signal_object *signal;
};

/* Callback of procfs_visit_threads(). Return: true to continue. */
static bool add_other(const struct thread *thread, void *arg)
{
	const struct search *search = arg;
	const struct structures *found = search->found;
	struct signal_object *signal = search->signal;
	const struct process *proc = signal->proc;
	struct pid_object pid = {
		.ns = proc->ns,
		.task = task_of_thread(thread),
	};
	size_t place;

	/* The PID can have been reused since the file was read. */
	if (thread->tgid != proc->pids[0] ||
	    thread->count != proc->ns->level + 1)
		return true;
	place = *find_place(found, &pid);
	if (place && found->objects[place - 1].named)
		return true;
	signal->others = reallocarray(signal->others, signal->nr_others + 1,
				      sizeof(*signal->others));
	if (!signal->others)
		err(EXIT_FAILURE, "cannot allocate the threads");
	signal->others[signal->nr_others++] = *thread;

	return true;
}

static int by_tid(const void *a, const void *b)
{
	const struct thread *first = a, *second = b;

	return first->tids[0] < second->tids[0] ? -1 :
	       first->tids[0] > second->tids[0];
}

static void find_others(const struct structures *found,
			struct signal_object *signal)
{
	struct search search = { found, signal };
	unsigned int threads = signal->proc->threads;

	signal->others_known = threads < 2 || snapshot_is_live(found->snap);
	/* A thread can be newer than the number of threads in the file. */
	if (threads > signal->nr_named)
		signal->all_others = threads - signal->nr_named;
	if (threads < 2 || !signal->others_known)
		return;
	procfs_visit_threads(&found->snap->source->procfs,
			     signal->proc->pids[0], add_other, &search);
	if (signal->nr_others)
		qsort(signal->others, signal->nr_others,
		      sizeof(*signal->others), by_tid);
	if (signal->all_others < signal->nr_others)
		signal->all_others = signal->nr_others;
}

static void add_pids_of_others(struct structures *found,
			       const struct signal_object *signal, size_t limit)
{
	for (size_t i = 0; i < signal->nr_others && i < limit; i++) {
		struct task task = task_of_thread(&signal->others[i]);

		add_pid_of_thread(found, signal->proc, &task, true);
	}
}

/* ---- IDRs ---- */

void pid_object_path(const struct pid_object *object,
		     const struct namespace *path[LEVELS])
{
	for (const struct namespace *ns = object->ns; ns; ns = ns->parent)
		path[ns->level] = ns;
}

/* In the order of the file, a namespace precedes its descendants. */
static int by_namespace(const void *a, const void *b)
{
	const struct idr_entry *first = a, *second = b;

	if (first->ns != second->ns)
		return first->ns < second->ns ? -1 : 1;

	return first->nr < second->nr ? -1 : first->nr > second->nr;
}

static void find_entries(struct structures *found)
{
	size_t count = 0;

	for (size_t i = 0; i < found->nr_objects; i++)
		count += found->objects[i].task.count;
	found->idr = calloc(count + 1, sizeof(*found->idr));
	if (!found->idr)
		err(EXIT_FAILURE, "cannot allocate the structures");
	for (size_t i = 0; i < found->nr_objects; i++) {
		const struct pid_object *object = &found->objects[i];
		const struct namespace *path[LEVELS];

		pid_object_path(object, path);
		for (unsigned int j = 0; j < object->task.count; j++)
			found->idr[found->nr_entries++] = (struct idr_entry){
				path[j], object->task.pids[j], i
			};
	}
	qsort(found->idr, found->nr_entries, sizeof(*found->idr), by_namespace);
}

void structures_find(struct structures *found, struct snapshot *snap,
		     const struct targets *targets, size_t limit)
{
	const struct tree *tree = &snap->tree;

	*found = (struct structures){
		.snap = snap,
		.tasks = calloc(targets->count + 1, sizeof(*found->tasks)),
		.signals = calloc(targets->count + 1, sizeof(*found->signals)),
		.signal_of = calloc(tree->nr_processes + 1,
				    sizeof(*found->signal_of)),
		.whole = tree->nr_namespaces &&
			 tree->namespaces->inum == INITIAL_INUM,
	};
	if (!found->tasks || !found->signals || !found->signal_of)
		err(EXIT_FAILURE, "cannot allocate the structures");
	/* A process outside the root can join a group inside: setpgid(2). */
	found->partial = !found->whole || snapshot_is_limited(snap);
	for (size_t i = 0; i < targets->count; i++) {
		if (targets->list[i].id)
			add_pid_of_no_task(found, targets->list[i].id);
		else
			add_task(found, &targets->list[i]);
	}
	/* Another operand can name a thread, so this follows all add_task(). */
	for (size_t i = 0; i < found->nr_signals; i++)
		find_others(found, &found->signals[i]);
	for (size_t i = 0; i < found->nr_signals; i++)
		add_pids_of_others(found, &found->signals[i], limit);
	find_entries(found);
}

void structures_release(struct structures *found)
{
	for (size_t i = 0; i < found->nr_signals; i++)
		free(found->signals[i].others);
	free(found->signals);
	free(found->signal_of);
	free(found->tasks);
	free(found->objects);
	free(found->places);
	free(found->idr);
}

/* ---- lists of tasks ---- */

static struct task_list new_list(size_t count, enum knowledge knowledge)
{
	struct task_list list = {
		calloc(count + 1, sizeof(*list.tasks)), count, knowledge
	};

	if (!list.tasks)
		err(EXIT_FAILURE, "cannot allocate the structures");

	return list;
}

/* PIDTYPE_PID has one task, PIDTYPE_TGID the leader of a thread group. */
static struct task_list own_list(const struct pid_object *object,
				 enum role role)
{
	struct task_list list;
	bool any = object->kind == PID_OF_PROCESS ||
		   (object->kind == PID_OF_THREAD && role == ROLE_PID);

	list = new_list(any, object->kind == PID_HIDDEN ? LIST_UNKNOWN :
							  LIST_COMPLETE);
	if (any)
		list.tasks[0] = object->task;

	return list;
}

/* Whether the file has all processes of a group or session. */
static enum knowledge know_members(const struct structures *found,
				   const struct pid_object *object,
				   enum role role, size_t count)
{
	bool used = object->id && object->id->roles & ROLE_BIT(role);

	if (object->kind == PID_HIDDEN)
		return LIST_PARTIAL;
	if (object->kind == PID_OF_PROCESS && !process_roles(&found->snap->tree,
							     object->proc))
		return LIST_UNKNOWN;
	/* For a reader that sees all, the module reports all roles of an ID. */
	if (object->id && !used && !snapshot_is_limited(found->snap))
		return LIST_COMPLETE;

	return found->partial || (used && !count) ? LIST_PARTIAL :
						    LIST_COMPLETE;
}

struct task_list pid_object_list(const struct structures *found,
				 const struct pid_object *object,
				 enum role role)
{
	enum knowledge knowledge;
	struct members members;
	struct task_list list;

	if (role == ROLE_PID || role == ROLE_TGID ||
	    object->kind == PID_OF_THREAD)
		return own_list(object, role);
	members = tree_members(&found->snap->tree, role, object->task.pids[0]);
	knowledge = know_members(found, object, role, members.count);
	/* In a saved file, some processes can have groups, and others none. */
	if (knowledge == LIST_UNKNOWN)
		members.count = 0;
	list = new_list(members.count, knowledge);
	for (size_t i = 0; i < members.count; i++)
		list.tasks[i] = task_of_process(members.list[i]);

	return list;
}

/* ---- texts ---- */

char *structures_level(const struct structures *found, unsigned int level)
{
	char *text;
	int len;

	if (found->whole)
		len = asprintf(&text, "%u", level);
	else if (level)
		len = asprintf(&text, "r+%u", level);
	else
		len = asprintf(&text, "r");
	if (len < 0)
		err(EXIT_FAILURE, "cannot allocate the structures");

	return text;
}

static bool any_hidden(const struct structures *found)
{
	for (size_t i = 0; i < found->nr_objects; i++)
		if (found->objects[i].kind == PID_HIDDEN)
			return true;

	return false;
}

char *structures_remark(const struct structures *found, enum remark remark)
{
	char *text = NULL;
	int len = 0;

	if (remark == REMARK_PARTIAL && found->partial)
		len = asprintf(&text,
			       "Process groups and sessions can have members outside this view.");
	else if (remark == REMARK_HIDDEN && any_hidden(found))
		len = asprintf(&text,
			       "A struct pid is hidden if you may not inspect its process, or if the process\n"
			       "has exited. Only its PID in the root is known.");
	else if (remark == REMARK_LEVEL && !found->whole)
		len = asprintf(&text,
			       "r is the level of pid:[%u], the root of this view.\n"
			       "The view does not show numbers[] at the levels of its ancestors.",
			       found->snap->tree.namespaces->inum);
	if (len < 0)
		err(EXIT_FAILURE, "cannot allocate the structures");

	return text;
}
