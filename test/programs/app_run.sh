#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# app/run as a user runs it: from another directory, twice, to the end, and
# interrupted. It builds in build/, so it is tested with that build only.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

log=$work/run.log

# What app/run must not leave behind.
leftovers() {
	compgen -G '/dev/hugepages/objpool-run-*' || true
	compgen -G '/var/run/dpdk/objpool-run-*' || true
	compgen -G "$work/objpool.*" || true
	pgrep -a -f -- '--file-prefix=objpool-run-' || true
}

run_app() {
	(cd / && TMPDIR=$work "$project/app/run" </dev/null >"$log" 2>&1) || {
		cat "$log"
		return 1
	}
}

# interrupted_at PATTERN: end it when it has said that.
interrupted_at() {
	local status=0 pid
	TMPDIR=$work "$project/app/run" </dev/null >"$log" 2>&1 &
	pid=$!
	at_exit stop_child "$pid"
	wait_until 60 said_or_ended "$1" "$pid"
	grep -q "$1" "$log" || {
		cat "$log"
		return 1
	}
	kill -TERM "$pid"
	wait "$pid" || status=$?
	same 143 "$status"
}

said_or_ended() {
	grep -q "$1" "$log" || is_gone_or_zombie "$2"
}

if [[ $build != "$project/build" ]]; then
	skip "app/run" "this is not the build that it makes"
	finish
fi
huge_before=$(cat /proc/sys/vm/nr_hugepages)
check "app/run ends well" run_app
check "its verdict is OK" has "$log" '^OK: 640 packets went through an objpool'
check "both programs forwarded all" \
	same 2 "$(grep -c 'identical: 640 packets' "$log")"
check "it leaves nothing behind" same "" "$(leftovers)"
check "it can be interrupted" interrupted_at 'Forwarding with objpool-testpmd'
check "and leaves nothing behind" same "" "$(leftovers)"
check "in the middle of dpdk-testpmd, too" interrupted_at 'This script types'
check "and leaves nothing behind" same "" "$(leftovers)"
check "hugepages are as before" \
	same "$huge_before" "$(cat /proc/sys/vm/nr_hugepages)"
finish
