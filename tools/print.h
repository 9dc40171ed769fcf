/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Printing what others have chosen the bytes of.
 */
#ifndef PRINT_H
#define PRINT_H

#include <stddef.h>
#include <stdio.h>

/**
 * utf8_length - how many bytes the character at the start of a string takes
 *
 * Return: 0 when these bytes are not valid UTF-8.
 */
size_t utf8_length(const char *string);

/**
 * put_visible - print a name so that each of its bytes can be seen
 * @file: where to
 * @name: the name
 * @escaped: ASCII characters that are to be escaped as well
 *
 * Control characters, what is not UTF-8 and @escaped become \ooo, octal, as in
 * the text of the kernel.
 */
void put_visible(FILE *file, const char *name, const char *escaped);

/**
 * finish_output - see that all that was printed has arrived
 *
 * Ends the program with a message when it has not.
 */
void finish_output(void);

#endif /* PRINT_H */
