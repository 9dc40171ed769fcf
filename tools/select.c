// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "print.h"
#include "select.h"

static bool read_number(const char *word, unsigned long max,
			unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(word, &end, 10);

	return isdigit((unsigned char)word[0]) && !*end && !errno &&
	       *number <= max;
}

/* As such, or as in the link in /proc/PID/ns. */
static bool read_inum(const char *word, unsigned long *inum)
{
	char digits[sizeof("4294967295")];
	int len = 0;

	if (read_number(word, UINT32_MAX, inum))
		return true;

	return sscanf(word, "pid:[%10[0-9]]%n", digits, &len) == 1 && len &&
	       !word[len] && read_number(digits, UINT32_MAX, inum);
}

unsigned int select_pid(const char *word)
{
	unsigned long pid;

	return read_number(word, INT_MAX, &pid) ? pid : 0;
}

const struct process *select_process(const struct look *look, unsigned int pid)
{
	const struct tree *tree = &look->tree;
	unsigned int tgid;

	for (size_t i = tree->nr_processes; i; i--)
		if (tree->processes[i - 1].pids[0] == pid)
			return &tree->processes[i - 1];

	tgid = look->live ? live_thread_group(pid) : 0;
	if (tgid && tgid != pid)
		errx(EXIT_FAILURE, "%u is a thread of process %u", pid, tgid);
	errx(EXIT_FAILURE, "there is no process %u, or none that you may see",
	     pid);
}

const struct process *select_process_in(const struct look *look,
					const struct namespace *ns,
					unsigned int pid)
{
	const struct tree *tree = &look->tree;

	for (size_t i = tree->nr_processes; i; i--) {
		const struct process *proc = &tree->processes[i - 1];

		if (namespace_is_below(proc->ns, ns) &&
		    proc->pids[ns->level] == pid)
			return proc;
	}
	errx(EXIT_FAILURE, "there is no process %u in pid:[%u], or none that you may see",
	     pid, ns->inum);
}

static struct namespace *find_inum(const struct look *look, unsigned long inum)
{
	for (size_t i = 0; i < look->tree.nr_namespaces; i++)
		if (look->tree.namespaces[i].inum == inum)
			return &look->tree.namespaces[i];

	return NULL;
}

/*
 * A namespace that was made inside a container is in that, too, but who names
 * the container means the outermost.
 */
static const struct container *find_outermost(struct look *look,
					      const struct namespace *ns)
{
	const struct container *own = look_container(look, ns), *outer;

	if (!own || !ns->parent)
		return own;
	outer = look_container(look, ns->parent);

	return outer && !strcmp(own->id, outer->id) ? NULL : own;
}

/* By the whole id or name, or by the start of it. */
static struct namespace *find_container(struct look *look, const char *word,
					bool whole)
{
	const struct container *container, *known = NULL;
	struct namespace *found = NULL, *ns;

	for (size_t i = 0; i < look->tree.nr_namespaces; i++) {
		ns = &look->tree.namespaces[i];
		container = find_outermost(look, ns);
		if (!container || (whole ? strcmp(container->id, word) :
				   strncmp(container->id, word, strlen(word))))
			continue;
		if (known && !strcmp(container->id, known->id))
			errx(EXIT_FAILURE,
			     "container %s has several PID namespaces: pid:[%u] and pid:[%u]",
			     visible(word), found->inum, ns->inum);
		if (known)
			errx(EXIT_FAILURE,
			     "'%s' is the start of several containers: %s and %s",
			     visible(word), visible(known->id),
			     visible(container->id));
		found = ns;
		known = container;
	}

	return found;
}

struct namespace *select_namespace(struct look *look, const char *word)
{
	struct namespace *ns = NULL;
	unsigned long inum;

	if (word[0] == '@') {
		unsigned int pid = select_pid(word + 1);

		if (!pid)
			errx(EXIT_FAILURE, "'%s' is no PID", visible(word + 1));
		return find_inum(look, select_process(look, pid)->ns->inum);
	}

	if (read_inum(word, &inum))
		ns = find_inum(look, inum);
	if (!ns)
		ns = find_container(look, word, true);
	if (!ns && *word)
		ns = find_container(look, word, false);
	if (!ns)
		errx(EXIT_FAILURE,
		     "there is no PID namespace or container '%s', or none that you may see",
		     visible(word));

	return ns;
}

void select_none(struct look *look)
{
	for (size_t i = 0; i < look->tree.nr_namespaces; i++)
		look->tree.namespaces[i].shown = false;
}

void select_below(struct look *look, const struct namespace *top)
{
	const struct tree *tree = &look->tree;

	for (size_t i = top - tree->namespaces; i < tree->nr_namespaces &&
	     namespace_is_below(&tree->namespaces[i], top); i++)
		tree->namespaces[i].shown = true;
}

void select_way(struct namespace *ns)
{
	for (; ns; ns = ns->parent)
		ns->shown = true;
}
