#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# pack.sh VERSION ARCHIVE: pack the programs of a few packages, the libraries
# they need and the drivers of the host's ports. Runs in the Debian that they
# are taken from. Not compressed, unpacking would take longer than reading.

set -eu -o pipefail

version=$1
archive=$2
packages=(bash coreutils dash findutils grep kmod mawk mount ncurses-bin procps
	sed util-linux)

work=$(mktemp -d)
# Some Debians have these directories in /usr and some do not: here they are,
# and found by both names.
for directory in bin sbin lib lib64; do
	mkdir -p "$work/guest/usr/$directory"
	ln -s "usr/$directory" "$work/guest/$directory"
done

dpkg -L "${packages[@]}" | grep -E '^(/usr)?/s?bin/.' |
	while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done | sort -u >"$work/programs"
{
	cat "$work/programs"
	ls /usr/bin/awk
	dpkg -L ncurses-base | grep '/terminfo/./.'
	ls /etc/{passwd,group,nsswitch.conf,debian_version}
	# What is not English, and what a terminal of today can draw.
	find /usr/lib/locale/C.* -type f
	# Found by name: of users, and for what is built later.
	ldconfig -p | grep -oE '/[^ ]*/lib(nss_files|json-c|smartcols)\.so\.[0-9]+'
	# Programs that are scripts have none, which ldd calls an error.
	{ xargs ldd <"$work/programs" || true; } 2>/dev/null |
		grep -oE '/[^ :]+\.so[^ :)]*'
	# Those drivers that are not built in.
	modprobe -S "$version" -D -a virtio_pci virtio_console |
		awk '/^insmod/ { print $2 }'
	# A leak to be found, for the kernels that look for leaks.
	find "/lib/modules/$version" -name kmemleak-test.ko
	ls "/lib/modules/$version"/modules.{builtin,builtin.modinfo,order}
} | sort -u | sed 's|^/||' |
	tar -C / -chf - --hard-dereference -T - | tar -C "$work/guest" -xf -
depmod -b "$work/guest" "$version"

(cd "$work/guest" && find . | cpio --quiet -o -H newc) >"$work/archive"
# The one who boots the guest need not be the one who made it.
chmod a+r "$work/archive" /boot/vmlinuz-*
mv "$work/archive" "$archive"
rm -r "$work"
