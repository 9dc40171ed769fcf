#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Run a command in a virtual machine with a Debian kernel and the module.
# usage() below says how; init.c is the other end.

. "$(dirname "$0")/lib.sh"

# How it ended, when it is not the command that tells.
readonly EXIT_FAILED=97
readonly EXIT_REPORT=98
readonly EXIT_LOST=99

# How long a guest may take to come up and leave again under KVM; one that
# needs longer does not run.
readonly KVM_SECONDS=20

# What init.c writes to that log, first of all and before it tells the status. A
# log without its end was cut, and its silence means nothing.
readonly LOG_START='pidns_tree: start of the test'
readonly LOG_END='pidns_tree: end of the test'

# Taints that our modules bring by being what they are: from outside the kernel's
# source, not signed, a test. Any other is a report.
readonly TAINT_OUT_OF_TREE=4096 TAINT_UNSIGNED=8192 TAINT_TEST=262144

# The machine of an architecture: the package and the name of what emulates it,
# its type, its processor and its console. (That of arm64 signs pointers, here in
# a way that is weak but quick to emulate.)
declare -rA MACHINES=(
	[amd64]="qemu-system-x86 qemu-system-x86_64 q35 max ttyS0"
	[arm64]="qemu-system-arm qemu-system-aarch64 virt max,pauth-impdef=on ttyAMA0"
)

usage() {
	cat <<END
usage: vm.sh [options] [--] COMMAND [ARGUMENT...]
       vm.sh [options] --shell | --lesson FILE

Boots a Debian kernel in a virtual machine, loads pidns_tree and runs COMMAND
there as root, in a directory with the module and the programs of the tests.
The kernels whose names end in -um run as processes of this machine instead
(User-mode Linux). They support neither --shell nor --lesson.
What COMMAND prints is printed; it has no input.

  --kernel NAME   one of: $(list_kernels) (default $DEFAULT_KERNEL)
  --shell         a shell on this terminal instead of a command
  --lesson FILE   the same, where that lesson begins
  --log FILE      keep the guest's kernel log there
  --timeout SEC   after that the machine is lost (default: as the kernel needs)
  --append WORDS  more words for the kernel's command line
  --no-module     do not load the module
  -h, --help      this text

PIDNS_ACCEL=kvm or tcg chooses what otherwise is found out by trying, PIDNS_CPUS
how many processors the machine has (default 2). Neither applies to User-mode Linux.

Exit status: that of COMMAND; $EXIT_REPORT when the kernel reported a mistake of its own,
$EXIT_LOST when the machine was lost, $EXIT_FAILED when it could not be started.
END
}

# The half of a guest that stays the same, made anew when pack.sh changes.
make_base() {
	local pack=$TOP/tests/vm/pack.sh hash

	hash=$(sha256sum <"$pack")
	BASE=$ROOT/boot/guest-${hash:0:16}.cpio
	[ -e "$BASE" ] && return

	say "packing the programs of the guest (once)"
	as_root rm -f "$ROOT"/boot/guest-*.cpio
	in_debian "$ROOT" bash -s "$VERSION" "${BASE#"$ROOT"}" "$TREE" \
		<"$pack" >&2 ||
		die "could not pack the programs of the guest"
}

# The half that is new each time: what was built, and what to run. A guest that
# has a disk takes it from another.
make_guest() {
	local guest=$WORK/guest

	mkdir -p "$guest/pidns_tree" "$guest/usr/bin" &&
		{ [ -z "$lesson" ] || cp "$lesson" "$guest/pidns_tree/"; } &&
		cp "$BUILT"/tests/vm/init "$guest/init" &&
		cp "$BUILT"/tools/pidnstree "$guest/usr/bin/" &&
		cp "$TOP"/tests/vm/ktap.sh "$guest/pidns_tree/" &&
		cp "$BUILT"/pidns_tree.ko "$guest/pidns_tree/" || return
	find "$BUILT"/tests/{vm,integration,kunit,docs,bench} -type f \
		\( -perm /111 ! -name '*.sh' -o -name '*.ko' -o -name '*.bpf.o' \) \
		-exec cp -t "$guest/pidns_tree" {} + || return
	# As they are here: nothing of it is built.
	mkdir -p "$guest/pidns_tree"/{documents,source} &&
		list_documents | tar -C "$TOP" -cf - -T - |
		tar -C "$guest/pidns_tree/documents" -xf - &&
		list_sources Kbuild Makefile dkms.conf module tools |
		tar -C "$TOP" -cf - -T - |
		tar -C "$guest/pidns_tree/source" -xf - || return
	{
		echo "#!/bin/bash"
		printf 'exec'
		printf ' %q' "$@"
		echo
	} >"$guest/command"
	chmod +x "$guest/command"
	if [ -n "$DISK" ]; then
		tar -C "$guest" -cf "$WORK/guest.tar" .
	else
		(cd "$guest" && find . | cpio --quiet -o -H newc -R 0:0) |
			cat "$BASE" - >"$WORK/initrd"
	fi
}

# boot_um SECONDS: start User-mode Linux and wait for its end. It writes the
# command's output to our standard output. Its memory is a file without a name in
# $WORK, because /dev/shm may be small or forbid execution.
#
# The guest's processes are processes of this machine. If only the kernel's process
# died, they would continue to run. A PID namespace ends all of them. The kernel is
# not PID 1 there, because a kernel that panics must be able to abort.
#
# glibc registers rseq for the kernel's process. The guest's processes inherit that,
# but unmap the memory, so this machine's kernel would kill them with SIGSEGV.
boot_um() {
	local seconds=$1 options=(--pid --fork --kill-child) log status writers ended

	[ "$(id -u)" -eq 0 ] || options+=(--user --map-current-user)
	# It polls its descriptors, which fails with files and /dev/null.
	exec {log}> >(exec cat >"$LOG")
	writers=($!)
	exec {status}> >(exec cat >"$WORK/status")
	writers+=($!)
	(
		# A kernel that panics would dump core. APPEND may have wildcards.
		ulimit -c 0
		set -f
		export TMPDIR=$WORK GLIBC_TUNABLES=glibc.pthread.rseq=0
		# shellcheck disable=SC2016,SC2086 # expanded by the inner shell; words
		exec setpriv --pdeathsig KILL \
			timeout --foreground -s KILL "$seconds" \
			setpriv --pdeathsig KILL unshare "${options[@]}" \
			sh -c 'trap "exit 130" INT; "$@" & wait $!' sh "$KERNEL" \
			mem="$MEMORY" initrd="$WORK/initrd" uml_dir="$WORK/uml" \
			seccomp=auto noreboot con=null con0=fd:4 \
			ssl=null ssl0=fd:3 ssl1=fd:5 console=tty0 \
			pidns.output=/dev/ttyS0 pidns.status=/dev/ttyS1 \
			ignore_loglevel oops=panic panic=-1 kunit.autorun=1 $APPEND \
			3>&1 4>&"$log" 5>&"$status" >"$WORK/qemu" 2>&1
	)
	ended=$?
	exec {log}>&- {status}>&-
	wait "${writers[@]}"
	# To power off, 6.12 kills the host processes of its tasks, any of which may
	# still run. If one does, the kernel aborts, but the guest has ended by then.
	! tail -n 3 "$LOG" | grep -qaF 'reboot: Power down' || ended=0
	return $ended
}

# boot ACCELERATOR SECONDS DEVICE...: start the guest, wait for its end.
boot() {
	local accel=$1 seconds=$2 emulator machine cpu console
	shift 2

	if [ "$ARCH" = um ]; then
		boot_um "$seconds"
		return
	fi
	read -r _ emulator machine cpu console <<<"${MACHINES[$ARCH]}"
	[ "$accel" = kvm ] && cpu=host
	rm -f "$WORK/status"
	[ -z "$DISK" ] || set -- "$@" \
		-drive "file=$DISK,format=raw,if=virtio,snapshot=$FORGET,cache=unsafe" \
		-drive "file=$WORK/guest.tar,format=raw,if=virtio,readonly=on"
	# When we are killed, no guest is to be left behind.
	setpriv --pdeathsig TERM timeout --foreground -k 5 "$seconds" "$emulator" \
		-M "$machine" -accel "$accel" -cpu "$cpu" -smp "${PIDNS_CPUS:-2}" -m "$MEMORY" \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$KERNEL" -initrd "${INITRD:-$WORK/initrd}" \
		-append "${DISK:+$DISK_ROOT }console=$console ignore_loglevel oops=panic panic=-1 mitigations=off $APPEND" \
		-chardev "file,id=log,path=$LOG" -serial chardev:log \
		-device virtio-serial-pci \
		-chardev "file,id=status,path=$WORK/status" \
		-device virtserialport,chardev=status,name=pidns.status \
		"$@" 2>"$WORK/qemu"
}

# start SECONDS DEVICE...: boot the guest that was asked for. QEMU's emulation of
# several processors has a race that now and then kills a kernel while it
# patches itself, mostly at boot (an Oops of the kind int3; QEMU 7.2). Nothing of
# ours has run as long as init has not, so then it is tried again.
start() {
	local ended

	for _ in 1 2 3; do
		boot "$ACCEL" "$@"
		ended=$?
		grep -qaF "$LOG_START" "$LOG" && break
		say "the guest's kernel died before its init began"
		[ "$ACCEL" = tcg ] || break
	done
	return $ended
}

# try_kvm FILE: /dev/kvm may be there and no guest run all the same, so have one
# run. What was found out is kept in that file.
try_kvm() {
	local known=$1

	ACCEL=tcg
	if [ -e /dev/kvm ] && ! { [ -r /dev/kvm ] && [ -w /dev/kvm ]; }; then
		say "emulating: this user may not use /dev/kvm"
		return
	fi
	if [ -e /dev/kvm ]; then
		say "trying whether a guest runs under KVM (once)"
		(
			LOG=$WORK/kvm.log APPEND=pidns.no_module
			make_guest true
			boot kvm "$KVM_SECONDS" && grep -q '^exit 0 ' "$WORK/status"
		) 2>/dev/null && ACCEL=kvm
	fi
	[ "$ACCEL" = kvm ] ||
		say "no guest runs under KVM here: emulating, some ten times slower"
	rm -f "$CACHE"/accel.*
	echo "$ACCEL" >"$known"
}

# What was found out holds until the machine is booted again.
find_accel() {
	local known

	# No processor runs what is for another.
	case $ARCH in
	arm64) ACCEL=tcg ;;
	um) ACCEL=none ;;
	esac
	[ "$ARCH" = amd64 ] || return
	known=$CACHE/accel.$(cat /proc/sys/kernel/random/boot_id)
	lock accel
	ACCEL=${PIDNS_ACCEL:-$(cat "$known" 2>/dev/null)}
	[ -n "$ACCEL" ] || try_kvm "$known"
	unlock accel
}

# verdict STATUS: what QEMU, the guest and its kernel say of how it went.
verdict() {
	local qemu=$1 status='' code taint

	if grep -aE "$REPORTS" "$LOG" >&2; then
		say "the guest's kernel reported this"
		status=$EXIT_REPORT
	fi
	if [ "$qemu" -ne 0 ] || ! grep -qaF "$LOG_END" "$LOG" ||
		! grep -qxE 'exit [0-9]+ taint [0-9]+' "$WORK/status"; then
		say "the virtual machine was lost; the end of its kernel's log:"
		tail -n 15 "$LOG" >&2
		cat "$WORK/qemu" >&2
		return $EXIT_LOST
	fi

	read -r _ code _ taint <"$WORK/status"
	if [ $((taint & ~(TAINT_OUT_OF_TREE | TAINT_UNSIGNED | TAINT_TEST))) -ne 0 ]; then
		say "the guest's kernel is tainted: $taint"
		status=$EXIT_REPORT
	fi
	return "${status:-$code}"
}

# The first boot of the disk with the engines of containers is kept, in which they
# get their images; what others write to a disk is forgotten.
fill_disk() {
	local hash empty=$DISK filled

	hash=$(sha256sum <"$TOP/tests/vm/guest/images")
	filled=$empty-${hash:0:16}
	if [ ! -e "$filled" ]; then
		say "giving the machine its images (once)"
		DISK=$CACHE/new.disk-$kernel
		cp --sparse=always "$empty" "$DISK" && make_guest ./images || return
		FORGET=off
		start "$TIMEOUT" \
			-chardev "file,id=output,path=$WORK/output" \
			-device virtserialport,chardev=output,name=pidns.output
		verdict $? || {
			cat "$WORK/output" >&2
			return 1
		}
		as_root rm -f "$empty"-* && as_root mv "$DISK" "$filled" || return
		rm -r "$WORK/guest"
	fi
	FORGET=on
	DISK=$filled
}

kernel=$DEFAULT_KERNEL
shell=
lesson=
seconds=
APPEND=
LOG=
FORGET=on
while [ $# -gt 0 ]; do
	case $1 in
	--kernel | --log | --timeout | --append | --lesson)
		[ $# -ge 2 ] || die "$1 needs a value"
		;;&
	--kernel) kernel=$2 && shift ;;
	--log) LOG=$2 && shift ;;
	--timeout) seconds=$2 && shift ;;
	--append) APPEND+=" $2" && shift ;;
	--shell) shell=yes ;;
	--lesson) shell=yes lesson=$2 && shift ;;
	--no-module) APPEND+=" pidns.no_module" ;;
	-h | --help) usage && exit ;;
	--) shift && break ;;
	-*) die "there is no option '$1'; see --help" ;;
	*) break ;;
	esac
	shift
done
if [ -n "$shell" ]; then
	[ $# -eq 0 ] && [ -t 0 ] && [ -t 1 ] ||
		die "--shell and --lesson take no command and need a terminal"
	[[ ${KERNELS[$kernel]:-} != *' um.config '* ]] ||
		die "kernel '$kernel' has no terminal; choose another for --shell or --lesson"
	set -- ./shell
	[ -z "$lesson" ] || set -- ./lesson "${lesson##*/}"
elif [ $# -eq 0 ]; then
	usage >&2
	exit $EXIT_FAILED
fi

need cpio=cpio
lock "$kernel"
build_for "$kernel"
if [ "$ARCH" != um ]; then
	read -r package emulator _ <<<"${MACHINES[$ARCH]}"
	need "$emulator=$package"
fi
[ -n "$DISK" ] || make_base
WORK=$(mktemp -d "${TMPDIR:-/tmp}/pidns_tree.XXXXXX") || exit $EXIT_FAILED
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT
: "${LOG:=$WORK/log}"
find_accel
[ "$kernel" != containers ] || fill_disk || die "could not give the machine its images"
make_guest "$@" || die "cannot make the guest's initrd"
unlock "$kernel"

if [ -n "$shell" ]; then
	read -r rows columns < <(stty size)
	settings=$(stty -g)
	trap 'stty "$settings"; rm -rf "$WORK"' EXIT
	stty raw -echo
	APPEND+=" pidns.console TERM=$TERM LINES=$rows COLUMNS=$columns"
	start 0 -chardev stdio,id=console,signal=off \
		-device virtconsole,chardev=console
	ended=$?
	stty "$settings"
else
	# Not QEMU's stdio, which closes the port when there is no input; and a
	# pipe, because a file opened by its name again is written from its
	# start.
	exec {output}> >(exec cat)
	writer=$!
	start "${seconds:-$TIMEOUT}" \
		-chardev file,id=output,path=/dev/fd/1,append=on \
		-device virtserialport,chardev=output,name=pidns.output \
		</dev/null >&"$output"
	ended=$?
	exec {output}>&-
	wait "$writer"
fi
verdict $ended
