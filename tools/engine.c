// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Docker Engine API, ContainerList: GET /containers/json lists the running and
 * the paused containers. A path without a version selects the engine's own
 * version. Podman's service answers this request, too.
 *
 * Podman, docs/source/markdown/podman-system-service.1.md and
 * pkg/api/server/register_containers.go: GET /VERSION/libpod/containers/json.
 * "The server does not reject requests with an unsupported version set". This
 * list has the names of pods. Without all=true, it lacks paused containers.
 */
#include <curl/curl.h>
#include <dlfcn.h>
#include <err.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"

/*
 * Maximum size of a list in bytes: 4,000 containers of Docker Compose, which
 * need 2 KiB each.
 */
#define LONGEST_LIST (8 << 20)
/*
 * Maximum size of one container in bytes. For "[{},{},{}...", json-c allocates
 * 300 times the size: 40 MiB.
 */
#define LONGEST_ELEMENT (128 << 10)
/* Maximum size of all HTTP headers in bytes. */
#define LONGEST_HEADERS (64 << 10)
/* Maximum nesting depth of one container. A real one has a depth of 6. */
#define DEEPEST 32

/**
 * struct engine_list - parser of a list of containers
 * @tokener: parser of the current container
 * @found: called for each container
 * @arg: argument for @found
 * @len: bytes of the list so far
 * @element: bytes of the current container so far
 * @open: the '[' of the list has been parsed
 * @in_element: the '{' of the current container has been parsed
 */
struct engine_list {
	struct json_tokener *tokener;
	engine_found *found;
	void *arg;
	size_t len;
	size_t element;
	bool open;
	bool in_element;
};

/**
 * struct exchange - a request and its answer
 * @curl: handle of libcurl
 * @list: parser of the answer
 * @headers: bytes of HTTP headers so far
 * @deadline: end of the timeout, as monotonic_ms()
 * @timed_out: bytes arrived after the deadline
 */
struct exchange {
	CURL *curl;
	struct engine_list *list;
	size_t headers;
	int64_t deadline;
	bool timed_out;
};

/* The functions of libcurl, set by engine_load(). */
static struct {
	typeof(curl_global_init) *global_init;
	typeof(curl_easy_init) *easy_init;
	typeof(curl_easy_setopt) *easy_setopt;
	typeof(curl_easy_perform) *easy_perform;
	typeof(curl_easy_getinfo) *easy_getinfo;
	typeof(curl_easy_cleanup) *easy_cleanup;
} curl;

/*
 * A note for packaging tools: ELF headers do not list the libraries that a
 * program loads with dlopen(). See https://systemd.io/ELF_DLOPEN_METADATA/
 */
#define DLOPEN_NOTE_TYPE 0x407c0c0a
#define DLOPEN_NOTE_TEXT \
	"[{" \
	"\"feature\":\"names\"," \
	"\"description\":\"Names of containers of Docker and Podman\"," \
	"\"priority\":\"recommended\"," \
	"\"soname\":[\"libcurl.so.4\",\"libcurl-gnutls.so.4\"]" \
	"}]"

static const struct {
	uint32_t owner_size;
	uint32_t text_size;
	uint32_t type;
	char owner[4];
	char text[(sizeof(DLOPEN_NOTE_TEXT) + 3) / 4 * 4];
} dlopen_note __attribute__((used, aligned(4), section(".note.dlopen"))) = {
	.owner_size = 4,
	.text_size = sizeof(DLOPEN_NOTE_TEXT),
	.type = DLOPEN_NOTE_TYPE,
	.owner = "FDO",
	.text = DLOPEN_NOTE_TEXT,
};

static bool load(void)
{
	static const char *const libraries[] = {
		"libcurl.so.4", "libcurl-gnutls.so.4",
	};
	const struct {
		const char *name;
		void *to;
	} functions[] = {
		{ "curl_global_init", &curl.global_init },
		{ "curl_easy_init", &curl.easy_init },
		{ "curl_easy_setopt", &curl.easy_setopt },
		{ "curl_easy_perform", &curl.easy_perform },
		{ "curl_easy_getinfo", &curl.easy_getinfo },
		{ "curl_easy_cleanup", &curl.easy_cleanup },
	};
	void *library = NULL;

	for (size_t i = 0; i < sizeof(libraries) / sizeof(*libraries); i++)
		if (!library)
			library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return false;
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		void *function = dlsym(library, functions[i].name);

		if (!function)
			return false;
		memcpy(functions[i].to, &function, sizeof(function));
	}

	/* Unix sockets need no global state of libcurl. */
	return !curl.global_init(CURL_GLOBAL_NOTHING);
}

bool engine_load(void)
{
	static enum { UNTRIED, LOADED, FAILED } state;

	if (state == UNTRIED)
		state = load() ? LOADED : FAILED;

	return state == LOADED;
}

struct engine_list *engine_list_new(engine_found *found, void *arg)
{
	struct engine_list *list = calloc(1, sizeof(*list));

	if (!list)
		err(EXIT_FAILURE, "cannot parse a list of containers");
	list->found = found;
	list->arg = arg;
	list->tokener = json_tokener_new_ex(DEEPEST);
	if (!list->tokener)
		err(EXIT_FAILURE, "cannot parse a list of containers");

	return list;
}

void engine_list_free(struct engine_list *list)
{
	json_tokener_free(list->tokener);
	free(list);
}

/*
 * Docker's list has "/NAME", and "/OTHER/ALIAS" for each link from another
 * container to this one. Podman's list has "NAME".
 */
static char *get_name(struct json_object *container)
{
	struct json_object *names;

	if (!json_object_object_get_ex(container, "Names", &names) ||
	    !json_object_is_type(names, json_type_array))
		return NULL;
	for (size_t i = 0; i < json_object_array_length(names); i++) {
		char *name = name_of_json(json_object_array_get_idx(names, i));
		size_t slash = name && *name == '/';

		if (name && name[slash] && !strchr(name + slash, '/')) {
			memmove(name, name + slash, strlen(name + slash) + 1);
			return name;
		}
		free(name);
	}

	return NULL;
}

/*
 * cri-dockerd and the kubelet label the containers that they create with
 * Docker: kubelet pkg/types/labels.go.
 */
static void get_pod(struct json_object *container, struct container_name *name)
{
	struct json_object *labels;

	name->pod = name_of_key(container, "PodName");
	if (name->pod ||
	    !json_object_object_get_ex(container, "Labels", &labels))
		return;
	name->pod = name_of_key(labels, "io.kubernetes.pod.name");
	name->pod_namespace = name_of_key(labels, "io.kubernetes.pod.namespace");
}

static void report(struct engine_list *list, struct json_object *container)
{
	struct container_name name = { .name = NULL };
	char *id = name_of_key(container, "Id");

	if (id && id_is_hash(id)) {
		name.name = get_name(container);
		get_pod(container, &name);
		if (!container_name_is_empty(&name))
			list->found(id, &name, list->arg);
		container_name_release(&name);
	}
	free(id);
}

/* Return: number of bytes parsed; 0 if the element is malformed or too long. */
static size_t parse_element(struct engine_list *list, const char *bytes,
			    size_t len)
{
	struct json_object *container;
	enum json_tokener_error error;

	if (len > INT_MAX)
		len = INT_MAX;
	container = json_tokener_parse_ex(list->tokener, bytes, len);
	error = json_tokener_get_error(list->tokener);
	if (error == json_tokener_continue) {
		list->element += len;
		return list->element > LONGEST_ELEMENT ? 0 : len;
	}
	if (error != json_tokener_success)
		return 0;

	len = json_tokener_get_parse_end(list->tokener);
	report(list, container);
	json_object_put(container);
	list->in_element = false;

	return len;
}

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

bool engine_list_feed(struct engine_list *list, const char *bytes, size_t len)
{
	list->len += len;
	/*
	 * JSON has no NUL bytes. At one in a comment, json-c returns an inner
	 * value, stays at its depth and leaks the next element.
	 */
	if (list->len > LONGEST_LIST || memchr(bytes, '\0', len))
		return false;

	while (len) {
		size_t used = 1;

		if (list->in_element) {
			used = parse_element(list, bytes, len);
			if (!used)
				return false;
		} else if (!list->open && *bytes == '[') {
			list->open = true;
		} else if (list->open && *bytes == '{') {
			list->in_element = true;
			list->element = 0;
			used = 0;
		} else if (!is_space(*bytes) && !(list->open && *bytes == ',')) {
			return false;
		}
		bytes += used;
		len -= used;
	}

	return true;
}

int64_t monotonic_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);

	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000 + 1;
}

/*
 * CURLOPT_TIMEOUT_MS is not enough: while data is available, libcurl calls
 * receive_body() a hundred times before it checks its timeout. Parsing that
 * much can take longer than the timeout.
 */
static bool has_timed_out(struct exchange *exchange)
{
	exchange->timed_out = monotonic_ms() > exchange->deadline;

	return exchange->timed_out;
}

/* libcurl ends the transfer if a callback does not return the length. */
static size_t receive_header(char *bytes, size_t size, size_t nr, void *arg)
{
	struct exchange *exchange = arg;

	(void)bytes;
	exchange->headers += size * nr;
	if (exchange->headers > LONGEST_HEADERS || has_timed_out(exchange))
		return 0;

	return size * nr;
}

static size_t receive_body(char *bytes, size_t size, size_t nr, void *arg)
{
	struct exchange *exchange = arg;
	long status = 0;

	if (has_timed_out(exchange) ||
	    curl.easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE,
			      &status) ||
	    status != 200 ||
	    !engine_list_feed(exchange->list, bytes, size * nr))
		return 0;

	return size * nr;
}

/*
 * libcurl's defaults are safe here: it does not follow redirections, read
 * .netrc, store cookies or decompress, and it uses only the scheme of the URL.
 */
static bool set_options(CURL *handle, int socket, enum engine_api api,
			unsigned int milliseconds, struct exchange *exchange)
{
	static const char *const urls[] = {
		[ENGINE_DOCKER] = "http://localhost/containers/json",
		[ENGINE_PODMAN] =
			"http://localhost/v4.0.0/libpod/containers/json?all=true",
	};
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", socket);

	return !curl.easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, path) &&
	       !curl.easy_setopt(handle, CURLOPT_URL, urls[api]) &&
	       !curl.easy_setopt(handle, CURLOPT_PROXY, "") &&
	       !curl.easy_setopt(handle, CURLOPT_NOPROXY, "*") &&
	       !curl.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L) &&
	       !curl.easy_setopt(handle, CURLOPT_TIMEOUT_MS,
				 (long)milliseconds) &&
	       !curl.easy_setopt(handle, CURLOPT_HEADERFUNCTION,
				 receive_header) &&
	       !curl.easy_setopt(handle, CURLOPT_HEADERDATA, exchange) &&
	       !curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive_body) &&
	       !curl.easy_setopt(handle, CURLOPT_WRITEDATA, exchange);
}

enum engine_result engine_request_list(int socket, enum engine_api api,
				       unsigned int milliseconds,
				       engine_found *found, void *arg)
{
	struct exchange exchange = {
		.curl = curl.easy_init(),
		.deadline = monotonic_ms() + milliseconds,
	};
	CURLcode code = CURLE_OK;

	if (!exchange.curl)
		err(EXIT_FAILURE, "cannot send a request to an engine");
	exchange.list = engine_list_new(found, arg);
	if (set_options(exchange.curl, socket, api, milliseconds, &exchange))
		code = curl.easy_perform(exchange.curl);
	engine_list_free(exchange.list);
	curl.easy_cleanup(exchange.curl);

	return code == CURLE_OPERATION_TIMEDOUT || exchange.timed_out ?
	       ENGINE_SILENT : ENGINE_ANSWERED;
}
