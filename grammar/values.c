/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/values.c -- the header fields whose machine is head.rl: a word and parameters.
 *
 * A parameter that is only advice (expires, retry-after, refresher) and cannot be read counts as
 * absent: what the head says matters more, and a NOTIFY refused for the sake of a parameter is a
 * transfer whose end nobody hears of. */
#include "grammar/values.h"

#include <string.h>

#include "grammar/internal.h"

bool
rf_number_parse(uint32_t *out, struct rf_slice in)
{
	uint64_t value;
	if (!rf_slice_number(&value, rf_slice_trim(in), UINT32_MAX))
		return false;
	*out = (uint32_t)value;
	return true;
}

bool
rf_call_id_is_sane(struct rf_slice value)
{
	if (value.len > 0 && rf_scan_is_graphic(value.p, value.p + value.len))
		return true;
	for (uint32_t i = 0; i < value.len; i++) {
		if ((rf_classes[(unsigned char)value.p[i]] & RF_CLASS_GRAPHIC) == 0)
			return false;
	}
	return value.len > 0;
}

/* A field of one head and nothing behind its parameters. */
static bool
head_parse(struct rf_slice in, struct rf_slice *head, struct rf_slice *params)
{
	return rf_head_next(&in, head, params) && in.len == 0;
}

bool
rf_seconds_parse(struct rf_seconds *out, struct rf_slice in)
{
	struct rf_slice head;
	return head_parse(in, &head, &out->params) && rf_delta_seconds(&out->s, head);
}

bool
rf_session_expires_parse(struct rf_session_expires *out, struct rf_slice in)
{
	struct rf_slice head, refresher;
	if (!head_parse(in, &head, &out->params) || !rf_delta_seconds(&out->interval_s, head))
		return false;
	out->refresher = RF_REFRESHER_NONE;
	if (!rf_param_find(out->params, RF_SLICE("refresher"), &refresher))
		return true;
	if (RF_IS(refresher, "uac"))
		out->refresher = RF_REFRESHER_UAC;
	else if (RF_IS(refresher, "uas"))
		out->refresher = RF_REFRESHER_UAS;
	return true;
}

bool
rf_refer_sub_parse(bool *wanted, struct rf_slice in)
{
	struct rf_slice head, params;
	if (!head_parse(in, &head, &params))
		return false;
	*wanted = RF_IS(head, "true");
	return *wanted || RF_IS(head, "false");
}

static enum rf_substate
substate_find(struct rf_slice text)
{
	if (RF_IS(text, "active"))
		return RF_SUBSTATE_ACTIVE;
	if (RF_IS(text, "pending"))
		return RF_SUBSTATE_PENDING;
	if (RF_IS(text, "terminated"))
		return RF_SUBSTATE_TERMINATED;
	return RF_SUBSTATE_OTHER;
}

bool
rf_subscription_state_parse(struct rf_subscription_state *out, struct rf_slice in)
{
	struct rf_slice rest, name, value;
	*out = (struct rf_subscription_state){ 0 };
	if (!head_parse(in, &out->state_text, &rest) || !rf_token_is(out->state_text))
		return false;
	out->state = substate_find(out->state_text);
	while (rf_param_next(&rest, &name, &value)) {
		if (RF_IS(name, "reason"))
			out->reason = value;
		else if (RF_IS(name, "expires"))
			out->has_expires = rf_delta_seconds(&out->expires_s, value);
		else if (RF_IS(name, "retry-after"))
			out->has_retry_after = rf_delta_seconds(&out->retry_after_s, value);
	}
	return true;
}

bool
rf_reason_next(struct rf_slice *list, struct rf_reason *out)
{
	struct rf_slice before = *list, rest, name, value;
	uint64_t cause;
	*out = (struct rf_reason){ 0 };
	if (!rf_head_next(list, &out->protocol, &rest))
		return false;
	while (rf_param_next(&rest, &name, &value)) {
		if (RF_IS(name, "text")) {
			out->text = value;
		} else if (RF_IS(name, "cause")) {
			if (!rf_slice_number(&cause, value, UINT16_MAX)) {
				*list = before;
				return false;
			}
			out->has_cause = true;
			out->cause = (uint16_t)cause;
		}
	}
	return true;
}

bool
rf_reason_parse(struct rf_reason *out, struct rf_slice in)
{
	return rf_reason_next(&in, out) && in.len == 0;
}

static bool
is_uuid(struct rf_slice s)
{
	for (uint32_t i = 0; i < s.len; i++) {
		if (rf_hex_digit(s.p[i]) < 0)
			return false;
	}
	return s.len == 32;
}

bool
rf_session_id_parse(struct rf_session_id *out, struct rf_slice in)
{
	struct rf_slice params;
	if (!head_parse(in, &out->local, &params) || !is_uuid(out->local))
		return false;
	if (!rf_param_find(params, RF_SLICE("remote"), &out->remote))
		out->remote = (struct rf_slice){ 0 };
	return out->remote.len == 0 || is_uuid(out->remote);
}

static uint32_t
privacy_find(struct rf_slice word)
{
	static const struct {
		const char *word;
		uint32_t bit;
	} words[] = {
		{ "header", RF_PRIVACY_HEADER },
		{ "session", RF_PRIVACY_SESSION },
		{ "user", RF_PRIVACY_USER },
		{ "none", RF_PRIVACY_NONE },
		{ "critical", RF_PRIVACY_CRITICAL },
		{ "id", RF_PRIVACY_ID },
		{ "history", RF_PRIVACY_HISTORY },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(words); i++) {
		if (rf_slice_equal_nocase(word, rf_slice_of(words[i].word)))
			return words[i].bit;
	}
	return RF_PRIVACY_OTHER;
}

/* Semicolons between the words (RFC 3323 4.2); the field has commas too. */
bool
rf_privacy_parse(uint32_t *set, struct rf_slice in)
{
	struct rf_slice head, params, name, value;
	*set = 0;
	do {
		if (!rf_head_next(&in, &head, &params) || !rf_token_is(head))
			return false;
		*set |= privacy_find(head);
		while (rf_param_next(&params, &name, &value))
			*set |= privacy_find(name);
	} while (in.len > 0);
	return true;
}

static struct rf_slice
unquoted(struct rf_slice s)
{
	if (s.len >= 2 && s.p[0] == '"')
		return (struct rf_slice){ .p = s.p + 1, .len = s.len - 2 };
	return s;
}

bool
rf_user_to_user_next(struct rf_slice *list, struct rf_user_to_user *out)
{
	struct rf_slice rest, name, value;
	*out = (struct rf_user_to_user){ 0 };
	if (!rf_head_next(list, &out->data, &rest))
		return false;
	out->data = unquoted(out->data);
	while (rf_param_next(&rest, &name, &value)) {
		if (RF_IS(name, "encoding"))
			out->encoding = value;
		else if (RF_IS(name, "purpose"))
			out->purpose = value;
		else if (RF_IS(name, "content"))
			out->content = value;
	}
	return true;
}

bool
rf_content_disposition_parse(struct rf_content_disposition *out, struct rf_slice in)
{
	struct rf_slice params, handling;
	if (!head_parse(in, &out->type, &params) || !rf_token_is(out->type))
		return false;
	out->optional = rf_param_find(params, RF_SLICE("handling"), &handling) &&
			RF_IS(handling, "optional");
	return true;
}

/* A number of exactly three digits at its beginning: 100..699, else 0. */
static uint16_t
status_at(struct rf_slice s)
{
	uint64_t value = 0;
	uint32_t digits = 0;
	while (digits < s.len && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	if (digits != 3)
		return 0;
	(void)rf_slice_number(&value, (struct rf_slice){ .p = s.p, .len = digits }, 999);
	return value >= 100 && value <= 699 ? (uint16_t)value : 0;
}

/* The words a vendor may have for it. */
static bool
means_status(struct rf_slice key)
{
	return RF_IS(key, "status") ||
	       RF_IS(key, "code") ||
	       RF_IS(key, "status-code") ||
	       RF_IS(key, "sip-status") ||
	       RF_IS(key, "result");
}

/* One piece between separators: "404", "SIP/2.0 404 x", "Status: 404 x", "status=\"404\"". */
static uint16_t
piece_status(struct rf_slice piece)
{
	static const char version[] = "SIP/2.0 ";
	const uint32_t len = sizeof(version) - 1;
	piece = rf_slice_trim(piece);
	const char *end = piece.p + piece.len;
	if (piece.len > len && memcmp(piece.p, version, len) == 0)
		return status_at(rf_slice_between(piece.p + len, end));
	const char *mark = rf_scan_either(piece.p, end, ':', '=');
	if (mark == end)
		return status_at(piece);
	if (!means_status(rf_slice_trim(rf_slice_between(piece.p, mark))))
		return 0;
	piece = rf_slice_trim(rf_slice_between(mark + 1, end));
	if (piece.len > 0 && piece.p[0] == '"')
		piece = (struct rf_slice){ .p = piece.p + 1, .len = piece.len - 1 };
	return status_at(piece);
}

bool
rf_reference_info_parse(uint16_t *status, struct rf_slice in)
{
	const char *p = in.p, *end = in.len == 0 ? in.p : in.p + in.len;
	*status = 0;
	while (p < end && *status == 0) {
		const char *stop = rf_scan_either(p, end, ';', '\n');
		*status = piece_status(rf_slice_between(p, stop));
		p = stop < end ? stop + 1 : end;
	}
	return *status != 0;
}
