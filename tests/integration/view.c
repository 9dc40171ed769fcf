// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "view.h"
#include "world.h"

/* How often to repeat a comparison if the difference may have passed. */
#define TRIES 100

/*
 * How long to wait until processes have been released and namespaces freed. On
 * a kernel with lists of namespaces, a namespace stays in the file until a
 * grace period after its last reference has been dropped. With lazy RCU
 * callbacks, this takes seconds.
 */
#define WAIT_SECONDS 20

/* The flag of kernel threads, in field 9 of /proc/PID/stat. */
#define PF_KTHREAD 0x00200000

/* PID of kthreadd, the parent of all other kernel threads. */
#define KTHREADD 2

#define FIRST_LINE "# pidns_tree 1"
#define LAST_LINE "# end"

/* The first word of the line of an ID begins with this. */
#define ID_WORD "id:"

char *read_all(int fd, size_t piece)
{
	size_t size = 1 << 16, len = 0;
	char *text = malloc(size);
	ssize_t got;

	check(text);
	do {
		if (len + piece + 1 > size) {
			size = 2 * size + piece;
			text = realloc(text, size);
			check(text);
		}
		got = read(fd, text + len, piece);
		check(got >= 0);
		len += got;
	} while (got);
	text[len] = '\0';

	return text;
}

char *read_text(const char *proc)
{
	char path[PATH_MAX], *text;
	int fd;

	snprintf(path, sizeof(path), "%s/pidns_tree", proc);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd >= 0);
	text = read_all(fd, 1 << 16);
	close(fd);

	return text;
}

static struct process *add_process(struct view *view)
{
	if (!(view->nr_processes & (view->nr_processes - 1))) {
		size_t room = view->nr_processes ? 2 * view->nr_processes : 1;

		view->processes = realloc(view->processes,
					  room * sizeof(*view->processes));
		check(view->processes);
	}
	memset(&view->processes[view->nr_processes], 0,
	       sizeof(struct process));

	return &view->processes[view->nr_processes++];
}

static struct namespace *add_namespace(struct view *view)
{
	if (!(view->nr_namespaces & (view->nr_namespaces - 1))) {
		size_t room = view->nr_namespaces ? 2 * view->nr_namespaces : 1;

		view->namespaces = realloc(view->namespaces,
					   room * sizeof(*view->namespaces));
		check(view->namespaces);
	}
	memset(&view->namespaces[view->nr_namespaces], 0,
	       sizeof(struct namespace));

	return &view->namespaces[view->nr_namespaces++];
}

static struct kept_id *add_id(struct view *view)
{
	if (!(view->nr_ids & (view->nr_ids - 1))) {
		size_t room = view->nr_ids ? 2 * view->nr_ids : 1;

		view->ids = realloc(view->ids, room * sizeof(*view->ids));
		check(view->ids);
	}
	memset(&view->ids[view->nr_ids], 0, sizeof(struct kept_id));

	return &view->ids[view->nr_ids++];
}

void free_view(struct view *view)
{
	free(view->namespaces);
	free(view->processes);
	free(view->ids);
	memset(view, 0, sizeof(*view));
}

struct namespace *find_namespace(const struct view *view, unsigned int inum)
{
	for (size_t i = 0; i < view->nr_namespaces; i++)
		if (view->namespaces[i].inum == inum)
			return &view->namespaces[i];

	return NULL;
}

struct process *find_process(const struct view *view, int pid)
{
	for (size_t i = 0; i < view->nr_processes; i++)
		if (view->processes[i].pids[0] == pid)
			return &view->processes[i];

	return NULL;
}

struct kept_id *find_id(const struct view *view, int pid)
{
	for (size_t i = 0; i < view->nr_ids; i++)
		if (view->ids[i].pids[0] == pid)
			return &view->ids[i];

	return NULL;
}

/* ---- parse pidns_tree ---- */

static unsigned long long parse_ull(const char *word, unsigned long long max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(word, &end, 10);
	if (!isdigit((unsigned char)word[0]) || *end || errno || value > max ||
	    (word[0] == '0' && word[1]))
		fail("'%s' is not a number up to %llu", word, max);

	return value;
}

static int parse_pids(const char *word, int *pids)
{
	char copy[1024], *save, *part;
	int depth = 0;

	check(strlen(word) < sizeof(copy));
	strcpy(copy, word);
	if (strstr(word, ",,") || word[strlen(word) - 1] == ',')
		fail("empty PID in '%s'", word);
	for (part = strtok_r(copy, ",", &save); part;
	     part = strtok_r(NULL, ",", &save)) {
		if (depth == MAX_LEVELS)
			fail("more than %d levels: '%s'", MAX_LEVELS, word);
		pids[depth] = parse_ull(part, INT_MAX);
		if (!pids[depth++])
			fail("PID 0 in '%s'", word);
	}
	if (!depth)
		fail("no PID in '%s'", word);

	return depth;
}

static void unescape(const char *word, char *name, size_t size)
{
	size_t len = 0;

	for (const char *p = word; *p; p++) {
		unsigned char c = *p;

		if (c <= ' ' || c >= 0x7f)
			fail("byte %#x is not escaped in '%s'", c, word);
		if (c == '\\') {
			if (strspn(p + 1, "01234567") < 3)
				fail("invalid escape in '%s'", word);
			c = (p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0');
			if (c > ' ' && c < 0x7f && c != '\\')
				fail("unnecessary escape in '%s'", word);
			p += 3;
		}
		check(len + 1 < size);
		name[len++] = c;
	}
	name[len] = '\0';
}

/*
 * Check the fields of a line: each is one of @keys, none occurs twice, and they
 * are in this order, which no parser but this one needs to know.
 */
static void check_keys(char *const words[], size_t count, const char *keys)
{
	for (size_t i = 1; i < count; i++) {
		size_t len = strcspn(words[i], "=");
		const char *key = keys;

		while (*key && (strncmp(key, words[i], len) || key[len] != ' '))
			key += strcspn(key, " ") + 1;
		if (!*key || !words[i][len])
			fail("field '%s' of '%s' is unknown or in the wrong place",
			     words[i], words[0]);
		keys = key + len + 1;
	}
}

/*
 * Find the value of a key in a line whose first word is its ID. Return: NULL if
 * an @optional key is missing.
 */
static const char *value_of(char *const words[], size_t count, const char *key,
			    bool optional)
{
	size_t len = strlen(key);

	for (size_t i = 1; i < count; i++)
		if (!strncmp(words[i], key, len) && words[i][len] == '=')
			return words[i] + len + 1;
	if (!optional)
		fail("no %s= of '%s'", key, words[0]);

	return NULL;
}

/* Check that the values of a namespace are consistent with its state. */
static void check_state(const struct namespace *ns)
{
	bool has_init = !strcmp(ns->state, "active") ||
			!strcmp(ns->state, "dying");

	if (!has_init && strcmp(ns->state, "pending") &&
	    strcmp(ns->state, "dead"))
		fail("pid:[%u] has the unknown state '%s'", ns->inum,
		     ns->state);
	if (has_init != !!ns->init_depth)
		fail("pid:[%u] is %s, but has %s", ns->inum, ns->state,
		     ns->init_depth ? "an init" : "no init");
	if (!has_init && ns->nprocs)
		fail("pid:[%u] is %s, but has %u processes", ns->inum,
		     ns->state, ns->nprocs);
	if (has_init && ns->holder)
		fail("pid:[%u] is %s, but has pid_for_children=%d", ns->inum,
		     ns->state, ns->holder);
}

/* Only a reader that sees everything has pids, in all namespaces. */
static bool has_pids(const struct view *view)
{
	return view->nr_namespaces && view->namespaces[0].pids >= 0;
}

static void parse_namespace(char *const words[], size_t count,
			    struct view *view)
{
	struct namespace *ns = add_namespace(view);
	const char *pid_max, *nsid, *holder, *pids, *word;
	char inum[64];

	check_keys(words, count,
		   "level parent init nprocs pids state owner userns pid_for_children pid_max nsid ");
	snprintf(inum, sizeof(inum), "%s", words[0] + strlen("pid:["));
	if (!strchr(inum, ']') || strchr(inum, ']')[1])
		fail("invalid namespace ID '%s'", words[0]);
	*strchr(inum, ']') = '\0';
	ns->inum = parse_ull(inum, UINT_MAX);

	ns->level = parse_ull(value_of(words, count, "level", false), 32);
	word = value_of(words, count, "parent", false);
	ns->parent = strcmp(word, "-") ? (long long)parse_ull(word, UINT_MAX) :
					 -1;

	word = value_of(words, count, "init", false);
	if (!strcmp(word, "-"))
		ns->init_depth = 0;
	else if (!strcmp(word, "?"))
		ns->init_depth = -1;
	else
		ns->init_depth = parse_pids(word, ns->init);

	ns->nprocs =
		parse_ull(value_of(words, count, "nprocs", false), UINT_MAX);
	pids = value_of(words, count, "pids", true);
	ns->pids = pids ? (long long)parse_ull(pids, INT_MAX) : -1;
	if (!!pids != has_pids(view))
		fail("only some namespaces have pids=, like '%s'", words[0]);
	snprintf(ns->state, sizeof(ns->state), "%s",
		 value_of(words, count, "state", false));
	ns->owner = parse_ull(value_of(words, count, "owner", false), UINT_MAX);
	word = value_of(words, count, "userns", false);
	ns->userns = strcmp(word, "-") ? (long long)parse_ull(word, UINT_MAX) :
					 -1;

	pid_max = value_of(words, count, "pid_max", true);
	ns->pid_max = pid_max ? (long long)parse_ull(pid_max, INT_MAX) : -1;
	nsid = value_of(words, count, "nsid", true);
	ns->nsid = nsid ? parse_ull(nsid, ULLONG_MAX) : 0;

	holder = value_of(words, count, "pid_for_children", true);
	ns->holder = holder ? (int)parse_ull(holder, INT_MAX) : 0;
	check_state(ns);
}

static void parse_process(char *const words[], size_t count, struct view *view)
{
	struct process *proc = add_process(view);
	const char *word;

	check_keys(words, count, "ppid pgid sid threads state uid comm ");
	proc->depth = parse_pids(words[0], proc->pids);
	if (!view->nr_namespaces)
		fail("process '%s' before the first namespace", words[0]);
	proc->inum = view->namespaces[view->nr_namespaces - 1].inum;

	proc->ppid = parse_ull(value_of(words, count, "ppid", false), INT_MAX);
	proc->pgid = parse_ull(value_of(words, count, "pgid", false), INT_MAX);
	proc->sid = parse_ull(value_of(words, count, "sid", false), INT_MAX);
	proc->threads =
		parse_ull(value_of(words, count, "threads", false), INT_MAX);
	if (!proc->threads)
		fail("process '%s' has no threads", words[0]);
	word = value_of(words, count, "state", false);
	if (strlen(word) != 1 || !strchr("RSDTtXZPI", word[0]))
		fail("process '%s' has the unknown state '%s'", words[0], word);
	proc->state = word[0];
	proc->uid = parse_ull(value_of(words, count, "uid", false), UINT_MAX);
	unescape(value_of(words, count, "comm", false), proc->name,
		 sizeof(proc->name));
	if (strlen(proc->name) > 15)
		fail("comm of process '%s' has %zu bytes", words[0],
		     strlen(proc->name));
}

static void parse_id(char *const words[], size_t count, struct view *view)
{
	struct kept_id *id = add_id(view);
	const char *roles;

	check_keys(words, count, "roles ");
	id->depth = parse_pids(words[0] + strlen(ID_WORD), id->pids);
	if (!view->nr_namespaces)
		fail("'%s' before the first namespace", words[0]);
	id->inum = view->namespaces[view->nr_namespaces - 1].inum;

	roles = value_of(words, count, "roles", false);
	id->pgid = !strncmp(roles, "pgid", 4);
	id->sid = !strcmp(roles, "sid") || !strcmp(roles, "pgid,sid");
	if (strcmp(roles, id->pgid ? id->sid ? "pgid,sid" : "pgid" : "sid"))
		fail("'%s' has the unknown roles '%s'", words[0], roles);
}

/* The order of siblings: visible init, hidden init, no init. */
static int sibling_rank(const struct namespace *ns)
{
	if (ns->init_depth > 0)
		return 0;

	return ns->init_depth < 0 ? 1 : 2;
}

/* Siblings with a visible init are sorted by its PID, others by inode number. */
static void check_siblings(const struct namespace *first,
			   const struct namespace *second)
{
	int ranks[] = { sibling_rank(first), sibling_rank(second) };
	bool wrong;

	if (ranks[0] != ranks[1])
		wrong = ranks[0] > ranks[1];
	else if (ranks[0] == 0)
		wrong = first->init[0] >= second->init[0];
	else
		wrong = first->inum >= second->inum;
	if (wrong)
		fail("pid:[%u], whose init is %d, comes before pid:[%u] with %d",
		     first->inum, first->init[0], second->inum,
		     second->init[0]);
}

static void check_namespace_order(const struct view *view, int indent)
{
	const struct namespace *ns = &view->namespaces[view->nr_namespaces - 1];
	const struct namespace *last;

	if (indent != 2 * ns->level)
		fail("level %d is indented by %d", ns->level, indent);
	if (view->nr_namespaces == 1) {
		if (ns->level || ns->parent != -1)
			fail("the root is at level %d under %lld", ns->level,
			     ns->parent);
		return;
	}

	/* Climb from the previous namespace to the parent. */
	for (last = ns - 1; last && last->level >= ns->level;
	     last = find_namespace(view, last->parent))
		if (last->level == ns->level)
			check_siblings(last, ns);
	if (!last || last->inum != ns->parent || last->level + 1 != ns->level)
		fail("pid:[%u] is not under its parent", ns->inum);
}

/*
 * Check the place of a process or an ID. Both are sorted by their PID in the
 * namespace; @last is that of the line before, or 0.
 *
 * Return: the PID in the namespace.
 */
static int check_pid_order(const struct view *view, int indent, const int *pids,
			   int depth, int last)
{
	const struct namespace *ns = &view->namespaces[view->nr_namespaces - 1];

	if (indent != 2 * (ns->level + 1) || depth != ns->level + 1)
		fail("PID %d at level %d: indented by %d, %d PIDs", pids[0],
		     ns->level, indent, depth);
	if (last >= pids[depth - 1])
		fail("PID %d comes before %d", last, pids[depth - 1]);

	return pids[depth - 1];
}

/* @last: see check_pid_order(); updated. */
static void parse_line(char *line, struct view *view, int *last)
{
	char *words[32], *save;
	int indent = strspn(line, " ");
	const struct process *proc;
	const struct kept_id *id;
	size_t count = 0;

	if (strstr(line + indent, "  ") || line[strlen(line) - 1] == ' ')
		fail("superfluous spaces in '%s'", line);
	for (char *word = strtok_r(line, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		check(count < sizeof(words) / sizeof(*words));
		words[count++] = word;
	}
	if (!count)
		fail("empty line");

	if (!strncmp(words[0], "pid:[", strlen("pid:["))) {
		parse_namespace(words, count, view);
		check_namespace_order(view, indent);
		*last = 0;
	} else if (!strncmp(words[0], ID_WORD, strlen(ID_WORD))) {
		parse_id(words, count, view);
		id = &view->ids[view->nr_ids - 1];
		*last = check_pid_order(view, indent, id->pids, id->depth,
					*last);
	} else {
		parse_process(words, count, view);
		proc = &view->processes[view->nr_processes - 1];
		*last = check_pid_order(view, indent, proc->pids, proc->depth,
					*last);
	}
}

/*
 * The account: each struct pid that has a PID in a namespace is that of a
 * thread, or the ID of a process group or a session, in that namespace or in a
 * descendant.
 */
static void count_listed(struct view *view)
{
	for (size_t i = 0; i < view->nr_processes; i++)
		find_namespace(view, view->processes[i].inum)->listed +=
			view->processes[i].threads;
	for (size_t i = 0; i < view->nr_ids; i++)
		find_namespace(view, view->ids[i].inum)->listed++;
	for (size_t i = view->nr_namespaces; i-- > 1;)
		find_namespace(view, view->namespaces[i].parent)->listed +=
			view->namespaces[i].listed;
}

void parse(const char *text, struct view *view)
{
	char *copy = strdup(text), *line = copy, *next;
	bool first = true, last = false;
	int last_pid = 0;

	memset(view, 0, sizeof(*view));
	check(copy);
	for (; *line; line = next) {
		next = strchr(line, '\n');
		if (!next)
			fail("no newline after '%s'", line);
		*next++ = '\0';
		if (last)
			fail("line after '" LAST_LINE "': '%s'", line);

		if (first && strcmp(line, FIRST_LINE))
			fail("first line is '%s'", line);
		else if (!strcmp(line, LAST_LINE))
			last = true;
		else if (!first)
			parse_line(line, view, &last_pid);
		first = false;
	}
	if (!last)
		fail("no line '" LAST_LINE "'");
	free(copy);
	count_listed(view);
}

/* ---- scan the rest of /proc ---- */

/* Read a file of a process. Return: false if the process has exited. */
static bool read_proc_file(const char *proc, const char *pid, const char *file,
			   char *text, size_t size)
{
	char path[PATH_MAX];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/%s/%s", proc, pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, text, size - 1);
	close(fd);
	if (got <= 0)
		return false;
	text[got] = '\0';

	return true;
}

static const char *field(const char *status, const char *name)
{
	char key[32];
	const char *found;

	snprintf(key, sizeof(key), "\n%s:", name);
	found = strstr(status, key);
	check(found);

	return found + strlen(key) + strspn(found + strlen(key), "\t ");
}

/* /proc/PID/status escapes only newlines and backslashes. */
static void copy_name(const char *status, struct process *proc)
{
	const char *from = status + strlen("Name:\t");
	size_t len = 0;

	while (*from != '\n' && len + 1 < sizeof(proc->name)) {
		if (from[0] == '\\') {
			from++;
			proc->name[len++] = *from++ == 'n' ? '\n' : '\\';
		} else {
			proc->name[len++] = *from++;
		}
	}
	proc->name[len] = '\0';
}

static void add_namespace_of(const char *proc, const struct process *of,
			     struct view *view)
{
	struct namespace *ns = find_namespace(view, of->inum);
	struct stat stat;
	char path[PATH_MAX];
	int fd, other;

	if (!ns) {
		ns = add_namespace(view);
		ns->inum = of->inum;
		ns->level = of->depth - 1;
		ns->parent = -1;
		ns->userns = -1;
	}
	ns->nprocs++;
	if (of->pids[of->depth - 1] != 1)
		return;

	memcpy(ns->init, of->pids, sizeof(ns->init));
	ns->init_depth = of->depth;

	snprintf(path, sizeof(path), "%s/%d/ns/pid", proc, of->pids[0]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (ns->level) {
		other = ioctl(fd, NS_GET_PARENT);
		if (other >= 0 && !fstat(other, &stat))
			ns->parent = stat.st_ino;
		close(other);
	}
	other = ioctl(fd, NS_GET_USERNS);
	if (other >= 0) {
		if (!fstat(other, &stat))
			ns->userns = stat.st_ino;
		check(!ioctl(other, NS_GET_OWNER_UID, &ns->owner));
		close(other);
	} else if (errno == EPERM && access("/proc/self/ns/user", F_OK)) {
		/* A kernel without CONFIG_USER_NS has only the initial one. */
		ns->userns = INITIAL_USER_NS;
	}
	close(fd);
}

static bool scan_process(const char *procfs, const char *pid, struct view *view)
{
	char status[4096], stat[1024], link[64], path[PATH_MAX];
	struct process found = {}, *proc;
	const char *p;
	ssize_t len;

	if (!read_proc_file(procfs, pid, "status", status, sizeof(status)) ||
	    !read_proc_file(procfs, pid, "stat", stat, sizeof(stat)))
		return false;
	snprintf(path, sizeof(path), "%s/%s/ns/pid", procfs, pid);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return false;
	link[len] = '\0';
	check(sscanf(link, "pid:[%u]", &found.inum) == 1);

	copy_name(status, &found);
	found.state = *field(status, "State");
	check(sscanf(field(status, "PPid"), "%d", &found.ppid) == 1);
	check(sscanf(field(status, "NSpgid"), "%d", &found.pgid) == 1);
	check(sscanf(field(status, "NSsid"), "%d", &found.sid) == 1);
	check(sscanf(field(status, "Threads"), "%d", &found.threads) == 1);
	check(sscanf(field(status, "Uid"), "%u", &found.uid) == 1);
	for (p = field(status, "NSpid"); isdigit((unsigned char)*p);
	     p += strspn(p, "\t"))
		found.pids[found.depth++] = strtol(p, (char **)&p, 10);

	/* The flags are field 9. The name, field 2, ends at the last ')'. */
	p = strrchr(stat, ')') + 2;
	for (int i = 3; i < 9; i++)
		p = strchr(p, ' ') + 1;
	found.kthread = strtoul(p, NULL, 10) & PF_KTHREAD;

	proc = add_process(view);
	*proc = found;
	add_namespace_of(procfs, proc, view);

	return true;
}

/*
 * Add a process group or a session to the IDs unless a process has that PID. No
 * other thread than a thread group leader can have it: setpgid(2) and setsid(2)
 * use the PID of the thread group.
 */
static struct kept_id *add_id_of(struct view *view, int pid)
{
	static struct kept_id ignored;
	struct kept_id *id = find_id(view, pid);

	if (id)
		return id;
	if (!pid || find_process(view, pid))
		return &ignored;
	id = add_id(view);
	id->pids[0] = pid;

	return id;
}

void scan_proc(const char *proc, struct view *view)
{
	DIR *dir = opendir(proc);
	struct dirent *entry;

	memset(view, 0, sizeof(*view));
	check(dir);
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			scan_process(proc, entry->d_name, view);
	closedir(dir);
	for (size_t i = 0; i < view->nr_processes; i++) {
		add_id_of(view, view->processes[i].pgid)->pgid = true;
		add_id_of(view, view->processes[i].sid)->sid = true;
	}
}

/* ---- compare ---- */

static char difference[1024];

/*
 * Whether the difference can pass: the work of kernel threads, or of the kernel
 * for a process that has just been reaped, explains it.
 */
static bool can_pass;

static bool differ(bool passes, const char *format, ...)
{
	va_list args;

	can_pass = passes;
	va_start(args, format);
	vsnprintf(difference, sizeof(difference), format, args);
	va_end(args);

	return false;
}

static bool same_process(const struct process *got, const struct process *want)
{
	int pid = got->pids[0];

	if (got->depth != want->depth ||
	    memcmp(got->pids, want->pids, sizeof(got->pids)))
		return differ(false, "%d: wrong PIDs, %d levels instead of %d",
			      pid, got->depth, want->depth);
	if (got->inum != want->inum)
		return differ(false, "%d: namespace %u instead of %u", pid,
			      got->inum, want->inum);
	if (got->ppid != want->ppid)
		return differ(false, "%d: ppid %d instead of %d", pid,
			      got->ppid, want->ppid);
	if (got->pgid != want->pgid)
		return differ(false, "%d: pgid %d instead of %d", pid,
			      got->pgid, want->pgid);
	if (got->sid != want->sid)
		return differ(false, "%d: sid %d instead of %d", pid, got->sid,
			      want->sid);
	if (got->threads != want->threads)
		return differ(false, "%d: %d threads instead of %d", pid,
			      got->threads, want->threads);
	if (got->uid != want->uid)
		return differ(false, "%d: uid %u instead of %u", pid, got->uid,
			      want->uid);
	if (want->changing)
		return true;
	if (got->state != want->state)
		return differ(want->kthread, "%d: state %c instead of %c", pid,
			      got->state, want->state);
	/* status extends the comm of some kernel threads. */
	if (want->kthread ? strncmp(got->name, want->name, strlen(got->name)) :
			    strcmp(got->name, want->name))
		return differ(want->kthread, "%d: name '%s' instead of '%s'",
			      pid, got->name, want->name);
	if (!got->name[0] && want->name[0])
		return differ(false, "%d: no name instead of '%s'", pid,
			      want->name);

	return true;
}

static bool same_processes(const struct view *got, const struct view *want)
{
	for (size_t i = 0; i < got->nr_processes; i++) {
		const struct process *proc = &got->processes[i];
		const struct process *same = find_process(want, proc->pids[0]);

		if (find_process(got, proc->pids[0]) != proc)
			return differ(false, "%d: twice in pidns_tree",
				      proc->pids[0]);
		if (!same)
			return differ(proc->ppid == KTHREADD,
				      "%d: only in pidns_tree", proc->pids[0]);
		if (!same_process(proc, same))
			return false;
	}
	for (size_t i = 0; i < want->nr_processes; i++)
		if (!find_process(got, want->processes[i].pids[0]))
			return differ(want->processes[i].kthread,
				      "%d: not in pidns_tree",
				      want->processes[i].pids[0]);

	return true;
}

static bool same_namespaces(const struct view *got, const struct view *want)
{
	size_t compared = 0;

	for (size_t i = 0; i < got->nr_namespaces; i++) {
		const struct namespace *ns = &got->namespaces[i];
		const struct namespace *same = find_namespace(want, ns->inum);

		if (!ns->init_depth)
			continue;
		compared++;
		if (!same)
			return differ(false, "pid:[%u]: only in pidns_tree",
				      ns->inum);
		if (ns->level != same->level || ns->parent != same->parent)
			return differ(false,
				      "pid:[%u]: level %d parent %lld instead of %d %lld",
				      ns->inum, ns->level, ns->parent,
				      same->level, same->parent);
		if (ns->init_depth != same->init_depth ||
		    memcmp(ns->init, same->init, sizeof(ns->init)))
			return differ(false, "pid:[%u]: init %d instead of %d",
				      ns->inum, ns->init[0], same->init[0]);
		if (ns->nprocs != same->nprocs)
			return differ(!ns->level,
				      "pid:[%u]: %u processes instead of %u",
				      ns->inum, ns->nprocs, same->nprocs);
		if (ns->owner != same->owner || ns->userns != same->userns)
			return differ(false,
				      "pid:[%u]: owner %u userns %lld instead of %u %lld",
				      ns->inum, ns->owner, ns->userns,
				      same->owner, same->userns);
	}
	if (compared != want->nr_namespaces)
		return differ(false, "%zu namespaces instead of %zu", compared,
			      want->nr_namespaces);

	return true;
}

static bool same_ids(const struct view *got, const struct view *want)
{
	for (size_t i = 0; i < got->nr_ids; i++) {
		const struct kept_id *id = &got->ids[i];
		const struct kept_id *same = find_id(want, id->pids[0]);

		if (!same)
			return differ(false, "ID %d: only in pidns_tree",
				      id->pids[0]);
		if (id->pgid != same->pgid || id->sid != same->sid)
			return differ(false,
				      "ID %d: pgid %d sid %d instead of %d %d",
				      id->pids[0], id->pgid, id->sid,
				      same->pgid, same->sid);
	}
	for (size_t i = 0; i < want->nr_ids; i++)
		if (!find_id(got, want->ids[i].pids[0]))
			return differ(false, "ID %d: not in pidns_tree",
				      want->ids[i].pids[0]);

	return true;
}

static bool same_views(const struct view *got, const struct view *want)
{
	return same_namespaces(got, want) && same_processes(got, want) &&
	       same_ids(got, want);
}

/*
 * In 7.3, release_task() calls free_pids() after it has released tasklist_lock.
 * In between, the account does not balance: the thread is not counted any more,
 * but its struct pid still is.
 */
static bool is_balanced(const struct view *view)
{
	/* From descendants to ancestors, to name the innermost that differs. */
	for (size_t i = view->nr_namespaces; i--;) {
		const struct namespace *ns = &view->namespaces[i];

		if (ns->pids != ns->listed)
			return differ(true,
				      "pid:[%u]: pids=%lld, but the lines have %lld",
				      ns->inum, ns->pids, ns->listed);
	}

	return true;
}

struct kept_id roles_of(const struct view *view, int pid)
{
	struct kept_id roles = {};

	for (size_t i = 0; i < view->nr_processes; i++) {
		roles.pgid |= view->processes[i].pgid == pid;
		roles.sid |= view->processes[i].sid == pid;
	}

	return roles;
}

static bool all_have_members(const struct view *view)
{
	for (size_t i = 0; i < view->nr_ids; i++) {
		const struct kept_id *id = &view->ids[i];
		struct kept_id roles = roles_of(view, id->pids[0]);

		if (roles.pgid != id->pgid || roles.sid != id->sid)
			return differ(true,
				      "ID %d: pgid %d sid %d, its members have %d %d",
				      id->pids[0], id->pgid, id->sid,
				      roles.pgid, roles.sid);
	}

	return true;
}

/*
 * On kernels with lists of namespaces, the file also shows namespaces that no
 * other line explains.
 */
static bool is_explained(const struct view *view, size_t i)
{
	const struct namespace *ns = &view->namespaces[i];

	return !i || ns->listed || ns->nprocs || ns->holder ||
	       (i + 1 < view->nr_namespaces && ns[1].parent == ns->inum);
}

static bool all_explained(const struct view *view)
{
	for (size_t i = 0; i < view->nr_namespaces; i++)
		if (!is_explained(view, i))
			return differ(true,
				      "pid:[%u]: no other line explains it",
				      view->namespaces[i].inum);

	return true;
}

static void parse_file(const char *proc, struct view *view)
{
	char *text = read_text(proc);

	parse(text, view);
	free(text);
}

void read_view_of(const char *proc, struct view *view)
{
	time_t end = time(NULL) + WAIT_SECONDS;

	for (;;) {
		parse_file(proc, view);
		if (all_have_members(view) &&
		    (!has_pids(view) || is_balanced(view)) &&
		    all_explained(view))
			return;
		free_view(view);
		if (time(NULL) > end)
			fail("pidns_tree is inconsistent for %d seconds: %s",
			     WAIT_SECONDS, difference);
		usleep(10000);
	}
}

void read_view(struct view *view)
{
	read_view_of("/proc", view);
}

void read_unexplained(struct view *view)
{
	parse_file("/proc", view);
}

void wait_for_namespaces(size_t count)
{
	time_t end = time(NULL) + WAIT_SECONDS;
	struct view view;
	size_t found;

	for (;;) {
		reap_zombies();
		read_unexplained(&view);
		found = view.nr_namespaces;
		free_view(&view);
		if (found == count)
			return;
		if (time(NULL) > end)
			fail("%zu namespaces instead of %zu", found, count);
		usleep(10000);
	}
}

/*
 * A kernel thread can wake up at any time, and some change their name then. On
 * a slow machine, one of them may always be running. So do not compare the
 * state and the name of those that have changed since @before.
 */
static void mark_changing(const struct view *before, struct view *after)
{
	for (size_t i = 0; i < after->nr_processes; i++) {
		struct process *now = &after->processes[i];
		const struct process *then = find_process(before, now->pids[0]);

		now->changing = now->kthread && then &&
				(now->state != then->state ||
				 strcmp(now->name, then->name));
	}
}

void check_view(const char *proc)
{
	bool done = false;

	for (int try = 0; !done && try < TRIES; try++) {
		struct view before, got, after;
		char *text;

		scan_proc(proc, &before);
		text = read_text(proc);
		scan_proc(proc, &after);
		parse(text, &got);
		mark_changing(&before, &after);

		if (same_views(&before, &after)) {
			if (!has_pids(&got))
				fail("no pids= in pidns_tree");
			done = same_views(&got, &after) && is_balanced(&got);
			if (!done && !can_pass)
				fail("pidns_tree differs from /proc: %s",
				     difference);
		}
		free_view(&before);
		free_view(&got);
		free_view(&after);
		free(text);
		if (!done)
			usleep(10000);
	}
	if (!done)
		fail("/proc changed or differed in all %d comparisons: %s",
		     TRIES, difference);
}

/*
 * lsns counts itself as a process of the initial PID namespace. It does not
 * list namespaces without processes.
 */
static bool matches_lsns(FILE *lsns, const struct view *got)
{
	unsigned int inum, nprocs, lowest;
	size_t seen = 0, listed = 0;

	while (fscanf(lsns, "%u %u %u", &inum, &nprocs, &lowest) == 3) {
		struct namespace *ns = find_namespace(got, inum);

		seen++;
		if (!ns)
			return differ(false, "pid:[%u]: only in lsns", inum);
		if (ns->nprocs + !ns->level != nprocs)
			return differ(!ns->level,
				      "pid:[%u]: %u processes, lsns has %u",
				      inum, ns->nprocs, nprocs);
		if (!find_process(got, lowest) ||
		    find_process(got, lowest)->inum != inum)
			return differ(false, "pid:[%u]: PID %u is not in it",
				      inum, lowest);
	}
	for (size_t i = 0; i < got->nr_namespaces; i++)
		listed += !!got->namespaces[i].nprocs;
	if (seen != listed)
		return differ(false, "%zu namespaces, lsns has %zu", listed,
			      seen);

	return true;
}

void check_lsns(void)
{
	for (int try = 0; try < TRIES; try++) {
		char *text = read_text("/proc");
		struct view got;
		int fds[2], status;
		pid_t child;
		FILE *lsns;
		bool same;

		parse(text, &got);
		check(!pipe(fds));
		child = fork();
		check(child >= 0);
		if (!child) {
			dup2(fds[1], 1);
			close(fds[0]);
			close(fds[1]);
			execlp("lsns", "lsns", "-t", "pid", "-n", "-r", "-o",
			       "NS,NPROCS,PID", NULL);
			_exit(127);
		}
		close(fds[1]);
		lsns = fdopen(fds[0], "r");
		check(lsns);
		same = matches_lsns(lsns, &got);
		fclose(lsns);
		check(waitpid(child, &status, 0) == child);
		free_view(&got);
		free(text);
		if (same && !status)
			return;
		if (!status && !can_pass)
			break;
		usleep(10000);
	}
	fail("pidns_tree differs from lsns: %s", difference);
}

int nspid(pid_t task, int *pids)
{
	char path[64], line[512];
	int depth = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", task);
	status = fopen(path, "r");
	check(status);
	while (fgets(line, sizeof(line), status)) {
		char *p = line + strlen("NSpid:"), *end;

		if (strncmp(line, "NSpid:", strlen("NSpid:")))
			continue;
		for (;; p = end) {
			long number = strtol(p, &end, 10);

			if (end == p)
				break;
			check(depth < MAX_LEVELS);
			pids[depth++] = number;
		}
	}
	fclose(status);
	check(depth);

	return depth;
}
