/* SPDX-License-Identifier: BSD-2-Clause */
/* app/setup.c -- one place maps the file to the engine, so that the simulator cannot be given
 * other settings than production. */
#include "app/setup.h"

#include <stdio.h>
#include <string.h>

void
rf_setup_engine(const struct rf_config *c, struct rf_engine_limits *limits,
    struct rf_engine_config *config)
{
	*limits = (struct rf_engine_limits){ .calls = c->pools_calls,
		.transactions = c->pools_transactions,
		.text_bytes = c->pools_text };
	*config = (struct rf_engine_config){ .t1 = c->sip_t1, .t2 = c->sip_t2, .t4 = c->sip_t4,
		.listener_count = (uint8_t)c->listen_count,
		.no_snapshots = strcmp(c->store_url, "memory:") == 0,
		.hash_effects = c->journal_dir != NULL };
	snprintf(config->domain, sizeof config->domain, "%s", c->domain);
	snprintf(config->software, sizeof config->software, "referee");
	for (uint32_t i = 0; i < c->listen_count; i++) {
		config->listener[i].local = c->listen[i].address;
		snprintf(config->listener[i].advertise, sizeof config->listener[i].advertise, "%s",
		    c->listen[i].advertise);
	}
}
