/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/names.c -- header names, methods and reason phrases, there and back.
 *
 * Every lookup is an expansion of headers.def or methods.def: there is no second list to forget.
 * The length is switched on first; inside a case it is a constant, so the compiler throws the names
 * of other lengths away and compares the rest as whole words. */
#include "grammar/names.h"

#include <assert.h>
#include <string.h>

#include "grammar/internal.h"

static const char *const header_names[RF_H_MAX] = {
	[RF_H_OTHER] = "",
#define HEADER(id, name, compact, multi, kind) [RF_H_##id] = name,
#include "grammar/headers.def"
#undef HEADER
};

static const uint8_t header_lens[RF_H_MAX] = {
	[RF_H_OTHER] = 0,
#define HEADER(id, name, compact, multi, kind) [RF_H_##id] = sizeof(name) - 1,
#include "grammar/headers.def"
#undef HEADER
};

/* Compact forms, by lower case letter.  Names without one all fall on [0], which says OTHER. */
#pragma GCC diagnostic push
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
static const uint8_t compact_forms[256] = {
#define HEADER(id, name, compact, multi, kind) \
	[(compact)] = (compact) != 0 ? RF_H_##id : RF_H_OTHER,
#include "grammar/headers.def"
#undef HEADER
};
#pragma GCC diagnostic pop

static RF_ALWAYS_INLINE enum rf_header_id
find_of_length(const char *p, size_t n)
{
#define HEADER(id, name, compact, multi, kind) \
	if (sizeof(name) - 1 == n && rf_alike(p, name, sizeof(name) - 1)) \
		return RF_H_##id;
#include "grammar/headers.def"
#undef HEADER
	return RF_H_OTHER;
}

enum { NAME_LEN_MAX = 20 };
#define HEADER(id, name, compact, multi, kind) \
	_Static_assert(sizeof(name) - 1 > 1, "one letter is the compact form"); \
	_Static_assert(sizeof(name) - 1 <= NAME_LEN_MAX, "add its length to rf_header_find");
#include "grammar/headers.def"
#undef HEADER

enum rf_header_id
rf_header_find(struct rf_slice name)
{
	const char *p = name.p;
	switch (name.len) {
	case 1:
		return (enum rf_header_id)compact_forms[(unsigned char)rf_lower(*p)];
	case 2:
		return find_of_length(p, 2);
	case 3:
		return find_of_length(p, 3);
	case 4:
		return find_of_length(p, 4);
	case 5:
		return find_of_length(p, 5);
	case 6:
		return find_of_length(p, 6);
	case 7:
		return find_of_length(p, 7);
	case 8:
		return find_of_length(p, 8);
	case 9:
		return find_of_length(p, 9);
	case 10:
		return find_of_length(p, 10);
	case 11:
		return find_of_length(p, 11);
	case 12:
		return find_of_length(p, 12);
	case 13:
		return find_of_length(p, 13);
	case 14:
		return find_of_length(p, 14);
	case 15:
		return find_of_length(p, 15);
	case 16:
		return find_of_length(p, 16);
	case 17:
		return find_of_length(p, 17);
	case 18:
		return find_of_length(p, 18);
	case 19:
		return find_of_length(p, 19);
	case 20:
		return find_of_length(p, 20);
	default:
		return RF_H_OTHER;
	}
}

struct rf_slice
rf_header_name(enum rf_header_id id)
{
	assert(id < RF_H_MAX);
	return (struct rf_slice){ .p = header_names[id], .len = header_lens[id] };
}

enum rf_method
rf_method_find(struct rf_slice text)
{
#define METHOD(id) \
	if (text.len == sizeof(#id) - 1 && memcmp(text.p, #id, sizeof(#id) - 1) == 0) \
		return RF_METHOD_##id;
#include "grammar/methods.def"
#undef METHOD
	return RF_METHOD_OTHER;
}

struct rf_slice
rf_method_name(enum rf_method method)
{
	switch (method) {
#define METHOD(id) \
	case RF_METHOD_##id: \
		return RF_SLICE(#id);
#include "grammar/methods.def"
#undef METHOD
	case RF_METHOD_OTHER:
	case RF_METHOD_MAX:
		break;
	}
	return RF_SLICE("");
}

struct rf_slice
rf_reason_phrase(uint16_t status)
{
	switch (status) {
#define REASON(code, phrase) \
	case code: \
		return RF_SLICE(phrase);
#include "grammar/reasons.def"
#undef REASON
	default:
		return RF_SLICE("Unknown");
	}
}
