/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The order in which things are made and taken down again:
 *
 *   ports found and checked   nothing is spent yet
 *   pools made                one for each NUMA node; refused if they are to be
 *                             replaced later and cannot
 *   ports started             their Rx rings fill with mbufs
 *   forwarding                started and stopped any number of times
 *     pools replaced          meanwhile, if that is wanted; the ports' own
 *                             pools stay as heads
 *   ports stopped, closed     their rings give the mbufs back
 *   replaced pools released   the last packets are home
 *   pools counted, freed      every mbuf must be there: first the heads, then
 *                             what they handed out
 */

#include <stdio.h>

#include "app.h"
#include "complain.h"
#include "stats.h"

int
app_open(struct app *app)
{
	const struct options *options = &app->options;
	int ret;

	ret = forward_check(options, options->engine);
	if (ret < 0)
		return ret;
	ret = ports_find(&app->ports, options);
	if (ret < 0)
		goto err_close;
	ret = pools_create(&app->pools, &app->ports, options);
	if (ret < 0)
		goto err_close;
	for (unsigned int i = 0; i < app->pools.nr; i++) {
		ret = options->replace_ms == 0 ?
			0 :
			replace_check(&app->pools.pool[i]);
		if (ret < 0)
			goto err_close;
	}
	ret = ports_start(&app->ports, options);
	if (ret < 0)
		goto err_stop;
	ret = forward_plan(&app->forward, &app->ports, options);
	if (ret < 0)
		goto err_stop;
	ports_wait_for_links(&app->ports);
	return 0;

err_stop:
	ports_stop(&app->ports);
err_close:
	ports_close(&app->ports);
	pools_free(&app->pools);
	return ret;
}

int
app_start(struct app *app, bool tx_first)
{
	if (app->forward.running) {
		printf("Packet forwarding already started\n");
		return 0;
	}
	replace_begin(&app->replace, app->options.replace_ms);
	return forward_start(&app->forward, &app->ports, &app->options,
		tx_first);
}

void
app_stop(struct app *app)
{
	if (!app->forward.running) {
		printf("Packet forwarding not started\n");
		return;
	}
	forward_stop(&app->forward);
	stats_print_forward(&app->forward, &app->ports);
	printf("\nDone.\n");
}

int
app_step(struct app *app)
{
	return replace_step(&app->replace, &app->pools, app->forward.running);
}

bool
app_close(struct app *app)
{
	bool full;

	if (app->forward.running)
		app_stop(app);
	forward_fini(&app->forward);
	ports_stop(&app->ports);
	ports_close(&app->ports);
	replace_settle(&app->pools);
	pools_print(&app->pools);
	full = pools_are_full(&app->pools);
	pools_free(&app->pools);
	return full;
}
