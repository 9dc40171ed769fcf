#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# bench.sh [FOREST... [--fast FOREST...]]: how fast the module and the tool are, beside
# all that one could take instead; in all forests, or in these. The table, the plot
# and what was measured are put into tests/logs/bench.
#
# It fails if something could not be measured, and not for what was measured: that
# is for people to look at.
#
# drgn is not among the peers: Debian's needs all that is known of the kernel for
# debuggers, which takes more room than everything else together.

. "$(dirname "$0")/../vm/lib.sh"

readonly LOGS=$TOP/tests/logs/bench

# As forest.c takes them: processes, namespaces, depth of their chains, threads.
# Who takes minutes for some is left out after --fast.
readonly FORESTS=("1000 10" "5000 100" "20000 500" --fast "5000 1000" "5000 2000"
	"3200 32" "3200 32 32" "50 1 1 1000" "100000 2000")
readonly KINDNESS=("5000 100" "20000 10000")

# in_vm NAME APPEND COMMAND...: measure there, on a boot with these words.
in_vm() {
	local name=$1 append=$2
	shift 2

	say "measuring $name"
	"$TOP/tests/vm/vm.sh" --kernel bench --log "$LOGS/$name.dmesg" \
		--append "$append" ./bench "$@" >"$LOGS/$name" || failed=1
}

# report WHAT: see report.awk.
report() {
	awk -F'\t' -f "$TOP/tests/bench/report.awk" -v what="$1" \
		"$LOGS"/{machine,times,kindness}
}

# draw TERMINAL: the plot, by the gnuplot of the machine.
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
in_vm kindness "preempt=none" kindness "${KINDNESS[@]}"

report table | tee "$LOGS/table"
report readme >"$LOGS/table.md"
lock bench
debian_of bench
draw svg >"$LOGS/plot.svg" && draw pngcairo >"$LOGS/plot.png" || failed=1
unlock bench
say "all of this is in $LOGS"
exit $failed
