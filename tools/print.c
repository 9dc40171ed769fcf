// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <langinfo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

/* RFC 3629: no longer than needed, no surrogates, nothing above U+10FFFF. */
size_t utf8_length(const char *string)
{
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)string;
	uint32_t character;
	size_t len;

	if (bytes[0] < 0x80)
		return 1;
	if (bytes[0] >= 0xf8 || bytes[0] < 0xc0)
		return 0;
	len = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;

	character = bytes[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		/* The NUL at the end of the string is none of these. */
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (bytes[i] & 0x3f);
	}
	if (character < lowest[len] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;

	return len;
}

/*
 * C0, DEL, C1, which is U+0080 to U+009F, and U+FFFE and U+FFFF, which are no
 * characters and end the life of XML.
 */
static bool is_control(const char *character)
{
	unsigned char first = character[0], second = character[1];

	if (first < ' ' || first == 0x7f || (first == 0xc2 && second < 0xa0))
		return true;

	return first == 0xef && second == 0xbf &&
	       (unsigned char)character[2] >= 0xbe;
}

void put_visible(FILE *file, const char *name, const char *escaped, bool utf8)
{
	while (*name) {
		size_t len = utf8_length(name);

		if (len && (len == 1 || utf8) && !is_control(name) &&
		    !strchr(escaped, *name)) {
			fwrite(name, 1, len, file);
			name += len;
			continue;
		}
		for (len = len ? len : 1; len; len--)
			fprintf(file, "\\%03o", (unsigned char)*name++);
	}
}

bool has_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

const char *visible(const char *word)
{
	static char *words[4];
	static size_t next;
	char **place = &words[next++ % 4];
	size_t len;
	FILE *file;

	free(*place);
	file = open_memstream(place, &len);
	if (!file)
		return "?";
	put_visible(file, word, "", has_utf8());
	fclose(file);

	return *place;
}

void flush_output(void)
{
	if (fflush(stdout))
		err(EXIT_FAILURE, "cannot write the output");
	/* Why it was is not known any more. */
	if (ferror(stdout))
		errx(EXIT_FAILURE, "cannot write all of the output");
}

void finish_output(void)
{
	flush_output();
	if (fclose(stdout))
		err(EXIT_FAILURE, "cannot write the output");
}
