/* SPDX-License-Identifier: BSD-2-Clause */
/* app/setup.c -- one place maps the file to the engine, so that the simulator cannot be given
 * other settings than production. */
#include "app/setup.h"

#include <stdio.h>
#include <string.h>

#include "webhook/client.h"

void
rf_setup_engine(const struct rf_config *c, struct rf_engine_limits *limits,
    struct rf_engine_config *config)
{
	*limits = (struct rf_engine_limits){ .calls = c->pools_calls,
		.transactions = c->pools_transactions,
		.text_bytes = c->pools_text,
		.deliveries = c->receivers_count > 0 ? RF_WEBHOOK_POSTS_MAX : 0 };
	*config = (struct rf_engine_config){ .t1 = c->sip_t1, .t2 = c->sip_t2, .t4 = c->sip_t4,
		.listener_count = (uint8_t)c->listen_count,
		.receiver_count = (uint8_t)c->receivers_count,
		.no_snapshots = strcmp(c->store_url, "memory:") == 0,
		.hash_effects = c->journal_dir != NULL };
	snprintf(config->domain, sizeof config->domain, "%s", c->domain);
	snprintf(config->software, sizeof config->software, "referee");
	for (uint32_t i = 0; i < c->listen_count; i++) {
		config->listener[i].local = c->listen[i].address;
		snprintf(config->listener[i].advertise, sizeof config->listener[i].advertise, "%s",
		    c->listen[i].advertise);
	}
	for (uint32_t i = 0; i < c->receivers_count; i++) {
		const struct rf_config_receiver *r = &c->receivers[i];
		config->receiver[i] = (struct rf_receiver_rules){
			.retries = r->retries > 0 ? r->retries : UINT32_MAX,
			.backoff = r->backoff,
			.backoff_cap = r->backoff_cap,
			.retry_after_max = r->retry_after_max,
			.failures = r->breaker_failures,
			.open = r->breaker_open,
			.posts = r->connections };
	}
}
