// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Create namespaces without processes that only a descriptor, a mount or a kept
 * ID pins. Check that pidns_tree shows them on a kernel that lists its
 * namespaces, and compare it with listns(2).
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "view.h"
#include "world.h"

#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 0xd, unsigned long long)
#endif

#define USER 1001

/* ---- listns(2) ---- */

#define SYS_LISTNS 470
#define MAX_IDS 10000

/* The structure of listns(2), which the headers of the guest may lack. */
struct listns_request {
	unsigned int size;
	unsigned int spare;
	unsigned long long ns_id;
	unsigned int ns_type;
	unsigned int spare2;
	unsigned long long user_ns_id;
};

struct ids {
	unsigned long long id[MAX_IDS];
	size_t count;
};

static void list_pid_namespaces(struct ids *ids)
{
	struct listns_request request = {
		.size = sizeof(request),
		.ns_type = CLONE_NEWPID,
	};
	long got;

	got = syscall(SYS_LISTNS, &request, ids->id, (size_t)MAX_IDS, 0);
	check(got > 0 && got < MAX_IDS);
	ids->count = got;
}

/* ---- the file ---- */

static struct namespace *find_nsid(const struct view *view,
				   unsigned long long id)
{
	struct namespace *found = NULL;

	for (size_t i = 0; i < view->nr_namespaces; i++) {
		if (view->namespaces[i].nsid != id)
			continue;
		if (found)
			fail("namespace %llu is shown twice", id);
		found = &view->namespaces[i];
	}

	return found;
}

static struct namespace *get_nsid(const struct view *view,
				  unsigned long long id)
{
	struct namespace *ns = find_nsid(view, id);

	if (!ns)
		fail("namespace %llu is not shown", id);

	return ns;
}

static bool has_id(const struct ids *ids, unsigned long long id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->id[i] == id)
			return true;

	return false;
}

/* A namespace that both lists have existed while the file was read. */
static void check_listns(void)
{
	static struct ids before, after;
	struct view view;

	list_pid_namespaces(&before);
	read_unexplained(&view);
	list_pid_namespaces(&after);
	for (size_t i = 0; i < before.count; i++)
		if (has_id(&after, before.id[i]))
			get_nsid(&view, before.id[i]);
	free_view(&view);
}

/* The processes of these namespaces have been killed, but can be zombies. */
static void wait_until_dead(size_t count)
{
	struct view view;
	size_t dead;

	do {
		reap_zombies();
		dead = 1;
		read_unexplained(&view);
		check(view.nr_namespaces == count);
		while (dead < count &&
		       !strcmp(view.namespaces[dead].state, "dead"))
			dead++;
		free_view(&view);
		usleep(10000);
	} while (dead < count);
}

/* Allocate memory that the processes of the test share. */
static void *share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(memory != MAP_FAILED);

	return memory;
}

/* ---- namespaces ---- */

static int open_own(const char *link)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", link);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd >= 0);

	return fd;
}

static int open_pid_ns(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd >= 0);

	return fd;
}

static unsigned long long id_of(int fd)
{
	unsigned long long id;

	check(!ioctl(fd, NS_GET_ID, &id));

	return id;
}

/*
 * Create a pending or dead child of the own PID namespace that only the
 * returned descriptor pins.
 */
static int pin(bool dead)
{
	int own = open_own("pid"), fd;

	check(!unshare(CLONE_NEWPID));
	if (dead)
		kill_and_reap(start(&(struct child){}));
	fd = open_own("pid_for_children");
	check(!setns(own, CLONE_NEWPID));
	close(own);

	return fd;
}

/* Check the line of a namespace that has neither a process nor a holder. */
static void check_pinned(const struct view *view, unsigned long long id,
			 const char *state)
{
	struct namespace *ns = get_nsid(view, id);

	if (strcmp(ns->state, state))
		fail("namespace %llu is %s instead of %s", id, ns->state,
		     state);
	check(!ns->nprocs);
	check(!ns->init_depth);
	check(!ns->holder);
}

/* Check that these are the root and its only descendant, a pinned one. */
static void check_only(unsigned long long id, const char *state)
{
	struct view view;

	wait_for_namespaces(2);
	read_unexplained(&view);
	check_pinned(&view, id, state);
	check(view.namespaces[1].level == 1);
	check(view.namespaces[1].parent == view.namespaces[0].inum);
	free_view(&view);
}

/* ---- what pins a namespace ---- */

static void descriptor(void)
{
	int pending = pin(false), dead = pin(true);
	unsigned long long id = id_of(dead);
	struct view view;

	wait_for_namespaces(3);
	read_unexplained(&view);
	check_pinned(&view, id_of(pending), "pending");
	check_pinned(&view, id, "dead");
	free_view(&view);
	check_listns();
	check_view("/proc");

	close(pending);
	check_only(id, "dead");
	check_listns();
	close(dead);
	wait_for_namespaces(1);
}

#define MOUNT_POINT "/tmp/pinned"

static void bind_mount(void)
{
	int fd = pin(true);
	unsigned long long id = id_of(fd);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	close(open(MOUNT_POINT, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	check(!mount(path, MOUNT_POINT, NULL, MS_BIND, NULL));
	close(fd);
	check_only(id, "dead");
	check_listns();

	check(!umount(MOUNT_POINT));
	wait_for_namespaces(1);
	check(!unlink(MOUNT_POINT));
}

static void message_in_flight(void)
{
	int fd = pin(false), sockets[2];
	unsigned long long id = id_of(fd);

	if (access("/proc/net", F_OK)) {
		printf("# skipped: this kernel has no sockets\n");
		return;
	}
	check(!socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	send_fd(sockets[0], fd);
	close(fd);
	check_only(id, "pending");
	check_listns();

	close(sockets[0]);
	check_only(id, "pending");
	close(sockets[1]);
	wait_for_namespaces(1);
}

/* A group whose leader was the init of a namespace. Shared with the test. */
struct group {
	int flags;
	unsigned long long id;
};

/*
 * The init is reaped, but its struct pid stays the ID of the process group that
 * it led. The namespace stays active, so listns(2) lists it.
 */
static void join_init_group(void *arg)
{
	struct group *group = arg;
	pid_t init = start(&(struct child){ .flags = group->flags });
	int fd = open_pid_ns(init);

	group->id = id_of(fd);
	close(fd);
	check(!setpgid(init, init));
	check(!setpgid(0, init));
	kill_and_reap(init);
}

static void check_kept_id(int flags)
{
	struct group *group = share(sizeof(*group));
	pid_t member;

	group->flags = flags;
	member = start(&(struct child){ .run = join_init_group, .arg = group });
	check_only(group->id, "dead");
	check_listns();
	kill_and_reap(member);
	wait_for_namespaces(1);
}

static void kept_id(void)
{
	check_kept_id(CLONE_NEWPID);
	check_kept_id(CLONE_NEWPID | CLONE_NEWUSER);
}

/* Such a namespace is not active, so listns(2) does not list it. */
static void check_inactive(unsigned long long id)
{
	static struct ids ids;

	check_only(id, "dead");
	list_pid_namespaces(&ids);
	check(!has_id(&ids, id));
}

static void check_pidfd(int flags)
{
	pid_t init = start(&(struct child){ .flags = flags });
	int fd = open_pid_ns(init), pidfd = syscall(SYS_pidfd_open, init, 0);
	unsigned long long id = id_of(fd);

	check(pidfd >= 0);
	close(fd);
	kill_and_reap(init);
	check_inactive(id);
	close(pidfd);
	wait_for_namespaces(1);
}

static void pidfd(void)
{
	check_pidfd(CLONE_NEWPID);
	/* The owning user namespace is not active either. */
	check_pidfd(CLONE_NEWPID | CLONE_NEWUSER);
}

static void open_reader(void)
{
	pid_t init = start(&(struct child){ .flags = CLONE_NEWPID });
	int fd = open_pid_ns(init), reader = open_file(), second;
	unsigned long long id = id_of(fd);

	close(fd);
	kill_and_reap(init);
	check_inactive(id);

	/* A file pins what it shows, so another reader pins it further. */
	second = open_file();
	close(reader);
	check_inactive(id);
	close(second);
	wait_for_namespaces(1);
}

/* ---- nested namespaces ---- */

#define DEPTH 5

/* A descriptor of the innermost namespace pins its ancestors, too. */
static void nested(void)
{
	pid_t init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.depth = DEPTH,
	});
	struct view view;
	int fd;

	read_unexplained(&view);
	check(view.nr_namespaces == DEPTH + 1);
	fd = open_pid_ns(view.namespaces[DEPTH].init[0]);
	free_view(&view);
	kill_and_reap(init);

	wait_until_dead(DEPTH + 1);
	read_unexplained(&view);
	for (int i = 1; i <= DEPTH; i++) {
		check(view.namespaces[i].level == i);
		check_pinned(&view, view.namespaces[i].nsid, "dead");
	}
	check(view.namespaces[DEPTH].nsid == id_of(fd));
	free_view(&view);
	check_listns();
	close(fd);
	wait_for_namespaces(1);
}

/* As many levels as PID namespaces can have. */
#define USER_DEPTH 32

static void map_ids(uid_t outside)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %u 1", outside);
	check(!prctl(PR_SET_DUMPABLE, 1));
	write_file("/proc/self/uid_map", map);
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/gid_map", map);
}

/* Each process has its own user and PID namespace. */
static void nest_user_namespaces(void *arg)
{
	pid_t child;

	(void)arg;
	switch_user(USER);
	for (int i = 0; i < USER_DEPTH; i++) {
		child = do_clone(CLONE_NEWUSER | CLONE_NEWPID);
		check(child >= 0);
		if (child)
			sleep_forever();
		check(!prctl(PR_SET_PDEATHSIG, SIGKILL));
		map_ids(i ? 0 : USER);
	}
}

static void user_namespaces(void)
{
	struct view view;
	pid_t pid;
	int fd;

	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	pid = start(&(struct child){ .run = nest_user_namespaces });
	read_unexplained(&view);
	check(view.nr_namespaces == USER_DEPTH + 1);
	fd = open_pid_ns(view.namespaces[USER_DEPTH].init[0]);
	free_view(&view);
	kill_and_reap(pid);

	wait_until_dead(USER_DEPTH + 1);
	read_unexplained(&view);
	check(view.nr_namespaces == USER_DEPTH + 1);
	for (int i = 1; i <= USER_DEPTH; i++) {
		check_pinned(&view, view.namespaces[i].nsid, "dead");
		check(view.namespaces[i].owner == USER);
		check(view.namespaces[i].userns !=
		      view.namespaces[i - 1].userns);
	}
	free_view(&view);
	check_listns();
	close(fd);
	wait_for_namespaces(1);
}

/* ---- access ---- */

/* A reader with these capabilities only. */
struct reader {
	unsigned long long caps;
	unsigned long long id;
	uid_t user;
	bool sees_pinned;
};

static void set_caps(unsigned long long caps)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {};

	for (int i = 0; i < 2; i++) {
		data[i].effective = caps >> (32 * i);
		data[i].permitted = data[i].effective;
	}
	check(!syscall(SYS_capset, &header, data));
	check(!prctl(PR_SET_DUMPABLE, 1));
}

static void read_with_caps(void *arg)
{
	const struct reader *reader = arg;
	struct view view;

	if (reader->user) {
		check(!prctl(PR_SET_KEEPCAPS, 1));
		switch_user(reader->user);
	}
	set_caps(reader->caps);
	read_unexplained(&view);
	if (reader->sees_pinned)
		check_pinned(&view, reader->id, "dead");
	else
		check(!find_nsid(&view, reader->id));
}

#define CAP(cap) (1ULL << (cap))

static void check_readers(unsigned long long id)
{
	static const struct reader readers[] = {
		{ .caps = CAP(CAP_SYS_ADMIN), .sees_pinned = true },
		{ .caps = CAP(CAP_SYS_ADMIN), .user = USER,
		  .sees_pinned = true },
		{ .caps = CAP(CAP_SYS_ADMIN) | CAP(CAP_SYS_PTRACE),
		  .sees_pinned = true },
		{ .caps = CAP(CAP_SYS_PTRACE) },
		{ .caps = 0 },
		{ .caps = 0, .user = USER },
	};

	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		struct reader reader = readers[i];

		reader.id = id;
		kill_and_reap(start(&(struct child){
			.run = read_with_caps,
			.arg = &reader,
		}));
	}
}

#define PUBLIC "/sys/module/pidns_tree/parameters/public"

static void capabilities(void)
{
	int fd = pin(true);

	check_readers(id_of(fd));
	write_file(PUBLIC, "1");
	check_readers(id_of(fd));
	write_file(PUBLIC, "0");
	close(fd);
	wait_for_namespaces(1);
}

/* The user does not even see the own pinned namespace. */
static void read_in_user_namespace(void *arg)
{
	const struct reader *reader = arg;
	struct view view;
	pid_t init;
	int fd;

	switch_user(USER);
	check(!unshare(CLONE_NEWUSER));
	map_ids(USER);
	/* It cannot return to its own PID namespace, as pin() does. */
	init = start(&(struct child){ .flags = CLONE_NEWPID });
	fd = open_pid_ns(init);
	kill_and_reap(init);
	read_unexplained(&view);
	check(!find_nsid(&view, reader->id));
	check(view.nr_namespaces == 1);
	close(fd);
}

/* CAP_SYS_ADMIN in another user namespace does not count. */
static void root_of_user_namespace(void)
{
	int fd = pin(true);
	struct reader reader = { .id = id_of(fd) };

	start(&(struct child){
		.run = read_in_user_namespace,
		.arg = &reader,
	});
	close(fd);
}

/* The credentials at open count, and the root has no visible process. */
static void drop_after_open(void *arg)
{
	const struct reader *reader = arg;
	struct view view;
	char *text;
	int fd;

	set_caps(CAP(CAP_SYS_ADMIN));
	fd = open_file();
	set_caps(0);
	text = read_all(fd, 1 << 16);
	parse(text, &view);
	check_pinned(&view, reader->id, "dead");
	check(view.namespaces[0].init_depth == -1);
}

static void opener(void)
{
	int fd = pin(true);
	struct reader reader = { .id = id_of(fd) };

	start(&(struct child){ .run = drop_after_open, .arg = &reader });
	close(fd);
}

/* ---- the procfs mount of a container ---- */

/*
 *	container - dead
 *	          - active - pending
 *	outside (dead)
 *
 * IDs of the namespaces without processes. Shared with the test.
 */
struct container {
	unsigned long long dead;
	unsigned long long pending;
	unsigned long long outside;
};

static void pin_pending(void *arg)
{
	struct container *container = arg;

	container->pending = id_of(pin(false));
}

static void run_container(void *arg)
{
	struct container *container = arg;

	container->dead = id_of(pin(true));
	start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = pin_pending,
		.arg = container,
	});
}

static void read_container(void *arg)
{
	const struct container *container = arg;
	struct view view;

	read_unexplained(&view);
	check(view.nr_namespaces == 4);
	check(view.namespaces[0].level == 0);
	check_pinned(&view, container->dead, "dead");
	check_pinned(&view, container->pending, "pending");
	check(get_nsid(&view, container->dead)->level == 1);
	check(get_nsid(&view, container->pending)->level == 2);
	check(!find_nsid(&view, container->outside));
}

static void container_mount(void)
{
	struct container *container = share(sizeof(*container));
	int outside = pin(true);
	struct view view;
	pid_t init;

	container->outside = id_of(outside);
	init = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = run_container,
		.arg = container,
	});
	in_namespace(init, read_container, container);

	wait_for_namespaces(6);
	read_unexplained(&view);
	check_pinned(&view, container->dead, "dead");
	check_pinned(&view, container->pending, "pending");
	check_pinned(&view, container->outside, "dead");
	free_view(&view);
	close(outside);
	kill_and_reap(init);
	wait_for_namespaces(1);
}

/* ---- a pending namespace gets an init ---- */

static void become_holder(void *arg)
{
	check(!setns(*(int *)arg, CLONE_NEWPID));
}

/* Create processes in the namespace whenever the test writes a byte. */
struct forker {
	int fd;
	int requests[2];
	int answers[2];
};

static void fork_on_request(void *arg)
{
	struct forker *forker = arg;
	pid_t child;
	char byte;

	become_holder(&forker->fd);
	report_ready();
	while (read(forker->requests[0], &byte, 1) == 1) {
		child = fork();
		if (!child)
			sleep_forever();
		check(write(forker->answers[1], &child, sizeof(child)) ==
		      sizeof(child));
	}
	sleep_forever();
}

static pid_t request_fork(const struct forker *forker)
{
	pid_t child;

	check(write(forker->requests[1], "", 1) == 1);
	check(read(forker->answers[0], &child, sizeof(child)) == sizeof(child));

	return child;
}

static void check_holder(unsigned long long id, const char *state, pid_t holder,
			 unsigned int nprocs)
{
	struct namespace *ns;
	struct view view;

	read_unexplained(&view);
	check(view.nr_namespaces == 2);
	ns = get_nsid(&view, id);
	check(!strcmp(ns->state, state));
	check(ns->holder == holder);
	check(ns->nprocs == nprocs);
	free_view(&view);
	check_listns();
}

/*
 * Three processes have the same pid_for_children. The namespace shows a holder
 * only while it has no processes.
 */
static void init_by_setns(void)
{
	struct forker forkers[2];
	int fd = pin(false);
	unsigned long long id = id_of(fd);
	pid_t pids[3], init;

	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	pids[0] = start(&(struct child){ .run = become_holder, .arg = &fd });
	for (int i = 0; i < 2; i++) {
		forkers[i].fd = fd;
		check(!pipe(forkers[i].requests));
		check(!pipe(forkers[i].answers));
		pids[i + 1] = start(&(struct child){
			.run = fork_on_request,
			.arg = &forkers[i],
		});
	}
	check_holder(id, "pending", pids[0], 0);

	init = request_fork(&forkers[0]);
	check_holder(id, "active", 0, 1);
	check(request_fork(&forkers[1]) > 0);
	check_holder(id, "active", 0, 2);

	/* The holders cannot create processes there any more. */
	check(!kill(init, SIGKILL));
	kill_and_reap(pids[1]);
	kill_and_reap(pids[2]);
	wait_until_dead(2);
	check_holder(id, "dead", pids[0], 0);
	kill_and_reap(pids[0]);
	check_only(id, "dead");
	close(fd);
	wait_for_namespaces(1);
}

/* ---- many namespaces, and changes during open ---- */

#define MANY 1000
#define MANY_OTHERS 2500
#define CHURNS 3
#define RING 8

static void raise_limits(void)
{
	struct rlimit limit = { 8192, 8192 };

	check(!setrlimit(RLIMIT_NOFILE, &limit));
	write_file("/proc/sys/user/max_pid_namespaces", "100000");
	write_file("/proc/sys/user/max_uts_namespaces", "100000");
	write_file("/proc/sys/user/max_user_namespaces", "100000");
}

static int pin_other(void)
{
	check(!unshare(CLONE_NEWUTS));

	return open_own("uts");
}

/* Create and unpin namespaces of several types, a few at a time. */
static void churn(void *arg)
{
	int ring[RING] = {}, fd = -1;

	(void)arg;
	report_ready();
	for (unsigned int i = 0;; i++) {
		switch (i % 5) {
		case 0:
			fd = pin(false);
			break;
		case 1:
			fd = pin_other();
			break;
		case 2:
			check(!unshare(CLONE_NEWIPC));
			fd = open_own("ipc");
			break;
		case 3:
			check(!unshare(CLONE_NEWNS));
			fd = open_own("mnt");
			break;
		case 4:
			kill_and_reap(start(&(struct child){
				.flags = CLONE_NEWPID | CLONE_NEWUSER,
				.depth = 1,
			}));
			continue;
		}
		if (ring[i % RING])
			close(ring[i % RING]);
		ring[i % RING] = fd;
	}
}

static void check_all(const unsigned long long *ids, size_t count,
		      const char *state)
{
	struct view view;

	read_unexplained(&view);
	for (size_t i = 0; i < count; i++) {
		if (state)
			check_pinned(&view, ids[i], state);
		else
			get_nsid(&view, ids[i]);
	}
	free_view(&view);
}

static void many_with_churn(void)
{
	static unsigned long long ids[MANY];
	pid_t churns[CHURNS];

	check(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	raise_limits();
	for (int i = 0; i < MANY; i++) {
		/* More than one RCU section has no PID namespace. */
		if (i == MANY / 2)
			for (int j = 0; j < MANY_OTHERS; j++)
				pin_other();
		ids[i] = id_of(pin(false));
		pin_other();
	}
	check_all(ids, MANY, "pending");
	check_listns();

	for (int i = 0; i < CHURNS; i++)
		churns[i] = start(&(struct child){ .run = churn });
	for (int i = 0; i < scaled(20); i++)
		check_all(ids, MANY, "pending");
	check_listns();
	for (int i = 0; i < CHURNS; i++)
		kill_and_reap(churns[i]);

	wait_for_namespaces(MANY + 1);
	check_all(ids, MANY, "pending");
	check_listns();
}

#define ACTIVATED 200

struct activation {
	int fds[ACTIVATED];
	atomic_bool *done;
};

/* Give each namespace an init, and kill it. */
static void activate(void *arg)
{
	const struct activation *activation = arg;

	report_ready();
	for (int i = 0; i < ACTIVATED; i++) {
		become_holder((void *)&activation->fds[i]);
		kill_and_reap(start(&(struct child){}));
	}
	*activation->done = true;
	sleep_forever();
}

/* A namespace is shown even if its init is created or exits during open. */
static void activated_during_open(void)
{
	struct activation activation = { .done = share(sizeof(atomic_bool)) };
	static unsigned long long ids[ACTIVATED];
	pid_t pid;

	raise_limits();
	for (int i = 0; i < ACTIVATED; i++) {
		activation.fds[i] = pin(false);
		ids[i] = id_of(activation.fds[i]);
	}
	pid = start(&(struct child){ .run = activate, .arg = &activation });
	while (!*activation.done)
		check_all(ids, ACTIVATED, NULL);
	kill_and_reap(pid);
	check_all(ids, ACTIVATED, "dead");
}

static const struct test tests[] = {
	{ "a descriptor pins a pending and a dead namespace", descriptor },
	{ "a bind mount pins a namespace", bind_mount },
	{ "a message in flight pins a namespace", message_in_flight },
	{ "the ID of a process group pins a namespace", kept_id },
	{ "a pidfd of the reaped init pins a namespace", pidfd },
	{ "an open pidns_tree pins a namespace", open_reader },
	{ "pinned namespaces below pinned namespaces", nested },
	{ "32 levels in user namespaces of a user", user_namespaces },
	{ "only a reader with CAP_SYS_ADMIN sees pinned namespaces",
	  capabilities },
	{ "root of a user namespace does not see pinned namespaces",
	  root_of_user_namespace },
	{ "the capabilities at open count", opener },
	{ "a container's procfs shows what is pinned below its root",
	  container_mount },
	{ "three holders, two of which create processes", init_by_setns },
	{ "1,000 pinned namespaces while others are created and freed",
	  many_with_churn },
	{ "pending namespaces get inits during open", activated_during_open },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
