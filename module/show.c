// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The file: what open, read and close of /proc/pidns_tree do.
 *
 * The namespaces are found at open and stay the same for that reader. The
 * processes are looked up as the text is read, a buffer of seq_file at a time,
 * so nothing is stored for them: the cursor is the number of a process in its
 * namespace, and a process that has gone before its line was put is simply not
 * there to be found.
 */
#include <linux/fs.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "pidns_tree.h"

/**
 * enum pidns_part - which kind of line comes next
 * @PIDNS_FIRST: the line that names the format
 * @PIDNS_NAMESPACE: that of a namespace
 * @PIDNS_PROCESS: those of processes of this namespace; there may be none left
 * @PIDNS_LAST: the line that says the text is whole
 * @PIDNS_EOF: none
 */
enum pidns_part {
	PIDNS_FIRST,
	PIDNS_NAMESPACE,
	PIDNS_PROCESS,
	PIDNS_LAST,
	PIDNS_EOF,
};

/**
 * struct pidns_position - a place in the text
 * @part: the kind of the line
 * @node: the namespace that it is about or under, NULL at the first and the last
 * @from: the lowest PID there that its process may have
 */
struct pidns_position {
	enum pidns_part part;
	const struct pidns_node *node;
	pid_t from;
};

/**
 * struct pidns_reader - one open file
 *
 * All but @tree, which does not change, is protected by the lock of the
 * seq_file. Freed when the file is closed.
 *
 * @access: what the opener may see
 * @tree: the namespaces
 * @at: where the next line is
 */
struct pidns_reader {
	struct pidns_access access;
	struct pidns_tree tree;
	struct pidns_position at;
};

static void rewind(struct pidns_reader *reader)
{
	reader->at.part = PIDNS_FIRST;
	reader->at.node = NULL;
}

static void go_to_namespace(struct pidns_reader *reader,
			    const struct pidns_node *node)
{
	reader->at.node = node;
	reader->at.part = node ? PIDNS_NAMESPACE : PIDNS_LAST;
}

/*
 * The lines of a namespace's processes, as many as there is room for. Asking for
 * room comes first: the search for the next process may pass thousands that the
 * reader may not see, and is not to be repeated for a line that does not fit.
 */
static int put_processes(struct pidns_reader *reader, struct pidns_text *text,
			 struct user_namespace *ns)
{
	const struct pidns_node *node = reader->at.node;
	struct pidns_cursor cursor;
	struct pidns_process proc;
	int err;

	/* Words are put in the RCU section: nothing of text.c sleeps. */
	pidns_processes_begin(&cursor, &reader->tree, node, reader->at.from);
	while (pidns_text_fits_process(text, node->level) &&
	       pidns_processes_next(&cursor, &proc)) {
		pidns_text_process(text, node->level, &proc, ns);
		reader->at.from = proc.numbers[node->level] + 1;
	}
	err = pidns_processes_end(&cursor);
	if (!err && !text->full)
		go_to_namespace(reader, pidns_tree_next(&reader->tree, node));

	return err;
}

/* Put what is at the cursor, and move it on behind what there was room for. */
static int put_part(struct pidns_reader *reader, struct pidns_text *text,
		    struct user_namespace *ns)
{
	switch (reader->at.part) {
	case PIDNS_FIRST:
		pidns_text_first(text);
		if (!text->full)
			go_to_namespace(reader, pidns_tree_first(&reader->tree));
		break;
	case PIDNS_NAMESPACE:
		pidns_text_namespace(text, reader->at.node, ns);
		if (!text->full) {
			reader->at.part = PIDNS_PROCESS;
			reader->at.from = 0;
		}
		break;
	case PIDNS_PROCESS:
		return put_processes(reader, text, ns);
	case PIDNS_LAST:
		pidns_text_last(text);
		if (!text->full)
			reader->at.part = PIDNS_EOF;
		break;
	case PIDNS_EOF:
		break;
	}

	return 0;
}

/* There is a line as long as the last one was not put. */
static void *line_at_cursor(struct pidns_reader *reader)
{
	return reader->at.part == PIDNS_EOF ? NULL : reader;
}

/*
 * seq_file asks for the first line, to begin or to seek from there, or to go on
 * where pidns_seq_show() has come to: for no other ever.
 */
static void *pidns_seq_start(struct seq_file *m, loff_t *pos)
{
	struct pidns_reader *reader = m->private;

	if (!*pos)
		rewind(reader);

	return line_at_cursor(reader);
}

static void *pidns_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;

	return line_at_cursor(v);
}

/* No lock is held between two calls, so there is none to let go of. */
static void pidns_seq_stop(struct seq_file *m, void *v)
{
	struct pidns_reader *reader = m->private;

	pidns_access_forget(&reader->access);
}

/*
 * As many lines as there is room for, so that seq_file need not ask for each.
 * seq_file keeps what was put, unless this fails: then it drops the lines of this
 * call, and the cursor goes back to the first of them. So a read that is killed
 * takes nothing from another process that has the descriptor.
 */
static int pidns_seq_show(struct seq_file *m, void *v)
{
	struct pidns_reader *reader = v;
	const struct pidns_position start = reader->at;
	struct pidns_text text = {};
	size_t room;
	char *line;
	int err;

	room = seq_get_buf(m, &line);
	text.pos = line;
	text.end = line + room;

	while (reader->at.part != PIDNS_EOF && !text.full) {
		err = put_part(reader, &text, seq_user_ns(m));
		if (err) {
			reader->at = start;
			return err;
		}
	}

	/*
	 * When there was no room for a line, seq_file is to know: behind others
	 * it leaves this one for the next read; in an empty buffer it asks for
	 * it again, with a larger one.
	 */
	seq_commit(m, text.pos == line ? -1 : text.pos - line);

	return 0;
}

static const struct seq_operations pidns_seq_ops = {
	.start = pidns_seq_start,
	.next = pidns_seq_next,
	.stop = pidns_seq_stop,
	.show = pidns_seq_show,
};

static int pidns_open(struct inode *inode, struct file *file)
{
	struct pidns_reader *reader;
	int err;

	reader = kzalloc(sizeof(*reader), GFP_KERNEL_ACCOUNT);
	if (!reader)
		return -ENOMEM;

	pidns_access_init(&reader->access, file);

	err = pidns_tree_fill(&reader->tree, proc_pid_ns(inode->i_sb),
			      &reader->access);
	if (err)
		goto out_release_access;

	err = seq_open(file, &pidns_seq_ops);
	if (err)
		goto out_release_tree;

	rewind(reader);
	((struct seq_file *)file->private_data)->private = reader;

	return 0;

out_release_tree:
	pidns_tree_release(&reader->tree);
out_release_access:
	pidns_access_release(&reader->access);
	kfree(reader);
	return err;
}

static int pidns_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct pidns_reader *reader = m->private;

	pidns_tree_release(&reader->tree);
	pidns_access_release(&reader->access);
	kfree(reader);

	return seq_release(inode, file);
}

const struct proc_ops pidns_proc_ops = {
	.proc_open = pidns_open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = pidns_release,
};
