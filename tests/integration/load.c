// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Load and unload the module, and check that the module and its readers free
 * all their objects.
 */
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "view.h"
#include "world.h"

/* Numbers of repetitions, which scaled() reduces on a kernel with kmemleak. */
#define WARM_UP 100
#define LOADS 1000
#define OPENS 20000
#define UNLOADS 100
#define CHARGED 1000

#define USER 1001
#define GROUP 77

/* Read a number from the first line of a file that matches a scanf() format. */
static long read_field(const char *path, const char *format)
{
	FILE *file = fopen(path, "r");
	char line[256];
	long number = -1;

	check(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, format, &number) == 1)
			break;
	fclose(file);
	check(number >= 0);

	return number;
}

/* Unreclaimable slabs of the whole machine, in KiB. */
static long slab_kib(void)
{
	return read_field("/proc/meminfo", "SUnreclaim: %ld");
}

/*
 * Check that the slabs have grown by at most @more KiB. With kmemleak, they
 * also contain its records and the quarantine of KASAN, so kmemleak itself must
 * find the leaks.
 */
static void check_slabs(long before, long more)
{
	if (has_kmemleak())
		return;
	for (int i = 0; slab_kib() > before + more; i++) {
		if (i == 200)
			fail("slabs have grown from %ld to %ld KiB", before,
			     slab_kib());
		usleep(50000);
	}
}

/* Unload while a reader has read nothing, a part, or the whole file. */
static void reload_with_reader(int round)
{
	static const size_t amounts[] = { 0, 1, 100, 1 << 20 };
	char *buffer = malloc(1 << 20);
	int fd;

	load();
	fd = open_file();
	if (amounts[round % 4])
		check(read(fd, buffer, amounts[round % 4]) > 0);
	unload();

	check(read(fd, buffer, 100) < 0 && errno == EIO);
	check(pread(fd, buffer, 100, 0) < 0 && errno == EIO);
	check(lseek(fd, 0, SEEK_SET) < 0);
	check(!close(fd));
	free(buffer);
}

static void loads(void)
{
	long before;

	wait_until_freed(0);
	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 32 });
	unload();
	for (int i = 0; i < scaled(WARM_UP); i++)
		reload_with_reader(i);
	/* One PID namespace and one struct pid per level. */
	wait_until_freed(2 * 32);
	before = slab_kib();

	for (int i = 0; i < scaled(LOADS); i++) {
		if (i % 4) {
			load();
			unload();
		} else {
			reload_with_reader(i / 4);
		}
	}

	wait_until_freed(2 * 32);
	/* A leak of one page per load with a reader would exceed this. */
	check_slabs(before, LOADS);
	load();
}

/* close() frees the objects of a reader while the module stays loaded. */
static void opens(void)
{
	long before = 0;

	wait_until_freed(0);
	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 32 });
	for (int i = -scaled(WARM_UP); i < scaled(OPENS); i++) {
		int fd = open_file();
		char buffer[100];

		if (i % 3)
			check(read(fd, buffer, sizeof(buffer)) > 0);
		check(!close(fd));
		if (i == 0)
			before = slab_kib();
	}
	wait_until_freed(2 * 32);
	/* A leak of 64 bytes per open would exceed this. */
	check_slabs(before, OPENS * 64 / 1024 - 1);
}

/* The memory of a reader is charged to its cgroup. */
#define CGROUP "/tmp/cgroup"
#define PROCESSES 500

/*
 * Upper bounds of the charges:
 * - A reader has a buffer of 4096 bytes, a struct pidtree_open_file, a seq_file and
 *   the kernel's struct file.
 * - A namespace has a node of 24 bytes plus 4 per level, of up to 33 levels.
 * - All nodes are one allocation, rounded up to the next slab size: 4096 bytes
 *   for one namespace at each level.
 * - The kernel charges whole pages, and each CPU keeps a reserve.
 */
#define READER_BYTES (4096 + 2048)
#define NODE_BYTES 160
#define SLACK_BYTES 512

static long charged(void)
{
	return read_field(CGROUP "/readers/memory.stat",
			  "slab_unreclaimable %ld");
}

/* Measure the charge of CHARGED readers, each of which has read one byte. */
static void measure_charge(void *arg)
{
	long before;
	char pid[32];

	snprintf(pid, sizeof(pid), "%d", getpid());
	write_file(CGROUP "/readers/cgroup.procs", pid);
	before = charged();
	for (int i = 0; i < CHARGED; i++) {
		char byte;

		check(read(open_file(), &byte, 1) == 1);
	}
	*(long *)arg = charged() - before;
}

static long charge_of_readers(void)
{
	long *charge = mmap(NULL, sizeof(*charge), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long result;

	check(charge != MAP_FAILED);
	check(!mkdir(CGROUP "/readers", 0755));
	kill_and_reap(start(&(struct child){
		.run = measure_charge,
		.arg = charge,
	}));
	remove_cgroup(CGROUP "/readers");
	result = *charge;
	check(!munmap(charge, sizeof(*charge)));

	return result;
}

static void create_processes(void *arg)
{
	(void)arg;
	for (int i = 0; i < scaled(PROCESSES); i++)
		start(&(struct child){});
}

static void charges(void)
{
	struct rlimit limit = { CHARGED + 100, CHARGED + 100 };
	/* The redzones of KASAN push buffer and nodes into larger slabs. */
	long padding = has_kmemleak() ? 4096 + SLACK_BYTES : 0;
	long one, levels, processes;

	check(!mkdir(CGROUP, 0755) || errno == EEXIST);
	check(!mount("cgroup2", CGROUP, "cgroup2", 0, NULL));
	write_file(CGROUP "/cgroup.subtree_control", "+memory");
	check(!setrlimit(RLIMIT_NOFILE, &limit));

	one = charge_of_readers() / CHARGED;
	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 32 });
	levels = charge_of_readers() / CHARGED;
	start(&(struct child){ .run = create_processes });
	processes = charge_of_readers() / CHARGED;
	printf("# bytes per reader: %ld; with 32 namespaces: %ld; with %d more processes: %ld\n",
	       one, levels, scaled(PROCESSES), processes);

	check(one <= READER_BYTES + padding);
	/* Less would mean that the nodes are not charged. */
	check(levels - one >= 32 * 64L);
	check(levels - one <= 32L * NODE_BYTES + padding);
	check(labs(processes - levels) <= SLACK_BYTES);
	check(!umount(CGROUP));
}

/* Namespaces whose processes have been reaped, but which readers pin. */
#define NAMESPACES 100
#define READERS 10

static void pin_namespaces(int fds[READERS])
{
	pid_t inits[NAMESPACES];

	wait_until_freed(0);
	for (int i = 0; i < NAMESPACES; i++)
		inits[i] = start(&(struct child){ .flags = CLONE_NEWPID });
	for (int i = 0; i < READERS; i++)
		fds[i] = open_file();
	for (int i = 0; i < NAMESPACES; i++)
		kill_and_reap(inits[i]);
	/* Their struct pids are freed, but the readers pin the namespaces. */
	wait_until_freed(NAMESPACES);
	sleep(1);
	check(count_objects() == NAMESPACES);
}

static void pinned(void)
{
	int fds[READERS];

	pin_namespaces(fds);
	for (int i = 0; i < READERS; i++) {
		free(read_all(fds[i], 4096));
		check(!close(fds[i]));
	}
	wait_until_freed(0);
}

static void pinned_and_unloaded(void)
{
	int fds[READERS];

	pin_namespaces(fds);
	unload();
	wait_until_freed(0);
	for (int i = 0; i < READERS; i++)
		check(!close(fds[i]));
	load();
}

/*
 * Readers also pin the user namespaces that own the PID namespaces. With a
 * limit of one user namespace, another can be created only after close().
 */
#define MAX_USER_NAMESPACES "/proc/sys/user/max_user_namespaces"

static pid_t clone_user_namespace(void)
{
	pid_t pid = do_clone(CLONE_NEWUSER | CLONE_NEWPID);

	if (!pid)
		sleep_forever();

	return pid;
}

static void pinned_user_namespace(void)
{
	char limit[32];
	pid_t pid;
	int fd;

	snprintf(limit, sizeof(limit), "%ld", read_number(MAX_USER_NAMESPACES));
	wait_until_freed(0);
	write_file(MAX_USER_NAMESPACES, "1");
	pid = clone_user_namespace();
	check(pid > 0);
	fd = open_file();
	kill_and_reap(pid);
	wait_until_freed(1);
	sleep(1);
	check(clone_user_namespace() < 0 && errno == ENOSPC);

	check(!close(fd));
	wait_until_freed(0);
	/* A user namespace is freed by a work item, a moment later. */
	for (int i = 0; (pid = clone_user_namespace()) < 0; i++) {
		check(errno == ENOSPC && i < 100);
		usleep(50000);
	}
	kill_and_reap(pid);
	write_file(MAX_USER_NAMESPACES, limit);
}

/* The parameters mode=, uid= and gid= restrict open(). */
struct owner_case {
	const char *parameters;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	/* Error of open() for a process with the IDs of USER only, or 0. */
	int user_error;
	/* Likewise, if the process is also a member of GROUP. */
	int member_error;
};

static const struct owner_case owner_cases[] = {
	{ "", 0444, 0, 0, 0, 0 },
	{ "mode=0400", 0400, 0, 0, EACCES, EACCES },
	{ "mode=0440 gid=77", 0440, 0, GROUP, EACCES, 0 },
	{ "mode=0400 uid=1001", 0400, USER, 0, 0, 0 },
	{ "mode=0044 uid=1001 gid=77", 0044, USER, GROUP, EACCES, EACCES },
	{ "mode=0004 gid=77", 0004, 0, GROUP, 0, EACCES },
};

static void check_open_as_user(void *arg)
{
	const struct owner_case *param = arg;
	gid_t group = GROUP;
	int fd;

	for (int member = 0; member < 2; member++) {
		int error = member ? param->member_error : param->user_error;
		pid_t child;
		int status;

		child = fork();
		check(child >= 0);
		if (!child) {
			check(!setgroups(member, &group));
			check(!setresgid(USER, USER, USER));
			check(!setresuid(USER, USER, USER));
			fd = open(PIDNS_TREE, O_RDONLY | O_CLOEXEC);
			check(error ? fd < 0 && errno == error : fd >= 0);
			_exit(0);
		}
		check(waitpid(child, &status, 0) == child && !status);
	}
}

static void check_owner(const struct owner_case *param)
{
	struct stat status;
	pid_t pid;

	unload();
	check(!try_load(param->parameters));
	check(!stat(PIDNS_TREE, &status));
	if ((status.st_mode & 07777) != param->mode ||
	    status.st_uid != param->uid || status.st_gid != param->gid)
		fail("'%s' set mode %04o, uid %u, gid %u", param->parameters,
		     status.st_mode & 07777, status.st_uid, status.st_gid);
	check_open_as_user((void *)param);

	/* Check in another procfs mount, too. */
	pid = start(&(struct child){ .flags = CLONE_NEWPID });
	in_namespace(pid, check_open_as_user, (void *)param);
	kill_and_reap(pid);
}

/* As pidns_tree(5) warns, the owner can change the mode until the next load. */
static void change_mode(void *arg)
{
	(void)arg;
	switch_user(USER);
	check(!chmod(PIDNS_TREE, 0444));
}

static void check_chmod(void)
{
	struct stat status;

	unload();
	check(!try_load("mode=0400 uid=1001"));
	kill_and_reap(start(&(struct child){ .run = change_mode }));
	check(!stat(PIDNS_TREE, &status));
	check((status.st_mode & 07777) == 0444);

	unload();
	check(!try_load("mode=0400"));
	check(!stat(PIDNS_TREE, &status));
	check((status.st_mode & 07777) == 0400);
}

static void owners(void)
{
	for (size_t i = 0; i < sizeof(owner_cases) / sizeof(*owner_cases); i++)
		check_owner(&owner_cases[i]);
	check_chmod();
	unload();
	load();
}

static const struct bad_case {
	const char *parameters;
	/* The message of the module; NULL if the kernel rejects the value. */
	const char *message;
} bad_cases[] = {
	{ "mode=0", "invalid mode=0:" },
	/* Without a leading zero, 400 is decimal, which is 0620. */
	{ "mode=400", "invalid mode=0620:" },
	{ "mode=0644", "invalid mode=0644:" },
	{ "mode=0555", "invalid mode=0555:" },
	{ "mode=01444", "invalid mode=01444:" },
	{ "mode=r", NULL },
	{ "mode=-1", NULL },
	{ "mode=", NULL },
	{ "uid=4294967295", "invalid uid=4294967295:" },
	{ "uid=root", NULL },
	{ "uid=-1", NULL },
	{ "gid=4294967295", "invalid gid=4294967295:" },
	{ "public=maybe", NULL },
};

/* Read the messages of the kernel that @log has not returned yet. */
static bool has_message(int log, const char *message)
{
	char record[8192];
	bool found = false;
	ssize_t len;

	while ((len = read(log, record, sizeof(record) - 1)) > 0) {
		record[len] = '\0';
		found |= !!strstr(record, message);
	}

	return found;
}

static void bad_parameters(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	check(log >= 0);
	unload();
	for (size_t i = 0; i < sizeof(bad_cases) / sizeof(*bad_cases); i++) {
		const struct bad_case *param = &bad_cases[i];

		check(lseek(log, 0, SEEK_END) >= 0);
		if (!try_load(param->parameters))
			fail("'%s' was accepted", param->parameters);
		check(errno == EINVAL || errno == ERANGE);
		check(access(PIDNS_TREE, F_OK));
		if (param->message && !has_message(log, param->message))
			fail("no message about '%s'", param->parameters);
	}
	close(log);
	load();
}

/* Unload while threads open and read the file. */
static atomic_bool stop;

static void *read_until_stopped(void *arg)
{
	long *complete = arg;

	while (!stop) {
		int fd = open(PIDNS_TREE, O_RDONLY | O_CLOEXEC);
		char buffer[512];
		ssize_t got;

		if (fd < 0) {
			check(errno == ENOENT);
			continue;
		}
		do {
			got = read(fd, buffer, sizeof(buffer));
		} while (got > 0);
		check(!got || errno == EIO);
		*complete += !got;
		close(fd);
	}

	return NULL;
}

static void unload_under_readers(void)
{
	pthread_t threads[3];
	long complete[3] = {};

	start(&(struct child){ .flags = CLONE_NEWPID, .depth = 16 });
	for (int i = 0; i < 3; i++)
		check(!pthread_create(&threads[i], NULL, read_until_stopped,
				      &complete[i]));
	for (int i = 0; i < scaled(UNLOADS); i++) {
		unload();
		load();
		usleep(1000);
	}
	stop = true;
	for (int i = 0; i < 3; i++)
		check(!pthread_join(threads[i], NULL));
	check(complete[0] + complete[1] + complete[2] > 0);
}

static const struct test tests[] = {
	{ "load and unload free all memory, with and without a reader", loads },
	{ "open and close free all memory", opens },
	{ "a reader is charged for its namespaces, but not for processes",
	  charges },
	{ "namespaces are freed when their last reader closes the file",
	  pinned },
	{ "namespaces are freed when the module is unloaded",
	  pinned_and_unloaded },
	{ "an open file pins user namespaces", pinned_user_namespace },
	{ "the parameters mode, uid and gid", owners },
	{ "invalid parameters are rejected", bad_parameters },
	{ "unloading while threads read", unload_under_readers },
};

int main(int argc, char **argv)
{
	(void)argc;
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
