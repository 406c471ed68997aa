/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/names.h -- the words of SIP: header fields, methods, transports, reason phrases. */
#ifndef RF_GRAMMAR_NAMES_H
#define RF_GRAMMAR_NAMES_H

#include "grammar/slice.h"

enum rf_header_id {
	RF_H_OTHER,                     /* a name referee does not know; kept verbatim */
#define HEADER(id, name, compact, multi, kind) RF_H_##id,
#include "grammar/headers.def"
#undef HEADER
	RF_H_MAX
};

enum rf_method {
	RF_METHOD_OTHER,
#define METHOD(id) RF_METHOD_##id,
#include "grammar/methods.def"
#undef METHOD
	RF_METHOD_MAX
};

enum rf_transport { RF_TRANSPORT_NONE, RF_UDP, RF_TCP, RF_TLS, RF_TRANSPORT_OTHER };

/* Full or compact form, case ignored; RF_H_OTHER if unknown. */
enum rf_header_id rf_header_find(struct rf_slice name);
struct rf_slice rf_header_name(enum rf_header_id);          /* "Call-ID" */
enum rf_method rf_method_find(struct rf_slice);             /* case matters, RFC 3261 7.1 */
struct rf_slice rf_method_name(enum rf_method);             /* "INVITE" */
struct rf_slice rf_reason_phrase(uint16_t status);          /* RFC 3261 21; "Unknown" if unknown */

#endif
