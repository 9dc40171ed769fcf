#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# break.sh: list the changes of the module that have an error. Each change is a
# file NAME.patch in this directory.
# break.sh [--kernel KERNEL] [--unmodified] NAME...: make a copy of the module
# with this change, run commands in a guest that show the error, and print what
# the kernel reports. With several names, one guest runs the modules one after
# the other. With --unmodified, run the commands with the module as it is.

. "$(dirname "$0")/../../vm/lib.sh"

readonly HERE=$TOP/tests/lessons/break

# The parameters of each kernel. User-mode Linux fills a struct pid and a
# task_struct with 0x6b when it frees them. A pid_namespace that was freed keeps
# its contents, so its reference count stays zero. KASAN needs no such help, but it
# prints only its first report otherwise.
declare -rA CHECKS=(
	[6.12-um]="slab_nomerge slub_debug=FZPU,pid,pid_2,task_struct;F,pid_namespace"
	[debug]="kasan_multi_shot"
)

# The time limit of a guest, because an error can stop it. The debug kernel is
# emulated.
declare -rA SECONDS_OF=([6.12-um]=60 [debug]=600)

# With these options, the compiler does not merge the module's functions into
# their callers, so the call trace shows them. It still merges functions that are
# declared inline, so lockdep names the function that calls task_lock().
readonly FLAGS='-fno-inline-functions -fno-inline-small-functions -fno-inline-functions-called-once -fno-optimize-sibling-calls -fno-ipa-cp -fno-ipa-sra'

# list_names: print the names of all changes.
list_names() {
	local file

	for file in "$HERE"/*.patch; do
		basename "$file" .patch
	done | LC_ALL=C sort
}

# list_changes: print each name and the subject of the change.
list_changes() {
	local name

	list_names | while read -r name; do
		printf '  %-16s %s\n' "$name" \
			"$(sed -n 's/^Subject: //p' "$HERE/$name.patch")"
	done
}

# make_module DIRECTORY: build the module in that directory. The compiler's
# commands have the path of the directory. Each directory is mounted at the same
# path, so in a copy of one that was built, only the files that differ are built.
make_module() {
	BIND=$1 in_debian "$ROOT" make -s -C /mnt -j"$(nproc)" KCFLAGS="$FLAGS" \
		KDIR="/lib/modules/$VERSION/build" modules
}

# make_base: build the module without a change, unless the sources are as at the
# last time.
make_base() {
	local sources=(Kbuild Makefile module) hash

	hash=$(cd "$TOP" && { list_sources "${sources[@]}" | xargs sha256sum &&
		echo "$FLAGS"; } | sha256sum)
	[ "$(cat "$ROOT/break/hash" 2>/dev/null)" = "$hash" ] && return
	say "building the module without inlining for $VERSION"
	copy_sources "$ROOT/break" "${sources[@]}"
	make_module "$ROOT/break" >&2 || die "the build for $VERSION failed"
	printf '%s\n' "$hash" | as_root tee "$ROOT/break/hash" >/dev/null
}

# make_changed NAME: build the module with that change, $WORK/NAME.ko.
make_changed() {
	local name=$1 copy=$WORK/changed output

	say "building the module with the change $name"
	rm -rf "$copy"
	cp -r --preserve=timestamps "$ROOT/break" "$copy" || die "could not copy the module"
	output=$(apply_patch "$copy" "$HERE/$name.patch" 2>&1) ||
		die "the change $name does not apply to the module; correct tests/lessons/break/$name.patch: $output"
	output=$(make_module "$copy" 2>&1) ||
		die "the module with the change $name does not build: $output"
	mv "$copy/pidns_tree.ko" "$WORK/$name.ko" || die "no module"
}

# print_report NAME LOG: print the first report of the kernel after the start of
# the commands for this change. Fail if there is none. Omit times, the
# contents of the stack and registers of the process. Omit entries of a call trace
# that cannot be callers: the beginning of a function, and entries that the debug
# kernel marks with a question mark. (User-mode Linux marks all entries.)
print_report() {
	# To awk, \b is a backspace.
	awk -v start="break: $1\$" -v reports="${REPORTS//\\b/}|^RIP: " '
		{ sub(/\r$/, ""); sub(/^\[ *[0-9.]+\] ?/, "") }
		/break: [a-z-]+$/ { started = $0 ~ start; next }
		/pidns_tree: end of the test/ { exit }
		!started || !/[^ ]/ || /^kmemleak:/ { next }
		!inside && $0 !~ reports { next }
		{ inside = 1 }
		/KASAN/ { more = "^(Allocated|Freed|Last|The| which)" }
		/^Second to last/ { other = 1 }
		/^The buggy/ { other = 0 }
		other { next }
		/^ *<TASK>/ { task = 1 }
		/^ *<\/TASK>/ { task = 0; next }
		/^Stack:/ || /^ *[0-9a-f]+( [0-9a-f]+)* *$/ { next }
		/^ *(\[<[0-9a-f]+>\] )?(\? )?[A-Za-z_][A-Za-z0-9_.]*\+0x[0-9a-f]+\/0x/ {
			traced = 1
			sub(/\[<[0-9a-f]+>\] (\? )?/, "")
			if (!/\+0x0\/|^ *\? /)
				print
			next
		}
		task && traced && !/<\/?IRQ>/ { next }
		traced && !(more && $0 ~ more) { exit }
		/^The buggy address belongs to the physical page/ { exit }
		{ print }
		END { exit !inside }' "$2"
}

# print_leak LOG: print the first object that kmemleak reports, which it does at
# the end. Fail if there is none.
print_leak() {
	awk '
		{ sub(/^\[ *[0-9.]+\] ?/, "") }
		/^kmemleak: unreferenced/ && inside++ { exit }
		inside && /^kmemleak: / { print }
		END { exit !inside }' "$1"
}

kernel=6.12-um
unmodified=
while [ $# -gt 0 ]; do
	case $1 in
	--kernel)
		[ $# -ge 2 ] || die "$1 needs a value"
		kernel=$2 && shift
		;;
	--unmodified) unmodified=yes ;;
	-*) die "unrecognized option '$1'" ;;
	*) break ;;
	esac
	shift
done
[ $# -gt 0 ] || {
	echo "make break NAME=... runs the module with one of these changes:"
	list_changes
	exit
}
for name; do
	[[ $name =~ ^[a-z-]+$ ]] && [ -e "$HERE/$name.patch" ] ||
		die "no change '$name'; the changes are:
$(list_changes)"
done
[ -n "${SECONDS_OF[$kernel]:-}" ] ||
	die "kernel '$kernel' checks too little; choose 6.12-um or debug"

WORK=$(mktemp -d "${TMPDIR:-/tmp}/pidns_tree.XXXXXX") || exit
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT
log=$WORK/log

arguments=(--module pidns_tree.ko "$@")
files=()
if [ -z "$unmodified" ]; then
	arguments=("$@")
	lock "$kernel"
	ensure_kernel "$kernel"
	make_base
	for name; do
		make_changed "$name"
		files+=(--add "$WORK/$name.ko")
	done
	unlock "$kernel"
fi
say "booting $kernel"
"$TOP/tests/vm/vm.sh" --kernel "$kernel" --no-module --log "$log" \
	--timeout "${SECONDS_OF[$kernel]}" --append "${CHECKS[$kernel]}" "${files[@]}" \
	./break "${arguments[@]}" 2>"$WORK/messages"
status=$?
saved=break-$1-$kernel.dmesg
save_log "$log" "$saved" || saved=
[ $status -ne 97 ] || {
	cat "$WORK/messages" >&2
	exit $status
}
for name; do
	echo
	[ $# -eq 1 ] || echo "$name:"
	print_report "$name" "$log" || grep -q 'kmemleak: unreferenced' "$log" ||
		echo "The kernel reported nothing."
done
print_leak "$log"
[ -z "$saved" ] || {
	echo
	echo "The kernel's log is tests/logs/$saved."
}
