#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# arch.sh [DIRECTORY]: build the packages for Arch Linux and put them into the
# directory (default: tools/packaging/out).

. "$(dirname "$0")/common.sh"

readonly OUT=${1:-$PACKAGING/out}

command -v makepkg >/dev/null ||
	die "makepkg is not installed; as root, run: $(packages_command "$(builder arch)")"
[ "$(id -u)" -ne 0 ] || die "makepkg refuses to run as root; run 'make arch' as a user"
# On Debian, pacman does not know the packages that apt installed.
options=()
[ ! -e /etc/debian_version ] || options=(--nodeps)

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
make_tarball "$work/pidns-tree-$VERSION.tar.gz"
fill_in "$PACKAGING/arch/PKGBUILD.in" "$work/PKGBUILD"
cp "$PACKAGING/arch/pidnstree.install" "$work" || exit 1
say "building the packages"
output=$(cd "$work" && env PKGDEST="$work" SOURCE_DATE_EPOCH="$(changelog_date %s)" \
	makepkg --nocolor "${options[@]}" 2>&1) || {
	[[ $output != *'Missing dependencies'* ]] ||
		die "build dependencies are missing; as root, run: $(packages_command curl json-c util-linux-libs)"
	die "could not build the packages: $output"
}
mkdir -p "$OUT" && rm -f "$OUT"/{pidns-tree-dkms,pidnstree}-*.pkg.tar.* &&
	cp "$work"/*.pkg.tar.* "$OUT" ||
	die "could not copy the packages to $OUT"
ls "$OUT"/*.pkg.tar.*
