/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/tables/museum.c -- the pieces, and how they are put into a copy of a table. */
#include "tests/tables/museum.h"

#include <stddef.h>
#include <string.h>

#include "engine/engine.h"

const struct museum_piece museum[] = {
	{ "siphon#220-an-early-BYE-ends-the-transfer", "refer", "TRYING/REFERRER_LEFT/ELSE",
	    "CONCLUDING", { "stop_route", "conclude_failed", "store_outcome", "arm_store" } },
	{ "siphon#295-NOTIFY-and-BYE-leave-together", "refer", "CONCLUDING/STORED/ELSE",
	    "NOTIFYING", { "stop_store", "notify_final", "hang_up" } },
	{ "siphon#456-BYE-overtakes-the-ACK-that-is-awaited", "leg", "UP/HANG_UP/ack_pending",
	    "LEAVING", { "send_bye" } },
	{ "pjproject#1817-a-200-that-crosses-CANCEL-is-let-lie", "leg", "CANCELLING/RX_2XX/ELSE",
	    "DOWN", { "tell_failed", "release" } },
	{ "pjproject#1857-nobody-misses-the-ACK", "accept", "REPEATING/T_ACK/ELSE", "IDLE",
	    { "stop" } },
	{ "pjproject#1895-a-refused-NOTIFY-is-followed-by-others", "subscription",
	    "NOTIFYING/REFUSED/ELSE", "ACTIVE", { "none" } },
	{ "drachtio#125,#482-the-end-of-a-subscription-takes-the-dialog", "dialog",
	    "CONFIRMED/UNUSE/ELSE", "GONE", { "release" } },
	{ "opensips#3137-glare-is-taken-for-a-refusal", "offer", "ASKING/RX_FAILURE/glare",
	    "STABLE", { "tell_refused", "end_usage" } },
	{ "SIP.js#254-the-2xx-to-REFER-is-taken-for-success", "refer", "PROMISING/STORED/ELSE",
	    "CONCLUDING", { "accept", "subscribe", "conclude_moved", "store_outcome" } },
	{ "jambonz#217-NOTIFY-never-comes", "subscription", "NEW/START/ELSE", "ACTIVE",
	    { "arm_expire" } },
	{ "SIP.js#366-NOTIFY-comes-before-the-2xx-to-REFER", "refer", "PROMISING/STORED/ELSE",
	    "TRYING", { "stop_store", "subscribe", "accept", "start_route" } },
	{ "pjproject#635-the-second-200-of-a-fork-is-let-lie", "ict", "ACCEPTED/RX_2XX/ELSE",
	    "ACCEPTED", { NULL } },
	{ "the-target-fails-and-nobody-concludes", "refer", "TRYING/TARGET_FAILED/ELSE", "DONE",
	    { "release" } },
	{ "the-promise-is-spoken-before-it-is-stored", "refer", "SCREENING/POLICY_OK/ELSE",
	    "TRYING", { "accept", "subscribe", "start_route" } },
	{ NULL, NULL, NULL, NULL, { NULL } },
};

uint32_t
museum_patch(struct patched *p, const struct museum_piece *piece)
{
	uint32_t machine = 0;
	while (strcmp(rf_engine_machine(machine)->name, piece->machine) != 0)
		machine++;
	patched_init(p, rf_engine_machine(machine));
	struct rf_row *row = &p->row[patched_row(p, piece->row)];
	row->to = (uint8_t)patched_state(p, piece->to);
	memset(row->action, 0, sizeof row->action);
	for (unsigned i = 0; i < RF_FSM_ACTIONS_MAX && piece->action[i] != NULL; i++)
		row->action[i] = patched_action(p, piece->action[i]);
	return machine;
}

void
museum_machines(const struct rf_fsm **machines, struct patched *p, const struct museum_piece *piece)
{
	uint32_t machine = museum_patch(p, piece);
	for (uint32_t i = 0; rf_engine_machine(i) != NULL; i++)
		machines[i] = i == machine ? &p->fsm : rf_engine_machine(i);
}
