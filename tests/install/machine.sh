#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# machine.sh SUITE...: the life of the packages on a machine with a whole Debian:
# installed, replaced by a newer version while in use, booted, the kernel
# replaced, booted, purged, booted. A line of KTAP for each thing that is looked
# at; what the machine itself said is in tests/logs.

. "$(dirname "$0")/../vm/lib.sh"

readonly LOGS=$TOP/tests/logs

# How long a machine may take to come up, do what it has to, and go down.
readonly BOOT_SECONDS=2400

# The kernel that comes later. Fields: suite that it is taken from, end of the
# names of its packages linux-image- and linux-headers-.
declare -rA NEXT_KERNEL=(
	[bookworm]="bookworm 6.12-amd64"
	[trixie]="trixie-backports amd64/trixie-backports"
)

passed=0
failed=0

# tell STATUS THING: a line for what was looked at in this step.
tell() {
	report "$suite, $step: $2" "see $log" "$1"
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

# download ROOT NEXT: put into apt's cache there what it will be asked for, when
# it has no network.
download() {
	local root=$1 next=$2

	as_root cp /etc/resolv.conf "$root/etc" &&
		as_root chroot "$root" apt-get -q update &&
		as_root chroot "$root" apt-get -q --download-only -y install dkms \
			libcurl4 libjson-c5 libsmartcols1 linux-headers-amd64 &&
		as_root chroot "$root" apt-get -q --download-only -y install \
			"linux-image-$next" "linux-headers-$next" ||
		die "could not download packages"
}

# packages VERSION DIRECTORY: build them, as if this were that version.
packages() {
	local version=$1 directory=$2 source=$WORK/source-$1

	mkdir "$source" && cp -r "$TOP"/{Kbuild,LICENSE,Makefile,README.md,dkms.conf,module,tools} "$source" &&
		mkdir -p "$source/tests" && cp -r "$TOP/tests/vm" "$source/tests" &&
		sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$version\"/" "$source/dkms.conf" &&
		sed -i "s/^MODULE_VERSION.*/MODULE_VERSION(\"$version\");/" "$source/module/main.c" &&
		sed -i "1s/(.*)/($version)/" "$source/tools/packaging/debian/changelog" &&
		"$source/tools/packaging/deb.sh" "$directory"
}

# boot STEP: boot the machine, have it do that, wait until it is off. What it
# says of each thing becomes a line of ours.
boot() {
	local step=$1 log=$LOGS/install-$suite-$1 cpu=max line
	shift

	[ "$ACCEL" = kvm ] && cpu=host
	{
		cat "$TOP/tests/install/step.sh"
		echo "step_$step"
	} >"$WORK/content/init"
	chmod +x "$WORK/content/init"
	tar -C "$WORK/content" -cf "$WORK/content.tar" .
	# A machine that never ran must not be judged by an older log.
	: >"$log"
	: >"$log.kernel"
	say "$suite: $step"
	timeout --foreground -k 5 "$BOOT_SECONDS" qemu-system-x86_64 -M q35 \
		-accel "$ACCEL" -cpu "$cpu" -smp "${PIDNS_CPUS:-2}" -m 2G -nodefaults \
		-no-user-config -display none -no-reboot \
		-kernel "$WORK/vmlinuz" -initrd "$WORK/initrd" \
		-append "$DISK_ROOT console=ttyS0 panic=-1 oops=panic mitigations=off" \
		-drive "file=$WORK/disk,format=raw,if=virtio,cache=unsafe" \
		-drive "file=$WORK/content.tar,format=raw,if=virtio,readonly=on" \
		-serial "file:$log.kernel" -serial "file:$log" 2>&1 |
		sed 's/^/# /'
	tr -d '\r' <"$log" >"$log.txt" && mv "$log.txt" "$log"
	while IFS= read -r line; do
		case $line in
		'ok '*) tell 0 "${line#ok }" ;;
		'not ok '*) tell 1 "${line#not ok }" ;;
		*) echo "# $line" ;;
		esac
	done <"$log"
	grep -qx "end of $step" "$log" || {
		tail -n 20 "$log.kernel" | sed 's/^/# /'
		tell 1 "the machine did all it had to"
	}
	! grep -aE "$REPORTS" "$log.kernel" | sed 's/^/# /' | grep .
	tell $? "the kernel reports no mistake"
}

# take_kernel: boot what apt has made the newest from now on.
take_kernel() {
	local name

	for name in vmlinuz initrd.img; do
		debugfs -R "ls -p /boot" "$WORK/disk" 2>/dev/null |
			grep -oE "/$name-[^/]*" | tr -d / | sort -V | tail -n 1 >"$WORK/newest"
		debugfs -R "dump /boot/$(cat "$WORK/newest") $WORK/${name%.img}" \
			"$WORK/disk" 2>/dev/null
	done
}

life_on() {
	local from next

	suite=$1
	read -r from next <<<"${NEXT_KERNEL[$suite]:-}"
	[ -n "$from" ] || die "no Debian '$suite'; there are: ${!NEXT_KERNEL[*]}"
	lock "machine-$suite"
	WHOLE=yes see_debian "machine-$suite" "$from" \
		"$DISK_PACKAGES,linux-image-amd64" download "$next"
	see_disk
	cp --sparse=always "$DISK" "$WORK/disk" &&
		cp "$ROOT"/boot/vmlinuz-* "$WORK/vmlinuz" &&
		cp "$INITRD" "$WORK/initrd" || die "could not copy the disk"
	unlock "machine-$suite"
	mkdir -p "$WORK/content/run/test"
	lock packages
	packages 0.0.1 "$WORK/content/run/test/older" >&2 &&
		packages 0.1 "$WORK/content/run/test/newer" >&2 || die "no packages"
	unlock packages
	echo "$next" >"$WORK/content/run/test/next"
	cp "$TOP/README.md" "$WORK/content/run/test/" || die "no README"
	boot install
	boot upgrade
	take_kernel
	boot purge
	boot afterwards
	rm -r "${WORK:?}"/*
}

# Which finds out how guests can be run here.
"$TOP/tests/vm/vm.sh" true || die "no guest runs"
ACCEL=${PIDNS_ACCEL:-$(cat "$CACHE/accel.$(cat /proc/sys/kernel/random/boot_id)")}
mkdir -p "$LOGS" || die "cannot make $LOGS"
WORK=$(mktemp -d "$CACHE/machine.XXXXXX") || exit 1
trap 'as_root rm -rf "$WORK"' EXIT

echo "KTAP version 1"
for suite; do
	life_on "$suite"
done
plan
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
