/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_value.c -- one scalar of the file becomes one value: a reader for each kind.
 *
 * A reader says only whether the text is one (those of units and addresses are in
 * config_units.c); the sentence about what was expected is made in one place, from the kind and
 * the limits of the row. */
#include "app/config_parts.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

const size_t rf_config_kind_size[RF_KIND_MAX] = {
#define X(kind, type, expects) sizeof(type),
	RF_CONFIG_KINDS(X)
#undef X
};

static const char *const expected[RF_KIND_MAX] = {
#define X(kind, type, expects) expects,
	RF_CONFIG_KINDS(X)
#undef X
};

typedef bool reader_fn(struct rf_config_reading *, void *out);

static bool
keep(struct rf_config_reading *r, struct rf_slice s, void *out)
{
	const char *copy = rf_config_copy(r->reader->memory, s.p, s.len);
	memcpy(out, &copy, sizeof(copy));
	return true;
}

static bool
read_number(struct rf_config_reading *r, void *out)
{
	uint64_t number;
	if (!rf_slice_number(&number, r->text, UINT32_MAX) || (int64_t)number < r->field->min ||
	    (int64_t)number > r->field->max)
		return false;
	memcpy(out, &(uint32_t){ (uint32_t)number }, sizeof(uint32_t));
	return true;
}

/* Finds the text among "a|b|!c"; *index counts from 0, *later: it is one of a later version. */
static bool
find_word(const struct rf_config_reading *r, uint32_t *index, bool *later)
{
	uint32_t i = 0;
	for (const char *p = r->field->words;; i++) {
		const char *end = strchrnul(p, '|');
		bool marked = *p == '!';
		if (rf_slice_equal(r->text, rf_slice_between(p + (marked ? 1 : 0), end))) {
			*index = i;
			*later = marked;
			return true;
		}
		if (*end == '\0')
			return false;
		p = end + 1;
	}
}

static bool
read_word(struct rf_config_reading *r, void *out)
{
	uint32_t index;
	bool later;
	if (!find_word(r, &index, &later))
		return false;
	if (later) {
		rf_config_complain(r->reader, r->mark,
		    "\"%.*s\" is known but not supported in this version", (int)r->text.len,
		    r->text.p);
		r->said = true;
		return false;
	}
	memcpy(out, &(unsigned){ (unsigned)r->field->min + index }, sizeof(unsigned));
	return true;
}

static bool
read_choice(struct rf_config_reading *r, void *out)
{
	uint32_t index;
	bool later;
	uint64_t number;
	if (!find_word(r, &index, &later) || !rf_slice_number(&number, r->text, UINT32_MAX))
		return false;
	memcpy(out, &(uint32_t){ (uint32_t)number }, sizeof(uint32_t));
	return true;
}

static bool
is_name(struct rf_slice s)
{
	for (uint32_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z');
		if (!alphanumeric && c != '-' && c != '_' && c != '.')
			return false;
	}
	return s.len > 0 && s.len <= 64;
}

static bool
read_name(struct rf_config_reading *r, void *out)
{
	return is_name(r->text) && keep(r, r->text, out);
}

/* Is it host (and port) and nothing else?  The URI grammar knows best what a host is. */
static bool
is_host(struct rf_slice s, bool port_allowed)
{
	char text[RF_NAME_MAX + 8];
	struct rf_uri uri;
	uint8_t ip[16];
	if (s.len == 0 || s.len >= RF_NAME_MAX)
		return false;
	if (!port_allowed && rf_ip_parse(ip, s))
		return true;
	uint32_t len = (uint32_t)snprintf(text, sizeof(text), "sip:%.*s", (int)s.len, s.p);
	return rf_uri_parse(&uri, (struct rf_slice){ text, len }) && uri.user.len == 0 &&
	    uri.params.len == 0 && uri.headers.len == 0 && (port_allowed || uri.port == 0) &&
	    memchr(s.p, '@', s.len) == NULL;
}

static bool
read_host(struct rf_config_reading *r, void *out)
{
	return is_host(r->text, false) && keep(r, r->text, out);
}

static bool
read_host_port(struct rf_config_reading *r, void *out)
{
	return is_host(r->text, true) && keep(r, r->text, out);
}

static bool
read_path(struct rf_config_reading *r, void *out)
{
	char path[1024];
	if (r->text.len == 0 || r->text.len > 500)
		return false;
	snprintf(path, sizeof(path), "%s%s%.*s", r->text.p[0] == '/' ? "" : r->reader->folder,
	    r->text.p[0] == '/' ? "" : "/", (int)r->text.len, r->text.p);
	if (!r->reader->elsewhere && access(path, R_OK) != 0) {
		r->reason = strerror(errno);
		return false;
	}
	return keep(r, rf_slice_of(path), out);
}

static bool
read_socket(struct rf_config_reading *r, void *out)
{
	char path[1024];
	if (r->text.len == 0 || r->text.len > 100)
		return false;
	if (rf_slice_equal(r->text, RF_SLICE("none"))) {
		memcpy(out, &(const char *){ NULL }, sizeof(const char *));
		return true;
	}
	snprintf(path, sizeof(path), "%s%s%.*s", r->text.p[0] == '/' ? "" : r->reader->folder,
	    r->text.p[0] == '/' ? "" : "/", (int)r->text.len, r->text.p);
	/* sun_path has 108 bytes, of which the folder takes some. */
	return strlen(path) <= 107 && keep(r, rf_slice_of(path), out);
}

static bool
read_folder(struct rf_config_reading *r, void *out)
{
	char path[1100];
	if (r->text.len == 0 || r->text.len > 500)
		return false;
	snprintf(path, sizeof(path), "%s%s%.*s", r->text.p[0] == '/' ? "" : r->reader->folder,
	    r->text.p[0] == '/' ? "" : "/", (int)r->text.len, r->text.p);
	return keep(r, rf_slice_of(path), out);
}

static bool
read_text(struct rf_config_reading *r, void *out)
{
	return r->text.len <= 300 && keep(r, r->text, out);
}

static bool
is_uri(struct rf_config_reading *r)
{
	struct rf_uri uri;
	if (!rf_uri_parse(&uri, r->text))
		return false;
	if (uri.scheme == RF_SCHEME_SIP || uri.scheme == RF_SCHEME_SIPS)
		return true;
	r->reason = "only sip: and sips: can be called";
	return false;
}

static bool
read_uri(struct rf_config_reading *r, void *out)
{
	return is_uri(r) && keep(r, r->text, out);
}

/* The file need not be there, but its folder must. */
static bool
read_store_file(struct rf_config_reading *r, struct rf_slice file, void *out)
{
	char url[1024], folder[1024];
	if (file.len == 0 || file.len > 400 || memchr(file.p, '\0', file.len) != NULL)
		return false;
	snprintf(url, sizeof(url), "sqlite:%s%s%.*s", file.p[0] == '/' ? "" : r->reader->folder,
	    file.p[0] == '/' ? "" : "/", (int)file.len, file.p);
	snprintf(folder, sizeof(folder), "%s", url + strlen("sqlite:"));
	strrchr(folder, '/')[1] = '\0';
	if (!r->reader->elsewhere && access(folder, W_OK | X_OK) != 0) {
		r->reason = strerror(errno);
		return false;
	}
	return keep(r, rf_slice_of(url), out);
}

static bool
read_store_url(struct rf_config_reading *r, void *out)
{
	const char *colon = memchr(r->text.p, ':', r->text.len);
	struct rf_slice scheme = rf_slice_between(r->text.p, colon == NULL ? r->text.p : colon);
	if (rf_slice_equal(scheme, RF_SLICE("sqlite")))
		return read_store_file(
		    r, rf_slice_between(colon + 1, r->text.p + r->text.len), out);
	if (rf_slice_equal(scheme, RF_SLICE("postgresql"))) {
		rf_config_complain(r->reader, r->mark,
		    "\"%.*s:\" is known but not supported in this version", (int)scheme.len,
		    scheme.p);
		r->said = true;
		return false;
	}
	return rf_slice_equal(r->text, RF_SLICE("memory:")) && keep(r, r->text, out);
}

static bool
read_glob(struct rf_config_reading *r, void *out)
{
	r->reason = rf_glob_error(r->text);
	return r->reason == NULL && keep(r, r->text, out);
}

static bool
read_take(struct rf_config_reading *r, void *out)
{
	struct rf_policy_take take = { .kind = RF_TAKE_NOTHING };
	const char *slash = memchr(r->text.p, '/', r->text.len);
	struct rf_slice name = slash == NULL ? RF_SLICE("") :
	    rf_slice_between(slash + 1, r->text.p + r->text.len);
	struct rf_slice kind = rf_slice_between(r->text.p, slash == NULL ?
	    r->text.p + r->text.len : slash);
	if (rf_slice_equal(kind, RF_SLICE("host")) && slash == NULL)
		take.kind = RF_TAKE_HOST;
	else if (rf_slice_equal(kind, RF_SLICE("parameter")) && is_name(name))
		take.kind = RF_TAKE_PARAMETER;
	else if (rf_slice_equal(kind, RF_SLICE("header")) && is_name(name))
		take.kind = RF_TAKE_HEADER;
	else
		return false;
	take.name = rf_config_copy(r->reader->memory, name.p, name.len);
	memcpy(out, &take, sizeof(take));
	return true;
}

static bool
read_pattern(struct rf_config_reading *r, void *out)
{
	r->reason = r->note;
	if (!rf_pattern_is_good(r->text, r->note))
		return false;
	return keep(r, r->text, out);
}

static bool
read_digits(struct rf_config_reading *r, void *out)
{
	for (uint32_t i = 0; i < r->text.len; i++) {
		if (r->text.p[i] < '0' || r->text.p[i] > '9')
			return false;
	}
	return r->text.len <= 8 && keep(r, r->text, out);
}

static bool
read_header(struct rf_config_reading *r, void *out)
{
	r->reason = rf_pass_pattern_error(r->text);
	return r->reason == NULL && keep(r, r->text, out);
}

static bool
read_own_header(struct rf_config_reading *r, void *out)
{
	r->reason = rf_own_header_error(r->text);
	return r->reason == NULL && keep(r, r->text, out);
}

static bool
read_key(struct rf_config_reading *r, void *out)
{
	for (uint32_t i = 0; i < r->text.len; i++) {
		unsigned char c = (unsigned char)r->text.p[i];
		if (c < 0x20 || c == 0x7f)
			return false;
	}
	return r->text.len <= RF_POLICY_KEY_MAX && keep(r, r->text, out);
}

static bool
is_printable(struct rf_slice text)
{
	for (uint32_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c < 0x20 || c >= 0x7f)
			return false;
	}
	return true;
}

static bool
read_http_url(struct rf_config_reading *r, void *out)
{
	bool https = r->text.len > 8 && memcmp(r->text.p, "https://", 8) == 0;
	bool http = r->text.len > 7 && memcmp(r->text.p, "http://", 7) == 0;
	if ((https || http) && memchr(r->text.p, '@', r->text.len) != NULL)
		r->reason = "who we are is said under auth";
	return r->reason == NULL && (https || http) && is_printable(r->text) &&
	    r->text.len <= RF_CONFIG_URL_MAX && memchr(r->text.p, ' ', r->text.len) == NULL &&
	    keep(r, r->text, out);
}

/* A file ends with a newline; a secret does not. */
static bool
read_secret(struct rf_config_reading *r, void *out)
{
	struct rf_slice text = r->text;
	while (text.len > 0 && (text.p[text.len - 1] == '\n' || text.p[text.len - 1] == '\r'))
		text.len--;
	return text.len > 0 && text.len <= RF_CONFIG_TEXT_MAX && is_printable(text) &&
	    keep(r, text, out);
}

static bool
read_event_type(struct rf_config_reading *r, void *out)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz.*";
	for (uint32_t i = 0; i < r->text.len; i++) {
		if (strchr(allowed, r->text.p[i]) == NULL)
			return false;
	}
	return r->text.len <= 64 && keep(r, r->text, out);
}

static bool
read_referred_by(struct rf_config_reading *r, void *out)
{
	r->reason = rf_referred_by_pattern_error(r->text);
	return r->reason == NULL && keep(r, r->text, out);
}

static bool
queue_of(struct rf_slice text, struct rf_slice *name)
{
	if (text.len < 7 || memcmp(text.p, "queue/", 6) != 0)
		return false;
	*name = (struct rf_slice){ text.p + 6, text.len - 6 };
	return is_name(*name);
}

static bool
read_queue_name(struct rf_config_reading *r, void *out)
{
	struct rf_slice name = r->text;
	return (queue_of(r->text, &name) || is_name(name)) && keep(r, name, out);
}

static bool
read_destination(struct rf_config_reading *r, void *out)
{
	struct rf_policy_destination to = { .text = NULL };
	struct rf_slice name = r->text;
	if (rf_slice_equal(r->text, RF_SLICE("reject")))
		to.kind = RF_TO_REJECT;
	else if (rf_slice_equal(r->text, RF_SLICE("skill")))
		to.kind = RF_TO_SKILL;
	else if (queue_of(r->text, &name))
		to.kind = RF_TO_QUEUE;
	else if (is_uri(r))
		to.kind = RF_TO_URI;
	else
		return false;
	to.text = rf_config_copy(r->reader->memory, name.p, name.len);
	memcpy(out, &to, sizeof(to));
	return true;
}

static reader_fn *const readers[RF_KIND_MAX] = {
	[RF_KIND_NUMBER] = read_number,
	[RF_KIND_WORD] = read_word,
	[RF_KIND_CHOICE] = read_choice,
	[RF_KIND_NAME] = read_name,
	[RF_KIND_HOST] = read_host,
	[RF_KIND_HOST_PORT] = read_host_port,
	[RF_KIND_PATH] = read_path,
	[RF_KIND_SOCKET] = read_socket,
	[RF_KIND_FOLDER] = read_folder,
	[RF_KIND_URI] = read_uri,
	[RF_KIND_STORE_URL] = read_store_url,
	[RF_KIND_DURATION] = rf_config_read_duration,
	[RF_KIND_DURATION_MS] = rf_config_read_duration_ms,
	[RF_KIND_SIZE] = rf_config_read_size,
	[RF_KIND_DISK_SIZE] = rf_config_read_disk_size,
	[RF_KIND_ADDRESS] = rf_config_read_address,
	[RF_KIND_NETWORK] = rf_config_read_network,
	[RF_KIND_GLOB] = read_glob,
	[RF_KIND_TAKE] = read_take,
	[RF_KIND_PATTERN] = read_pattern,
	[RF_KIND_REPLACEMENT] = read_key,
	[RF_KIND_DIGITS] = read_digits,
	[RF_KIND_PACE] = rf_config_read_pace,
	[RF_KIND_WINDOW] = rf_config_read_window,
	[RF_KIND_HEADER] = read_header,
	[RF_KIND_REFERRED_BY] = read_referred_by,
	[RF_KIND_DESTINATION] = read_destination,
	[RF_KIND_OWN_HEADER] = read_own_header,
	[RF_KIND_KEY] = read_key,
	[RF_KIND_HTTP_URL] = read_http_url,
	[RF_KIND_SECRET] = read_secret,
	[RF_KIND_EVENT_TYPE] = read_event_type,
	[RF_KIND_QUEUE_NAME] = read_queue_name,
	[RF_KIND_CODES] = rf_config_read_codes,
	[RF_KIND_RANGE] = rf_config_read_range,
	[RF_KIND_TEXT] = read_text,
	[RF_KIND_FRACTION] = rf_config_read_fraction,
	[RF_KIND_RATE] = rf_config_read_rate,
	[RF_KIND_SPREAD] = rf_config_read_spread,
};

/* "a|b|!c" as people write it: "a, b"; those of later versions are not offered. */
static void
list_words(char *out, size_t max, const char *words)
{
	size_t len = 0;
	out[0] = '\0';
	for (const char *p = words; p != NULL && len < max;) {
		const char *end = strchrnul(p, '|');
		if (*p != '!')
			len += (size_t)snprintf(out + len, max - len, "%s%.*s", len > 0 ? ", " : "",
			    (int)(end - p), p);
		p = *end == '|' ? end + 1 : NULL;
	}
}

static void
duration_text(char out[32], int64_t ms)
{
	if (ms % 60000 == 0 && ms > 0)
		snprintf(out, 32, "%lldm", (long long)(ms / 60000));
	else if (ms % 1000 == 0 && ms > 0)
		snprintf(out, 32, "%llds", (long long)(ms / 1000));
	else
		snprintf(out, 32, "%lldms", (long long)ms);
}

/* The limits of the row, as words behind what is expected. */
static void
limits_text(char *out, size_t max, const struct rf_config_field *field)
{
	char low[32], high[32];
	out[0] = '\0';
	if (field->kind == RF_KIND_NUMBER && field->min == field->max)
		snprintf(out, max, " (only %lld)", (long long)field->min);
	else if (field->kind == RF_KIND_NUMBER)
		snprintf(out, max, " from %lld to %lld", (long long)field->min,
		    (long long)field->max);
	else if (field->kind == RF_KIND_SIZE)
		snprintf(out, max, ", from %lldMiB up to 4GiB", (long long)(field->min >> 20));
	else if (field->kind == RF_KIND_DISK_SIZE)
		snprintf(out, max, ", from %lldMiB up to %lldGiB", (long long)(field->min >> 20),
		    (long long)(field->max >> 30));
	if (field->kind == RF_KIND_DURATION || field->kind == RF_KIND_DURATION_MS ||
	    field->kind == RF_KIND_RANGE) {
		duration_text(low, field->min);
		duration_text(high, field->max);
		snprintf(out, max, ", from %s to %s", low, high);
	}
	if (field->kind == RF_KIND_WORD || field->kind == RF_KIND_CHOICE) {
		if (max > 1)
			snprintf(out, max, " ");
		list_words(out + 1, max - 1, field->words);
	}
}

bool
rf_config_value_read(struct rf_config_reader *reader, const struct rf_config_field *field,
    yaml_mark_t mark, struct rf_slice raw, void *out)
{
	struct rf_config_reading r = { .reader = reader, .field = field, .mark = mark };
	char limits[128];
	assert(field->kind < RF_KIND_MAX);
	/* A table may come from somebody else: it must not read our files. */
	r.text = raw;
	if (reader->table == NULL &&
	    !rf_config_expand(reader, mark, field->kind == RF_KIND_PATH, raw, &r.text))
		return false;
	/* Readers may look at the first byte and hand the text to the C library. */
	if (r.text.len > 0 && memchr(r.text.p, '\0', r.text.len) != NULL)
		r.reason = "it holds a NUL byte";
	else if (r.text.len == 0 && field->kind != RF_KIND_GLOB &&
	    field->kind != RF_KIND_REPLACEMENT)
		r.reason = "it is empty";
	else if (readers[field->kind](&r, out))
		return true;
	if (r.said)
		return false;
	limits_text(limits, sizeof(limits), field);
	rf_config_complain(reader, mark, "expected %s%s; got %s%s%s%s", expected[field->kind],
	    limits, field->kind == RF_KIND_SECRET ? "something else" : rf_config_quote(raw).text,
	    r.reason != NULL ? ": " : "", r.reason != NULL ? r.reason : "",
	    field->kind == RF_KIND_WORD ? rf_config_suggest(r.text, field->words).text : "");
	return false;
}
