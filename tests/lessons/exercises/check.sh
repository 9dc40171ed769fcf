#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# check.sh NUMBER DIRECTORY [KERNEL]: check a student's solution of an exercise.
# Build the module DIRECTORY/exercise.c for the kernel, and boot a guest that
# loads it. Print a line for each requirement, with its points. The directory is
# only read. Succeeds if the solution gets all points.

. "$(dirname "$0")/../../vm/lib.sh"
. "$(dirname "$0")/build.sh"

# The requirements that this script checks; exercise.c lists the others.
readonly BUILDS="1 it builds without a warning"
readonly NO_REPORT="3 the kernel's log has no report"

# vm.sh exits with these statuses if the guest could not start, or was lost.
readonly VM_FAILED=97 VM_LOST=99

# How many lines of a report to print.
readonly REPORT_LINES=60

points=0
total=0

# refuse MESSAGE: exit with that message and the list of exercises.
refuse() {
	local file

	echo "exercise: $*; the exercises are:"
	for file in "$TOP"/tests/lessons/exercises/[0-9]*/README.md; do
		sed -n 's/^# Exercise \([0-9]*\): /    make exercise N=\1 DIR=DIRECTORY   /p;q' "$file"
	done
	exit 1
} >&2

# grade RESULT REQUIREMENT [REASON]: print the line of a requirement, whose
# first word is its points.
grade() {
	local result=$1 most=${2%% *} name=${2#* } got=0

	[ "$result" != ok ] || got=$most
	points=$((points + got))
	total=$((total + most))
	printf '%-5s %d/%d  %s%s\n' "$result" "$got" "$most" "$name" "${3:+: $3}"
}

# end: print the points, and exit.
end() {
	echo "points: $points of $total"
	[ "$points" -eq "$total" ]
	exit
}

# build: build the student's module. Sets module, its file. Exits if there is
# none.
build() {
	local messages requirement name

	add_exercise student "$source" || die "could not copy $source"
	# Characters that are special to sed.
	name=$(printf '%s\n' "$source" | sed 's/[|&\]/\\&/g')
	messages=$(build_exercises | sed "s|/mnt/student/exercise\.c|$name|g")
	[ -z "$messages" ] || printf '%s\n' "$messages"
	module=$MODULES/student/exercise.ko
	if [ ! -e "$module" ]; then
		grade wrong "$BUILDS" "it does not build"
		for requirement in "${requirements[@]}" "$NO_REPORT"; do
			total=$((total + ${requirement%% *}))
		done
		end
	fi
	if [ -z "$messages" ]; then
		grade ok "$BUILDS"
	else
		grade wrong "$BUILDS"
	fi
}

# boot_guest: run the requirements in a guest. Each of them has a time limit,
# which exercise.c defines. The guest has the sum of these limits, and one more to
# boot.
boot_guest() {
	local seconds=240

	[ "$ARCH" != um ] || seconds=60
	"$TOP/tests/vm/vm.sh" --kernel "$kernel" --log "$log" \
		--timeout $((seconds * (${#requirements[@]} + 1))) \
		--append "$EXERCISE_BOOT" --add "$module" \
		./exercise "$number" exercise.ko 2>"$WORK/errors"
}

# run: boot a guest and print the requirements that were checked there. Sets
# status to the exit status of vm.sh.
run() {
	local line reason='' name requirement
	local -A seen=()

	while IFS= read -r line; do
		line=${line%$'\r'}
		name=${line#*ok [0-9]* }
		case $line in
		'ok '*) grade ok "$name" ;;
		'not ok '*) grade wrong "$name" "$reason" ;;
		'# '*) : "${reason:=${line#\# }}" && continue ;;
		*) continue ;;
		esac
		seen[$name]=yes reason=''
	done < <(boot_guest)
	wait $!
	status=$?
	[ $status -ne $VM_FAILED ] || die "$(cat "$WORK/errors")"
	for requirement in "${requirements[@]}"; do
		[ -n "${seen[$requirement]:-}" ] || grade lost "$requirement"
	done
}

# print_reports: print each report in the log, with the requirement that was
# checked meanwhile. A report has a heading of up to two lines before the line
# that REPORTS matches, and lasts until the next requirement. Fails if there is
# none.
print_reports() {
	local lines i first requirement='0 the boot' printed='' any=''
	local -A matches=()

	mapfile -t lines < <(tr -d '\r\0' <"$log")
	while IFS= read -r i; do
		matches[$((i - 1))]=yes
	done < <(grep -naE "$REPORTS" "$log" | cut -d: -f1)
	for i in "${!lines[@]}"; do
		first=$i
		if [[ ${lines[i]} = *'] requirement: '* ]]; then
			requirement=${lines[i]##*] requirement: } printed=''
		elif [ -z "$printed" ] && [ -n "${matches[$i]:-}" ]; then
			echo "      while checking: ${requirement#* }"
			first=$((i < 2 ? 0 : i - 2)) printed=0 any=yes
		fi
		[ -n "$printed" ] && [ "$printed" -lt $REPORT_LINES ] || continue
		printed=$((printed + 1))
		printf '      %s\n' "${lines[@]:first:i - first + 1}"
		[ $printed -lt $REPORT_LINES ] || echo "      ...${saved:+ see $saved}"
	done
	[ -n "$any" ]
}

# check_log: check the kernel's log of the guest.
check_log() {
	local reports

	reports=$(print_reports)
	if [ "$status" -eq $VM_LOST ]; then
		grade wrong "$NO_REPORT" "the kernel crashed or did not finish; its last words:"
		[ -n "$reports" ] || reports=$(tail -n 15 "$log" | sed 's/^/      /')
	elif [ -n "$reports" ]; then
		grade wrong "$NO_REPORT" "it has:"
	elif [ "$status" -gt 1 ]; then
		grade wrong "$NO_REPORT" "$(cat "$WORK/errors")"
	else
		grade ok "$NO_REPORT"
	fi
	[ -z "$reports" ] || printf '%s\n' "$reports"
}

number=${1:-}
directory=${2:-}
kernel=${3:-6.12-um}
[ -n "$number" ] || refuse "missing number, use N=NUMBER"
find_exercise "$number" || refuse "no exercise '$number'"
[ -n "$directory" ] || refuse "missing directory of your exercise.c, use DIR=DIRECTORY"
[ -n "${KERNELS[$kernel]:-}" ] ||
	die "no kernel '$kernel'; choose one of: $(list_kernels)"
source=$(expand_home "$directory")/exercise.c
[ -r "$source" ] ||
	die "cannot read $source; copy the skeleton: cp -rT ${EXERCISE#"$TOP/"} $directory"

WORK=$(mktemp -d "${TMPDIR:-/tmp}/pidns_tree.XXXXXX") || exit 1
trap 'rm -rf "$WORK"' EXIT
MODULES=$WORK/exercises
trap 'exit 130' INT
log=$WORK/log
lock "$kernel"
build_for "$kernel"
mapfile -t requirements < <(in_debian "$ROOT" /src/tests/integration/exercise "$number")
[ ${#requirements[@]} -gt 0 ] || die "cannot list the requirements on '$kernel'"
build
unlock "$kernel"
run
saved=tests/logs/exercise-$number-$kernel.dmesg
save_log "$log" "${saved##*/}" || saved=
check_log
end
