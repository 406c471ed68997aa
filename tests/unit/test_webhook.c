/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_webhook.c -- one attempt to deliver an event: what is sent, what counts as an
 * acknowledgement (R24), who gets the token (R23). */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test_webhook_world.h"
#include "webhook/cloudevent.h"

static const struct rf_webhook_receiver plain = { .timeout = 60 * RF_SECOND };
static const struct rf_webhook_receiver hasty = { .timeout = 600 * RF_MS };
static const struct rf_webhook_receiver oauth = { .timeout = 60 * RF_SECOND,
	.auth = RF_WEBHOOK_OAUTH2,
	.client_id = "crm client",
	.client_secret = "s:cret/%",
	.scope = "event:webhook:subscribe telephony:call:view" };

/* ---- what is an acknowledgement ------------------------------------------------------------- */

static struct hook_answer
answer_of(const char *path, const struct rf_webhook_receiver *receiver)
{
	struct hook_world *w = hook_world_new(path, receiver);
	hook_world_post(w, 42, "e-1", "{}");
	CHECK(hook_world_await(w, 1));
	struct hook_answer a = w->answer[0];
	CHECK(a.token == 42);
	CHECK(w->answers == 1);
	hook_world_free(w);
	return a;
}

static void
only_a_complete_200_is_an_acknowledgement(void)
{
	static const struct {
		const char *path;
		unsigned status;
	} refused[] = { { "/202", 202 }, { "/204", 204 }, { "/301", 301 }, { "/400", 400 },
		{ "/401", 401 }, { "/429", 429 }, { "/500", 500 }, { "/503", 503 } };
	CHECK(answer_of("/200", &plain).result == RF_WEBHOOK_ACKED);
	for (size_t i = 0; i < RF_ARRAY_LEN(refused); i++) {
		struct hook_answer a = answer_of(refused[i].path, &plain);
		CHECK(a.result == RF_WEBHOOK_REFUSED && a.status == refused[i].status);
	}
	CHECK(answer_of("/stall", &hasty).result == RF_WEBHOOK_LATE);
	CHECK(answer_of("/hang", &hasty).result == RF_WEBHOOK_LATE);
	CHECK(answer_of("/cut", &plain).result == RF_WEBHOOK_UNREACHABLE);
	CHECK(answer_of("/long", &plain).result == RF_WEBHOOK_REFUSED);
}

static void
what_is_accepted_but_no_acknowledgement_is_counted_apart(void)
{
	struct hook_world *w = hook_world_new("/202", &plain);
	struct rf_webhook_stats stats;
	hook_world_post(w, 1, "e-1", "{}");
	CHECK(hook_world_await(w, 1));
	rf_webhook_stats(w->client, 0, &stats);
	CHECK(stats.accepted == 1 && stats.empty == 0 && stats.posts == 0);
	CHECK(stats.results[RF_WEBHOOK_REFUSED] == 1 && stats.results[RF_WEBHOOK_ACKED] == 0);
	hook_world_free(w);
}

static void
retry_after_is_handed_on(void)
{
	CHECK(answer_of("/503", &plain).retry_after_s == 7);
	CHECK(answer_of("/429", &plain).retry_after_s == 7);
	CHECK(answer_of("/500", &plain).retry_after_s == 0);
}

static void
a_redirect_is_followed_by_nobody(void)
{
	struct hook_world *w = hook_world_new("/301", &plain);
	hook_world_post(w, 1, "e-1", "{}");
	CHECK(hook_world_await(w, 1));
	hook_world_run(w, 50);
	CHECK(w->hearings == 1 && strcmp(w->heard[0].path, "/301") == 0);
	hook_world_free(w);
}

static void
a_receiver_that_is_not_there_is_unreachable(void)
{
	struct rf_webhook_receiver r = plain;
	r.url = "https://127.0.0.1:1/";
	CHECK(answer_of("/200", &r).result == RF_WEBHOOK_UNREACHABLE);
}

static void
a_certificate_of_another_authority_is_not_trusted(void)
{
	struct rf_webhook_receiver r = plain;
	r.ca = hook_other_authority();
	struct hook_world *w = hook_world_new("/200", &r);
	hook_world_post(w, 1, "e-1", "{}");
	CHECK(hook_world_await(w, 1));
	CHECK(w->answer[0].result == RF_WEBHOOK_UNTRUSTED);
	CHECK(w->hearings == 0);
	hook_world_free(w);
}

/* ---- what is sent --------------------------------------------------------------------------- */

static void
a_post_carries_its_key_and_the_raw_identifiers(void)
{
	struct hook_world *w = hook_world_new("/200", &plain);
	hook_world_post(w, 1, "0000000004d2-3", "{\"specversion\":\"1.0\"}");
	CHECK(hook_world_await(w, 1));
	CHECK(strcmp(w->heard[0].key, "0000000004d2-3") == 0);
	CHECK(strcmp(w->heard[0].call_id, "a84b4c76e66710@pc33.example") == 0);
	CHECK(strcmp(w->heard[0].from_tag, "1928301774") == 0);
	CHECK(strcmp(w->heard[0].type, "application/cloudevents+json; charset=utf-8") == 0);
	CHECK(strcmp(w->heard[0].body, "{\"specversion\":\"1.0\"}") == 0);
	CHECK(w->heard[0].authorization[0] == '\0' && w->heard[0].signature[0] == '\0');
	hook_world_free(w);
}

static void
an_identifier_that_would_break_a_header_is_left_to_the_body(void)
{
	struct hook_world *w = hook_world_new("/200", &plain);
	rf_webhook_post(w->client, &(struct rf_webhook_post){ .token = 1,
				       .id = RF_SLICE("e-1"),
				       .call_id = RF_SLICE("a\r\nAuthorization: x"),
				       .from_tag = RF_SLICE("t"),
				       .body = RF_SLICE("{}") });
	CHECK(hook_world_await(w, 1));
	CHECK(w->answer[0].result == RF_WEBHOOK_ACKED);
	CHECK(w->heard[0].call_id[0] == '\0' && w->heard[0].authorization[0] == '\0');
	CHECK(strcmp(w->heard[0].from_tag, "t") == 0);
	hook_world_free(w);
}

static void
connections_are_used_again(void)
{
	struct hook_world *w = hook_world_new("/200", &plain);
	for (unsigned i = 0; i < 5; i++) {
		hook_world_post(w, i + 1, "e", "{}");
		CHECK(hook_world_await(w, i + 1));
	}
	for (unsigned i = 1; i < 5; i++)
		CHECK(w->heard[i].port == w->heard[0].port);
	hook_world_free(w);
}

static void
many_posts_are_under_way_at_once(void)
{
	struct hook_world *w = hook_world_new("/200", &plain);
	for (unsigned i = 0; i < 200; i++)
		hook_world_post(w, i + 1, "e", "{}");
	CHECK(hook_world_await(w, 200));
	for (unsigned i = 0; i < 200; i++)
		CHECK(w->answer[i].result == RF_WEBHOOK_ACKED);
	hook_world_free(w);
}

static void
what_hangs_does_not_hold_up_what_comes_later(void)
{
	struct hook_world *w = hook_world_new("/hang", &hasty);
	for (unsigned i = 0; i < RF_WEBHOOK_CONNECTIONS_MAX + 4; i++)
		hook_world_post(w, i + 1, "e", "{}");
	CHECK(hook_world_await(w, RF_WEBHOOK_CONNECTIONS_MAX + 4));
	for (unsigned i = 0; i < w->answers; i++)
		CHECK(w->answer[i].result == RF_WEBHOOK_LATE);
	hook_world_free(w);
}

/* ---- the signature (Standard Webhooks 1.0, its own test vector) ------------------------------ */

static void
the_signature_is_that_of_standard_webhooks(void)
{
	char signature[RF_WEBHOOK_SIGNATURE_MAX];
	CHECK(rf_webhook_sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	    RF_SLICE("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
	    RF_SLICE("{\"test\": 2432232314}"), signature));
	CHECK(strcmp(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=") == 0);
	CHECK(!rf_webhook_sign("whsec_", RF_SLICE(""), 0, RF_SLICE(""), signature));
	CHECK(!rf_webhook_sign("whsec_c2hvcnQ=", RF_SLICE(""), 0, RF_SLICE(""), signature));
	CHECK(!rf_webhook_sign("whsec_!!!!", RF_SLICE(""), 0, RF_SLICE(""), signature));
}

static void
two_secrets_make_two_signatures(void)
{
	struct rf_webhook_receiver r = plain;
	r.secret[0] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
	r.secret[1] = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	struct hook_world *w = hook_world_new("/200", &r);
	hook_world_post(w, 1, "msg_p5jXN8AQM9LWM0D4loKWxJek", "{\"test\": 2432232314}");
	CHECK(hook_world_await(w, 1));
	CHECK(strcmp(w->heard[0].id, "msg_p5jXN8AQM9LWM0D4loKWxJek") == 0);
	CHECK(strcmp(w->heard[0].stamp, "1614265330") == 0);
	CHECK(strncmp(w->heard[0].signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,",
		  51) == 0);
	hook_world_free(w);
}

static void
a_secret_that_is_none_is_told_at_start(void)
{
	struct rf_webhook_receiver r = {
		.name = "crm", .url = "https://x.example/", .secret = { "whsec_short" }
	};
	struct event_base *base = event_base_new();
	char error[256] = "";
	CHECK(rf_webhook_new(base, &(struct rf_webhook_config){ .receiver = &r, .receivers = 1 },
		  &(struct rf_webhook_callbacks){ 0 }, NULL, error) == NULL);
	CHECK(strstr(error, "receiver crm") != NULL && strstr(error, "whsec_short") == NULL);
	event_base_free(base);
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static void
one_token_is_asked_for_however_many_wait(void)
{
	struct hook_world *w = hook_world_new("/200", &oauth);
	w->token_delay_ms = 50;
	for (unsigned i = 0; i < 20; i++)
		hook_world_post(w, i + 1, "e", "{}");
	CHECK(hook_world_await(w, 20));
	CHECK(w->askings == 1 && w->hearings == 20);
	for (unsigned i = 0; i < 20; i++)
		CHECK(strcmp(w->heard[i].authorization, "Bearer T1") == 0);
	/* RFC 6749 2.3.1: "crm+client:s%3Acret%2F%25", the space as %20 here. */
	CHECK(strcmp(w->asked[0].authorization, "Basic Y3JtJTIwY2xpZW50OnMlM0FjcmV0JTJGJTI1") == 0);
	CHECK(strcmp(w->asked[0].body,
		  "grant_type=client_credentials&scope=event%3Awebhook%3Asubscribe"
		  "%20telephony%3Acall%3Aview") == 0);
	hook_world_free(w);
}

static void
a_token_that_is_refused_is_renewed_once(void)
{
	struct hook_world *w = hook_world_new("/200", &oauth);
	hook_world_post(w, 1, "e", "{}");
	CHECK(hook_world_await(w, 1));
	w->refuse = 1;
	hook_world_post(w, 2, "e", "{}");
	CHECK(hook_world_await(w, 2));
	CHECK(w->answer[1].result == RF_WEBHOOK_ACKED);
	CHECK(w->askings == 2 && w->hearings == 3);
	CHECK(strcmp(w->heard[2].authorization, "Bearer T2") == 0);
	w->refuse = 2;
	hook_world_post(w, 3, "e", "{}");
	CHECK(hook_world_await(w, 3));
	CHECK(w->answer[2].result == RF_WEBHOOK_REFUSED && w->answer[2].status == 401);
	CHECK(w->askings == 3 && w->hearings == 5);
	hook_world_free(w);
}

static void
without_a_token_nothing_is_sent(void)
{
	struct hook_world *w = hook_world_new("/200", &oauth);
	struct rf_webhook_stats stats;
	w->token_answer = NULL;
	hook_world_post(w, 1, "e", "{}");
	hook_world_post(w, 2, "e", "{}");
	CHECK(hook_world_await(w, 2));
	CHECK(w->answer[0].result == RF_WEBHOOK_UNSENT && w->answer[1].result == RF_WEBHOOK_UNSENT);
	CHECK(w->hearings == 0 && w->askings == 1);
	CHECK(strcmp(w->told, "no token: the token server says 500") == 0);
	/* It is not asked again at once, however many posts come. */
	hook_world_post(w, 3, "e", "{}");
	CHECK(hook_world_await(w, 3));
	CHECK(w->answer[2].result == RF_WEBHOOK_UNSENT && w->askings == 1);
	w->token_answer = "{\"access_token\":\"T%u\",\"expires_in\":\"3600\"}";
	hook_world_run(w, 1100);
	hook_world_post(w, 4, "e", "{}");
	CHECK(hook_world_await(w, 4));
	CHECK(w->answer[3].result == RF_WEBHOOK_ACKED);
	rf_webhook_stats(w->client, 0, &stats);
	CHECK(stats.tokens == 1 && stats.tokens_failed == 1);
	hook_world_free(w);
}

static void
a_token_server_that_hangs_costs_no_attempt(void)
{
	struct rf_webhook_receiver r = oauth;
	r.timeout = 600 * RF_MS;
	struct hook_world *w = hook_world_new("/200", &r);
	w->token_hangs = true;
	hook_world_post(w, 1, "e", "{}");
	CHECK(hook_world_await(w, 1));
	CHECK(w->answer[0].result == RF_WEBHOOK_UNSENT && w->hearings == 0);
	hook_world_free(w);
}

static void
answers_that_are_no_token_are_told_from_tokens(void)
{
	static const char *const lie[] = { "", "no JSON", "[]", "{}", "{\"access_token\":7}",
		"{\"access_token\":\"a\\r\\nX: y\",\"expires_in\":60}",
		"{\"access_token\":\"T\",\"token_type\":\"mac\",\"expires_in\":60}",
		"{\"access_token\":\"T\",\"expires_in\":0}",
		"{\"access_token\":\"T\",\"expires_in\":-5}",
		"{\"access_token\":\"T\",\"expires_in\":\"soon\"}" };
	for (size_t i = 0; i < RF_ARRAY_LEN(lie); i++) {
		struct hook_world *w = hook_world_new("/200", &oauth);
		w->token_answer = lie[i];
		hook_world_post(w, 1, "e", "{}");
		CHECK(hook_world_await(w, 1));
		CHECK(w->answer[0].result == RF_WEBHOOK_UNSENT && w->hearings == 0);
		CHECK(strncmp(w->told, "no token: ", 10) == 0);
		hook_world_free(w);
	}
}

static void
post_while_it_is_renewed(struct hook_world *w)
{
	if (w->askings == 2)
		hook_world_post(w, 2, "e", "{}");
}

static void
a_token_is_renewed_before_it_ends_and_never_sent_afterwards(void)
{
	struct rf_webhook_receiver r = oauth;
	r.timeout = 2 * RF_SECOND;
	struct hook_world *w = hook_world_new("/200", &r);
	w->token_answer = "{\"access_token\":\"T%u\",\"token_type\":\"bearer\",\"expires_in\":1}";
	hook_world_post(w, 1, "e", "{}");
	CHECK(hook_world_await(w, 1));
	w->token_hangs = true; /* from here on the renewals get no answer */
	w->on_asked = post_while_it_is_renewed;
	CHECK(hook_world_await(w, 2));
	CHECK(strcmp(w->heard[1].authorization, "Bearer T1") == 0); /* it is still good */
	hook_world_run(w, 300);
	hook_world_post(w, 3, "e", "{}");
	CHECK(hook_world_await(w, 3));
	CHECK(w->answer[2].result == RF_WEBHOOK_UNSENT && w->hearings == 2);
	hook_world_free(w);
}

static void
a_static_bearer_token_is_sent_as_it_is(void)
{
	struct rf_webhook_receiver r = plain;
	r.auth = RF_WEBHOOK_BEARER;
	r.bearer = "static-token";
	struct hook_world *w = hook_world_new("/200", &r);
	hook_world_post(w, 1, "e", "{}");
	CHECK(hook_world_await(w, 1));
	CHECK(strcmp(w->heard[0].authorization, "Bearer static-token") == 0);
	hook_world_free(w);
}

/* ---- the envelope ---------------------------------------------------------------------------- */

static void
an_event_becomes_a_cloudevent(void)
{
	static const char event[] = "{\"type\":\"transfer.connected\",\"session\":\"0000000004d2\","
				    "\"sequence\":3,\"time_us\":1614265330123456,"
				    "\"call_id\":\"a\\u00e4b\",\"from_tag\":\"t1\",\"status\":200}";
	struct rf_cloudevent c;
	CHECK_OR_STOP(rf_cloudevent_write(&c, RF_SLICE(event), "//trunk.example.com/referee"));
	CHECK(strcmp(c.id, "0000000004d2-3") == 0);
	CHECK(strcmp(c.call_id, "a\xe4"
				"b") == 0 &&
	      strcmp(c.from_tag, "t1") == 0);
	CHECK(strcmp(c.body,
		  "{\"specversion\":\"1.0\",\"id\":\"0000000004d2-3\","
		  "\"source\":\"//trunk.example.com/referee\",\"type\":\"transfer.connected\","
		  "\"subject\":\"0000000004d2\",\"time\":\"2021-02-25T15:02:10.123456Z\","
		  "\"datacontenttype\":\"application/"
		  "json\",\"data\":{\"type\":\"transfer.connected\","
		  "\"session\":\"0000000004d2\",\"sequence\":3,\"time_us\":1614265330123456,"
		  "\"call_id\":\"a\\u00e4b\",\"from_tag\":\"t1\",\"status\":200}}") == 0);
	CHECK(c.body_len == strlen(c.body));
	rf_cloudevent_fini(&c);
}

static void
what_is_no_event_makes_no_cloudevent(void)
{
	static const char *const wrong[] = { "", "{", "[]", "{}", "{\"type\":\"x\"}",
		"{\"type\":\"x\",\"session\":\"1\",\"sequence\":1}",
		"{\"type\":\"x\",\"session\":\"1\",\"sequence\":-1,\"time_us\":1}" };
	struct rf_cloudevent c;
	for (size_t i = 0; i < RF_ARRAY_LEN(wrong); i++)
		CHECK(!rf_cloudevent_write(&c, rf_slice_of(wrong[i]), "//x"));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(only_a_complete_200_is_an_acknowledgement),
		CHECK_TEST(what_is_accepted_but_no_acknowledgement_is_counted_apart),
		CHECK_TEST(retry_after_is_handed_on),
		CHECK_TEST(a_redirect_is_followed_by_nobody),
		CHECK_TEST(a_receiver_that_is_not_there_is_unreachable),
		CHECK_TEST(a_certificate_of_another_authority_is_not_trusted),
		CHECK_TEST(a_post_carries_its_key_and_the_raw_identifiers),
		CHECK_TEST(an_identifier_that_would_break_a_header_is_left_to_the_body),
		CHECK_TEST(connections_are_used_again),
		CHECK_TEST(many_posts_are_under_way_at_once),
		CHECK_TEST(what_hangs_does_not_hold_up_what_comes_later),
		CHECK_TEST(the_signature_is_that_of_standard_webhooks),
		CHECK_TEST(two_secrets_make_two_signatures),
		CHECK_TEST(a_secret_that_is_none_is_told_at_start),
		CHECK_TEST(one_token_is_asked_for_however_many_wait),
		CHECK_TEST(a_token_that_is_refused_is_renewed_once),
		CHECK_TEST(without_a_token_nothing_is_sent),
		CHECK_TEST(a_token_server_that_hangs_costs_no_attempt),
		CHECK_TEST(answers_that_are_no_token_are_told_from_tokens),
		CHECK_TEST(a_token_is_renewed_before_it_ends_and_never_sent_afterwards),
		CHECK_TEST(a_static_bearer_token_is_sent_as_it_is),
		CHECK_TEST(an_event_becomes_a_cloudevent),
		CHECK_TEST(what_is_no_event_makes_no_cloudevent),
	};
	hook_certificates_init();
	int status = check_main("webhook", tests, RF_ARRAY_LEN(tests));
	hook_certificates_fini();
	return status;
}
