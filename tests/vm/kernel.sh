#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kernel.sh SOURCE CONFIG: build a kernel that has what CONFIG says, what that
# needs and no more, and install it with what modules are built from, as the
# packages of a kernel would. Runs in the Debian that is to have it.

set -eu -o pipefail

source=$1
config=$2
build=$(mktemp -d)

kernel_make() {
	make -s -C "$source" O="$build" -j"$(nproc)" "$@"
}

kernel_make KCONFIG_ALLCONFIG="$config" allnoconfig
# What lacks something that it depends on has been left out without a word.
if grep '^CONFIG_' "$config" | grep -vxFf "$build/.config"; then
	echo "kernel.sh: the kernel cannot have this" >&2
	exit 1
fi

kernel_make bzImage modules
kernel_make modules_install
version=$(kernel_make kernelrelease)
cp "$build/arch/x86/boot/bzImage" "/boot/vmlinuz-$version"
rm "/lib/modules/$version/build"
kernel_make run-command KBUILD_RUN_COMMAND="\$(srctree)/scripts/package/install-extmod-build /lib/modules/$version/build"
rm -r "$build"
