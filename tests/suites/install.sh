#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Test the packages and DKMS in a minimal Debian with the headers of two
# kernels, without booting a kernel. tests/install/machine.sh boots machines.
# Prints KTAP.

. "$(dirname "$0")/../vm/lib.sh"

readonly PACKAGING=$TOP/tools/packaging

# inside COMMAND...: run the command in the Debian of this suite.
inside() {
	in_debian "$ROOT" "$@"
}

# list_files: print all files except logs, the databases of apt, dpkg and rpm,
# and the signing key, which DKMS makes once for all modules.
list_files() {
	inside find / -xdev ! -path '/try*' ! -path '/tmp/*' ! -path '/var/log/*' \
		! -path '/var/lib/dpkg/*' ! -path '/var/cache/*' \
		! -path '/var/lib/dkms/mok.*' ! -name 'modules.*' | sort
}

build() {
	PACKAGES_LOCKED=yes "$PACKAGING/deb.sh" --chroot "$WORK/$1"
}

# lintian: check the packages and the source package. The lintian of this suite
# prints newer-standards-version for each policy version that is newer than
# itself. The tag shows no error in the package. A newer lintian knows the
# version, but the lintian of sid can add tags at any time and make this test
# fail without a change here.
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

# reproducible: build again in another directory, at another time, with another
# umask, time zone and locale, and compare the packages.
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

# content PACKAGE: check that the Debian package has exactly the listed files.
content() {
	local package=$1

	inside sh -c "dpkg-deb --fsys-tarfile /try/${package}_*.deb" | tar -t |
		grep -v '/$' | sed 's/^\.//' | LC_ALL=C sort |
		diff -u "$TOP/tests/install/$package.list" -
}

# is_built KERNEL...: check that DKMS installed the module for exactly these
# kernels.
is_built() {
	local kernel

	[ "$(inside dkms status -m pidns_tree 2>/dev/null | grep -c ': installed$')" \
		-eq $# ] || return
	for kernel; do
		inside modinfo -k "$kernel" -F vermagic pidns_tree | grep -q "^$kernel " ||
			return
	done
}

# install_packages: do what apt does. The running kernel has no headers here, so
# the postinst script builds for no kernel. The scripts of a kernel's packages
# run autoinstall.
install_packages() {
	local kernel

	inside sh -c 'dpkg -i /try/*.deb' || return
	for kernel in "${INSTALLED_KERNELS[@]}"; do
		inside dkms autoinstall -k "$kernel" || return
	done
	is_built "${INSTALLED_KERNELS[@]}" && inside pidnstree --version
}

purge_packages() {
	inside dpkg --purge pidns-tree-dkms pidnstree &&
		list_files | diff "$WORK/before" -
}

# is_signed: check the signatures, because a kernel with Secure Boot rejects
# modules without one.
is_signed() {
	local kernel

	for kernel in "${INSTALLED_KERNELS[@]}"; do
		inside modinfo -k "$kernel" -F signer pidns_tree |
			grep -qx "DKMS module signing key" || return
	done
}

# same_version: compare the versions in dkms.conf, the module and Debian's
# changelog. All other files get the version from dkms.conf.
same_version() {
	local version

	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TOP/dkms.conf")
	grep -qx "MODULE_VERSION(\"$version\");" "$TOP/module/main.c" &&
		head -n 1 "$PACKAGING/debian/changelog" |
		grep -q "^pidns-tree ($version) "
}

# make_inside ARGUMENT...: run make in a copy of the source tree.
make_inside() {
	inside make -s -C /try/source "$@"
}

# as_user COMMAND...: run the command as a user without sudo.
as_user() {
	inside setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"
}

# refused WORDS COMMAND...: check that the command fails with this error.
refused() {
	local words=$1 output
	shift

	output=$("$@" 2>&1) && return 1
	printf '%s\n' "$output"
	[[ $output == *"$words"* ]]
}

loads_at_boot() {
	inside grep -qx pidns_tree /etc/modules-load.d/pidns-tree.conf
}

install_twice() {
	local kernel=${INSTALLED_KERNELS[0]}

	make_inside dkms-install KVER="$kernel" && is_built "$kernel" &&
		make_inside dkms-install KVER="$kernel" 2>&1 |
		grep "is already installed for kernel $kernel" && is_built "$kernel" &&
		loads_at_boot &&
		diff <(inside find /usr/src/pidns_tree-0.2 -type f | grep -v '/module/' |
			xargs -n 1 basename | sort) <(printf '%s\n' Kbuild Makefile dkms.conf)
}

install_next() {
	make_inside dkms-install KVER="${INSTALLED_KERNELS[1]}" &&
		is_built "${INSTALLED_KERNELS[@]}"
}

# does_not_build: install a changed source for a kernel for which the build
# fails.
does_not_build() {
	inside mkdir -p /lib/modules/99.0-broken/build &&
		echo '$(error this kernel has no such thing)' |
		as_root tee "$ROOT/lib/modules/99.0-broken/build/Makefile" >/dev/null &&
		echo '/* changed */' | as_root tee -a "$ROOT/try/source/module/compat.h" >/dev/null ||
		return
	refused "the installation is unchanged" \
		make_inside dkms-install KVER=99.0-broken &&
		is_built "${INSTALLED_KERNELS[@]}"
}

too_old() {
	inside mkdir -p /lib/modules/5.4.0-old &&
		inside ln -s "/lib/modules/${INSTALLED_KERNELS[0]}/build" /lib/modules/5.4.0-old/ ||
		return
	refused "does not match this kernel" make_inside dkms-install KVER=5.4.0-old &&
		is_built "${INSTALLED_KERNELS[@]}"
}

replace() {
	make_inside dkms-install KVER="${INSTALLED_KERNELS[0]}" &&
		is_built "${INSTALLED_KERNELS[0]}" &&
		inside grep -q changed /usr/src/pidns_tree-0.2/module/compat.h
}

# disable_loading: if the user disables loading at boot, neither dkms-install
# nor dkms-remove may undo that.
disable_loading() {
	inside cp /dev/null /etc/modules-load.d/pidns-tree.conf &&
		make_inside dkms-install KVER="${INSTALLED_KERNELS[0]}" 2>&1 |
		grep 'disables loading at boot' && ! loads_at_boot &&
		make_inside dkms-remove 2>&1 | grep 'which was changed' &&
		inside rm /etc/modules-load.d/pidns-tree.conf &&
		make_inside dkms-install KVER="${INSTALLED_KERNELS[0]}" && loads_at_boot
}

unprivileged() {
	refused "you are not root, and sudo is not installed" \
		as_user make -s -C /try/source dkms-install KVER="${INSTALLED_KERNELS[0]}" &&
		refused "you are not root, and sudo is not installed" \
			as_user make -s -C /try/source dkms-remove
}

remove_twice() {
	make_inside dkms-remove && make_inside dkms-remove &&
		inside rm -r /lib/modules/{99.0-broken,5.4.0-old} &&
		list_files | diff "$WORK/before" -
}

packaged() {
	inside sh -c 'dpkg -i /try/pidns-tree-dkms_*.deb' || return
	refused "belongs to the package pidns-tree-dkms" \
		make_inside dkms-install KVER="${INSTALLED_KERNELS[0]}" &&
		refused "belongs to the package" make_inside dkms-remove &&
		inside dpkg --purge pidns-tree-dkms
}

# autopkgtest: run the script of the package dkms that the field "Testsuite:
# autopkgtest-pkg-dkms" selects. The script installs with apt, so apt gets a
# repository that has the packages. The script prints PASS, SKIP or FAIL for
# each kernel.
autopkgtest() {
	local output kernel

	output=$(inside sh -c 'cd /try && dpkg-scanpackages . >Packages &&
		echo "deb [trusted=yes] file:/try ./" >sources.list &&
		printf "%s\n" "Dir::Etc::sourcelist \"/try/sources.list\";" \
			"Dir::Etc::sourceparts \"-\";" >apt.conf &&
		export APT_CONFIG=/try/apt.conf && apt-get -q update &&
		/usr/lib/dkms/dkms-autopkgtest pidns-tree-dkms' 2>&1)
	echo "$output"
	for kernel in "${INSTALLED_KERNELS[@]}"; do
		grep -qx "I: PASS $kernel" <<<"$output" || return
	done
	inside dpkg --purge pidns-tree-dkms
}

# build_on_host: check that 'make deb' without a chroot, as on Debian 12, builds
# the same packages.
build_on_host() {
	local package

	make_inside deb || return
	for package in "$WORK"/packages/*.deb; do
		cmp "$package" "$ROOT/try/source/tools/packaging/out/$(basename "$package")" ||
			return
	done
	inside rm -r /try/source/tools/packaging/out
}

# no_headers OS_RELEASE KERNEL: print what to do if the headers are missing.
no_headers() {
	local os_release=$1 kernel=$2

	printf '%b' "$os_release" | as_root tee "$ROOT/try/os-release" >/dev/null
	inside env OS_RELEASE=/try/os-release \
		/try/source/tools/packaging/distribution.sh headers "$kernel" | head -n 1
}

names_headers() {
	local debian='ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'

	diff - <(
		no_headers "$debian" 6.1.0-28-amd64
		no_headers "$debian" 6.1.0-28-rt-amd64
		no_headers "$debian" 6.12.43+deb12-amd64
		no_headers "$debian" 6.12.9+bpo-amd64
		no_headers "$debian" 6.9.1-mine
		no_headers 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n' 6.12.43+deb13-arm64
		no_headers 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n' 7.0.1+deb13-amd64
		no_headers 'ID=debian\nVERSION_CODENAME=forky\n' 7.0.1+deb14-amd64
		no_headers 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n' 6.8.0-50-generic
		no_headers 'ID=linuxmint\nID_LIKE="ubuntu debian"\n' 6.8.0-1019-aws
		no_headers 'ID=fedora\nVERSION_ID=43\n' 6.17.1-300.fc43.x86_64
		no_headers 'ID="rocky"\nID_LIKE="rhel centos fedora"\n' 5.14.0-570.el9.x86_64
		no_headers 'ID="ol"\nID_LIKE="fedora"\n' 5.15.0-300.el9uek.x86_64
		no_headers 'ID="opensuse-leap"\nID_LIKE="suse opensuse"\n' 6.4.0-150600.23-default
		no_headers 'ID=arch\n' 6.17.1-arch1-1
		no_headers 'ID=arch\n' 6.12.51-1-lts
		no_headers 'ID=void\n' 6.12.51_1
	) <<'END'
as root, run: apt install linux-headers-6.1.0-28-amd64 linux-headers-amd64
as root, run: apt install linux-headers-6.1.0-28-rt-amd64 linux-headers-rt-amd64
as root, run: apt install linux-headers-6.12.43+deb12-amd64 linux-headers-6.12-amd64
as root, run: apt install linux-headers-6.12.9+bpo-amd64 linux-headers-amd64/bookworm-backports
as root, run: apt install linux-headers-6.9.1-mine linux-headers-amd64
as root, run: apt install linux-headers-6.12.43+deb13-arm64 linux-headers-arm64
as root, run: apt install linux-headers-7.0.1+deb13-amd64 linux-headers-amd64/trixie-backports
as root, run: apt install linux-headers-7.0.1+deb14-amd64 linux-headers-amd64
as root, run: apt install linux-headers-6.8.0-50-generic linux-headers-generic
as root, run: apt install linux-headers-6.8.0-1019-aws linux-headers-aws
as root, run: dnf install kernel-devel-6.17.1-300.fc43.x86_64 kernel-devel-matched
as root, run: dnf install kernel-devel-5.14.0-570.el9.x86_64 kernel-devel-matched
as root, run: dnf install kernel-uek-devel-5.15.0-300.el9uek.x86_64
as root, run: zypper install kernel-default-devel
as root, run: pacman -S linux-headers
as root, run: pacman -S linux-lts-headers
install the headers of kernel 6.12.51_1
END
}

# build_rpm TREE VERSION RELEASE: build the RPM packages of the source tree in
# /try/TREE, with that version, and put them into /try/rpm-VERSION-RELEASE.
build_rpm() {
	local tree=$1 version=$2 release=$3

	inside sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$version\"/" \
		"/try/$tree/dkms.conf" &&
		inside sed -i "s/^Release: .*/Release: $release/" \
			"/try/$tree/tools/packaging/rpm/pidns-tree.spec.in" &&
		inside make -s -C "/try/$tree" rpm &&
		inside mv "/try/$tree/tools/packaging/out" "/try/rpm-$version-$release"
}

build_rpms() {
	inside make -s -C /try/clean rpm &&
		inside mv /try/clean/tools/packaging/out /try/rpm &&
		inside cp -r /try/clean /try/newer &&
		build_rpm newer "$VERSION" 2 && build_rpm newer "$VERSION.1" 1
}

# rpmlint: check the packages and the spec file.
rpmlint() {
	local output

	fill_in_spec || return
	output=$(inside env HOME=/tmp sh -c 'cd /try && rpmlint --config rpmlint.toml rpm/*.rpm &&
		rpmlint --config rpmlint.toml pidns-tree.spec')
	echo "$output"
	[ "$(grep -c ' 0 errors, 0 warnings' <<<"$output")" -eq 2 ]
}

fill_in_spec() {
	sed -e "s/@VERSION@/$VERSION/" -e 's/@DATE@/Sun Nov 22 2026/' \
		"$PACKAGING/rpm/pidns-tree.spec.in" |
		as_root tee "$ROOT/try/pidns-tree.spec" >/dev/null
}

# unpack FORMAT PACKAGE: unpack a package into /try/unpacked/FORMAT/PACKAGE.
unpack() {
	local directory=/try/unpacked/$1/$2 package=$2

	inside mkdir -p "$directory" || return
	case $1 in
	deb) inside sh -c "dpkg-deb -x /try/${package}_*.deb $directory" ;;
	rpm) inside sh -c "cd $directory && rpm2cpio /try/rpm/$package-[0-9]*.rpm |
		cpio -id --quiet" ;;
	arch) inside sh -c "bsdtar -C $directory --exclude '.[A-Z]*' \
		-xf /tmp/arch/$package-[0-9]*.pkg.tar*" ;;
	esac
}

# content_of FORMAT PACKAGE: check that the package has exactly the listed files
# and the same source of the module as the Debian package.
content_of() {
	local format=$1 package=$2

	unpack "$format" "$package" &&
		inside find "/try/unpacked/$format/$package" ! -type d -printf '/%P\n' |
		grep -v '^/usr/src/' | LC_ALL=C sort |
			diff -u <(sed "s/@VERSION@/$VERSION/" \
				"$TOP/tests/install/$format/$package.list") - || return
	[ "$package" = pidnstree ] && return
	unpack deb "$package" &&
		inside diff -r /try/unpacked/{deb,"$format"}/"$package/usr/src"
}

# rpm ARGUMENT...: run rpm without dependencies, because rpm has no record of
# the packages that apt installed.
rpm() {
	inside rpm --force-debian --nodeps "$@"
}

# install_rpms: install the packages. First create directories that belong to
# the packages systemd and filesystem, which are not installed here. Otherwise
# the directories would be left after remove_rpms.
install_rpms() {
	inside mkdir -p /usr/lib/modules-load.d /usr/share/licenses || return
	list_files >"$WORK/before-rpms"
	rpm -i "/try/rpm/pidns-tree-dkms-$VERSION-1.noarch.rpm" \
		"/try/rpm/pidnstree-$VERSION-1.x86_64.rpm" &&
		is_built "${INSTALLED_KERNELS[@]}" && inside pidnstree --version &&
		refused "belongs to the package pidns-tree-dkms" make_inside dkms-remove
}

# upgrade_rpms: upgrade to a new release and to a new version. The scriptlets of
# the old package must not remove what the new package installed.
upgrade_rpms() {
	local kernel

	rpm -U "/try/rpm-$VERSION-2/pidns-tree-dkms-$VERSION-2.noarch.rpm" &&
		is_built "${INSTALLED_KERNELS[@]}" &&
		rpm -U "/try/rpm-$VERSION.1-1/pidns-tree-dkms-$VERSION.1-1.noarch.rpm" &&
		is_built "${INSTALLED_KERNELS[@]}" || return
	for kernel in "${INSTALLED_KERNELS[@]}"; do
		inside dkms status -m pidns_tree -v "$VERSION.1" -k "$kernel" |
			grep -q ': installed$' || return
	done
}

remove_rpms() {
	rpm -e pidns-tree-dkms pidnstree && list_files | diff "$WORK/before-rpms" -
}

# build_arch: build the Arch packages as a user, because makepkg refuses to run
# as root.
build_arch() {
	refused "makepkg refuses to run as root" make_inside arch &&
		as_user env HOME=/tmp /try/clean/tools/packaging/arch.sh /tmp/arch &&
		inside sh -c 'bsdtar -xOf /tmp/arch/pidnstree-[0-9]*.pkg.tar* .INSTALL' |
		diff "$PACKAGING/arch/pidnstree.install" -
}

WORK=$(mktemp -d) || exit 1
trap 'as_root rm -rf "$WORK"; as_root rm -rf "$CACHE/install"' EXIT
lock packages
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TOP/dkms.conf")

echo "KTAP version 1"
try "all files have the same version" same_version
try "the Debian packages are built" build packages
ensure_debian packages "$TOOL_SUITE" "$PACKAGE_PACKAGES"
try "lintian reports nothing" lintian
try "the Debian packages are reproducible" reproducible

# The tests change this Debian, so they use a copy. Hard links suffice, because
# package managers replace files instead of writing to them.
as_root rm -rf "$CACHE/install"
as_root cp -al "$ROOT" "$CACHE/install"
ROOT=$CACHE/install
mapfile -t INSTALLED_KERNELS < <(as_root ls "$ROOT/lib/modules" | sort -V)
as_root rm -rf "$ROOT/build"
as_root mkdir "$ROOT/try"
as_root cp "$WORK"/packages/*.deb "$ROOT/try"
copy_sources "$ROOT/try/source" Kbuild Makefile dkms.conf module tools tests/vm
tar -C "$TOP" --exclude=tools/packaging/out -cf - LICENSE README.md tools/packaging |
	as_root tar -C "$ROOT/try/source" -xf - --no-same-owner
# A directory of systemd, which is not installed here.
as_root mkdir -p "$ROOT/etc/modules-load.d"
# Some tests change /try/source, so other tests use /try/clean.
as_root cp -r "$ROOT/try/source" "$ROOT/try/clean"
as_root cp "$TOP/tests/install/rpmlint.toml" "$ROOT/try"
# Debian's rpm has its database in the home directory.
echo '%_dbpath /try/rpmdb' | as_root tee "$ROOT/.rpmmacros" >/dev/null
list_files >"$WORK/before"

try "content of the Debian package pidns-tree-dkms" content pidns-tree-dkms
try "content of the Debian package pidnstree" content pidnstree
try "'make deb' builds the same packages without a chroot" build_on_host
try "the Debian packages are installed, and DKMS builds for two kernels" install_packages
try "the module is signed" is_signed
try "the Debian packages are purged and leave no file" purge_packages
try "'make dkms-install' can be repeated" install_twice
try "'make dkms-install' for another kernel" install_next
try "'make dkms-install' without kernel headers" \
	refused "apt install linux-headers-9.9 linux-headers-amd64" \
	make_inside dkms-install KVER=9.9
try "'make' without kernel headers" \
	refused "apt install linux-headers-9.9 linux-headers-amd64" make_inside KVER=9.9
try "the package with the headers on each distribution" names_headers
try "a failed build does not change the installation" does_not_build
try "'make dkms-install' for a kernel that is too old" too_old
try "'make dkms-install' of a changed source" replace
try "'make dkms-install' keeps loading at boot disabled" disable_loading
try "'make dkms-install' and 'make dkms-remove' as a user" unprivileged
try "'make dkms-remove' can be repeated and leaves no file" remove_twice
try "'make dkms-install' does not change an installed package" packaged
try "the autopkgtest of pidns-tree-dkms" autopkgtest
try "'make rpm' builds RPM packages" build_rpms
try "rpmlint reports nothing" rpmlint
try "content of the RPM package pidns-tree-dkms" content_of rpm pidns-tree-dkms
try "content of the RPM package pidnstree" content_of rpm pidnstree
try "the RPM packages are installed, and DKMS builds for two kernels" install_rpms
try "the RPM packages are upgraded, to a new release and a new version" upgrade_rpms
try "the RPM packages are removed and leave no file" remove_rpms
try "'make arch' builds packages for Arch Linux" build_arch
try "content of the Arch package pidns-tree-dkms" content_of arch pidns-tree-dkms
try "content of the Arch package pidnstree" content_of arch pidnstree
plan
