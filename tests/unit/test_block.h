/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_block.h -- a small engine block for tests of what lives in it: pools, texts,
 * timers and maps laid out, but no machine indexed and no engine.c behind it. */
#ifndef RF_TESTS_UNIT_TEST_BLOCK_H
#define RF_TESTS_UNIT_TEST_BLOCK_H

#include "engine/state.h"

enum { BLOCK_TXNS = 64, BLOCK_LEGS = 8, BLOCK_PAGES = 24, BLOCK_BUCKETS = 4 };

struct rf_engine *block_new(rf_time now);
void block_free(struct rf_engine *);

#endif
