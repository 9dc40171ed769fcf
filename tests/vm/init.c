// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The init process of the guest, with one function per step, in the order of
 * main(). In a guest with systemd, this is the last service that is started.
 *
 * At the end, write the result to the virtio-serial port pidns.status in one
 * line: "exit STATUS taint MASK". If the guest crashes or hangs, the host reads
 * nothing, so it can distinguish this from a command that failed.
 *
 * User-mode Linux has no virtio-serial ports. With NAME=PATH on the kernel's
 * command line, the terminal PATH is used as the port NAME.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define PORTS "/sys/class/virtio-ports"
#define HOME "/pidns_tree"
#define LEAKS "/sys/kernel/debug/kmemleak"

/* The age at which kmemleak reports an object. */
#define LEAK_SECONDS 6

/* A leak must be found by so many scans. */
#define LEAK_SCANS 5

/* Report an error on the console, which the host logs, and power off. */
static void __attribute__((noreturn, format(printf, 1, 2)))
give_up(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "init: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(errno));
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void mount_file_systems(void)
{
	static const struct {
		const char *type;
		const char *target;
	} mounts[] = {
		{ "proc", "/proc" },
		{ "sysfs", "/sys" },
		{ "debugfs", "/sys/kernel/debug" },
		{ "devtmpfs", "/dev" },
		{ "tmpfs", "/tmp" },
		{ "tmpfs", "/run" },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		mkdir(mounts[i].target, 0755);
		/* A kernel with CONFIG_DEVTMPFS_MOUNT has mounted devtmpfs. */
		if (mount(mounts[i].type, mounts[i].target, mounts[i].type, 0,
			  NULL) && errno != EBUSY)
			give_up("mount %s", mounts[i].target);
	}
	mkdir("/dev/pts", 0755);
	if (mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=0666"))
		give_up("mount /dev/pts");
	/* bash needs it for process substitution, <(COMMAND). */
	if (symlink("/proc/self/fd", "/dev/fd"))
		give_up("link /dev/fd");
	if (chmod("/tmp", 01777))
		give_up("chmod /tmp");
}

static void write_to(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		give_up("%s", path);
	close(fd);
}

/*
 * Mark the start or the end of the test in the kernel log. If the start is
 * missing, the host reports that the guest did not boot. If the end is missing,
 * it reports that the log is truncated.
 */
static void mark_log(const char *line)
{
	write_to("/dev/kmsg", line);
}

static int run(char *const argv[])
{
	pid_t child = fork();
	int status;

	if (!child) {
		execv(argv[0], argv);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		give_up("run %s", argv[0]);

	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/*
 * Find a parameter on the kernel's command line. Returns the rest of the line
 * after @name if one of the bytes in @ends follows, else NULL.
 */
static const char *find_parameter(const char *name, const char *ends)
{
	static char line[4096];
	size_t len = strlen(name);

	if (!line[0]) {
		FILE *file = fopen("/proc/cmdline", "r");

		if (!file || !fgets(line, sizeof(line), file))
			give_up("/proc/cmdline");
		fclose(file);
	}

	for (char *p = line; (p = strstr(p, name)); p += len)
		if ((p == line || p[-1] == ' ') && strchr(ends, p[len]))
			return p + len;

	return NULL;
}

static bool has_parameter(const char *name)
{
	return find_parameter(name, " \n");
}

static void load_drivers(void)
{
	char *const argv[] = {
		"/sbin/modprobe", "-a", "virtio_pci", "virtio_console", NULL
	};

	if (!find_parameter("pidns.output", "=") && run(argv))
		give_up("load the drivers of the virtio-serial ports");
}

static void load_module(void)
{
	int fd;

	if (has_parameter("pidns.no_module"))
		return;

	fd = open(HOME "/pidns_tree.ko", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		give_up("load pidns_tree.ko");
	close(fd);
}

/* Mount the directory that vm.sh shares, if any. */
static void mount_shared(void)
{
	char *const argv[] = { "/sbin/modprobe", "9pnet_virtio", NULL };

	if (!has_parameter("pidns.with"))
		return;

	if (run(argv))
		give_up("load the driver of 9p");
	mkdir("/with", 0755);
	/*
	 * Cache nothing except writable mappings, because the files may change
	 * on the host. Old kernels have a small default msize.
	 */
	if (mount("with", "/with", "9p", 0,
		  "trans=virtio,version=9p2000.L,cache=mmap,msize=131072"))
		give_up("mount /with");
}

/* Open a terminal in raw mode. */
static int open_terminal(const char *path)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	struct termios settings;

	if (fd < 0 || tcgetattr(fd, &settings))
		give_up("%s", path);
	cfmakeraw(&settings);
	if (tcsetattr(fd, TCSANOW, &settings))
		give_up("%s", path);

	return fd;
}

/* Open the virtio-serial port of this name, which may appear late. */
static int open_port(const char *wanted)
{
	const char *value = find_parameter(wanted, "=");

	if (value) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%.*s",
			 (int)strcspn(value + 1, " \n"), value + 1);
		return open_terminal(path);
	}

	for (int tries = 0; tries < 1000; tries++, usleep(10000)) {
		DIR *ports = opendir(PORTS);
		struct dirent *port;

		while (ports && (port = readdir(ports))) {
			char path[PATH_MAX], name[64] = "";
			FILE *file;

			snprintf(path, sizeof(path), PORTS "/%s/name",
				 port->d_name);
			file = fopen(path, "r");
			if (!file)
				continue;
			if (!fgets(name, sizeof(name), file))
				name[0] = '\0';
			fclose(file);
			name[strcspn(name, "\n")] = '\0';
			if (strcmp(name, wanted))
				continue;

			snprintf(path, sizeof(path), "/dev/%s", port->d_name);
			closedir(ports);
			return open(path, O_WRONLY | O_CLOEXEC);
		}
		if (ports)
			closedir(ports);
	}
	errno = ETIMEDOUT;

	return -1;
}

/* Connect the command to its output port, or to a terminal for input, too. */
static void connect_command(void)
{
	int in, out;

	if (setsid() < 0)
		give_up("setsid");
	if (has_parameter("pidns.console")) {
		in = open("/dev/hvc0", O_RDWR);
		if (in < 0 || ioctl(in, TIOCSCTTY, 1))
			give_up("/dev/hvc0");
		out = dup(in);
	} else {
		in = open("/dev/null", O_RDONLY);
		out = open_port("pidns.output");
	}
	if (in < 0 || out < 0)
		give_up("open the output of the command");

	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		give_up("dup2");
}

/* Run the command, and reap the orphans that are reparented to PID 1. */
static int run_command(void)
{
	pid_t child = fork(), reaped;
	int status;

	if (child < 0)
		give_up("fork");
	if (!child) {
		connect_command();
		setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
		setenv("HOME", HOME, 1);
		setenv("LC_CTYPE", "C.UTF-8", 1);
		if (chdir(HOME))
			give_up("chdir " HOME);
		execl("/command", "command", NULL);
		give_up("exec /command");
	}

	do {
		reaped = wait(&status);
		if (reaped < 0)
			give_up("wait");
	} while (reaped != child);

	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Return whether kmemleak has found leaks, and print them if asked to. */
static bool has_leaks(bool print)
{
	FILE *file = fopen(LEAKS, "r");
	char line[512];
	bool any = false;

	if (!file)
		give_up(LEAKS);
	while (fgets(line, sizeof(line), file)) {
		any = true;
		if (print)
			fprintf(stderr, "kmemleak: %s", line);
	}
	fclose(file);

	return any;
}

/*
 * Find memory leaks if the kernel has kmemleak. It ignores objects that are
 * only some seconds old, or that have changed since the last scan. A pointer
 * that moves during a scan causes a false report, so only a report that
 * persists for several scans is a leak.
 */
static void find_leaks(void)
{
	if (access(LEAKS, F_OK))
		return;

	sleep(LEAK_SECONDS);
	write_to(LEAKS, "scan");
	for (int i = 0; i < LEAK_SCANS; i++) {
		write_to(LEAKS, "scan");
		if (!has_leaks(false))
			return;
		sleep(1);
	}
	has_leaks(true);
}

static void report(int status)
{
	int port = open_port("pidns.status");
	FILE *file = fopen("/proc/sys/kernel/tainted", "r");
	unsigned long taint;

	if (port < 0 || !file || fscanf(file, "%lu", &taint) != 1)
		give_up("report the status");
	dprintf(port, "exit %d taint %lu\n", status, taint);
	fsync(port);
	close(port);
}

int main(void)
{
	int status;

	if (getpid() == 1)
		mount_file_systems();
	mark_log("<6>pidns_tree: start of the test\n");
	load_drivers();
	load_module();
	mount_shared();
	status = run_command();
	find_leaks();
	mark_log("<6>pidns_tree: end of the test\n");
	report(status);
	sync();
	reboot(RB_POWER_OFF);

	return 1;
}
