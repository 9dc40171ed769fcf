// SPDX-License-Identifier: GPL-2.0
/* Copyright (C) 2026 The pidns_tree developers */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "connector.h"

/* A message consists of two headers and the event. */
#define EVENT_OFFSET (NLMSG_HDRLEN + sizeof(struct cn_msg))
#define FIELD(field) (EVENT_OFFSET + offsetof(struct proc_event, field))

/* Room for a message; later kernels may have longer ones. */
#define MESSAGE_SIZE 256

/* Number of messages that one system call receives. */
#define MESSAGES 64

/* Number of such calls after which connector_read() returns in any case. */
#define MAX_CALLS 1000

/*
 * Size of the receive buffer in bytes. A message takes about a kilobyte, so
 * this suffices for the events during one read of the file.
 */
#define BUFFER_SIZE (2 << 20)

/* The acknowledgment of a request has this number plus 1. */
#define REQUEST_NUMBER 0x70696473

/* The socket that receives until the program exits; -1 for none. */
static atomic_int listener = -1;

/* Async-signal-safe. */
static bool send_request(int fd, enum proc_cn_mcast_op op)
{
	struct nlmsghdr netlink = {
		.nlmsg_len = EVENT_OFFSET + sizeof(op),
		.nlmsg_type = NLMSG_DONE,
	};
	struct cn_msg connector = {
		.id = { CN_IDX_PROC, CN_VAL_PROC },
		.ack = REQUEST_NUMBER,
		.len = sizeof(op),
	};
	struct iovec parts[] = {
		{ &netlink, sizeof(netlink) },
		{ &connector, sizeof(connector) },
		{ &op, sizeof(op) },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 3 };

	return sendmsg(fd, &message, 0) >= 0;
}

/* ---- the end of the program ---- */

static void stop_listening(void)
{
	/* A second message would end the subscription of another program. */
	int fd = atomic_exchange(&listener, -1);

	if (fd >= 0)
		send_request(fd, PROC_CN_MCAST_IGNORE);
}

/* SA_RESETHAND has set SIG_DFL, and the signal is blocked until the return. */
static void on_end(int sig)
{
	stop_listening();
	raise(sig);
}

static void stop_listening_at_exit(void)
{
	static const int signals[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE
	};
	struct sigaction before, action = {
		.sa_handler = on_end,
		.sa_flags = SA_RESETHAND | SA_RESTART,
	};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (!sigaction(signals[i], NULL, &before) &&
		    before.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
	atexit(stop_listening);
}

/* ---- receiving ---- */

/*
 * Each message wakes the program, so let the kernel drop those of other threads
 * than the first, and those of other events. BPF_LD converts from network byte
 * order, which the fields are not in, so constants need the same conversion.
 */
static bool attach_filter(int fd)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(what)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_NONE), 11, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_FORK), 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXEC), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXIT), 0, 9),
		/* EXEC and EXIT have the two fields at the same offsets. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(event_data.exit.process_pid)),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(event_data.exit.process_tgid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 4, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(event_data.fork.child_pid)),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(event_data.fork.child_tgid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(*filter),
		.filter = filter,
	};

	return !setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			   sizeof(program));
}

/**
 * struct message - a received message
 * @ack: field of struct cn_msg
 * @event: the event
 */
struct message {
	uint32_t ack;
	struct proc_event event;
};

/* Messages of one system call. */
static struct {
	char bytes[MESSAGES][MESSAGE_SIZE];
	struct sockaddr_nl senders[MESSAGES];
	struct iovec buffers[MESSAGES];
	struct mmsghdr headers[MESSAGES];
} batch;

static void prepare_batch(void)
{
	for (size_t i = 0; i < MESSAGES; i++) {
		batch.buffers[i] = (struct iovec){
			batch.bytes[i], MESSAGE_SIZE
		};
		batch.headers[i].msg_hdr = (struct msghdr){
			.msg_name = &batch.senders[i],
			.msg_iov = &batch.buffers[i],
			.msg_iovlen = 1,
		};
	}
}

/* Return: as recvmmsg() does, without waiting. */
static int receive(int fd)
{
	/* The kernel writes these. */
	for (size_t i = 0; i < MESSAGES; i++)
		batch.headers[i].msg_hdr.msg_namelen = sizeof(*batch.senders);

	return recvmmsg(fd, batch.headers, MESSAGES, MSG_DONTWAIT, NULL);
}

/* Return: whether the message is an event that the kernel sent. */
static bool parse(int i, struct message *message)
{
	const char *bytes = batch.bytes[i];
	size_t len = batch.headers[i].msg_len;
	struct cn_msg connector;

	/* Older kernels have fewer kinds of events, so a shorter union. */
	if (batch.senders[i].nl_pid || len < FIELD(event_data) +
	    sizeof(message->event.event_data.fork))
		return false;
	if (len > EVENT_OFFSET + sizeof(message->event))
		len = EVENT_OFFSET + sizeof(message->event);
	memcpy(&connector, bytes + NLMSG_HDRLEN, sizeof(connector));
	memset(message, 0, sizeof(*message));
	memcpy(&message->event, bytes + EVENT_OFFSET, len - EVENT_OFFSET);
	message->ack = connector.ack;

	return true;
}

/*
 * The kernel has processed the request before sendmsg() returns, so its answer
 * has been received. There is no answer if the caller is in other namespaces
 * than the initial ones, or if the kernel has no process connector.
 */
static bool is_acknowledged(int fd, int *reason)
{
	struct message message;
	int count;

	*reason = EOPNOTSUPP;
	while ((count = receive(fd)) > 0) {
		for (int i = 0; i < count; i++) {
			if (!parse(i, &message) ||
			    message.event.what != PROC_EVENT_NONE ||
			    message.ack != REQUEST_NUMBER + 1)
				continue;
			*reason = message.event.event_data.ack.err;
			return !*reason;
		}
	}

	return false;
}

/* Return: whether events are received. If not, set @reason to an errno. */
static bool subscribe(int fd, int *reason)
{
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = CN_IDX_PROC,
	};
	const int size = BUFFER_SIZE;

	prepare_batch();
	/* A smaller buffer loses events earlier, which has a remedy. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (!attach_filter(fd) ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) ||
	    !send_request(fd, PROC_CN_MCAST_LISTEN)) {
		*reason = errno;
		return false;
	}

	return is_acknowledged(fd, reason);
}

int connector_open(struct error *error)
{
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
			NETLINK_CONNECTOR);
	int reason = errno;

	if (fd >= 0 && subscribe(fd, &reason)) {
		listener = fd;
		stop_listening_at_exit();
		return fd;
	}
	if (fd >= 0)
		close(fd);
	errno = reason;
	error_set_errno(error, "cannot receive events of processes");

	return -1;
}

static void visit_message(const struct proc_event *event,
			  void (*visit)(enum process_event event,
					unsigned int pid, void *arg),
			  void *arg)
{
	switch (event->what) {
	case PROC_EVENT_FORK:
		visit(PROCESS_CREATED, event->event_data.fork.child_tgid, arg);
		break;
	case PROC_EVENT_EXEC:
		visit(PROCESS_EXECUTED, event->event_data.exec.process_tgid,
		      arg);
		break;
	case PROC_EVENT_EXIT:
		visit(PROCESS_EXITED, event->event_data.exit.process_tgid, arg);
		break;
	default:
		break;
	}
}

/*
 * After the kernel has reported that events were lost, it drops more of them
 * until the receive buffer is empty, so read to the end.
 */
bool connector_read(int connector,
		    void (*visit)(enum process_event event, unsigned int pid,
				  void *arg),
		    void *arg)
{
	struct message message;
	bool complete = true;

	for (int calls = 0; calls < MAX_CALLS; calls++) {
		int count = receive(connector);

		if (count < 0 && errno == ENOBUFS) {
			complete = false;
			continue;
		}
		if (count <= 0)
			break;
		for (int i = 0; i < count; i++)
			if (parse(i, &message))
				visit_message(&message.event, visit, arg);
		if (count < MESSAGES)
			break;
	}

	return complete;
}
