#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# run.sh PIDNSTREE...: run the program on saved input and compare its output with
# the reviewed output in outputs/. PIDNSTREE may be a command that ends with the
# path of the program, such as 'valgrind -q ./pidnstree'. Prints a KTAP line for
# each test.
#
# UPDATE=1 replaces the files in outputs/; review the difference before a commit.
# SKIP lists files in outputs/ whose tests are skipped, separated by spaces.

# A UTF-8 locale that is always installed.
export LC_ALL=C.UTF-8

program=("${@:1:$#-1}" "$(realpath -e "${!#}")") || exit 1
cd "$(dirname "$0")" || exit 1
number=0
failed=0
transcript=$(mktemp) || exit 1
trap 'rm -f "$transcript"' EXIT

# call ARGUMENT...: print the command line, the output and a nonzero exit status.
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

# golden FILE NAME COMMAND...: the command prints the contents of outputs/FILE.
golden() {
	local file=$1 name=$2 difference
	shift 2

	[[ " ${SKIP:-} " != *" $file "* ]] || return 0
	"$@" >"$transcript" 2>&1
	number=$((number + 1))
	[ -z "${UPDATE:-}" ] || cp "$transcript" "outputs/$file"
	if difference=$(diff -u "outputs/$file" "$transcript"); then
		echo "ok $number golden: $name"
	else
		failed=$((failed + 1))
		printf '%s\n' "$difference" | sed 's/^/# /'
		echo "not ok $number golden: $name"
	fi
}

# every_file OPTION...: print every saved file with these options.
every_file() {
	local file

	for file in texts/*; do
		call --file "$file" "$@"
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

# on_host ARGUMENT...: like call, on a saved host with containers.
on_host() {
	call --proc saved/host "$@"
}

# on_saved DIRECTORY ARGUMENT...: like call, on this saved directory.
on_saved() {
	local directory=$1
	shift

	printf '$ pidnstree'
	printf ' %q' "$@"
	echo
	"${program[@]}" --proc "$directory" "$@" 2>&1
}

processes() {
	on_host 3010
	on_host 3010 3300 5011
	on_host 3010 3300 --json
	on_host 5011 --raw
	on_host 3010 3300 --raw --noheadings
	on_host 5011 --output PIDS,UNIT,ENGINE
	on_host 3010 --output +ENGINE
	on_host --pid 5011
	on_host --pid 5011 --json
	on_host --pid 3010 --pid 3300
	on_host --pid 3010 3300 --json
	on_host web:2
	on_host 4026532620:20 @5000:21
	on_host d4e5f6:3 docker://web:4
	on_host shop-0:7
	on_host '*:7'
	on_host '*:2' '*:8'
	on_host '*:2' --raw
	on_host '*:2' --json
	on_host '*:2' 3010
	on_host 3011
	on_host 3010 3011
	on_host 3011 --json
	on_host shop-0:9
	on_host @3010:8
	on_host --pid 3011
	on_host 4005 4006
	on_host --task 3011
	on_host @3011
}

containers() {
	on_host web
	on_host --all d4e5f6
	on_host "docker://$(sed 's/.*docker-\(.*\)\.scope/\1/' saved/host/4000/cgroup)"
	on_host containerd://web
	on_host test/web
	on_host prod/shop-0
	on_host 7d8e9f00-aaaa-bbbb-cccc-ddddeeeeffff
	on_host dind --all
	on_host dind --json
	on_host 'data base'
	on_host 123456789012
	on_host log-tail
	on_host --all log-tail
	on_host --all log-tail web
	on_host box-1
	on_host box
	on_host box-2
	on_host --json log-tail
	on_host log-tail:9
	on_host --all toolbox
	on_host --all exporter-x7
	on_host toolbox:6001
	on_host @8001 --output NS,COMMAND,UNIT,CONTAINER
	on_host $'\e]0;pwned\a<b>&"x\u00e9\u202eevil' --output NS,CONTAINER
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
	on_host
	on_host --all
	on_host --all --no-kthreads
	on_host --all --forest
	on_host --zombies
	on_host --zombies --list
	on_host --json --zombies
	on_host --output NS,NPROCS,TASKS,ZOMBIES,UNIT,CGROUP
	on_host --output NS,CONTAINER,NAME,ENGINE,POD,PODNAME --raw
	on_host --json --all
	on_host --dot
	on_host -t pid -T -W --tree=parent web
	call --file texts/states --zombies
	call --file texts/nested --forest
	call --file texts/server --forest
}

# Print process groups, sessions and struct pids. A module before version 0.2 does not
# report them. The last command prints, for each namespace, the difference between
# the struct pids that the file shows and their number: 0.
groups_and_sessions() {
	call --file texts/groups
	call --file texts/groups --all
	call --file texts/groups --forest
	call --file texts/groups --all --list
	call --file texts/groups --all --raw
	call --file texts/groups --all --raw --output NS,PIDS,COMM
	call --file texts/groups --all --output PIDS,PGID,SID,ROLES,COMM,NPIDS
	call --file texts/groups --zombies --output +ROLES
	call --file texts/groups --all 4026532301
	call --file texts/groups --all --output-all --raw 4026532300
	call --file texts/groups --json --all 4026532300
	call --file texts/groups --dot 4026532310
	sed -e 's/ pgid=[0-9]* sid=[0-9]*//' -e 's/ pids=[0-9]*//' \
		-e '/^ *id:/d' texts/groups |
		call --file - --all --output NPIDS,PIDS,PGID,SID,ROLES,COMM
	jq -r '.. | objects | select(.npids) | ([.. | .threads? // empty] | add // 0) +
		([.. | .ids? // empty | .[]] | length) - .npids' \
		<<<"$("${program[@]}" --file texts/groups --json)"
}

# A PID that is only the ID of a process group or session.
ids() {
	call --file texts/groups 507
	call --file texts/groups 505
	call --file texts/groups 507 600 507
	call --file texts/groups 310 320
	call --file texts/groups 4026532300:7
	call --file texts/groups 4026532301:20 @510:5
	call --file texts/groups '*:7'
	call --file texts/groups '*:1'
	call --file texts/groups '*:7' '*:20'
	# The PID 4 names this process in two namespaces.
	sed '/ 8,3,1 /a\      9,4,4 ppid=8 threads=1 state=S uid=0 comm=I' texts/textbook |
		call --file - '*:4'
	call --file texts/groups '*:5' 400
	call --file texts/groups --raw 320
	call --file texts/groups --noheadings 320
	call --file texts/groups 507 --output PID,PIDS,TASK,NS,LEVEL,COMMAND,ROLES
	call --file texts/groups --pid 505
	call --file texts/groups --json 507 310
	call --file texts/groups --json --pid 505
	call --file texts/groups --json --pid 505 --pid 1
	call --file texts/groups --json '*:5'
	call --file texts/groups --dot 600
	call --file texts/groups --task 505
	call --file texts/groups --all @600
	call --file texts/groups 7
	call --file texts/groups 4026532300:8
	call --file texts/groups '*:8'
	call --file texts/groups --pid 0
}

# The structures behind processes and IDs.
structures() {
	call --file texts/textbook --struct 8
	call --file texts/groups --struct 510
	call --file texts/groups --struct 1 --struct 310 402
	call --file texts/groups --struct 402 --json
	call --file texts/groups --struct 402 --dot
	call --file texts/groups --struct 2
	call --file texts/groups --struct 507
	call --file texts/groups --struct 505 600 --json
	call --file texts/groups --struct 600 --dot
	call --file texts/groups --struct 4026532301:1 4026532300:6
	call --file texts/groups --struct '*:7'
	call --file texts/groups --struct 506 '*:6'
	call --file texts/groups --struct 506 '*:6' --json
	call --file texts/groups --struct 506 '*:6' --dot
	LC_ALL=C call --file texts/groups --struct 310
	call --file texts/nested --struct @170:2
	call --file texts/deep --struct 2147483647
	call --file texts/names --struct 1 --struct 2 --struct 3
	call --file texts/limited --struct 720
}

# The structures behind processes in an incomplete view. The sed commands add process
# groups and sessions: the session 690 is hidden, process 2 of the container is in a
# group of the host, and so are all sessions.
structures_in_part() {
	local text

	text=$(sed -e 's/ ppid=[0-9]*/& pgid=690 sid=690/' \
		-e '/ 700 /s/pgid=690/pgid=700/' texts/limited)
	call --file - --struct 700 --struct 705 <<<"$text"
	call --file - --struct 705 --json <<<"$text"
	call --file - --struct 705 --dot <<<"$text"
	text=$(sed -e 's/ ppid=[0-9]*/& pgid=9 sid=0/' -e '/ 2 /s/pgid=9/pgid=0/' \
		-e '/ 4 /a\  id:9 roles=pgid' texts/container)
	call --file - --struct 2 --struct 3 <<<"$text"
	call --file - --struct 2 --struct 3 --json <<<"$text"
	call --file - --struct 2 --struct 9 --dot <<<"$text"
	# While the file was read, a session leader and the member of a group exited.
	text=$(sed -e '/^  300 /d' -e '/^  321 /d' texts/groups)
	call --file - --struct 310 320 <<<"$text"
}

# Lists with more elements than a drawing has. Process 3010 has 12 threads in procfs
# and 2 that exited before procfs was read. The name of a thread is U+0378, which has
# no character, and U+697D, which has two columns.
structures_with_many() {
	local directory text tid

	text=$(sed 's/ ppid=[0-9]*/& pgid=1 sid=1/' texts/crowd)
	call --file - --struct 1 <<<"$text"
	call --file - --struct 1 --dot <<<"$text"
	call --file - --struct 1 --json <<<"$text" | wc
	directory=$(mktemp -d) || return
	cp -r saved/host "$directory"
	sed -i '/3010,7 /s/threads=3/threads=14/' "$directory/host/pidns_tree"
	for tid in {3013..3021}; do
		mkdir "$directory/host/3010/task/$tid"
		sed -e "s/3011\t8/$tid\t$((tid - 3003))/" -e 's/#0/#1/' \
			saved/host/3010/task/3011/status \
			>"$directory/host/3010/task/$tid/status"
	done
	sed -i '/^Name/s/\t.*/\t\xcd\xb8\xe6\xa5\xbd/' "$directory/host/3010/task/3014/status"
	on_saved "$directory/host" --struct 3010
	on_saved "$directory/host" --struct 3012 --dot
	on_saved "$directory/host" --struct 3021 3010
	on_saved "$directory/host" --struct 3021 3010 --dot
	on_saved "$directory/host" --struct 3010 3021 --dot
	# The PID 3010 was reused for a thread of another process.
	sed -i '/^Tgid/s/\t.*/\t99/' "$directory/host"/3010/task/*/status
	on_saved "$directory/host" --struct 3010
	rm -r "$directory"
}

# The structures behind the threads of a process.
structures_of_threads() {
	on_host --struct 3010
	on_host --struct 3011
	on_host --struct 3010 --json
	on_host --struct 3010 --dot
	on_host --struct 3010 3012
	on_host --struct 3010 3012 --json
	on_host --struct 3010 3012 --dot
	on_host --struct 3012 3010 3011
	on_host --struct web:6
	on_host --struct 700
	on_host --struct 700 --dot
	on_host --struct dind:10
}

# The container toolbox shares the namespace of the host. Two of the IDs there have
# members in the container. The namespace of one pod is unknown. At the end, the command
# line of process 3010 takes several reads.
host_with_ids() {
	local directory

	directory=$(mktemp -d) || return
	cp -r saved/host "$directory"
	sed -i -e 's/ ppid=[0-9]*/& pgid=1 sid=1/' \
		-e '/^  600[01] /s/pgid=1 sid=1/pgid=5999 sid=5998/' \
		-e '/^    4004,5 /s/pgid=1/pgid=4010/' \
		-e '/^    4005,6 /a\    id:4010,8 roles=pgid' \
		-e '/^  3300 /a\  id:5998 roles=sid\n  id:5999 roles=pgid' \
		-e '/^  6001 /a\  id:7990 roles=pgid,sid' "$directory/host/pidns_tree"
	sed -i 's/ web test$/ web -/' "$directory/host/container_names"
	on_saved "$directory/host" --all --no-kthreads --output NS,PIDS,CONTAINER,ROLES
	on_saved "$directory/host" --all toolbox
	on_saved "$directory/host" --json --all exporter-x7
	on_saved "$directory/host" 'd4e5f6:8'
	on_saved "$directory/host" '*:8'
	on_saved "$directory/host" log-tail:8 3010
	on_saved "$directory/host" --all log-tail
	on_saved "$directory/host" --json --zombies 4026532610
	on_saved "$directory/host" --zombies --output PIDS,ROLES 4026532610
	on_saved "$directory/host" 3011 --output +ROLES
	on_saved "$directory/host" --output NS,CONTAINER,NAME 4010
	on_saved "$directory/host" --output NS,NAME,PODNAME redis web
	seq 5000 | tr '\n' '\0' >"$directory/host/3010/cmdline"
	"${program[@]}" --proc "$directory/host" --json 3010 |
		jq -r '.processes[].command' | tr ' ' '\n' | cmp - <(seq 5000)
	rm -r "$directory"
}

# series ARGUMENT...: print the series, the time of the read as TIME, IDs shortened,
# and the series that occur twice.
series() {
	call "$@" | grep -v '^#' | sed -E \
		-e 's/^(pidns_read_duration_seconds) [0-9.]+$/\1 TIME/' \
		-e 's/([0-9a-f]{6})[0-9a-f]{58}"/\1..."/' >"$directory/series"
	sed "s|$directory|DIRECTORY|" "$directory/series"
	sed 's/ [^ ]*$//' "$directory/series" | sort | uniq -d
}

# In the saved copy of a host, an ID and three names have characters that the format
# escapes, and bytes that are not UTF-8. IDs that differ only in such bytes have
# series of their own. An ID that looks like the escaped form of another one does not.
# A namespace is dying, others have limits, and there are several owners.
hostile_series() {
	local host=$directory/host

	rm -rf "$host"
	cp -r saved/host "$host"
	sed -i -e 's/ web / \\042a\\134b\\012\\303\\251\\377\\134377 /' \
		-e 's/ dind / \\033]0;x\\007\\342\\200\\256 /' \
		-e 's/ app shop-0 / app \\134\\042\\012 /' "$host/container_names"
	printf '0::/lxc.payload.x\377\n' >"$host/8200/cgroup"
	printf '0::/lxc.payload.x\376\n' >"$host/8300/cgroup"
	printf '0::/lxc.payload.x\\377\n' >"$host/8310/cgroup"
	sed -i -e '/4026532610/s/active/dying/' \
		-e '/\[402653262[0-9]\]/s/$/ pids=9 pid_max=99 nsid=18446744073709551615/' \
		-e '/\[4026532660\]/s/owner=0/owner=1000/' \
		-e '/\[4026532670\]/s/owner=0/owner=4294967295/' \
		-e '/\[4026532680\]/s/owner=0/owner=1000/' "$host/pidns_tree"
	mkdir -p "$host/sys/user" "$host/sys/kernel"
	echo 127 >"$host/sys/user/max_pid_namespaces"
	echo 32768 >"$host/sys/kernel/pid_max"
}

# Metrics with headers, of containers, of namespaces without a container, and over
# the limit. Each limit gives the same totals.
metrics() {
	local directory limit

	directory=$(mktemp -d) || return
	on_host --metrics=1 | sed -E 's/^(pidns_read_duration_seconds) [0-9.]+$/\1 TIME/'
	series --proc saved/host --metrics=0 --metrics
	series --proc saved/host --metrics --all | grep -v pidns_container
	for limit in 1000 5 0; do
		"${program[@]}" --proc saved/host --metrics=$limit --all |
			awk -F '[{ ]' '/^pidns_(container|namespace|summed)_(processes|threads|zombies|init_zombies|namespaces)/ {
				sub(/^pidns_[a-z]*_/, "", $1); sum[$1] += $NF
			} END { for (name in sum) print name, sum[name] }' | sort
	done
	series --proc saved/docker --metrics
	series --proc saved/sandboxes --metrics
	series --proc saved/sandboxes --metrics=1 | grep pidns_container_processes
	series --file texts/states --metrics --all
	series --file texts/groups --metrics
	series --file texts/limited --metrics --all
	series --file texts/hidden --metrics
	series --proc saved/limited --metrics
	hostile_series
	series --proc "$directory/host" --metrics |
		grep -vE 'container_(threads|.*zombies)'
	count_bad cat "$directory/series"
	iconv -f UTF-8 -t UTF-8 "$directory/series" | wc -l
	series --proc "$directory/host" --metrics=1
	echo max >"$directory/host/sys/user/max_pid_namespaces"
	"${program[@]}" --proc "$directory/host" --metrics | grep -c owner_namespaces_max
	rm -r "$directory"
}

# A copy of a saved directory equals the original, except that it has no
# directory for a process without files.
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
	# A file that is larger than the buffer of stdio and than the limit.
	cp texts/crowd "$copy/source/pidns_tree"
	(
		trap '' XFSZ
		ulimit -f 8
		"${program[@]}" --proc "$copy/source" --save "$copy/crowd"
		echo "exit status $?"
	) 2>&1 | sed "s|$copy|DIRECTORY|"
	rm -r "$copy"
}

# call_untrusted DIRECTORY ARGUMENT...: like call, on a saved directory that an
# attacker may have prepared so that a read blocks or never ends.
call_untrusted() {
	local directory=$1
	shift

	printf '$ pidnstree %s\n' "${*//$directory/DIRECTORY}"
	timeout 60 "${program[@]}" "$@" 2>&1 | sed "s|$directory|DIRECTORY|"
	echo "exit status ${PIPESTATUS[0]}"
}

# Files of a saved directory are replaced by FIFOs, symbolic links and directories.
untrusted_directories() {
	local directory proc file

	directory=$(mktemp -d) || return
	proc=$directory/proc
	cp -r saved/host "$directory/host"
	ln -s host "$proc"
	echo '# the directory itself may be a symbolic link'
	call_untrusted "$directory" --proc "$proc" 3010

	file=$proc/pidns_tree
	mv "$file" "$directory/pidns_tree"
	echo '# pidns_tree is a FIFO'
	mkfifo "$file"
	call_untrusted "$directory" --proc "$proc"
	echo '# pidns_tree is a symbolic link'
	ln -sf /dev/zero "$file"
	call_untrusted "$directory" --proc "$proc"
	ln -sf ../pidns_tree "$file"
	call_untrusted "$directory" --proc "$proc"
	ln -sf container_names "$file"
	call_untrusted "$directory" --proc "$proc"
	echo '# pidns_tree is a directory'
	rm "$file"
	mkdir "$file"
	call_untrusted "$directory" --proc "$proc"
	rmdir "$file"
	echo '# pidns_tree is a sparse file'
	truncate -s 2G "$file"
	call_untrusted "$directory" --proc "$proc"
	printf '# pidns_tree 1\n' | dd of="$file" conv=notrunc status=none
	call_untrusted "$directory" --proc "$proc"
	mv "$directory/pidns_tree" "$file"

	echo '# files of processes are symbolic links'
	echo secret >"$directory/secret"
	ln -sf /etc/hostname "$proc/3010/cmdline"
	call_untrusted "$directory" --proc "$proc" 3010
	ln -sf ../../secret "$proc/3010/cmdline"
	ln -sf ../3000/cgroup "$proc/3010/cgroup"
	call_untrusted "$directory" --proc "$proc" 3010
	mv "$proc/3010/task/3011" "$directory/3011"
	ln -s ../../../3011 "$proc/3010/task/3011"
	call_untrusted "$directory" --proc "$proc" 3011
	mv "$proc/3010/task" "$directory/task"
	ln -s ../../task "$proc/3010/task"
	call_untrusted "$directory" --proc "$proc" 3012
	mv "$proc/4000" "$directory/4000"
	ln -s ../4000 "$proc/4000"
	call_untrusted "$directory" --proc "$proc" --raw 4000
	echo '# files of processes are FIFOs and directories'
	rm "$proc/3010/cmdline" "$proc/3010/cgroup" "$proc/3010/task"
	mkfifo "$proc/3010/cmdline" "$proc/3010/task"
	mkdir "$proc/3010/cgroup"
	call_untrusted "$directory" --proc "$proc" 3010
	call_untrusted "$directory" --proc "$proc" 3011
	call_untrusted "$directory" --proc "$proc" --save "$directory/copy"
	(cd "$directory/copy" && find 3010 4000 | sort)

	echo '# --file'
	mkfifo "$directory/fifo"
	timeout 60 cat texts/nested >"$directory/fifo" &
	call_untrusted "$directory" --file "$directory/fifo" --output NS
	ln -s "$(realpath texts/nested)" "$directory/link"
	call_untrusted "$directory" --file "$directory/link" --output NS
	call_untrusted "$directory" --file /dev/zero
	yes '# pidns_tre' | call_untrusted "$directory" --file -
	rm -r "$directory"
}

# watch ARGUMENT...: start --watch on a copy of saved/host in $directory.
watch() {
	echo "\$ pidnstree --watch $*"
	rm -rf "$directory/host"
	cp -r saved/host "$directory"
	: >"$directory/out"
	"${program[@]}" --proc "$directory/host" --watch=0.05 "$@" \
		>"$directory/out" 2>&1 &
	watcher=$!
}

# edit EXPRESSION...: change the watched tree by sed expressions, with one rename().
# Without an expression, restore the original tree.
edit() {
	local tree=$directory/host/pidns_tree expression arguments=(-e '')

	[ $# -gt 0 ] || cp saved/host/pidns_tree "$tree.new"
	for expression; do
		arguments+=(-e "$expression")
	done
	[ $# -eq 0 ] || sed "${arguments[@]}" "$tree" >"$tree.new"
	mv "$tree.new" "$tree"
}

# move PID [CGROUP]: move a process to a cgroup. Without CGROUP, remove the file, so
# that the cgroup cannot be read.
move() {
	local file=$directory/host/$1/cgroup

	rm -f "$file"
	[ $# -eq 1 ] || echo "0::$2" >"$file"
}

# wait_for PATTERN [COUNT]: wait until COUNT lines of the output match.
wait_for() {
	local pattern=$1 count=${2:-1} i

	for ((i = 0; i < 1200; i++)); do
		[ "$(grep -c -e "$pattern" "$directory/out")" -ge "$count" ] &&
			return
		sleep 0.05
	done
	echo "fewer than $count lines match '$pattern'"
	return 1
}

# finish_watch exit|kill: wait until the program exits, or kill it. Print its output.
finish_watch() {
	local i status

	for ((i = 0; i < 1200; i++)); do
		[ "$1" = exit ] || break
		kill -0 "$watcher" 2>/dev/null || break
		sleep 0.05
	done
	kill "$watcher" 2>/dev/null
	wait "$watcher"
	status=$?
	sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[-+][0-9]{4}/TIME/' \
		"$directory/out"
	echo "exit status $status"
}

# A namespace is freed, another one changes its state, and both changes are undone.
watch_changes() {
	watch "$@"
	wait_for 4026532660
	edit '/4026532660\]/,/7000,1 /d'
	wait_for '- pid\|ended'
	edit '/4026532680\]/s/active/dying/; /4001,2 /d'
	wait_for '~ pid\|changed'
	edit
	wait_for '~ pid\|changed' 2
	finish_watch kill
}

# A process moves to another container before it exits. pidnstree remembers the
# container of a zombie and of a process whose cgroup has become unreadable.
watch_cgroups() {
	local web

	web=/system.slice/docker-d4e5f6$(printf '1%.0s' {1..58}).scope
	watch --all --list --output NS,PIDS web "data base" 4026532680
	wait_for 4026532680
	move 4004 "$web"
	move 4001
	move 4002 /
	move 7000
	edit '/4026532680\]/s/active/dying/; s/4004,5\(.*\)=tail/4004,5\1=reused/' \
		'/4026532660\]/s/active/dying/'
	wait_for '~ pid' 2
	edit '/ 400[124],/d; /4026532660\]/,/7000,1 /d'
	wait_for '- 7000'
	finish_watch kill
}

# A namespace without zombies is freed. Other namespaces get and lose zombies, which
# is not printed as a creation or an end.
watch_zombies() {
	watch --zombies --list --output NS,PIDS
	wait_for 4003,4
	edit '/4026532660\]/,/7000,1 /d'
	wait_for '- pid'
	edit '/ 400[23],/d' '/3010,7/s/state=R/state=Z/; /3010,7/s/threads=3/threads=1/'
	wait_for '- 4003'
	edit
	wait_for '+ 4003'
	finish_watch kill
}

# The namespace of a process and a new child namespace outlive the process, and its
# PID is reused. The end of an unrelated namespace is not printed.
watch_process() {
	watch @3010
	wait_for 4026532600
	edit '/3010,7 /d' '/4026532660\]/,/7000,1 /d' \
		'/^  1500 /a\  3010 ppid=1 threads=1 state=S uid=0 comm=reused' \
		'/ 3000,1 ppid/a\    pid:[4026532601] level=2 parent=4026532600 init=3020,8,1 nprocs=1 state=active owner=0 userns=4026531837\n      3020,8,1 ppid=3000 threads=1 state=S uid=0 comm=child'
	wait_for '4026532601'
	edit '/4026532600\]/,/3020,8,1 ppid/d'
	finish_watch exit
}

# The ancestors of the namespace of a process outlive that namespace.
watch_task() {
	watch --all --no-kthreads --list --output NS,PIDS --task 5011
	wait_for 5011
	edit '/5011,11,8 /d'
	wait_for '- 5011'
	edit '/4026532621\]/,/5010,10,1 /d'
	finish_watch exit
}

# A name moves to another container. The container that had it first stays watched.
watch_name() {
	watch "data base"
	wait_for 4026532660
	move 7000 /system.slice/other.service
	cp saved/host/7000/cgroup "$directory/host/7100/cgroup"
	edit '/4026532660\]/s/active/dying/'
	wait_for '~ pid'
	edit '/4026532660\]/,/7000,1 /d'
	finish_watch exit
}

# A container shares the namespace of the host and creates a namespace in it.
watch_shared() {
	watch --all --list --output NS,PIDS toolbox
	wait_for 6002
	mkdir "$directory/host/6003"
	cp saved/host/6000/cgroup "$directory/host/6003"
	edit '/^  6001 /a\  6003 ppid=6000 threads=1 state=S uid=0 comm=top'
	wait_for '+ 6003'
	edit '/^  600[013] /d'
	wait_for '- 6003'
	edit '/4026532650\]/,/6002,1 /d'
	finish_watch exit
	watch --json exporter-x7
	wait_for 3300
	edit '/^  3300 /d'
	finish_watch exit
}

# IDs of groups and sessions appear and disappear, and processes change their groups.
# Only the state of the namespace, which changes at the same time, is a change.
watch_ids() {
	watch --all --list --output NS,PIDS 4026532660
	wait_for 4026532660
	edit 's/ ppid=[0-9]*/& pgid=7005 sid=0/; s/ nprocs=[0-9]*/& pids=9/' \
		'/^    7000,1 /a\    id:7005,9 roles=pgid' '/4026532660\]/s/active/dying/'
	wait_for '~ pid'
	edit '/id:7005/d; s/pgid=7005/pgid=7000/; s/ pids=9/ pids=8/' \
		'/4026532660\]/s/dying/active/'
	wait_for '~ pid' 2
	edit '/4026532660\]/,/7000,1 /d'
	finish_watch exit
}

# After the screen is closed, the terminal shows the last changes: lines about two
# namespaces, of which the second has no zombies.
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
	wait_for 'q quits'
	edit '/4026532660\]/,/7000,1 /d' '/4026532610\]/,/4005,6 /d'
	finish_watch exit >"$directory/transcript"
	tr -d '\r' <"$directory/transcript" | sed -E 's/.*\x1b\[\?1049l//
		/\x1b|^Script |^$/d; s/^[0-9:]{8} /TIME /'
}

watches() {
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
	watch_ids
	watch_on_terminal --zombies 4026532610 4026532660
	rm -r "$directory"
}

errors() {
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
	call --file texts/nested --struct 999
	call --file texts/nested --struct 0
	call --file texts/nested --struct 1 4026532134
	call --file texts/nested --struct 1 --pid 1
	call --file texts/nested --struct 1 --task 1
	call --file texts/nested --struct 1 --all
	call --file texts/nested --struct 1 --forest
	call --file texts/nested --struct 1 --zombies
	call --file texts/nested --struct 1 --list
	call --file texts/nested --struct 1 --raw
	call --file texts/nested --struct 1 --output NS
	call --file texts/nested --struct 1 --output-all
	call --file texts/nested --struct 1 --json --dot
	call --watch --struct 1
	call --save nowhere --struct 1
	call --struct
	call --metrics=
	call --metrics=x
	call --metrics=-1
	call --metrics=1000001
	call --metrics 5
	call --metrics web
	call --metrics --json
	call --metrics --dot
	call --metrics --raw
	call --metrics --output NS
	call --metrics --forest
	call --metrics --zombies
	call --metrics --struct 1
	call --metrics --pid 1
	call --metrics --task 1
	call --metrics --watch
	call --metrics --save nowhere
	call --metrics --pinned
	call --file nowhere --metrics
	call --file texts/nested --pinned
	call --pinned --dot
	call --pinned --output NS
	call --pinned --all
	call --pinned --zombies
	call --pinned --task 1
	call --pinned 1
	call --pinned --pid 1
	call --pinned web
	call --pinned --watch
	call --pinned --save nowhere
	call --pinned --proc $'saved/\e[31m'
	call --file texts/nested --pid 1 --all
	call --file texts/nested --watch
	call --watch --dot
	call --watch --pid 1
	call --verbose
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

# Each sed expression turns a valid file into a malformed or unusual one.
malformed() {
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
	while IFS= read -r expression; do
		echo "# $expression"
		sed -e "$expression" texts/groups |
			call --file - --all --output PIDS,ROLES 4026532300
	done <<'END'
/id:505/s/$/ color=blue/
/id:505/s/^ */\t/
/id:505/s/^ *//
/id:505/s/roles=sid/roles=tty/
/id:505/s/roles=sid/roles=sid,tty,sid/
/id:505/s/roles=sid/roles=pid,tgid/
/id:505/s/id:/ids:/
/id:505/s/roles=sid/roles=/
/id:505/s/roles=sid/roles=sid,/
/id:505/s/roles=sid/roles=,sid/
/id:505/s/roles=sid/roles=Sid/
/id:505/s/roles=sid/roles=\x1b[31m/
/id:505/s/roles=sid/roles/
/id:505/s/roles=sid//
/id:505/s/roles=sid/roles=sid roles=sid/
/id:505/s/505,5/505/
/id:505/s/505,5/505,5,1/
/id:505/s/505,5//
/id:505/s/505,5/505,0/
/id:505/s/505,5/505,05/
/id:505/s/505,5/505,2147483648/
/id:505/s/505,5/505,1/
/id:505/s/505,5/505,6/
/id:505/s/505,5/505,7/
2s/.*/  id:5 roles=pgid/
/ 506,6/s/pgid=506/pgid=2147483648/
/ 506,6/s/pgid=506/pgid=-1/
/ 506,6/s/pgid=506/pgid=/
/ 506,6/s/pgid=506/pgid=1 pgid=1/
/ 506,6/s/sid=505/sid=505,5/
/ 506,6/s/sid=505//
/ 506,6/s/pgid=506//
2s/ pids=22/ pids=4294967295/
2s/ pids=22/ pids=4294967296/
2s/ pids=22/ pids=1,2/
2s/ pids=22/ pids=/
END
	head -c 700 texts/nested | call --file -
	call --file - </dev/null
	head -c 1000 /dev/zero | call --file -
}

# Editors and terminals change line ends and add a byte order mark. The first
# changes keep the file valid.
edited() {
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
	# These changes make it invalid.
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
$s/$/\nx/
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

# count_bad COMMAND...: count the lines of its output, and those that contain a
# character that must be escaped. These characters are the control characters and,
# in the order of the patterns, U+061C, U+200B, U+200E and U+200F, U+2028 to
# U+202E, U+2060 to U+206F, U+FEFF, U+FFF9 to U+FFFB, U+FFFE and U+FFFF, and
# U+E0000 to U+E007F.
count_bad() {
	"$@" 2>&1 | LC_ALL=C awk '
		/[\001-\010\013-\037\177]|\302[\200-\237]/ ||
		/\330\234|\342\200[\213\216\217\250-\256]|\342\201[\240-\257]/ ||
		/\357\273\277|\357\277[\271-\273\276\277]|\363\240[\200\201]/ { bad++ }
		END { print NR " lines, bad " bad + 0 }'
}

# No output contains a character that controls a terminal or changes how the rest of
# the line is displayed.
escapes() {
	local renderer option word=$'a\e\330\234\342\200\213\342\200\217\342\200\250'
	word+=$'\342\200\256\342\201\246\357\273\277\357\277\271\363\240\201\201'

	for renderer in --list --raw --json --dot --all --output-all; do
		printf '%s ' $renderer
		count_bad "${program[@]}" --file texts/names --all $renderer
	done
	for renderer in --noheadings --json --dot; do
		printf '%s ' --struct $renderer
		count_bad "${program[@]}" --file texts/names $renderer \
			--struct {1..24}
	done
	for option in --file --task --pid --output --watch= --bogus --json= -- -; do
		printf '%s ' "$option"
		count_bad "${program[@]}" --file texts/names "$option$word"
		printf '%s ' "$option"
		count_bad "${program[@]}" --file texts/names "$option" "$word"
	done
}

# The output cannot be written.
write_errors() {
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

# write_to_closed_pipe COMMAND...: let COMMAND start the program, whose output is a pipe
# that no process reads. Opening a FIFO for writing waits for a reader, so there is one
# until then.
write_to_closed_pipe() {
	local directory both closed

	directory=$(mktemp -d) && mkfifo "$directory/pipe" || return
	exec {both}<>"$directory/pipe" {closed}>"$directory/pipe" {both}>&-
	rm -r "$directory"
	"$@" "${program[@]}" --file texts/nested --all >&"$closed"
	echo "exit status $?"
	exec {closed}>&-
}

golden tables "prints tables" every_file
golden all-processes "prints all processes" every_file --all
golden json "prints JSON" every_file --json
golden graphs "prints Graphviz graphs" every_file --dot --all
golden graph-without-kthreads "leaves kernel threads out of a graph" \
	call --file texts/nested --dot
golden options "applies options and lists them" options
golden selections "selects namespaces" selections
golden levels "prints the PIDs of a process at all levels" levels
golden process-operands "finds processes on a host with containers" processes
golden container-operands "finds containers and pods" containers
golden host "prints a host with containers" host
golden groups "prints process groups and sessions" groups_and_sessions
golden ids "finds IDs of process groups and sessions" ids
golden structures "draws the structures behind processes and IDs" structures
golden structures-in-part "draws structures in an incomplete view" \
	structures_in_part
golden structures-with-many "draws the first elements of long lists" \
	structures_with_many
golden structures-of-threads "draws the structures behind threads" \
	structures_of_threads
golden host-with-ids "prints IDs on a host with containers" host_with_ids
golden metrics "prints metrics" metrics
golden save "saves a copy of procfs" save
golden untrusted-directories "reads untrusted saved directories safely" \
	untrusted_directories
golden watches "prints changes with --watch" watches
golden errors "reports wrong options and operands" errors
golden malformed "rejects malformed files" malformed
golden edited "accepts files that an editor has changed" edited
golden escapes "escapes unprintable characters" escapes
golden write-errors "reports write errors" write_errors
echo "1..$number"
[ $failed -eq 0 ]
