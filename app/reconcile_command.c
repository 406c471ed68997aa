/* SPDX-License-Identifier: BSD-2-Clause */
/* app/reconcile_command.c -- `referee reconcile`: what the command line lays over the
 * configuration, and findings for people, spreadsheets and programs. */
#include "app/reconcile.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "app/cdr.h"
#include "app/config_parts.h"
#include "app/json.h"
#include "app/platform.h"

struct printing {
	FILE *out;
	enum rf_cdr_format format;
};

/* ---- findings ------------------------------------------------------------------------------- */

static void
print_text(FILE *f, const struct rf_reconcile_finding *x)
{
	char where[32] = "-", session[20] = "-";
	if (x->line > 0)
		snprintf(where, sizeof where, "line %u", x->line);
	if (x->session != 0)
		snprintf(session, sizeof session, "%012" PRIx64, x->session);
	fprintf(f, "%-13s  %-12s  %-12s  %-7s  %s", rf_reconcile_class_name(x->class), where,
	    session, rf_reconcile_key_name(x->key), x->text);
	if (x->call_id.len > 0)
		fprintf(f, " (%.*s)", (int)x->call_id.len, x->call_id.p);
	fputc('\n', f);
}

static void
print_json(FILE *f, const struct rf_reconcile_finding *x)
{
	fprintf(f, "{\"class\":\"%s\",\"key\":\"%s\"", rf_reconcile_class_name(x->class),
	    rf_reconcile_key_name(x->key));
	if (x->line > 0)
		fprintf(f, ",\"line\":%u", x->line);
	if (x->session != 0)
		fprintf(f, ",\"session\":\"%012" PRIx64 "\"", x->session);
	if (x->event != 0)
		fprintf(f, ",\"number\":%" PRId64, x->event);
	fputs(",\"call_id\":", f);
	rf_json_write(f, x->call_id);
	fputs(",\"text\":", f);
	rf_json_write(f, rf_slice_of(x->text));
	fputs("}\n", f);
}

static void
print_csv(FILE *f, const struct rf_reconcile_finding *x)
{
	char call_id[1024];
	snprintf(call_id, sizeof call_id, "%.*s", (int)x->call_id.len, x->call_id.p);
	fprintf(f, "%s,%s,", rf_reconcile_class_name(x->class), rf_reconcile_key_name(x->key));
	if (x->line > 0)
		fprintf(f, "%u", x->line);
	fputc(',', f);
	if (x->session != 0)
		fprintf(f, "%012" PRIx64, x->session);
	fputc(',', f);
	if (x->event != 0)
		fprintf(f, "%" PRId64, x->event);
	fputc(',', f);
	rf_csv_write(f, call_id);
	fputc(',', f);
	rf_csv_write(f, x->text);
	fputs("\r\n", f);
}

static void
print_finding(void *user, const struct rf_reconcile_finding *x)
{
	const struct printing *p = user;
	switch (p->format) {
	case RF_CDR_TEXT:
		print_text(p->out, x);
		break;
	case RF_CDR_CSV:
		print_csv(p->out, x);
		break;
	case RF_CDR_JSON:
		print_json(p->out, x);
		break;
	}
}

/* Returns how many there are in all. */
static uint64_t
print_summary(const struct printing *p, const struct rf_reconcile_result *r)
{
	bool json = p->format == RF_CDR_JSON;
	uint64_t all = 0;
	for (uint32_t i = 0; i < RF_CLASS_MAX; i++)
		all += r->found[i];
	if (p->format == RF_CDR_CSV)
		return all;
	fprintf(p->out,
	    json ? "{\"records\":%" PRIu64 ",\"calls\":%" PRIu64 ",\"transfers\":%" PRIu64
		   ",\"found\":{" :
		   "%" PRIu64 " records of theirs, %" PRIu64 " calls and %" PRIu64
		   " transfers of ours:",
	    r->records, r->calls, r->transfers);
	for (uint32_t i = 0; i < RF_CLASS_MAX; i++)
		fprintf(p->out, json ? "%s\"%s\":%" PRIu64 : "%s %s %" PRIu64, i > 0 ? "," : "",
		    rf_reconcile_class_name((enum rf_reconcile_class)i), r->found[i]);
	fputs(json ? "},\"matched\":{" : "\nmatched by", p->out);
	for (uint32_t i = 0; i < RF_KEY_MAX; i++)
		fprintf(p->out, json ? "%s\"%s\":%" PRIu64 : "%s %s %" PRIu64, i > 0 ? "," : "",
		    rf_reconcile_key_name((enum rf_reconcile_key)i), r->matched[i]);
	fputs(json ? "}}\n" : "\n", p->out);
	return all;
}

/* ---- what the command line lays over the configuration -------------------------------------- */

struct overlay {
	struct rf_config_reconcile map;
	struct rf_config_outcome outcomes[RF_PAIRS_MAX + RF_CONFIG_OUTCOMES_MAX];
};

static bool
lay_columns(struct rf_config_reconcile *map, const struct rf_options *o, FILE *err)
{
	for (uint32_t i = 0; i < o->column_count; i++) {
		struct rf_slice ours = rf_slice_between(o->column[i], strchr(o->column[i], '='));
		unsigned column = 0;
		while (column < RF_COLUMN_MAX &&
		    !rf_slice_equal(ours, rf_slice_of(rf_reconcile_column_name(column))))
			column++;
		if (column == RF_COLUMN_MAX) {
			fprintf(err, "referee reconcile: --column: expected session, call_id, "
			    "from_tag, to_tag, outcome, target, start or duration, got \"%.*s\"\n",
			    (int)ours.len, ours.p);
			return false;
		}
		map->column[column] = ours.p + ours.len + 1;
	}
	return true;
}

/* Those of the command line are tried first. */
static bool
lay_outcomes(struct overlay *over, const struct rf_options *o, FILE *err)
{
	static const char *const words[] = { "transferred", "failed", "closed", "pending", "call" };
	const struct rf_config_reconcile *from = &over->map;
	for (uint32_t i = 0; i < o->outcome_count; i++) {
		struct rf_slice ours = rf_slice_between(o->outcome[i], strchr(o->outcome[i], '='));
		unsigned word = 0;
		while (word < RF_ARRAY_LEN(words) &&
		    !rf_slice_equal(ours, rf_slice_of(words[word])))
			word++;
		const char *theirs = ours.p + ours.len + 1;
		if (word == RF_ARRAY_LEN(words) || rf_glob_error(rf_slice_of(theirs)) != NULL) {
			fprintf(err, "referee reconcile: --outcome: expected transferred, failed, "
			    "closed, pending or call, '=' and a pattern, got \"%s\"\n",
			    o->outcome[i]);
			return false;
		}
		over->outcomes[i] =
		    (struct rf_config_outcome){ theirs, (enum rf_reconcile_word)word };
	}
	for (uint32_t i = 0; i < from->outcomes_count; i++)
		over->outcomes[o->outcome_count + i] = from->outcomes[i];
	over->map.outcomes = over->outcomes;
	over->map.outcomes_count += o->outcome_count;
	return true;
}

static bool
lay_moment(int64_t *us, const char *option, const char *text, int64_t now_us, FILE *err)
{
	if (text == NULL || rf_cdr_since_parse(us, text, now_us))
		return true;
	fprintf(err, "referee reconcile: --%s: expected 7d, 90m or 2026-11-25T20:15:00Z, got "
	    "\"%s\"\n", option, text);
	return false;
}

static bool
lay_over(struct overlay *over, const struct rf_options *o, FILE *err)
{
	int64_t us;
	if (!lay_columns(&over->map, o, err) || !lay_outcomes(over, o, err))
		return false;
	if (o->tolerance == NULL)
		return true;
	if (!rf_config_microseconds(&us, rf_slice_of(o->tolerance)) || us > 86400 * RF_SECOND) {
		fprintf(err, "referee reconcile: --tolerance: expected a duration such as 5s, got "
		    "\"%s\"\n", o->tolerance);
		return false;
	}
	over->map.tolerance = us;
	return true;
}

int
rf_reconcile_command(
    const struct rf_config *config, const struct rf_options *o, FILE *out, FILE *err)
{
	struct overlay over = { .map = config->reconcile };
	struct printing p = { .out = out, .format = o->format };
	struct rf_reconcile_question q = { .store_url = config->store_url,
		.path = o->cdr != NULL ? o->cdr : config->reconcile.cdr, .map = &over.map,
		.since_us = INT64_MIN, .until_us = INT64_MAX, .found = print_finding, .user = &p };
	struct rf_reconcile_result result;
	struct rf_config_errors errors;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	q.now_us = (int64_t)now.tv_sec * RF_SECOND + now.tv_nsec / 1000;
	if (q.path == NULL)
		fputs("referee reconcile: --cdr is missing, and reconcile.cdr too\n", err);
	if (q.path == NULL || !lay_over(&over, o, err) ||
	    !lay_moment(&q.since_us, "since", o->since, q.now_us, err) ||
	    !lay_moment(&q.until_us, "until", o->until, q.now_us, err))
		return RF_EXIT_USAGE;
	if (p.format == RF_CDR_CSV)
		fputs("class,key,line,session,number,call_id,text\r\n", out);
	if (!rf_reconcile(&q, &result, &errors)) {
		rf_config_errors_write(&errors, err);
		return RF_EXIT_CONFIG;
	}
	uint64_t all = print_summary(&p, &result);
	return fflush(out) != 0 || all > 0 ? RF_EXIT_FAILED : RF_EXIT_OK;
}
