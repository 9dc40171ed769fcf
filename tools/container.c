// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * What the engines call the cgroups of their containers:
 *
 *	/docker/ID			docker, with its cgroupfs driver
 *	/system.slice/docker-ID.scope	docker, with its systemd driver
 *	.../libpod-ID.scope[/...]	podman; libpod-conmon-ID is its monitor
 *	.../NAME.service/libpod-payload-ID	podman, as a unit of systemd
 *	.../cri-containerd-ID.scope	containerd for Kubernetes
 *	.../SLICE:cri-containerd:ID	the same, cgroupfs driver given a slice
 *	.../[SOMETHING-]ID[.scope]	some other engine; but not ...conmon-ID
 *	.../nerdctl-ID.scope		containerd for nerdctl
 *	.../crio-ID.scope		CRI-O; crio-conmon-ID is its monitor
 *	.../podUID/ID			Kubernetes, with the cgroupfs driver
 *	...kubepods-QOS-podU_I_D.slice	a pod, with the systemd driver
 *	/lxc/NAME, /lxc.payload/NAME, /lxc.payload.NAME		LXC
 *	/machine.slice/machine-NAME.scope	a machine, escaped as units are
 *	/machine.slice/machine-NAME.scope/payload	systemd-nspawn
 *	/machine.slice/systemd-nspawn@NAME.service	the same, as a service
 *	/machine.slice/machine-lxc\x2dN\x2dNAME.scope	LXC of libvirt
 */
#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"

#define HASH 64

/* What /proc puts behind a path that is no more. */
#define DELETED " (deleted)"

/* A piece of a path. */
struct part {
	const char *start;
	size_t len;
};

/* What has been seen on the way down a path. */
struct way {
	struct container *container;
	struct part parent;
	bool machine;
};

static bool is_hash(struct part part)
{
	if (part.len != HASH)
		return false;
	for (size_t i = 0; i < part.len; i++)
		if (!strchr("0123456789abcdef", part.start[i]))
			return false;

	return true;
}

static bool is(struct part part, const char *wanted)
{
	return part.len == strlen(wanted) &&
	       !memcmp(part.start, wanted, part.len);
}

static bool strip_start(struct part *part, const char *start)
{
	size_t len = strlen(start);

	if (part->len <= len || memcmp(part->start, start, len))
		return false;
	part->start += len;
	part->len -= len;

	return true;
}

static bool strip_end(struct part *part, const char *end)
{
	size_t len = strlen(end);

	if (part->len <= len ||
	    memcmp(part->start + part->len - len, end, len))
		return false;
	part->len -= len;

	return true;
}

static char *copy(struct part part)
{
	char *string = strndup(part.start, part.len);

	if (!string)
		err(EXIT_FAILURE, "container");

	return string;
}

/* In the name of a unit, \xHH is a byte that has a meaning there. */
static char *copy_unescaped(struct part part)
{
	char *string = copy(part), *to = string;

	for (const char *p = string; *p; p++) {
		if (p[0] == '\\' && p[1] == 'x' && isxdigit((unsigned char)p[2]) &&
		    isxdigit((unsigned char)p[3])) {
			char digits[] = { p[2], p[3], '\0' };
			char byte = strtoul(digits, NULL, 16);

			if (byte) {
				*to++ = byte;
				p += 3;
				continue;
			}
		}
		*to++ = *p;
	}
	*to = '\0';

	return string;
}

/* Takes over the id. */
static bool found(struct way *way, const char *engine, char *id)
{
	free(way->container->id);
	way->container->engine = engine;
	way->container->id = id;

	return true;
}

static bool is_scope(struct way *way, struct part part)
{
	static const struct {
		const char *start;
		const char *engine;
	} scopes[] = {
		{ "docker-", "docker" },
		{ "libpod-payload-", "podman" },
		{ "libpod-", "podman" },
		{ "cri-containerd-", "containerd" },
		{ "nerdctl-", "containerd" },
		{ "crio-", "cri-o" },
	};
	struct part id;

	strip_end(&part, ".scope");
	for (size_t i = 0; i < sizeof(scopes) / sizeof(*scopes); i++) {
		id = part;
		if (strip_start(&id, scopes[i].start) && is_hash(id))
			return found(way, scopes[i].engine, copy(id));
	}
	if (part.len <= HASH || part.start[part.len - HASH - 1] != '-')
		return false;
	id = (struct part){ part.start + part.len - HASH, HASH };
	part.len -= HASH + 1;

	return is_hash(id) && !strip_end(&part, "conmon") &&
	       found(way, NULL, copy(id));
}

static bool is_bare_hash(struct way *way, struct part part)
{
	static const struct {
		const char *parent;
		const char *engine;
	} parents[] = {
		{ "docker", "docker" },
		{ "libpod_parent", "podman" },
		{ "cri-containerd", "containerd" },
		{ "nerdctl", "containerd" },
		{ "crio", "cri-o" },
	};
	const char *engine = NULL;

	if (!is_hash(part))
		return false;
	for (size_t i = 0; i < sizeof(parents) / sizeof(*parents); i++)
		if (is(way->parent, parents[i].parent))
			engine = parents[i].engine;

	return found(way, engine, copy(part));
}

static bool is_lxc(struct way *way, struct part part)
{
	if (is(part, "lxc.monitor") || strip_start(&part, "lxc.monitor."))
		return false;
	if (strip_start(&part, "lxc.payload.") || is(way->parent, "lxc") ||
	    is(way->parent, "lxc.payload"))
		return found(way, "lxc", copy(part));

	return false;
}

static bool is_machine(struct way *way, struct part part)
{
	struct part name = part;
	char *id;

	if (strip_start(&name, "systemd-nspawn@") &&
	    strip_end(&name, ".service"))
		return found(way, "systemd-nspawn", copy_unescaped(name));

	name = part;
	if (!strip_start(&name, "machine-") || !strip_end(&name, ".scope"))
		return false;
	id = copy_unescaped(name);
	/* A virtual machine, which has no processes of ours. */
	if (!strncmp(id, "qemu-", strlen("qemu-"))) {
		free(id);
		return false;
	}

	way->machine = true;

	return found(way, strncmp(id, "lxc-", strlen("lxc-")) ? NULL :
		     "libvirt-lxc", id);
}

/* What systemd-nspawn, and nobody else, divides its machines into. */
static bool is_payload(struct way *way, struct part part)
{
	if (!way->machine || way->container->engine || !is(part, "payload"))
		return false;
	way->container->engine = "systemd-nspawn";

	return true;
}

/* A uid of hexadecimal digits, with '-' between that slices have '_' for. */
static void take_pod(struct way *way, struct part part)
{
	char *uid;

	if (strip_end(&part, ".slice")) {
		const char *dash = memrchr(part.start, '-', part.len);

		if (!dash || !memmem(part.start, part.len, "kubepods",
				     strlen("kubepods")))
			return;
		part.len -= dash + 1 - part.start;
		part.start = dash + 1;
	}
	if (!strip_start(&part, "pod") || part.len < 32)
		return;
	for (size_t i = 0; i < part.len; i++)
		if (!strchr("0123456789abcdef-_", part.start[i]))
			return;

	uid = copy(part);
	for (char *p = uid; *p; p++)
		if (*p == '_')
			*p = '-';
	free(way->container->pod);
	way->container->pod = uid;
}

static void look_at(struct way *way, struct part part)
{
	if (!is_scope(way, part) && !is_bare_hash(way, part) &&
	    !is_lxc(way, part) && !is_machine(way, part) &&
	    !is_payload(way, part))
		take_pod(way, part);
	way->parent = part;
}

static void parse_path(const char *path, size_t len,
		       struct container *container)
{
	struct way way = { .container = container };
	struct part whole = { path, len };
	const char *end, *start = path;

	strip_end(&whole, DELETED);
	end = path + whole.len;
	for (const char *p = path; p <= end; p++) {
		if (p < end && *p != '/' && *p != ':')
			continue;
		if (p > start)
			look_at(&way, (struct part){ start, p - start });
		start = p + 1;
	}
}

void container_parse(const char *text, struct container *container)
{
	memset(container, 0, sizeof(*container));
	/* A line for each hierarchy: ID:CONTROLLERS:PATH */
	while (*text && !container->id) {
		size_t len = strcspn(text, "\n");
		const char *colon = memchr(text, ':', len);

		container_release(container);
		if (colon)
			colon = memchr(colon + 1, ':', text + len - colon - 1);
		if (colon)
			parse_path(colon + 1, text + len - colon - 1,
				   container);
		text += len + (text[len] == '\n');
	}
	if (!container->id)
		container_release(container);
}

void container_release(struct container *container)
{
	free(container->id);
	free(container->pod);
	memset(container, 0, sizeof(*container));
}

bool container_has_hash(const struct container *container)
{
	return is_hash((struct part){ container->id, strlen(container->id) });
}
