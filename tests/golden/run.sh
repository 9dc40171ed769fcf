#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# run.sh PIDNSTREE...: have that program, or that command with the program as its
# last word, print canned texts, and compare with what it printed when somebody
# looked at it and found it right. A line of KTAP for each.
#
# UPDATE=1 takes what is printed now as right. Look at the difference.

# A user's locale; that of C.UTF-8 is there without being installed.
export LC_ALL=C.UTF-8

program=("${@:1:$#-1}" "$(realpath -e "${!#}")") || exit 1
cd "$(dirname "$0")" || exit 1
number=0
failed=0
transcript=$(mktemp) || exit 1
trap 'rm -f "$transcript"' EXIT

# call ARGUMENT...: a line as a shell has it, and all that comes of it.
call() {
	local status

	printf '$ pidnstree'
	printf ' %q' "$@"
	echo
	"${program[@]}" "$@" 2>&1
	status=$?
	[ $status -eq 0 ] || echo "exit status $status"
	return $status
}

# golden NAME COMMAND...: what the command prints is what it printed before.
golden() {
	local name=$1 difference
	shift

	"$@" >"$transcript" 2>&1
	number=$((number + 1))
	[ -z "${UPDATE:-}" ] || cp "$transcript" "outputs/${name// /-}"
	if difference=$(diff -u "outputs/${name// /-}" "$transcript"); then
		echo "ok $number golden: $name"
	else
		failed=$((failed + 1))
		printf '%s\n' "$difference" | sed 's/^/# /'
		echo "not ok $number golden: $name"
	fi
}

# every RENDERER: all texts.
every() {
	local text

	for text in texts/*; do
		call --file "$text" "$@"
	done
}

options() {
	call --file texts/nested --list
	call --file texts/nested --raw --all
	call --file texts/nested --noheadings
	call --file texts/nested --output ns,Level,PNS
	call --file texts/nested --output +STATE,LEVEL
	call --file texts/nested --all --output PID,NS,COMM
	call --file texts/states --output-all --raw
	call --file texts/states --output-all --notruncate
	call --file texts/nested --output ns --output pid
	call --file texts/nested --output NS,NS
	call --file texts/nested --output NS --output +PID
	call --file texts/nested --all --output NS,LEVEL,NPROCS 4026532138
	call --file texts/states 4026532203
	call --file texts/states 4026532200 --list
	call --file texts/states --task 1
	call --version
	call --list-columns
	call --help
}

selections() {
	call --file texts/nested 4026532134
	call --file texts/nested --all 'pid:[4026532138]' 4026532135
	call --file texts/nested 4026532135 4026532134
	call --file texts/nested @155
	call --file texts/nested --task 154
	call --file texts/nested --task 154 --json
	call --file texts/nested --dot 4026532134
	call --file - --task 1 <texts/nested
	call --file texts/branches 12 21
	call --file texts/branches 12 4294967295 --json
	call --file texts/branches 12 21 --dot
	call --file texts/branches --task 40 --dot
	call --file texts/branches @70 --all --list
	call --file texts/states --dot 4026532203
	call --file texts/container --dot
}

levels() {
	call --file texts/nested --pid 155
	call --file texts/nested --pid 4026532133:3
	call --file texts/nested --pid 'pid:[4026532133]:3' --json
	call --file texts/nested --pid @170:2 --raw --output LEVEL,NS,PID,PIDS,COMM
	call --file texts/nested --pid 1 --noheadings
	call --file texts/deep --pid 2147483647
	call --file texts/deep --pid 4294967295:1 --output PIDS
	call --file texts/reused --pid 77
}

mistakes() {
	call --file texts/nested 5
	call --file texts/nested 4026532134 'pid:[5]'
	call --file texts/nested 'pid:[4026532134]x'
	call --file texts/nested 'pid:[4026532134'
	call --file texts/nested 'pid:[+4026532134]'
	call --file texts/nested 'pid:[04026532134]'
	call --file texts/nested ''
	call --file texts/nested cafe
	call --file texts/nested @999
	call --file texts/nested @x
	call --file texts/nested --task 999
	call --file texts/nested --task 4026532134:1
	call --file texts/nested --pid 999
	call --file texts/nested --pid 0
	call --file texts/nested --pid 4294967297
	call --file texts/nested --pid -1
	call --file texts/nested --pid 99999999999999999999
	call --file texts/nested --pid 4026532134:
	call --file texts/nested --pid 4026532134:9
	call --file texts/nested --pid :9
	call --file texts/nested --output NS,NO
	call --file texts/nested --output ''
	call --file texts/nested --output NS,
	call --file texts/nested --json --dot
	call --file texts/nested --json --raw
	call --file texts/nested --dot --output NS
	call --file texts/nested --pid 1 --task 1
	call --file texts/nested --pid 1 4026532134
	call --file texts/nested --pid 1 --dot
	call --file texts/nested --pid 1 --all
	call --file texts/nested --watch
	call --watch --json
	call --watch --pid 1
	call --watch=0
	call --watch=0.009
	call --watch=86401
	call --watch=1,5
	call --watch=1s
	call --watch=nan
	call --file nowhere
	call --file texts
	call --file
	call --bogus
	call --no
	call --json=x
	call -x
	call -aZ
	call --output "$(printf 'NS,%.0s' {1..64})NS"
	call --output "+$(printf 'NS,%.0s' {1..59})NS" --file texts/nested
	call $'--\e[31m'
	call -$'\e'
	call --file $'no\e[31m\n\302\233'
	call --file texts/nested $'\e[31m'
	call --file texts/nested $'@\e[31m'
	call --file texts/nested --pid $'\e[31m'
	call --file texts/nested --output $'\e[31m'
	call --watch=$'\e[31m'
}

# What becomes of one good text by a sed expression each.
refused() {
	local expression

	while IFS= read -r expression; do
		echo "# $expression"
		sed -e "$expression" texts/nested | call --file -
	done <<'END'
$d
$s/end/END/
$s/.*/# end # end/
$a # end
$a more
3,$d
1d
1s/1/2/
1s/1/10/
1s/$/ /
1s/^/ /
3s/^/\n/
3s/.*/   /
2d
2s/level=0/level=1/
2s/level=0/level=33/
2s/level=0/level=-1/
2s/level=0/level=00/
2s/level=0/level=/
2s/level=0/level/
2s/level=0//
2s/level=0/level=0 level=0/
2s/parent=-/parent=1/
2s/ nprocs/    nprocs/
2s/$/  /
2s/owner=0//
2s/userns=4026531837//
3s/ppid=0//
2s/\[/[-/
2s/\]/]x/
2s/pid:\[[0-9]*\]/pid:[]/
2s/4026531836/4294967296/
2s/init=1/init=2/
2s/init=1/init=1,1/
2s/init=1/init=/
2s/nprocs=68/nprocs=4294967296/
2s/nprocs=68/nprocs=+1/
2s/active//
2s/active/a\x1b[31mctive/
2s/owner=0/owner=root/
2s/userns=4026531837/userns=?/
3s/1 /1,1 /
3s/1 /0 /
3s/1 /-1 /
3s/1 /1, /
3s/1 /1x /
3s/1 /2147483648 /
3s/ppid=0/ppid=x/
3s/ppid=0/ppid=0,0/
3s/threads=1/threads=1 threads=1/
3s/state=S/state=SS/
3s/state=S/state=/
3s/state=S/state=\x07/
3s/uid=0/uid=18446744073709551616/
3s/comm=init/comm=\\04/
3s/comm=init/comm=\\400/
3s/comm=init/comm=\\000/
3s/comm=init/comm=\\089/
3s/comm=init/comm=\\0/
3s/comm=init/comm=\xff/
3s/comm=init/comm=\x7f/
3s/comm=init//
4s/  2/  1/
/4026532134/s/parent=4026532133/parent=4026531836/
/4026532134/s/level=2/level=3/
/4026532135\]/s/level=3/level=1/
/4026532136/s/level=1/level=0/
/4026532136/s/level=1 parent=4026531836 init=164,1/level=0 parent=- init=1/
/4026532138/s/4026532138/4026531836/
/4026532136/s/4026532136/4026532138/
/154,2,1 ppid/s/154,2,1/154,2/
/154,2,1 ppid/s/154,2,1/154,2,1,1/
END
	head -c 700 texts/nested | call --file -
	call --file - </dev/null
	head -c 1000 /dev/zero | call --file -
}

# A text that was saved by an editor, or pasted, is whole.
pasted() {
	local expression

	while IFS= read -r expression; do
		echo "# $expression"
		sed -e "$expression" texts/nested | call --file - --output NS,PID,COMM
	done <<'END'
s/$/\r/
3s/$/\r/
3s/comm=init/comm=/;3s/$/\r/
1s/$/\r/
$s/$/\r/
1s/^/\xef\xbb\xbf/;s/$/\r/
$s/$/\n/
$s/$/\n \t\n\r\n/
END
	head -c -1 texts/nested | call --file - --output NS
	printf '%s\r' "$(<texts/nested)" | call --file - --output NS
	printf '%s\n\n  ' "$(<texts/nested)" | call --file - --output NS
	# These are not.
	while IFS= read -r expression; do
		echo "# $expression"
		sed -e "$expression" texts/nested | call --file -
	done <<'END'
$d;s/$/\r/
$d;$s/$/\n/
$s/end/en/
$s/$/ /
$s/$/\r\r/
$s/$/\n\nmore/
3s/$/\r\r/
3s/comm=init/comm=in\rit/
3s/^/\r\n/
1s/^/\xef\xbb\xbf\xef\xbb\xbf/
1s/^/\xef\xbb/
1s/^/\n/
2s/^/\xef\xbb\xbf/
END
	sed '$d' texts/nested | head -c -1 | call --file -
	head -c -2 texts/nested | call --file -
	printf '# pidns_tree 1\r' | call --file -
	printf '\357\273\277' | call --file -
}

# count_bad COMMAND...: how many lines it prints, and how many of them contain
# characters that must be escaped. These are control characters; then, in the
# order of the line that begins with them, U+061C, U+200B, U+200E and U+200F,
# U+2028 to U+202E, U+2060 to U+206F, U+FEFF, U+FFF9 to U+FFFB, U+FFFE and U+FFFF,
# and U+E0000 to U+E007F.
count_bad() {
	"$@" 2>&1 | LC_ALL=C awk '
		/[\001-\010\013-\037\177]|\302[\200-\237]/ ||
		/\330\234|\342\200[\213\216\217\250-\256]|\342\201[\240-\257]/ ||
		/\357\273\277|\357\277[\271-\273\276\277]|\363\240[\200\201]/ { bad++ }
		END { print NR " lines, bad " bad + 0 }'
}

# No output contains a character that a terminal acts on, or that changes how the
# rest of its line is displayed.
unseen() {
	local renderer option word=$'a\e\330\234\342\200\213\342\200\217\342\200\250'
	word+=$'\342\200\256\342\201\246\357\273\277\357\277\271\363\240\201\201'

	for renderer in --list --raw --json --dot --all --output-all; do
		printf '%s ' $renderer
		count_bad "${program[@]}" --file texts/names --all $renderer
	done
	for option in --file --task --pid --output --watch= --bogus --json= -- -; do
		printf '%s ' "$option"
		count_bad "${program[@]}" --file texts/names "$option$word"
		printf '%s ' "$option"
		count_bad "${program[@]}" --file texts/names "$option" "$word"
	done
}

# Where output goes that cannot be written.
unwritable() {
	echo full
	"${program[@]}" --file texts/nested >/dev/full
	echo "exit status $?"
	"${program[@]}" --file texts/deep --json >/dev/full
	echo "exit status $?"
	echo closed
	"${program[@]}" --file texts/nested >&-
	echo "exit status $?"
	echo pipe
	write_to_closed_pipe env --default-signal=PIPE
	echo pipe, with the signal ignored
	write_to_closed_pipe env --ignore-signal=PIPE
}

# write_to_closed_pipe COMMAND...: have that command start the program, and close
# the pipe before the program writes to it.
write_to_closed_pipe() {
	{
		"$@" "${program[@]}" --file - --all < <(
			head -n -1 texts/nested
			yes '# so that it takes its time' | head -n 100000
			echo '# end'
		)
		echo "exit status $?" >&2
	} | true
}

golden "tables" every
golden "processes" every --all
golden "JSON" every --json
golden "pictures" every --dot --all
golden "picture without threads of the kernel" call --file texts/nested --dot
golden "options" options
golden "selections" selections
golden "levels" levels
golden "mistakes" mistakes
golden "refused" refused
golden "pasted" pasted
golden "unseen" unseen
golden "unwritable" unwritable
echo "1..$number"
[ $failed -eq 0 ]
