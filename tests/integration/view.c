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
#include <unistd.h>

#include "ktap.h"
#include "view.h"

/* How often a system may have moved while it was looked at. */
#define TRIES 100

/* Flag of a kernel thread, as the kernel has it in field 9 of stat. */
#define PF_KTHREAD 0x00200000

/* Parent of all kernel threads but itself. */
#define KTHREADD 2

#define FIRST_LINE "# pidns_tree 1"
#define LAST_LINE "# end"

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

void free_view(struct view *view)
{
	free(view->namespaces);
	free(view->processes);
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

/* ---- the text ---- */

static unsigned long long number(const char *word, unsigned long long max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(word, &end, 10);
	if (!isdigit((unsigned char)word[0]) || *end || errno || value > max ||
	    (word[0] == '0' && word[1]))
		fail("not a number up to %llu: '%s'", max, word);

	return value;
}

static int pid_list(const char *word, int *pids)
{
	char copy[1024], *save, *part;
	int depth = 0;

	check(strlen(word) < sizeof(copy));
	strcpy(copy, word);
	if (strstr(word, ",,") || word[strlen(word) - 1] == ',')
		fail("an empty number in '%s'", word);
	for (part = strtok_r(copy, ",", &save); part;
	     part = strtok_r(NULL, ",", &save)) {
		if (depth == MAX_LEVELS)
			fail("more than %d levels: '%s'", MAX_LEVELS, word);
		pids[depth] = number(part, INT_MAX);
		if (!pids[depth++])
			fail("a PID of 0: '%s'", word);
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
				fail("a broken escape in '%s'", word);
			c = (p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0');
			if (c > ' ' && c < 0x7f && c != '\\')
				fail("an escape without need in '%s'", word);
			p += 3;
		}
		check(len + 1 < size);
		name[len++] = c;
	}
	name[len] = '\0';
}

/*
 * The value of a key among the words of a line, which must be there exactly
 * once; NULL when it is @optional and not there.
 */
static const char *value_of(char *const words[], size_t count, const char *key,
			    bool optional)
{
	size_t len = strlen(key);
	const char *value = NULL;

	for (size_t i = 1; i < count; i++) {
		if (strncmp(words[i], key, len) || words[i][len] != '=')
			continue;
		if (value)
			fail("%s= twice after '%s'", key, words[0]);
		value = words[i] + len + 1;
	}
	if (!value && !optional)
		fail("no %s= after '%s'", key, words[0]);

	return value;
}

/* What the keys of a namespace may be together. */
static void check_state(const struct namespace *ns)
{
	bool has_init = !strcmp(ns->state, "active") ||
			!strcmp(ns->state, "dying");

	if (!has_init && strcmp(ns->state, "pending") &&
	    strcmp(ns->state, "dead"))
		fail("state '%s' of pid:[%u]", ns->state, ns->inum);
	if (has_init != !!ns->init_depth)
		fail("pid:[%u] is %s, and has %s", ns->inum, ns->state,
		     ns->init_depth ? "an init" : "no init");
	if (!has_init && ns->nprocs)
		fail("pid:[%u] is %s, and has %u processes", ns->inum,
		     ns->state, ns->nprocs);
	if (has_init && ns->holder)
		fail("pid:[%u] is %s, and is held by %d", ns->inum, ns->state,
		     ns->holder);
}

static void parse_namespace(char *const words[], size_t count,
			    struct view *view)
{
	struct namespace *ns = add_namespace(view);
	const char *pid_max, *nsid, *holder, *word;
	char inum[64];
	size_t known;

	snprintf(inum, sizeof(inum), "%s", words[0] + strlen("pid:["));
	if (!strchr(inum, ']') || strchr(inum, ']')[1])
		fail("not a namespace: '%s'", words[0]);
	*strchr(inum, ']') = '\0';
	ns->inum = number(inum, UINT_MAX);

	ns->level = number(value_of(words, count, "level", false), 32);
	word = value_of(words, count, "parent", false);
	ns->parent = strcmp(word, "-") ? (long long)number(word, UINT_MAX) : -1;

	word = value_of(words, count, "init", false);
	if (!strcmp(word, "-"))
		ns->init_depth = 0;
	else if (!strcmp(word, "?"))
		ns->init_depth = -1;
	else
		ns->init_depth = pid_list(word, ns->init);

	ns->nprocs = number(value_of(words, count, "nprocs", false), UINT_MAX);
	snprintf(ns->state, sizeof(ns->state), "%s",
		 value_of(words, count, "state", false));
	ns->owner = number(value_of(words, count, "owner", false), UINT_MAX);
	word = value_of(words, count, "userns", false);
	ns->userns = strcmp(word, "-") ? (long long)number(word, UINT_MAX) : -1;

	pid_max = value_of(words, count, "pid_max", true);
	ns->pid_max = pid_max ? (long long)number(pid_max, INT_MAX) : -1;
	nsid = value_of(words, count, "nsid", true);
	ns->nsid = nsid ? number(nsid, ULLONG_MAX) : 0;

	holder = value_of(words, count, "pid_for_children", true);
	ns->holder = holder ? (int)number(holder, INT_MAX) : 0;

	known = 8 + !!pid_max + !!nsid + !!holder;
	if (count != known)
		fail("%zu words where %zu are known: '%s'", count, known,
		     words[0]);
	check_state(ns);
}

static void parse_process(char *const words[], size_t count, struct view *view)
{
	struct process *proc = add_process(view);
	const char *word;

	proc->depth = pid_list(words[0], proc->pids);
	if (!view->nr_namespaces)
		fail("a process before any namespace: '%s'", words[0]);
	proc->inum = view->namespaces[view->nr_namespaces - 1].inum;

	proc->ppid = number(value_of(words, count, "ppid", false), INT_MAX);
	proc->threads = number(value_of(words, count, "threads", false), INT_MAX);
	if (!proc->threads)
		fail("no thread: '%s'", words[0]);
	word = value_of(words, count, "state", false);
	if (strlen(word) != 1 || !strchr("RSDTtXZPI", word[0]))
		fail("state '%s' of '%s'", word, words[0]);
	proc->state = word[0];
	proc->uid = number(value_of(words, count, "uid", false), UINT_MAX);
	unescape(value_of(words, count, "comm", false), proc->name,
		 sizeof(proc->name));
	if (strlen(proc->name) > 15)
		fail("a name of %zu bytes", strlen(proc->name));
	if (count != 6)
		fail("%zu words: '%s'", count, words[0]);
}

/* Those with a known init come first, then hidden inits, then none. */
static int sibling_rank(const struct namespace *ns)
{
	if (ns->init_depth > 0)
		return 0;

	return ns->init_depth < 0 ? 1 : 2;
}

/* A known init sorts by its PID, all others by inum. */
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

static void check_order(const struct view *view, int indent, bool is_namespace)
{
	const struct namespace *ns = &view->namespaces[view->nr_namespaces - 1];
	const struct process *proc, *before;
	const struct namespace *last;

	if (is_namespace) {
		if (indent != 2 * ns->level)
			fail("level %d is indented by %d", ns->level, indent);
		if (view->nr_namespaces == 1) {
			if (ns->level || ns->parent != -1)
				fail("the root is at level %d under %lld",
				     ns->level, ns->parent);
			return;
		}

		/* Go up from the last one to where a child belongs. */
		for (last = ns - 1; last && last->level >= ns->level;
		     last = find_namespace(view, last->parent))
			if (last->level == ns->level)
				check_siblings(last, ns);
		if (!last || last->inum != ns->parent ||
		    last->level + 1 != ns->level)
			fail("pid:[%u] is not under its parent", ns->inum);
		return;
	}

	proc = &view->processes[view->nr_processes - 1];
	if (indent != 2 * (ns->level + 1) || proc->depth != ns->level + 1)
		fail("process %d: indented by %d, %d numbers, at level %d",
		     proc->pids[0], indent, proc->depth, ns->level);
	before = proc - 1;
	if (view->nr_processes > 1 && before->inum == proc->inum &&
	    before->pids[proc->depth - 1] >= proc->pids[proc->depth - 1])
		fail("PID %d comes before %d", before->pids[proc->depth - 1],
		     proc->pids[proc->depth - 1]);
}

static void parse_line(char *line, struct view *view)
{
	char *words[32], *save;
	int indent = strspn(line, " ");
	size_t count = 0;
	bool is_namespace;

	if (strstr(line + indent, "  ") || line[strlen(line) - 1] == ' ')
		fail("spaces: '%s'", line);
	for (char *word = strtok_r(line, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		check(count < sizeof(words) / sizeof(*words));
		words[count++] = word;
	}
	if (!count)
		fail("an empty line");

	is_namespace = !strncmp(words[0], "pid:[", strlen("pid:["));
	if (is_namespace)
		parse_namespace(words, count, view);
	else
		parse_process(words, count, view);
	check_order(view, indent, is_namespace);
}

void parse(const char *text, struct view *view)
{
	char *copy = strdup(text), *line = copy, *next;
	bool first = true, last = false;

	memset(view, 0, sizeof(*view));
	check(copy);
	for (; *line; line = next) {
		next = strchr(line, '\n');
		if (!next)
			fail("the text ends within a line: '%s'", line);
		*next++ = '\0';
		if (last)
			fail("a line after the last: '%s'", line);

		if (first && strcmp(line, FIRST_LINE))
			fail("the text begins with '%s'", line);
		else if (!strcmp(line, LAST_LINE))
			last = true;
		else if (!first)
			parse_line(line, view);
		first = false;
	}
	if (!last)
		fail("the text has no end");
	free(copy);
}

void read_view(struct view *view)
{
	char *text = read_text("/proc");

	parse(text, view);
	free(text);
}

/* ---- the kernel's word ---- */

/* Contents of a file of a process; false when the process has gone. */
static bool slurp(const char *proc, const char *pid, const char *file,
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

/* status escapes a newline and a backslash, and nothing else. */
static void take_name(const char *status, struct process *proc)
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

static void take_namespace(const char *proc, const struct process *of,
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
	}
	close(fd);
}

static bool take_process(const char *procfs, const char *pid, struct view *view)
{
	char status[4096], stat[1024], link[64], path[PATH_MAX];
	struct process found = {}, *proc;
	const char *p;
	ssize_t len;

	if (!slurp(procfs, pid, "status", status, sizeof(status)) ||
	    !slurp(procfs, pid, "stat", stat, sizeof(stat)))
		return false;
	snprintf(path, sizeof(path), "%s/%s/ns/pid", procfs, pid);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return false;
	link[len] = '\0';
	check(sscanf(link, "pid:[%u]", &found.inum) == 1);

	take_name(status, &found);
	found.state = *field(status, "State");
	check(sscanf(field(status, "PPid"), "%d", &found.ppid) == 1);
	check(sscanf(field(status, "Threads"), "%d", &found.threads) == 1);
	check(sscanf(field(status, "Uid"), "%u", &found.uid) == 1);
	for (p = field(status, "NSpid"); isdigit((unsigned char)*p);
	     p += strspn(p, "\t"))
		found.pids[found.depth++] = strtol(p, (char **)&p, 10);

	/* The flags are field 9, counted from behind the name, field 2. */
	p = strrchr(stat, ')') + 2;
	for (int i = 3; i < 9; i++)
		p = strchr(p, ' ') + 1;
	found.kthread = strtoul(p, NULL, 10) & PF_KTHREAD;

	proc = add_process(view);
	*proc = found;
	take_namespace(procfs, proc, view);

	return true;
}

void scan_proc(const char *proc, struct view *view)
{
	DIR *dir = opendir(proc);
	struct dirent *entry;

	memset(view, 0, sizeof(*view));
	check(dir);
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			take_process(proc, entry->d_name, view);
	closedir(dir);
}

/* ---- both ---- */

static char difference[1024];

/* Whether kernel threads alone could have made the difference. */
static bool excusable;

static bool differ(bool excuse, const char *format, ...)
{
	va_list args;

	excusable = excuse;
	va_start(args, format);
	vsnprintf(difference, sizeof(difference), format, args);
	va_end(args);

	return false;
}

static bool same_process(const struct process *told, const struct process *real)
{
	int pid = told->pids[0];

	if (told->depth != real->depth ||
	    memcmp(told->pids, real->pids, sizeof(told->pids)))
		return differ(false, "%d: the PIDs at its %d/%d levels", pid,
			      told->depth, real->depth);
	if (told->inum != real->inum)
		return differ(false, "%d: namespace %u, really %u", pid,
			      told->inum, real->inum);
	if (told->ppid != real->ppid)
		return differ(false, "%d: ppid %d, really %d", pid, told->ppid,
			      real->ppid);
	if (told->threads != real->threads)
		return differ(false, "%d: %d threads, really %d", pid,
			      told->threads, real->threads);
	if (told->uid != real->uid)
		return differ(false, "%d: uid %u, really %u", pid, told->uid,
			      real->uid);
	if (real->unsteady)
		return true;
	if (told->state != real->state)
		return differ(real->kthread, "%d: state %c, really %c", pid,
			      told->state, real->state);
	/* A kernel thread's own name is the beginning of the one in status. */
	if (real->kthread ? strncmp(told->name, real->name, strlen(told->name))
			  : strcmp(told->name, real->name))
		return differ(real->kthread, "%d: name '%s', really '%s'", pid,
			      told->name, real->name);
	if (!told->name[0] && real->name[0])
		return differ(false, "%d: no name, really '%s'", pid,
			      real->name);

	return true;
}

static bool same_processes(const struct view *told, const struct view *real)
{
	for (size_t i = 0; i < told->nr_processes; i++) {
		const struct process *mine = &told->processes[i];
		const struct process *proc = find_process(real, mine->pids[0]);

		if (find_process(told, mine->pids[0]) != mine)
			return differ(false, "%d: twice in the text",
				      mine->pids[0]);
		if (!proc)
			return differ(mine->ppid == KTHREADD,
				      "%d: only in the text", mine->pids[0]);
		if (!same_process(mine, proc))
			return false;
	}
	for (size_t i = 0; i < real->nr_processes; i++)
		if (!find_process(told, real->processes[i].pids[0]))
			return differ(real->processes[i].kthread,
				      "%d: not in the text",
				      real->processes[i].pids[0]);

	return true;
}

static bool same_namespaces(const struct view *told, const struct view *real)
{
	size_t compared = 0;

	for (size_t i = 0; i < told->nr_namespaces; i++) {
		const struct namespace *ns = &told->namespaces[i];
		const struct namespace *is = find_namespace(real, ns->inum);

		if (!ns->init_depth)
			continue;
		compared++;
		if (!is)
			return differ(false, "pid:[%u]: only in the text",
				      ns->inum);
		if (ns->level != is->level || ns->parent != is->parent)
			return differ(false,
				      "pid:[%u]: level %d parent %lld, really %d %lld",
				      ns->inum, ns->level, ns->parent,
				      is->level, is->parent);
		if (ns->init_depth != is->init_depth ||
		    memcmp(ns->init, is->init, sizeof(ns->init)))
			return differ(false, "pid:[%u]: init %d, really %d",
				      ns->inum, ns->init[0], is->init[0]);
		if (ns->nprocs != is->nprocs)
			return differ(!ns->level,
				      "pid:[%u]: %u processes, really %u",
				      ns->inum, ns->nprocs, is->nprocs);
		if (ns->owner != is->owner || ns->userns != is->userns)
			return differ(false,
				      "pid:[%u]: owner %u userns %lld, really %u %lld",
				      ns->inum, ns->owner, ns->userns,
				      is->owner, is->userns);
	}
	if (compared != real->nr_namespaces)
		return differ(false, "%zu namespaces, really %zu", compared,
			      real->nr_namespaces);

	return true;
}

static bool same_view(const struct view *told, const struct view *real)
{
	return same_namespaces(told, real) && same_processes(told, real);
}

/*
 * Kernel threads work whenever they want, and rename themselves for it. On a slow
 * machine, there may be no time when none of them does.
 */
static void mark_unsteady(const struct view *before, struct view *after)
{
	for (size_t i = 0; i < after->nr_processes; i++) {
		struct process *now = &after->processes[i];
		const struct process *then = find_process(before, now->pids[0]);

		now->unsteady = now->kthread && then &&
				(now->state != then->state ||
				 strcmp(now->name, then->name));
	}
}

void check_view(const char *proc)
{
	bool done = false;

	for (int try = 0; !done && try < TRIES; try++) {
		struct view before, told, after;
		char *text;

		scan_proc(proc, &before);
		text = read_text(proc);
		scan_proc(proc, &after);
		parse(text, &told);
		mark_unsteady(&before, &after);

		if (same_view(&before, &after)) {
			done = same_view(&told, &after);
			if (!done && !excusable)
				fail("the text is not what the kernel says: %s",
				     difference);
		}
		free_view(&before);
		free_view(&told);
		free_view(&after);
		free(text);
		if (!done)
			usleep(10000);
	}
	if (!done)
		fail("the system does not come to rest: %s", difference);
}

/* lsns counts itself among the processes of the first namespace. */
static bool same_as_lsns(FILE *lsns, const struct view *told)
{
	unsigned int inum, nprocs, lowest;
	size_t seen = 0;

	while (fscanf(lsns, "%u %u %u", &inum, &nprocs, &lowest) == 3) {
		struct namespace *ns = find_namespace(told, inum);

		seen++;
		if (!ns)
			return differ(false, "pid:[%u]: only in lsns", inum);
		if (ns->nprocs + !ns->level != nprocs)
			return differ(!ns->level,
				      "pid:[%u]: %u processes, lsns counts %u",
				      inum, ns->nprocs, nprocs);
		if (!find_process(told, lowest) ||
		    find_process(told, lowest)->inum != inum)
			return differ(false, "pid:[%u]: %u is not in it", inum,
				      lowest);
	}
	if (seen != told->nr_namespaces)
		return differ(false, "%zu namespaces, lsns has %zu",
			      told->nr_namespaces, seen);

	return true;
}

void check_lsns(void)
{
	for (int try = 0; try < TRIES; try++) {
		char *text = read_text("/proc");
		struct view told;
		int fds[2], status;
		pid_t child;
		FILE *lsns;
		bool same;

		parse(text, &told);
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
		same = same_as_lsns(lsns, &told);
		fclose(lsns);
		check(waitpid(child, &status, 0) == child);
		free_view(&told);
		free(text);
		if (same && !status)
			return;
		if (!status && !excusable)
			break;
		usleep(10000);
	}
	fail("the text is not what lsns says: %s", difference);
}
