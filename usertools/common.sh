# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
# shellcheck shell=bash disable=SC2034 # variables are for those who source this
#
# What all our scripts share: where the project is, how they speak, and how they
# clean up. To be sourced.
#
# Whatever a script starts or changes is registered with at_exit the moment it
# exists. The actions run in reverse order when the script ends, however it ends
# short of SIGKILL. Children that may run long are waited for with the shell's
# own wait, so that a signal to the script takes effect at once.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# One line about a step.
say() {
	printf -- '-- %s\n' "$*"
}

# One line about what went wrong and what to do.
complain() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# The same, and the end.
die() {
	complain "$@"
	exit 1
}

exit_actions=()

# at_exit COMMAND [ARGUMENT]...: run this when the script ends.
at_exit() {
	exit_actions+=("$(printf '%q ' "$@")")
}

run_exit_actions() {
	local status=$? i
	trap '' INT TERM HUP
	set +e
	for ((i = ${#exit_actions[@]} - 1; i >= 0; i--)); do
		eval "${exit_actions[i]}"
	done
	exit "$status"
}

trap run_exit_actions EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# wait_until SECONDS COMMAND...: try until it succeeds; 1 when time is up.
wait_until() {
	local tries=$(($1 * 20))
	shift
	until "$@"; do
		((tries-- > 0)) || return 1
		sleep 0.05
	done
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# stop_child PID: end a child of ours, politely first, and wait for it.
stop_child() {
	is_gone "$1" && return
	kill -TERM "$1" 2>/dev/null
	wait_until 5 is_gone_or_zombie "$1" || kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

is_gone_or_zombie() {
	local state
	state=$(ps -o state= -p "$1") || return 0
	[[ $state == Z* ]]
}

# run_logged LOG COMMAND...: run it with its output in LOG.
run_logged() {
	local log=$1 child status=0
	shift
	"$@" </dev/null >>"$log" 2>&1 &
	child=$!
	at_exit stop_child "$child"
	wait "$child" || status=$?
	unset 'exit_actions[-1]'
	return "$status"
}

# make_work_dir: a directory of our own in $work, gone when the script ends.
make_work_dir() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/objpool.XXXXXX")
	at_exit rm -rf "$work"
}
