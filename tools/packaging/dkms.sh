#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# dkms.sh install KERNEL: give DKMS the source of the module, and have it built
# and installed for that kernel, as it will be for those that come later.
# dkms.sh remove: take all of that back.
#
# What is done already is not done again.

. "$(dirname "$0")/../../tests/vm/lib.sh"

# Where DKMS has its sources, in a directory for each version.
readonly SOURCES=/usr/src

config() {
	sed -n "s/^$1=\"\(.*\)\"$/\1/p" "$TOP/dkms.conf"
}

NAME=$(config PACKAGE_NAME)
VERSION=$(config PACKAGE_VERSION)
readonly NAME VERSION

# What belongs to a package is dpkg's to change.
refuse_packaged() {
	local package

	package=$(dpkg-query -S "$SOURCES/$NAME-*/dkms.conf" 2>/dev/null |
		head -n 1 | cut -d: -f1)
	[ -z "$package" ] || die "$NAME comes from the package $package here; use apt"
}

remove_all() {
	local directory version

	for directory in "$SOURCES/$NAME"-*/; do
		[ -d "$directory" ] || continue
		version=$(basename "$directory")
		version=${version#"$NAME"-}
		# DKMS does not know it when an installation was cut short.
		if [ -n "$(dkms status -m "$NAME" -v "$version" 2>/dev/null)" ]; then
			as_root dkms remove -m "$NAME" -v "$version" --all >&2 ||
				die "DKMS could not remove version $version"
		fi
		as_root rm -r "$directory"
		say "removed version $version"
	done
}

# Nothing but what the module is built from.
copy_source() {
	local directory=$1

	mkdir -p "$directory" &&
		cp -r "$TOP"/{dkms.conf,Kbuild,Makefile} "$directory" &&
		mkdir "$directory/module" &&
		cp "$TOP"/module/*.[ch] "$directory/module" ||
		die "could not copy the source to $directory"
}

# Build in a tree apart, so that what is installed stays if this is no good.
try_build() {
	local kernel=$1 work=$2

	as_root cp -r "$work/source" "$work/$NAME-$VERSION" &&
		as_root mkdir "$work/tree" || exit 1
	as_root dkms build -m "$NAME" -v "$VERSION" -k "$kernel" \
		--sourcetree "$work" --dkmstree "$work/tree" >&2 || {
		as_root tail -n 20 "$work/tree/$NAME/$VERSION/build/make.log" 2>/dev/null >&2
		die "no module for kernel $kernel, see above; what was installed is as it was"
	}
}

install() {
	local kernel=$1 source=$SOURCES/$NAME-$VERSION work

	[ -e "/lib/modules/$kernel/build/Makefile" ] ||
		die "there are no headers of kernel $kernel
On Debian and Ubuntu: apt-get install linux-headers-$kernel"
	need dkms=dkms
	refuse_packaged

	work=$(mktemp -d) || exit 1
	# shellcheck disable=SC2064 # as it is now
	trap "as_root rm -rf '$work'" EXIT
	copy_source "$work/source"
	if ! diff -r "$work/source" "$source" >/dev/null 2>&1; then
		try_build "$kernel" "$work"
		remove_all
		as_root cp -r --no-preserve=ownership "$work/source" "$source" ||
			die "could not copy the source to $SOURCES"
	elif dkms status -m "$NAME" -v "$VERSION" -k "$kernel" 2>/dev/null |
		grep -q ': installed'; then
		say "version $VERSION is installed for $kernel"
		return
	fi
	as_root dkms install -m "$NAME" -v "$VERSION" -k "$kernel" >&2 ||
		die "DKMS could not install version $VERSION for kernel $kernel"
	say "installed version $VERSION for $kernel; load it with: modprobe $NAME"
}

remove() {
	# Without it, nothing was installed with it.
	command -v dkms >/dev/null || {
		say "there is no DKMS here, nothing to remove"
		return
	}
	refuse_packaged
	remove_all
	# In a chroot, what is loaded is somebody else's.
	if ! ischroot 2>/dev/null && grep -q "^$NAME " /proc/modules; then
		as_root rmmod "$NAME" || die "could not unload $NAME"
	fi
}

case $# in
2) [ "$1" = install ] && install "$2" && exit ;;
1) [ "$1" = remove ] && remove && exit ;;
esac
die "usage: dkms.sh install KERNEL | remove"
