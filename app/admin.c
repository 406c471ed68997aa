/* SPDX-License-Identifier: BSD-2-Clause */
/* app/admin.c -- answers operators: reads the engine through its const views, changes nothing but
 * what a command says.  The first byte of an answer is '+' or '-': done, or why not. */
#include "app/admin.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/json.h"
#include "app/route_test.h"

struct client {
	struct rf_admin *admin;
	struct bufferevent *link;
	bool asked, answered;
};

struct rf_admin {
	struct rf_driver *driver;
	struct evconnlistener *listener;
	uint32_t clients;
	struct client *waiting;                 /* for a verdict on dead letters to be durable */
	char path[108];
};

/* ---- documents ------------------------------------------------------------------------------ */

static void
write_status(struct rf_admin *a, FILE *f, bool json)
{
	struct rf_stats s;
	struct rf_transport_counters t;
	struct rf_journal_counters j = { .recording = false };
	struct rf_store_stats store;
	struct rf_store_depths depths;
	struct rf_reconcile_gauges r;
	const char *separator = json ? "," : "\n";
	rf_store_depths(rf_driver_store(a->driver), &depths);
	rf_reconcile_job_gauges(rf_driver_reconcile(a->driver), &r);
	rf_engine_stats(rf_driver_engine(a->driver), &s);
	rf_transport_counters(rf_driver_transports(a->driver), &t);
	rf_store_stats(rf_driver_store(a->driver), &store);
	if (rf_driver_journal(a->driver) != NULL)
		rf_journal_counters(rf_driver_journal(a->driver), &j);
	const struct rf_policy_denials *denied = rf_policy_denials(rf_driver_policy(a->driver));
	const struct {
		const char *name;
		uint64_t value;
	} row[] = { { "calls", s.calls }, { "legs", s.legs }, { "dialogs", s.dialogs },
		{ "transactions", s.transactions }, { "refers", s.refers }, { "timers", s.timers },
		{ "deliveries", s.deliveries }, { "outbox", depths.outbox },
		{ "dead_letters_kept", depths.dead_letters }, { "review", depths.review },
		{ "reconcile_running", r.running }, { "reconcile_records", r.last.records },
#define X(name, text) { "reconcile_" #name, r.last.found[RF_CLASS_##name] },
		RF_RECONCILE_CLASSES(X)
#undef X
#define RF_COUNTER(name) { "reconcile_" #name, r.name },
		RF_RECONCILE_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
		{ "text_chunks", s.text_chunks }, { "text_bytes", s.text_bytes },
		{ "store_pending", store.pending }, { "store_undurable", store.undurable },
		{ "store_wal_bytes", store.wal_bytes },
		{ "store_commit_us_p50", store.commit_us_p50 },
		{ "store_commit_us_p99", store.commit_us_p99 },
		{ "store_commit_us_max", store.commit_us_max }, { "links", t.links },
		{ "journal_recording", j.recording },
		{ "journal_waiting", j.waiting },
		{ "journal_records", j.records }, { "journal_bytes", j.bytes },
		{ "journal_segments", j.segments }, { "journal_stops", j.stops },
		{ "journal_unrecorded", j.unrecorded },
		{ "poisoned_dropped", rf_driver_poisoned_dropped(a->driver) },
		{ "embedded_headers_dropped",
		    rf_policy_embedded_dropped(rf_driver_policy(a->driver)) },
#define RF_COUNTER(name) { "denied_" #name, denied->name },
		RF_POLICY_DENIALS(RF_COUNTER)
#undef RF_COUNTER
#define RF_COUNTER(name) { #name, s.name },
		RF_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
#define RF_COUNTER(name) { "store_" #name, store.name },
		RF_STORE_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
#define RF_COUNTER(name) { "transport_" #name, t.name },
		    RF_TRANSPORT_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
	};
	fprintf(f, json ? "{\"draining\":%s" : "draining %s",
	    rf_driver_draining(a->driver) ? "true" : "false");
	for (size_t i = 0; i < RF_ARRAY_LEN(row); i++)
		fprintf(f, json ? "%s\"%s\":%" PRIu64 : "%s%s %" PRIu64, separator, row[i].name,
		    row[i].value);
	fprintf(f, json ? "}\n" : "\n");
}

static void
write_session(FILE *f, const struct rf_session_view *v, bool json)
{
	if (!json) {
		fprintf(f, "%012" PRIx64 "  %-12s  %-10s", v->session, v->call_state,
		    v->refer_state != NULL ? v->refer_state : "-");
		for (uint32_t i = 0; i < v->leg_count; i++)
			fprintf(f, "  %s:%s", v->leg[i].role, v->leg[i].state);
		fputc('\n', f);
		return;
	}
	fprintf(f, "{\"session\":\"%012" PRIx64 "\",\"call\":\"%s\",\"refer\":", v->session,
	    v->call_state);
	fprintf(f, v->refer_state != NULL ? "\"%s\"" : "null", v->refer_state);
	fprintf(f, ",\"legs\":[");
	for (uint32_t i = 0; i < v->leg_count; i++) {
		fprintf(f, "%s{\"role\":\"%s\",\"state\":\"%s\",\"call_id\":", i > 0 ? "," : "",
		    v->leg[i].role, v->leg[i].state);
		rf_json_write(f, v->leg[i].call_id);
		fprintf(f, ",\"remote_tag\":");
		rf_json_write(f, v->leg[i].remote_tag);
		fprintf(f, ",\"partner\":");
		rf_json_write(f, v->leg[i].partner);
		fputc('}', f);
	}
	fprintf(f, "]}");
}

static void
write_sessions(struct rf_admin *a, FILE *f, bool json)
{
	struct rf_session_view v;
	uint32_t cursor = 0, count = 0;
	if (json)
		fputc('[', f);
	while (rf_engine_session_next(rf_driver_engine(a->driver), &cursor, &v)) {
		if (json && count > 0)
			fputc(',', f);
		write_session(f, &v, json);
		count++;
	}
	if (json)
		fprintf(f, "]\n");
	else if (count == 0)
		fprintf(f, "no live sessions\n");
}

struct records {
	FILE *f;
	bool json;
	uint32_t count;
};

static void
write_record(void *user, enum rf_store_kind kind, struct rf_slice event)
{
	struct records *r = user;
	(void)kind;
	fprintf(r->f, "%s%.*s%s", r->json && r->count > 0 ? "," : "", (int)event.len, event.p,
	    r->json ? "" : "\n");
	r->count++;
}

static void
count_record(void *user, enum rf_store_kind kind, struct rf_slice event)
{
	(void)kind;
	(void)event;
	++*(uint32_t *)user;
}

/* The ladder, as far as the trace remembers it, and the records, as far as the store does. */
static bool
show_session(struct rf_admin *a, FILE *f, uint64_t session, bool json)
{
	const struct rf_ladder *ladder = rf_driver_ladder(a->driver);
	char title[32];
	const struct rf_ladder_style style = { .row_name = rf_ladder_row_name, .title = title };
	const struct rf_store *store = rf_driver_store(a->driver);
	struct records records = { .f = f, .json = json };
	uint32_t known = 0;
	if (session == 0)
		session = rf_ladder_newest(ladder);
	if (session == 0)
		session = rf_store_newest(store);
	if (rf_ladder_count(ladder, session) == 0)
		rf_store_events(store, session, count_record, &known);
	if (session == 0 || (known == 0 && rf_ladder_count(ladder, session) == 0))
		return false;
	snprintf(title, sizeof title, "session %012" PRIx64, session);
	fputc('+', f);
	if (json)
		fprintf(f, "{\"ladder\":");
	if (json)
		rf_ladder_write_json(ladder, session, &style, f);
	else if (known > 0)
		fprintf(f, "%s: the trace does not remember it; its records:\n", title);
	else
		rf_ladder_write(ladder, session, &style, f);
	fprintf(f, json ? ",\"records\":[" : "\n");
	rf_store_events(store, session, write_record, &records);
	if (json)
		fprintf(f, "]}\n");
	return true;
}

static void
write_sources(struct rf_admin *a, FILE *f, bool json)
{
	struct rf_blackbox_source s;
	uint32_t cursor = 0;
	char ip[48];
	if (json)
		fputc('[', f);
	while (rf_blackbox_next(rf_driver_blackbox(a->driver), &cursor, &s)) {
		ip[rf_ip_write(ip, s.address.ip, false)] = '\0';
		fprintf(f, json ? "%s{\"source\":\"%s\",\"aborts\":%u,\"dropped\":%s}"
				: "%s%-40s aborts %u, dropped %s\n",
		    json && cursor > 1 ? "," : "", ip, s.aborts,
		    s.aborts >= RF_BLACKBOX_ABORTS_MAX ? (json ? "true" : "yes")
						       : (json ? "false" : "no"));
	}
	if (json)
		fprintf(f, "]\n");
	else if (cursor == 0)
		fprintf(f, "no source is accused\n");
}

static bool
clear_source(struct rf_admin *a, const char *text)
{
	struct rf_addr address = { 0 };
	return rf_ip_parse(address.ip, rf_slice_of(text)) &&
	    rf_blackbox_clear(rf_driver_blackbox(a->driver), &address);
}

/* The words that follow are parted by tabs, which none of them may hold; '+' if it would pass, '='
 * if it would not. */
static void
test_route(struct rf_admin *a, char *line, bool json, FILE *f)
{
	char *word[5] = { NULL }, *document = NULL;
	size_t len = 0;
	for (unsigned i = 0; i < RF_ARRAY_LEN(word) && (line = strchr(line, '\t')) != NULL; i++) {
		*line++ = '\0';
		word[i] = line;
	}
	FILE *text = open_memstream(&document, &len);
	if (word[3] == NULL || text == NULL) {
		fprintf(f, "-not a question\n");
	} else {
		int status = rf_route_test(rf_driver_config(a->driver),
		    &(struct rf_options){ .invite = strcmp(word[0], "invite") == 0,
			.at = word[1][0] != '\0' ? word[1] : NULL, .partner = word[2],
			.refer_to = word[3], .referred_by = word[4], .json = json }, text);
		fflush(text);
		fputc(status == RF_EXIT_OK ? '+' : '=', f);
		fwrite(document, 1, len, f);
	}
	if (text != NULL)
		fclose(text);
	free(document);
}

/* ---- dead letters --------------------------------------------------------------------------- */

struct letters {
	FILE *f;
	bool json, whole;
	int64_t only;                           /* 0: all */
	uint32_t count;
};

static bool
write_letter(void *user, const struct rf_store_dead_letter *d)
{
	struct letters *l = user;
	if (l->only != 0 && d->number != l->only)
		return false;
	if (l->json) {
		fprintf(l->f, "%s{\"number\":%" PRId64 ",\"time_us\":%" PRId64
		    ",\"session\":\"%012" PRIx64 "\",\"attempts\":%u,\"receiver\":",
		    l->count > 0 ? "," : "", d->number, d->time_us, d->session, d->attempts);
		rf_json_write(l->f, d->receiver);
		fprintf(l->f, ",\"reason\":");
		rf_json_write(l->f, d->reason);
		fprintf(l->f, ",\"event\":%.*s}", (int)d->event.len, d->event.p);
	} else {
		fprintf(l->f, "%6" PRId64 "  %012" PRIx64 "  %-12.*s  attempts %u  %.*s\n",
		    d->number, d->session, (int)d->receiver.len, d->receiver.p, d->attempts,
		    (int)d->reason.len, d->reason.p);
		if (l->whole)
			fprintf(l->f, "%.*s\n", (int)d->event.len, d->event.p);
	}
	return ++l->count < RF_ADMIN_LETTERS_MAX;
}

/* number 0: the oldest ones. */
static void
write_letters(struct rf_admin *a, FILE *f, bool json, int64_t number)
{
	struct letters l = { .f = f, .json = json, .whole = number != 0, .only = number };
	char error[RF_STORE_ERROR_MAX];
	fprintf(f, json ? "+[" : "+");
	if (!rf_store_dead_letters(rf_driver_config(a->driver)->store_url, number - 1,
		write_letter, &l, error))
		fprintf(stderr, "referee: %s\n", error);
	if (json)
		fprintf(f, "]\n");
	else if (l.count == 0)
		fprintf(f, "no dead letters\n");
}

static void on_judged(void *user, bool stored);

/* True: the answer comes later. */
static bool
judge(struct rf_admin *a, struct client *c, enum rf_store_verdict verdict, const char *which,
    FILE *f)
{
	int64_t number = 0;
	char more;
	if (strcmp(which, "all") != 0 &&
	    (sscanf(which, "%" SCNd64 "%c", &number, &more) != 1 || number <= 0)) {
		fprintf(f, "-expected a number of dlq list, or all\n");
		return false;
	}
	if (!rf_driver_judge(a->driver, verdict, number, on_judged, a)) {
		fprintf(f, "-another one is under way\n");
		return false;
	}
	a->waiting = c;
	return true;
}

/* ---- one command ---------------------------------------------------------------------------- */

/* True: the answer comes later. */
static bool
answer(struct rf_admin *a, struct client *c, char *line, FILE *f)
{
	uint64_t session = 0;
	char verb[32] = "", argument[64] = "";
	bool json = line[0] == 'j';
	int words = sscanf(line, "%*c %31s %63s", verb, argument);
	if (words == 2)
		(void)sscanf(argument, "%" SCNx64, &session);
	if (words < 1) {
		fprintf(f, "-not a command\n");
	} else if (strcmp(verb, "status") == 0) {
		fputc('+', f);
		write_status(a, f, json);
	} else if (strcmp(verb, "session-list") == 0) {
		fputc('+', f);
		write_sessions(a, f, json);
	} else if (strcmp(verb, "session-show") == 0) {
		if (!show_session(a, f, session, json))
			fprintf(f, "-nothing is remembered of that session\n");
	} else if (strcmp(verb, "session-end") == 0) {
		char reply[128];
		bool ending = rf_driver_end_session(a->driver, session, reply);
		fprintf(f, "%c%s\n", ending ? '+' : '-', reply);
	} else if (strcmp(verb, "dlq-list") == 0) {
		write_letters(a, f, json, 0);
	} else if (strcmp(verb, "dlq-show") == 0) {
		write_letters(a, f, json, strtoll(argument, NULL, 10));
	} else if (strcmp(verb, "dlq-replay") == 0) {
		return judge(a, c, RF_STORE_REPLAY, argument, f);
	} else if (strcmp(verb, "dlq-drop") == 0) {
		return judge(a, c, RF_STORE_DROP, argument, f);
	} else if (strcmp(verb, "source-list") == 0) {
		fputc('+', f);
		write_sources(a, f, json);
	} else if (strcmp(verb, "source-clear") == 0) {
		bool cleared = clear_source(a, argument);
		fprintf(f, cleared ? "+cleared\n" : "-%s is not accused\n", argument);
	} else if (strcmp(verb, "route-test") == 0) {
		test_route(a, line, json, f);
	} else {
		fprintf(f, "-not a command: %s\n", verb);
	}
	return false;
}

static void
drop(struct bufferevent *b, struct client *c)
{
	c->admin->clients--;
	if (c->admin->waiting == c) {
		c->admin->waiting = NULL;
		rf_driver_judged_by_nobody(c->admin->driver);
	}
	free(c);
	bufferevent_free(b);
}

static void
on_read(struct bufferevent *b, void *user)
{
	struct client *c = user;
	char *document = NULL;
	size_t len = 0;
	char *line = evbuffer_readln(bufferevent_get_input(b), NULL, EVBUFFER_EOL_LF);
	if (line == NULL && evbuffer_get_length(bufferevent_get_input(b)) > RF_ADMIN_LINE_MAX) {
		drop(b, c);
		return;
	}
	if (line == NULL || c->asked) {
		free(line);
		return;
	}
	FILE *f = open_memstream(&document, &len);
	c->asked = true;
	c->answered = f == NULL || !answer(c->admin, c, line, f);
	if (f != NULL)
		fclose(f);
	if (c->answered)
		bufferevent_write(b, document, len);
	free(document);
	free(line);
}

static void
on_written(struct bufferevent *b, void *user)
{
	struct client *c = user;
	if (c->answered)
		drop(b, c);
}

static void
on_judged(void *user, bool stored)
{
	struct rf_admin *a = user;
	struct client *c = a->waiting;
	a->waiting = NULL;
	if (c == NULL)
		return;
	c->answered = true;
	bufferevent_write(c->link, stored ? "+done\n" : "-the store could not\n", stored ? 6 : 21);
}

static void
on_gone(struct bufferevent *b, short what, void *user)
{
	(void)what;
	drop(b, user);
}

static void
on_accept(
    struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int len, void *user)
{
	struct rf_admin *a = user;
	struct client *c = a->clients < RF_ADMIN_CLIENTS_MAX ? calloc(1, sizeof *c) : NULL;
	struct bufferevent *b = c != NULL
				    ? bufferevent_socket_new(evconnlistener_get_base(listener), fd,
					  BEV_OPT_CLOSE_ON_FREE)
				    : NULL;
	(void)from;
	(void)len;
	if (b == NULL) {
		free(c);
		close(fd);
		return;
	}
	a->clients++;
	c->admin = a;
	c->link = b;
	bufferevent_setcb(b, on_read, on_written, on_gone, c);
	bufferevent_set_timeouts(b, &(struct timeval){ .tv_sec = RF_ADMIN_MS / 1000 },
	    &(struct timeval){ .tv_sec = RF_ADMIN_MS / 1000 });
	bufferevent_enable(b, EV_READ | EV_WRITE);
}

/* ---- the socket ----------------------------------------------------------------------------- */

static bool
address_of(const char *path, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof out->sun_path)
		return false;
	memcpy(out->sun_path, path, strlen(path) + 1);
	return true;
}

struct rf_admin *
rf_admin_open(struct event_base *base, struct rf_driver *driver, const char *path, char error[256])
{
	struct sockaddr_un address;
	struct rf_admin *a = calloc(1, sizeof *a);
	if (a == NULL || !address_of(path, &address)) {
		snprintf(error, 256, "admin socket: %s: path too long", path);
		free(a);
		return NULL;
	}
	snprintf(a->path, sizeof a->path, "%s", path);
	a->driver = driver;
	unlink(path);
	mode_t mask = umask(0177);                      /* 0600 from the first moment on */
	a->listener = evconnlistener_new_bind(base, on_accept, a,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, RF_ADMIN_CLIENTS_MAX,
	    (struct sockaddr *)&address, sizeof address);
	umask(mask);
	if (a->listener == NULL) {
		snprintf(error, 256, "admin socket: cannot listen on %.200s", path);
		free(a);
		return NULL;
	}
	return a;
}

void
rf_admin_close(struct rf_admin *a)
{
	if (a == NULL)
		return;
	evconnlistener_free(a->listener);
	unlink(a->path);
	free(a);
}

/* ---- the other end -------------------------------------------------------------------------- */

/* False: it does not fit, or could not be taken apart again. */
static bool
write_route_test(char *line, size_t max, const struct rf_options *o)
{
	int len = snprintf(line, max, "%c route-test\t%s\t%s\t%s\t%s%s%s\n", o->json ? 'j' : 't',
	    o->invite ? "invite" : "refer", o->at != NULL ? o->at : "", o->partner, o->refer_to,
	    o->referred_by != NULL ? "\t" : "", o->referred_by != NULL ? o->referred_by : "");
	return len > 0 && (size_t)len < max && strpbrk(o->partner, "\t\n") == NULL &&
	    strpbrk(o->refer_to, "\t\n") == NULL &&
	    (o->at == NULL || strpbrk(o->at, "\t\n") == NULL) &&
	    (o->referred_by == NULL || strpbrk(o->referred_by, "\t\n") == NULL);
}

int
rf_ctl(const struct rf_options *o, FILE *out, FILE *err)
{
	struct sockaddr_un address;
	char line[RF_ADMIN_LINE_MAX], buffer[4096];
	char session[20];
	static const char *const verbs[] = { [RF_COMMAND_STATUS] = "status",
		[RF_COMMAND_SESSION_LIST] = "session-list",
		[RF_COMMAND_SESSION_SHOW] = "session-show",
		[RF_COMMAND_SESSION_END] = "session-end",
		[RF_COMMAND_DLQ_LIST] = "dlq-list",
		[RF_COMMAND_DLQ_SHOW] = "dlq-show",
		[RF_COMMAND_DLQ_REPLAY] = "dlq-replay",
		[RF_COMMAND_DLQ_DROP] = "dlq-drop",
		[RF_COMMAND_SOURCE_LIST] = "source-list",
		[RF_COMMAND_SOURCE_CLEAR] = "source-clear" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || !address_of(o->socket, &address) ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		fprintf(err, "referee: cannot reach %s: is `referee serve` running?\n", o->socket);
		if (fd >= 0)
			close(fd);
		return RF_EXIT_FAILED;
	}
	snprintf(session, sizeof session, "%" PRIx64, o->session);
	if (o->command != RF_COMMAND_LIVE_ROUTE_TEST) {
		snprintf(line, sizeof line, "%c %s %.63s\n", o->json ? 'j' : 't',
		    verbs[o->command], o->address != NULL ? o->address : session);
	} else if (!write_route_test(line, sizeof line, o)) {
		fprintf(err, "referee ctl route test: too long, or a tab or line end in it\n");
		close(fd);
		return RF_EXIT_USAGE;
	}
	ssize_t got = write(fd, line, strlen(line));
	char mark = '\0';
	while (got > 0 && (got = read(fd, buffer, sizeof buffer)) > 0) {
		size_t skip = mark == '\0';
		if (mark == '\0')
			mark = buffer[0];
		fwrite(buffer + skip, 1, (size_t)got - skip, mark == '-' ? err : out);
	}
	close(fd);
	return mark == '+' ? RF_EXIT_OK : RF_EXIT_FAILED;
}
