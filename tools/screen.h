/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A screen for --watch: draws frames on a terminal and reads keys.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>
#include <time.h>

/**
 * enum screen_event - why screen_wait() has returned
 * @SCREEN_TIMEOUT: the time has passed
 * @SCREEN_READABLE: the caller's descriptor is readable
 * @SCREEN_REDRAW: the window was resized, or the program was stopped and
 *	continued, so the screen must be drawn again
 * @SCREEN_QUIT: the user has pressed q or Q, or Ctrl-C without ISIG
 * @SCREEN_GONE: the terminal has hung up
 */
enum screen_event {
	SCREEN_TIMEOUT,
	SCREEN_READABLE,
	SCREEN_REDRAW,
	SCREEN_QUIT,
	SCREEN_GONE,
};

/**
 * screen_usable - whether standard output can be a screen
 *
 * Return: false if standard output is not a terminal, or if TERM is unset,
 * empty or "dumb".
 */
bool screen_usable(void);

/**
 * screen_open - start using the terminal as a screen
 *
 * Switches to the alternate screen, hides the cursor, and turns off echo and
 * line editing. Reads keys from standard input if it is a terminal, otherwise
 * from /dev/tty. Without either, reads no keys.
 *
 * screen_close(), exit(), SIGTSTP and the signals that end the program restore
 * the terminal. A signal that was ignored before stays ignored. While the
 * screen is open, nothing else may write to the terminal: call screen_close()
 * before you print a message.
 */
void screen_open(void);

/**
 * screen_close - restore the terminal
 *
 * Does nothing if the screen is not open.
 */
void screen_close(void);

/**
 * screen_draw - draw one frame with one write()
 * @body: lines at the top, each terminated by a newline
 * @footer: lines below @body; may be empty
 *
 * Lines are truncated to the width of the window. If there are too many, the
 * last lines of @footer get the rows that @body leaves, and at least a third of
 * the window. If @body does not fit, its last row shows how many lines are
 * missing. A question mark replaces an unprintable character.
 */
void screen_draw(const char *body, const char *footer);

/**
 * screen_after - compute a time for screen_wait()
 * @seconds: time from now
 *
 * Return: the time, by CLOCK_MONOTONIC.
 */
struct timespec screen_after(double seconds);

/**
 * screen_time_left - compute how long to wait
 * @until: time by CLOCK_MONOTONIC
 *
 * Return: the time from now; 0 if @until has passed.
 */
struct timespec screen_time_left(struct timespec until);

/**
 * screen_wait - wait for an event
 * @until: time of SCREEN_TIMEOUT
 * @fd: descriptor for SCREEN_READABLE; -1 for none
 *
 * Checks for other events even if @until has passed, so that the user can quit
 * if a frame takes longer than the interval.
 *
 * Return: the event.
 */
enum screen_event screen_wait(struct timespec until, int fd);

#endif /* SCREEN_H */
