/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/checkers_parts.h -- between the checkers: what has been seen, and who judges which part. */
#ifndef RF_SIM_CHECKERS_PARTS_H
#define RF_SIM_CHECKERS_PARTS_H

#include "sim/checkers.h"

enum { CHECK_SLACK_MS = 2 };            /* the engine's wheel ticks at 1 ms and rounds up */

/* Did it come so long after `due`, from when `since` counts?  What was due while the process stood
 * still is sent when it goes on. */
static inline bool
checkers_is_late(const struct checkers *c, rf_time at, rf_time since, rf_time due)
{
	return since > due + CHECK_SLACK_MS * RF_MS &&
	       at > c->stood_still + CHECK_SLACK_MS * RF_MS;
}
void checkers_report(struct checkers *, uint32_t invariant, rf_time, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- checkers_tables.c: entries stay where they are */
struct check_transaction *checkers_transaction(struct checkers *, uint64_t key); /* NULL: none */
/* It takes the place of one with the same key. */
struct check_transaction *checkers_transaction_new(struct checkers *, uint64_t key);
struct check_transaction *checkers_invite(struct checkers *, uint64_t branch);
void checkers_invite_add(struct checkers *, struct check_transaction *);
void checkers_forget_transaction(struct checkers *, struct check_transaction *);
struct check_dialog *checkers_dialog(struct checkers *, uint64_t key);  /* made if there is none */
struct check_dialog *checkers_dialog_find(const struct checkers *, uint64_t key);
struct check_session *checkers_session(struct checkers *, uint64_t id); /* made; NULL: id is 0 */
void checkers_join(struct checkers *, struct check_dialog *, uint64_t session);
struct check_refer *checkers_refer_new(struct checkers *, uint64_t transaction);
struct check_refer *checkers_refer_find(const struct checkers *, uint64_t transaction);
struct check_replace *checkers_replace_new(struct checkers *, uint64_t transaction);
void checkers_tables_fini(struct checkers *);

/* ---- checkers_dialog.c: what is true of every dialog */
void checkers_dialog_we_ask(struct checkers *, const struct check_fact *,
    struct check_transaction *, uint64_t dialog);
void checkers_dialog_they_answer(struct checkers *, const struct check_fact *,
    const struct check_transaction *, uint64_t dialog);
void checkers_dialog_they_ask(struct checkers *, const struct check_fact *,
    struct check_transaction *, uint64_t dialog);
/* again: not the first time that it leaves */
void checkers_dialog_we_answer(struct checkers *, const struct check_fact *,
    struct check_transaction *, uint64_t dialog, bool again);
void checkers_dialog_acked(struct checkers *, const struct check_fact *, uint64_t dialog);
/* Has a 2xx of ours waited for its ACK too long? */
bool checkers_unacked(const struct checkers *, const struct check_dialog *, rf_time at);
/* Did it let a request of ours in that dialog go unanswered (RFC 3261 12.2.1.2)? */
bool checkers_mute(struct checkers *, const struct check_dialog *, rf_time at);
void checkers_dialog_restart(struct checkers *, struct check_dialog *);
void checkers_dialog_quiet(struct checkers *, rf_time);

/* ---- checkers_route.c: attempts to reach somebody, and the records of a transfer */
void checkers_attempt(struct checkers *, const struct check_fact *, struct check_transaction *);
void checkers_attempt_failed(
    struct checkers *, const struct check_fact *, struct check_transaction *);
void checkers_cancelled(struct checkers *, const struct check_fact *,
    const struct check_transaction *);
/* Did every attempt of the transfer come to nothing?  And was the ivr among them? */
bool checkers_failed(struct checkers *, const struct check_refer *);
bool checkers_exhausted(struct checkers *, const struct check_refer *);
void checkers_promised(struct checkers *, const struct check_fact *); /* a 2xx to REFER */
void checkers_route_quiet(struct checkers *, rf_time);

/* ---- checkers_refer.c */
/* A BYE or NOTIFY of ours, seen for the first time; the request, and its answer. */
void checkers_refer_sent(struct checkers *, const struct check_fact *, struct check_transaction *);
void checkers_refer_received(
    struct checkers *, const struct check_fact *, uint64_t transaction, uint64_t dialog);
void checkers_refer_answered(
    struct checkers *, const struct check_fact *, uint64_t transaction, uint64_t dialog);
void checkers_notify_answered(
    struct checkers *, const struct check_fact *, const struct check_transaction *);
void checkers_refer_restart(struct checkers *);
void checkers_refer_quiet(struct checkers *, rf_time);

/* ---- checkers_replace.c: an INVITE with Replaces, its final answer, the ACK, a BYE of ours */
uint64_t checkers_named(struct rf_slice value, const char *our_tag, const char *their_tag);
void checkers_replace_received(struct checkers *, const struct check_fact *, uint64_t transaction);
void checkers_replace_answered(
    struct checkers *, const struct check_fact *, uint64_t transaction, uint64_t dialog);
void checkers_replace_acked(struct checkers *, uint64_t dialog);
void checkers_replace_bye(struct checkers *, const struct check_fact *, uint64_t dialog);
/* Is that dialog replaced, and its successor confirmed? */
bool checkers_replaced(const struct checkers *, uint64_t session, uint64_t dialog);
void checkers_replace_quiet(struct checkers *, rf_time);

#endif
