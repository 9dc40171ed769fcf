# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# races.awk file=known KNOWN file=log LOG: print a kernel log. Omit a report of KCSAN if no
# stack trace in it has a function of the module, or if KNOWN lists the race. KNOWN has a
# line for each known race, "FUNCTION / FUNCTION", which is the end of the first line of
# its report. In KNOWN, # begins a comment.

function end_report() {
	if (ours && !(race in known))
		printf "%s", report
	inside = 0
}

file == "known" {
	sub(/[ \t]*#.*/, "")
	if ($0 != "")
		known[$0]
	next
}

/BUG: KCSAN: / {
	if (inside)
		end_report()
	inside = 1
	ours = 0
	report = ""
	race = $0
	sub(/.*BUG: KCSAN: [a-z-]* in /, "", race)
	sub(/\r$/, "", race)
	gsub(/ \[pidns_tree\]/, "", race)
}

# Another processor can print a report of another kind meanwhile.
inside && !/KCSAN/ && $0 ~ reports {
	print
	next
}

inside {
	report = report $0 "\n"
	if (index($0, "[pidns_tree]"))
		ours = 1
	if (/=====/)
		end_report()
	next
}

{ print }

# A report without an end can be about the module.
END {
	if (inside)
		printf "%s", report
}
