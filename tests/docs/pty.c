// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * pty COMMAND...: execute a command on a new terminal. Standard input must be the
 * other end of that terminal, a newly opened /dev/ptmx. The calling shell opens it
 * and stays the parent of the command. script(1) would be an additional process in
 * the trees that documents show.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static void __attribute__((noreturn)) give_up(const char *what)
{
	perror(what);
	_exit(127);
}

int main(int argc, char **argv)
{
	static const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	struct termios settings;
	const char *name;
	int fd;

	if (argc < 2) {
		fprintf(stderr, "usage: pty COMMAND [ARGUMENT...]\n");
		return 127;
	}

	/* The first terminal that a session leader opens becomes its own. */
	name = ptsname(0);
	if (!name || unlockpt(0) || setsid() < 0)
		give_up("pty: standard input");
	fd = open(name, O_RDWR);
	if (fd < 0 || tcgetattr(fd, &settings))
		give_up(name);

	/* Do not echo input, and end lines of the output with \n alone. */
	settings.c_lflag &= ~ECHO;
	settings.c_oflag &= ~ONLCR;
	if (tcsetattr(fd, TCSANOW, &settings) || ioctl(fd, TIOCSWINSZ, &size))
		give_up(name);

	/* Background commands of a shell without job control ignore these. */
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		give_up(name);
	if (fd > 2)
		close(fd);
	execvp(argv[1], argv + 1);
	give_up(argv[1]);
}
