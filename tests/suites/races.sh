#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# races.sh [SECONDS]: search on the kernel "race" for data races, and for pointers that the
# module uses after their RCU section: three tests of this time each (default 300). First
# check that the kernel reports such errors: each change of the module in
# tests/races/*.patch has one, and the kernel must report it within WITHIN seconds. Prints
# KTAP.

. "$(dirname "$0")/../vm/lib.sh"

readonly DIRECTORY=$TOP/tests/races
readonly LOGS=$TOP/tests/logs
readonly WITHIN=120

# The allocator poisons what it frees, and reports objects that are freed twice. Each kind
# of object has a cache of its own.
#
# KCSAN watches one in skip_watch accesses for up to udelay_task microseconds. Emulated
# processors are slow, so they need more time for a second access than the default.
readonly CHECKS='slab_nomerge slub_debug=FZP,pid*,task_struct kcsan.udelay_task=500 kcsan.skip_watch=5000'

# build NAME: make a copy of the build for the kernel, $work/NAME, with the change of that
# name, if any. If the name begins with "late", add the delays of delay.h. It is a subshell,
# so each return drops the lock.
build() (
	local copy=$work/$1 patch=$DIRECTORY/$1.patch

	lock race
	build_for race
	cp -r --preserve=timestamps "$BUILT" "$copy" || return
	[ ! -e "$patch" ] || apply_patch "$copy" "$patch" || return
	[[ $1 != late* ]] || cat "$DIRECTORY/delay.h" >>"$copy/module/pidns_tree.h" || return
	BIND=$copy in_debian "$ROOT" make -s -C /mnt -j"$(nproc)" \
		KDIR="/lib/modules/$VERSION/build" modules
)

# run NAME LOG COMMAND...: run a command in a guest with that build. LOG is a part of the
# name of the log.
run() {
	local name=$1 log=$2
	shift 2

	"$TOP/tests/vm/vm.sh" --kernel race --built "$work/$name" --append "$CHECKS" \
		--log "$LOGS/races-$log.dmesg" --timeout $((seconds + 1200)) "$@"
}

# churn NAME SECONDS: run readers with that build. If the name begins with "late", they read
# in all ways objects that exist for some milliseconds. Otherwise they read many processes.
churn() {
	case $1 in
	late*)
		# shellcheck disable=SC2016 # expanded by the shell in the guest
		run "$1" "$1" bash -c './readers & ./churn "$1"; ended=$?
			kill $! && wait $! && exit $ended' bash "$2"
		;;
	*) run "$1" "$1" ./churn "$2" 300 ;;
	esac
}

# find_report NAME: print the first report that the change must cause, and how many seconds
# after the load it appeared. Fail if it appeared too late.
find_report() {
	local log=$LOGS/races-$1.dmesg expected

	expected=$(sed -n 's/^Report: //p' "$DIRECTORY/$1.patch")
	{ grep -aF 'pidns_tree: loading out-of-tree module' "$log" && list_reports race "$log"; } |
		tr -d '[]' | awk -v expected="$expected" -v within=$WITHIN '
			NR == 1 { start = $1; next }
			!report && $0 ~ expected { report = $0; seconds = $1 - start }
			END {
				if (report)
					printf "%.1f s after the load: %s\n", seconds, report
				exit !(report && seconds >= 0 && seconds <= within)
			}'
}

# is_reported NAME: check that the kernel reports the change. Then vm.sh exits with 98, or
# with 99 if the report ends the guest.
is_reported() {
	local status

	build "$1" || return
	churn "$1" $WITHIN
	status=$?
	[[ $status = 9[89] ]] && find_report "$1"
}

seconds=${1:-300}
mkdir -p "$LOGS" && work=$(mktemp -d) || exit 1
trap 'as_root rm -rf "$work"' EXIT

echo "KTAP version 1"
for file in "$DIRECTORY"/*.patch; do
	name=$(basename "$file" .patch)
	# A log of an earlier run must not count.
	: >"$LOGS/races-$name.dmesg"
	try "the error $name is reported" is_reported "$name"
	find_report "$name" | sed 's/^/# /'
done
for name in data late; do
	try "the module builds for $name" build $name
done
try "readers of many processes" churn data "$seconds"
relay %s run data stress ./stress "$seconds"
try "readers of objects that exist for some milliseconds, with delays" churn late "$seconds"
plan
