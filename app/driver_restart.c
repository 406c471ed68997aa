/* SPDX-License-Identifier: BSD-2-Clause */
/* app/driver_restart.c -- what the last process left: its sessions in the store, and in the black
 * box who may have made it die (ADR 010, ADR 012). */
#include "app/driver_parts.h"

#include <stdio.h>
#include <string.h>

static void
restore(struct rf_driver *d, const struct rf_store_saved *saved)
{
	struct rf_stats before, after;
	rf_time away = rf_driver_wall_us() - saved->saved_us;
	rf_engine_stats(d->engine, &before);
	rf_driver_tell(d,
	    &(struct rf_event){ .kind = RF_EV_RESTORE,
		.session = saved->session,
		.bytes = saved->snapshot,
		.away = away > 0 ? away : 0,
		.restarts = saved->restarts });
	rf_engine_stats(d->engine, &after);
	if (after.restore_refused == before.restore_refused)
		return;
	char session[20];
	snprintf(session, sizeof session, "%012llx", (unsigned long long)saved->session);
	rf_log_event(d->log, RF_LOG_ERROR, "restore.refused",
	    (const struct rf_log_pair[]){ rf_log_text("session", session), { 0 } });
	rf_store_review(d->store, saved->session, "its snapshot cannot be restored");
}

bool
rf_driver_restore_all(struct rf_driver *d, char error[256])
{
	struct rf_store_saved saved[RF_STORE_RESTORE_MAX];
	int count, restored = 0;
	rf_transport_hold(d->transports, true);
	/* Perhaps there was a process before. */
	rf_driver_tell(d, &(struct rf_event){ .kind = RF_EV_RESTORE });
	rf_blackbox_enter_restore(d->blackbox);
	while ((count = rf_store_restore_next(d->store, saved, error)) > 0) {
		for (int i = 0; i < count; i++)
			restore(d, &saved[i]);
		restored += count;
		event_base_loop(d->base, EVLOOP_NONBLOCK);
	}
	rf_blackbox_leave(d->blackbox);
	rf_transport_hold(d->transports, false);
	if (restored > 0)
		rf_log_event(d->log, RF_LOG_INFO, "restore.done",
		    (const struct rf_log_pair[]){ rf_log_number("sessions", restored), { 0 } });
	return count == 0;
}

static void
tell_poison(struct rf_driver *d, const struct rf_blackbox_source *died)
{
	char text[48];
	if (died->aborts > 0)
		rf_log_event(d->log, RF_LOG_ERROR,
		    died->aborts < RF_BLACKBOX_ABORTS_MAX ? "source.suspected" : "source.poisoned",
		    (const struct rf_log_pair[]){ rf_driver_source_pair(text, &died->address),
			rf_log_number("aborts", died->aborts), { 0 } });
}

bool
rf_driver_open_store(struct rf_driver *d, char error[256])
{
	static const char file_scheme[] = "sqlite:";
	const struct rf_config *c = d->config;
	struct rf_blackbox_source died;
	char box[512];
	if (strncmp(c->store_url, file_scheme, sizeof file_scheme - 1) == 0) {
		snprintf(box, sizeof box, "%s-blackbox", c->store_url + sizeof file_scheme - 1);
		d->blackbox = rf_blackbox_open(box, rf_driver_wall_us(), &died, error);
		if (d->blackbox == NULL)
			return false;
		tell_poison(d, &died);
	}
	const char *receiver[RF_RECEIVERS_MAX];
	for (uint32_t i = 0; i < c->receivers_count; i++)
		receiver[i] = c->receivers[i].name;
	d->store = rf_store_open(d->base,
	    &(struct rf_store_config){ .url = c->store_url,
		.synchronous = c->store_synchronous,
		.commit_interval = c->store_commit_interval,
		.receiver = receiver,
		.receivers = c->receivers_count,
		.forgive = !rf_blackbox_restore_crashed(d->blackbox),
		.retention = { .cdr = c->retention_cdr,
		    .review = c->retention_review,
		    .dlq = c->retention_dlq,
		    .events = c->retention_events } },
	    &rf_driver_of_store, d, error);
	return d->store != NULL;
}
