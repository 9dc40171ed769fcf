#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# run.sh PIDNSTREE...: have that program, or that command with the program as its
# last word, print canned texts, and compare with what it printed when somebody
# looked at it and found it right. A line of KTAP for each.
#
# UPDATE=1 takes what is printed now as right. Look at the difference. SKIP is a
# list of names of tests, with spaces around each, that are not run.

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

	[[ " ${SKIP:-} " != *" $name "* ]] || return 0
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
	call --file texts/branches 'pid:[12]' 'pid:[21]'
	call --file texts/branches 'pid:[12]' 4294967295 --json
	call --file texts/branches 'pid:[12]' 'pid:[21]' --dot
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

# What people ask of a machine with containers, by a saved copy of one.
asked() {
	call --proc saved/host "$@"
}

processes() {
	asked 3010
	asked 3010 3300 5011
	asked 3010 3300 --json
	asked 5011 --raw
	asked 3010 3300 --raw --noheadings
	asked 5011 --output PIDS,UNIT,ENGINE
	asked 3010 --output +ENGINE
	asked --pid 5011
	asked --pid 5011 --json
	asked --pid 3010 --pid 3300
	asked --pid 3010 3300 --json
	asked web:2
	asked 4026532620:20 @5000:21
	asked d4e5f6:3 docker://web:4
	asked shop-0:7
	asked '*:7'
	asked '*:2' '*:8'
	asked '*:2' --raw
	asked '*:2' --json
	asked '*:2' 3010
	asked 3011
	asked 3010 3011
	asked 3011 --json
	asked shop-0:9
	asked @3010:8
	asked --pid 3011
	asked 4005 4006
	asked --task 3011
	asked @3011
}

containers() {
	asked web
	asked --all d4e5f6
	asked "docker://$(sed 's/.*docker-\(.*\)\.scope/\1/' saved/host/4000/cgroup)"
	asked containerd://web
	asked test/web
	asked prod/shop-0
	asked 7d8e9f00-aaaa-bbbb-cccc-ddddeeeeffff
	asked dind --all
	asked dind --json
	asked 'data base'
	asked 123456789012
	asked log-tail
	asked --all log-tail
	asked --all log-tail web
	asked box-1
	asked box
	asked box-2
	asked --json log-tail
	asked log-tail:9
	asked --all toolbox
	asked --all exporter-x7
	asked toolbox:6001
	asked @8001 --output NS,COMMAND,UNIT,CONTAINER
	asked $'\e]0;pwned\a<b>&"x\u00e9\u202eevil' --output NS,CONTAINER
	call --proc saved/docker --dot --all
	call --proc saved/sandboxes --all 5a5a5a5a-1111-2222-3333-444455556666
	call --proc saved/sandboxes --all bbbbbbbbbbbb cccccccccccc
	call --proc saved/sandboxes org.example.Browser:2
	call --proc saved/sandboxes deb:1
	call --proc saved/sandboxes deb
	call --proc saved/sandboxes de
	call --proc saved/sandboxes --all --no-kthreads
	call --proc saved/limited
	call --proc saved/limited --all dddddddddddd
	call --proc saved/limited --forest
}

host() {
	asked
	asked --all
	asked --all --no-kthreads
	asked --all --forest
	asked --zombies
	asked --zombies --list
	asked --json --zombies
	asked --output NS,NPROCS,TASKS,ZOMBIES,UNIT,CGROUP
	asked --output NS,CONTAINER,NAME,ENGINE,POD,PODNAME --raw
	asked --json --all
	asked --dot
	asked -t pid -T -W --tree=parent web
	call --file texts/states --zombies
	call --file texts/nested --forest
	call --file texts/server --forest
}

# A copy of a saved directory is the same, but for processes without files.
save() {
	local copy status

	copy=$(mktemp -d) || return
	"${program[@]}" --proc saved/host --save "$copy/host"
	echo "exit status $?"
	diff -r saved/host "$copy/host" | sed "s|$copy|DIRECTORY|"
	find "$copy/host" -printf '%m\n' | sort | uniq -c
	"${program[@]}" --proc saved/host --save "$copy/host" 2>&1 |
		sed "s|$copy|DIRECTORY|"
	"${program[@]}" --proc saved/host --save "$copy/no/host" 2>&1 |
		sed "s|$copy|DIRECTORY|"
	"${program[@]}" --proc "$copy/no" 2>&1 | sed "s|$copy|DIRECTORY|"
	ln -s nowhere "$copy/link"
	"${program[@]}" --proc saved/host --save "$copy/link/" 2>&1 |
		sed "s|$copy|DIRECTORY|"
	mkdir "$copy/source"
	cp texts/limited "$copy/source/pidns_tree"
	"${program[@]}" --proc "$copy/source" --save "$copy/limited/"
	echo "exit status $?"
	rm -r "$copy"
}

# strange DIRECTORY ARGUMENT...: have the program read something that a stranger
# has made, and that can block or never ends.
strange() {
	local directory=$1
	shift

	printf '$ pidnstree %s\n' "${*//$directory/DIRECTORY}"
	timeout 60 "${program[@]}" "$@" 2>&1 | sed "s|$directory|DIRECTORY|"
	echo "exit status ${PIPESTATUS[0]}"
}

# A saved directory from a stranger has something else in the place of its files.
strange_directories() {
	local directory proc file

	directory=$(mktemp -d) || return
	proc=$directory/proc
	cp -r saved/host "$directory/host"
	ln -s host "$proc"
	echo '# the directory itself may be a symbolic link'
	strange "$directory" --proc "$proc" 3010

	file=$proc/pidns_tree
	mv "$file" "$directory/pidns_tree"
	echo '# pidns_tree is a FIFO'
	mkfifo "$file"
	strange "$directory" --proc "$proc"
	echo '# pidns_tree is a symbolic link'
	ln -sf /dev/zero "$file"
	strange "$directory" --proc "$proc"
	ln -sf ../pidns_tree "$file"
	strange "$directory" --proc "$proc"
	ln -sf container_names "$file"
	strange "$directory" --proc "$proc"
	echo '# pidns_tree is a directory'
	rm "$file"
	mkdir "$file"
	strange "$directory" --proc "$proc"
	rmdir "$file"
	echo '# pidns_tree is a sparse file'
	truncate -s 2G "$file"
	strange "$directory" --proc "$proc"
	printf '# pidns_tree 1\n' | dd of="$file" conv=notrunc status=none
	strange "$directory" --proc "$proc"
	mv "$directory/pidns_tree" "$file"

	echo '# files of processes are symbolic links'
	echo secret >"$directory/secret"
	ln -sf /etc/hostname "$proc/3010/cmdline"
	strange "$directory" --proc "$proc" 3010
	ln -sf ../../secret "$proc/3010/cmdline"
	ln -sf ../3000/cgroup "$proc/3010/cgroup"
	strange "$directory" --proc "$proc" 3010
	mv "$proc/3010/task/3011" "$directory/3011"
	ln -s ../../../3011 "$proc/3010/task/3011"
	strange "$directory" --proc "$proc" 3011
	mv "$proc/3010/task" "$directory/task"
	ln -s ../../task "$proc/3010/task"
	strange "$directory" --proc "$proc" 3012
	mv "$proc/4000" "$directory/4000"
	ln -s ../4000 "$proc/4000"
	strange "$directory" --proc "$proc" --raw 4000
	echo '# files of processes are FIFOs and directories'
	rm "$proc/3010/cmdline" "$proc/3010/cgroup" "$proc/3010/task"
	mkfifo "$proc/3010/cmdline" "$proc/3010/task"
	mkdir "$proc/3010/cgroup"
	strange "$directory" --proc "$proc" 3010
	strange "$directory" --proc "$proc" 3011
	strange "$directory" --proc "$proc" --save "$directory/copy"
	(cd "$directory/copy" && find 3010 4000 | sort)

	echo '# --file'
	mkfifo "$directory/fifo"
	timeout 60 cat texts/nested >"$directory/fifo" &
	strange "$directory" --file "$directory/fifo" --output NS
	ln -s "$(realpath texts/nested)" "$directory/link"
	strange "$directory" --file "$directory/link" --output NS
	strange "$directory" --file /dev/zero
	yes '# pidns_tre' | strange "$directory" --file -
	rm -r "$directory"
}

# await FILE WORDS COUNT: there are so many lines with these words.
await() {
	local file=$1 words=$2 count=$3 i

	for ((i = 0; i < 1200; i++)); do
		[ "$(grep -c -e "$words" "$file")" -ge "$count" ] && return
		sleep 0.05
	done
	echo "$count lines with '$words' did not come"
	return 1
}

# watch ARGUMENT...: begin to watch a copy of saved/host in $directory.
watch() {
	echo "\$ pidnstree --watch $*"
	rm -rf "$directory/host"
	cp -r saved/host "$directory"
	: >"$directory/out"
	"${program[@]}" --proc "$directory/host" --watch=0.05 "$@" \
		>"$directory/out" 2>&1 &
	watcher=$!
}

# edit EXPRESSION...: change the tree that is watched, all at once. Without an
# expression, all is as at first.
edit() {
	local tree=$directory/host/pidns_tree expression arguments=(-e '')

	[ $# -gt 0 ] || cp saved/host/pidns_tree "$tree.new"
	for expression; do
		arguments+=(-e "$expression")
	done
	[ $# -eq 0 ] || sed "${arguments[@]}" "$tree" >"$tree.new"
	mv "$tree.new" "$tree"
}

# move PID CGROUP: move a process to a cgroup; without CGROUP, it cannot be read.
move() {
	local file=$directory/host/$1/cgroup

	rm -f "$file"
	[ $# -eq 1 ] || echo "0::$2" >"$file"
}

# see WORDS [COUNT]: wait for lines with these words.
see() {
	await "$directory/out" "$1" "${2:-1}"
}

# watched_until end|kill: what was printed, until the program ends or is ended.
watched_until() {
	local i status

	for ((i = 0; i < 1200; i++)); do
		[ "$1" = end ] || break
		kill -0 $watcher 2>/dev/null || break
		sleep 0.05
	done
	kill $watcher 2>/dev/null
	wait $watcher
	status=$?
	sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[-+][0-9]{4}/TIME/' \
		"$directory/out"
	echo "exit status $status"
}

# A namespace ends, one changes its state, and all is as before again.
watch_changes() {
	watch "$@"
	see 4026532660
	edit '/4026532660\]/,/7000,1 /d'
	see '- pid\|ended'
	edit '/4026532680\]/s/active/dying/; /4001,2 /d'
	see '~ pid\|changed'
	edit
	see '~ pid\|changed' 2
	watched_until kill
}

# A process of one container has moved to another when it ends. Of a zombie and of
# a process whose cgroup cannot be read, the container is still known.
watch_cgroups() {
	local web

	web=/system.slice/docker-d4e5f6$(printf '1%.0s' {1..58}).scope
	watch --all --list --output NS,PIDS web "data base" 4026532680
	see 4026532680
	move 4004 "$web"
	move 4001
	move 4002 /
	move 7000
	edit '/4026532680\]/s/active/dying/; s/4004,5\(.*\)=tail/4004,5\1=reused/' \
		'/4026532660\]/s/active/dying/'
	see '~ pid' 2
	edit '/ 400[124],/d; /4026532660\]/,/7000,1 /d'
	see '- 7000'
	watched_until kill
}

# A namespace without zombies is freed. Others get zombies and lose them, which does
# not create or free them.
watch_zombies() {
	watch --zombies --list --output NS,PIDS
	see 4003,4
	edit '/4026532660\]/,/7000,1 /d'
	see '- pid'
	edit '/ 400[23],/d' '/3010,7/s/state=R/state=Z/; /3010,7/s/threads=3/threads=1/'
	see '- 4003'
	edit
	see '+ 4003'
	watched_until kill
}

# The namespace of a process, and a new one below it, outlive the process. Another
# process gets its PID. The end of another namespace is not printed.
watch_process() {
	watch @3010
	see 4026532600
	edit '/3010,7 /d' '/4026532660\]/,/7000,1 /d' \
		'/^  1500 /a\  3010 ppid=1 threads=1 state=S uid=0 comm=reused' \
		'/ 3000,1 ppid/a\    pid:[4026532601] level=2 parent=4026532600 init=3020,8,1 nprocs=1 state=active owner=0 userns=4026531837\n      3020,8,1 ppid=3000 threads=1 state=S uid=0 comm=child'
	see '4026532601'
	edit '/4026532600\]/,/3020,8,1 ppid/d'
	watched_until end
}

# The parents of the namespace of a process outlive it.
watch_task() {
	watch --all --no-kthreads --list --output NS,PIDS --task 5011
	see 5011
	edit '/5011,11,8 /d'
	see '- 5011'
	edit '/4026532621\]/,/5010,10,1 /d'
	watched_until end
}

# A name that moves to another container. What was found first is watched.
watch_name() {
	watch "data base"
	see 4026532660
	move 7000 /system.slice/other.service
	cp saved/host/7000/cgroup "$directory/host/7100/cgroup"
	edit '/4026532660\]/s/active/dying/'
	see '~ pid'
	edit '/4026532660\]/,/7000,1 /d'
	watched_until end
}

# A container that shares the namespace of the host, and creates one in it.
watch_shared() {
	watch --all --list --output NS,PIDS toolbox
	see 6002
	mkdir "$directory/host/6003"
	cp saved/host/6000/cgroup "$directory/host/6003"
	edit '/^  6001 /a\  6003 ppid=6000 threads=1 state=S uid=0 comm=top'
	see '+ 6003'
	edit '/^  600[013] /d'
	see '- 6003'
	edit '/4026532650\]/,/6002,1 /d'
	watched_until end
	watch --json exporter-x7
	see 3300
	edit '/^  3300 /d'
	watched_until end
}

# What remains on a terminal after the screen: lines about namespaces, of which the
# second has no zombies.
watch_on_terminal() {
	local command

	echo "\$ pidnstree --watch $* # on a terminal"
	rm -rf "$directory/host"
	cp -r saved/host "$directory"
	: >"$directory/out"
	printf -v command '%q ' "${program[@]}" --proc "$directory/host" \
		--watch=0.05 "$@"
	TERM=xterm script -qefc "$command" "$directory/out" </dev/null \
		>/dev/null 2>&1 &
	watcher=$!
	see 'q quits'
	edit '/4026532660\]/,/7000,1 /d' '/4026532610\]/,/4005,6 /d'
	watched_until end >"$directory/said"
	tr -d '\r' <"$directory/said" | sed -E 's/.*\x1b\[\?1049l//
		/\x1b|^Script |^$/d; s/^[0-9:]{8} /TIME /'
}

watched() {
	local directory watcher

	directory=$(mktemp -d) || return
	watch_changes --output NS,NPROCS,CONTAINER,NAME
	watch_changes --all --no-kthreads --list --output NS,PIDS
	watch_changes --json --no-kthreads
	watch_cgroups
	watch_zombies
	watch_process
	watch_task
	watch_name
	watch_shared
	watch_on_terminal --zombies 4026532610 4026532660
	rm -r "$directory"
}

mistakes() {
	call --file texts/nested 5
	call --file texts/nested 4294967
	call --file texts/nested 12345678901
	call --file texts/nested 4026532999
	call --file texts/nested '*:9'
	call --file texts/nested '*:'
	call --file texts/nested '*'
	call --file texts/nested docker://
	call --file texts/nested docker://web:1
	call --file texts/nested 155 4026532134
	call --file texts/nested 155 web
	call --file texts/nested -w 5
	call --watch 5
	call --proc saved/host d4e5f
	call --proc saved/host cafe
	call --proc saved/host 12345
	call --proc saved/host dind:8
	call --proc saved/host --pid web
	call --proc saved/host --pid 3010 web
	call --proc saved/nowhere
	call --proc saved/host --file texts/nested
	call --save nowhere --json
	call --save nowhere web
	call --save nowhere --file texts/nested
	call --forest --list
	call --forest --json
	call --type net
	call --tree=owner
	call -P 1
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
	call --watch --dot
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
3s/comm=init/comm=\\040a\\089/
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
	local closed

	closed=$(mktemp -d) || return
	{
		"$@" "${program[@]}" --file - --all < <(
			head -n -1 texts/nested
			until [ -e "$closed/yes" ]; do
				sleep 0.01
			done
			echo '# end'
		)
		echo "exit status $?" >&2
	} | {
		exec <&-
		: >"$closed/yes"
	}
	rm -r "$closed"
}

golden "tables" every
golden "all processes" every --all
golden "JSON" every --json
golden "pictures" every --dot --all
golden "picture without threads of the kernel" call --file texts/nested --dot
golden "options" options
golden "selections" selections
golden "levels" levels
golden "processes that were asked for" processes
golden "containers that were asked for" containers
golden "host" host
golden "save" save
golden "strange directories" strange_directories
golden "watched" watched
golden "mistakes" mistakes
golden "refused" refused
golden "pasted" pasted
golden "unseen" unseen
golden "unwritable" unwritable
echo "1..$number"
[ $failed -eq 0 ]
