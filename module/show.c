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
 * enum pidtree_part - which kind of line comes next
 * @PIDTREE_HEADER: the line that names the format
 * @PIDTREE_NAMESPACE: that of a namespace
 * @PIDTREE_PROCESSES: those of processes of this namespace; there may be none left
 * @PIDTREE_TRAILER: the line that says the text is whole
 * @PIDTREE_EOF: none
 */
enum pidtree_part {
	PIDTREE_HEADER,
	PIDTREE_NAMESPACE,
	PIDTREE_PROCESSES,
	PIDTREE_TRAILER,
	PIDTREE_EOF,
};

/**
 * struct pidtree_position - a place in the text
 * @part: the kind of the line
 * @node: the namespace that it is about or under, NULL at the first and the last
 * @from: the lowest PID there that its process may have
 */
struct pidtree_position {
	enum pidtree_part part;
	const struct pidtree_node *node;
	pid_t from;
};

/**
 * struct pidtree_open_file - one open file
 *
 * All but @tree, which does not change, is protected by the lock of the
 * seq_file. Freed when the file is closed.
 *
 * @access: what the opener may see
 * @tree: the namespaces
 * @pos: where the next line is
 */
struct pidtree_open_file {
	struct pidtree_access access;
	struct pidtree tree;
	struct pidtree_position pos;
};

static void rewind_file(struct pidtree_open_file *of)
{
	of->pos.part = PIDTREE_HEADER;
	of->pos.node = NULL;
}

static void set_namespace(struct pidtree_open_file *of,
			  const struct pidtree_node *node)
{
	of->pos.node = node;
	of->pos.part = node ? PIDTREE_NAMESPACE : PIDTREE_TRAILER;
}

/*
 * The lines of a namespace's processes, as many as there is room for. Asking for
 * room comes first: the search for the next process may pass thousands that the
 * reader may not see, and is not to be repeated for a line that does not fit.
 */
static int show_processes(struct pidtree_open_file *of,
			  struct pidtree_text *text, struct user_namespace *ns)
{
	const struct pidtree_node *node = of->pos.node;
	struct pidtree_process_iter iter;
	struct pidtree_process proc;
	int err;

	/* Words are put in the RCU section: nothing of text.c sleeps. */
	pidtree_processes_begin(&iter, &of->tree, node, of->pos.from);
	while (pidtree_text_fits_process(text, node->level) &&
	       pidtree_processes_next(&iter, &proc)) {
		pidtree_text_process(text, node->level, &proc, ns);
		of->pos.from = proc.numbers[node->level] + 1;
	}
	err = pidtree_processes_end(&iter);
	if (!err && !text->full)
		set_namespace(of, pidtree_next_node(&of->tree, node));

	return err;
}

/* Put what is at the iter, and move it on behind what there was room for. */
static int show_part(struct pidtree_open_file *of, struct pidtree_text *text,
		     struct user_namespace *ns)
{
	switch (of->pos.part) {
	case PIDTREE_HEADER:
		pidtree_text_header(text);
		if (!text->full)
			set_namespace(of, pidtree_first_node(&of->tree));
		break;
	case PIDTREE_NAMESPACE:
		pidtree_text_namespace(text, of->pos.node, ns);
		if (!text->full) {
			of->pos.part = PIDTREE_PROCESSES;
			of->pos.from = 0;
		}
		break;
	case PIDTREE_PROCESSES:
		return show_processes(of, text, ns);
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

/* There is a line as long as the last one was not put. */
static void *next_record(struct pidtree_open_file *of)
{
	return of->pos.part == PIDTREE_EOF ? NULL : of;
}

/*
 * seq_file asks for the first line, to begin or to seek from there, or to go on
 * where pidtree_seq_show() has come to: for no other ever.
 */
static void *pidtree_seq_start(struct seq_file *m, loff_t *pos)
{
	struct pidtree_open_file *of = m->private;

	if (!*pos)
		rewind_file(of);

	return next_record(of);
}

static void *pidtree_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;

	return next_record(v);
}

/* No lock is held between two calls, so there is none to let go of. */
static void pidtree_seq_stop(struct seq_file *m, void *v)
{
	struct pidtree_open_file *of = m->private;

	pidtree_access_drop_cache(&of->access);
}

/*
 * As many lines as there is room for, so that seq_file need not ask for each.
 * seq_file keeps what was put, unless this fails: then it drops the lines of this
 * call, and the cursor goes back to the first of them. So a read that is killed
 * takes nothing from another process that has the descriptor.
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
	 * When there was no room for a line, seq_file is to know: behind others
	 * it leaves this one for the next read; in an empty buffer it asks for
	 * it again, with a larger one.
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

	rewind_file(of);
	((struct seq_file *)file->private_data)->private = of;

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
