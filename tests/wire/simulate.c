/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/simulate.c -- a case of tests/wire/run in the simulator: the same configuration, the
 * same SIPp scenarios, the same engine; no sockets and no waiting.
 *
 *      simulate PLAN FOLDER
 *
 * The plan is what `run --simulate` writes instead of starting processes: words that end in NUL,
 * each line closed by the word "\n".
 *
 *      serve CONFIG                             referee begins
 *      role NAME ADDRESS PORT TRANSPORT PROVES  who there is; before anybody speaks
 *      sipp NAME [OPTION OF SIPP]...            that one begins: SIPp's own command line
 *      await SECONDS bridged | ended NAME       goes on until a call is up, or NAME has heard BYE
 *      drain | end                              SIGTERM; `ctl session end` of the first session
 *
 * "@HEADER NAME FAR NEAR@" inside an option becomes the name of NAME's dialog.  FOLDER gets what a
 * real run leaves there, too: NAME.messages as -trace_msg writes it, `status` and `rows`.  Exit
 * status 0: everybody was content and nothing is left. */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config.h"
#include "app/setup.h"
#include "sim/sipp.h"
#include "tools/fsm_rows.h"

enum {
	WORDS_MAX = 128,
	LINES_MAX = 64,
	PLAN_MAX = 256 * 1024,
	ROLES_MAX = 8,
	END_MS = 5 * 60 * 1000, /* everybody has gone home by then */
	AFTER_AWAIT_MS = 100,   /* a shell looks ten times a second */
	LINK_US = 200,          /* loopback */
};

struct role {
	struct world_role who;
	struct sipp_scenario *scenario;
	struct sipp *sipp;
	FILE *messages;
	char *first[4]; /* Call-ID; its own and referee's tag; has it heard BYE? */
};

struct play {
	const char *folder;
	struct rf_config *config;
	struct world *world;
	struct role role[ROLES_MAX];
	uint32_t roles;
	char *word[LINES_MAX][WORDS_MAX];
	uint32_t words[LINES_MAX], lines;
	char *kept[LINES_MAX * WORDS_MAX]; /* texts made here, until the end */
	uint32_t kepts;
	bool failed;
};

static void complain(struct play *, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void
complain(struct play *p, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fputs("simulate: ", stdout);
	vprintf(format, arguments);
	fputc('\n', stdout);
	va_end(arguments);
	p->failed = true;
}

static void
die(const char *what, const char *which)
{
	fprintf(stderr, "simulate: %s: %s\n", what, which);
	exit(64);
}

static void
read_plan(struct play *p, const char *path)
{
	static char text[PLAN_MAX];
	FILE *in = fopen(path, "r");
	size_t len = in != NULL ? fread(text, 1, sizeof text - 1, in) : 0;
	if (in == NULL || fclose(in) != 0 || len == 0 || len == sizeof text - 1)
		die("no plan", path);
	for (char *word = text; word < text + len; word += strlen(word) + 1) {
		uint32_t *words = &p->words[p->lines];
		if (strcmp(word, "\n") == 0)
			p->lines++;
		else
			p->word[p->lines][(*words)++] = word;
		if (p->lines == LINES_MAX || *words == WORDS_MAX)
			die("the plan is too long", path);
	}
}

static struct role *
find_role(struct play *p, const char *name)
{
	for (uint32_t i = 0; i < p->roles; i++) {
		if (strcmp(p->role[i].who.name, name) == 0)
			return &p->role[i];
	}
	die("nobody has that role", name);
	return NULL;
}

/* ---- what a real run leaves behind ----------------------------------------------------------- */

/* Its dialog, out of the first message that has both tags: SIPp's parties have one each. */
static void
learn(struct role *r, bool sent, const struct sip_text *t)
{
	struct rf_slice from = sip_tag(t, "From"), to = sip_tag(t, "To"),
			id = sip_value(t, "Call-ID");
	if (!sent && t->is_request && sip_is(t->method, "BYE"))
		r->first[3] = r->first[0];
	if (r->first[0] != NULL || from.len == 0 || to.len == 0)
		return;
	bool from_is_ours = sent == t->is_request;
	r->first[0] = strndup(id.p, id.len);
	r->first[1] = strndup((from_is_ours ? from : to).p, (from_is_ours ? from : to).len);
	r->first[2] = strndup((from_is_ours ? to : from).p, (from_is_ours ? to : from).len);
}

static void
on_message(void *user, rf_time now, bool sent, struct rf_slice bytes)
{
	static struct sip_text text;
	struct role *r = user;
	fprintf(r->messages,
	    "----------------------------------------------- %.6f\n%s message %s "
	    "[%u] bytes :\n\n%.*s\n",
	    (double)now / 1e6, r->who.transport == RF_UDP ? "UDP" : "TCP",
	    sent ? "sent" : "received", bytes.len, (int)bytes.len, bytes.p);
	if (sip_read(&text, bytes))
		learn(r, sent, &text);
}

static void
write_status(struct play *p)
{
	char path[512];
	struct rf_stats s;
	snprintf(path, sizeof path, "%s/status", p->folder);
	FILE *out = fopen(path, "w");
	if (out == NULL)
		die("cannot write", path);
	rf_engine_stats(p->world->engine, &s);
	const struct {
		const char *name;
		uint32_t value;
	} gauges[] = { { "calls", s.calls }, { "legs", s.legs }, { "dialogs", s.dialogs },
		{ "transactions", s.transactions }, { "refers", s.refers }, { "timers", s.timers },
		{ "text_chunks", s.text_chunks } };
	for (size_t i = 0; i < RF_ARRAY_LEN(gauges); i++) {
		fprintf(out, "\"%s\":%u\n", gauges[i].name, gauges[i].value);
		if (gauges[i].value != 0)
			complain(p, "left behind: %s=%u", gauges[i].name, gauges[i].value);
	}
#define RF_COUNTER(name) fprintf(out, "\"" #name "\":%" PRIu64 "\n", s.name);
	RF_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
	if (fclose(out) != 0)
		die("cannot write", path);
}

/* As `serve --rows` writes them. */
static void
write_rows(const struct play *p)
{
	char path[512];
	static struct rf_fsm_rows rows;
	snprintf(path, sizeof path, "%s/rows", p->folder);
	FILE *out = fopen(path, "w");
	for (uint32_t m = 0; m < WORLD_MACHINES_MAX; m++) {
		for (uint32_t i = 0; i < WORLD_ROWS_MAX; i++)
			rows.taken[m][i] = p->world->row_count[m][i] > 0;
	}
	if (out == NULL || !rf_fsm_rows_write(out, &rows, "serve") || fclose(out) != 0)
		die("cannot write", path);
}

/* ---- the world ------------------------------------------------------------------------------- */

static void
take_role(struct play *p, char **word, uint32_t words)
{
	if (words != 6 || p->roles == ROLES_MAX)
		die("role", "NAME ADDRESS PORT TRANSPORT PROVES");
	struct role *r = &p->role[p->roles++];
	r->who = (struct world_role){ .name = word[1],
		.ip = word[2],
		.port = (uint16_t)atoi(word[3]),
		.transport = strcmp(word[4], "tls") == 0   ? RF_TLS
			     : strcmp(word[4], "tcp") == 0 ? RF_TCP
							   : RF_UDP,
		.proves = word[5] };
}

static void
begin_world(struct play *p, const char *config)
{
	static struct world_role cast[ROLES_MAX];
	struct rf_config_errors errors;
	struct world_options options;
	p->config = rf_config_load(config, &errors);
	if (p->config == NULL) {
		rf_config_errors_write(&errors, stderr);
		exit(64);
	}
	for (uint32_t i = 0; i < p->lines; i++) {
		if (strcmp(p->word[i][0], "role") == 0)
			take_role(p, p->word[i], p->words[i]);
	}
	for (uint32_t i = 0; i < p->roles; i++)
		cast[i] = p->role[i].who;
	world_options_init(&options);
	rf_setup_engine(p->config, &options.limits, &options.config);
	options.tables = &p->config->policy;
	options.cast = cast;
	options.cast_count = p->roles;
	options.link_delay = LINK_US;
	p->world = world_new(&options);
	assert(p->world != NULL);
}

static bool
bridged(const struct play *p)
{
	struct rf_session_view v;
	uint32_t cursor = 0;
	while (rf_engine_session_next(p->world->engine, &cursor, &v)) {
		if (strcmp(v.call_state, "BRIDGED") == 0)
			return true;
	}
	return false;
}

static void
run_until(struct play *p, rf_time until)
{
	while (world_next(p->world, until))
		;
}

static void
await(struct play *p, char **word, uint32_t words)
{
	rf_time until = p->world->now + atoi(word[1]) * RF_SECOND;
	const struct role *of = words > 3 ? find_role(p, word[3]) : NULL;
	while (of != NULL ? of->first[3] == NULL : !bridged(p)) {
		if (!world_next(p->world, until)) {
			complain(p, "waited %s s for %s in vain", word[1], word[2]);
			return;
		}
	}
	run_until(p, p->world->now + AFTER_AWAIT_MS * RF_MS);
}

static void
end_first_session(struct play *p)
{
	struct rf_session_view v;
	uint32_t cursor = 0;
	if (!rf_engine_session_next(p->world->engine, &cursor, &v)) {
		complain(p, "there is no session to end");
		return;
	}
	world_tell(p->world, &(struct rf_event){ .kind = RF_EV_COMMAND,
				 .verb = RF_VERB_SESSION_END,
				 .token = 1,
				 .value = v.session });
}

/* ---- a party --------------------------------------------------------------------------------- */

/* "@Replaces center to-tag from-tag@;early-only": the name of a dialog. */
static const char *
with_names(struct play *p, const char *value)
{
	static char out[1024];
	char header[32], name[32], far[32], near[32];
	int used = 0;
	if (value[0] != '@')
		return value;
	if (sscanf(value, "@%31s %31s %31s %31[^@]@%n", header, name, far, near, &used) != 4)
		die("a dialog is named as @HEADER NAME FAR NEAR@, not", value);
	const struct role *r = find_role(p, name);
	if (r->first[0] == NULL)
		die("has no dialog yet", name);
	snprintf(out, sizeof out, "%s: %s;%s=%s;%s=%s%s", header, r->first[0], far, r->first[2],
	    near, r->first[1], value + used);
	return out;
}

static char *
keep(struct play *p, const char *text)
{
	char *copy = strdup(text);
	assert(copy != NULL);
	assert(p->kepts < RF_ARRAY_LEN(p->kept));
	p->kept[p->kepts++] = copy;
	return copy;
}

/* The remote of a caller: "127.0.0.1:5060". */
static void
take_remote(struct play *p, struct sipp_options *o, const char *word)
{
	const char *colon = strrchr(word, ':');
	if (colon == NULL)
		die("expected ADDRESS:PORT", word);
	char *address = keep(p, word);
	address[colon - word] = '\0';
	o->remote = address;
	o->remote_port = (uint16_t)atoi(colon + 1);
}

struct command_line {
	struct sipp_options o;
	struct sipp_key key[WORDS_MAX];
	uint32_t keys;
	const char *path;
};

/* An option with a value. */
static void
take_valued(struct command_line *c, const char *name, const char *value)
{
	/* What SIPp needs and a simulator does not. */
	static const char needless[] = " -t -i -p -timeout -error_file -message_file ";
	char option[64];
	snprintf(option, sizeof option, " %s ", name);
	if (strcmp(name, "-sf") == 0)
		c->path = value;
	else if (strcmp(name, "-s") == 0)
		c->o.service = value;
	else if (strcmp(name, "-m") == 0)
		c->o.calls = (uint32_t)atoi(value);
	else if (strcmp(name, "-r") == 0)
		c->o.rate = (uint32_t)atoi(value);
	else if (strcmp(name, "-l") == 0)
		c->o.limit = (uint32_t)atoi(value);
	else if (strstr(needless, option) == NULL)
		die("no such option of SIPp here", name);
}

static void
take_options(struct play *p, struct command_line *c, char **word, uint32_t words)
{
	static const char bare[] = " -nostdin -bind_local -timeout_error -trace_err -trace_msg ";
	for (uint32_t i = 2; i < words; i++) {
		char option[64];
		snprintf(option, sizeof option, " %s ", word[i]);
		if (word[i][0] != '-') {
			take_remote(p, &c->o, word[i]);
		} else if (strcmp(word[i], "-nr") == 0) {
			c->o.no_repeats = true;
		} else if (strcmp(word[i], "-key") == 0 && i + 2 < words) {
			c->key[c->keys++] =
			    (struct sipp_key){ word[i + 1], keep(p, with_names(p, word[i + 2])) };
			i += 2;
		} else if (strstr(bare, option) == NULL) {
			take_valued(c, word[i], i + 1 < words ? word[i + 1] : "");
			i++;
		}
	}
}

static void
start_party(struct play *p, char **word, uint32_t words)
{
	struct role *r = find_role(p, word[1]);
	struct command_line c = { .o = { .service = "",
				      .remote = "",
				      .local = r->who.ip,
				      .calls = 1,
				      .rate = 10,
				      .limit = 10,
				      .pid = 1001 + (uint32_t)(r - p->role) } };
	char error[SIPP_ERROR_MAX], place[512];
	take_options(p, &c, word, words);
	r->scenario = c.path != NULL ? sipp_open(c.path, c.key, c.keys, error) : NULL;
	if (r->scenario == NULL)
		die("scenario", c.path != NULL ? error : "none is given");
	r->sipp = sipp_new(p->world, &p->world->party[r - p->role], r->scenario, &c.o);
	snprintf(place, sizeof place, "%s/%s.messages", p->folder, r->who.name);
	r->messages = fopen(place, "w");
	if (r->sipp == NULL || r->messages == NULL)
		die("cannot write", place);
	sipp_listen(r->sipp, on_message, r);
	sipp_start(r->sipp);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void
do_line(struct play *p, char **word, uint32_t words)
{
	if (strcmp(word[0], "sipp") == 0 && words > 1)
		start_party(p, word, words);
	else if (strcmp(word[0], "await") == 0 && words > 2)
		await(p, word, words);
	else if (strcmp(word[0], "drain") == 0)
		world_tell(p->world, &(struct rf_event){ .kind = RF_EV_DRAIN });
	else if (strcmp(word[0], "end") == 0)
		end_first_session(p);
	else if (strcmp(word[0], "serve") != 0 && strcmp(word[0], "role") != 0)
		die("no such line in a plan", word[0]);
}

static void
end_of_all(struct play *p)
{
	run_until(p, p->world->now + END_MS * RF_MS);
	if (p->world->error[0] != '\0')
		complain(p, "%s", p->world->error);
	struct rf_stats stats;
	struct checkers *c = &p->world->checkers;
	rf_engine_stats(p->world->engine, &stats);
	checkers_quiet(c, p->world->now, &stats);
	for (uint32_t i = 0; i < c->violations; i++)
		complain(p, "invariant %u: %s", c->violation[i].invariant, c->violation[i].text);
	for (uint32_t i = 0; i < p->roles; i++) {
		const struct role *r = &p->role[i];
		if (r->sipp == NULL)
			continue;
		if (sipp_error(r->sipp)[0] != '\0')
			complain(p, "%s: %s", r->who.name, sipp_error(r->sipp));
		if (!sipp_is_over(r->sipp))
			complain(p, "%s: was still waiting at the end", r->who.name);
	}
	write_status(p);
	write_rows(p);
}

int
main(int argc, char **argv)
{
	static struct play play;
	struct play *p = &play;
	if (argc != 3)
		die("usage", "simulate PLAN FOLDER");
	p->folder = argv[2];
	read_plan(p, argv[1]);
	if (p->lines == 0 || strcmp(p->word[0][0], "serve") != 0 || p->words[0] != 2)
		die("a plan begins with", "serve CONFIG");
	begin_world(p, p->word[0][1]);
	for (uint32_t i = 1; i < p->lines && p->world->error[0] == '\0'; i++)
		do_line(p, p->word[i], p->words[i]);
	end_of_all(p);
	if (getenv("SIMULATE_LADDER") != NULL)
		fwrite(p->world->ladder, 1, p->world->ladder_len, stdout);
	for (uint32_t i = 0; i < p->roles; i++) {
		struct role *r = &p->role[i];
		for (size_t k = 0; k < 3; k++)
			free(r->first[k]);
		if (r->messages != NULL && fclose(r->messages) != 0)
			complain(p, "cannot write the messages of %s", r->who.name);
		sipp_free(r->sipp);
		sipp_close(r->scenario);
	}
	world_free(p->world);
	rf_config_free(p->config);
	for (uint32_t i = 0; i < p->kepts; i++)
		free(p->kept[i]);
	return p->failed ? 1 : 0;
}
