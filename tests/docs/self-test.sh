#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# Test run.sh itself with canned documents, correct ones and wrong ones. Prints a KTAP
# line for each. It needs a compiler, but no virtual machine.

docs=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0
failed=0

# The commands here are fast, except those that hang on purpose.
export HOME=$work PTY=$work/pty COMMAND_SECONDS=5 QUIET_SECONDS=0

mkdir -p "$work/tests/docs/setup" &&
	cp "$docs"/*.sh "$work/tests/docs" &&
	cc -D_GNU_SOURCE -o "$PTY" "$docs/pty.c" || exit 1

# expect NAME STATUS MESSAGE COMMAND...: run a command, which must exit with that status
# and print that message.
expect() {
	local name=$1 expected=$2 words=$3 output status
	shift 3

	output=$("$@" 2>&1)
	status=$?
	number=$((number + 1))
	if [ $status -eq "$expected" ] && grep -qF -e "$words" <<<"$output"; then
		echo "ok $number $name"
	else
		printf '%s\n' "$output" "ended with status $status" | sed 's/^/# /'
		echo "not ok $number $name"
		failed=$((failed + 1))
	fi
}

# transcript NAME STATUS MESSAGE EXPRESSION [EXPRESSION]: compare a transcript with a
# document. The first expression of sed changes the document, the second the
# transcript.
transcript() {
	printf '*\t*\t*\tdemo\n' >"$work/tests/docs/where"
	sed -e "$4" >"$work/document.md" <<-'END'
		# Numbers

		```console
		on Linux 6.12.1+deb12-amd64
		$ pidnstree --all
		NS               NPROCS PIDS    USER COMMAND
		4026531836           68     1   root /init
		└─4026532133          1 153,1   root web 99
		```

		More of them.

		```console
		$ cat /proc/pidns_tree
		pid:[4026531836] level=0 parent=- init=1 nprocs=69 uid=65534
		  153 ppid=149 comm=web\040job
		  pid:[4026532133] level=1 parent=4026531836 init=153,1
		    154,7 ppid=153 id=f0901c0b4332
		2026-11-22T07:17:25+0000 f0901c0b43325f6e7d8c9b0a1f2e3d4c5b6a79880123456789abcdef01234567
		2026-11-22T07:17:26+0000 end
		```
	END
	sed -e "${5:-}" >"$work/transcript" <<-'END'
		on Linux 6.12.117-x-amd64
		$ pidnstree --all
		NS               NPROCS PIDS      USER COMMAND
		4026531836           70       1   root /init
		└─4026532140          1 1153,1    root web 99

		$ cat /proc/pidns_tree
		pid:[4026531836] level=0 parent=- init=1 nprocs=70 uid=65534
		  1153 ppid=1151 comm=web\040job
		  pid:[4026532140] level=1 parent=4026531836 init=1153,1
		    1155,7 ppid=1153 id=0123456789ab
		2026-11-25T10:00:00+0000 0123456789ab5f6e7d8c9b0a1f2e3d4c5b6a7988000000000000000000000000
		2026-11-25T10:00:00+0000 end
	END
	expect "$1" "$2" "$3" \
		"$work/tests/docs/run.sh" --transcript "$work/transcript" document.md
}

# session NAME STATUS MESSAGE: type the commands of the document on standard input.
session() {
	printf '*\t*\t*\tguest\n' >"$work/tests/docs/where"
	cat >"$work/document.md"
	expect "$1" "$2" "$3" "$work/tests/docs/run.sh" guest document.md
}

echo "KTAP version 1"
transcript "a correct document" 0 "ok 2" ''
transcript "a PID that stands for another process before" 1 \
	"153 was 1153 before, and is 1155 here" \
	's/154,7/153,7/'
transcript "a process that had another PID before" 1 \
	"1153 was 153 before, and is 152 here" \
	's/ppid=153/ppid=152/'
transcript "two PIDs swapped in one line" 1 "1153 was 153 before, and is 149 here" \
	's/153 ppid=149/149 ppid=153/'
transcript "two PIDs swapped everywhere" 1 "wrong order" \
	's/153/x/; s/154/153/; s/x/154/'
transcript "a process with two PIDs on the machine" 1 \
	"153 was 1153 before, and is 1154" '' \
	's/ppid=1153/ppid=1154/'
transcript "a process with two PIDs in the document" 1 \
	"1153 was 153 before, and is 150 here" \
	's/  153 ppid/  150 ppid/'
transcript "an inode number instead of a PID" 1 "'4026532133' is '1153' here" \
	's/153,1   root/4026532133,1   root/'
transcript "an inode number that stands for another namespace before" 1 \
	"was 4026532133 before, and is 4026532134" \
	'/level=1/s/4026532133/4026532134/'
transcript "a wrong constant" 1 "4026531835 is 4026531836 here" \
	'/parent/s/4026531836/4026531835/'
transcript "a number instead of a constant" 1 "4026532199 is 4026531836 here" \
	's/parent=4026531836/parent=4026532199/'
transcript "the overflow user ID" 1 "65533 is 65534 here" 's/65534/65533/'
transcript "a number of one digit" 1 "'7' is '8' here" '' 's/,7/,8/'
transcript "a PID of another namespace" 1 "'7' is '1153' here" '' 's/,7/,1153/'
transcript "an escape, which is not a number" 1 \
	"'\\040' is '\\041' here" '' 's/\\040/\\041/'
transcript "a level" 1 "'2' is '1' here" 's/level=1/level=2/'
transcript "a word" 1 "'owner' is 'parent' here" 's/parent=4/owner=4/'
transcript "a sign" 1 "'└─' is '├─' here" '' 's/└/├/'
transcript "a missing line" 1 '- ' '/ppid=149/d'
transcript "an additional line on the machine" 1 '+ 2026-11-25T10:00:00+0000 end' '/end/d'
transcript "an additional line in the document" 1 '- more' 's/.*end$/&\nmore/'
transcript "an additional word on the machine" 1 "unexpected '" 's/ id=.*//'
transcript "an additional word in the document" 1 "missing '" 's/ id=.*/& more/'
transcript "a line with less indentation" 1 "different indentation" 's/^    154/  154/'
transcript "other blanks between equal words" 1 \
	"different blanks" 's/\(level=0\) /\1  /' \
	's/1153/153/; s/1151/149/; s/1155/154/'
transcript "an ID that stands for another before" 1 \
	"0123456789ab was f0901c0b4333" 's/=f0901c0b4332/=f0901c0b4333/'
transcript "an ID that is too long" 1 \
	"is 0123456789ab here" 's/=f0901c0b4332/=f0901c0b43325/'
transcript "a long ID with another prefix" 1 "and is 1123456789ab here" '' \
	's/ 0123456789ab/ 1123456789ab/'
transcript "a time that goes back in the document" 1 "is before" 's/07:17:26/07:17:24/'
transcript "a time that goes back on the machine" 1 "it was 2026-11-25T10:00:00+0000" '' \
	's/10:00:00+0000 end/09:59:59+0000 end/'
transcript "another time zone" 1 "2026-11-25T10:00:00+0000 here" \
	's/07:17:26+0000/07:17:26+0100/'
transcript "too many processes" 1 "70 were counted" '' 's/nprocs=70/nprocs=80/'
transcript "two numbers of processes" 1 "80 processes, and 68 before" \
	's/nprocs=69/nprocs=80/'
transcript "another command" 1 "+ \$ pidnstree --all" 's/--all/--al/'
transcript "an additional command in the transcript" 1 \
	"unexpected command: \$ id" '' '$a $ id\n0'
transcript "an additional command in the document" 1 "- \$ id" 's/.*end$/&\n$ id\n0/'
transcript "a document without blocks" 1 "no block" '/```/d'
transcript "an unterminated block" 1 "unterminated block" '$d'

session "commands" 0 "ok 2" <<'END'
```console
# echo $$   # a number, 1234 here
1234
# kill -0 1234 && echo there
there
# echo 300 "1234"
300 1234
# for i in one \
> two; do
>   echo $i
> done
one
two
# printf 'no newline'
no newline
# cat <<'EOT'
> and so on
> EOT
and so on
# (exit 137); echo $?
137
# printf '\033[1mbold\033[0m\n'
bold
```

```console
# bash
# here=there
# sh
# exit
# echo $here
there
# exit
exit
# tty | grep -o /dev/pts; stty size
/dev/pts
24 80
```
END
session "a literal PID without a process" 1 "No such process" <<'END'
```console
# echo $$
1234
# kill -0 999999999 && echo there
there
```
END
session "a number that was part of a command" 1 "300 is 301 here" <<'END'
```console
# echo $((300 + 1))
300
```
END
session "an exit status" 1 "138 is 137 here" <<'END'
```console
# (exit 137); echo $?
138
```
END
session "a command that hangs" 1 "no output for 5 seconds" <<'END'
```console
# cat
```
END
session "a block after a command that hangs" 1 "an earlier command lost the shell" <<'END'
```console
# cat
```

```console
# echo hello
hello
```
END
session "a shell that exits" 1 "the shell has exited" <<'END'
```console
# exit
```
END
session "output before the first command" 1 "output before the first command: hello" <<'END'
```console
hello
# echo hello
hello
```
END
session "a block without commands" 1 "no command" <<'END'
```console
> echo hello
```
END
session "output that varies" 0 "varies: [a-z]+1 a word" <<'END'
<!-- varies: [a-z]+1 a word -->
```console
# echo hello1 2
goodbye1 2
```
END
session "output that varies, and another difference" 1 "'3' is '2' here" <<'END'
<!-- varies: [a-z]+1 a word -->
```console
# echo hello1 2
goodbye1 3
```
END
session "a pattern that matches nothing" 1 "nothing matches [a-z]+1" <<'END'
<!-- varies: [a-z]+1 a word -->
```console
# echo hello 2
hello 2
```
END
session "output that varies in another block" 1 "'goodbye1' is 'hello1' here" <<'END'
<!-- varies: [a-z]+1 a word -->
```console
# echo hello1
goodbye1
```

```console
# echo hello1
goodbye1
```
END
session "a prompt of a user who is root" 1 "the prompt is '#', not '\$'" <<'END'
```console
$ echo hello
hello
```
END
session "a shell without a user ID" 0 "ok 1" <<'END'
```console
# sh
$ exit
```
END
session "a command before a block" 0 "ok 1" <<'END'
<!-- before: here=there -->
```console
# echo $here
there
```
END
session "a command before a block that prints something" 1 "echo here" <<'END'
<!-- before: echo here -->
```console
# echo there
there
```
END
echo 'echo hello' >"$work/tests/docs/setup/document.md"
session "a setup script that prints something" 1 "the setup script failed: hello" <<'END'
```console
# echo hello
hello
```
END
echo 'here=there' >"$work/tests/docs/setup/document.md"
session "a setup script" 0 "ok 1" <<'END'
```console
# echo $here
there
```
END
rm "$work/tests/docs/setup/document.md"

# places NAME STATUS MESSAGE ROW...: check the places of the last document.
places() {
	local name=$1 status=$2 words=$3
	shift 3

	printf '%b\n' "$@" >"$work/tests/docs/where"
	expect "$name" "$status" "$words" "$work/tests/docs/run.sh" --places document.md
}

places "a block with one place" 0 "" '*.md\t*\t*\tguest'
places "a place for a block of its own" 0 "" 'document.md\t*\t# echo\twhole'
places "a block with two places" 1 "no place, or more than one" \
	'*.md\t*\t*\tguest' 'document.md\t*\t*\twhole'
places "a block without a place" 1 "no place, or more than one" \
	'document.md\tElsewhere\t*\tguest'
places "a place without a block" 1 "no block at document.md, Elsewhere" \
	'document.md\t*\t*\tguest' 'document.md\tElsewhere\t*\tguest'
places "an unknown machine" 1 "no machine 'guess'" \
	'document.md\t*\t*\tguess'

echo "1..$number"
[ $failed -eq 0 ]
