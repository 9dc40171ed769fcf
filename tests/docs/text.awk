# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Is a text of the file as the module writes it, on a machine that holds still?
# This is stricter than a parser may be: it is for what documents make up.

function wrong(words) {
	print NR ": " words ": " $0
	bad = 1
}

# The last namespace is complete; the first one need not be.
function complete() {
	if (level > 0 && count != nprocs)
		wrong("before this, " nprocs " processes are " count)
}

function indented(wanted) {
	match($0, /^ */)
	if (RLENGTH != wanted)
		wrong("not indented by " wanted)
}

NR == 1 || ended { next }
$0 == "# end" {
	complete()
	ended = 1
	next
}
/^ *pid:\[[0-9]+\] level=[0-9]+ parent=[-0-9]+ init=[0-9,]+ nprocs=[0-9]+ state=active owner=0 userns=4026531837$/ {
	complete()
	level = substr($2, 7)
	init = substr($4, 6)
	nprocs = substr($5, 8)
	count = last = 0
	indented(2 * level)
	if (level == 0 && $1 != "pid:[4026531836]")
		wrong("not the first namespace")
	next
}
/^ *[0-9]+(,[0-9]+)* ppid=[0-9]+ threads=[1-9][0-9]* state=[RSDTZI] uid=[0-9]+ comm=[!-~]+$/ {
	split($1, pids, ",")
	indented(2 * level + 2)
	if (count++ == 0 && $1 != init)
		wrong("not the init " init)
	if (pids[1] + 0 <= last)
		wrong("not behind " last)
	last = pids[1] + 0
	ppid = substr($2, 6)
	if (ppid != 0 && !(ppid in seen))
		wrong("nobody is " ppid)
	seen[last]
	next
}
{ wrong("neither a namespace nor a process") }
END { exit bad || !ended }
