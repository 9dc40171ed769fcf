# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# What was measured, of which each line is one of these, with tabs between words:
#	machine KEY VALUE
#	text FOREST BYTES		of the module's file
#	time FOREST PEER NANOSECONDS START RUNS KIB START-KIB	a line a round
#	passed FOREST FLOOR PIDS	a line a round
#	memory FOREST BYTES		of one reader
#	latency FOREST BESIDE MICROSECONDS READS	a line a round
#	forks FOREST BESIDE RATE READS	a line or two a round
# as text for people, with -v what=plot as what the plot begins with, with
# -v what=readme as the table of README.

BEGIN {
	OURS = "cat /proc/pidns_tree"
	TOOL = "pidnstree"
	JSON = "pidnstree --all --json"
	COPY = "cat of a copy in tmpfs"
	BARE = "bare walk"
	TOUCHING = "touching walk"
	SCAN = "C scan"
	RIVAL = "BPF iterator"
	OLD_LSNS = "lsns -t pid, 2.38"
	NEW_LSNS = "lsns -t pid, newest"
	# The one that is meant unless another is named.
	USUAL = "5000 100"
	LARGE = "100000 2000"
	CROWDED = "20000 10000"
	# How much more than its share something that is linear may cost.
	LINEAR = 1.4
}

$1 == "machine" { machine[$2] = $3 }
$1 == "text" { text[$2] = $3; forests[++nr_forests] = $2 }
$1 == "time" {
	took[$2, $3] = took[$2, $3] " " $4
	starts[$3] = starts[$3] " " $5
	memory_of[$2, $3] = ($7 - $8) * 1024
	if (!known[$3]++)
		peers[++nr_peers] = $3
}
$1 == "passed" { passed[$2] = $4 }
$1 == "memory" { memory[$2] = $3 }
$1 == "latency" || $1 == "forks" {
	if (!is_beside[$3]++)
		besides[++nr_besides] = $3
	rounds[$1, $2, $3] = rounds[$1, $2, $3] " " $4
	reads[$1, $2, $3] += $5
	nr_rounds[$1, $2, $3]++
}

# Of numbers with spaces between them.
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

# 1234567 as people write it.
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

# Milliseconds of one look; 0 if unknown.
function cost(forest, peer) {
	return (forest, peer) in took ? median(took[forest, peer]) / 1e6 : 0
}

# Nothing that is unknown is compared.
function ratio(a, b) {
	return a > 0 && b > 0 ? a / b : 0
}

function faster(forest, peer, than) {
	return ratio(cost(forest, than), cost(forest, peer))
}

function best_lsns(forest, old, new) {
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

# Of a program alone; 0 for what is none.
function start(peer) {
	return median(starts[peer]) / 1e6
}

# Those of many sizes, or those of special shapes.
function is_wanted(forest, of_sizes, words) {
	split(forest, words, " ")
	return of_sizes == (forest == USUAL || (forest != "3200 32" && \
	       words[1] != 5000 && !words[3]))
}

# A cost that is lost in what the start of the program takes is none that is known.
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

function judge(value, most, bound, words) {
	printf "%-13s%10s  %s %s %s\n", value <= 0 ? "not measured" : \
	       (most ? value <= bound : value >= bound) ? "met" : "not met", \
	       value <= 0 ? "-" : round_to_three(value), most ? "at most" : "at least", bound, words
}

function at_least(bound, value, words) {
	judge(value, 0, bound, words)
}

function at_most(bound, value, words) {
	judge(value, 1, bound, words)
}

function print_speed() {
	at_least(2.2, faster(USUAL, OURS, RIVAL), "times as fast as the BPF iterator")
	at_least(30, faster(USUAL, OURS, SCAN), "times as fast as the C scan")
	at_least(130, ratio(best_lsns(USUAL), cost(USUAL, OURS)),
		 "times as fast as the best lsns")
	at_least(1, ratio(ratio(best_lsns("20000 500"), cost("20000 500", OURS)),
			  ratio(best_lsns(USUAL), cost(USUAL, OURS))),
		 "times the advantage over lsns, at 20,000")
	at_most(2, ratio(cost(USUAL, OURS), cost(USUAL, TOUCHING) + cost(USUAL, COPY)),
		"times the touching walk and the copy")
	at_least(40, ratio(best_lsns(USUAL), cost(USUAL, TOOL)),
		 "times as fast as the best lsns: " TOOL)
	at_least(15, ratio(best_lsns(USUAL), cost(USUAL, JSON)),
		 "times as fast as the best lsns: " JSON)
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
		sprintf("times the cost of a process, at 100,000 (of the bare walk: %s)",
			round_to_three(ratio(per_process(LARGE, BARE),
					     per_process(USUAL, BARE)))))
	at_most(LINEAR, ratio(over_touching("3200 32 32"), over_touching("3200 32")),
		sprintf("times the cost over the touching walk, 32 levels deep (%s pids passed, not %s)",
			thousands(passed["3200 32 32"]), thousands(passed["3200 32"])))
	at_most(LINEAR, ratio(over_touching("5000 2000"), over_touching("5000 1000")),
		"times the cost over the touching walk, in 2,000 namespaces, not 1,000")
	at_most(2, over_touching("50 1 1 1000"),
		"times the touching walk, where nearly all are threads")
}

function of_text(peer, forest) {
	return ratio(memory_of[forest, peer], text[forest])
}

function print_memory(of_namespace) {
	if ("5000 2000" in memory && USUAL in memory)
		of_namespace = (memory["5000 2000"] - memory[USUAL]) / 1900
	at_most(64, of_namespace,
		"bytes of the kernel's memory for a namespace, in a reader")
	at_most(0.5, of_namespace && "1000 10" in memory ? \
		positive((memory[USUAL] - memory["1000 10"] - 90 * of_namespace) / 4000) : 0,
		"bytes of it for a process")
	if (of_namespace > 0)
		printf "%-13s%10s  bytes of it for the rest, the buffer included\n", \
		       "", thousands(memory[USUAL] - 100 * of_namespace)
	at_most(3, of_text(TOOL, LARGE), "times the text: memory of " TOOL)
	at_most(3, of_text(JSON, LARGE), "times the text: memory of " JSON)
}

# What cannot be told from nothing.
function positive(number) {
	return number > 0.01 ? number : 0.01
}

function typical(kind, forest, beside) {
	return median(rounds[kind, forest, beside])
}

function births(beside) {
	return typical("forks", USUAL, beside)
}

# Of births, how many do not take place for a read beside them.
function lost(beside, nr) {
	nr = nr_rounds["forks", USUAL, beside]
	return nr && reads["forks", USUAL, beside] ? \
	       (births("nobody") - births(beside)) / \
	       (reads["forks", USUAL, beside] / nr) : 0
}

# What the module leaves of the births when nobody reads; a median of the rounds'
# own ratios, as the machine may be half as fast in the next round.
function left(with, without, count, i, ratios) {
	count = split(rounds["forks", USUAL, "nobody"], with, " ")
	split(rounds["forks", USUAL, "nobody, without the module"], without, " ")
	for (i = 1; i < count; i += 2)
		ratios = ratios " " ratio(with[i] + with[i + 1], \
					  without[i] + without[i + 1])
	return median(ratios)
}

# The longest wait, over that beside readers of another file of the kernel.
function wait_over(forest) {
	return ratio(typical("latency", forest, OURS),
		     typical("latency", forest, "cat /proc/kallsyms"))
}

function print_rounds(kind, forest, words, i, separator) {
	printf "%s, %s", words, name_of(forest)
	separator = ":"
	for (i = 1; i <= nr_besides; i++)
		if ((kind, forest, besides[i]) in rounds) {
			printf "%s %s beside %s", separator, \
			       round_to_three(typical(kind, forest, besides[i])), \
			       besides[i]
			separator = ";"
		}
	print ""
}

function print_kindness() {
	at_most(1.5, wait_over(USUAL),
		"times the wait beside four loops of cat /proc/kallsyms")
	at_most(1.5, wait_over(CROWDED),
		"times that wait, for " name_of(CROWDED))
	at_most(1, lost(OURS) && lost(OLD_LSNS) ? \
		ratio(positive(lost(OURS)), positive(lost(OLD_LSNS))) : 0,
		"times the births lost to a look of lsns, to a read")
	at_least(0.97, left(),
		 "times the births without the module, with it and no reader")
	printf "\nAll on a boot with preempt=%s, medians of the rounds:\n", \
	       machine["preempt"]
	print_rounds("latency", USUAL, "longest wait in microseconds")
	print_rounds("latency", CROWDED, "longest wait in microseconds")
	print_rounds("forks", USUAL, "births a second")
}

function print_table() {
	printf "Linux %s, %s processors, %s, %s\n\n", machine["kernel"], \
	       machine["processors"], machine["emulator"] == "kvm" ? "KVM" : \
	       machine["emulator"] == "none" ? "no virtual machine" : "emulated", \
	       machine["date"]
	print "Milliseconds for a look at so many processes in so many namespaces, without"
	print "the start of the program, which is shown beside them; medians."
	print ""
	print_times(1)
	print_times(0)
	printf "newest: %s\n\n", machine["lsns, newest"]
	printf "Targets, for %s unless said\n\n", name_of(USUAL)
	print_speed()
	print_linearity()
	print_memory()
	print_kindness()
}

# What plot.gnuplot goes on from.
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
	printf "| %s |", "milliseconds"
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
