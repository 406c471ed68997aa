/* SPDX-License-Identifier: BSD-2-Clause */
/* app/driver_start.c -- builds the driver of its components, in the order in which they need each
 * other, and takes it down. */
#include "app/driver_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "app/journal.h"
#include "app/pages.h"
#include "app/setup.h"

static bool
start_transports(struct rf_driver *d, char error[256])
{
	const struct rf_config *c = d->config;
	struct rf_transport_listener listener[RF_TRANSPORT_LISTENERS_MAX];
	struct rf_tls_profile tls[RF_TLS_PROFILES_MAX];
	if (c->listen_count > RF_TRANSPORT_LISTENERS_MAX || c->tls_count > RF_TLS_PROFILES_MAX) {
		snprintf(error, 256, "too many listeners or TLS profiles");
		return false;
	}
	for (uint32_t i = 0; i < c->listen_count; i++)
		listener[i] = (struct rf_transport_listener){ .local = c->listen[i].address,
			.dscp = (uint8_t)c->listen[i].dscp,
			.tls = (uint8_t)c->listen[i].tls_index };
	for (uint32_t i = 0; i < c->tls_count; i++)
		tls[i] = (struct rf_tls_profile){ .name = c->tls[i].name,
			.certificate = c->tls[i].certificate,
			.key = c->tls[i].key,
			.ca = c->tls[i].ca,
			.crl = c->tls[i].crl,
			.client = c->tls[i].client };
	d->transports = rf_transport_open(d->base,
	    &(struct rf_transport_config){ .listener = listener,
		.listener_count = c->listen_count,
		.tls = tls,
		.tls_count = c->tls_count,
		.links_max = c->limits_connections,
		.links_per_source_max = c->limits_connections_per_source,
		.alias = true },
	    &rf_driver_of_transport, d, error);
	return d->transports != NULL;
}

static bool
start_engine(struct rf_driver *d, char error[256])
{
	const struct rf_config *c = d->config;
	struct rf_engine_limits limits;
	struct rf_engine_config config;
	uint8_t seed[16];
	rf_setup_engine(c, &limits, &config);
	for (uint32_t i = 0; i < c->listen_count; i++)
		config.listener[i].local = rf_transport_local(d->transports, i);
	if (getrandom(seed, sizeof seed, 0) != sizeof seed) {
		snprintf(error, 256, "no entropy");
		return false;
	}
	d->block_size = rf_engine_size(&limits);
	/* A large pool costs nothing until it fills. */
	void *block = rf_pages_map(d->block_size);
	if (block == NULL) {
		snprintf(error, 256, "pools: no %zu bytes of memory", d->block_size);
		return false;
	}
	d->engine = rf_engine_init(block, &limits, &config, seed, rf_driver_now_us());
	d->journal = rf_journal_start(c, seed, error);
	return d->journal != NULL || c->journal_dir == NULL;
}

static bool
is_ipv4(const struct rf_addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	return memcmp(a->ip, mapped, sizeof mapped) == 0;
}

static uint32_t
below(void *user, uint32_t bound)
{
	(void)user;
	return arc4random_uniform(bound);
}

/* What the last process did not get rid of is news to this one. */
static bool
start_outbox(struct rf_driver *d, char error[256])
{
	if (d->config->receivers_count == 0)
		return true;
	d->outbox = rf_outbox_new(d->base, d->config, d->store, d->log, rf_driver_on_posted, d,
	    error);
	if (d->outbox != NULL)
		rf_driver_tell(
		    d, &(struct rf_event){ .kind = RF_EV_NEWS, .value = UINT32_MAX });
	return d->outbox != NULL;
}

static bool
start_reconcile(struct rf_driver *d, char error[256])
{
	if (d->config->reconcile.cdr == NULL)
		return true;
	d->reconcile = rf_reconcile_job_new(d->base, d->config, d->log, error);
	return d->reconcile != NULL;
}

struct rf_driver *
rf_driver_new(
    struct event_base *base, const struct rf_config *config, struct rf_log *log, char error[256])
{
	struct rf_driver *d = calloc(1, sizeof *d);
	snprintf(error, 256, "no memory");
	struct rf_resolver_config resolver = { .random = below, .no_ipv4 = true, .no_ipv6 = true };
	if (d == NULL)
		return NULL;
	/* Addresses nobody here could send to are not worth asking for. */
	for (uint32_t i = 0; i < config->listen_count; i++) {
		if (is_ipv4(&config->listen[i].address))
			resolver.no_ipv4 = false;
		else
			resolver.no_ipv6 = false;
	}
	d->base = base;
	d->config = config;
	d->log = log;
	d->armed_for = RF_TIME_NEVER;
	d->deadline = event_new(base, -1, 0, rf_driver_on_deadline, d);
	d->drain_poll = event_new(base, -1, 0, rf_driver_on_drain_poll, d);
	d->wall_clock = event_new(base, -1, 0, rf_driver_on_wall_clock, d);
	d->policy = rf_policy_new(&config->policy);
	d->zones = rf_zones_new();
	d->ladder = rf_ladder_new(0);
	if (d->deadline != NULL && d->drain_poll != NULL && d->wall_clock != NULL &&
	    d->policy != NULL && d->zones != NULL && d->ladder != NULL &&
	    rf_driver_open_store(d, error) &&
	    start_transports(d, error) && start_engine(d, error) &&
	    (d->resolver = rf_resolver_new(base, &resolver, rf_driver_on_resolved, d, error)) !=
		NULL) {
		rf_driver_on_wall_clock(-1, 0, d);
		if (rf_driver_restore_all(d, error) && start_outbox(d, error) &&
		    start_reconcile(d, error))
			return d;
	}
	rf_driver_free(d);
	return NULL;
}

void
rf_driver_free(struct rf_driver *d)
{
	if (d == NULL)
		return;
	if (d->transports != NULL)
		rf_transport_free(d->transports);
	if (d->resolver != NULL)
		rf_resolver_free(d->resolver);
	rf_reconcile_job_free(d->reconcile);
	rf_outbox_free(d->outbox);
	rf_store_close(d->store);
	rf_blackbox_close(d->blackbox);
	rf_ladder_free(d->ladder);
	rf_policy_free(d->policy);
	rf_zones_free(d->zones);
	if (d->deadline != NULL)
		event_free(d->deadline);
	if (d->drain_poll != NULL)
		event_free(d->drain_poll);
	if (d->wall_clock != NULL)
		event_free(d->wall_clock);
	for (uint32_t i = 0; i < RF_LINK_SLOTS; i++)
		free(d->links[i]);
	if (d->journal != NULL)
		rf_journal_stop(d->journal, d->engine);
	rf_pages_unmap(d->engine, d->block_size);
	free(d);
}
