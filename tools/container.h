/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Which container a process is in, by the path of its cgroup: the one place
 * where all container engines leave a name.
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include <stdbool.h>

/* Characters of a long id that people, and docker ps, make do with. */
#define CONTAINER_SHORT 12

/**
 * struct container - a container
 * @engine: what made it, as far as the path tells: docker, podman, containerd,
 *	cri-o, lxc, systemd-nspawn, libvirt-lxc; NULL when it does not tell
 * @id: its id, 64 hexadecimal digits, or its name, which may have any bytes;
 *	NULL for no container
 * @pod: uid of the Kubernetes pod that it belongs to, or NULL
 */
struct container {
	const char *engine;
	char *id;
	char *pod;
};

/**
 * container_parse - find the container that a /proc/PID/cgroup speaks of
 * @text: contents of that file
 * @container: filled; to be released with container_release()
 *
 * The innermost one, where containers are nested.
 */
void container_parse(const char *text, struct container *container);

/** container_release - free what container_parse() has allocated */
void container_release(struct container *container);

/** container_has_hash - whether the id is a long one that can be cut short */
bool container_has_hash(const struct container *container);

#endif /* CONTAINER_H */
