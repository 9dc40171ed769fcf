// SPDX-License-Identifier: GPL-2.0
/*
 * The words: one line of text for a namespace or a process.
 *
 * The format is a promise to parsers: see README.md before changing a byte.
 * Put together by hand rather than with seq_printf(), because wording is most
 * of what a read costs.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/pid_namespace.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "pidns_tree.h"

/* Digits of the largest number there is, a 64-bit one. */
#define PIDNS_DIGITS 20

static const char * const state_names[] = {
	[PIDNS_ACTIVE] = "active",
	[PIDNS_PENDING] = "pending",
	[PIDNS_DYING] = "dying",
	[PIDNS_DEAD] = "dead",
};

static void put_bytes(struct pidns_text *text, const char *bytes, size_t len)
{
	if (len > text->end - text->pos) {
		text->full = true;
		return;
	}
	memcpy(text->pos, bytes, len);
	text->pos += len;
}

static void put_char(struct pidns_text *text, char c)
{
	put_bytes(text, &c, 1);
}

static void put_word(struct pidns_text *text, const char *word)
{
	put_bytes(text, word, strlen(word));
}

static void put_number(struct pidns_text *text, u64 number)
{
	char digits[PIDNS_DIGITS];
	char *end = digits + sizeof(digits);
	char *p = end;
	u32 rest;

	/* do_div() for those that 32-bit machines cannot divide by themselves */
	while (number > U32_MAX)
		*--p = '0' + do_div(number, 10);

	rest = number;
	do {
		*--p = '0' + rest % 10;
		rest /= 10;
	} while (rest);

	put_bytes(text, p, end - p);
}

static void put_indent(struct pidns_text *text, unsigned int level)
{
	while (level--)
		put_bytes(text, "  ", 2);
}

/*
 * Space would end the word, a control byte the line, and what is not ASCII may
 * be half a character: the kernel cuts names at 15 bytes.
 */
static void put_escaped(struct pidns_text *text, const char *name, size_t size)
{
	size_t len = strnlen(name, size);
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = name[i];

		if (c > ' ' && c < 0x7f && c != '\\') {
			put_char(text, c);
		} else {
			put_char(text, '\\');
			put_char(text, '0' + (c >> 6));
			put_char(text, '0' + ((c >> 3) & 7));
			put_char(text, '0' + (c & 7));
		}
	}
}

static void put_pids(struct pidns_text *text, const pid_t *numbers,
		     unsigned int depth)
{
	unsigned int i;

	for (i = 0; i < depth; i++) {
		if (i)
			put_char(text, ',');
		put_number(text, numbers[i]);
	}
}

/*
 * The rule by which NS_GET_USERNS answers: who is not in the user namespace or
 * in an ancestor of it has no business with it.
 */
static bool may_know(const struct user_namespace *reader,
		     const struct user_namespace *owner)
{
	for (; owner; owner = owner->parent)
		if (owner == reader)
			return true;

	return false;
}

/**
 * pidns_text_first - put the line that the text begins with
 * @text: where to
 */
void pidns_text_first(struct pidns_text *text)
{
	put_word(text, "# pidns_tree 1\n");
}

/**
 * pidns_text_namespace - put the line of a namespace
 * @text: where to
 * @node: the namespace
 * @reader: user namespace of the one who opened the file
 */
void pidns_text_namespace(struct pidns_text *text,
			  const struct pidns_node *node,
			  struct user_namespace *reader)
{
	const struct pid_namespace *ns = node->ns;
	u64 nsid = pidns_nsid(ns);

	put_indent(text, node->level);
	put_word(text, "pid:[");
	put_number(text, ns->ns.inum);
	put_word(text, "] level=");
	put_number(text, node->level);

	put_word(text, " parent=");
	if (node->parent)
		put_number(text, node->parent->ns->ns.inum);
	else
		put_char(text, '-');

	put_word(text, " init=");
	if (!node->init[0])
		put_char(text, '-');
	else if (node->init_hidden)
		put_char(text, '?');
	else
		put_pids(text, node->init, node->level + 1);

	put_word(text, " nprocs=");
	put_number(text, node->nprocs);
	put_word(text, " state=");
	put_word(text, state_names[node->state]);
	put_word(text, " owner=");
	put_number(text, from_kuid_munged(reader, ns->user_ns->owner));

	put_word(text, " userns=");
	if (may_know(reader, ns->user_ns))
		put_number(text, ns->user_ns->ns.inum);
	else
		put_char(text, '-');

	if (node->holder && !node->init[0]) {
		put_word(text, " pid_for_children=");
		put_number(text, node->holder);
	}
	if (node->pid_max) {
		put_word(text, " pid_max=");
		put_number(text, node->pid_max);
	}
	if (nsid) {
		put_word(text, " nsid=");
		put_number(text, nsid);
	}
	put_char(text, '\n');
}

/**
 * pidns_text_process - put the line of a process
 * @text: where to
 * @level: level of its namespace, 0 for the tree's root
 * @proc: the process
 * @reader: user namespace of the one who opened the file
 */
void pidns_text_process(struct pidns_text *text, unsigned int level,
			const struct pidns_process *proc,
			struct user_namespace *reader)
{
	put_indent(text, level + 1);
	put_pids(text, proc->numbers, proc->depth);
	put_word(text, " ppid=");
	put_number(text, proc->ppid);
	put_word(text, " threads=");
	put_number(text, proc->threads);
	put_word(text, " state=");
	put_char(text, proc->state);
	put_word(text, " uid=");
	put_number(text, from_kuid_munged(reader, proc->uid));
	put_word(text, " comm=");
	put_escaped(text, proc->comm, sizeof(proc->comm));
	put_char(text, '\n');
}

/**
 * pidns_text_last - put the line that tells a whole text from one cut short
 * @text: where to
 */
void pidns_text_last(struct pidns_text *text)
{
	put_word(text, "# end\n");
}
