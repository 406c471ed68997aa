/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_reconcile_world.c -- see its header. */
#include "tests/unit/test_reconcile_world.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct reconcile_world *
reconcile_world_new(void)
{
	static const char *const receivers[] = { "crm" };
	struct reconcile_world *w = calloc(1, sizeof *w);
	CHECK_OR_STOP(w != NULL);
	w->store = store_world_new("sqlite:");
	w->store->config.receiver = receivers;
	w->store->config.receivers = 1;
	w->store->config.synchronous = RF_STORE_OFF;
	CHECK_OR_STOP(store_world_open(w->store));
	snprintf(w->path, sizeof w->path, "%s/theirs", w->store->folder);
	w->map = (struct rf_config_reconcile){ .tolerance = 5 * RF_SECOND,
		.grace = 900 * RF_SECOND };
	w->since_us = INT64_MIN;
	w->until_us = INT64_MAX;
	w->now_us = DAY + 2 * 86400 * RF_SECOND;
	return w;
}

void
reconcile_world_free(struct reconcile_world *w)
{
	store_world_free(w->store);
	free(w->found);
	free(w);
}

void
reconcile_world_put(struct reconcile_world *w, enum rf_store_kind kind, uint64_t session,
    int64_t time_us, bool deliver, const char *format, ...)
{
	static const char *const types[] = { [RF_STORE_ESTABLISHED] = "call.connected",
		[RF_STORE_PROMISE] = "transfer.requested", [RF_STORE_OUTCOME] = "transfer.done",
		[RF_STORE_WITHDRAWAL] = "transfer.withdrawn", [RF_STORE_ENDED] = "call.ended" };
	char event[2048];
	va_list arguments;
	int len = snprintf(event, sizeof event, "{\"type\":\"%s\",", types[kind]);
	va_start(arguments, format);
	len += vsnprintf(event + len, sizeof event - (size_t)len, format, arguments);
	va_end(arguments);
	len += snprintf(event + len, sizeof event - (size_t)len, "}");
	rf_store_put(w->store->store,
	    &(struct rf_store_put){ .token = ++w->puts,
		.kind = kind,
		.session = session,
		.saved_us = time_us,
		.event = { event, (uint32_t)len },
		.cdr = kind == RF_STORE_OUTCOME || kind == RF_STORE_ENDED,
		.receivers = deliver });
	if (w->puts % 1000 == 0)
		reconcile_world_commit(w);
}

void
reconcile_world_commit(struct reconcile_world *w)
{
	CHECK_OR_STOP(store_world_await(w->store, (uint32_t)w->puts));
	CHECK(w->store->refused == 0);
}

void
reconcile_world_write(struct reconcile_world *w, const char *bytes, size_t len)
{
	FILE *f = fopen(w->path, "w");
	CHECK_OR_STOP(f != NULL);
	CHECK(fwrite(bytes, 1, len, f) == len);
	CHECK(fclose(f) == 0);
}

static void
keep(void *user, const struct rf_reconcile_finding *f)
{
	struct reconcile_world *w = user;
	if (w->count == w->max) {
		w->max = w->max == 0 ? 256 : w->max * 2;
		w->found = realloc(w->found, w->max * sizeof *w->found);
		CHECK_OR_STOP(w->found != NULL);
	}
	struct found *to = &w->found[w->count++];
	*to = (struct found){ .class = f->class, .key = f->key, .line = f->line,
		.session = f->session };
	snprintf(to->call_id, sizeof to->call_id, "%.*s", (int)f->call_id.len, f->call_id.p);
	snprintf(to->text, sizeof to->text, "%s", f->text);
}

bool
reconcile_world_run_file(struct reconcile_world *w)
{
	reconcile_world_commit(w);
	w->count = 0;
	bool done = rf_reconcile(&(struct rf_reconcile_question){ .store_url = w->store->url,
		.path = w->path, .map = &w->map, .since_us = w->since_us,
		.until_us = w->until_us, .now_us = w->now_us, .found = keep, .user = w },
	    &w->result, &w->errors);
	size_t len = 0;
	w->text[0] = '\0';
	for (uint32_t i = 0; i < w->errors.count && len < sizeof w->text; i++)
		len += (size_t)snprintf(w->text + len, sizeof w->text - len, "%u:%u: %s\n",
		    w->errors.at[i].line, w->errors.at[i].column, w->errors.at[i].text);
	return done;
}

bool
reconcile_world_run(struct reconcile_world *w, const char *theirs)
{
	reconcile_world_write(w, theirs, strlen(theirs));
	return reconcile_world_run_file(w);
}
