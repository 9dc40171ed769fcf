#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# selftests.sh KERNEL [DIRECTORY...]: run the kernel's own selftests in a guest of that
# kernel, with the module and without it, see vm/guest/selftests. Build them from the source
# of the same kernel, and reject a kernel whose source lib.sh cannot download, such as 6.1.
# By default, run all tests that create, find or kill processes and namespaces. Prints KTAP.

. "$(dirname "$0")/../vm/lib.sh"

# Directories of tools/testing/selftests. Some exist in new kernels only. The other tests of
# cgroups take minutes, and test memory and processors.
readonly DIRECTORIES=(
	"cgroup:test_core,test_freezer,test_kill,test_pids"
	clone3
	filesystems/nsfs
	namespaces
	nsfs
	pid_namespace
	pidfd
	proc
	ptrace
)

# has_source KERNEL: check that ensure_source has the source of this kernel, not that of
# another kernel of the same suite. The selftests are built for amd64.
has_source() {
	local suite flavour

	read -r suite flavour _ <<<"${KERNELS[$1]}"
	[ -n "${SOURCE_PACKAGES[$suite]:-}" ] || return
	case $suite/$flavour in
	*.config | "bookworm/$DEFAULT_KERNEL-"*amd64 | *-backports/amd64) ;;
	*) return 1 ;;
	esac
}

# list_with_source: print the names of the kernels that this script can test.
list_with_source() {
	local name

	for name in $(list_kernels); do
		! has_source "$name" || echo "$name"
	done | paste -sd ' '
}

# build_selftests: build the selftests of SOURCE unless the cache has them. The cache has one
# build of each source. Sets PROGRAMS, their directory.
build_selftests() {
	local script=$TOP/tests/vm/selftests.sh built=$ROOT/built/${SOURCE##*/} hash

	hash=$({ uncommented "$script" "$SOURCE/Makefile" &&
		echo "${DIRECTORIES[*]}"; } | sha256sum)
	PROGRAMS=$built/selftests
	[ "$(cat "$built/hash" 2>/dev/null)" = "$hash" ] && return

	say "building the selftests of ${SOURCE##*/} (once)"
	as_root rm -rf "$built" &&
		as_root mkdir -p "$built" &&
		BIND=$SOURCE in_debian "$ROOT" bash -s /mnt \
			"${PROGRAMS#"$ROOT"}" "${DIRECTORIES[@]}" <"$script" >&2 &&
		[ -e "$PROGRAMS/list" ] &&
		printf '%s\n' "$hash" | as_root tee "$built/hash" >/dev/null
}

# all_build: check that all programs were built.
all_build() {
	[ ! -e "$PROGRAMS/missing" ] || {
		echo "do not build:"
		cat "$PROGRAMS/missing"
		return 1
	}
}

# copy_programs DIRECTORY...: copy the programs of these directories for the guest, or all
# of them.
copy_programs() {
	local directory

	mkdir "$work/kselftest" || return
	if [ $# -eq 0 ]; then
		cp -r "$PROGRAMS/." "$work/kselftest"
		return
	fi
	for directory; do
		grep "^$directory/[^/]*$" "$PROGRAMS/list" >>"$work/kselftest/list" ||
			die "no tests in the directory '$directory'"
		(cd "$PROGRAMS" && cp -r --parents "$directory" "$work/kselftest") || return
	done
}

kernel=${1:?missing kernel}
shift
[ -n "${KERNELS[$kernel]:-}" ] ||
	die "no kernel '$kernel'; choose one of: $(list_with_source)"
has_source "$kernel" ||
	die "no selftests for kernel '$kernel': lib.sh has no package with its source, or it is not for amd64; choose one of: $(list_with_source)"
mkdir -p "$TOP/tests/logs" && work=$(mktemp -d) ||
	die "cannot create $TOP/tests/logs"
trap 'rm -rf "$work"' EXIT

lock selftests
ensure_source "${KERNELS[$kernel]%% *}"
ensure_debian selftests "$SELFTEST_SUITE" "$SELFTEST_PACKAGES"
build_selftests || die "could not build the selftests"
copy_programs "$@" || die "could not copy the selftests"
unlock selftests

echo "KTAP version 1"
try "all selftests build" all_build
relay %s "$TOP/tests/vm/vm.sh" --kernel "$kernel" --no-module --timeout 3600 \
	--log "$TOP/tests/logs/selftests-on-$kernel.dmesg" \
	--add "$work/kselftest" ./selftests
plan
