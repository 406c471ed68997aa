/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_units.c -- readers of values with a notation: durations, sizes, addresses,
 * statuses, hours. */
#include "app/config_parts.h"

#include <string.h>

#include "app/zone.h"

bool
rf_config_microseconds(int64_t *out, struct rf_slice s)
{
	static const struct {
		const char *unit;
		int64_t us;
	} units[] = {
		{ "us", 1 },
		{ "ms", 1000 },
		{ "s", 1000000 },
		{ "m", 60000000 },
		{ "h", 3600000000 },
		{ "d", 86400000000 },
	};
	uint32_t digits = 0;
	uint64_t number;
	while (digits < s.len && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	struct rf_slice unit = { s.p + digits, s.len - digits };
	if (!rf_slice_number(&number, (struct rf_slice){ s.p, digits }, 1000000000))
		return false;
	for (uint32_t i = 0; i < RF_ARRAY_LEN(units); i++) {
		if (!rf_slice_equal(unit, rf_slice_of(units[i].unit)))
			continue;
		if ((int64_t)number > INT64_MAX / units[i].us)
			return false;
		*out = (int64_t)number * units[i].us;
		return true;
	}
	return false;
}

/* Limits of durations are in ms. */
static bool
in_range(const struct rf_config_reading *r, int64_t us)
{
	return us >= r->field->min * 1000 && us <= r->field->max * 1000;
}

bool
rf_config_read_duration(struct rf_config_reading *r, void *out)
{
	int64_t us;
	if (!rf_config_microseconds(&us, r->text) || !in_range(r, us))
		return false;
	memcpy(out, &(rf_time){ us }, sizeof(rf_time));
	return true;
}

bool
rf_config_read_duration_ms(struct rf_config_reading *r, void *out)
{
	int64_t us;
	if (!rf_config_microseconds(&us, r->text) || !in_range(r, us) || us % 1000 != 0)
		return false;
	memcpy(out, &(uint32_t){ (uint32_t)(us / 1000) }, sizeof(uint32_t));
	return true;
}

bool
rf_config_read_range(struct rf_config_reading *r, void *out)
{
	int64_t low, high;
	const char *dots = r->text.len > 0 ? memmem(r->text.p, r->text.len, "..", 2) : NULL;
	if (dots == NULL || !rf_config_microseconds(&low, rf_slice_between(r->text.p, dots)) ||
	    !rf_config_microseconds(&high, rf_slice_between(dots + 2, r->text.p + r->text.len)))
		return false;
	r->reason = "the first is the longer one";
	if (low > high)
		return false;
	r->reason = NULL;
	if (!in_range(r, low) || !in_range(r, high))
		return false;
	memcpy(out,
	    &(struct rf_policy_range){ (uint32_t)(low / 1000), (uint32_t)(high / 1000) },
	    sizeof(struct rf_policy_range));
	return true;
}

/* Bytes, within the limits of the row; -1: it is no size, or not within them. */
static int64_t
read_bytes(const struct rf_config_reading *r)
{
	static const struct {
		const char *unit;
		uint32_t shift;
	} units[] = { { "B", 0 }, { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 } };
	uint32_t digits = 0;
	uint64_t number;
	while (digits < r->text.len && r->text.p[digits] >= '0' && r->text.p[digits] <= '9')
		digits++;
	struct rf_slice unit = { r->text.p + digits, r->text.len - digits };
	if (!rf_slice_number(&number, (struct rf_slice){ r->text.p, digits }, UINT32_MAX))
		return -1;
	for (uint32_t i = 0; i < RF_ARRAY_LEN(units); i++) {
		if (!rf_slice_equal(unit, rf_slice_of(units[i].unit)))
			continue;
		int64_t bytes = (int64_t)(number << units[i].shift);
		return bytes < r->field->min || bytes > r->field->max ? -1 : bytes;
	}
	return -1;
}

bool
rf_config_read_size(struct rf_config_reading *r, void *out)
{
	int64_t bytes = read_bytes(r);
	if (bytes >= 0)
		memcpy(out, &(uint32_t){ (uint32_t)bytes }, sizeof(uint32_t));
	return bytes >= 0;
}

bool
rf_config_read_disk_size(struct rf_config_reading *r, void *out)
{
	int64_t bytes = read_bytes(r);
	if (bytes >= 0)
		memcpy(out, &(uint64_t){ (uint64_t)bytes }, sizeof(uint64_t));
	return bytes >= 0;
}

bool
rf_config_read_address(struct rf_config_reading *r, void *out)
{
	struct rf_addr address = { .port = 0 };
	uint64_t port;
	const char *colon = memrchr(r->text.p, ':', r->text.len);
	if (colon == NULL)
		return false;
	struct rf_slice host = rf_slice_between(r->text.p, colon);
	/* Bare IPv6 would take its last group for the port. */
	if (host.len == 0 || (host.p[0] != '[' && memchr(host.p, ':', host.len) != NULL) ||
	    !rf_ip_parse(address.ip, host) ||
	    !rf_slice_number(&port, rf_slice_between(colon + 1, r->text.p + r->text.len), 65535))
		return false;
	address.port = (uint16_t)port;
	memcpy(out, &address, sizeof(address));
	return true;
}

bool
rf_config_read_network(struct rf_config_reading *r, void *out)
{
	struct rf_policy_network network;
	const char *end = r->text.p + r->text.len;
	const char *slash = memchr(r->text.p, '/', r->text.len);
	struct rf_slice host = rf_slice_between(r->text.p, slash == NULL ? end : slash);
	if (host.len == 0 || host.p[0] == '[' || !rf_ip_parse(network.ip, host))
		return false;
	uint64_t most = memchr(host.p, ':', host.len) != NULL ? 128 : 32, bits = most;
	if (slash != NULL && !rf_slice_number(&bits, rf_slice_between(slash + 1, end), most))
		return false;
	network.bits = (uint8_t)(128 - most + bits);
	for (uint32_t i = network.bits; i < 128; i++) {
		if ((network.ip[i / 8] & (0x80 >> (i % 8))) != 0) {
			r->reason = "bits behind the prefix are not zero";
			return false;
		}
	}
	memcpy(out, &network, sizeof(network));
	return true;
}

bool
rf_config_read_codes(struct rf_config_reading *r, void *out)
{
	uint64_t low, high;
	const char *p = r->text.p, *end = p + r->text.len;
	const char *dash = memchr(p, '-', r->text.len);
	if (r->text.len == 3 && p[0] >= '3' && p[0] <= '6' && memcmp(p + 1, "xx", 2) == 0) {
		low = (uint64_t)(p[0] - '0') * 100;
		high = low + 99;
	} else {
		if (!rf_slice_number(&low, rf_slice_between(p, dash == NULL ? end : dash), 699))
			return false;
		high = low;
		if (dash != NULL && !rf_slice_number(&high, rf_slice_between(dash + 1, end), 699))
			return false;
	}
	if ((int64_t)low < r->field->min || low > high)
		return false;
	memcpy(out, &(struct rf_policy_codes){ (uint16_t)low, (uint16_t)high },
	    sizeof(struct rf_policy_codes));
	return true;
}

bool
rf_config_read_pace(struct rf_config_reading *r, void *out)
{
	static const struct {
		const char *unit;
		uint32_t ms;
	} units[] = { { "s", 1000 }, { "m", 60 * 1000 }, { "h", 60 * 60 * 1000 } };
	const char *slash = memchr(r->text.p, '/', r->text.len);
	uint64_t count;
	if (slash == NULL ||
	    !rf_slice_number(&count, rf_slice_between(r->text.p, slash), 1000000) || count == 0)
		return false;
	for (uint32_t i = 0; i < RF_ARRAY_LEN(units); i++) {
		if (!rf_slice_equal(rf_slice_between(slash + 1, r->text.p + r->text.len),
		    rf_slice_of(units[i].unit)))
			continue;
		memcpy(out, &(struct rf_policy_rate){ (uint32_t)count, units[i].ms },
		    sizeof(struct rf_policy_rate));
		return true;
	}
	return false;
}

/* "mon" is 0; negative: no day. */
static int
day_of(struct rf_slice s)
{
	static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	for (int i = 0; i < 7; i++) {
		if (rf_slice_equal(s, rf_slice_of(days[i])))
			return i;
	}
	return -1;
}

/* "mon-fri", "mon,wed", "sat-mon". */
static bool
read_days(struct rf_slice s, uint8_t *out)
{
	struct rf_slice part;
	*out = 0;
	while (rf_list_next(&s, &part)) {
		const char *dash = memchr(part.p, '-', part.len);
		const char *end = part.p + part.len;
		int from = day_of(rf_slice_between(part.p, dash == NULL ? end : dash));
		int to = dash == NULL ? from : day_of(rf_slice_between(dash + 1, end));
		if (from < 0 || to < 0)
			return false;
		for (int day = from;; day = (day + 1) % 7) {
			*out = (uint8_t)(*out | 1 << day);
			if (day == to)
				break;
		}
	}
	return *out != 0;
}

/* "08:00"; "24:00" is the end of the day. */
static bool
read_minute(struct rf_slice s, uint16_t *out)
{
	uint64_t hour, minute;
	if (s.len != 5 || s.p[2] != ':' ||
	    !rf_slice_number(&hour, (struct rf_slice){ s.p, 2 }, 24) ||
	    !rf_slice_number(&minute, (struct rf_slice){ s.p + 3, 2 }, 59) ||
	    (hour == 24 && minute > 0))
		return false;
	*out = (uint16_t)(hour * 60 + minute);
	return true;
}

/* Cuts the next word off; false: there is none. */
static bool
next_word(struct rf_slice *rest, struct rf_slice *word)
{
	*rest = rf_slice_trim(*rest);
	const char *space = rest->len > 0 ? memchr(rest->p, ' ', rest->len) : NULL;
	*word = rf_slice_between(rest->p, space != NULL ? space : rest->p + rest->len);
	*rest = rf_slice_between(word->p + word->len, rest->p + rest->len);
	return word->len > 0;
}

bool
rf_config_read_window(struct rf_config_reading *r, void *out)
{
	struct rf_policy_window window = { .days = 0x7f };
	struct rf_slice rest = r->text, word;
	if (!next_word(&rest, &word))
		return false;
	if (word.p[0] >= 'a' && word.p[0] <= 'z' && (!read_days(word, &window.days) ||
	    !next_word(&rest, &word)))
		return false;
	if (word.len != 11 || word.p[5] != '-' ||
	    !read_minute((struct rf_slice){ word.p, 5 }, &window.from) ||
	    !read_minute((struct rf_slice){ word.p + 6, 5 }, &window.to) ||
	    !next_word(&rest, &word) || rf_slice_trim(rest).len > 0)
		return false;
	r->reason = "it ends when it begins";
	if (window.from == window.to || (window.from == 24 * 60 && window.to == 0))
		return false;
	r->reason = "it begins at the end of the day";
	if (window.from == 24 * 60)
		return false;
	window.zone = rf_config_copy(r->reader->memory, word.p, word.len);
	r->reason = "there is no such time zone";
	if (!rf_zone_is_known(window.zone))
		return false;
	memcpy(out, &window, sizeof(window));
	return true;
}
