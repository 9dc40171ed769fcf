#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# selftests.sh SOURCE OUTPUT DIRECTORY...: build the kernel's selftests in these directories
# of tools/testing/selftests. Runs in a chroot. The programs are static, because the Debian
# of a guest may have older libraries. OUTPUT gets the programs, in directories of the same
# names, and two lists of names DIRECTORY/PROGRAM: the programs, in the file list, and those
# that do not build, in the file missing. A directory that the source lacks is skipped.
#
# A DIRECTORY may end in :PROGRAM,... to build only these programs.

set -u -o pipefail

source=$1/tools/testing/selftests
output=$2
headers=$output.headers
shift 2

# build DIRECTORY [TARGET...]: run make in a directory of the selftests. The source is
# read-only. Some directories treat warnings as errors, but a newer compiler warns more.
build() {
	local directory=$1
	shift

	make -s -k -j"$(nproc)" -C "$source/$directory" ARCH=x86 \
		OUTPUT="$output/$directory" COLLECTION="$directory" \
		KHDR_INCLUDES="-isystem $headers/usr/include" \
		USERCFLAGS=-Wno-error USERLDFLAGS='-static -s' "$@"
}

rm -rf "$output" "$headers"
mkdir -p "$output" "$headers" &&
	make -s -C "$source/../../.." O="$headers" ARCH=x86 headers || exit
for directory; do
	programs=
	case $directory in
	*:*) programs=${directory#*:} directory=${directory%%:*} ;;
	esac
	[ -e "$source/$directory/Makefile" ] || continue
	mkdir -p "$output/$directory" || exit
	if [ -n "$programs" ]; then
		IFS=, read -ra names <<<"$programs"
		build "$directory" "${names[@]/#/$output/$directory/}"
	else
		mapfile -t names < <(build "$directory" emit_tests | sed 's/.*://')
		build "$directory"
		[ ${#names[@]} -gt 0 ] || names=(emit_tests)
	fi
	for name in "${names[@]}"; do
		list=missing
		[ ! -x "$output/$directory/$name" ] || list=list
		echo "$directory/$name" >>"$output/$list"
	done
done
rm -r "$headers"
