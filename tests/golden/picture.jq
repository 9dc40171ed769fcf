# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Checks a picture: reads the output of dot -Tjson, compares it with $text, the
# saved output of the module, and prints a line for each error. It checks what is
# drawn: the position and colour of each piece of text, and the boxes.

# Boxes are [left, bottom, right, top] in points. All coordinates are rounded.
def numbers: split(",") | map(tonumber);
def inside($outer): .[0] > $outer[0] - 1 and .[1] > $outer[1] - 1 and
	.[2] < $outer[2] + 1 and .[3] < $outer[3] + 1;
def overlaps($other): .[0] < $other[2] - 1 and .[2] > $other[0] + 1 and
	.[1] < $other[3] - 1 and .[3] > $other[1] + 1;
def pairs: . as $all | range(length) as $i | $all[:$i][] | [$all[$i], .];

# The labels of an object with their boxes and background colours. Most letters
# are half as high as the font size.
def labels: reduce (._ldraw_ // [])[] as $op ({labels: []};
	if $op.op == "F" then .size = $op.size
	elif $op.op == "C" then .colour = $op.color
	elif $op.op == "T" then
		($op.pt[0] - $op.width * {l: 0, n: 0.5, r: 1}[$op.align]) as $left |
		.labels += [{text: $op.text, colour, box: [$left, $op.pt[1],
			$left + $op.width, $op.pt[1] + .size / 2]}]
	else . end) | .labels;

# A name is compared only if it is drawn without escapes.
def name: if test("^[-A-Za-z0-9_:./()]+$") then . else "?" end;

# Parses the output of the module into namespaces and processes.
def read: reduce (split("\n")[] | split(" ") | map(select(. != ""))) as $fields
	({namespaces: [], processes: []};
	([$fields[1:][] | capture("^(?<key>[^=]*)=(?<value>.*)$")] | from_entries) as $value |
	if $fields == [] then .
	elif $fields[0] | test("^pid:\\[[0-9]+\\]$") then
		.inum = $fields[0][5:-1] |
		.namespaces += [{inum, parent: $value.parent, holder: $value.pid_for_children,
			state: $value.state, level: $value.level}]
	elif $fields[0] | test("^[0-9,]+$") then
		.processes += [{inum, pids: ($fields[0] | split(",")), ppid: $value.ppid,
			what: "\(.inum) \($value.comm | name) \($fields[0])"}]
	else . end);

# Prints what only one of the lists contains, and duplicates.
def compare($expected; $what):
	(($expected - .)[] | "\($what) missing: \(.)"),
	((. - $expected)[] | "\($what) too many: \(.)"),
	(group_by(.)[] | select(length > 1) | "\($what) \(length) times: \(.[0])");

($text | read) as $text |
($text.namespaces | map({key: .inum, value: .parent}) | from_entries) as $parents |
def lineage: ., ($parents[.] // empty | lineage);
# The process with a PID in the root, in namespace $inum or an ancestor of it. If a
# PID was reused while the file was read, it can occur twice.
def find($pid; $inum): [$inum | lineage] as $lineage | $text.processes[] |
	select(.pids[0] == $pid and (.inum | IN($lineage[]))) | .what;

(.bb | numbers) as $paper |
[labels[] | select(.text | test("^level "))] as $legend |
[(.objects // [])[] | {id: ._gvid, labels: labels} +
	if .bb then {nodes, subgraphs: (.subgraphs // []), box: (.bb | numbers)}
	else (.pos | numbers) as $at | [.width, .height] | map(tonumber * 36) as $half |
		{box: [$at[0] - $half[0], $at[1] - $half[1], $at[0] + $half[0], $at[1] + $half[1]]}
	end] as $objects |
[$objects[] | select(.nodes) |
	. + (.labels[0].text | capture(
		"^pid:\\[(?<inum>[0-9]+)\\] level (?<level>[0-9]+)(, (?<state>.*))?$")) +
	{own: (.nodes - [.subgraphs[] | $objects[.].nodes[]])}
] as $clusters |
# In each box, each row is a name and a PID for each level.
[$clusters[] | . as $cluster | (.level | tonumber + 2) as $size | .own[] | $objects[.] |
	. as $node | .labels as $cells |
	if $cells[0].text | IN("no process", "hidden") then {id, what: $cluster.inum, none: true}
	else range(0; $cells | length; $size) | $cells[.:. + $size] |
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

# Nodes are the objects that do not contain nodes.
($objects[] | select(.box | inside($paper) | not) | "off the paper: \(.id)"),
([$objects[] | select(.nodes | not)] | pairs | select(. as [$one, $other] | $one.box | overlaps($other.box)) |
	"boxes overlap: \(map(.labels[0].text))"),
($clusters[] | . as $cluster | .own[], .subgraphs[] | $objects[.] |
	select(.box | inside($cluster.box) | not) |
	"not in \($cluster.inum): \(.labels[0].text)"),
($clusters[] | . as $cluster | .own[], .subgraphs[] | $objects[.] |
	select(.box | overlaps($cluster.labels[].box)) |
	"over the heading of \($cluster.inum): \(.labels[0].text)"),
($clusters[] | [(.own + .subgraphs)[] | $objects[.]] | pairs |
	select(. as [$one, $other] | $one.box | overlaps($other.box)) | "overlap: \(map(.labels[0].text))"),
($objects[] | .box as $box | .labels[] | select(.box | inside($box) | not) |
	"out of its box: \(.text)"),
($objects[] | .labels | pairs | select(. as [$one, $other] | $one.box | overlaps($other.box)) |
	"letters overlap: \(map(.text))")
