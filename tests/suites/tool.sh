#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Tests of the tool and of the files that are installed with it, without a
# kernel. Prints KTAP. FUZZ is the number of seconds to fuzz each target.

. "$(dirname "$0")/../vm/lib.sh"

readonly FUZZ=${FUZZ:-30}

# The last commit of release 0.1, whose module printed fewer keys and lines.
readonly RELEASE=35c7c2b260925d688a3ee5e6568fc1a0709cca7a

# The time limit for large input, in seconds. A slow machine needs less, and a
# lookup in quadratic time needs more.
readonly LONG=120

# golden FORMAT SKIP COMMAND...: run the golden tests, except for those in SKIP,
# with this command as the program.
golden() {
	local format=$1 skip=$2
	shift 2

	relay "$format" inside SKIP="$skip" /tool/tests/golden/run.sh "$@"
}

# inside COMMAND...: run the command in the Debian for the tool.
inside() {
	in_debian "$ROOT" env LC_ALL=C.UTF-8 "$@"
}

# build DIRECTORY ARGUMENT...: build the tool in a copy of its source, with
# these arguments of make.
build() {
	local directory=$1
	shift

	as_root cp -r "$ROOT/tool/tools" "$ROOT/tool/$directory" &&
		inside make -s -C "/tool/$directory" "$@"
}

# build_all: build the tool with gcc, with clang and with sanitizers, and the
# test programs. Warnings are errors.
build_all() {
	local sanitizers='-fsanitize=address,undefined -fno-sanitize-recover=all'

	build plain CFLAGS='-O2 -g -Werror' &&
		build clang CC=clang CFLAGS='-O2 -g -Werror' &&
		build sanitized CFLAGS="-O1 -g -Werror $sanitizers" LDFLAGS="$sanitizers" &&
		inside make -s -C /tool/tests/fuzz &&
		inside make -s -C /tool/tests/golden &&
		as_root cp -r "$ROOT/tool/tests/golden" "$ROOT/tool/tests/sanitized" &&
		inside make -s -B -C /tool/tests/sanitized names \
			CFLAGS="-std=gnu11 -O1 -g $sanitizers"
}

# release: build the tool of the release, and check that it reads the new keys and
# lines as if they were absent.
release() {
	as_root mkdir "$ROOT/tool/release" &&
		git -C "$TOP" archive "$RELEASE" dkms.conf tools |
		as_root tar -C "$ROOT/tool/release" -xf - --no-same-owner &&
		inside make -s -C /tool/release/tools CFLAGS=-O0 &&
		inside /tool/tests/golden/release.sh /tool/release/tools/pidnstree
}

# try_release: a source without the history of git lacks the release.
try_release() {
	local name="release 0.1 reads the new keys and lines"

	if git -C "$TOP" cat-file -e "$RELEASE^{commit}" 2>/dev/null; then
		try "$name" release
	else
		report "$name # SKIP no commit $RELEASE in a history of git" '' 0
	fi
}

containers() {
	inside /tool/tests/golden/containers /tool/tests/golden/cgroups |
		inside diff -u /tool/tests/golden/outputs/containers -
}

# names COMMAND...: run golden/names, which requests from engines the names of
# containers. Most of these engines are hostile.
names() {
	local directory

	directory=$(inside mktemp -d) &&
		inside "$@" "$directory" |
		inside diff -u /tool/tests/golden/outputs/names - &&
		inside rm -r "$directory"
}

# render_large SCRIPT OPTION...: print large input with the shell script, and
# have the tool render it with each of these options.
render_large() {
	local script=$1 renderer
	shift

	for renderer; do
		# shellcheck disable=SC2016 # expanded by the inner shell
		inside timeout "$LONG" bash -c "set -o pipefail; $script |
			"'/tool/plain/pidnstree --file - "$1" | wc -l' \
			bash "$renderer" || return
	done
}

# shellcheck disable=SC2016 # for awk
readonly MILLION='awk '\''BEGIN {
	print "# pidns_tree 1"
	print "pid:[1] level=0 parent=- init=1 nprocs=1000000 state=active owner=0 userns=2"
	for (pid = 1; pid <= 1000000; pid++)
		printf("%d ppid=%d threads=1 state=S uid=%d comm=p\n", pid, pid / 2, pid % 1000)
	print "# end"
}'\'
# Half of the processes are in groups and sessions whose leaders have exited.
# shellcheck disable=SC2016 # for awk
readonly MEMBERS='awk '\''BEGIN {
	print "# pidns_tree 1"
	print "pid:[1] level=0 parent=- init=1 nprocs=100000 pids=101000 state=active owner=0 userns=2"
	for (pid = 1; pid <= 101000; pid++) {
		if (pid % 101 == 100) {
			printf("id:%d roles=pgid,sid\n", pid)
			continue
		}
		group = pid % 2 ? pid : int(pid / 2) % 1000 * 101 + 100
		printf("%d ppid=1 pgid=%d sid=%d threads=1 state=S uid=0 comm=p\n", pid, group, group)
	}
	print "# end"
}'\'
# shellcheck disable=SC2016 # for awk
readonly MANY='awk '\''BEGIN {
	print "# pidns_tree 1"
	print "pid:[1] level=0 parent=- init=1 nprocs=0 state=active owner=0 userns=2"
	for (i = 2; i <= 200000; i++)
		printf("pid:[%d] level=1 parent=1 init=%d,1 nprocs=0 state=active owner=0 userns=2\n", i, i)
	print "# end"
}'\'
readonly LONG_LINE='{
	echo "# pidns_tree 1"
	echo "pid:[1] level=0 parent=- init=1 nprocs=1 state=active owner=0 userns=2"
	printf "1 ppid=0 threads=1 state=S uid=0 comm="
	head -c 1048576 /dev/zero | tr "\0" x
	printf "\nword"
	head -c 1048576 /dev/zero | tr "\0" ,
	printf "\n# end\n"
}'

# install_and_remove: check the files that make installs, and that make
# uninstall removes all of them.
install_and_remove() {
	local make=(make -s -C /tool/plain DESTDIR=/tool/installed PREFIX=/usr)

	inside "${make[@]}" install || return
	inside /tool/installed/usr/bin/pidnstree --version || return
	inside find /tool/installed -type f | LC_ALL=C sort |
		diff - <(printf '/tool/installed/usr/%s\n' bin/pidnstree \
			share/bash-completion/completions/pidnstree \
			share/fish/vendor_completions.d/pidnstree.fish \
			share/man/man1/pidnstree.1 share/man/man5/pidns_tree.5 \
			share/zsh/site-functions/_pidnstree) ||
		return
	inside "${make[@]}" uninstall
	[ -z "$(inside find /tool/installed -type f)" ]
}

# pages: check the manual pages. This Debian lacks the pages that they refer to.
pages() {
	! inside mandoc -Tlint -W style /tool/tools/pidnstree.1 \
		/tool/tools/pidns_tree.5 2>&1 |
		grep -vE 'referenced manual not found|outdated mandoc.db'
}

# documented: check that the manual page has each option and each column of the
# tool.
documented() {
	local word missing='' words=0

	# shellcheck disable=SC2016 # expanded by the inner shell
	for word in $(inside bash -c '
		/tool/plain/pidnstree --help | grep -oE -e "--[a-z-]+"
		/tool/plain/pidnstree --list-columns | cut -d" " -f1'); do
		inside grep -qE "^\.It (.*Fl .* |Fl )?-?${word#-}( |\$)" \
			/tool/tools/pidnstree.1 || missing+=" $word"
		words=$((words + 1))
	done
	[ -z "$missing" ] && [ $words -gt 30 ] || {
		echo "of $words options and columns, missing in pidnstree.1:$missing"
		return 1
	}
}

# draw FORMAT ARGUMENT...: print the picture that dot makes of the tool's
# output.
draw() {
	local format=$1
	shift

	# shellcheck disable=SC2016 # expanded by the inner shell
	inside bash -c 'set -o pipefail; cd /tool/tests/golden || exit
		/tool/plain/pidnstree --dot "${@:2}" 2>/dev/null | dot "-T$1"' \
		bash "$format" "$@"
}

# find_faults FILE [EXPRESSION]: read the picture of a file as JSON, change it
# with the expression, and print what is wrong with the result.
find_faults() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	inside bash -c 'set -o pipefail; cd /tool/tests/golden || exit
		jq "$2" | jq -r --rawfile text "$1" -f picture.jq' \
		bash "$1" "${2:-.}"
}

# check_picture FILE ARGUMENT...: check that nothing is wrong with the picture
# of the file.
check_picture() {
	local file=$1 wrong
	shift

	wrong=$(draw json "$@" | find_faults "$file") && [ -z "$wrong" ] && return
	printf '%s\n' "$file:" "$wrong"
	return 1
}

pictures() {
	local text

	for text in "$ROOT"/tool/tests/golden/texts/*; do
		text=${text##*/}
		draw svg --file "texts/$text" | grep -q '</svg>' || return
		check_picture "texts/$text" --all --file "texts/$text" || return
	done
}

# broken_pictures: break a good picture in several ways. Each line has the fault
# that must be found, and the expression that causes it.
broken_pictures() {
	local picture fault expression

	picture=$(draw json --file texts/server) || return
	while IFS=: read -r fault expression; do
		find_faults texts/server "$expression" <<<"$picture" | grep "^$fault: " ||
			{ echo "no '$fault' after $expression"; return 1; }
	done <<'END'
namespace missing:(.objects[]._ldraw_[]? | select(.text? == "pid:[4026532410] level 2").text) |= sub("2$"; "1")
namespace too many:(.objects[] | select(.name == "cluster_4026532210") | ._ldraw_) |= map(select(.op != "T") // (.text |= sub("210"; "211")))
process missing:del(.objects[]._ldraw_[]? | select(.text? == "vim", .text? == "3099"))
process too many:(.objects[]._ldraw_[]? | select(.text? == "2601").text) = "2602"
process too many:(.objects[]._ldraw_[]? | select(.text? == "cc1").text) = "cc"
process 2 times:(.objects[]._ldraw_[]? | select(.text? == "1953", .text? == "28").text) |= {"1953": "1950", "28": "27"}[.]
arrow missing:del(.edges[3])
arrow too many:.edges[3].tail = .edges[0].head
not the colour of its level:(.objects[]._ldraw_[]? | select(.color? == "#ffcf87").color) = "#a9cdf3"
off the paper:(.objects[] | select(.name == "p1_4026531836").pos) = "-9,20"
boxes overlap:(.objects[] | select(.name == "p58_4026532280").pos) = (.objects[] | select(.name == "p120_4026532280").pos)
not in 4026532210:(.objects[] | select(.name == "p1_4026532210").pos) = "1000,20"
over the heading of 4026532210:(.objects[] | select(.name == "p1_4026532210").pos) = (.objects[] | select(.name == "cluster_4026532210").lp)
overlap:(.objects[] | select(.name == "cluster_4026532410").bb) = .bb
out of its box:(.objects[]._ldraw_[]? | select(.text? == "2601").pt[0]) -= 99
letters overlap:(.objects[]._ldraw_[]? | select(.text? == "2601").width) = 60
END
}

# pictures_of_structures: check that dot draws structures without a warning, and
# that each arrow has two ends. dot makes a node with the label \N for an end
# that the tool has not printed.
pictures_of_structures() {
	local arguments picture

	while read -ra arguments; do
		picture=$(draw json --struct "${arguments[@]}" 2>&1) &&
			inside jq -e '[.objects[].label] | all(. != "\\N")' \
				<<<"$picture" && continue
		printf '%s\n' "${arguments[*]}:" "$picture"
		return 1
	done <<'END'
1 2 310 402 507 601 --file texts/groups
705 720 --file texts/limited
2 --file texts/container
1 --file texts/crowd
2147483647 --file texts/deep
1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 --file texts/names
3010 3012 4006 --proc saved/host
END
}

picture_of_containers() {
	check_picture saved/docker/pidns_tree --all --proc saved/docker
}

# compare_picture FILE ARGUMENT...: compare the picture in a document with the
# picture that the tool and dot make now. Positions and fonts depend on the
# version of dot, so compare only the strings.
compare_picture() {
	local file=$1
	shift

	diff <(grep -o '>[^<]*</text>' "$TOP/tests/docs/$file") \
		<(draw svg "$@" | grep -o '>[^<]*</text>')
}

# fuzz TARGET SEED...: fuzz the target, starting with the input in these
# directories. libFuzzer adds the input that it finds useful to /tool/found.
fuzz() {
	local target=$1
	shift

	inside mkdir -p "/tool/found/$target" || return
	# Drop the tool's output and keep libFuzzer's. grep has no -q, because
	# the writers would get SIGPIPE when it exits early.
	inside "/tool/tests/fuzz/$target" -max_total_time="$FUZZ" -timeout=10 \
		-max_len=4096 -artifact_prefix=/tool/found/ -print_final_stats=1 \
		"/tool/found/$target" "$@" 2>&1 >/dev/null | tee "$LOGS/fuzz-$target" |
		grep '^stat::number_of_executed_units: [1-9][0-9][0-9][0-9]' ||
		{ tail -n 50 "$LOGS/fuzz-$target"; return 1; }
}

readonly LOGS=$TOP/tests/logs

mkdir -p "$LOGS" || die "cannot create $LOGS"
lock tool
ensure_debian tool "$TOOL_SUITE" "$TOOL_PACKAGES"
copy_sources "$ROOT/tool" dkms.conf tools tests/completion tests/golden \
	tests/fuzz

echo "KTAP version 1"
try "builds without a warning" build_all
golden %s "" /tool/plain/pidnstree
golden "%s, with sanitizers" "" /tool/sanitized/pidnstree
# The first three have the most calls, and sanitizers find all errors in them
# that valgrind finds. The last one kills the program, which therefore leaves
# memory allocated.
golden "%s, under valgrind" "malformed errors edited watches" valgrind -q \
	--error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
	--show-leak-kinds=definite /tool/plain/pidnstree
try_release
try "containers by their cgroups" containers
try "names of containers" names /tool/tests/golden/names
try "names of containers, with sanitizers" names /tool/tests/sanitized/names
try "names of containers, under valgrind" names valgrind -q --error-exitcode=99 \
	--leak-check=full --errors-for-leak-kinds=definite /tool/tests/golden/names
try "a million processes" render_large "$MILLION" --all --json --dot --list
try "a thousand IDs with fifty thousand members" render_large "$MEMBERS" --all \
	--forest --json 100
try "two hundred thousand namespaces" render_large "$MANY" --all --json --dot --list
try "lines of a megabyte" render_large "$LONG_LINE" --all --json --dot --list
try "pictures of all files" pictures
try "faults in pictures are found" broken_pictures
try "pictures of structures" pictures_of_structures
try "a picture of containers" picture_of_containers
try "the picture in README.md" compare_picture containers.svg --all \
	--proc saved/docker
try "the picture in lesson 3" compare_picture structures.svg --struct 156 \
	--file texts/uses
relay %s inside /tool/tests/golden/screen
try "make install and make uninstall" install_and_remove
try "manual pages" pages
try "options and columns are documented" documented
relay "completion: %s" inside /tool/tests/completion/run.sh /tool/plain/pidnstree
try "fuzzing texts" fuzz text /tool/tests/fuzz/corpus/text /tool/tests/golden/texts
try "fuzzing words" fuzz words /tool/tests/fuzz/corpus/words
try "fuzzing cgroups" fuzz cgroup /tool/tests/fuzz/corpus/cgroup
try "fuzzing names" fuzz names /tool/tests/fuzz/corpus/names
try "fuzzing mountinfo" fuzz mountinfo /tool/tests/fuzz/corpus/mountinfo
plan
