/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The driver's telemetry commands, asked through EAL's socket as
 * dpdk-telemetry.py does.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_telemetry.h>

#include <objpool/objpool_mempool.h>

#include "eal.h"

static char answer[16384];

/* By names that come first: the driver is refused what it asks EAL for. */
static atomic_uint nr_refused, refuse_data, refuse_entry;

static void *
next(const char *name)
{
	void *fn = dlsym(RTLD_NEXT, name);

	if (fn == NULL)
		abort();
	return fn;
}

struct rte_tel_data *
rte_tel_data_alloc(void)
{
	struct rte_tel_data *(*real)(void) = next("rte_tel_data_alloc");

	if (atomic_load(&refuse_data) == 0)
		return real();
	atomic_fetch_add(&nr_refused, 1);
	return NULL;
}

int
rte_tel_data_add_dict_container(struct rte_tel_data *d, const char *name,
	struct rte_tel_data *val, int keep)
{
	int (*real)(struct rte_tel_data *, const char *, struct rte_tel_data *,
		int) = next("rte_tel_data_add_dict_container");

	if (atomic_load(&refuse_entry) == 0)
		return real(d, name, val, keep);
	atomic_fetch_add(&nr_refused, 1);
	return -ENOSPC;
}

static void
receive(int fd)
{
	ssize_t len = recv(fd, answer, sizeof(answer) - 1, 0);

	assert_true(len > 0);
	answer[len] = '\0';
}

static const char *
ask(const char *command)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	assert_true(fd >= 0);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s/dpdk_telemetry.v2",
		rte_eal_get_runtime_dir());
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	receive(fd); /* who it is */
	assert_true(send(fd, command, strlen(command), 0) > 0);
	receive(fd);
	close(fd);
	return answer;
}

static void
list_names_pools_of_this_driver_only(void **state)
{
	struct rte_mempool *ring = rte_mempool_create("ring", 10, 8, 0, 0, NULL,
		NULL, NULL, NULL, SOCKET_ID_ANY, 0);
	struct rte_mempool *mp[2];

	(void)state;
	assert_non_null(ring);
	assert_string_equal(ask("/objpool/list"), "{\"/objpool/list\":[]}");
	mp[0] = mempool_new("first", 100, 0);
	mp[1] = mempool_new("second", 100, 0);
	assert_string_equal(ask("/objpool/list"),
		"{\"/objpool/list\":[\"first\",\"second\"]}");
	rte_mempool_free(mp[0]);
	assert_string_equal(ask("/objpool/list"),
		"{\"/objpool/list\":[\"second\"]}");
	rte_mempool_free(mp[1]);
	rte_mempool_free(ring);
}

static void
info_tells_the_counters(void **state)
{
	struct rte_mempool *mp = mempool_new("packets", 100, 0);
	void *objs[30];

	(void)state;
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 30), 0);
	ask("/objpool/info,packets");
	assert_non_null(strstr(answer, "\"name\":\"packets\""));
	assert_non_null(strstr(answer, "\"nr_objs\":100,"));
	assert_non_null(strstr(answer, "\"nr_free\":70,"));
	assert_non_null(strstr(answer, "\"pops\":30,"));
	assert_non_null(strstr(answer, "\"pushes\":100,"));
	assert_non_null(strstr(answer, "\"nr_claimed\":1,"));
	rte_mempool_free(mp);
}

static void
waiting_tells_what_is_not_home(void **state)
{
	struct rte_mempool *mp = mempool_new("old", 100, 0);
	void *objs[3];

	(void)state;
	assert_string_equal(ask("/objpool/waiting"),
		"{\"/objpool/waiting\":{}}");
	assert_int_equal(rte_mempool_get_bulk(mp, objs, 3), 0);
	assert_int_equal(objpool_mempool_free_deferred(mp, NULL, NULL), 0);
	assert_string_equal(ask("/objpool/waiting"),
		"{\"/objpool/waiting\":{\"0\":{\"name\":\"old\",\"nr_objs\":100,"
		"\"nr_out\":3,\"nr_cached\":0,\"seconds\":0,"
		"\"holders\":\"3 elsewhere\"}}}");
	/* What there is no room for is left out. */
	atomic_store(&refuse_data, 1);
	assert_string_equal(ask("/objpool/waiting"),
		"{\"/objpool/waiting\":{}}");
	assert_int_equal(atomic_exchange(&refuse_data, 0), 1);
	atomic_store(&refuse_entry, 1);
	assert_string_equal(ask("/objpool/waiting"),
		"{\"/objpool/waiting\":{}}");
	atomic_store(&refuse_entry, 0);
	assert_int_equal(atomic_load(&nr_refused), 2);
	rte_mempool_put_bulk(mp, objs, 3);
	assert_int_equal(objpool_mempool_wait(20000), 0);
	assert_string_equal(ask("/objpool/waiting"),
		"{\"/objpool/waiting\":{}}");
}

static void
info_about_anything_else_tells_nothing(void **state)
{
	struct rte_mempool *ring = rte_mempool_create("ring", 10, 8, 0, 0, NULL,
		NULL, NULL, NULL, SOCKET_ID_ANY, 0);

	(void)state;
	assert_string_equal(ask("/objpool/info"), "{\"/objpool/info\":null}");
	assert_string_equal(ask("/objpool/info,nobody"),
		"{\"/objpool/info\":null}");
	assert_string_equal(ask("/objpool/info,ring"),
		"{\"/objpool/info\":null}");
	rte_mempool_free(ring);
}

int
main(int argc, char **args)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_names_pools_of_this_driver_only),
		cmocka_unit_test(info_tells_the_counters),
		cmocka_unit_test(waiting_tells_what_is_not_home),
		cmocka_unit_test(info_about_anything_else_tells_nothing),
	};
	int failed;

	eal_start(argc, args);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return failed;
}
