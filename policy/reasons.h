/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/reasons.h -- why a request was refused: the sentence for the log, and what it counts as.
 *
 * Sentences never reach the wire: whoever is refused learns a status. */
#ifndef RF_POLICY_REASONS_H
#define RF_POLICY_REASONS_H

#include <stdint.h>

/* Of requests refused, "denied_" before each in `ctl status`. */
#define RF_POLICY_DENIALS(COUNTER) \
	COUNTER(source) COUNTER(dialog) COUNTER(refer) COUNTER(malformed) COUNTER(method) \
	COUNTER(scheme) COUNTER(referred_by) COUNTER(key) COUNTER(destination) COUNTER(depth) \
	COUNTER(rate) COUNTER(unmatched) COUNTER(closed) COUNTER(rejected) COUNTER(broken)
struct rf_policy_denials {
#define RF_COUNTER(name) uint64_t name;
	RF_POLICY_DENIALS(RF_COUNTER)
#undef RF_COUNTER
};

/* REASON(id, counter, "sentence") */
#define RF_POLICY_REASONS(REASON) \
	REASON(SOURCE, source, "the source is no partner's") \
	REASON(NAMED_DIALOG, dialog, \
	    "the request did not come from the partner whose dialog it names") \
	REASON(NO_PARTNER, dialog, "the partner of the dialog is not configured") \
	REASON(DIALOG, dialog, "the request did not come from the partner of its dialog") \
	REASON(REFER, refer, "the partner may not refer") \
	REASON(REFER_TO_NONE, malformed, "no Refer-To") \
	REASON(REFER_TO_SEVERAL, malformed, "several Refer-To") \
	REASON(REFER_TO, malformed, "Refer-To is malformed") \
	REASON(METHOD, method, "Refer-To asks for a method other than INVITE") \
	REASON(REFER_TO_SCHEME, scheme, "Refer-To has a scheme that cannot be called") \
	REASON(URI_SCHEME, scheme, "the Request-URI has a scheme that cannot be called") \
	REASON(REFERRED_BY_SEVERAL, malformed, "several Referred-By") \
	REASON(REFERRED_BY_NONE, referred_by, "Referred-By is missing") \
	REASON(REFERRED_BY_FROM, referred_by, \
	    "Referred-By is missing and From is not on the list") \
	REASON(REFERRED_BY_MALFORMED, referred_by, "Referred-By is malformed") \
	REASON(REFERRED_BY, referred_by, "Referred-By is not on the list") \
	REASON(EMBEDDED_ESCAPE, malformed, "an embedded header has a bad escape or is too long") \
	REASON(EMBEDDED_CONTROL, malformed, "an embedded header has a control byte") \
	REASON(EMBEDDED_REPLACES, malformed, \
	    "the embedded Replaces is malformed or not the only one") \
	REASON(EMBEDDED_MANY, malformed, "too many embedded headers") \
	REASON(KEY, malformed, \
	    "the user part has a bad escape, a control byte, or more than 256 bytes") \
	REASON(KEY_LENGTH, key, "a rule made the key longer than 256 bytes") \
	REASON(KEY_STEPS, key, "a rule gave up on the key: too many steps") \
	REASON(DESTINATION, destination, "the partner may not refer there") \
	REASON(DEPTH, depth, "the call was transferred as often as it may be") \
	REASON(RATE, rate, "the partner refers faster than it may") \
	REASON(UNMATCHED, unmatched, "no route takes this key") \
	REASON(CLOSED, closed, "what takes this key is closed now") \
	REASON(REJECTS, rejected, "the route rejects") \
	REASON(NO_TARGET, broken, "the route leads to no target") \
	REASON(FULL, broken, "the plan does not fit")
enum rf_refusal {
#define REASON(id, counter, sentence) RF_WHY_##id,
	RF_POLICY_REASONS(REASON)
#undef REASON
	RF_WHY_MAX
};

const char *rf_refusal_text(enum rf_refusal);
void rf_refusal_count(struct rf_policy_denials *, enum rf_refusal);

#endif
