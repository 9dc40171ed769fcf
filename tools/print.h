/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Printing what others have chosen the bytes of.
 */
#ifndef PRINT_H
#define PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * utf8_decode - decode the character at the start of a string
 * @string: the string
 * @character: set to the code point
 *
 * Return: how many bytes it takes; 0 if these bytes are not valid UTF-8.
 */
size_t utf8_decode(const char *string, uint32_t *character);

/**
 * utf8_length - how many bytes the character at the start of a string takes
 *
 * Return: 0 when these bytes are not valid UTF-8.
 */
size_t utf8_length(const char *string);

/**
 * is_unprintable - whether a character must be escaped in every output
 * @character: code point
 *
 * A terminal acts on control characters. Bidirectional controls and separators
 * change how the characters around them are displayed. Other format characters
 * are invisible, so two names that differ would look alike. Names contain what
 * any user has chosen.
 */
bool is_unprintable(uint32_t character);

/**
 * put_visible - print a name so that each of its bytes can be seen
 * @file: where to
 * @name: the name
 * @escaped: ASCII characters that are to be escaped as well
 * @utf8: where it is read, UTF-8 is understood
 *
 * Unprintable characters, bytes that are no character and @escaped become \ooo,
 * octal, as in the text of the kernel.
 */
void put_visible(FILE *file, const char *name, const char *escaped, bool utf8);

/**
 * escape_cell - escape a cell of a table
 * @cell: from malloc()
 *
 * Each byte of an unprintable character becomes \xHH, hexadecimal, as
 * libsmartcols escapes control characters. libsmartcols itself leaves format
 * characters as they are. Ends the program if there is no memory.
 *
 * Return: @cell if it has no such character; otherwise a new string, and @cell
 *	is freed.
 */
char *escape_cell(char *cell);

/** has_utf8 - whether UTF-8 is what the user's locale has */
bool has_utf8(void);

/**
 * visible - a word that is not ours, to be put into a message
 *
 * Return: it, as put_visible() prints it; good until four more have been asked
 * for.
 */
const char *visible(const char *word);

/**
 * end_unread - end the program because no process reads its output any more
 *
 * The program ends by SIGPIPE, in silence, as if it had written to a closed
 * pipe. If SIGPIPE is ignored, it prints a message and exits with status 1, as
 * the programs of coreutils do.
 */
void __attribute__((noreturn)) end_unread(void);

/**
 * flush_output - see that what was printed has arrived
 *
 * Ends the program if it has not: as end_unread() does if the reader has gone,
 * with a message otherwise.
 */
void flush_output(void);

/** finish_output - flush_output(), when nothing more will be printed */
void finish_output(void);

#endif /* PRINT_H */
