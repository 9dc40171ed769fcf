/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Print names that any user can choose, so that a terminal does not interpret
 * them.
 */
#ifndef PRINT_H
#define PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * utf8_decode - decode the first character of a string
 * @string: the string
 * @character: set to the code point
 *
 * Return: the number of bytes of the character; 0 if it is not valid UTF-8.
 */
size_t utf8_decode(const char *string, uint32_t *character);

/**
 * utf8_length - get the number of bytes of the first character of a string
 * @string: the string
 *
 * Return: 0 if the character is not valid UTF-8.
 */
size_t utf8_length(const char *string);

/**
 * is_unprintable - whether a character must be escaped in every output
 * @character: code point
 *
 * A terminal executes control characters. Bidirectional controls and separators
 * change how adjacent characters are displayed. Other format characters are
 * invisible, so two different names would look the same.
 */
bool is_unprintable(uint32_t character);

/**
 * put_visible - print a name with unprintable bytes escaped
 * @file: where to print
 * @name: the name
 * @escaped: ASCII characters to escape as well
 * @utf8: the reader of @file understands UTF-8
 *
 * Each byte of an unprintable or invalid character and of a character in
 * @escaped becomes \ooo, octal, as in the output of the module.
 */
void put_visible(FILE *file, const char *name, const char *escaped, bool utf8);

/**
 * escape_cell - escape a cell of a table
 * @cell: the cell, from malloc()
 *
 * Each byte of an unprintable character becomes \xHH, hexadecimal, as in
 * libsmartcols. libsmartcols itself escapes control characters, but no format
 * characters.
 *
 * Return: @cell if it has no such character; otherwise a new string, and @cell
 * is freed.
 */
char *escape_cell(char *cell);

/** put_pids - print PIDs separated by commas, as in the output of the module */
void put_pids(FILE *file, const unsigned int *pids, unsigned int count);

/** has_utf8 - whether the locale uses UTF-8 */
bool has_utf8(void);

/**
 * visible - escape a string for a message
 * @string: the string
 *
 * Return: the string as put_visible() prints it; valid until the fourth call
 * after this one.
 */
const char *visible(const char *string);

/**
 * end_unread - end the program because the reader of its output has exited
 *
 * Raises SIGPIPE, as a write to a closed pipe does. If SIGPIPE is ignored,
 * prints a message and exits with status 1, as the programs of coreutils do.
 */
void __attribute__((noreturn)) end_unread(void);

/**
 * flush_output - flush standard output and check for errors
 *
 * On error, ends the program: as end_unread() if the reader has exited,
 * otherwise with a message.
 */
void flush_output(void);

/** finish_output - flush and close standard output and check for errors */
void finish_output(void);

#endif /* PRINT_H */
