/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Parse /proc/PID/cgroup, and find the cgroup path and the systemd unit of a
 * process.
 */
#ifndef CGROUP_H
#define CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/**
 * cgroup_path - find the cgroup path of a process
 * @text: contents of /proc/PID/cgroup
 *
 * Uses the path in the cgroup v2 hierarchy if that is the only hierarchy, or if
 * the path is not "/". Otherwise uses the path in the hierarchy of systemd if
 * there is one, else the first path.
 *
 * Return: the path without " (deleted)"; the caller frees it. NULL if there is
 * no path.
 */
char *cgroup_path(const char *text);

/**
 * cgroup_unit - find the systemd unit of a process
 * @text: contents of /proc/PID/cgroup
 *
 * For a process of a user manager, this is the unit that
 * sd_pid_get_user_unit(3) returns; for any other process, the unit that
 * sd_pid_get_unit(3) returns.
 *
 * Return: the name of the unit, not unescaped; the caller frees it. NULL if the
 * process is in no unit.
 */
char *cgroup_unit(const char *text);

/* A substring of the file's contents, without a NUL at its end. */
struct part {
	const char *start;
	size_t len;
};

/** part_equals - whether a part is a string */
bool part_equals(struct part part, const char *string);

/** part_consists_of - whether all bytes of a part occur in a string */
bool part_consists_of(struct part part, const char *bytes);

/** part_is_number - whether a part is a decimal number */
bool part_is_number(struct part part);

/** part_strip_start - remove a prefix; return false if it is not there */
bool part_strip_start(struct part *part, const char *start);

/** part_strip_end - remove a suffix; return false if it is not there */
bool part_strip_end(struct part *part, const char *end);

/** part_copy - copy a part to a string, which the caller frees */
char *part_copy(struct part part);

/**
 * cgroup_next_line - parse the next line of /proc/PID/cgroup
 * @text: the rest of the file; advanced past the line
 * @hierarchy: set to "ID:CONTROLLERS:"
 * @path: set to the path, without " (deleted)"
 *
 * Skips malformed lines and lines with an empty path.
 *
 * Return: false at the end of the file.
 */
bool cgroup_next_line(const char **text, struct part *hierarchy,
		      struct part *path);

/**
 * cgroup_next_name - remove the first name from a path
 * @path: the rest of the path; advanced past the name
 *
 * Return: the name; empty at the end of the path.
 */
struct part cgroup_next_name(struct part *path);

#endif /* CGROUP_H */
