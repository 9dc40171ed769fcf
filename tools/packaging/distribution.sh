#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# distribution.sh headers KERNEL: print how to install the headers of a kernel
# on this distribution.
#
# The Makefile runs this script. dkms.sh and the scripts that build packages
# source it. Only this file has the names of the distributions' packages.

# The tests set another file.
OS_RELEASE=${OS_RELEASE:-/etc/os-release}

# The kernel series of a Debian release, whose metapackage is
# linux-headers-ARCH, and another series of the release, whose metapackage
# contains its number.
declare -rA DEBIAN_SERIES=([11]=5.10 [12]=6.1 [13]=6.12)
declare -rA DEBIAN_SECOND_SERIES=([11]=6.1 [12]=6.12)

# os_release KEY: print a value of os-release(5). Another shell reads the file,
# because the file also sets NAME and VERSION.
os_release() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	env -i sh -c '. "$0" 2>/dev/null && eval "printf \"%s\\n\" \"\$$1\""' \
		"$OS_RELEASE" "$1"
}

# family: print the name of the distribution that this one is derived from, or
# its own name.
family() {
	local id

	for id in $(os_release ID) $(os_release ID_LIKE); do
		case $id in
		debian | ubuntu | fedora | arch) echo "$id" && return ;;
		rhel | centos) echo rhel && return ;;
		# Oracle Linux names only fedora as its relative.
		ol) echo rhel && return ;;
		suse | opensuse* | sle*) echo suse && return ;;
		esac
	done
	echo unknown
}

# installed_metapackage KERNEL: print the metapackage of the headers that matches
# the installed metapackage of the kernel's image, and its version.
installed_metapackage() {
	# shellcheck disable=SC2016 # expanded by dpkg-query
	dpkg-query -W -f '${Package} ${Version} ${Depends}\n' 'linux-image-*' 2>/dev/null |
		awk -v image="linux-image-$1" '{
			for (i = 3; i <= NF; i++)
				if ($i == image || $i == image ",") {
					sub(/^linux-image/, "linux-headers", $1)
					print $1, $2
					exit
				}
		}'
}

# debian_metapackage KERNEL: print the package that depends on the headers of
# the newest kernel of this kernel's kind.
debian_metapackage() {
	local kernel=$1 package version release series flavour backports

	backports=/$(os_release VERSION_CODENAME)-backports
	read -r package version < <(installed_metapackage "$kernel")
	if [ -n "$package" ]; then
		[[ $version != *~bpo* ]] || package+=$backports
		echo "$package"
		return
	fi

	flavour=$(grep -oE '((rt|cloud)-)?(amd64|arm64|686(-pae)?|armmp|riscv64|ppc64el|powerpc64le|s390x)$' \
		<<<"$kernel")
	if [ -z "$flavour" ]; then
		echo "linux-headers-$(dpkg --print-architecture 2>/dev/null || echo amd64)"
		return
	fi
	release=$(os_release VERSION_ID)
	series=$(grep -oE '^[0-9]+\.[0-9]+' <<<"$kernel")
	if [ "$series" = "${DEBIAN_SERIES[${release:-none}]:-$series}" ]; then
		echo "linux-headers-$flavour"
	elif [[ $kernel != *+bpo* ]] &&
		[ "$series" = "${DEBIAN_SECOND_SERIES[$release]:-}" ]; then
		echo "linux-headers-$series-$flavour"
	else
		echo "linux-headers-$flavour$backports"
	fi
}

# ubuntu_metapackage KERNEL: like debian_metapackage, for Ubuntu. The name of
# the metapackage has the kernel's flavour. Only an installed metapackage shows
# whether the name has a suffix for newer kernels, as in
# linux-headers-generic-hwe-24.04.
ubuntu_metapackage() {
	local package flavour=${1##*-}

	read -r package _ < <(installed_metapackage "$1")
	[[ $flavour =~ ^[a-z]+$ ]] || flavour=generic
	echo "${package:-linux-headers-$flavour}"
}

# headers KERNEL: print the command that installs the headers of that kernel
# and, if the distribution has such a package, the headers of later kernels.
headers() {
	local kernel=$1

	case $(family) in
	debian) echo "apt install linux-headers-$kernel $(debian_metapackage "$kernel")" ;;
	ubuntu) echo "apt install linux-headers-$kernel $(ubuntu_metapackage "$kernel")" ;;
	fedora) echo "dnf install kernel-devel-$kernel kernel-devel-matched" ;;
	rhel)
		case $kernel in
		*uek*) echo "dnf install kernel-uek-devel-$kernel" ;;
		*) echo "dnf install kernel-devel-$kernel kernel-devel-matched" ;;
		esac
		;;
	suse) echo "zypper install kernel-${kernel##*-}-devel" ;;
	arch)
		# linux: 6.12.1-arch1-1; linux-lts: 6.6.63-1-lts.
		case $kernel in
		*-lts | *-zen | *-hardened | *-rt) echo "pacman -S linux-${kernel##*-}-headers" ;;
		*) echo "pacman -S linux-headers" ;;
		esac
		;;
	esac
}

# explain_headers KERNEL: print what to do if a kernel's headers are missing.
explain_headers() {
	local kernel=$1 command name

	command=$(headers "$kernel")
	name=$(os_release NAME)
	if [ -z "$command" ]; then
		echo "install the headers of kernel $kernel"
		return
	fi
	printf '%s\n' "as root, run: $command" \
		"if there is no such package, kernel $kernel is outdated or not built by ${name:-this distribution}: install a newer kernel with its headers and reboot"
}

# packages_command PACKAGE...: print the command that installs packages.
packages_command() {
	case $(family) in
	fedora | rhel) echo "dnf install $*" ;;
	suse) echo "zypper install $*" ;;
	arch) echo "pacman -S $*" ;;
	*) echo "apt install $*" ;;
	esac
}

# dkms_command: print the command that installs DKMS.
dkms_command() {
	local release

	case $(os_release ID) in
	rhel | ol)
		release=$(os_release VERSION_ID)
		echo "dnf install https://dl.fedoraproject.org/pub/epel/epel-release-latest-${release%%.*}.noarch.rpm && dnf install dkms"
		return
		;;
	esac
	case $(family) in
	rhel) echo "dnf install epel-release && dnf install dkms" ;;
	*) packages_command dkms ;;
	esac
}

# builder FORMAT: print the packages that build packages of that format.
builder() {
	case $1-$(family) in
	rpm-debian | rpm-ubuntu) echo rpm ;;
	rpm-*) echo rpm-build ;;
	arch-debian | arch-ubuntu) echo makepkg pacman-package-manager ;;
	arch-*) echo base-devel ;;
	esac
}

# is_debian_12: succeed on Debian 12 or later. Testing and sid have no
# VERSION_ID.
is_debian_12() {
	local release

	release=$(os_release VERSION_ID)
	[ "$(os_release ID)" = debian ] && [ "${release:-99}" -ge 12 ] 2>/dev/null
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	if [ $# -ne 2 ] || [ "$1" != headers ]; then
		echo "usage: distribution.sh headers KERNEL" >&2
		exit 1
	fi
	explain_headers "$2"
fi
