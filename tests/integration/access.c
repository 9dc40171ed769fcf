// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Check the access rule: pidns_tree lists a process if and only if readlink()
 * of its /proc/PID/ns/pid succeeds for the same reader on the same procfs
 * mount. With the module parameter "public", the condition is that stat() of
 * its /proc/PID/status succeeds. An ID that outlives its process is listed if
 * and only if a member of its process group or session is.
 *
 * Each test is one kind of reader, which reads on mounts with all combinations
 * of hidepid= and gid=, without and with "public". A KTAP comment for each
 * mount shows how many processes are listed, and how many are readable.
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
#define OVERFLOW_UID 65534
#define GROUP 77

#define PUBLIC "/sys/module/pidns_tree/parameters/public"

/* The default capabilities of root in a Docker container. */
#define DOCKER_CAPS 0xa80425fbULL
#define ALL_CAPS (~0ULL)
#define CAP(cap) (1ULL << (cap))

/* ---- credentials ---- */

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

static void unshare_user_namespace(uid_t inside)
{
	uid_t user = geteuid();
	char map[64];

	check(!unshare(CLONE_NEWUSER));
	check(!prctl(PR_SET_DUMPABLE, 1));
	snprintf(map, sizeof(map), "%u %u 1", inside, user);
	write_file("/proc/self/uid_map", map);
}

/* ---- processes to inspect ---- */

static void drop_to_user(void *arg)
{
	switch_user(*(uid_t *)arg);
}

static void drop_to_undumpable(void *arg)
{
	switch_user(*(uid_t *)arg);
	check(!prctl(PR_SET_DUMPABLE, 0));
}

static void exit_as_zombie(void *arg)
{
	switch_user(*(uid_t *)arg);
	report_ready();
	_exit(0);
}

static void exit_as_undumpable_zombie(void *arg)
{
	drop_to_undumpable(arg);
	report_ready();
	_exit(0);
}

static void *sleep_in_thread(void *arg)
{
	(void)arg;
	sleep_forever();
}

static void exit_main_thread(void *arg)
{
	pthread_t thread;

	switch_user(*(uid_t *)arg);
	check(!pthread_create(&thread, NULL, sleep_in_thread, NULL));
	report_ready();
	syscall(SYS_exit, 0);
}

static void set_other_saved_uid(void *arg)
{
	(void)arg;
	check(!setresgid(USER, USER, USER));
	check(!setresuid(USER, USER, OTHER));
	check(!prctl(PR_SET_DUMPABLE, 1));
}

static void set_other_gid(void *arg)
{
	(void)arg;
	check(!setresgid(USER, USER, OTHER));
	check(!setresuid(USER, USER, USER));
	check(!prctl(PR_SET_DUMPABLE, 1));
}

/* A capability that is permitted but not effective. */
static void add_permitted_cap(void *arg)
{
	(void)arg;
	check(!prctl(PR_SET_KEEPCAPS, 1));
	set_ids(USER);
	set_caps(CAP(CAP_NET_RAW), 0);
	check(!prctl(PR_SET_DUMPABLE, 1));
}

static void drop_all_caps(void *arg)
{
	(void)arg;
	set_caps(0, 0);
	check(!prctl(PR_SET_DUMPABLE, 1));
}

static void drop_to_docker_caps(void *arg)
{
	(void)arg;
	set_caps(DOCKER_CAPS, DOCKER_CAPS);
	check(!prctl(PR_SET_DUMPABLE, 1));
}

/* A copy of sleep with this mode and owner, which USER executes. */
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
		unshare_user_namespace(0);
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
	struct child spec = { .run = execute, .arg = (void *)program };
	char path[64], exe[64];
	ssize_t len;
	pid_t pid;

	install(program);
	pid = start(&spec);

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	do {
		usleep(1000);
		len = readlink(path, exe, sizeof(exe) - 1);
		check(len > 0);
		exe[len] = '\0';
	} while (strcmp(exe, program->path));
}

static void create_user_namespace(void *arg)
{
	switch_user(*(uid_t *)arg);
	unshare_user_namespace(0);
	start(&(struct child){ .flags = CLONE_NEWPID, .name = "inside" });
}

static uid_t user = USER, other = OTHER, overflow = OVERFLOW_UID;
static pid_t container;

/* Name of a process that is ready, but has not executed its program yet. */
#define BEFORE_EXEC "before exec"

static void wait_for_exec(void)
{
	struct view view;
	size_t before;

	do {
		usleep(1000);
		read_view(&view);
		before = 0;
		for (size_t i = 0; i < view.nr_processes; i++)
			before += !strcmp(view.processes[i].name, BEFORE_EXEC);
		free_view(&view);
	} while (before);
}

static void lead_group_as_user(void *arg)
{
	lead_group(NULL);
	switch_user(*(uid_t *)arg);
}

/* Process groups and sessions whose leaders have exited, and their members. */
static void create_ids(void)
{
	static const struct child members[] = {
		{ .stays = true },
		{ .stays = true, .run = drop_to_user, .arg = &user },
		{ .stays = true, .run = drop_to_user, .arg = &other },
		{ .stays = true, .run = drop_to_undumpable, .arg = &user },
		{ .stays = true, .run = set_other_saved_uid },
		{ .stays = true, .run = set_other_gid },
		{ .stays = true, .run = add_permitted_cap },
		{ .stays = true, .run = drop_to_docker_caps },
		{ .stays = true, .run = exit_main_thread, .arg = &user },
		{ .stays = true, .run = exit_as_zombie, .arg = &user },
		{ .stays = true,
		  .run = drop_to_user,
		  .arg = &user,
		  .flags = CLONE_NEWPID },
	};
	/* Hidden members before, after, and around one that a user may see. */
	static const struct child mixed[] = {
		{ .stays = true },
		{ .stays = true, .run = drop_to_user, .arg = &other },
		{ .stays = true, .run = drop_to_user, .arg = &user },
		{ .stays = true, .run = drop_to_undumpable, .arg = &user },
		{ .stays = true },
	};
	static const struct child executing[] = {
		{ .stays = true,
		  .name = BEFORE_EXEC,
		  .run = execute,
		  .arg = (void *)&programs[0] },
		{ .stays = true,
		  .name = BEFORE_EXEC,
		  .run = execute,
		  .arg = (void *)&programs[3] },
		{ .stays = true,
		  .name = BEFORE_EXEC,
		  .run = execute,
		  .arg = (void *)&programs[4] },
	};
	/* In its own process group, so only the session is that of the ID. */
	static const struct child elsewhere[] = {
		{ .stays = true },
		{ .stays = true, .run = lead_group_as_user, .arg = &user },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		create_group(&(struct leaderless){
			lead_group, &members[i], 1 });
		create_group(&(struct leaderless){
			lead_session, &members[i], 1 });
		create_dead_namespace(&members[i]);
	}
	for (size_t i = 0; i < sizeof(executing) / sizeof(*executing); i++)
		create_group(&(struct leaderless){
			lead_group, &executing[i], 1 });
	for (size_t i = 1; i <= sizeof(mixed) / sizeof(*mixed); i++)
		create_group(&(struct leaderless){ lead_session, mixed, i });
	for (size_t i = 0; i < 2; i++) {
		create_group(&(struct leaderless){
			lead_session, elsewhere + i, 2 - i });
		create_group(&(struct leaderless){
			lead_group, elsewhere + i, 2 - i });
	}
}

static pid_t start_with(void (*run)(void *arg), void *arg)
{
	return start(&(struct child){ .run = run, .arg = arg });
}

/*
 * A container: root with few capabilities, a process of USER, and IDs of which
 * a user may see a member or not.
 */
static void create_container(void *arg)
{
	create_ids();
	start(&(struct child){ .run = drop_to_user, .arg = arg });
	drop_to_docker_caps(NULL);
}

static void create_processes(void)
{
	static const struct child children[] = {
		{ .run = drop_to_user, .arg = &user },
		{ .run = drop_to_user, .arg = &other },
		{ .run = drop_to_user, .arg = &overflow },
		{ .run = drop_to_user, .arg = &user, .threads = 2 },
		{ .run = drop_to_undumpable, .arg = &user },
		{ .run = exit_main_thread, .arg = &user },
		{ .run = set_other_saved_uid },
		{ .run = set_other_gid },
		{ .run = add_permitted_cap },
		{ .run = drop_all_caps },
		{ .run = drop_to_docker_caps },
		{ .run = create_user_namespace, .arg = &user },
		{ .run = create_user_namespace, .arg = &other },
		{ .run = drop_to_user, .arg = &user, .flags = CLONE_NEWPID },
		{ .run = drop_to_undumpable,
		  .arg = &user,
		  .flags = CLONE_NEWPID,
		  .depth = 2 },
		{ .flags = CLONE_NEWPID, .depth = 2 },
	};

	for (size_t i = 0; i < sizeof(children) / sizeof(*children); i++)
		start(&children[i]);
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		start_program(&programs[i]);
	wait_for_zombie(start_with(exit_as_zombie, &user));
	wait_for_zombie(start_with(exit_as_undumpable_zombie, &user));
	create_ids();
	container = start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = create_container,
		.arg = &user,
	});
	wait_for_exec();
}

/* ---- readers ---- */

static void become_root(void)
{
}

static void become_user(void)
{
	switch_user(USER);
}

static void become_other(void)
{
	switch_user(OTHER);
}

static void become_overflow_user(void)
{
	switch_user(OVERFLOW_UID);
}

static void become_undumpable(void)
{
	switch_user(USER);
	check(!prctl(PR_SET_DUMPABLE, 0));
}

static void become_member(void)
{
	static const gid_t group = GROUP;

	check(!setgroups(1, &group));
	check(!setresgid(USER, USER, USER));
	check(!setresuid(USER, USER, USER));
	check(!prctl(PR_SET_DUMPABLE, 1));
}

/* The root of a user namespace may not inspect an undumpable process there. */
static void set_undumpable(void *arg)
{
	(void)arg;
	check(!prctl(PR_SET_DUMPABLE, 0));
}

static void become_root_in_own_user_namespace(void)
{
	switch_user(USER);
	unshare_user_namespace(0);
	start(&(struct child){ .flags = CLONE_NEWPID });
	start(&(struct child){ .run = set_undumpable });
}

static void become_docker_root(void)
{
	drop_to_docker_caps(NULL);
}

static void become_root_without_caps(void)
{
	set_caps(0, 0);
}

static void become_root_without_effective_caps(void)
{
	set_caps(ALL_CAPS, 0);
}

static void become_tracer(void)
{
	check(!prctl(PR_SET_KEEPCAPS, 1));
	set_ids(OTHER);
	set_caps(CAP(CAP_SYS_PTRACE), CAP(CAP_SYS_PTRACE));
}

/* The access check uses the filesystem IDs, which file servers change. */
static void become_user_for_files(void)
{
	setfsgid(USER);
	setfsuid(USER);
	set_caps(DOCKER_CAPS, 0);
}

/* ---- procfs mounts ---- */

static const char * const mounts[] = {
	"hidepid=0", "hidepid=1", "hidepid=2", "hidepid=4",
	"hidepid=1,gid=77", "hidepid=2,gid=77", "hidepid=4,gid=77",
};

/* The mount is removed together with the mount namespace of this process. */
static const char *mount_proc(const char *options)
{
	static const char path[] = "/tmp/proc";

	check(!unshare(CLONE_NEWNS));
	check(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	check(!mkdir(path, 0755) || errno == EEXIST);
	check(!mount("proc", path, "proc", 0, options));

	return path;
}

/* ---- the access rule ---- */

struct outcome {
	int listed;
	int readable;
	int ids;
	int all_ids;
	int leaks;
	int missing;
	bool done;
};

/* Exceeds every PID. Read before the reader changes its credentials. */
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

/* readdir() skips threads other than thread group leaders. */
static void find_readable(const char *proc, bool is_public, bool *readable)
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

static bool is_namespace_of_id(const struct view *view, unsigned int inum)
{
	for (size_t i = 0; i < view->nr_ids; i++)
		if (view->ids[i].inum == inum)
			return true;

	return false;
}

/* Check that each namespace has a visible process, ID, holder or descendant. */
static void check_namespaces(const struct view *view, const bool *listed)
{
	for (size_t i = 0; i < view->nr_namespaces; i++) {
		const struct namespace *ns = &view->namespaces[i];
		bool is_parent = i + 1 < view->nr_namespaces &&
				 ns[1].parent == ns->inum;

		if (!ns->nprocs && !ns->holder && !is_parent &&
		    !is_namespace_of_id(view, ns->inum))
			fail("pid:[%u] should be hidden", ns->inum);
		if (ns->holder && !listed[ns->holder])
			fail("pid:[%u] shows pid_for_children=%d, which is hidden",
			     ns->inum, ns->holder);
		if (ns->init_depth > 0 && !listed[ns->init[0]])
			fail("pid:[%u] shows init %d, which is hidden",
			     ns->inum, ns->init[0]);
	}
	for (size_t i = 0; i < view->nr_processes; i++) {
		const struct process *proc = &view->processes[i];

		if (proc->pids[proc->depth - 1] == 1 &&
		    find_namespace(view, proc->inum)->init_depth < 0)
			fail("pid:[%u] hides init %d, which is visible",
			     proc->inum, proc->pids[0]);
	}
}

/*
 * Compare the IDs with those of a reader that sees everything. A reader sees an
 * ID in those roles in which it sees a member.
 */
static void compare_ids(const struct view *view, const struct view *all,
			struct outcome *outcome)
{
	outcome->ids = view->nr_ids;
	outcome->all_ids = all->nr_ids;
	for (size_t i = 0; i < all->nr_ids; i++) {
		const struct kept_id *id = &all->ids[i];
		const struct kept_id *same = find_id(view, id->pids[0]);
		struct kept_id roles = roles_of(view, id->pids[0]);
		bool expected = roles.pgid || roles.sid;

		outcome->leaks += same && !expected;
		outcome->missing += !same && expected;
		if (!same)
			continue;
		outcome->leaks += (same->pgid && !roles.pgid) ||
				  (same->sid && !roles.sid);
		outcome->missing += (!same->pgid && roles.pgid) ||
				    (!same->sid && roles.sid);
		check(same->depth == id->depth && same->inum == id->inum);
		check(!memcmp(same->pids, id->pids, sizeof(id->pids)));
	}
	for (size_t i = 0; i < view->nr_ids; i++)
		if (!find_id(all, view->ids[i].pids[0]))
			fail("ID %d: not shown to root", view->ids[i].pids[0]);
}

static bool compare_lists(const struct view *view, const struct view *all,
			  const bool *before, const bool *after,
			  struct outcome *outcome)
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
	compare_ids(view, all, outcome);
	if (!outcome->leaks && !outcome->missing)
		check_namespaces(view, listed);
	free(listed);

	return !outcome->leaks && !outcome->missing;
}

/* Kernel threads are created and exit at any time, so retry. */
static void check_access_rule(const char *proc, bool is_public, bool sees_all,
			      const struct view *all, struct outcome *outcome)
{
	bool same = false;

	for (int try = 0; try < 3 && !same; try++) {
		bool *before = calloc(pid_max, sizeof(*before));
		bool *after = calloc(pid_max, sizeof(*after));
		struct view view;
		char *text;

		check(before && after);
		find_readable(proc, is_public, before);
		text = read_text(proc);
		find_readable(proc, is_public, after);
		parse(text, &view);
		same = compare_lists(&view, all, before, after, outcome);
		for (size_t i = 0; i < view.nr_namespaces; i++) {
			bool shown = view.namespaces[i].pids >= 0;

			if (shown != sees_all)
				fail("pids= is %s to this reader",
				     shown ? "shown" : "hidden");
		}
		free_view(&view);
		free(text);
		free(before);
		free(after);
	}
	outcome->done = true;
}

/* ---- each reader on each mount ---- */

struct reading {
	void (*become)(void);
	const char *options;
	bool is_public;
	struct outcome *outcome;
};

static bool is_in_group(gid_t group)
{
	gid_t groups[64];
	int count = getgroups(64, groups);

	check(count >= 0);
	/* An invalid ID changes nothing. */
	if ((gid_t)setfsgid(-1) == group)
		return true;
	while (count--)
		if (groups[count] == group)
			return true;

	return false;
}

static bool has_ptrace_capability(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	struct stat mine;

	check(!syscall(SYS_capget, &header, data));
	check(!stat("/proc/self/ns/user", &mine));

	return (data[0].effective & CAP(CAP_SYS_PTRACE)) &&
	       mine.st_ino == INITIAL_USER_NS;
}

/* A reader that sees every process by one rule for all of them. */
static bool sees_everything(const struct reading *reading)
{
	int hidepid;
	gid_t group = 0;

	if (has_ptrace_capability())
		return true;
	check(sscanf(reading->options, "hidepid=%d,gid=%u", &hidepid,
		     &group) >= 1);

	return reading->is_public &&
	       (!hidepid || (hidepid <= 2 && is_in_group(group)));
}

static void read_mount(void *arg)
{
	const struct reading *reading = arg;
	const char *proc = mount_proc(reading->options);
	struct view all;

	read_view_of(proc, &all);
	check(all.nr_ids && all.namespaces[0].pids >= 0);
	reading->become();
	check_access_rule(proc, reading->is_public, sees_everything(reading),
			  &all, reading->outcome);
}

/* Shared memory, so that a child can fill it. */
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
	printf("# %-24s %4d listed %4d readable %3d of %d IDs %3d leaks %3d missing\n",
	       where, outcome->listed, outcome->readable, outcome->ids,
	       outcome->all_ids, outcome->leaks, outcome->missing);
}

static void test_reader(void (*become)(void), bool in_container)
{
	struct reading reading = { .become = become,
				   .outcome = share_outcome() };
	int wrong = 0;
	char where[64];

	create_processes();
	for (int i = 0; i < 2; i++) {
		reading.is_public = i;
		write_file(PUBLIC, reading.is_public ? "Y" : "N");
		for (size_t j = 0; j < sizeof(mounts) / sizeof(*mounts);
		     j += has_kmemleak() ? 2 : 1) {
			reading.options = mounts[j];
			reading.outcome->done = false;
			if (in_container)
				in_namespace(container, read_mount, &reading);
			else
				kill_and_reap(start_with(read_mount, &reading));
			snprintf(where, sizeof(where), "%s%s", reading.options,
				 reading.is_public ? " public" : "");
			print_outcome(where, reading.outcome);
			wrong += reading.outcome->leaks +
				 reading.outcome->missing;
		}
	}
	write_file(PUBLIC, "N");
	check(!wrong);
}

static void root(void)
{
	test_reader(become_root, false);
}

static void a_user(void)
{
	test_reader(become_user, false);
}

static void another_user(void)
{
	test_reader(become_other, false);
}

static void overflow_user(void)
{
	test_reader(become_overflow_user, false);
}

static void undumpable_user(void)
{
	test_reader(become_undumpable, false);
}

static void member(void)
{
	test_reader(become_member, false);
}

static void root_in_own_user_namespace(void)
{
	test_reader(become_root_in_own_user_namespace, false);
}

static void docker_root(void)
{
	test_reader(become_docker_root, false);
}

static void no_caps(void)
{
	test_reader(become_root_without_caps, false);
}

static void no_effective_caps(void)
{
	test_reader(become_root_without_effective_caps, false);
}

static void tracer(void)
{
	test_reader(become_tracer, false);
}

static void user_for_files(void)
{
	test_reader(become_user_for_files, false);
}

static void root_in_container(void)
{
	test_reader(become_root, true);
}

static void docker_root_in_container(void)
{
	test_reader(become_docker_root, true);
}

static void user_in_container(void)
{
	test_reader(become_user, true);
}

/* ---- the opener and the time of open ---- */

static int open_file_of(const char *proc)
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

/* Open with the credentials of a user and read as root, and vice versa. */
static void open_as_user_read_as_root(void *arg)
{
	int fd;

	(void)arg;
	check(!seteuid(USER));
	fd = open_file_of("/proc");
	check(!seteuid(0));
	check(!lists_init(fd));
	check(lists_init(open_file_of("/proc")));
}

static void open_as_root_read_as_user(void *arg)
{
	int fd = open_file_of("/proc");

	(void)arg;
	switch_user(USER);
	check(lists_init(fd));
	check(!lists_init(open_file_of("/proc")));
}

static void opener_credentials(void)
{
	start(&(struct child){ .run = open_as_user_read_as_root });
	start(&(struct child){ .run = open_as_root_read_as_user });
}

/* Later changes of "public" or hidepid= do not affect an open file. */
static void open_and_restrict(void *arg)
{
	const char *proc = mount_proc("hidepid=0");
	int fd, later;

	/* Without gid=, group 0 may see all processes. */
	(void)arg;
	check(!setgroups(0, NULL));
	check(!setegid(USER));
	check(!seteuid(USER));
	fd = open_file_of(proc);
	check(!seteuid(0));
	write_file(PUBLIC, "N");
	later = open_file_of(proc);
	check(!mount(NULL, proc, NULL, MS_REMOUNT, "hidepid=2"));
	check(lists_init(fd));
	check(lists_init(later));

	write_file(PUBLIC, "Y");
	check(!seteuid(USER));
	fd = open_file_of(proc);
	check(!lists_init(fd));
	check(!seteuid(0));
	check(!mount(NULL, proc, NULL, MS_REMOUNT, "hidepid=0"));
	check(!lists_init(fd));
}

static void settings_at_open(void)
{
	struct stat buffer;

	check(!stat(PUBLIC, &buffer));
	check((buffer.st_mode & 07777) == 0644);
	write_file(PUBLIC, "Y");
	kill_and_reap(start(&(struct child){ .run = open_and_restrict }));
	write_file(PUBLIC, "N");
}

/* All processes of the mount belong to root, and a user reads it. */
static void mount_own_proc(void *arg)
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

static void all_hidden(void)
{
	char path[] = "/tmp/proc.XXXXXX";

	check(mkdtemp(path));
	check(!chmod(path, 0755));
	start(&(struct child){
		.flags = CLONE_NEWPID,
		.run = mount_own_proc,
		.arg = path,
	});
	start(&(struct child){ .run = read_nothing, .arg = path });
	check_view(path);
	check(!umount(path));
	check(!rmdir(path));
}

/*
 * A known limit: security modules restrict readlink() further, and the module
 * cannot call them. Landlock is the example. A reader that Landlock confines
 * cannot read ns/pid of processes outside of its domain, but pidns_tree lists
 * these processes.
 */

/* Some of the tested distributions have no linux/landlock.h. */
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
	struct reading unconfined = {
		.become = become_user,
		.options = "hidepid=0",
		.outcome = share_outcome(),
	};
	struct reading reading = unconfined;

	if (syscall(LANDLOCK_CREATE_RULESET, NULL, 0, 1) < 1) {
		printf("# skipped: this kernel has no Landlock\n");
		return;
	}

	create_processes();
	reading.become = confine;
	reading.outcome = share_outcome();
	kill_and_reap(start_with(read_mount, &unconfined));
	kill_and_reap(start_with(read_mount, &reading));
	print_outcome("not confined", unconfined.outcome);
	print_outcome("confined by Landlock", reading.outcome);
	check(!reading.outcome->missing);
	check(reading.outcome->readable == 1);
	check(reading.outcome->listed == unconfined.outcome->listed);
}

static const struct test tests[] = {
	{ "root", root },
	{ "a user", a_user },
	{ "another user", another_user },
	{ "a user with the overflow UID", overflow_user },
	{ "an undumpable process of a user", undumpable_user },
	{ "a user in the group of gid=", member },
	{ "root of a user namespace", root_in_own_user_namespace },
	{ "root with the capabilities of a Docker container", docker_root },
	{ "root without capabilities", no_caps },
	{ "root with permitted but no effective capabilities",
	  no_effective_caps },
	{ "a user with CAP_SYS_PTRACE", tracer },
	{ "root with the filesystem IDs of a user", user_for_files },
	{ "root in a container", root_in_container },
	{ "root in a container, with the capabilities of Docker",
	  docker_root_in_container },
	{ "a user in a container", user_in_container },
	{ "the credentials of the opener count, not those of the reader",
	  opener_credentials },
	{ "parameters and mount options count as they are at open",
	  settings_at_open },
	{ "a procfs mount on which all processes are hidden", all_hidden },
	{ "a reader that Landlock confines", landlocked },
};

int main(int argc, char **argv)
{
	(void)argc;
	pid_max = read_number("/proc/sys/kernel/pid_max");
	return run_tests(tests, sizeof(tests) / sizeof(*tests), argv);
}
