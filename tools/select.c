// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container_ns.h"
#include "print.h"
#include "select.h"

/* ---- operands ---- */

#define ANYWHERE "*"

static bool read_number(const char *operand, unsigned long max,
			unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(operand, &end, 10);

	return isdigit((unsigned char)operand[0]) && !*end && !errno &&
	       *number <= max;
}

static bool is_digits(const char *operand)
{
	return *operand && !operand[strspn(operand, "0123456789")];
}

/* A saved file may contain PIDs above the limit of this kernel. */
static unsigned int read_pid(const char *operand)
{
	unsigned long pid;

	return read_number(operand, INT32_MAX, &pid) ? pid : 0;
}

/* A number, or pid:[INUM] as in the symbolic link /proc/PID/ns/pid. */
static bool read_inum(const char *operand, unsigned long *inum)
{
	char digits[sizeof("4294967295")];
	int len = 0;

	if (read_number(operand, UINT32_MAX, inum))
		return *inum > PID_LIMIT;

	return sscanf(operand, "pid:[%10[0-9]]%n", digits, &len) == 1 && len &&
	       !operand[len] && read_number(digits, UINT32_MAX, inum);
}

/* Find the ':' of NS:PID. Return: NULL if there is none, as in docker://ID. */
static const char *find_colon(const char *operand)
{
	const char *colon = strrchr(operand, ':');

	return colon && is_digits(colon + 1) ? colon : NULL;
}

bool select_is_process(const char *operand)
{
	unsigned long pid;

	return find_colon(operand) || read_number(operand, PID_LIMIT, &pid);
}

/* ---- notes ---- */

static void __attribute__((format(printf, 2, 3)))
add_note(struct notes *notes, const char *format, ...)
{
	va_list args;
	char *line;
	int len;

	va_start(args, format);
	len = vasprintf(&line, format, args);
	va_end(args);
	if (len < 0)
		err(EXIT_FAILURE, "cannot allocate a note");
	/* Room for a newline and a NUL. */
	notes->lines = realloc(notes->lines, notes->len + len + 2);
	if (!notes->lines)
		err(EXIT_FAILURE, "cannot allocate a note");
	memcpy(notes->lines + notes->len, line, len);
	notes->len += len;
	memcpy(notes->lines + notes->len++, "\n", sizeof("\n"));
	free(line);
}

/* Return: the ID as tables print it, escaped. */
static const char *short_id(const struct container *container)
{
	char *id = strdup(container->id);
	const char *shown;

	if (!id)
		err(EXIT_FAILURE, "cannot allocate a container");
	if (container_has_hash(container))
		id[CONTAINER_SHORT] = '\0';
	shown = visible(id);
	free(id);

	return shown;
}

/* For a container in a namespace whose init is not in the container. */
static void note_shared(struct snapshot *snap, const struct container_ns *entry,
			struct notes *notes)
{
	const struct container *own = &entry->cgroup->container;
	const struct container *other = snapshot_container(snap, entry->ns);
	const struct process *init = namespace_init(entry->ns);

	if (other && strcmp(other->id, own->id))
		add_note(notes, "container %s shares pid:[%u] with container %s",
			 short_id(own), entry->ns->inum, short_id(other));
	else if (entry->ns->inum == INITIAL_INUM)
		add_note(notes, "container %s shares pid:[%u] with the host",
			 short_id(own), entry->ns->inum);
	else if (entry->ns->init == INIT_HIDDEN)
		add_note(notes, "container %s is in pid:[%u], whose init you may not inspect",
			 short_id(own), entry->ns->inum);
	else if (init)
		add_note(notes, "container %s shares pid:[%u] with process %u (%s)",
			 short_id(own), entry->ns->inum, init->pids[0],
			 visible(init->comm));
	else
		add_note(notes, "container %s shares pid:[%u] with other processes",
			 short_id(own), entry->ns->inum);
}

/* ---- processes and threads ---- */

struct search {
	struct snapshot *snap;
	const struct namespace *ns;
	unsigned int tid;
	struct thread *thread;
	bool found;
};

/* Callback of procfs_visit_threads(). Return: false to stop the visit. */
static bool match_thread(const struct thread *thread, void *arg)
{
	struct search *search = arg;
	const struct process *proc = tree_find_process(&search->snap->tree,
						       thread->tgid);

	if (!proc || thread->count != proc->ns->level + 1 ||
	    thread->tids[search->ns->level] != search->tid)
		return true;
	*search->thread = *thread;
	search->found = true;

	return false;
}

/* Fill @thread. Return: the process of the thread; NULL if there is none. */
static const struct process *find_thread(struct snapshot *snap,
					 const struct namespace *ns,
					 unsigned int tid,
					 struct thread *thread)
{
	const struct procfs *procfs = &snap->source->procfs;
	struct search search = { snap, ns, tid, thread, false };
	struct tree *tree = &snap->tree;

	if (!snapshot_is_live(snap))
		return NULL;
	if (!ns->level && procfs_thread(procfs, tid, thread) &&
	    match_thread(thread, &search))
		return NULL;
	for (size_t i = 0; i < tree->nr_processes && !search.found; i++) {
		const struct process *proc = &tree->processes[i];

		/* procfs_thread() has already searched all threads. */
		if (!ns->level && !procfs->saved)
			break;
		if (proc->threads > 1 && namespace_is_below(proc->ns, ns))
			procfs_visit_threads(procfs, proc->pids[0],
					     match_thread, &search);
	}

	return search.found ? tree_find_process(tree, thread->tgid) : NULL;
}

/* Return: where @targets->last has the last target of a process or ID. */
static size_t *last_target(struct snapshot *snap, struct targets *targets,
			   const struct process *proc, const struct id *id)
{
	const struct tree *tree = &snap->tree;

	if (!targets->last)
		targets->last = calloc(tree->nr_processes + tree->nr_ids,
				       sizeof(*targets->last));
	if (!targets->last)
		err(EXIT_FAILURE, "cannot allocate the processes");

	return proc ? &targets->last[proc - tree->processes] :
		      &targets->last[tree->nr_processes + (id - tree->ids)];
}

/* Copy a target to the end of the list. */
static struct target *new_target(struct snapshot *snap, struct targets *targets,
				 const struct target *target)
{
	size_t *last = last_target(snap, targets, target->proc, target->id);

	targets->list = reallocarray(targets->list, targets->count + 1,
				     sizeof(*targets->list));
	if (!targets->list)
		err(EXIT_FAILURE, "cannot allocate the processes");
	targets->list[targets->count] = *target;
	targets->list[targets->count].earlier = *last;
	*last = ++targets->count;

	return &targets->list[*last - 1];
}

static struct target *add_target(struct snapshot *snap, struct targets *targets,
				 const struct process *proc)
{
	struct target *target = new_target(snap, targets, &(struct target){
		.proc = proc,
		.own = proc->ns,
		.state = proc->state,
	});

	memcpy(target->pids, proc->pids,
	       (proc->ns->level + 1) * sizeof(*target->pids));

	return target;
}

static void add_thread(struct snapshot *snap, struct targets *targets,
		       const struct process *proc, const struct thread *thread)
{
	struct target *target = add_target(snap, targets, proc);

	target->tid = thread->tids[0];
	target->state = thread->state;
	target->comm = strdup(thread->comm);
	if (!target->comm)
		err(EXIT_FAILURE, "cannot allocate a thread");
	memcpy(target->pids, thread->tids,
	       thread->count * sizeof(*target->pids));
}

/* Two operands, or two namespaces of one operand, may name the same process. */
static bool has_target(struct snapshot *snap, struct targets *targets,
		       const struct process *proc, const struct id *id,
		       unsigned int tid, const struct namespace *ns)
{
	const struct target *target;

	/* Visit only the targets of the process or ID. */
	for (size_t i = *last_target(snap, targets, proc, id); i;
	     i = target->earlier) {
		target = &targets->list[i - 1];
		if (target->tid == tid && target->ns == ns)
			return true;
	}

	return false;
}

/* Return: the later process if the PID was reused while the file was read. */
static const struct process *find_process_in(struct snapshot *snap,
					     const struct namespace *ns,
					     unsigned int pid)
{
	if (!ns->level)
		return tree_find_process(&snap->tree, pid);
	for (size_t i = snap->tree.nr_processes; i; i--) {
		const struct process *proc = &snap->tree.processes[i - 1];

		if (namespace_is_below(proc->ns, ns) &&
		    proc->pids[ns->level] == pid)
			return proc;
	}

	return NULL;
}

/* Return: whether the PID or TID exists in the namespace. */
static bool add_targets_in(struct snapshot *snap, const struct namespace *ns,
			   unsigned int pid, struct targets *targets)
{
	const struct process *proc = find_process_in(snap, ns, pid);
	struct thread thread;

	if (proc) {
		if (!has_target(snap, targets, proc, NULL, 0, NULL))
			add_target(snap, targets, proc);
		return true;
	}
	proc = find_thread(snap, ns, pid, &thread);
	if (proc &&
	    !has_target(snap, targets, proc, NULL, thread.tids[0], NULL))
		add_thread(snap, targets, proc, &thread);

	return proc;
}

static bool add_targets_everywhere(struct snapshot *snap, unsigned int pid,
				   struct targets *targets)
{
	const struct namespace *path[LEVELS];
	bool found = false;

	for (size_t i = 0; i < snap->tree.nr_processes; i++) {
		const struct process *proc = &snap->tree.processes[i];

		for (const struct namespace *ns = proc->ns; ns; ns = ns->parent)
			path[ns->level] = ns;
		for (unsigned int level = 1; level <= proc->ns->level;
		     level++) {
			if (proc->pids[level] != pid)
				continue;
			found = true;
			if (has_target(snap, targets, proc, NULL, 0,
				       path[level]))
				continue;
			add_target(snap, targets, proc)->ns = path[level];
		}
	}

	return found;
}

/* ---- IDs of process groups and sessions ---- */

/* Return: "NAME PID has N processes" for one role, or ""; the caller frees it. */
static char *describe_role(struct snapshot *snap, const struct id *id,
			   enum role role, const char *name)
{
	size_t count = tree_members(&snap->tree, role, id->pids[0]).count;
	char *part;

	if (!(id->roles & ROLE_BIT(role)))
		part = strdup("");
	else if (asprintf(&part, "%s %u has %zu process%s", name,
			  id->pids[0], count, count == 1 ? "" : "es") < 0)
		part = NULL;
	if (!part)
		err(EXIT_FAILURE, "cannot allocate a note");

	return part;
}

/* A program that expects a process must learn that there is none. */
static void note_id(struct snapshot *snap, const struct id *id,
		    struct notes *notes)
{
	char *group = describe_role(snap, id, ROLE_PGID, "process group");
	char *session = describe_role(snap, id, ROLE_SID, "session");

	add_note(notes, "no process has PID %u%s%s%s%s", id->pids[0],
		 *group || *session ? "; " : "", group,
		 *group && *session ? ", " : "", session);
	free(group);
	free(session);
}

/* @ns is the namespace for '*:PID', otherwise NULL. */
static void add_id(struct snapshot *snap, const struct id *id,
		   const struct namespace *ns, struct targets *targets,
		   struct notes *notes)
{
	struct target *target;

	if (has_target(snap, targets, NULL, id, 0, ns))
		return;
	target = new_target(snap, targets, &(struct target){
		.id = id, .own = id->ns, .ns = ns,
	});
	memcpy(target->pids, id->pids,
	       (id->ns->level + 1) * sizeof(*target->pids));
	targets->nr_ids++;
	note_id(snap, id, notes);
}

static bool add_id_in(struct snapshot *snap, const struct namespace *ns,
		      unsigned int pid, struct targets *targets,
		      struct notes *notes)
{
	const struct id *id = tree_find_id(&snap->tree, ns, pid);

	if (id)
		add_id(snap, id, NULL, targets, notes);

	return id;
}

static bool add_ids_everywhere(struct snapshot *snap, unsigned int pid,
			       struct targets *targets, struct notes *notes)
{
	bool found = false;

	for (size_t i = 0; i < snap->tree.nr_ids; i++) {
		const struct id *id = &snap->tree.ids[i];

		for (const struct namespace *ns = id->ns; ns->level;
		     ns = ns->parent) {
			if (id->pids[ns->level] != pid)
				continue;
			found = true;
			add_id(snap, id, ns, targets, notes);
		}
	}

	return found;
}

/* ---- namespaces ---- */

static bool no_process(struct error *error, const char *operand)
{
	return error_set(error,
			 "no process or thread %s that you may inspect; '*:%s' finds this PID in descendant namespaces",
			 visible(operand), visible(operand));
}

/* Find the namespace of the process, thread or ID that has a PID in the root. */
static const struct namespace *find_own_namespace(struct snapshot *snap,
						  const char *string,
						  struct error *error)
{
	unsigned int pid = read_pid(string);
	const struct namespace *root = snap->tree.namespaces;
	const struct process *proc = NULL;
	const struct id *id = NULL;
	struct thread thread;

	if (!pid) {
		error_set(error,
			  "invalid PID '%s'; a PID is a positive decimal number",
			  visible(string));
		return NULL;
	}
	if (snap->tree.nr_namespaces)
		proc = tree_find_process(&snap->tree, pid);
	if (!proc && snap->tree.nr_namespaces)
		proc = find_thread(snap, root, pid, &thread);
	if (!proc && snap->tree.nr_namespaces)
		id = tree_find_id(&snap->tree, root, pid);
	if (!proc && !id)
		no_process(error, string);

	return proc ? proc->ns : id ? id->ns : NULL;
}

/* Find the namespaces that an operand names, directly or by a container. */
static bool find_namespaces(struct snapshot *snap, const char *operand,
			    struct container_ns_list *list, struct error *error)
{
	const struct namespace *ns;
	unsigned long inum;

	*list = (struct container_ns_list){ 0 };
	if (operand[0] == '@') {
		ns = find_own_namespace(snap, operand + 1, error);
		if (!ns)
			return false;
		container_ns_add(list, NULL, ns, true);
		return true;
	}
	if (!read_inum(operand, &inum))
		return container_ns_find(snap, operand, list, error);
	ns = tree_find_namespace(&snap->tree, inum);
	if (!ns)
		return error_set(error,
				 "no PID namespace %s that you may inspect; 'pidnstree' lists the namespaces",
				 visible(operand));
	container_ns_add(list, NULL, ns, true);

	return true;
}

/*
 * Print one remark for each shared namespace. Print none if the operand also
 * names the container that owns the namespace: containers of a pod can share a
 * namespace.
 */
static bool is_noteworthy(const struct container_ns_list *list, size_t i)
{
	const struct container_ns *entry = &list->entries[i];

	for (size_t j = 0; j < list->count; j++)
		if (list->entries[j].ns == entry->ns &&
		    (list->entries[j].private || j < i))
			return false;

	return true;
}

static void note_all_shared(struct snapshot *snap,
			    const struct container_ns_list *list,
			    struct notes *notes)
{
	for (size_t i = 0; i < list->count; i++)
		if (is_noteworthy(list, i))
			note_shared(snap, &list->entries[i], notes);
}

void select_none(struct snapshot *snap)
{
	for (size_t i = 0; i < snap->tree.nr_namespaces; i++)
		snap->tree.namespaces[i].shown = false;
}

static void show_all(struct snapshot *snap, const struct namespace *top)
{
	struct tree *tree = &snap->tree;

	for (size_t i = top - tree->namespaces; i < tree->nr_namespaces &&
	     namespace_is_below(&tree->namespaces[i], top); i++) {
		struct namespace *ns = &tree->namespaces[i];

		ns->shown = true;
		ns->partial = false;
		for (size_t j = 0; j < ns->nr_processes; j++)
			ns->processes[j].hidden = false;
	}
}

/*
 * Show a namespace that a container shares, and its descendants, but only the
 * processes of the container.
 */
static void show_shared(struct snapshot *snap, const struct container_ns *entry)
{
	struct tree *tree = &snap->tree;
	const struct namespace *top = entry->ns;
	const struct cgroup *own = entry->cgroup;

	for (size_t i = top - tree->namespaces; i < tree->nr_namespaces &&
	     namespace_is_below(&tree->namespaces[i], top); i++) {
		struct namespace *ns = &tree->namespaces[i];

		if (ns->shown && !ns->partial)
			continue;
		if (ns != top &&
		    !same_container(own, snapshot_init_cgroup(snap, ns)))
			continue;
		for (size_t j = 0; j < ns->nr_processes; j++) {
			struct process *proc = &ns->processes[j];

			/* Keep processes of other containers that are shown. */
			if (ns->shown && !proc->hidden)
				continue;
			proc->hidden =
				!same_container(own,
						snapshot_cgroup(snap, proc));
		}
		ns->shown = true;
		ns->partial = true;
	}
}

bool select_namespaces(struct snapshot *snap, const char *operand,
		       struct notes *notes, struct error *error)
{
	struct container_ns_list list;

	if (!find_namespaces(snap, operand, &list, error))
		return false;
	for (size_t i = 0; i < list.count; i++) {
		if (list.entries[i].private)
			show_all(snap, list.entries[i].ns);
		else
			show_shared(snap, &list.entries[i]);
	}
	note_all_shared(snap, &list, notes);
	free(list.entries);

	return true;
}

static void show_path(struct snapshot *snap, const struct namespace *ns)
{
	for (; ns; ns = ns->parent)
		snap->tree.namespaces[ns - snap->tree.namespaces].shown = true;
}

bool select_path(struct snapshot *snap, const char *pid, struct error *error)
{
	const struct namespace *own = find_own_namespace(snap, pid, error);

	show_path(snap, own);

	return own;
}

void select_paths(struct snapshot *snap, const struct targets *targets)
{
	select_none(snap);
	for (size_t i = 0; i < targets->count; i++)
		show_path(snap, targets->list[i].own);
}

/* Handle NS:PID. @len is the length of NS. */
static bool select_targets_in(struct snapshot *snap, const char *operand,
			      size_t len, unsigned int pid,
			      struct targets *targets, struct notes *notes,
			      struct error *error)
{
	char *name = strndup(operand, len);
	struct container_ns_list list;
	bool found, any_id = false;

	if (!name)
		err(EXIT_FAILURE, "cannot allocate a namespace");
	found = find_namespaces(snap, name, &list, error);
	if (!found) {
		free(name);
		return false;
	}
	found = false;
	for (size_t i = 0; i < list.count; i++)
		found |= add_targets_in(snap, list.entries[i].ns, pid, targets);
	for (size_t i = 0; i < list.count && !found; i++)
		any_id |= add_id_in(snap, list.entries[i].ns, pid, targets,
				    notes);
	found |= any_id;
	if (found)
		note_all_shared(snap, &list, notes);
	else
		error_set(error,
			  "no process or thread %u in pid:[%u] that you may inspect; 'pidnstree --all %s' lists its processes",
			  pid, list.entries->ns->inum, visible(name));
	free(list.entries);
	free(name);

	return found;
}

bool select_targets(struct snapshot *snap, const char *operand,
		    struct targets *targets, struct notes *notes,
		    struct error *error)
{
	const char *colon = find_colon(operand);
	unsigned int pid = read_pid(colon ? colon + 1 : operand);
	const struct namespace *root = snap->tree.namespaces;

	if (!pid || colon == operand)
		return error_set(error,
				 "invalid process '%s'; use PID, NS:PID or '*:PID'",
				 visible(operand));
	if (!strncmp(operand, ANYWHERE ":", strlen(ANYWHERE ":")))
		return add_targets_everywhere(snap, pid, targets) ||
		       add_ids_everywhere(snap, pid, targets, notes) ||
		       error_set(error,
				 "no process that you may inspect has PID %u at level 1 or deeper; 'pidnstree --all' lists all PIDs",
				 pid);
	targets->everywhere = false;
	if (!colon)
		return (snap->tree.nr_namespaces &&
			(add_targets_in(snap, root, pid, targets) ||
			 add_id_in(snap, root, pid, targets, notes))) ||
		       no_process(error, operand);

	return select_targets_in(snap, operand, colon - operand, pid, targets,
				 notes, error);
}

void targets_release(struct targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		free(targets->list[i].comm);
	free(targets->list);
	free(targets->last);
}

/* ---- filters ---- */

void select_no_kthreads(struct snapshot *snap)
{
	struct tree *tree = &snap->tree;

	if (!tree_has_kthreads(tree))
		return;
	for (size_t i = 0; i < tree->nr_processes; i++)
		if (snapshot_is_kthread(snap, &tree->processes[i]))
			tree->processes[i].hidden = true;
}

void select_zombies(struct snapshot *snap)
{
	struct tree *tree = &snap->tree;

	for (size_t i = 0; i < tree->nr_namespaces; i++) {
		struct namespace *ns = &tree->namespaces[i];
		bool any = false;

		for (size_t j = 0; j < ns->nr_processes; j++) {
			struct process *proc = &ns->processes[j];

			proc->hidden |= !process_is_zombie(proc);
			any |= !proc->hidden;
		}
		ns->shown &= any;
	}
}

/* ---- --watch ---- */

bool select_find(struct snapshot *snap, const char *operand,
		 struct container_ns_list *list, struct error *error)
{
	return find_namespaces(snap, operand, list, error);
}

void select_container_ns(struct snapshot *snap,
			 const struct container_ns *entry)
{
	if (entry->private)
		show_all(snap, entry->ns);
	else
		show_shared(snap, entry);
}
