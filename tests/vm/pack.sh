#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# pack.sh VERSION ARCHIVE TREE: make the first part of a guest's initrd, a cpio
# archive with the programs of a few packages, their libraries, and the drivers
# for virtio ports and shared directories. Runs in a chroot that has these
# packages. TREE is the directory with the programs: / or a tree of another
# architecture. The archive is not compressed, because decompressing takes an
# emulated guest longer than reading.

set -eu -o pipefail

version=$1
archive=$2
tree=$3
packages=(bash coreutils dash findutils grep jq kmod mawk mount ncurses-bin procps
	sed util-linux)
! dpkg -s util-linux-extra >/dev/null 2>&1 || packages+=(util-linux-extra)

# libraries PATTERN...: print the files of libraries whose names match a
# pattern.
libraries() {
	local pattern

	for pattern; do
		find {,usr/}lib/*-linux-gnu -maxdepth 1 -name "$pattern" 2>/dev/null
	done
}

# needs FILE...: print the libraries that the files need, directly or
# indirectly. ldd would run the files, which may be of another architecture.
needs() {
	local names files

	mapfile -t names < <(readelf -d "$@" 2>/dev/null |
		sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | sort -u)
	mapfile -t files < <(libraries "${names[@]}")
	[ ${#files[@]} -eq 0 ] && return
	printf '%s\n' "${files[@]}"
	needs "${files[@]}"
}

# copy DIRECTORY: read names of files and copy these files from DIRECTORY to the
# guest.
copy() {
	sort -u | sed 's|^/||' | tar -C "$1" -chf - --hard-dereference -T - |
		tar -C "$work/guest" -xf -
}

work=$(mktemp -d)
# Depending on the Debian, these directories are in / or in /usr. In the guest
# they are in /usr, with links in /.
for directory in bin sbin lib lib64; do
	mkdir -p "$work/guest/usr/$directory"
	ln -s "usr/$directory" "$work/guest/$directory"
done

cd "$tree"
dpkg -L "${packages[@]}" | grep -E '^(/usr)?/s?bin/.' | sed 's|^/||' |
	while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done | sort -u >"$work/programs"
# Libraries that readelf does not find: glibc loads the first one to look up
# user names, and the tool and the tests, which are built later, need the
# others.
libraries 'libnss_files.so.?' 'libjson-c.so.?' 'libsmartcols.so.?' >"$work/libraries"
mapfile -t files < <(cat "$work"/{programs,libraries})
{
	printf '%s\n' "${files[@]}"
	needs "${files[@]}"
	# The dynamic linker.
	find lib*/ -maxdepth 1 -name 'ld-linux*.so.*' -o \
		-maxdepth 1 -name 'ld64.so.*'
	# The locale C.UTF-8.
	find usr/lib/locale/C.* -type f
} | copy "$tree"
ln -s mawk "$work/guest/usr/bin/awk"

# Files that do not depend on the architecture, and files of the kernel.
{
	# Descriptions of terminals.
	dpkg -L ncurses-base | grep '/terminfo/./.'
	ls /etc/{passwd,group,nsswitch.conf,debian_version}
	# Drivers that are modules. User-mode Linux has no virtio ports, and no
	# kernel that kernel.sh builds has 9p.
	drivers=(virtio_pci virtio_console)
	! modinfo -k "$version" 9p >/dev/null 2>&1 ||
		drivers+=(9p 9pnet_virtio overlay)
	case $version in
	*-um) ;;
	*) modprobe -S "$version" -D -a "${drivers[@]}" |
		awk '/^insmod/ { print $2 }' ;;
	esac
	# A module that leaks memory, to test the search for leaks.
	find "/lib/modules/$version" -name kmemleak-test.ko
	ls "/lib/modules/$version"/modules.{builtin,builtin.modinfo,order}
} | copy /
depmod -b "$work/guest" "$version"

(cd "$work/guest" && find . | cpio --quiet -o -H newc) >"$work/archive"
# Root writes these files, but any user may boot the guest.
chmod a+r "$work/archive" /boot/vmlinu[xz]-*
mv "$work/archive" "$archive"
rm -r "$work"
