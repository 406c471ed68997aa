/* SPDX-License-Identifier: BSD-2-Clause */
/* app/log.c -- builds a line in memory and writes it with one call, so that lines never mix.
 *
 * Values come from the network: every byte that could end a line, a string or a terminal's patience
 * is escaped.  JSON must be UTF-8, so a byte that is not becomes U+FFFD. */
#include "app/log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "app/log_parts.h"

struct burst {                                  /* one name that warned lately */
	uint64_t hash;
	int64_t second;
	uint32_t printed, suppressed;
};

struct rf_log {
	struct rf_log_config config;
	uint8_t salt[RF_LOG_SALT_LEN];
	struct burst burst[RF_LOG_NAMES_MAX];
};

struct line {                                   /* room is kept for the closing words */
	char p[RF_LOG_LINE_MAX];
	uint32_t len;
	bool cut;
};

enum { CLOSING_LEN = 32 };

static const char *const level_names[] = { "error", "warning", "info", "debug" };

struct rf_log *
rf_log_new(const struct rf_log_config *config)
{
	struct rf_log *log = calloc(1, sizeof(*log));
	if (log == NULL)
		return NULL;
	log->config = *config;
	if (config->salt != NULL)
		memcpy(log->salt, config->salt, sizeof(log->salt));
	else if (getrandom(log->salt, sizeof(log->salt), 0) != (ssize_t)sizeof(log->salt))
		abort();
	log->config.salt = log->salt;
	return log;
}

void
rf_log_free(struct rf_log *log)
{
	if (log != NULL)
		explicit_bzero(log->salt, sizeof(log->salt));
	free(log);
}

bool
rf_log_wants(const struct rf_log *log, enum rf_log_level level)
{
	return level <= log->config.level;
}

/* ---- pairs ------------------------------------------------------------------------------- */

struct rf_log_pair
rf_log_text(const char *key, const char *text)
{
	return (struct rf_log_pair){ .key = key, .kind = RF_LOG_VALUE_TEXT,
		.text = text == NULL ? (struct rf_slice){ NULL, 0 } : rf_slice_of(text) };
}

struct rf_log_pair
rf_log_slice(const char *key, struct rf_slice text)
{
	text.p = text.p == NULL ? "" : text.p;
	return (struct rf_log_pair){ .key = key, .kind = RF_LOG_VALUE_TEXT, .text = text };
}

struct rf_log_pair
rf_log_number(const char *key, int64_t number)
{
	return (struct rf_log_pair){ .key = key, .kind = RF_LOG_VALUE_NUMBER, .number = number };
}

struct rf_log_pair
rf_log_bool(const char *key, bool truth)
{
	return (struct rf_log_pair){ .key = key, .kind = RF_LOG_VALUE_BOOL, .number = truth };
}

struct rf_log_pair
rf_log_user(const char *key, struct rf_slice user)
{
	return (struct rf_log_pair){ .key = key, .kind = RF_LOG_VALUE_USER, .text = user };
}

struct rf_log_pair
rf_log_address(const char *key, struct rf_slice address)
{
	return (struct rf_log_pair){ .key = key, .kind = RF_LOG_VALUE_ADDRESS, .text = address };
}

uint32_t
rf_log_private_address(const struct rf_log *log, char *out, uint32_t max, struct rf_slice in)
{
	return rf_privacy_address(log->config.privacy, log->salt, out, max, in);
}

uint32_t
rf_log_private_user(const struct rf_log *log, char *out, uint32_t max, struct rf_slice in)
{
	return rf_privacy_user(log->config.privacy, log->salt, out, max, in);
}

/* ---- writing ----------------------------------------------------------------------------- */

static void
put(struct line *line, const char *text, size_t len)
{
	if (line->len + len > sizeof(line->p) - CLOSING_LEN) {
		line->cut = true;
		return;
	}
	memcpy(line->p + line->len, text, len);
	line->len += (uint32_t)len;
}

static void
put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

/* Length of the UTF-8 character that begins there; 0: none does (RFC 3629 4). */
static uint32_t
utf8_len(const unsigned char *p, uint32_t left)
{
	uint32_t len = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] <= 0xdf ? 2 :
	    p[0] >= 0xe0 && p[0] <= 0xef ? 3 : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;
	if (len == 0 || len > left)
		return 0;
	for (uint32_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Overlong forms, surrogates, beyond U+10FFFF. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

/* Text between quotes.  A line that is full is cut between characters, never inside an escape. */
static void
put_escaped(struct line *line, struct rf_slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	char escape[8];
	for (uint32_t i = 0, used; i < s.len && !line->cut; i += used) {
		used = utf8_len(p + i, s.len - i);
		if (used == 0) {
			put_text(line, "\\ufffd");
			used = 1;
		} else if (p[i] == '"' || p[i] == '\\') {
			escape[0] = '\\';
			escape[1] = (char)p[i];
			put(line, escape, 2);
		} else if (p[i] < 0x20 || p[i] == 0x7f) {
			snprintf(escape, sizeof(escape), "\\u%04x", p[i]);
			put_text(line, escape);
		} else {
			put(line, s.p + i, used);
		}
	}
}

/* Can it stand in a text line without quotes? */
static bool
is_plain(struct rf_slice s)
{
	for (uint32_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '=')
			return false;
	}
	return s.len > 0;
}

static void
put_value(struct line *line, enum rf_log_format format, struct rf_slice s)
{
	if (format == RF_LOG_TEXT && is_plain(s)) {
		put(line, s.p, s.len);
		return;
	}
	put_text(line, "\"");
	put_escaped(line, s);
	put_text(line, "\"");
}

/* All of a pair or nothing of it: half a pair would not be JSON. */
static void
put_pair(const struct rf_log *log, struct line *line, const struct rf_log_pair *pair)
{
	char masked[2048], number[32];
	struct rf_slice text = pair->text;
	uint32_t before = line->len;
	put_text(line, log->config.format == RF_LOG_JSON ? ",\"" : " ");
	put_text(line, pair->key);
	put_text(line, log->config.format == RF_LOG_JSON ? "\":" : "=");
	switch (pair->kind) {
	case RF_LOG_VALUE_NUMBER:
		snprintf(number, sizeof(number), "%lld", (long long)pair->number);
		put_text(line, number);
		break;
	case RF_LOG_VALUE_BOOL:
		put_text(line, pair->number != 0 ? "true" : "false");
		break;
	case RF_LOG_VALUE_USER:
		text.len = rf_log_private_user(log, masked, sizeof(masked), text);
		text.p = masked;
		put_value(line, log->config.format, text);
		break;
	case RF_LOG_VALUE_ADDRESS:
		text.len = rf_log_private_address(log, masked, sizeof(masked), text);
		text.p = masked;
		put_value(line, log->config.format, text);
		break;
	case RF_LOG_VALUE_TEXT:
		put_value(line, log->config.format, text);
		break;
	}
	if (line->cut)
		line->len = before;
}

static int64_t
now_ms(const struct rf_log *log)
{
	struct timespec now;
	if (log->config.wall_clock_ms != NULL)
		return log->config.wall_clock_ms(log->config.user);
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
put_head(const struct rf_log *log, struct line *line, enum rf_log_level level, const char *event,
    int64_t ms)
{
	char stamp[64];
	struct tm tm;
	time_t seconds = (time_t)(ms / 1000);
	gmtime_r(&seconds, &tm);
	size_t len = strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(stamp + len, sizeof(stamp) - len, ".%03dZ", (int)(ms % 1000));
	if (log->config.format == RF_LOG_JSON) {
		put_text(line, "{\"time\":\"");
		put_text(line, stamp);
		put_text(line, "\",\"level\":\"");
		put_text(line, level_names[level]);
		put_text(line, "\",\"event\":\"");
		put_escaped(line, rf_slice_of(event));
		put_text(line, "\"");
	} else {
		put_text(line, stamp);
		put_text(line, level == RF_LOG_WARNING ? " warning " : level == RF_LOG_ERROR ?
		    " error   " : level == RF_LOG_INFO ? " info    " : " debug   ");
		put_text(line, event);
	}
}

static void
write_out(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, p, len);
		/* Who logs to a closed pipe has nobody to tell. */
		if (done <= 0)
			return;
		p += done;
		len -= (size_t)done;
	}
}

/* May it be printed?  *suppressed: lines of its name that were not, since the last one that was. */
static bool
admit(struct rf_log *log, const char *event, int64_t ms, uint32_t *suppressed)
{
	uint64_t hash = 14695981039346656037u;
	for (const char *p = event; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 1099511628211u;
	/* A newcomer takes the place of an older name: bounded,
	    and at worst a burst is cut twice. */
	struct burst *burst = &log->burst[hash % RF_LOG_NAMES_MAX];
	if (burst->hash != hash)
		*burst = (struct burst){ .hash = hash, .second = ms / 1000 };
	if (burst->second != ms / 1000) {
		burst->second = ms / 1000;
		burst->printed = 0;
	}
	if (burst->printed == RF_LOG_BURST_MAX) {
		burst->suppressed++;
		return false;
	}
	burst->printed++;
	*suppressed = burst->suppressed;
	burst->suppressed = 0;
	return true;
}

void
rf_log_event(struct rf_log *log, enum rf_log_level level, const char *event,
    const struct rf_log_pair *pairs)
{
	struct line line;
	uint32_t suppressed = 0;
	assert(event != NULL);
	assert(level <= RF_LOG_DEBUG);
	if (!rf_log_wants(log, level))
		return;
	int64_t ms = now_ms(log);
	if (level <= RF_LOG_WARNING && !admit(log, event, ms, &suppressed))
		return;
	line.len = 0;
	line.cut = false;
	put_head(log, &line, level, event, ms);
	if (suppressed > 0)
		put_pair(log, &line, &(struct rf_log_pair){ .key = "suppressed",
		    .kind = RF_LOG_VALUE_NUMBER, .number = suppressed });
	bool cut = false;
	for (; pairs != NULL && pairs->key != NULL; pairs++) {
		if (pairs->kind == RF_LOG_VALUE_TEXT && pairs->text.p == NULL)
			continue;
		put_pair(log, &line, pairs);
		cut = cut || line.cut;
		line.cut = false;
	}
	/* The room for this was kept. */
	bool json = log->config.format == RF_LOG_JSON;
	const char *closing = json ? cut ? ",\"cut\":true}\n" : "}\n" : cut ? " cut=true\n" : "\n";
	memcpy(line.p + line.len, closing, strlen(closing));
	write_out(log->config.fd, line.p, line.len + strlen(closing));
}
