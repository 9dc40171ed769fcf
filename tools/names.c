// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The source of a name depends on the engine of the container:
 *
 *	docker		the engine's list of containers, see engine_cache.c
 *	podman		the engine's list; if it lacks the container, the monitor
 *	containerd	annotations in the bundle of the container
 *	cri-o		annotations in the bundle of the container
 *	unknown		if the ID is 64 hexadecimal digits: the bundles, then the
 *			list of Docker if dockerd is running
 *	any other	none: the ID is the name
 *
 * The engine is only what the path of the cgroup suggests.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle.h"
#include "engine_cache.h"
#include "monitor.h"
#include "name_table.h"
#include "names.h"
#include "print.h"

/*
 * A container that is starting may not have a name yet. If it has none after
 * MAX_TRIES snapshots, it is looked up only once in RETRY_MS.
 */
#define MAX_TRIES 3
#define RETRY_MS 60000

/*
 * A line of saved names has an ID and three names, each byte written as \ooo.
 */
#define LONGEST_LINE (4 * (4 * NAME_LONGEST + 1))

#define HEADER "# pidns_tree names 1"

/**
 * struct lookup - a container that was looked up
 * @next: the lookup after this one
 * @engine: engine of the container; NULL if unknown
 * @id: ID of the container
 * @user: UID that the engine may run as
 * @name: names of the container; all NULL if unknown
 * @generation: generation of the cache at the last search
 * @tries: number of searches
 * @retry_at: time before which the container is not looked up again; 0 if it
 *	may be
 */
struct lookup {
	struct lookup *next;
	const char *engine;
	char *id;
	uint32_t user;
	struct container_name name;
	unsigned long generation;
	unsigned int tries;
	int64_t retry_at;
};

/**
 * struct names - a cache of names
 * @root: descriptor of the directory that is / for the paths of engines; -1 if
 *	it cannot be opened
 * @passive: send no request that could start an engine
 * @offline: names_load() was called, so no request is sent to an engine
 * @loaded: names that names_load() read
 * @lookups: tree of the lookups, for tsearch(3)
 * @first: list of the lookups, oldest first
 * @last: where to append the next lookup to the list
 * @engines: lists of the engines
 * @generation: number of the snapshot, from 1
 */
struct names {
	int root;
	bool offline;
	bool passive;
	struct name_table loaded;
	void *lookups;
	struct lookup *first;
	struct lookup **last;
	struct engine_cache *engines;
	unsigned long generation;
};

static void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		err(EXIT_FAILURE, "cannot store a name");

	return memory;
}

static int compare_lookups(const void *a, const void *b)
{
	const struct lookup *first = a, *second = b;
	int order = strcmp(first->id, second->id);

	if (!order)
		order = (first->user > second->user) -
			(first->user < second->user);
	if (!order && first->engine && second->engine)
		return strcmp(first->engine, second->engine);

	return order ? order : !!first->engine - !!second->engine;
}

/* For tdestroy(): the nodes of the tree belong to the list of lookups. */
static void free_nothing(void *node)
{
	(void)node;
}

struct names *names_new(const char *root)
{
	struct names *names = allocate(sizeof(*names));

	names->root = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	names->last = &names->first;
	names->engines = engine_cache_new(names->root);
	names->generation = 1;

	return names;
}

void names_free(struct names *names)
{
	struct lookup *lookup, *next;

	engine_cache_free(names->engines);
	tdestroy(names->lookups, free_nothing);
	for (lookup = names->first; lookup; lookup = next) {
		next = lookup->next;
		container_name_release(&lookup->name);
		free(lookup->id);
		free(lookup);
	}
	name_table_release(&names->loaded);
	if (names->root >= 0)
		close(names->root);
	free(names);
}

void names_start_no_engine(struct names *names)
{
	names->passive = true;
}

void names_begin_snapshot(struct names *names)
{
	names->generation++;
	engine_cache_begin_snapshot(names->engines);
}

static void find_in_lists(struct names *names, enum engine_api api,
			  struct lookup *lookup)
{
	const struct container_name *name;

	name = engine_cache_find(names->engines, api, lookup->id, lookup->user);
	if (name)
		lookup->name = container_name_copy(name);
}

/* dockerd writes the first file, dockerd of Ubuntu's snap the second. */
static bool is_docker_running(const struct names *names)
{
	return !faccessat(names->root, "run/docker.pid", F_OK, 0) ||
	       !faccessat(names->root, "run/snap.docker/docker.pid", F_OK, 0);
}

/*
 * If the engine is unknown, read files first, because that neither starts nor
 * waits for a service. A request would make systemd start an engine that is not
 * running, so send one only if dockerd is running.
 */
static void find(struct names *names, struct lookup *lookup)
{
	const char *engine = lookup->engine;
	bool is_hash = id_is_hash(lookup->id);

	if (engine && !strcmp(engine, "docker")) {
		if (!names->passive ||
		    (!lookup->user && is_docker_running(names)))
			find_in_lists(names, ENGINE_DOCKER, lookup);
	} else if (engine && !strcmp(engine, "podman")) {
		if (!names->passive)
			find_in_lists(names, ENGINE_PODMAN, lookup);
	} else if (engine && !strcmp(engine, "containerd")) {
		bundle_of_containerd(names->root, lookup->id, &lookup->name);
	} else if (engine && !strcmp(engine, "cri-o")) {
		bundle_of_crio(names->root, lookup->id, &lookup->name);
	} else if (!engine && is_hash &&
		   !bundle_of_containerd(names->root, lookup->id,
					 &lookup->name) &&
		   !bundle_of_crio(names->root, lookup->id, &lookup->name) &&
		   is_docker_running(names)) {
		find_in_lists(names, ENGINE_DOCKER, lookup);
	}
}

static struct lookup *get_lookup(struct names *names,
				 const struct container *container,
				 uint32_t user)
{
	struct lookup key = {
		.engine = container->engine,
		.id = container->id,
		.user = user,
	};
	struct lookup **node = tfind(&key, &names->lookups, compare_lookups);
	struct lookup *lookup;

	if (node)
		return *node;
	lookup = allocate(sizeof(*lookup));
	*lookup = key;
	lookup->id = strdup(key.id);
	if (!lookup->id)
		err(EXIT_FAILURE, "cannot store a name");
	if (!tsearch(lookup, &names->lookups, compare_lookups))
		err(EXIT_FAILURE, "cannot store a name");
	*names->last = lookup;
	names->last = &lookup->next;

	return lookup;
}

/* Copy a loaded name to the lookup, because names_save() writes the lookups. */
static const struct container_name *find_loaded(struct names *names,
						struct lookup *lookup)
{
	const struct container_name *name;

	name = name_table_find(&names->loaded, lookup->id);
	if (name && container_name_is_empty(&lookup->name))
		lookup->name = container_name_copy(name);

	return name;
}

const struct container_name *names_find(struct names *names,
					const struct container *container,
					uint32_t user)
{
	struct lookup *lookup;

	if (!container->id)
		return NULL;
	lookup = get_lookup(names, container, user);
	if (names->offline)
		return find_loaded(names, lookup);

	if (container_name_is_empty(&lookup->name) &&
	    lookup->generation != names->generation &&
	    monotonic_ms() >= lookup->retry_at) {
		lookup->generation = names->generation;
		find(names, lookup);
		if (++lookup->tries >= MAX_TRIES)
			lookup->retry_at = monotonic_ms() + RETRY_MS;
	}

	return container_name_is_empty(&lookup->name) ? NULL : &lookup->name;
}

const struct container_name *
names_find_monitor(struct names *names, const struct container *container,
		   uint32_t user, const char *cmdline, size_t len)
{
	struct lookup *lookup;

	if (names->offline || !container->id ||
	    (container->engine && strcmp(container->engine, "podman")))
		return NULL;
	lookup = get_lookup(names, container, user);
	if (container_name_is_empty(&lookup->name))
		monitor_parse(cmdline, len, lookup->id, &lookup->name);

	return container_name_is_empty(&lookup->name) ? NULL : &lookup->name;
}

bool names_user(const char *cgroup, uint32_t *user)
{
	static const char start[] = "/user.slice/user-", end[] = ".slice";
	const char *digits = cgroup + strlen(start);
	unsigned long long number;
	size_t len;

	if (strncmp(cgroup, start, strlen(start)))
		return false;
	len = strspn(digits, "0123456789");
	if (!len || len > 10 || strncmp(digits + len, end, strlen(end)) ||
	    (digits[len + strlen(end)] && digits[len + strlen(end)] != '/'))
		return false;
	number = strtoull(digits, NULL, 10);
	if (number >= UINT32_MAX)
		return false;
	*user = number;

	return true;
}

/*
 * Decode the \ooo escapes of save_field() in place. Set @to to the result, or
 * to NULL if the field is "-".
 * Return: false if the field is malformed.
 */
static bool decode(char *field, char **to)
{
	char *out = field, *p;

	*to = NULL;
	if (!strcmp(field, "-"))
		return true;
	for (p = field; *p; p++) {
		if (*p == '\\') {
			if (strspn(p + 1, "01234567") < 3 || p[1] > '3' ||
			    !strncmp(p + 1, "000", 3))
				return false;
			*out++ = (p[1] - '0') << 6 | (p[2] - '0') << 3 |
				 (p[3] - '0');
			p += 3;
			continue;
		}
		*out++ = *p;
	}
	*out = '\0';
	*to = field;

	return out > field && out - field <= NAME_LONGEST;
}

static void load_line(struct names *names, char *line)
{
	char *fields[4], *values[4], *state = NULL;
	struct container_name name;
	size_t nr = 0;

	line[strcspn(line, "\r\n")] = '\0';
	if (*line == '#')
		return;
	for (char *field = strtok_r(line, " ", &state); field;
	     field = strtok_r(NULL, " ", &state)) {
		if (nr == 4 || !decode(field, &values[nr]))
			return;
		fields[nr++] = field;
	}
	if (nr < 4 || !values[0])
		return;
	name = container_name_copy(&(struct container_name){
		.name = values[1],
		.pod = values[2],
		.pod_namespace = values[3],
	});
	if (!container_name_is_empty(&name))
		name_table_add(&names->loaded, fields[0], &name);
	container_name_release(&name);
}

static bool is_regular(int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return false;
	if (S_ISREG(status.st_mode))
		return true;
	errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;

	return false;
}

/* fgets() returns a line that is too long in pieces; all pieces are ignored. */
static bool load_lines(struct names *names, FILE *file)
{
	char *line = allocate(LONGEST_LINE + 2);
	bool whole = true;

	while (fgets(line, LONGEST_LINE + 2, file)) {
		bool ends = strchr(line, '\n') || feof(file);

		if (whole && ends)
			load_line(names, line);
		whole = ends;
	}
	free(line);

	return !ferror(file);
}

bool names_load(struct names *names, int fd)
{
	FILE *file = NULL;
	bool loaded;
	int error;

	names->offline = true;
	if (fd < 0)
		return false;
	if (is_regular(fd))
		file = fdopen(fd, "r");
	if (!file) {
		error = errno;
		close(fd);
		errno = error;
		return false;
	}
	loaded = load_lines(names, file);
	error = errno;
	fclose(file);
	errno = error;

	return loaded;
}

static void save_field(FILE *file, const char *field, char end)
{
	if (!field)
		fputc('-', file);
	else if (!strcmp(field, "-"))
		fputs("\\055", file);
	else
		put_visible(file, field, " \\#", false);
	fputc(end, file);
}

static void save_names(FILE *file, const char *id,
		       const struct container_name *name)
{
	save_field(file, id, ' ');
	save_field(file, name->name, ' ');
	save_field(file, name->pod, ' ');
	save_field(file, name->pod_namespace, '\n');
}

static int compare_ids(const void *a, const void *b)
{
	const struct lookup *first = a, *second = b;

	return strcmp(first->id, second->id);
}

int names_save(struct names *names, FILE *file)
{
	struct lookup *lookup, **known;
	void *saved = NULL;

	fputs(HEADER "\n", file);
	for (lookup = names->first; lookup; lookup = lookup->next) {
		if (container_name_is_empty(&lookup->name))
			continue;
		/*
		 * A container has a lookup for each user that has processes in
		 * it.
		 */
		known = tsearch(lookup, &saved, compare_ids);
		if (!known)
			err(EXIT_FAILURE, "cannot store a name");
		if (*known == lookup)
			save_names(file, lookup->id, &lookup->name);
	}
	tdestroy(saved, free_nothing);

	return ferror(file) ? -1 : 0;
}
