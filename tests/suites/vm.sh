#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# The virtual machine itself: that it tells what happened in it, above all when
# that was not what anybody wanted. A line of KTAP for each.

. "$(dirname "$0")/../vm/lib.sh"

number=0
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT

vm() {
	"$TOP/tests/vm/vm.sh" "$@" </dev/null
}

# expect NAME STATUS WORDS ARGUMENT...: what vm is to end with and to say.
expect() {
	local name=$1 status=$2 words=$3 got
	shift 3

	vm "$@" >"$said" 2>&1
	got=$?
	number=$((number + 1))
	if [ $got -eq "$status" ] && grep -qF -e "$words" "$said"; then
		echo "ok $number $name"
	else
		sed 's/^/# /' "$said"
		echo "# status $got where $status was expected, with the words: $words"
		echo "not ok $number $name"
	fi
}

echo "KTAP version 1"
expect "the command's status and output are passed on" 7 "uid=0(root)" \
	bash -c 'id; exit 7'
expect "a machine that is switched off is lost" 99 "machine was lost" \
	bash -c 'echo o >/proc/sysrq-trigger; sleep 60'
expect "a machine that panics is lost" 99 "Kernel panic" \
	bash -c 'echo c >/proc/sysrq-trigger; sleep 60'
expect "a machine that hangs is lost" 99 "machine was lost" \
	--timeout 20 sleep 1000
expect "a machine that never gets to its init is tried again, and lost" 99 \
	"died before its init began" --append rdinit=/none true
expect "a report in the kernel's log fails a command that passed" 98 \
	"the guest's kernel reported this" \
	bash -c 'echo "BUG: so the test says" >/dev/kmsg'
expect "a tainted kernel fails a command that passed" 98 \
	"kernel is tainted" bash -c 'echo 64 >/proc/sys/kernel/tainted'
expect "a leak in the kernel fails a command that passed" 98 \
	"kmemleak: unreferenced" --kernel debug modprobe kmemleak-test

# um_runs MARK: whether a process of a guest with that word is on this machine.
um_runs() {
	local file words

	for file in /proc/[0-9]*/cmdline; do
		mapfile -d '' words 2>/dev/null <"$file" || continue
		[[ " ${words[*]} " != *" uml_dir="*" pidns.test=$1 "* ]] || return 0
	done
	return 1
}
# Whether it was seen to run, and runs no more.
nothing_left() {
	[ "$seen" -eq 0 ] && ! um_runs $$
}
expect "User-mode Linux passes on the command's status and output" 7 \
	"uid=0(root)" --kernel 6.12-um bash -c 'id; exit 7'
expect "User-mode Linux that panics is lost" 99 "Kernel panic" \
	--kernel 6.12-um --append rdinit=/none true
timeout 600 bash -c "$(declare -f um_runs); until um_runs $$; do sleep 0.1; done" &
watcher=$!
expect "User-mode Linux that hangs is lost" 99 "machine was lost" \
	--kernel 6.12-um --append "pidns.test=$$" --timeout 20 sleep 1000
wait "$watcher"
seen=$?
try "User-mode Linux leaves no process" nothing_left

expect "there is no such kernel" 97 "no kernel '0.1'" --kernel 0.1 true

# All of it, but for the numbers.
demo() {
	vm ./demo >"$said" &&
		"$TOP/tests/docs/run.sh" --transcript "$said" README.md
}
try "the demo is what README shows" demo

# A terminal for the shell, and somebody who types.
vm() {
	printf '%s\n' 'echo "it is $((6 * 7))"' exit |
		script -qec "$TOP/tests/vm/vm.sh --shell" /dev/null
}
expect "the shell" 0 "it is 42"
vm() {
	printf '%s\n' 'echo "$(jobs -r | wc -l) jobs, $(pgrep -c -x web) web"' exit |
		script -qec "make -s -C '$TOP' lesson N=1" /dev/null
}
expect "the shell of a lesson" 0 "2 jobs, 1 web"
vm() {
	make -s -C "$TOP" lesson "$@"
}
expect "there is no such lesson" 2 "make lesson N=8" N=9
echo "1..$number"
