#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Compile the module and its KUnit suites, with all warnings as errors, for each
# kernel configuration in the table "configurations". The kernels are not built,
# so the suite neither links nor loads the module. Prints KTAP.

. "$(dirname "$0")/../vm/lib.sh"

readonly TABLE=$TOP/tests/suites/configurations

# Debian 12's clang does not support CFI in the kernel.
readonly SUITE=trixie
readonly COMPILERS=bash,clang,g++,gcc,gcc-14-plugin-dev,libc6-dev,lld,llvm,make,perl

# Where in_debian mounts the kernel source, and the copy of the module's source.
readonly SOURCE_DIRECTORY=/mnt MODULE_DIRECTORY=/ports

# options_of OPTION...: print the options of "base" and these. These replace the
# options of "base" with the same name.
options_of() {
	{
		printf '%s\n' "$@"
		awk '$1 == "base" { for (i = 4; i <= NF; i++) print $i }' "$TABLE"
	} | awk -F= '$1 && !seen[$1]++'
}

# prepare KERNEL COMPILER OPTION...: prepare BUILD, a directory in the chroot, to
# compile modules for a kernel with these options.
prepare() {
	local kernel=$1 compiler=$2 options
	shift 2

	mapfile -t options < <(options_of "$@")
	ensure_source "${KERNELS[$kernel]%% *}"
	BUILD=/build/$kernel-$compiler
	BIND=$SOURCE in_debian "$ROOT" bash -s "$SOURCE_DIRECTORY" "$BUILD" \
		"$compiler" "${options[@]}" <"$TOP/tests/vm/prepare.sh"
}

# compile COMPILER: compile the module and its KUnit suites in BUILD.
compile() {
	local environment=() words

	[ "$1" != clang ] || environment=(LLVM=1)
	for words in "$MODULE_DIRECTORY pidns_tree.o" \
		"$MODULE_DIRECTORY/tests/kunit pidns_tree_test.o"; do
		BIND=$SOURCE in_debian "$ROOT" env "${environment[@]}" \
			make -s -C "$BUILD" -j"$(nproc)" W=1 KCFLAGS=-Werror \
			M="${words% *}" "${words#* }" || return
	done
}

copy_module() {
	copy_sources "$ROOT$MODULE_DIRECTORY" Kbuild Makefile module tests/kunit
}

# build KERNEL COMPILER OPTION...: fail if the build fails or prints anything.
build() {
	local output

	prepare "$@" && copy_module && output=$(compile "$2" 2>&1) || {
		printf '%s\n' "${output:-}"
		return 1
	}
	printf '%s\n' "$output"
	[ -z "$output" ]
}

# reports_warning KERNEL: the build must fail if the module has a warning.
reports_warning() {
	prepare "$1" gcc && copy_module &&
		echo 'static int never_called(void) { return 0; }' |
		as_root tee -a "$ROOT$MODULE_DIRECTORY/module/order.c" >/dev/null ||
		return
	! compile gcc 2>"$WORK/errors" || return
	cat "$WORK/errors"
	grep -q 'order.c:.*never_called.*Werror' "$WORK/errors"
}

# refuses KERNEL OPTION OPTION=VALUE...: the build must fail for a kernel without that
# option, print one line that names it, and compile nothing. The other options make such a
# kernel possible.
refuses() {
	local kernel=$1 option=$2
	shift 2

	prepare "$kernel" gcc "$option=n" "$@" && copy_module || return
	! compile gcc 2>"$WORK/errors" || return
	cat "$WORK/errors"
	grep -qxF "pidns_tree: the kernel was built without CONFIG_$option, which the module needs" \
		"$WORK/errors" &&
		! find "$ROOT$MODULE_DIRECTORY" -name '*.o' | grep .
}

# cannot_have MISSING OPTION...: prepare.sh must fail and name the option that the kernel
# cannot have.
cannot_have() {
	local missing=$1
	shift

	! prepare 6.12 gcc "$@" 2>"$WORK/errors" || return
	cat "$WORK/errors"
	grep -qF "the kernel cannot have $missing" "$WORK/errors"
}

knows_options() {
	cannot_have NO_SUCH_OPTION=y NO_SUCH_OPTION=y &&
		cannot_have PID_NS=y PID_NS=y EXPERT=y NAMESPACES=n
}

WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
lock ports
ensure_debian ports "$SUITE" "$COMPILERS,$KERNEL_PACKAGES"

echo "KTAP version 1"
mapfile -t rows < <(grep -vE '^(#|base|$)' "$TABLE")
for row in "${rows[@]}"; do
	read -r name compiler kernel words <<<"$row"
	read -ra options <<<"$words"
	try "$name on $kernel" build "$kernel" "$compiler" "${options[@]}"
done
for kernel in 6.12 7.x; do
	try "$kernel without PID_NS is refused" refuses "$kernel" PID_NS
done
try "6.12 without PROC_FS is refused" refuses 6.12 PROC_FS EXPERT=y MULTIUSER=y SYSCTL=n
try "a warning fails the build" reports_warning 6.12
try "an option that the kernel cannot have" knows_options
plan
