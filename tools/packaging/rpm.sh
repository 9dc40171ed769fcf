#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# rpm.sh [DIRECTORY]: build the RPM packages and put them into the directory
# (default: tools/packaging/out).

. "$(dirname "$0")/common.sh"

readonly OUT=${1:-$PACKAGING/out}

command -v rpmbuild >/dev/null ||
	die "rpmbuild is not installed; as root, run: $(packages_command "$(builder rpm)")"
# Without debug packages, 'dnf install' can take every file of the directory.
options=(--define "debug_package %{nil}" --define "_build_id_links none")
# On Debian, rpm does not know the packages that apt installed.
[ ! -e /etc/debian_version ] || options+=(--nodeps)

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
make_tarball "$work/pidns-tree-$VERSION.tar.gz"
fill_in "$PACKAGING/rpm/pidns-tree.spec.in" "$work/pidns-tree.spec"
say "building the packages"
output=$(rpmbuild -bb "${options[@]}" --define "_topdir $work" \
	--define "_sourcedir $work" "$work/pidns-tree.spec" 2>&1) || {
	packages=$(sed -n 's/^\t\(.*\) is needed by pidns-tree-.*/\1/p' <<<"$output")
	[ -z "$packages" ] || die "build dependencies are missing; as root, run: $(
		mapfile -t packages <<<"$packages"
		packages_command "${packages[@]@Q}"
	)"
	die "could not build the packages: $output"
}
mkdir -p "$OUT" && rm -f "$OUT"/{pidns-tree,pidnstree}-*.rpm &&
	cp "$work"/RPMS/*/*.rpm "$OUT" ||
	die "could not copy the packages to $OUT"
ls "$OUT"/*.rpm
