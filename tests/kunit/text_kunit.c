// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Tests of text.c: the lines, byte for byte.
 */
#include <kunit/test.h>
#include <linux/bits.h>
#include <linux/ctype.h>
#include <linux/limits.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "fixture.h"
#include "pidns_tree.h"

#define LEVELS (MAX_PID_NS_LEVEL + 1)
#define REDZONE 0x5a
#define REDZONE_SIZE 16
#define LONGEST 1024

/* PIDs of a process at the deepest level. */
#define DEEPEST { [0 ... MAX_PID_NS_LEVEL] = INT_MAX }
#define TEN_NUMBERS \
	"2147483647,2147483647,2147483647,2147483647,2147483647," \
	"2147483647,2147483647,2147483647,2147483647,2147483647"
#define DEEPEST_TEXT \
	TEN_NUMBERS "," TEN_NUMBERS "," TEN_NUMBERS \
	",2147483647,2147483647,2147483647"
#define INDENT_32 \
	"                                                                "

/* The only user ID that is mapped into OWNED; its root. */
#define MAPPED 1000

static void make_userns(struct kunit *test, struct user_namespace **users)
{
	struct uid_gid_extent extent = { .lower_first = MAPPED, .count = 1 };

	users[INIT] = &init_user_ns;
	users[OWNED] = fake_user_ns(test, users[INIT], MAPPED);
	users[OWNED]->ns.inum = 4026531001U;
	users[OWNED]->uid_map.extent[0] = extent;
	users[OWNED]->uid_map.nr_extents = 1;
	users[OWNED_CHILD] = fake_user_ns(test, users[OWNED], MAPPED);
	users[OWNED_CHILD]->ns.inum = 4026531002U;
	users[OTHER] = fake_user_ns(test, users[INIT], 7);
	users[OTHER]->ns.inum = 4026531003U;
}

/*
 * A line that check_line() formats again and again: of @node, of @entry, or by
 * @append.
 */
struct line {
	const struct pidtree_node *node;
	const struct pidtree_entry *entry;
	unsigned int level;
	struct user_namespace *reader;
	void (*append)(struct pidtree_text *text);
};

static void append_line(const struct line *line, struct pidtree_text *text)
{
	if (line->node)
		pidtree_text_namespace(text, line->node, line->reader);
	else if (!line->entry)
		line->append(text);
	else if (pidtree_text_fits_entry(text, line->level))
		pidtree_text_entry(text, line->level, line->entry,
				   line->reader);
}

/*
 * Format the line into buffers of each size from 0. Either the line is the
 * expected one and leaves at least one byte free, or text.full is set and
 * nothing was written. Once the line has fitted, it fits into each larger
 * buffer.
 */
static void check_line(struct kunit *test, const struct line *line,
		       const char *expected)
{
	size_t len = strlen(expected);
	char *buf = fake_alloc(test, LONGEST);
	bool fitted = false;
	size_t room;

	KUNIT_ASSERT_LE(test, len + REDZONE_SIZE, LONGEST);
	for (room = 0; room <= LONGEST - REDZONE_SIZE; room++) {
		struct pidtree_text text = { .pos = buf, .end = buf + room };

		memset(buf, REDZONE, LONGEST);
		append_line(line, &text);

		if (text.full) {
			KUNIT_ASSERT_FALSE_MSG(test, fitted, "%zu bytes", room);
			KUNIT_ASSERT_PTR_EQ(test, text.pos, buf);
		} else {
			fitted = true;
			KUNIT_ASSERT_EQ_MSG(test, text.pos - buf, len,
					    "%zu bytes for a line of %zu: %.*s",
					    room, len, (int)(text.pos - buf),
					    buf);
			KUNIT_ASSERT_LT(test, len, room);
		}

		KUNIT_ASSERT_NULL(test, memchr_inv(text.pos, REDZONE,
						   buf + LONGEST - text.pos));
		if (text.full)
			continue;
		*text.pos = '\0';
		KUNIT_ASSERT_STREQ(test, buf, expected);
	}
	KUNIT_EXPECT_TRUE(test, fitted);
}

struct namespace_case {
	const char *desc;
	const char *expected;
	unsigned int level;
	unsigned int inum;
	unsigned int parent;
	pid_t init[LEVELS];
	bool init_hidden;
	unsigned int nprocs;
	/* The reader may see every task. */
	bool all;
	int pids;
	enum pidtree_state state;
	enum userns reader;
	enum userns owned_by;
	pid_t pid_for_children;
	int pid_max;
};

static const struct namespace_case namespace_cases[] = {
	{
		.desc = "a root",
		.expected =
			"pid:[4026531836] level=0 parent=- init=1 nprocs=118 pids=203 state=active owner=0 userns=INIT\n",
		.inum = 4026531836U,
		.init = { 1 },
		.nprocs = 118,
		.all = true,
		.pids = 203,
	},
	{
		.desc = "a child of the root",
		.expected =
			"  pid:[4026532153] level=1 parent=4026531836 init=2083,1 nprocs=2 state=active owner=0 userns=INIT\n",
		.level = 1,
		.inum = 4026532153U,
		.parent = 4026531836U,
		.init = { 2083, 1 },
		.nprocs = 2,
	},
	{
		.desc = "the largest numbers at the deepest level",
		.expected = INDENT_32
		"pid:[4294967295] level=32 parent=4294967294 init=" DEEPEST_TEXT
		" nprocs=4294967295 pids=2147483647 state=dying owner=0 userns=INIT pid_max=2147483647\n",
		.level = MAX_PID_NS_LEVEL,
		.all = true,
		.pids = INT_MAX,
		.inum = UINT_MAX,
		.parent = UINT_MAX - 1,
		.init = DEEPEST,
		.nprocs = UINT_MAX,
		.state = PIDTREE_DYING,
		.pid_max = INT_MAX,
	},
	{
		.desc = "all fields of a namespace without an init",
		.expected = INDENT_32
		"pid:[4294967295] level=32 parent=4294967294 init=- nprocs=4294967295 state=pending owner=0 userns=INIT pid_for_children=2147483647 pid_max=2147483647\n",
		.level = MAX_PID_NS_LEVEL,
		.inum = UINT_MAX,
		.parent = UINT_MAX - 1,
		.nprocs = UINT_MAX,
		.state = PIDTREE_PENDING,
		.pid_for_children = INT_MAX,
		.pid_max = INT_MAX,
	},
	{
		.desc = "a hidden init",
		.expected =
			"  pid:[7] level=1 parent=6 init=? nprocs=3 state=active owner=0 userns=INIT\n",
		.level = 1,
		.inum = 7,
		.parent = 6,
		.init = { 2083, 1 },
		.init_hidden = true,
		.nprocs = 3,
	},
	{
		.desc = "no init, init_hidden ignored",
		.expected =
			"pid:[7] level=0 parent=- init=- nprocs=0 pids=0 state=dead owner=0 userns=INIT\n",
		.inum = 7,
		.init_hidden = true,
		.all = true,
		.state = PIDTREE_DEAD,
	},
	{
		.desc = "pid_for_children and no init",
		.expected =
			"  pid:[7] level=1 parent=6 init=- nprocs=0 state=pending owner=0 userns=INIT pid_for_children=4194304\n",
		.level = 1,
		.inum = 7,
		.parent = 6,
		.state = PIDTREE_PENDING,
		.pid_for_children = 4194304,
	},
	{
		.desc = "pid_for_children and an init",
		.expected =
			"  pid:[7] level=1 parent=6 init=9,1 nprocs=1 state=active owner=0 userns=INIT\n",
		.level = 1,
		.inum = 7,
		.parent = 6,
		.init = { 9, 1 },
		.nprocs = 1,
		.pid_for_children = 5,
	},
	{
		.desc = "pid_for_children and an init, at level 0",
		.expected =
			"pid:[7] level=0 parent=- init=9 nprocs=1 state=active owner=0 userns=INIT\n",
		.inum = 7,
		.init = { 9 },
		.nprocs = 1,
		.pid_for_children = 5,
	},
	{
		.desc = "pid_max after pid_for_children",
		.expected =
			"pid:[7] level=0 parent=- init=- nprocs=0 state=pending owner=0 userns=INIT pid_for_children=5 pid_max=32768\n",
		.inum = 7,
		.state = PIDTREE_PENDING,
		.pid_for_children = 5,
		.pid_max = 32768,
	},
	{
		.desc = "owned by a descendant user namespace",
		.expected =
			"pid:[7] level=0 parent=- init=1 nprocs=1 state=active owner=1000 userns=4026531002\n",
		.inum = 7,
		.init = { 1 },
		.nprocs = 1,
		.owned_by = OWNED_CHILD,
	},
	{
		.desc = "the reader's own user namespace",
		.expected =
			"pid:[7] level=0 parent=- init=1 nprocs=1 state=active owner=0 userns=4026531001\n",
		.inum = 7,
		.init = { 1 },
		.nprocs = 1,
		.reader = OWNED,
		.owned_by = OWNED,
	},
	{
		.desc = "a child of the reader's user namespace",
		.expected =
			"pid:[7] level=0 parent=- init=1 nprocs=1 state=active owner=0 userns=4026531002\n",
		.inum = 7,
		.init = { 1 },
		.nprocs = 1,
		.reader = OWNED,
		.owned_by = OWNED_CHILD,
	},
	{
		.desc = "the parent of the reader's user namespace",
		.expected =
			"pid:[7] level=0 parent=- init=1 nprocs=1 state=active owner=65534 userns=-\n",
		.inum = 7,
		.init = { 1 },
		.nprocs = 1,
		.reader = OWNED,
		.owned_by = INIT,
	},
	{
		.desc = "a sibling of the reader's user namespace",
		.expected =
			"pid:[7] level=0 parent=- init=1 nprocs=1 state=active owner=65534 userns=-\n",
		.inum = 7,
		.init = { 1 },
		.nprocs = 1,
		.reader = OWNED,
		.owned_by = OTHER,
	},
};

KUNIT_ARRAY_PARAM_DESC(namespace, namespace_cases, desc);

/* The kernel chooses the inode number of the initial user namespace. */
static char *with_inum(struct kunit *test, const char *format)
{
	const char *rest = strstr(format, "INIT");
	char *line = fake_alloc(test, LONGEST);

	if (!rest)
		strscpy(line, format, LONGEST);
	else
		scnprintf(line, LONGEST, "%.*s%u%s", (int)(rest - format),
			  format, init_user_ns.ns.inum, rest + strlen("INIT"));

	return line;
}

static void text_namespace(struct kunit *test)
{
	const struct namespace_case *param = test->param_value;
	struct user_namespace *users[NR_USERNS];
	struct pid_namespace *up = fake_pid_ns(test, NULL, param->parent);
	struct pid_namespace *ns = fake_pid_ns(test, up, param->inum);
	struct pidtree_node *node;
	struct line line = {};

	skip_without_userns(test, param->reader);
	skip_without_userns(test, param->owned_by);
	make_userns(test, users);
	ns->user_ns = users[param->owned_by];
	/* The expected lines have no nsid, on any kernel. */
	fake_nsid(ns, 0);

	node = fake_alloc(test, struct_size(node, init, LEVELS));
	node->ns = ns;
	node->level = param->level;
	memcpy(node->init, param->init, sizeof(param->init));
	node->init_hidden = param->init_hidden;
	node->nprocs = param->nprocs;
	node->pids = param->all ? param->pids : -1;
	node->state = param->state;
	node->pid_for_children = param->pid_for_children;
	node->pid_max = param->pid_max;

	line.node = node;
	line.reader = users[param->reader];
	check_line(test, &line, with_inum(test, param->expected));
}

/* A real namespace, which has an nsid on some kernels. */
static void text_real_namespace(struct kunit *test)
{
	struct line line = { .reader = &init_user_ns };
	char *expected = fake_alloc(test, LONGEST);
	struct pidtree_node *node;
	size_t len;

	node = fake_alloc(test, struct_size(node, init, 1));
	node->ns = &init_pid_ns;
	node->init[0] = 1;
	node->nprocs = 1;
	node->pids = 2;
	line.node = node;

	len = scnprintf(expected, LONGEST,
			"pid:[%u] level=0 parent=- init=1 nprocs=1 pids=2 state=active owner=0 userns=%u",
			init_pid_ns.ns.inum, init_user_ns.ns.inum);
	if (pidtree_nsid(&init_pid_ns))
		len += scnprintf(expected + len, LONGEST - len, " nsid=%llu",
				 pidtree_nsid(&init_pid_ns));
	strlcat(expected, "\n", LONGEST);

	check_line(test, &line, expected);
}

/* The longest line, with the largest nsid on kernels that have it. */
static void text_longest_namespace(struct kunit *test)
{
	struct pid_namespace *up = fake_pid_ns(test, NULL, UINT_MAX);
	struct pid_namespace *ns = fake_pid_ns(test, up, UINT_MAX);
	struct line line = { .reader = &init_user_ns };
	static const pid_t deepest[] = DEEPEST;
	char *expected = fake_alloc(test, LONGEST);
	struct user_namespace *owner;
	struct pidtree_node *node;
	size_t len;

	owner = fake_user_ns(test, &init_user_ns, UINT_MAX - 1);
	owner->ns.inum = UINT_MAX;
	ns->user_ns = owner;
	fake_nsid(ns, U64_MAX);

	node = fake_alloc(test, struct_size(node, init, LEVELS));
	node->ns = ns;
	node->level = MAX_PID_NS_LEVEL;
	memcpy(node->init, deepest, sizeof(deepest));
	node->nprocs = UINT_MAX;
	node->pids = INT_MAX;
	node->state = PIDTREE_ACTIVE;
	node->pid_max = INT_MAX;
	line.node = node;

	len = scnprintf(expected, LONGEST, "%s",
			INDENT_32 "pid:[4294967295] level=32 parent=4294967295 init="
			DEEPEST_TEXT
			" nprocs=4294967295 pids=2147483647 state=active owner=4294967294 userns=4294967295 pid_max=2147483647");
	if (pidtree_nsid(ns))
		len += scnprintf(expected + len, LONGEST - len,
				 " nsid=18446744073709551615");
	scnprintf(expected + len, LONGEST - len, "\n");

	check_line(test, &line, expected);
}

struct entry_case {
	const char *desc;
	const char *expected;
	unsigned int level;
	enum userns reader;
	struct pidtree_entry entry;
};

static const struct entry_case entry_cases[] = {
	{
		.desc = "a process of the root",
		.expected =
			"  2062 ppid=1 pgid=2060 sid=2059 threads=9 state=S uid=0 comm=containerd-shim\n",
		.entry = {
			.numbers = { 2062 },
			.depth = 1,
			.ppid = 1,
			.pgid = 2060,
			.sid = 2059,
			.threads = 9,
			.state = 'S',
			.comm = "containerd-shim",
		},
	},
	{
		.desc = "a process of a child, space in the name",
		.expected =
			"    2090,7 ppid=2083 pgid=0 sid=0 threads=1 state=R uid=0 comm=my\\040job\n",
		.level = 1,
		.entry = {
			.numbers = { 2090, 7 },
			.depth = 2,
			.ppid = 2083,
			.threads = 1,
			.state = 'R',
			.comm = "my job",
		},
	},
	{
		.desc = "the largest numbers at the deepest level",
		.expected = INDENT_32
			"  " DEEPEST_TEXT
			" ppid=2147483647 pgid=2147483647 sid=2147483647 threads=2147483647 state=Z uid=4294967294 comm=\\377\\377\\377\\377\\377\\377\\377\\377\\377\\377\\377\\377\\377\\377\\377\n",
		.level = MAX_PID_NS_LEVEL,
		.entry = {
			.numbers = DEEPEST,
			.depth = LEVELS,
			.ppid = INT_MAX,
			.pgid = INT_MAX,
			.sid = INT_MAX,
			.threads = INT_MAX,
			.uid = KUIDT_INIT(UINT_MAX - 1),
			.state = 'Z',
			.comm = "\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377",
		},
	},
	{
		.desc = "numbers around the powers of ten",
		.expected =
			"  9,10,99,100,999,1000 ppid=0 pgid=0 sid=0 threads=1 state=S uid=0 comm=a\n",
		.entry = {
			.numbers = { 9, 10, 99, 100, 999, 1000 },
			.depth = 6,
			.threads = 1,
			.state = 'S',
			.comm = "a",
		},
	},
	{
		.desc = "no name",
		.expected = "  1 ppid=0 pgid=0 sid=0 threads=1 state=S uid=0 comm=\n",
		.entry = {
			.numbers = { 1 },
			.depth = 1,
			.threads = 1,
			.state = 'S',
		},
	},
	{
		.desc = "a name without NUL",
		.expected =
			"  1 ppid=0 pgid=0 sid=0 threads=1 state=S uid=0 comm=0123456789abcdef\n",
		.entry = {
			.numbers = { 1 },
			.depth = 1,
			.threads = 1,
			.state = 'S',
			.comm = { '0', '1', '2', '3', '4', '5', '6', '7', '8',
				  '9', 'a', 'b', 'c', 'd', 'e', 'f' },
		},
	},
	{
		.desc = "a uid mapped into the reader's user namespace",
		.expected = "  1 ppid=0 pgid=0 sid=0 threads=1 state=S uid=0 comm=a\n",
		.reader = OWNED,
		.entry = {
			.numbers = { 1 },
			.depth = 1,
			.threads = 1,
			.uid = KUIDT_INIT(MAPPED),
			.state = 'S',
			.comm = "a",
		},
	},
	{
		.desc = "a uid not mapped into the reader's user namespace",
		.expected = "  1 ppid=0 pgid=0 sid=0 threads=1 state=S uid=65534 comm=a\n",
		.reader = OWNED,
		.entry = {
			.numbers = { 1 },
			.depth = 1,
			.threads = 1,
			.uid = KUIDT_INIT(MAPPED + 1),
			.state = 'S',
			.comm = "a",
		},
	},
	{
		.desc = "a process group ID",
		.expected = "  id:5005 roles=pgid\n",
		.entry = {
			.numbers = { 5005 },
			.depth = 1,
			.roles = BIT(PIDTYPE_PGID),
		},
	},
	{
		.desc = "a session ID of a child",
		.expected = "    id:5005,7 roles=sid\n",
		.level = 1,
		.entry = {
			.numbers = { 5005, 7 },
			.depth = 2,
			.roles = BIT(PIDTYPE_SID),
		},
	},
	{
		.desc = "the longest ID",
		.expected = INDENT_32 "  id:" DEEPEST_TEXT " roles=pgid,sid\n",
		.level = MAX_PID_NS_LEVEL,
		.entry = {
			.numbers = DEEPEST,
			.depth = LEVELS,
			.roles = BIT(PIDTYPE_PGID) | BIT(PIDTYPE_SID),
		},
	},
};

KUNIT_ARRAY_PARAM_DESC(entry, entry_cases, desc);

static void text_entry(struct kunit *test)
{
	const struct entry_case *param = test->param_value;
	struct user_namespace *users[NR_USERNS];
	struct line line = { .entry = &param->entry, .level = param->level };

	skip_without_userns(test, param->reader);
	make_userns(test, users);
	line.reader = users[param->reader];
	check_line(test, &line, param->expected);
}

/*
 * The longest line, with a name of TASK_COMM_LEN bytes without NUL.
 * check_line() checks that the line does not exceed its bound.
 */
static void text_longest_process(struct kunit *test)
{
	struct pidtree_entry entry = {
		.numbers = DEEPEST,
		.depth = LEVELS,
		.ppid = INT_MAX,
		.pgid = INT_MAX,
		.sid = INT_MAX,
		.threads = INT_MAX,
		.uid = KUIDT_INIT(UINT_MAX - 1),
		.state = 'Z',
	};
	struct line line = {
		.entry = &entry,
		.level = MAX_PID_NS_LEVEL,
		.reader = &init_user_ns,
	};
	char *expected = fake_alloc(test, LONGEST);
	size_t len, i;

	memset(entry.comm, 0xff, sizeof(entry.comm));
	len = scnprintf(expected, LONGEST, "%s",
			INDENT_32 "  " DEEPEST_TEXT
			" ppid=2147483647 pgid=2147483647 sid=2147483647 threads=2147483647 state=Z uid=4294967294 comm=");
	for (i = 0; i < sizeof(entry.comm); i++)
		len += scnprintf(expected + len, LONGEST - len, "\\377");
	scnprintf(expected + len, LONGEST - len, "\n");

	check_line(test, &line, expected);
}

/* Each byte that a name can have, in names of the maximum length. */
static void text_bytes_of_names(struct kunit *test)
{
	char *expected = fake_alloc(test, LONGEST);
	struct pidtree_entry entry = {
		.numbers = { 1 },
		.depth = 1,
		.threads = 1,
		.state = 'S',
	};
	struct line line = { .entry = &entry, .reader = &init_user_ns };
	unsigned int byte = 1;

	while (byte <= U8_MAX) {
		size_t len = scnprintf(expected, LONGEST,
				       "  1 ppid=0 pgid=0 sid=0 threads=1 state=S uid=0 comm=");
		unsigned int i;

		for (i = 0; i < TASK_COMM_LEN - 1; i++, byte++) {
			bool plain = isascii(byte) && isgraph(byte) &&
				     byte != '\\';

			entry.comm[i] = byte;
			len += scnprintf(expected + len, LONGEST - len,
					 plain ? "%c" : "\\%03o", byte);
		}
		scnprintf(expected + len, LONGEST - len, "\n");
		check_line(test, &line, expected);
	}
}

static void text_header_and_trailer(struct kunit *test)
{
	const struct line header = { .append = pidtree_text_header };
	const struct line trailer = { .append = pidtree_text_trailer };

	check_line(test, &header, "# pidns_tree 1\n");
	check_line(test, &trailer, "# end\n");
}

static struct kunit_case text_tests[] = {
	KUNIT_CASE_PARAM(text_namespace, namespace_gen_params),
	KUNIT_CASE(text_real_namespace),
	KUNIT_CASE(text_longest_namespace),
	KUNIT_CASE_PARAM(text_entry, entry_gen_params),
	KUNIT_CASE(text_longest_process),
	KUNIT_CASE(text_bytes_of_names),
	KUNIT_CASE(text_header_and_trailer),
	{}
};

static struct kunit_suite text_suite = {
	.name = "pidns_tree_text",
	.test_cases = text_tests,
};

kunit_test_suite(text_suite);
