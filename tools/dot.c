// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dot.h"
#include "print.h"

/* Characters with a meaning in HTML-like labels. */
#define SPECIAL "&<>\""

/* dot interprets a backslash before some letters, even if written as &#92;. */
#define ESCAPED "\\"

/* Light, for black letters. */
static const struct {
	const char *box;
	const char *pid;
} colours[DOT_COLOURS] = {
	{ "#eaf2fb", "#a9cdf3" },
	{ "#fff3df", "#ffcf87" },
	{ "#e8f6e8", "#a5dca5" },
	{ "#fdeaf0", "#f7b0c8" },
	{ "#f1ebfa", "#cdb6ee" },
	{ "#e2f4f3", "#8fd6d1" },
};

const char *dot_box_colour(unsigned int level)
{
	return colours[level % DOT_COLOURS].box;
}

const char *dot_pid_colour(unsigned int level)
{
	return colours[level % DOT_COLOURS].pid;
}

void dot_put_style(void)
{
	puts("graph [fontname=\"Helvetica\", fontsize=12, labeljust=l];");
	puts("node [shape=plain, fontname=\"Helvetica\", fontsize=11];");
	puts("edge [color=\"#505050\", arrowsize=0.6, tailport=e, headport=w];");
}

void put_html(const char *string)
{
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		err(EXIT_FAILURE, "cannot allocate the graph");
	put_visible(file, string, ESCAPED, true);
	fclose(file);
	for (const char *p = text; *p; p++)
		printf(strchr(SPECIAL, *p) ? "&#%d;" : "%c", *p);
	free(text);
}
