// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The words: one line of text for a namespace or a process.
 *
 * The format is a promise to parsers: see README.md before changing a byte.
 * Put together by hand rather than with seq_printf(), because wording is most
 * of what a read costs.
 */
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "pidns_tree.h"

/* The most digits of a number of 32 bits, and of one of 64. */
#define PIDNS_DIGITS_32 10
#define PIDNS_DIGITS_64 20

/*
 * The most that a line takes, whatever it says: the words, the largest numbers,
 * a name of which each byte is escaped, and for each level two spaces and a PID
 * with its comma. A line is formatted only if there is room for that, so nothing
 * that adds a word checks again. The sizes count the NUL byte of the words: a
 * line always leaves a byte, because seq_file takes a buffer without a free byte
 * for one that overflowed.
 */
#define PIDNS_LEVEL_MOST (2 + PIDNS_DIGITS_32 + 1)
#define PIDNS_NAMESPACE_MOST \
	(sizeof("pid:[] level= parent= init= nprocs= state=pending owner=" \
		" userns= pid_for_children= pid_max= nsid=\n") + \
	 8 * PIDNS_DIGITS_32 + PIDNS_DIGITS_64)
#define PIDNS_PROCESS_MOST \
	(sizeof(" ppid= threads= state=X uid= comm=\n") + \
	 3 * PIDNS_DIGITS_32 + 4 * TASK_COMM_LEN)
#define PIDNS_FIRST_LINE "# pidns_tree 1\n"
#define PIDNS_LAST_LINE "# end\n"

static const char * const state_names[] = {
	[PIDNS_ACTIVE] = "active",
	[PIDNS_PENDING] = "pending",
	[PIDNS_DYING] = "dying",
	[PIDNS_DEAD] = "dead",
};

static bool has_room(struct pidns_text *text, size_t most, unsigned int levels)
{
	size_t room = text->end - text->pos;

	text->full = room < most + levels * PIDNS_LEVEL_MOST;

	return !text->full;
}

/* A line that ends behind the buffer has overwritten memory already. */
static void end_line(struct pidns_text *text, char *p)
{
	*p++ = '\n';
	WARN_ON_ONCE(p > text->end);
	text->pos = p;
}

static __always_inline char *put_bytes(char *p, const char *bytes, size_t len)
{
	memcpy(p, bytes, len);

	return p + len;
}

/* Of a literal, the length is known here, and the copy is a store or two. */
static __always_inline char *put_word(char *p, const char *word)
{
	return put_bytes(p, word, strlen(word));
}

static unsigned int count_digits(u64 number)
{
	unsigned int digits = 1;
	u64 limit = 10;

	for (; number >= limit && digits < PIDNS_DIGITS_64; limit *= 10)
		digits++;

	return digits;
}

static char *put_number(char *p, u64 number)
{
	char *end = p + count_digits(number);
	u32 rest;

	p = end;
	/* do_div() for those that 32-bit machines cannot divide by themselves */
	while (number > U32_MAX)
		*--p = '0' + do_div(number, 10);

	rest = number;
	do {
		*--p = '0' + rest % 10;
		rest /= 10;
	} while (rest);

	return end;
}

static char *put_indent(char *p, unsigned int level)
{
	while (level--)
		p = put_word(p, "  ");

	return p;
}

/*
 * Space would end the word, a control byte the line, and what is not ASCII may
 * be half a character: the kernel cuts names at 15 bytes.
 */
static char *put_escaped(char *p, const char *name, size_t size)
{
	size_t i;

	for (i = 0; i < size && name[i]; i++) {
		unsigned char c = name[i];

		if (c > ' ' && c < 0x7f && c != '\\') {
			*p++ = c;
		} else {
			*p++ = '\\';
			*p++ = '0' + (c >> 6);
			*p++ = '0' + ((c >> 3) & 7);
			*p++ = '0' + (c & 7);
		}
	}

	return p;
}

static char *put_pids(char *p, const pid_t *numbers, unsigned int depth)
{
	unsigned int i;

	for (i = 0; i < depth; i++) {
		if (i)
			*p++ = ',';
		p = put_number(p, numbers[i]);
	}

	return p;
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
	if (has_room(text, sizeof(PIDNS_FIRST_LINE), 0))
		text->pos = put_word(text->pos, PIDNS_FIRST_LINE);
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
	char *p = text->pos;

	if (!has_room(text, PIDNS_NAMESPACE_MOST, node->level + 1))
		return;

	p = put_indent(p, node->level);
	p = put_word(p, "pid:[");
	p = put_number(p, ns->ns.inum);
	p = put_word(p, "] level=");
	p = put_number(p, node->level);

	p = put_word(p, " parent=");
	if (node->level)
		p = put_number(p, ns->parent->ns.inum);
	else
		*p++ = '-';

	p = put_word(p, " init=");
	if (!node->init[0])
		*p++ = '-';
	else if (node->init_hidden)
		*p++ = '?';
	else
		p = put_pids(p, node->init, node->level + 1);

	p = put_word(p, " nprocs=");
	p = put_number(p, node->nprocs);
	p = put_word(p, " state=");
	p = put_word(p, state_names[node->state]);
	p = put_word(p, " owner=");
	p = put_number(p, from_kuid_munged(reader, ns->user_ns->owner));

	p = put_word(p, " userns=");
	if (may_know(reader, ns->user_ns))
		p = put_number(p, ns->user_ns->ns.inum);
	else
		*p++ = '-';

	if (node->holder && !node->init[0]) {
		p = put_word(p, " pid_for_children=");
		p = put_number(p, node->holder);
	}
	if (node->pid_max) {
		p = put_word(p, " pid_max=");
		p = put_number(p, node->pid_max);
	}
	if (nsid) {
		p = put_word(p, " nsid=");
		p = put_number(p, nsid);
	}
	end_line(text, p);
}

/**
 * pidns_text_fits_process - check whether there is room for a process
 * @text: buffer that the line is for
 * @level: level of its namespace, 0 for the tree's root
 *
 * The answer depends on the level only, so it can be had before the process is
 * looked for, which may take long.
 *
 * Return: true if the line of any process of that level fits.
 */
bool pidns_text_fits_process(struct pidns_text *text, unsigned int level)
{
	return has_room(text, PIDNS_PROCESS_MOST, level + 1);
}

/**
 * pidns_text_process - put the line of a process
 * @text: where to, with room for it: see pidns_text_fits_process()
 * @level: level of its namespace, 0 for the tree's root
 * @proc: the process
 * @reader: user namespace of the one who opened the file
 */
void pidns_text_process(struct pidns_text *text, unsigned int level,
			const struct pidns_process *proc,
			struct user_namespace *reader)
{
	char *p = text->pos;

	p = put_indent(p, level + 1);
	p = put_pids(p, proc->numbers, proc->depth);
	p = put_word(p, " ppid=");
	p = put_number(p, proc->ppid);
	p = put_word(p, " threads=");
	p = put_number(p, proc->threads);
	p = put_word(p, " state=");
	*p++ = proc->state;
	p = put_word(p, " uid=");
	p = put_number(p, from_kuid_munged(reader, proc->uid));
	p = put_word(p, " comm=");
	p = put_escaped(p, proc->comm, sizeof(proc->comm));
	end_line(text, p);
}

/**
 * pidns_text_last - put the line that tells a whole text from one cut short
 * @text: where to
 */
void pidns_text_last(struct pidns_text *text)
{
	if (has_room(text, sizeof(PIDNS_LAST_LINE), 0))
		text->pos = put_word(text->pos, PIDNS_LAST_LINE);
}
