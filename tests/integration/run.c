// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "run.h"
#include "view.h"

#define ROOT 0

/* Maximum number of arguments, including the name of the program. */
#define MAX_ARGUMENTS 20

static void __attribute__((noreturn)) exec_program(const char *program,
						   const char *arguments)
{
	char copy[4096], *argv[MAX_ARGUMENTS + 1], *save;
	size_t count = 0;

	if (program)
		argv[count++] = (char *)program;
	check(strlen(arguments) < sizeof(copy));
	strcpy(copy, arguments);
	for (char *argument = strtok_r(copy, " ", &save); argument;
	     argument = strtok_r(NULL, " ", &save)) {
		check(count < MAX_ARGUMENTS);
		argv[count++] = argument;
	}
	argv[count] = NULL;
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	_exit(127);
}

void exec_tool(const char *arguments)
{
	exec_program(TOOL, arguments);
}

FILE *start_tool_to(pid_t *child, const char *arguments, const int *fds)
{
	FILE *out = fdopen(fds[0], "r");

	check(out);
	*child = fork();
	check(*child >= 0);
	if (!*child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		exec_tool(arguments);
	}
	close(fds[1]);

	return out;
}

FILE *start_tool(pid_t *child, const char *arguments)
{
	int fds[2];

	check(!pipe2(fds, O_CLOEXEC));

	return start_tool_to(child, arguments, fds);
}

const char *wait_for_line(FILE *out, const char *wanted)
{
	static char line[1024];

	do {
		if (!fgets(line, sizeof(line), out))
			fail("no line with '%s'", wanted);
	} while (!strstr(line, wanted));

	return line;
}

int open_temporary(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	check(fd >= 0);

	return fd;
}

char *read_back(int fd)
{
	char *text;

	check(!lseek(fd, 0, SEEK_SET));
	text = read_all(fd, 1 << 16);
	close(fd);

	return text;
}

static struct run run_formatted(const char *program, uid_t user,
				const char *format, va_list args)
{
	int out = open_temporary(), err = open_temporary(), status;
	struct run run;
	char *arguments;
	pid_t child;

	check(vasprintf(&arguments, format, args) >= 0);
	fflush(stdout);
	child = fork();
	check(child >= 0);
	if (!child) {
		dup2(out, 1);
		dup2(err, 2);
		if (user && (setgroups(0, NULL) ||
			     setresgid(user, user, user) ||
			     setresuid(user, user, user)))
			_exit(126);
		exec_program(program, arguments);
	}
	check(waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status))
		fail("%s: terminated by signal %d", arguments,
		     WTERMSIG(status));
	run.status = WEXITSTATUS(status);
	run.out = read_back(out);
	run.err = read_back(err);
	free(arguments);

	return run;
}

struct run run_tool(const char *format, ...)
{
	struct run run;
	va_list args;

	va_start(args, format);
	run = run_formatted(TOOL, ROOT, format, args);
	va_end(args);

	return run;
}

struct run run_as(uid_t user, const char *format, ...)
{
	struct run run;
	va_list args;

	va_start(args, format);
	run = run_formatted(TOOL, user, format, args);
	va_end(args);

	return run;
}

struct run run_program(const char *format, ...)
{
	struct run run;
	va_list args;

	va_start(args, format);
	run = run_formatted(NULL, ROOT, format, args);
	va_end(args);

	return run;
}

void free_run(struct run *run)
{
	free(run->out);
	free(run->err);
}

void check_error(struct run run, int status, const char *message)
{
	if (run.status != status || *run.out || !strstr(run.err, message) ||
	    strchr(run.err, '\n') != run.err + strlen(run.err) - 1)
		fail("got status %d, '%s' and '%s', expected status %d and '%s'",
		     run.status, run.out, run.err, status, message);
	free_run(&run);
}

struct json_object *parse_json(const struct run *run)
{
	struct json_tokener *tokener = json_tokener_new_ex(256);
	struct json_object *object;

	if (run->status || *run->err)
		fail("exit status %d: %s", run->status, run->err);
	check(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, run->out, strlen(run->out));
	if (json_tokener_get_error(tokener) != json_tokener_success)
		fail("not JSON: %s", run->out);
	json_tokener_free(tokener);

	return object;
}

struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail("no \"%s\" in %s", key, json_object_to_json_string(object));

	return value;
}

long long get_number(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key);

	if (!json_object_is_type(value, json_type_int))
		fail("\"%s\" is not a number: %s", key,
		     json_object_to_json_string(object));

	return json_object_get_int64(value);
}

const char *get_string(struct json_object *object, const char *key)
{
	struct json_object *value = get(object, key);

	if (!json_object_is_type(value, json_type_string))
		fail("\"%s\" is not a string: %s", key,
		     json_object_to_json_string(object));

	return json_object_get_string(value);
}

unsigned int inum_of(pid_t pid)
{
	char path[64], link[64] = "";
	unsigned int inum;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	check(readlink(path, link, sizeof(link) - 1) > 0);
	check(sscanf(link, "pid:[%u]", &inum) == 1);

	return inum;
}
