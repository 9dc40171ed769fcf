# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# Functions for all scripts of the tests: messages, locks, root rights, and the
# small Debian systems that kernels, modules and programs are built in.
#
# How a guest is built, from the first step to the last:
#
# 1. ensure_kernel makes a chroot with mmdebstrap: the packages of a Debian
#    suite with a kernel and its headers, or with a kernel that kernel.sh builds
#    from source. The chroot stays in $CACHE/KERNEL.
# 2. build_for builds the module, the tool and the test programs in that chroot,
#    so that the compiler and the libraries match the kernel.
# 3. vm.sh takes the kernel's image from the chroot. The initrd has two parts.
#    pack.sh packs programs of the chroot into the first part, which stays in
#    the chroot. vm.sh makes the second part for each run: the results of
#    build_for and the command. (A kernel with a disk, see disk.sh, gets the
#    second part as a second disk.) QEMU shares the chroot with the guest, which
#    mounts it if it needs more programs than the first part has, see
#    guest/debian.
# 4. vm.sh boots the guest. tests/vm/init.c is its init: it loads the module,
#    runs the command and reports the status to vm.sh.
#
# The cache keeps the chroots, the results of build_for and the first part of
# the initrd. They are made again only if their input has changed:
# $CACHE/NAME.recipe has the input of a chroot, and a hash of the input marks
# the other results.

# After su, the directories of root's programs may be missing.
PATH=$PATH:/usr/sbin:/sbin

set -o pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/pidns_tree

. "$TOP/tests/vm/ktap.sh"
. "$TOP/tests/vm/disk.sh"

# The kernels. Fields: the Debian suite; the end of the names of the packages
# linux-image- and linux-headers-, or a configuration file in this directory to
# build the suite's kernel source with; the memory of a guest; the seconds after
# which vm.sh kills a guest; optionally a patch in this directory for the
# source.
declare -rA KERNELS=(
	[5.10]="bullseye amd64 1G 1200"
	[6.1]="bookworm amd64 1G 1200"
	[6.12]="bookworm 6.12-amd64 1G 1200"
	[6.12-rt]="bookworm 6.12-rt-amd64 1G 1200"
	[6.12-arm64]="bookworm 6.12-arm64 2G 3600"
	[6.1-i386]="bookworm 686-pae 1G 3600"
	[6.1-s390x]="bookworm s390x 1G 3600"
	[6.12-riscv64]="trixie riscv64 1G 3600"
	[6.12-bpo]="bookworm-backports amd64 1G 1200"
	[sid]="sid amd64 1G 1200"
	[containers]="bookworm 6.12-amd64 2G 1200"
	[bench]="bookworm 6.12-amd64 6G 7200"
	[7.x]="trixie-backports amd64 1G 1200"
	[debug]="bookworm debug.config 3G 3600"
	[race]="bookworm race.config 2G 3600"
	[6.12-um]="bookworm um.config 1G 1200 no-user-dumpable.patch"
	[bare-um]="bookworm bare-um.config 1G 1200"
	[7.x-um]="trixie-backports um.config 1G 1200"
	[bench-um]="bookworm bench-um.config 8G 3600"
)
readonly DEFAULT_KERNEL=6.12
# shellcheck disable=SC2034 # used by check.sh
readonly NEWEST_KERNEL=7.x

# The package with the source of a suite's kernel.
declare -rA SOURCE_PACKAGES=(
	[bookworm]=linux-source-$DEFAULT_KERNEL
	[trixie-backports]=linux-source
)

# The packages of each kernel's Debian, besides the packages of every Debian:
# compilers and libraries to build with, checkers, and programs for the guest.
readonly PACKAGES=bash,coreutils,cpio,gcc,jq,kmod,libc6-dev,libcurl4-gnutls-dev,libjson-c-dev,libsmartcols-dev,make,ncurses-base,perl,pkg-config,procps,shellcheck,sparse,util-linux

# More packages for the kernels of amd64 whose guest students work in: editors, a
# terminal multiplexer and debuggers. 5.10 and "bench" go without.
readonly LESSON_PACKAGES=gdb-minimal,nano,strace,tmux,vim-tiny

# More packages to build a kernel with.
readonly KERNEL_PACKAGES=bc,bison,flex,libelf-dev,patch

# The architectures that need a cross-compiler. Fields: the prefix of the
# compiler's name; the package with kbuild's programs for this machine.
declare -rA FOREIGN=(
	[arm64]="aarch64-linux-gnu linux-headers-6.12-amd64"
	[s390x]="s390x-linux-gnu linux-kbuild-6.1"
	[riscv64]="riscv64-linux-gnu linux-headers-amd64"
)

# Packages of these architectures: the programs that pack.sh packs, and the
# libraries for the tool and the tests.
readonly FOREIGN_PACKAGES=bash,coreutils,dash,findutils,grep,jq,kmod,libc-bin,libc6-dev,libcurl4-gnutls-dev,libjson-c-dev,libsmartcols-dev,mawk,mount,ncurses-bin,procps,sed,util-linux

# More packages for the kernel "containers", a whole Debian on a disk, and the
# packages in each container image.
readonly CONTAINER_PACKAGES=ansible-core,apparmor,ca-certificates,dbus-user-session,docker.io,fuse-overlayfs,graphviz,iptables,libpam-systemd,man-db,podman,prometheus,prometheus-node-exporter,psmisc,slirp4netns,sudo,uidmap
readonly IMAGES=(
	"busybox=busybox-static"
	"nginx=busybox-static,nginx-light,procps"
	"httpd=apache2-bin,busybox-static,procps"
)

# More packages for the kernel "bench": the programs that the module is compared
# with, compilers for them, programs that measure, and gnuplot. NEWEST_SUITE is
# the suite of the newest lsns.
readonly BENCH_PACKAGES=bpftool,clang,gnuplot-nox,libbpf-dev,linux-perf,psmisc,rt-tests
readonly NEWEST_SUITE=trixie

# Variables for make to build for another architecture: all warnings are errors.
readonly PORT_BUILD=(CFLAGS="-O2 -g -Werror" KCFLAGS=-Werror)

# Variables for make to build modules for the kernel "bench-um". User-mode Linux
# compiles with -fno-builtin, unlike all other kernels.
readonly UM_BUILD=(KCFLAGS=-fbuiltin)

# Options of the kernel for programs that count slab objects: slab debugging makes
# the counts exact.
# shellcheck disable=SC2034 # used by check.sh and tests/mutants/run.sh
readonly COUNT_SLABS="slab_nomerge slub_debug=F,pid*"

# The Debian for the tests of the tool that need no kernel.
# shellcheck disable=SC2034 # used by tool.sh
readonly TOOL_SUITE=bookworm
# shellcheck disable=SC2034 # used by tool.sh
readonly TOOL_PACKAGES=bash,clang,diffutils,fish,gcc,graphviz,jq,libc6-dbg,libc6-dev,libclang-rt-dev,libcurl4-gnutls-dev,libjson-c-dev,libsmartcols-dev,llvm,make,mandoc,pkg-config,util-linux,valgrind,zsh

# The Debian to build the kernel's selftests in.
# shellcheck disable=SC2034 # used by selftests.sh
readonly SELFTEST_SUITE=trixie
# shellcheck disable=SC2034 # used by selftests.sh
readonly SELFTEST_PACKAGES=gcc,libc6-dev,libcap-dev,make

# The Debian to build and install the packages in. It has the headers of two
# kernels.
# shellcheck disable=SC2034 # used by tools/packaging/deb.sh and tests/suites/install.sh
readonly PACKAGE_PACKAGES=build-essential,debhelper,dh-dkms,diffutils,dkms,libarchive-tools,libcurl4-gnutls-dev,libjson-c-dev,libsmartcols-dev,lintian,linux-headers-6.12-amd64,linux-headers-amd64,makepkg,pacman-package-manager,pkg-config,rpm,rpmlint

# Lines of a kernel log that report an error in the kernel. With mitigations=off
# (see vm.sh) the kernel prints no warnings about the processor that match. The
# kernel's own lines about leaks do not match, because kmemleak may report
# objects that are not lost: init.c scans several times and prints "kmemleak:
# unreferenced".
readonly REPORTS='\bBUG\b|WARNING:|Oops|general protection fault|Kernel panic|[Uu]nable to handle|INFO: (rcu|task|possible|suspicious|trying|lockdep)|rcu: .*(stall|detected)|K[AC]SAN:|KFENCE:|UBSAN:|refcount_t:|kmemleak: unreferenced|[Ll]ist_(add|del) corruption|scheduling while atomic|soft lockup|hard LOCKUP|Call [Tt]race:'

# list_reports KERNEL LOG: print the lines of a guest's log that report an error. Fail if
# there is none. Only the kernel "race" reports data races.
list_reports() {
	if [ "$1" = race ]; then
		# To awk, \b is a backspace.
		awk -v reports="${REPORTS//\\b/}" -f "$TOP/tests/races/races.awk" \
			file=known "$TOP/tests/races/known-races" file=log "$2" ||
			echo "BUG: cannot filter the log"
	else
		cat "$2"
	fi | grep -aE "$REPORTS"
}

# list_kernels: print the names of all kernels, the oldest first.
list_kernels() {
	printf '%s\n' "${!KERNELS[@]}" | sort -V | paste -sd ' '
}

# say WORDS: print a message about progress.
say() {
	printf '%s\n' "== $*" >&2
}

# die WORDS: print an error message and exit. vm.sh sets EXIT_FAILED to a status
# that differs from the status of most commands in the guest.
die() {
	printf '%s\n' "${0##*/}: $*" >&2
	exit "${EXIT_FAILED:-1}"
}

# expand_home PATH: print the path, with the home directory in place of a tilde.
# In make WITH=~/name, not every shell replaces the tilde.
expand_home() {
	case $1 in
	'~'/*) printf '%s\n' "$HOME/${1#*/}" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# as_root COMMAND...: run the command as root.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		die "must be root to run this, and sudo is missing: $*"
	fi
}

# The file descriptors of the locks that this script holds, by name.
declare -A locks=()

# lock NAME: lock a part of the cache until unlock or the end of the script, so
# that two runs do not write the same files. The first call also takes a shared
# lock on the whole cache, which clean-cache.sh waits for. A cache that this user
# may not write to has no locks: many users can share one that root has filled.
lock() {
	local descriptor

	mkdir -p "$CACHE" || die "cannot create $CACHE"
	if [ ! -w "$CACHE" ]; then
		exec {descriptor}</dev/null
		locks[$1]=$descriptor
		return
	fi
	if [ -z "${locks[cache]:-}" ]; then
		exec {descriptor}>"$CACHE/lock"
		flock --shared "$descriptor" || die "cannot lock $CACHE"
		locks[cache]=$descriptor
	fi
	exec {descriptor}>"$CACHE/lock.$1"
	flock "$descriptor" || die "cannot lock $CACHE/$1"
	locks[$1]=$descriptor
}

# unlock NAME: drop the lock on that part of the cache.
unlock() {
	local descriptor=${locks[$1]}

	exec {descriptor}>&-
	unset "locks[$1]"
}

# list_missing COMMAND=PACKAGE...: set the array missing to the packages whose
# command is missing. Fails if no command is missing.
list_missing() {
	local pair

	missing=()
	for pair; do
		command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
	done
	[ ${#missing[@]} -gt 0 ]
}

# need COMMAND=PACKAGE...: install the packages whose command is missing on this
# machine.
need() {
	local output missing

	list_missing "$@" || return 0
	command -v apt-get >/dev/null ||
		die "install these packages, apt-get is missing here: ${missing[*]}"
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

# in_debian ROOT COMMAND...: run the command in the chroot ROOT, with the
# directory BIND, if set, at /mnt. The mounts are in a mount namespace of their
# own, so they disappear however the command ends. If the cache belongs to another
# user, the command needs no root: it can read the chroot, and write to BIND.
in_debian() {
	local root=$1 enter=(as_root unshare --mount)
	shift
	[ -w "$CACHE" ] || enter=(unshare --user --map-root-user --mount)
	# A user namespace without a PID namespace cannot mount a new procfs.
	# shellcheck disable=SC2016 # expanded by the inner shell
	"${enter[@]}" -- sh -c '
		if [ "$2" = as_root ]; then
			mount -t proc proc "$1/proc" &&
				mount -t devpts -o ptmxmode=0666 devpts "$1/dev/pts"
		else
			mount --rbind /proc "$1/proc"
		fi && { [ -z "$3" ] || mount --bind "$3" "$1/mnt"; } || exit 1
		root=$1
		shift 3
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C \
			chroot "$root" "$@"' sh "$root" "${enter[0]}" "${BIND:-}" "$@"
}

# With this mirror, mmdebstrap takes packages from the release alone, without
# updates. Mirrors of the updates are often incomplete for rare architectures.
readonly RELEASE_MIRROR=http://deb.debian.org/debian

# A setup hook for mmdebstrap. A backports suite extends another suite, and apt
# needs both. The hook adds the backports suite to the sources.
# shellcheck disable=SC2016 # expanded by mmdebstrap's shell
readonly ADD_BACKPORTS='
	sed -n "1s/ \([^ ]*\) main$/ \1-backports main/p" \
		"$1/etc/apt/sources.list" \
		>"$1/etc/apt/sources.list.d/backports.list"'

# make_debian SUITE PACKAGES DIRECTORY: make a small Debian with these packages
# in the directory. With WHOLE=yes, the Debian can boot: it has an initrd and
# apt's lists of packages. With ARCHITECTURE, the Debian is one of another
# architecture, whose programs must run on this machine.
make_debian() {
	local suite=$1 packages=$2 directory=$3 options=() environment=(TMPDIR="$CACHE")
	local mirror=()

	[ "$suite" = "${suite%-backports}" ] ||
		options=(--setup-hook="$ADD_BACKPORTS")
	# A mirror may be too old for the short validity of sid.
	[ "$suite" != sid ] || options=(--aptopt='Acquire::Check-Valid-Until "false"')
	if [ -n "${ARCHITECTURE:-}" ]; then
		need arch-test=arch-test
		options+=(--architectures="$ARCHITECTURE")
		mirror=("$RELEASE_MIRROR")
	fi

	mkdir -p "$CACHE"
	as_root rm -rf --one-file-system "$directory"
	if [ -n "${WHOLE:-}" ]; then
		options+=(--skip=cleanup/apt)
	else
		# Only a guest with a disk boots Debian's initrd, which is slow
		# to make.
		environment+=(INITRD=No)
	fi
	# If mmdebstrap is killed, its mounts must not stay.
	as_root env "${environment[@]}" unshare --mount -- mmdebstrap --quiet \
		--mode=root --variant=minbase --include="$packages" "${options[@]}" \
		"${suite%-backports}" "$directory" "${mirror[@]}" >&2 ||
		die "could not make a Debian $suite in $directory"
}

# uncommented FILE...: print the files without the lines that are comments, for
# hashes. A new comment must not cause a build of minutes. An option that a kernel
# must not have looks like a comment, but is none.
uncommented() {
	sed '/^[[:space:]]*#\( \|$\)/{/ is not set$/!d;}' "$@"
}

# make_kernel DIRECTORY CONFIG HASH [PATCH]: build a kernel in the Debian in
# that directory. HASH is the hash of the input files. The function does not use
# it, but ensure_debian puts it into the recipe, so a change of these files
# changes the recipe.
make_kernel() {
	local directory=$1 config=$2 patch=${4:-} work=$1/usr/src/kernel

	say "building a kernel with $config (once)"
	# Hard links suffice, because the build writes to another directory.
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

# add_foreign DIRECTORY SUITE ARCHITECTURE PACKAGES: unpack these packages of
# that architecture into /ARCHITECTURE of the Debian in that directory, without
# configuring them, because their programs cannot run here. Then replace the
# Debian's kernel and headers by those of the architecture.
add_foreign() {
	local directory=$1 suite=$2 architecture=$3 packages=$4 tree=$1/$3 kbuild
	local mirror=("$RELEASE_MIRROR")

	# 6.12 is an update of bookworm.
	[ "$architecture" != arm64 ] || mirror=()
	say "adding packages of $architecture (once)"
	as_root env TMPDIR="$CACHE" mmdebstrap --quiet --mode=root \
		--variant=extract --architectures="$architecture" \
		--include="$packages" "$suite" "$tree" "${mirror[@]}" >&2 &&
		as_root rm -rf "$directory"/boot "$directory"/lib/modules \
			"$directory"/usr/src/linux-headers-* &&
		as_root mv "$tree/boot" "$directory" &&
		as_root mv "$tree/lib/modules" "$directory/lib" &&
		as_root mv "$tree"/usr/src/linux-headers-* "$directory/usr/src" &&
		in_debian "$directory" depmod "$(basename "$directory"/lib/modules/*)" ||
		die "could not add packages of $architecture to $directory"
	# The headers name kbuild's directory, which can have a version in its
	# name. Debian does not build all architectures at the same time, so the
	# directory of this machine's programs can have another version.
	kbuild=$(basename "$tree"/usr/lib/linux-kbuild-*)
	[ -e "$directory/usr/lib/$kbuild" ] ||
		as_root ln -s "$(basename "$directory"/usr/lib/linux-kbuild-*)" \
			"$directory/usr/lib/$kbuild" ||
		die "could not add $kbuild to $directory"
	# Make absolute links relative to the tree, as if the tree were the
	# root.
	# shellcheck disable=SC2016 # expanded by the inner shell
	as_root find "$tree" -lname '/*' -exec sh -c '
		for link; do
			ln -snfr "$0$(readlink "$link")" "$link"
		done' "$tree" {} + ||
		die "could not change the links in $tree"
}

# add_images DIRECTORY SUITE HASH NAME=PACKAGES...: make container images,
# /srv/NAME.tar, in the Debian in that directory. Only one test needs Prometheus, so it
# does not start at boot. The images are small, because
# an emulated machine unpacks them. Their packages are unpacked but not
# configured, so the function makes the files that configuring would make. HASH
# is as in make_kernel.
add_images() {
	local directory=$1 suite=$2 image tree
	shift 3

	in_debian "$directory" systemctl -q disable prometheus prometheus-node-exporter ||
		die "could not disable Prometheus in $directory"
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

# add_newest DIRECTORY SUITE: unpack util-linux of that suite into /opt/newest
# of the Debian in that directory.
add_newest() {
	local directory=$1 suite=$2

	say "adding util-linux of $suite (once)"
	as_root env TMPDIR="$CACHE" mmdebstrap --quiet --mode=root \
		--variant=extract --include=util-linux,util-linux-extra "$suite" \
		"$directory/opt/newest" >&2 ||
		die "could not add util-linux of $suite to $directory"
}

# ensure_debian NAME SUITE PACKAGES [ADD [ARGUMENT...]]: make the Debian NAME in
# the cache unless it is there, with the same recipe. The function ADD is called
# as ADD DIRECTORY ARGUMENT... and adds more to the new Debian. Sets ROOT, the
# directory. For WHOLE and ARCHITECTURE see make_debian. The recipe has all
# arguments and the body of ADD: a change makes the Debian anew.
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

# ensure_kernel NAME: make the Debian of that kernel unless the cache has it.
# Sets ROOT, the directory of the Debian; VERSION of the kernel; KERNEL, the
# file of its image; ARCH (Debian's name, or um), MEMORY and TIMEOUT of a guest;
# TREE, the directory in the Debian that has the guest's programs; and DISK, the
# image of the guest's disk, empty if the guest runs from an initrd.
ensure_kernel() {
	local kernel=$1 suite flavour patch packages=$PACKAGES add=() whole=''
	local triplet kbuild architecture=''

	[ -n "${KERNELS[$kernel]:-}" ] ||
		die "no kernel '$kernel'; choose one of: $(list_kernels)"
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
		add=(add_images "$suite"
			"$(uncommented "$TOP/tests/vm/httpd.conf" | sha256sum)"
			"${IMAGES[@]}")
		;;
	bench)
		whole=yes
		packages+=,$DISK_PACKAGES,$BENCH_PACKAGES
		add=(add_newest "$NEWEST_SUITE")
		;;
	"$NEWEST_KERNEL" | sid)
		# For lsfd. In older suites, it is in util-linux.
		packages+=,util-linux-extra
		;;
	esac
	case $flavour in
	*.config)
		packages+=,$KERNEL_PACKAGES
		ensure_source "$suite"
		add=(make_kernel "$flavour" "$(cd "$TOP/tests/vm" &&
			{ uncommented kernel.sh "$flavour" &&
				cat ${patch:+"$patch"} "$SOURCE/Makefile"; } |
			sha256sum)" ${patch:+"$patch"})
		[[ $flavour != *um.config ]] || ARCH=um
		;;
	*arm64 | s390x | riscv64)
		ARCH=${flavour##*-}
		TREE=/$ARCH
		read -r triplet kbuild <<<"${FOREIGN[$ARCH]}"
		packages+=,gcc-$triplet,$kbuild
		add=(add_foreign "$suite" "$ARCH"
			"$FOREIGN_PACKAGES,linux-image-$flavour,linux-headers-$flavour")
		;;
	686-pae)
		ARCH=i386
		architecture=$ARCH
		packages+=,linux-image-$flavour,linux-headers-$flavour
		;;
	*)
		[ "$suite" = "${suite%-backports}" ] || flavour+=/$suite
		packages+=,linux-image-$flavour,linux-headers-$flavour
		[[ $kernel = @(5.10|bench) ]] || packages+=,$LESSON_PACKAGES
		;;
	esac
	WHOLE=$whole ARCHITECTURE=$architecture ensure_debian "$kernel" "$suite" "$packages" "${add[@]}"
	[ -z "$whole" ] || ensure_disk

	# riscv64 does not compress its image, vmlinux.
	KERNEL=$(echo "$ROOT"/boot/vmlinu[xz]-*)
	VERSION=${KERNEL#*/boot/vmlinu?-}
}

# save_log LOG NAME: copy a guest's log to tests/logs/NAME, in one step, because
# another guest can have the same NAME. Fails if this user may not write there.
save_log() {
	local logs=$TOP/tests/logs temporary

	{
		mkdir -p "$logs" &&
			temporary=$(mktemp "$logs/$2.XXXXXX") &&
			cat "$1" >"$temporary" &&
			chmod a+r "$temporary" &&
			mv -f "$temporary" "$logs/$2"
	} 2>/dev/null || {
		[ -z "${temporary:-}" ] || rm -f "$temporary"
		return 1
	}
}

# list_sources NAME...: print the names of all source files at or below those
# names, in an order that does not depend on the locale, because hashes depend
# on the order. It works without git, and does not print files that were built.
list_sources() {
	(cd "$TOP" && find "$@" -type f \( -name '*.[ch]' -o -name '*.sh' -o \
		-name '*.awk' -o -name '*.py' -o -name '*.jq' -o -name '*.config' -o \
		-name Makefile -o -name Kbuild -o \
		-name dkms.conf -o -path 'tools/*.[15]' -o \
		-path 'tools/completion/*' -o -path 'tools/packaging/systemd/*' -o \
		-path 'tools/packaging/prometheus/*' -o -path 'tests/completion/*' -o \
		-path 'tests/vm/guest/*' -o -path 'tests/golden/cgroups' -o \
		-path 'tests/golden/*/*' -o -path 'tests/fuzz/*/*' -o \
		-path .ci/run \) | LC_ALL=C sort)
}

# list_documents: print the names of all documents and of the programs that test
# their command blocks.
list_documents() {
	(cd "$TOP" && find README.md module tools tests -type f \( -name '*.md' -o \
		-name '*.[1-9]' -o -path 'tests/docs/*' \))
}

# copy_sources DIRECTORY NAME...: replace the directory by a copy of the sources
# at or below those names.
copy_sources() {
	local directory=$1
	shift

	as_root rm -rf "$directory" &&
		as_root mkdir "$directory" &&
		list_sources "$@" | tar -C "$TOP" -cf - -T - |
		as_root tar -C "$directory" -xf - --no-same-owner ||
		die "could not copy the sources to $directory"
}

# apply_patch DIRECTORY PATCH: apply a patch to a copy of the sources, with the program of
# the Debian in ROOT.
apply_patch() {
	BIND=$1 in_debian "$ROOT" patch --no-backup-if-mismatch -p1 -d /mnt <"$2"
}

# module_targets: print the targets of make that build modules for the kernel of
# ensure_kernel.
module_targets() {
	echo modules
	in_debian "$ROOT" grep -q '^CONFIG_KUNIT=' \
		"/lib/modules/$VERSION/build/include/config/auto.conf" &&
		echo kunit-modules
}

# print_build: print the variables for make to build for the architecture of
# ensure_kernel, one a line. The kernel headers set CC for the module; those of
# 6.12 also set CROSS_COMPILE.
print_build() {
	local triplet

	[[ $ARCH != @(amd64|um) ]] || return
	printf '%s\n' "${PORT_BUILD[@]}"
	[ -n "${FOREIGN[$ARCH]:-}" ] || return
	triplet=${FOREIGN[$ARCH]%% *}
	printf '%s\n' "CC=$triplet-gcc --sysroot=$TREE" \
		"CROSS_COMPILE=$triplet-" \
		"PKG_CONFIG_LIBDIR=$TREE/usr/lib/$triplet/pkgconfig" \
		"PKG_CONFIG_SYSROOT_DIR=$TREE"
}

# build_for NAME: build the module, the tool and the programs of the tests in
# the Debian of that kernel, unless the sources are unchanged. Sets BUILT, the
# directory of the results, and the variables of ensure_kernel.
build_for() {
	local sources=(Kbuild Makefile dkms.conf module tools) name targets hash
	local environment=()

	# A user without root cannot build again, but may edit a skeleton or
	# lack the solutions. Nothing that is built uses tests/mutants or
	# tests/races.
	for name in "$TOP"/tests/*; do
		name=${name#"$TOP/"}
		[[ $name = tests/@(lessons|mutants|races|solutions) ]] || sources+=("$name")
	done
	ensure_kernel "$1"
	mapfile -t environment < <(print_build)
	[ "$1" != bench-um ] || environment=("${UM_BUILD[@]}")
	BUILT=$ROOT/src
	hash=$(cd "$TOP" && list_sources "${sources[@]}" | xargs sha256sum |
		sha256sum)
	[ "$(cat "$BUILT/hash" 2>/dev/null)" = "$hash" ] && return

	say "building the module, the tool and the tests for $VERSION"
	copy_sources "$BUILT" "${sources[@]}"
	mapfile -t targets < <(module_targets)
	case $1 in
	bench) targets+=(bench-programs bench-modules) ;;
	bench-um) targets+=(forest bench-modules) ;;
	esac
	in_debian "$ROOT" env "${environment[@]}" make -s -C /src -j"$(nproc)" W=1 \
		KDIR="/lib/modules/$VERSION/build" "${targets[@]}" tools \
		test-programs >&2 ||
		die "the build for $VERSION failed"
	printf '%s\n' "$hash" | as_root tee "$BUILT/hash" >/dev/null
}

# download_source PACKAGE SUITE: download the source of a kernel and unpack it
# to SOURCE. The package may be an empty package that depends on the one with
# the source.
download_source() {
	local package=$1 suite=$2 work=$CACHE/new.source options=()

	need mmdebstrap=mmdebstrap xz=xz-utils
	say "downloading $package of $suite (once)"
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
		die "could not download $package of $suite"
	as_root rm -rf "$work"
}

# ensure_source SUITE: download the source of that suite's kernel unless the
# cache has it. Sets SOURCE, its directory. lint.sh uses checkpatch and
# kernel-doc of the source.
ensure_source() {
	local suite=$1 package=${SOURCE_PACKAGES[$1]}

	SOURCE=$CACHE/$package
	lock source
	[ -d "$SOURCE" ] || download_source "$package" "$suite"
	unlock source
}
