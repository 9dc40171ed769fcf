/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Run each test in a process of its own, and print one line of KTAP per test.
 */
#ifndef KTAP_H
#define KTAP_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

/**
 * struct test - one test case
 * @name: what the test checks, as printed in its KTAP line
 * @run: returns if the test passes, calls fail() otherwise
 */
struct test {
	const char *name;
	void (*run)(void);
};

/**
 * run_tests - run tests, one after the other
 * @tests: the tests
 * @count: number of tests
 * @argv: of main(); if argv[1] is set, run only the tests whose names contain
 *	it or, if it begins with "!", do not contain the rest of it
 *
 * A test passes only if its function returns, within ten minutes. Processes
 * that a test leaves behind are killed before the next test starts.
 *
 * Return: the exit status of the program, 1 if a test failed or none ran.
 */
int run_tests(const struct test *tests, size_t count, char **argv);

/** fail - print the reason as a KTAP comment, and exit from this test */
void __attribute__((noreturn, format(printf, 1, 2)))
fail(const char *format, ...);

/** check - call fail() with the current errno unless a condition holds */
#define check(condition)                                                      \
	do {                                                                  \
		if (!(condition))                                             \
			fail("%s:%d: check failed: %s (errno: %s)", __FILE__, \
			     __LINE__, #condition, strerror(errno));          \
	} while (0)

#endif /* KTAP_H */
