/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_journal_rig.h -- a small engine that is asked for its options, with a secret. */
#ifndef RF_TESTS_UNIT_TEST_JOURNAL_RIG_H
#define RF_TESTS_UNIT_TEST_JOURNAL_RIG_H

#include "journal/journal.h"

enum { MIB = 1024 * 1024 };

extern const uint8_t rig_build[RF_BUILD_ID_LEN];

struct rig {
	struct rf_engine *engine;
	struct rf_effects out;
	rf_time now;
	uint32_t asked;
	char text[1024];
};
struct rig *rig_new(void);
void rig_free(struct rig *);
/* The next OPTIONS, 40 s later, when the one before is forgotten. */
struct rf_event rig_request(struct rig *, const char *secret);

#endif
