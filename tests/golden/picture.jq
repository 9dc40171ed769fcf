# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Takes a picture as dot -Tjson has it, and as $text the text that it is of:
# prints a line for each thing that is wrong with it. What counts is what is
# drawn in the end: letters, where they are, and boxes.

# Boxes are [left, bottom, right, top], in points. All places are rounded.
def numbers: split(",") | map(tonumber);
def inside($outer): .[0] > $outer[0] - 1 and .[1] > $outer[1] - 1 and
	.[2] < $outer[2] + 1 and .[3] < $outer[3] + 1;
def overlaps($other): .[0] < $other[2] - 1 and .[2] > $other[0] + 1 and
	.[1] < $other[3] - 1 and .[3] > $other[1] + 1;
def pairs: . as $all | range(length) as $i | $all[:$i][] | [$all[$i], .];

# What is written in a thing, where, and on which colour. Most letters are as
# high as half of their size.
def written: reduce (._ldraw_ // [])[] as $op ({words: []};
	if $op.op == "F" then .size = $op.size
	elif $op.op == "C" then .colour = $op.color
	elif $op.op == "T" then
		($op.pt[0] - $op.width * {l: 0, n: 0.5, r: 1}[$op.align]) as $left |
		.words += [{text: $op.text, colour, box: [$left, $op.pt[1],
			$left + $op.width, $op.pt[1] + .size / 2]}]
	else . end) | .words;

# A name counts as far as it is drawn as the text has it.
def name: if test("^[-A-Za-z0-9_:./()]+$") then . else "?" end;

# The text: its namespaces and its processes.
def read: reduce (split("\n")[] | split(" ") | map(select(. != ""))) as $words
	({namespaces: [], processes: []};
	([$words[1:][] | capture("^(?<key>[^=]*)=(?<value>.*)$")] | from_entries) as $value |
	if $words == [] then .
	elif $words[0] | test("^pid:\\[[0-9]+\\]$") then
		.inum = $words[0][5:-1] |
		.namespaces += [{inum, parent: $value.parent, holder: $value.pid_for_children,
			state: $value.state, level: $value.level}]
	elif $words[0] | test("^[0-9,]+$") then
		.processes += [{inum, pids: ($words[0] | split(",")), ppid: $value.ppid,
			what: "\(.inum) \($value.comm | name) \($words[0])"}]
	else . end);

# What is in one list and not in the other, or not once.
def compare($expected; $what):
	(($expected - .)[] | "\($what) missing: \(.)"),
	((. - $expected)[] | "\($what) too many: \(.)"),
	(group_by(.)[] | select(length > 1) | "\($what) \(length) times: \(.[0])");

($text | read) as $text |
($text.namespaces | map({key: .inum, value: .parent}) | from_entries) as $parents |
def way: ., ($parents[.] // empty | way);
# The process that has that PID, as far as the namespace can have to do with it.
def find($pid; $inum): [$inum | way] as $way | $text.processes[] |
	select(.pids[0] == $pid and (.inum | IN($way[]))) | .what;

(.bb | numbers) as $paper |
[written[] | select(.text | test("^level "))] as $legend |
[(.objects // [])[] | {id: ._gvid, written: written} +
	if .bb then {nodes, subgraphs: (.subgraphs // []), box: (.bb | numbers)}
	else (.pos | numbers) as $at | [.width, .height] | map(tonumber * 36) as $half |
		{box: [$at[0] - $half[0], $at[1] - $half[1], $at[0] + $half[0], $at[1] + $half[1]]}
	end] as $things |
[$things[] | select(.nodes) |
	. + (.written[0].text | capture(
		"^pid:\\[(?<inum>[0-9]+)\\] level (?<level>[0-9]+)(, (?<state>.*))?$")) +
	{own: (.nodes - [.subgraphs[] | $things[.].nodes[]])}
] as $clusters |
# In each box, row by row: a name, then a PID for each level.
[$clusters[] | . as $cluster | (.level | tonumber + 2) as $size | .own[] | $things[.] |
	. as $node | .written as $words |
	if $words[0].text | IN("no process", "hidden") then {id, what: $cluster.inum, none: true}
	else range(0; $words | length; $size) | $words[.:. + $size] |
		{id: $node.id, what: "\($cluster.inum) \(.[0].text | name) \(map(.text)[1:] | join(","))",
			colours: map(.colour)[1:]}
	end] as $drawn |

([$clusters[] | . as $cluster | "\(.inum) \(.level) \(.state // "active") in \(
		[$clusters[] | select(.subgraphs | index($cluster.id)) | .inum][0] // "-")"] |
	compare([$text.namespaces[] | "\(.inum) \(.level) \(.state) in \(.parent)"]; "namespace")),
([$drawn[] | select(.none | not).what] |
	compare([$text.processes[].what]; "process")),
([(.edges // [])[] | . as $edge | $drawn[] | select(.id == $edge.tail).what as $tail |
	$drawn[] | select(.id == $edge.head) | "\($tail) -> \(.what)"] |
	compare([($text.processes[] | find(.ppid; .inum) + " -> " + .what),
		($text.namespaces[] | select(.inum | IN($drawn[] | select(.none).what)) |
			find(.holder; .inum) + " -> " + .inum)]; "arrow")),
($drawn[] | select(.colours) | .what as $what | .colours | to_entries[] |
	select($legend != [] and .value != $legend[.key % ($legend | length)].colour) |
	"not the colour of its level: \($what), level \(.key)"),

# A node is a thing without nodes.
($things[] | select(.box | inside($paper) | not) | "off the paper: \(.id)"),
([$things[] | select(.nodes | not)] | pairs | select(. as [$one, $other] | $one.box | overlaps($other.box)) |
	"boxes overlap: \(map(.written[0].text))"),
($clusters[] | . as $cluster | .own[], .subgraphs[] | $things[.] |
	select(.box | inside($cluster.box) | not) |
	"not in \($cluster.inum): \(.written[0].text)"),
($clusters[] | . as $cluster | .own[], .subgraphs[] | $things[.] |
	select(.box | overlaps($cluster.written[].box)) |
	"over the heading of \($cluster.inum): \(.written[0].text)"),
($clusters[] | [(.own + .subgraphs)[] | $things[.]] | pairs |
	select(. as [$one, $other] | $one.box | overlaps($other.box)) | "overlap: \(map(.written[0].text))"),
($things[] | .box as $box | .written[] | select(.box | inside($box) | not) |
	"out of its box: \(.text)"),
($things[] | .written | pairs | select(. as [$one, $other] | $one.box | overlaps($other.box)) |
	"letters overlap: \(map(.text))")
