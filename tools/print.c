// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "print.h"

/* RFC 3629: the shortest form, no surrogates, nothing above U+10FFFF. */
size_t utf8_decode(const char *string, uint32_t *decoded)
{
	static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)string;
	uint32_t character;
	size_t len;

	if (bytes[0] < 0x80) {
		*decoded = bytes[0];
		return 1;
	}
	if (bytes[0] >= 0xf8 || bytes[0] < 0xc0)
		return 0;
	len = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;

	character = bytes[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		/* Also stops at the terminating NUL. */
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (bytes[i] & 0x3f);
	}
	if (character < lowest[len] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*decoded = character;

	return len;
}

size_t utf8_length(const char *string)
{
	uint32_t character;

	return utf8_decode(string, &character);
}

/*
 * U+00AD, U+034F, U+200C, U+200D and variation selectors are printable here:
 * many scripts and emoji need them.
 */
bool is_unprintable(uint32_t character)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x7f, 0x9f },		/* DEL and C1 */
		{ 0x61c, 0x61c },	/* Arabic letter mark */
		{ 0x200b, 0x200b },	/* zero width space */
		{ 0x200e, 0x200f },	/* left-to-right and right-to-left mark */
		{ 0x2028, 0x202e },	/* separators, embeddings, overrides */
		{ 0x2060, 0x206f },	/* invisible operators, isolates */
		{ 0xfeff, 0xfeff },	/* byte order mark */
		{ 0xfff9, 0xfffb },	/* interlinear annotation */
		{ 0xfffe, 0xffff },	/* noncharacters, not allowed in XML */
		{ 0xe0000, 0xe007f },	/* tags: invisible copies of ASCII */
	};

	if (character < 0x7f)
		return character < ' ';
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;

	return false;
}

void put_visible(FILE *file, const char *name, const char *escaped, bool utf8)
{
	while (*name) {
		uint32_t character;
		size_t len = utf8_decode(name, &character);

		if (len && (len == 1 || utf8) && !is_unprintable(character) &&
		    !strchr(escaped, *name)) {
			fwrite(name, 1, len, file);
			name += len;
			continue;
		}
		for (len = len ? len : 1; len; len--)
			fprintf(file, "\\%03o", (unsigned char)*name++);
	}
}

/*
 * Return: the length of the first character of a cell, in the encoding of the
 * locale; 1 if it is invalid. A literal "\x" is not printable, because the
 * output would look like an escape.
 */
static size_t cell_character(const char *cell, bool *printable)
{
	mbstate_t state = { 0 };
	wchar_t character;
	size_t len = mbrtowc(&character, cell, MB_CUR_MAX, &state);

	*printable = false;
	if (len > MB_CUR_MAX)
		return 1;
	*printable = iswprint(character) && !is_unprintable(character) &&
		     strncmp(cell, "\\x", strlen("\\x"));

	return len;
}

char *escape_cell(char *cell)
{
	const char *p = cell;
	bool printable;
	size_t len;
	char *text;
	FILE *file;

	/* A shortcut for most cells. */
	while (*p >= ' ' && *p < 0x7f && *p != '\\')
		p++;
	if (!*p)
		return cell;

	file = open_memstream(&text, &len);
	if (!file)
		err(EXIT_FAILURE, "cannot allocate the table");
	for (p = cell; *p; ) {
		len = cell_character(p, &printable);
		if (printable) {
			fwrite(p, 1, len, file);
			p += len;
			continue;
		}
		for (; len; len--)
			fprintf(file, "\\x%02x", (unsigned char)*p++);
	}
	if (fclose(file))
		err(EXIT_FAILURE, "cannot allocate the table");
	free(cell);

	return text;
}

void put_pids(FILE *file, const unsigned int *pids, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		fprintf(file, i ? ",%u" : "%u", pids[i]);
}

bool has_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

const char *visible(const char *string)
{
	static char *strings[4];
	static size_t next;
	char **slot = &strings[next++ % 4];
	size_t len;
	FILE *file;

	free(*slot);
	file = open_memstream(slot, &len);
	if (!file)
		return "?";
	put_visible(file, string, "", has_utf8());
	fclose(file);

	return *slot;
}

static void __attribute__((noreturn)) fail_output(void)
{
	int error = errno;

	/*
	 * Some sockets fail without SIGPIPE. The program does not change its
	 * disposition, so raise() returns only if SIGPIPE is ignored.
	 */
	if (error == EPIPE || error == ECONNRESET)
		raise(SIGPIPE);
	errno = error;
	err(EXIT_FAILURE, "cannot write the output");
}

void end_unread(void)
{
	errno = EPIPE;
	fail_output();
}

void flush_output(void)
{
	if (fflush(stdout))
		fail_output();
	/* An earlier error: its errno is lost. */
	if (ferror(stdout))
		errx(EXIT_FAILURE, "cannot write the complete output");
}

void finish_output(void)
{
	flush_output();
	if (fclose(stdout))
		fail_output();
}
