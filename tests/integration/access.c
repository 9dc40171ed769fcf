// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Who sees what, as one property: a process is in the text if and only if
 * readlink of its /proc/PID/ns/pid succeeds, for that reader, on that mount.
 *
 * Each test is a reader, who is asked on every kind of mount, and then again
 * with the module's parameter "public" set, when the question is whether
 * /proc/PID/status can be found. A line for each, as a comment, tells how many
 * processes were listed and how many could be read.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "module.h"
#include "view.h"
#include "world.h"

#define USER 1001
#define OTHER 1002
#define NOBODY 65534
#define GROUP 77

#define PUBLIC "/sys/module/pidns_tree/parameters/public"

/* What Docker leaves to root in a container that nobody has thought about. */
#define DOCKER_CAPS 0xa80425fbULL
#define ALL_CAPS (~0ULL)
#define CAP(cap) (1ULL << (cap))

/* ---- becoming somebody ---- */

static void set_caps(unsigned long long permitted, unsigned long long effective)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	check(!syscall(SYS_capget, &header, data));
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= permitted >> (32 * i);
		data[i].effective = data[i].permitted &
				    (effective >> (32 * i));
		data[i].inheritable = 0;
	}
	check(!syscall(SYS_capset, &header, data));
}

static void set_ids(uid_t user)
{
	check(!setgroups(0, NULL));
	check(!setresgid(user, user, user));
	check(!setresuid(user, user, user));
}

static void own_user_namespace(uid_t inside)
{
	uid_t user = geteuid();
	char map[64];

	check(!unshare(CLONE_NEWUSER));
	check(!prctl(PR_SET_DUMPABLE, 1));
	snprintf(map, sizeof(map), "%u %u 1", inside, user);
	write_file("/proc/self/uid_map", map);
}

/* ---- those who are looked at ---- */

static void plain(void *arg)
{
	switch_user(*(uid_t *)arg);
}

static void undumpable(void *arg)
{
	switch_user(*(uid_t *)arg);
	check(!prctl(PR_SET_DUMPABLE, 0));
}

static void die(void *arg)
{
	switch_user(*(uid_t *)arg);
	report_ready();
	_exit(0);
}

static void die_undumpable(void *arg)
{
	undumpable(arg);
	report_ready();
	_exit(0);
}

static void *thread_dozes(void *arg)
{
	(void)arg;
	sleep_forever();
}

static void leave_thread(void *arg)
{
	pthread_t thread;

	switch_user(*(uid_t *)arg);
	check(!pthread_create(&thread, NULL, thread_dozes, NULL));
	report_ready();
	syscall(SYS_exit, 0);
}

static void other_saved_uid(void *arg)
{
	(void)arg;
	check(!setresgid(USER, USER, USER));
	check(!setresuid(USER, USER, OTHER));
	check(!prctl(PR_SET_DUMPABLE, 1));
}

static void other_gid(void *arg)
{
	(void)arg;
	check(!setresgid(USER, USER, OTHER));
	check(!setresuid(USER, USER, USER));
	check(!prctl(PR_SET_DUMPABLE, 1));
}

/* A user who has been given a capability, and one that it does not use. */
static void more_caps(void *arg)
{
	(void)arg;
	check(!prctl(PR_SET_KEEPCAPS, 1));
	set_ids(USER);
	set_caps(CAP(CAP_NET_RAW), 0);
	check(!prctl(PR_SET_DUMPABLE, 1));
}

static void root_without_caps(void *arg)
{
	(void)arg;
	set_caps(0, 0);
	check(!prctl(PR_SET_DUMPABLE, 1));
}

static void docker_root(void *arg)
{
	(void)arg;
	set_caps(DOCKER_CAPS, DOCKER_CAPS);
	check(!prctl(PR_SET_DUMPABLE, 1));
}

/* A program from a file with this mode and owner, here called as a user. */
struct program {
	const char *path;
	mode_t mode;
	uid_t owner;
	bool in_user_namespace;
};

static void execute(void *arg)
{
	const struct program *program = arg;

	switch_user(USER);
	if (program->in_user_namespace)
		own_user_namespace(0);
	report_ready();
	execl(program->path, "sleep", "1000", NULL);
	_exit(1);
}

static const struct program programs[] = {
	{ "/tmp/open", 0755, 0, false },
	{ "/tmp/setuid", 04755, 0, false },
	{ "/tmp/setuid-other", 04755, OTHER, false },
	{ "/tmp/setgid", 02755, 0, false },
	{ "/tmp/unreadable", 0711, 0, false },
	{ "/tmp/unreadable-inside", 0711, 0, true },
	{ "/tmp/open-inside", 0755, 0, true },
};

static void install(const struct program *program)
{
	char command[128];

	if (!access(program->path, F_OK))
		return;
	snprintf(command, sizeof(command),
		 "cp /bin/sleep %s && chown %u:%u %s && chmod %o %s",
		 program->path, program->owner, program->owner, program->path,
		 program->mode, program->path);
	check(!system(command));
}

static void start_program(const struct program *program)
{
	struct child life = { .run = execute, .arg = (void *)program };
	char path[64], exe[64];
	ssize_t len;
	pid_t pid;

	install(program);
	pid = start(&life);

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	do {
		usleep(1000);
		len = readlink(path, exe, sizeof(exe) - 1);
		check(len > 0);
		exe[len] = '\0';
	} while (strcmp(exe, program->path));
}

static void user_namespace(void *arg)
{
	switch_user(*(uid_t *)arg);
	own_user_namespace(0);
	start(&(struct child){ .flags = CLONE_NEWPID, .name = "inside" });
}

/* A container: root with few capabilities, and a user with the host's uid. */
static void user_inside(void *arg)
{
	(void)arg;
	start(&(struct child){ .run = plain, .arg = arg });
	docker_root(NULL);
}

static uid_t user = USER, other = OTHER, nobody = NOBODY;
static pid_t container;

static void wait_for_zombie(pid_t pid)
{
	siginfo_t info;

	check(!waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
}

static void make_world(void)
{
	static const struct child lives[] = {
		{ .run = plain, .arg = &user },
		{ .run = plain, .arg = &other },
		{ .run = plain, .arg = &nobody },
		{ .run = plain, .arg = &user, .threads = 2 },
		{ .run = undumpable, .arg = &user },
		{ .run = leave_thread, .arg = &user },
		{ .run = other_saved_uid },
		{ .run = other_gid },
		{ .run = more_caps },
		{ .run = root_without_caps },
		{ .run = docker_root },
		{ .run = user_namespace, .arg = &user },
		{ .run = user_namespace, .arg = &other },
		{ .run = plain, .arg = &user, .flags = CLONE_NEWPID },
		{ .run = undumpable, .arg = &user, .flags = CLONE_NEWPID, .depth = 2 },
		{ .flags = CLONE_NEWPID, .depth = 2 },
	};

	for (size_t i = 0; i < sizeof(lives) / sizeof(*lives); i++)
		start(&lives[i]);
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		start_program(&programs[i]);
	wait_for_zombie(start(&(struct child){ .run = die, .arg = &user }));
	wait_for_zombie(start(&(struct child){ .run = die_undumpable, .arg = &user }));
	container = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = user_inside,
		.arg = &user,
	});
}

/* ---- those who look ---- */

static void be_root(void)
{
}

static void be_user(void)
{
	switch_user(USER);
}

static void be_other(void)
{
	switch_user(OTHER);
}

static void be_nobody(void)
{
	switch_user(NOBODY);
}

static void be_undumpable(void)
{
	switch_user(USER);
	check(!prctl(PR_SET_DUMPABLE, 0));
}

static void be_member(void)
{
	static const gid_t group = GROUP;

	check(!setgroups(1, &group));
	check(!setresgid(USER, USER, USER));
	check(!setresuid(USER, USER, USER));
	check(!prctl(PR_SET_DUMPABLE, 1));
}

/* With children there, one of which it has no power over. */
static void hide(void *arg)
{
	(void)arg;
	check(!prctl(PR_SET_DUMPABLE, 0));
}

static void be_root_in_own_user_namespace(void)
{
	switch_user(USER);
	own_user_namespace(0);
	start(&(struct child){ .flags = CLONE_NEWPID });
	start(&(struct child){ .run = hide });
}

static void be_docker_root(void)
{
	docker_root(NULL);
}

static void be_root_without_caps(void)
{
	set_caps(0, 0);
}

static void be_root_with_unused_caps(void)
{
	set_caps(ALL_CAPS, 0);
}

static void be_tracer(void)
{
	check(!prctl(PR_SET_KEEPCAPS, 1));
	set_ids(OTHER);
	set_caps(CAP(CAP_SYS_PTRACE), CAP(CAP_SYS_PTRACE));
}

/* Another user for files only, as servers do: that is who counts. */
static void be_user_for_files(void)
{
	setfsgid(USER);
	setfsuid(USER);
	set_caps(DOCKER_CAPS, 0);
}

/* ---- the mounts ---- */

static const char * const mounts[] = {
	"hidepid=0", "hidepid=1", "hidepid=2", "hidepid=4",
	"hidepid=1,gid=77", "hidepid=2,gid=77", "hidepid=4,gid=77",
};

/* Goes with the mount namespace, which is this process's own. */
static const char *mount_proc(const char *options)
{
	static const char path[] = "/tmp/proc";

	check(!unshare(CLONE_NEWNS));
	check(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	check(!mkdir(path, 0755) || errno == EEXIST);
	check(!mount("proc", path, "proc", 0, options));

	return path;
}

/* ---- the property ---- */

struct outcome {
	int listed;
	int readable;
	int leaks;
	int missing;
	bool done;
};

/* Above every PID. Looked up before anybody is confined. */
static int pid_max;

static bool may_read(const char *proc, int pid, bool is_public)
{
	char path[64], link[64];
	struct stat buffer;

	if (is_public) {
		snprintf(path, sizeof(path), "%s/%d/status", proc, pid);
		return !stat(path, &buffer);
	}
	snprintf(path, sizeof(path), "%s/%d/ns/pid", proc, pid);

	return readlink(path, link, sizeof(link)) > 0;
}

/* Threads can be asked for by their number, but are not in the directory. */
static void ask_proc(const char *proc, bool is_public, bool *readable)
{
	struct dirent *entry;
	DIR *dir = opendir(proc);

	check(dir);
	while ((entry = readdir(dir))) {
		int pid = atoi(entry->d_name);

		if (pid > 0 && pid < pid_max)
			readable[pid] = may_read(proc, pid, is_public);
	}
	closedir(dir);
}

/* Nothing but what is seen, and the way to it. */
static void check_namespaces(const struct view *view, const bool *listed)
{
	for (size_t i = 0; i < view->nr_namespaces; i++) {
		const struct namespace *ns = &view->namespaces[i];
		bool is_parent = i + 1 < view->nr_namespaces &&
				 ns[1].parent == ns->inum;

		if (!ns->nprocs && !ns->holder && !is_parent)
			fail("pid:[%u] is there for nothing", ns->inum);
		if (ns->holder && !listed[ns->holder])
			fail("pid:[%u] is held by %d, who is hidden", ns->inum,
			     ns->holder);
		if (ns->init_depth > 0 && !listed[ns->init[0]])
			fail("pid:[%u]: its init is hidden, and told", ns->inum);
	}
	for (size_t i = 0; i < view->nr_processes; i++) {
		const struct process *proc = &view->processes[i];

		if (proc->pids[proc->depth - 1] == 1 &&
		    find_namespace(view, proc->inum)->init_depth < 0)
			fail("%d is seen, and hidden as init", proc->pids[0]);
	}
}

static bool count(const struct view *view, const bool *before,
		  const bool *after, struct outcome *outcome)
{
	bool *listed = calloc(pid_max, sizeof(*listed));

	check(listed);
	memset(outcome, 0, sizeof(*outcome));
	for (size_t i = 0; i < view->nr_processes; i++) {
		check(view->processes[i].pids[0] < pid_max);
		listed[view->processes[i].pids[0]] = true;
	}
	for (int pid = 1; pid < pid_max; pid++) {
		outcome->listed += listed[pid];
		outcome->readable += after[pid];
		outcome->leaks += listed[pid] && !before[pid] && !after[pid];
		outcome->missing += !listed[pid] && before[pid] && after[pid];
	}
	if (!outcome->leaks && !outcome->missing)
		check_namespaces(view, listed);
	free(listed);

	return !outcome->leaks && !outcome->missing;
}

/* Threads of the kernel come and go: a difference has to last. */
static void compare(const char *proc, bool is_public, struct outcome *outcome)
{
	bool same = false;

	for (int try = 0; try < 3 && !same; try++) {
		bool *before = calloc(pid_max, sizeof(*before));
		bool *after = calloc(pid_max, sizeof(*after));
		struct view view;
		char *text;

		check(before && after);
		ask_proc(proc, is_public, before);
		text = read_text(proc);
		ask_proc(proc, is_public, after);
		parse(text, &view);
		same = count(&view, before, after, outcome);
		free_view(&view);
		free(text);
		free(before);
		free(after);
	}
	outcome->done = true;
}

/* ---- every reader on every mount ---- */

struct glance {
	void (*become)(void);
	const char *options;
	bool is_public;
	struct outcome *outcome;
};

static void do_look(void *arg)
{
	const struct glance *glance = arg;
	const char *proc = mount_proc(glance->options);

	glance->become();
	compare(proc, glance->is_public, glance->outcome);
}

/* An outcome that another process can fill. */
static struct outcome *share_outcome(void)
{
	struct outcome *outcome = mmap(NULL, sizeof(*outcome),
				       PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(outcome != MAP_FAILED);

	return outcome;
}

static void print_outcome(const char *where, const struct outcome *outcome)
{
	check(outcome->done && outcome->listed);
	printf("# %-24s %4d listed %4d readable %3d leaks %3d missing\n", where,
	       outcome->listed, outcome->readable, outcome->leaks,
	       outcome->missing);
}

static void test_reader(void (*become)(void), bool in_container)
{
	struct glance glance = { .become = become, .outcome = share_outcome() };
	int wrong = 0;
	char where[64];

	make_world();
	for (int i = 0; i < 2; i++) {
		glance.is_public = i;
		write_file(PUBLIC, glance.is_public ? "Y" : "N");
		for (size_t j = 0; j < sizeof(mounts) / sizeof(*mounts);
		     j += has_kmemleak() ? 2 : 1) {
			glance.options = mounts[j];
			glance.outcome->done = false;
			if (in_container)
				in_namespace(container, do_look, &glance);
			else
				kill_and_reap(start(&(struct child){ .run = do_look, .arg = &glance }));
			snprintf(where, sizeof(where), "%s%s", glance.options,
				 glance.is_public ? " public" : "");
			print_outcome(where, glance.outcome);
			wrong += glance.outcome->leaks + glance.outcome->missing;
		}
	}
	write_file(PUBLIC, "N");
	check(!wrong);
}

static void root(void)
{
	test_reader(be_root, false);
}

static void a_user(void)
{
	test_reader(be_user, false);
}

static void another_user(void)
{
	test_reader(be_other, false);
}

static void is_nobody(void)
{
	test_reader(be_nobody, false);
}

static void undumpable_user(void)
{
	test_reader(be_undumpable, false);
}

static void member(void)
{
	test_reader(be_member, false);
}

static void root_in_own_user_namespace(void)
{
	test_reader(be_root_in_own_user_namespace, false);
}

static void dockers_root(void)
{
	test_reader(be_docker_root, false);
}

static void capless_root(void)
{
	test_reader(be_root_without_caps, false);
}

static void idle_root(void)
{
	test_reader(be_root_with_unused_caps, false);
}

static void tracer(void)
{
	test_reader(be_tracer, false);
}

static void user_for_files(void)
{
	test_reader(be_user_for_files, false);
}

static void root_inside(void)
{
	test_reader(be_root, true);
}

static void dockers_root_inside(void)
{
	test_reader(be_docker_root, true);
}

static void a_user_inside(void)
{
	test_reader(be_user, true);
}

/* ---- what is not a matter of who and where ---- */

static int open_below(const char *proc)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/pidns_tree", proc);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	check(fd >= 0);

	return fd;
}

static bool lists_init(int fd)
{
	struct view view;
	char *text;
	bool found;

	check(!lseek(fd, 0, SEEK_SET));
	text = read_all(fd, 4096);
	parse(text, &view);
	found = find_process(&view, 1);
	free_view(&view);
	free(text);

	return found;
}

/* Root that opens as a user, and a user who got the descriptor from root. */
static void open_as_user(void *arg)
{
	int fd;

	(void)arg;
	check(!seteuid(USER));
	fd = open_below("/proc");
	check(!seteuid(0));
	check(!lists_init(fd));
	check(lists_init(open_below("/proc")));
}

static void read_as_user(void *arg)
{
	int fd = open_below("/proc");

	(void)arg;
	switch_user(USER);
	check(lists_init(fd));
	check(!lists_init(open_below("/proc")));
}

static void descriptors(void)
{
	start(&(struct child){ .run = open_as_user });
	start(&(struct child){ .run = read_as_user });
}

/* What was asked for at open holds, whatever happens after it. */
static void open_and_close_down(void *arg)
{
	const char *proc = mount_proc("hidepid=0");
	int fd, later;

	/* The group root is that of a mount without gid=. */
	(void)arg;
	check(!setgroups(0, NULL));
	check(!setegid(USER));
	check(!seteuid(USER));
	fd = open_below(proc);
	check(!seteuid(0));
	write_file(PUBLIC, "N");
	later = open_below(proc);
	check(!mount(NULL, proc, NULL, MS_REMOUNT, "hidepid=2"));
	check(lists_init(fd));
	check(lists_init(later));

	write_file(PUBLIC, "Y");
	check(!seteuid(USER));
	fd = open_below(proc);
	check(!lists_init(fd));
	check(!seteuid(0));
	check(!mount(NULL, proc, NULL, MS_REMOUNT, "hidepid=0"));
	check(!lists_init(fd));
}

static void at_open(void)
{
	struct stat buffer;

	check(!stat(PUBLIC, &buffer));
	check((buffer.st_mode & 07777) == 0644);
	write_file(PUBLIC, "Y");
	kill_and_reap(start(&(struct child){ .run = open_and_close_down }));
	write_file(PUBLIC, "N");
}

/*	root - 1, and a procfs of it, where all is somebody else's */
static void leave_proc(void *arg)
{
	check(!mount("proc", arg, "proc", 0, NULL));
}

static void read_nothing(void *arg)
{
	struct view view;

	switch_user(USER);
	parse(read_text(arg), &view);
	check(!view.nr_namespaces);
	check(!view.nr_processes);
}

static void nothing_to_see(void)
{
	char path[] = "/tmp/proc.XXXXXX";

	check(mkdtemp(path));
	check(!chmod(path, 0755));
	start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = leave_proc,
		.arg = path,
	});
	start(&(struct child){ .run = read_nothing, .arg = path });
	check_view(path);
	check(!umount(path));
	check(!rmdir(path));
}

/*
 * The one limit: what a security module would add to the rule, a module of the
 * kernel cannot ask for. Landlock stands for them all: who is confined by it
 * cannot read the links of processes outside, and is shown them here.
 */

/* Not in the headers of every kernel that is tested. */
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_RESTRICT_SELF 446
#define LANDLOCK_MAKE_SOCK 0x200

static void confine(void)
{
	const unsigned long long handled = LANDLOCK_MAKE_SOCK;
	int fd;

	switch_user(USER);
	fd = syscall(LANDLOCK_CREATE_RULESET, &handled, sizeof(handled), 0);
	check(fd >= 0);
	check(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	check(!syscall(LANDLOCK_RESTRICT_SELF, fd, 0));
	close(fd);
}

static void landlocked(void)
{
	struct glance free_look = {
		.become = be_user,
		.options = "hidepid=0",
		.outcome = share_outcome(),
	};
	struct glance glance = free_look;

	if (syscall(LANDLOCK_CREATE_RULESET, NULL, 0, 1) < 1) {
		printf("# this kernel has no Landlock\n");
		return;
	}

	make_world();
	glance.become = confine;
	glance.outcome = share_outcome();
	kill_and_reap(start(&(struct child){ .run = do_look, .arg = &free_look }));
	kill_and_reap(start(&(struct child){ .run = do_look, .arg = &glance }));
	print_outcome("not confined", free_look.outcome);
	print_outcome("confined by Landlock", glance.outcome);
	check(!glance.outcome->missing);
	check(glance.outcome->readable == 1);
	check(glance.outcome->listed == free_look.outcome->listed);
}

static const struct test tests[] = {
	{ "root", root },
	{ "a user", a_user },
	{ "another user", another_user },
	{ "nobody", is_nobody },
	{ "a user who is not dumpable", undumpable_user },
	{ "a user in the group of gid=", member },
	{ "root in a user's user namespace", root_in_own_user_namespace },
	{ "root with Docker's capabilities", dockers_root },
	{ "root without capabilities", capless_root },
	{ "root that does not use its capabilities", idle_root },
	{ "a user with CAP_SYS_PTRACE", tracer },
	{ "root that is a user for files", user_for_files },
	{ "root in a container", root_inside },
	{ "root in a container, as Docker has it", dockers_root_inside },
	{ "a user in a container", a_user_inside },
	{ "a descriptor shows what its opener may see", descriptors },
	{ "open decides, whatever is set later", at_open },
	{ "a procfs where all is hidden", nothing_to_see },
	{ "a reader that Landlock confines", landlocked },
};

int main(int argc, char **argv)
{
	(void)argc;
	pid_max = read_number("/proc/sys/kernel/pid_max");
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
