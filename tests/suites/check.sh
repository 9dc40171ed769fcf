#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# check.sh [--guests | --ports | --all] KERNEL...: run the tests on these kernels.
# With --guests, run only the tests that run in guests of these kernels. With
# --ports, run fewer of them, and compile the module for many kernel
# configurations. With --all, also run slow tests that rarely find more errors:
# more programs on each kernel, the kernel's own selftests, the tests of limits
# and of races, and the comparison of module/access.c with the kernels' sources.
#
# The output has a line "ok" or "not ok" for each test, then a table of the
# suites and their minutes. The last line counts the tests. A suite fails if it
# runs more or fewer tests than this file says, because a suite that stops early
# must not look like one that passed.

. "$(dirname "$0")/../vm/lib.sh"

readonly LOGS=$TOP/tests/logs

# wait -p is new in bash 5.1.
((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) ||
	die "bash $BASH_VERSION is too old; install bash 5.1 or newer"

# The number of suites that run at the same time.
LANES=$(nproc)

passed=0
failed=0

# The suites that run, by process: the name, the expected number of tests, and
# the second at which the suite started.
declare -A names=() counts=() starts=()

# The rows of the table, one for each suite that has finished.
rows=()

# minutes SECONDS: print the time in minutes, with one decimal.
minutes() {
	echo "$(($1 / 60)).$(($1 % 60 / 6))"
}

# finish: wait for the end of a suite, print its output and count its tests.
finish() {
	local process status name log took ok not_ok

	wait -n -p process
	status=$?
	name=${names[$process]}
	log=$LOGS/${name// /-}
	took=$(minutes $((SECONDS - starts[$process])))
	say "$name: $took minutes"
	cat "$log"
	ok=$(grep -c '^ok ' "$log")
	not_ok=$(grep -c '^not ok ' "$log")
	passed=$((passed + ok))
	failed=$((failed + not_ok))
	rows+=("$(printf '%-20s %5d %6d %7s' "$name" "$ok" "$not_ok" "$took")")

	# An unknown number is an error, too.
	if [ "$((ok + not_ok))" != "${counts[$process]}" ]; then
		echo "not ok - $name: ran $((ok + not_ok)) tests, expected ${counts[$process]}"
		failed=$((failed + 1))
	fi
	if [ "$status" -ne 0 ] && [ "$not_ok" -eq 0 ]; then
		echo "not ok - $name: exit status $status"
		failed=$((failed + 1))
	fi
	unset "names[$process]"
}

# suite NAME COUNT COMMAND...: start a suite that has COUNT tests. First wait
# until fewer than LANES suites run.
suite() {
	local name=$1 count=$2
	shift 2

	[ ${#names[@]} -lt "$LANES" ] || finish
	say "$name: started"
	"$@" >"$LOGS/${name// /-}" 2>&1 </dev/null &
	names[$!]=$name
	counts[$!]=$count
	starts[$!]=$SECONDS
}

# finish_all: wait for the end of all suites.
finish_all() {
	while [ ${#names[@]} -gt 0 ]; do
		finish
	done
}

# in_vm LOG KERNEL COMMAND...: run test programs in a guest of that kernel.
in_vm() {
	local log=$1 kernel=$2
	shift 2

	"$TOP/tests/vm/vm.sh" --kernel "$kernel" --log "$LOGS/$log.dmesg" \
		--append "$COUNT_SLABS" ./all "$@"
}

# on_kernel KERNEL: start the suite of the tests that one processor suffices
# for.
on_kernel() {
	local kernel=$1 count=96
	local programs=(hierarchy states access reads load)

	# Few errors of the tool depend on the kernel. The newest kernel has all
	# keys of the file, and the option pidns= of procfs, so it runs the
	# tests of the tool. The tests of "answers" run on User-mode Linux,
	# which needs no emulation.
	#
	# The newest kernel lists its namespaces, so it runs the tests of
	# "pinned". The tests of "pins" also run on a kernel without such a list,
	# which is User-mode Linux.
	#
	# User-mode Linux also runs the tests that no other kernel can run: the
	# access rule for kernels without user_dumpable, and KUnit on the newest
	# kernel. It checks locks and RCU, ten times faster than the debug
	# kernel. The debug kernel adds KASAN, kmemleak and preemption. The
	# programs reads, load, faults and stress exercise these with trees of
	# all shapes and all kinds of readers.
	case $kernel in
	debug)
		programs=(reads load faults)
		count=$((17 + 9 + 8))
		if [ -n "$all" ]; then
			programs+=(hierarchy kunit states access)
			count=$((count + 34 + 24 + 17 + 19))
		fi
		;;
	6.12-um)
		programs=(kunit hierarchy states access answers pins)
		count=$((24 + 34 + 17 + 19 + 26 + 22))
		;;
	7.x-um)
		programs=(kunit pinned)
		count=$((32 + 15))
		;;
	bare-um)
		programs=(kunit hierarchy states)
		count=$((24 + 34 + 17))
		;;
	# The other programs depend less on the architecture.
	*-i386 | *-s390x)
		programs=(hierarchy states access reads tool events)
		count=$((34 + 17 + 19 + 17 + 13 + 8))
		;;
	# This kernel rejects the kprobes of two tests.
	*-riscv64)
		programs=(hierarchy states access "reads !checked" tool events)
		count=$((34 + 17 + 19 + 15 + 13 + 8))
		;;
	*)
		# Both list their namespaces.
		if [[ $kernel = @("$NEWEST_KERNEL"|sid) ]]; then
			programs+=(pinned pins)
			count=$((count + 15 + 22))
		fi
		if [ -n "$all$guests" ]; then
			programs+=(tool events answers)
			count=$((count + 13 + 8 + 26))
			if [ "$kernel" != "$NEWEST_KERNEL" ]; then
				programs+=(pins)
				count=$((count + 22))
			fi
		elif [ "$kernel" = "$NEWEST_KERNEL" ]; then
			programs+=(tool events "answers pidns=")
			count=$((count + 13 + 8 + 1))
		fi
		;;
	esac
	suite "$kernel" $count in_vm "$kernel" "$kernel" "${programs[@]}"
}

# parallel_on KERNEL: start the suite of the tests that need several processors.
parallel_on() {
	local kernel=$1 seconds=30

	# This suite runs alone, so each of its minutes adds a minute to the
	# whole run.
	if [ "$kernel" = debug ]; then
		seconds=${all:+120}
		seconds=${seconds:-60}
	fi
	suite "parallel on $kernel" 8 in_vm "parallel-on-$kernel" "$kernel" \
		"reads four" "reads threads" "load unloading" \
		"stress $seconds"
}

# selftests_on KERNEL [DIRECTORY...]: start the suite of the kernel's own
# selftests, with a test for each directory and four more.
selftests_on() {
	local kernel=$1 directories=7
	shift

	[ "$kernel" != "$NEWEST_KERNEL" ] || directories=8
	[ $# -eq 0 ] || directories=$#
	suite "selftests on $kernel" $((directories + 4)) \
		"$TOP/tests/suites/selftests.sh" "$kernel" "$@"
}

# Background jobs of a script ignore SIGINT, and a SIGTERM from make reaches
# only this process.
trap 'trap "" TERM; kill 0; exit 130' INT TERM

guests=
ports=
all=
case ${1:-} in
--guests) guests=yes ;;
--ports) ports=yes ;;
--all) all=yes ;;
esac
[ -z "$guests$ports$all" ] || shift
mkdir -p "$LOGS" || die "cannot create $LOGS"

# Emulated processors wait for each other, which is many times slower if there
# are fewer real processors. So each guest has one processor while several
# suites run, and a guest with several processors runs alone. The longest suite
# starts first.
export PIDNS_CPUS=1
on_kernel "${!#}"
if [ -z "$guests$ports" ]; then
	suite "documents" "$("$TOP/tests/suites/documents.sh" --count)" \
		"$TOP/tests/suites/documents.sh"
	suite "containers" 38 "$TOP/tests/suites/containers.sh"
fi
for kernel in "${@:1:$#-1}"; do
	on_kernel "$kernel"
done
[ -z "$ports" ] || suite "ports" 22 "$TOP/tests/suites/ports.sh"
if [ -z "$guests$ports" ]; then
	suite "tool" 217 "$TOP/tests/suites/tool.sh"
	suite "break" 14 "$TOP/tests/suites/break.sh"
	suite "virtual machine" 24 "$TOP/tests/suites/vm.sh"
	# The other directories take a minute or more: a test of ptrace waits for
	# half a minute, and cgroup has a fork bomb, which is slow on User-mode
	# Linux.
	selftests_on 6.12-um clone3 nsfs pid_namespace proc
	suite "exercises" $((55 + $#)) "$TOP/tests/suites/exercises.sh" "$@"
	suite "install" 33 "$TOP/tests/suites/install.sh"
	suite "lint" $((13 + $#)) "$TOP/tests/suites/lint.sh" "$@"
	[ -z "$all" ] || suite "rule" 9 "$TOP/tests/suites/rule.sh"
fi
finish_all

# The debug kernel finds most errors that need several processors, the newest
# kernel the others.
unset PIDNS_CPUS
LANES=1
for kernel; do
	case $kernel in
	*-um) ;;
	debug | "$NEWEST_KERNEL") parallel_on "$kernel" ;;
	*) [ -z "$all$guests" ] || parallel_on "$kernel" ;;
	esac
done
if [ -n "$all" ]; then
	selftests_on "$DEFAULT_KERNEL"
	selftests_on "$NEWEST_KERNEL"
	suite "scale on 7.x-um" 8 "$TOP/tests/vm/vm.sh" --kernel 7.x-um --memory 8G \
		--append "$COUNT_SLABS" --log "$LOGS/scale.dmesg" ./scale
	suite "races" 13 "$TOP/tests/suites/races.sh"
fi
finish_all

say "the logs are in $LOGS"
printf '%-20s %5s %6s %7s\n' suite ok not_ok minutes
printf '%s\n' "${rows[@]}"
echo "all in $(minutes $SECONDS) minutes"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
