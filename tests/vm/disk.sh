# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# Guests with a whole Debian on a disk, which boot with Debian's own initrd and
# systemd. lib.sh sources this file.

# The packages that such a Debian must have.
# shellcheck disable=SC2034 # used by lib.sh and machine.sh
readonly DISK_PACKAGES=apt,bash,initramfs-tools,kmod,procps,systemd-sysv,udev,zstd

# The words of the kernel's command line that name the disk.
# shellcheck disable=SC2034 # used by vm.sh and machine.sh
readonly DISK_ROOT="root=/dev/vda rw systemd.show_status=0"

# add_service ROOT: add a service that runs at the end of each boot of this
# Debian. The guest's second disk is a tar file. The service unpacks it to /,
# runs /init from it, and switches the guest off.
add_service() {
	local root=$1

	as_root tee "$root/etc/systemd/system/pidns-test.service" >/dev/null <<'END' &&
[Unit]
Description=Run the test after this boot
After=multi-user.target

[Service]
Type=oneshot
IgnoreSIGPIPE=no
StandardError=journal+console
ExecStart=/bin/sh -c 'tar -C / --no-overwrite-dir --no-same-owner -xf /dev/vdb && exec /init'
ExecStopPost=/bin/systemctl --no-block poweroff

[Install]
WantedBy=default.target
END
		as_root chroot "$root" systemctl -q enable pidns-test.service &&
		as_root chroot "$root" systemctl -q mask serial-getty@hvc0.service &&
		echo /dev/vda / ext4 defaults 0 0 |
		as_root tee "$root/etc/fstab" >/dev/null
}

# ensure_disk: make a disk image of the Debian in ROOT unless the cache has it.
# Sets DISK, the image, and INITRD.
ensure_disk() {
	local hash work=$CACHE/new.disk-${ROOT##*/}

	# shellcheck disable=SC2034 # used by vm.sh and machine.sh
	INITRD=$(echo "$ROOT"/boot/initrd.img-*)
	hash=$(declare -f ensure_disk add_service | sha256sum)
	DISK=$ROOT/boot/disk-${hash:0:16}
	[ -e "$DISK" ] && return

	need mke2fs=e2fsprogs
	say "making a disk image of ${ROOT##*/} (once)"
	as_root rm -rf "$work" "$ROOT"/boot/disk-* "$ROOT/src"
	add_service "$ROOT" &&
		as_root truncate -s 6G "$work" &&
		as_root mke2fs -q -t ext4 -d "$ROOT" "$work" &&
		as_root chmod a+r "$ROOT"/boot/{vmlinuz,initrd.img}-* "$work" &&
		as_root mv "$work" "$DISK" ||
		die "could not make a disk image of $ROOT"
}
