#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# exercises.sh KERNEL...: tests of the exercises of the lessons and of their
# checker. Prints KTAP. The skeletons and solutions must build on each kernel.
# The solutions must get all points. Each wrong solution, which is an edit of a
# solution, must lose the points of the requirement that it fails.

. "$(dirname "$0")/../vm/lib.sh"
. "$TOP/tests/lessons/exercises/build.sh"

readonly KERNEL_UM=6.12-um
readonly CHECK=$TOP/tests/lessons/exercises/check.sh

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
MODULES=$work/exercises

# The tables of wrong solutions.
readonly WRONG=$TOP/tests/solutions/wrong
readonly REPORTED=$TOP/tests/solutions/reported

# read_table FILE: set rows to the lines of a table, without comments.
read_table() {
	mapfile -t rows < <(grep -v '^#' "$1")
}

# edit NUMBER SCRIPT FILE: write the solution with that edit to the file. Fails
# if the edit changes nothing.
edit() {
	local solution

	solution=$(compgen -G "$TOP/tests/solutions/$1-*.c") || return
	sed "$2" "$solution" >"$3" && ! cmp -s "$solution" "$3"
}

# build_all KERNEL: build all skeletons and solutions.
build_all() {
	local file name

	lock "$1"
	ensure_kernel "$1"
	rm -rf "$MODULES"
	for file in "$TOP"/tests/lessons/exercises/*/exercise.c "$TOP"/tests/solutions/*.c; do
		name=${file#"$TOP/tests/"}
		add_exercise "${name//\//-}" "$file" || return
	done
	printed=$(build_exercises W=1 KCFLAGS=-Werror) && [ -z "$printed" ]
	ended=$?
	echo "$printed"
	unlock "$1"
	[ $ended -eq 0 ] && [ "$(ls "$MODULES"/*/exercise.ko | wc -l)" -eq 10 ]
}

# check_solution NUMBER: check the solution as a student does, and that the
# checker writes nothing to its directory.
check_solution() {
	mkdir -p "$work/$1" &&
		cp "$TOP/tests/solutions/$1"-*.c "$work/$1/exercise.c" &&
		make -s -C "$TOP" exercise N="$1" DIR="$work/$1" >"$work/output" 2>"$work/errors"
	ended=$?
	cat "$work"/{output,errors}
	[ $ended -eq 0 ] && [ "$(ls -A "$work/$1")" = exercise.c ] &&
		tail -n 1 "$work/output" | grep -qx 'points: 20 of 20' || return
	# README.md of the exercises shows this output.
	[ "$1" -ne 1 ] || diff "$work/output" \
		<(sed '1,/^\$ make exercise/d; /^```$/,$d' "$TOP/tests/lessons/exercises/README.md")
}

# in_one_guest KERNEL: build the modules of the directory $work/sources, which
# has a file NUMBER-NAME.c for each, and run all of them in one guest. It is a
# subshell, so each return drops the lock.
in_one_guest() (
	local file

	lock "$1"
	build_for "$1"
	rm -rf "$MODULES"
	for file in "$work"/sources/*.c; do
		add_exercise "$(basename "$file" .c)" "$file" || return
	done
	build_exercises
	rm -rf "$work/modules" && mkdir "$work/modules" &&
		(cd "$MODULES" && for file in */exercise.ko; do
			cp "$file" "$work/modules/${file%/*}.ko" || exit
		done) || return
	unlock "$1"
	# shellcheck disable=SC2016 # expanded by the inner shell
	"$TOP/tests/vm/vm.sh" --kernel "$1" --log "$TOP/tests/logs/exercises-$1.dmesg" \
		--append "$EXERCISE_BOOT" --add "$work/modules" \
		bash -c 'failed=0
			for module in modules/*; do
				name=${module##*/}
				echo "module: ${name%.ko}"
				./exercise "${name%%-*}" "$module" || failed=1
			done
			exit $failed'
)

# solutions KERNEL: check all solutions in one guest.
solutions() {
	local exercise

	rm -rf "$work/sources" && mkdir "$work/sources" || return
	for exercise in {1..5}; do
		cp "$TOP/tests/solutions/$exercise"-*.c "$work/sources/$exercise-right.c" ||
			return
	done
	in_one_guest "$1"
}

# wrong_solutions: run the wrong solutions of WRONG and the skeletons in one
# guest, and report a test for each.
wrong_solutions() {
	local exercise name script requirement reason nr=100 row output

	rm -rf "$work/sources" && mkdir "$work/sources" || return
	read_table "$WRONG"
	for row in "${rows[@]}"; do
		IFS=$'\t' read -r exercise name script requirement reason <<<"$row"
		nr=$((nr + 1))
		edit "$exercise" "$script" "$work/sources/$exercise-$nr.c" ||
			echo "# no edit: $name"
	done
	for exercise in {1..5}; do
		cp "$TOP/tests/lessons/exercises/$exercise"-*/exercise.c \
			"$work/sources/$exercise-skeleton.c"
	done
	in_one_guest $KERNEL_UM >"$work/output" 2>&1
	nr=100
	for row in "${rows[@]}"; do
		IFS=$'\t' read -r exercise name script requirement reason <<<"$row"
		nr=$((nr + 1))
		output=$(print_module "$exercise-$nr")
		try "exercise $exercise: $name" lost_points "$output" "$requirement" "$reason"
	done
	for exercise in {1..5}; do
		output=$(print_module "$exercise-skeleton")
		try "exercise $exercise: the skeleton" lost_points "$output" "" ""
	done
}

# print_module NAME: print what the guest printed for that module.
print_module() {
	sed -n "/^module: $1\$/,/^module: /p" "$work/output"
}

# lost_points OUTPUT REQUIREMENT REASON: check that the requirement failed for
# this reason.
lost_points() {
	printf '%s\n' "$1"
	reason="^$3" awk -v requirement="$2" '
		{ sub(/\r$/, "") }
		/^# / { note = note ? note : substr($0, 3); next }
		/^not ok / && index($0, requirement) && note ~ ENVIRON["reason"] {
			found = 1
		}
		/ok / { note = "" }
		END { exit !found }' <<<"$1"
}

# reported NUMBER SCRIPT LINE OTHER: check a wrong solution, and that the checker
# prints two lines that match.
reported() {
	local directory=$work/reported

	rm -rf "$directory" && mkdir "$directory" &&
		edit "$1" "$2" "$directory/exercise.c" || return
	"$CHECK" "$1" "$directory" >"$work/output" 2>&1
	ended=$?
	cat "$work/output"
	[ $ended -eq 1 ] && grep -qE -e "$3" "$work/output" &&
		grep -qE -e "$4" "$work/output" &&
		tail -n 1 "$work/output" | grep -q '^points: '
}

# refuses WORDS ARGUMENT...: check that make exercise fails and prints the words.
refuses() {
	local words=$1
	shift

	! make -s -C "$TOP" exercise "$@" >"$work/output" 2>&1
	ended=$?
	cat "$work/output"
	[ $ended -eq 0 ] && grep -qF -e "$words" "$work/output"
}

# as_student: check a solution as a user without root, in a cache that root has
# filled, with a copy of the project that has no solutions and one skeleton that
# was edited. The user may only read the copy. The program that enters the chroot
# warns on stderr, as sudo can, which is no warning of the compiler.
as_student() {
	local home=$work/home

	chmod a+x "$work" &&
		mkdir -p "$home"/{bin,cache/pidns_tree,mine,project} &&
		printf '#!/bin/sh\necho warning >&2\nexec /usr/bin/unshare "$@"\n' \
			>"$home/bin/unshare" && chmod +x "$home/bin/unshare" &&
		cp "$TOP"/tests/solutions/1-*.c "$home/mine/exercise.c" &&
		tar -C "$TOP" --exclude=./{.git,tests/logs,tests/solutions} -cf - . |
		tar -C "$home/project" -xf - &&
		echo >>"$home/project/tests/lessons/exercises/1-numbers/exercise.c" &&
		as_root chown -R 0:0 "$home/project" &&
		as_root chmod -R a+rX,go-w "$home/project" || return
	# shellcheck disable=SC2016 # expanded by the inner shell
	as_root unshare --mount -- sh -c '
		mount --bind "$2" "$1/cache/pidns_tree" && cd "$1/project" &&
			exec setpriv --reuid 65534 --regid 65534 --clear-groups \
			env -i PATH="$1/bin:/usr/bin:/bin" HOME="$1" TMPDIR=/tmp \
			make -s exercise N=1 DIR="$1/mine" XDG_CACHE_HOME="$1/cache"' \
		sh "$home" "$CACHE" >"$work/output" 2>&1
	ended=$?
	cat "$work/output"
	as_root rm -rf "$home"
	[ $ended -eq 0 ] && grep -qx 'points: 20 of 20' "$work/output"
}

broken=$work/'broken & a|b\c'
mkdir -p "$TOP/tests/logs" "$work"/{empty,secret,warns} "$broken" ||
	die "cannot create $TOP/tests/logs"
echo 'int broken(' >"$broken/exercise.c"
# Only root may read this file of the Debian that compiles.
echo '#include "/etc/shadow"' >"$work/secret/exercise.c"
edit 1 's/^static int __init/static int unused;\n\n&/' "$work/warns/exercise.c"

echo "KTAP version 1"
for kernel; do
	try "skeletons and solutions build on $kernel" build_all "$kernel"
done
for exercise in {1..5}; do
	try "exercise $exercise: the solution gets all points" check_solution "$exercise"
done
try "a user without root in a cache of root" as_student
try "the solutions on $NEWEST_KERNEL" solutions "$NEWEST_KERNEL"
wrong_solutions
read_table "$REPORTED"
for row in "${rows[@]}"; do
	IFS=$'\t' read -r exercise name script line other <<<"$row"
	try "exercise $exercise: $name" reported "$exercise" "$script" "$line" "$other"
done

try "a missing number is an error" refuses "missing number, use N=NUMBER" DIR="$work/empty"
try "an unknown exercise is an error" refuses "make exercise N=5 DIR=" N=6 DIR="$work/empty"
try "a missing directory is an error" refuses "use DIR=DIRECTORY" N=1
try "a directory without exercise.c is an error" refuses \
	"cp -rT tests/lessons/exercises/2-lists $work/empty" N=2 DIR="$work/empty"
N=1 DIR=$work/empty try "the environment has no number" refuses "missing number"
# A lock cannot have this name.
try "an unknown kernel is an error" refuses "no kernel 'no/kernel'" N=1 \
	DIR="$work/warns" KERNEL=no/kernel
try "a file that does not compile" refuses "$broken/exercise.c:1:" N=1 \
	DIR="$broken"
try "a file that includes a secret" refuses "/etc/shadow: Permission denied" \
	N=1 DIR="$work/secret"
try "a file that compiles with a warning" refuses "wrong 0/1  it builds without a warning" \
	N=1 DIR="$work/warns"
plan
