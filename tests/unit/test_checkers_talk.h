/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_checkers_talk.h -- messages for the checkers, written by hand, as short as they
 * allow; "we" is referee, "they" is the neighbour. */
#ifndef RF_TESTS_UNIT_TEST_CHECKERS_TALK_H
#define RF_TESTS_UNIT_TEST_CHECKERS_TALK_H

#include "sim/checkers.h"

extern struct checkers c;
extern rf_time now;

void begin(void);
void see(bool sent, const char *text);
/* Our tag is `us`, theirs is `them`; no_tag: the request that makes the dialog.  The room of each
 * of these is good until its next call. */
const char *request(bool ours, const char *method, unsigned cseq, const char *extra, bool no_tag);
const char *response(
    bool ours, unsigned status, const char *method, unsigned cseq, const char *extra);
/* "Event", "Subscription-State" and a body. */
const char *notify(unsigned cseq, unsigned status, const char *state);
/* The same message in another call. */
const char *in_call(const char *text, const char *call_id, char mark);
const char *as_survivor(const char *text);
bool caught(uint32_t invariant);
bool clean(void);

void answered(void);            /* they called us, it is answered */
void referred(void);            /* and then they REFER and get 202 */
void call_with_survivor(void);  /* the same, and there is another party */

#endif
