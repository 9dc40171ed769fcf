// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"

/* An emulated debug kernel needs minutes for some tests. */
#define TEST_SECONDS 600

void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

/* run_tests() makes this process the subreaper of what the tests create. */
static void kill_children(void)
{
	char path[64];
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	file = fopen(path, "r");
	if (!file)
		return;
	while (fscanf(file, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	fclose(file);
}

static void clean_up(void)
{
	int status;

	do {
		kill_children();
	} while (wait(&status) > 0);
}

static bool run_one(const struct test *test)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child < 0)
		return false;
	if (!child) {
		alarm(TEST_SECONDS);
		test->run();
		fflush(stdout);
		_exit(0);
	}

	if (waitpid(child, &status, 0) != child)
		return false;
	if (WIFSIGNALED(status))
		printf("# killed by signal %d\n", WTERMSIG(status));
	clean_up();

	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool is_wanted(const struct test *test, const char *part)
{
	if (*part == '!')
		return !strstr(test->name, part + 1);

	return strstr(test->name, part);
}

int run_tests(const struct test *tests, size_t count, char **argv)
{
	const char *part = argv[1] ? argv[1] : "";
	size_t planned = 0, done = 0, failed = 0;

	for (size_t i = 0; i < count; i++)
		planned += is_wanted(&tests[i], part);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		return 1;

	printf("KTAP version 1\n1..%zu\n", planned);
	for (size_t i = 0; i < count; i++) {
		bool ok;

		if (!is_wanted(&tests[i], part))
			continue;
		ok = run_one(&tests[i]);
		printf("%sok %zu %s\n", ok ? "" : "not ", ++done,
		       tests[i].name);
		failed += !ok;
	}

	return failed || !planned;
}
