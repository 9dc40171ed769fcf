// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "container_ns.h"
#include "print.h"

static const char *id_of(const struct container_ns *entry)
{
	return cgroup_id(entry->cgroup);
}

void container_ns_add(struct container_ns_list *list, struct cgroup *cgroup,
		      const struct namespace *ns, bool private)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? 2 * list->capacity : 16;
		list->entries = reallocarray(list->entries, list->capacity,
					     sizeof(*list->entries));
		if (!list->entries)
			err(EXIT_FAILURE, "cannot list containers");
	}
	list->entries[list->count++] = (struct container_ns){
		.cgroup = cgroup,
		.ns = ns,
		.private = private,
	};
}

/*
 * A monitor starts a container and stays outside it: containerd's shim, also as
 * docker-containerd-shim of Docker before 18.09, and conmon of Podman and
 * CRI-O. The names are truncated to the 15 bytes of the kernel's comm.
 */
static bool is_monitor(const struct process *proc)
{
	static const char *const names[] = {
		"containerd-shim", "docker-containe", "conmon"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strncmp(proc->comm, names[i], strlen(names[i])))
			return true;

	return false;
}

/* Whether the parent of @proc is a monitor. */
static bool has_monitor(struct snapshot *snap, const struct process *proc)
{
	const struct process *parent;

	parent = tree_find_process(&snap->tree, proc->ppid);

	return parent && is_monitor(parent);
}

/* Return: the parent if it is in the same container, else NULL. */
static const struct process *parent_in_container(struct snapshot *snap,
						 const struct process *proc)
{
	struct cgroup *cgroup = snapshot_cgroup(snap, proc);
	const struct process *parent;

	parent = tree_find_process(&snap->tree, proc->ppid);

	return parent && same_container(cgroup, snapshot_cgroup(snap, parent)) ?
	       parent : NULL;
}

/*
 * Find the process of a container that the engine started. From @proc, follow
 * the parents as long as they are in the same container. @proc may be the init
 * of a nested namespace that a process of the container created.
 *
 * @first caches the result for each process visited, so no process is visited
 * twice. An entry points to its own process until the result is known, which
 * ends the loop if the parents in a saved file form a cycle.
 */
static const struct process *first_process(struct snapshot *snap,
					   const struct process **first,
					   const struct process *proc)
{
	const struct process *all = snap->tree.processes, *top = proc, *next;
	const struct process *found;

	while (!first[top - all]) {
		first[top - all] = top;
		next = parent_in_container(snap, top);
		if (next)
			top = next;
	}
	found = first[top - all];
	for (; first[proc - all] != found; proc = next) {
		next = parent_in_container(snap, proc);
		first[proc - all] = found;
	}

	return found;
}

/*
 * Add the containers that the inits of the namespaces are in. There are few
 * inits, so few files are read.
 */
static void add_by_inits(struct snapshot *snap, struct container_ns_list *list)
{
	const struct process **known = calloc(snap->tree.nr_processes + 1,
					      sizeof(*known));

	if (!known)
		err(EXIT_FAILURE, "cannot list containers");
	for (size_t i = 0; i < snap->tree.nr_namespaces; i++) {
		const struct namespace *ns = &snap->tree.namespaces[i];
		const struct process *first = namespace_init(ns);
		struct cgroup *cgroup = snapshot_init_cgroup(snap, ns);

		if (!cgroup->container.id)
			continue;
		if (first)
			first = first_process(snap, known, first);
		/*
		 * An ancestor in the cgroup of the container may be the program
		 * that created the container, such as bwrap of Flatpak, or a
		 * shell that was moved into the cgroup. It is a process of the
		 * container only if its parent is a monitor.
		 */
		if (first && has_monitor(snap, first))
			container_ns_add(list, cgroup, first->ns,
					 first == namespace_init(first->ns));
		else
			container_ns_add(list, cgroup, ns, true);
	}
	free(known);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(id_of(a), id_of(b));
}

/*
 * Sort the namespaces of a container in pre-order, which is the order of the
 * array of namespaces. Private entries come before shared ones.
 */
static int compare_ids_and_ns(const void *a, const void *b)
{
	const struct container_ns *first = a, *second = b;
	int order = compare_ids(a, b);

	if (order)
		return order;
	if (first->ns != second->ns)
		return first->ns < second->ns ? -1 : 1;

	return second->private - first->private;
}

/* Drop the namespaces that are descendants of another one of the container. */
static void keep_outermost(struct container_ns_list *list)
{
	struct container_ns *last = list->entries, *entry = list->entries;

	if (!list->count)
		return;
	qsort(list->entries, list->count, sizeof(*list->entries),
	      compare_ids_and_ns);
	for (size_t i = 1; i < list->count; i++) {
		entry++;
		if (compare_ids(entry, last) ||
		    !namespace_is_below(entry->ns, last->ns))
			*++last = *entry;
	}
	list->count = last + 1 - list->entries;
}

/*
 * Add the containers that add_by_inits() cannot find, because no init is in
 * them: they share the namespace of the host or of another container. @list is
 * sorted.
 */
static void add_by_processes(struct snapshot *snap,
			     struct container_ns_list *list)
{
	size_t known = list->count;

	for (size_t i = 0; i < snap->tree.nr_processes; i++) {
		const struct process *proc = &snap->tree.processes[i];
		struct container_ns entry = {
			.cgroup = snapshot_cgroup(snap, proc),
		};

		if (!entry.cgroup->container.id)
			continue;
		if (!known || !bsearch(&entry, list->entries, known,
				       sizeof(entry), compare_ids))
			container_ns_add(list, entry.cgroup, proc->ns, false);
	}
}

/* ---- references to containers ---- */

/**
 * struct reference - a parsed ENGINE://NAME or NAME
 * @engine: ENGINE, NULL for any engine
 * @name: NAME: ID, prefix of an ID, or name
 */
struct reference {
	char *engine;
	const char *name;
};

static struct reference parse_reference(const char *word)
{
	const char *scheme = strstr(word, "://");
	struct reference reference = { .name = word };

	if (!scheme || scheme == word)
		return reference;
	reference.engine = strndup(word, scheme - word);
	if (!reference.engine)
		err(EXIT_FAILURE, "cannot find a container");
	reference.name = scheme + strlen("://");

	return reference;
}

typedef bool match_fn(struct snapshot *snap, const struct container_ns *entry,
		      const char *name);

static bool has_id(struct snapshot *snap, const struct container_ns *entry,
		   const char *name)
{
	(void)snap;

	return !strcmp(entry->cgroup->container.id, name) ||
	       !strcmp(id_of(entry), name);
}

static bool has_name(struct snapshot *snap, const struct container_ns *entry,
		     const char *name)
{
	const struct container_name *names;

	names = snapshot_names(snap, entry->cgroup);

	return names && names->name && !strcmp(names->name, name);
}

/* @name is the UID of a pod, NAME or NAMESPACE/NAME. */
static bool has_pod(struct snapshot *snap, const struct container_ns *entry,
		    const char *name)
{
	const char *pod = entry->cgroup->container.pod;
	const struct container_name *names;
	size_t len;

	if (pod && !strcmp(pod, name))
		return true;
	names = snapshot_names(snap, entry->cgroup);
	if (!names || !names->pod)
		return false;
	len = names->pod_namespace ? strlen(names->pod_namespace) : 0;
	if (len && !strncmp(names->pod_namespace, name, len) &&
	    name[len] == '/')
		name += len + 1;

	return !strcmp(names->pod, name);
}

/*
 * Whether a prefix of the ID can stand for the ID. It cannot if the ID is a
 * name that a user chose, because the prefix may be the name of another
 * container.
 */
static bool has_random_id(const struct container *container)
{
	return container_has_hash(container) ||
	       (container->engine && !strcmp(container->engine, "buildkit"));
}

/*
 * A prefix that consists of decimal digits must have CONTAINER_SHORT
 * characters, because a shorter one may be meant as a PID.
 */
static bool has_prefix(struct snapshot *snap, const struct container_ns *entry,
		       const char *name)
{
	size_t len = strlen(name);

	(void)snap;

	return len && has_random_id(&entry->cgroup->container) &&
	       !strncmp(id_of(entry), name, len) &&
	       (len >= CONTAINER_SHORT || name[strspn(name, "0123456789")]);
}

static bool has_engine(const struct container_ns *entry, const char *engine)
{
	const char *own = entry->cgroup->container.engine;

	return !engine || !own || !strcmp(engine, own);
}

/* Move the matching entries to the start. Return: how many match. */
static size_t filter(struct snapshot *snap, struct container_ns_list *list,
		     const struct reference *reference, match_fn *match)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct container_ns entry = list->entries[i];

		/* A whole ID identifies a container, whatever the engine. */
		if ((match != has_id &&
		     !has_engine(&entry, reference->engine)) ||
		    !match(snap, &entry, reference->name))
			continue;
		list->entries[i] = list->entries[count];
		list->entries[count++] = entry;
	}

	return count;
}

/* Reject matches with different containers, unless they are those of a pod. */
static bool is_unique(const struct container_ns_list *list, size_t count,
		      match_fn *match, const char *word, struct error *error)
{
	for (size_t i = 1; i < count; i++) {
		if (match == has_pod ||
		    !compare_ids(&list->entries[i], &list->entries[i - 1]))
			continue;
		return error_set(error,
				 "'%s' matches several containers: %s and %s; specify the full ID",
				 visible(word),
				 visible(id_of(&list->entries[i - 1])),
				 visible(id_of(&list->entries[i])));
	}

	return true;
}

/*
 * Try @matches in turn until one of them matches, and drop the other entries.
 * Return: the number of entries left; 0 if none matches; -1 if the reference is
 * ambiguous, and @error is filled.
 */
static int match_any(struct snapshot *snap, struct container_ns_list *list,
		     const struct reference *reference, const char *word,
		     match_fn *const *matches, struct error *error)
{
	for (; *matches; matches++) {
		size_t count = filter(snap, list, reference, *matches);

		if (!count)
			continue;
		qsort(list->entries, count, sizeof(*list->entries),
		      compare_ids_and_ns);
		if (!is_unique(list, count, *matches, word, error))
			return -1;
		list->count = count;
		return count;
	}

	return 0;
}

/*
 * Correct an entry that is a nested namespace of its container. If the process
 * that created a nested namespace exits, the monitor of the container adopts
 * the init, because the monitor is a child subreaper. The init is then a
 * sibling of the first process of the container, and add_by_inits() cannot
 * distinguish the two. The first process is the sibling in an ancestor
 * namespace.
 */
static void find_ancestor(struct snapshot *snap, struct container_ns *entry)
{
	const struct process *init = namespace_init(entry->ns);

	if (!entry->private || !init || !has_monitor(snap, init))
		return;
	for (size_t i = 0; i < snap->tree.nr_processes; i++) {
		const struct process *proc = &snap->tree.processes[i];

		if (proc->ppid != init->ppid || proc->ns == entry->ns ||
		    !namespace_is_below(entry->ns, proc->ns) ||
		    !same_container(entry->cgroup, snapshot_cgroup(snap, proc)))
			continue;
		*entry = (struct container_ns){
			.cgroup = entry->cgroup,
			.ns = proc->ns,
			.private = proc == namespace_init(proc->ns),
		};
		return;
	}
}

static void find_ancestors(struct snapshot *snap,
			   struct container_ns_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		find_ancestor(snap, &list->entries[i]);
	keep_outermost(list);
}

/* The form of the IDs that docker ps prints. Names rarely have this form. */
static bool is_short_id(const char *name)
{
	return strlen(name) >= CONTAINER_SHORT &&
	       !name[strspn(name, "0123456789abcdef")];
}

bool container_ns_find(struct snapshot *snap, const char *word,
		       struct container_ns_list *list, struct error *error)
{
	static match_fn *const by_id_only[] = { has_id, has_prefix, NULL };
	static match_fn *const exact[] = { has_id, has_name, NULL };
	static match_fn *const all[] = {
		has_id, has_name, has_pod, has_prefix, NULL
	};
	struct reference reference = parse_reference(word);
	int found = 0;

	*list = (struct container_ns_list){ 0 };
	add_by_inits(snap, list);
	keep_outermost(list);
	/* Match IDs alone first: names need a request to the engines. */
	if (is_short_id(reference.name))
		found = match_any(snap, list, &reference, word, by_id_only,
				  error);
	if (!found)
		found = match_any(snap, list, &reference, word, exact,
				  error);
	if (!found) {
		add_by_processes(snap, list);
		keep_outermost(list);
		found = match_any(snap, list, &reference, word, all, error);
	}
	free(reference.engine);
	if (!found)
		error_set(error,
			  "no container, pod or PID namespace '%s' that you may inspect; see 'docker ps', 'podman ps' or 'crictl ps', or use @PID for the namespace of a process",
			  visible(word));
	if (found > 0)
		find_ancestors(snap, list);
	else
		free(list->entries);

	return found > 0;
}
