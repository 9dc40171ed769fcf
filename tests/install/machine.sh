#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# machine.sh SUITE...: test the packages in a virtual machine with a complete
# Debian. The machine boots four times: it installs the packages and upgrades them
# while the module is in use, it installs another kernel, it purges the packages,
# and it checks that nothing is left. The output is a KTAP line for each check. The
# output of the machine is in tests/logs.

. "$(dirname "$0")/../vm/lib.sh"

readonly LOGS=$TOP/tests/logs

# The timeout of one boot, with what the machine does in it.
readonly BOOT_SECONDS=2400

# The kernel that replaces the first one. Fields: the suite that has it, the end of
# the names of its packages linux-image- and linux-headers-.
declare -rA NEXT_KERNEL=(
	[bookworm]="bookworm 6.12-amd64"
	[trixie]="trixie-backports amd64/trixie-backports"
)

passed=0
failed=0

# report_check STATUS NAME: print the KTAP line of a check in this step.
report_check() {
	report "$suite, $step: $2" "see $log" "$1"
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

# download ROOT NEXT: download the packages that the machine installs into its apt
# cache, because the machine has no network.
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

# packages VERSION DIRECTORY: build the packages of a source with that version.
packages() {
	local version=$1 directory=$2 source=$WORK/source-$1

	mkdir "$source" && cp -r "$TOP"/{Kbuild,LICENSE,Makefile,README.md,dkms.conf,module,tools} "$source" &&
		mkdir -p "$source/tests" && cp -r "$TOP/tests/vm" "$source/tests" &&
		sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$version\"/" "$source/dkms.conf" &&
		sed -i "s/^MODULE_VERSION.*/MODULE_VERSION(\"$version\");/" "$source/module/main.c" &&
		sed -i "1s/(.*)/($version)/" "$source/tools/packaging/debian/changelog" &&
		PACKAGES_LOCKED=yes "$source/tools/packaging/deb.sh" --chroot "$directory"
}

# boot STEP: boot the machine, run a step of step.sh in it and wait until it is off.
# Each check of the machine becomes a KTAP line.
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
	# If the machine does not start, the log of an earlier run must not pass.
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
		'ok '*) report_check 0 "${line#ok }" ;;
		'not ok '*) report_check 1 "${line#not ok }" ;;
		*) echo "# $line" ;;
		esac
	done <"$log"
	grep -qx "end of $step" "$log" || {
		tail -n 20 "$log.kernel" | sed 's/^/# /'
		report_check 1 "the step ended"
	}
	! grep -aE "$REPORTS" "$log.kernel" | sed 's/^/# /' | grep .
	report_check $? "the kernel reports no error"
}

# use_newest_kernel: boot the newest kernel on the disk from now on.
use_newest_kernel() {
	local name

	for name in vmlinuz initrd.img; do
		debugfs -R "ls -p /boot" "$WORK/disk" 2>/dev/null |
			grep -oE "/$name-[^/]*" | tr -d / | sort -V | tail -n 1 >"$WORK/newest"
		debugfs -R "dump /boot/$(cat "$WORK/newest") $WORK/${name%.img}" \
			"$WORK/disk" 2>/dev/null
	done
}

test_on() {
	local from next

	suite=$1
	read -r from next <<<"${NEXT_KERNEL[$suite]:-}"
	[ -n "$from" ] || die "unknown suite '$suite'; known are: ${!NEXT_KERNEL[*]}"
	lock "machine-$suite"
	WHOLE=yes ensure_debian "machine-$suite" "$from" \
		"$DISK_PACKAGES,linux-image-amd64" download "$next"
	ensure_disk
	cp --sparse=always "$DISK" "$WORK/disk" &&
		cp "$ROOT"/boot/vmlinuz-* "$WORK/vmlinuz" &&
		cp "$INITRD" "$WORK/initrd" || die "could not copy the disk"
	unlock "machine-$suite"
	mkdir -p "$WORK/content/run/test"
	lock packages
	packages 0.0.1 "$WORK/content/run/test/older" >&2 &&
		packages 0.2 "$WORK/content/run/test/newer" >&2 || die "could not build the packages"
	unlock packages
	echo "$next" >"$WORK/content/run/test/next"
	cp "$TOP/README.md" "$WORK/content/run/test/" || die "could not copy README.md"
	boot install
	boot upgrade
	use_newest_kernel
	boot purge
	boot afterwards
	rm -r "${WORK:?}"/*
}

# vm.sh finds out whether KVM works.
"$TOP/tests/vm/vm.sh" true || die "could not boot a guest"
ACCEL=${PIDNS_ACCEL:-$(cat "$CACHE/accel.$(cat /proc/sys/kernel/random/boot_id)")}
mkdir -p "$LOGS" || die "cannot make $LOGS"
WORK=$(mktemp -d "$CACHE/machine.XXXXXX") || exit 1
trap 'as_root rm -rf "$WORK"' EXIT

echo "KTAP version 1"
for suite; do
	test_on "$suite"
done
plan
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
