# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
# shellcheck shell=bash
#
# Documents: their blocks, and where each of them is to run.

# Of the document that was read last, one element a block: the line that it
# begins at, the heading that it stands under, its text, and what varies in it.
block_lines=()
block_sections=()
block_texts=()
block_varies=()

# add_block LINE SECTION TEXT VARIES
add_block() {
	block_lines+=("$1")
	block_sections+=("$2")
	block_texts+=("$3")
	block_varies+=("$4")
}

# read_markdown FILE: the blocks between fences. A comment before one,
# <!-- varies: REGEX why -->, says what in it is not the same each time.
read_markdown() {
	local line number=0 section='' fence='' text varies='' begin

	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		if [ -n "$fence" ]; then
			if [ "$line" = "$fence" ]; then
				add_block "$begin" "$section" "$text" "$varies"
				fence='' varies=''
			else
				text+=$line$'\n'
			fi
			continue
		fi
		case $line in
		'```'*) fence='```' text='' begin=$number ;;
		'#'*) section=${line##+(\#) } ;;
		'<!-- varies: '*' -->')
			varies=${line#<!-- varies: }
			varies=${varies% -->}
			;;
		'') ;;
		*) varies='' ;;
		esac
	done <"$1"
	[ -z "$fence" ] || fail_document "the block at line $begin has no end"
}

# What mdoc writes otherwise, where it is literal all the same.
declare -rA ESCAPES=(
	['(aq']="'" ['(ti']='~' ['(ha']='^' ['(ga']='`' ['(dq']='"' [e]='\' [-]='-'
	['&']='' ['[u251C]']='├' ['[u2500]']='─' ['[u2514]']='└' ['[u2502]']='│'
)

# unescape LINE: what is printed for it; sets unescaped.
unescape() {
	local rest=$1

	unescaped=''
	while [[ $rest =~ ^([^\\]*)\\(\(..|\[[^]]*\]|.)(.*)$ ]]; do
		[ -n "${ESCAPES[${BASH_REMATCH[2]}]+known}" ] ||
			fail_document "an escape that is not known: $1"
		unescaped+=${BASH_REMATCH[1]}${ESCAPES[${BASH_REMATCH[2]}]:-}
		rest=${BASH_REMATCH[3]}
	done
	unescaped+=$rest
}

# read_mdoc FILE: the literal displays. A comment before one, .\" varies: REGEX
# why, is that of Markdown.
read_mdoc() {
	local line number=0 section='' inside='' text varies='' begin unescaped

	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		case $line in
		'.Bd -literal'*) inside=yes text='' begin=$number ;;
		'.Ed')
			[ -z "$inside" ] ||
				add_block "$begin" "$section" "$text" "$varies"
			inside='' varies=''
			;;
		'.\" varies: '*) varies=${line#.\\\" varies: } ;;
		.S[hs]' '*) section=${line#.S? } ;;
		.*)
			[ -z "$inside" ] ||
				fail_document "a macro in a literal display: $line"
			;;
		*)
			[ -n "$inside" ] || continue
			unescape "$line"
			text+=$unescaped$'\n'
			;;
		esac
	done <"$1"
	[ -z "$inside" ] || fail_document "the block at line $begin has no end"
}

# read_document NAME: its blocks. A document without any has failed.
read_document() {
	block_lines=() block_sections=() block_texts=() block_varies=()
	case $1 in
	*.md) read_markdown "$1" ;;
	*.[1-9]) read_mdoc "$1" ;;
	*) fail_document "neither Markdown nor a manual page" ;;
	esac
	[ ${#block_lines[@]} -gt 0 ] || fail_document "there is no block in it"
}

# The table of places, one element a row.
place_documents=()
place_sections=()
place_beginnings=()
place_machines=()
place_used=()

# read_places FILE
read_places() {
	local document section beginning machine

	# Tabs in a row are one where the shell splits at them.
	while IFS=$'\t' read -r document section beginning machine; do
		[[ $document != '' && $document != '#'* ]] || continue
		place_documents+=("$document")
		place_sections+=("$section")
		place_beginnings+=("$beginning")
		place_machines+=("${machine%%[[:blank:]]*}")
		place_used+=(0)
	done <"$1"
}

# place DOCUMENT BLOCK: sets machine to where that block of the document that was
# read last is to run; empty unless exactly one row says so. A row with a
# beginning goes before those without.
place() {
	local i rows=() others=()

	machine=
	for i in "${!place_documents[@]}"; do
		# Its name may be a pattern, the rest is as it is.
		# shellcheck disable=SC2053
		[[ $1 == ${place_documents[i]} ]] || continue
		[[ ${place_sections[i]} = '*' ||
			${place_sections[i]} = "${block_sections[$2]}" ]] || continue
		if [ "${place_beginnings[i]}" = '*' ]; then
			others+=("$i")
		elif [[ ${block_texts[$2]} == "${place_beginnings[i]}"* ]]; then
			rows+=("$i")
		fi
	done
	[ ${#rows[@]} -gt 0 ] || rows=("${others[@]}")
	[ ${#rows[@]} -eq 1 ] || return
	machine=${place_machines[rows[0]]}
	place_used[rows[0]]=1
}

# name_block DOCUMENT BLOCK: sets block_name to what it is called in results: its
# line, and its first command or else its first line.
name_block() {
	local first=${block_texts[$2]%%$'\n'*}

	if [[ $'\n'${block_texts[$2]} =~ $'\n''$ '([^$'\n']*) ]]; then
		first=${BASH_REMATCH[1]}
	fi
	# What a result has behind such a sign has a meaning of its own.
	first=${first#\# }
	first=${first%%+( )# *}
	# shellcheck disable=SC2034 # used by run.sh
	block_name="$1:${block_lines[$2]} ${first//#/}"
}
