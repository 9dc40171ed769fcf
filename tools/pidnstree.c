// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * pidnstree prints /proc/pidns_tree. This file parses the command line and sets
 * the exit status. The other files take a snapshot, select a part of it and
 * print that part.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metrics.h"
#include "options.h"
#include "pinned.h"
#include "print.h"
#include "save.h"
#include "show.h"
#include "watch.h"

#define DEFAULT_SECONDS 2.0
#define MAX_SECONDS 86400.0

#define DEFAULT_SERIES 1000

static void usage(void)
{
	fputs("usage: pidnstree [options] [NS...]\n"
	      "       pidnstree [options] PROCESS...\n"
	      "\n"
	      "Print the tree of PID namespaces from /proc/pidns_tree, or the PIDs of a process\n"
	      "at all levels. With NS, print only these namespaces and their descendants.\n"
	      "\n"
	      "NS is one of\n"
	      "  4026532153, pid:[4026532153]  the inode number of a PID namespace\n"
	      "  @2083                         the namespace of process or thread 2083\n"
	      "  web, f0901c0b, docker://web   a container: its name or the start of its ID\n"
	      "  POD                           a pod: its name or UID\n"
	      "PROCESS is one of\n"
	      "  2083                          a PID or TID\n"
	      "  NS:7                          a PID or TID in NS\n"
	      "  '*:2'                         all processes with this PID at level 1 or deeper\n"
	      "\n"
	      "  -a, --all              also print every process with its PIDs at all levels\n"
	      "      --forest           like --all, with children under their parents\n"
	      "      --zombies          print only zombies, with the PIDs of their parents\n"
	      "      --no-kthreads      hide kernel threads\n"
	      "  -p, --task PID         print the namespace of PID and its ancestors\n"
	      "      --pid PROCESS      print only the PIDs of the process, for scripts\n"
	      "      --struct PROCESS   draw the kernel structures behind its PIDs\n"
	      "      --pinned           print namespaces without processes and what pins them\n"
	      "  -J, --json             print JSON; with --all, all details of each process\n"
	      "  -d, --dot              print a graph in the DOT language of Graphviz\n"
	      "  -l, --list             print a list without tree characters\n"
	      "  -r, --raw              print a list with one space between columns\n"
	      "  -n, --noheadings       omit the header line\n"
	      "  -o, --output [+]LIST   print these columns; with +, after the default columns\n"
	      "      --output-all       print all columns\n"
	      "  -u, --notruncate       do not truncate lines to the width of the terminal\n"
	      "  -w, --watch[=SECONDS]  print what has changed, after events of the kernel or\n"
	      "                         every SECONDS\n"
	      "      --verbose          print how --watch waits for changes\n"
	      "      --metrics[=N]      print metrics for Prometheus, of at most N containers\n"
	      "                         (default 1000)\n"
	      "      --proc DIR         read another procfs or a directory from --save\n"
	      "      --save DIR         copy what pidnstree reads to the new directory DIR\n"
	      "  -f, --file FILE        read only a saved copy of the file; - is standard input\n"
	      "  -H, --list-columns     list the columns\n"
	      "  -h, --help             print this help\n"
	      "  -V, --version          print the version\n"
	      "\n"
	      "Accepted for compatibility with lsns: -t pid, -T, -W.\n"
	      "\n"
	      "Columns:\n", stdout);
	table_list_columns(stdout, "  ");
	fputs("\nSee pidnstree(1). pidns_tree(5) describes the file format.\n", stdout);
}

#define OUTER_PROC \
	"/proc belongs to another PID namespace, so its PIDs differ from those of your shell; see --mount-proc in unshare(1)"

/* ---- errors ---- */

static void __attribute__((noreturn)) fail(const struct error *error)
{
	errx(error->status, "%s", error->message);
}

/* End the program if both options or arguments are given. */
static void exclude(bool first, const char *name, bool second,
		    const char *other)
{
	if (first && second)
		errx(EXIT_FAILURE, "%s cannot be combined with %s", name,
		     other);
}

/*
 * getopt_long() accepts an unambiguous start of a long name. So an option that
 * it rejects is ambiguous if it is the start of any name.
 */
static bool is_ambiguous(const struct option *names, const char *name)
{
	for (const struct option *option = names; option->name; option++)
		if (!strncmp(option->name, name, strcspn(name, "=")))
			return true;

	return false;
}

/* End the program after getopt_long() has returned @c for @word. */
static void __attribute__((noreturn))
reject_option(int c, const char *word, const struct option *names)
{
	if (c == ':')
		errx(EXIT_FAILURE, "option '%s' requires an argument; see --help",
		     visible(word));
	if (optopt && !strncmp(word, "--", 2))
		errx(EXIT_FAILURE, "option '%s' does not take an argument; see --help",
		     visible(word));
	if (optopt)
		errx(EXIT_FAILURE, "unrecognized option '-%s'; see --help",
		     visible((char[]){ optopt, '\0' }));
	if (is_ambiguous(names, word + strlen("--")))
		errx(EXIT_FAILURE, "ambiguous option '%s'; see --help",
		     visible(word));
	errx(EXIT_FAILURE, "unrecognized option '%s'; see --help",
	     visible(word));
}

static void __attribute__((noreturn)) finish(void)
{
	finish_output();
	exit(EXIT_SUCCESS);
}

/* ---- options ---- */

static double read_seconds(const char *argument)
{
	char *end;
	double seconds = strtod(argument, &end);

	if (end == argument || *end || !(seconds >= 0.01) ||
	    seconds > MAX_SECONDS)
		errx(EXIT_FAILURE, "invalid --watch interval '%s'; use 0.01 to %.0f seconds",
		     visible(argument), MAX_SECONDS);

	return seconds;
}

static size_t read_series(const char *argument)
{
	char *end;
	unsigned long series = strtoul(argument, &end, 10);

	if (*argument < '0' || *argument > '9' || *end || series > MAX_SUBJECTS)
		errx(EXIT_FAILURE, "invalid --metrics limit '%s'; use 0 to %d containers",
		     visible(argument), MAX_SUBJECTS);

	return series;
}

static void read_columns(struct table *table, const char *names)
{
	struct error error;

	if (!table_columns(table, names, &error))
		fail(&error);
}

/* For compatibility with lsns, which also supports other namespaces. */
static void check_type(const char *type)
{
	if (strcmp(type, "pid"))
		errx(EXIT_FAILURE, "unsupported --type argument '%s'; only 'pid' is supported",
		     visible(type));
}

static void check_relation(const char *relation)
{
	/* lsns also accepts -T=parent. */
	if (relation && *relation == '=')
		relation++;
	if (relation && strcmp(relation, "parent"))
		errx(EXIT_FAILURE, "unsupported --tree argument '%s'; only 'parent' is supported",
		     visible(relation));
}

/*
 * The operands name either processes or namespaces. After --pid or --struct,
 * they name processes, so that --pid $(pgrep NAME) accepts all of the output of
 * pgrep.
 */
static void sort_operands(struct options *options, char **operands)
{
	char *process = NULL, *namespace = NULL;

	options->namespaces = operands;
	for (char **operand = operands; *operand; operand++) {
		if (!select_is_process(*operand) && !options->brief &&
		    !options->structures)
			namespace = *operand;
		else
			process = *operand;
	}
	if (process && namespace)
		errx(EXIT_FAILURE,
		     "process '%s' cannot be combined with namespace '%s'; run pidnstree once for each",
		     visible(process), visible(namespace));
	if (process && options->watch)
		errx(EXIT_FAILURE,
		     "--watch cannot be combined with process '%s'; use @PID to watch the namespace of a process, or --watch=SECONDS to set the interval",
		     visible(process));
	if (!process)
		return;
	for (; *options->namespaces; options->namespaces++)
		options->pids[options->nr_pids++] = *options->namespaces;
}

/* The metrics of a part would look like those of the machine. */
static void exclude_metrics(const struct options *options, bool json, bool dot,
			    bool columns)
{
	const struct table *table = &options->table;
	const char *metrics = "--metrics";

	exclude(true, metrics, json, "--json");
	exclude(true, metrics, dot, "--dot");
	exclude(true, metrics, table->list || table->raw, "--list or --raw");
	exclude(true, metrics, columns, "--output or --output-all");
	exclude(true, metrics, table->forest, "--forest");
	exclude(true, metrics, table->zombies, "--zombies");
	exclude(true, metrics, options->structures, "--struct");
	exclude(true, metrics, options->brief, "--pid");
	exclude(true, metrics, options->task, "--task");
	exclude(true, metrics, options->watch, "--watch");
	exclude(true, metrics, options->save, "--save");
	exclude(true, metrics, options->pinned, "--pinned");
	if (options->nr_pids || *options->namespaces)
		errx(EXIT_FAILURE,
		     "--metrics cannot be combined with an argument; use --metrics=N to set the limit");
}

static void exclude_pinned(const struct options *options, bool dot,
			   bool columns)
{
	const struct procfs *procfs = &options->source.procfs;
	const struct table *table = &options->table;
	bool pinned = options->pinned;

	exclude(pinned, "--pinned", dot, "--dot");
	exclude(pinned, "--pinned", columns, "--output or --output-all");
	exclude(pinned, "--pinned", table->processes,
		"--all, --forest or --zombies");
	exclude(pinned, "--pinned", options->task, "--task");
	exclude(pinned, "--pinned", options->nr_pids,
		"a process argument");
	exclude(pinned, "--pinned", *options->namespaces,
		"a namespace argument");
	exclude(pinned, "--pinned", options->watch, "--watch");
	exclude(pinned, "--pinned", options->save, "--save");
	exclude(pinned, "--pinned", options->source.file, "--file");
	if (pinned && procfs->saved)
		errx(EXIT_FAILURE,
		     "--pinned needs a procfs mount, and '%s' is none; use /proc or the mount point of a procfs",
		     visible(procfs->path));
}

static void exclude_options(const struct options *options, bool json, bool dot,
			    bool columns, bool proc)
{
	const struct table *table = &options->table;
	bool processes = options->nr_pids, watch = options->watch;
	bool structures = options->structures;
	const char *process = structures ? "--struct" : options->brief ?
			      "--pid" : "a process argument";

	if (options->metrics)
		exclude_metrics(options, json, dot, columns);
	exclude(json, "--json", dot, "--dot");
	exclude(json, "--json", table->list || table->raw, "--list or --raw");
	exclude(json, "--json", columns, "--output or --output-all");
	exclude(dot, "--dot", table->list || table->raw, "--list or --raw");
	exclude(dot, "--dot", columns, "--output or --output-all");
	exclude(table->forest, "--forest", json || dot, "--json or --dot");
	exclude(table->forest, "--forest", table->list || table->raw,
		"--list or --raw");
	exclude(structures, "--struct", options->brief, "--pid");
	exclude(structures, "--struct", table->list || table->raw,
		"--list or --raw");
	exclude(structures, "--struct", columns, "--output or --output-all");
	exclude(options->task, "--task", processes, process);
	exclude(options->task, "--task", *options->namespaces, "a namespace argument");
	exclude(processes, process, table->zombies, "--zombies");
	exclude(processes, process, table->forest, "--forest");
	exclude(processes, process, table->processes, "--all");
	exclude(watch, "--watch", dot, "--dot");
	exclude(watch, "--watch", processes, process);
	exclude(watch, "--watch", options->source.file, "--file");
	exclude(proc, "--proc", options->source.file, "--file");
	if (options->verbose && !watch)
		errx(EXIT_FAILURE, "--verbose requires --watch");
	exclude(options->save, "--save", options->source.file, "--file");
	exclude(options->save, "--save", watch, "--watch");
	exclude(options->save, "--save", json, "--json");
	exclude(options->save, "--save", dot, "--dot");
	exclude(options->save, "--save", options->task, "--task");
	exclude(options->save, "--save", processes, process);
	exclude(options->save, "--save", *options->namespaces,
		"a namespace argument");
	exclude_pinned(options, dot, columns);
}

static void read_options(int argc, char **argv, struct options *options)
{
	enum {
		OUTPUT_ALL = 256, PID, STRUCT, FOREST, ZOMBIES, NO_KTHREADS,
		METRICS, PROC, SAVE, VERBOSE, PINNED
	};
	static const struct option names[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "forest", no_argument, NULL, FOREST },
		{ "zombies", no_argument, NULL, ZOMBIES },
		{ "no-kthreads", no_argument, NULL, NO_KTHREADS },
		{ "task", required_argument, NULL, 'p' },
		{ "pid", required_argument, NULL, PID },
		{ "struct", required_argument, NULL, STRUCT },
		{ "pinned", no_argument, NULL, PINNED },
		{ "json", no_argument, NULL, 'J' },
		{ "dot", no_argument, NULL, 'd' },
		{ "list", no_argument, NULL, 'l' },
		{ "raw", no_argument, NULL, 'r' },
		{ "noheadings", no_argument, NULL, 'n' },
		{ "output", required_argument, NULL, 'o' },
		{ "output-all", no_argument, NULL, OUTPUT_ALL },
		{ "notruncate", no_argument, NULL, 'u' },
		{ "watch", optional_argument, NULL, 'w' },
		{ "verbose", no_argument, NULL, VERBOSE },
		{ "metrics", optional_argument, NULL, METRICS },
		{ "proc", required_argument, NULL, PROC },
		{ "save", required_argument, NULL, SAVE },
		{ "file", required_argument, NULL, 'f' },
		{ "type", required_argument, NULL, 't' },
		{ "tree", optional_argument, NULL, 'T' },
		{ "nowrap", no_argument, NULL, 'W' },
		{ "list-columns", no_argument, NULL, 'H' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	struct table *table = &options->table;
	bool json = false, dot = false, columns = false;
	const char *proc = NULL;
	bool own;
	int c;

	options->pids = calloc(argc + 1, sizeof(*options->pids));
	if (!options->pids)
		err(EXIT_FAILURE, "cannot allocate the options");
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":ap:Jdlrno:uw::f:t:T::WHhV",
				names, NULL)) != -1) {
		switch (c) {
		case 'a':
			table->processes = true;
			break;
		case FOREST:
			table->processes = true;
			table->forest = true;
			break;
		case ZOMBIES:
			table->processes = true;
			table->zombies = true;
			break;
		case NO_KTHREADS:
			options->no_kthreads = true;
			break;
		case 'p':
			options->task = optarg;
			break;
		case PID:
			options->brief = true;
			options->pids[options->nr_pids++] = optarg;
			break;
		case STRUCT:
			options->structures = true;
			options->pids[options->nr_pids++] = optarg;
			break;
		case PINNED:
			options->pinned = true;
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
			read_columns(table, optarg);
			columns = true;
			break;
		case OUTPUT_ALL:
			table_all_columns(table);
			columns = true;
			break;
		case 'u':
			table->no_truncation = true;
			break;
		case 'w':
			options->watch = true;
			options->events = !optarg;
			options->seconds = optarg ? read_seconds(optarg) :
						    DEFAULT_SECONDS;
			break;
		case VERBOSE:
			options->verbose = true;
			break;
		case METRICS:
			options->metrics = true;
			options->max_series = optarg ? read_series(optarg) :
						       DEFAULT_SERIES;
			break;
		case PROC:
			proc = optarg;
			break;
		case SAVE:
			options->save = optarg;
			break;
		case 'f':
			options->source.file = optarg;
			break;
		case 't':
			check_type(optarg);
			break;
		case 'T':
			check_relation(optarg);
			break;
		case 'W':
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
			reject_option(c, argv[optind - 1], names);
		}
	}
	options->format = json ? FORMAT_JSON : dot ? FORMAT_DOT : FORMAT_TABLE;
	options->source.procfs = procfs_open(proc ? proc : "/proc");
	sort_operands(options, argv + optind);
	exclude_options(options, json, dot, columns, proc);
	own = !proc && procfs_is_own();
	/* Events have the PIDs of the caller's own PID namespace. */
	options->events &= own;
	if (!own && !proc && !options->source.file)
		warnx(OUTER_PROC);
}

/* A file that is opened later must not become a standard stream. */
static void open_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (fd == STDOUT_FILENO)
			err(EXIT_FAILURE, "cannot write the output");
		if (open("/dev/null", O_RDWR) < 0)
			err(EXIT_FAILURE, "cannot open /dev/null");
	}
}

/* The engines here do not know the containers of a saved directory. */
static struct names *open_names(const struct procfs *procfs)
{
	struct names *names = names_new(NULL);

	if (procfs->saved &&
	    !names_load(names, procfs_open_file(procfs, SAVED_NAMES)) &&
	    errno != ENOENT && errno != ENOTDIR)
		warn("cannot read %s/" SAVED_NAMES, visible(procfs->path));

	return names;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct error error;
	bool done;

	program_invocation_short_name = "pidnstree";
	open_standard_streams();
	setlocale(LC_ALL, "");
	/* In all locales, --watch uses a decimal point. */
	setlocale(LC_NUMERIC, "C");
	read_options(argc, argv, &options);
	options.source.names = open_names(&options.source.procfs);

	if (options.save)
		done = save(&options.source, options.save, &error);
	else if (options.metrics)
		done = show_metrics(&options, &error);
	else if (options.watch)
		done = watch(&options, &error);
	else if (options.pinned)
		done = pinned(&options, &error);
	else
		done = show(&options, &error);
	names_free(options.source.names);
	free(options.pids);
	if (!done)
		fail(&error);
	finish();
}
