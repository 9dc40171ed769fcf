/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The container, the path and the unit of a process by /proc/PID/cgroup. Every
 * engine leaves a name in the path.
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include <stdbool.h>

/* Characters of a long id that people, and docker ps, make do with. */
#define CONTAINER_SHORT 12

/**
 * struct container - a container
 * @engine: the engine: docker, buildkit, podman, buildah, containerd, cri-o,
 *	lxc, systemd-nspawn, libvirt-lxc, garden, nomad, mesos, apptainer,
 *	singularity, flatpak; NULL if the path does not tell the engine
 * @id: the id, mostly 64 hexadecimal digits, or the name, which may have any
 *	bytes; NULL for no container
 * @whole: the name of an LXC container whose cgroup ends in '-' and a number,
 *	with these; otherwise NULL. LXC appends a number if a cgroup of that
 *	name exists, so either @id or @whole is the name. The path does not tell
 *	which.
 * @pod: the uid of the Kubernetes pod that the container belongs to, or NULL
 */
struct container {
	const char *engine;
	char *id;
	char *whole;
	char *pod;
};

/**
 * container_parse - find the innermost container of a process
 * @text: contents of /proc/PID/cgroup
 * @container: filled in; release it with container_release()
 */
void container_parse(const char *text, struct container *container);

/** container_release - free what container_parse() has allocated */
void container_release(struct container *container);

/** container_has_hash - whether the id has 64 digits and can be shortened */
bool container_has_hash(const struct container *container);

/**
 * cgroup_path - the cgroup of a process
 * @text: contents of /proc/PID/cgroup
 *
 * The path in the hierarchy of cgroup v2, if that is the only hierarchy or the
 * path is not "/"; otherwise the path in the hierarchy of systemd; otherwise
 * the first path.
 *
 * Return: the path, without " (deleted)", to be freed; NULL for none.
 */
char *cgroup_path(const char *text);

/**
 * cgroup_unit - the unit of systemd that a process belongs to
 * @text: contents of /proc/PID/cgroup
 *
 * The unit of sd_pid_get_user_unit(3) for processes of a user manager,
 * otherwise that of sd_pid_get_unit(3).
 *
 * Return: the name of the unit with its escapes, to be freed; NULL for none.
 */
char *cgroup_unit(const char *text);

#endif /* CONTAINER_H */
