#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# bench.sh [FOREST... [--fast FOREST...]]: measure the time of the module, of
# pidnstree and of the alternatives. Use all forests by default. Write the
# table, the plot and the measurements to tests/logs/bench.
# tests/bench/README.md explains them.
#
# The script fails if a measurement fails, but not if a target is missed.
#
# drgn is not measured, because Debian's drgn needs the debug symbols of the
# kernel, which are larger than the rest of the guest.

. "$(dirname "$0")/../vm/lib.sh"

readonly LOGS=$TOP/tests/logs/bench

# Arguments of forest.c: processes, namespaces, depth of nested namespaces,
# threads per process. With the forests after --fast, programs that need minutes
# are not measured.
readonly FORESTS=("1000 10" "5000 100" "20000 500" --fast "5000 1000" "5000 2000"
	"3200 32" "3200 32 32" "50 1 1 1000" "100000 2000")
readonly INTERFERENCE=("5000 100" "20000 10000")
readonly USUAL="5000 100"

# in_vm NAME APPEND COMMAND...: measure in the guest, with APPEND on the kernel's
# command line.
in_vm() {
	local name=$1 append=$2
	shift 2

	say "measuring $name"
	"$TOP/tests/vm/vm.sh" --kernel bench --log "$LOGS/$name.dmesg" \
		--append "$append" ./bench "$@" >"$LOGS/$name" || failed=1
}

# report WHAT: print a report of report.awk.
report() {
	awk -F'\t' -f "$TOP/tests/bench/report.awk" -v what="$1" \
		"$LOGS"/{machine,times,interference,pins,watch}
}

# draw TERMINAL: draw the plot, with gnuplot in the Debian of the guest.
draw() {
	{
		echo "set terminal $1 noenhanced size 1000,600"
		report plot
		cat "$TOP/tests/bench/plot.gnuplot"
	} | in_debian "$ROOT" gnuplot
}

mkdir -p "$LOGS" || die "cannot make $LOGS"
[ $# -gt 0 ] || set -- "${FORESTS[@]}"
failed=0
printf 'machine\tdate\t%s\n' "$(date +%F)" >"$LOGS/machine"
in_vm times "" times "$@"
in_vm interference "preempt=none" interference "${INTERFERENCE[@]}"
in_vm pins "" pins "$USUAL"
in_vm watch "" watch "$USUAL"

report table | tee "$LOGS/table"
report readme >"$LOGS/table.md"
lock bench
ensure_kernel bench
draw svg >"$LOGS/plot.svg" && draw pngcairo >"$LOGS/plot.png" || failed=1
unlock bench
say "the table, the plot and the measurements are in $LOGS"
exit $failed
