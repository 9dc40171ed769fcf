/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Receive events of processes from the kernel's process connector, a netlink
 * multicast group (drivers/connector/cn_proc.c in the kernel).
 */
#ifndef CONNECTOR_H
#define CONNECTOR_H

#include <stdbool.h>

#include "error.h"

/**
 * enum process_event - what a process has done
 * @PROCESS_CREATED: its parent has created it
 * @PROCESS_EXECUTED: it has executed a program
 * @PROCESS_EXITED: its first thread has exited; the process may have others, or
 *	be a zombie
 */
enum process_event {
	PROCESS_CREATED,
	PROCESS_EXECUTED,
	PROCESS_EXITED,
};

/**
 * connector_open - start to receive the events of all processes
 * @error: filled if that fails
 *
 * The caller must be in the initial user, PID and network namespaces. Before
 * Linux 6.6, it needs CAP_NET_ADMIN.
 *
 * The kernel counts listeners by their messages, not by their sockets, and
 * creates events as long as the count is not 0. So this function also arranges
 * that exit() and signals that end the program send the message that the
 * listener is gone. Call it at most once, and before screen_open(), which
 * changes the actions of these signals.
 *
 * Return: a socket that is readable after events; -1 on error. The program
 * keeps it until it exits.
 */
int connector_open(struct error *error);

/**
 * connector_read - process all events that have been received
 * @connector: from connector_open()
 * @visit: called for each event with the PID in the initial namespace
 * @arg: argument for @visit
 *
 * Return: false if the kernel reports that events were lost, because they
 * arrived faster than they were read. If it has no memory for an event, it
 * drops the event without a report.
 */
bool connector_read(int connector,
		    void (*visit)(enum process_event event, unsigned int pid,
				  void *arg),
		    void *arg);

#endif /* CONNECTOR_H */
