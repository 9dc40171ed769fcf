#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# prepare.sh SOURCE BUILD COMPILER OPTION=VALUE...: configure a kernel with these
# options and their dependencies, and prepare the directory BUILD so that
# modules can be compiled for it. The kernel itself is not built. Runs in a
# chroot, as the input of bash. COMPILER is gcc or clang; one directory can have
# only one of them.

set -eu -o pipefail

source=$1
build=$2
compiler=$3
shift 3

kernel_make() {
	make -s -C "$source" O="$build" ARCH=x86 -j"$(nproc)" "$@" </dev/null
}

# is_set OPTION=VALUE: check that the configuration has this value.
is_set() {
	case $1 in
	*=n) ! grep -q "^CONFIG_${1%=n}=" "$build/.config" ;;
	*) grep -qxF "CONFIG_$1" "$build/.config" ;;
	esac
}

[ "$compiler" != clang ] || export LLVM=1
mkdir -p "$build"
printf 'CONFIG_%s\n' "$@" >"$build/options"
kernel_make KCONFIG_ALLCONFIG="$build/options" allnoconfig
# allnoconfig drops options with missing dependencies and prints no warning.
for option; do
	is_set "$option" || {
		echo "prepare.sh: the kernel cannot have $option" >&2
		exit 1
	}
done
kernel_make modules_prepare
