// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Test pidnstree --pinned: create namespaces without processes, and check what
 * it reports as their pins. Only a kernel that lists its namespaces shows those
 * for which no pin can be found.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "run.h"
#include "view.h"
#include "world.h"

#define USER 1000

/* PID of the parent of the other kernel threads. */
#define KTHREADD 2

#define LIMIT "/proc/sys/user/max_pid_namespaces"

/* Mount points. The second name has characters that mountinfo escapes. */
#define POINT "/tmp/point"
#define ODD_POINT "/tmp/odd\\ point\n"
#define ODD_TEXT "/tmp/odd\\ point\\x0a"

#define PROCFS "/tmp/procfs"
#define FIFO "/tmp/fifo"

/* ---- namespaces ---- */

static int open_link(const char *format, ...)
{
	char path[64];
	va_list args;
	int fd;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd >= 0);

	return fd;
}

static unsigned int inum_of_fd(int fd)
{
	struct stat info;

	check(!fstat(fd, &info));

	return info.st_ino;
}

/*
 * Create a dead namespace that only the returned descriptor pins. Up to Linux
 * 6.18, no descriptor can refer to a pending one.
 */
static int pin(void)
{
	int own = open_link("/proc/self/ns/pid"), fd;

	check(!unshare(CLONE_NEWPID));
	kill_and_reap(start(&(struct child){}));
	fd = open_link("/proc/self/ns/pid_for_children");
	check(!setns(own, CLONE_NEWPID));
	close(own);

	return fd;
}

static void mount_fd(int fd, const char *point)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	close(open(point, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	check(!mount(path, point, NULL, MS_BIND, NULL));
}

static void *share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(memory != MAP_FAILED);

	return memory;
}

/* The file shows namespaces that only a descriptor pins. */
static bool lists;

static void check_lists(void)
{
	int fd = pin();
	struct view view;

	read_unexplained(&view);
	lists = find_namespace(&view, inum_of_fd(fd));
	check(lists == has_listns());
	free_view(&view);
	close(fd);
	wait_for_namespaces(1);
}

/* ---- the output ---- */

static struct json_object *run_json(const char *arguments)
{
	struct run run = run_tool("--pinned --json%s", arguments);
	struct json_object *document = parse_json(&run);

	free_run(&run);

	return document;
}

static struct json_object *find_inum(struct json_object *document,
				     unsigned int inum)
{
	struct json_object *list = get(document, "pinned"), *object;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		object = json_object_array_get_idx(list, i);
		if (get_number(object, "ns") == inum)
			return object;
	}

	return NULL;
}

static struct json_object *get_inum(struct json_object *document,
				    unsigned int inum)
{
	struct json_object *object = find_inum(document, inum);

	if (!object)
		fail("%u is not in %s", inum,
		     json_object_to_json_string(document));

	return object;
}

/* A pin as JSON, or a part of it. */
#define CHECK_PINS(document, inum, ...) \
	check_pins(document, inum, (const char *const []){ __VA_ARGS__, NULL })

/* Check that a namespace has exactly these pins, in this order. */
static void check_pins(struct json_object *document, unsigned int inum,
		       const char *const *pins)
{
	struct json_object *object = get_inum(document, inum);
	struct json_object *list = get(object, "pins");
	const int flags = JSON_C_TO_STRING_PLAIN |
			  JSON_C_TO_STRING_NOSLASHESCAPE;
	struct json_object *pin;
	size_t count = 0;
	const char *json;

	while (pins[count]) {
		pin = json_object_array_get_idx(list, count);
		json = json_object_to_json_string_ext(pin, flags);
		if (!json || !strstr(json, pins[count]))
			fail("%s is not pin %zu of %s", pins[count], count,
			     json_object_to_json_string(object));
		count++;
	}
	if (json_object_array_length(list) != count)
		fail("%s has not %zu pins", json_object_to_json_string(object),
		     count);
}

static void check_state(struct json_object *document, unsigned int inum,
			const char *state)
{
	struct json_object *object = get_inum(document, inum);

	if (strcmp(get_string(object, "state"), state))
		fail("not %s: %s", state, json_object_to_json_string(object));
	check(get_number(object, "owner") == 0);
	if (lists)
		check(get_number(object, "npids") >= 0);
}

/* Return: a string that is valid until the eighth call after this one. */
static const char *__attribute__((format(printf, 1, 2)))
text(const char *format, ...)
{
	static char texts[8][96];
	static unsigned int next;
	char *to = texts[next++ % 8];
	va_list args;

	va_start(args, format);
	vsnprintf(to, sizeof(texts[0]), format, args);
	va_end(args);

	return to;
}

/* JSON of a pin. */
#define FD_OF(fd, pid) \
	text("{\"type\":\"fd\",\"fd\":%d,\"pid\":%d,", fd, (int)(pid))
#define CHILDREN_OF(tid) \
	text("{\"type\":\"pid_for_children\",\"pid\":%d,", (int)(tid))
#define CHILD(inum) \
	text("{\"type\":\"child\",\"ns\":%u}", inum)

static void check_none(void)
{
	struct json_object *document = run_json("");

	check(!json_object_array_length(get(document, "pinned")));
	json_object_put(document);
}

/* ---- mounts ---- */

static void mount_privately(void *arg)
{
	const int *fd = arg;

	check(!unshare(CLONE_NEWNS));
	check(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	mount_fd(*fd, ODD_POINT);
	close(*fd);
}

/* The namespace is mounted here, and in a mount namespace of its own. */
static void mounts(void)
{
	int fd = pin();
	unsigned int inum = inum_of_fd(fd);
	struct json_object *document;
	struct run run;
	char *line;
	pid_t pid;

	pid = start(&(struct child){ .run = mount_privately, .arg = &fd });
	mount_fd(fd, POINT);
	close(fd);

	document = run_json("");
	CHECK_PINS(document, inum,
		   "{\"type\":\"mount\",\"mount_point\":\"" POINT "\"",
		   "\"mount_point\":\"/tmp/odd\\\\ point\\n\"");
	check_state(document, inum, "dead");
	check(json_object_array_length(get(document, "pinned")) == 1);
	json_object_put(document);

	run = run_tool("--pinned");
	check(asprintf(&line, "mount " ODD_TEXT
		       " (in the mount namespace of %d)\n", pid) > 0);
	check(strstr(run.out, "mount " POINT "\n"));
	check(strstr(run.out, line));
	check(!run.status && !*run.err);
	free(line);
	free_run(&run);

	kill_and_reap(pid);
	document = run_json("");
	CHECK_PINS(document, inum, "\"" POINT "\"");
	json_object_put(document);
	check(!umount(POINT));
	wait_for_namespaces(1);
	check_none();
}

/* The process changes its root, so its mountinfo lacks the mount. */
static void change_root(void *arg)
{
	const int *fd = arg;

	check(!unshare(CLONE_NEWNS));
	check(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	mount_fd(*fd, POINT);
	close(*fd);
	start(&(struct child){});
	check(!chroot("/proc"));
}

static void mounts_outside_of_root(void)
{
	int fd = pin();
	unsigned int inum = inum_of_fd(fd);
	struct json_object *document;
	pid_t pid;

	pid = start(&(struct child){ .run = change_root, .arg = &fd });
	close(fd);
	document = run_json("");
	CHECK_PINS(document, inum, "\"" POINT "\"");
	json_object_put(document);
	kill_and_reap(pid);
}

/* A procfs stays mounted when the processes of its namespace are gone. */
static void mount_procfs(void *arg)
{
	(void)arg;
	mkdir(PROCFS, 0700);
	check(!mount("proc", PROCFS, "proc", 0, NULL));
}

/* More mounts than a program with few descriptors and little memory can keep. */
#define MOUNTS 150
#define FEW_DESCRIPTORS 100
#define LITTLE_MEMORY (6 << 20)

static void mount_many_procfs(void *arg)
{
	(void)arg;
	for (int i = 0; i < MOUNTS; i++) {
		const char *point = text(PROCFS "%d", i);

		mkdir(point, 0700);
		check(!mount("proc", point, "proc", 0, NULL));
	}
}

/* Return: the inode number of a namespace that had a process which ran @run. */
static unsigned int create_dead(void (*run)(void *arg))
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = run,
	});
	unsigned int inum = inum_of(init);

	kill_and_reap(init);

	return inum;
}

/* pidnstree reads the file of each procfs, and then needs none of them. */
static void check_many_procfs(void)
{
	const struct rlimit few = { FEW_DESCRIPTORS, FEW_DESCRIPTORS };
	const struct rlimit little = { LITTLE_MEMORY, LITTLE_MEMORY };
	struct rlimit descriptors, memory;
	struct json_object *document;
	unsigned int inum = create_dead(mount_many_procfs);

	check(!prlimit(0, RLIMIT_NOFILE, &few, &descriptors));
	check(!prlimit(0, RLIMIT_DATA, &little, &memory));
	document = run_json("");
	check(!prlimit(0, RLIMIT_NOFILE, &descriptors, NULL));
	check(!prlimit(0, RLIMIT_DATA, &memory, NULL));
	check(json_object_array_length(get(get_inum(document, inum), "pins")) ==
	      MOUNTS);
	json_object_put(document);
	for (int i = 0; i < MOUNTS; i++)
		check(!umount(text(PROCFS "%d", i)));
	wait_for_namespaces(1);
}

static void procfs_mount(void)
{
	struct json_object *document;
	unsigned int inum = create_dead(mount_procfs);

	document = run_json("");
	CHECK_PINS(document, inum,
		   "{\"type\":\"procfs\",\"mount_point\":\"" PROCFS "\"");
	check_state(document, inum, "dead");
	json_object_put(document);
	check(!umount(PROCFS));
	wait_for_namespaces(1);
	check_many_procfs();
}

/* ---- descriptors ---- */

static void *hold_in_thread(void *arg)
{
	int *fd = arg;

	check(!unshare(CLONE_FILES));
	fd[1] = fcntl(fd[0], F_DUPFD, 100);
	fd[2] = gettid();
	sleep_forever();
}

/* The leader closes its descriptor. The thread has two in a table of its own. */
static void start_holding_thread(void *arg)
{
	int *fd = arg;
	pthread_t thread;

	check(!pthread_create(&thread, NULL, hold_in_thread, arg));
	while (!__atomic_load_n(&fd[2], __ATOMIC_RELAXED))
		usleep(1000);
	close(fd[0]);
}

static void descriptors(void)
{
	int dead = pin(), *shared = share(3 * sizeof(int)), copy;
	unsigned int inum = inum_of_fd(dead), second;
	pid_t pid = start(&(struct child){}), thread;
	struct json_object *document;

	shared[0] = pin();
	second = inum_of_fd(shared[0]);
	thread = start(&(struct child){
		.run = start_holding_thread,
		.arg = shared,
	});
	copy = fcntl(dead, F_DUPFD_CLOEXEC, 200);
	close(shared[0]);

	document = run_json("");
	CHECK_PINS(document, inum, FD_OF(dead, getpid()),
		   FD_OF(copy, getpid()), FD_OF(dead, pid),
		   FD_OF(dead, thread), FD_OF(dead, shared[2]));
	check_state(document, inum, "dead");
	CHECK_PINS(document, second, FD_OF(shared[0], shared[2]),
		   FD_OF(shared[1], shared[2]));
	check_state(document, second, "dead");
	json_object_put(document);

	kill_and_reap(thread);
	kill_and_reap(pid);
	close(dead);
	close(copy);
	wait_for_namespaces(1);
	check_none();
}

/* For such a descriptor, procfs shows the mount point instead of "pid:[...]". */
static void opened_at_mount_point(void)
{
	int fd = pin(), mounted, slash = open("/", O_RDONLY | O_CLOEXEC);
	unsigned int inum = inum_of_fd(fd);
	struct json_object *document;

	mount_fd(fd, POINT);
	mounted = open(POINT, O_RDONLY | O_CLOEXEC);
	check(mounted >= 0 && slash >= 0);
	close(fd);
	document = run_json("");
	CHECK_PINS(document, inum, "\"" POINT "\"",
		   FD_OF(mounted, getpid()));
	json_object_put(document);

	check(!umount2(POINT, MNT_DETACH));
	document = run_json("");
	CHECK_PINS(document, inum, FD_OF(mounted, getpid()));
	check_state(document, inum, "dead");
	check(json_object_array_length(get(document, "pinned")) == 1);
	json_object_put(document);
	close(mounted);
	close(slash);
	wait_for_namespaces(1);
	check_none();
}

static void *sleep_in_thread(void *arg)
{
	*(int *)arg = gettid();
	sleep_forever();
}

/* Only the leader exits, so it stays a zombie. */
static void exit_leader(void *arg)
{
	int *tids = arg;
	pthread_t thread;

	for (int i = 0; i < 2; i++) {
		check(!pthread_create(&thread, NULL, sleep_in_thread,
				      &tids[i]));
		while (!__atomic_load_n(&tids[i], __ATOMIC_RELAXED))
			usleep(1000);
	}
	report_ready();
	syscall(SYS_exit, 0);
}

/* The two threads have one table, which procfs does not show for the leader. */
static void leader_exited(void)
{
	int fd = pin(), *tids = share(2 * sizeof(int));
	unsigned int inum = inum_of_fd(fd);
	struct json_object *document;
	pid_t pid;

	pid = start(&(struct child){ .run = exit_leader, .arg = tids });
	close(fd);
	while (!access(text("/proc/%d/fd/%d", pid, fd), F_OK))
		usleep(1000);
	document = run_json("");
	CHECK_PINS(document, inum, FD_OF(fd, tids[0]));
	json_object_put(document);
	kill_and_reap(pid);
	wait_for_namespaces(1);
}

static void hold_as_user(void *arg)
{
	(void)arg;
	switch_user(USER);
}

/*
 * Since Linux 6.19, a descriptor can refer to a pending namespace. The state is
 * unknown to a user who cannot see the namespace in the file: it can be
 * "pending" or "dead".
 */
static void pending(void)
{
	int own = open_link("/proc/self/ns/pid"), fd;
	struct json_object *document;
	struct run run;
	pid_t pid;

	check(!unshare(CLONE_NEWPID));
	fd = open("/proc/self/ns/pid_for_children", O_RDONLY | O_CLOEXEC);
	check(!setns(own, CLONE_NEWPID));
	close(own);
	if (fd < 0) {
		check(!lists);
		printf("# skipped: this kernel has no such descriptors\n");
		return;
	}
	document = run_json("");
	CHECK_PINS(document, inum_of_fd(fd), FD_OF(fd, getpid()));
	check_state(document, inum_of_fd(fd), "pending");
	json_object_put(document);

	pid = start(&(struct child){ .run = hold_as_user });
	run = run_as(USER, "--pinned --raw");
	check(!run.status);
	check(strstr(run.out, text("\n%u %u - ", inum_of_fd(fd),
				   inum_of(getpid()))));
	free_run(&run);
	kill_and_reap(pid);
	close(fd);
	wait_for_namespaces(1);
}

/* A container has descriptors of an outer and of an inner namespace. */
static void pin_inside(void *arg)
{
	int *fds = arg;

	fds[1] = pin();
}

static void read_inside(void *arg)
{
	struct json_object *document = run_json("");
	const unsigned int *inums = arg;

	/* The host's namespace is not below that of the container. */
	check(!find_inum(document, inums[0]));
	CHECK_PINS(document, inums[1], "\"pid\":1,");
	json_object_put(document);
}

static void container(void)
{
	int *fds = share(2 * sizeof(int)), fd;
	struct json_object *document;
	unsigned int inums[2];
	pid_t init;

	fds[0] = pin();
	init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = pin_inside,
		.arg = fds,
	});
	fd = open_link("/proc/%d/fd/%d", init, fds[1]);
	inums[0] = inum_of_fd(fds[0]);
	inums[1] = inum_of_fd(fd);
	close(fd);
	close(fds[0]);

	document = run_json("");
	CHECK_PINS(document, inums[0], FD_OF(fds[0], init));
	CHECK_PINS(document, inums[1], FD_OF(fds[1], init));
	check(get_number(get_inum(document, inums[1]), "parent") ==
	      inum_of(init));
	json_object_put(document);
	in_namespace(init, read_inside, inums);
	kill_and_reap(init);
	wait_for_namespaces(1);
}

/* ---- many namespaces ---- */

/* The number of namespaces with a mount, and of those with a descriptor. */
#define MANY 250

#define DIRECTORY "/tmp/many"

/**
 * struct pinned - a namespace with one pin
 * @inum: inode number
 * @fd: descriptor; -1 if it is mounted at DIRECTORY/INUM
 */
struct pinned {
	unsigned int inum;
	int fd;
};

static int by_inum(const void *a, const void *b)
{
	const struct pinned *first = a, *second = b;

	return first->inum < second->inum ? -1 : first->inum > second->inum;
}

static void pin_many(struct pinned *list)
{
	mkdir(DIRECTORY, 0700);
	for (int i = 0; i < 2 * MANY; i++) {
		list[i].fd = pin();
		list[i].inum = inum_of_fd(list[i].fd);
		if (i < MANY) {
			mount_fd(list[i].fd, text(DIRECTORY "/%u",
						  list[i].inum));
			close(list[i].fd);
			list[i].fd = -1;
		}
	}
	qsort(list, 2 * MANY, sizeof(*list), by_inum);
}

static void unpin_many(const struct pinned *list)
{
	for (int i = 0; i < 2 * MANY; i++)
		if (list[i].fd < 0)
			check(!umount(text(DIRECTORY "/%u", list[i].inum)));
		else
			close(list[i].fd);
	wait_for_namespaces(1);
}

/* Check that lsns(8) has the same namespaces. */
static void compare_lsns(const struct pinned *list)
{
	struct run run = run_program("lsns --persistent --type pid --raw --noheadings --output NS");
	struct pinned found[2 * MANY + 1];
	size_t count = 0;

	check(!run.status);
	for (char *line = strtok(run.out, "\n"); line;
	     line = strtok(NULL, "\n")) {
		check(count < 2 * MANY);
		found[count++].inum = strtoul(line, NULL, 10);
	}
	qsort(found, count, sizeof(*found), by_inum);
	if (count != 2 * MANY)
		fail("lsns has %zu namespaces", count);
	for (size_t i = 0; i < count; i++)
		check(found[i].inum == list[i].inum);
	free_run(&run);
}

/* Check that lsfd(1) has the same descriptors. */
static void compare_lsfd(const struct pinned *list)
{
	struct run run = run_program("lsfd --raw --noheadings --output FD,NAME --pid %d",
				     getpid());

	check(!run.status);
	for (int i = 0; i < 2 * MANY; i++) {
		bool found = strstr(run.out, text("pid:[%u]", list[i].inum));
		bool wanted = list[i].fd >= 0;

		if (found != wanted)
			fail("lsfd %s %u", found ? "has" : "lacks",
			     list[i].inum);
	}
	free_run(&run);
}

/* The newest kernel is in a Debian whose util-linux can show these pins. */
static void many(void)
{
	struct pinned list[2 * MANY];
	struct json_object *document, *objects;

	pin_many(list);
	document = run_json("");
	objects = get(document, "pinned");
	check(json_object_array_length(objects) == 2 * MANY);
	for (int i = 0; i < 2 * MANY; i++) {
		struct json_object *object =
			json_object_array_get_idx(objects, i);
		struct json_object *pins = get(object, "pins"), *only;

		check(get_number(object, "ns") == list[i].inum);
		check(json_object_array_length(pins) == 1);
		only = json_object_array_get_idx(pins, 0);
		if (list[i].fd < 0)
			check(!strcmp(get_string(only, "mount_point"),
				      text(DIRECTORY "/%u", list[i].inum)));
		else
			check(get_number(only, "fd") == list[i].fd);
	}
	json_object_put(document);
	if (lists) {
		compare_lsns(list);
		compare_lsfd(list);
	}
	unpin_many(list);
	check_none();
}

/* The limit on the recorded pins, and descriptors to exceed it. */
#define MOST_PINS 262144
#define HOLDERS 65
#define DESCRIPTORS 4100

static void too_many_pins(void)
{
	const int surplus = HOLDERS * DESCRIPTORS - MOST_PINS;
	int fd = pin(), copies[DESCRIPTORS - 1];
	struct rlimit limit, more;
	pid_t children[HOLDERS];
	struct run run;

	check(!getrlimit(RLIMIT_NOFILE, &limit));
	more = (struct rlimit){ DESCRIPTORS + 100, DESCRIPTORS + 100 };
	check(!setrlimit(RLIMIT_NOFILE, &more));
	for (int i = 0; i < DESCRIPTORS - 1; i++) {
		copies[i] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		check(copies[i] >= 0);
	}
	for (int i = 0; i < HOLDERS; i++)
		children[i] = start(&(struct child){});
	for (int i = 0; i < DESCRIPTORS - 1; i++)
		close(copies[i]);
	close(fd);

	run = run_tool("--pinned");
	check(!run.status);
	check(strstr(run.err, text("%d more pins were found; only the first %d are listed",
				   surplus, MOST_PINS)));
	check(strstr(run.out, text(" and %d more\n", MOST_PINS - 8)));
	free_run(&run);
	for (int i = 0; i < HOLDERS; i++)
		kill_and_reap(children[i]);
	check(!setrlimit(RLIMIT_NOFILE, &limit));
	wait_for_namespaces(1);
}

/* ---- other pins ---- */

static void *become_holder(void *arg)
{
	int *tid = arg;

	check(!unshare(CLONE_NEWPID));
	*tid = gettid();
	sleep_forever();
}

static void start_holder(void *arg)
{
	int *tid = arg;
	pthread_t thread;

	check(!pthread_create(&thread, NULL, become_holder, arg));
	while (!__atomic_load_n(tid, __ATOMIC_RELAXED))
		usleep(1000);
}

static void unshare_pid(void *arg)
{
	(void)arg;
	check(!unshare(CLONE_NEWPID));
}

/* On older kernels, procfs does not show a pending namespace. */
static unsigned int inum_for_children(pid_t tid)
{
	unsigned int inum = 0;
	struct view view;

	read_view(&view);
	for (size_t i = 0; i < view.nr_namespaces; i++)
		if (view.namespaces[i].holder == tid)
			inum = view.namespaces[i].inum;
	free_view(&view);
	check(inum);

	return inum;
}

static void holders(void)
{
	pid_t process = start(&(struct child){ .run = unshare_pid });
	int *tid = share(sizeof(int));
	pid_t leader = start(&(struct child){
		.run = start_holder,
		.arg = tid,
	});
	struct json_object *document = run_json("");
	unsigned int inum = inum_for_children(process);

	CHECK_PINS(document, inum, CHILDREN_OF(process));
	check_state(document, inum, "pending");
	inum = inum_for_children(*tid);
	CHECK_PINS(document, inum, CHILDREN_OF(*tid));
	check_state(document, inum, "pending");
	json_object_put(document);
	kill_and_reap(process);
	kill_and_reap(leader);
	wait_for_namespaces(1);
}

static void kept_id(void)
{
	struct json_object *document;
	struct view view;
	pid_t member;
	char *json;

	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	member = create_dead_namespace(&(struct child){ .stays = true });
	wait_for_namespaces(2);
	read_unexplained(&view);
	check(view.nr_ids == 1);
	check(asprintf(&json, "{\"type\":\"id\",\"pids\":[%d,1],\"roles\":[\"pgid\"],\"pid\":%d,",
		       view.ids[0].pids[0], member) > 0);
	document = run_json("");
	CHECK_PINS(document, view.ids[0].inum, json);
	check_state(document, view.ids[0].inum, "dead");
	json_object_put(document);
	free_view(&view);
	free(json);
	kill_and_reap(member);
	wait_for_namespaces(1);
}

#define DEPTH 4

/* A descriptor of the innermost namespace pins the outer ones. */
static void nested(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = DEPTH,
	});
	struct json_object *document;
	unsigned int inums[DEPTH];
	struct view view;
	int fd;

	read_unexplained(&view);
	check(view.nr_namespaces == DEPTH + 1);
	for (int i = 0; i < DEPTH; i++)
		inums[i] = view.namespaces[i + 1].inum;
	fd = open_link("/proc/%d/ns/pid", view.namespaces[DEPTH].init[0]);
	free_view(&view);
	kill_and_reap(init);

	document = run_json("");
	for (int i = 0; i < DEPTH; i++) {
		check_state(document, inums[i], "dead");
		if (i < DEPTH - 1)
			CHECK_PINS(document, inums[i], CHILD(inums[i + 1]));
		if (i)
			check(get_number(get_inum(document, inums[i]),
					 "parent") == inums[i - 1]);
	}
	CHECK_PINS(document, inums[DEPTH - 1], FD_OF(fd, getpid()));
	json_object_put(document);
	close(fd);
	wait_for_namespaces(1);
}

/* ---- pins of unknown namespaces ---- */

static bool is_unknown(struct json_object *document, const char *type, int fd)
{
	struct json_object *list = get(document, "unknown"), *object;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		object = json_object_array_get_idx(list, i);
		if (!strcmp(get_string(object, "type"), type) &&
		    get_number(object, "fd") == fd &&
		    get_number(object, "pid") == getpid())
			return true;
	}

	return false;
}

/*
 * Each of these descriptors pins the namespace without showing which one it is.
 * The pidfd of a live process is not listed.
 */
static void unknown(void)
{
	pid_t init = start(&(struct child){ .flags = CLONE_NEWPID });
	int pidfd = syscall(SYS_pidfd_open, init, 0);
	int live = syscall(SYS_pidfd_open, getpid(), 0);
	int file = open_link("/proc/%d/stat", init);
	unsigned int inum = inum_of(init);
	int reader = open_file();
	struct json_object *document;

	check(pidfd >= 0 && live >= 0);
	kill_and_reap(init);
	document = run_json("");
	check(is_unknown(document, "pidfd", pidfd));
	check(!is_unknown(document, "pidfd", live));
	check(is_unknown(document, "file", file));
	check(is_unknown(document, "pidns_tree", reader));
	if (lists)
		check_pins(document, inum, (const char *const []){ NULL });
	else
		check(!find_inum(document, inum));
	json_object_put(document);
	close(pidfd);
	close(file);
	close(reader);
	wait_for_namespaces(1);
}

static void in_flight(void)
{
	int fd = pin(), sockets[2];
	unsigned int inum = inum_of_fd(fd);
	struct json_object *document;
	struct run run;

	if (access("/proc/net", F_OK)) {
		printf("# skipped: this kernel has no sockets\n");
		return;
	}
	check(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	send_fd(sockets[0], fd);
	close(fd);
	document = run_json("");
	run = run_tool("--pinned");
	if (lists) {
		check_pins(document, inum, (const char *const []){ NULL });
		check(strstr(run.out, " not found\n"));
	} else {
		check(!find_inum(document, inum));
		check(!strstr(run.out, " not found\n"));
	}
	json_object_put(document);
	free_run(&run);
	close(sockets[0]);
	close(sockets[1]);
	wait_for_namespaces(1);
}

/* ---- races ---- */

/*
 * The test does not kill this process: if a fatal signal interrupts dup_mmap(),
 * flush_tlb_mm() of User-mode Linux 6.12 dereferences XA_ZERO_ENTRY.
 */
static void churn(void *arg)
{
	atomic_bool *stop = arg;

	report_ready();
	while (!*stop) {
		int fd = pin();
		pid_t pid = start(&(struct child){ .flags = CLONE_NEWPID,
						   .threads = 2 });

		kill_and_reap(pid);
		close(fd);
	}
	_exit(0);
}

static void races(void)
{
	atomic_bool *stop = share(sizeof(*stop));
	int fd = pin();
	unsigned int inum = inum_of_fd(fd);
	pid_t churns[2];

	for (int i = 0; i < 2; i++)
		churns[i] = start(&(struct child){
			.run = churn,
			.arg = stop,
		});
	for (int i = 0; i < scaled(20); i++) {
		struct json_object *document = run_json("");
		struct json_object *pins = get(get_inum(document, inum),
					       "pins");

		check(json_object_array_length(pins) >= 1);
		json_object_put(document);
	}
	*stop = true;
	for (int i = 0; i < 2; i++)
		check(waitpid(churns[i], NULL, 0) == churns[i]);
	close(fd);
	wait_for_namespaces(1);
}

/* ---- users ---- */

/*
 * Count the processes of other users. Kernel threads and zombies have no
 * descriptors.
 */
static unsigned int count_unreadable(void)
{
	unsigned int count = 0;
	struct view view;

	read_unexplained(&view);
	for (size_t i = 0; i < view.nr_processes; i++) {
		const struct process *proc = &view.processes[i];

		count += proc->uid != USER && proc->pids[0] != KTHREADD &&
			 proc->ppid != KTHREADD && proc->state != 'Z';
	}
	free_view(&view);

	return count;
}

/* Users get a list of their own descriptors, and a note that there are others. */
static void user(void)
{
	int fd = pin();
	unsigned int inum = inum_of_fd(fd);
	pid_t pid = start(&(struct child){ .run = hold_as_user });
	pid_t zombie = start(&(struct child){});
	struct run run;

	check(!kill(zombie, SIGKILL));
	wait_for_zombie(zombie);
	run = run_as(USER, "--pinned --raw");
	check(!run.status);
	check(strstr(run.err, text("limited view: the descriptors of %u process",
				   count_unreadable())));
	check(strstr(run.out, text("\\x20of\\x20%d\\x20", pid)));
	check(!strstr(run.out, text("\\x20of\\x20%d\\x20", getpid())));
	check(strstr(run.out, text("\n%u ", inum)));
	free_run(&run);

	check(waitpid(zombie, NULL, 0) == zombie);
	kill_and_reap(pid);
	run = run_as(USER, "--pinned --raw");
	check(!run.status && !*run.out);
	free_run(&run);
	close(fd);
	wait_for_namespaces(1);
}

/* ---- owners ---- */

static void check_owner(struct json_object *document, unsigned int uid,
			int namespaces, int pinned)
{
	struct json_object *list = get(document, "owners"), *object;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		object = json_object_array_get_idx(list, i);
		if (get_number(object, "uid") != uid)
			continue;
		if (get_number(object, "namespaces") != namespaces ||
		    get_number(object, "pinned") != pinned)
			fail("not %d and %d: %s", namespaces, pinned,
			     json_object_to_json_string(object));
		check(get_number(object, "limit") == read_number(LIMIT));
		return;
	}
	if (namespaces)
		fail("no UID %u in %s", uid, json_object_to_json_string(list));
}

static void map_ids(uid_t outside)
{
	check(!prctl(PR_SET_DUMPABLE, 1));
	write_file("/proc/self/uid_map", text("0 %u 1", outside));
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/gid_map", text("0 %u 1", outside));
}

/* In each user namespace, the user is root; USER is charged for all. */
static void nest_user_namespaces(void *arg)
{
	(void)arg;
	switch_user(USER);
	for (int i = 0; i < 3; i++) {
		pid_t child = do_clone(CLONE_NEWUSER | CLONE_NEWPID);

		check(child >= 0);
		if (child)
			sleep_forever();
		check(!prctl(PR_SET_PDEATHSIG, SIGKILL));
		map_ids(i ? 0 : USER);
	}
	pin();
}

static void fail_to_unshare(void)
{
	check(unshare(CLONE_NEWPID) && errno == ENOSPC);
}

/* The kernel refuses to create a namespace if a user has as many as the limit. */
static void owners(void)
{
	struct json_object *document;
	long limit = read_number(LIMIT);
	int fds[4];
	pid_t pid;

	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	pid = start(&(struct child){ .run = nest_user_namespaces });
	for (int i = 0; i < 3; i++)
		fds[i] = pin();
	document = run_json("");
	check_owner(document, 0, 3, 3);
	check_owner(document, USER, 4, 1);
	json_object_put(document);

	write_file(LIMIT, "3");
	fail_to_unshare();
	write_file(LIMIT, "4");
	fds[3] = pin();
	fail_to_unshare();
	document = run_json("");
	check_owner(document, 0, 4, 4);
	json_object_put(document);
	write_file(LIMIT, text("%ld", limit));
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	kill_and_reap(pid);
	wait_for_namespaces(1);
}

#define OTHER_USER 2000

/* OTHER_USER is UID 1 in the user namespace. */
static void nest_as_other_user(int mapped, int done)
{
	char byte;

	check(read(mapped, &byte, 1) == 1);
	check(!setresuid(1, 1, 1));
	check(do_clone(CLONE_NEWUSER | CLONE_NEWPID) >= 0);
	check(write(done, "", 1) == 1);
	sleep_forever();
}

/*
 * A user namespace of USER, in which OTHER_USER creates another one. Only root
 * can map two UIDs.
 */
static void nest_for_other_user(void *arg)
{
	int mapped[2], done[2];
	pid_t outer;
	char byte;

	lead_group(arg);
	check(!pipe2(mapped, O_CLOEXEC) && !pipe2(done, O_CLOEXEC));
	check(!seteuid(USER));
	outer = do_clone(CLONE_NEWUSER);
	check(outer >= 0);
	if (!outer)
		nest_as_other_user(mapped[0], done[1]);
	check(!seteuid(0));
	close(done[1]);
	write_file(text("/proc/%d/uid_map", outer),
		   text("0 %u 1\n1 %u 1\n", USER, OTHER_USER));
	write_file(text("/proc/%d/gid_map", outer), "0 0 1\n");
	check(write(mapped[1], "", 1) == 1);
	check(read(done[0], &byte, 1) == 1);
}

/* The kernel charges the owner of the outer user namespace. */
static void nested_owners(void)
{
	struct json_object *document;
	struct run run;
	pid_t pid;

	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	pid = start(&(struct child){ .run = nest_for_other_user });
	document = run_json("");
	run = run_tool("--metrics");
	check_owner(document, USER, 1, 0);
	check_owner(document, OTHER_USER, 0, 0);
	check(!run.status);
	check(strstr(run.out, text("pidns_owner_namespaces{owner=\"%u\"} 1\n",
				   USER)));
	check(!strstr(run.out, text("owner=\"%u\"", OTHER_USER)));
	json_object_put(document);
	free_run(&run);
	check(!kill(-pid, SIGKILL));
	check(waitpid(pid, NULL, 0) == pid);
	wait_for_namespaces(1);
}

/* ---- output ---- */

static void forms(void)
{
	int fd = pin(), copies[10];
	unsigned int inum = inum_of_fd(fd);
	struct run run;

	for (int i = 0; i < 10; i++)
		copies[i] = fcntl(fd, F_DUPFD_CLOEXEC, 200);
	run = run_tool("--pinned");
	check(!run.status && !*run.err);
	check(strstr(run.out, " NPIDS OWNER PIN\n"));
	check(strstr(run.out, " and 3 more\n\n"));
	check(strstr(run.out, "UID USER"));
	free_run(&run);

	run = run_tool("--pinned --raw");
	check(!strncmp(run.out, "NS PNS STATE NPIDS OWNER PIN\n", 29));
	check(strstr(run.out, text("%u %u ", inum, inum_of(getpid()))));
	check(strstr(run.out, text("fd\\x20%d\\x20of\\x20%d\\x20(", copies[9],
				   getpid())));
	check(!strstr(run.out, "USER"));
	free_run(&run);

	run = run_tool("--pinned --noheadings");
	check(!strncmp(run.out, text("%u ", inum), 10));
	check(!strstr(run.out, "root"));
	free_run(&run);
	for (int i = 0; i < 10; i++)
		close(copies[i]);
	close(fd);

	wait_for_namespaces(1);
	run = run_tool("--pinned");
	check(!run.status && !*run.err);
	check(!strstr(run.out, "PIN\n"));
	free_run(&run);
}

/* A program that reads these files as usual would wait forever. */
static void pin_with_procfs(void *arg)
{
	check(!unshare(CLONE_NEWNS));
	check(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	check(!mount("proc", "/proc", "proc", 0, NULL));
	pin_inside(arg);
	check(!mkfifo(FIFO, 0600));
	check(!mount(FIFO, "/proc/1/mountinfo", NULL, MS_BIND, NULL));
	check(!mount(FIFO, "/proc/1/status", NULL, MS_BIND, NULL));
}

/* Another mount of the same procfs, and the procfs of a hostile container. */
static void other_procfs(void)
{
	int *fds = share(2 * sizeof(int)), fd = pin();
	unsigned int inum = inum_of_fd(fd);
	struct json_object *document;
	pid_t init;

	mount_procfs(NULL);
	document = run_json(" --proc " PROCFS);
	CHECK_PINS(document, inum, FD_OF(fd, getpid()));
	json_object_put(document);
	check(!umount(PROCFS));

	init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = pin_with_procfs,
		.arg = fds,
	});
	document = run_json(text(" --proc /proc/%d/root/proc", init));
	check(!find_inum(document, inum));
	close(fd);
	fd = open_link("/proc/%d/fd/%d", init, fds[1]);
	CHECK_PINS(document, inum_of_fd(fd), FD_OF(fds[1], 1));
	json_object_put(document);
	close(fd);
	kill_and_reap(init);
	unlink(FIFO);
	wait_for_namespaces(1);
}

/* Without descriptors, no pin would be found. */
static void errors(void)
{
	struct rlimit limit, few;

	check(!getrlimit(RLIMIT_NOFILE, &limit));
	few = (struct rlimit){ 20, limit.rlim_max };
	check(!setrlimit(RLIMIT_NOFILE, &few));
	check_error(run_tool("--pinned"), 1, "Too many open files");
	check(!setrlimit(RLIMIT_NOFILE, &limit));
	check_error(run_tool("--pinned --proc /tmp"), 1, "needs a procfs");
	mkdir(PROCFS, 0700);
	check(!mount("proc", PROCFS, "proc", 0, "subset=pid"));
	check_error(run_tool("--pinned --proc " PROCFS), 2, "subset=pid");
	check(!umount(PROCFS));
}

static const struct test tests[] = {
	{ "mounts in two mount namespaces", mounts },
	{ "a mount outside of the root of a process", mounts_outside_of_root },
	{ "a procfs mount", procfs_mount },
	{ "descriptors of processes and of a thread", descriptors },
	{ "a descriptor that was opened at a mount point",
	  opened_at_mount_point },
	{ "descriptors of threads whose leader has exited", leader_exited },
	{ "a descriptor of a pending namespace", pending },
	{ "descriptors in a container", container },
	{ "500 namespaces, compared with lsns and lsfd", many },
	{ "more pins than the limit", too_many_pins },
	{ "pid_for_children of a process and of a thread", holders },
	{ "the ID of a process group", kept_id },
	{ "dead namespaces above a pinned one", nested },
	{ "pins that do not show their namespace", unknown },
	{ "a descriptor in flight", in_flight },
	{ "processes and namespaces come and go", races },
	{ "a user without privileges", user },
	{ "the namespaces of each owner and the limit", owners },
	{ "the owner of nested user namespaces", nested_owners },
	{ "tables and raw output", forms },
	{ "--proc", other_procfs },
	{ "errors", errors },
};

int main(int argc, char **argv)
{
	(void)argc;
	check_lists();

	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
