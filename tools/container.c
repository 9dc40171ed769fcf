// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Find the container of a process in the contents of /proc/PID/cgroup.
 *
 * The table of rules below has the names that engines give to cgroups. This
 * list has the source files that define the names, and the names, for each
 * engine:
 *
 * OCI runtimes: runc docs/systemd.md, crun src/libcrun/cgroup-systemd.c
 *	PREFIX-NAME.scope for the path SLICE:PREFIX:NAME; without the systemd
 *	driver, a runtime creates a directory called SLICE:PREFIX:NAME
 * Docker: moby daemon/oci_linux.go, buildx (parent /docker/buildx)
 *	/docker/ID, docker-ID.scope, SLICE:docker:ID, PARENT/ID
 * BuildKit: buildkit executor/oci/spec.go and identity/randomid.go, moby
 * daemon/command/daemon_unix.go
 *	PARENT/buildkit/ID, SLICE:docker:ID
 * Podman: libpod/container_internal_linux.go, libpod/oci_conmon_linux.go
 *	libpod-ID.scope, /libpod_parent/libpod-ID, SERVICE/libpod-payload-ID,
 *	UNIT/ID if a user selects the cgroupfs driver; libpod-conmon-ID.scope
 *	and PARENT/conmon for the monitor
 * Buildah: run_linux.go
 *	buildah-buildahNUMBER, with or without the names of crun and runc
 * containerd: internal/cri/server/helpers.go, pkg/oci/spec.go
 *	cri-containerd-ID.scope, SLICE:cri-containerd:ID, /NAMESPACE/ID
 * nerdctl: pkg/cmd/container/run_cgroup_linux.go
 *	nerdctl-ID.scope, SLICE:nerdctl:ID
 * CRI-O: internal/config/cgmgr
 *	crio-ID.scope, PARENT/crio-ID; crio-conmon-ID for the monitor
 * Kubernetes: pkg/kubelet/cm/cgroup_manager_linux.go
 *	/kubepods/QOS/podUID, kubepods-QOS-podU_I_D.slice
 * Kata Containers: src/runtime/virtcontainers/sandbox.go,
 * src/runtime/pkg/resourcecontrol/cgroups.go
 *	/kata_overhead/ID, PARENT/kata_ID
 * LXC, LXD, Incus: lxc src/lxc/cgroups/cgfsng.c, lxc.container.conf(5)
 *	lxc.payload.NAME, lxc.payload/NAME, lxc/NAME, each followed by -1 to
 *	-999 if the cgroup exists; LXD and Incus prepend the project and '_';
 *	lxc.monitor.NAME, lxc.monitor/NAME, lxc/NAME/monitor for the monitor
 * systemd-nspawn: systemd src/nspawn/nspawn-cgroup.c, systemd-nspawn@.service
 *	machine-NAME.scope/payload, TEMPLATE@NAME.service/payload; supervisor
 *	for systemd-nspawn itself
 * libvirt: src/util/virsystemd.c, src/util/vircgroup.c
 *	machine-lxc\x2dNUMBER\x2dNAME.scope, lxc-NUMBER-NAME.libvirt-lxc
 * Garden: guardian guardiancmd/command_linux.go, rundmc/bundlerules
 *	garden/UUID, garden/good/UUID, garden/bad/UUID
 * Nomad: client/lib/cgroupslib, nomad-driver-containerd containerd/driver.go
 *	nomad.slice/share.slice/ALLOCATION.TASK.scope, nomad/ALLOCATION.TASK,
 *	nomad/UUID before 1.7; nomad.slice/ALLOCATION.TASK.scope in 1.3 to 1.6;
 *	the latter and nomad/TASK-ALLOCATION by nomad-driver-containerd
 * Amazon ECS: amazon-ecs-agent agent/api/task/task_linux.go
 *	/ecs/TASK/ID of Docker; /ecs/TASK/TASK-NUMBER on Fargate
 * Apptainer, Singularity: internal/pkg/cgroups, internal/pkg/runtime/engine/oci
 *	apptainer-PID.scope, /apptainer/PID, apptainer-oci-NAME.scope
 * Flatpak: common/flatpak-run.c
 *	app-flatpak-APP-INSTANCE.scope; flatpak-APP-PID.scope until 2020
 * Mesos: src/slave/containerizer/mesos/paths.hpp
 *	mesos/UUID
 *
 * With cgroup v1, a process has a path in each hierarchy, and an engine may use
 * only some of the hierarchies. container_parse() uses the path with the most
 * nested containers. Among such paths it prefers one that identifies the
 * engine, then one that has a pod, then the first.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "container.h"

/* Lengths of the IDs of engines, of UUIDs and of the UIDs of pods. */
#define HASH 64
#define BUILD 25
#define TASK 32
#define UUID 36
#define SHORT_UUID 28
#define POD_MIN 32
#define POD_MAX 64

/* Maximum number of digits that LXC appends to a name. */
#define LXC_DIGITS 3
/* Maximum number of digits that Flatpak and Buildah append. */
#define UINT_DIGITS 10

/**
 * enum rule_flags - properties of a rule
 * @SCOPE: the name may end in .scope
 * @ESCAPED: the ID is escaped as systemd escapes unit names
 * @POD: the ID is the UID of a pod
 * @NO_CONTAINER: the processes in the cgroup are outside the container that
 *	they manage, as a monitor is, or they are a virtual machine
 */
enum rule_flags {
	SCOPE = 1 << 0,
	ESCAPED = 1 << 1,
	POD = 1 << 2,
	NO_CONTAINER = 1 << 3,
};

/**
 * struct rule - one form of a cgroup name
 * @name: pattern of the cgroup's name. The last '*' matches the ID, a '*'
 *	before it any bytes; '-' also matches ':'. If there is no '*', the ID is
 *	what the '*' in @parent matches.
 * @parent: pattern of the parent cgroup's name; NULL for any name
 * @ancestor: pattern that the name of an ancestor cgroup must match, which is
 *	inside the innermost container found so far; NULL for no condition
 * @shape: checks whether these bytes can be an ID of the engine; NULL for any
 *	bytes
 * @digits: if not 0, '-' and a number of at most this many digits may follow
 *	the ID
 * @engine: the engine; NULL if the name does not identify the engine
 * @flags: &enum rule_flags
 */
struct rule {
	const char *name;
	const char *parent;
	const char *ancestor;
	bool (*shape)(struct part id);
	unsigned int digits;
	const char *engine;
	unsigned int flags;
};

/**
 * struct found - a container found in a path
 * @rule: the rule that matched; NULL if there is no container
 * @id: the ID, as in the path
 * @pod: the UID of the pod, as in the path
 * @depth: nesting depth, 1 for a container that is in no other container
 * @end: end of the name of the container's cgroup
 */
struct found {
	const struct rule *rule;
	struct part id;
	struct part pod;
	unsigned int depth;
	const char *end;
};

/**
 * struct walk - state of a walk over the names in a path
 * @inner: innermost container so far
 * @outer: the container that contains @inner
 * @parent: the name before the current one
 * @pod: UID of the innermost pod so far
 */
struct walk {
	struct found inner;
	struct found outer;
	struct part parent;
	struct part pod;
};

static bool is_hex(struct part part)
{
	return part_consists_of(part, "0123456789abcdef");
}

static bool is_hash(struct part id)
{
	return id.len == HASH && is_hex(id);
}

/* An ID of BuildKit is a number in base 36. */
static bool is_build(struct part id)
{
	return id.len == BUILD &&
	       part_consists_of(id, "0123456789abcdefghijklmnopqrstuvwxyz");
}

/* Garden may truncate the last group of a UUID to four digits. */
static bool is_uuid(struct part id)
{
	if (id.len != UUID && id.len != SHORT_UUID)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash != (id.start[i] == '-'))
			return false;
	}

	return part_consists_of(id, "0123456789abcdef-");
}

/* Garden appends the name of a health check to the UUID of its container. */
static bool is_handle(struct part id)
{
	if (id.len > SHORT_UUID && id.start[SHORT_UUID] == '-')
		id.len = SHORT_UUID;
	else if (id.len > UUID && id.start[UUID] == '-')
		id.len = UUID;

	return is_uuid(id);
}

/* ALLOCATION.TASK */
static bool is_nomad_task(struct part id)
{
	return id.len > UUID + 1 && id.start[UUID] == '.' &&
	       is_uuid((struct part){ id.start, UUID });
}

/* TASK-ALLOCATION */
static bool is_nomad_name(struct part id)
{
	return id.len > UUID + 1 && id.start[id.len - UUID - 1] == '-' &&
	       is_uuid((struct part){ id.start + id.len - UUID, UUID });
}

static bool is_fargate(struct part id)
{
	struct part task = { id.start, TASK };

	if (id.len <= TASK + 1 || id.start[TASK] != '-' || !is_hex(task))
		return false;
	id.start += TASK + 1;
	id.len -= TASK + 1;

	return part_is_number(id);
}

static bool is_pod(struct part id)
{
	return id.len >= POD_MIN && id.len <= POD_MAX &&
	       part_consists_of(id, "0123456789abcdef-_");
}

static bool is_buildah(struct part id)
{
	return part_strip_start(&id, "buildah-buildah") && part_is_number(id);
}

static bool is_lxc_domain(struct part id)
{
	return part_strip_start(&id, "lxc\\x2d") && id.len;
}

/* A virtual machine is not a container: it has no PID namespace on the host. */
static bool is_qemu_domain(struct part id)
{
	return part_strip_start(&id, "qemu\\x2d") && id.len;
}

/* The first rule that matches a name applies. */
static const struct rule rules[] = {
	/* Pods of Kubernetes */
	{ "pod*", .shape = is_pod, .flags = POD },
	{ "*-pod*.slice", .shape = is_pod, .flags = POD },

	/* Monitors and supervisors of containers, and virtual machines */
	{ "*conmon-*", .shape = is_hash, .flags = NO_CONTAINER | SCOPE },
	{ "conmon", .parent = "*", .shape = is_hash, .flags = NO_CONTAINER },
	{ "lxc.monitor", .flags = NO_CONTAINER },
	{ "lxc.monitor.*", .flags = NO_CONTAINER },
	{ "lxc.pivot", .flags = NO_CONTAINER },
	{ "*", .parent = "lxc.monitor", .flags = NO_CONTAINER },
	{ "monitor", .parent = "*", .ancestor = "lxc", .flags = NO_CONTAINER },
	{ "supervisor", .parent = "machine-*.scope", .flags = NO_CONTAINER },
	{ "supervisor", .parent = "*@*.service", .flags = NO_CONTAINER },
	{ "machine-*.scope", .shape = is_qemu_domain, .flags = NO_CONTAINER },

	/* Docker and BuildKit */
	{ "docker-*", .shape = is_hash, .engine = "docker", .flags = SCOPE },
	{ "*", .parent = "docker", .shape = is_hash, .engine = "docker" },
	{ "*", .parent = "buildx", .ancestor = "docker", .shape = is_hash,
	  .engine = "docker" },
	{ "docker-*", .shape = is_build, .engine = "buildkit", .flags = SCOPE },
	{ "buildkit-*", .shape = is_build, .engine = "buildkit",
	  .flags = SCOPE },
	{ "*", .parent = "buildkit", .shape = is_build, .engine = "buildkit" },

	/* An ID alone, in the unit of the engine */
	{ "*", .parent = "docker.service", .shape = is_hash,
	  .engine = "docker" },
	{ "*", .parent = "containerd.service", .shape = is_hash,
	  .engine = "containerd" },
	{ "*", .parent = "*.service", .ancestor = "user@*.service",
	  .shape = is_hash, .engine = "podman" },
	{ "*", .parent = "podman-*.scope", .shape = is_hash,
	  .engine = "podman" },

	/* Podman and Buildah */
	{ "libpod-payload-*", .shape = is_hash, .engine = "podman" },
	{ "libpod-*", .shape = is_hash, .engine = "podman", .flags = SCOPE },
	{ "*", .parent = "libpod_parent", .shape = is_hash,
	  .engine = "podman" },
	{ "*", .shape = is_buildah, .digits = UINT_DIGITS, .engine = "buildah",
	  .flags = SCOPE },
	{ "crun-*", .shape = is_buildah, .engine = "buildah", .flags = SCOPE },
	{ "runc-*", .shape = is_buildah, .engine = "buildah", .flags = SCOPE },

	/* containerd and CRI-O */
	{ "cri-containerd-*", .shape = is_hash, .engine = "containerd",
	  .flags = SCOPE },
	{ "nerdctl-*", .shape = is_hash, .engine = "containerd",
	  .flags = SCOPE },
	{ "*", .parent = "k8s.io", .shape = is_hash, .engine = "containerd" },
	{ "crio-*", .shape = is_hash, .engine = "cri-o", .flags = SCOPE },
	{ "*", .parent = "crio", .shape = is_hash, .engine = "cri-o" },

	/* Nomad; nomad-driver-containerd uses nomad.slice itself */
	{ "*.scope", .parent = "share.slice", .shape = is_nomad_task,
	  .engine = "nomad" },
	{ "*.scope", .parent = "reserve.slice", .shape = is_nomad_task,
	  .engine = "nomad" },
	{ "*.scope", .parent = "nomad.slice", .shape = is_nomad_task,
	  .engine = "containerd" },
	{ "*", .ancestor = "nomad", .shape = is_nomad_task, .engine = "nomad" },
	{ "*", .parent = "nomad", .shape = is_uuid, .engine = "nomad" },
	{ "*", .parent = "nomad", .shape = is_nomad_name,
	  .engine = "containerd" },

	/* Garden, Mesos and Fargate */
	{ "*", .ancestor = "garden", .shape = is_handle, .engine = "garden" },
	{ "*", .ancestor = "garden-*", .shape = is_handle, .engine = "garden" },
	{ "*", .parent = "mesos", .shape = is_uuid, .engine = "mesos" },
	{ "*", .ancestor = "ecs", .shape = is_fargate },

	/* Apptainer, Singularity and Flatpak */
	{ "apptainer-oci-*.scope", .engine = "apptainer" },
	{ "*", .parent = "apptainer-oci", .engine = "apptainer" },
	{ "apptainer-*.scope", .shape = part_is_number, .engine = "apptainer" },
	{ "*", .parent = "apptainer", .shape = part_is_number,
	  .engine = "apptainer" },
	{ "singularity-oci-*.scope", .engine = "singularity" },
	{ "*", .parent = "singularity-oci", .engine = "singularity" },
	{ "singularity-*.scope", .shape = part_is_number,
	  .engine = "singularity" },
	{ "*", .parent = "singularity", .shape = part_is_number,
	  .engine = "singularity" },
	{ "app-flatpak-*.scope", .digits = UINT_DIGITS, .engine = "flatpak",
	  .flags = ESCAPED },
	{ "flatpak-*.scope", .digits = UINT_DIGITS, .engine = "flatpak",
	  .flags = ESCAPED },

	/* Machines of systemd; only systemd-nspawn creates a payload cgroup */
	{ "machine-*.scope", .shape = is_lxc_domain, .engine = "libvirt-lxc",
	  .flags = ESCAPED },
	{ "machine-*.scope", .flags = ESCAPED },
	{ "payload", .parent = "machine-*.scope", .engine = "systemd-nspawn",
	  .flags = ESCAPED },
	{ "systemd-nspawn@*.service", .engine = "systemd-nspawn",
	  .flags = ESCAPED },
	{ "payload", .parent = "*@*.service", .engine = "systemd-nspawn",
	  .flags = ESCAPED },

	/* LXC, which allows almost any name for a container */
	{ "*.libvirt-lxc", .engine = "libvirt-lxc" },
	{ "lxc.payload.*", .digits = LXC_DIGITS, .engine = "lxc" },
	{ "*", .parent = "lxc.payload", .digits = LXC_DIGITS, .engine = "lxc" },
	{ "*", .parent = "lxc", .digits = LXC_DIGITS, .engine = "lxc" },

	/* Names that more than one engine uses */
	{ "*", .parent = "kata_overhead" },
	{ "kata_*", .shape = is_hash },
	{ "*", .shape = is_hash, .flags = SCOPE },
	{ "*-*", .shape = is_hash, .flags = SCOPE },
	{ "crun-*.scope", .engine = NULL },
	{ "runc-*.scope", .engine = NULL },
};

static struct part part_of(const char *string)
{
	return (struct part){ string, strlen(string) };
}

/* Whether @text begins with @pattern, in which '-' also matches ':'. */
static bool begins_with(struct part text, struct part pattern)
{
	if (text.len < pattern.len)
		return false;
	for (size_t i = 0; i < pattern.len; i++)
		if (text.start[i] != pattern.start[i] &&
		    !(text.start[i] == ':' && pattern.start[i] == '-'))
			return false;

	return true;
}

/*
 * Remove '-' and a number of at most @digits digits from the end, unless
 * nothing would remain.
 */
static void strip_number(struct part *part, unsigned int digits)
{
	size_t len = part->len;

	while (len && part->len - len < digits && part->start[len - 1] >= '0' &&
	       part->start[len - 1] <= '9')
		len--;
	if (len > 1 && len < part->len && part->start[len - 1] == '-' &&
	    part->start[len] != '0')
		part->len = len - 1;
}

static bool accepts(const struct rule *rule, struct part *id)
{
	if (rule->digits)
		strip_number(id, rule->digits);

	return id->len && (!rule->shape || rule->shape(*id));
}

/**
 * match - match a name against a pattern of &struct rule
 * @pattern: the pattern
 * @name: the name
 * @rule: the last '*' must match an ID that this rule accepts; NULL if it may
 *	match any bytes
 * @id: set to the bytes that the last '*' matches; unchanged if @pattern has no
 *	'*'
 *
 * Return: true if the name matches.
 */
static bool match(const char *pattern, struct part name,
		  const struct rule *rule, struct part *id)
{
	const char *star = strrchr(pattern, '*');
	bool anywhere = star && star != pattern && *pattern == '*';
	struct part before;

	if (!star)
		return part_equals(name, pattern);
	if (!part_strip_end(&name, star + 1))
		return false;

	before.start = pattern + anywhere;
	before.len = star - before.start;
	for (size_t i = 0; i <= (anywhere ? name.len : 0); i++) {
		struct part rest = { name.start + i, name.len - i };

		if (!begins_with(rest, before))
			continue;
		rest.start += before.len;
		rest.len -= before.len;
		if (rule ? accepts(rule, &rest) : rest.len) {
			*id = rest;
			return true;
		}
	}

	return false;
}

static bool has_ancestor(const struct walk *walk, const struct rule *rule,
			 struct part name)
{
	/*
	 * Search the ancestors inside the innermost container. In the path of a
	 * monitor, the name of the container that it manages may come first, so
	 * for a monitor, search inside the outer container.
	 */
	const char *start = rule->flags & NO_CONTAINER ? walk->outer.end :
							 walk->inner.end;
	struct part path = { start, name.start - start };
	struct part ancestor, ignored;

	while ((ancestor = cgroup_next_name(&path)).len)
		if (match(rule->ancestor, ancestor, NULL, &ignored))
			return true;

	return false;
}

static bool applies(const struct rule *rule, const struct walk *walk,
		    struct part name, struct part *id)
{
	struct part unit = name, ignored = { 0 };
	bool has_id = strchr(rule->name, '*');

	if (!match(rule->name, name, rule, id) &&
	    !(rule->flags & SCOPE && part_strip_end(&unit, ".scope") &&
	      match(rule->name, unit, rule, id)))
		return false;
	if (rule->parent &&
	    !match(rule->parent, walk->parent, has_id ? NULL : rule,
		   has_id ? &ignored : id))
		return false;

	return !rule->ancestor || has_ancestor(walk, rule, name);
}

/*
 * Record a rule that matches a name. If the ID is in the name of the parent, a
 * rule may have matched that name already. The new rule then replaces it, or
 * drops the container if the processes are outside it.
 */
static void record(struct walk *walk, const struct rule *rule, struct part id,
		   const char *end)
{
	bool same_id = walk->inner.rule && id.start == walk->inner.id.start;

	if (rule->flags & POD) {
		walk->pod = id;
	} else if (rule->flags & NO_CONTAINER) {
		if (same_id)
			walk->inner = walk->outer;
	} else if (same_id) {
		walk->inner.rule = rule;
	} else {
		walk->outer = walk->inner;
		walk->inner = (struct found){
			.rule = rule,
			.id = id,
			.pod = walk->pod,
			.depth = walk->outer.depth + 1,
			.end = end,
		};
	}
}

static void visit(struct walk *walk, struct part name)
{
	struct part id = { 0 };

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (applies(&rules[i], walk, name, &id)) {
			record(walk, &rules[i], id, name.start + name.len);
			break;
		}
	walk->parent = name;
}

/* Visit SLICE.slice:PREFIX:NAME as if it were SLICE.slice/PREFIX:NAME. */
static void visit_slice(struct walk *walk, struct part name)
{
	const char *colon = memmem(name.start, name.len, ".slice:",
				   strlen(".slice:"));

	if (colon) {
		struct part slice = { name.start, 0 };

		colon += strlen(".slice");
		slice.len = colon - name.start;
		visit(walk, slice);
		name.start += slice.len + 1;
		name.len -= slice.len + 1;
	}
	if (name.len)
		visit(walk, name);
}

static struct found walk_path(struct part path)
{
	struct walk walk = {
		.inner.end = path.start,
		.outer.end = path.start,
		.parent.start = path.start,
	};
	struct part name;

	while ((name = cgroup_next_name(&path)).len)
		visit_slice(&walk, name);

	return walk.inner;
}

/* Undo systemd's escapes: \xHH for a byte that is special in a unit name. */
static char *copy_unescaped(struct part part)
{
	char *string = part_copy(part), *to = string;

	for (const char *p = string; *p; p++) {
		if (p[0] == '\\' && p[1] == 'x' &&
		    isxdigit((unsigned char)p[2]) &&
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

/* The name of a slice has '_' in place of the '-' of the UID. */
static char *copy_pod(struct part pod)
{
	char *uid = part_copy(pod);

	for (char *p = uid; *p; p++)
		if (*p == '_')
			*p = '-';

	return uid;
}

static bool is_better(const struct found *found, const struct found *than)
{
	if (!found->rule || !than->rule)
		return found->rule;
	if (found->depth != than->depth)
		return found->depth > than->depth;
	if (!found->rule->engine != !than->rule->engine)
		return found->rule->engine;

	return found->pod.len && !than->pod.len;
}

/* Return: the ID with the number that strip_number() removed; NULL for none. */
static char *copy_numbered_id(const struct found *found)
{
	struct part whole = found->id;
	const char *end = whole.start + whole.len;

	if (found->rule->digits != LXC_DIGITS || *end != '-')
		return NULL;
	whole.len += 1 + strspn(end + 1, "0123456789");

	return part_copy(whole);
}

void container_parse(const char *text, struct container *container)
{
	struct found found, best = { 0 };
	struct part hierarchy, path;

	while (cgroup_next_line(&text, &hierarchy, &path)) {
		found = walk_path(path);
		if (is_better(&found, &best))
			best = found;
	}

	memset(container, 0, sizeof(*container));
	if (!best.rule)
		return;
	container->engine = best.rule->engine;
	container->id = best.rule->flags & ESCAPED ? copy_unescaped(best.id) :
						     part_copy(best.id);
	container->whole = copy_numbered_id(&best);
	if (best.pod.len)
		container->pod = copy_pod(best.pod);
}

void container_release(struct container *container)
{
	free(container->id);
	free(container->whole);
	free(container->pod);
	memset(container, 0, sizeof(*container));
}

bool container_has_hash(const struct container *container)
{
	return is_hash(part_of(container->id));
}
