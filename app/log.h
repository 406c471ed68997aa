/* SPDX-License-Identifier: BSD-2-Clause */
/* app/log.h -- one line an event, for machines (JSON) or people (text).
 *
 * A line is one call; what it says are pairs.  User parts of URIs are personal data: they are given
 * as such and leave masked unless the operator wants them.  It must know nothing of SIP's state. */
#ifndef RF_APP_LOG_H
#define RF_APP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grammar/slice.h"

enum rf_log_level { RF_LOG_ERROR, RF_LOG_WARNING, RF_LOG_INFO, RF_LOG_DEBUG };
enum rf_log_format { RF_LOG_JSON, RF_LOG_TEXT };
enum rf_log_privacy { RF_LOG_FULL, RF_LOG_MASK, RF_LOG_HASH };

enum {
	RF_LOG_LINE_MAX = 8 * 1024,             /* a longer one is cut, and says so */
	RF_LOG_BURST_MAX = 20,                  /* warnings and errors of one name a second */
	RF_LOG_NAMES_MAX = 64,                  /* names whose bursts are watched */
	RF_LOG_SALT_LEN = 16,
};

struct rf_log_config {
	enum rf_log_format format;
	enum rf_log_level level;                /* the least important to print */
	enum rf_log_privacy privacy;
	int fd;                                 /* 2: standard error */
	/* For tests; 0 and NULL in service: the clock of the machine, a salt of its entropy. */
	int64_t (*wall_clock_ms)(void *user);
	void *user;
	const uint8_t *salt;                    /* RF_LOG_SALT_LEN bytes */
};

struct rf_log;
struct rf_log *rf_log_new(const struct rf_log_config *);
void rf_log_free(struct rf_log *);

/* One key and its value.  Make them with the functions below; a list ends with {0}. */
struct rf_log_pair {
	const char *key;
	enum { RF_LOG_VALUE_TEXT, RF_LOG_VALUE_NUMBER, RF_LOG_VALUE_BOOL, RF_LOG_VALUE_USER,
	       RF_LOG_VALUE_ADDRESS } kind;
	struct rf_slice text;
	int64_t number;
};
struct rf_log_pair rf_log_text(const char *key, const char *text);      /* NULL: left out */
struct rf_log_pair rf_log_slice(const char *key, struct rf_slice text);
struct rf_log_pair rf_log_number(const char *key, int64_t number);
struct rf_log_pair rf_log_bool(const char *key, bool truth);
/* A bare user part, such as a routing key. */
struct rf_log_pair rf_log_user(const char *key, struct rf_slice user);
/* A URI, or a header value with URIs and display names in it. */
struct rf_log_pair rf_log_address(const char *key, struct rf_slice address);

/* Writes one line at once:
 *
 *         rf_log_event(log, RF_LOG_WARNING, "security.denied", (const struct rf_log_pair[]){
 *             rf_log_text("partner", name), rf_log_number("status", 403), { 0 } });
 *
 * Hostile peers can provoke warnings and errors: of each name at most RF_LOG_BURST_MAX a second are
 * printed, and the next one printed carries "suppressed": how many were not. */
void rf_log_event(struct rf_log *, enum rf_log_level, const char *event,
    const struct rf_log_pair *);
bool rf_log_wants(const struct rf_log *, enum rf_log_level);

/* What the privacy setting makes of an address or a user part; returns the length written. */
uint32_t rf_log_private_address(const struct rf_log *, char *out, uint32_t max, struct rf_slice);
uint32_t rf_log_private_user(const struct rf_log *, char *out, uint32_t max, struct rf_slice);

#endif
