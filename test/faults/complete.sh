#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Everything that the library calls outside itself either fails in these tests
# or is listed here as what cannot, or need not be made to.
#
# usage: complete.sh LIBRARY.a WRAPPED...

set -eu
library=$1
shift
rc=0

# What cannot fail with right arguments; locks and semaphores; text and time;
# what is asked before something that is made to fail.
harmless='
__assert_fail __errno_location __isoc99_sscanf __sched_cpucount __tls_get_addr
_GLOBAL_OFFSET_TABLE_ abort clock_gettime fprintf fputs fwrite getauxval getpid
kill memcpy memmove memset nanosleep prctl qsort snprintf stderr strcpy strerror
strchr strlen strnlen strrchr strtol usleep
numa_all_nodes_ptr numa_available numa_bitmask_isbitset numa_distance
numa_max_node
numa_tonode_memory
pthread_atfork pthread_attr_destroy pthread_attr_init pthread_cond_destroy
pthread_cond_init pthread_cond_signal pthread_cond_timedwait pthread_cond_wait
pthread_condattr_destroy pthread_condattr_init pthread_condattr_setclock
pthread_mutex_destroy pthread_mutex_init pthread_mutex_lock
pthread_mutex_unlock pthread_setname_np pthread_sigmask
sched_getaffinity sched_getcpu sched_yield sem_clockwait sem_destroy sem_init
sem_post sem_wait sigfillset
'

names=$(nm "$library" 2>/dev/null)
defined=$(printf '%s\n' "$names" | awk 'NF == 3 { print $3 }' | sort -u)
called=$(printf '%s\n' "$names" | awk '$1 == "U" { print $2 }' | sort -u)
if [ -z "$called" ]; then
	echo "no names in $library"
	exit 1
fi
known=$(printf '%s\n' "$harmless" "$defined" "$@" | tr ' ' '\n')
for name in $called; do
	if ! printf '%s\n' "$known" | grep -qx "$name"; then
		echo "the library calls $name, which never fails in test/faults"
		rc=1
	fi
done
for name; do
	if ! printf '%s\n' "$called" | grep -qx "$name"; then
		echo "the library does not call $name any more"
		rc=1
	fi
done
exit $rc
