#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Lets libFuzzer look for more, from what is known, the same way each time that
# the seed is the same.
# What it finds on the way is not kept; what fails is printed, to be decoded
# into a file of the corpus.
#
# usage: fuzz.sh FUZZ CORPUS RUNS [SEED]

set -u
fuzz=$1
corpus=$2
runs=$3
seed=${4:-1}
work=$(mktemp -d "${TMPDIR:-/tmp}/objpool.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$work/new"
echo 1..1
if "$fuzz" -seed="$seed" -runs="$runs" -max_len=600 -print_final_stats=1 \
	-artifact_prefix="$work/" "$work/new" "$corpus" >"$work/log" 2>&1; then
	grep -E '^Done|^stat::' "$work/log"
	echo "ok 1 - nothing found"
	exit 0
fi
echo "not ok 1 - libFuzzer found something"
tail -n 60 "$work/log"
for file in "$work"/crash-* "$work"/leak-* "$work"/timeout-* "$work"/oom-*; do
	if [ -f "$file" ]; then
		echo "base64 -d >test/fuzz/corpus/$(basename "$file") <<."
		base64 "$file"
	fi
done
exit 1
