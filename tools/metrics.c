// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "pids_cgroup.h"
#include "print.h"

/**
 * struct state - state while a snapshot is counted
 * @metrics: the counts
 * @snap: the snapshot
 * @kthreads: @snap has kernel threads
 * @by_key: root of the tree of tsearch() with the containers, by their labels
 * @of_ns: for each namespace, the container of its init; NULL for none
 * @alone: for each namespace, its subject without a container; NULL for none
 */
struct state {
	struct metrics *metrics;
	struct snapshot *snap;
	bool kthreads;
	void *by_key;
	struct subject **of_ns;
	struct subject **alone;
};

/* ---- labels ---- */

static FILE *open_labels(char **labels, size_t *len)
{
	FILE *file = open_memstream(labels, len);

	if (!file)
		err(EXIT_FAILURE, "cannot allocate the metrics");

	return file;
}

static void close_labels(FILE *file)
{
	if (fclose(file))
		err(EXIT_FAILURE, "cannot allocate the metrics");
}

/*
 * The format has escapes only for a backslash, a double quote and a newline.
 * Write each byte of another unprintable or invalid character as the file does,
 * \ooo, with the backslash escaped.
 */
static void put_value(FILE *file, const char *value)
{
	while (*value) {
		uint32_t character;
		size_t len = utf8_decode(value, &character);

		if (*value == '\n') {
			fputs("\\n", file);
			value++;
		} else if (*value == '\\' || *value == '"') {
			fprintf(file, "\\%c", *value++);
		} else if (len && !is_unprintable(character)) {
			fwrite(value, 1, len, file);
			value += len;
		} else {
			for (len = len ? len : 1; len; len--)
				fprintf(file, "\\\\%03o",
					(unsigned char)*value++);
		}
	}
}

/* An empty label is the same as none, so an unknown value has no label. */
static void put_label(FILE *file, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(file, "%s%s=\"", ftell(file) ? "," : "", name);
	put_value(file, value);
	fputc('"', file);
}

static void put_nsid(FILE *file, const struct namespace *ns)
{
	if (ns && ns->nsid)
		fprintf(file, "%snsid=\"%ju\"", ftell(file) ? "," : "",
			(uintmax_t)ns->nsid);
}

/* Return: the UID; 0 for root, and if the cgroup cannot be read. */
static uint32_t user_of(const struct cgroup *cgroup)
{
	uint32_t user;

	return cgroup->path && names_user(cgroup->path, &user) ? user : 0;
}

/*
 * The labels that identify a container. A user can create cgroups with the ID of
 * a container of root or of another user.
 */
static char *key_of(const struct cgroup *cgroup)
{
	char *key;
	size_t len;
	uint32_t user = user_of(cgroup);
	FILE *file = open_labels(&key, &len);

	put_label(file, "engine", cgroup->container.engine);
	put_label(file, "container", cgroup_id(cgroup));
	if (user)
		fprintf(file, ",user=\"%u\"", user);
	close_labels(file);

	return key;
}

/* Take the form of an operand: a name if it is known, otherwise the UID. */
static void put_pod(FILE *file, const struct container *container,
		    const struct container_name *names)
{
	char *pod;

	if (!names || !names->pod || !names->pod_namespace) {
		put_label(file, "pod", names && names->pod ? names->pod :
							     container->pod);
		return;
	}
	if (asprintf(&pod, "%s/%s", names->pod_namespace, names->pod) < 0)
		err(EXIT_FAILURE, "cannot allocate the metrics");
	put_label(file, "pod", pod);
	free(pod);
}

/* Add the labels that only describe a container. */
static void complete_labels(struct snapshot *snap, struct subject *subject)
{
	const struct container_name *names = snapshot_names(snap,
							    subject->cgroup);
	char *labels, *key = subject->labels;
	size_t len;
	FILE *file = open_labels(&labels, &len);

	fputs(key, file);
	put_label(file, "name", names ? names->name : NULL);
	put_pod(file, &subject->cgroup->container, names);
	put_nsid(file, subject->ns);
	close_labels(file);
	subject->labels = labels;
	free(key);
}

/*
 * The inode number alone does not identify a namespace, because the kernel
 * reuses it within seconds.
 */
static char *namespace_labels(const struct namespace *ns)
{
	char *labels;
	size_t len;
	FILE *file;

	if (ns->init != INIT_KNOWN && !ns->nsid)
		return NULL;
	file = open_labels(&labels, &len);
	fprintf(file, "ns=\"%u\"", ns->inum);
	if (ns->init == INIT_KNOWN)
		fprintf(file, ",init=\"%u\"", ns->init_pids[0]);
	put_nsid(file, ns);
	close_labels(file);

	return labels;
}

/* ---- subjects ---- */

/* Take ownership of @labels. */
static struct subject *add_subject(struct subjects *subjects, char *labels)
{
	struct subject *subject = calloc(1, sizeof(*subject));

	/* Grow the list to each power of two. */
	if (!(subjects->count & (subjects->count - 1)))
		subjects->list = reallocarray(subjects->list,
					      2 * subjects->count + 1,
					      sizeof(*subjects->list));
	if (!subject || !subjects->list)
		err(EXIT_FAILURE, "cannot allocate the metrics");
	subject->labels = labels;
	subjects->list[subjects->count++] = subject;

	return subject;
}

static int compare_labels(const void *a, const void *b)
{
	const struct subject *first = a, *second = b;

	return strcmp(first->labels, second->labels);
}

/* Return: the container of a cgroup; NULL if there is none. */
static struct subject *container_of_cgroup(struct state *state,
					   struct cgroup *cgroup)
{
	struct subject wanted, **node;

	if (!cgroup->container.id)
		return NULL;
	wanted.labels = key_of(cgroup);
	node = tfind(&wanted, &state->by_key, compare_labels);
	if (node) {
		free(wanted.labels);
		return *node;
	}
	node = tsearch(add_subject(&state->metrics->containers, wanted.labels),
		       &state->by_key, compare_labels);
	if (!node)
		err(EXIT_FAILURE, "cannot allocate the metrics");
	(*node)->cgroup = cgroup;

	return *node;
}

static bool has_outer(const struct state *state, const struct namespace *ns,
		      const struct subject *container)
{
	for (ns = ns->parent; ns; ns = ns->parent)
		if (state->of_ns[ns - state->snap->tree.namespaces] == container)
			return true;

	return false;
}

static void count_namespace(struct state *state, const struct namespace *ns,
			    bool all)
{
	size_t index = ns - state->snap->tree.namespaces;
	uint64_t *counts = state->metrics->no_container;
	struct subject *subject;
	char *labels = NULL;

	subject = container_of_cgroup(state,
				      snapshot_init_cgroup(state->snap, ns));
	state->of_ns[index] = subject;
	if (subject) {
		if (!subject->ns && !has_outer(state, ns, subject))
			subject->ns = ns;
	} else if (all) {
		labels = namespace_labels(ns);
	}
	if (labels) {
		subject = add_subject(&state->metrics->namespaces, labels);
		subject->ns = ns;
		state->alone[index] = subject;
	}
	if (subject)
		counts = subject->counts;
	counts[COUNT_NAMESPACES]++;
	counts[COUNT_DYING] += !strcmp(ns->state, "dying");
}

/*
 * The cgroup of a zombie can be gone, and cgroup v1 prints the root cgroup for
 * it. Count such a process for the container of its namespace's init.
 */
static uint64_t *counts_of(struct state *state, const struct process *proc)
{
	size_t index = proc->ns - state->snap->tree.namespaces;
	struct subject *subject = NULL;
	struct cgroup *cgroup;

	if (!state->kthreads || !process_is_kthread(proc)) {
		cgroup = snapshot_cgroup(state->snap, proc);
		subject = container_of_cgroup(state, cgroup);
		if (!subject && (!cgroup->path || process_is_zombie(proc)))
			subject = state->of_ns[index];
	}
	if (!subject)
		subject = state->alone[index];

	return subject ? subject->counts : state->metrics->no_container;
}

/* The PID 0 is no init: the parent of a process can be outside the root. */
static bool is_child_of_init(const struct process *proc)
{
	return proc->ns->init == INIT_KNOWN && proc->ppid &&
	       proc->ppid == proc->ns->init_pids[0];
}

static void count_process(struct state *state, const struct process *proc)
{
	uint64_t *counts = counts_of(state, proc);

	counts[COUNT_PROCESSES]++;
	counts[COUNT_THREADS] += proc->threads;
	if (!process_is_zombie(proc))
		return;
	counts[COUNT_ZOMBIES]++;
	counts[COUNT_INIT_ZOMBIES] += is_child_of_init(proc);
}

/*
 * Users can create many cgroups with the names of containers. These must not
 * displace the containers of root, so they come last.
 */
static void put_root_first(struct subjects *containers)
{
	struct subject **sorted = calloc(containers->count + 1,
					 sizeof(*sorted));
	size_t count = 0;

	if (!sorted)
		err(EXIT_FAILURE, "cannot allocate the metrics");
	for (size_t i = 0; i < containers->count; i++)
		if (!user_of(containers->list[i]->cgroup))
			sorted[count++] = containers->list[i];
	for (size_t i = 0; i < containers->count; i++)
		if (user_of(containers->list[i]->cgroup))
			sorted[count++] = containers->list[i];
	free(containers->list);
	containers->list = sorted;
}

static void sum_hidden(struct subjects *subjects, size_t limit, uint64_t *sum)
{
	subjects->shown = subjects->count < limit ? subjects->count : limit;
	for (size_t i = subjects->shown; i < subjects->count; i++)
		for (size_t j = 0; j < NR_COUNTS; j++)
			sum[j] += subjects->list[i]->counts[j];
}

/* ---- owners ---- */

/* A saved directory adds to the tree, but not these. */
static bool is_live(const struct snapshot *snap)
{
	return snapshot_is_live(snap) && !snap->source->procfs.saved;
}

static int by_namespaces(const void *a, const void *b)
{
	const struct owner *first = a, *second = b;

	if (first->namespaces != second->namespaces)
		return first->namespaces > second->namespaces ? -1 : 1;

	return first->uid < second->uid ? -1 : first->uid > second->uid;
}

static void count_owners(struct metrics *metrics, const struct snapshot *snap,
			 size_t limit)
{
	struct owners *owners = &metrics->owners;
	const struct procfs *procfs = NULL;
	struct nsfs nsfs = { 0 };

	/* The user namespaces of a saved file are not those of this machine. */
	if (is_live(snap)) {
		procfs = &snap->source->procfs;
		nsfs_init(&nsfs);
	}
	owners_add_tree(owners, &snap->tree, &nsfs, procfs);
	nsfs_release(&nsfs);
	if (owners->count)
		qsort(owners->list, owners->count, sizeof(*owners->list),
		      by_namespaces);
	metrics->shown_owners = owners->count < limit ? owners->count : limit;
}

/* ---- all ---- */

static void ignore(void *subject)
{
	(void)subject;
}

void metrics_count(struct metrics *metrics, struct snapshot *snap, bool all,
		   size_t limit)
{
	const struct tree *tree = &snap->tree;
	struct state state = {
		.metrics = metrics,
		.snap = snap,
		.kthreads = tree_has_kthreads(&snap->tree),
		.of_ns = calloc(tree->nr_namespaces + 1, sizeof(*state.of_ns)),
		.alone = calloc(tree->nr_namespaces + 1, sizeof(*state.alone)),
	};

	if (!state.of_ns || !state.alone)
		err(EXIT_FAILURE, "cannot allocate the metrics");
	memset(metrics, 0, sizeof(*metrics));
	for (size_t i = 0; i < tree->nr_namespaces; i++)
		count_namespace(&state, &tree->namespaces[i], all);
	for (size_t i = 0; i < tree->nr_processes; i++)
		count_process(&state, &tree->processes[i]);
	tdestroy(state.by_key, ignore);
	free(state.of_ns);
	free(state.alone);

	put_root_first(&metrics->containers);
	sum_hidden(&metrics->containers, limit, metrics->over_limit);
	sum_hidden(&metrics->namespaces, limit, metrics->over_limit);
	for (size_t i = 0; i < metrics->containers.shown; i++) {
		struct subject *subject = metrics->containers.list[i];

		complete_labels(snap, subject);
		if (is_live(snap))
			subject->has_limit =
				pids_cgroup_read(subject->cgroup->path,
						 &subject->limited,
						 &subject->limit);
	}
	count_owners(metrics, snap, limit);
}

static void release_subjects(struct subjects *subjects)
{
	for (size_t i = 0; i < subjects->count; i++) {
		free(subjects->list[i]->labels);
		free(subjects->list[i]);
	}
	free(subjects->list);
}

void metrics_release(struct metrics *metrics)
{
	release_subjects(&metrics->containers);
	release_subjects(&metrics->namespaces);
	free(metrics->owners.list);
}
