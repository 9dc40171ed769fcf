/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A terminal as a screen that is drawn again and again, for --watch.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>
#include <time.h>

/**
 * enum screen_event - why screen_wait() has returned
 * @SCREEN_TIMEOUT: the time has come
 * @SCREEN_REDRAW: the screen must be drawn again, because the size of the
 *	window has changed or because the program was stopped and continued
 * @SCREEN_QUIT: the user has pressed q, Q or a Ctrl-C that is no signal
 * @SCREEN_GONE: the terminal has hung up; nothing can be drawn any more
 */
enum screen_event {
	SCREEN_TIMEOUT,
	SCREEN_REDRAW,
	SCREEN_QUIT,
	SCREEN_GONE,
};

/**
 * screen_usable - whether standard output can be such a screen
 *
 * Return: false if standard output is no terminal, or if TERM is unset, empty
 *	or "dumb".
 */
bool screen_usable(void);

/**
 * screen_open - take over the terminal
 *
 * Switches to the alternate screen, hides the cursor, and turns off echo and
 * line editing. Keys are read from standard input if it is a terminal, from
 * /dev/tty otherwise, and not at all without either.
 *
 * The terminal is restored by screen_close(), by exit(), before a signal ends
 * the program, and while SIGTSTP stops it. A signal that was ignored before
 * stays ignored. Nothing else may write to the terminal while the screen is
 * open: call screen_close() before you print a message.
 */
void screen_open(void);

/**
 * screen_close - restore the terminal
 *
 * Does nothing if the screen is not open.
 */
void screen_close(void);

/**
 * screen_draw - draw one frame, with one write()
 * @body: lines to begin with, each ended by a newline
 * @footer: lines below them, of which the last ones matter most; may be empty
 *
 * Lines are cut to the width of the window. If there are too many, the last
 * lines of @footer get what @body leaves, and at least a third of the window;
 * the last line of a body that does not fit tells how many rows are missing.
 * An unprintable character is replaced by a question mark.
 */
void screen_draw(const char *body, const char *footer);

/**
 * screen_after - the time that is so many seconds from now
 * @seconds: how many
 *
 * Return: the time, for screen_wait().
 */
struct timespec screen_after(double seconds);

/**
 * screen_wait - wait for the next reason to do something
 * @until: when to return if there is no other reason
 *
 * If @until has passed, looks for other reasons all the same: a user can quit
 * however slowly the frames come.
 *
 * Return: the reason.
 */
enum screen_event screen_wait(struct timespec until);

#endif /* SCREEN_H */
