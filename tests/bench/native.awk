# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# native.awk: make a report of the measurements of tests/vm/guest/bench-native: a
# table for each forest, and the targets. With -v what=readme, print the table of
# tests/bench/README.md.
#
# Each input line is one of these, with tabs between the fields:
#	machine KEY VALUE
#	module FILE NAME		a build of the module; the first is this version
#	started FOREST SECONDS		until all processes of the forest existed
#	time FOREST STATE NAME ROUND OPEN READ
#					nanoseconds, one line per run
#
# FOREST is a list of arguments of forest.c. STATE is that of the caches, "warm" or
# "evicted". NAME is a walk of floors.c, with 0 as OPEN, or the file of a build.
#
# A ratio is computed from the minima of each round, and the report has the median of
# the rounds, because the speed of the machine changes between rounds.

BEGIN {
	TOUCHING = "touching walk"
	STATES = split("warm evicted", states, " ")
	# The most that a read may take, compared with the touching walk.
	target["warm"] = 1.1
	target["evicted"] = 0.75
}

$1 == "machine" { machine[$2] = $3 }
$1 == "module" { name_of[$2] = $3; modules[++nr_modules] = $2 }
$1 == "started" { seconds[$2] = $3; forests[++nr_forests] = $2 }
$1 == "time" {
	if ($6)
		add($2, $3, $4 " open", $5, $6)
	add($2, $3, $4, $5, $6 + $7)
	nr_rounds[$2] = $5
	if (!known[$4]++ && !($4 in name_of))
		walks[++nr_walks] = $4
}

function add(forest, state, name, round, time,	key)
{
	key = forest SUBSEP state SUBSEP name
	times[key] = times[key] " " time
	if (!((key, round) in best) || time < best[key, round])
		best[key, round] = time
	if (!(key in least) || time / 1e6 < least[key])
		least[key] = time / 1e6
}

# The median of a list of numbers with spaces between them.
function median(numbers,	list, n, i, j, value)
{
	n = split(numbers, list, " ")
	for (i = 2; i <= n; i++) {
		value = list[i] + 0
		for (j = i - 1; j && list[j] + 0 > value; j--)
			list[j + 1] = list[j]
		list[j + 1] = value
	}
	return list[int((n + 1) / 2)]
}

function ratio_of(forest, state, name, other,	i, a, b, ratios)
{
	a = forest SUBSEP state SUBSEP name
	b = forest SUBSEP state SUBSEP other
	for (i = 1; i <= nr_rounds[forest]; i++)
		ratios = ratios " " best[a, i] / best[b, i]
	return median(ratios)
}

# Three significant digits, as in report.awk.
function ms(time)
{
	return sprintf(time >= 100 ? "%.0f" : time >= 10 ? "%.1f" : "%.2f", time)
}

# Print the minimum and the median of a row with each state of the caches.
function row(forest, label, name,	i, key, line)
{
	line = sprintf("%-34s", label)
	for (i = 1; i <= STATES; i++) {
		key = forest SUBSEP states[i] SUBSEP name
		line = line sprintf("%12s%10s", ms(least[key]),
				    ms(median(times[key]) / 1e6))
	}
	print line
}

# Print the ratio of two rows.
function ratio(forest, label, name, other,	i, line)
{
	line = sprintf("%-34s", label)
	for (i = 1; i <= STATES; i++)
		line = line sprintf("%22.2f",
			ratio_of(forest, states[i], name, other))
	print line
}

function report(forest,		words, i, line)
{
	split(forest, words, " ")
	printf "%d processes in %d namespaces, created in %d s\n", words[1],
		words[2], seconds[forest]
	line = sprintf("%-34s", "milliseconds")
	for (i = 1; i <= STATES; i++)
		line = line sprintf("%12s%10s", states[i], "median")
	print line
	for (i = 1; i <= nr_walks; i++)
		row(forest, walks[i], walks[i])
	for (i = 1; i <= nr_modules; i++) {
		row(forest, name_of[modules[i]], modules[i])
		row(forest, "  of which open", modules[i] " open")
	}
	for (i = 1; i <= nr_modules; i++)
		ratio(forest, name_of[modules[i]] " / touching walk", modules[i],
		      TOUCHING)
	for (i = 2; i <= nr_modules; i++)
		ratio(forest, name_of[modules[1]] " / " name_of[modules[i]],
		      modules[1], modules[i])
	print ""
}

function targets(	i, j, forest, state, got)
{
	print "targets: a read / touching walk"
	for (i = 1; i <= nr_forests; i++)
		for (j = 1; j <= STATES; j++) {
			forest = forests[i]
			state = states[j]
			got = ratio_of(forest, state, modules[1], TOUCHING)
			printf "%-8s %-14s %-8s %.2f, at most %.2f\n",
				got <= target[state] ? "reached" : "missed", forest,
				state, got, target[state]
		}
}

# A row of the table of tests/bench/README.md: for each forest, the minimum with
# each state of the caches.
function readme_row(label, name,	i, j, line)
{
	line = "| " label " |"
	for (i = 1; i <= nr_forests; i++)
		for (j = 1; j <= STATES; j++)
			line = line " " ms(least[forests[i], states[j], name]) " |"
	print line
}

function thousands(n)
{
	return n >= 1000 ? int(n / 1000) "," sprintf("%03d", n % 1000) : n
}

function readme(	i, j, words, line, rule)
{
	line = "| Milliseconds, minima |"
	rule = "| --- |"
	for (i = 1; i <= nr_forests; i++) {
		split(forests[i], words, " ")
		for (j = 1; j <= STATES; j++) {
			line = line " " thousands(words[1]) " in " \
			       thousands(words[2]) ", " states[j] " |"
			rule = rule " ---: |"
		}
	}
	print line
	print rule
	for (i = 1; i <= nr_walks; i++)
		readme_row(walks[i], walks[i])
	readme_row("read of the file", modules[1])
	readme_row("of which open", modules[1] " open")
}

END {
	if (what == "readme") {
		readme()
		exit
	}
	print "Linux " machine["kernel"] ", User-mode Linux\n"
	for (i = 1; i <= nr_forests; i++)
		report(forests[i])
	targets()
}
