#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# bench-native.sh [--compare REVISION]... [FOREST...]: measure reads inside the
# kernel, on User-mode Linux, which runs at the speed of the processor. Use the
# forests of the targets by default. With --compare, measure also the module as
# it was in that revision of git, in the same guest. Write the table and the
# measurements to tests/logs/bench. tests/bench/README.md explains them.
#
# The script fails if a measurement fails, but not if a target is missed.

. "$(dirname "$0")/../vm/lib.sh"

readonly LOGS=$TOP/tests/logs/bench

# Arguments of forest.c: processes and namespaces.
readonly FORESTS=("5000 100" "100000 2000")

# build_revision REVISION FILE: build the module of that revision of git in the
# Debian of ensure_kernel, as build_for does. FILE is a name in the guest.
build_revision() {
	local revision=$1 file=$2 work=$ROOT/compared

	say "building the module of $revision"
	as_root rm -rf "$work" && as_root mkdir "$work" &&
		git -C "$TOP" archive "$revision" Kbuild Makefile module |
		as_root tar -C "$work" -xf - --no-same-owner &&
		in_debian "$ROOT" env "${UM_BUILD[@]}" make -s -C /compared \
			-j"$(nproc)" KDIR="/lib/modules/$VERSION/build" modules >&2 &&
		as_root cp "$work/pidns_tree.ko" "$BUILT/tests/bench/$file" ||
		die "could not build the module of $revision"
}

# measure COMMAND...: run vm.sh with this command as the current user. The
# guest's memory is a file in a tmpfs with huge pages, because a kernel maps its
# own memory with huge pages, too. The tmpfs is mounted in a mount namespace of
# its own, so it disappears however vm.sh ends.
measure() {
	mkdir -p "$CACHE/memory" || return
	# shellcheck disable=SC2016 # expanded by the inner shell
	as_root unshare --mount -- sh -c '
		mount -t tmpfs -o huge=always,mode=1777 tmpfs "$1" || exit
		user=$2 group=$3
		shift 3
		exec setpriv --reuid "$user" --regid "$group" --init-groups "$@"' sh \
		"$CACHE/memory" "$(id -u)" "$(id -g)" env HOME="$HOME" PATH="$PATH" \
		XDG_CACHE_HOME="$(dirname "$CACHE")" TMPDIR="$CACHE/memory" \
		"$TOP/tests/vm/vm.sh" --kernel bench-um --no-module \
		--log "$LOGS/native.dmesg" "$@"
}

revisions=()
while [ "${1:-}" = --compare ]; do
	[ $# -ge 2 ] || die "--compare needs a revision of git"
	git -C "$TOP" rev-parse -q --verify "$2^{commit}" >/dev/null ||
		die "no revision '$2'"
	revisions+=("$2")
	shift 2
done
[ $# -gt 0 ] || set -- "${FORESTS[@]}"

mkdir -p "$LOGS" || die "cannot make $LOGS"
lock bench-um
build_for bench-um
modules=(pidns_tree.ko)
printf 'module\t%s\t%s\n' pidns_tree.ko "this version" >"$LOGS/native"
for revision in "${revisions[@]}"; do
	modules+=("compared-${#modules[@]}.ko")
	build_revision "$revision" "${modules[-1]}"
	printf 'module\t%s\t%s\n' "${modules[-1]}" "$revision" >>"$LOGS/native"
done
unlock bench-um

say "measuring"
measure ./bench-native "${modules[*]}" "$@" >>"$LOGS/native" ||
	die "could not measure"

awk -F'\t' -f "$TOP/tests/bench/native.awk" "$LOGS/native" |
	tee "$LOGS/native.table"
awk -F'\t' -f "$TOP/tests/bench/native.awk" -v what=readme "$LOGS/native" \
	>"$LOGS/native.md"
say "the table and the measurements are in $LOGS"
