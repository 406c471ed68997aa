/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config.h -- one YAML file becomes one struct, or a list of mistakes with their places.
 *
 * The schema is config.def.  A loaded configuration is complete: every default is filled in, every
 * name it mentions exists. It is read only from then on and outlives whoever was given its
 * tables. */
#ifndef RF_APP_CONFIG_H
#define RF_APP_CONFIG_H

#include <stdio.h>

#include "app/log.h"
#include "app/options.h"
#include "engine/types.h"
#include "policy/policy.h"
#include "store/store.h"
#include "transport/transport.h"

enum {
	RF_CONFIG_ERRORS_MAX = 20,
	RF_CONFIG_FILE_MAX = 1024 * 1024,       /* bytes of the file */
	RF_CONFIG_TABLE_MAX = 16 * 1024 * 1024, /* of one table.csv */
	RF_CONFIG_ROWS_MAX = 100 * 1000,        /* of one */
	RF_CONFIG_NODES_MAX = 100 * 1000,       /* YAML nodes, aliases counted each time */
	RF_CONFIG_DEPTH_MAX = 16,
	RF_CONFIG_URL_MAX = 2048,
	RF_CONFIG_TEXT_MAX = 4096,              /* bytes of a secret */
	RF_CONFIG_SECRET_MAX = 64 * 1024,       /* bytes of one ${file:} */
};

struct rf_config_listen {
	enum rf_transport transport;            /* RF_UDP, RF_TCP, RF_TLS */
	struct rf_addr address;                 /* to bind, with proto */
	const char *advertise;                  /* host[:port] for Via and Contact; never NULL */
	uint32_t dscp;                          /* 0..63 */
	const char *tls;                        /* RF_TLS: profile; else NULL */
	uint32_t tls_index;                     /* RF_TLS: where it is in rf_config.tls */
};

struct rf_config_tls {
	const char *name;
	const char *certificate, *key;          /* files; both or neither (outgoing links only) */
	const char *ca;                         /* file; NULL: the system's */
	const char *crl;                        /* file; NULL: none */
	enum rf_tls_client client;
};

struct rf_config_receiver {                     /* of events; NULL: not given */
	const char *name, *url;
	const char **events;                    /* kinds, with stars */
	uint32_t events_count;
	rf_time timeout;
	uint32_t retries, connections;
	rf_time backoff, backoff_cap, retry_after_max, breaker_open;
	uint32_t breaker_failures;
	const char *bearer, *token_url, *client_id, *client_secret, *scope;
	const char **secrets;                   /* of signatures; the present one first */
	uint32_t secrets_count;
	const char *ca, *certificate, *key, *proxy;
};

/* What a record of another platform is made of. */
enum rf_reconcile_column {
	RF_COLUMN_SESSION,                      /* our number of it, as events have it */
	RF_COLUMN_CALL_ID,
	RF_COLUMN_FROM_TAG,
	RF_COLUMN_TO_TAG,
	RF_COLUMN_OUTCOME,
	RF_COLUMN_TARGET,
	RF_COLUMN_START,
	RF_COLUMN_DURATION,
	RF_COLUMN_MAX
};
enum rf_reconcile_word {                        /* what an outcome of theirs means */
	RF_WORD_TRANSFERRED,
	RF_WORD_FAILED,
	RF_WORD_CLOSED,
	RF_WORD_PENDING,                        /* a transfer whose outcome they do not know */
	RF_WORD_CALL,                           /* no transfer at all */
};
enum rf_reconcile_records { RF_RECORDS_ALL, RF_RECORDS_TRANSFERS, RF_RECORDS_CALLS };
enum rf_reconcile_unit { RF_UNIT_S, RF_UNIT_MS };

struct rf_config_outcome {
	const char *name;                       /* a glob; without regard to case */
	enum rf_reconcile_word word;
};

enum { RF_CONFIG_OUTCOMES_MAX = 64 };

struct rf_config_reconcile {
	const char *cdr;                        /* file of the job; NULL: no job */
	rf_time every, tolerance, grace;
	const char *column[RF_COLUMN_MAX];      /* their names; NULL: ours, if it is there */
	struct rf_config_outcome *outcomes;
	uint32_t outcomes_count;
	enum rf_reconcile_records records;      /* which of ours they have to know */
	enum rf_reconcile_unit duration_unit;
};

struct rf_config_memory;

struct rf_config {
	const char *path;                       /* of the file */
	uint32_t version;                       /* 1 */
	const char *domain;                     /* host part of our own From; never NULL */
	struct rf_config_listen *listen;        /* 1..16, no two alike */
	uint32_t listen_count;
	struct rf_config_tls *tls;
	uint32_t tls_count;
	struct rf_policy_tables policy;         /* partners, routes, queues, skills, failover */
	const char *store_url;                  /* "memory:" or "sqlite:" and a path */
	enum rf_store_synchronous store_synchronous;
	rf_time store_commit_interval;
	rf_time retention_cdr, retention_events, retention_review, retention_dlq; /* 0: for ever */
	struct rf_config_receiver *receivers;
	uint32_t receivers_count;
	struct rf_config_reconcile reconcile;
	rf_time sip_t1, sip_t2, sip_t4;
	uint32_t pools_calls, pools_transactions, pools_text;
	uint32_t limits_connections, limits_connections_per_source;
	const char *admin_socket;               /* absolute path; NULL: `socket: none` */
	enum rf_log_format log_format;
	enum rf_log_level log_level;
	enum rf_log_privacy log_privacy;
	const char *journal_dir;                /* NULL: no journal */
	uint64_t journal_segment, journal_keep; /* bytes */
	uint8_t hash[32]; /* SHA-256 of the file; then of that and the first table, and so on */
	struct rf_config_memory *memory;        /* owns every string and table above */
};

struct rf_config_error {
	char table[512];                        /* another file than the configuration; or empty */
	uint32_t line, column;                  /* from 1; 0: the file as a whole */
	char text[384];                         /* what is wrong and what was expected */
};

struct rf_config_errors {
	char path[512];
	uint32_t count;                         /* kept ones */
	bool more;                              /* there are others: reading was given up */
	struct rf_config_error at[RF_CONFIG_ERRORS_MAX];
};

/* NULL: *errors says why, in the order of the file. */
struct rf_config *rf_config_load(const char *path, struct rf_config_errors *errors);
/* Another machine's, whose files need not be here. */
struct rf_config *rf_config_load_elsewhere(const char *path, struct rf_config_errors *errors);
void rf_config_free(struct rf_config *);

/* "file:line:column: text" a line; or one JSON object {"file", "ok", "errors": [...]}. */
void rf_config_errors_write(const struct rf_config_errors *, FILE *);
void rf_config_errors_write_json(const struct rf_config_errors *, FILE *);

#endif
