#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# pack.sh VERSION ARCHIVE TREE: pack the programs of a few packages, the libraries
# they need and the drivers of the host's ports. Runs in a Debian that has these
# packages; TREE is what the programs are taken from, its root or a tree of
# another architecture. Not compressed, unpacking would take longer than reading.

set -eu -o pipefail

version=$1
archive=$2
tree=$3
packages=(bash coreutils dash findutils grep jq kmod mawk mount ncurses-bin procps
	sed util-linux)

# libraries PATTERN...: those of the tree with such names.
libraries() {
	local pattern

	for pattern; do
		find {,usr/}lib/*-linux-gnu -maxdepth 1 -name "$pattern" 2>/dev/null
	done
}

# needs FILE...: the libraries that they need, and those, and so on. Not by
# ldd, which would have to run what is there.
needs() {
	local names files

	mapfile -t names < <(readelf -d "$@" 2>/dev/null |
		sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | sort -u)
	mapfile -t files < <(libraries "${names[@]}")
	[ ${#files[@]} -eq 0 ] && return
	printf '%s\n' "${files[@]}"
	needs "${files[@]}"
}

# copy DIRECTORY: put the files whose names come in and are below that into the
# guest.
copy() {
	sort -u | sed 's|^/||' | tar -C "$1" -chf - --hard-dereference -T - |
		tar -C "$work/guest" -xf -
}

work=$(mktemp -d)
# Some Debians have these directories in /usr and some do not: here they are,
# and found by both names.
for directory in bin sbin lib lib64; do
	mkdir -p "$work/guest/usr/$directory"
	ln -s "usr/$directory" "$work/guest/$directory"
done

cd "$tree"
dpkg -L "${packages[@]}" | grep -E '^(/usr)?/s?bin/.' | sed 's|^/||' |
	while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done | sort -u >"$work/programs"
# Found by name: of users, and for what is built later.
libraries 'libnss_files.so.?' 'libjson-c.so.?' 'libsmartcols.so.?' >"$work/libraries"
mapfile -t files < <(cat "$work"/{programs,libraries})
{
	printf '%s\n' "${files[@]}"
	needs "${files[@]}"
	ls lib*/ld-linux*.so.*
	# What is not English.
	find usr/lib/locale/C.* -type f
} | copy "$tree"
ln -s mawk "$work/guest/usr/bin/awk"

# The rest is the same everywhere, or the kernel's.
{
	# What a terminal of today can draw.
	dpkg -L ncurses-base | grep '/terminfo/./.'
	ls /etc/{passwd,group,nsswitch.conf,debian_version}
	# Those drivers that are not built in. User-mode Linux has no virtio ports.
	case $version in
	*-um) ;;
	*) modprobe -S "$version" -D -a virtio_pci virtio_console |
		awk '/^insmod/ { print $2 }' ;;
	esac
	# A leak to be found, for the kernels that look for leaks.
	find "/lib/modules/$version" -name kmemleak-test.ko
	ls "/lib/modules/$version"/modules.{builtin,builtin.modinfo,order}
} | copy /
depmod -b "$work/guest" "$version"

(cd "$work/guest" && find . | cpio --quiet -o -H newc) >"$work/archive"
# The one who boots the guest need not be the one who made it.
chmod a+r "$work/archive" /boot/vmlinuz-*
mv "$work/archive" "$archive"
rm -r "$work"
