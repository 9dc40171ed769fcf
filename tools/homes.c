// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "homes.h"
#include "print.h"

static const char *id_of(const struct home *home)
{
	return cgroup_id(home->cgroup);
}

void homes_add(struct homes *homes, struct cgroup *cgroup,
	       const struct namespace *ns, bool owner)
{
	if (homes->count == homes->room) {
		homes->room = homes->room ? 2 * homes->room : 16;
		homes->list = reallocarray(homes->list, homes->room,
					   sizeof(*homes->list));
		if (!homes->list)
			err(EXIT_FAILURE, "containers");
	}
	homes->list[homes->count++] = (struct home){ cgroup, ns, owner };
}

/*
 * The processes that start containers and stay outside, by what the kernel keeps
 * of their names: the shim of containerd, also as Docker shipped it before 18.09,
 * and conmon of Podman and CRI-O.
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

static bool has_monitor(struct snapshot *snap, const struct process *proc)
{
	const struct process *parent;

	parent = tree_find_process(&snap->tree, proc->ppid);

	return parent && is_monitor(parent);
}

/* The parent, if it is a process of the same container. */
static const struct process *parent_inside(struct snapshot *snap,
					   const struct process *proc)
{
	struct cgroup *cgroup = snapshot_cgroup(snap, proc);
	const struct process *parent;

	parent = tree_find_process(&snap->tree, proc->ppid);

	return parent && same_container(cgroup, snapshot_cgroup(snap, parent)) ?
	       parent : NULL;
}

/*
 * The process of a container that the engine started: the last one on the way
 * up that is still in the container. A container may create namespaces of its
 * own; their inits have parents in it.
 *
 * @first has the answer for each process that was visited, so that no process
 * is visited twice. Until the answer is known it is the process itself, which
 * ends the cycles that a saved file may have.
 */
static const struct process *first_process(struct snapshot *snap,
					   const struct process **first,
					   const struct process *proc)
{
	const struct process *all = snap->tree.processes, *top = proc, *next;
	const struct process *found;

	while (!first[top - all]) {
		first[top - all] = top;
		next = parent_inside(snap, top);
		if (next)
			top = next;
	}
	found = first[top - all];
	for (; first[proc - all] != found; proc = next) {
		next = parent_inside(snap, proc);
		first[proc - all] = found;
	}

	return found;
}

/* By their inits, which are few. */
static void add_homes_of_inits(struct snapshot *snap, struct homes *homes)
{
	const struct process **known = calloc(snap->tree.nr_processes + 1,
					      sizeof(*known));

	if (!known)
		err(EXIT_FAILURE, "containers");
	for (size_t i = 0; i < snap->tree.nr_namespaces; i++) {
		const struct namespace *ns = &snap->tree.namespaces[i];
		const struct process *first = namespace_init(ns);
		struct cgroup *cgroup = snapshot_init_cgroup(snap, ns);

		if (!cgroup->container.id)
			continue;
		if (first)
			first = first_process(snap, known, first);
		/*
		 * Whatever is above the init may have created the container:
		 * bwrap of Flatpak, or a shell that was moved into the cgroup.
		 * Only a monitor proves that it is in the container.
		 */
		if (first && has_monitor(snap, first))
			homes_add(homes, cgroup, first->ns,
				  first == namespace_init(first->ns));
		else
			homes_add(homes, cgroup, ns, true);
	}
	free(known);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(id_of(a), id_of(b));
}

/* Containers, and the namespaces of each in pre-order. */
static int by_id_and_ns(const void *a, const void *b)
{
	const struct home *first = a, *second = b;
	int order = by_id(a, b);

	if (order)
		return order;
	if (first->ns != second->ns)
		return first->ns < second->ns ? -1 : 1;

	return second->owner - first->owner;
}

/* Keep only the outermost namespaces of each container. */
static void sort_homes(struct homes *homes)
{
	struct home *last = homes->list, *home = homes->list;

	if (!homes->count)
		return;
	qsort(homes->list, homes->count, sizeof(*homes->list), by_id_and_ns);
	for (size_t i = 1; i < homes->count; i++) {
		home++;
		if (by_id(home, last) ||
		    !namespace_is_below(home->ns, last->ns))
			*++last = *home;
	}
	homes->count = last + 1 - homes->list;
}

/* Those that have no init: they share the namespace of another. */
static void add_homes_of_others(struct snapshot *snap, struct homes *homes)
{
	size_t known = homes->count;

	for (size_t i = 0; i < snap->tree.nr_processes; i++) {
		const struct process *proc = &snap->tree.processes[i];
		struct home home = { .cgroup = snapshot_cgroup(snap, proc) };

		if (!home.cgroup->container.id)
			continue;
		if (!known ||
		    !bsearch(&home, homes->list, known, sizeof(home), by_id))
			homes_add(homes, home.cgroup, proc->ns, false);
	}
}

/* ---- what a word says of a container ---- */

/* A reference to a container, as ENGINE://NAME or NAME. */
struct reference {
	char *engine;	/* NULL for any */
	const char *name;
};

static struct reference read_reference(const char *word)
{
	const char *scheme = strstr(word, "://");
	struct reference reference = { .name = word };

	if (!scheme || scheme == word)
		return reference;
	reference.engine = strndup(word, scheme - word);
	if (!reference.engine)
		err(EXIT_FAILURE, "container");
	reference.name = scheme + strlen("://");

	return reference;
}

typedef bool match_fn(struct snapshot *snap, const struct home *home,
		      const char *name);

static bool has_id(struct snapshot *snap, const struct home *home, const char *name)
{
	(void)snap;

	return !strcmp(home->cgroup->container.id, name) ||
	       !strcmp(id_of(home), name);
}

static bool has_name(struct snapshot *snap, const struct home *home,
		     const char *name)
{
	const struct container_name *names = snapshot_names(snap, home->cgroup);

	return names && names->name && !strcmp(names->name, name);
}

/* By its UID, NAME or NAMESPACE/NAME. */
static bool has_pod(struct snapshot *snap, const struct home *home,
		    const char *name)
{
	const char *pod = home->cgroup->container.pod;
	const struct container_name *names;
	size_t len;

	if (pod && !strcmp(pod, name))
		return true;
	names = snapshot_names(snap, home->cgroup);
	if (!names || !names->pod)
		return false;
	len = names->pod_namespace ? strlen(names->pod_namespace) : 0;
	if (len && !strncmp(names->pod_namespace, name, len) &&
	    name[len] == '/')
		name += len + 1;

	return !strcmp(names->pod, name);
}

/* Not a name that a user has chosen: the start of that may be another name. */
static bool has_random_id(const struct container *container)
{
	return container_has_hash(container) ||
	       (container->engine && !strcmp(container->engine, "buildkit"));
}

/* Few decimal digits may as well be meant as a number. */
static bool has_start(struct snapshot *snap, const struct home *home,
		      const char *name)
{
	size_t len = strlen(name);

	(void)snap;

	return len && has_random_id(&home->cgroup->container) &&
	       !strncmp(id_of(home), name, len) &&
	       (len >= CONTAINER_SHORT || name[strspn(name, "0123456789")]);
}

static bool has_engine(const struct home *home, const char *engine)
{
	const char *own = home->cgroup->container.engine;

	return !engine || !own || !strcmp(engine, own);
}

/* Move those that match to the start. Return: how many. */
static size_t filter_homes(struct snapshot *snap, struct homes *homes,
			   const struct reference *reference, match_fn *match)
{
	size_t count = 0;

	for (size_t i = 0; i < homes->count; i++) {
		struct home home = homes->list[i];

		/* An id is an answer whatever made the container. */
		if ((match != has_id && !has_engine(&home, reference->engine)) ||
		    !match(snap, &home, reference->name))
			continue;
		homes->list[i] = homes->list[count];
		homes->list[count++] = home;
	}

	return count;
}

/* Only a pod may be several containers. */
static bool is_unique(const struct homes *homes, size_t count, match_fn *match,
		      const char *word, struct error *error)
{
	for (size_t i = 1; i < count; i++) {
		if (match == has_pod ||
		    !by_id(&homes->list[i], &homes->list[i - 1]))
			continue;
		return error_set(error,
				 "'%s' %s several containers: %s and %s; give more of the id",
				 visible(word),
				 match == has_start ? "begins" : "names",
				 visible(id_of(&homes->list[i - 1])),
				 visible(id_of(&homes->list[i])));
	}

	return true;
}

/* Those that match are left. Return: -1 if they are more than one answer. */
static int match_homes(struct snapshot *snap, struct homes *homes,
		       const struct reference *reference, const char *word,
		       match_fn *const *matches, struct error *error)
{
	for (; *matches; matches++) {
		size_t count = filter_homes(snap, homes, reference, *matches);

		if (!count)
			continue;
		qsort(homes->list, count, sizeof(*homes->list), by_id_and_ns);
		if (!is_unique(homes, count, *matches, word, error))
			return -1;
		homes->count = count;
		return count;
	}

	return 0;
}

/*
 * If the process that created a namespace exits, the init of the namespace becomes
 * a child of the engine, as the first process of the container is. So the namespace
 * looks like that of the container, which may be an ancestor of it.
 */
static void find_ancestor(struct snapshot *snap, struct home *home)
{
	const struct process *init = namespace_init(home->ns);

	if (!home->owner || !init || !has_monitor(snap, init))
		return;
	for (size_t i = 0; i < snap->tree.nr_processes; i++) {
		const struct process *proc = &snap->tree.processes[i];

		if (proc->ppid != init->ppid || proc->ns == home->ns ||
		    !namespace_is_below(home->ns, proc->ns) ||
		    !same_container(home->cgroup, snapshot_cgroup(snap, proc)))
			continue;
		*home = (struct home){
			.cgroup = home->cgroup,
			.ns = proc->ns,
			.owner = proc == namespace_init(proc->ns),
		};
		return;
	}
}

static void find_ancestors(struct snapshot *snap, struct homes *homes)
{
	for (size_t i = 0; i < homes->count; i++)
		find_ancestor(snap, &homes->list[i]);
	sort_homes(homes);
}

/* What docker ps prints, and so is hardly a name. */
static bool is_short_id(const char *name)
{
	return strlen(name) >= CONTAINER_SHORT &&
	       !name[strspn(name, "0123456789abcdef")];
}

bool homes_find(struct snapshot *snap, const char *word, struct homes *homes,
		struct error *error)
{
	static match_fn *const by_id_only[] = { has_id, has_start, NULL };
	static match_fn *const exact[] = { has_id, has_name, NULL };
	static match_fn *const all[] = {
		has_id, has_name, has_pod, has_start, NULL
	};
	struct reference reference = read_reference(word);
	int found = 0;

	*homes = (struct homes){ 0 };
	add_homes_of_inits(snap, homes);
	sort_homes(homes);
	/* Engines need not be asked for what is found without a name. */
	if (is_short_id(reference.name))
		found = match_homes(snap, homes, &reference, word, by_id_only,
				    error);
	if (!found)
		found = match_homes(snap, homes, &reference, word, exact,
				    error);
	if (!found) {
		add_homes_of_others(snap, homes);
		sort_homes(homes);
		found = match_homes(snap, homes, &reference, word, all, error);
	}
	free(reference.engine);
	if (!found)
		error_set(error,
			  "no container, pod or PID namespace '%s' that you may inspect; see 'docker ps', 'podman ps' or 'crictl ps', or use @PID for the namespace of a process",
			  visible(word));
	if (found > 0)
		find_ancestors(snap, homes);
	else
		free(homes->list);

	return found > 0;
}
