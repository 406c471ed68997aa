/* SPDX-License-Identifier: BSD-2-Clause */
/* app/driver_parts.h -- between driver.c, which runs, driver_start.c, which builds and takes down,
 * and driver_restart.c, which brings back what the last process carried. */
#ifndef RF_APP_DRIVER_PARTS_H
#define RF_APP_DRIVER_PARTS_H

#include "app/driver.h"
#include "app/zone.h"

enum {
	RF_PLANS_PENDING_MAX = 8,               /* ROUTE questions of one step */
	RF_LINK_SLOTS = 65536,                  /* a link is 16 bits of slot */
};

/* What a connected peer proved, for as long as its link is up. */
struct rf_link_names {
	uint32_t link, count;
	struct rf_slice name[];
};

struct rf_planned {
	rf_token token;
	struct rf_plan plan;
};

struct rf_driver {
	const struct rf_config *config;
	struct rf_zones *zones;
	struct rf_log *log;
	struct event_base *base;
	struct event *deadline, *drain_poll, *wall_clock;
	rf_time armed_for;
	size_t block_size;
	struct rf_engine *engine;
	struct rf_transports *transports;
	struct rf_resolver *resolver;
	struct rf_policy *policy;
	struct rf_store *store;
	struct rf_blackbox *blackbox;           /* NULL: the store is not in a file */
	uint64_t poisoned_dropped;
	struct rf_ladder *ladder;
	struct rf_journal *journal;             /* NULL: none is kept */
	struct rf_outbox *outbox;               /* NULL: nobody is told of events */
	struct rf_reconcile_job *reconcile;     /* NULL: no file is looked for */
	rf_driver_judged_fn *judged;            /* who waits for a verdict on dead letters */
	void *judged_user;
	struct rf_fsm_rows rows;
	uint64_t trace_cursor;
	struct rf_link_names *links[RF_LINK_SLOTS];
	bool stepping, draining;
	char reply[128];                        /* of the command being carried out */
	void (*idle)(void *user);
	void *idle_user;
	uint32_t plans;
	struct rf_planned planned[RF_PLANS_PENDING_MAX];
	struct rf_effects out;
};

/* ---- driver.c ------------------------------------------------------------------------------- */

rf_time rf_driver_now_us(void);
int64_t rf_driver_wall_us(void);
/* The only way into the engine. */
void rf_driver_tell(struct rf_driver *, const struct rf_event *);
/* "source": an address, for the log; text must outlive the pair. */
struct rf_log_pair rf_driver_source_pair(char text[48], const struct rf_addr *);

/* What the components call back. */
void rf_driver_on_posted(void *driver, rf_token, enum rf_posted, uint32_t retry_after_s);
extern const struct rf_transport_callbacks rf_driver_of_transport;
extern const struct rf_store_callbacks rf_driver_of_store;
void rf_driver_on_resolved(void *driver, rf_token, const struct rf_addr *, uint32_t count);
void rf_driver_on_deadline(evutil_socket_t, short what, void *driver);
void rf_driver_on_wall_clock(evutil_socket_t, short what, void *driver);
void rf_driver_on_drain_poll(evutil_socket_t, short what, void *driver);

/* ---- driver_restart.c ----------------------------------------------------------------------- */

/* The store and, if it is a file, the black box beside it.  False and a sentence. */
bool rf_driver_open_store(struct rf_driver *, char error[256]);
/* Every session the last process carried, before anything new is read.  What restored sessions say
 * leaves between the batches.  False and a sentence. */
bool rf_driver_restore_all(struct rf_driver *, char error[256]);

#endif
