# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# What every script of the tests shares: how it speaks, where it keeps things,
# how it becomes root, and the small Debian systems that kernels come with.

# After su, the directories of root's programs may be missing.
PATH=$PATH:/usr/sbin:/sbin

set -o pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/pidns_tree

. "$TOP/tests/vm/ktap.sh"
. "$TOP/tests/vm/disk.sh"

# A kernel is known by the name people call it; each comes with a small Debian
# of the suite it is taken from, so that it meets the compiler and the tools
# that it was made for.
# Fields: suite, end of the names of its packages linux-image- and
# linux-headers-, memory of a guest, seconds after which a guest is lost.
# Instead of packages, it may be a configuration in this directory that the
# source of the suite's kernel is built with, after a patch of this directory
# if there is a fifth field.
declare -rA KERNELS=(
	[5.10]="bullseye amd64 1G 1200"
	[6.1]="bookworm amd64 1G 1200"
	[6.12]="bookworm 6.12-amd64 1G 1200"
	[6.12-rt]="bookworm 6.12-rt-amd64 1G 1200"
	[6.12-arm64]="bookworm 6.12-arm64 2G 3600"
	[containers]="bookworm 6.12-amd64 2G 1200"
	[bench]="bookworm 6.12-amd64 6G 7200"
	[7.x]="trixie-backports amd64 1G 1200"
	[debug]="bookworm debug.config 3G 3600"
	[6.12-um]="bookworm um.config 1G 1200 no-user-dumpable.patch"
	[7.x-um]="trixie-backports um.config 1G 1200"
)
readonly DEFAULT_KERNEL=6.12
# shellcheck disable=SC2034 # used by check.sh
readonly NEWEST_KERNEL=7.x

# The package with the source of a suite's kernel.
declare -rA SOURCE_PACKAGES=(
	[bookworm]=linux-source-$DEFAULT_KERNEL
	[trixie-backports]=linux-source
)

# What that Debian has beside the packages that every Debian has: what builds
# the module, the tool and the tests, what checks them, and what people use in a
# guest.
readonly PACKAGES=bash,coreutils,cpio,gcc,jq,kmod,libc6-dev,libcurl4-gnutls-dev,libjson-c-dev,libsmartcols-dev,make,ncurses-base,perl,pkg-config,procps,shellcheck,sparse,util-linux

# And what builds a kernel.
readonly KERNEL_PACKAGES=bc,bison,flex,libelf-dev,patch

# And what builds for arm64: a compiler, and what the headers of kernels have in
# common. Beside it, of arm64 itself and for the guest alone to run: what pack.sh
# takes, and what the tool and the tests are built with.
readonly CROSS_PACKAGES=gcc-aarch64-linux-gnu,linux-headers-6.12-amd64
readonly FOREIGN_PACKAGES=bash,coreutils,dash,findutils,grep,jq,kmod,libc-bin,libc6-dev,libcurl4-gnutls-dev,libjson-c-dev,libsmartcols-dev,mawk,mount,ncurses-bin,procps,sed,util-linux

# What the machine for containers has beside that, a whole Debian on a disk; and
# what is in the images that are made for it.
readonly CONTAINER_PACKAGES=apparmor,ca-certificates,dbus-user-session,docker.io,fuse-overlayfs,graphviz,iptables,libpam-systemd,man-db,podman,psmisc,slirp4netns,uidmap
readonly IMAGES=(
	"busybox=busybox-static"
	"nginx=busybox-static,nginx-light,procps"
	"httpd=apache2-bin,busybox-static,procps"
)

# What the machine for the bench has: rivals and what builds them, what measures
# and what draws. Beside it the newest lsns, with its libraries and from that suite.
readonly BENCH_PACKAGES=bpftool,clang,gnuplot-nox,libbpf-dev,linux-perf,psmisc,rt-tests
readonly NEWEST_SUITE=trixie

# How all is built for arm64. The headers of a kernel know their compiler.
readonly CROSS_BUILD=(
	CC="aarch64-linux-gnu-gcc --sysroot=/arm64"
	CFLAGS="-O2 -g -Werror"
	KCFLAGS=-Werror
	PKG_CONFIG_LIBDIR=/arm64/usr/lib/aarch64-linux-gnu/pkgconfig
	PKG_CONFIG_SYSROOT_DIR=/arm64
)

# The Debian that the tool is tested in where no kernel is needed.
# shellcheck disable=SC2034 # used by tool.sh
readonly TOOL_SUITE=bookworm
# shellcheck disable=SC2034 # used by tool.sh
readonly TOOL_PACKAGES=bash,clang,diffutils,fish,gcc,graphviz,jq,libc6-dbg,libc6-dev,libclang-rt-dev,libcurl4-gnutls-dev,libjson-c-dev,libsmartcols-dev,llvm,make,mandoc,pkg-config,util-linux,valgrind,zsh

# The Debian that packages are built and installed in, with two kernels' headers.
# shellcheck disable=SC2034 # used by tools/packaging/deb.sh and tests/suites/install.sh
readonly PACKAGE_PACKAGES=build-essential,debhelper,dh-dkms,diffutils,dkms,libarchive-tools,libcurl4-gnutls-dev,libjson-c-dev,libsmartcols-dev,lintian,linux-headers-6.12-amd64,linux-headers-amd64,makepkg,pacman-package-manager,pkg-config,rpm,rpmlint

# Words that a kernel uses for its own mistakes and for nothing else, once it
# does not warn about processors (mitigations=off, below). Of leaks, it is
# init.c that tells: what the kernel suspects may be found again.
# shellcheck disable=SC2034 # used by those who boot guests
readonly REPORTS='\bBUG\b|WARNING:|Oops|general protection fault|Kernel panic|[Uu]nable to handle|INFO: (rcu|task|possible|suspicious|trying|lockdep)|rcu: .*(stall|detected)|K[AC]SAN:|KFENCE:|UBSAN:|refcount_t:|kmemleak: unreferenced|[Ll]ist_(add|del) corruption|scheduling while atomic|soft lockup|hard LOCKUP|Call [Tt]race:'

# From the oldest on.
list_kernels() {
	printf '%s\n' "${!KERNELS[@]}" | sort -V | paste -sd ' '
}

say() {
	printf '%s\n' "== $*" >&2
}

# Ends with a status that no command of a guest is confused with, if there are
# guests.
die() {
	printf '%s\n' "${0##*/}: $*" >&2
	exit "${EXIT_FAILED:-1}"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		die "this needs root, and there is no sudo: $*"
	fi
}

# The descriptors of the locks that are held.
declare -A locks=()

# lock NAME: have that part of the cache to oneself, until it is unlocked or the
# script ends: two runs that fill it would fill it twice, and halves. The first
# that is taken also keeps the cache as a whole from being removed.
lock() {
	local descriptor

	mkdir -p "$CACHE" || die "cannot make $CACHE"
	if [ -z "${locks[cache]:-}" ]; then
		exec {descriptor}>"$CACHE/lock"
		flock --shared "$descriptor" || die "cannot lock $CACHE"
		locks[cache]=$descriptor
	fi
	exec {descriptor}>"$CACHE/lock.$1"
	flock "$descriptor" || die "cannot lock $CACHE/$1"
	locks[$1]=$descriptor
}

unlock() {
	local descriptor=${locks[$1]}

	exec {descriptor}>&-
	unset "locks[$1]"
}

# list_missing COMMAND=PACKAGE...: sets missing to the packages whose command is.
list_missing() {
	local pair

	missing=()
	for pair; do
		command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
	done
	[ ${#missing[@]} -gt 0 ]
}

# need COMMAND=PACKAGE...: install the packages whose command is missing.
need() {
	local output missing

	list_missing "$@" || return 0
	command -v apt-get >/dev/null ||
		die "missing, and there is no apt-get to install them: ${missing[*]}"
	lock apt
	if list_missing "$@"; then
		say "installing ${missing[*]}"
		output=$({
			as_root apt-get -q update &&
				as_root env DEBIAN_FRONTEND=noninteractive \
					apt-get -q install --no-install-recommends \
					-y "${missing[@]}"
		} 2>&1) || die "could not install ${missing[*]}: $output"
	fi
	unlock apt
}

# in_debian ROOT COMMAND...: run it in that system. Its /proc is mounted where
# nobody else sees it, so nothing is left behind however the command ends.
in_debian() {
	local root=$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	as_root unshare --mount -- sh -c '
		mount -t proc proc "$1/proc" &&
			mount -t devpts -o ptmxmode=0666 devpts "$1/dev/pts" || exit 1
		root=$1
		shift
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C \
			chroot "$root" "$@"' sh "$root" "$@"
}

# A setup hook of mmdebstrap. A backports suite extends the suite it is made for,
# and apt needs both.
# shellcheck disable=SC2016 # expanded by mmdebstrap's shell
readonly ADD_BACKPORTS='
	sed -n "1s/ \([^ ]*\) main$/ \1-backports main/p" \
		"$1/etc/apt/sources.list" \
		>"$1/etc/apt/sources.list.d/backports.list"'

# make_debian SUITE PACKAGES DIRECTORY: make a small Debian there, with the
# packages and their kernel; with WHOLE=yes as it would be on a machine, with an
# initrd and all that apt knows.
make_debian() {
	local suite=$1 packages=$2 directory=$3 options=() environment=(TMPDIR="$CACHE")

	[ "$suite" = "${suite%-backports}" ] ||
		options=(--setup-hook="$ADD_BACKPORTS")

	mkdir -p "$CACHE"
	as_root rm -rf "$directory"
	if [ -n "${WHOLE:-}" ]; then
		options+=(--skip=cleanup/apt)
	else
		# Most guests need no initrd of Debian's, which takes a while to make.
		environment+=(INITRD=No)
	fi
	as_root env "${environment[@]}" mmdebstrap --quiet --mode=root \
		--variant=minbase --include="$packages" "${options[@]}" \
		"${suite%-backports}" "$directory" >&2 ||
		die "could not make a Debian $suite in $directory"
}

# make_kernel DIRECTORY CONFIG HASH [PATCH]: build that kernel in the Debian that is
# there. The hash is of what it is made from: another one, another Debian.
make_kernel() {
	local directory=$1 config=$2 patch=${4:-} work=$1/usr/src/kernel

	say "building a kernel with $config (once)"
	# Links are enough: all that is built goes to a directory of its own.
	as_root mkdir "$work" &&
		as_root cp -al "$SOURCE" "$work/source" &&
		as_root cp "$TOP"/tests/vm/{kernel.sh,"$config"} \
			${patch:+"$TOP/tests/vm/$patch"} "$work" &&
		in_debian "$directory" /usr/src/kernel/kernel.sh \
			/usr/src/kernel/source "/usr/src/kernel/$config" \
			${patch:+"/usr/src/kernel/$patch"} >&2 ||
		die "could not build a kernel with $config in $directory"
	as_root rm -r "$work"
}

# add_foreign DIRECTORY SUITE PACKAGES: give the Debian that is there the kernel
# among those packages of arm64, with its headers, in place of its own; the rest
# goes to /arm64, unpacked and no more, as nothing of it runs here.
add_foreign() {
	local directory=$1 suite=$2 packages=$3 tree=$1/arm64

	say "adding packages of arm64 (once)"
	as_root env TMPDIR="$CACHE" mmdebstrap --quiet --mode=root \
		--variant=extract --architectures=arm64 --include="$packages" \
		"$suite" "$tree" >&2 &&
		as_root rm -r "$directory"/boot "$directory"/lib/modules &&
		as_root mv "$tree/boot" "$directory" &&
		as_root mv "$tree/lib/modules" "$directory/lib" &&
		as_root mv "$tree"/usr/src/linux-headers-*-arm64 "$directory/usr/src" &&
		in_debian "$directory" depmod "$(basename "$directory"/lib/modules/*)" ||
		die "could not add packages of arm64 to $directory"
	# Links are to lead where they would if the tree were the root.
	# shellcheck disable=SC2016 # expanded by the inner shell
	as_root find "$tree" -lname '/*' -exec sh -c '
		for link; do
			ln -snfr "$0$(readlink "$link")" "$link"
		done' "$tree" {} + ||
		die "could not mend the links in $tree"
}

# add_images DIRECTORY SUITE HASH NAME=PACKAGES...: lay images for containers into
# the Debian that is there, /srv/NAME.tar. Small, as what unpacks them is emulated:
# the packages are not configured, so what they would have made is made here.
add_images() {
	local directory=$1 suite=$2 image tree
	shift 3

	say "making images for containers (once)"
	for image; do
		tree=$directory/srv/${image%%=*}
		# shellcheck disable=SC2016 # expanded by the inner shell
		as_root env TMPDIR="$CACHE" mmdebstrap --quiet --mode=root \
			--variant=extract --include="${image#*=}" "$suite" "$tree" >&2 &&
			as_root sh -c '
				cd "$1" && rm -rf usr/share usr/lib/*/gconv usr/lib/*/*perl* \
					usr/lib/*/libicu* &&
				mkdir -p bin proc root run sys tmp var/www &&
				printf "%s\n" root:x:0: daemon:x:1: adm:x:4: www-data:x:33: \
					>etc/group &&
				printf "%s:/:/bin/sh\n" root:x:0:0: daemon:x:1:1: \
					www-data:x:33:33: >etc/passwd &&
				if [ -e usr/sbin/apache2 ]; then
					ln -s apache2 usr/sbin/httpd && cp "$3" etc
				fi &&
				if [ -e etc/nginx ]; then
					sed -i "s/^worker_processes .*/worker_processes 2;/" \
						etc/nginx/nginx.conf
				fi &&
				{ chroot . /bin/busybox --install -s /bin 2>/dev/null || true; } &&
				tar -cf "$2.tar" . && cd / && rm -r "$1"' sh "$tree" "$tree" \
			"$TOP/tests/vm/httpd.conf" ||
			die "could not make the image ${image%%=*}"
	done
}

# add_newest DIRECTORY SUITE: lay util-linux of that suite into the Debian that is
# there, in /opt/newest, unpacked and no more.
add_newest() {
	local directory=$1 suite=$2

	say "adding util-linux of $suite (once)"
	as_root env TMPDIR="$CACHE" mmdebstrap --quiet --mode=root \
		--variant=extract --include=util-linux "$suite" \
		"$directory/opt/newest" >&2 ||
		die "could not add util-linux of $suite to $directory"
}

# ensure_debian NAME SUITE PACKAGES [ADD [ARGUMENT...]]: see that there is a Debian of
# that name in the cache, with those packages and what the function ADD gives it,
# called with its directory and the arguments; sets ROOT. WHOLE as above.
ensure_debian() {
	local name=$1 suite=$2 packages=$3 add=${4:-} recipe work
	shift "$(($# < 4 ? $# : 4))"

	recipe="$suite $packages"
	[ -z "$add" ] || recipe+=" $* $(declare -f "$add" | sha256sum)"
	ROOT=$CACHE/$name

	need mmdebstrap=mmdebstrap mount=mount
	[ -d "$ROOT" ] && [ "$(cat "$ROOT.recipe" 2>/dev/null)" = "$recipe" ] && return

	work=$CACHE/new.$name
	say "making a small Debian $suite: $name (once)"
	make_debian "$suite" "$packages" "$work"
	[ -z "$add" ] || "$add" "$work" "$@" >&2
	as_root rm -rf "$ROOT"
	as_root mv "$work" "$ROOT"
	printf '%s\n' "$recipe" >"$ROOT.recipe"
}

# ensure_kernel KERNEL: see that its Debian is there; sets ROOT, VERSION and
# KERNEL, the image, and what a guest with it needs: ARCH, MEMORY and TIMEOUT, and
# TREE, where in that Debian its programs are, or DISK, if it runs from one.
ensure_kernel() {
	local kernel=$1 suite flavour patch packages=$PACKAGES add=() whole=''

	[ -n "${KERNELS[$kernel]:-}" ] ||
		die "no kernel '$kernel'; there are: $(list_kernels)"
	# shellcheck disable=SC2034 # used by vm.sh
	read -r suite flavour MEMORY TIMEOUT patch <<<"${KERNELS[$kernel]}"
	ARCH=amd64
	TREE=/
	# shellcheck disable=SC2034 # used by vm.sh
	DISK=
	case $kernel in
	containers)
		whole=yes
		packages+=,$DISK_PACKAGES,$CONTAINER_PACKAGES
		add=(add_images "$suite" "$(sha256sum <"$TOP/tests/vm/httpd.conf")"
			"${IMAGES[@]}")
		;;
	bench)
		whole=yes
		packages+=,$DISK_PACKAGES,$BENCH_PACKAGES
		add=(add_newest "$NEWEST_SUITE")
		;;
	esac
	case $flavour in
	*.config)
		packages+=,$KERNEL_PACKAGES
		ensure_source "$suite"
		add=(make_kernel "$flavour" "$(cd "$TOP/tests/vm" &&
			cat kernel.sh "$flavour" ${patch:+"$patch"} \
				"$SOURCE/Makefile" | sha256sum)" ${patch:+"$patch"})
		[ "$flavour" != um.config ] || ARCH=um
		;;
	*-arm64)
		ARCH=arm64
		# shellcheck disable=SC2034 # used by vm.sh
		TREE=/arm64
		packages+=,$CROSS_PACKAGES
		add=(add_foreign "$suite"
			"$FOREIGN_PACKAGES,linux-image-$flavour,linux-headers-$flavour")
		;;
	*)
		[ "$suite" = "${suite%-backports}" ] || flavour+=/$suite
		packages+=,linux-image-$flavour,linux-headers-$flavour
		;;
	esac
	WHOLE=$whole ensure_debian "$kernel" "$suite" "$packages" "${add[@]}"
	[ -z "$whole" ] || ensure_disk

	VERSION=$(basename "$ROOT"/boot/vmlinuz-*)
	VERSION=${VERSION#vmlinuz-}
	# shellcheck disable=SC2034 # used by vm.sh
	KERNEL=$ROOT/boot/vmlinuz-$VERSION
}

# The files that things are built from or tested with, and nothing that was built
# from them.
list_sources() {
	(cd "$TOP" && find "$@" -type f \( -name '*.[ch]' -o -name '*.sh' -o \
		-name '*.awk' -o -name '*.jq' -o -name '*.config' -o \
		-name Makefile -o -name Kbuild -o \
		-name dkms.conf -o -path 'tools/*.[15]' -o \
		-path 'tools/completion/*' -o -path 'tests/completion/*' -o \
		-path 'tests/vm/guest/*' -o -path 'tests/golden/cgroups' -o \
		-path 'tests/golden/*/*' -o -path 'tests/fuzz/*/*' -o \
		-path .ci/run \) | sort)
}

# What people read, and what tries all that it shows.
list_documents() {
	(cd "$TOP" && find README.md module tools tests -type f \( -name '*.md' -o \
		-name '*.[1-9]' -o -path 'tests/docs/*' \))
}

# copy_sources DIRECTORY NAME...: make it anew, with the sources that are at or
# below those names.
copy_sources() {
	local directory=$1
	shift

	as_root rm -rf "$directory" &&
		as_root mkdir "$directory" &&
		list_sources "$@" | tar -C "$TOP" -cf - -T - |
		as_root tar -C "$directory" -xf - --no-same-owner ||
		die "could not copy the sources to $directory"
}

# module_targets: what make can build of the kernel's side for the kernel that
# ensure_kernel found.
module_targets() {
	echo modules
	in_debian "$ROOT" grep -q '^CONFIG_KUNIT=' \
		"/lib/modules/$VERSION/build/include/config/auto.conf" &&
		echo kunit
}

# build_for KERNEL: build the module, the tool and the programs of the tests in
# its Debian; sets ROOT, VERSION, KERNEL and BUILT, where the results are.
build_for() {
	local sources=(Kbuild Makefile dkms.conf module tools tests) targets hash
	local environment=()

	ensure_kernel "$1"
	[ "$ARCH" != arm64 ] || environment=("${CROSS_BUILD[@]}")
	BUILT=$ROOT/src
	hash=$(cd "$TOP" && list_sources "${sources[@]}" | xargs sha256sum |
		sha256sum)
	[ "$(cat "$BUILT/hash" 2>/dev/null)" = "$hash" ] && return

	say "building the module, the tool and the tests for $VERSION"
	copy_sources "$BUILT" "${sources[@]}"
	mapfile -t targets < <(module_targets)
	[ "$1" != bench ] || targets+=(bench-programs)
	in_debian "$ROOT" env "${environment[@]}" make -s -C /src -j"$(nproc)" W=1 \
		KDIR="/lib/modules/$VERSION/build" "${targets[@]}" tools \
		test-programs >&2 ||
		die "the build for $VERSION failed"
	printf '%s\n' "$hash" | as_root tee "$BUILT/hash" >/dev/null
}

# download_source PACKAGE SUITE: unpack the source of a kernel to SOURCE. The package
# may be an empty one that depends on the package of a version.
download_source() {
	local package=$1 suite=$2 work=$CACHE/new.source options=()

	need mmdebstrap=mmdebstrap xz=xz-utils
	say "getting $package of $suite (once)"
	if [ "$suite" != "${suite%-backports}" ]; then
		options=(--setup-hook="$ADD_BACKPORTS")
		package+=/$suite
	fi
	as_root rm -rf "$work"
	as_root env TMPDIR="$CACHE" mmdebstrap --quiet --mode=root --variant=extract \
		--include="$package" "${options[@]}" "${suite%-backports}" \
		"$work" >&2 &&
		as_root tar -C "$work" -xJf "$work"/usr/src/linux-source-*.tar.xz &&
		as_root mv "$work"/linux-source-* "$SOURCE" ||
		die "could not get $package of $suite"
	as_root rm -rf "$work"
}

# ensure_source SUITE: see that the source of that suite's kernel is there, which
# brings tools that no other package has; sets SOURCE.
ensure_source() {
	local suite=$1 package=${SOURCE_PACKAGES[$1]}

	SOURCE=$CACHE/$package
	lock source
	[ -d "$SOURCE" ] || download_source "$package" "$suite"
	unlock source
}
