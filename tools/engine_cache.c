// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The list of each engine is kept apart from the lists of other engines,
 * because any user can create a cgroup or a socket. An engine that belongs to a
 * user can name only containers of that user, and only if no engine of root
 * names them.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine_cache.h"
#include "name_table.h"

/* Time that all engines may take in one snapshot, in milliseconds. */
#define DEFAULT_LIMIT_MS 300
/* Maximum of that time, if the user sets it. */
#define MAX_LIMIT_MS 60000
/*
 * Engines of other users may use two thirds of the time, so that they cannot
 * prevent requests to the engines of root and of the caller.
 */
#define OTHERS_LIMIT(ms) ((ms) / 3 * 2)
/* If less time is left, the request is sent in the next snapshot. */
#define MIN_REQUEST_MS 50
/* Time before the next request to an engine that did not answer in time. */
#define RETRY_MS 60000

/**
 * struct engine_socket - an engine with a socket
 * @next: next socket in the list of all sockets
 * @api: the API of the requests
 * @device: device of the inode of the socket
 * @inode: inode number of the socket
 * @names: the names in the last answer
 * @generation: generation of the cache at the last request
 * @silent_until: time before which no request is sent; 0 if a request may be
 *	sent
 */
struct engine_socket {
	struct engine_socket *next;
	enum engine_api api;
	dev_t device;
	ino_t inode;
	struct name_table names;
	unsigned long generation;
	int64_t silent_until;
};

/**
 * struct engine_cache - the lists of all engines
 * @root: descriptor of the directory that is / for the paths of sockets
 * @sockets: list of the engines
 * @generation: number of the snapshot, from 1
 * @spent: milliseconds that the engines have taken in this snapshot
 * @limit: milliseconds that the engines may take in one snapshot
 */
struct engine_cache {
	int root;
	struct engine_socket *sockets;
	unsigned long generation;
	int64_t spent;
	unsigned int limit;
};

/* The places where the socket of an engine may be, the most trusted first. */
enum place {
	PLACE_ENVIRONMENT,
	PLACE_SYSTEM,
	PLACE_OWN,
	PLACE_USER,
	NR_PLACES,
};

static const struct {
	const char *variable;
	const char *system;
	const char *directory;
	const char *socket;
} places[] = {
	/* docs.docker.com: dockerd --host; rootless mode, "Tips". */
	[ENGINE_DOCKER] = {
		.variable = "DOCKER_HOST",
		.system = "run/docker.sock",
		.socket = "docker.sock",
	},
	/* podman-system-service(1), podman(1) on CONTAINER_HOST. */
	[ENGINE_PODMAN] = {
		.variable = "CONTAINER_HOST",
		.system = "run/podman/podman.sock",
		.directory = "podman",
		.socket = "podman.sock",
	},
};

static unsigned int get_limit(void)
{
	const char *value = getenv("PIDNSTREE_ENGINE_MS");
	size_t len = value ? strspn(value, "0123456789") : 0;
	unsigned long limit;

	if (!len || value[len])
		return DEFAULT_LIMIT_MS;
	limit = strtoul(value, NULL, 10);

	return limit < MAX_LIMIT_MS ? limit : MAX_LIMIT_MS;
}

struct engine_cache *engine_cache_new(int root)
{
	struct engine_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		err(EXIT_FAILURE, "cannot store the lists of engines");
	cache->root = root;
	cache->generation = 1;
	cache->limit = get_limit();

	return cache;
}

void engine_cache_free(struct engine_cache *cache)
{
	struct engine_socket *engine, *next;

	for (engine = cache->sockets; engine; engine = next) {
		next = engine->next;
		name_table_release(&engine->names);
		free(engine);
	}
	free(cache);
}

void engine_cache_begin_snapshot(struct engine_cache *cache)
{
	cache->generation++;
	cache->spent = 0;
}

static int open_directory(int directory, const char *path)
{
	return openat(directory, path,
		      O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * Open the socket in a directory that belongs to a user. Closes @directory. No
 * symbolic link is followed, because the user could create one that makes root
 * connect to the socket of another user.
 *
 * Return: a descriptor of the socket; -1 on error.
 */
static int open_in_directory(int directory, enum engine_api api)
{
	const char *subdirectory = places[api].directory;
	int parent = directory, socket;

	if (parent >= 0 && subdirectory) {
		parent = open_directory(directory, subdirectory);
		close(directory);
	}
	if (parent < 0)
		return -1;
	socket = openat(parent, places[api].socket,
			O_PATH | O_NOFOLLOW | O_CLOEXEC);
	close(parent);

	return socket;
}

static int open_of_user(const struct engine_cache *cache, enum engine_api api,
			uint32_t user)
{
	char path[64];

	snprintf(path, sizeof(path), "run/user/%u", user);

	return open_in_directory(open_directory(cache->root, path), api);
}

static int open_place(const struct engine_cache *cache, enum engine_api api,
		      enum place place, uint32_t user)
{
	static const char unix_scheme[] = "unix://";
	const char *value;

	switch (place) {
	case PLACE_ENVIRONMENT:
		value = getenv(places[api].variable);
		if (!value ||
		    strncmp(value, unix_scheme, strlen(unix_scheme)))
			return -1;
		return open(value + strlen(unix_scheme), O_PATH | O_CLOEXEC);
	case PLACE_SYSTEM:
		return openat(cache->root, places[api].system,
			      O_PATH | O_CLOEXEC);
	case PLACE_OWN:
		value = getenv("XDG_RUNTIME_DIR");
		if (!value || *value != '/')
			return -1;
		return open_in_directory(open_directory(-1, value), api);
	case PLACE_USER:
		return user ? open_of_user(cache, api, user) : -1;
	default:
		return -1;
	}
}

/*
 * Find an engine by the inode of its socket, because several paths may lead to
 * one socket. An engine that is restarted creates a new inode.
 */
static struct engine_socket *get_engine(struct engine_cache *cache,
					enum engine_api api,
					const struct stat *status)
{
	struct engine_socket *engine;

	for (engine = cache->sockets; engine; engine = engine->next)
		if (engine->api == api && engine->device == status->st_dev &&
		    engine->inode == status->st_ino)
			return engine;
	engine = calloc(1, sizeof(*engine));
	if (!engine)
		err(EXIT_FAILURE, "cannot store the list of an engine");
	engine->api = api;
	engine->device = status->st_dev;
	engine->inode = status->st_ino;
	engine->next = cache->sockets;
	cache->sockets = engine;

	return engine;
}

static void store_names(const char *id, const struct container_name *name,
			void *arg)
{
	struct engine_socket *engine = arg;
	struct container_name copy = container_name_copy(name);

	name_table_add(&engine->names, id, &copy);
}

/*
 * @owner: UID of the owner of the socket
 * Return: milliseconds left for a request; 0 if there are too few.
 */
static unsigned int time_left(const struct engine_cache *cache, uid_t owner)
{
	bool other = owner && owner != geteuid();
	int64_t left, limit = cache->limit;

	if (other)
		limit = OTHERS_LIMIT(limit);

	left = limit - cache->spent;

	return left < MIN_REQUEST_MS ? 0 : left;
}

static void request_list(struct engine_cache *cache,
			 struct engine_socket *engine, int socket, uid_t owner)
{
	unsigned int left;
	int64_t begin;

	if (engine->generation == cache->generation ||
	    monotonic_ms() < engine->silent_until || !cache->limit ||
	    !engine_load())
		return;
	/* The time to load the library is not counted. */
	left = time_left(cache, owner);
	if (!left)
		return;
	engine->generation = cache->generation;
	name_table_release(&engine->names);
	engine->silent_until = 0;
	begin = monotonic_ms();
	if (engine_request_list(socket, engine->api, left, store_names,
				engine) == ENGINE_SILENT)
		engine->silent_until = monotonic_ms() + RETRY_MS;
	cache->spent += monotonic_ms() - begin;
}

/*
 * Check the owner of a socket in the directory of a user. The user can move or
 * hard-link sockets of other users into that directory, if the file system
 * permits it.
 */
static bool is_trusted(enum place place, uid_t owner, uint32_t user)
{
	if (place == PLACE_OWN)
		return owner == geteuid();

	return place != PLACE_USER || owner == user;
}

static const struct container_name *find_at(struct engine_cache *cache,
					    enum engine_api api,
					    enum place place, const char *id,
					    uint32_t user)
{
	int socket = open_place(cache, api, place, user);
	const struct container_name *name = NULL;
	struct engine_socket *engine;
	struct stat status;

	if (socket < 0)
		return NULL;
	if (!fstat(socket, &status) && S_ISSOCK(status.st_mode) &&
	    is_trusted(place, status.st_uid, user)) {
		engine = get_engine(cache, api, &status);
		name = name_table_find(&engine->names, id);
		if (!name) {
			request_list(cache, engine, socket, status.st_uid);
			name = name_table_find(&engine->names, id);
		}
	}
	close(socket);

	return name;
}

const struct container_name *engine_cache_find(struct engine_cache *cache,
					       enum engine_api api,
					       const char *id, uint32_t user)
{
	const struct container_name *name = NULL;

	for (enum place place = 0; place < NR_PLACES && !name; place++)
		name = find_at(cache, api, place, id, user);

	return name;
}
