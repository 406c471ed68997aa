/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_actor.c -- parties that act by themselves: what a call of theirs comes to. */
#include <string.h>

#include "sim/actor.h"
#include "tests/check.h"

enum { CUSTOMER, CENTER, QUEUE, QUEUE2, RESULTS_MAX = 64 };

struct stage {
	struct world_options options;
	struct world *w;
	struct chooser c;
	struct actor_profile profile[WORLD_PARTIES_MAX];
	struct actors *a;
	struct actor_result result[RESULTS_MAX];
	uint32_t results;
};

static void
note(void *user, const struct actor_result *result)
{
	struct stage *s = user;
	if (s->results < RESULTS_MAX)
		s->result[s->results++] = *result;
}

/* Everybody is polite and quick; the center refers to billing. */
static void
set_up(struct stage *s, uint64_t seed)
{
	memset(s, 0, sizeof *s);
	world_options_init(&s->options);
	s->options.quiet = true;
	choose_init(&s->c, seed);
	for (uint32_t i = 0; i < WORLD_PARTIES_MAX; i++)
		actor_profile_init(&s->profile[i]);
	s->profile[CUSTOMER].calls = "sip:center@referee.example";
	s->profile[CUSTOMER].manners.hangs_up = 1;
	struct actor_refers *r = &s->profile[CENTER].refers;
	r->rate = 1;
	r->targets = 1;
	r->target[0] = "sip:billing@referee.example";
	r->weight[0] = 1;
	r->referred_by = "<sip:agent@acme.example>";
	s->w = world_new(&s->options);
	s->a = actors_new(s->w, &s->c, s->profile, note, s);
}

static void
run(struct stage *s)
{
	while (!world_is_quiet(s->w) && world_next(s->w, 3600 * RF_SECOND))
		continue;
}

static void
tear_down(struct stage *s)
{
	actors_free(s->a);
	world_free(s->w);
}

static struct stage stage;

static void
a_hand_back_succeeds(void)
{
	set_up(&stage, 1);
	actors_call(stage.a, 1, CUSTOMER, 0);
	run(&stage);
	const struct actor_result *r = &stage.result[0];
	CHECK(stage.results == 1 && actors_living(stage.a) == 0);
	CHECK(r->status == 200 && r->refer_status == 202 && r->outcome == 200);
	CHECK(r->attempts == 1 && r->reached == 1 && r->left && !r->dropped);
	CHECK(r->answered < r->referred && r->referred < r->connected && r->connected < r->told);
	CHECK(stage.w->checkers.violations == 0 && stage.w->error[0] == '\0');
	tear_down(&stage);
}

static void
a_busy_queue_is_told(void)
{
	set_up(&stage, 1);
	stage.profile[QUEUE].answers.final.code[0] = 486;
	stage.profile[QUEUE2].answers.final.code[0] = 486;
	actors_call(stage.a, 1, CUSTOMER, 0);
	run(&stage);
	CHECK(stage.result[0].outcome == 486 && stage.result[0].reached == 0);
	tear_down(&stage);
}

static void
who_has_no_patience_gives_up(void)
{
	set_up(&stage, 1);
	stage.profile[CUSTOMER].gives_up = 1;
	stage.profile[CUSTOMER].patience.a = 0.5;
	actors_call(stage.a, 1, CUSTOMER, 0);
	run(&stage);
	CHECK(stage.result[0].gave_up && stage.result[0].status == 487);
	tear_down(&stage);
}

/* Odd in every way that a draw may decide.  No 503: referee's own back-off hangs on the number of
 * its session, which is another one if a call before is left out. */
static void
set_up_odd(struct stage *s)
{
	set_up(s, 7);
	s->profile[QUEUE].answers.final = (struct actor_codes){ .count = 3,
		.code = { 200, 486, 404 }, .weight = { 1, 1, 1 } };
	s->profile[QUEUE].answers.answer = (struct spread){ .kind = SPREAD_EXPONENTIAL, .a = 2,
		.unit = RF_SECOND };
	s->profile[CENTER].refers.leaves[ACTOR_LEAVES_ACCEPTED] = 1;
	s->profile[CENTER].refers.after = s->profile[QUEUE].answers.answer;
	s->profile[CUSTOMER].manners.holds = 0.5;
	for (uint64_t n = 1; n <= 20; n++) {
		if (n != 5)
			actors_call(s->a, n, CUSTOMER, (rf_time)n * RF_SECOND);
	}
}

static bool
same(const struct actor_result *a, const struct actor_result *b)
{
	return a->referred == b->referred && a->outcome == b->outcome &&
	    a->connected == b->connected && a->attempts == b->attempts;
}

static void
a_call_left_out_changes_no_other(void)
{
	static struct actor_result with[RESULTS_MAX];
	uint32_t count, found = 0;
	set_up_odd(&stage);
	actors_call(stage.a, 5, CUSTOMER, 5 * RF_SECOND);
	run(&stage);
	memcpy(with, stage.result, sizeof with);
	count = stage.results;
	tear_down(&stage);
	set_up_odd(&stage);
	run(&stage);
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t k = 0; k < stage.results; k++)
			found += with[i].call == stage.result[k].call &&
			    same(&with[i], &stage.result[k]);
	}
	CHECK(count == 20 && stage.results == 19 && found == 19);
	tear_down(&stage);
}

static void
thousands_of_calls_take_the_room_of_a_few(void)
{
	set_up(&stage, 1);
	stage.profile[CUSTOMER].manners.talk.a = 5;
	for (uint64_t n = 1; n <= 3000; n++)
		actors_call(stage.a, n, CUSTOMER, (rf_time)n * RF_SECOND);
	run(&stage);
	CHECK(actors_living(stage.a) == 0 && stage.w->checkers.violations == 0);
	CHECK(stage.w->party[CENTER].dialogs < 200 && stage.w->party[CENTER].transactions < 1000);
	tear_down(&stage);
}

/* ---- the desk -------------------------------------------------------------------------------- */

struct clerk {
	struct actors **actors;
	uint16_t says;          /* to whoever calls the queue; 0: lets it ring */
	uint32_t called, over;
	uint64_t last;
};

static uint16_t
clerk_called(void *user, uint64_t call, uint32_t party, uint32_t nth, uint32_t *retry_after_s)
{
	struct clerk *c = user;
	(void)nth;
	if (party == CENTER)
		return 200;
	c->called++;
	c->last = call;
	*retry_after_s = 0;
	return c->says;
}

static void
clerk_over(void *user, uint64_t call, uint32_t party, uint32_t nth)
{
	struct clerk *c = user;
	(void)call;
	(void)nth;
	c->over += party != CENTER && party != CUSTOMER;
}

static void
run_until(struct stage *s, rf_time until)
{
	while (world_next(s->w, until))
		continue;
}

static void
desk_lets_it_ring_and_answers_later(void)
{
	struct clerk clerk = { .actors = &stage.a };
	const struct actor_desk desk = { clerk_called, clerk_over, &clerk };
	set_up(&stage, 1);
	stage.profile[CUSTOMER].manners.hangs_up = 0;
	actors_desk(stage.a, &desk);
	actors_call(stage.a, 7, CUSTOMER, 0);
	run_until(&stage, 10 * RF_SECOND);
	CHECK(clerk.called == 1 && clerk.last == 7 && clerk.over == 0);
	CHECK(!actors_answer(stage.a, 7, QUEUE, 1, 200)); /* it was called once: that is 0 */
	CHECK(actors_answer(stage.a, 7, QUEUE, 0, 200));
	CHECK(!actors_answer(stage.a, 7, QUEUE, 0, 200));
	run_until(&stage, 20 * RF_SECOND);
	CHECK(actors_hang_up(stage.a, 7));
	run(&stage);
	CHECK(stage.results == 1 && stage.result[0].outcome == 200 && stage.result[0].left);
	CHECK(clerk.over == 1 && stage.w->checkers.violations == 0);
	tear_down(&stage);
}

static void
desk_refuses_and_every_target_is_told_of(void)
{
	struct clerk clerk = { .says = 486 };
	const struct actor_desk desk = { clerk_called, clerk_over, &clerk };
	set_up(&stage, 1);
	actors_desk(stage.a, &desk);
	actors_call(stage.a, 1, CUSTOMER, 0);
	run(&stage);
	CHECK(stage.result[0].outcome == 486 && clerk.called == clerk.over && clerk.called > 0);
	tear_down(&stage);
}

static void
desk_makes_a_center_refer(void)
{
	struct clerk clerk = { .says = 200 };
	const struct actor_desk desk = { clerk_called, clerk_over, &clerk };
	set_up(&stage, 1);
	stage.profile[CENTER].refers.rate = 0;
	actors_desk(stage.a, &desk);
	actors_call(stage.a, 1, CUSTOMER, 0);
	CHECK(!actors_refer(stage.a, 1, CENTER));       /* it was not called yet */
	run_until(&stage, 5 * RF_SECOND);
	CHECK(clerk.called == 0);
	CHECK(actors_refer(stage.a, 1, CENTER));
	run(&stage);
	CHECK(stage.result[0].refer_status == 202 && stage.result[0].reached == 1);
	tear_down(&stage);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_hand_back_succeeds),
		CHECK_TEST(a_busy_queue_is_told),
		CHECK_TEST(who_has_no_patience_gives_up),
		CHECK_TEST(a_call_left_out_changes_no_other),
		CHECK_TEST(thousands_of_calls_take_the_room_of_a_few),
		CHECK_TEST(desk_lets_it_ring_and_answers_later),
		CHECK_TEST(desk_refuses_and_every_target_is_told_of),
		CHECK_TEST(desk_makes_a_center_refer),
	};
	return check_main("actor", tests, RF_ARRAY_LEN(tests));
}
