# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Time against processes, a line for each peer, the slowest first in the list. What
# comes before this sets peers, how many there are; ours, which of them the module
# is; and $data, a block for each with its name and then its points.

set logscale xy
set xlabel "processes"
set ylabel "milliseconds, without the start of the program"
set key outside right top reverse Left
set grid
set xrange [800:125000]
set xtics ("1,000" 1000, "5,000" 5000, "20,000" 20000, "100,000" 100000)
plot for [i = peers - 1:0:-1] $data index i using 1:2 \
	with linespoints linewidth (i == ours ? 5 : 2) title columnheader(1)
