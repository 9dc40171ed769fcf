#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Run a command in a virtual machine with a Debian kernel and the module. See
# usage() below, and lib.sh for how the guest is built. init.c is the guest's
# init.

. "$(dirname "$0")/lib.sh"

# Exit statuses if the command's status is unknown or does not count.
readonly EXIT_FAILED=97
readonly EXIT_REPORT=98
readonly EXIT_LOST=99

# The time in which a guest must boot and switch itself off to count as running
# under KVM.
readonly KVM_SECONDS=20

# init.c writes these lines to the kernel log, before the command and before the
# status. A log without the end is truncated, so it may lack errors.
readonly LOG_START='pidns_tree: start of the test'
readonly LOG_END='pidns_tree: end of the test'

# The taints that loading our modules sets. Any other taint counts as an error.
readonly TAINT_OUT_OF_TREE=4096 TAINT_UNSIGNED=8192 TAINT_TEST=262144

# The machine of each architecture. Fields: the package and the name of QEMU,
# the type of the machine, the processor, the console, the bus of the virtio
# devices. pauth-impdef=on makes the emulation of arm64's pointer authentication
# fast.
declare -rA MACHINES=(
	[amd64]="qemu-system-x86 qemu-system-x86_64 q35 max ttyS0 pci"
	[arm64]="qemu-system-arm qemu-system-aarch64 virt max,pauth-impdef=on ttyAMA0 pci"
	[i386]="qemu-system-x86 qemu-system-x86_64 q35 max ttyS0 pci"
	[riscv64]="qemu-system-riscv64 qemu-system-riscv64 virt rv64 ttyS0 pci"
	[s390x]="qemu-system-s390x qemu-system-s390x s390-ccw-virtio max ttysclp0 ccw"
)

usage() {
	cat <<END
usage: vm.sh [options] [--] COMMAND [ARGUMENT...]
       vm.sh [options] --shell | --lesson FILE

Boot a Debian kernel in a virtual machine, load pidns_tree, and run COMMAND as root
in a directory with the module and the test programs. COMMAND has no input. Its
output goes to standard output. Kernels whose names end in -um run as processes of
this machine instead (User-mode Linux). They support neither --shell, --lesson nor
--with.

  --kernel NAME   one of: $(list_kernels) (default $DEFAULT_KERNEL)
  --shell         run a shell on this terminal instead of a command
  --lesson FILE   the same, with the first block of the lesson in FILE typed
  --log FILE      write the guest's kernel log to FILE
  --memory SIZE   memory of the machine, such as 8G (default depends on the kernel)
  --timeout SEC   kill the machine after SEC seconds (default depends on the kernel)
  --append WORDS  add words to the kernel's command line
  --add PATH      copy a file or a directory to the directory of the command
  --with DIR      share the directory DIR with the machine, writable, at /with
  --no-module     do not load the module
  --built DIR     use the modules and programs in DIR, which is a copy of a build
                  for this kernel, instead of building them
  -h, --help      print this help

PIDNS_ACCEL=kvm or tcg chooses KVM or emulation (default: KVM if a guest runs under
it). PIDNS_CPUS is the number of the machine's processors (default 2). Neither
applies to User-mode Linux.

The exit status is that of COMMAND, $EXIT_REPORT if the kernel reported an error, $EXIT_LOST if the
machine was lost (it crashed, or did not finish in time), and $EXIT_FAILED if it could not
start.
END
}

# share TAG DIRECTORY [OPTION]: let the guest mount the directory with 9p by this
# tag. OPTION is one more of QEMU's -fsdev. Guests have root's rights only as far
# as the user who runs QEMU has them.
share() {
	SHARES+=(-fsdev "local,id=$1,path=${2//,/,,},security_model=none,multidevs=remap${3:+,$3}"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}

# make_base: make the first part of the guest's initrd unless the cache has it.
make_base() {
	local pack=$TOP/tests/vm/pack.sh hash

	hash=$(uncommented "$pack" | sha256sum)
	BASE=$ROOT/boot/guest-${hash:0:16}.cpio
	[ -e "$BASE" ] && return

	say "packing the programs of the guest (once)"
	as_root rm -f "$ROOT"/boot/guest-*.cpio
	in_debian "$ROOT" bash -s "$VERSION" "${BASE#"$ROOT"}" "$TREE" \
		<"$pack" >&2 ||
		die "could not pack the programs of the guest"
}

# make_guest COMMAND...: make the second part of the initrd, with the results of
# the build and the command. For a guest with a disk, make a tar file, the
# second disk.
make_guest() {
	local guest=$WORK/guest

	mkdir -p "$guest/pidns_tree" "$guest/usr/bin" &&
		{ [ -z "$lesson" ] || cp "$lesson" "$guest/pidns_tree/"; } &&
		cp "$BUILT"/tests/vm/init "$guest/init" &&
		cp "$BUILT"/tools/pidnstree "$guest/usr/bin/" &&
		cp "$TOP"/tests/vm/ktap.sh "$guest/pidns_tree/" &&
		cp "$BUILT"/pidns_tree.ko "$guest/pidns_tree/" &&
		{ [ ${#added[@]} -eq 0 ] ||
			cp -r "${added[@]}" "$guest/pidns_tree/"; } || return
	find "$BUILT"/tests/{vm,integration,kunit,docs,bench} -type f \
		\( -perm /111 ! -name '*.sh' -o -name '*.ko' -o -name '*.bpf.o' \) \
		-exec cp -t "$guest/pidns_tree" {} + || return
	# Documents to test, and the source for a guest that builds the module.
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

# boot_um SECONDS: start User-mode Linux and wait for its end. The command's
# output goes to standard output. The guest's memory is an unlinked file in
# $WORK, because /dev/shm may be small or mounted noexec.
#
# The guest's processes are processes of this machine. If only the kernel's
# process exited, they would continue to run. A PID namespace makes sure that
# all of them are killed. The kernel is not PID 1 there, because a kernel that
# panics calls abort(), and PID 1 ignores SIGABRT.
#
# glibc registers rseq for the kernel's process. The guest's processes inherit
# the registration, but unmap the memory, so this machine's kernel would kill
# them with SIGSEGV.
boot_um() {
	local seconds=$1 options=(--pid --fork --kill-child) log status writers ended

	[ "$(id -u)" -eq 0 ] || options+=(--user --map-current-user)
	# The kernel polls its descriptors, which fails with files and
	# /dev/null.
	exec {log}> >(exec cat >"$LOG")
	writers=($!)
	exec {status}> >(exec cat >"$WORK/status")
	writers+=($!)
	(
		# A kernel that panics would dump core. APPEND may contain
		# wildcards.
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
	# To power off, 6.12 kills the host processes of its tasks. If one of
	# them still runs, the kernel aborts, but the guest has finished by
	# then.
	! tail -n 3 "$LOG" | grep -qaF 'reboot: Power down' || ended=0
	return $ended
}

# boot ACCELERATOR SECONDS DEVICE...: start the guest and wait for its end.
# DEVICE... are more options of QEMU. SNAPSHOT=off keeps what the guest writes
# to its disk.
boot() {
	local accel=$1 seconds=$2 emulator machine cpu console bus words=''
	shift 2

	if [ "$ARCH" = um ]; then
		boot_um "$seconds"
		return
	fi
	read -r _ emulator machine cpu console bus <<<"${MACHINES[$ARCH]}"
	# QEMU translates code once for each address. If all processes have a
	# program at the same address, emulation takes a quarter less time.
	if [ "$accel" = kvm ]; then
		cpu=host
	else
		words=norandmaps
	fi
	rm -f "$WORK/status"
	[ -z "$DISK" ] || set -- "$@" \
		-drive "file=$DISK,format=raw,if=virtio,snapshot=$SNAPSHOT,cache=unsafe" \
		-drive "file=$WORK/guest.tar,format=raw,if=virtio,readonly=on"
	# The guest reads the time in whole seconds, so its clock may be late by a
	# second. make would warn about files in /with from the future.
	[ -z "$with" ] ||
		set -- "$@" -rtc "base=$(date -u -d '2 seconds' +%FT%T)"
	# If this script is killed, QEMU must exit, too.
	setpriv --pdeathsig TERM timeout --foreground -k 5 "$seconds" "$emulator" \
		-M "$machine" -accel "$accel" -cpu "$cpu" -smp "${PIDNS_CPUS:-2}" -m "$MEMORY" \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$KERNEL" -initrd "${INITRD:-$WORK/initrd}" \
		-append "${DISK:+$DISK_ROOT }console=$console ignore_loglevel oops=panic panic=-1 mitigations=off $words $APPEND" \
		-chardev "file,id=log,path=$LOG" -serial chardev:log \
		-device "virtio-serial-$bus" \
		-chardev "file,id=status,path=$WORK/status" \
		-device virtserialport,chardev=status,name=pidns.status \
		"${SHARES[@]}" "$@" 2>"$WORK/qemu"
}

# start SECONDS DEVICE...: boot the guest, up to three times. QEMU's emulation
# of several processors has a race: sometimes a kernel crashes while it patches
# its own code, mostly at boot (an Oops "int3", seen with QEMU 7.2). If init.c
# has not started, the crash cannot be an error of the module, so boot again.
start() {
	local ended

	for _ in 1 2 3; do
		boot "$ACCEL" "$@"
		ended=$?
		grep -qaF "$LOG_START" "$LOG" && break
		say "the guest's kernel crashed before its init started"
		[ "$ACCEL" = tcg ] || break
	done
	return $ended
}

# try_kvm FILE: boot a guest under KVM, because a guest may fail to run although
# /dev/kvm exists. Set ACCEL, and write it to FILE.
try_kvm() {
	local known=$1

	ACCEL=tcg
	if [ -e /dev/kvm ] && ! { [ -r /dev/kvm ] && [ -w /dev/kvm ]; }; then
		say "emulating, because this user may not open /dev/kvm"
		return
	fi
	if [ -e /dev/kvm ]; then
		say "checking whether a guest runs under KVM (once)"
		(
			LOG=$WORK/kvm.log APPEND=pidns.no_module
			make_guest true
			boot kvm "$KVM_SECONDS" && grep -q '^exit 0 ' "$WORK/status"
		) 2>/dev/null && ACCEL=kvm
	fi
	[ "$ACCEL" = kvm ] ||
		say "emulating, about ten times slower, because no guest runs under KVM here"
	[ -w "$CACHE" ] || return 0
	rm -f "$CACHE"/accel.*
	echo "$ACCEL" >"$known"
}

# find_accel: set ACCEL. The result of try_kvm is valid until this machine
# reboots.
find_accel() {
	local known

	# KVM runs guests of the host's architecture only, and 32-bit ones.
	case $ARCH in
	amd64 | i386) ;;
	um) ACCEL=none && return ;;
	*) ACCEL=tcg && return ;;
	esac
	known=$CACHE/accel.$(cat /proc/sys/kernel/random/boot_id)
	lock accel
	ACCEL=${PIDNS_ACCEL:-$(cat "$known" 2>/dev/null)}
	[ -n "$ACCEL" ] || try_kvm "$known"
	unlock accel
}

# verdict STATUS: return the exit status of this script, from QEMU's status, the
# status that init.c has reported, the kernel's log and its taints.
verdict() {
	local qemu=$1 status='' code taint

	if list_reports "$kernel" "$LOG" >&2; then
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

# fill_disk: make a copy of the disk of the kernel "containers" on which the
# engines have their images, unless the cache has it. For that, boot a guest
# that runs guest/images. All other guests write to a snapshot that QEMU drops.
fill_disk() {
	local hash empty=$DISK filled

	hash=$(uncommented "$TOP/tests/vm/guest/images" | sha256sum)
	filled=$empty-${hash:0:16}
	if [ ! -e "$filled" ]; then
		say "adding container images to the disk (once)"
		DISK=$CACHE/new.disk-$kernel
		cp --sparse=always "$empty" "$DISK" && make_guest ./images || return
		SNAPSHOT=off
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
	SNAPSHOT=on
	DISK=$filled
}

kernel=$DEFAULT_KERNEL
shell=
lesson=
with=
seconds=
memory=
SHARES=()
APPEND=
LOG=
SNAPSHOT=on
built=
added=()
while [ $# -gt 0 ]; do
	case $1 in
	--kernel | --log | --memory | --timeout | --append | --add | --lesson | --with | \
		--built)
		[ $# -ge 2 ] || die "$1 needs a value"
		;;&
	--kernel) kernel=$2 && shift ;;
	--log) LOG=$2 && shift ;;
	--memory) memory=$2 && shift ;;
	--timeout) seconds=$2 && shift ;;
	--append) APPEND+=" $2" && shift ;;
	--add) added+=("$2") && shift ;;
	--built)
		built=$2 && shift
		[ -d "$built" ] || die "no directory '$built' for --built"
		;;
	--with)
		with=$(expand_home "$2") && shift
		[ -d "$with" ] || die "no directory '$with' for --with"
		[ -w "$with" ] || die "cannot write to the directory '$with' of --with"
		with=$(realpath "$with")
		;;
	--shell) shell=yes ;;
	--lesson) shell=yes lesson=$2 && shift ;;
	--no-module) APPEND+=" pidns.no_module" ;;
	-h | --help) usage && exit ;;
	--) shift && break ;;
	-*) die "unrecognized option '$1'; see --help" ;;
	*) break ;;
	esac
	shift
done
if [ -n "$shell" ]; then
	[ $# -eq 0 ] && [ -t 0 ] && [ -t 1 ] ||
		die "--shell and --lesson take no command and need a terminal"
	[[ ${KERNELS[$kernel]:-} != *'um.config '* ]] ||
		die "kernel '$kernel' has no terminal; choose another for --shell or --lesson"
	set -- ./terminal ./shell
	[ -z "$lesson" ] || set -- ./terminal ./lesson "${lesson##*/}"
elif [ $# -eq 0 ]; then
	usage >&2
	exit $EXIT_FAILED
fi
# The kernels that kernel.sh builds have no 9p.
[ -z "$with" ] || [[ ${KERNELS[$kernel]:-} != *'.config '* ]] ||
	die "kernel '$kernel' cannot share directories; choose another for --with"

need cpio=cpio
lock "$kernel"
if [ -n "$built" ]; then
	ensure_kernel "$kernel"
	BUILT=$built
else
	build_for "$kernel"
fi
MEMORY=${memory:-$MEMORY}
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
[ "$kernel" != containers ] || fill_disk ||
	die "could not add the container images to the disk"
make_guest "$@" || die "could not make the guest's initrd"
# guest/debian needs a Debian with all programs and libraries in /usr.
if [ "$ARCH" = amd64 ] && [ -z "$DISK" ] && [ -L "$ROOT/lib" ]; then
	share debian "$ROOT" readonly=on
fi
if [ -n "$with" ]; then
	share with "$with"
	APPEND+=" pidns.with"
fi
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
	# The chardev stdio closes the port at the end of the input, so use a
	# file. It must be a pipe, because QEMU opens /dev/fd/1 again, and would
	# write to a regular file from its start.
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
