// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Process 1 of the guest: one function a step, in the order of main(). Where that
 * is systemd, this is a service of it, the last to be started.
 *
 * The host learns how it went from one line on the virtio-serial port
 * pidns.status, "exit STATUS taint MASK", written last. A guest that never
 * comes so far has written nothing, which no failed command can look like.
 * User-mode Linux has no such ports: the word NAME=PATH of the command line
 * makes the terminal PATH serve as the port NAME.
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

/* How old a leak has to be, and how often it has to be found. */
#define LEAK_SECONDS 6
#define LEAK_SCANS 5

/* On the console, for the host's log; then the machine is off: lost. */
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
		const char *where;
	} mounts[] = {
		{ "proc", "/proc" },
		{ "sysfs", "/sys" },
		{ "debugfs", "/sys/kernel/debug" },
		{ "devtmpfs", "/dev" },
		{ "tmpfs", "/tmp" },
		{ "tmpfs", "/run" },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		mkdir(mounts[i].where, 0755);
		/* Some kernels mount devtmpfs by themselves. */
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0,
			  NULL) && errno != EBUSY)
			give_up("mount %s", mounts[i].where);
	}
	mkdir("/dev/pts", 0755);
	if (mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=0666"))
		give_up("mount /dev/pts");
	/* For the shell: <(COMMAND) is a name in there. */
	if (symlink("/proc/self/fd", "/dev/fd"))
		give_up("link /dev/fd");
	if (chmod("/tmp", 01777))
		give_up("chmod /tmp");
}

static void write_to(const char *path, const char *words)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, words, strlen(words)) < 0)
		give_up("%s", path);
	close(fd);
}

/*
 * Mark a place in the kernel's log. The host takes a log without its end for
 * one that was cut, and one without its start for a guest that never began.
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
 * Words of the kernel's command line that the kernel itself has no use for.
 * Returns the rest of the line after @word, if one of the bytes @ends follows.
 */
static const char *find_word(const char *word, const char *ends)
{
	static char line[4096];
	size_t len = strlen(word);

	if (!line[0]) {
		FILE *file = fopen("/proc/cmdline", "r");

		if (!file || !fgets(line, sizeof(line), file))
			give_up("/proc/cmdline");
		fclose(file);
	}

	for (char *p = line; (p = strstr(p, word)); p += len)
		if ((p == line || p[-1] == ' ') && strchr(ends, p[len]))
			return p + len;

	return NULL;
}

static bool was_told(const char *word)
{
	return find_word(word, " \n");
}

static void load_drivers(void)
{
	char *const argv[] = {
		"/sbin/modprobe", "-a", "virtio_pci", "virtio_console", NULL
	};

	if (!find_word("pidns.output", "=") && run(argv))
		give_up("no drivers for the host's ports");
}

static void load_module(void)
{
	int fd;

	if (was_told("pidns.no_module"))
		return;

	fd = open(HOME "/pidns_tree.ko", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		give_up("load pidns_tree.ko");
	close(fd);
}

/* A terminal that passes on every byte as it is. */
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

/* The port that the host calls by that name; it may take a moment to come. */
static int open_port(const char *wanted)
{
	const char *value = find_word(wanted, "=");

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

/* Give the command its output, and its terminal when it is to have one. */
static void connect_command(void)
{
	int in, out;

	if (setsid() < 0)
		give_up("setsid");
	if (was_told("pidns.console")) {
		in = open("/dev/hvc0", O_RDWR);
		if (in < 0 || ioctl(in, TIOCSCTTY, 1))
			give_up("/dev/hvc0");
		out = dup(in);
	} else {
		in = open("/dev/null", O_RDONLY);
		out = open_port("pidns.output");
	}
	if (in < 0 || out < 0)
		give_up("the command's output");

	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		give_up("dup2");
}

/* Run the command and bury whoever is left to process 1 meanwhile. */
static int run_command(void)
{
	pid_t child = fork(), dead;
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
		dead = wait(&status);
		if (dead < 0)
			give_up("wait");
	} while (dead != child);

	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Tell of objects that nothing points to, or just whether there are any. */
static bool leaks(bool tell)
{
	FILE *file = fopen(LEAKS, "r");
	char line[512];
	bool any = false;

	if (!file)
		give_up(LEAKS);
	while (fgets(line, sizeof(line), file)) {
		any = true;
		if (tell)
			fprintf(stderr, "kmemleak: %s", line);
	}
	fclose(file);

	return any;
}

/*
 * Look for memory that was lost, where the kernel can. It does not judge what
 * is younger than some seconds, nor what has changed since the scan before; and
 * what just moves from one place to another may look lost for once. So a leak
 * is what stays lost.
 */
static void find_leaks(void)
{
	if (access(LEAKS, F_OK))
		return;

	sleep(LEAK_SECONDS);
	write_to(LEAKS, "scan");
	for (int i = 0; i < LEAK_SCANS; i++) {
		write_to(LEAKS, "scan");
		if (!leaks(false))
			return;
		sleep(1);
	}
	leaks(true);
}

static void report(int status)
{
	int port = open_port("pidns.status");
	FILE *file = fopen("/proc/sys/kernel/tainted", "r");
	unsigned long taint;

	if (port < 0 || !file || fscanf(file, "%lu", &taint) != 1)
		give_up("the host's status port");
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
	status = run_command();
	find_leaks();
	mark_log("<6>pidns_tree: end of the test\n");
	report(status);
	sync();
	reboot(RB_POWER_OFF);

	return 1;
}
