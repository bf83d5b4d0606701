#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
#
# What "meson install" gives is complete and usable: headers, the library with
# its versioned symbols, libobjpool.pc, plugins and programs. A program is built
# with nothing but that, and run; the installed forwarder and plugin work.

set -euo pipefail
# shellcheck source=test/programs/check.sh
source "$(dirname "${BASH_SOURCE[0]}")/check.sh"

root=$work/root

# one NAME: the one installed file of that name.
one() {
	local found
	found=$(find "$root" -name "$1")
	[[ -n $found && $found != *$'\n'* ]] || {
		echo "$1: ${found:-not installed}"
		return 1
	}
	echo "$found"
}

# Symbols of the library that programs can use, with their version.
exported() {
	readelf --wide --dyn-syms "$1" |
		awk '$5 == "GLOBAL" && $7 != "UND" && $7 != "ABS" { print $8 }'
}

only_versioned_symbols() {
	local names
	names=$(exported "$1")
	grep -q '^objpool_pop@@OBJPOOL_' <<<"$names" &&
		! grep -vE '^objpool_[a-z0-9_]+@@OBJPOOL_[0-9.]+$' <<<"$names"
}

# Everything that the map promises is there.
map_is_exported() {
	local name names
	names=$(exported "$1")
	for name in $(grep -oE '\bobjpool_[a-z0-9_]+;' "$project/lib/objpool.map" |
		tr -d ';'); do
		grep -q "^$name@@" <<<"$names" || {
			echo "$name is in the map and not in the library"
			return 1
		}
	done
}

compile() {
	local flags
	flags=$(PKG_CONFIG_SYSROOT_DIR=$root pkg-config \
		--with-path="$(dirname "$1")" --cflags --libs libobjpool)
	cat >"$work/user.c" <<-'EOF'
	#include <stdio.h>
	#include <objpool/objpool.h>

	int main(void)
	{
		struct objpool_attr attr = { .nr_objs = 100, .obj_size = 32 };
		struct objpool *pool;
		void *obj;

		if (objpool_create(&attr, &pool) < 0)
			return 1;
		obj = objpool_pop(pool);
		printf("%u free\n", objpool_nr_free(pool));
		objpool_push(obj, pool);
		return objpool_free(pool);
	}
	EOF
	# shellcheck disable=SC2086 # several words
	gcc -Wall -Werror -o "$work/user" "$work/user.c" $flags
}

# The forwarder finds its plugin in the directory it was configured for; here
# everything lies below another root.
run_forwarder() {
	local out=$work/out.pcap
	eal_args 2 none
	LD_LIBRARY_PATH=$plugins:$libraries run_logged "$work/log" \
		"$1" "${eal[@]}" \
		--vdev "net_pcap0,rx_pcap=$traffic,tx_pcap=$out" -- \
		--exit-when-idle=1 --total-num-mbufs=2048 ||
		{ cat "$work/log" && return 1; }
	"$compare" "$traffic" "$out"
}

run_plugin() {
	local args=("$@")
	eal_args 2 none
	echo quit | LD_LIBRARY_PATH=$plugins dpdk-testpmd "${eal[@]}" \
		"${args[@]}" --vdev net_null0 -- -i --total-num-mbufs=2048 \
		>"$work/log" 2>&1 && has "$work/log" 'Bye'
}

check "meson install" /usr/bin/meson install -C "$build" --no-rebuild \
	--destdir "$root"
for header in "$project"/lib/include/objpool/*.h objpool_mempool.h; do
	check "header $(basename "$header")" one "$(basename "$header")"
done
for file in libobjpool.so libobjpool.so.0 libobjpool.a libobjpool.pc \
	libobjpool-mempool.pc \
	librte_mempool_objpool.so librte_mempool_objpool_default.so \
	objpool-testpmd; do
	check "file $file" one "$file"
done

library=$(one libobjpool.so)
libraries=$(dirname "$library")
plugins=$(dirname "$(one librte_mempool_objpool.so)")
check "symbols are versioned, and ours only" only_versioned_symbols "$library"
check "symbols of the map are all there" map_is_exported "$library"
check "a program builds with libobjpool.pc" compile "$(one libobjpool.pc)"
check "it runs" same "99 free" "$(LD_LIBRARY_PATH=$libraries "$work/user" 2>&1)"
check "the installed forwarder forwards" run_forwarder "$(one objpool-testpmd)"
check "the installed plugin loads" run_plugin \
	-d librte_mempool_objpool.so --mbuf-pool-ops-name=objpool
check "the plugin for all pools loads" run_plugin \
	-d librte_mempool_objpool_default.so
finish
