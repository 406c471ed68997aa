/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/lists.c -- cutting comma separated lists, and one question for all values: is it right?
 *
 * Cutting needs no machine: quotes and <> are all that can hide a comma. */
#include <string.h>

#include "grammar/internal.h"

static const bool list_marks[256] = { ['"'] = true, [','] = true, ['<'] = true };

/* Behind the quoted string that begins at p. */
static const char *
quoted_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && end - p > 1)
			p++;
	}
	return p < end ? p + 1 : end;
}

/* Where the list element that begins at p ends: its comma or the end. */
static const char *
element_end(const char *p, const char *end)
{
	while (p < end) {
		if (!list_marks[(unsigned char)*p]) {
			p++;
		} else if (*p == ',') {
			return p;
		} else if (*p == '"') {
			p = quoted_end(p, end);
		} else {
			const char *close = memchr(p, '>', (size_t)(end - p));
			p = close == NULL ? end : close + 1;
		}
	}
	return end;
}

bool
rf_list_next(struct rf_slice *rest, struct rf_slice *element)
{
	struct rf_slice in = rf_slice_trim(*rest);
	if (in.len == 0)
		return false;
	const char *end = in.p + in.len;
	const char *stop = element_end(in.p, end);
	*element = rf_slice_trim(rf_slice_between(in.p, stop));
	*rest = rf_slice_between(stop < end ? stop + 1 : end, end);
	return true;
}

bool
rf_token_next(struct rf_slice *rest, struct rf_slice *token)
{
	struct rf_slice in = rf_slice_trim(*rest);
	const unsigned char *begin = (const unsigned char *)in.p, *end = begin + in.len;
	*rest = in;
	if (in.len == 0 || (rf_classes[*begin] & RF_CLASS_TOKEN) == 0)
		return false;
	const unsigned char *p = rf_span(RF_CLASS_TOKEN, begin, end) + 1;
	*token = rf_cut(begin, p);
	while (p < end && rf_is_lws((char)*p))
		p++;
	if (p == end)
		return rf_list_go_on(rest, p, end, false);
	return *p == ',' && rf_list_go_on(rest, p + 1, end, true);
}

enum kind {
	TEXT,
	ADDRESS, ADDRESSES, AUTH, CALL_ID, CONTACTS, CSEQ, DATE, DISPOSITION, DIVERSIONS, EVENT,
	EVENTS, HISTORIES, MEDIA_RANGES, MEDIA_TYPE, NUMBER, PRIVACY, RACK, REASONS, REFERENCE_INFO,
	REFERRED_BY, REFER_SUB, REFER_TO, REPLACES, RETRY_AFTER, ROUTES, SECONDS, SESSION_EXPIRES,
	SESSION_ID, SUBSCRIPTION_STATE, TARGET_DIALOG, TOKENS, USERS_TO_USER, VIAS, WARNINGS,
};

static const uint8_t kinds[RF_H_MAX] = {
	[RF_H_OTHER] = TEXT,
#define HEADER(id, name, compact, multi, kind) [RF_H_##id] = kind,
#include "grammar/headers.def"
#undef HEADER
};

/* One out of a list of this kind; false at its end, and where it is wrong. */
static bool
element_next(enum kind kind, struct rf_slice *rest)
{
	union {
		struct rf_name_addr address;
		struct rf_via via;
		struct rf_reason reason;
		struct rf_warning warning;
		struct rf_history history;
		struct rf_diversion diversion;
		struct rf_user_to_user uui;
		struct rf_media_type media;
		struct rf_slice slice;
	} out;
	switch (kind) {
	case ADDRESSES:
	case CONTACTS:
		return rf_name_addr_next(rest, &out.address);
	case ROUTES:
		return rf_route_next(rest, &out.address);
	case DIVERSIONS:
		return rf_diversion_next(rest, &out.diversion);
	case EVENTS:
		return rf_event_package_next(rest, &out.slice);
	case HISTORIES:
		return rf_history_next(rest, &out.history);
	case MEDIA_RANGES:
		return rf_media_range_next(rest, &out.media);
	case REASONS:
		return rf_reason_next(rest, &out.reason);
	case TOKENS:
		return rf_token_next(rest, &out.slice);
	case USERS_TO_USER:
		return rf_user_to_user_next(rest, &out.uui);
	case VIAS:
		return rf_via_next(rest, &out.via);
	case WARNINGS:
		return rf_warning_next(rest, &out.warning);
	case TEXT: case ADDRESS: case AUTH: case CALL_ID: case CSEQ: case DATE: case DISPOSITION:
	case EVENT: case MEDIA_TYPE: case NUMBER: case PRIVACY: case RACK: case REFERENCE_INFO:
	case REFERRED_BY: case REFER_SUB: case REFER_TO: case REPLACES: case RETRY_AFTER:
	case SECONDS: case SESSION_EXPIRES: case SESSION_ID: case SUBSCRIPTION_STATE:
	case TARGET_DIALOG:
		break;
	}
	return false;
}

/* May a list of this kind be empty? */
static bool
may_be_empty(enum kind kind)
{
	return kind == TOKENS || kind == MEDIA_RANGES;
}

static bool
list_parses(enum kind kind, struct rf_slice value)
{
	value = rf_slice_trim(value);
	if (value.len == 0)
		return may_be_empty(kind);
	if (kind == CONTACTS && rf_slice_equal(value, RF_SLICE("*")))
		return true;
	while (value.len > 0 && element_next(kind, &value))
		;
	return value.len == 0;
}

static bool
one_parses(enum kind kind, struct rf_slice value)
{
	union {
		struct rf_name_addr address;
		struct rf_auth auth;
		struct rf_cseq cseq;
		struct rf_rack rack;
		struct rf_content_disposition disposition;
		struct rf_event_type event;
		struct rf_media_type media;
		struct rf_referred_by referred_by;
		struct rf_refer_to refer_to;
		struct rf_replaces replaces;
		struct rf_retry_after retry_after;
		struct rf_seconds seconds;
		struct rf_session_expires session_expires;
		struct rf_session_id session_id;
		struct rf_subscription_state state;
		struct rf_target_dialog dialog;
		int64_t unix_s;
		uint32_t number;
		uint16_t status;
		bool flag;
	} out;
	switch (kind) {
	case TEXT:
		return true;
	case ADDRESS:
		return rf_name_addr_parse(&out.address, value);
	case AUTH:
		return rf_auth_parse(&out.auth, value);
	case CALL_ID:
		return rf_call_id_is_sane(value);
	case CSEQ:
		return rf_cseq_parse(&out.cseq, value);
	case DATE:
		return rf_date_parse(&out.unix_s, value);
	case DISPOSITION:
		return rf_content_disposition_parse(&out.disposition, value);
	case EVENT:
		return rf_event_type_parse(&out.event, value);
	case MEDIA_TYPE:
		return rf_media_type_parse(&out.media, value);
	case NUMBER:
		return rf_number_parse(&out.number, value);
	case PRIVACY:
		return rf_privacy_parse(&out.number, value);
	case RACK:
		return rf_rack_parse(&out.rack, value);
	case REFERENCE_INFO:
		return rf_reference_info_parse(&out.status, value);
	case REFERRED_BY:
		return rf_referred_by_parse(&out.referred_by, value);
	case REFER_SUB:
		return rf_refer_sub_parse(&out.flag, value);
	case REFER_TO:
		return rf_refer_to_parse(&out.refer_to, value);
	case REPLACES:
		return rf_replaces_parse(&out.replaces, value);
	case RETRY_AFTER:
		return rf_retry_after_parse(&out.retry_after, value);
	case SECONDS:
		return rf_seconds_parse(&out.seconds, value);
	case SESSION_EXPIRES:
		return rf_session_expires_parse(&out.session_expires, value);
	case SESSION_ID:
		return rf_session_id_parse(&out.session_id, value);
	case SUBSCRIPTION_STATE:
		return rf_subscription_state_parse(&out.state, value);
	case TARGET_DIALOG:
		return rf_target_dialog_parse(&out.dialog, value);
	case ADDRESSES: case CONTACTS: case DIVERSIONS: case EVENTS: case HISTORIES:
	case MEDIA_RANGES: case REASONS: case ROUTES: case TOKENS: case USERS_TO_USER: case VIAS:
	case WARNINGS:
		break;
	}
	return list_parses(kind, value);
}

bool
rf_value_parses(enum rf_header_id id, struct rf_slice value)
{
	return one_parses((enum kind)kinds[id], value);
}
