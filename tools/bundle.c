// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The paths and keys are from these source files:
 *
 *	containerd docs/ops.md: state directory, task directory of a namespace
 *	containerd core/runtime/v2/bundle.go, NewBundle(): writes config.json
 *	containerd pkg/identifiers/validate.go: characters of IDs and namespaces
 *	containerd internal/cri/annotations/annotations.go
 *		(pkg/cri/annotations before containerd 2.0)
 *	k3s pkg/agent/config/config_linux.go: state directory
 *		/run/k3s/containerd; RKE2 uses this code, too
 *	k0s docs/runtime.md: state directory /run/k0s/containerd
 *	nerdctl pkg/labels/labels.go: "also passed to OCI containers as
 *		annotations"
 *	CRI-O server/container_create.go: config.json in the run directory
 *	CRI-O internal/factory/container/container.go, SpecAddAnnotations(): the
 *		labels that the kubelet sets become annotations
 *	CRI-O internal/annotations/annotations.go: ContainerType
 *	kubelet pkg/types/labels.go: io.kubernetes.pod.name and similar keys
 *
 * `nerdctl rename` does not change the bundle, so the name is the one that the
 * container was created with.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle.h"

/*
 * Maximum size of a config.json in bytes. The limit of etcd for a pod is 1.5
 * MiB. Users choose strings in the file, and json-c allocates up to 30 times
 * its size.
 */
#define LONGEST (2 << 20)
/* Maximum nesting depth of a config.json. A real one has a depth of 8. */
#define DEEPEST 32
/*
 * Maximum number of containerd's namespaces that are searched. Most machines
 * have at most three: k8s.io, moby and default.
 */
#define MOST_NAMESPACES 256
/* Maximum length of an ID or namespace; maxLength in containerd. */
#define LONGEST_IDENTIFIER 76

static const char *const containerd_tasks[] = {
	"run/containerd/io.containerd.runtime.v2.task",
	"run/k3s/containerd/io.containerd.runtime.v2.task",
	"run/k0s/containerd/io.containerd.runtime.v2.task",
};

#define CRIO_CONTAINERS "run/containers/storage/overlay-containers"

/**
 * struct scheme - keys of the annotations of one engine
 * @name: key of the container's name
 * @pod: key of the pod's name; NULL if the engine has no pods
 * @pod_namespace: key of the pod's namespace
 * @type: key of the container's type, "sandbox" for the sandbox of a pod
 */
struct scheme {
	const char *name;
	const char *pod;
	const char *pod_namespace;
	const char *type;
};

/* The first scheme with a key that the annotations have is used. */
static const struct scheme schemes[] = {
	{
		.name = "io.kubernetes.cri.container-name",
		.pod = "io.kubernetes.cri.sandbox-name",
		.pod_namespace = "io.kubernetes.cri.sandbox-namespace",
		.type = "io.kubernetes.cri.container-type",
	},
	{
		.name = "io.kubernetes.container.name",
		.pod = "io.kubernetes.pod.name",
		.pod_namespace = "io.kubernetes.pod.namespace",
		.type = "io.kubernetes.cri-o.ContainerType",
	},
	{ .name = "nerdctl/name" },
};

static bool is_sandbox(struct json_object *annotations,
		       const struct scheme *scheme)
{
	char *type = name_of_key(annotations, scheme->type);
	bool sandbox = type && !strcmp(type, "sandbox");

	free(type);

	return sandbox;
}

static bool get_names(struct json_object *annotations,
		      struct container_name *name)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		const struct scheme *scheme = &schemes[i];

		name->name = name_of_key(annotations, scheme->name);
		if (scheme->pod) {
			name->pod = name_of_key(annotations, scheme->pod);
			name->pod_namespace =
				name_of_key(annotations, scheme->pod_namespace);
			if (is_sandbox(annotations, scheme)) {
				free(name->name);
				name->name = NULL;
			}
		}
		if (!container_name_is_empty(name))
			return true;
	}

	return false;
}

bool bundle_parse(const char *text, size_t len, struct container_name *name)
{
	struct json_object *annotations, *config = NULL;
	struct json_tokener *tokener;
	bool found = false;

	memset(name, 0, sizeof(*name));
	if (len > LONGEST)
		return false;
	tokener = json_tokener_new_ex(DEEPEST);
	if (!tokener)
		err(EXIT_FAILURE, "cannot parse JSON");
	config = json_tokener_parse_ex(tokener, text, len);
	if (json_object_is_type(config, json_type_object) &&
	    json_object_object_get_ex(config, "annotations", &annotations))
		found = get_names(annotations, name);
	json_object_put(config);
	json_tokener_free(tokener);

	return found;
}

/*
 * Whether a string is letters and digits with single '.', '_' or '-' between
 * them. Such a string is safe as a file name: it has no '/' and is not "..".
 */
static bool is_identifier(const char *id)
{
	bool separator = true;
	size_t len = 0;

	for (; id[len]; len++) {
		bool letter = (id[len] >= 'a' && id[len] <= 'z') ||
			      (id[len] >= 'A' && id[len] <= 'Z') ||
			      (id[len] >= '0' && id[len] <= '9');

		if (len == LONGEST_IDENTIFIER ||
		    (!letter && (separator || !strchr("._-", id[len]))))
			return false;
		separator = !letter;
	}

	return !separator;
}

static char *read_file(int file, size_t *len)
{
	struct stat status;
	char *text;
	ssize_t got;

	if (fstat(file, &status) || !S_ISREG(status.st_mode) ||
	    status.st_size > LONGEST)
		return NULL;
	text = malloc(status.st_size + 1);
	if (!text)
		err(EXIT_FAILURE, "cannot read a bundle");
	*len = 0;
	while (*len < (size_t)status.st_size) {
		got = read(file, text + *len, status.st_size - *len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		*len += got;
	}

	return text;
}

static bool read_config(int bundle, struct container_name *name)
{
	/* O_NONBLOCK, because open() of a FIFO would wait for a writer. */
	int file = openat(bundle, "config.json", O_RDONLY | O_NOFOLLOW |
			  O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t len = 0;
	bool found;
	char *text;

	if (file < 0)
		return false;
	text = read_file(file, &len);
	found = text && bundle_parse(text, len, name);
	free(text);
	close(file);

	return found;
}

/* @flags may lack O_NOFOLLOW only if @path is constant. */
static int open_directory(int directory, const char *path, int flags)
{
	return openat(directory, path, O_DIRECTORY | O_CLOEXEC | flags);
}

static bool read_bundle(int directory, const char *id,
			struct container_name *name)
{
	int bundle = open_directory(directory, id, O_PATH | O_NOFOLLOW);
	bool found;

	if (bundle < 0)
		return false;
	found = read_config(bundle, name);
	close(bundle);

	return found;
}

/* @tasks has a subdirectory for each namespace of containerd. */
static bool search_namespaces(DIR *tasks, const char *id,
			      struct container_name *name)
{
	unsigned int left = MOST_NAMESPACES;
	struct dirent *entry;
	bool found = false;

	while (!found && left && (entry = readdir(tasks))) {
		int namespace;

		if (!is_identifier(entry->d_name))
			continue;
		left--;
		namespace = open_directory(dirfd(tasks), entry->d_name,
					   O_PATH | O_NOFOLLOW);
		if (namespace < 0)
			continue;
		found = read_bundle(namespace, id, name);
		close(namespace);
	}

	return found;
}

bool bundle_of_containerd(int root, const char *id,
			  struct container_name *name)
{
	size_t nr_tasks = sizeof(containerd_tasks) / sizeof(*containerd_tasks);
	bool found = false;

	memset(name, 0, sizeof(*name));
	if (!is_identifier(id))
		return false;
	for (size_t i = 0; !found && i < nr_tasks; i++) {
		int fd = open_directory(root, containerd_tasks[i], O_RDONLY);
		DIR *tasks = fd < 0 ? NULL : fdopendir(fd);

		if (tasks) {
			found = search_namespaces(tasks, id, name);
			closedir(tasks);
		} else if (fd >= 0) {
			close(fd);
		}
	}

	return found;
}

bool bundle_of_crio(int root, const char *id, struct container_name *name)
{
	int containers, container, data;
	bool found = false;

	memset(name, 0, sizeof(*name));
	if (!is_identifier(id))
		return false;
	containers = open_directory(root, CRIO_CONTAINERS, O_PATH);
	if (containers < 0)
		return false;
	container = open_directory(containers, id, O_PATH | O_NOFOLLOW);
	if (container >= 0) {
		data = open_directory(container, "userdata",
				      O_PATH | O_NOFOLLOW);
		if (data >= 0) {
			found = read_config(data, name);
			close(data);
		}
		close(container);
	}
	close(containers);

	return found;
}
