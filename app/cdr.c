/* SPDX-License-Identifier: BSD-2-Clause */
/* app/cdr.c -- prints the rows of the store's view `cdr`; their columns are named there and nowhere
 * else. */
#include "app/cdr.h"

#include <string.h>
#include <time.h>

struct printing {
	FILE *out;
	enum rf_cdr_format format;
};

/* What a line for people has, of all the columns, and how wide. */
static const struct {
	const char *name;
	int width;
} shown[] = { { "time", 24 }, { "session", 12 }, { "type", 18 }, { "outcome", 11 }, { "status", 6 },
	{ "wrap_up", 14 }, { "partner", 12 }, { "key", 14 }, { "queue", 12 },
	{ "skill", 12 }, { "recording_policy", 16 }, { "target", 0 } };

void
rf_csv_write(FILE *f, const char *field)
{
	if (field == NULL)
		return;
	if (field[strcspn(field, ",\"\r\n")] == '\0') {
		fputs(field, f);
		return;
	}
	fputc('"', f);
	for (const char *p = field; *p != '\0'; p++) {
		if (*p == '"')
			fputc('"', f);
		fputc(*p, f);
	}
	fputc('"', f);
}

static void
write_csv_line(FILE *f, uint32_t count, const char *const *field)
{
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0)
			fputc(',', f);
		rf_csv_write(f, field[i]);
	}
	fputs("\r\n", f);
}

static const char *
column(const char *wanted, uint32_t count, const char *const *name, const char *const *value)
{
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(name[i], wanted) == 0)
			return value[i] != NULL ? value[i] : "-";
	}
	return "-";
}

static void
write_text_line(FILE *f, uint32_t count, const char *const *name, const char *const *value)
{
	for (uint32_t i = 0; i < RF_ARRAY_LEN(shown); i++)
		fprintf(f, "%s%-*s", i > 0 ? "  " : "", shown[i].width,
		    value != NULL ? column(shown[i].name, count, name, value) : shown[i].name);
	fputc('\n', f);
}

static bool
print_row(void *user, struct rf_slice event, uint32_t count, const char *const *name,
    const char *const *value)
{
	struct printing *p = user;
	switch (p->format) {
	case RF_CDR_TEXT:
		write_text_line(p->out, count, name, value);
		break;
	case RF_CDR_CSV:
		write_csv_line(p->out, count, value != NULL ? value : name);
		break;
	case RF_CDR_JSON:
		if (value != NULL)
			fprintf(p->out, "%.*s\n", (int)event.len, event.p);
		break;
	}
	return !ferror(p->out);
}

int
rf_cdr(const struct rf_config *config, const struct rf_options *o, FILE *out, FILE *err)
{
	struct printing p = { .out = out, .format = o->format };
	struct rf_store_query query = { .session = o->session, .limit = o->limit };
	char error[RF_STORE_ERROR_MAX];
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (o->since != NULL &&
	    !rf_cdr_since_parse(&query.since_us, o->since, (int64_t)now.tv_sec * RF_SECOND)) {
		fprintf(err, "referee cdr: --since: expected 7d, 90m or 2026-11-25T20:15:00Z, got "
		    "\"%s\"\n", o->since);
		return RF_EXIT_USAGE;
	}
	if (!rf_store_cdrs(config->store_url, &query, print_row, &p, error)) {
		fprintf(err, "referee cdr: %s\n", error);
		return RF_EXIT_FAILED;
	}
	return fflush(out) == 0 ? RF_EXIT_OK : RF_EXIT_FAILED;
}
