#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# dkms.sh install KERNEL: add the source of the module to DKMS, build and
# install the module for that kernel, and load it at each boot. DKMS builds the
# module for later kernels.
# dkms.sh remove: undo all of that.
#
# Both commands can be repeated.

. "$(dirname "$0")/common.sh"

# The directory in which DKMS looks for NAME-VERSION.
readonly SOURCES=/usr/src

readonly LOAD=$PACKAGING/modules-load.d/pidns-tree.conf
readonly LOAD_AT_BOOT=/etc/modules-load.d/pidns-tree.conf

# refuse_packaged: fail if a package installed the module, because only the
# package manager may remove it.
refuse_packaged() {
	local file package

	for file in "$SOURCES/$NAME"-*/dkms.conf; do
		[ -e "$file" ] || continue
		package=$(dpkg-query -S "$file" 2>/dev/null | cut -d: -f1)
		[ -n "$package" ] ||
			package=$(rpm -qf --qf '%{NAME}\n' "$file" 2>/dev/null) ||
			# On Debian, the query would create pacman's database.
			package=$([ "$(family)" = arch ] && pacman -Qqo "$file" 2>/dev/null) ||
			continue
		die "$(dirname "$file") belongs to the package $package: remove that package first"
	done
}

remove_all() {
	local directory version

	for directory in "$SOURCES/$NAME"-*/; do
		[ -d "$directory" ] || continue
		version=$(basename "$directory")
		version=${version#"$NAME"-}
		# An interrupted installation leaves a source that DKMS does not know.
		if [ -n "$(dkms status -m "$NAME" -v "$version" 2>/dev/null)" ]; then
			as_root dkms remove -m "$NAME" -v "$version" --all >&2 ||
				die "DKMS could not remove $NAME $version"
		fi
		as_root rm -r "$directory"
		say "removed $NAME $version"
	done
}

# copy_source DIRECTORY: copy the files that the module is built from.
copy_source() {
	local directory=$1

	mkdir -p "$directory" &&
		cp -r "$TOP"/{dkms.conf,Kbuild,Makefile} "$directory" &&
		mkdir "$directory/module" &&
		cp "$TOP"/module/*.[ch] "$directory/module" ||
		die "could not copy the source to $directory"
}

# try_build KERNEL DIRECTORY: build in a separate DKMS tree, so that a failed
# build does not change what is installed.
try_build() {
	local kernel=$1 work=$2

	as_root cp -r "$work/source" "$work/$NAME-$VERSION" &&
		as_root mkdir "$work/tree" || exit 1
	as_root dkms build -m "$NAME" -v "$VERSION" -k "$kernel" \
		--sourcetree "$work" --dkmstree "$work/tree" >&2 || {
		as_root tail -n 20 "$work/tree/$NAME/$VERSION/build/make.log" 2>/dev/null >&2
		die "could not build $NAME for kernel $kernel; the messages above have the reason, and the installation is unchanged"
	}
}

# load_at_boot: add the file that loads the module at boot. An administrator can
# disable the file by emptying it, so an existing file stays.
load_at_boot() {
	[ -e "$LOAD_AT_BOOT" ] && return
	as_root mkdir -p "$(dirname "$LOAD_AT_BOOT")" &&
		as_root cp --no-preserve=mode,ownership "$LOAD" "$LOAD_AT_BOOT" &&
		as_root chmod 644 "$LOAD_AT_BOOT" ||
		die "could not write $LOAD_AT_BOOT"
}

stop_loading_at_boot() {
	[ -e "$LOAD_AT_BOOT" ] || return 0
	if grep -qx "$NAME" "$LOAD_AT_BOOT"; then
		as_root rm "$LOAD_AT_BOOT"
	else
		say "left $LOAD_AT_BOOT, which was changed"
	fi
}

# explain_loading KERNEL: print whether the module is loaded at boot, and how to
# load it now.
explain_loading() {
	if ! grep -qx "$NAME" "$LOAD_AT_BOOT"; then
		say "$LOAD_AT_BOOT disables loading at boot; to load the module, run as root: modprobe $NAME"
	elif [ "$1" != "$(uname -r)" ]; then
		say "the module will be loaded at each boot of kernel $1"
	elif [ -e "/sys/module/$NAME" ]; then
		say "$NAME is loaded; to load the installed version, run as root: modprobe -r $NAME && modprobe $NAME"
	else
		say "the module will be loaded at each boot; to load it now, run as root: modprobe $NAME"
	fi
}

install() {
	local kernel=$1 source=$SOURCES/$NAME-$VERSION work

	[ -e "/lib/modules/$kernel/build/Makefile" ] ||
		die "no kernel headers in /lib/modules/$kernel/build
$(explain_headers "$kernel")"
	require_root "run 'make dkms-install' as root"
	if command -v apt-get >/dev/null; then
		need dkms=dkms
	else
		command -v dkms >/dev/null ||
			die "dkms is not installed; as root, run: $(dkms_command)"
	fi
	refuse_packaged

	work=$(mktemp -d) || exit 1
	# shellcheck disable=SC2064 # the directory of this call
	trap "as_root rm -rf '$work'" EXIT
	copy_source "$work/source"
	if ! diff -r "$work/source" "$source" >/dev/null 2>&1; then
		try_build "$kernel" "$work"
		remove_all
		as_root cp -r --no-preserve=ownership "$work/source" "$source" ||
			die "could not copy the source to $source"
	elif dkms status -m "$NAME" -v "$VERSION" -k "$kernel" 2>/dev/null |
		grep -q ': installed'; then
		load_at_boot
		say "$NAME $VERSION is already installed for kernel $kernel"
		explain_loading "$kernel"
		return
	fi
	as_root dkms install -m "$NAME" -v "$VERSION" -k "$kernel" >&2 ||
		die "DKMS could not install $NAME $VERSION for kernel $kernel"
	load_at_boot
	say "installed $NAME $VERSION for kernel $kernel"
	explain_loading "$kernel"
}

remove() {
	refuse_packaged
	if ! compgen -G "$SOURCES/$NAME-*/" >/dev/null && [ ! -e "$LOAD_AT_BOOT" ]; then
		say "$NAME is not installed"
		return
	fi
	require_root "run 'make dkms-remove' as root"
	remove_all
	stop_loading_at_boot
	# In a chroot, the loaded module belongs to the host.
	if ! ischroot 2>/dev/null && [ -e "/sys/module/$NAME" ]; then
		as_root rmmod "$NAME" ||
			die "could not unload $NAME; run as root: modprobe -r $NAME"
		say "unloaded $NAME"
	fi
}

case $# in
2) [ "$1" = install ] && install "$2" && exit ;;
1) [ "$1" = remove ] && remove && exit ;;
esac
die "usage: dkms.sh install KERNEL | remove"
