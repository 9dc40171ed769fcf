#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# release.sh PIDNSTREE: check that an earlier release of the program prints the same
# for input with the keys and lines of this version as for input without them. This
# is the promise of version 1 of the format to parsers.

export LC_ALL=C.UTF-8

program=$(realpath -e "$1") || exit 1
cd "$(dirname "$0")" || exit 1
directory=$(mktemp -d) || exit 1
trap 'rm -r "$directory"' EXIT
compared=0
failed=0

# remove_new: remove what is new from the standard input.
remove_new() {
	sed -E -e '/^ *id:/d' -e '/^ *pid:\[/s/ pids=[0-9]+//' \
		-e '/^ *[0-9]/s/ (pgid|sid)=[0-9]+//g'
}

# add_new: add what is new to the standard input.
add_new() {
	sed -E -e '/^ *pid:\[/s/ nprocs=[0-9]+/& pids=77/' \
		-e '/^ *[0-9]/s/ ppid=[0-9]+/& pgid=1 sid=0/' \
		-e '/^ *[0-9]/a\  id:4194303,7 roles=pgid,sid'
}

# same ARGUMENT...: compare the output and the exit status for both inputs.
same() {
	local input

	for input in without with; do
		"$program" --file "$directory/$input" "$@" >"$directory/$input.out" 2>&1
		echo "exit status $?" >>"$directory/$input.out"
		sed -i "s|$directory/$input|FILE|" "$directory/$input.out"
	done
	compared=$((compared + 1))
	diff -u "$directory/without.out" "$directory/with.out" && return
	echo "# for the arguments: $*"
	failed=$((failed + 1))
}

remove_new <texts/groups >"$directory/without"
cp texts/groups "$directory/with"
cmp -s "$directory/without" "$directory/with" && exit 1
for operand in 310 507 402 4026532300:10 4026532300:7 '*:1' '*:7' '*:20' @520 \
	4026532300 4026532310; do
	same "$operand"
	same --json "$operand"
done
same --pid 310
same --json --pid 4026532300:7
same --task 520
same --all 4026532300

for text in texts/*; do
	if [ "$text" != texts/groups ]; then
		cp "$text" "$directory/without"
		add_new <"$text" >"$directory/with"
	fi
	for options in --list --all --forest --zombies --json '--json --all' \
		'--dot --all' '--raw --all --output-all'; do
		# shellcheck disable=SC2086 # a list of options
		same $options
	done
	same 1
done
echo "compared $compared outputs, $failed differ"
[ $failed -eq 0 ] && [ $compared -gt 100 ]
