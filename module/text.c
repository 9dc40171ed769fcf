// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The lines of the file: each function formats one line.
 *
 * The format is a promise to parsers. tools/pidns_tree.5 describes it; read
 * that before you change a byte. The lines are formatted by hand, because with
 * seq_printf(), formatting is half of the cost of a read.
 */
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "pidns_tree.h"

/* Maximum number of decimal digits of a u32 and of a u64. */
#define PIDTREE_DIGITS_32 10
#define PIDTREE_DIGITS_64 20

/*
 * Upper bounds of the length of a line: the literals, the largest numbers, a
 * name of which each byte is escaped, and for each level two spaces, a PID and
 * a comma. A line is formatted only if the buffer has room for the bound, so
 * the append_*() functions need no check. The bounds count the NUL byte of the
 * literals, so a line leaves at least one byte of the buffer free: seq_file
 * takes a full buffer for one that has overflowed.
 */
#define PIDTREE_LEVEL_MAX (2 + PIDTREE_DIGITS_32 + 1)
#define PIDTREE_NAMESPACE_MAX \
	(sizeof("pid:[] level= parent= init= nprocs= pids= state=pending" \
		" owner= userns= pid_for_children= pid_max= nsid=\n") + \
	 9 * PIDTREE_DIGITS_32 + PIDTREE_DIGITS_64)
#define PIDTREE_ENTRY_MAX \
	(sizeof(" ppid= pgid= sid= threads= state=X uid= comm=\n") + \
	 5 * PIDTREE_DIGITS_32 + 4 * TASK_COMM_LEN)
#define PIDTREE_HEADER_LINE "# pidns_tree 1\n"
#define PIDTREE_TRAILER_LINE "# end\n"

static_assert(sizeof("id: roles=pgid,sid\n") <= PIDTREE_ENTRY_MAX,
	      "the bound for a process is also one for an ID");

static const char *const state_names[] = {
	[PIDTREE_ACTIVE] = "active",
	[PIDTREE_PENDING] = "pending",
	[PIDTREE_DYING] = "dying",
	[PIDTREE_DEAD] = "dead",
};

static bool has_room(struct pidtree_text *text, size_t max_len,
		     unsigned int levels)
{
	size_t room = text->end - text->pos;

	text->full = room < max_len + levels * PIDTREE_LEVEL_MAX;

	return !text->full;
}

/* If the warning fires, the line has overwritten memory after the buffer. */
static void end_line(struct pidtree_text *text, char *p)
{
	*p++ = '\n';
	WARN_ON_ONCE(p > text->end);
	text->pos = p;
}

static __always_inline char *append_bytes(char *p, const char *bytes,
					  size_t len)
{
	memcpy(p, bytes, len);

	return p + len;
}

/* Inline, so that the copy of a literal compiles to one or two stores. */
static __always_inline char *append_str(char *p, const char *str)
{
	return append_bytes(p, str, strlen(str));
}

static unsigned int count_digits(u32 number)
{
	unsigned int digits = 1;
	u64 limit = 10;

	for (; number >= limit; limit *= 10)
		digits++;

	return digits;
}

/* Split off two digits at once, because each division waits for the last. */
static char *append_number(char *p, u32 number)
{
	char *end = p + count_digits(number);
	unsigned int pair;

	p = end;
	while (number >= 100) {
		pair = number % 100;
		number /= 100;
		*--p = '0' + pair % 10;
		*--p = '0' + pair / 10;
	}
	*--p = '0' + number % 10;
	if (number >= 10)
		*--p = '0' + number / 10;

	return end;
}

/* For one number in a line: 32-bit kernels have no division of a u64 but this. */
static char *append_u64(char *p, u64 number)
{
	char digits[PIDTREE_DIGITS_64];
	unsigned int count = 0;

	do {
		digits[count++] = '0' + do_div(number, 10);
	} while (number);
	while (count)
		*p++ = digits[--count];

	return p;
}

static char *append_indent(char *p, unsigned int level)
{
	while (level--)
		p = append_str(p, "  ");

	return p;
}

/*
 * A space would end the field, and a control character could end the line. A
 * byte that is not ASCII can belong to an incomplete UTF-8 character, because
 * the kernel truncates names at 15 bytes.
 */
static char *append_escaped(char *p, const char *name, size_t size)
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

static char *append_pids(char *p, const pid_t *numbers, unsigned int depth)
{
	unsigned int i;

	for (i = 0; i < depth; i++) {
		if (i)
			*p++ = ',';
		p = append_number(p, numbers[i]);
	}

	return p;
}

/*
 * The rule of ioctl(NS_GET_USERNS): a process can get a user namespace only if
 * it is the user namespace of the process or a descendant.
 */
static bool may_get_userns(const struct user_namespace *reader,
			   const struct user_namespace *owner)
{
	for (; owner; owner = owner->parent)
		if (owner == reader)
			return true;

	return false;
}

/**
 * pidtree_text_header - append the first line of the file
 * @text: buffer
 *
 * Context: Any context.
 */
void pidtree_text_header(struct pidtree_text *text)
{
	if (has_room(text, sizeof(PIDTREE_HEADER_LINE), 0))
		text->pos = append_str(text->pos, PIDTREE_HEADER_LINE);
}

/**
 * pidtree_text_namespace - append the line of a namespace
 * @text: buffer
 * @node: the namespace
 * @reader: user namespace of the opener of the file
 *
 * Context: Any context.
 */
void pidtree_text_namespace(struct pidtree_text *text,
			    const struct pidtree_node *node,
			    struct user_namespace *reader)
{
	const struct pid_namespace *ns = node->ns;
	u64 nsid = pidtree_nsid(ns);
	char *p = text->pos;

	if (!has_room(text, PIDTREE_NAMESPACE_MAX, node->level + 1))
		return;

	p = append_indent(p, node->level);
	p = append_str(p, "pid:[");
	p = append_number(p, ns->ns.inum);
	p = append_str(p, "] level=");
	p = append_number(p, node->level);

	p = append_str(p, " parent=");
	if (node->level)
		p = append_number(p, ns->parent->ns.inum);
	else
		*p++ = '-';

	p = append_str(p, " init=");
	if (!node->init[0])
		*p++ = '-';
	else if (node->init_hidden)
		*p++ = '?';
	else
		p = append_pids(p, node->init, node->level + 1);

	p = append_str(p, " nprocs=");
	p = append_number(p, node->nprocs);
	if (node->pids >= 0) {
		p = append_str(p, " pids=");
		p = append_number(p, node->pids);
	}
	p = append_str(p, " state=");
	p = append_str(p, state_names[node->state]);
	p = append_str(p, " owner=");
	p = append_number(p, from_kuid_munged(reader, ns->user_ns->owner));

	p = append_str(p, " userns=");
	if (may_get_userns(reader, ns->user_ns))
		p = append_number(p, ns->user_ns->ns.inum);
	else
		*p++ = '-';

	if (node->pid_for_children && !node->init[0]) {
		p = append_str(p, " pid_for_children=");
		p = append_number(p, node->pid_for_children);
	}
	if (node->pid_max) {
		p = append_str(p, " pid_max=");
		p = append_number(p, node->pid_max);
	}
	if (nsid) {
		p = append_str(p, " nsid=");
		p = append_u64(p, nsid);
	}
	end_line(text, p);
}

/**
 * pidtree_text_fits_entry - check whether a buffer has room for an entry
 * @text: buffer
 * @level: level of the entry's namespace, 0 for the tree's root
 *
 * The answer is the same for all entries of a level, so a caller can check
 * before it searches for the next entry, which can take long.
 *
 * Context: Any context.
 * Return: true if the line of any entry of this level fits.
 */
bool pidtree_text_fits_entry(struct pidtree_text *text, unsigned int level)
{
	return has_room(text, PIDTREE_ENTRY_MAX, level + 1);
}

static char *append_process(char *p, const struct pidtree_entry *entry,
			    struct user_namespace *reader)
{
	p = append_pids(p, entry->numbers, entry->depth);
	p = append_str(p, " ppid=");
	p = append_number(p, entry->ppid);
	p = append_str(p, " pgid=");
	p = append_number(p, entry->pgid);
	p = append_str(p, " sid=");
	p = append_number(p, entry->sid);
	p = append_str(p, " threads=");
	p = append_number(p, entry->threads);
	p = append_str(p, " state=");
	*p++ = entry->state;
	p = append_str(p, " uid=");
	p = append_number(p, from_kuid_munged(reader, entry->uid));
	p = append_str(p, " comm=");

	return append_escaped(p, entry->comm, sizeof(entry->comm));
}

static char *append_id(char *p, const struct pidtree_entry *entry)
{
	p = append_str(p, "id:");
	p = append_pids(p, entry->numbers, entry->depth);
	p = append_str(p, " roles=");

	if (!(entry->roles & BIT(PIDTYPE_SID)))
		return append_str(p, "pgid");
	if (!(entry->roles & BIT(PIDTYPE_PGID)))
		return append_str(p, "sid");

	return append_str(p, "pgid,sid");
}

/**
 * pidtree_text_entry - append the line of a process or of an ID
 * @text: buffer for which pidtree_text_fits_entry() has returned true
 * @level: level of the entry's namespace, 0 for the tree's root
 * @entry: the process or ID
 * @reader: user namespace of the opener of the file
 *
 * Context: Any context.
 */
void pidtree_text_entry(struct pidtree_text *text, unsigned int level,
			const struct pidtree_entry *entry,
			struct user_namespace *reader)
{
	char *p = append_indent(text->pos, level + 1);

	if (entry->roles)
		p = append_id(p, entry);
	else
		p = append_process(p, entry, reader);
	end_line(text, p);
}

/**
 * pidtree_text_trailer - append the last line, which truncated output lacks
 * @text: buffer
 *
 * Context: Any context.
 */
void pidtree_text_trailer(struct pidtree_text *text)
{
	if (has_room(text, sizeof(PIDTREE_TRAILER_LINE), 0))
		text->pos = append_str(text->pos, PIDTREE_TRAILER_LINE);
}
