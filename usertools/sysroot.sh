# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
# shellcheck shell=bash disable=SC2034,SC2154 # variables are for those who source this
#
# Debian's libraries for another machine, in a directory of their own. To be
# sourced after setup.sh.
#
# They are not installed: packages of two machines at a time often disagree about
# a version, and then apt removes what is in use. Instead apt, with a state of
# its own that says nothing is installed, fetches what the packages need down to
# the C library, from the sources that this system has; dpkg unpacks it without
# running anything. No root is needed, and the system's packages do not change.
#
# A sysroot stays where it is, like packages that were installed, and serves
# again as long as the same packages are wanted.

if ((EUID == 0)); then
	sysroots=/var/cache/objpool
else
	sysroots=${XDG_CACHE_HOME:-$HOME/.cache}/objpool
fi

# apt_for ARCH STATE LOG ARGUMENT...: apt-get in a world of its own.
apt_for() {
	local arch=$1 state=$2 log=$3
	shift 3
	apt_run "$log" -o APT::Architecture="$arch" \
		-o APT::Architectures="$arch" -o APT::Sandbox::User=root \
		-o Dir::State="$state" -o Dir::State::status="$state/status" \
		-o Dir::Cache="$state" -o Debug::NoLocking=1 "$@"
}

# unpack_for ARCH DIRECTORY LOG PACKAGE...: fetch and unpack into DIRECTORY/root.
unpack_for() {
	local arch=$1 dir=$2 log=$3 package
	shift 3
	mkdir -p "$dir"/{root,lists/partial,archives/partial}
	: >"$dir/status"
	# Some of the system's sources may know nothing of this machine.
	apt_for "$arch" "$dir" "$log" update || true
	apt_for "$arch" "$dir" "$log" install --yes --download-only \
		--no-install-recommends "$@" || return
	for package in "$dir"/archives/*.deb; do
		dpkg-deb --extract "$package" "$dir/root" >>"$log" 2>&1 ||
			return
	done
}

# setup_sysroot ARCH PACKAGE...: see to it that there is one with these and what
# they need; $sysroot names it. 1 after a complaint if there is none to be had.
setup_sysroot() {
	local arch=$1 log new
	shift
	sysroot=$sysroots/$arch
	if [[ $(cat "$sysroot/objpool-has" 2>/dev/null) == "$*" ]]; then
		say "libraries for $arch: all there"
		return
	fi
	say "libraries for $arch: fetching $* to $sysroot"
	mkdir -p "$sysroots"
	new=$(mktemp -d "$sysroots/new.XXXXXX")
	at_exit rm -rf "$new"
	log=$new/log
	unpack_for "$arch" "$new" "$log" "$@" || {
		complain "no libraries for $arch:" \
			"$(grep '^E:' "$log" | tail -n 1)" \
			"(is the network up, and are Debian's sources in /etc/apt?)"
		return 1
	}
	echo "$*" >"$new/root/objpool-has"
	chmod 755 "$new/root"
	# all at once: two may be at it
	rm -rf "$sysroot" && mv -T "$new/root" "$sysroot" && rm -rf "$new"
}

# cross_to ARCH PACKAGE...: $setup_args makes meson build for that machine.
cross_to() {
	local arch=$1
	setup_sysroot "$@" || return
	printf "[constants]\nsysroot = '%s'\n" "$sysroot" >"$sysroot.ini"
	setup_args=(--cross-file "$sysroot.ini"
		--cross-file "$project/test/port/$arch.ini")
}
