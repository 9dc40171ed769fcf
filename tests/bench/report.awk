# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# report.awk: make a report of the measurements of tests/vm/guest/bench. Print a
# readable table and the targets by default, the definitions for plot.gnuplot with
# -v what=plot, and the table of tests/bench/README.md with -v what=readme.
#
# Each input line is one of these, with tabs between the fields:
#	machine KEY VALUE
#	size FOREST BYTES		of pidns_tree
#	time FOREST PEER NANOSECONDS EMPTY-NANOSECONDS RUNS KIB EMPTY-KIB
#					one line per round
#	visited FOREST FLOOR VISITS	to struct pids, one line per round
#	memory FOREST BYTES		of kernel memory, per reader
#	latency FOREST LOAD MICROSECONDS READS	one line per round
#	forks FOREST LOAD RATE READS	one or two lines per round
#	pins FOREST PEER ...		as for time
#	watch FOREST INTERVAL RATE NANOSECONDS FORKS	one line per round
#
# FOREST is a list of arguments of forest.c. PEER is a program or a walk of floors.c.
# EMPTY is the start of the program without work, see clock.c. LOAD is a command that
# ran during the measurement, and READS is how often it ran. NANOSECONDS of "watch" is
# the time on a processor in one second. INTERVAL is "events" or the seconds between two
# reads. RATE is the wanted number of forks per second, and FORKS the real one.

BEGIN {
	OURS = "cat /proc/pidns_tree"
	TOOL = "pidnstree"
	JSON = "pidnstree --all --json"
	COPY = "cat of a copy in tmpfs"
	BARE = "bare walk"
	TOUCHING = "touching walk"
	SCAN = "C scan"
	BPF = "BPF iterator"
	OLD_LSNS = "lsns -t pid, 2.38"
	NEW_LSNS = "lsns -t pid, newest"
	# The forest of most targets.
	USUAL = "5000 100"
	LARGE = "100000 2000"
	CROWDED = "20000 10000"
	# Bound for a ratio that is 1 if the cost is exactly linear.
	LINEAR = 1.4
}

$1 == "machine" { machine[$2] = $3 }
$1 == "size" { size[$2] = $3; forests[++nr_forests] = $2 }
$1 == "time" {
	took[$2, $3] = took[$2, $3] " " $4
	starts[$3] = starts[$3] " " $5
	memory_of[$2, $3] = ($7 - $8) * 1024
	if (!known[$3]++)
		peers[++nr_peers] = $3
}
$1 == "visited" { visited[$2] = $4 }
$1 == "memory" { memory[$2] = $3 }
$1 == "latency" || $1 == "forks" {
	if (!is_load[$3]++)
		loads[++nr_loads] = $3
	rounds[$1, $2, $3] = rounds[$1, $2, $3] " " $4
	reads[$1, $2, $3] += $5
	nr_rounds[$1, $2, $3]++
}
$1 == "pins" {
	pins_forest = $2
	if (!($3 in pins))
		searches[++nr_searches] = $3
	pins[$3] = pins[$3] " " $4
}
$1 == "watch" {
	watch_forest = $2
	used[$3, $4] = used[$3, $4] " " $5
	made[$3] = made[$3] " " ($4 ? $6 : "")
}

# The median of a list of numbers with spaces between them.
function median(list, numbers, count, i, j, number) {
	count = split(list, numbers, " ")
	for (i = 2; i <= count; i++) {
		number = numbers[i] + 0
		for (j = i - 1; j && numbers[j] + 0 > number; j--)
			numbers[j + 1] = numbers[j]
		numbers[j + 1] = number
	}
	return count ? numbers[int((count + 1) / 2)] + 0 : 0
}

# Insert thousands separators: 1,234,567.
function thousands(number, rest) {
	number = sprintf("%d", number)
	while (length(number) > 3) {
		rest = "," substr(number, length(number) - 2) rest
		number = substr(number, 1, length(number) - 3)
	}
	return number rest
}

function round_to_three(number) {
	if (number >= 100)
		return thousands(number + 0.5)
	return sprintf(number >= 10 ? "%.1f" : "%.2f", number)
}

# The median time in milliseconds, 0 if not measured.
function cost(forest, peer) {
	return (forest, peer) in took ? median(took[forest, peer]) / 1e6 : 0
}

# 0 if either number is unknown.
function ratio(a, b) {
	return a > 0 && b > 0 ? a / b : 0
}

function faster(forest, peer, than) {
	return ratio(cost(forest, than), cost(forest, peer))
}

function faster_lsns(forest, old, new) {
	old = cost(forest, OLD_LSNS)
	new = cost(forest, NEW_LSNS)
	return !old || (new && new < old) ? new : old
}

function name_of(forest, words, count) {
	count = split(forest, words, " ")
	return thousands(words[1]) " in " thousands(words[2]) \
	       (count == 3 ? ", nested" : "") \
	       (count == 4 ? ", " thousands(words[4]) " threads each" : "")
}

function describe(forest, words) {
	split(forest, words, " ")
	return thousands(words[1]) " processes in " thousands(words[2]) " namespaces"
}

# The time to start a program, 0 for a peer that is not a program.
function start(peer) {
	return median(starts[peer]) / 1e6
}

# Select the forests of different sizes, or those of special shapes.
function is_wanted(forest, of_sizes, words) {
	split(forest, words, " ")
	return of_sizes == (forest == USUAL || (forest != "3200 32" && \
	       words[1] != 5000 && !words[3]))
}

# A difference to the start of the program that is not positive is not known.
function cost_or(nothing, forest, peer) {
	return cost(forest, peer) > 0 ? round_to_three(cost(forest, peer)) : nothing
}

function print_times(of_sizes, i, j, width, wanted) {
	for (i = 1; i <= nr_forests; i++)
		wanted += is_wanted(forests[i], of_sizes)
	if (!wanted)
		return
	width = of_sizes ? 18 : 20
	printf "%-24s%9s", "", of_sizes ? "start" : ""
	for (i = 1; i <= nr_forests; i++)
		if (is_wanted(forests[i], of_sizes))
			printf "  %" width "s", name_of(forests[i])
	print ""
	for (j = 1; j <= nr_peers; j++) {
		printf "%-24s%9s", peers[j], !of_sizes ? "" : \
		       start(peers[j]) ? round_to_three(start(peers[j])) : "-"
		for (i = 1; i <= nr_forests; i++)
			if (is_wanted(forests[i], of_sizes))
				printf "  %" width "s", \
				       cost_or("-", forests[i], peers[j])
		print ""
	}
	print ""
}

function print_target(value, most, bound, words) {
	printf "%-13s%10s  %s %s %s\n", value <= 0 ? "not measured" : \
	       (most ? value <= bound : value >= bound) ? "reached" : "missed", \
	       value <= 0 ? "-" : round_to_three(value), most ? "at most" : "at least", bound, words
}

function at_least(bound, value, words) {
	print_target(value, 0, bound, words)
}

function at_most(bound, value, words) {
	print_target(value, 1, bound, words)
}

function print_speed() {
	at_least(2.2, faster(USUAL, OURS, BPF), "times as fast as the BPF iterator")
	at_least(30, faster(USUAL, OURS, SCAN), "times as fast as the C scan")
	at_least(130, ratio(faster_lsns(USUAL), cost(USUAL, OURS)),
		 "times as fast as the faster lsns")
	at_least(1, ratio(ratio(faster_lsns("20000 500"), cost("20000 500", OURS)),
			  ratio(faster_lsns(USUAL), cost(USUAL, OURS))),
		 "times that ratio, for 20,000 processes instead of 5,000")
	at_most(2, ratio(cost(USUAL, OURS), cost(USUAL, TOUCHING) + cost(USUAL, COPY)),
		"times the touching walk plus the copy")
	at_least(40, ratio(faster_lsns(USUAL), cost(USUAL, TOOL)),
		 "times as fast as the faster lsns, for " TOOL)
	at_least(15, ratio(faster_lsns(USUAL), cost(USUAL, JSON)),
		 "times as fast as the faster lsns, for " JSON)
}

function per_process(forest, peer, words) {
	split(forest, words, " ")
	return cost(forest, peer) / words[1]
}

function over_touching(forest) {
	return faster(forest, TOUCHING, OURS)
}

function print_linearity() {
	at_most(LINEAR, ratio(per_process(LARGE, OURS), per_process(USUAL, OURS)),
		sprintf("times the cost per process, for 100,000 processes (bare walk: %s)",
			round_to_three(ratio(per_process(LARGE, BARE),
					     per_process(USUAL, BARE)))))
	at_most(LINEAR, ratio(over_touching("3200 32 32"), over_touching("3200 32")),
		sprintf("times the ratio to the touching walk, with 32 levels instead of 1 (%s visits instead of %s)",
			thousands(visited["3200 32 32"]), thousands(visited["3200 32"])))
	at_most(LINEAR, ratio(over_touching("5000 2000"), over_touching("5000 1000")),
		"times the ratio to the touching walk, for 2,000 namespaces instead of 1,000")
	at_most(2, over_touching("50 1 1 1000"),
		"times the touching walk, for 50 processes with 1,000 threads each")
}

function per_byte(peer, forest) {
	return ratio(memory_of[forest, peer], size[forest])
}

function print_memory(of_namespace) {
	if ("5000 2000" in memory && USUAL in memory)
		of_namespace = (memory["5000 2000"] - memory[USUAL]) / 1900
	at_most(64, of_namespace,
		"bytes of kernel memory per namespace, for a reader")
	at_most(0.5, of_namespace && "1000 10" in memory ? \
		positive((memory[USUAL] - memory["1000 10"] - 90 * of_namespace) / 4000) : 0,
		"bytes of kernel memory per process, for a reader")
	if (of_namespace > 0)
		printf "%-13s%10s  bytes of kernel memory for the rest, such as the buffer\n", \
		       "", thousands(memory[USUAL] - 100 * of_namespace)
	at_most(3, per_byte(TOOL, LARGE), "times the size of pidns_tree: memory of " TOOL)
	at_most(3, per_byte(JSON, LARGE), "times the size of pidns_tree: memory of " JSON)
}

# The lower limit of what can be measured.
function positive(number) {
	return number > 0.01 ? number : 0.01
}

function typical(kind, forest, load) {
	return median(rounds[kind, forest, load])
}

function forks(load) {
	return typical("forks", USUAL, load)
}

# The number of forks that one read costs.
function forks_lost(load, nr) {
	nr = nr_rounds["forks", USUAL, load]
	return nr && reads["forks", USUAL, load] ? \
	       (forks("no load") - forks(load)) / \
	       (reads["forks", USUAL, load] / nr) : 0
}

# The rate of forks with the module and no reader, relative to that without the
# module. Use the median of the ratios of the rounds, because the speed of the
# machine may change between rounds.
function forks_with_module(with, without, count, i, ratios) {
	count = split(rounds["forks", USUAL, "no load"], with, " ")
	split(rounds["forks", USUAL, "no load, without the module"], without, " ")
	for (i = 1; i < count; i += 2)
		ratios = ratios " " ratio(with[i] + with[i + 1], \
					  without[i] + without[i + 1])
	return median(ratios)
}

# The maximum latency, relative to that with readers of another large file.
function latency_ratio(forest) {
	return ratio(typical("latency", forest, OURS),
		     typical("latency", forest, "cat /proc/kallsyms"))
}

function print_rounds(kind, forest, words, i, separator) {
	printf "%s, %s", words, describe(forest)
	separator = ":"
	for (i = 1; i <= nr_loads; i++)
		if ((kind, forest, loads[i]) in rounds) {
			printf "%s %s with %s", separator, \
			       round_to_three(typical(kind, forest, loads[i])), \
			       loads[i]
			separator = ";"
		}
	print ""
}

function print_interference() {
	at_most(1.5, latency_ratio(USUAL),
		"times the maximum latency with four loops of cat /proc/kallsyms")
	at_most(1.5, latency_ratio(CROWDED),
		"times that latency, for " describe(CROWDED))
	at_most(1, forks_lost(OURS) && forks_lost(OLD_LSNS) ? \
		ratio(positive(forks_lost(OURS)), positive(forks_lost(OLD_LSNS))) : 0,
		"times the forks that one run of lsns costs, per read")
	at_least(0.97, forks_with_module(),
		 "times the forks per second without the module, without a reader")
	printf "\nThe last four were measured with preempt=%s. Medians of the rounds:\n", \
	       machine["preempt"]
	print_rounds("latency", USUAL, "maximum latency in microseconds")
	print_rounds("latency", CROWDED, "maximum latency in microseconds")
	print_rounds("forks", USUAL, "forks per second")
}

function search_time(peer) {
	return median(pins[peer]) / 1e6
}

function print_pins(i) {
	at_least(1, ratio(search_time("lsns -P -t pid, newest"),
			  search_time("pidnstree --pinned")),
		 "times as fast as lsns -P, for pidnstree --pinned")
	if (!nr_searches)
		return
	printf "\nSearch for what pins 500 namespaces without processes, %s, median milliseconds:\n",
	       describe(pins_forest)
	for (i = 1; i <= nr_searches; i++)
		printf "%-24s%9s\n", searches[i],
		       round_to_three(search_time(searches[i]))
	print ""
}

# Percent of a processor.
function watching(interval, rate) {
	return median(used[interval, rate]) / 1e7
}

function print_watch() {
	at_most(3, watching("events", 1000),
		sprintf("percent of a processor for pidnstree --watch, with %s forks per second",
			round_to_three(median(made["events"]))))
	if (!watch_forest)
		return
	printf "\npidnstree --watch, %s, percent of a processor:\n",
	       describe(watch_forest)
	printf "%-24s%9s%9s\n", "", "no forks", "forks"
	printf "%-24s%9s%9s\n", "events", round_to_three(watching("events", 0)),
	       round_to_three(watching("events", 1000))
	printf "%-24s%9s%9s\n", "a read every 2 seconds",
	       round_to_three(watching("2", 0)), round_to_three(watching("2", 1000))
}

function print_table() {
	printf "Linux %s, %s processors, %s, %s\n\n", machine["kernel"], \
	       machine["processors"], machine["emulator"] == "kvm" ? "KVM" : \
	       machine["emulator"] == "none" ? "no virtual machine" : "emulated", \
	       machine["date"]
	print "Median milliseconds for one run, by number of processes and namespaces. They do"
	print "not include the time to start the program, which the column \"start\" shows."
	print ""
	print_times(1)
	print_times(0)
	printf "lsns, newest: %s\n\n", machine["lsns, newest"]
	printf "Targets of %s, for %s if not stated otherwise:\n\n", OURS, describe(USUAL)
	print_speed()
	print_linearity()
	print_memory()
	print_pins()
	print_watch()
	print_interference()
}

# Print the definitions that plot.gnuplot needs.
function print_plot(i, j) {
	for (j = 1; j <= nr_peers; j++)
		if (peers[j] == OURS)
			print "ours =", j - 1
	print "peers =", nr_peers
	print "$data <<END"
	for (j = 1; j <= nr_peers; j++) {
		printf "\"%s\"\n", peers[j]
		for (i = 1; i <= nr_forests; i++)
			if (is_wanted(forests[i], 1) && cost(forests[i], peers[j]) > 0)
				print forests[i] + 0, cost(forests[i], peers[j])
		print "\n"
	}
	print "END"
}

function print_readme(i, j, line) {
	printf "| %s |", "Milliseconds"
	line = "| --- |"
	for (i = 1; i <= nr_forests; i++)
		if (is_wanted(forests[i], 1)) {
			printf " %s |", name_of(forests[i])
			line = line " ---: |"
		}
	print "\n" line
	for (j = 1; j <= nr_peers; j++) {
		printf "| %s |", peers[j]
		for (i = 1; i <= nr_forests; i++)
			if (is_wanted(forests[i], 1))
				printf " %s |", cost_or("", forests[i], peers[j])
		print ""
	}
}

END {
	if (what == "plot")
		print_plot()
	else if (what == "readme")
		print_readme()
	else
		print_table()
}
