# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# Sourced by the scripts that build packages and by dkms.sh: the name and the
# version of the module, the distribution, and the source of the packages.

. "$(dirname "${BASH_SOURCE[0]}")/../../tests/vm/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/distribution.sh"

readonly PACKAGING=$TOP/tools/packaging

# require_root ACTION: fail early if as_root() cannot work.
require_root() {
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
		die "you are not root, and sudo is not installed: $1"
}

# config KEY: print a value of dkms.conf.
config() {
	sed -n "s/^$1=\"\(.*\)\"$/\1/p" "$TOP/dkms.conf"
}

# dkms.conf is the source of the version for every package but Debian's, which
# needs it in debian/changelog. tests/suites/install.sh compares the two.
NAME=$(config PACKAGE_NAME)
VERSION=$(config PACKAGE_VERSION)
# shellcheck disable=SC2034 # used by the scripts that source this file
readonly NAME VERSION

# list_package_sources: print the files that every source package contains.
list_package_sources() {
	printf '%s\n' LICENSE README.md
	list_sources Kbuild Makefile dkms.conf module tools |
		grep -v '^tools/packaging/'
	(cd "$TOP" && find tools/packaging/{mod*.d,prometheus,systemd} -type f | sort)
}

# copy_package_sources DIRECTORY: copy these files. Modes do not depend on the
# umask of the checkout, because packages must be reproducible.
copy_package_sources() {
	local directory=$1

	mkdir -p "$directory" || die "could not make $directory"
	list_package_sources | tar -C "$TOP" --mode=u=rwX,go=rX -cf - -T - |
		tar -C "$directory" -xpf - --no-same-owner ||
		die "could not copy the sources to $directory"
}

# changelog_date FORMAT: print the date of the newest entry of Debian's
# changelog.
changelog_date() {
	LC_ALL=C date -u "+$1" -d \
		"$(sed -n 's/^ -- .*>  //p' "$PACKAGING/debian/changelog" | head -n 1)"
}

# make_tarball FILE: pack the sources. Equal sources make equal bytes.
make_tarball() {
	local file=$1

	list_package_sources |
		tar -C "$TOP" --mode=u=rwX,go=rX --owner=0 --group=0 --numeric-owner \
			--mtime="$(changelog_date '%Y-%m-%d %H:%M:%SZ')" \
			--transform="s,^,pidns-tree-$VERSION/," -cf - -T - |
		gzip -n >"$file" || die "could not write $file"
}

# fill_in TEMPLATE FILE: write the template to the file, with the version and
# the date filled in.
fill_in() {
	sed -e "s/@VERSION@/$VERSION/g" \
		-e "s/@DATE@/$(changelog_date '%a %b %d %Y')/g" "$1" >"$2" ||
		die "could not write $2"
}
