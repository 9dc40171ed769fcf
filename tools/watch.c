// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "changes.h"
#include "events.h"
#include "print.h"
#include "screen.h"
#include "show.h"
#include "watch.h"

/* Lines may be read much later, so they have the date and the time zone. */
#define FULL_TIME "%Y-%m-%dT%H:%M:%S%z"

/* The screen shows only recent changes, so the time of day suffices. */
#define SHORT_TIME "%H:%M:%S"

/*
 * Time in seconds between an event and its processing. Events that arrive
 * meanwhile need no wake-ups of their own. A namespace that exists for a shorter
 * time can remain unnoticed.
 */
#define SETTLE_SECONDS 0.01

/* Minimum time in seconds between two reads of the file after events. */
#define MIN_SECONDS 0.1

/*
 * With events, the time between two reads is at least this multiple of the CPU
 * time of a read, so that reads of a large file take at most 2% of a CPU. But
 * it is at most the time between two reads without events.
 */
#define MIN_SHARE 50

/* Time in seconds that is never waited to the end: one day. */
#define NEVER 86400.0

/* Number of changes that are stored for the screen: more than it has rows. */
#define HISTORY 256

/**
 * struct watch - state of --watch
 * @options: the command line
 * @screen: draw a screen on the terminal
 * @events: events of the kernel; NULL if @options has an interval
 * @due: time of the next read
 * @soonest: earliest time of the next read, after an event
 * @pause: time in seconds between reads while events do not suffice
 * @now: the last snapshot
 * @before: the snapshot before @now, during a comparison
 * @watchlist: namespaces and containers to follow
 * @notes: remarks on the first snapshot
 * @problem: why the last snapshot failed; empty if it succeeded
 * @history: the last changes, oldest first
 * @nr_history: number of lines in @history
 * @last: changes of namespaces and containers in @now; may be NULL
 */
struct watch {
	const struct options *options;
	bool screen;
	struct events *events;
	struct timespec due;
	struct timespec soonest;
	double pause;
	struct snapshot now;
	struct snapshot before;
	struct watchlist watchlist;
	struct notes notes;
	char problem[sizeof(((struct error *)NULL)->message)];
	char *history[HISTORY];
	size_t nr_history;
	char *last;
};

static void format_time(char *stamp, size_t size, const char *format)
{
	time_t now = time(NULL);
	struct tm broken;

	if (!localtime_r(&now, &broken) ||
	    !strftime(stamp, size, format, &broken))
		stamp[0] = '\0';
}

/* ---- output to memory ---- */

/**
 * struct capture - standard output that is redirected to memory
 * @out: the real standard output
 * @output: what was printed
 * @len: length of @output
 */
struct capture {
	FILE *out;
	char *output;
	size_t len;
};

static void capture_begin(struct capture *capture)
{
	capture->out = stdout;
	stdout = open_memstream(&capture->output, &capture->len);
	if (!stdout)
		err(EXIT_FAILURE, "cannot draw the screen");
}

/* Return: the output; the caller frees it. */
static char *capture_end(struct capture *capture)
{
	if (fclose(stdout))
		err(EXIT_FAILURE, "cannot draw the screen");
	stdout = capture->out;

	return capture->output;
}

/* ---- messages ---- */

/* Messages to print after the screen is closed, which would erase them. */
static char messages[4096];

/* The real standard error while stderr goes to memory; otherwise NULL. */
static FILE *standard_error;

static void print_messages(void)
{
	if (!standard_error)
		return;
	fclose(stderr);
	stderr = standard_error;
	standard_error = NULL;
	fputs(messages, stderr);
}

/*
 * err() prints its message before exit() closes the screen. So messages go to
 * memory, and exit() prints them. exit() calls handlers in reverse order, so
 * call this before screen_open(): screen_close() then runs first.
 */
static void buffer_messages(void)
{
	FILE *memory = fmemopen(messages, sizeof(messages), "w");

	if (!memory || atexit(print_messages))
		err(EXIT_FAILURE, "cannot draw the screen");
	/* Write to @messages at once. */
	setvbuf(memory, NULL, _IONBF, 0);
	standard_error = stderr;
	stderr = memory;
}

/* ---- screen ---- */

/* Take ownership of @line. */
static void remember(struct watch *watch, char *line)
{
	if (watch->nr_history == HISTORY) {
		free(watch->history[0]);
		memmove(watch->history, watch->history + 1,
			(HISTORY - 1) * sizeof(*watch->history));
		watch->nr_history--;
	}
	watch->history[watch->nr_history++] = line;
}

static void remember_changes(struct watch *watch, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");
		char *line = strndup(lines, len);

		if (!line)
			err(EXIT_FAILURE, "cannot draw the screen");
		remember(watch, line);
		lines += len + !!lines[len];
	}
}

static void draw(struct watch *watch)
{
	struct capture capture;
	char *body, *footer, time[16];

	format_time(time, sizeof(time), SHORT_TIME);
	capture_begin(&capture);
	if (watch->events && events_available(watch->events))
		printf("%s, waiting for events, q quits\n", time);
	else
		printf("%s, every %g s, q quits\n", time,
		       watch->options->seconds);
	if (snapshot_is_limited(&watch->now))
		puts(LIMITED_VIEW);
	if (watch->notes.lines)
		fputs(watch->notes.lines, stdout);
	if (*watch->problem)
		puts(watch->problem);
	show_render(&watch->now, watch->options);
	body = capture_end(&capture);

	capture_begin(&capture);
	for (size_t i = 0; i < watch->nr_history; i++)
		puts(watch->history[i]);
	footer = capture_end(&capture);

	screen_draw(body, footer);
	free(body);
	free(footer);
}

/* ---- lines ---- */

static void warn_notes(struct watch *watch)
{
	char *rest = watch->notes.lines, *line;

	if (snapshot_is_limited(&watch->now))
		warnx(LIMITED_VIEW);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			warnx("%s", line);
}

/* ---- waiting ---- */

/* Also end the program if the reader of the output has closed it. */
static enum screen_event wait_without_screen(struct timespec until, int fd)
{
	struct timespec left = screen_time_left(until);
	/* With no events, ppoll() reports only POLLERR and POLLHUP. */
	struct pollfd fds[] = {
		{ .fd = STDOUT_FILENO },
		{ .fd = fd, .events = POLLIN },
	};

	if (ppoll(fds, 2, &left, NULL) <= 0)
		return SCREEN_TIMEOUT;
	if (fds[0].revents)
		end_unread();

	return SCREEN_READABLE;
}

static void settle(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = SETTLE_SECONDS * 1e9 }, NULL);
}

static bool is_earlier(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec :
					a->tv_nsec < b->tv_nsec;
}

static void read_events(struct watch *watch)
{
	struct timespec next;

	settle();
	if (events_read(watch->events)) {
		watch->pause = MIN_SECONDS;
		next = watch->soonest;
	} else if (events_received(watch->events)) {
		next = screen_after(watch->options->seconds);
	} else {
		return;
	}
	if (is_earlier(&next, &watch->due))
		watch->due = next;
}

static bool is_due(const struct watch *watch)
{
	struct timespec now = screen_after(0);

	return !is_earlier(&now, &watch->due);
}

/* Return: whether to take another snapshot. */
static bool wait_for_next(struct watch *watch)
{
	int fd = watch->events ? events_fd(watch->events) : -1;

	for (;;) {
		switch (watch->screen ? screen_wait(watch->due, fd) :
					wait_without_screen(watch->due, fd)) {
		case SCREEN_TIMEOUT:
			return true;
		case SCREEN_READABLE:
			read_events(watch);
			/* Events can arrive without a pause. */
			if (is_due(watch))
				return true;
			break;
		case SCREEN_REDRAW:
			draw(watch);
			break;
		case SCREEN_QUIT:
		case SCREEN_GONE:
			return false;
		}
	}
}

static double clamp(double value, double least, double most)
{
	return value < least ? least : value > most ? most : value;
}

/* @cpu_seconds is the CPU time of the last read. */
static void schedule(struct watch *watch, double cpu_seconds)
{
	double most = watch->options->seconds;
	double least = clamp(MIN_SHARE * cpu_seconds, MIN_SECONDS, most);

	watch->soonest = screen_after(least);
	if (!watch->events) {
		watch->due = screen_after(most);
	} else if (events_suffice(watch->events)) {
		watch->due = screen_after(NEVER);
	} else {
		watch->due = screen_after(clamp(watch->pause, least, most));
		watch->pause = clamp(2 * watch->pause, least, most);
	}
}

static double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* ---- snapshots ---- */

/* A container in several namespaces has ended when it has left all of them. */
static bool has_ended(const struct watchlist *watchlist, size_t index)
{
	const struct watched *list = watchlist->list;

	for (size_t i = 0; i < watchlist->count; i++)
		if (i != index && !list[i].ended &&
		    (i > index || !list[i].ending) &&
		    same_container(&list[i].cgroup, &list[index].cgroup))
			return false;

	return list[index].ending && list[index].cgroup.container.id;
}

static void print_ended_containers(struct watch *watch,
				   const struct changes *changes)
{
	for (size_t i = 0; i < watch->watchlist.count; i++)
		if (has_ended(&watch->watchlist, i))
			changes_print_container(&watch->before,
						&watch->watchlist.list[i].cgroup,
						changes);
}

/* @missed is the number of namespaces that no snapshot has. */
static void print_changes(struct watch *watch, size_t missed)
{
	struct changes changes = {
		.json = watch->options->format == FORMAT_JSON,
	};
	struct capture capture;
	char stamp[64], *lines;

	format_time(stamp, sizeof(stamp),
		    watch->screen ? SHORT_TIME : FULL_TIME);
	changes.stamp = stamp;
	if (watch->screen)
		capture_begin(&capture);
	changes_print_namespaces(&watch->before, &watch->now, &changes);
	print_ended_containers(watch, &changes);
	if (missed)
		changes_print_missed(missed, &changes);
	if (watch->screen) {
		free(watch->last);
		watch->last = capture_end(&capture);
		remember_changes(watch, watch->last);
		capture_begin(&capture);
	}
	if (watch->options->table.processes)
		changes_print_processes(&watch->before, &watch->now, &changes);
	if (watch->screen) {
		lines = capture_end(&capture);
		remember_changes(watch, lines);
		free(lines);
	}
}

/* Return: see events_update(). 0 if only some namespaces are watched. */
static size_t update_events(struct watch *watch)
{
	bool any = watch->screen || watch->options->table.processes ||
		   watch->watchlist.containers;
	size_t missed;

	if (!watch->events)
		return 0;
	missed = events_update(watch->events, &watch->now, any);

	return watch->watchlist.count ? 0 : missed;
}

/* Before the first snapshot, so that no change is between the two. */
static void open_events(struct watch *watch)
{
	const struct options *options = watch->options;
	struct error error = { .message = "" };

	if (options->events)
		watch->events = events_open(&options->source.procfs, &error);
	if (!options->verbose)
		return;
	if (!watch->events || *error.message)
		warnx("%s%sreading the file every %g seconds", error.message,
		      *error.message ? "; " : "", options->seconds);
	else
		warnx("reading the file after events of processes");
}

static bool take_first_snapshot(struct watch *watch, struct error *error)
{
	const struct options *options = watch->options;
	double start = cpu_seconds();

	open_events(watch);
	if (!snapshot_take(&watch->now, &options->source, error))
		return false;
	if (!show_select(&watch->now, options, &watch->notes, error) ||
	    !watchlist_fill(&watch->now, options, &watch->watchlist, error)) {
		snapshot_release(&watch->now);
		return false;
	}
	changes_prepare(&watch->now, options->table.processes);
	update_events(watch);
	if (watch->screen) {
		buffer_messages();
		screen_open();
		draw(watch);
	} else {
		show_render(&watch->now, options);
		flush_output();
		warn_notes(watch);
	}
	schedule(watch, cpu_seconds() - start);

	return true;
}

/* Return: whether to continue with the previous snapshot. */
static bool skip_snapshot(struct watch *watch, const struct error *error)
{
	if (!error->transient)
		return false;
	watch->due = screen_after(watch->options->seconds);
	watch->soonest = watch->due;
	if (!watch->screen && !*watch->problem)
		warnx("%s; retrying", error->message);
	snprintf(watch->problem, sizeof(watch->problem), "%s", error->message);
	if (watch->screen)
		draw(watch);

	return true;
}

/* Set @ended if nothing that the operands name is left. */
static bool take_next_snapshot(struct watch *watch, bool *ended,
			       struct error *error)
{
	const struct options *options = watch->options;
	double start = cpu_seconds();
	struct snapshot next;

	names_begin_snapshot(options->source.names);
	if (!snapshot_take(&next, &options->source, error))
		return skip_snapshot(watch, error);
	watch->problem[0] = '\0';
	watch->before = watch->now;
	watch->now = next;
	changes_inherit(&watch->now, &watch->before,
			options->table.processes ||
			watch->watchlist.containers);
	*ended = !watchlist_select(&watch->now, options, &watch->watchlist);
	changes_prepare(&watch->now, options->table.processes);
	print_changes(watch, update_events(watch));
	snapshot_release(&watch->before);
	if (watch->screen)
		draw(watch);
	else
		flush_output();
	schedule(watch, cpu_seconds() - start);

	return true;
}

bool watch(const struct options *options, struct error *error)
{
	struct watch watch = {
		.options = options,
		.screen = options->format == FORMAT_TABLE && screen_usable(),
		.pause = options->seconds,
	};
	bool ended = false, good = true;

	if (!take_first_snapshot(&watch, error)) {
		events_release(watch.events);
		free(watch.notes.lines);
		watchlist_release(&watch.watchlist);
		return false;
	}
	while (good && !ended && wait_for_next(&watch))
		good = take_next_snapshot(&watch, &ended, error);
	screen_close();
	print_messages();
	events_release(watch.events);
	/* Closing the screen has erased the changes that end the program. */
	if (ended && watch.last)
		fputs(watch.last, stdout);
	free(watch.last);
	snapshot_release(&watch.now);
	free(watch.notes.lines);
	watchlist_release(&watch.watchlist);
	for (size_t i = 0; i < watch.nr_history; i++)
		free(watch.history[i]);

	return good;
}
