#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# What tries documents, tried: canned documents that are right and that are wrong,
# and what is to be said of them. A line of KTAP for each. Needs a compiler, and
# no kernel of ours.

docs=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0
failed=0

# What a command may take here, where nothing is slow but what hangs.
export HOME=$work PTY=$work/pty COMMAND_SECONDS=5 QUIET_SECONDS=0

mkdir -p "$work/tests/docs/setup" &&
	cp "$docs"/*.sh "$work/tests/docs" &&
	cc -D_GNU_SOURCE -o "$PTY" "$docs/pty.c" || exit 1

# judge NAME STATUS WORDS COMMAND...: it is to end with that and to say this.
judge() {
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

# shown NAME STATUS WORDS EXPRESSION [EXPRESSION]: compare the transcript with the
# document, after sed has changed that, or also the transcript.
shown() {
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
	judge "$1" "$2" "$3" \
		"$work/tests/docs/run.sh" --transcript "$work/transcript" document.md
}

# typed NAME STATUS WORDS: type the document that is standard input.
typed() {
	printf '*\t*\t*\tguest\n' >"$work/tests/docs/where"
	cat >"$work/document.md"
	judge "$1" "$2" "$3" "$work/tests/docs/run.sh" guest document.md
}

echo "KTAP version 1"
shown "a document that is right" 0 "ok 2" ''
shown "a PID that is another's elsewhere" 1 "153 stood for 1153, and is 1155 here" \
	's/154,7/153,7/'
shown "a PID that had another number elsewhere" 1 "1153 was 153, and is 152 here" \
	's/ppid=153/ppid=152/'
shown "two PIDs in one line the wrong way round" 1 "1153 was 153, and is 149 here" \
	's/153 ppid=149/149 ppid=153/'
shown "two PIDs everywhere the wrong way round" 1 "not in this order" \
	's/153/x/; s/154/153/; s/x/154/'
shown "a PID that the machine has elsewhere" 1 "153 stood for 1153, and is 1154" '' \
	's/ppid=1153/ppid=1154/'
shown "two numbers for one" 1 "1153 was 153, and is 150 here" \
	's/  153 ppid/  150 ppid/'
shown "an inode number for a PID" 1 "'4026532133' is '1153' here" \
	's/153,1   root/4026532133,1   root/'
shown "an inode number that is another's" 1 "was 4026532133, and is 4026532134" \
	'/level=1/s/4026532133/4026532134/'
shown "a constant that is wrong" 1 "4026531835 is 4026531836 here" \
	'/parent/s/4026531836/4026531835/'
shown "a number where there is a constant" 1 "4026532199 is 4026531836 here" \
	's/parent=4026531836/parent=4026532199/'
shown "nobody's user id" 1 "65533 is 65534 here" 's/65534/65533/'
shown "a number of one digit" 1 "'7' is '8' here" '' 's/,7/,8/'
shown "a PID of another namespace" 1 "'7' is '1153' here" '' 's/,7/,1153/'
shown "an escape is no number" 1 "'\\040' is '\\041' here" '' 's/\\040/\\041/'
shown "a level" 1 "'2' is '1' here" 's/level=1/level=2/'
shown "a word" 1 "'owner' is 'parent' here" 's/parent=4/owner=4/'
shown "a sign" 1 "'└─' is '├─' here" '' 's/└/├/'
shown "a line that is missing" 1 '- ' '/ppid=149/d'
shown "a line too few" 1 '+ 2026-11-25T10:00:00+0000 end' '/end/d'
shown "a line too many" 1 '- more' 's/.*end$/&\nmore/'
shown "a word too few" 1 "it goes on with" 's/ id=.*//'
shown "a word too many" 1 "it ends before" 's/ id=.*/& more/'
shown "a line that is less indented" 1 "other blanks in front" 's/^    154/  154/'
shown "blanks where no number is longer" 1 "other blanks" 's/\(level=0\) /\1  /' \
	's/1153/153/; s/1151/149/; s/1155/154/'
shown "an id that is another's" 1 "0123456789ab was f0901c0b4333" 's/=f0901c0b4332/=f0901c0b4333/'
shown "an id that is cut" 1 "is 0123456789ab here" 's/=f0901c0b4332/=f0901c0b43325/'
shown "a long id that does not begin so" 1 "and is 1123456789ab here" '' \
	's/ 0123456789ab/ 1123456789ab/'
shown "a time that goes back" 1 "is before" 's/07:17:26/07:17:24/'
shown "a time that went back" 1 "it was 2026-11-25T10:00:00+0000" '' \
	's/10:00:00+0000 end/09:59:59+0000 end/'
shown "a time of another zone" 1 "2026-11-25T10:00:00+0000 here" \
	's/07:17:26+0000/07:17:26+0100/'
shown "processes that are too many" 1 "70 were counted" '' 's/nprocs=70/nprocs=80/'
shown "processes that were as many elsewhere" 1 "80 processes, and 68 before" \
	's/nprocs=69/nprocs=80/'
shown "another command" 1 "+ pidnstree --all" 's/--all/--al/'
shown "a command that was not shown" 1 "it goes on: id" '' '$a $ id\n0'
shown "a command that was not run" 1 "- id" 's/.*end$/&\n$ id\n0/'
shown "a document without blocks" 1 "there is no block in it" '/```/d'
shown "a block without an end" 1 "has no end" '$d'

typed "commands that are typed" 0 "ok 2" <<'END'
```console
$ echo $$   # a number, 1234 here
1234
$ kill -0 1234 && echo there
there
$ echo 300 "1234"
300 1234
$ for i in one \
> two; do
>   echo $i
> done
one
two
$ printf 'no newline'
no newline
$ cat <<'EOT'
> and so on
> EOT
and so on
$ (exit 137); echo $?
137
$ printf '\033[1mbold\033[0m\n'
bold
```

```console
$ bash
$ here=there
$ sh
$ exit
$ echo $here
there
$ exit
exit
$ tty | grep -o /dev/pts; stty size
/dev/pts
24 80
```
END
typed "a number that is not there" 1 "No such process" <<'END'
```console
$ echo $$
1234
$ kill -0 999999999 && echo there
there
```
END
typed "a number that was typed" 1 "300 is 301 here" <<'END'
```console
$ echo $((300 + 1))
300
```
END
typed "what a command ended with" 1 "138 is 137 here" <<'END'
```console
$ (exit 137); echo $?
138
```
END
typed "a command that hangs" 1 "nothing came for 5 seconds" <<'END'
```console
$ cat
```
END
typed "what comes behind one that hangs" 1 "the shell was lost before" <<'END'
```console
$ cat
```

```console
$ echo hello
hello
```
END
typed "a shell that has gone" 1 "the shell has gone" <<'END'
```console
$ exit
```
END
typed "what comes of no command" 1 "this is of no command: hello" <<'END'
```console
hello
$ echo hello
hello
```
END
typed "a block without commands" 1 "there is no command in it" <<'END'
```console
# echo hello
```
END
typed "what varies" 0 "varies: [a-z]+1 a word" <<'END'
<!-- varies: [a-z]+1 a word -->
```console
$ echo hello1 2
goodbye1 2
```
END
typed "what varies, and something else" 1 "'3' is '2' here" <<'END'
<!-- varies: [a-z]+1 a word -->
```console
$ echo hello1 2
goodbye1 3
```
END
typed "what is said to vary and is not there" 1 "nothing in it varies so" <<'END'
<!-- varies: [a-z]+1 a word -->
```console
$ echo hello 2
hello 2
```
END
typed "what varies in another block" 1 "'goodbye1' is 'hello1' here" <<'END'
<!-- varies: [a-z]+1 a word -->
```console
$ echo hello1
goodbye1
```

```console
$ echo hello1
goodbye1
```
END
echo 'echo hello' >"$work/tests/docs/setup/document.md"
typed "a set-up that says something" 1 "its set-up failed: hello" <<'END'
```console
$ echo hello
hello
```
END
echo 'here=there' >"$work/tests/docs/setup/document.md"
typed "a set-up" 0 "ok 1" <<'END'
```console
$ echo $here
there
```
END
rm "$work/tests/docs/setup/document.md"

# placed NAME STATUS WORDS ROW...: see the places of the last document.
placed() {
	local name=$1 status=$2 words=$3
	shift 3

	printf '%b\n' "$@" >"$work/tests/docs/where"
	judge "$name" "$status" "$words" "$work/tests/docs/run.sh" --places document.md
}

placed "a block with one place" 0 "" '*.md\t*\t*\tguest'
placed "a place for a block of its own" 0 "" 'document.md\t*\t$ echo\twhole'
placed "a block with two places" 1 "none or more than one place" \
	'*.md\t*\t*\tguest' 'document.md\t*\t*\twhole'
placed "a block without a place" 1 "none or more than one place" \
	'document.md\tElsewhere\t*\tguest'
placed "a place without a block" 1 "no block at document.md, Elsewhere" \
	'document.md\t*\t*\tguest' 'document.md\tElsewhere\t*\tguest'
placed "a machine that is not there" 1 "there is no machine 'guess'" \
	'document.md\t*\t*\tguess'

echo "1..$number"
[ $failed -eq 0 ]
