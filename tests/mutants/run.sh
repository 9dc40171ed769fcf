#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Check that the tests notice errors: make one change at a time to the sources,
# and run the tests until one fails. mutate.py makes the changes. See usage()
# below.
#
# The stages of a mutant, from the fastest tests to the slowest, are in
# MODULE_STAGES and TOOLS_STAGES. A stage compiles the changed file in a private
# copy of the sources and runs its tests. The first test that fails ends it.

. "$(dirname "$0")/../vm/lib.sh"

readonly HERE=$TOP/tests/mutants

# The survivors that these tests cannot find.
readonly KNOWN=$HERE/survivors

# The stages: the kind of tests, and the system in which they are built, which
# is a kernel or the Debian for the tool. Each survivor of 6.12 runs on 7.x,
# too, because only that kernel has lists of namespaces, namespace IDs and
# limits of each namespace.
readonly MODULE_STAGES=("kunit 6.12-um" "programs 6.12-um" "kunit 7.x-um"
	"programs 7.x-um")
readonly TOOLS_STAGES=("golden tool" "units tool" "answers 6.12-um")

# The commands of the kind "programs", the fastest first. Three tests of "load" and
# six of "reads" are absent: User-mode Linux can crash if processes are killed while
# they fork, and it has no kprobes, with which two tests count checks.
declare -rA PROGRAMS=(
	[6.12-um]="states;hierarchy;access;reads (2);reads two;reads 0;reads after;reads long;reads data;load parameters;load free"
	[7.x-um]="states pid_max;pinned"
)

# The number of mutants of which about one is in the sample.
declare -rA SAMPLES=([module]=5 [tools]=100)

# Limits in KiB of a program that does not end: its memory, and the size of a file.
# golden/run.sh makes a file of 2 GiB.
readonly MEMORY_LIMIT=4194304 FILE_LIMIT=2097152

usage() {
	cat <<END
usage: run.sh [options]

Change the module by one mutation at a time, and run KUnit and integration tests in
User-mode Linux until one fails. A mutant that survives and is not in the file
tests/mutants/survivors is an error. Without options, test a sample of the mutants.

  --tools         change pidnstree instead of the module, and run the golden tests
  --every N       choose about one in N mutants (default ${SAMPLES[module]}, or ${SAMPLES[tools]} with --tools)
  --list          list these mutants: number, line and name
  --show NUMBER   print the difference to the source
  --only NUMBER   test only this mutant
  --continue      skip the mutants that were tested before
  --survivors     test only the mutants that have survived before
  --lanes N       test N mutants at the same time (default: number of processors)
  --results DIR   directory of the results (default tests/logs/mutants-...)
  -h, --help      print this help
END
}

# mutate ARGUMENT...: run mutate.py on all sources of the mode.
mutate() {
	(cd "$TOP" && python3 "$HERE/mutate.py" "$@" "${sources[@]}")
}

# ---- systems: where the mutants are built ----

# The chroot of each system, and the version of its kernel.
declare -A ROOTS=() VERSIONS=()

# find_system NAME: set the variables of a system, and copy its sources to the first
# lane. A kernel's copy has the programs of the guest, too.
find_system() {
	local system=$1 copy=$WORK/0/$1

	lock "$system"
	if [ "$system" = tool ]; then
		ensure_debian tool "$TOOL_SUITE" "$TOOL_PACKAGES"
		VERSION=
		mkdir "$copy" && list_sources dkms.conf tools tests/golden |
			tar -C "$TOP" -cf - -T - | tar -C "$copy" -xf -
	else
		build_for "$system"
		cp -r --preserve=timestamps "$BUILT" "$copy"
	fi || die "could not copy the sources for $system"
	# shellcheck disable=SC2153 # lib.sh sets ROOT
	ROOTS[$system]=$ROOT
	VERSIONS[$system]=$VERSION
	unlock "$system"
}

# build SYSTEM TARGET...: build in the lane. The compiler's commands have the path
# of the directory, which is the same in each lane. So only the files that have
# changed are compiled.
build() {
	local system=$1
	shift

	BIND=$LANE/$system in_debian "${ROOTS[$system]}" make -s -C /mnt \
		KDIR="/lib/modules/${VERSIONS[$system]}/build" "$@" \
		>"$LANE/build" 2>&1 </dev/null
}

# ---- tests: run until the first failure ----

# stop: kill the running tests, if any.
stop() {
	[ -z "$running" ] || as_root kill -KILL -- "-$running" 2>/dev/null
	running=
}

# watch LIMIT COMMAND...: run a command that prints KTAP. Kill it when a test
# fails, or when it prints nothing for LIMIT seconds. Sets OUTCOME to failed or
# hang in these cases, DETAIL to the name of the test, TESTS to the number of
# tests that passed, GAP to the longest time without output, and STATUS.
watch() {
	local limit=$1 input line read_status last=$SECONDS
	shift

	OUTCOME='' DETAIL='' TESTS=0 GAP=0
	as_root rm -rf "$LANE/tmp" "$LANE/tool/tmp" "$LANE/output"
	{ mkdir "$LANE/tmp" && mkfifo "$LANE/output"; } ||
		die "cannot write to $LANE"
	# In a process group of its own, to be killed.
	set -m
	TMPDIR=$LANE/tmp "$@" >"$LANE/output" 2>"$LANE/messages" </dev/null &
	running=$!
	set +m
	exec {input}<"$LANE/output"
	while true; do
		IFS= read -r -t "$limit" -u "$input" line
		read_status=$?
		[ $((SECONDS - last)) -le $GAP ] || GAP=$((SECONDS - last))
		last=$SECONDS
		[ $read_status -le 128 ] || OUTCOME=hang DETAIL="after $TESTS tests"
		[ $read_status -eq 0 ] || break
		case $line in
		'ok '*) TESTS=$((TESTS + 1)) ;;
		'not ok '*)
			OUTCOME=failed
			DETAIL=${line#not ok * }
			break
			;;
		esac
	done
	[ -z "$OUTCOME" ] || as_root kill -KILL -- "-$running" 2>/dev/null
	exec {input}<&-
	wait "$running" 2>/dev/null
	STATUS=$?
	running=
}

# guest LIMIT SYSTEM ARGUMENT...: run vm.sh with the build of the lane, and set
# OUTCOME, if the guest has not run all tests and exited without an error.
guest() {
	local limit=$1 system=$2
	shift 2

	watch "$limit" "$TOP/tests/vm/vm.sh" --kernel "$system" \
		--built "$LANE/$system" --log "$LANE/log" \
		--append "$COUNT_SLABS" "$@"
	[ -z "$OUTCOME" ] || return
	case $STATUS in
	0) return ;;
	97) die "could not start a guest: $(cat "$LANE/messages")" ;;
	98 | 99)
		DETAIL=$(grep -aE -m 1 "$REPORTS" "$LANE/log")
		OUTCOME=report
		if grep -qa 'init: load pidns_tree.ko' "$LANE/log"; then
			OUTCOME=failed DETAIL="the module does not load"
		elif [ -z "$DETAIL" ]; then
			OUTCOME=crash DETAIL=$(tail -n 1 "$LANE/log")
		fi
		;;
	*) OUTCOME=failed DETAIL="exit status $STATUS" ;;
	esac
}

# compare NAME COMMAND...: compare the output of a command with the reviewed output,
# and print a line of KTAP.
compare() {
	local name=$1
	shift

	if "$@" | diff -u "$LANE/tool/tests/golden/outputs/$name" - >&2; then
		echo "ok - $name"
	else
		echo "not ok - $name"
	fi
}

# units: run the tests of the tool's functions, except for programs that are the
# same as without a change. Prints KTAP.
units() {
	local name program

	for name in containers names screen; do
		program=tests/golden/$name
		[ -n "$baseline" ] ||
			! cmp -s "$WORK/base.tool/$program" "$LANE/tool/$program" ||
			continue
		case $name in
		containers) compare $name in_tool $program tests/golden/cgroups ;;
		# It makes a file of 1 TiB without contents.
		names)
			FILES=unlimited compare $name in_tool sh -c \
				"mkdir tmp/names && $program /mnt/tmp/names"
			;;
		screen) in_tool $program ;;
		esac
	done
}

# in_tool COMMAND...: run a command in the Debian for the tool, in the lane's copy
# of the source. FILES replaces FILE_LIMIT. When the command exits, the kernel kills its descendants.
in_tool() {
	(
		ulimit -v $MEMORY_LIMIT -f "${FILES:-$FILE_LIMIT}"
		# shellcheck disable=SC2016 # expanded by the inner shell
		BIND=$LANE/tool in_debian "${ROOTS[tool]}" unshare --pid --fork \
			--kill-child env LC_ALL=C.UTF-8 TMPDIR=/mnt/tmp \
			sh -c 'cd /mnt && mkdir -p tmp && "$@"' sh "$@"
	)
}

# ---- stages ----

# For each stage: the expected number of tests, and the seconds without output
# after which a test counts as hung.
declare -A COUNTS=() LIMITS=()

# object_of STAGE FILE: print the name of the object that the stage compiles.
object_of() {
	local name

	name=$(basename "$2" .c).o
	case $1 in
	kunit*) echo "tests/kunit/$name" ;;
	*) echo "$(dirname "$2")/$name" ;;
	esac
}

# build_stage STAGE: build what the stage runs.
build_stage() {
	local kind system

	read -r kind system <<<"$1"
	case $kind in
	kunit) build "$system" kunit-modules ;;
	programs) build "$system" modules ;;
	golden) build "$system" -C tools CFLAGS=-O1 ;;
	units) build "$system" -C tests/golden CFLAGS="-std=gnu11 -O1" ;;
	answers) build "$system" tools ;;
	esac
}

# run_stage STAGE LIMIT FILE: run the tests of a stage. Sets OUTCOME if they do not
# pass. The program that is named like the file, if any, runs first.
run_stage() {
	local kind system limit=$2 name programs program first=() others=()

	read -r kind system <<<"$1"
	case $kind in
	kunit) guest "$limit" "$system" --no-module ./kunit ;;
	programs)
		name=$(basename "$3" .c)
		IFS=';' read -ra programs <<<"${PROGRAMS[$system]}"
		for program in "${programs[@]}"; do
			if [ "$program" = "$name" ]; then
				first=("$program")
			else
				others+=("$program")
			fi
		done
		guest "$limit" "$system" ./all "${first[@]}" "${others[@]}"
		;;
	golden)
		watch "$limit" in_tool tests/golden/run.sh tools/pidnstree
		[ -n "$OUTCOME" ] || [ "$STATUS" -eq 0 ] ||
			OUTCOME=failed DETAIL="exit status $STATUS"
		;;
	units) watch "$limit" units ;;
	answers) guest "$limit" "$system" ./all answers pins ;;
	esac
}

# run_baseline: build and test without a change, to know the number of tests and
# how long the longest of them takes. Later, the machine may be busier.
run_baseline() {
	local stage system

	LANE=$WORK/0
	baseline=yes
	for stage in "${stages[@]}"; do
		system=${stage#* }
		say "${stage% *} on $system, without a change"
		build_stage "$stage" || die "the build for $system failed: $(cat "$LANE/build")"
		run_stage "$stage" 300 none
		[ -z "$OUTCOME" ] ||
			die "the tests fail without a change: $OUTCOME $DETAIL $(cat "$LANE/messages")"
		[ "$TESTS" -gt 0 ] || die "the stage $stage has no tests: $(cat "$LANE/messages")"
		COUNTS[$stage]=$TESTS
		LIMITS[$stage]=$((3 * GAP + 15))
		say "$TESTS tests"
		rm -rf "$WORK/base.$system"
		cp -r --preserve=timestamps "$LANE/$system" "$WORK/base.$system" ||
			die "could not copy the build for $system"
	done
	COUNTS[units tool]=0
	baseline=
}

# try_stage STAGE FILE: set OUTCOME of a mutant in a stage. If no test fails,
# OUTCOME is survived, absent if the stage does not compile the file, or same if the
# compiler generates the same code as without the change.
try_stage() {
	local stage=$1 file=$2 system=${1#* } object

	DETAIL=
	object=$(object_of "$stage" "$file")
	OUTCOME=absent
	[ -e "$WORK/base.$system/$object" ] || return
	OUTCOME=invalid
	build_stage "$stage" || {
		grep -qF "${file##*/}:" "$LANE/build" ||
			die "the build for $system failed: $(cat "$LANE/build")"
		return
	}
	OUTCOME=same
	! cmp -s "$LANE/$system/$object" "$WORK/base.$system/$object" || return
	run_stage "$stage" "${LIMITS[$stage]}" "$file"
	# A busy machine can cause both, and User-mode Linux can crash by itself.
	[[ $OUTCOME != @(hang|crash) ]] || run_stage "$stage" "${LIMITS[$stage]}" "$file"
	[ -z "$OUTCOME" ] || return
	OUTCOME=survived
	[ "$TESTS" -ge "${COUNTS[$stage]}" ] ||
		OUTCOME=failed DETAIL="only $TESTS tests of ${COUNTS[$stage]} ran"
}

# try_mutant NUMBER NAME: set OUTCOME of a mutant in all stages.
try_mutant() {
	local number=$1 file=${2%%:*} stage system outcome=absent copies=()

	for system in "${!ROOTS[@]}"; do
		copies+=(--to "$LANE/$system")
	done
	mutate --apply "$number" "${copies[@]}" || die "no mutant $number"
	for stage in "${stages[@]}"; do
		try_stage "$stage" "$file"
		case $OUTCOME in
		absent) continue ;;
		same) [ $outcome = survived ] || outcome=same ;;
		survived) outcome=survived ;;
		*)
			outcome=$OUTCOME
			[ -z "$DETAIL" ] || DETAIL="${stage% *}: $DETAIL"
			break
			;;
		esac
	done
	OUTCOME=$outcome
	for system in "${!ROOTS[@]}"; do
		cp "$TOP/$file" "$LANE/$system/$file" || die "cannot restore $file"
	done
}

# run_lane LANE: test the mutants of a lane. Write a line for each: outcome,
# seconds, number, name, detail.
run_lane() {
	local i number name start

	LANE=$WORK/$1
	trap 'stop; exit 1' TERM
	for ((i = $1; i < ${#numbers[@]}; i += lanes)); do
		number=${numbers[i]}
		name=${names[i]}
		start=$SECONDS
		try_mutant "$number" "$name"
		printf '%s\t%s\t%s\t%s\t%s\n' "$OUTCOME" $((SECONDS - start)) \
			"$number" "$name" "${DETAIL//$'\t'/ }" >>"$results/results"
		say "$OUTCOME in $((SECONDS - start)) s: $number $name${DETAIL:+ ($DETAIL)}"
	done
}

# ---- results ----

# summarize: print the numbers of mutants by their outcome, and the survivors. Fail
# if a survivor is not in KNOWN. If a mutant was tested again, the last result
# counts.
summarize() {
	mutate | cut -f 3 | awk -F '\t' -v mode="$mode" -v minutes=$(((SECONDS + 59) / 60)) '
		function print_all(title, list, i) {
			if (list[0])
				print title
			for (i = 1; i <= list[0]; i++)
				print "  " list[i]
		}
		file == "known" && /^(#|$)/ { next }
		file == "known" && /^[a-z]/ && index($0, mode "/") != 1 {
			mutant = ""
			next
		}
		file == "known" && /^[ \t]/ && mutant == "" { next }
		file == "known" && /^[ \t]/ { reasons[mutant] = $0; next }
		file == "known" { mutant = $0; reasons[mutant] = ""; next }
		file == "all" { exists[$0] = 1; next }
		{ outcomes[$4] = $1; numbers[$4] = $3 }
		END {
			for (name in outcomes) {
				outcome = outcomes[name]
				count[outcome]++
				total++
				if (outcome == "survived" && !reasons[name])
					unknown[++unknown[0]] = numbers[name] " " name
				if (outcome != "survived" && name in reasons)
					stale[++stale[0]] = outcome ": " name
			}
			for (name in reasons)
				if (!(name in exists))
					stale[++stale[0]] = "no such mutant: " name
			killed = count["failed"] + count["report"] + \
				count["hang"] + count["crash"]
			printf "%d mutants: %d killed (%d by a test, %d by a report of the kernel, %d hung, %d crashed), %d survived, %d with the same code, %d invalid; %d minutes\n",
				total, killed, count["failed"], count["report"],
				count["hang"], count["crash"], count["survived"],
				count["same"] + count["absent"], count["invalid"], minutes
			print_all("stale lines in tests/mutants/survivors:", stale)
			print_all("survivors that need a test, or a line in tests/mutants/survivors:", unknown)
			exit unknown[0] > 0
		}' file=known "$KNOWN" file=all - file=results "$results/results"
}

mode=module
every=
action=
only=
lanes=$(nproc)
results=
running=
baseline=
while [ $# -gt 0 ]; do
	case $1 in
	--every | --show | --only | --lanes)
		[[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "$1 needs a number"
		;;&
	--results) [ $# -ge 2 ] || die "$1 needs a directory" ;;&
	--tools) mode=tools ;;
	--every) every=$2 && shift ;;
	--list | --continue | --survivors) action=$1 ;;
	--show) action=$1 only=$2 && shift ;;
	--only) action=$1 only=$2 && shift ;;
	--lanes) lanes=$2 && shift ;;
	--results) results=$(realpath -m "$2") && shift ;;
	-h | --help) usage && exit ;;
	*) die "unrecognized option '$1'; see --help" ;;
	esac
	shift
done
: "${every:=${SAMPLES[$mode]}}" "${results:=$TOP/tests/logs/mutants-$mode}"
need python3=python3
mapfile -t sources < <(list_sources "$mode" | grep '\.c$')
case $mode in
module) stages=("${MODULE_STAGES[@]}") ;;
tools) stages=("${TOOLS_STAGES[@]}") ;;
esac

case $action in
--list)
	mutate --every "$every"
	exit
	;;
--show)
	mutate --show "$only"
	exit
	;;
esac

WORK=$(mktemp -d "${TMPDIR:-/tmp}/pidns_tree.XXXXXX") || exit
processes=()
trap 'as_root rm -rf "$WORK"' EXIT
trap 'stop; kill "${processes[@]}" 2>/dev/null; wait; exit 130' INT TERM

# The mutants to test.
case $action in
--only) results=$WORK every=1 ;;
--survivors) every=1 ;;
esac
mkdir -p "$results" || die "cannot create $results"
[[ $action = --@(continue|survivors) ]] || rm -f "$results/results"
touch "$results/results" || exit
declare -A before=()
while IFS=$'\t' read -r outcome _ _ name _; do
	before[$name]=$outcome
done <"$results/results"
numbers=() names=()
while IFS=$'\t' read -r number _ name; do
	case $action in
	--only) [ "$number" -eq "$only" ] || continue ;;
	--continue) [ -z "${before[$name]:-}" ] || continue ;;
	--survivors) [ "${before[$name]:-}" = survived ] || continue ;;
	esac
	numbers+=("$number")
	names+=("$name")
done < <(mutate --every "$every")
if [ ${#numbers[@]} -eq 0 ]; then
	say "no mutants to test"
	summarize
	exit
fi

mkdir "$WORK/0" || exit
[ "$lanes" -le ${#numbers[@]} ] || lanes=${#numbers[@]}
for system in $(printf '%s\n' "${stages[@]#* }" | sort -u); do
	find_system "$system"
done
run_baseline
for ((i = 1; i < lanes; i++)); do
	cp -r --preserve=timestamps "$WORK/0" "$WORK/$i" ||
		die "could not copy the build"
done
for ((i = 0; i < lanes; i++)); do
	run_lane $i &
	processes+=($!)
done
for process in "${processes[@]}"; do
	wait "$process" || {
		kill "${processes[@]}" 2>/dev/null
		wait
		die "not all mutants were tested; add --continue to test the others"
	}
done
summarize
