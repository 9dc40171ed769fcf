// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A screen without ncurses, which would be a new dependency for a few escape
 * sequences. These are from ECMA-48, or they set private modes of xterm, which
 * other terminals ignore.
 *
 * A snapshot of a large machine takes seconds, so signals that end or stop the
 * program are not blocked during that time. Their handlers call enter() and
 * leave(), which therefore call only async-signal-safe functions. SIGWINCH and
 * SIGCONT are blocked except in ppoll(), so that screen_wait() misses none.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "print.h"
#include "screen.h"

/* Save the cursor and switch to the alternate screen. */
#define ALTERNATE "\033[?1049h"
/*
 * Hide the cursor and turn off automatic wrapping. The terminal might display a
 * character wider than wcwidth() says, but a line must not take two rows.
 */
#define PREPARE "\033[?25l\033[?7l"
/*
 * Undo both. First move to a new line at the bottom, for terminals without an
 * alternate screen. A terminal takes row 999 for its last row.
 */
#define RESTORE "\033[999;1H\r\n\033[?7h\033[?25h\033[?1049l"

#define MOVE_TO_ROW "\033[%zu;1H"
#define ERASE_LINE "\033[K"
#define ERASE_BELOW "\033[J"

/* Size of the window if the terminal does not report it. */
#define DEFAULT_ROWS 24
#define DEFAULT_COLUMNS 80

/* The footer gets at least 1 / FOOTER_SHARE of the rows. */
#define FOOTER_SHARE 3

/* U+2026 */
#define ELLIPSIS "\xe2\x80\xa6"

#define CTRL_C 3
#define ESCAPE 033

/* Signals that end the program. */
static const int fatal_signals[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE
};

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(*(array)))
#define NR_SIGNALS (ARRAY_SIZE(fatal_signals) + 3)

static struct {
	bool open;
	bool gone;			/* the terminal has hung up */
	int terminal;			/* its modes are changed; -1 for none */
	bool own;			/* screen_open() opened @terminal */
	int keys;			/* keys are read from it; -1 for none */
	sigset_t mask;			/* signal mask before screen_open() */
	sigset_t wait_mask;		/* signal mask in ppoll() */
	struct sigaction actions[NR_SIGNALS]; /* before screen_open() */
	int signals[NR_SIGNALS];	/* the signals of @actions */
	size_t nr_signals;
	bool has_modes;
	struct termios modes;		/* modes of @terminal before enter() */
} screen;

/* enter() has changed the terminal. */
static atomic_bool entered;

/* The screen must be drawn again. */
static atomic_bool changed;

static bool put(const char *bytes, size_t len)
{
	struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };

	while (len) {
		ssize_t written = write(STDOUT_FILENO, bytes, len);

		if (written > 0) {
			bytes += written;
			len -= written;
		} else if (written < 0 && errno == EAGAIN) {
			/* Another process has set O_NONBLOCK. */
			poll(&room, 1, -1);
		} else if (written == 0 || errno != EINTR) {
			return false;
		}
	}

	return true;
}

/* ---- the modes of the terminal ---- */

/*
 * While the program is in the background, the modes of the terminal belong to
 * the shell. tcdrain() then stops the program by SIGTTOU until the shell
 * continues it in the foreground.
 */
static void wait_for_foreground(void)
{
	while (tcdrain(screen.terminal) && errno == EINTR)
		;
}

static void set_modes(void)
{
	struct termios modes = screen.modes;

	modes.c_lflag &= ~(ICANON | ECHO);
	/* read() never blocks. */
	modes.c_cc[VMIN] = 0;
	modes.c_cc[VTIME] = 0;
	if (screen.has_modes)
		tcsetattr(screen.terminal, TCSANOW, &modes);
}

static void enter(void)
{
	/* Set this first, because a signal can arrive at any time. */
	entered = true;
	if (screen.terminal >= 0) {
		wait_for_foreground();
		screen.has_modes = !tcgetattr(screen.terminal, &screen.modes);
		set_modes();
	}
	put(ALTERNATE PREPARE, strlen(ALTERNATE PREPARE));
}

/* While the program is in the background, the modes are those of the shell. */
static bool owns_modes(void)
{
	pid_t foreground = tcgetpgrp(screen.terminal);

	return foreground < 0 || foreground == getpgrp();
}

static void leave(void)
{
	sigset_t output, before;

	if (!entered)
		return;
	/* In the background, SIGTTOU must not stop a program that exits. */
	sigemptyset(&output);
	sigaddset(&output, SIGTTOU);
	sigprocmask(SIG_BLOCK, &output, &before);
	put(RESTORE, strlen(RESTORE));
	if (screen.has_modes && owns_modes())
		tcsetattr(screen.terminal, TCSANOW, &screen.modes);
	entered = false;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* ---- signals ---- */

/*
 * Take the action from before screen_open(), which may be another handler. The
 * signal is blocked until the return.
 */
static void on_end(int sig)
{
	leave();
	for (size_t i = 0; i < screen.nr_signals; i++)
		if (screen.signals[i] == sig)
			sigaction(sig, &screen.actions[i], NULL);
	raise(sig);
}

static void on_stop(int sig)
{
	static const struct sigaction stop = { .sa_handler = SIG_DFL };
	struct sigaction ours;
	bool was_entered = entered;
	int error = errno;
	sigset_t mask, before;

	leave();
	sigaction(sig, &stop, &ours);
	raise(sig);
	sigemptyset(&mask);
	sigaddset(&mask, sig);
	/* The program stops in this call until SIGCONT. */
	sigprocmask(SIG_UNBLOCK, &mask, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(sig, &ours, NULL);
	if (was_entered)
		enter();
	/* SIGWINCH is blocked, so it interrupts the next ppoll(). */
	raise(SIGWINCH);
	errno = error;
}

/* After SIGSTOP, which cannot be handled, the modes are those of the shell. */
static void on_continue(int sig)
{
	int error = errno;

	(void)sig;
	if (entered && screen.terminal >= 0) {
		wait_for_foreground();
		set_modes();
	}
	if (entered)
		put(PREPARE, strlen(PREPARE));
	changed = true;
	errno = error;
}

static void on_resize(int sig)
{
	(void)sig;
	changed = true;
}

static void handle(int sig, void (*handler)(int), const sigset_t *mask)
{
	struct sigaction action = {
		.sa_handler = handler,
		.sa_flags = SA_RESTART,
		.sa_mask = *mask,
	};
	struct sigaction *before = &screen.actions[screen.nr_signals];

	if (sigaction(sig, NULL, before) || before->sa_handler == SIG_IGN)
		return;
	/* Set these first, because on_end() uses them. */
	screen.signals[screen.nr_signals++] = sig;
	if (sigaction(sig, &action, NULL))
		screen.nr_signals--;
}

static void handle_signals(void)
{
	sigset_t ending, stopping;

	sigemptyset(&stopping);
	sigaddset(&stopping, SIGWINCH);
	sigaddset(&stopping, SIGCONT);
	sigprocmask(SIG_BLOCK, &stopping, &screen.mask);
	screen.wait_mask = screen.mask;
	sigdelset(&screen.wait_mask, SIGWINCH);
	sigdelset(&screen.wait_mask, SIGCONT);

	/* Fatal signals stay unblocked in on_stop() and on_continue(). */
	sigaddset(&stopping, SIGTSTP);
	ending = stopping;
	for (size_t i = 0; i < ARRAY_SIZE(fatal_signals); i++)
		sigaddset(&ending, fatal_signals[i]);
	screen.nr_signals = 0;
	for (size_t i = 0; i < ARRAY_SIZE(fatal_signals); i++)
		handle(fatal_signals[i], on_end, &ending);
	handle(SIGTSTP, on_stop, &stopping);
	handle(SIGCONT, on_continue, &stopping);
	handle(SIGWINCH, on_resize, &stopping);
}

static void restore_signals(void)
{
	for (size_t i = 0; i < screen.nr_signals; i++)
		sigaction(screen.signals[i], &screen.actions[i], NULL);
	sigprocmask(SIG_SETMASK, &screen.mask, NULL);
}

/* ---- opening and closing ---- */

bool screen_usable(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
}

void screen_open(void)
{
	static bool registered;

	if (screen.open)
		return;
	fflush(stdout);
	screen.own = !isatty(STDIN_FILENO);
	screen.terminal = screen.own ? open("/dev/tty", O_RDWR | O_CLOEXEC) :
				       STDIN_FILENO;
	screen.keys = screen.terminal;
	screen.has_modes = false;
	screen.gone = false;
	changed = false;
	if (!registered && atexit(screen_close))
		err(EXIT_FAILURE, "cannot draw the screen");
	registered = true;
	handle_signals();
	screen.open = true;
	enter();
}

void screen_close(void)
{
	sigset_t all;

	if (!screen.open)
		return;
	/* A signal that arrives now takes effect in restore_signals(). */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	leave();
	if (screen.own && screen.terminal >= 0)
		close(screen.terminal);
	screen.open = false;
	restore_signals();
}

/* ---- drawing ---- */

static void get_window(size_t *rows, size_t *columns)
{
	struct winsize size;

	*rows = DEFAULT_ROWS;
	*columns = DEFAULT_COLUMNS;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return;
	if (size.ws_row)
		*rows = size.ws_row;
	if (size.ws_col)
		*columns = size.ws_col;
}

static size_t count_lines(const char *lines)
{
	size_t count = 0;

	while (*lines) {
		lines += strcspn(lines, "\n");
		lines += *lines == '\n';
		count++;
	}

	return count;
}

/**
 * struct glyph - a character of a line
 * @bytes: bytes to print
 * @len: number of @bytes
 * @width: number of columns
 * @consumed: number of bytes in the line
 */
struct glyph {
	const char *bytes;
	size_t len;
	size_t width;
	size_t consumed;
};

/* Callers escape names. This is a second barrier for unprintable characters. */
static struct glyph get_glyph(const char *line, size_t len)
{
	mbstate_t state = { 0 };
	wchar_t character;
	size_t consumed = mbrtowc(&character, line, len, &state);
	int width;

	if (!consumed || consumed > len)
		return (struct glyph){ "?", 1, 1, 1 };
	width = is_unprintable(character) ? -1 : wcwidth(character);
	if (width < 0)
		return (struct glyph){ "?", 1, 1, consumed };

	return (struct glyph){ line, consumed, width, consumed };
}

/*
 * Erase the rest of the row after writing, because erasing first would
 * flicker. After a write to the last column, the cursor stays there, so erasing
 * would remove the last character.
 */
static void put_line(FILE *frame, size_t row, const char *line, size_t len,
		     size_t columns)
{
	size_t width = 0;

	fprintf(frame, MOVE_TO_ROW, row);
	while (len) {
		struct glyph glyph = get_glyph(line, len);

		if (width + glyph.width > columns)
			break;
		fwrite(glyph.bytes, 1, glyph.len, frame);
		width += glyph.width;
		line += glyph.consumed;
		len -= glyph.consumed;
	}
	if (width < columns)
		fputs(ERASE_LINE, frame);
}

/* Draw @count lines after the first @skip. Return: the row after them. */
static size_t put_lines(FILE *frame, size_t row, const char *lines, size_t skip,
			size_t count, size_t columns)
{
	for (; *lines && count; lines += *lines == '\n') {
		size_t len = strcspn(lines, "\n");

		if (skip) {
			skip--;
		} else {
			put_line(frame, row++, lines, len, columns);
			count--;
		}
		lines += len;
	}

	return row;
}

static void put_frame(FILE *frame, const char *body, const char *footer)
{
	size_t body_lines = count_lines(body), row = 1;
	size_t footer_lines = count_lines(footer);
	size_t rows, columns, gap, room, drawn = footer_lines;

	get_window(&rows, &columns);
	gap = body_lines && footer_lines;
	room = rows > body_lines + gap ? rows - body_lines - gap : 0;
	if (room < rows / FOOTER_SHARE)
		room = rows / FOOTER_SHARE;
	if (drawn > room)
		drawn = room;
	if (!drawn)
		gap = 0;

	room = rows - drawn - gap;
	if (body_lines <= room) {
		row = put_lines(frame, row, body, 0, room, columns);
	} else {
		char more[64];

		row = put_lines(frame, row, body, 0, room - 1, columns);
		snprintf(more, sizeof(more), "%s %zu more rows",
			 has_utf8() ? ELLIPSIS : "...", body_lines - room + 1);
		put_line(frame, row++, more, strlen(more), columns);
	}
	if (gap)
		put_line(frame, row++, "", 0, columns);
	row = put_lines(frame, row, footer, footer_lines - drawn, drawn,
			columns);
	if (row <= rows)
		fprintf(frame, MOVE_TO_ROW ERASE_BELOW, row);
}

void screen_draw(const char *body, const char *footer)
{
	char *bytes;
	size_t len;
	FILE *frame = open_memstream(&bytes, &len);

	if (frame)
		put_frame(frame, body, footer);
	if (!frame || fclose(frame)) {
		int error = errno;

		screen_close();
		errno = error;
		err(EXIT_FAILURE, "cannot draw the screen");
	}
	if (!put(bytes, len))
		screen.gone = true;
	free(bytes);
}

/* ---- waiting ---- */

/*
 * Skip the escape sequences of other keys, because they can contain letters:
 * F2 is ESC O Q.
 */
static bool is_quit(const char *keys, size_t len)
{
	static enum { PLAIN, ESCAPED, CONTROL, SINGLE } state;

	for (size_t i = 0; i < len; i++) {
		char key = keys[i];

		switch (state) {
		case CONTROL:
			if (key >= '@' && key <= '~')
				state = PLAIN;
			continue;
		case SINGLE:
			state = PLAIN;
			continue;
		case ESCAPED:
			state = key == '[' ? CONTROL : key == 'O' ? SINGLE :
				PLAIN;
			if (state != PLAIN)
				continue;
			break;
		case PLAIN:
			break;
		}
		if (key == ESCAPE)
			state = ESCAPED;
		else if (key == 'q' || key == 'Q' || key == CTRL_C)
			return true;
	}

	return false;
}

static bool read_quit(void)
{
	char keys[64];
	ssize_t got = read(screen.keys, keys, sizeof(keys));

	if (got > 0)
		return is_quit(keys, got);
	/* At end of file and after errors, ppoll() would return at once. */
	if (!got || (errno != EINTR && errno != EAGAIN))
		screen.keys = -1;

	return false;
}

#define NANOSECONDS 1000000000L

struct timespec screen_after(double seconds)
{
	time_t whole = seconds;
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += whole;
	time.tv_nsec += (seconds - whole) * NANOSECONDS;
	if (time.tv_nsec >= NANOSECONDS) {
		time.tv_nsec -= NANOSECONDS;
		time.tv_sec++;
	}

	return time;
}

struct timespec screen_time_left(struct timespec until)
{
	struct timespec now = screen_after(0);

	until.tv_sec -= now.tv_sec;
	until.tv_nsec -= now.tv_nsec;
	if (until.tv_nsec < 0) {
		until.tv_nsec += NANOSECONDS;
		until.tv_sec--;
	}

	return until.tv_sec < 0 ? (struct timespec){ 0 } : until;
}

enum screen_event screen_wait(struct timespec until, int fd)
{
	while (!screen.gone) {
		struct timespec left = screen_time_left(until);
		struct pollfd fds[] = {
			{ .fd = STDOUT_FILENO },
			{ .fd = screen.keys, .events = POLLIN },
			{ .fd = fd, .events = POLLIN },
		};
		int count;

		if (changed) {
			changed = false;
			return SCREEN_REDRAW;
		}
		count = ppoll(fds, ARRAY_SIZE(fds), &left, &screen.wait_mask);
		if (!count)
			return SCREEN_TIMEOUT;
		if (count < 0 && errno == EINTR)
			continue;
		/* With no events, ppoll() reports only POLLERR and POLLHUP. */
		if (count < 0 || fds[0].revents)
			break;
		if (fds[1].revents && read_quit())
			return SCREEN_QUIT;
		if (fds[2].revents)
			return SCREEN_READABLE;
	}
	screen.gone = true;

	return SCREEN_GONE;
}
