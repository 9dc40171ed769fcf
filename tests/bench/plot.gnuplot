# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Plot the time against the number of processes, one line per program. The key lists
# the slowest first.
#
# report.awk prints the definitions that precede this file: peers, the number of
# programs; ours, the index of pidns_tree; and $data, which has for each program its
# name and then its points.

set logscale xy
set xlabel "number of processes"
set ylabel "milliseconds, without the time to start the program"
set key outside right top reverse Left
set grid
set xrange [800:125000]
set xtics ("1,000" 1000, "5,000" 5000, "20,000" 20000, "100,000" 100000)
plot for [i = peers - 1:0:-1] $data index i using 1:2 \
	with linespoints linewidth (i == ours ? 5 : 2) title columnheader(1)
