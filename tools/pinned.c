// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The file is read before and after the search for pins. A namespace that has
 * processes in the second read is not pinned by what was found. If the file
 * shows a namespace both times and the search in between has found nothing that
 * pins it, nothing in procfs shows the pin.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "pinned.h"
#include "print.h"
#include "show.h"

#define TOO_MANY "%zu more pins were found; only the first %u are listed"

#define UNREADABLE \
	"limited view: the descriptors of %zu process%s cannot be read; run as root to find all pins"

/*
 * Time in microseconds after which the file is read again. An RCU grace period
 * is usually shorter.
 */
#define DELAY 100000

/**
 * struct state - the search
 * @before: snapshot before the search
 * @after: snapshot after it
 * @pins: what was found
 * @sorted: namespaces of @after, by inode number
 * @full: the caller sees all processes
 * @result: what is printed
 */
struct state {
	struct snapshot before;
	struct snapshot after;
	struct pins pins;
	const struct namespace **sorted;
	bool full;
	struct pinned result;
};

static void *grow(void *list, size_t count, size_t size)
{
	/* Double the size whenever the count is a power of two. */
	if (count & (count - 1))
		return list;
	list = reallocarray(list, count ? 2 * count : 1, size);
	if (!list)
		err(EXIT_FAILURE, "cannot allocate the namespaces");

	return list;
}

/* ---- lookups ---- */

static int compare_namespaces(const void *a, const void *b)
{
	const struct namespace *first = *(const struct namespace *const *)a;
	const struct namespace *second = *(const struct namespace *const *)b;

	return first->inum < second->inum ? -1 : first->inum > second->inum;
}

static int compare_inum(const void *key, const void *element)
{
	const struct namespace *ns = *(const struct namespace *const *)element;
	uint32_t inum = *(const uint32_t *)key;

	return inum < ns->inum ? -1 : inum > ns->inum;
}

static void sort_namespaces(struct state *state)
{
	const struct tree *tree = &state->after.tree;

	state->sorted = calloc(tree->nr_namespaces + 1,
			       sizeof(*state->sorted));
	if (!state->sorted)
		err(EXIT_FAILURE, "cannot allocate the namespaces");
	for (size_t i = 0; i < tree->nr_namespaces; i++)
		state->sorted[i] = &tree->namespaces[i];
	qsort(state->sorted, tree->nr_namespaces, sizeof(*state->sorted),
	      compare_namespaces);
}

static const struct namespace *find_listed(const struct state *state,
					   uint32_t inum)
{
	const struct namespace **found =
		bsearch(&inum, state->sorted, state->after.tree.nr_namespaces,
			sizeof(*state->sorted), compare_inum);

	return found ? *found : NULL;
}

static int compare_pinned(const void *a, const void *b)
{
	const struct pinned_ns *first = a, *second = b;

	return first->inum < second->inum ? -1 : first->inum > second->inum;
}

static struct pinned_ns *find_pinned(const struct state *state, uint32_t inum)
{
	struct pinned_ns key = { .inum = inum };

	return bsearch(&key, state->result.list, state->result.count,
		       sizeof(key), compare_pinned);
}

/* ---- namespaces without processes ---- */

static void add_listed(struct state *state, const struct namespace *ns)
{
	struct pinned *result = &state->result;

	result->list = grow(result->list, result->count,
			    sizeof(*result->list));
	result->list[result->count++] = (struct pinned_ns){
		.inum = ns->inum,
		.ns = ns,
		.parent = ns->parent->inum,
		.nsid = ns->nsid,
		.state = ns->state,
		.has_owner = true,
		.owner = ns->owner,
		.userns = ns->has_userns ? ns->userns : 0,
	};
}

/* Return: false if the namespace has been added before. */
static bool add_unlisted(struct state *state, uint32_t inum)
{
	struct ns_facts *facts = nsfs_note(&state->pins.nsfs, inum);
	struct pinned_ns ns = {
		.inum = inum,
		.parent = facts->parent,
		.nsid = facts->nsid,
		.state = facts->state,
		.has_owner = facts->userns,
		.owner = facts->owner,
		.userns = facts->userns,
	};

	if (facts->added)
		return false;
	facts->added = true;
	state->result.list = grow(state->result.list, state->result.count,
				  sizeof(*state->result.list));
	state->result.list[state->result.count++] = ns;

	return true;
}

/*
 * Whether a namespace that the file does not have is a descendant of the root.
 * All namespaces are descendants of the initial one.
 */
static bool is_below_root(const struct state *state, uint32_t inum)
{
	const struct tree *tree = &state->after.tree;
	const struct ns_facts *facts;

	if (tree->nr_namespaces && tree->namespaces->inum == INITIAL_INUM)
		return true;
	while (inum && !find_listed(state, inum)) {
		facts = nsfs_find(&state->pins.nsfs, inum);
		inum = facts ? facts->parent : 0;
	}

	return inum;
}

/*
 * The file lacks namespaces with processes only if the caller may not inspect
 * these. On Linux 6.11 and later, nsfs shows whether there are any.
 */
static bool has_processes(const struct state *state, uint32_t inum)
{
	const struct ns_facts *facts = nsfs_find(&state->pins.nsfs, inum);

	return !state->full && facts && facts->init == HAS_INIT;
}

static bool is_surely_empty(const struct state *state, uint32_t inum)
{
	const struct ns_facts *facts = nsfs_find(&state->pins.nsfs, inum);

	return state->full || (facts && facts->init == HAS_NO_INIT);
}

/* A pinned namespace pins its parent, and so on. */
static void add_with_parents(struct state *state, uint32_t inum)
{
	const struct ns_facts *facts;

	if (has_processes(state, inum) || !is_below_root(state, inum) ||
	    !add_unlisted(state, inum))
		return;
	for (;;) {
		facts = nsfs_find(&state->pins.nsfs, inum);
		inum = facts ? facts->parent : 0;
		if (!inum || find_listed(state, inum) ||
		    !is_surely_empty(state, inum) ||
		    !add_unlisted(state, inum))
			break;
	}
}

static void find_namespaces(struct state *state)
{
	const struct tree *tree = &state->after.tree;
	struct pins *pins = &state->pins;

	for (size_t i = 0; i < tree->nr_namespaces; i++)
		if (namespace_is_empty(&tree->namespaces[i]))
			add_listed(state, &tree->namespaces[i]);
	for (size_t i = 0; i < pins->count; i++)
		if (pins->list[i].inum &&
		    !find_listed(state, pins->list[i].inum))
			add_with_parents(state, pins->list[i].inum);
	if (state->result.count)
		qsort(state->result.list, state->result.count,
		      sizeof(*state->result.list), compare_pinned);
}

/* ---- pins in the file ---- */

static char *copy_comm(const struct process *proc)
{
	char *comm = strdup(proc->comm);

	if (!comm)
		err(EXIT_FAILURE, "cannot allocate the pins");

	return comm;
}

static void add_id_pin(struct state *state, const struct id *id)
{
	struct members members = id_members(&state->after.tree, id);
	struct pin pin = {
		.kind = PIN_ID,
		.inum = id->ns->inum,
		.id = id,
	};

	if (members.count) {
		pin.pid = members.list[0]->pids[0];
		pin.comm = copy_comm(members.list[0]);
	}
	free(members.list);
	pins_add(&state->pins, &pin);
}

static void add_holder_pin(struct state *state, const struct namespace *ns)
{
	pins_add(&state->pins, &(struct pin){
		.kind = PIN_CHILDREN,
		.inum = ns->inum,
		.pid = ns->holder,
		.comm = pins_comm(&state->pins, ns->holder),
	});
}

static void add_pins_of_file(struct state *state)
{
	const struct tree *tree = &state->after.tree;

	for (size_t i = 0; i < tree->nr_ids; i++)
		if (namespace_is_empty(tree->ids[i].ns))
			add_id_pin(state, &tree->ids[i]);
	for (size_t i = 0; i < tree->nr_namespaces; i++)
		if (tree->namespaces[i].holder &&
		    namespace_is_empty(&tree->namespaces[i]))
			add_holder_pin(state, &tree->namespaces[i]);
}

/* ---- namespaces that are pinned ---- */

/* A pinned namespace pins its parent, and so on. */
static void set_pinned(struct state *state, struct pinned_ns *ns)
{
	while (ns && !ns->pinned) {
		ns->pinned = true;
		ns = ns->parent ? find_pinned(state, ns->parent) : NULL;
	}
}

static bool is_empty_in(const struct snapshot *snap, const struct pinned_ns *ns)
{
	const struct namespace *same = tree_find_namespace(&snap->tree,
							   ns->inum);

	return same && namespace_is_empty(same) && same->nsid == ns->nsid;
}

/*
 * If the file has a namespace before and after the search, and after a delay,
 * it has a pin that procfs does not show. Without the delay, that could be a
 * process that has been reaped: free_pid() in 6.12 drops its references after
 * an RCU grace period.
 */
static bool find_hidden_pins(struct state *state, struct error *error)
{
	struct pinned *result = &state->result;
	bool delayed = false;
	struct snapshot late;

	for (size_t i = 0; i < result->count; i++) {
		struct pinned_ns *ns = &result->list[i];

		if (ns->pinned || !is_empty_in(&state->before, ns))
			continue;
		if (!delayed) {
			usleep(DELAY);
			if (!snapshot_take(&late, state->before.source, error))
				return false;
			delayed = true;
		}
		if (is_empty_in(&late, ns))
			set_pinned(state, ns);
	}
	if (delayed)
		snapshot_release(&late);

	return true;
}

/*
 * A namespace whose last process exited, or that was created, after the search
 * began can have a pin that the search has missed.
 */
static bool drop_unpinned(struct state *state, struct error *error)
{
	struct pinned *result = &state->result;
	size_t count = 0;

	for (size_t i = 0; i < state->pins.count; i++)
		if (state->pins.list[i].inum)
			set_pinned(state, find_pinned(state,
						      state->pins.list[i].inum));
	if (!find_hidden_pins(state, error))
		return false;
	for (size_t i = 0; i < result->count; i++)
		if (result->list[i].pinned)
			result->list[count++] = result->list[i];
	result->count = count;

	return true;
}

/* ---- children ---- */

static void add_child_pins(struct state *state)
{
	for (size_t i = 0; i < state->result.count; i++) {
		const struct pinned_ns *ns = &state->result.list[i];

		if (ns->parent && find_pinned(state, ns->parent))
			pins_add(&state->pins, &(struct pin){
				.kind = PIN_CHILD,
				.inum = ns->parent,
				.child = ns->inum,
			});
	}
}

/* ---- which pins belong to which namespace ---- */

static int compare_pins(const void *a, const void *b)
{
	const struct pin *first = a, *second = b;

	if (first->inum != second->inum)
		return first->inum < second->inum ? -1 : 1;
	if (first->kind != second->kind)
		return first->kind < second->kind ? -1 : 1;
	/* The caller's own mount namespace comes first. */
	if (first->foreign != second->foreign)
		return first->foreign ? 1 : -1;
	if (first->pid != second->pid)
		return first->pid < second->pid ? -1 : 1;
	if (first->fd != second->fd)
		return first->fd < second->fd ? -1 : 1;
	if (first->child != second->child)
		return first->child < second->child ? -1 : 1;

	return first->path && second->path ?
	       strcmp(first->path, second->path) : 0;
}

/* The search and the file usually have the same holder. */
static void sort_pins(struct pins *pins)
{
	size_t count = 0;

	if (!pins->count)
		return;
	qsort(pins->list, pins->count, sizeof(*pins->list), compare_pins);
	for (size_t i = 0; i < pins->count; i++) {
		struct pin *pin = &pins->list[i];

		if (count && pin->kind == PIN_CHILDREN &&
		    !compare_pins(pin, &pins->list[count - 1]))
			free(pin->comm);
		else
			pins->list[count++] = *pin;
	}
	pins->count = count;
}

static void assign_pins(struct state *state)
{
	struct pinned *result = &state->result;
	struct pins *pins = &state->pins;
	size_t next = 0;

	sort_pins(pins);
	while (next < pins->count && !pins->list[next].inum)
		next++;
	result->unknown = pins->list;
	result->nr_unknown = next;
	for (size_t i = 0; i < result->count; i++) {
		struct pinned_ns *ns = &result->list[i];

		while (next < pins->count && pins->list[next].inum < ns->inum)
			next++;
		ns->pins = pins->list + next;
		while (next < pins->count &&
		       pins->list[next].inum == ns->inum) {
			next++;
			ns->nr_pins++;
		}
	}
}

/* ---- states ---- */

/* Return: the version of the kernel, such as 612 for 6.12. */
static unsigned int kernel_version(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	if (!uname(&name))
		sscanf(name.release, "%u.%u", &major, &minor);

	return 100 * major + minor;
}

/*
 * Only a process in a namespace can create a child namespace. So a namespace
 * that has a child but no processes is dead. Nor can a process be created in a
 * namespace that has an ancestor without an init, or with an init that exits.
 *
 * Up to Linux 6.18, pidns_for_children_get() returns no namespace that never
 * had an init, so no descriptor or mount refers to one.
 */
static bool is_dead(const struct state *state, const struct pinned_ns *ns)
{
	const struct namespace *listed;

	if (kernel_version() < 619 || find_pinned(state, ns->parent))
		return true;
	for (size_t i = 0; i < ns->nr_pins; i++)
		if (ns->pins[i].kind == PIN_CHILD)
			return true;
	for (listed = find_listed(state, ns->parent); listed;
	     listed = listed->parent)
		if (!strcmp(listed->state, "dying") ||
		    !strcmp(listed->state, "dead"))
			return true;

	return false;
}

static void derive_states(struct state *state)
{
	for (size_t i = 0; i < state->result.count; i++) {
		struct pinned_ns *ns = &state->result.list[i];

		if (!ns->state && is_surely_empty(state, ns->inum) &&
		    is_dead(state, ns))
			ns->state = "dead";
	}
}

/* ---- all ---- */

/* The module reports the number of struct pid only to a reader that sees all. */
static bool sees_all(const struct snapshot *snap)
{
	return snap->tree.nr_namespaces && snap->tree.namespaces[0].has_npids;
}

static void warn_limited(const struct state *state)
{
	size_t count = state->pins.nr_unreadable;

	if (state->pins.nr_dropped)
		warnx(TOO_MANY, state->pins.nr_dropped, PINS_MAX);
	if (count)
		warnx(UNREADABLE, count, count == 1 ? "" : "es");
	else if (snapshot_is_limited(&state->after))
		warnx(LIMITED_VIEW);
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner *first = a, *second = b;

	return first->uid < second->uid ? -1 : first->uid > second->uid;
}

static void count_owners(struct state *state)
{
	struct pinned *result = &state->result;
	struct owners *owners = &result->owners;
	struct pins *pins = &state->pins;

	/* If the limit is 0, the caller has no namespaces. */
	owners_get(owners, geteuid());
	owners_add_tree(owners, &state->after.tree, &pins->nsfs, pins->procfs);
	for (size_t i = 0; i < result->count; i++) {
		const struct pinned_ns *ns = &result->list[i];

		if (!ns->ns && ns->has_owner)
			owners_add(owners, &pins->nsfs, ns->userns, ns->owner,
				   true);
	}
	qsort(owners->list, owners->count, sizeof(*owners->list),
	      compare_owners);
	result->has_limit = owners_limit(pins->procfs, &result->limit);
}

static bool evaluate(struct state *state, struct error *error)
{
	state->full = sees_all(&state->before) && sees_all(&state->after);
	sort_namespaces(state);
	find_namespaces(state);
	add_pins_of_file(state);
	if (!drop_unpinned(state, error))
		return false;
	add_child_pins(state);
	assign_pins(state);
	derive_states(state);
	count_owners(state);

	return true;
}

bool pinned(const struct options *options, struct error *error)
{
	const struct procfs *procfs = &options->source.procfs;
	struct state state = { 0 };
	bool done = false;

	if (!snapshot_take(&state.before, &options->source, error))
		return false;
	if (!pins_find(&state.pins, procfs, &state.before.tree)) {
		error_set_errno(error, "cannot read %s",
				visible(procfs->path));
		goto release_before;
	}
	if (!snapshot_take(&state.after, &options->source, error))
		goto release_pins;

	done = evaluate(&state, error);
	if (done)
		warn_limited(&state);
	if (done && options->format == FORMAT_JSON)
		render_pinned_json(&state.result, &state.after);
	else if (done)
		render_pinned_table(&state.result, &state.after,
				    &options->table);
	free(state.result.list);
	free(state.result.owners.list);
	free(state.sorted);
	snapshot_release(&state.after);
release_pins:
	pins_release(&state.pins);
release_before:
	snapshot_release(&state.before);

	return done;
}
