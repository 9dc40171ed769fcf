#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# lesson.sh NUMBER [OPTION...]: boot the machine of that lesson and give a shell where
# its first block has been typed. The options are those of vm.sh.

shopt -s nullglob

# refuse WORDS: say why, and what there is.
refuse() {
	local file

	echo "lesson: $*. There are:"
	for file in "$top"/tests/lessons/[0-9]*-*.md; do
		sed -n 's/^# \([0-9]*\)\. /    make lesson N=\1   /p;q' "$file"
	done
	exit 1
} >&2

top=$(cd "$(dirname "$0")/../.." && pwd)
number=${1:-}
shift

[ -n "$number" ] || refuse "which one? Say N=NUMBER"
[[ $number =~ ^[0-9]+$ ]] || refuse "'$number' is no number"
files=("$top/tests/lessons/$number"-*.md)
[ ${#files[@]} -eq 1 ] || refuse "there is no lesson $number"

# The lesson on containers wants engines of them.
[ "$number" != 6 ] || set -- "$@" --kernel containers
exec "$top/tests/vm/vm.sh" "$@" --lesson "${files[0]}"
