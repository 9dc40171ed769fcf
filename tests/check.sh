#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check.sh [--guests] KERNEL...: all tests, on those kernels; or those alone that
# run in the kernels' guests. Each test has a line of its
# own, "ok" or "not ok"; the last line counts them. A suite whose tests are
# fewer or more than is said here has failed: one that died, or was emptied,
# must not pass for one that had nothing to say.

. "$(dirname "$0")/vm/lib.sh"

readonly LOGS=$TOP/tests/logs

# The counts of slab objects are exact for caches that are debugged.
readonly COUNT_SLABS="slab_nomerge slub_debug=F,pid*"

passed=0
failed=0

# suite NAME COUNT COMMAND...: run the command, take its lines for ours.
suite() {
	local name=$1 expected=$2 log ok not_ok status
	shift 2

	log=$LOGS/${name// /-}
	say "$name"
	"$@" | tee "$log"
	status=${PIPESTATUS[0]}
	ok=$(grep -c '^ok ' "$log")
	not_ok=$(grep -c '^not ok ' "$log")
	passed=$((passed + ok))
	failed=$((failed + not_ok))

	if [ $((ok + not_ok)) -ne "$expected" ]; then
		echo "not ok - $name: $((ok + not_ok)) tests ran where there are $expected"
		failed=$((failed + 1))
	fi
	if [ "$status" -ne 0 ] && [ "$not_ok" -eq 0 ]; then
		echo "not ok - $name: ended with status $status"
		failed=$((failed + 1))
	fi
}

# in_vm KERNEL PROGRAM [ARGUMENT...]
in_vm() {
	local kernel=$1 program=$2
	shift 2

	"$TOP/tests/vm/vm.sh" --kernel "$kernel" \
		--log "$LOGS/$program-on-$kernel.dmesg" --append "$COUNT_SLABS" \
		"./$program" "$@"
}

mkdir -p "$LOGS" || die "cannot make $LOGS"
if [ "${1:-}" = --guests ]; then
	shift
else
	suite "lint" $((11 + $#)) "$TOP/tests/lint.sh" "$@"
	suite "tool" 50 "$TOP/tests/tool.sh"
	suite "install" 17 "$TOP/tests/install.sh"
	suite "virtual machine" 13 "$TOP/tests/vm/test.sh"
	suite "containers" 25 "$TOP/tests/containers.sh"
	suite "documents" "$("$TOP/tests/documents.sh" --count)" \
		"$TOP/tests/documents.sh"
fi
for kernel; do
	suite "hierarchy on $kernel" 24 in_vm "$kernel" hierarchy
	suite "states on $kernel" 15 in_vm "$kernel" states
	suite "access on $kernel" 19 in_vm "$kernel" access
	suite "reads on $kernel" 14 in_vm "$kernel" reads
	suite "load on $kernel" 6 in_vm "$kernel" load
	suite "tool on $kernel" 16 in_vm "$kernel" tool
	case $kernel in
	debug)
		suite "kunit on $kernel" 16 in_vm "$kernel" kunit
		suite "faults on $kernel" 7 in_vm "$kernel" faults
		suite "stress on $kernel" 5 in_vm "$kernel" stress 180
		;;
	*)
		suite "stress on $kernel" 5 in_vm "$kernel" stress 30
		;;
	esac
done

say "logs are in $LOGS"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
