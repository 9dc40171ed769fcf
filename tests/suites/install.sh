#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# What an administrator does, as far as no kernel has to be booted for it:
# packages and DKMS, in a small Debian with the headers of two kernels. A line of
# KTAP for each.

. "$(dirname "$0")/../vm/lib.sh"

readonly PACKAGING=$TOP/tools/packaging

inside() {
	in_debian "$ROOT" "$@"
}

# Everything that is there, but for what keeps a log of what was done, what apt
# and dpkg know, and the key that DKMS makes once for all modules.
list_files() {
	inside find / -xdev ! -path '/try*' ! -path '/tmp/*' ! -path '/var/log/*' \
		! -path '/var/lib/dpkg/*' ! -path '/var/cache/*' \
		! -path '/var/lib/dkms/mok.*' ! -name 'modules.*' | sort
}

build() {
	"$PACKAGING/deb.sh" "$WORK/$1"
}

# Check the packages and the source package. The lintian of this suite prints
# newer-standards-version for each policy version that is newer than itself. The tag
# shows no error in the package. A newer lintian knows the version, but the lintian
# of sid can add tags at any time and make this test fail without a change here.
lintian() {
	local output

	output=$(inside sh -c 'cd /build/pidns-tree &&
		dpkg-buildpackage --no-sign -S' 2>&1) || {
		echo "$output"
		return 1
	}
	output=$(inside sh -c 'lintian --allow-root \
		--suppress-tags newer-standards-version /build/*.changes' 2>&1)
	echo "$output"
	[ -z "$output" ]
}

# In another directory, at another time, with other settings.
reproducible() {
	local package

	inside sh -c 'mv /build /elsewhere && cd /elsewhere/pidns-tree && umask 027 &&
		rm ../*.deb && TZ=Asia/Seoul LC_ALL=C.UTF-8 DEB_BUILD_OPTIONS=noautodbgsym \
			dpkg-buildpackage --no-sign -b' || return
	for package in "$WORK"/packages/*.deb; do
		cmp "$package" "$ROOT/elsewhere/$(basename "$package")" || return
	done
	inside rm -r /elsewhere
}

# content PACKAGE: the files that it has, and no others.
content() {
	local package=$1

	inside sh -c "dpkg-deb --fsys-tarfile /try/${package}_*.deb" | tar -t |
		grep -v '/$' | sed 's/^\.//' | LC_ALL=C sort |
		diff -u "$TOP/tests/install/$package.list" -
}

# is_built KERNEL...: DKMS has it installed, for these kernels and no others.
is_built() {
	local kernel

	[ "$(inside dkms status -m pidns_tree 2>/dev/null | grep -c ': installed$')" \
		-eq $# ] || return
	for kernel; do
		inside modinfo -k "$kernel" -F vermagic pidns_tree | grep -q "^$kernel " ||
			return
	done
}

# As apt would: the packages are unpacked and configured, then the kernels'
# scripts have DKMS build what is missing.
install_packages() {
	local kernel

	inside sh -c 'dpkg -i /try/*.deb' || return
	for kernel in "${KERNELS_THERE[@]}"; do
		inside dkms autoinstall -k "$kernel" || return
	done
	is_built "${KERNELS_THERE[@]}" && inside pidnstree --version
}

purge_packages() {
	inside dpkg --purge pidns-tree-dkms pidnstree &&
		list_files | diff "$WORK/before" -
}

# With the key that DKMS has made, which Secure Boot wants to know.
is_signed() {
	local kernel

	for kernel in "${KERNELS_THERE[@]}"; do
		inside modinfo -k "$kernel" -F signer pidns_tree |
			grep -qx "DKMS module signing key" || return
	done
}

# The version is in three places.
same_version() {
	local version

	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TOP/dkms.conf")
	grep -qx "MODULE_VERSION(\"$version\");" "$TOP/module/main.c" &&
		head -n 1 "$PACKAGING/debian/changelog" |
		grep -q "^pidns-tree ($version) "
}

# make in the source as a user has it.
make_there() {
	inside make -s -C /try/source "$@"
}

refused() {
	local words=$1 output
	shift

	output=$("$@" 2>&1) && return 1
	printf '%s\n' "$output"
	[[ $output == *"$words"* ]]
}

install_twice() {
	local kernel=${KERNELS_THERE[0]}

	make_there dkms-install KVER="$kernel" && is_built "$kernel" &&
		make_there dkms-install KVER="$kernel" 2>&1 |
		grep -q "is installed for $kernel" && is_built "$kernel" &&
		diff <(inside find /usr/src/pidns_tree-0.1 -type f | grep -v '/module/' |
			xargs -n 1 basename | sort) <(printf '%s\n' Kbuild Makefile dkms.conf)
}

install_next() {
	make_there dkms-install KVER="${KERNELS_THERE[1]}" &&
		is_built "${KERNELS_THERE[@]}"
}

# A kernel that is not what its headers should be, and a source that is new.
does_not_build() {
	inside mkdir -p /lib/modules/99.0-broken/build &&
		echo '$(error this kernel has no such thing)' |
		as_root tee "$ROOT/lib/modules/99.0-broken/build/Makefile" >/dev/null &&
		echo '/* changed */' | as_root tee -a "$ROOT/try/source/module/compat.h" >/dev/null ||
		return
	refused "what was installed is as it was" \
		make_there dkms-install KVER=99.0-broken &&
		is_built "${KERNELS_THERE[@]}"
}

too_old() {
	inside mkdir -p /lib/modules/5.4.0-old &&
		inside ln -s "/lib/modules/${KERNELS_THERE[0]}/build" /lib/modules/5.4.0-old/ ||
		return
	refused "does not match this kernel" make_there dkms-install KVER=5.4.0-old &&
		is_built "${KERNELS_THERE[@]}"
}

replace() {
	make_there dkms-install KVER="${KERNELS_THERE[0]}" &&
		is_built "${KERNELS_THERE[0]}" &&
		inside grep -q changed /usr/src/pidns_tree-0.1/module/compat.h
}

remove_twice() {
	make_there dkms-remove && make_there dkms-remove &&
		inside rm -r /lib/modules/{99.0-broken,5.4.0-old} &&
		list_files | diff "$WORK/before" -
}

packaged() {
	inside sh -c 'dpkg -i /try/pidns-tree-dkms_*.deb' || return
	refused "comes from the package pidns-tree-dkms" \
		make_there dkms-install KVER="${KERNELS_THERE[0]}" &&
		refused "comes from the package" make_there dkms-remove &&
		inside dpkg --purge pidns-tree-dkms
}

# The field "Testsuite: autopkgtest-pkg-dkms" stands for a script of the package
# dkms. It installs with apt, so apt gets a repository that has the packages. The
# script prints PASS, SKIP or FAIL for each kernel.
autopkgtest() {
	local output kernel

	output=$(inside sh -c 'cd /try && dpkg-scanpackages . >Packages &&
		echo "deb [trusted=yes] file:/try ./" >sources.list &&
		printf "%s\n" "Dir::Etc::sourcelist \"/try/sources.list\";" \
			"Dir::Etc::sourceparts \"-\";" >apt.conf &&
		export APT_CONFIG=/try/apt.conf && apt-get -q update &&
		/usr/lib/dkms/dkms-autopkgtest pidns-tree-dkms' 2>&1)
	echo "$output"
	for kernel in "${KERNELS_THERE[@]}"; do
		grep -qx "I: PASS $kernel" <<<"$output" || return
	done
}

WORK=$(mktemp -d) || exit 1
trap 'as_root rm -rf "$WORK"; as_root rm -rf "$CACHE/install"' EXIT
lock packages

echo "KTAP version 1"
try "one version everywhere" same_version
try "packages are built" build packages
see_debian packages "$TOOL_SUITE" "$PACKAGE_PACKAGES"
try "lintian has nothing to say" lintian
try "built again, elsewhere and later, they are the same" reproducible

# Changed here, so in a copy; links will do, as packages replace files.
as_root rm -rf "$CACHE/install"
as_root cp -al "$ROOT" "$CACHE/install"
ROOT=$CACHE/install
mapfile -t KERNELS_THERE < <(as_root ls "$ROOT/lib/modules" | sort -V)
as_root rm -rf "$ROOT/build"
as_root mkdir "$ROOT/try"
as_root cp "$WORK"/packages/*.deb "$ROOT/try"
copy_sources "$ROOT/try/source" Kbuild Makefile dkms.conf module tools tests/vm
list_files >"$WORK/before"

try "what is in pidns-tree-dkms" content pidns-tree-dkms
try "what is in pidnstree" content pidnstree
try "packages are installed, and the module built for two kernels" install_packages
try "the module is signed" is_signed
try "packages are purged, and nothing is left" purge_packages
try "make dkms-install, and again" install_twice
try "make dkms-install, for the next kernel" install_next
try "no headers of that kernel" refused "apt-get install linux-headers-9.9" \
	make_there dkms-install KVER=9.9
try "what does not build leaves the old one in place" does_not_build
try "a kernel that is too old" too_old
try "make dkms-install, of a new source" replace
try "make dkms-remove, and again; nothing is left" remove_twice
try "what is a package's is left to it" packaged
try "the autopkgtest of pidns-tree-dkms" autopkgtest
plan
