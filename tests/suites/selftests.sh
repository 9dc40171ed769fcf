#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# selftests.sh KERNEL [DIRECTORY...]: run the kernel's own selftests in a guest of that
# kernel, with the module and without it, see vm/guest/selftests. Build them from the source
# of the kernel. By default, run all tests that create, find or kill processes and
# namespaces. Prints KTAP.

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

# build_selftests: build the selftests of SOURCE unless the cache has them. Sets PROGRAMS,
# their directory.
build_selftests() {
	local script=$TOP/tests/vm/selftests.sh hash

	hash=$({ uncommented "$script" "$SOURCE/Makefile" && cat "$ROOT.recipe" &&
		echo "${DIRECTORIES[*]}"; } | sha256sum)
	PROGRAMS=$ROOT/built/${hash:0:16}/selftests
	[ -e "$PROGRAMS/list" ] && return

	say "building the selftests of $(basename "$SOURCE") (once)"
	as_root mkdir -p "$ROOT/built" &&
		BIND=$SOURCE in_debian "$ROOT" bash -s /mnt \
			"${PROGRAMS#"$ROOT"}.new" "${DIRECTORIES[@]}" <"$script" >&2 &&
		as_root mv "$PROGRAMS.new" "$PROGRAMS"
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
	die "no kernel '$kernel'; choose one of: $(list_kernels)"
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
