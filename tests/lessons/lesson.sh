#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# lesson.sh NUMBER [OPTION...]: boot the machine of a lesson and start a shell in it,
# after the first block of the lesson. The options are those of vm.sh.

shopt -s nullglob

# refuse MESSAGE: exit with that message and the list of lessons.
refuse() {
	local file files

	echo "lesson: $*; the lessons are:"
	mapfile -t files < <(printf '%s\n' "$top"/tests/lessons/[0-9]*-*.md | sort -V)
	for file in "${files[@]}"; do
		sed -n 's/^# \([0-9]*\)\. /    make lesson N=\1   /p;q' "$file"
	done
	exit 1
} >&2

top=$(cd "$(dirname "$0")/../.." && pwd)
number=${1:-}
shift

[ -n "$number" ] || refuse "missing number, use N=NUMBER"
[[ $number =~ ^[0-9]+$ ]] || refuse "invalid number '$number'"
files=("$top/tests/lessons/$number"-*.md)
[ ${#files[@]} -eq 1 ] || refuse "no lesson $number"

# Only this machine has Docker and Podman.
[ "$number" != 7 ] || set -- "$@" --kernel containers
exec "$top/tests/vm/vm.sh" "$@" --lesson "${files[0]}"
