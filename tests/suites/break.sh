#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Tests of `make break`: each change of the module applies and causes the report
# that tests/lessons/break/README.md shows. Prints KTAP.

. "$(dirname "$0")/../vm/lib.sh"

readonly DIRECTORY=$TOP/tests/lessons/break

# list_names: print the names of all changes.
list_names() {
	find "$DIRECTORY" -name '*.patch' -exec basename {} .patch \; | LC_ALL=C sort
}

# list_sections: print the names of the changes that README.md describes.
list_sections() {
	sed -n 's/^## `\(.*\)`$/\1/p' "$DIRECTORY/README.md" | LC_ALL=C sort
}

# print_shown NAME KERNEL: print the report that README.md shows for this change
# on this kernel: the block after the comment <!-- report: KERNEL -->. A line
# with three dots stands for lines that README.md omits.
print_shown() {
	awk -v name="$1" -v kernel="$2" '
		/^## / { wanted = $0 == "## `" name "`" }
		/^```/ && inside { exit }
		inside && !/^\.\.\.$/ { print }
		wanted && $0 == "<!-- report: " kernel " -->" { next_block = 1 }
		/^```/ && next_block { inside = 1 }' "$DIRECTORY/README.md"
}

# list_shown KERNEL: print the names of the changes whose report on this kernel
# README.md shows.
list_shown() {
	list_names | while read -r name; do
		[ -z "$(print_shown "$name" "$1")" ] || echo "$name"
	done
}

# normalize: replace what differs from run to run: numbers and addresses.
normalize() {
	sed -E 's/\b(0x)?[0-9a-f]{8,}\b/N/g; s/0x[0-9a-f]+/N/g; s/[0-9]+/N/g
		s/[[:space:]]+/ /g; s/^ //; s/ $//'
}

# find_missing NAME KERNEL: read the output of `make break`, and print the first
# line that README.md shows and the output lacks. The lines must be in the same
# order.
find_missing() {
	awk 'NR == FNR { wanted[++count] = $0; next }
		found < count && $0 == wanted[found + 1] { found++ }
		END { if (!count) print "README.md shows no report"
			else if (found < count) print "missing: " wanted[found + 1] }' \
		<(print_shown "$1" "$2" | normalize) <(normalize)
}

# check_report NAME KERNEL FILE: check that the file, the output of `make
# break`, has the report that README.md shows.
check_report() {
	local missing

	missing=$(find_missing "$1" "$2" <"$3")
	[ -z "$missing" ] || {
		echo "$missing"
		return 1
	}
}

# break_module ARGUMENT...: run break.sh and keep its output.
break_module() {
	"$DIRECTORY/break.sh" "$@" >"$transcript" 2>&1 || {
		cat "$transcript"
		return 1
	}
}

# shows_report NAME: check the report of the default kernel.
shows_report() {
	break_module "$1" && check_report "$1" 6.12-um "$transcript" || {
		cat "$transcript"
		return 1
	}
}

# shows_none: run all commands with the module as it is. No report may appear.
shows_none() {
	local name reports

	break_module --unmodified "${names[@]}" || return
	reports=$((${#names[@]} - $(grep -cx 'The kernel reported nothing.' "$transcript")))
	[ "$reports" -eq 0 ] || {
		cat "$transcript"
		echo "the kernel reported something for $reports changes"
		return 1
	}
	for name in "${names[@]}"; do
		[ -n "$(find_missing "$name" 6.12-um <"$transcript")" ] || {
			cat "$transcript"
			echo "the report of $name appears without the change"
			return 1
		}
	done
}

# lists_all: check that make lists all changes and README.md describes them.
lists_all() {
	diff <(list_names) <(list_sections) &&
		diff <(list_names) <(make -s -C "$TOP" break | awk 'NR > 1 { print $1 }')
}

# rejects_unknown: check the error for a name that no change has.
rejects_unknown() {
	local words

	! words=$(make -s -C "$TOP" break NAME=none 2>&1) &&
		grep -qF "no change 'none'" <<<"$words" &&
		grep -qF sleep-under-rcu <<<"$words"
}

transcript=$(mktemp) || exit 1
trap 'rm -f "$transcript"' EXIT
mapfile -t names < <(list_names)
mapfile -t on_debug < <(list_shown debug)
[ ${#on_debug[@]} -gt 0 ] || die "README.md shows no report of the debug kernel"

echo "KTAP version 1"
try "make break lists the changes" lists_all
try "an unknown change is an error" rejects_unknown
try "the unmodified module causes no report" shows_none
for name in "${names[@]}"; do
	try "$name" shows_report "$name"
done
# One guest runs these, because it is emulated.
break_module --kernel debug "${on_debug[@]}"
for name in "${on_debug[@]}"; do
	try "$name on the debug kernel" check_report "$name" debug "$transcript"
done
plan
