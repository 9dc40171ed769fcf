#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# module/access.c implements the kernel's permission check a second time,
# because the kernel does not export its own functions. This suite fails if the
# kernel's check has changed. It reads the source of each kernel that the tests
# run on and of the newest kernel in sid, and looks up each function in the
# table tests/rule/known. Prints KTAP.
#
# The table holds SHA-256 sums, not kernel code. If a function is not in the
# table, compare it with module/access.c and add the line that the suite prints.

. "$(dirname "$0")/../vm/lib.sh"

readonly KNOWN=$TOP/tests/rule/known

# The suite fetches a kernel source again after this number of days.
readonly DAYS=7

# The functions of the check, and their files: the check itself, the functions
# that it calls, and the functions that apply it to /proc/PID. The check reads
# fields of the task. The module reads the same fields, so the functions that
# set them are not listed.
readonly FUNCTIONS=(
	kernel/ptrace.c:ptrace_has_cap
	kernel/ptrace.c:task_still_dumpable
	kernel/ptrace.c:__ptrace_may_access
	kernel/ptrace.c:ptrace_may_access
	kernel/capability.c:ns_capable_common
	kernel/capability.c:ns_capable
	kernel/capability.c:file_ns_capable
	security/commoncap.c:cap_ptrace_access_check
	fs/proc/base.c:has_pid_permissions
	fs/proc/base.c:proc_pid_permission
	fs/proc/namespaces.c:proc_ns_readlink
)

# Functions to compare only if kernel/ptrace.c calls them.
readonly NEWER_FUNCTIONS=(
	kernel/exec_state.c:task_exec_state_rcu
)

# list_sources_of_rule: print a line for each source: its suite and its package.
list_sources_of_rule() {
	local kernel suite flavour

	for kernel in "${!KERNELS[@]}"; do
		read -r suite flavour _ <<<"${KERNELS[$kernel]}"
		case $flavour in
		# The sources of these, or of the same version, are listed for others.
		*.config | 686-pae | riscv64 | s390x) ;;
		[0-9]*) echo "$suite linux-source-${flavour%%-*}" ;;
		*) echo "$suite linux-source" ;;
		esac
	done | sort -u
	echo "sid linux-source"
}

# fetch SUITE PACKAGE DIRECTORY: unpack the files that have the functions.
fetch() {
	local suite=$1 package=$2 directory=$3 work=$CACHE/new.rule options=() archives

	need mmdebstrap=mmdebstrap xz=xz-utils
	say "downloading $package of $suite (once in $DAYS days)"
	if [ "$suite" != "${suite%-backports}" ]; then
		options+=(--setup-hook="$ADD_BACKPORTS")
		package+=/$suite
	fi
	# A mirror might lag behind sid. Its index is still signed, and the
	# suite runs nothing that it unpacks.
	[ "$suite" != sid ] ||
		options+=(--aptopt='Acquire::Check-Valid-Until "false"')
	as_root rm -rf "$work" &&
		as_root env TMPDIR="$CACHE" mmdebstrap --quiet --mode=root \
			--variant=extract --include="$package" "${options[@]}" \
			"${suite%-backports}" "$work" || return
	archives=("$work"/usr/src/linux-source-*.tar.xz)
	# All of kernel/*.c, because older kernels lack kernel/exec_state.c and
	# tar fails if a named file is missing.
	as_root mkdir "$work/source" &&
		as_root tar -C "$work/source" --strip-components=1 --wildcards \
			--no-wildcards-match-slash --no-same-owner -xJf "${archives[0]}" \
			'*/Makefile' '*/kernel/*.c' '*/security/commoncap.c' \
			'*/fs/proc/base.c' '*/fs/proc/namespaces.c' &&
		as_root mkdir -p "$(dirname "$directory")" &&
		as_root rm -rf "$directory" &&
		as_root mv "$work/source" "$directory" &&
		as_root touch "$directory" &&
		as_root rm -rf "$work"
}

# version DIRECTORY: print the version of the kernel source in that directory.
version() {
	awk '$2 == "=" && $1 ~ /^(VERSION|PATCHLEVEL|SUBLEVEL)$/ {
		printf "%s%s", dot, $3
		dot = "."
	}' "$1/Makefile"
}

# definition FUNCTION FILE: print all definitions of that function, with each
# run of white space replaced by one space.
definition() {
	awk -v name="$1" '
		!text && $0 ~ ("^[A-Za-z_].*[ *]" name "\\(") { text = $0 "\n"; next }
		text { text = text $0 "\n" }
		text && /^}/ { printf "%s", text; text = "" }
		# A declaration has no body.
		text && /;$/ && text !~ /{/ { text = "" }' "$2" |
		tr -s '[:space:]' ' '
}

# list_functions DIRECTORY: print FILE:FUNCTION for each function that the
# kernel source in that directory must have.
list_functions() {
	local function

	printf '%s\n' "${FUNCTIONS[@]}"
	for function in "${NEWER_FUNCTIONS[@]}"; do
		! grep -qw "${function#*:}" "$1/kernel/ptrace.c" || echo "$function"
	done
}

# compare DIRECTORY: fail unless the table has each function of that kernel
# source.
compare() {
	local directory=$1 version function file text sum status=0

	version=$(version "$directory") && [ -n "$version" ] || {
		echo "no kernel source in $directory"
		return 1
	}
	echo "Linux $version in $directory"
	while IFS=: read -r file function; do
		text=$(definition "$function" "$directory/$file")
		if [ -z "$text" ]; then
			echo "$file: no function $function(); find what replaces it, compare module/access.c"
			status=1
			continue
		fi
		sum=$(printf '%s' "$text" | sha256sum | cut -d ' ' -f 1)
		grep -q "^$sum $function " "$KNOWN" && continue
		echo "$file: $function() is new; compare module/access.c, then add this line to tests/rule/known:"
		echo "$sum $function $version"
		status=1
	done < <(list_functions "$directory")
	return $status
}

# check SUITE PACKAGE: compare that source. Fetch it if the cached one is too
# old.
check() {
	local directory=$CACHE/rule/$1-$2

	if [ -z "$(find "$directory" -maxdepth 0 -mtime "-$DAYS" 2>/dev/null)" ]; then
		fetch "$1" "$2" "$directory" || {
			echo "could not fetch $2 of $1"
			return 1
		}
	fi
	compare "$directory"
}

# changed PROGRAM WORDS: apply the sed program to one function at a time, in a
# copy of a source that passes. The comparison must fail and print the
# function's name, followed by the words.
changed() {
	local program=$1 words=$2 function file output status=0

	while IFS=: read -r file function; do
		rm -rf "$WORK/source"
		cp -r "$PASSES" "$WORK/source" &&
			sed -i "/^[A-Za-z_].*[ *]$function(/,/^}/{${program//NAME/$function}}" \
				"$WORK/source/$file" || return
		if output=$(compare "$WORK/source"); then
			echo "passed with a change of $function()"
			status=1
		elif [[ $output != *"$function()$words"*"compare module/access.c"* ]]; then
			printf '%s\n' "after a change of $function():" "$output"
			status=1
		fi
	done < <(list_functions "$PASSES")
	return $status
}

# reindented: the comparison must pass after a change of the white space in
# every function.
reindented() {
	rm -rf "$WORK/source"
	cp -r "$PASSES" "$WORK/source" &&
		find "$WORK/source" -name '*.c' -exec sed -i 's/^\t/\n  /' {} + &&
		compare "$WORK/source"
}

# absent: the comparison must fail if the directory or a file is missing.
absent() {
	local file

	for file in Makefile kernel/ptrace.c security/commoncap.c; do
		rm -rf "$WORK/source"
		cp -r "$PASSES" "$WORK/source" && rm "$WORK/source/$file" || return
		! compare "$WORK/source" || return
	done
	! compare "$WORK/nothing"
}

WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
lock rule

echo "KTAP version 1"
PASSES=
while read -r suite package; do
	try "the rule in $package of $suite" check "$suite" "$package"
	# The self-tests below change copies of the last source that passes.
	directory=$CACHE/rule/$suite-$package
	! compare "$directory" >/dev/null 2>&1 || PASSES=$directory
done < <(list_sources_of_rule)

# The program replaces one byte of the first return statement.
try "one changed byte in a function" changed \
	'/return/{s/return/retur#/;:rest;n;b rest}' " is new"
try "a missing function" changed 's/NAME(/NAME_(/' ";"
try "white space does not count" reindented
try "a missing source or file" absent
plan
