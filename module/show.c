// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The file operations of /proc/pidns_tree.
 *
 * The namespaces are found at open and stay the same until the file is closed.
 * The processes are looked up at each read, and none is stored between two
 * reads: the position in the output is a node and a PID. A process that exits
 * before its line is formatted is not in the output.
 */
#include <linux/fs.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "pidns_tree.h"

/**
 * enum pidtree_part - kind of the next line
 * @PIDTREE_HEADER: first line of the file
 * @PIDTREE_NAMESPACE: line of a namespace
 * @PIDTREE_ENTRIES: lines of the processes and IDs of this namespace, possibly
 *	none
 * @PIDTREE_TRAILER: last line of the file
 * @PIDTREE_EOF: no line
 */
enum pidtree_part {
	PIDTREE_HEADER,
	PIDTREE_NAMESPACE,
	PIDTREE_ENTRIES,
	PIDTREE_TRAILER,
	PIDTREE_EOF,
};

/**
 * struct pidtree_position - position in the output
 * @part: kind of the next line
 * @node: namespace of the next line; NULL for the header and the trailer
 * @from: lowest PID that the next entry can have in this namespace
 */
struct pidtree_position {
	enum pidtree_part part;
	const struct pidtree_node *node;
	pid_t from;
};

/**
 * struct pidtree_open_file - an open file
 *
 * The lock of the seq_file protects @access and @pos. @tree does not change
 * after open. Freed when the file is closed or the module is unloaded.
 *
 * @access: what the opener may see
 * @tree: the namespaces
 * @pos: position of the next line
 */
struct pidtree_open_file {
	struct pidtree_access access;
	struct pidtree tree;
	struct pidtree_position pos;
};

static void reset_position(struct pidtree_open_file *of)
{
	of->pos.part = PIDTREE_HEADER;
	of->pos.node = NULL;
}

static void set_position(struct pidtree_open_file *of,
			 const struct pidtree_node *node)
{
	of->pos.node = node;
	of->pos.part = node ? PIDTREE_NAMESPACE : PIDTREE_TRAILER;
}

/*
 * Format as many entries of a namespace as the buffer has room for. Check for
 * room before the search for the next entry: the search can visit thousands of
 * processes that the reader may not see, and would be repeated for a line that
 * does not fit.
 */
static int show_entries(struct pidtree_open_file *of,
			struct pidtree_text *text, struct user_namespace *ns)
{
	const struct pidtree_node *node = of->pos.node;
	struct pidtree_entry_iter iter;
	struct pidtree_entry entry;
	int err;

	/*
	 * Lines are formatted in the RCU section: no function of text.c sleeps.
	 */
	pidtree_entries_begin(&iter, &of->tree, node, of->pos.from);
	while (pidtree_text_fits_entry(text, node->level) &&
	       pidtree_entries_next(&iter, &entry)) {
		pidtree_text_entry(text, node->level, &entry, ns);
		of->pos.from = entry.numbers[node->level] + 1;
	}
	err = pidtree_entries_end(&iter);
	if (!err && !text->full)
		set_position(of, pidtree_next_node(&of->tree, node));

	return err;
}

/* Format the part at the position, and move the position past what fitted. */
static int show_part(struct pidtree_open_file *of, struct pidtree_text *text,
		     struct user_namespace *ns)
{
	switch (of->pos.part) {
	case PIDTREE_HEADER:
		pidtree_text_header(text);
		if (!text->full)
			set_position(of, pidtree_first_node(&of->tree));
		break;
	case PIDTREE_NAMESPACE:
		pidtree_text_namespace(text, of->pos.node, ns);
		if (!text->full) {
			of->pos.part = PIDTREE_ENTRIES;
			of->pos.from = 0;
		}
		break;
	case PIDTREE_ENTRIES:
		return show_entries(of, text, ns);
	case PIDTREE_TRAILER:
		pidtree_text_trailer(text);
		if (!text->full)
			of->pos.part = PIDTREE_EOF;
		break;
	case PIDTREE_EOF:
		break;
	}

	return 0;
}

/* The only record of seq_file is the open file, until all lines were shown. */
static void *next_record(struct pidtree_open_file *of)
{
	return of->pos.part == PIDTREE_EOF ? NULL : of;
}

/*
 * seq_file calls this with *pos == 0 to begin or to seek from the beginning,
 * and otherwise to continue where pidtree_seq_show() has left off. It never
 * calls this to go to another record.
 */
static void *pidtree_seq_start(struct seq_file *m, loff_t *pos)
{
	struct pidtree_open_file *of = m->private;

	if (!*pos)
		reset_position(of);

	return next_record(of);
}

static void *pidtree_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;

	return next_record(v);
}

/* No lock to release: start() takes none. */
static void pidtree_seq_stop(struct seq_file *m, void *v)
{
	struct pidtree_open_file *of = m->private;

	pidtree_access_drop_cache(&of->access);
}

/*
 * Show as many lines as the buffer has room for, because a call for each line
 * costs time.
 *
 * show() moves the position, because seq_read_iter() keeps the output of a
 * show() that succeeds and does not overflow the buffer: this is not
 * documented, but true in all kernels from 5.10 to 7.3. If show() fails,
 * seq_file drops the output of this call, so the position returns to where the
 * call began. Then a killed read takes no line from another process that shares
 * the file descriptor.
 *
 * Context: Process context, may sleep. Caller holds the lock of the seq_file.
 */
static int pidtree_seq_show(struct seq_file *m, void *v)
{
	struct pidtree_open_file *of = v;
	const struct pidtree_position start = of->pos;
	struct pidtree_text text = {};
	size_t room;
	char *line;
	int err;

	room = seq_get_buf(m, &line);
	text.pos = line;
	text.end = line + room;

	while (of->pos.part != PIDTREE_EOF && !text.full) {
		err = show_part(of, &text, seq_user_ns(m));
		if (err) {
			of->pos = start;
			return err;
		}
	}

	/*
	 * Report an overflow to seq_file if not even one line fitted. If the
	 * buffer holds other lines, seq_file returns those first. If the buffer
	 * is empty, seq_file retries with a larger one.
	 */
	seq_commit(m, text.pos == line ? -1 : text.pos - line);

	return 0;
}

static const struct seq_operations pidtree_seq_ops = {
	.start = pidtree_seq_start,
	.next = pidtree_seq_next,
	.stop = pidtree_seq_stop,
	.show = pidtree_seq_show,
};

static int pidtree_proc_open(struct inode *inode, struct file *file)
{
	struct pidtree_open_file *of;
	struct seq_file *m;
	int err;

	of = kzalloc(sizeof(*of), GFP_KERNEL_ACCOUNT);
	if (!of)
		return -ENOMEM;

	pidtree_access_init(&of->access, file);

	err = pidtree_fill(&of->tree, proc_pid_ns(inode->i_sb), &of->access);
	if (err)
		goto out_release_access;

	err = seq_open(file, &pidtree_seq_ops);
	if (err)
		goto out_release_tree;

	reset_position(of);
	m = file->private_data;
	m->private = of;

	return 0;

out_release_tree:
	pidtree_release(&of->tree);
out_release_access:
	pidtree_access_release(&of->access);
	kfree(of);
	return err;
}

static int pidtree_proc_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct pidtree_open_file *of = m->private;

	pidtree_release(&of->tree);
	pidtree_access_release(&of->access);
	kfree(of);

	return seq_release(inode, file);
}

const struct proc_ops pidtree_proc_ops = {
	.proc_open = pidtree_proc_open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = pidtree_proc_release,
};
