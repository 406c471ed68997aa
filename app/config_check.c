/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_check.c -- what only the whole file can tell: names that must exist, things given
 * twice, plans that would not fit; and the defaults that depend on other keys.
 *
 * It runs after mistakes too, to find the others, so nothing here may trust a required value. */
#include "app/config_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "webhook/client.h"

/* A small house keeps them for 32 s as well: what is over must not be in the way of what lives. */
enum { TRANSACTIONS_LEAST = 256 };

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Names of a table, parted by '|', for "did you mean"; room for the first hundred or so. */
struct names {
	char text[4096];
	size_t len;
};

static void
names_add(struct names *names, const char *name)
{
	if (name != NULL && names->len + strlen(name) + 2 < sizeof(names->text))
		names->len += (size_t)snprintf(names->text + names->len,
		    sizeof(names->text) - names->len, "%s%s", names->len > 0 ? "|" : "", name);
}

/* ---- listeners and TLS ------------------------------------------------------------------- */

static void
check_tls(struct rf_config_reader *reader)
{
	const struct rf_config *config = reader->config;
	for (uint32_t i = 0; i < config->tls_count; i++) {
		const struct rf_config_tls *tls = &config->tls[i];
		if ((tls->certificate == NULL) != (tls->key == NULL))
			rf_config_complain_about(reader, &tls->name,
			    "expected certificate and key, or neither; got only the %s",
			    tls->key == NULL ? "certificate" : "key");
	}
}

static void
find_profile(struct rf_config_reader *reader, struct rf_config_listen *listen)
{
	const struct rf_config *config = reader->config;
	struct names names = { .len = 0 };
	if (listen->tls == NULL && config->tls_count == 1)
		listen->tls = config->tls[0].name;
	if (listen->tls == NULL) {
		rf_config_complain_about(reader, &listen->tls,
		    "transport: tls needs tls: NAME, a profile of the section tls");
		return;
	}
	for (uint32_t i = 0; i < config->tls_count; i++) {
		names_add(&names, config->tls[i].name);
		if (!same(config->tls[i].name, listen->tls))
			continue;
		listen->tls_index = i;
		if (config->tls[i].certificate == NULL)
			rf_config_complain_about(reader, &listen->tls,
			    "profile \"%s\" has no certificate, which a listener needs",
			    listen->tls);
		return;
	}
	rf_config_complain_about(reader, &listen->tls, "no profile \"%s\" in the section tls%s",
	    listen->tls, rf_config_suggest(rf_slice_of(listen->tls), names.text).text);
}

static void
check_listen(struct rf_config_reader *reader)
{
	struct rf_config *config = reader->config;
	for (uint32_t i = 0; i < config->listen_count; i++) {
		struct rf_config_listen *listen = &config->listen[i];
		listen->address.proto = (uint8_t)listen->transport;
		if (listen->transport == RF_TLS)
			find_profile(reader, listen);
		else if (listen->tls != NULL)
			rf_config_complain_about(reader, &listen->tls,
			    "only transport: tls has a tls profile");
		for (uint32_t j = 0; j < i; j++) {
			const struct rf_config_listen *other = &config->listen[j];
			/* One TCP port cannot serve TCP and TLS; port 0 is a new one each time. */
			bool streams = (other->transport == RF_UDP) == (listen->transport ==
			    RF_UDP);
			if (streams && listen->address.port != 0 &&
			    listen->address.port == other->address.port &&
			    memcmp(listen->address.ip, other->address.ip, 16) == 0)
				rf_config_complain_about(reader, &listen->address,
				    "the same address as listen[%u]", j);
		}
	}
}

static bool
is_wildcard(const struct rf_addr *address)
{
	static const uint8_t any6[16], any4[16] = { [10] = 0xff, [11] = 0xff };
	return memcmp(address->ip, any6, 16) == 0 || memcmp(address->ip, any4, 16) == 0;
}

/* The domain and what each listener advertises, each from the other where one is missing. */
static void
complete_names(struct rf_config_reader *reader)
{
	struct rf_config *config = reader->config;
	char text[RF_NAME_MAX + 64], ip[48];
	for (uint32_t i = 0; i < config->listen_count; i++) {
		struct rf_config_listen *listen = &config->listen[i];
		if (listen->advertise != NULL)
			continue;
		if (!is_wildcard(&listen->address)) {
			int len = (int)rf_ip_write(ip, listen->address.ip, true);
			snprintf(text, sizeof(text), "%.*s:%u", len, ip, listen->address.port);
		} else if (config->domain != NULL) {
			snprintf(text, sizeof(text), "%s:%u", config->domain, listen->address.port);
		} else {
			rf_config_complain_about(reader, &listen->advertise,
			    "missing key \"advertise\": peers cannot be told a wildcard address; "
			    "expected host[:port] here, or a domain for the whole file");
			continue;
		}
		listen->advertise = rf_config_copy(&config->memory, text, strlen(text));
	}
	if (config->domain == NULL && config->listen_count > 0 && config->listen[0].advertise !=
	    NULL) {
		struct rf_uri uri;
		snprintf(text, sizeof(text), "sip:%s", config->listen[0].advertise);
		if (rf_uri_parse(&uri, rf_slice_of(text)))
			config->domain = rf_config_copy(&config->memory, uri.host.p, uri.host.len);
	}
}

/* A target can only be called over a transport that there is a socket for. */
static void
check_transport(struct rf_config_reader *reader, const char *const *where, const char *text)
{
	const struct rf_config *config = reader->config;
	struct rf_uri uri;
	if (text == NULL || !rf_uri_parse(&uri, rf_slice_of(text)))
		return;
	enum rf_transport transport =
	    uri.scheme == RF_SCHEME_SIPS ? RF_TLS : rf_uri_transport(&uri);
	if (transport == RF_TRANSPORT_NONE)
		return;
	for (uint32_t i = 0; i < config->listen_count; i++) {
		if (config->listen[i].transport == transport)
			return;
	}
	rf_config_complain_about(reader, where, "no listener has the transport of this URI%s",
	    transport == RF_TLS ? ", which is tls" : "");
}

/* ---- who, where -------------------------------------------------------------------------- */

static void
check_partners(struct rf_config_reader *reader, struct names *names)
{
	const struct rf_policy_tables *tables = &reader->config->policy;
	for (uint32_t i = 0; i < tables->partners_count; i++) {
		const struct rf_policy_partner *partner = &tables->partners[i];
		names_add(names, partner->name);
		if (partner->tls_san_count + partner->source_count == 0)
			rf_config_complain_about(reader, &partner->name,
			    "cannot be identified: expected identify with tls_san or source");
		for (uint32_t j = 0; j < i; j++) {
			if (same(tables->partners[j].name, partner->name))
				rf_config_complain_about(reader, &partner->name,
				    "partner \"%s\" is given twice", partner->name);
		}
	}
}

/* The tables as policy sees them, and the names to suggest. */
struct view {
	struct rf_policy *policy;
	struct names partners, queues;
	bool is_clean;          /* so far: what is missing was not only impossible to read */
};

static void
need_queue(struct rf_config_reader *reader, const struct view *view, const void *where,
    const char *name)
{
	if (name != NULL && rf_policy_queue_index(view->policy, name) < 0)
		rf_config_complain_about(reader, where, "no queue \"%s\" in the section queues%s",
		    name,
		    rf_config_suggest(rf_slice_of(name), view->queues.text).text);
}

static void
need_partner(struct rf_config_reader *reader, const struct view *view, const void *where,
    const char *name)
{
	if (name != NULL && rf_policy_partner_index(view->policy, name) < 0)
		rf_config_complain_about(reader, where, "no partner \"%s\"%s", name,
		    rf_config_suggest(rf_slice_of(name), view->partners.text).text);
}

static void
check_rules(struct rf_config_reader *reader, const struct view *view)
{
	const struct rf_policy_tables *tables = &reader->config->policy;
	char why[RF_POLICY_ERROR_MAX];
	for (uint32_t i = 0; i < tables->normalise_count; i++) {
		const struct rf_policy_rule *rule = &tables->normalise[i];
		need_partner(reader, view, &rule->partner, rule->partner);
		int jobs = (rule->take.kind != RF_TAKE_NOTHING) + (rule->match != NULL) +
		    (rule->country != NULL) + (rule->fold != RF_FOLD_NOTHING);
		if (jobs != 1 && view->is_clean)
			rf_config_complain_about(reader, rule,
			    "expected one of take, match, country and case; got %s",
			    jobs == 0 ? "none" : "several");
		else if ((rule->match == NULL) != (rule->replace == NULL) && view->is_clean)
			rf_config_complain_about(reader, rule,
			    "expected match and replace together");
		else if (rule->match != NULL && rule->replace != NULL &&
		    !rf_replacement_is_good(rule->match, rule->replace, why))
			rf_config_complain_about(reader, &rule->replace, "%s", why);
	}
}

static void
check_routes(struct rf_config_reader *reader, const struct view *view)
{
	const struct rf_policy_tables *tables = &reader->config->policy;
	for (uint32_t i = 0; i < tables->routes_count && !reader->errors->more; i++) {
		const struct rf_policy_route *route = &tables->routes[i];
		int64_t shadow = view->is_clean ? rf_policy_shadow_index(view->policy, i) : -1;
		if (shadow >= 0)
			rf_config_complain_about(reader, route,
			    "is never reached: routes[%lld] takes all that it could take",
			    (long long)shadow);
		need_partner(reader, view, &route->partner, route->partner);
		if (route->to.kind == RF_TO_QUEUE)
			need_queue(reader, view, &route->to, route->to.text);
		if (route->to.kind == RF_TO_SKILL && tables->skills_count == 0 && view->is_clean)
			rf_config_complain_about(reader, &route->to,
			    "expected skills, which this file has not");
		if (route->to.kind == RF_TO_URI)
			check_transport(reader, (const char *const *)&route->to, route->to.text);
	}
}

/* Follows the overflow of a queue: counts the targets, finds the way back to itself. */
static void
check_chain(struct rf_config_reader *reader, const struct view *view, uint32_t start)
{
	const struct rf_policy_tables *tables = &reader->config->policy;
	uint32_t targets = 0, steps = 0;
	int64_t at = start;
	while (at >= 0 && steps++ <= tables->queues_count) {
		targets += tables->queues[at].targets_count;
		const char *overflow = tables->queues[at].overflow;
		at = overflow == NULL ? -1 : rf_policy_queue_index(view->policy, overflow);
		if (at == start) {
			rf_config_complain_about(reader, &tables->queues[start].overflow,
			    "the overflow leads back to queue \"%s\"", tables->queues[start].name);
			return;
		}
	}
	/* A loop further down is told at the queues that are in it. */
	if (at < 0 && targets > RF_PLAN_TARGETS_MAX)
		rf_config_complain_about(reader, &tables->queues[start].name,
		    "expected at most %d targets with those of its overflow; got %u",
		    RF_PLAN_TARGETS_MAX, targets);
}

static void
check_queues(struct rf_config_reader *reader, const struct view *view)
{
	const struct rf_policy_tables *tables = &reader->config->policy;
	for (uint32_t i = 0; i < tables->queues_count; i++) {
		const struct rf_policy_queue *queue = &tables->queues[i];
		need_queue(reader, view, &queue->overflow, queue->overflow);
		check_chain(reader, view, i);
		for (uint32_t j = 0; j < queue->targets_count; j++)
			check_transport(reader, &queue->targets[j].uri, queue->targets[j].uri);
	}
}

static void
check_skills(struct rf_config_reader *reader, const struct view *view)
{
	const struct rf_policy_tables *tables = &reader->config->policy;
	for (uint32_t i = 0; i < tables->skills_count && !reader->errors->more; i++) {
		const struct rf_policy_skill *skill = &tables->skills[i];
		need_queue(reader, view, &skill->queue, skill->queue);
		if (skill->key != NULL && rf_policy_skill_index(view->policy, skill->key) != i)
			rf_config_complain_about(reader, &skill->key, "key %s is given twice",
			    rf_config_quote(rf_slice_of(skill->key)).text);
	}
}

/* ---- the rest ---------------------------------------------------------------------------- */

static void
check_row(struct rf_config_reader *reader, const struct view *view,
    const struct rf_policy_failover *row)
{
	bool screening = row->stage == RF_STAGE_SCREENING;
	need_partner(reader, view, &row->partner, row->partner);
	need_queue(reader, view, &row->to, row->to);
	if (screening && (row->action == RF_FAILOVER_NEXT || row->action == RF_FAILOVER_RETRY))
		rf_config_complain_about(reader, &row->action,
		    "nothing was tried in screening: expected overflow, ivr or end");
	else if (screening && row->action == RF_FAILOVER_OVERFLOW && row->to == NULL)
		rf_config_complain_about(reader, &row->action,
		    "expected to: queue/NAME, because no queue is known yet that could overflow");
	else if (row->to != NULL && (!screening || row->action != RF_FAILOVER_OVERFLOW))
		rf_config_complain_about(reader, &row->to,
		    "only stage: screening with do: overflow leads to a queue of its own");
	else if (screening && row->action == RF_FAILOVER_IVR && reader->config->policy.ivr == NULL)
		rf_config_complain_about(reader, &row->action, "there is no ivr");
}

static void
check_failover(struct rf_config_reader *reader, const struct view *view)
{
	const struct rf_policy_tables *tables = &reader->config->policy;
	uint32_t count = rf_failover_count(tables, NULL);
	for (uint32_t i = 0; i < tables->failover_count; i++) {
		const char *partner = tables->failover[i].partner;
		uint32_t own = partner != NULL ? rf_failover_count(tables, partner) : 0;
		count = own > count ? own : count;
		check_row(reader, view, &tables->failover[i]);
	}
	if (count > RF_PLAN_FAILOVER_MAX && tables->failover_count > 0)
		rf_config_complain_about(reader, &tables->failover[tables->failover_count - 1],
		    "%u rows with the shipped ones they do not replace; at most %d fit", count,
		    RF_PLAN_FAILOVER_MAX);
}

static bool
is_set(const char *text)
{
	return text != NULL;
}

static void
check_receivers(struct rf_config_reader *reader)
{
	struct rf_config *config = reader->config;
	for (uint32_t i = 0; i < config->receivers_count && !reader->errors->more; i++) {
		const struct rf_config_receiver *r = &config->receivers[i];
		uint32_t oauth2 = (uint32_t)is_set(r->token_url) + is_set(r->client_id) +
		    is_set(r->client_secret);
		for (uint32_t j = 0; j < i; j++) {
			if (same(config->receivers[j].name, r->name))
				rf_config_complain_about(reader, &r->name,
				    "receiver \"%s\" is given twice", r->name);
		}
		if (oauth2 % 3 != 0)
			rf_config_complain_about(reader, r,
			    "oauth2 needs token_url, client_id and client_secret");
		if (oauth2 > 0 && is_set(r->bearer))
			rf_config_complain_about(reader, &r->bearer, "expected bearer or oauth2");
		if (is_set(r->certificate) != is_set(r->key))
			rf_config_complain_about(reader, r,
			    "certificate and key belong together");
		if (r->secrets_count > RF_WEBHOOK_SECRETS_MAX)
			rf_config_complain_about(reader, &r->secrets, "at most %d secrets",
			    RF_WEBHOOK_SECRETS_MAX);
	}
	if (config->receivers_count > 0 && config->store_url != NULL &&
	    strcmp(config->store_url, "memory:") == 0)
		rf_config_complain_about(reader, &config->receivers[0],
		    "receivers need a store that keeps what they have not taken: "
		    "store: {url: sqlite:FILE}");
}

static void
check_reconcile(struct rf_config_reader *reader)
{
	const struct rf_config *config = reader->config;
	const struct rf_config_reconcile *r = &config->reconcile;
	for (uint32_t i = 0; i < RF_COLUMN_MAX; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (r->column[i] != NULL && r->column[j] != NULL &&
			    same(r->column[i], r->column[j]))
				rf_config_complain_about(reader, &r->column[i],
				    "column %s is something else already",
				    rf_config_quote(rf_slice_of(r->column[i])).text);
		}
	}
	if (r->cdr != NULL && config->store_url != NULL &&
	    strcmp(config->store_url, "memory:") == 0)
		rf_config_complain_about(reader, &r->cdr,
		    "there is nothing to compare with in memory: - store: {url: sqlite:FILE}");
}

static void
check_plans(struct rf_config_reader *reader, const struct view *view)
{
	const struct rf_policy_tables *tables = &reader->config->policy;
	for (uint32_t i = 0; i < tables->routes_count; i++) {
		const char *why = rf_policy_fit_error(view->policy, i);
		if (why != NULL)
			rf_config_complain_about(reader, &tables->routes[i].to, "%s", why);
	}
	for (uint32_t i = 0; i < tables->skills_count && !reader->errors->more; i++) {
		const char *why = rf_policy_skill_fit_error(view->policy, i);
		if (why != NULL)
			rf_config_complain_about(reader, &tables->skills[i], "%s", why);
	}
}

void
rf_config_check(struct rf_config_reader *reader)
{
	struct rf_config *config = reader->config;
	struct view view = { .policy = rf_policy_new(&config->policy),
		.is_clean = reader->errors->count == 0 };
	if (view.policy == NULL)
		abort();
	assert(reader->name[0] == '\0');       /* places carry names of their own */
	for (uint32_t i = 0; i < config->policy.queues_count; i++)
		names_add(&view.queues, config->policy.queues[i].name);
	check_partners(reader, &view.partners);
	check_listen(reader);
	if (view.is_clean) {
		check_tls(reader);
		complete_names(reader);
		check_failover(reader, &view);
	}
	check_rules(reader, &view);
	check_routes(reader, &view);
	check_queues(reader, &view);
	check_skills(reader, &view);
	check_receivers(reader);
	check_reconcile(reader);
	check_transport(reader, &config->policy.ivr, config->policy.ivr);
	if (config->sip_t2 < config->sip_t1)
		rf_config_complain_about(reader, &config->sip_t2, "expected t2 not below t1");
	if (config->journal_dir == NULL &&
	    (config->journal_segment != 256 << 20 || config->journal_keep != UINT64_C(2) << 30))
		rf_config_complain_about(reader, &config->journal_segment,
		    "expected dir, without which there is no journal");
	if (config->journal_keep < 2 * config->journal_segment)
		rf_config_complain_about(reader, &config->journal_keep,
		    "expected room for two segments at least");
	if (config->pools_transactions == 0)
		config->pools_transactions = config->pools_calls * 8 + TRANSACTIONS_LEAST;
	if (reader->errors->count == 0)
		check_plans(reader, &view);
	rf_policy_free(view.policy);
}
