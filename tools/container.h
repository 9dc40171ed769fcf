/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Find the container of a process in /proc/PID/cgroup. The path of the cgroup
 * has a component that the engine of the container named.
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include <stdbool.h>

/* Length of a shortened ID, as docker ps prints it. */
#define CONTAINER_SHORT 12

/**
 * struct container - a container
 * @engine: the engine: docker, buildkit, podman, buildah, containerd, cri-o,
 *	lxc, systemd-nspawn, libvirt-lxc, garden, nomad, mesos, apptainer,
 *	singularity, flatpak; NULL if the path does not identify the engine
 * @id: the ID, usually 64 hexadecimal digits, or the name if the engine
 *	identifies containers by name; may contain any bytes; NULL if there is
 *	no container
 * @whole: for an LXC container whose cgroup name ends in '-' and a number, the
 *	name including that ending; otherwise NULL. LXC appends a number if a
 *	cgroup of the name exists already, so the name of the container is
 *	either @id or @whole. The path does not show which.
 * @pod: UID of the Kubernetes pod of the container; NULL if there is none
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
 * @container: filled; the caller frees its members with container_release()
 */
void container_parse(const char *text, struct container *container);

/** container_release - free the strings that container_parse() allocated */
void container_release(struct container *container);

/** container_has_hash - whether the ID is 64 hexadecimal digits */
bool container_has_hash(const struct container *container);

#endif /* CONTAINER_H */
