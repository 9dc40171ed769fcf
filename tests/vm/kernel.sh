#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# kernel.sh SOURCE CONFIG [PATCH]: build a kernel with the options in CONFIG and
# their dependencies, and install it with the headers for modules, as the
# packages of a kernel do. Runs in the chroot that gets the kernel. With PATCH,
# apply that patch first. The files of SOURCE may be hard links.

set -eu -o pipefail

source=$1
config=$2
patch=${3:-}
build=$(mktemp -d)
arch=x86
! grep -qx CONFIG_UML=y "$config" || arch=um

kernel_make() {
	make -s -C "$source" O="$build" ARCH="$arch" -j"$(nproc)" "$@"
}

# add_um_headers DIRECTORY: add the headers and makefiles that User-mode Linux
# takes from arch/x86. install-extmod-build omits these files.
add_um_headers() {
	(cd "$source" && find arch/x86/Makefile* arch/x86/include arch/x86/um \
		\( -name '*.h' -o -name 'Makefile*' \) -print0) |
		tar -C "$source" -cf - --null -T - | tar -C "$1" -xf -
	tar -C "$build" -cf - arch/x86/include/generated | tar -C "$1" -xf -
}

# patch(1) writes a new file and renames it, so other links keep the old
# contents.
[ -z "$patch" ] || patch -s -d "$source" -p1 <"$patch"

kernel_make KCONFIG_ALLCONFIG="$config" allnoconfig
# allnoconfig drops options with missing dependencies and prints no warning.
if grep '^CONFIG_' "$config" | grep -vxFf "$build/.config"; then
	echo "kernel.sh: these options have missing dependencies" >&2
	exit 1
fi
if sed -n 's/^# \(CONFIG_[A-Z0-9_]*\) is not set$/^\1=/p' "$config" |
	grep -f - "$build/.config"; then
	echo "kernel.sh: these options cannot be off" >&2
	exit 1
fi

kernel_make all
kernel_make modules_install
version=$(kernel_make kernelrelease)
headers=/lib/modules/$version/build
cp "$build/$(kernel_make image_name)" "/boot/vmlinuz-$version"
rm "$headers"
kernel_make run-command KBUILD_RUN_COMMAND="\$(srctree)/scripts/package/install-extmod-build $headers"
[ $arch != um ] || add_um_headers "$headers"
# The headers set the architecture, so that modules need no ARCH= to build.
sed -i "1i ARCH := $arch" "$headers/Makefile"
rm -r "$build"
