// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"

/* Suffix that the kernel appends to the path of a removed cgroup. */
#define DELETED " (deleted)"

/* Maximum length of the name of a systemd unit. */
#define UNIT_MAX 255

bool part_consists_of(struct part part, const char *bytes)
{
	for (size_t i = 0; i < part.len; i++)
		if (!part.start[i] || !strchr(bytes, part.start[i]))
			return false;

	return true;
}

bool part_is_number(struct part part)
{
	return part.len && part_consists_of(part, "0123456789");
}

bool part_equals(struct part part, const char *string)
{
	return part_strip_start(&part, string) && !part.len;
}

bool part_strip_start(struct part *part, const char *start)
{
	size_t len = strlen(start);

	if (part->len < len || memcmp(part->start, start, len))
		return false;
	part->start += len;
	part->len -= len;

	return true;
}

bool part_strip_end(struct part *part, const char *end)
{
	size_t len = strlen(end);

	if (part->len < len || memcmp(part->start + part->len - len, end, len))
		return false;
	part->len -= len;

	return true;
}

char *part_copy(struct part part)
{
	char *string = strndup(part.start, part.len);

	if (!string)
		err(EXIT_FAILURE, "cannot copy a name");

	return string;
}

bool cgroup_next_line(const char **text, struct part *hierarchy,
		      struct part *path)
{
	while (**text) {
		struct part line = { *text, strcspn(*text, "\n") };
		const char *colon = memchr(line.start, ':', line.len);

		*text += line.len + ((*text)[line.len] == '\n');
		if (colon)
			colon = memchr(colon + 1, ':',
				       line.start + line.len - colon - 1);
		if (!colon)
			continue;

		hierarchy->start = line.start;
		hierarchy->len = colon + 1 - line.start;
		path->start = colon + 1;
		path->len = line.len - hierarchy->len;
		part_strip_end(path, DELETED);
		if (path->len)
			return true;
	}

	return false;
}

struct part cgroup_next_name(struct part *path)
{
	struct part name;

	while (path->len && *path->start == '/') {
		path->start++;
		path->len--;
	}
	name = *path;
	while (path->len && *path->start != '/') {
		path->start++;
		path->len--;
	}
	name.len -= path->len;

	return name;
}

/* Return: the path that cgroup_path() returns; empty if there is none. */
static struct part main_path(const char *text)
{
	struct part hierarchy, path, first = { 0 }, unified = { 0 };
	struct part systemd = { 0 };
	unsigned int lines = 0;

	while (cgroup_next_line(&text, &hierarchy, &path)) {
		if (!lines++)
			first = path;
		if (part_equals(hierarchy, "0::"))
			unified = path;
		else if (part_strip_end(&hierarchy, ":name=systemd:"))
			systemd = path;
	}
	if (unified.len && (lines == 1 || !part_equals(unified, "/")))
		return unified;

	return systemd.len ? systemd : first;
}

char *cgroup_path(const char *text)
{
	struct part path = main_path(text);

	return path.len ? part_copy(path) : NULL;
}

/*
 * Check a name as unit_name_is_valid() of systemd does, and reject a template
 * without an instance.
 */
static bool is_unit(struct part name)
{
	static const char *const types[] = {
		".service", ".scope", ".socket", ".mount", ".automount",
		".swap", ".device", ".target", ".timer", ".path", ".slice",
	};
	bool typed = false;

	if (name.len > UNIT_MAX)
		return false;
	for (size_t i = 0; !typed && i < sizeof(types) / sizeof(*types); i++)
		typed = part_strip_end(&name, types[i]);
	if (!typed || !name.len || *name.start == '@' ||
	    name.start[name.len - 1] == '@')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!isalnum((unsigned char)name.start[i]) &&
		    !strchr(":-_.\\@", name.start[i]))
			return false;

	return true;
}

/*
 * Remove leading slices and the name after them from a path.
 * Return: that name if it is a unit, else an empty one.
 */
static struct part next_unit(struct part *path)
{
	struct part name, slice;

	do {
		name = cgroup_next_name(path);
		slice = name;
	} while (is_unit(name) && part_strip_end(&slice, ".slice"));

	/* systemd prepends '_' to a name that cgroupfs may use for a file. */
	if (name.len && *name.start == '_') {
		name.start++;
		name.len--;
	}
	if (!is_unit(name))
		name.len = 0;

	return name;
}

static bool is_user_manager(struct part unit)
{
	return part_strip_end(&unit, ".service") &&
	       ((part_strip_start(&unit, "user@") && part_is_number(unit)) ||
		(part_strip_start(&unit, "capsule@") && unit.len));
}

char *cgroup_unit(const char *text)
{
	struct part path = main_path(text);
	struct part unit = next_unit(&path);

	if (is_user_manager(unit)) {
		struct part inner = next_unit(&path);

		if (inner.len)
			unit = inner;
	}

	return unit.len ? part_copy(unit) : NULL;
}
