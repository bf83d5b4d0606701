#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Inline pop and push have no locked instruction and no fence: what gcc and
# clang make of them is listed and looked through, with all that they call in
# the same file. What is not done inline must be a call of the library's. The
# same with a fence shows that the look finds what it is for. Prints TAP.
#
# usage: instructions.sh SOURCE_ROOT

set -euo pipefail
root=$1
nr=0
bad=0

if [[ $(uname -m) != x86_64 ]]; then
	echo "1..0 # SKIP instructions are known for x86-64 only"
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# result WHAT COMMAND...: a line of TAP.
result() {
	local what=$1
	shift
	nr=$((nr + 1))
	if "$@"; then
		echo "ok $nr - $what"
	else
		bad=$((bad + 1))
		echo "not ok $nr - $what"
	fi
}

listing() {
	objdump -d --no-show-raw-insn --no-addresses "$1" | grep -P '^\t'
}

# On x86 an xchg with memory locks without a prefix.
costly() {
	listing "$1" |
		grep -E '\<(lock|mfence|lfence|sfence)\>|\<xchg[a-z]*\>.*\('
}

# Show what is costly; there must be none.
is_cheap() {
	! costly "$1" | sed 's/^/# /' | grep .
}

is_costly() {
	costly "$1" >/dev/null
}

# Stores of T and loads of W are there, not a call of the library alone.
is_whole() {
	(($(listing "$1" | wc -l) > 20))
}

# is_inline OBJECT FUNCTION: no part of it became a function of its own, but for
# what the compiler moved out of the way.
is_inline() {
	! nm --defined-only "$1" | awk '{ print $3 }' |
		grep -vE "^$2(\\.cold)?\$" | sed 's/^/# not inline: /' | grep .
}

# calls_just OBJECT FUNCTION...: what is not in the object.
calls_just() {
	local object=$1
	shift
	diff <(nm --undefined-only "$object" | awk '{ print $2 }' | sort) \
		<(printf '%s\n' "$@" | sort) | sed 's/^/# /' | (! grep .)
}

# compile COMPILER LEVEL NAME [OPTION]...: sets object.
compile() {
	object=$work/$1$2-$3.o
	"$1" -std=gnu11 "$2" -I "$root/lib/include" "${@:4}" \
		-c "$root/test/count/instructions.c" -o "$object"
}

look_at() {
	local with="$1 $2" name

	for name in pop push; do
		compile "$1" "$2" "$name" "-DONLY_${name^^}"
		result "$with: $name is whole" is_whole "$object"
		result "$with: $name is inline" is_inline "$object" "$name"
		result "$with: $name locks and fences nothing" is_cheap "$object"
		result "$with: $name calls the library alone" calls_just \
			"$object" "objpool_slot_${name}_2_"
		echo "# $(listing "$object" | wc -l) instructions"
		compile "$1" "$2" "$name-fenced" "-DONLY_${name^^}" -DFENCED
		result "$with: a fence in $name is seen" is_costly "$object"
	done
	compile "$1" "$2" all
	result "$with: calls of all kinds lock and fence nothing" is_cheap \
		"$object"
	result "$with: with several calls in a file all are inline" is_inline \
		"$object" "(pop|push)(_bulk)?"
	result "$with: calls of all kinds call the library alone" calls_just \
		"$object" objpool_slot_{pop,push}_2_
}

found=0
for compiler in gcc clang; do
	if command -v "$compiler" >/dev/null; then
		found=$((found + 1))
		look_at "$compiler" -O2
		look_at "$compiler" -O3
	else
		echo "# no $compiler here"
	fi
done
result "there is a compiler" test "$found" -gt 0
echo "1..$nr"
((bad == 0))
