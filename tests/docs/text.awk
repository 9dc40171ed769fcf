# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Check an example of /proc/pidns_tree in a document: it must be what the module writes
# on a quiet machine. The check is stricter than a parser may be.

function wrong(reason) {
	print NR ": " reason ": " $0
	bad = 1
}

# Check the number of processes of the last namespace. An example may leave out some of
# the initial PID namespace.
function check_count() {
	if (level > 0 && count != nprocs)
		wrong("the namespace before has nprocs=" nprocs " and " count " processes")
}

# Check the number of struct pid of the namespaces at this level and deeper, which have
# ended.
function check_pids(from,   i) {
	for (i = from > 0 ? from : 1; i <= deepest; i++)
		if (seen_pids[i] != npids[i])
			wrong("a namespace at level " i " has pids=" npids[i] " and " seen_pids[i] " threads and IDs")
	deepest = from
}

# Count struct pids in the namespace and in its ancestors.
function add_pids(count,   i) {
	for (i = 0; i <= level; i++)
		seen_pids[i] += count
}

# Check the PID in the root of a process or an ID.
function check_pid(list) {
	split(list, pids, ",")
	check_indent(2 * level + 2)
	if (pids[1] + 0 <= last)
		wrong("PID is not higher than " last)
	last = pids[1] + 0
}

function check_indent(wanted) {
	match($0, /^ */)
	if (RLENGTH != wanted)
		wrong("indentation is not " wanted)
}

NR == 1 || ended { next }
$0 == "# end" {
	check_count()
	check_pids(0)
	ended = 1
	next
}
/^ *pid:\[[0-9]+\] level=[0-9]+ parent=[-0-9]+ init=[0-9,]+ nprocs=[0-9]+ pids=[0-9]+ state=active owner=0 userns=4026531837$/ {
	check_count()
	level = substr($2, 7) + 0
	check_pids(level)
	init = substr($4, 6)
	nprocs = substr($5, 8)
	npids[level] = substr($6, 6) + 0
	seen_pids[level] = 0
	count = last = 0
	check_indent(2 * level)
	if (level == 0 && $1 != "pid:[4026531836]")
		wrong("not the initial PID namespace")
	next
}
/^ *[0-9]+(,[0-9]+)* ppid=[0-9]+ pgid=[0-9]+ sid=[0-9]+ threads=[1-9][0-9]* state=[RSDTZI] uid=[0-9]+ comm=[!-~]+$/ {
	check_pid($1)
	if (count++ == 0 && $1 != init)
		wrong("the first process is not the init " init)
	add_pids(substr($5, 9))
	ppid = substr($2, 6)
	if (ppid != 0 && !(ppid in seen))
		wrong("no process " ppid " before")
	seen[last]
	next
}
/^ *id:[0-9]+(,[0-9]+)* roles=(pgid|sid|pgid,sid)$/ {
	check_pid(substr($1, 4))
	add_pids(1)
	next
}
{ wrong("neither a namespace, a process nor an ID") }
END { exit bad || !ended }
