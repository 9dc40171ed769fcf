/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * A runner for tests: each in a process of its own, a line of KTAP for each.
 */
#ifndef KTAP_H
#define KTAP_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

/**
 * struct test - one test case
 * @name: what it proves
 * @run: returns when it passed, calls fail() when not
 */
struct test {
	const char *name;
	void (*run)(void);
};

/**
 * run_tests - run tests, one after the other
 * @tests: the tests
 * @count: how many
 * @argv: of main(); with an argument, only the tests that have it in their
 *	name
 *
 * A test that ends in any other way than by returning has failed, one that
 * takes longer than ten minutes as well. Whatever processes it leaves are
 * killed before the next one starts.
 *
 * Return: the exit status of the program.
 */
int run_tests(const struct test *tests, size_t count, char **argv);

/** fail - end this test as failed, and say why */
void __attribute__((noreturn, format(printf, 1, 2)))
fail(const char *format, ...);

/** check - fail, with the errno of the last call, unless a condition holds */
#define check(condition) \
	do { \
		if (!(condition)) \
			fail("%s:%d: not so: %s (last error: %s)", __FILE__, \
			     __LINE__, #condition, strerror(errno)); \
	} while (0)

#endif /* KTAP_H */
