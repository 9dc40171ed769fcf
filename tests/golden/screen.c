// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Tests of tools/screen.c on a pseudoterminal. A minimal shell runs a job that
 * draws a screen, and the test acts as the terminal and its user. The test
 * interprets the output of the job and fails at an unknown escape sequence. It
 * prints a KTAP line for each test.
 */
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "screen.h"

#define MAX_ROWS 64
#define MAX_COLUMNS 128
#define CELL 64

/* Seconds that suffice even under valgrind on a slow machine. */
#define TIMEOUT 30

/* Limit on the CPU time of a job. A job that polls in a loop exceeds it. */
#define MAX_CPU_MS 1000

#define FOREVER 3600

/* Exit statuses of jobs. */
#define EXIT_GONE 3
#define EXIT_FAILED 4

static void __attribute__((noreturn, format(printf, 1, 2)))
fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	_exit(1);
}

#define check(condition) \
	((condition) ? (void)0 : \
	 fail("line %d: %s", __LINE__, #condition))

/* ---- the terminal and its user ---- */

/** struct report - sent by the shell when its job starts, stops or ends */
struct report {
	enum { STARTED, STOPPED, ENDED } kind;
	pid_t pid;
	int status;
	long cpu_ms;
};

static struct {
	int master;
	int commands;			/* to the shell */
	int reports;			/* from the shell */
	pid_t job;
	struct termios before;
	size_t rows, columns;
	char cells[MAX_ROWS][MAX_COLUMNS][CELL];
	size_t row, column;
	bool alternate, no_cursor, no_wrap;
	unsigned int entries;		/* switches to the alternate screen */
	char pending[64];		/* start of a sequence or a character */
	size_t nr_pending;
} tty;

static void erase(size_t row, size_t from)
{
	for (size_t i = from; i < MAX_COLUMNS; i++)
		strcpy(tty.cells[row][i], " ");
}

static void erase_from(size_t row)
{
	for (; row < MAX_ROWS; row++)
		erase(row, 0);
}

static const char *row_text(size_t row)
{
	static char text[MAX_COLUMNS * CELL];
	char *end = text;

	for (size_t i = 0; i < tty.columns; i++)
		end = stpcpy(end, tty.cells[row][i]);
	while (end > text && end[-1] == ' ')
		end--;
	*end = '\0';

	return text;
}

static void set_mode(int mode, bool on)
{
	switch (mode) {
	case 7:
		tty.no_wrap = !on;
		return;
	case 25:
		tty.no_cursor = !on;
		return;
	case 1049:
		check(tty.alternate != on);
		tty.alternate = on;
		tty.entries += on;
		erase_from(0);
		return;
	default:
		fail("mode %d", mode);
	}
}

/* @sequence extends from ESC [ to a letter. */
static void execute(const char *sequence)
{
	unsigned int row, mode;
	char end;

	if (sscanf(sequence, "\033[%u;1%c", &row, &end) == 2 && end == 'H') {
		tty.row = row > tty.rows ? tty.rows - 1 : row - 1;
		tty.column = 0;
	} else if (sscanf(sequence, "\033[?%u%c", &mode, &end) == 2 &&
		   (end == 'h' || end == 'l')) {
		set_mode(mode, end == 'h');
	} else if (!strcmp(sequence, "\033[K")) {
		erase(tty.row, tty.column);
	} else if (!strcmp(sequence, "\033[J")) {
		erase(tty.row, tty.column);
		erase_from(tty.row + 1);
	} else {
		fail("unknown sequence ESC%s", sequence + 1);
	}
}

/* As in xterm without wrapping, the cursor stays in the last column. */
static void write_character(const char *bytes, wchar_t character)
{
	int width = wcwidth(character);

	if (width < 0)
		fail("character U+%04X", (unsigned int)character);
	if (!width) {
		size_t last = tty.column, used;
		char *cell;

		while (last && !*tty.cells[tty.row][last - 1])
			last--;
		check(last);
		cell = tty.cells[tty.row][last - 1];
		used = strlen(cell);
		snprintf(cell + used, CELL - used, "%s", bytes);
		return;
	}
	check(tty.alternate && tty.no_wrap && tty.no_cursor);
	check(tty.column + width <= tty.columns);
	strcpy(tty.cells[tty.row][tty.column], bytes);
	if (width == 2)
		strcpy(tty.cells[tty.row][tty.column + 1], "");
	tty.column += width;
}

static void interpret_byte(char byte)
{
	mbstate_t state = { 0 };
	wchar_t character;
	size_t len;

	if (!tty.nr_pending && (byte == '\r' || byte == '\n')) {
		tty.column = 0;
		return;
	}
	check(tty.nr_pending < sizeof(tty.pending) - 1);
	tty.pending[tty.nr_pending++] = byte;
	tty.pending[tty.nr_pending] = '\0';
	if (*tty.pending == '\033') {
		if (tty.nr_pending < 3 || byte < '@')
			return;
		if (tty.column == tty.columns)
			tty.column--;
		execute(tty.pending);
	} else {
		len = mbrtowc(&character, tty.pending, tty.nr_pending, &state);
		if (len == (size_t)-2)
			return;
		check(len == tty.nr_pending);
		write_character(tty.pending, character);
	}
	tty.nr_pending = 0;
}

/* Interpret the output of the job. Return: false if there is none in time. */
static bool interpret(int milliseconds)
{
	struct pollfd fds[] = {
		{ .fd = tty.master, .events = POLLIN },
		{ .fd = tty.reports, .events = POLLIN },
	};
	char bytes[4096];
	ssize_t got;

	if (poll(fds, 2, milliseconds) <= 0)
		return false;
	if (fds[0].revents) {
		got = read(tty.master, bytes, sizeof(bytes));
		check(got > 0);
		for (ssize_t i = 0; i < got; i++)
			interpret_byte(bytes[i]);
	}

	return fds[0].revents;
}

static void interpret_all(void)
{
	while (interpret(100))
		;
}

static void wait_for(size_t row, const char *text)
{
	time_t end = time(NULL) + TIMEOUT;

	while (strcmp(row_text(row), text)) {
		if (!interpret(100) && time(NULL) > end) {
			for (size_t i = 0; i < tty.rows; i++)
				printf("# |%s\n", row_text(i));
			fail("no row %zu '%s'", row, text);
		}
	}
	check(!tty.nr_pending || interpret(1000));
}

static void wait_for_entry(unsigned int entries)
{
	time_t end = time(NULL) + TIMEOUT;

	while (tty.entries < entries || !tty.no_wrap)
		if (!interpret(100) && time(NULL) > end)
			fail("no alternate screen");
}

static struct report next_report(void)
{
	struct pollfd ready = { .fd = tty.reports, .events = POLLIN };
	time_t end = time(NULL) + TIMEOUT;
	struct report report;

	while (!poll(&ready, 1, 0)) {
		if (tty.master >= 0)
			interpret(10);
		else
			usleep(10000);
		if (time(NULL) > end)
			fail("the job neither stops nor ends");
	}
	check(read(tty.reports, &report, sizeof(report)) == sizeof(report));
	if (tty.master >= 0)
		interpret_all();

	return report;
}

static void type(const char *keys)
{
	check(write(tty.master, keys, strlen(keys)) == (ssize_t)strlen(keys));
}

static void command(char what)
{
	check(write(tty.commands, &what, 1) == 1);
}

static void resize(size_t rows, size_t columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	tty.rows = rows;
	tty.columns = columns;
	check(!ioctl(tty.master, TIOCSWINSZ, &size));
}

static bool has_modes(const struct termios *modes)
{
	struct termios now;

	check(!tcgetattr(tty.master, &now));

	return now.c_iflag == modes->c_iflag && now.c_oflag == modes->c_oflag &&
	       now.c_cflag == modes->c_cflag && now.c_lflag == modes->c_lflag &&
	       !memcmp(now.c_cc, modes->c_cc, sizeof(now.c_cc));
}

static void set_modes(const struct termios *modes)
{
	check(!tcsetattr(tty.master, TCSANOW, modes));
}

/* The modes that a shell sets while it reads a command. */
static struct termios modes_of_shell(void)
{
	struct termios modes = tty.before;

	modes.c_lflag &= ~(ICANON | ECHO);
	modes.c_lflag |= TOSTOP;

	return modes;
}

static void check_screen(void)
{
	struct termios now;

	check(!tcgetattr(tty.master, &now));
	check(!(now.c_lflag & (ICANON | ECHO)) && (now.c_lflag & ISIG));
	check(tty.alternate && tty.no_cursor && tty.no_wrap);
}

static void check_left(void)
{
	check(!tty.alternate && !tty.no_cursor && !tty.no_wrap);
}

static void check_restored(void)
{
	check(has_modes(&tty.before));
	check_left();
}

static void check_waiting(void)
{
	struct pollfd report = { .fd = tty.reports, .events = POLLIN };

	check(!poll(&report, 1, 300));
	check_screen();
}

static void check_exit(int status)
{
	struct report report = next_report();

	if (report.kind != ENDED || !WIFEXITED(report.status) ||
	    WEXITSTATUS(report.status) != status)
		fail("report %d, status %#x", report.kind, report.status);
	if (report.cpu_ms > MAX_CPU_MS)
		fail("%ld ms of CPU time", report.cpu_ms);
	if (tty.master >= 0)
		check_restored();
}

static void check_signal(int sig)
{
	struct report report = next_report();

	if (report.kind != ENDED || !WIFSIGNALED(report.status) ||
	    WTERMSIG(report.status) != sig)
		fail("report %d, status %#x", report.kind, report.status);
}

static void check_killed(int sig)
{
	check_signal(sig);
	check_restored();
}

static void check_stopped(int sig)
{
	struct report report = next_report();

	if (report.kind != STOPPED || WSTOPSIG(report.status) != sig)
		fail("report %d, status %#x", report.kind, report.status);
}

/* ---- the shell ---- */

static void send_report(int fd, struct report report)
{
	if (write(fd, &report, sizeof(report)) != sizeof(report))
		_exit(1);
}

static void give_terminal(pid_t group)
{
	if (tcsetpgrp(STDIN_FILENO, group))
		_exit(1);
}

static void __attribute__((noreturn))
run_shell(int terminal, void (*job)(void), int commands, int reports)
{
	struct rusage used;
	int status;
	char what;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	if (ioctl(terminal, TIOCSCTTY, 0) || dup2(terminal, 0) < 0 ||
	    dup2(terminal, 1) < 0)
		_exit(1);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		give_terminal(getpid());
		signal(SIGHUP, SIG_DFL);
		signal(SIGTTOU, SIG_DFL);
		/* The job must not keep the pipes and the terminal open. */
		close(commands);
		close(reports);
		close(terminal);
		job();
		exit(EXIT_FAILED);
	}
	send_report(reports, (struct report){ .kind = STARTED, .pid = pid });
	while (wait4(pid, &status, WUNTRACED, &used) == pid) {
		send_report(reports, (struct report){
			.kind = WIFSTOPPED(status) ? STOPPED : ENDED,
			.status = status,
			.cpu_ms = 1000 * (used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
				  (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000,
		});
		if (!WIFSTOPPED(status))
			break;
		give_terminal(getpid());
		if (read(commands, &what, 1) != 1)
			break;
		if (what == 'f')
			give_terminal(pid);
		else if (what == 'k')
			kill(pid, SIGTERM);
		kill(-pid, SIGCONT);
	}
	/* The terminal hangs up when the leader of its session exits. */
	pause();
	_exit(0);
}

static void start(void (*job)(void), size_t rows, size_t columns)
{
	int slave, commands[2], reports[2];
	struct report report;
	pid_t shell;

	check(!openpty(&tty.master, &slave, NULL, NULL, NULL));
	check(!tcgetattr(slave, &tty.before));
	check(!pipe2(commands, O_CLOEXEC) && !pipe2(reports, O_CLOEXEC));
	resize(rows, columns);
	erase_from(0);
	tty.entries = 0;
	shell = fork();
	check(shell >= 0);
	if (!shell) {
		close(tty.master);
		close(commands[1]);
		close(reports[0]);
		run_shell(slave, job, commands[0], reports[1]);
	}
	close(slave);
	close(commands[0]);
	close(reports[1]);
	tty.commands = commands[1];
	tty.reports = reports[0];
	check(read(tty.reports, &report, sizeof(report)) == sizeof(report));
	check(report.kind == STARTED);
	tty.job = report.pid;
}

/* ---- jobs ---- */

static const char *body, *footer = "";

static void show(double seconds)
{
	screen_open();
	for (;;) {
		screen_draw(body, footer);
		switch (screen_wait(screen_after(seconds), -1)) {
		case SCREEN_TIMEOUT:
		case SCREEN_READABLE:
		case SCREEN_REDRAW:
			break;
		case SCREEN_QUIT:
			screen_close();
			exit(0);
		case SCREEN_GONE:
			screen_close();
			exit(EXIT_GONE);
		}
	}
}

static void show_long(void)
{
	static char lines[4096], changes[1024];
	char *end = stpcpy(lines, "NS\n");

	for (int i = 1; i < 200; i++)
		end += sprintf(end, "row %d\n", i);
	end = changes;
	for (int i = 1; i <= 40; i++)
		end += sprintf(end, "change %d\n", i);
	body = lines;
	footer = changes;
	show(FOREVER);
}

static void show_short(void)
{
	body = "NS\none";
	show(FOREVER);
}

/* The timeout of each screen_wait() has already passed. */
static void show_without_pause(void)
{
	body = "NS\none";
	show(0);
}

/* In a window of ten columns. */
static void show_wide(void)
{
	body =	"0123456789\n"
		"01234567890123\n"
		"\u4e00\u4e8c\u4e09\u56db\u4e94\n"
		"\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\n"
		"a\u4e00\u4e8c\u4e09\u56db\u4e94\n"
		"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301\n"
		"a\033[31m\xc2\x9bz\n"
		"\xff\xfe\u202ec\td\n";
	footer = "\n";
	show(FOREVER);
}

static void show_in_ascii(void)
{
	setlocale(LC_ALL, "C");
	body = "NS\n\u4e00\n1\n2\n3\n";
	show(FOREVER);
}

static void ignore_hangup(void)
{
	signal(SIGHUP, SIG_IGN);
	show_short();
}

static void draw_and_hang(void)
{
	screen_open();
	screen_draw("NS\n", "");
	for (;;)
		pause();
}

static void end_without_close(void)
{
	screen_open();
	screen_draw("NS\n", "");
	exit(7);
}

static void open_twice(void)
{
	for (int i = 0; i < 2; i++) {
		screen_open();
		screen_draw("NS\n", "");
		if (screen_wait(screen_after(FOREVER), -1) != SCREEN_QUIT)
			exit(EXIT_FAILED);
		screen_close();
		screen_close();
		if (signal(SIGINT, SIG_DFL) != SIG_DFL)
			exit(EXIT_FAILED);
	}
	exit(0);
}

static void without_input(void)
{
	int null = open("/dev/null", O_RDONLY);

	dup2(null, STDIN_FILENO);
	show_short();
}

/* The job moves to a session without a controlling terminal. */
static void without_terminal(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		int null = open("/dev/null", O_RDONLY);

		dup2(null, STDIN_FILENO);
		setsid();
		screen_open();
		screen_draw("NS\n", "");
		if (screen_wait(screen_after(2), -1) != SCREEN_TIMEOUT)
			exit(EXIT_FAILED);
		/* SIGTSTP does not stop an orphaned process group. */
		raise(SIGTSTP);
		if (screen_wait(screen_after(FOREVER), -1) != SCREEN_REDRAW)
			exit(EXIT_FAILED);
		exit(0);
	}
	waitpid(child, &status, 0);
	exit(WEXITSTATUS(status));
}

/* Keys come from another terminal than the one for output. */
static void lose_input(void)
{
	int master, slave;

	if (openpty(&master, &slave, NULL, NULL, NULL))
		exit(EXIT_FAILED);
	dup2(slave, STDIN_FILENO);
	screen_open();
	screen_draw("NS\n", "");
	close(master);
	if (screen_wait(screen_after(2), -1) != SCREEN_TIMEOUT)
		exit(EXIT_FAILED);
	exit(0);
}

static long count_writes(void)
{
	FILE *file = fopen("/proc/self/io", "r");
	char line[64];
	long count = -1;

	if (!file)
		exit(EXIT_FAILED);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "syscw: %ld", &count) == 1)
			break;
	fclose(file);

	return count;
}

static void write_once(void)
{
	static char lines[100 * 100];
	long before;

	for (size_t i = 0; i < sizeof(lines) - 1; i++)
		lines[i] = i % 100 == 99 ? '\n' : 'x';
	screen_open();
	before = count_writes();
	screen_draw(lines, lines);
	if (count_writes() != before + 1)
		exit(EXIT_FAILED);
	exit(0);
}

static void check_usable(void)
{
	static const struct {
		const char *term;
		bool usable;
	} terms[] = {
		{ "xterm", true }, { "linux", true }, { "dumb", false },
		{ "", false },
	};

	for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++) {
		setenv("TERM", terms[i].term, 1);
		if (screen_usable() != terms[i].usable)
			exit(EXIT_FAILED);
	}
	unsetenv("TERM");
	if (screen_usable())
		exit(EXIT_FAILED);
	setenv("TERM", "xterm", 1);
	close(STDOUT_FILENO);
	if (screen_usable())
		exit(EXIT_FAILED);
	exit(0);
}

/* ---- tests ---- */

static void test_long(void)
{
	start(show_long, 24, 80);
	wait_for(23, "change 40");
	wait_for(16, "change 33");
	wait_for(15, "");
	wait_for(14, "\u2026 186 more rows");
	wait_for(13, "row 13");
	wait_for(0, "NS");
	check_screen();
	type("q");
	check_exit(0);
}

static void test_short(void)
{
	start(show_short, 24, 80);
	wait_for(1, "one");
	wait_for(2, "");
	wait_for(0, "NS");
	type("Q");
	check_exit(0);
}

static void test_resize(void)
{
	start(show_long, 24, 80);
	wait_for(23, "change 40");
	resize(9, 7);
	wait_for(8, "change");
	wait_for(4, "\u2026 196 m");
	resize(60, 100);
	wait_for(59, "change 40");
	wait_for(38, "\u2026 162 more rows");
	resize(2, 20);
	wait_for(1, "\u2026 199 more rows");
	resize(1, 20);
	wait_for(0, "\u2026 200 more rows");
	check_screen();
	type("q");
	check_exit(0);
}

static void test_wide(void)
{
	start(show_wide, 24, 10);
	wait_for(0, "0123456789");
	wait_for(1, "0123456789");
	wait_for(2, "\u4e00\u4e8c\u4e09\u56db\u4e94");
	wait_for(3, "\u4e00\u4e8c\u4e09\u56db\u4e94");
	wait_for(4, "a\u4e00\u4e8c\u4e09\u56db");
	wait_for(5, "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301");
	wait_for(6, "a?[31m?z");
	wait_for(7, "???c?d");
	resize(24, 9);
	wait_for(2, "\u4e00\u4e8c\u4e09\u56db");
	type("q");
	check_exit(0);
}

static void test_ascii(void)
{
	start(show_in_ascii, 4, 80);
	wait_for(1, "???");
	wait_for(3, "... 2 more rows");
	type("q");
	check_exit(0);
}

static void test_keys(void)
{
	start(show_short, 24, 80);
	wait_for(1, "one");
	/* F2, F1 of the console, F6, an arrow with Ctrl, letters. */
	type("\033OQ\033[[A\033[17~\033[1;5Aabc");
	check_waiting();
	type("\003");
	check_killed(SIGINT);

	start(show_short, 24, 80);
	wait_for(1, "one");
	type("\033OQ");
	check_waiting();
	/* Alt-q. */
	type("\033q");
	check_exit(0);

	start(show_without_pause, 24, 80);
	wait_for(1, "one");
	type("q");
	check_exit(0);
}

static void test_signals(void)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		start(show_short, 24, 80);
		wait_for(1, "one");
		check_screen();
		check(!kill(tty.job, ends[i]));
		check_killed(ends[i]);
	}
	start(draw_and_hang, 24, 80);
	wait_for(0, "NS");
	check(!kill(tty.job, SIGTERM));
	check_killed(SIGTERM);
}

static void test_ignored(void)
{
	start(ignore_hangup, 24, 80);
	wait_for(1, "one");
	check(!kill(tty.job, SIGHUP));
	check_waiting();
	type("q");
	check_exit(0);
}

/* Ctrl-Z, then fg. */
static void test_stop(void)
{
	start(show_short, 24, 80);
	for (int i = 0; i < 3; i++) {
		wait_for(1, "one");
		check_screen();
		type("\032");
		check_stopped(SIGTSTP);
		check_restored();
		command('f');
	}
	wait_for(1, "one");
	check_screen();
	type("q");
	check_exit(0);
}

static void test_stop_in_snapshot(void)
{
	start(draw_and_hang, 24, 80);
	wait_for(0, "NS");
	type("\032");
	check_stopped(SIGTSTP);
	check_restored();
	resize(10, 10);
	command('f');
	wait_for_entry(2);
	check_screen();
	type("\003");
	check_killed(SIGINT);
}

/* Ctrl-Z, then bg: the job stops again without changing the terminal. */
static void test_background(void)
{
	struct termios shell;

	start(show_short, 24, 80);
	shell = modes_of_shell();
	wait_for(1, "one");
	type("\032");
	check_stopped(SIGTSTP);
	check_restored();
	set_modes(&shell);
	command('b');
	check_stopped(SIGTTOU);
	check_left();
	check(has_modes(&shell));
	set_modes(&tty.before);
	command('f');
	wait_for(1, "one");
	check_screen();
	type("\032");
	check_stopped(SIGTSTP);
	check_restored();
	set_modes(&shell);
	/* kill %1 */
	command('k');
	check_signal(SIGTERM);
	check_left();
	check(has_modes(&shell));
}

/* SIGSTOP cannot be handled, so the job stops with the screen open. */
static void test_sigstop(void)
{
	struct termios shell;

	start(show_short, 24, 80);
	shell = modes_of_shell();
	wait_for(1, "one");
	check(!kill(tty.job, SIGSTOP));
	check_stopped(SIGSTOP);
	set_modes(&tty.before);
	erase_from(0);
	command('f');
	wait_for(1, "one");
	check_screen();
	check(!kill(tty.job, SIGSTOP));
	check_stopped(SIGSTOP);
	set_modes(&shell);
	command('k');
	check_signal(SIGTERM);
	check_left();
	check(has_modes(&shell));
}

static void test_hangup(void)
{
	start(ignore_hangup, 24, 80);
	wait_for(1, "one");
	close(tty.master);
	tty.master = -1;
	check_exit(EXIT_GONE);
}

static void test_input(void)
{
	start(without_input, 24, 80);
	wait_for(1, "one");
	check_screen();
	type("q");
	check_exit(0);

	start(without_terminal, 24, 80);
	check_exit(0);

	start(lose_input, 24, 80);
	check_exit(0);
}

static void test_exit(void)
{
	start(end_without_close, 24, 80);
	check_exit(7);
	start(open_twice, 24, 80);
	wait_for(0, "NS");
	type("q");
	wait_for_entry(2);
	wait_for(0, "NS");
	type("q");
	check_exit(0);
}

static void test_write(void)
{
	start(write_once, 50, 100);
	check_exit(0);
}

static void test_usable(void)
{
	start(check_usable, 24, 80);
	check_exit(0);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "recognizes a usable terminal", test_usable },
	{ "truncates a body that is too long", test_long },
	{ "leaves unused rows empty", test_short },
	{ "redraws when the window is resized", test_resize },
	{ "measures wide, combining and unprintable characters", test_wide },
	{ "prints only ASCII in the C locale", test_ascii },
	{ "quits at q but not at other keys", test_keys },
	{ "restores the terminal before a signal ends the program", test_signals },
	{ "continues after an ignored signal", test_ignored },
	{ "stops at Ctrl-Z and continues with fg", test_stop },
	{ "stops at Ctrl-Z during a snapshot", test_stop_in_snapshot },
	{ "leaves the terminal to the shell in the background", test_background },
	{ "draws again after SIGSTOP", test_sigstop },
	{ "reports a terminal that hangs up", test_hangup },
	{ "works without keys from standard input", test_input },
	{ "closes at exit and opens again", test_exit },
	{ "writes each frame with one write()", test_write },
};

/*
 * A shell without job control starts background commands with SIGINT and
 * SIGQUIT ignored, and the jobs of this test inherit that.
 */
static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	check(!sigprocmask(SIG_SETMASK, &none, NULL));
	for (int sig = 1; sig < NSIG; sig++)
		/* Fails for SIGKILL, SIGSTOP and signals that libc uses. */
		signal(sig, SIG_DFL);
}

int main(void)
{
	bool passed = true;
	size_t i;

	reset_signals();
	if (!setlocale(LC_ALL, "C.UTF-8"))
		fail("no locale C.UTF-8");
	for (i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		int status;
		pid_t child;

		fflush(stdout);
		child = fork();
		check(child >= 0);
		if (!child) {
			tests[i].run();
			_exit(0);
		}
		check(waitpid(child, &status, 0) == child);
		printf("%sok %zu screen: %s\n", status ? "not " : "", i + 1,
		       tests[i].name);
		passed &= !status;
	}
	printf("1..%zu\n", i);

	return !passed;
}
