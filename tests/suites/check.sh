#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# check.sh [--guests | --all] KERNEL...: run the tests on those kernels. With
# --guests, run only those that run in the kernels' guests. With --all, run also
# what costs minutes and rarely finds what the others do not: the tool and the
# tests of several processors on each kernel, and the comparison of
# module/access.c with the kernels' sources.
#
# Each test prints a line of its own, "ok" or "not ok". A table of the suites and
# their minutes follows, and the last line counts the tests. A suite fails if it
# runs more or fewer tests than this file says, because a suite that died must
# not look like one that passed.

. "$(dirname "$0")/../vm/lib.sh"

readonly LOGS=$TOP/tests/logs

# An older one cannot tell which job has ended.
((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) || die "this needs bash 5.1"

# The counts of slab objects are exact for caches that are debugged.
readonly COUNT_SLABS="slab_nomerge slub_debug=F,pid*"

# Suites run side by side, as many as there are processors.
LANES=$(nproc)

passed=0
failed=0

# The suites that run, by process: the name, the number of tests, and when the
# suite began.
declare -A names=() counts=() begins=()

# A row of the table for each suite that has ended.
rows=()

# minutes SECONDS: with one decimal.
minutes() {
	echo "$(($1 / 60)).$(($1 % 60 / 6))"
}

# finish: wait for one of them to end, show what it said, take its lines for ours.
finish() {
	local process status name log took ok not_ok

	wait -n -p process
	status=$?
	name=${names[$process]}
	log=$LOGS/${name// /-}
	took=$(minutes $((SECONDS - begins[$process])))
	say "$name: $took minutes"
	cat "$log"
	ok=$(grep -c '^ok ' "$log")
	not_ok=$(grep -c '^not ok ' "$log")
	passed=$((passed + ok))
	failed=$((failed + not_ok))
	rows+=("$(printf '%-20s %5d %6d %7s' "$name" "$ok" "$not_ok" "$took")")

	if [ $((ok + not_ok)) -ne "${counts[$process]}" ]; then
		echo "not ok - $name: $((ok + not_ok)) tests ran where there are ${counts[$process]}"
		failed=$((failed + 1))
	fi
	if [ "$status" -ne 0 ] && [ "$not_ok" -eq 0 ]; then
		echo "not ok - $name: ended with status $status"
		failed=$((failed + 1))
	fi
	unset "names[$process]"
}

# suite NAME COUNT COMMAND...: begin with it as soon as there is a lane.
suite() {
	local name=$1 count=$2
	shift 2

	[ ${#names[@]} -lt "$LANES" ] || finish
	say "$name: begins"
	"$@" >"$LOGS/${name// /-}" 2>&1 </dev/null &
	names[$!]=$name
	counts[$!]=$count
	begins[$!]=$SECONDS
}

# finish_all: nothing runs any more.
finish_all() {
	while [ ${#names[@]} -gt 0 ]; do
		finish
	done
}

# in_vm LOG KERNEL COMMAND...: the tests of these programs.
in_vm() {
	local log=$1 kernel=$2
	shift 2

	"$TOP/tests/vm/vm.sh" --kernel "$kernel" --log "$LOGS/$log.dmesg" \
		--append "$COUNT_SLABS" ./all "$@"
}

# on_kernel KERNEL: what finds the same with one processor as with more.
on_kernel() {
	local kernel=$1 count=83
	local programs=(hierarchy states access reads load)

	# A kernel finds few errors of the tool. The newest kernel has all keys of the
	# file, and the option pidns= of procfs. The other answers of the tool are
	# checked on User-mode Linux, which needs no emulation. User-mode Linux also
	# runs what the other kernels cannot: the rule for kernels without
	# user_dumpable, and KUnit on the newest kernel. It checks locks and RCU, in a
	# tenth of the time that the same programs take on the debug kernel. That adds
	# KASAN, kmemleak and preemption, which reads, load, faults and stress exercise
	# for trees of all shapes and all readers.
	case $kernel in
	debug)
		programs=(reads load faults)
		count=$((16 + 9 + 7))
		if [ -n "$all" ]; then
			programs+=(hierarchy kunit states access)
			count=$((count + 24 + 21 + 15 + 19))
		fi
		;;
	6.12-um)
		programs=(kunit hierarchy states access answers)
		count=$((21 + 24 + 15 + 19 + 24))
		;;
	7.x-um)
		programs=(kunit)
		count=21
		;;
	*)
		if [ -n "$all$guests" ]; then
			programs+=(tool answers)
			count=$((count + 13 + 24))
		elif [ "$kernel" = "$NEWEST_KERNEL" ]; then
			programs+=(tool "answers pidns=")
			count=$((count + 13 + 1))
		fi
		;;
	esac
	suite "$kernel" $count in_vm "$kernel" "$kernel" "${programs[@]}"
}

# at_once_on KERNEL: what needs processors that work at the same time.
at_once_on() {
	local kernel=$1 seconds=30

	[ "$kernel" != debug ] || seconds=120
	suite "at once on $kernel" 8 in_vm "at-once-on-$kernel" "$kernel" \
		"reads four" "reads threads" "load unloading" \
		"stress $seconds"
}

# Background jobs of a script do not hear of Ctrl-C, nor of who ends make.
trap 'trap "" TERM; kill 0; exit 130' INT TERM

guests=
all=
case ${1:-} in
--guests) guests=yes ;;
--all) all=yes ;;
esac
[ -z "$guests$all" ] || shift
mkdir -p "$LOGS" || die "cannot make $LOGS"

# Emulated processors wait for each other, which takes many times longer when there
# are fewer real ones. So while suites run side by side, each guest has one; and
# where more are wanted, it runs alone. What takes longest begins first.
export PIDNS_CPUS=1
on_kernel "${!#}"
if [ -z "$guests" ]; then
	suite "documents" "$("$TOP/tests/suites/documents.sh" --count)" \
		"$TOP/tests/suites/documents.sh"
	suite "containers" 35 "$TOP/tests/suites/containers.sh"
fi
for kernel in "${@:1:$#-1}"; do
	on_kernel "$kernel"
done
if [ -z "$guests" ]; then
	suite "tool" 185 "$TOP/tests/suites/tool.sh"
	suite "virtual machine" 17 "$TOP/tests/suites/vm.sh"
	suite "install" 33 "$TOP/tests/suites/install.sh"
	suite "lint" $((13 + $#)) "$TOP/tests/suites/lint.sh" "$@"
	[ -z "$all" ] || suite "rule" 9 "$TOP/tests/suites/rule.sh"
fi
finish_all

# The kernel that looks for errors finds most of these, the newest one the rest.
unset PIDNS_CPUS
LANES=1
for kernel; do
	case $kernel in
	*-um) ;;
	debug | "$NEWEST_KERNEL") at_once_on "$kernel" ;;
	*) [ -z "$all$guests" ] || at_once_on "$kernel" ;;
	esac
done
finish_all

say "logs are in $LOGS"
printf '%-20s %5s %6s %7s\n' suite ok not_ok minutes
printf '%s\n' "${rows[@]}"
echo "all in $(minutes $SECONDS) minutes"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
