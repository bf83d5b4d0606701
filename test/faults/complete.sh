#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# Everything that the library, or the driver, calls outside itself either fails
# in these tests or is listed here as what cannot, or need not be made to.
#
# usage: complete.sh library LIBRARY.a FAILING...
#        complete.sh driver DRIVER.a LIBRARY.a FAILING...

set -eu
what=$1
archive=$2
inside=$archive # what is called there is not outside
shift 2
if [ "$what" = driver ]; then
	inside="$archive $1"
	shift
fi
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

# Of the driver besides, by why they need not fail here.
# The C library: as above; of a thread that was just made.
harmless_driver='
free memcmp pthread_cond_broadcast pthread_detach pthread_self strcmp strncmp
vsnprintf
'
# EAL: what it says and writes, its locks, what it knows since it started.
harmless_driver="$harmless_driver
__rte_panic per_lcore__lcore_id per_lcore__rte_errno rte_get_tsc_hz
rte_lcore_cpuset rte_lcore_has_role rte_lcore_to_socket_id rte_log
rte_mcfg_mempool_write_lock rte_mcfg_mempool_write_unlock
rte_mcfg_tailq_read_lock rte_mcfg_tailq_read_unlock
rte_mcfg_tailq_write_lock rte_mcfg_tailq_write_unlock rte_socket_id
rte_socket_id_by_idx rte_strerror
"
# Mempools and memzones that are there: walked through, found or not (what a
# secondary does not find is in test/driver), freed.
harmless_driver="$harmless_driver
rte_eal_tailq_lookup rte_free rte_mempool_free rte_mempool_obj_iter
rte_mempool_ops_table rte_mempool_walk rte_memzone_free rte_memzone_lookup
rte_memzone_walk rte_ring_get_memsize
"
# Fails only if what we give it to call does; that fails with pushes only.
harmless_driver="$harmless_driver rte_mempool_op_populate_default"
# While the plugin is loaded, before a test can do anything: a full table of
# drivers is in test/programs, and without a log type or a command of telemetry
# there are no such lines and answers.
harmless_driver="$harmless_driver
rte_log_register_type_and_pick_level rte_mempool_register_ops
rte_telemetry_register_cmd
"
# What there is no memory for, or no room, is left out of an answer.
harmless_driver="$harmless_driver
rte_tel_data_add_array_string rte_tel_data_add_dict_container
rte_tel_data_add_dict_string rte_tel_data_add_dict_u64 rte_tel_data_alloc
rte_tel_data_free rte_tel_data_start_array rte_tel_data_start_dict
"
[ "$what" != driver ] || harmless="$harmless $harmless_driver"

# names ARCHIVE...: what is defined, and called, there.
names() {
	nm "$@" 2>/dev/null
}

# shellcheck disable=SC2086 # one or two
defined=$(names $inside | awk 'NF == 3 { print $3 }' | sort -u)
called=$(names "$archive" | awk '$1 == "U" { print $2 }' | sort -u)
if [ -z "$called" ]; then
	echo "no names in $archive"
	exit 1
fi
known=$(printf '%s\n' "$harmless" "$defined" "$@" | tr ' ' '\n')
for name in $called; do
	if ! printf '%s\n' "$known" | grep -qx "$name"; then
		echo "the $what calls $name, which never fails in test/faults"
		rc=1
	fi
done
for name; do
	if ! printf '%s\n' "$called" | grep -qx "$name"; then
		echo "the $what does not call $name any more"
		rc=1
	fi
done
exit $rc
