/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * The model: the parsed contents of /proc/pidns_tree.
 *
 * Data flows in one direction: parse.c fills the model, select.c marks which
 * namespaces and processes to print, and render_*.c, changes.c or watch.c print
 * them. snapshot.c adds what the module does not report, from elsewhere in
 * procfs and from container engines.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Number of levels, from 0 to MAX_PID_NS_LEVEL (32 in 6.12). */
#define LEVELS 33

/* Inode number of the initial PID namespace (PROC_PID_INIT_INO in 6.12). */
#define INITIAL_INUM 4026531836

/**
 * enum init - what the module reports about the init of a namespace
 * @INIT_NONE: the namespace has no init
 * @INIT_HIDDEN: the namespace has an init that the reader may not inspect
 * @INIT_KNOWN: the module reports the PIDs of the init
 */
enum init {
	INIT_NONE,
	INIT_HIDDEN,
	INIT_KNOWN,
};

/**
 * struct namespace - a PID namespace
 * @parent: parent namespace, which precedes it in the tree; NULL for the root
 * @line: number of its line in the file, from 1
 * @inum: inode number
 * @level: 0 for the root, otherwise the level of @parent plus 1
 * @init: what is known about its init
 * @init_pids: PIDs of its init, outermost first, @level + 1 of them; NULL
 *	unless @init is INIT_KNOWN
 * @nprocs: number of processes when the file was opened; can differ from
 *	@nr_processes, because processes are listed later
 * @has_npids: @npids is valid
 * @npids: number of struct pid that have a PID in the namespace
 * @state: active, pending, dying or dead
 * @owner: UID of the owner of its user namespace
 * @has_userns: @userns is valid
 * @userns: inode number of its user namespace
 * @pid_max: exclusive upper limit of its PIDs; 0 if the kernel has none per
 *	namespace
 * @nsid: 64-bit ID; 0 if the kernel has none
 * @holder: PID in the root of a task whose pid_for_children is this namespace;
 *	0 if the module reports none
 * @processes: its own processes in ascending order of PID
 * @nr_processes: number of @processes
 * @ids: its own IDs in ascending order of PID
 * @nr_ids: number of @ids
 * @shown: print the namespace; set by select.c
 * @partial: print only processes of containers that the user named; set by
 *	select.c
 */
struct namespace {
	struct namespace *parent;
	size_t line;
	uint32_t inum;
	unsigned int level;
	enum init init;
	unsigned int *init_pids;
	unsigned int nprocs;
	bool has_npids;
	unsigned int npids;
	const char *state;
	uint32_t owner;
	bool has_userns;
	uint32_t userns;
	unsigned int pid_max;
	uint64_t nsid;
	unsigned int holder;
	struct process *processes;
	size_t nr_processes;
	struct id *ids;
	size_t nr_ids;
	bool shown;
	bool partial;
};

/**
 * struct process - a process
 * @ns: its own PID namespace
 * @pids: PIDs from the root to @ns, outermost first; as many as the level of
 *	@ns plus 1
 * @comm: name, unescaped: can contain any byte except NUL
 * @ppid: PID of its parent in the root; 0 if the parent is outside
 * @has_pgid: @pgid is valid
 * @has_sid: @sid is valid
 * @pgid: ID of its process group, as a PID in the root; 0 if that has none there
 * @sid: ID of its session, as a PID in the root; 0 if that has none there
 * @threads: number of threads
 * @uid: real UID
 * @state: state letter, as in /proc/PID/stat
 * @hidden: do not print the process, although @ns is printed; set by select.c
 */
struct process {
	const struct namespace *ns;
	unsigned int *pids;
	const char *comm;
	unsigned int ppid;
	bool has_pgid;
	bool has_sid;
	unsigned int pgid;
	unsigned int sid;
	unsigned int threads;
	uint32_t uid;
	char state;
	bool hidden;
};

/**
 * enum role - what a struct pid can stand for; the order of enum pid_type
 * @ROLE_PID: a task
 * @ROLE_TGID: a process
 * @ROLE_PGID: a process group
 * @ROLE_SID: a session
 * @NR_ROLES: number of roles
 */
enum role {
	ROLE_PID,
	ROLE_TGID,
	ROLE_PGID,
	ROLE_SID,
	NR_ROLES
};

/* The role in a set of roles. */
#define ROLE_BIT(role) (1U << (role))

/* The names of the roles in the file. */
extern const char *const role_names[NR_ROLES];

/**
 * struct id - a struct pid that is only the ID of a process group or session
 * @ns: its own PID namespace
 * @pids: PIDs from the root to @ns, outermost first; as many as the level of
 *	@ns plus 1
 * @roles: set of ROLE_BIT()
 */
struct id {
	const struct namespace *ns;
	unsigned int *pids;
	unsigned int roles;
};

/**
 * struct tree - all namespaces, processes and IDs of a file
 * @namespaces: in pre-order: each namespace is followed by its descendants
 * @nr_namespaces: number of @namespaces
 * @processes: in the order of their namespaces
 * @nr_processes: number of @processes
 * @ids: in the order of their namespaces
 * @nr_ids: number of @ids
 * @no_ids: print no IDs; set by show.c
 * @by_pid: @processes sorted by PID in the root; NULL before the first lookup
 * @by_group: @processes sorted by process group; NULL before the first lookup
 * @by_session: @processes sorted by session; NULL before the first lookup
 * @by_id: @ids sorted by PID in the root; NULL before the first lookup
 * @pids: storage for the PIDs of processes, inits and IDs
 * @text: the contents of the file, storage for states and names
 */
struct tree {
	struct namespace *namespaces;
	size_t nr_namespaces;
	struct process *processes;
	size_t nr_processes;
	struct id *ids;
	size_t nr_ids;
	bool no_ids;
	const struct process **by_pid;
	const struct process **by_group;
	const struct process **by_session;
	const struct id **by_id;
	unsigned int *pids;
	char *text;
};

/**
 * struct parse_error - why the parser rejected its input
 * @line: number of the line, from 1; 0 if there is not enough memory
 * @message: what is wrong with the line; printable
 */
struct parse_error {
	size_t line;
	char message[256];
};

/**
 * tree_parse - parse the contents of the file
 * @tree: filled; release it with tree_release(), also after an error
 * @text: the contents, from malloc(); @tree takes ownership and modifies it
 * @len: number of bytes in @text
 * @error: filled on error
 *
 * Time and memory are linear in @len, except that the namespaces are sorted
 * once.
 *
 * Return: whether @text is complete and conforms to the format.
 */
bool tree_parse(struct tree *tree, char *text, size_t len,
		struct parse_error *error);

/** tree_release - free the members of a tree */
void tree_release(struct tree *tree);

/**
 * namespace_is_below - whether a namespace is @top or a descendant of @top
 * @ns: the namespace
 * @top: the possible ancestor
 */
bool namespace_is_below(const struct namespace *ns,
			const struct namespace *top);

/**
 * namespace_init - find the process that is the init of a namespace
 * @ns: the namespace
 *
 * Return: NULL if the namespace has none, or if the init is not among its
 * processes, for example because it exited before it was listed.
 */
const struct process *namespace_init(const struct namespace *ns);

/**
 * struct visitor - callbacks of tree_visit()
 * @enter: called before the descendants of a namespace are visited
 * @leave: called after them
 */
struct visitor {
	void (*enter)(const struct namespace *ns, void *arg);
	void (*leave)(const struct namespace *ns, void *arg);
};

/**
 * tree_find_process - find a process by its PID in the root
 * @tree: the tree
 * @pid: the PID
 *
 * If the PID was reused while the module printed the tree, two processes have
 * it. The later one is returned.
 *
 * Return: NULL if there is none.
 */
const struct process *tree_find_process(struct tree *tree, unsigned int pid);

/**
 * tree_find_id - find an ID by its PID in a namespace
 * @tree: the tree
 * @ns: the namespace of the ID or an ancestor of it
 * @pid: the PID in @ns
 *
 * Sorts the IDs once if @ns is the root.
 *
 * Return: NULL if there is none. The last one, if there are several.
 */
const struct id *tree_find_id(struct tree *tree, const struct namespace *ns,
			      unsigned int pid);

/**
 * struct members - processes of the tree, in its order
 * @list: the processes
 * @count: number of elements of @list
 */
struct members {
	const struct process **list;
	size_t count;
};

/**
 * tree_members - find the processes of a process group or session
 * @tree: the tree
 * @role: ROLE_PGID or ROLE_SID
 * @pid: ID of the group or session, as a PID in the root
 *
 * Sorts the processes once for each role.
 *
 * Return: the processes; @list belongs to @tree.
 */
struct members tree_members(struct tree *tree, enum role role,
			    unsigned int pid);

/**
 * id_members - find the processes of which an ID is the group or the session
 * @tree: the tree
 * @id: the ID
 *
 * Return: each process once; the caller frees @list.
 */
struct members id_members(struct tree *tree, const struct id *id);

/**
 * id_is_shown - whether to print an ID
 * @tree: the tree
 * @id: the ID
 *
 * An ID has no cgroup. If only some processes of its namespace are printed, an
 * ID is printed if one of its members is.
 *
 * Return: whether select.c and show.c show it.
 */
bool id_is_shown(struct tree *tree, const struct id *id);

/**
 * process_roles - find what the struct pid of a process stands for
 * @tree: the tree
 * @proc: the process
 *
 * A process that the reader may not see can be the only member of a group or
 * session, so roles can be missing in a limited view.
 *
 * Return: a set of ROLE_BIT(); 0 if the file has no process groups or sessions.
 */
unsigned int process_roles(struct tree *tree, const struct process *proc);

/**
 * tree_find_namespace - find a namespace by its inode number
 * @tree: the tree
 * @inum: the inode number
 *
 * Return: NULL if there is none.
 */
struct namespace *tree_find_namespace(const struct tree *tree,
				      unsigned long inum);

/**
 * namespace_is_empty - whether a namespace has no processes
 * @ns: the namespace
 *
 * Return: false for the root of the tree, which the procfs that is read pins.
 */
bool namespace_is_empty(const struct namespace *ns);

/**
 * tree_has_kthreads - whether the tree contains kthreadd
 * @tree: the tree
 *
 * Only the initial PID namespace contains kernel threads.
 */
bool tree_has_kthreads(struct tree *tree);

/**
 * process_is_kthread - whether a process is kthreadd or a child of kthreadd
 * @proc: the process
 *
 * Valid only if tree_has_kthreads(). Programs that the kernel starts, such as
 * the handler in core_pattern, are children of kthreadd too: see
 * snapshot_is_kthread().
 */
bool process_is_kthread(const struct process *proc);

/**
 * process_is_zombie - whether a process has exited and must be reaped
 * @proc: the process
 *
 * If only the leader of a thread group has exited, the process is no zombie.
 */
bool process_is_zombie(const struct process *proc);

/** tree_visit - call @visitor for the shown namespaces in pre-order */
void tree_visit(const struct tree *tree, const struct visitor *visitor,
		void *arg);

#endif /* TREE_H */
