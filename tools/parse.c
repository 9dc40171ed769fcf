// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * From text to model, strictly by the format: see pidns_tree(5).
 *
 * The text is read once, line by line and word by word, and stays where it is:
 * names and states are pointers into it. Nothing that it says is believed
 * without a snap.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

#define FIRST_LINE "# pidns_tree 1"
#define FIRST_WORDS "# pidns_tree "
#define LAST_LINE "# end"

/* U+FEFF, which some editors write in front of a text. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define NAMESPACE "pid:["

/* How much of a word that is refused is told. */
#define QUOTED 40

/* A piece of the text. */
struct word {
	char *start;
	size_t len;
};

struct parser {
	struct tree *tree;
	struct parse_error *error;
	size_t line;
	unsigned int *next_pid;		/* first of tree->pids that is free */
	struct namespace *path[LEVELS];	/* from the root to ns */
	unsigned int depth;		/* how long that is */
	struct namespace *ns;		/* of the last line that had one */
	struct process *proc;		/* of the line that is being read */
};

struct key {
	const char *name;
	size_t len;
	bool optional;
	bool (*take)(struct parser *parser, struct word value);
};

#define KEY(name, take) { name, sizeof(name) - 1, false, take }
#define OPTIONAL_KEY(name, take) { name, sizeof(name) - 1, true, take }

static bool refuse(struct parser *parser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool refuse(struct parser *parser, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(parser->error->message, sizeof(parser->error->message),
		  format, args);
	va_end(args);
	parser->error->line = parser->line;

	return false;
}

/* The only error that is not about a line: snapshot_parse() relies on that. */
static bool lack_memory(struct parser *parser)
{
	parser->line = 0;

	return refuse(parser, "not enough memory");
}

/* What was found instead; it may hold anything, and is for a terminal. */
static bool expected(struct parser *parser, const char *what, struct word found)
{
	char quoted[4 * QUOTED + 1], *p = quoted;
	size_t len = found.len < QUOTED ? found.len : QUOTED;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = found.start[i];

		p += sprintf(p, c >= ' ' && c < 0x7f ? "%c" : "\\%03o", c);
	}
	*p = '\0';

	return refuse(parser, "expected %s, found '%s'%s", what, quoted,
		      len < found.len ? "..." : "");
}

static bool is(struct word word, const char *wanted)
{
	return word.len == strlen(wanted) &&
	       !memcmp(word.start, wanted, word.len);
}

static bool begins(struct word word, const char *wanted)
{
	size_t len = strlen(wanted);

	return word.len >= len && !memcmp(word.start, wanted, len);
}

/* Cut the next word off a line, at the first of the bytes that end it. */
static struct word cut(struct word *rest, char end)
{
	struct word word = { rest->start, rest->len };
	char *found = memchr(rest->start, end, rest->len);

	if (found) {
		word.len = found - word.start;
		rest->start = found + 1;
		rest->len -= word.len + 1;
	} else {
		rest->start += rest->len;
		rest->len = 0;
	}

	return word;
}

/* As the kernel prints it: digits, and no 0 in front of others. */
static bool read_number(struct word word, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;

	if (!word.len || (word.len > 1 && word.start[0] == '0'))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		unsigned int digit = (unsigned char)word.start[i] - '0';

		if (digit > 9 || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;

	return true;
}

static bool take_u32(struct parser *parser, struct word word, uint32_t max,
		     const char *what, uint32_t *to)
{
	uint64_t number;

	if (!read_number(word, max, &number))
		return expected(parser, what, word);
	*to = number;

	return true;
}

/* PIDs are not negative, and 0 is nobody's. */
static bool take_pids(struct parser *parser, struct word word,
		      unsigned int count, unsigned int **to)
{
	struct word rest = word, part;
	uint64_t number;

	*to = parser->next_pid;
	for (unsigned int i = 0; i < count; i++) {
		part = cut(&rest, ',');
		if (!read_number(part, INT_MAX, &number) || !number ||
		    (i + 1 < count) != (part.start + part.len <
					word.start + word.len)) {
			char what[64];

			snprintf(what, sizeof(what),
				 count > 1 ? "%u PIDs separated by commas" :
				 "%u PID", count);
			return expected(parser, what, word);
		}
		*parser->next_pid++ = number;
	}

	return true;
}

/* Ends a word that is kept. What is behind it has been read by then. */
static const char *keep(struct word word)
{
	word.start[word.len] = '\0';

	return word.start;
}

/* ---- namespaces ---- */

static bool take_level(struct parser *parser, struct word value)
{
	return take_u32(parser, value, LEVELS - 1, "a level from 0 to 32",
			&parser->ns->level);
}

/*
 * Pre-order: the parent is the last namespace of the level above. So only the
 * way down to the last one has to be remembered, and there can be no cycle.
 */
static bool take_parent(struct parser *parser, struct word value)
{
	struct namespace *ns = parser->ns;
	uint32_t inum = 0;

	if (!ns->level)
		return is(value, "-") ||
		       expected(parser, "parent=- at level 0", value);
	if (!take_u32(parser, value, UINT32_MAX, "the inode number of the parent",
		      &inum))
		return false;

	if (ns->level > parser->depth ||
	    parser->path[ns->level - 1]->inum != inum)
		return expected(parser, "the inode number of the last namespace one level up",
				value);
	ns->parent = parser->path[ns->level - 1];

	return true;
}

static bool take_init(struct parser *parser, struct word value)
{
	struct namespace *ns = parser->ns;

	if (is(value, "-")) {
		ns->init = INIT_NONE;
		return true;
	}
	if (is(value, "?")) {
		ns->init = INIT_HIDDEN;
		return true;
	}
	ns->init = INIT_KNOWN;
	if (!take_pids(parser, value, ns->level + 1, &ns->init_pids))
		return false;

	return ns->init_pids[ns->level] == 1 ||
	       expected(parser, "an init with PID 1 in its namespace",
			value);
}

static bool take_nprocs(struct parser *parser, struct word value)
{
	return take_u32(parser, value, UINT32_MAX, "a number for nprocs",
			&parser->ns->nprocs);
}

static bool take_ns_state(struct parser *parser, struct word value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.start[i] < 'a' || value.start[i] > 'z')
			return expected(parser, "a state in lower-case letters",
					value);
	if (!value.len)
		return expected(parser, "a state", value);
	parser->ns->state = keep(value);

	return true;
}

static bool take_owner(struct parser *parser, struct word value)
{
	return take_u32(parser, value, UINT32_MAX, "the UID of the owner",
			&parser->ns->owner);
}

static bool take_userns(struct parser *parser, struct word value)
{
	struct namespace *ns = parser->ns;

	ns->has_userns = !is(value, "-");

	return !ns->has_userns ||
	       take_u32(parser, value, UINT32_MAX,
			"the inode number of a user namespace", &ns->userns);
}

static bool take_pid_max(struct parser *parser, struct word value)
{
	return take_u32(parser, value, INT_MAX, "a number for pid_max",
			&parser->ns->pid_max);
}

static bool take_nsid(struct parser *parser, struct word value)
{
	return read_number(value, UINT64_MAX, &parser->ns->nsid) ||
	       expected(parser, "a number for nsid", value);
}

static bool take_holder(struct parser *parser, struct word value)
{
	return take_u32(parser, value, INT_MAX, "the PID of a task",
			&parser->ns->holder);
}

/* The level first: it tells what the others may be. */
static const struct key namespace_keys[] = {
	KEY("level", take_level),
	KEY("parent", take_parent),
	KEY("init", take_init),
	KEY("nprocs", take_nprocs),
	KEY("state", take_ns_state),
	KEY("owner", take_owner),
	KEY("userns", take_userns),
	OPTIONAL_KEY("pid_for_children", take_holder),
	OPTIONAL_KEY("pid_max", take_pid_max),
	OPTIONAL_KEY("nsid", take_nsid),
};

/* ---- processes ---- */

static bool take_ppid(struct parser *parser, struct word value)
{
	return take_u32(parser, value, INT_MAX, "a PID or 0",
			&parser->proc->ppid);
}

static bool take_threads(struct parser *parser, struct word value)
{
	return take_u32(parser, value, INT_MAX, "a number of threads",
			&parser->proc->threads);
}

static bool take_proc_state(struct parser *parser, struct word value)
{
	if (value.len != 1 || value.start[0] <= ' ' || value.start[0] >= 0x7f)
		return expected(parser, "a state letter", value);
	parser->proc->state = value.start[0];

	return true;
}

static bool take_uid(struct parser *parser, struct word value)
{
	return take_u32(parser, value, UINT32_MAX, "a UID",
			&parser->proc->uid);
}

static bool take_octal(const char *digits, size_t len, unsigned char *byte)
{
	unsigned int value = 0;

	if (len < 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		unsigned int digit = (unsigned char)digits[i] - '0';

		if (digit > 7)
			return false;
		value = value * 8 + digit;
	}
	*byte = value;

	return value && value <= UCHAR_MAX;
}

static bool check_comm(struct parser *parser, struct word value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = value.start[i];

		if (c < ' ' || c >= 0x7f)
			return expected(parser, "printable ASCII or \\ooo in a name",
					value);
		if (c != '\\')
			continue;
		if (!take_octal(value.start + i + 1, value.len - i - 1, &c))
			return expected(parser, "\\ and an octal number from 001 to 377",
					value);
		i += 3;
	}

	return true;
}

static bool take_comm(struct parser *parser, struct word value)
{
	char *to = value.start;

	/* Before the name is decoded in place: a message quotes it. */
	if (!check_comm(parser, value))
		return false;
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = value.start[i];

		if (c == '\\') {
			take_octal(value.start + i + 1, value.len - i - 1, &c);
			i += 3;
		}
		*to++ = c;
	}
	*to = '\0';
	parser->proc->comm = value.start;

	return true;
}

static const struct key process_keys[] = {
	KEY("ppid", take_ppid),
	KEY("threads", take_threads),
	KEY("state", take_proc_state),
	KEY("uid", take_uid),
	KEY("comm", take_comm),
};

/* ---- lines ---- */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))
#define MAX_KEYS ARRAY_SIZE(namespace_keys)

_Static_assert(ARRAY_SIZE(process_keys) <= MAX_KEYS, "more keys of processes");

/* Most often the one that is @next, because the kernel has an order as well. */
static size_t find_key(const struct key *keys, size_t count, size_t next,
		       struct word name)
{
	for (size_t tried = 0; tried < count; tried++, next++) {
		if (next >= count)
			next = 0;
		if (name.len == keys[next].len &&
		    !memcmp(name.start, keys[next].name, name.len))
			return next;
	}

	return count;
}

/*
 * Keys come in any order and mean something in that of @keys, so find all of
 * them before the first is taken.
 */
static bool read_keys(struct parser *parser, struct word rest,
		      const struct key *keys, size_t count)
{
	struct word values[MAX_KEYS] = { 0 };
	struct word word, value, name;
	size_t i, next = 0;

	while (rest.len) {
		word = cut(&rest, ' ');
		if (!word.len)
			continue;
		value = word;
		name = cut(&value, '=');
		if (name.len == word.len)
			return expected(parser, "key=value", word);

		i = find_key(keys, count, next, name);
		if (i == count)
			continue;
		next = i + 1;
		if (values[i].start)
			return refuse(parser, "duplicate field %s=",
				      keys[i].name);
		values[i] = value;
	}

	for (i = 0; i < count; i++) {
		if (values[i].start) {
			if (!keys[i].take(parser, values[i]))
				return false;
		} else if (!keys[i].optional) {
			return refuse(parser, "missing field %s=",
				      keys[i].name);
		}
	}

	return true;
}

static bool read_namespace(struct parser *parser, struct word first,
			   struct word rest)
{
	struct tree *tree = parser->tree;
	struct namespace *ns = &tree->namespaces[tree->nr_namespaces];
	struct word inum = {
		.start = first.start + strlen(NAMESPACE),
		.len = first.len - strlen(NAMESPACE),
	};

	if (!inum.len || inum.start[--inum.len] != ']')
		return expected(parser, "pid:[INUM]", first);
	parser->ns = ns;
	ns->line = parser->line;
	ns->processes = &tree->processes[tree->nr_processes];
	if (!take_u32(parser, inum, UINT32_MAX, "an inode number in pid:[INUM]",
		      &ns->inum) ||
	    !read_keys(parser, rest, namespace_keys,
		       ARRAY_SIZE(namespace_keys)))
		return false;
	if (!ns->level && tree->nr_namespaces)
		return refuse(parser, "duplicate namespace at level 0");

	parser->path[ns->level] = ns;
	parser->depth = ns->level + 1;
	tree->nr_namespaces++;

	return true;
}

static bool read_process(struct parser *parser, struct word first,
			 struct word rest)
{
	struct tree *tree = parser->tree;
	struct process *proc = &tree->processes[tree->nr_processes];
	struct namespace *ns = parser->ns;

	if (!ns)
		return expected(parser, "a namespace line before the first process",
				first);
	parser->proc = proc;
	proc->ns = ns;
	if (!take_pids(parser, first, ns->level + 1, &proc->pids) ||
	    !read_keys(parser, rest, process_keys, ARRAY_SIZE(process_keys)))
		return false;
	if (ns->nr_processes &&
	    proc[-1].pids[ns->level] >= proc->pids[ns->level])
		return refuse(parser, "expected ascending PIDs, found %u after %u",
			      proc->pids[ns->level], proc[-1].pids[ns->level]);
	tree->nr_processes++;
	ns->nr_processes++;

	return true;
}

static bool read_line(struct parser *parser, struct word line)
{
	struct word rest = line, first;

	do
		first = cut(&rest, ' ');
	while (!first.len && rest.len);

	if (!first.len)
		return refuse(parser, "unexpected empty line");
	if (begins(first, NAMESPACE))
		return read_namespace(parser, first, rest);
	if (first.start[0] >= '0' && first.start[0] <= '9')
		return read_process(parser, first, rest);

	/* A comment, or what a later kernel may have to say. */
	return true;
}

static bool read_first_line(struct parser *parser, struct word line)
{
	if (is(line, FIRST_LINE))
		return true;
	if (begins(line, FIRST_WORDS)) {
		line.start += strlen(FIRST_WORDS);
		line.len -= strlen(FIRST_WORDS);
		return expected(parser, "version 1 of the format", line);
	}

	return expected(parser, "'" FIRST_LINE "'", line);
}

static bool is_blank(struct word line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.start[i] != ' ' && line.start[i] != '\t')
			return false;

	return true;
}

/*
 * A saved text may have passed through an editor, a terminal or a mail. The
 * kernel prints no carriage return, so one at the end of a line is part of the
 * line end.
 */
static bool read_lines(struct parser *parser, struct word text)
{
	bool ended = false;

	if (begins(text, BYTE_ORDER_MARK)) {
		text.start += strlen(BYTE_ORDER_MARK);
		text.len -= strlen(BYTE_ORDER_MARK);
	}
	while (text.len) {
		struct word line = cut(&text, '\n');
		bool whole = text.start > line.start + line.len;

		parser->line++;
		if (line.len && line.start[line.len - 1] == '\r')
			line.len--;
		if (ended) {
			if (is_blank(line))
				continue;
			return refuse(parser, "unexpected line after '" LAST_LINE "'");
		}
		/* A text that is something else should be told so. */
		if (parser->line == 1 && !read_first_line(parser, line))
			return false;
		if (is(line, LAST_LINE)) {
			ended = true;
			continue;
		}
		if (!whole)
			return refuse(parser,
				      "incomplete line: the output is truncated");
		if (parser->line > 1 && !read_line(parser, line))
			return false;
	}
	parser->line++;
	if (ended)
		return true;

	return refuse(parser, parser->line == 1 ?
		      "expected '" FIRST_LINE "', found nothing" :
		      "missing '" LAST_LINE "': the output is truncated");
}

static int by_inum(const void *a, const void *b)
{
	const struct namespace *first = *(const struct namespace *const *)a;
	const struct namespace *second = *(const struct namespace *const *)b;

	if (first->inum != second->inum)
		return first->inum < second->inum ? -1 : 1;

	return first->line < second->line ? -1 : 1;
}

static bool no_duplicates(struct parser *parser)
{
	const struct tree *tree = parser->tree;
	size_t count = tree->nr_namespaces;
	const struct namespace **sorted = calloc(count + 1, sizeof(*sorted));
	bool good = true;

	if (!sorted)
		return lack_memory(parser);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &tree->namespaces[i];
	qsort(sorted, count, sizeof(*sorted), by_inum);
	for (size_t i = 1; i < count && good; i++) {
		if (sorted[i]->inum != sorted[i - 1]->inum)
			continue;
		parser->line = sorted[i]->line;
		good = refuse(parser, "duplicate namespace pid:[%u]",
			      sorted[i]->inum);
	}
	free(sorted);

	return good;
}

/*
 * As much room as the text could need at most. Most of it will not be used: for
 * that, the kernel has no memory to find, as long as it is not told to count
 * addresses.
 */
static bool make_room(struct tree *tree, const char *text, size_t len)
{
	const char *end = text + len, *p = text;
	size_t lines = 1;

	while ((p = memchr(p, '\n', end - p))) {
		lines++;
		p++;
	}
	tree->namespaces = calloc(lines, sizeof(*tree->namespaces));
	tree->processes = calloc(lines, sizeof(*tree->processes));
	/* Behind each number there is something else. */
	tree->pids = calloc(len / 2 + 1, sizeof(*tree->pids));

	return tree->namespaces && tree->processes && tree->pids;
}

bool tree_parse(struct tree *tree, char *text, size_t len,
		struct parse_error *error)
{
	struct parser parser = { .tree = tree, .error = error };
	struct word all = { text, len };

	memset(tree, 0, sizeof(*tree));
	tree->text = text;
	if (!make_room(tree, text, len))
		return lack_memory(&parser);
	parser.next_pid = tree->pids;

	return read_lines(&parser, all) && no_duplicates(&parser);
}
