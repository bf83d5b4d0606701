#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# A test program that has a mistake in the library linked in must fail, and say
# that.
#
# usage: control.sh NAME TEXT PROGRAM [ARGUMENT]...

set -u
name=$1
text=$2
shift 2
echo 1..1
output=$("$@" 2>&1)
status=$?
if [ "$status" != 0 ] && printf '%s\n' "$output" | grep -q -e "$text"; then
	echo "ok 1 - mutant $name is noticed"
	exit 0
fi
echo "not ok 1 - mutant $name: status $status, no \"$text\""
printf '%s\n' "$output" | tail -n 20
exit 1
