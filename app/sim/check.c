/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/check.c -- what only the whole world file can tell: names that must exist, who answers
 * where the configuration calls, and the configuration of each variant itself. */
#include <string.h>

#include "app/sim/parts.h"
#include "grammar/grammar.h"

enum { PARTY_NAME_MAX = 15 };

static bool
is_ipv4(const char *text)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t ip[16];
	return text != NULL && rf_ip_parse(ip, rf_slice_of(text)) &&
	    memcmp(ip, mapped, sizeof mapped) == 0;
}

/* WORLD_PARTIES_MAX: there is none, and a complaint says so. */
static uint32_t
find_party(struct rf_config_reader *reader, const char *const *name)
{
	const struct rf_sim_file *f = reader->base;
	char names[RF_SIM_PARTIES_MAX * 17] = "";
	size_t len = 0;
	for (uint32_t i = 0; i < f->parties_count; i++) {
		if (strcmp(f->parties[i].name, *name) == 0)
			return i;
		len += (size_t)snprintf(names + len, sizeof names - len, "%s%.15s",
		    i > 0 ? "|" : "", f->parties[i].name);
	}
	rf_config_complain_about(reader, name, "no party \"%s\" in the section parties%s", *name,
	    rf_config_suggest(rf_slice_of(*name), names).text);
	return WORLD_PARTIES_MAX;
}

static void
check_parties(struct rf_config_reader *reader)
{
	struct rf_sim_file *f = reader->base;
	for (uint32_t i = 0; i < f->parties_count; i++) {
		struct rf_sim_party *p = &f->parties[i];
		if (strlen(p->name) > PARTY_NAME_MAX)
			rf_config_complain_about(reader, &p->name,
			    "expected a name of at most %d letters, for ladders", PARTY_NAME_MAX);
		if (!is_ipv4(p->address))
			rf_config_complain_about(reader, &p->address,
			    "expected an IPv4 address, such as 192.0.2.10");
		for (uint32_t k = 0; k < i && p->address != NULL; k++) {
			const char *other = f->parties[k].address;
			if (other != NULL && strcmp(other, p->address) == 0)
				rf_config_complain_about(reader, &p->address,
				    "%s has that address already", f->parties[k].name);
		}
		if (p->hosts_count > WORLD_HOSTS_MAX)
			rf_config_complain_about(reader, &p->hosts, "expected at most %d hosts",
			    WORLD_HOSTS_MAX);
		if (p->role == RF_SIM_CENTER && p->hand_back_to_count == 0 &&
		    p->hand_back_share > 0)
			rf_config_complain_about(reader, p,
			    "expected hand_back: {to: ...}: where a center sends callers on to");
		if (p->hand_back_to_count > 8)
			rf_config_complain_about(reader, p, "expected at most 8 in hand_back.to");
	}
}

static void
check_traffic(struct rf_config_reader *reader)
{
	struct rf_sim_file *f = reader->base;
	double calls = 0;
	for (uint32_t i = 0; i < f->traffic_count; i++) {
		struct rf_sim_traffic *t = &f->traffic[i];
		bool crowd = t->model == RF_SIM_STEP || t->model == RF_SIM_RAMP;
		double most = t->crowd;
		if (t->from == NULL || t->rates_count == 0)
			continue;               /* said already */
		t->party = find_party(reader, &t->from);
		if (t->party < WORLD_PARTIES_MAX && f->parties[t->party].role != RF_SIM_CUSTOMERS)
			rf_config_complain_about(reader, &t->from,
			    "expected a party with role: customers");
		if (t->rates_count > 1 && t->model != RF_SIM_RATES)
			rf_config_complain_about(reader, &t->rates,
			    "only model: rates takes several");
		if (crowd && t->crowd <= 0)
			rf_config_complain_about(reader, t,
			    "expected to: the rate of the flash crowd");
		for (uint32_t k = 0; k < t->rates_count; k++)
			most = t->rates[k] > most ? t->rates[k] : most;
		calls += most * (double)f->duration / (double)RF_SECOND *
		    (t->model == RF_SIM_BATCH ? t->batch : 1);
	}
	if (calls > RF_SIM_CALLS_MAX)
		rf_config_complain_about(reader, &f->traffic,
		    "that may be %.0f calls; expected at most %d", calls, RF_SIM_CALLS_MAX);
}

/* Names of all kinds of faults, parted by '|'. */
static void
list_faults(char *out, size_t max)
{
	size_t len = (size_t)snprintf(out, max, "refuses");
	for (uint32_t i = 0; i < SPELL_KIND_MAX && len < max; i++)
		len += (size_t)snprintf(out + len, max - len, "|%s",
		    world_spell_about((enum world_spell_kind)i)->name);
}

static void
check_faults(struct rf_config_reader *reader)
{
	struct rf_sim_file *f = reader->base;
	char names[1024];
	list_faults(names, sizeof names);
	for (uint32_t i = 0; i < f->faults_count; i++) {
		struct rf_sim_fault *x = &f->faults[i];
		x->party_index = WORLD_PARTIES_MAX;
		if (x->party != NULL)
			x->party_index = find_party(reader, &x->party);
		if (x->kind_name == NULL)
			continue;               /* said already */
		x->refuses = strcmp(x->kind_name, "refuses") == 0;
		x->spell = world_spell_find(rf_slice_of(x->kind_name));
		if (!x->refuses && x->spell == SPELL_KIND_MAX)
			rf_config_complain_about(reader, &x->kind_name,
			    "there is no fault \"%s\"%s", x->kind_name,
			    rf_config_suggest(rf_slice_of(x->kind_name), names).text);
		if (x->refuses && x->share <= 0)
			x->share = 1;
	}
}

static void
check_expectations(struct rf_config_reader *reader, struct rf_sim_variant *v,
    const char *const *text, uint32_t count)
{
	char why[384];
	for (uint32_t i = 0; i < count && text[i] != NULL; i++) {
		if (v->expected_count == RF_SIM_EXPECT_MAX)
			rf_config_complain_about(reader, &text[i], "more than %d expectations",
			    RF_SIM_EXPECT_MAX);
		else if (rf_sim_expectation_parse(&v->expected[v->expected_count], text[i], why,
			     sizeof why))
			v->expected_count++;
		else
			rf_config_complain_about(reader, &text[i], "%s", why);
		if (v->expected_count == RF_SIM_EXPECT_MAX)
			return;
	}
}

/* ---- the configuration ----------------------------------------------------------------------- */

static bool
somebody_is(const struct rf_sim_file *f, struct rf_slice host)
{
	for (uint32_t i = 0; i < f->parties_count; i++) {
		const struct rf_sim_party *p = &f->parties[i];
		if (p->address != NULL && rf_slice_equal(rf_slice_of(p->address), host))
			return true;
		for (uint32_t k = 0; k < p->hosts_count; k++) {
			if (p->hosts[k] != NULL && rf_slice_equal(rf_slice_of(p->hosts[k]), host))
				return true;
		}
	}
	return false;
}

static void
check_host(struct rf_config_reader *reader, const char *text)
{
	const struct rf_sim_file *f = reader->base;
	struct rf_uri uri;
	if (text == NULL || !rf_uri_parse(&uri, rf_slice_of(text)) || somebody_is(f, uri.host))
		return;
	rf_config_complain_about(reader, &f->config_path,
	    "nobody has the host %.*s, which the configuration calls: %s", (int)uri.host.len,
	    uri.host.p, text);
}

/* A name that leads nowhere would look like an outage nobody asked for. */
static void
check_hosts(struct rf_config_reader *reader, const struct rf_policy_tables *t)
{
	for (uint32_t i = 0; i < t->routes_count; i++) {
		if (t->routes[i].to.kind == RF_TO_URI)
			check_host(reader, t->routes[i].to.text);
	}
	for (uint32_t i = 0; i < t->queues_count; i++) {
		for (uint32_t k = 0; k < t->queues[i].targets_count; k++)
			check_host(reader, t->queues[i].targets[k].uri);
	}
	check_host(reader, t->ivr);
}

static void
load_config(struct rf_config_reader *reader, struct rf_sim_variant *v)
{
	struct rf_sim_file *f = reader->base;
	struct rf_config_errors *errors = reader->user;
	yaml_node_t *const trees[] = { f->overrides, v->overrides };
	char path[1100];
	if (f->config_path == NULL || errors->count > 0)
		return;
	snprintf(path, sizeof path, "%s", f->config_path);
	v->config = rf_config_load_over(path, reader, trees, 2, errors);
	if (v->config == NULL && errors->count > 0)
		rf_config_complain_about(reader, &f->config_path,
		    "the configuration cannot be used; what is wrong with it follows");
	if (v->config != NULL)
		check_hosts(reader, &v->config->policy);
}

void
rf_sim_check(struct rf_config_reader *reader)
{
	struct rf_sim_file *f = reader->base;
	/* What could not be read is missing here, and names would lead nowhere. */
	if (reader->errors->count > 0)
		return;
	check_parties(reader);
	check_traffic(reader);
	check_faults(reader);
	if (f->warmup >= f->duration)
		rf_config_complain_about(reader, &f->warmup, "expected less than the duration");
	if (f->variants_count == 0) {
		f->variants = rf_config_take(reader->memory, sizeof *f->variants);
		f->variants->name = "";
		f->variants_count = 1;
	}
	if (f->report_step == 0)
		f->report_step = f->duration / 100;
	for (uint32_t i = 0; i < f->variants_count; i++) {
		struct rf_sim_variant *v = &f->variants[i];
		check_expectations(reader, v, f->expect, f->expect_count);
		check_expectations(reader, v, v->expect, v->expect_count);
		load_config(reader, v);
		v->overrides = NULL;
	}
	f->overrides = NULL;
}
