#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Tests of tests/vm/vm.sh: whether it reports what happened in the guest, above
# all after errors. Prints KTAP.

. "$(dirname "$0")/../vm/lib.sh"

transcript=$(mktemp) && shared=$(mktemp -d) || exit 1
trap 'rm -rf "$transcript" "$shared"' EXIT

# vm ARGUMENT...: run vm.sh. Tests of its shells define this function again.
vm() {
	"$TOP/tests/vm/vm.sh" "$@" </dev/null
}

# expect NAME STATUS WORDS ARGUMENT...: check that vm exits with this status and
# prints these words.
expect() {
	local name=$1 status=$2 words=$3 got
	shift 3

	vm "$@" >"$transcript" 2>&1
	got=$?
	number=$((number + 1))
	if [ $got -eq "$status" ] && grep -qF -e "$words" "$transcript"; then
		echo "ok $number $name"
	else
		sed 's/^/# /' "$transcript"
		echo "# status $got, expected status $status and the words: $words"
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
expect "a machine without an init is booted again, and lost" 99 \
	"crashed before its init started" --append rdinit=/none true
expect "an error in the kernel's log fails a command that passed" 98 \
	"the guest's kernel reported this" \
	bash -c 'echo "BUG: so the test says" >/dev/kmsg'
expect "a tainted kernel fails a command that passed" 98 \
	"kernel is tainted" bash -c 'echo 64 >/proc/sys/kernel/tainted'
expect "a leak in the kernel fails a command that passed" 98 \
	"kmemleak: unreferenced" --kernel debug modprobe kmemleak-test

# Filter a log with four reports of data races: of the kernel, of the module, of the module
# but known, and of the module without an end. A report of another kind is inside the first.
races() {
	local line='=========='
	local log=("$line" 'BUG: KCSAN: data-race in copy / fork' ' copy+0x1/0x2'
		'INFO: task hung' "$line"
		'a line'
		"$line" 'BUG: KCSAN: data-race in fork / walk' ' walk [pidns_tree]' "$line"
		"$line" 'BUG: KCSAN: data-race in exit / walk' ' walk [pidns_tree]' "$line"
		"$line" 'BUG: KCSAN: data-race in walk [pidns_tree] / wait' ' walk')

	printf '%s\n' '# a comment' 'exit / walk # a reason' >"$shared/known"
	printf '%s\n' "${log[@]}" |
		awk -v reports='INFO: task' -f "$TOP/tests/races/races.awk" \
			file=known "$shared/known" file=log - | grep -v "^$line" |
		diff - <(printf '%s\n' "${log[@]:3:1}" "${log[@]:5:1}" "${log[@]:7:2}" "${log[@]:15}")
}
try "reports of data races outside of the module are dropped" races

# um_runs MARK: succeed if this machine has a process of the User-mode Linux
# guest with pidns.test=MARK on its command line.
um_runs() {
	local file words

	for file in /proc/[0-9]*/cmdline; do
		mapfile -d '' words 2>/dev/null <"$file" || continue
		[[ " ${words[*]} " != *" uml_dir="*" pidns.test=$1 "* ]] || return 0
	done
	return 1
}
# Succeed if the guest of the test before was running, and is not running now.
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

expect "an unknown kernel is an error" 97 "no kernel '0.1'" --kernel 0.1 true
# shellcheck disable=SC2088 # vm.sh replaces the tilde.
expect "a missing directory to share is an error" 97 \
	"no directory '$HOME/none'" --with '~/none' true
expect "a missing build is an error" 97 "no directory '/none'" --built /none true
expect "User-mode Linux shares no directory" 97 "cannot share directories" \
	--kernel 6.12-um --with "$shared" true

# Compare the whole output of the demo with README.md, except for the numbers.
demo() {
	vm ./demo >"$transcript" &&
		"$TOP/tests/docs/run.sh" --transcript "$transcript" README.md
}
try "the demo prints what README.md shows" demo

# script(1) gives vm.sh a terminal. Its input is typed there.
cat >"$shared/hello.c" <<'END'
#include <linux/module.h>

MODULE_DESCRIPTION("Test of the machine's compiler");
MODULE_LICENSE("GPL");
END
echo 'obj-m := hello.o' >"$shared/Makefile"
# The window of tmux would read all input that follows.
vm() {
	printf '%s\n' 'cd /with' \
		'make -C /lib/modules/$(uname -r)/build M=$PWD modules' \
		'insmod hello.ko' \
		'echo "hello is $(cat /sys/module/hello/initstate)"' \
		'tmux new-session "stty size >size; echo ├ in window \$TMUX_PANE; sleep 2"; exit' |
		script -qec "stty rows 30 cols 100 && make -s -C '$TOP' shell WITH='$shared'" /dev/null
}
expect "a module is built and loaded in the shell" 0 "hello is live"
try "tmux draws on the console" grep -F "├ in window %0" "$transcript"
try "a window of tmux has the size of the terminal" grep -x "29 100" "$shared/size"
try "files in the shared directory stay" [ -O "$shared/hello.ko" ]
vm() {
	printf '%s\n' 'echo "$(jobs -r | wc -l) jobs, $(pgrep -c -x web) web"' exit |
		script -qec "make -s -C '$TOP' lesson N=1" /dev/null
}
expect "the shell of a lesson" 0 "2 jobs, 1 web"
vm() {
	make -s -C "$TOP" lesson "$@"
}
expect "an unknown lesson is an error" 2 "make lesson N=9" N=11
plan
