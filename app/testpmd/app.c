/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The order in which things are made and taken down again:
 *
 *   ports found and checked   nothing is spent yet
 *   pools made                one for each NUMA node
 *   ports started             their Rx rings fill with mbufs
 *   forwarding                started and stopped any number of times
 *   ports stopped, closed     their rings give the mbufs back
 *   pools counted, freed      every mbuf must be there
 */

#include <stdio.h>

#include "app.h"
#include "report.h"
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

bool
app_close(struct app *app)
{
	bool full;

	if (app->forward.running)
		app_stop(app);
	forward_fini(&app->forward);
	ports_stop(&app->ports);
	ports_close(&app->ports);
	pools_print(&app->pools);
	full = pools_are_full(&app->pools);
	pools_free(&app->pools);
	return full;
}
