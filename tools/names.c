// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The sources of names:
 *
 *	docker		list of the engine, by its API
 *	podman		list of the engine, by its API; else its monitor
 *	containerd	annotations in the bundle of the container
 *	cri-o		annotations in the bundle of the container
 *	unknown		if the id has 64 hexadecimal digits, the bundles, then the
 *			list of Docker if dockerd runs
 *	others		none: the id is the name
 *
 * The engine of a container is what its cgroup suggests, and any user can make
 * a cgroup or offer a socket. So the lists of engines are kept apart: an engine
 * of a user names only those containers that are found to be of that user, and
 * only if no engine of root does.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bundle.h"
#include "engine.h"
#include "monitor.h"
#include "names.h"
#include "print.h"

/* All engines together may delay a look by this, or by what the user allows. */
#define LOOK_MS 300
#define LONGEST_LOOK_MS 60000
/* Of that, the engines of other users leave a third to the rest. */
#define OTHERS_PART(ms) ((ms) / 3 * 2)
/* If less time than this is left, an engine is asked in the next snap. */
#define LEAST_MS 50
/* A silent engine is not asked again before this has passed. */
#define PAUSE_MS 60000
/*
 * A container that starts may have no name yet. If it has none in so many
 * looks, it is not asked for again before PAUSE_MS has passed.
 */
#define TRIES 3

/* The longest line of saved names has four names, each byte written as \ooo. */
#define LONGEST_LINE (4 * (4 * NAME_LONGEST + 1))

#define HEADER "# pidns_tree names 1"

/**
 * struct item - a container that has names
 * @id: its id
 * @name: its names
 */
struct item {
	char *id;
	struct container_name name;
};

/**
 * struct source - an engine with a socket
 * @next: another one
 * @api: which list it was asked for
 * @device: of the inode of its socket
 * @inode: of its socket
 * @items: tree of its containers, as of its last answer
 * @snap: number of the look that it was asked in
 * @silent_until: time before which it is not asked again, 0 if any
 */
struct source {
	struct source *next;
	enum engine_api api;
	dev_t device;
	ino_t inode;
	void *items;
	unsigned long snap;
	int64_t silent_until;
};

/**
 * struct answer - a container that names_find() was called for
 * @next: the one after it
 * @engine: its engine, NULL if unknown
 * @id: its id
 * @user: as given
 * @name: its names; all NULL if unknown
 * @snap: number of the look that sources were asked in
 * @tries: number of such looks
 * @retry: time before which sources are not asked again, 0 if any
 */
struct answer {
	struct answer *next;
	const char *engine;
	char *id;
	uint32_t user;
	struct container_name name;
	unsigned long snap;
	unsigned int tries;
	int64_t retry;
};

/**
 * struct names - a cache of names
 * @root: descriptor of the directory that is / for the paths of engines, -1 if
 *	it cannot be opened
 * @offline: names were loaded, no source is asked
 * @loaded: tree of the items that were loaded
 * @answers: tree of the answers
 * @first: list of the answers, oldest first
 * @last: where the next answer goes
 * @sources: the engines with a socket
 * @snap: number of the look
 * @spent: milliseconds that engines have taken in this look
 * @limit: milliseconds that engines may delay a look by
 */
struct names {
	int root;
	bool offline;
	void *loaded;
	void *answers;
	struct answer *first;
	struct answer **last;
	struct source *sources;
	unsigned long snap;
	int64_t spent;
	unsigned int limit;
};

/* The places where the socket of an engine may be, in the order of trust. */
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

static void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		err(EXIT_FAILURE, "cannot store a name");

	return memory;
}

static char *copy(const char *string)
{
	char *bytes = strdup(string);

	if (!bytes)
		err(EXIT_FAILURE, "cannot store a name");

	return bytes;
}

/* Milliseconds; more than 0. */
static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);

	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000 + 1;
}

static int compare_items(const void *a, const void *b)
{
	const struct item *one = a, *other = b;

	return strcmp(one->id, other->id);
}

static int compare_answers(const void *a, const void *b)
{
	const struct answer *one = a, *other = b;
	int order = strcmp(one->id, other->id);

	if (!order)
		order = (one->user > other->user) - (one->user < other->user);
	if (!order && one->engine && other->engine)
		return strcmp(one->engine, other->engine);

	return order ? order : !!one->engine - !!other->engine;
}

static void free_item(void *node)
{
	struct item *item = node;

	container_name_release(&item->name);
	free(item->id);
	free(item);
}

/* The tree has the answer as well. */
static void free_nothing(void *node)
{
	(void)node;
}

/* Takes over the names. An item that the tree already has is not replaced. */
static void add_item(void **items, const char *id, struct container_name *name)
{
	struct item *item = allocate(sizeof(*item));
	struct item **node;

	item->id = copy(id);
	item->name = *name;
	memset(name, 0, sizeof(*name));
	node = tsearch(item, items, compare_items);
	if (!node)
		err(EXIT_FAILURE, "cannot store a name");
	if (*node != item)
		free_item(item);
}

static const struct container_name *find_item(void *items, const char *id)
{
	struct item key = { .id = (char *)id };
	struct item **node = tfind(&key, &items, compare_items);

	return node ? &(*node)->name : NULL;
}

static unsigned int get_limit(void)
{
	const char *value = getenv("PIDNSTREE_ENGINE_MS");
	size_t len = value ? strspn(value, "0123456789") : 0;
	unsigned long limit;

	if (!len || value[len])
		return LOOK_MS;
	limit = strtoul(value, NULL, 10);

	return limit < LONGEST_LOOK_MS ? limit : LONGEST_LOOK_MS;
}

struct names *names_new(const char *root)
{
	struct names *names = allocate(sizeof(*names));

	names->root = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	names->last = &names->first;
	names->snap = 1;
	names->limit = get_limit();

	return names;
}

void names_free(struct names *names)
{
	struct answer *answer, *next_answer;
	struct source *source, *next_source;

	for (source = names->sources; source; source = next_source) {
		next_source = source->next;
		tdestroy(source->items, free_item);
		free(source);
	}
	tdestroy(names->answers, free_nothing);
	for (answer = names->first; answer; answer = next_answer) {
		next_answer = answer->next;
		container_name_release(&answer->name);
		free(answer->id);
		free(answer);
	}
	tdestroy(names->loaded, free_item);
	if (names->root >= 0)
		close(names->root);
	free(names);
}

void names_renew(struct names *names)
{
	names->snap++;
	names->spent = 0;
}

static int open_directory(int directory, const char *path)
{
	return openat(directory, path,
		      O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * The directory and all in it belong to a user. No symbolic link is followed,
 * so that the user cannot have root connect to a socket of another.
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

static int open_of_user(const struct names *names, enum engine_api api,
			uint32_t user)
{
	char path[64];

	snprintf(path, sizeof(path), "run/user/%u", user);

	return open_in_directory(open_directory(names->root, path), api);
}

static int open_place(const struct names *names, enum engine_api api,
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
		return openat(names->root, places[api].system,
			      O_PATH | O_CLOEXEC);
	case PLACE_OWN:
		value = getenv("XDG_RUNTIME_DIR");
		if (!value || *value != '/')
			return -1;
		return open_in_directory(open_directory(-1, value), api);
	case PLACE_USER:
		return user ? open_of_user(names, api, user) : -1;
	default:
		return -1;
	}
}

/*
 * The inode of its socket identifies an engine: several paths may lead to it.
 * An engine that is started again has another inode.
 */
static struct source *find_source(struct names *names, enum engine_api api,
				  const struct stat *status)
{
	struct source *source;

	for (source = names->sources; source; source = source->next)
		if (source->api == api && source->device == status->st_dev &&
		    source->inode == status->st_ino)
			return source;
	source = allocate(sizeof(*source));
	source->api = api;
	source->device = status->st_dev;
	source->inode = status->st_ino;
	source->next = names->sources;
	names->sources = source;

	return source;
}

static void found(const char *id, const struct container_name *name, void *arg)
{
	struct source *source = arg;
	struct container_name kept = container_name_copy(name);

	add_item(&source->items, id, &kept);
}

/*
 * @owner: of the socket
 * Return: milliseconds, or 0 if there are too few.
 */
static unsigned int time_left(struct names *names, uid_t owner)
{
	bool other = owner && owner != geteuid();
	int64_t left, limit = names->limit;

	if (other)
		limit = OTHERS_PART(limit);

	left = limit - names->spent;

	return left < LEAST_MS ? 0 : left;
}

static void ask(struct names *names, struct source *source, int socket,
		uid_t owner)
{
	unsigned int left;
	int64_t begin;

	if (source->snap == names->snap || now() < source->silent_until ||
	    !names->limit || !engine_load())
		return;
	/* The time that the library takes is no engine's. */
	left = time_left(names, owner);
	if (!left)
		return;
	source->snap = names->snap;
	tdestroy(source->items, free_item);
	source->items = NULL;
	source->silent_until = 0;
	begin = now();
	if (engine_ask(socket, source->api, left, found, source) ==
	    ENGINE_SILENT)
		source->silent_until = now() + PAUSE_MS;
	names->spent += now() - begin;
}

/*
 * A user can rename or link sockets of others into the user's own directory, if
 * the file system allows that.
 */
static bool is_trusted(enum place place, uid_t owner, uint32_t user)
{
	if (place == PLACE_OWN)
		return owner == geteuid();

	return place != PLACE_USER || owner == user;
}

static const struct container_name *find_in_engine(struct names *names,
						   enum engine_api api,
						   enum place place,
						   const struct answer *answer)
{
	int socket = open_place(names, api, place, answer->user);
	const struct container_name *name = NULL;
	struct source *source;
	struct stat status;

	if (socket < 0)
		return NULL;
	if (!fstat(socket, &status) && S_ISSOCK(status.st_mode) &&
	    is_trusted(place, status.st_uid, answer->user)) {
		source = find_source(names, api, &status);
		name = find_item(source->items, answer->id);
		if (!name) {
			ask(names, source, socket, status.st_uid);
			name = find_item(source->items, answer->id);
		}
	}
	close(socket);

	return name;
}

static bool find_by_api(struct names *names, enum engine_api api,
			struct answer *answer)
{
	const struct container_name *name = NULL;

	for (enum place place = 0; place < NR_PLACES && !name; place++)
		name = find_in_engine(names, api, place, answer);
	if (name)
		answer->name = container_name_copy(name);

	return name;
}

/* dockerd writes one of these, that of Ubuntu's snap the second. */
static bool is_docker_running(const struct names *names)
{
	return !faccessat(names->root, "run/docker.pid", F_OK, 0) ||
	       !faccessat(names->root, "run/snap.docker/docker.pid", F_OK, 0);
}

/*
 * Files come first: reading them starts no service and waits for none. A request
 * makes systemd start an engine that is not running. So for a container of an
 * unknown engine, only an engine that is running is asked.
 */
static void find(struct names *names, struct answer *answer)
{
	const char *engine = answer->engine;
	bool any = id_is_hash(answer->id);

	if (engine && !strcmp(engine, "docker"))
		find_by_api(names, ENGINE_DOCKER, answer);
	else if (engine && !strcmp(engine, "podman"))
		find_by_api(names, ENGINE_PODMAN, answer);
	else if (engine && !strcmp(engine, "containerd"))
		bundle_of_containerd(names->root, answer->id, &answer->name);
	else if (engine && !strcmp(engine, "cri-o"))
		bundle_of_crio(names->root, answer->id, &answer->name);
	else if (!engine && any &&
		 !bundle_of_containerd(names->root, answer->id,
				       &answer->name) &&
		 !bundle_of_crio(names->root, answer->id, &answer->name) &&
		 is_docker_running(names))
		find_by_api(names, ENGINE_DOCKER, answer);
}

static struct answer *get_answer(struct names *names,
				 const struct container *container,
				 uint32_t user)
{
	struct answer key = {
		.engine = container->engine,
		.id = container->id,
		.user = user,
	};
	struct answer **node = tfind(&key, &names->answers, compare_answers);
	struct answer *answer;

	if (node)
		return *node;
	answer = allocate(sizeof(*answer));
	*answer = key;
	answer->id = copy(key.id);
	if (!tsearch(answer, &names->answers, compare_answers))
		err(EXIT_FAILURE, "cannot store a name");
	*names->last = answer;
	names->last = &answer->next;

	return answer;
}

/* An answer like others, so that names_save() writes it. */
static const struct container_name *take_loaded(struct names *names,
						struct answer *answer)
{
	const struct container_name *name;

	name = find_item(names->loaded, answer->id);
	if (name && container_name_is_empty(&answer->name))
		answer->name = container_name_copy(name);

	return name;
}

const struct container_name *names_find(struct names *names,
					const struct container *container,
					uint32_t user)
{
	struct answer *answer;

	if (!container->id)
		return NULL;
	answer = get_answer(names, container, user);
	if (names->offline)
		return take_loaded(names, answer);

	if (container_name_is_empty(&answer->name) &&
	    answer->snap != names->snap && now() >= answer->retry) {
		answer->snap = names->snap;
		find(names, answer);
		if (++answer->tries >= TRIES)
			answer->retry = now() + PAUSE_MS;
	}

	return container_name_is_empty(&answer->name) ? NULL : &answer->name;
}

const struct container_name *
names_find_monitor(struct names *names, const struct container *container,
		   uint32_t user, const char *cmdline, size_t len)
{
	struct answer *answer;

	if (names->offline || !container->id ||
	    (container->engine && strcmp(container->engine, "podman")))
		return NULL;
	answer = get_answer(names, container, user);
	if (container_name_is_empty(&answer->name))
		monitor_parse(cmdline, len, answer->id, &answer->name);

	return container_name_is_empty(&answer->name) ? NULL : &answer->name;
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
 * Undo put_visible() in place; "-" becomes NULL.
 * Return: whether the word is well formed.
 */
static bool decode(char *word, char **to)
{
	char *out = word, *p;

	*to = NULL;
	if (!strcmp(word, "-"))
		return true;
	for (p = word; *p; p++) {
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
	*to = word;

	return out > word && out - word <= NAME_LONGEST;
}

static void load_line(struct names *names, char *line)
{
	char *words[4], *values[4], *state = NULL;
	struct container_name name;
	size_t nr = 0;

	line[strcspn(line, "\r\n")] = '\0';
	if (*line == '#')
		return;
	for (char *word = strtok_r(line, " ", &state); word;
	     word = strtok_r(NULL, " ", &state)) {
		if (nr == 4 || !decode(word, &values[nr]))
			return;
		words[nr++] = word;
	}
	if (nr < 4 || !values[0])
		return;
	name = container_name_copy(&(struct container_name){
		.name = values[1],
		.pod = values[2],
		.pod_namespace = values[3],
	});
	if (!container_name_is_empty(&name))
		add_item(&names->loaded, words[0], &name);
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

/* A line that is too long comes in pieces, all of which are ignored. */
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

static void save_word(FILE *file, const char *word, char end)
{
	if (!word)
		fputc('-', file);
	else if (!strcmp(word, "-"))
		fputs("\\055", file);
	else
		put_visible(file, word, " \\#", false);
	fputc(end, file);
}

static void save_names(FILE *file, const char *id,
		       const struct container_name *name)
{
	save_word(file, id, ' ');
	save_word(file, name->name, ' ');
	save_word(file, name->pod, ' ');
	save_word(file, name->pod_namespace, '\n');
}

static int compare_ids(const void *a, const void *b)
{
	const struct answer *first = a, *second = b;

	return strcmp(first->id, second->id);
}

/* Nothing to free: the answers belong to the cache. */
static void keep(void *node)
{
	(void)node;
}

int names_save(struct names *names, FILE *file)
{
	struct answer *answer, **known;
	void *saved = NULL;

	fputs(HEADER "\n", file);
	for (answer = names->first; answer; answer = answer->next) {
		if (container_name_is_empty(&answer->name))
			continue;
		/* Processes of several users ask for one container. */
		known = tsearch(answer, &saved, compare_ids);
		if (!known)
			err(EXIT_FAILURE, "cannot store a name");
		if (*known == answer)
			save_names(file, answer->id, &answer->name);
	}
	tdestroy(saved, keep);

	return ferror(file) ? -1 : 0;
}
