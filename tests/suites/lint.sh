#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The pidns_tree developers
#
# lint.sh KERNEL...: check the source without running it. Prints KTAP. Compiles
# the module for these kernels with all warnings.
# lint.sh --words [FILE...]: check only the words in these files, or in all
# files.

. "$(dirname "$0")/../vm/lib.sh"

# checkpatch checks kernel code. These types of its messages do not apply to
# programs, or not to the file that compares kernel versions.
readonly NOT_IN_PROGRAMS=PREFER_DEFINED_ATTRIBUTE_MACRO,EMBEDDED_FUNCTION_NAME,SSCANF_TO_KSTRTO,STRCPY,QUOTED_WHITESPACE_BEFORE_NEWLINE,FUNCTION_ARGUMENTS,CAMELCASE
readonly NOT_IN_COMPAT=LINUX_VERSION_CODE,CONSTANT_COMPARISON

# lint NAME COMMAND...: run a check, which passes if the command prints nothing
# and its status is 0.
lint() {
	local name=$1 output status
	shift

	output=$("$@" 2>&1)
	status=$?
	[ -z "$output" ] || [ $status -ne 0 ] || status=1
	report "$name" "$output" $status
}

# compile OPTION: build the module with all warnings, in a copy of the source.
compile() {
	local targets

	mapfile -t targets < <(module_targets)
	copy_sources "$ROOT/lint" Kbuild Makefile module tests/kunit
	in_debian "$ROOT" make -s -C /lint W=1 "$1" \
		KDIR="/lib/modules/$VERSION/build" "${targets[@]}" 2>&1 |
		{ grep -v '^Skipping BTF generation' || true; }
}

# print_untested: build for a kernel newer than the tested kernels. Succeed if
# make prints one line about it.
print_untested() {
	local major minor

	IFS=. read -r major minor _ <<<"$VERSION"
	copy_sources "$ROOT/lint" Kbuild Makefile module
	in_debian "$ROOT" make -s -C /lint NEWEST_TESTED=5.10 \
		KDIR="/lib/modules/$VERSION/build" modules 2>&1 |
		grep -v '^Skipping BTF generation' |
		diff <(echo "pidns_tree: Linux $major.$minor is newer than 5.10, the newest tested kernel") -
}

# checkpatch TYPES FILE...: run checkpatch, without these types of messages.
checkpatch() {
	local ignore=$1
	shift

	in_debian "$ROOT" perl /checkpatch/checkpatch.pl --no-tree --root=/checkpatch --strict --terse \
		--no-summary --ignore "FILE_PATH_CHANGES,$ignore" -f "$@"
}

kernel_doc() {
	in_debian "$ROOT" perl /checkpatch/kernel-doc -none -Werror "$@"
}

check_scripts() {
	in_debian "$ROOT" shellcheck -x -s bash -S warning -e SC1091 "$@"
}

# forbid PATTERN FILE...: print lines that match, and fail if there are any.
forbid() {
	! grep -nE -e "$@"
}

# list_setups: print the names of the scripts that prepare the guest for a
# document.
list_setups() {
	list_documents | grep '^tests/docs/setup/'
}

# list_unlicensed: print the names of sources without a licence or a copyright
# holder. Data of the tests has neither.
list_unlicensed() {
	{
		list_sources Kbuild Makefile dkms.conf module tools tests .ci
		list_setups
	} | grep -vE '^tests/(completion/saved/|golden/(cgroups|texts/|outputs/|saved/)|fuzz/corpus/)' |
		xargs awk '
			function check() {
				if (file && !(licence && holder))
					print file
			}
			FNR == 1 { check(); file = FILENAME; licence = holder = 0 }
			/SPDX-License-Identifier: GPL-2.0/ { licence = 1 }
			/Copyright \(C\) [0-9-]+ The pidns_tree developers/ { holder = 1 }
			END { check() }'
}

# list_unknown FILE...: print the functions that the files name and that neither
# the module, the kernel nor the C library has.
list_unknown() {
	local name names

	# Programs in a block define functions of their own.
	mapfile -t names < <(grep -hv '^> ' "$@" |
		grep -oE '\b[a-z_0-9]+\(\)' | sort -u)
	[ ${#names[@]} -gt 10 ] || return
	for name in "${names[@]%??}"; do
		[[ ! $name =~ ^(pthread_.*|sig(timed)?wait)$ ]] || continue
		grep -qE "\b$name\(" "${module[@]}" ||
			grep -rqE --include='*.[ch]' "\b$name\(|SYSCALL_DEFINE.\($name\b" \
				"$SOURCE"/{fs,include/linux,kernel,security} ||
			echo "no $name()"
	done
}

# list_texts: print the names of all text files, without captured data and files
# of other projects. Without git, print only the names of source files.
list_texts() {
	{ git ls-files 2>/dev/null || list_sources . | sed 's|^\./||'; } | grep -vE \
		'^(LICENSE|\.clang-format|tests/suites/words|tests/vm/.*\.patch|tests/(completion/saved|fuzz/corpus|golden/(cgroups|saved|texts))(/.*)?)$'
}

# check_words FILE...: print each use of a word that the table
# tests/suites/words has, with the words to use instead.
check_words() {
	perl -e '
		open(my $table, "<", shift) or die "no table of words\n";
		my @words;
		while (<$table>) {
			next if /^#|^$/;
			chomp;
			my ($pattern, $better) = split /\t/;
			push @words, [qr/$pattern/i, $better];
		}
		for my $name (@ARGV) {
			open(my $file, "<", $name) or die "$name: $!\n";
			my @lines = <$file>;
			for my $i (0 .. $#lines) {
				# A question may end in the next line.
				my $line = $lines[$i] . ($lines[$i + 1] // "");
				for my $word (@words) {
					$line =~ $word->[0] or next;
					$-[0] < length($lines[$i]) or next;
					printf("%s:%d: \"%s\": use %s\n", $name,
						$i + 1, $&, $word->[1]);
				}
			}
		}' tests/suites/words "$@"
}

# check_all_words: check the words in all files.
check_all_words() {
	local texts

	mapfile -t texts < <(list_texts)
	[ ${#texts[@]} -gt 100 ] && check_words "${texts[@]}"
}

cd "$TOP" || exit 1
if [ "${1:-}" = --words ]; then
	shift
	found=$([ $# -gt 0 ] && check_words "$@" || check_all_words)
	[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
	exit
fi

echo "KTAP version 1"
for kernel; do
	lock "$kernel"
	ensure_kernel "$kernel"
	case $kernel in
	# Debian 13's sparse (0.6.4) cannot read these headers.
	7.x*) lint "W=1 on $kernel" compile C=0 ;;
	*) lint "W=1 and sparse on $kernel" compile C=2 ;;
	esac
	unlock "$kernel"
done

# The other checks run in the Debian of the default kernel, whose source has
# checkpatch.
lock "$DEFAULT_KERNEL"
ensure_kernel "$DEFAULT_KERNEL"
ensure_source "${KERNELS[$DEFAULT_KERNEL]%% *}"
lint "a build for an untested kernel prints a line about it" print_untested
copy_sources "$ROOT/lint" module tools tests .ci
list_setups | tar -C "$TOP" -cf - -T - |
	as_root tar -C "$ROOT/lint" -xf - --no-same-owner
as_root rm -rf "$ROOT/checkpatch"
# checkpatch searches this directory for names in mixed case.
as_root mkdir -p "$ROOT/checkpatch/include"
as_root cp "$SOURCE"/scripts/{checkpatch.pl,spelling.txt,const_structs.checkpatch,kernel-doc} \
	"$ROOT/checkpatch"

mapfile -t module < <(list_sources module | grep '\.[ch]$')
mapfile -t logic < <(list_sources module | grep '\.c$')
mapfile -t headers < <(list_sources module | grep '\.h$' | grep -v compat)
mapfile -t programs < <(list_sources tools tests | grep '\.[ch]$')
mapfile -t scripts < <({ list_sources tools tests .ci && list_setups; } |
	xargs grep -lE '^#!/bin/bash|shellcheck shell=bash')

lint "checkpatch --strict on the module" \
	checkpatch NONE "${logic[@]/#//lint/}" "${headers[@]/#//lint/}"
lint "checkpatch --strict on module/compat.h" \
	checkpatch "$NOT_IN_COMPAT" /lint/module/compat.h
lint "checkpatch --strict on the tool and the tests" \
	checkpatch "$NOT_IN_PROGRAMS" "${programs[@]/#//lint/}"
lint "kernel-doc on the module" kernel_doc "${module[@]/#//lint/}"
lint "shellcheck on the scripts" check_scripts "${scripts[@]/#//lint/}"
lint "only module/compat.h compares kernel versions" \
	forbid 'LINUX_VERSION_CODE|KERNEL_VERSION *\(' "${logic[@]}" \
	"${headers[@]}" "${programs[@]}"
lint "no #ifdef in the logic of the module" \
	forbid '^ *# *(if|ifdef|elif|else)\b' "${logic[@]}"
lint "no lookup of symbols that are not exported" \
	forbid 'kallsyms|kprobe' "${module[@]}"
lint "the kernel or the module has the functions that the lessons name" \
	list_unknown tests/lessons/*.md
lint "the module prints no pointer" forbid '%p' "${module[@]}"
lint "every file has a licence and a copyright holder" list_unlicensed
lint "no word that tests/suites/words lists" check_all_words
plan
