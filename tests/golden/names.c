// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * names DIRECTORY: print the names that names_find() finds in each test case.
 * DIRECTORY must be empty. It is the root directory for the paths of engines.
 *
 * The engines are child processes that write a fixed answer to a Unix socket,
 * because most test cases need malformed answers. tests/vm/guest/containers
 * tests real engines.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "names.h"
#include "print.h"

#define ONE "1111111111111111111111111111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222222222222222222222222222"
#define USER 4321
#define OTHER_USER 4322

/*
 * The limit for all engines in a snapshot is 300 ms. Allow more, because the
 * machine may be busy. Without the limit, some of these engines would block a
 * snapshot forever.
 */
#define LIMIT_MS 2000

#define A16 "aaaaaaaaaaaaaaaa"

#define OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
#define PAIR(key, value) "\"" key "\":\"" value "\""
#define CONTAINER(id, rest) "{\"Id\":\"" id "\"," rest "}"
#define NAMED(id, name) CONTAINER(id, "\"Names\":[\"" name "\"]")
#define LIST(id, rest) "[" CONTAINER(id, rest) "]"

/* ---- engines ---- */

/**
 * struct engine - the answer of an engine
 * @speed: how fast the engine writes the answer
 * @first: start of the answer
 * @repeated: written @times times after @first; NULL if @first is all
 * @times: number of repetitions; 0 for endless repetition
 * @last: end of the answer
 */
struct engine {
	enum {
		AT_ONCE,
		BYTE_BY_BYTE,
		BYTE_A_SECOND,
		NOT_AT_ALL,
	} speed;
	const char *first;
	const char *repeated;
	unsigned int times;
	const char *last;
};

static const char *root;
/* Number of requests that the engines received, in memory shared with them. */
static atomic_uint *requests;

static void check(bool condition, const char *message)
{
	if (!condition)
		err(EXIT_FAILURE, "%s", message);
}

/* Return: DIRECTORY/@path, valid until the function is called 32 more times. */
static const char *in_root(const char *path)
{
	static char paths[32][256];
	static unsigned int next;
	char *place = paths[next++ % 32];

	snprintf(place, sizeof(*paths), "%s/%s", root, path);

	return place;
}

static const char *make_parents(const char *path)
{
	char name[256];

	snprintf(name, sizeof(name), "%s", path);
	for (char *p = name + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		check(!mkdir(name, 0755) || errno == EEXIST, name);
		*p = '/';
	}

	return path;
}

static bool put(int peer, const char *text, size_t len)
{
	while (len) {
		ssize_t done = write(peer, text, len);

		if (done <= 0)
			return false;
		text += done;
		len -= done;
	}

	return true;
}

static bool put_bytes(int peer, const char *text, unsigned int seconds)
{
	for (; *text; text++) {
		if (!put(peer, text, 1))
			return false;
		sleep(seconds);
	}

	return true;
}

static void answer(const struct engine *engine, int peer)
{
	const char *repeated = engine->repeated;
	char byte;

	if (engine->speed == NOT_AT_ALL) {
		/* Wait until the peer closes the connection. */
		recv(peer, &byte, 1, 0);
	} else if (engine->speed != AT_ONCE) {
		put_bytes(peer, engine->first, engine->speed == BYTE_A_SECOND);
	} else if (put(peer, engine->first, strlen(engine->first)) && repeated) {
		for (unsigned int i = 0; !engine->times || i < engine->times; i++)
			if (!put(peer, repeated, strlen(repeated)))
				return;
		put(peer, engine->last, strlen(engine->last));
	}
}

static void serve(const struct engine *engine, int listener)
{
	char request[4096];
	int peer;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		peer = accept(listener, NULL, NULL);
		if (peer < 0)
			continue;
		atomic_fetch_add(requests, 1);
		if (read(peer, request, sizeof(request)) > 0)
			answer(engine, peer);
		close(peer);
	}
}

static int listen_at(const char *path, int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		 make_parents(path));
	check(listener >= 0 &&
	      !bind(listener, (struct sockaddr *)&address, sizeof(address)) &&
	      !listen(listener, backlog), path);

	return listener;
}

static pid_t start(const struct engine *engine, const char *path)
{
	int listener = listen_at(path, 4);
	pid_t child;

	fflush(stdout);
	child = fork();
	check(child >= 0, "fork");
	if (!child)
		serve(engine, listener);
	close(listener);

	return child;
}

static void stop(pid_t child, const char *path)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	unlink(path);
}

/* ---- output ---- */

static void print_field(const char *key, const char *field)
{
	printf("  %s ", key);
	if (field && strlen(field) > 80)
		printf("of %zu bytes", strlen(field));
	else
		put_visible(stdout, field ? field : "-", "", false);
}

static void print_name(const char *title, const struct container_name *name)
{
	printf("%s:", title);
	if (name) {
		print_field("name", name->name);
		print_field("pod", name->pod);
		print_field("namespace", name->pod_namespace);
	} else {
		printf("  none");
	}
	putchar('\n');
}

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);

	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static const struct container_name *find(struct names *names,
					 const char *engine, const char *id)
{
	struct container container = { .engine = engine, .id = (char *)id };
	long start = now();
	const struct container_name *name = names_find(names, &container, USER);

	if (now() - start > LIMIT_MS)
		printf("(this took %ld ms)\n", now() - start);

	return name;
}

/* Find a name with a new cache. */
static void try(const char *title, const char *engine, const char *id)
{
	struct names *names = names_new(root);

	print_name(title, find(names, engine, id));
	names_free(names);
}

static void try_engine(const char *title, const char *name,
		       const struct engine *engine)
{
	const char *path = in_root("socket");
	pid_t child = start(engine, path);

	try(title, name, ONE);
	stop(child, path);
}

/* ---- test cases ---- */

static void answers_of_docker(void)
{
	static const struct {
		const char *title;
		const char *answer;
	} cases[] = {
		{ "a container", OK "[" NAMED(ONE, "/web") "]" },
		{ "two containers",
		  OK "[" NAMED(TWO, "/other") "," NAMED(ONE, "/web") "]\n" },
		{ "links", OK LIST(ONE, "\"Names\":[\"/a/b\",\"/c\"]") },
		{ "labels of Kubernetes",
		  OK LIST(ONE, "\"Names\":[\"/k8s_c\"],\"Labels\":{"
			  PAIR("io.kubernetes.pod.name", "p") ","
			  PAIR("io.kubernetes.pod.namespace", "n") "}") },
		{ "chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
		  "\r\n7\r\n[{\"Id\":\r\n42\r\n\"" ONE "\"\r\n"
		  "14\r\n,\"Names\":[\"/chunk\"]}\r\n1\r\n]\r\n0\r\n\r\n" },
		{ "another container", OK "[" NAMED(TWO, "/web") "]" },
		{ "no container", OK "[]" },
		{ "an empty body", OK },
		{ "truncated", OK "[{\"Id\":\"" ONE "\",\"Names\":[\"/we" },
		{ "truncated later", OK "[" NAMED(ONE, "/web") ",{\"Id" },
		{ "an object instead of a list", OK NAMED(ONE, "/web") },
		{ "list in a list", OK "[[" NAMED(ONE, "/web") "]]" },
		{ "list of numbers", OK "[1,2,3]" },
		{ "id is a number", OK "[{\"Id\":1,\"Names\":[\"/a\"]}]" },
		{ "id is short", OK "[" NAMED("11", "/a") "]" },
		{ "names are a string", OK LIST(ONE, "\"Names\":\"/a\"") },
		{ "names are numbers", OK LIST(ONE, "\"Names\":[1,{},null]") },
		{ "no names", OK LIST(ONE, "\"Names\":[]") },
		{ "empty names", OK LIST(ONE, "\"Names\":[\"\",\"/\"]") },
		{ "labels are a list",
		  OK LIST(ONE, "\"Names\":[\"/a\"],\"Labels\":[1]") },
		{ "a NUL in a name", OK "[" NAMED(ONE, "/a\\u0000b") "]" },
		{ "a hostile name",
		  OK "[" NAMED(ONE, "/\xff\x1b[31m\\n\\u202e\\\\") "]" },
		{ "not JSON", OK "hello" },
		{ "not found", "HTTP/1.1 404 Not Found\r\n\r\n["
		  NAMED(ONE, "/web") "]" },
		{ "redirection", "HTTP/1.1 302 Found\r\nLocation: /other\r\n\r\n["
		  NAMED(ONE, "/web") "]" },
		{ "not HTTP", "SSH-2.0-OpenSSH\r\n" },
		{ "no headers", "[" NAMED(ONE, "/web") "]" },
		{ "no answer", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		try_engine(cases[i].title, "docker",
			   &(struct engine){ .first = cases[i].answer });
}

/* Answers that are too long, too deep or too slow. */
static void limits(void)
{
	static const struct {
		const char *title;
		struct engine engine;
	} cases[] = {
		{ "byte by byte", {
			.speed = BYTE_BY_BYTE,
			.first = OK " [ " NAMED(ONE, "/web") " ]",
		} },
		{ "a byte a second", {
			.speed = BYTE_A_SECOND,
			.first = OK "[" NAMED(ONE, "/web") "]",
		} },
		{ "silence", { .speed = NOT_AT_ALL } },
		{ "endless headers", {
			.first = "HTTP/1.1 200 OK\r\n",
			.repeated = "a: b\r\n",
		} },
		{ "endless informational answers", {
			.first = "",
			.repeated = "HTTP/1.1 100 Continue\r\n\r\n",
		} },
		{ "an endless header line", {
			.first = "HTTP/1.1 200 OK\r\na: ",
			.repeated = "bbbbbbbbbbbbbbbb",
		} },
		{ "endless spaces", {
			.first = OK,
			.repeated = "                ",
		} },
		{ "endless brackets", {
			.first = OK,
			.repeated = "[[[[[[[[",
		} },
		{ "endless braces", {
			.first = OK "[",
			.repeated = "{\"a\":",
		} },
		{ "an endless string", {
			.first = OK "[{\"",
			.repeated = "aaaaaaaaaaaaaaaa",
		} },
		{ "endless containers", {
			.first = OK "[" NAMED(ONE, "/web"),
			.repeated = "," NAMED(TWO, "/a"),
		} },
		{ "depth of 30", {
			.first = OK "[{\"a\":",
			.repeated = "[",
			.times = 30,
			.last = "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]},"
				NAMED(ONE, "/web") "]",
		} },
		{ "depth of 40", {
			.first = OK "[{\"a\":",
			.repeated = "[",
			.times = 40,
			.last = "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]},"
				NAMED(ONE, "/web") "]",
		} },
		{ "100 KB in the container", {
			.first = OK "[{\"a\":\"",
			.repeated = "aaaaaaaaaa",
			.times = 10000,
			.last = "\",\"Id\":\"" ONE "\",\"Names\":[\"/web\"]}]",
		} },
		{ "300 KB in the container", {
			.first = OK "[{\"a\":\"",
			.repeated = "aaaaaaaaaa",
			.times = 30000,
			.last = "\",\"Id\":\"" ONE "\",\"Names\":[\"/web\"]}]",
		} },
		{ "10 MB before the container", {
			.first = OK "[{}",
			.repeated = "                        ",
			.times = 440000,
			.last = "," NAMED(ONE, "/web") "]",
		} },
		{ "a name of 1,024 bytes", {
			.first = OK "[{\"Id\":\"" ONE "\",\"Names\":[\"",
			.repeated = "aaaa",
			.times = 256,
			.last = "\"]}]",
		} },
		{ "a name of 1,028 bytes", {
			.first = OK "[{\"Id\":\"" ONE "\",\"Names\":[\"",
			.repeated = "aaaa",
			.times = 257,
			.last = "\"]}]",
		} },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		try_engine(cases[i].title, "docker", &cases[i].engine);
}

static void answers_of_podman(void)
{
	setenv("CONTAINER_HOST", getenv("DOCKER_HOST"), 1);
	try_engine("a container in a pod", "podman", &(struct engine){
		.first = OK LIST(ONE, "\"Names\":[\"web\"],\"PodName\":\"pod\"")
	});
	try_engine("a container without a pod", "podman", &(struct engine){
		.first = OK LIST(ONE, "\"Names\":[\"web\"],\"PodName\":\"\"")
	});
	unsetenv("CONTAINER_HOST");
}

/* Paths of sockets that no engine listens at. */
static void sockets_without_engines(void)
{
	const char *path = in_root("socket");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener, peer;

	try("no socket", "docker", ONE);
	check(!mkfifo(path, 0600), path);
	try("a FIFO", "docker", ONE);
	unlink(path);
	check(!close(open(path, O_CREAT | O_WRONLY, 0600)), path);
	try("a file", "docker", ONE);
	unlink(path);
	check(!mkdir(path, 0700), path);
	try("a directory", "docker", ONE);
	rmdir(path);
	check(!symlink(path, path), path);
	try("a symbolic link to itself", "docker", ONE);
	unlink(path);
	close(listen_at(path, 1));
	try("no listener", "docker", ONE);
	unlink(path);

	listener = listen_at(path, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	do {
		/* Left open until the program exits. */
		peer = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	} while (!connect(peer, (struct sockaddr *)&address, sizeof(address)));
	check(errno == EAGAIN, "connect");
	try("a full backlog", "docker", ONE);
	close(listener);
	unlink(path);

	setenv("DOCKER_HOST", "tcp://127.0.0.1:1", 1);
	try("a TCP address", "docker", ONE);
	unsetenv("DOCKER_HOST");
}

static void try_place(const char *path, const char *engine, const char *name)
{
	const char *pidfile = make_parents(in_root("run/docker.pid"));
	char text[256];
	pid_t child;

	snprintf(text, sizeof(text), OK LIST(ONE, "\"Names\":[\"%s\"]"), name);
	path = in_root(path);
	child = start(&(struct engine){ .first = text }, path);
	/* A socket in /run/user belongs to the user of the container. */
	if (strstr(path, "user/"))
		check(!chown(path, USER, USER), path);
	try(name, engine, ONE);
	try("... engine unknown", NULL, ONE);
	close(open(pidfile, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	try("... engine unknown, dockerd is running", NULL, ONE);
	unlink(pidfile);
	try("... another engine", "lxc", "web");
	stop(child, path);
}

/* The places of sockets, and the containers that an engine can name. */
static void places(void)
{
	static const struct engine of_user = {
		.first = OK "[" NAMED(ONE, "/user's") ","
			 NAMED(TWO, "/user's") "]",
	};
	static const struct engine of_root = {
		.first = OK "[" NAMED(ONE, "/root's") "]",
	};
	const char *socket = in_root("run/user/4321/docker.sock");
	const char *system = in_root("run/docker.sock");
	struct names *names;
	pid_t child, other;

	try_place("run/docker.sock", "docker", "docker-of-root");
	try_place("run/podman/podman.sock", "podman", "podman-of-root");
	try_place("run/user/4321/docker.sock", "docker", "docker-of-user");
	try_place("run/user/4321/podman/podman.sock", "podman", "podman-of-user");
	setenv("XDG_RUNTIME_DIR", in_root("own"), 1);
	try_place("own/docker.sock", "docker", "own-docker");
	try_place("own/podman/podman.sock", "podman", "own-podman");
	unsetenv("XDG_RUNTIME_DIR");

	child = start(&of_user, socket);
	check(!chown(socket, OTHER_USER, 0), socket);
	try("a socket of a third user", "docker", ONE);
	check(!chown(socket, USER, 0), socket);
	other = start(&of_root, system);
	names = names_new(root);
	print_name("root and a user name it", find(names, "docker", ONE));
	print_name("only the user names it", find(names, "docker", TWO));
	print_name("a container of root",
		   names_find(names, &(struct container){
			.engine = "docker",
			.id = TWO,
		   }, 0));
	names_free(names);
	stop(child, socket);

	check(!rename(system, in_root("hidden")), "rename");
	check(!symlink(in_root("hidden"), socket), socket);
	names = names_new(root);
	print_name("a symbolic link of a user", find(names, "docker", ONE));
	names_free(names);
	unlink(socket);
	stop(other, in_root("hidden"));
}

/* The number of requests to the engines. */
static void requests_in_snapshots(void)
{
	const char *path = in_root("run/docker.sock");
	const char *second = in_root("run/podman/podman.sock");
	struct names *names = names_new(root);
	const struct container_name *name;
	pid_t child, other;

	atomic_store(requests, 0);
	child = start(&(struct engine){
		.first = OK "[" NAMED(ONE, "/web") "," NAMED(TWO, "/db") "]",
	}, path);
	name = find(names, "docker", ONE);
	print_name("the first container", name);
	print_name("the second container", find(names, "docker", TWO));
	print_name("a container that the engine lacks",
		   find(names, "docker", "a name"));
	printf("requests: %u\n", atomic_load(requests));
	names_begin_snapshot(names);
	print_name("next snapshot, a known container",
		   find(names, "docker", TWO));
	printf("requests: %u\n", atomic_load(requests));
	print_name("next snapshot, an unknown container",
		   find(names, "docker", "a name"));
	printf("requests: %u\n", atomic_load(requests));
	for (int i = 0; i < 9; i++) {
		names_begin_snapshot(names);
		find(names, "docker", "a name");
	}
	printf("requests after 9 more snapshots: %u\n", atomic_load(requests));
	print_name("the pointer to the first name is still valid", name);
	names_free(names);
	stop(child, path);

	atomic_store(requests, 0);
	names = names_new(root);
	child = start(&(struct engine){ .speed = NOT_AT_ALL }, path);
	other = start(&(struct engine){ .speed = NOT_AT_ALL }, second);
	print_name("two engines do not answer", find(names, "docker", ONE));
	print_name("another container", find(names, "podman", TWO));
	printf("requests: %u\n", atomic_load(requests));
	names_begin_snapshot(names);
	print_name("the next snapshot", find(names, "podman", ONE));
	printf("requests: %u\n", atomic_load(requests));
	names_begin_snapshot(names);
	print_name("the snapshot after the next", find(names, "docker", ONE));
	printf("requests: %u\n", atomic_load(requests));
	names_free(names);
	stop(child, path);
	stop(other, second);
}

/* The limit that the user sets. */
static void limit_of_user(void)
{
	static const char *const limits[] = {
		"0", "00", "1", "1000", "99999999999999999999", "", "a", "1a", "-1",
	};
	const char *path = in_root("run/docker.sock");
	pid_t child = start(&(struct engine){
		.first = OK "[" NAMED(ONE, "/web") "]",
	}, path);

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		setenv("PIDNSTREE_ENGINE_MS", limits[i], 1);
		printf("[%s] ", limits[i]);
		try("limit", "docker", ONE);
	}
	stop(child, path);
	child = start(&(struct engine){ .speed = NOT_AT_ALL }, path);
	setenv("PIDNSTREE_ENGINE_MS", "50", 1);
	try("limit of 50 ms", "docker", ONE);
	unsetenv("PIDNSTREE_ENGINE_MS");
	stop(child, path);
}

#define TASKS "run/containerd/io.containerd.runtime.v2.task/"
#define CRIO "run/containers/storage/overlay-containers/"
#define KUBERNETES(type, name) "{\"annotations\":{" \
	"\"io.kubernetes.cri.container-type\":\"" type "\"," name \
	"\"io.kubernetes.cri.sandbox-name\":\"pod\"," \
	"\"io.kubernetes.cri.sandbox-namespace\":\"kube-system\"}}"
#define KUBELET(type, name) "{\"annotations\":{" \
	"\"io.kubernetes.cri-o.ContainerType\":\"" type "\"," \
	"\"io.kubernetes.container.name\":\"" name "\"," \
	"\"io.kubernetes.pod.name\":\"pod\"," \
	"\"io.kubernetes.pod.namespace\":\"default\"}}"

static void try_bundle(const char *title, const char *engine, const char *id,
		       const char *path, const char *config)
{
	FILE *file;

	path = make_parents(in_root(path));
	file = fopen(path, "w");
	check(file && fputs(config, file) >= 0 && !fclose(file), path);
	try(title, engine, id);
	unlink(path);
}

static void bundles(void)
{
	static const char web[] = KUBERNETES("container",
		"\"io.kubernetes.cri.container-name\":\"web\",");
	static const char *const configs[][2] = {
		{ "no annotations", "{}" },
		{ "annotations are a list", "{\"annotations\":[1]}" },
		{ "annotations are numbers",
		  "{\"annotations\":{\"nerdctl/name\":1}}" },
		{ "an empty name", "{\"annotations\":{\"nerdctl/name\":\"\"}}" },
		{ "no object", "[]" },
		{ "truncated", "{\"annotations\":{\"nerdctl/name\":\"a\"" },
		{ "empty", "" },
	};

	try_bundle("containerd", "containerd", ONE,
		   TASKS "k8s.io/" ONE "/config.json", web);
	try_bundle("engine unknown", NULL, ONE,
		   TASKS "k8s.io/" ONE "/config.json", web);
	try_bundle("k3s", "containerd", ONE,
		   "run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/" ONE
		   "/config.json", web);
	try_bundle("sandbox", "containerd", ONE,
		   TASKS "k8s.io/" ONE "/config.json",
		   KUBERNETES("sandbox", ""));
	try_bundle("nerdctl", "containerd", ONE,
		   TASKS "default/" ONE "/config.json",
		   "{\"annotations\":{\"nerdctl/name\":\"web\"}}");
	try_bundle("a short id", "containerd", "web-1",
		   TASKS "default/web-1/config.json",
		   "{\"annotations\":{\"nerdctl/name\":\"web\"}}");
	try_bundle("CRI-O", "cri-o", ONE, CRIO ONE "/userdata/config.json",
		   KUBELET("container", "web"));
	try_bundle("sandbox of CRI-O", "cri-o", ONE,
		   CRIO ONE "/userdata/config.json", KUBELET("sandbox", "POD"));
	try_bundle("engine unknown", NULL, ONE, CRIO ONE "/userdata/config.json",
		   KUBELET("container", "web"));
	for (size_t i = 0; i < sizeof(configs) / sizeof(*configs); i++)
		try_bundle(configs[i][0], "containerd", ONE,
			   TASKS "default/" ONE "/config.json", configs[i][1]);
}

static void hostile_bundles(void)
{
	static const char *const ids[] = {
		"", ".", "..", "../outside", "default/../../outside", "/", "a/",
		".hidden", "-a", "a-", "a..b", "a b", "\xc3\xa4",
		A16 A16 A16 A16 "aaaaaaaaaaaaa",
	};
	static const char secret[] = "{\"annotations\":{\"nerdctl/name\":\"a\"}}";
	const char *path = in_root(TASKS "default/" ONE "/config.json");
	const char *bundle, *outside;

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		char file[256];

		snprintf(file, sizeof(file), TASKS "default/%s/config.json", ids[i]);
		printf("[%s] ", ids[i]);
		try_bundle("", "containerd", ids[i], file, secret);
	}
	make_parents(path);
	check(!mkfifo(path, 0600), path);
	try("a FIFO", "containerd", ONE);
	unlink(path);
	check(!mkdir(path, 0700), path);
	try("a directory", "containerd", ONE);
	rmdir(path);
	outside = in_root("outside/config.json");
	try_bundle("a link to no file", "containerd", ONE, "outside/x", "");
	check(!symlink(outside, path), path);
	try_bundle("a link", "containerd", ONE, "outside/config.json", secret);
	unlink(path);
	bundle = in_root(TASKS "default/" ONE);
	rmdir(bundle);
	check(!symlink(in_root("outside"), bundle), bundle);
	try_bundle("a directory that is a link", "containerd", ONE,
		   "outside/config.json", secret);
	unlink(bundle);
	make_parents(path = in_root(TASKS "default/" ONE "/config.json"));
	check(!close(open(path, O_CREAT | O_WRONLY, 0600)) &&
	      !truncate(path, (off_t)1 << 40), path);
	try("a file of 1 TiB", "containerd", ONE);
	unlink(path);
}

/* '|' stands for the NUL at the end of an argument. */
static void monitors(void)
{
	static const struct {
		const char *title;
		const char *engine;
		const char *arguments;
	} cases[] = {
		{ "a monitor", "podman",
		  "/usr/bin/conmon|-c|" ONE "|-u|" TWO "|-n|web|" },
		{ "options of the user", "podman",
		  "conmon|-c|" ONE "|-n|web|--log-tag|-n|-c|" },
		{ "engine unknown", NULL, "conmon|-c|" ONE "|-n|a b|" },
		{ "another engine", "docker", "conmon|-c|" ONE "|-n|a|" },
		{ "another program", "podman", "common|-c|" ONE "|-n|a|" },
		{ "another container", "podman", "conmon|-c|" TWO "|-n|a|" },
		{ "no container", "podman", "conmon|-n|a|-c|" },
		{ "no name", "podman", "conmon|-c|" ONE "|-n|" },
		{ "an empty name", "podman", "conmon|-c|" ONE "|-n||" },
		{ "a name without a NUL", "podman", "conmon|-c|" ONE "|-n|a" },
		{ "no arguments", "podman", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct container container = { .engine = cases[i].engine, .id = ONE };
		struct names *names = names_new(root);
		size_t len = strlen(cases[i].arguments);
		char cmdline[256];

		strcpy(cmdline, cases[i].arguments);
		for (char *p = cmdline; p < cmdline + len; p++)
			if (*p == '|')
				*p = '\0';
		print_name(cases[i].title,
			   names_find_monitor(names, &container, USER, cmdline,
					      len));
		print_name("... names_find()",
			   names_find(names, &container, USER));
		names_free(names);
	}
}

static void reload(const char *title, const char *path, const char *id)
{
	struct names *names = names_new(root);
	bool loaded = names_load(names, open(path, O_RDONLY | O_NONBLOCK));

	if (!loaded)
		printf("%s: %s\n", title, strerror(errno));
	print_name(title, find(names, "docker", id));
	names_free(names);
}

static void saved_names(void)
{
	const char *path = in_root("saved"), *socket = in_root("run/docker.sock");
	struct names *names = names_new(root);
	pid_t child;
	FILE *file;

	child = start(&(struct engine){
		.first = OK LIST(ONE, "\"Names\":[\"/ \\\\\\n\xff\xc3\xa4 -\"],"
				 PAIR("PodName", "-")),
	}, socket);
	print_name("before names_save()", find(names, "docker", ONE));
	find(names, "docker", TWO);
	file = fopen(path, "w");
	check(file && !names_save(names, file) && !fclose(file), path);
	names_free(names);
	file = fopen(path, "r");
	check(file, path);
	for (int byte; (byte = getc(file)) != EOF;)
		putchar(byte);
	fclose(file);
	atomic_store(requests, 0);
	reload("after names_load()", path, ONE);
	reload("a container that was not saved", path, TWO);
	printf("requests: %u\n", atomic_load(requests));
	unlink(path);

	file = fopen(path, "w");
	check(file, path);
	fputs("\n \n#comment\n" ONE "\n" ONE " a b\n" ONE " a b c d\n"
	      ONE " \\000 - -\n" ONE " \\8 - -\n" ONE " \\777 - -\n"
	      ONE " a\\ - -\n" ONE " a\\01\n- a b c\n" ONE " - - -\n" ONE " ",
	      file);
	for (int i = 0; i < 100000; i++)
		fputs("long", file);
	fputs(" - -\n" ONE " good - -\r\n" ONE " second - -\n" TWO " last - -",
	      file);
	check(!fclose(file), path);
	reload("malformed lines", path, ONE);
	reload("no newline", path, TWO);
	file = fopen(path, "w");
	check(file && fputs(ONE " first - -\n", file) >= 0 && !fclose(file), path);
	reload("no header", path, ONE);
	unlink(path);
	reload("no file", path, ONE);
	reload("a directory", root, ONE);
	check(!mkfifo(path, 0600), path);
	reload("a FIFO", path, ONE);
	unlink(path);
	printf("requests: %u\n", atomic_load(requests));
	stop(child, socket);
}

static void users(void)
{
	static const char *const paths[] = {
		"/user.slice/user-1000.slice/user@1000.service/app.slice",
		"/user.slice/user-0.slice", "/user.slice/user-1000.slice/",
		"/user.slice/user-4294967294.slice",
		"/user.slice/user-4294967295.slice",
		"/user.slice/user-99999999999999999999.slice",
		"/user.slice/user-.slice", "/user.slice/user-1.slicer",
		"/user.slice/user-1-2.slice", "/user.slice/user--1.slice",
		"/user.slice", "/", "", "/system.slice/docker.service",
		"/system.slice/docker-1.scope/user.slice/user-1000.slice",
	};
	unsigned int user;

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (names_user(paths[i], &user))
			printf("user of %s: %u\n", paths[i], user);
		else
			printf("user of %s: none\n", paths[i]);
}

int main(int argc, char **argv)
{
	char host[256];

	check(argc == 2, "usage: names DIRECTORY");
	root = argv[1];
	requests = mmap(NULL, sizeof(*requests), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(requests != MAP_FAILED, "mmap");
	unsetenv("CONTAINER_HOST");
	unsetenv("XDG_RUNTIME_DIR");
	unsetenv("PIDNSTREE_ENGINE_MS");
	/* Requests to a Unix socket must not use these proxies. */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	snprintf(host, sizeof(host), "unix://%s/socket", root);
	setenv("DOCKER_HOST", host, 1);

	answers_of_docker();
	limits();
	answers_of_podman();
	sockets_without_engines();
	places();
	requests_in_snapshots();
	limit_of_user();
	bundles();
	hostile_bundles();
	monitors();
	saved_names();
	users();

	return 0;
}
