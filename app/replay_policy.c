/* SPDX-License-Identifier: BSD-2-Clause */
/* app/replay_policy.c -- asks another configuration the questions of a recording. */
#include "app/replay_policy.h"

#include <stdlib.h>
#include <string.h>

#include "app/replay.h"
#include "app/zone.h"
#include "policy/policy.h"

enum {
	LINKS_MAX = 65536,              /* a link is 16 bits of slot */
	PENDING_MAX = 4096,             /* questions that wait for their answer */
};

struct question {
	rf_token token;
	uint64_t session;
	char *asked;
	struct rf_plan plan;            /* the other answer */
};

struct link {                           /* what the peer of a TLS connection has proved */
	uint32_t link;
	char *name;
};

struct rf_replay_policy {
	const struct rf_config *config;
	struct rf_policy *policy;
	struct rf_zones *zones;
	rf_time now;                    /* when the question was asked */
	int64_t wall_clock_us;
	struct question *pending[PENDING_MAX];
	uint32_t pendings;
	struct link *links;
	struct rf_replay_divergence *at;
	uint32_t count, room;
	uint64_t asked;
};

static void *
need(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

struct rf_replay_policy *
rf_replay_policy_new(const struct rf_config *config)
{
	struct rf_replay_policy *w = need(calloc(1, sizeof *w));
	w->config = config;
	w->policy = need(rf_policy_new(&config->policy));
	w->zones = need(rf_zones_new());
	w->links = need(calloc(LINKS_MAX, sizeof *w->links));
	return w;
}

static void
question_free(struct question *q)
{
	free(q->asked);
	free(q);
}

void
rf_replay_policy_free(struct rf_replay_policy *w)
{
	if (w == NULL)
		return;
	for (uint32_t i = 0; i < w->pendings; i++)
		question_free(w->pending[i]);
	for (uint32_t i = 0; i < LINKS_MAX; i++)
		free(w->links[i].name);
	for (uint32_t i = 0; i < w->count; i++) {
		free((char *)(uintptr_t)w->at[i].asked);
		free((char *)(uintptr_t)w->at[i].was);
		free((char *)(uintptr_t)w->at[i].would_be);
	}
	rf_policy_free(w->policy);
	rf_zones_free(w->zones);
	free(w->links);
	free(w->at);
	free(w);
}

/* ---- plans in words -------------------------------------------------------------------------- */

static void
put(FILE *f, struct rf_slice s)
{
	for (uint32_t i = 0; i < s.len; i++)
		fputc(s.p[i] >= ' ' && s.p[i] <= '~' ? s.p[i] : '?', f);
}

static void
put_named(FILE *f, const char *name, struct rf_slice value)
{
	if (value.len == 0)
		return;
	fprintf(f, ", %s ", name);
	put(f, value);
}

/* All that a caller or a referrer could notice. */
static char *
plan_text(const struct rf_plan *p)
{
	static const char *const action[] = { [RF_FAILOVER_NEXT] = "next",
		[RF_FAILOVER_RETRY] = "retry", [RF_FAILOVER_OVERFLOW] = "overflow",
		[RF_FAILOVER_IVR] = "ivr", [RF_FAILOVER_END] = "end" };
	char *text = NULL;
	size_t len = 0;
	FILE *f = need(open_memstream(&text, &len));
	if (!p->allow) {
		fprintf(f, "refused with %u: ", p->status);
		put(f, rf_plan_text(p, p->why));
		fclose(f);
		return text;
	}
	fputs("allowed", f);
	put_named(f, "partner", rf_plan_text(p, p->partner));
	put_named(f, "route", rf_plan_text(p, p->route));
	put_named(f, "queue", rf_plan_text(p, p->queue));
	put_named(f, "skill", rf_plan_text(p, p->skill));
	put_named(f, "recording", rf_plan_text(p, p->recording_policy));
	for (uint32_t i = 0; i < p->target_count; i++) {
		fprintf(f, "%s ", i == 0 ? ", to" : ", then");
		put(f, rf_plan_text(p, p->target[i].uri));
		fprintf(f, " for %u s", p->target[i].ring_ms / 1000);
	}
	put_named(f, "ivr", rf_plan_text(p, p->ivr));
	for (uint32_t i = 0; i < p->failover_count; i++) {
		const struct rf_plan_failover *row = &p->failover[i];
		fprintf(f, ", %u-%u %s", row->code_min, row->code_max, action[row->action]);
		if (row->action == RF_FAILOVER_RETRY)
			fprintf(f, " %u times after %u to %u ms", row->times, row->backoff_ms_min,
			    row->backoff_ms_max);
	}
	fprintf(f, ", accepted with %u, BYE after %u s%s%s", p->accept_code,
	    p->wait_for_bye_ms / 1000, p->notify_ringing ? ", 180 is told" : "",
	    p->subscription_id_always ? ", always with id" : "");
	fclose(f);
	return text;
}

/* Is that item, up to the next ", ", one of the other text's, too? */
static bool
has_item(const char *text, const char *item, size_t len)
{
	for (const char *p = text; (p = strstr(p, item)) != NULL; p++) {
		bool begins = p == text || (p - text >= 2 && p[-1] == ' ' && p[-2] == ',');
		if (begins && (p[len] == '\0' || strncmp(p + len, ", ", 2) == 0))
			return true;
	}
	return false;
}

/* What of a plan's words the other's do not have; "nothing": they are all there. */
static char *
only_here(const char *here, const char *there)
{
	char *text = NULL;
	size_t len = 0;
	bool any = false;
	FILE *f = need(open_memstream(&text, &len));
	for (const char *p = here; *p != '\0';) {
		const char *end = strstr(p, ", ");
		char *item = need(end == NULL ? strdup(p) : strndup(p, (size_t)(end - p)));
		if (!has_item(there, item, strlen(item))) {
			fprintf(f, "%s%s", any ? ", " : "", item);
			any = true;
		}
		free(item);
		p = end == NULL ? p + strlen(p) : end + 2;
	}
	if (!any)
		fputs("nothing of that", f);
	fclose(f);
	return text;
}

/* A queue in turns stands where it stood in production, not where a new one begins: the same
 * targets in the same order, begun elsewhere, are no difference. */
static void
turn_like(struct rf_plan *p, const struct rf_plan *like)
{
	struct rf_plan_target turned[RF_PLAN_TARGETS_MAX];
	uint32_t n = 0;
	while (n < p->target_count && !p->target[n].overflow)
		n++;
	for (uint32_t by = 1; by < n && p->target_count == like->target_count; by++) {
		bool same = true;
		for (uint32_t i = 0; i < n && same; i++)
			same = rf_slice_equal(rf_plan_text(p, p->target[(i + by) % n].uri),
			    rf_plan_text(like, like->target[i].uri));
		if (!same)
			continue;
		for (uint32_t i = 0; i < n; i++)
			turned[i] = p->target[(i + by) % n];
		memcpy(p->target, turned, n * sizeof turned[0]);
		return;
	}
}

/* ---- questions and answers ------------------------------------------------------------------- */

static uint32_t
names_of(const struct rf_replay_policy *w, const struct rf_path *path, struct rf_slice *name)
{
	const struct link *link = &w->links[path->link & 0xffff];
	if (path->link == 0 || link->link != path->link || link->name == NULL)
		return 0;
	*name = rf_slice_of(link->name);
	return 1;
}

static void
local_time(void *user, const char *zone, struct rf_policy_local *out)
{
	const struct rf_replay_policy *w = user;
	rf_zones_local(w->zones, zone, w->wall_clock_us, out);
}

static void
ask(struct rf_replay_policy *w, const struct rf_effect *x, uint64_t session)
{
	struct rf_slice names[1], named[1];
	if (w->pendings == PENDING_MAX) {       /* the oldest is never going to be answered */
		question_free(w->pending[0]);
		memmove(&w->pending[0], &w->pending[1], --w->pendings * sizeof w->pending[0]);
	}
	struct question *q = need(calloc(1, sizeof *q));
	size_t len;
	FILE *f = need(open_memstream(&q->asked, &len));
	rf_replay_write_request(f, x);
	fclose(f);
	q->token = x->token;
	q->session = x->session != 0 ? x->session : session;
	struct rf_route_question question = { .trigger = x->trigger,
		.path = x->path,
		.names = names,
		.names_count = names_of(w, &x->path, names),
		.partner = x->partner,
		.named = x->named,
		.named_names = named,
		.named_names_count = names_of(w, &x->named, named),
		.message = x->message,
		.transfers = x->transfers,
		.now = w->now,
		.local_time = local_time,
		.user = w };
	rf_policy_route(w->policy, &question, &q->plan);
	w->pending[w->pendings++] = q;
	w->asked++;
}

static bool
has_diverged(const struct rf_replay_policy *w, uint64_t session)
{
	for (uint32_t i = 0; i < w->count; i++) {
		if (w->at[i].session == session)
			return true;
	}
	return false;
}

static void
compare(struct rf_replay_policy *w, const struct rf_replay *r, struct question *q)
{
	const struct rf_plan *was = r->entry.event.plan;
	if (was == NULL || has_diverged(w, q->session))
		return;
	turn_like(&q->plan, was);
	char *old = plan_text(was), *new = plan_text(&q->plan);
	if (strcmp(old, new) == 0) {
		free(old);
		free(new);
		return;
	}
	if (w->count == w->room) {
		w->room = 2 * w->room + 16;
		w->at = need(realloc(w->at, w->room * sizeof *w->at));
	}
	w->at[w->count++] = (struct rf_replay_divergence){ q->session, r->record, r->entry.now,
		q->asked, only_here(old, new), only_here(new, old) };
	q->asked = NULL;
	free(old);
	free(new);
}

static void
answered(struct rf_replay_policy *w, const struct rf_replay *r)
{
	for (uint32_t i = 0; i < w->pendings; i++) {
		struct question *q = w->pending[i];
		if (q->token != r->entry.event.token)
			continue;
		memmove(&w->pending[i], &w->pending[i + 1],
		    (--w->pendings - i) * sizeof w->pending[0]);
		compare(w, r, q);
		question_free(q);
		return;
	}
}

void
rf_replay_policy_see(struct rf_replay_policy *w, const struct rf_replay *r, uint64_t session)
{
	const struct rf_event *e = &r->entry.event;
	if (e->kind == RF_EV_MESSAGE && e->path.link != 0 && e->identity.len > 0) {
		struct link *link = &w->links[e->path.link & 0xffff];
		free(link->name);
		link->link = e->path.link;
		link->name = need(strndup(e->identity.p, e->identity.len));
	}
	if (e->kind == RF_EV_ANSWER)
		answered(w, r);
	w->now = r->entry.now;
	w->wall_clock_us = r->head.wall_clock_us + (r->entry.now - r->head.now);
	for (uint32_t i = 0; i < r->out.count; i++) {
		if (r->out.at[i].kind == RF_FX_ROUTE)
			ask(w, &r->out.at[i], session);
	}
}

uint32_t
rf_replay_policy_count(const struct rf_replay_policy *w)
{
	return w->count;
}

const struct rf_replay_divergence *
rf_replay_policy_at(const struct rf_replay_policy *w, uint32_t n)
{
	return &w->at[n];
}

uint64_t
rf_replay_policy_asked(const struct rf_replay_policy *w)
{
	return w->asked;
}
