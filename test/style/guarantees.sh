#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Every guarantee G1..Gn that the public header lists is cited by a test, and no
# test cites one that does not exist.
#
# usage: guarantees.sh SOURCE_ROOT

set -eu
cd "$1"

listed=$(sed -n 's/^ \*  \(G[0-9]\{1,\}\) .*/\1/p' lib/include/objpool/*.h |
	sort -u)
cited=$(grep -rhoE --include='*.[ch]' --include='*.cpp' \
	'covers( G[0-9]+)+' test | grep -oE 'G[0-9]+' | sort -u)
rc=0

if [ -z "$listed" ]; then
	echo "no guarantee found in lib/include/objpool"
	rc=1
fi
for g in $listed; do
	if ! echo "$cited" | grep -qx "$g"; then
		echo "$g is promised, but no test says \"covers $g\""
		rc=1
	fi
done
for g in $cited; do
	if ! echo "$listed" | grep -qx "$g"; then
		echo "a test covers $g, but no header promises it"
		rc=1
	fi
done
exit $rc
