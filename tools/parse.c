// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A strict parser of the format in pidns_tree(5).
 *
 * It reads its input once and parses it in place: names and states are pointers
 * into the input. The input can be a saved file from an untrusted user, so
 * every value is validated.
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

/* U+FEFF, which some editors write at the start of a file. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define NAMESPACE "pid:["
#define ID "id:"

/* Bytes of an invalid value that are quoted in a message. */
#define QUOTED 40

/* A part of the input. */
struct span {
	char *start;
	size_t len;
};

struct parser {
	struct tree *tree;
	struct parse_error *error;
	size_t line;
	unsigned int *next_pid;		/* first unused element of tree->pids */
	struct namespace *path[LEVELS];	/* from the root to ns */
	unsigned int depth;		/* length of @path */
	struct namespace *ns;		/* of the last namespace line */
	struct process *proc;		/* of the current line */
	struct id *id;			/* of the current line */
	unsigned int last_pid;		/* in @ns, of the last line under it */
};

struct key {
	const char *name;
	size_t len;
	bool optional;
	bool (*parse)(struct parser *parser, struct span value);
};

#define KEY(name, parse) { name, sizeof(name) - 1, false, parse }
#define OPTIONAL_KEY(name, parse) { name, sizeof(name) - 1, true, parse }

static bool reject(struct parser *parser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool reject(struct parser *parser, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(parser->error->message, sizeof(parser->error->message),
		  format, args);
	va_end(args);
	parser->error->line = parser->line;

	return false;
}

/* Only this error has line 0. snapshot_parse() relies on that. */
static bool out_of_memory(struct parser *parser)
{
	parser->line = 0;

	return reject(parser, "not enough memory");
}

/* Escape the invalid value, because the message can go to a terminal. */
static bool expected(struct parser *parser, const char *what, struct span found)
{
	char quoted[4 * QUOTED + 1], *p = quoted;
	size_t len = found.len < QUOTED ? found.len : QUOTED;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = found.start[i];

		p += sprintf(p, c >= ' ' && c < 0x7f ? "%c" : "\\%03o", c);
	}
	*p = '\0';

	return reject(parser, "expected %s, found '%s'%s", what, quoted,
		      len < found.len ? "..." : "");
}

static bool equals(struct span span, const char *wanted)
{
	return span.len == strlen(wanted) &&
	       !memcmp(span.start, wanted, span.len);
}

static bool has_prefix(struct span span, const char *wanted)
{
	size_t len = strlen(wanted);

	return span.len >= len && !memcmp(span.start, wanted, len);
}

/* Return: what precedes the first @end. Both are removed from @rest. */
static struct span split(struct span *rest, char end)
{
	struct span span = { rest->start, rest->len };
	char *found = memchr(rest->start, end, rest->len);

	if (found) {
		span.len = found - span.start;
		rest->start = found + 1;
		rest->len -= span.len + 1;
	} else {
		rest->start += rest->len;
		rest->len = 0;
	}

	return span;
}

/* Accept only what the kernel prints: no sign and no leading zero. */
static bool read_number(struct span span, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;

	if (!span.len || (span.len > 1 && span.start[0] == '0'))
		return false;
	for (size_t i = 0; i < span.len; i++) {
		unsigned int digit = (unsigned char)span.start[i] - '0';

		if (digit > 9 || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;

	return true;
}

static bool parse_u32(struct parser *parser, struct span span, uint32_t max,
		      const char *what, uint32_t *to)
{
	uint64_t number;

	if (!read_number(span, max, &number))
		return expected(parser, what, span);
	*to = number;

	return true;
}

/* A PID is positive. */
static bool parse_pids(struct parser *parser, struct span span,
		       unsigned int count, unsigned int **to)
{
	struct span rest = span, part;
	uint64_t number;

	*to = parser->next_pid;
	for (unsigned int i = 0; i < count; i++) {
		part = split(&rest, ',');
		if (!read_number(part, INT_MAX, &number) || !number ||
		    (i + 1 < count) != (part.start + part.len <
					span.start + span.len)) {
			char what[64];

			snprintf(what, sizeof(what),
				 count > 1 ? "%u PIDs separated by commas" :
				 "%u PID", count);
			return expected(parser, what, span);
		}
		*parser->next_pid++ = number;
	}

	return true;
}

/* The NUL overwrites the byte after the value, which has been parsed before. */
static const char *terminate(struct span span)
{
	span.start[span.len] = '\0';

	return span.start;
}

/* ---- namespaces ---- */

static bool parse_level(struct parser *parser, struct span value)
{
	return parse_u32(parser, value, LEVELS - 1, "a level from 0 to 32",
			&parser->ns->level);
}

/*
 * In pre-order, the parent is the last namespace one level up. The path to the
 * last namespace suffices to find it, and parents cannot form a cycle.
 */
static bool parse_parent(struct parser *parser, struct span value)
{
	struct namespace *ns = parser->ns;
	uint32_t inum = 0;

	if (!ns->level)
		return equals(value, "-") ||
		       expected(parser, "parent=- at level 0", value);
	if (!parse_u32(parser, value, UINT32_MAX,
		       "the inode number of the parent", &inum))
		return false;

	if (ns->level > parser->depth ||
	    parser->path[ns->level - 1]->inum != inum)
		return expected(parser, "the inode number of the last namespace one level up",
				value);
	ns->parent = parser->path[ns->level - 1];

	return true;
}

static bool parse_init(struct parser *parser, struct span value)
{
	struct namespace *ns = parser->ns;

	if (equals(value, "-")) {
		ns->init = INIT_NONE;
		return true;
	}
	if (equals(value, "?")) {
		ns->init = INIT_HIDDEN;
		return true;
	}
	ns->init = INIT_KNOWN;
	if (!parse_pids(parser, value, ns->level + 1, &ns->init_pids))
		return false;

	return ns->init_pids[ns->level] == 1 ||
	       expected(parser, "an init with PID 1 in its namespace",
			value);
}

static bool parse_nprocs(struct parser *parser, struct span value)
{
	return parse_u32(parser, value, UINT32_MAX, "a number for nprocs",
			&parser->ns->nprocs);
}

static bool parse_npids(struct parser *parser, struct span value)
{
	parser->ns->has_npids = true;

	return parse_u32(parser, value, UINT32_MAX, "a number for pids",
			&parser->ns->npids);
}

static bool parse_ns_state(struct parser *parser, struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.start[i] < 'a' || value.start[i] > 'z')
			return expected(parser, "a state in lower-case letters",
					value);
	if (!value.len)
		return expected(parser, "a state", value);
	parser->ns->state = terminate(value);

	return true;
}

static bool parse_owner(struct parser *parser, struct span value)
{
	return parse_u32(parser, value, UINT32_MAX, "the UID of the owner",
			&parser->ns->owner);
}

static bool parse_userns(struct parser *parser, struct span value)
{
	struct namespace *ns = parser->ns;

	ns->has_userns = !equals(value, "-");

	return !ns->has_userns ||
	       parse_u32(parser, value, UINT32_MAX,
			 "the inode number of a user namespace", &ns->userns);
}

static bool parse_pid_max(struct parser *parser, struct span value)
{
	return parse_u32(parser, value, INT_MAX, "a number for pid_max",
			&parser->ns->pid_max);
}

static bool parse_nsid(struct parser *parser, struct span value)
{
	return read_number(value, UINT64_MAX, &parser->ns->nsid) ||
	       expected(parser, "a number for nsid", value);
}

static bool parse_holder(struct parser *parser, struct span value)
{
	return parse_u32(parser, value, INT_MAX, "the PID of a task",
			&parser->ns->holder);
}

/* The level comes first, because the validity of other values depends on it. */
static const struct key namespace_keys[] = {
	KEY("level", parse_level),
	KEY("parent", parse_parent),
	KEY("init", parse_init),
	KEY("nprocs", parse_nprocs),
	OPTIONAL_KEY("pids", parse_npids),
	KEY("state", parse_ns_state),
	KEY("owner", parse_owner),
	KEY("userns", parse_userns),
	OPTIONAL_KEY("pid_for_children", parse_holder),
	OPTIONAL_KEY("pid_max", parse_pid_max),
	OPTIONAL_KEY("nsid", parse_nsid),
};

/* ---- processes ---- */

static bool parse_ppid(struct parser *parser, struct span value)
{
	return parse_u32(parser, value, INT_MAX, "a PID or 0",
			&parser->proc->ppid);
}

static bool parse_pgid(struct parser *parser, struct span value)
{
	parser->proc->has_pgid = true;

	return parse_u32(parser, value, INT_MAX,
			"the ID of a process group or 0", &parser->proc->pgid);
}

static bool parse_sid(struct parser *parser, struct span value)
{
	parser->proc->has_sid = true;

	return parse_u32(parser, value, INT_MAX, "the ID of a session or 0",
			&parser->proc->sid);
}

static bool parse_threads(struct parser *parser, struct span value)
{
	return parse_u32(parser, value, INT_MAX, "a number of threads",
			&parser->proc->threads);
}

static bool parse_proc_state(struct parser *parser, struct span value)
{
	if (value.len != 1 || value.start[0] <= ' ' || value.start[0] >= 0x7f)
		return expected(parser, "a state letter", value);
	parser->proc->state = value.start[0];

	return true;
}

static bool parse_uid(struct parser *parser, struct span value)
{
	return parse_u32(parser, value, UINT32_MAX, "a UID",
			&parser->proc->uid);
}

static bool parse_octal(const char *digits, size_t len, unsigned char *byte)
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

static bool check_comm(struct parser *parser, struct span value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = value.start[i];

		if (c < ' ' || c >= 0x7f)
			return expected(parser, "printable ASCII or \\ooo in a name",
					value);
		if (c != '\\')
			continue;
		if (!parse_octal(value.start + i + 1, value.len - i - 1, &c))
			return expected(parser, "\\ and an octal number from 001 to 377",
					value);
		i += 3;
	}

	return true;
}

static bool parse_comm(struct parser *parser, struct span value)
{
	char *to = value.start;

	/* Validate before decoding in place: a message quotes the value. */
	if (!check_comm(parser, value))
		return false;
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = value.start[i];

		if (c == '\\') {
			parse_octal(value.start + i + 1, value.len - i - 1, &c);
			i += 3;
		}
		*to++ = c;
	}
	*to = '\0';
	parser->proc->comm = value.start;

	return true;
}

static const struct key process_keys[] = {
	KEY("ppid", parse_ppid),
	OPTIONAL_KEY("pgid", parse_pgid),
	OPTIONAL_KEY("sid", parse_sid),
	KEY("threads", parse_threads),
	KEY("state", parse_proc_state),
	KEY("uid", parse_uid),
	KEY("comm", parse_comm),
};

/* ---- IDs of process groups and sessions ---- */

/* A later module may add roles. */
static unsigned int find_role(struct span name)
{
	for (enum role role = ROLE_PGID; role < NR_ROLES; role++)
		if (equals(name, role_names[role]))
			return ROLE_BIT(role);

	return 0;
}

static bool parse_roles(struct parser *parser, struct span value)
{
	struct span rest = value, name;
	bool more;

	do {
		name = split(&rest, ',');
		more = name.start + name.len < value.start + value.len;
		for (size_t i = 0; i < name.len; i++)
			if (name.start[i] < 'a' || name.start[i] > 'z')
				name.len = 0;
		if (!name.len)
			return expected(parser, "roles in lower-case letters separated by commas",
					value);
		parser->id->roles |= find_role(name);
	} while (more);

	return true;
}

static const struct key id_keys[] = {
	KEY("roles", parse_roles),
};

/* ---- lines ---- */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))
#define MAX_KEYS ARRAY_SIZE(namespace_keys)

_Static_assert(ARRAY_SIZE(process_keys) <= MAX_KEYS, "more keys of processes");
_Static_assert(ARRAY_SIZE(id_keys) <= MAX_KEYS, "more keys of IDs");

/* Try @next first: the kernel prints keys in the order of @keys. */
static size_t find_key(const struct key *keys, size_t count, size_t next,
		       struct span name)
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
 * Keys may come in any order, but must be parsed in the order of @keys. So find
 * all values first.
 */
static bool read_keys(struct parser *parser, struct span rest,
		      const struct key *keys, size_t count)
{
	struct span values[MAX_KEYS] = { 0 };
	struct span field, value, name;
	size_t i, next = 0;

	while (rest.len) {
		field = split(&rest, ' ');
		if (!field.len)
			continue;
		value = field;
		name = split(&value, '=');
		if (name.len == field.len)
			return expected(parser, "key=value", field);

		i = find_key(keys, count, next, name);
		if (i == count)
			continue;
		next = i + 1;
		if (values[i].start)
			return reject(parser, "duplicate field %s=",
				      keys[i].name);
		values[i] = value;
	}

	for (i = 0; i < count; i++) {
		if (values[i].start) {
			if (!keys[i].parse(parser, values[i]))
				return false;
		} else if (!keys[i].optional) {
			return reject(parser, "missing field %s=",
				      keys[i].name);
		}
	}

	return true;
}

static bool read_namespace(struct parser *parser, struct span first,
			   struct span rest)
{
	struct tree *tree = parser->tree;
	struct namespace *ns = &tree->namespaces[tree->nr_namespaces];
	struct span inum = {
		.start = first.start + strlen(NAMESPACE),
		.len = first.len - strlen(NAMESPACE),
	};

	if (!inum.len || inum.start[--inum.len] != ']')
		return expected(parser, "pid:[INUM]", first);
	parser->ns = ns;
	ns->line = parser->line;
	ns->processes = &tree->processes[tree->nr_processes];
	ns->ids = &tree->ids[tree->nr_ids];
	if (!parse_u32(parser, inum, UINT32_MAX,
		       "an inode number in pid:[INUM]", &ns->inum) ||
	    !read_keys(parser, rest, namespace_keys,
		       ARRAY_SIZE(namespace_keys)))
		return false;
	if (!ns->level && tree->nr_namespaces)
		return reject(parser, "duplicate namespace at level 0");

	parser->path[ns->level] = ns;
	parser->depth = ns->level + 1;
	parser->last_pid = 0;
	tree->nr_namespaces++;

	return true;
}

/*
 * Under a namespace, processes and IDs are in one ascending order of their PIDs
 * there.
 */
static bool check_order(struct parser *parser, const unsigned int *pids)
{
	unsigned int pid = pids[parser->ns->level];

	if (parser->last_pid >= pid)
		return reject(parser, "expected ascending PIDs, found %u after %u",
			      pid, parser->last_pid);
	parser->last_pid = pid;

	return true;
}

static bool read_process(struct parser *parser, struct span first,
			 struct span rest)
{
	struct tree *tree = parser->tree;
	struct process *proc = &tree->processes[tree->nr_processes];
	struct namespace *ns = parser->ns;

	if (!ns)
		return expected(parser, "a namespace line before the first process",
				first);
	parser->proc = proc;
	proc->ns = ns;
	if (!parse_pids(parser, first, ns->level + 1, &proc->pids) ||
	    !read_keys(parser, rest, process_keys, ARRAY_SIZE(process_keys)))
		return false;
	if (!check_order(parser, proc->pids))
		return false;
	tree->nr_processes++;
	ns->nr_processes++;

	return true;
}

static bool read_id(struct parser *parser, struct span first, struct span rest)
{
	struct tree *tree = parser->tree;
	struct id *id = &tree->ids[tree->nr_ids];
	struct namespace *ns = parser->ns;
	struct span pids = {
		.start = first.start + strlen(ID),
		.len = first.len - strlen(ID),
	};

	if (!ns)
		return expected(parser, "a namespace line before the first ID",
				first);
	parser->id = id;
	id->ns = ns;
	if (!parse_pids(parser, pids, ns->level + 1, &id->pids) ||
	    !read_keys(parser, rest, id_keys, ARRAY_SIZE(id_keys)) ||
	    !check_order(parser, id->pids))
		return false;
	tree->nr_ids++;
	ns->nr_ids++;

	return true;
}

static bool read_line(struct parser *parser, struct span line)
{
	struct span rest = line, first;

	do
		first = split(&rest, ' ');
	while (!first.len && rest.len);

	if (!first.len)
		return reject(parser, "unexpected empty line");
	if (has_prefix(first, NAMESPACE))
		return read_namespace(parser, first, rest);
	if (first.start[0] >= '0' && first.start[0] <= '9')
		return read_process(parser, first, rest);
	if (has_prefix(first, ID))
		return read_id(parser, first, rest);

	/* A comment, or a kind of line that a later module may add. */
	return true;
}

static bool read_first_line(struct parser *parser, struct span line)
{
	if (equals(line, FIRST_LINE))
		return true;
	if (has_prefix(line, FIRST_WORDS)) {
		line.start += strlen(FIRST_WORDS);
		line.len -= strlen(FIRST_WORDS);
		return expected(parser, "version 1 of the format", line);
	}

	return expected(parser, "'" FIRST_LINE "'", line);
}

static bool is_blank(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.start[i] != ' ' && line.start[i] != '\t')
			return false;

	return true;
}

/*
 * An editor, a terminal or a mail program may have changed a saved file. The
 * kernel prints no carriage return, so one at the end of a line is part of the
 * line end.
 */
static bool read_lines(struct parser *parser, struct span input)
{
	bool ended = false;

	if (has_prefix(input, BYTE_ORDER_MARK)) {
		input.start += strlen(BYTE_ORDER_MARK);
		input.len -= strlen(BYTE_ORDER_MARK);
	}
	while (input.len) {
		struct span line = split(&input, '\n');
		bool complete = input.start > line.start + line.len;

		parser->line++;
		if (line.len && line.start[line.len - 1] == '\r')
			line.len--;
		if (ended) {
			if (is_blank(line))
				continue;
			return reject(parser, "unexpected line after '" LAST_LINE "'");
		}
		/* Do this first, or a foreign file would look truncated. */
		if (parser->line == 1 && !read_first_line(parser, line))
			return false;
		if (equals(line, LAST_LINE)) {
			ended = true;
			continue;
		}
		if (!complete)
			return reject(parser,
				      "incomplete line: the output is truncated");
		if (parser->line > 1 && !read_line(parser, line))
			return false;
	}
	parser->line++;
	if (ended)
		return true;

	return reject(parser, parser->line == 1 ?
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
		return out_of_memory(parser);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &tree->namespaces[i];
	qsort(sorted, count, sizeof(*sorted), by_inum);
	for (size_t i = 1; i < count && good; i++) {
		if (sorted[i]->inum != sorted[i - 1]->inum)
			continue;
		parser->line = sorted[i]->line;
		good = reject(parser, "duplicate namespace pid:[%u]",
			      sorted[i]->inum);
	}
	free(sorted);

	return good;
}

/*
 * Allocate the most that the input can need, to parse it in one pass. Most of
 * that is never written, so the kernel does not allocate pages for it, unless
 * it accounts for all of it (vm.overcommit_memory=2).
 */
static bool allocate(struct tree *tree, const char *text, size_t len)
{
	const char *end = text + len, *p = text;
	size_t lines = 1;

	while ((p = memchr(p, '\n', end - p))) {
		lines++;
		p++;
	}
	tree->namespaces = calloc(lines, sizeof(*tree->namespaces));
	tree->processes = calloc(lines, sizeof(*tree->processes));
	tree->ids = calloc(lines, sizeof(*tree->ids));
	/* At least one other byte follows each PID. */
	tree->pids = calloc(len / 2 + 1, sizeof(*tree->pids));

	return tree->namespaces && tree->processes && tree->ids && tree->pids;
}

bool tree_parse(struct tree *tree, char *text, size_t len,
		struct parse_error *error)
{
	struct parser parser = { .tree = tree, .error = error };
	struct span all = { text, len };

	memset(tree, 0, sizeof(*tree));
	tree->text = text;
	if (!allocate(tree, text, len))
		return out_of_memory(&parser);
	parser.next_pid = tree->pids;

	return read_lines(&parser, all) && no_duplicates(&parser);
}
