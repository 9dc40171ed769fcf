#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# deb.sh [--chroot] [DIRECTORY]: build the Debian packages and put them into the
# directory (default: tools/packaging/out). On Debian 12 and later, build on the
# host. On other systems or with --chroot, build in a minimal Debian, which the
# first run downloads.

. "$(dirname "$0")/common.sh"

chroot=
if [ "${1:-}" = --chroot ]; then
	chroot=yes
	shift
fi
case ${1:-} in
-*) die "unrecognized option '$1'; usage: deb.sh [--chroot] [DIRECTORY]" ;;
esac
readonly OUT=${1:-$PACKAGING/out}

# copy_to DIRECTORY: copy the source package. All files get the date of the
# changelog, because packages must be reproducible.
copy_to() {
	local directory=$1

	copy_package_sources "$directory" &&
		cp -r "$PACKAGING/debian" "$directory/debian" &&
		find "$directory" -exec touch -h -d "$(changelog_date '%F %TZ')" {} + ||
		die "could not copy the sources to $directory"
}

# install_build_dependencies DIRECTORY: install the missing packages that the
# source package in this directory needs.
install_build_dependencies() {
	local directory=$1 output

	command -v dpkg-checkbuilddeps >/dev/null &&
		(cd "$directory" && dpkg-checkbuilddeps 2>/dev/null) && return
	require_root "as root, run: apt build-dep $PACKAGING"
	lock apt
	say "installing the build dependencies (once)"
	output=$({
		as_root apt-get -q update &&
			as_root env DEBIAN_FRONTEND=noninteractive apt-get -q build-dep \
				--no-install-recommends -y "$directory"
	} 2>&1) || die "could not install the build dependencies: $output"
	unlock apt
}

# build DIRECTORY [COMMAND...]: build the source package in this directory, with
# the command as a prefix. The packages are put into the parent directory.
build() {
	local directory=$1 output
	shift

	say "building the packages"
	output=$("$@" env DEB_BUILD_OPTIONS="noautodbgsym parallel=$(nproc)" sh -c \
		"cd '$directory' && dpkg-buildpackage --no-sign -b" 2>&1) ||
		die "could not build the packages: $output"
}

# dpkg-buildpackage gives the modes of debian/ to the packages.
umask 022
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
copy_to "$work/pidns-tree"
if [ -z "$chroot" ] && is_debian_12; then
	install_build_dependencies "$work/pidns-tree"
	build "$work/pidns-tree"
	packages=$work
else
	# install.sh has taken the lock.
	[ -n "${PACKAGES_LOCKED:-}" ] || lock packages
	ensure_debian packages "$TOOL_SUITE" "$PACKAGE_PACKAGES"
	as_root rm -rf "$ROOT/build"
	as_root mkdir "$ROOT/build" &&
		as_root cp -r --preserve=timestamps,mode "$work/pidns-tree" "$ROOT/build" ||
		die "could not copy the sources to $ROOT/build"
	build /build/pidns-tree in_debian "$ROOT"
	packages=$ROOT/build
fi
# Remove the packages of older versions, because users install all files of the
# directory.
mkdir -p "$OUT" && rm -f "$OUT"/{pidns-tree-dkms,pidnstree}_*.deb &&
	cp "$packages"/*.deb "$OUT" ||
	die "could not copy the packages to $OUT"
ls "$OUT"/*.deb
