// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * pidnstree: /proc/pidns_tree for people. Options and exit codes; what is done
 * is in the other files: a look, a selection of it, one renderer.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "print.h"
#include "render.h"
#include "select.h"
#include "watch.h"

#define DEFAULT_SECONDS 2.0
#define MAX_SECONDS 86400.0

/* Home, and nothing from there on. */
#define CLEAR_SCREEN "\033[H\033[J"

enum format {
	FORMAT_TABLE,
	FORMAT_JSON,
	FORMAT_DOT,
};

struct options {
	enum format format;
	struct table table;
	const char *file;
	const char *pid;	/* of --pid */
	const char *task;	/* of --task */
	char **namespaces;	/* ended by NULL */
	bool watch;
	double seconds;
};

static void usage(void)
{
	fputs("usage: pidnstree [options] [NS...]\n"
	      "       pidnstree [options] --task PID\n"
	      "       pidnstree [options] --pid [NS:]PID\n"
	      "\n"
	      "Shows the PID namespaces as the tree they are, from /proc/pidns_tree: all, those\n"
	      "at and below NS, or those on the way to a process. With --pid, the PIDs of a\n"
	      "process in each of them.\n"
	      "\n"
	      "NS is an inode number, pid:[INUM], @PID for the namespace of a process, or the id\n"
	      "or name of a container or the start of one.\n"
	      "\n"
	      "  -a, --all              every process as well, with its PIDs at each level\n"
	      "  -p, --task PID         the namespaces on the way to that process\n"
	      "  -P, --pid [NS:]PID     a line for each level of the process that has this PID\n"
	      "                         (in NS)\n"
	      "  -J, --json             JSON, with all that is known\n"
	      "  -d, --dot              a picture for Graphviz; with --all of the kernel's\n"
	      "                         threads, too\n"
	      "  -l, --list             no tree\n"
	      "  -r, --raw              for programs: no tree, one space between words\n"
	      "  -n, --noheadings       no line with the names of the columns\n"
	      "  -o, --output [+]LIST   these columns, or with + these as well\n"
	      "      --output-all       all columns\n"
	      "  -u, --notruncate       lines as long as need be\n"
	      "  -f, --file FILE        a saved text instead of /proc/pidns_tree; - for standard\n"
	      "                         input\n"
	      "  -w, --watch[=SECONDS]  look again and again (default every 2 seconds), and tell\n"
	      "                         what was born and what has died\n"
	      "  -H, --list-columns     the columns that there are\n"
	      "  -h, --help             this text\n"
	      "  -V, --version          the version\n"
	      "\n"
	      "Columns:\n", stdout);
	table_list_columns(stdout, "  ");
	fputs("\nSee pidnstree(1), and pidns_tree(5) for the file itself.\n", stdout);
}

static double read_seconds(const char *word)
{
	char *end;
	double seconds = strtod(word, &end);

	if (end == word || *end || !(seconds >= 0.01) || seconds > MAX_SECONDS)
		errx(EXIT_FAILURE, "'%s' is no number of seconds from 0.01 to %.0f",
		     visible(word), MAX_SECONDS);

	return seconds;
}

/* Ends the program when two were given that mean different things. */
static void exclude(bool first, bool second, const char *names)
{
	if (first && second)
		errx(EXIT_FAILURE, "%s: one or the other", names);
}

/* What getopt_long() has not understood: a word of which it says this much. */
static void __attribute__((noreturn)) refuse_option(int c, const char *word)
{
	if (c == ':')
		errx(EXIT_FAILURE, "'%s' needs a value; see --help",
		     visible(word));
	if (optopt && !strncmp(word, "--", 2))
		errx(EXIT_FAILURE, "'%s': this option takes no value; see --help",
		     visible(word));
	if (optopt)
		errx(EXIT_FAILURE, "there is no option '-%s'; see --help",
		     visible((char[]){ optopt, '\0' }));
	errx(EXIT_FAILURE, "there is no option '%s', or more than one; see --help",
	     visible(word));
}

static void __attribute__((noreturn)) finish(void)
{
	finish_output();
	exit(EXIT_SUCCESS);
}

static void read_options(int argc, char **argv, struct options *options)
{
	enum { OUTPUT_ALL = 256 };
	static const struct option names[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "task", required_argument, NULL, 'p' },
		{ "pid", required_argument, NULL, 'P' },
		{ "json", no_argument, NULL, 'J' },
		{ "dot", no_argument, NULL, 'd' },
		{ "list", no_argument, NULL, 'l' },
		{ "raw", no_argument, NULL, 'r' },
		{ "noheadings", no_argument, NULL, 'n' },
		{ "output", required_argument, NULL, 'o' },
		{ "output-all", no_argument, NULL, OUTPUT_ALL },
		{ "notruncate", no_argument, NULL, 'u' },
		{ "file", required_argument, NULL, 'f' },
		{ "watch", optional_argument, NULL, 'w' },
		{ "list-columns", no_argument, NULL, 'H' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	struct table *table = &options->table;
	bool json = false, dot = false, columns = false;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":ap:P:Jdlrno:uf:w::HhV", names,
				NULL)) != -1) {
		switch (c) {
		case 'a':
			table->processes = true;
			break;
		case 'p':
			options->task = optarg;
			break;
		case 'P':
			options->pid = optarg;
			break;
		case 'J':
			json = true;
			break;
		case 'd':
			dot = true;
			break;
		case 'l':
			table->list = true;
			break;
		case 'r':
			table->raw = true;
			break;
		case 'n':
			table->no_headings = true;
			break;
		case 'o':
			table_columns(table, optarg);
			columns = true;
			break;
		case OUTPUT_ALL:
			table_all_columns(table);
			columns = true;
			break;
		case 'u':
			table->no_truncation = true;
			break;
		case 'f':
			options->file = optarg;
			break;
		case 'w':
			options->watch = true;
			if (optarg)
				options->seconds = read_seconds(optarg);
			break;
		case 'H':
			table_list_columns(stdout, "");
			finish();
		case 'h':
			usage();
			finish();
		case 'V':
			puts("pidnstree " VERSION);
			finish();
		default:
			refuse_option(c, argv[optind - 1]);
		}
	}
	options->namespaces = argv + optind;
	options->format = json ? FORMAT_JSON : dot ? FORMAT_DOT : FORMAT_TABLE;

	exclude(json, dot, "--json and --dot");
	exclude(json || dot, table->list || table->raw,
		"--json or --dot, and --list or --raw");
	exclude(json || dot, columns,
		"--json or --dot, and --output or --output-all");
	exclude(options->task, options->pid, "--task and --pid");
	exclude(options->task || options->pid, *options->namespaces,
		"--task or --pid, and a namespace");
	exclude(options->pid, dot, "--pid and --dot");
	exclude(options->pid, table->processes, "--pid and --all");
	exclude(options->watch, json || dot, "--watch, and --json or --dot");
	exclude(options->watch, options->pid, "--watch and --pid");
	exclude(options->watch, options->file, "--watch and --file");
}

/* What --pid asks for: PID, or NS:PID. */
static const struct process *find_process(struct look *look, const char *word)
{
	const char *colon = strrchr(word, ':');
	const struct namespace *ns;
	unsigned int pid;
	char *name;

	pid = select_pid(colon ? colon + 1 : word);
	if (!pid)
		errx(EXIT_FAILURE, "'%s' is neither PID nor NS:PID",
		     visible(word));
	if (!colon)
		return select_process(look, pid);

	name = strndup(word, colon - word);
	if (!name)
		err(EXIT_FAILURE, "--pid");
	ns = select_namespace(look, name);
	free(name);

	return select_process_in(look, ns, pid);
}

static void select_shown(struct look *look, const struct options *options)
{
	if (options->task) {
		struct namespace *ns;
		char *word;

		if (asprintf(&word, "@%s", options->task) < 0)
			err(EXIT_FAILURE, "--task");
		ns = select_namespace(look, word);
		free(word);
		select_none(look);
		select_way(ns);
	} else if (*options->namespaces) {
		select_none(look);
		for (char **word = options->namespaces; *word; word++)
			select_below(look, select_namespace(look, *word));
	}
}

static void tell_if_limited(const struct look *look)
{
	if (look_is_limited(look))
		warnx("limited view: only what the reader may inspect is in the text");
}

static void render(struct look *look, const struct options *options)
{
	switch (options->format) {
	case FORMAT_TABLE:
		render_table(look, &options->table);
		break;
	case FORMAT_JSON:
		render_json(look);
		break;
	case FORMAT_DOT:
		render_dot(look, options->table.processes);
		break;
	}
}

static void show_levels(const struct options *options)
{
	struct look look;
	const struct process *proc;

	look_take(&look, options->file);
	tell_if_limited(&look);
	proc = find_process(&look, options->pid);
	if (options->format == FORMAT_JSON)
		render_levels_json(&look, proc);
	else
		render_levels_table(&look, proc, &options->table);
	look_release(&look);
}

static void show(const struct options *options)
{
	struct look look;

	look_take(&look, options->file);
	tell_if_limited(&look);
	select_shown(&look, options);
	render(&look, options);
	look_release(&look);
}

/* A line may be read long after it was written. */
static void put_time(char *stamp, size_t size)
{
	time_t now = time(NULL);
	struct tm broken;

	if (!localtime_r(&now, &broken) ||
	    !strftime(stamp, size, "%Y-%m-%dT%H:%M:%S%z ", &broken))
		stamp[0] = '\0';
}

/* Wait, but end if the reader of the output has gone. */
static void wait_seconds(double seconds)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };
	struct timespec time = {
		.tv_sec = seconds,
		.tv_nsec = (seconds - (time_t)seconds) * 1e9,
	};

	/* Only POLLERR, of a pipe, and POLLHUP, of a socket, can be reported. */
	if (ppoll(&reader, 1, &time, NULL) > 0)
		end_unread();
}

/*
 * On a terminal the tree again and again, and what has changed below it; else
 * the tree once, then a line for each change.
 */
static void __attribute__((noreturn)) watch(const struct options *options)
{
	bool terminal = isatty(STDOUT_FILENO), first = true;
	struct look before, now;
	char stamp[64] = "";

	for (;; before = now, first = false, wait_seconds(options->seconds)) {
		look_take(&now, options->file);
		select_shown(&now, options);
		if (terminal)
			fputs(CLEAR_SCREEN, stdout);
		else
			put_time(stamp, sizeof(stamp));
		if (terminal || first)
			render(&now, options);
		if (!first) {
			watch_changes(&before, &now, options->table.processes,
				      stamp);
			look_release(&before);
		}
		flush_output();
		/* Behind what has just cleared the screen. */
		if (terminal || first)
			tell_if_limited(&now);
	}
}

/* What is opened must not take the place of one of the three that are closed. */
static void open_closed(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (fd == STDOUT_FILENO)
			err(EXIT_FAILURE, "cannot write the output");
		if (open("/dev/null", O_RDWR) < 0)
			err(EXIT_FAILURE, "/dev/null");
	}
}

int main(int argc, char **argv)
{
	struct options options = { .seconds = DEFAULT_SECONDS };

	program_invocation_short_name = "pidnstree";
	open_closed();
	setlocale(LC_ALL, "");
	/* Seconds are written with a point. */
	setlocale(LC_NUMERIC, "C");
	read_options(argc, argv, &options);

	if (options.watch)
		watch(&options);
	if (options.pid)
		show_levels(&options);
	else
		show(&options);
	finish();
}
