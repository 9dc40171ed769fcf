#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# deb.sh [DIRECTORY]: build the Debian packages, in a small Debian of their own,
# and put them there (default: tools/packaging/out).

. "$(dirname "$0")/../../tests/vm/lib.sh"

readonly PACKAGING=$TOP/tools/packaging
readonly OUT=${1:-$PACKAGING/out}

# What dpkg-buildpackage is to see: the source, with debian/ where it wants it.
copy_to() {
	local directory=$1

	# Not as a strict umask has it.
	umask 022
	copy_sources "$directory" Kbuild Makefile dkms.conf module tools &&
		as_root cp -r "$PACKAGING/debian" "$directory/debian" &&
		as_root cp "$TOP"/{README.md,LICENSE} "$directory" &&
		as_root rm -r "$directory/tools/packaging"
}

see_debian packages "$TOOL_SUITE" "$PACKAGE_PACKAGES"
work=/build/pidns-tree
as_root rm -rf "$ROOT/build"
as_root mkdir "$ROOT/build"
copy_to "$ROOT$work"
# What is packed has this time, whatever it was checked out at.
in_debian "$ROOT" sh -c "cd $work &&
	find . -exec touch -h -d \"\$(dpkg-parsechangelog -S Date)\" {} +" || exit 1
say "building the packages"
output=$(in_debian "$ROOT" env DEB_BUILD_OPTIONS=noautodbgsym \
	sh -c "cd $work && dpkg-buildpackage --no-sign -b" 2>&1) ||
	die "could not build the packages: $output"
mkdir -p "$OUT" && cp "$ROOT"/build/*.deb "$OUT" || die "could not copy them to $OUT"
ls "$OUT"/*.deb
