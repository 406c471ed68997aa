/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_wire.c -- any bytes into a live referee, while a call is up.
 *
 * The first byte says when and who: bits 0-1 the transport, 2-3 how far the call is (nothing,
 * ringing, up, being handed on), 4-5 who speaks (center, customer, queue, a stranger), 6 in pieces.
 * The rest is what it says.  RS (0x1e) ends a datagram or lets 100 ms go by, GS (0x1d) a second, FS
 * (0x1c) forty.  $i $l $r $t $n $b $v stand for Call-ID, local tag, remote tag, target, next CSeq,
 * a new branch and a Via of the speaker's call, so that an input says what it means whatever is
 * drawn.
 *
 * Promises: what referee sends can be read, its deadline goes on, and when its sessions are ended
 * it comes to rest with nothing left. */
#include "fuzz/fuzz.h"
#include "sim/world.h"

enum { FAR_NOTHING, FAR_RINGING, FAR_UP, FAR_HANDED_ON };
enum { TEXT_MAX = 48 * 1024, PARTS_MAX = 64, ENDS_MAX = 3, REST_MS = 10 * 60 * 1000 };
enum { RS = 0x1e, GS = 0x1d, FS = 0x1c };

struct play {
	struct world *w;
	struct party *speaker;
	uint32_t drawn;
	bool pieces;
	char text[TEXT_MAX];
	uint32_t len;
};

static struct party *
named(struct world *w, const char *name)
{
	return &w->party[world_party_find(rf_slice_of(name))];
}

static void
pass_time(struct world *w, rf_time time)
{
	rf_time until = w->now + time;
	while (world_next(w, until))
		continue;
}

/* ---- the call -------------------------------------------------------------------------------- */

static struct world *
begin(uint8_t how)
{
	static const uint8_t proto[] = { RF_UDP, RF_TCP, RF_TLS, RF_UDP };
	struct world_options options;
	world_options_init(&options);
	options.quiet = true;
	options.limits =
	    (struct rf_engine_limits){ .calls = 4, .transactions = 64, .text_bytes = 256 * 1024 };
	struct world *w = world_new(&options);
	if (w == NULL)
		abort();
	for (uint32_t i = 0; i < w->parties; i++) {
		w->party[i].addr.proto = proto[how & 3];
		w->party[i].addr.port = proto[how & 3] == RF_TLS ? 5061 : 5060;
		w->party[i].forgets = false;
	}
	return w;
}

static void
say(struct world *w, const char *who, const char *method, uint32_t status, const char *uri)
{
	struct party_line line = {
		.is_request = status == 0, .status = status, .uri = rf_slice_of(uri)
	};
	snprintf(line.method, sizeof line.method, "%s", method);
	if (strcmp(method, "REFER") == 0) {
		line.headers = 2;
		line.header[0] = (struct sip_field){ RF_SLICE("Refer-To"),
			RF_SLICE("<sip:billing@referee.example>") };
		line.header[1] = (struct sip_field){ RF_SLICE("Referred-By"),
			RF_SLICE("<sip:agent@acme.example>") };
	}
	fuzz_promise(party_send(named(w, who), &line), "the call comes about");
	pass_time(w, 100 * RF_MS);
}

static void
call(struct world *w, int far)
{
	if (far == FAR_NOTHING)
		return;
	say(w, "customer", "INVITE", 0, "sip:center@referee.example");
	say(w, "center", "INVITE", 180, "");
	if (far == FAR_RINGING)
		return;
	say(w, "center", "INVITE", 200, "");
	if (far == FAR_UP)
		return;
	say(w, "center", "REFER", 0, "");
	say(w, "queue", "INVITE", 180, "");
}

/* ---- what is said ---------------------------------------------------------------------------- */

static void
put(struct play *p, const char *text, size_t len)
{
	if (p->len + len > TEXT_MAX)
		return;
	memcpy(p->text + p->len, text, len);
	p->len += (uint32_t)len;
}

static void
put_meant(struct play *p, char what)
{
	static const struct party_dialog none;
	struct party *s = p->speaker;
	const struct party_dialog *d = s->dialogs > 0 ? s->dialog[0] : &none;
	char text[2 * PARTY_TEXT_MAX] = "";
	switch (what) {
	case 'i':
		snprintf(text, sizeof text, "%s", d->call_id);
		break;
	case 'l':
		snprintf(text, sizeof text, "%s", d->local_tag);
		break;
	case 'r':
		snprintf(text, sizeof text, "%s", d->remote_tag);
		break;
	case 't':
		snprintf(text, sizeof text, "%s", d->target);
		break;
	case 'n':
		snprintf(text, sizeof text, "%u", d->local_cseq + ++p->drawn);
		break;
	case 'b':
		snprintf(text, sizeof text, "z9hG4bK-fuzz-%u", ++p->drawn);
		break;
	case 'v':
		snprintf(text, sizeof text, "SIP/2.0/%s %s:%u;rport;branch=z9hG4bK-fuzz-%u",
		    s->addr.proto == RF_UDP   ? "UDP"
		    : s->addr.proto == RF_TCP ? "TCP"
					      : "TLS",
		    s->ip, s->addr.port, ++p->drawn);
		break;
	default:
		text[0] = '$';
		break;
	}
	put(p, text, strlen(text));
}

static void
send_part(struct play *p)
{
	struct rf_slice bytes = { p->text, p->len };
	if (p->speaker->addr.proto == RF_UDP)
		world_party_send(p->w, p->speaker, bytes);
	else
		world_party_write(p->w, p->speaker, bytes, p->pieces ? 7 : TEXT_MAX);
	p->len = 0;
}

static void
say_all(struct play *p, const uint8_t *data, size_t size)
{
	uint32_t parts = 0;
	for (size_t i = 0; i < size && parts < PARTS_MAX; i++) {
		char c = (char)data[i];
		if (c == '$' && i + 1 < size) {
			put_meant(p, (char)data[++i]);
		} else if (c == RS || c == GS || c == FS) {
			send_part(p);
			pass_time(p->w, c == RS   ? 100 * RF_MS
					: c == GS ? RF_SECOND
						  : 40 * RF_SECOND);
			parts++;
		} else {
			put(p, &c, 1);
		}
	}
	send_part(p);
	pass_time(p->w, RF_SECOND);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void
end_sessions(struct world *w)
{
	struct rf_session_view view;
	uint32_t cursor = 0;
	uint64_t session[8];
	uint32_t count = 0;
	while (count < RF_ARRAY_LEN(session) && rf_engine_session_next(w->engine, &cursor, &view))
		session[count++] = view.session;
	while (count-- > 0)
		world_tell(w, &(struct rf_event){ .kind = RF_EV_COMMAND,
				  .token = 1,
				  .verb = RF_VERB_SESSION_END,
				  .value = session[count] });
}

static void
come_to_rest(struct world *w)
{
	struct rf_stats s;
	/* A promise is kept before its session may be ended. */
	for (int i = 0; i < ENDS_MAX; i++) {
		rf_time until = w->now + REST_MS * RF_MS;
		end_sessions(w);
		while (!world_is_quiet(w) && world_next(w, until))
			continue;
	}
	rf_engine_stats(w->engine, &s);
	if (w->error[0] != '\0')
		fprintf(stderr, "%s\n", w->error);
	fuzz_promise(w->error[0] == '\0', "the world goes on");
	fuzz_promise(world_is_quiet(w), "it comes to rest");
	fuzz_promise(s.calls + s.legs + s.dialogs + s.transactions + s.refers + s.timers == 0,
	    "nothing is left");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const speakers[] = { "center", "customer", "queue", "stranger" };
	static struct play p;
	if (size == 0)
		return 0;
	struct world *w = begin(data[0]);
	call(w, data[0] >> 2 & 3);
	p = (struct play){ .w = w,
		.speaker = named(w, speakers[data[0] >> 4 & 3]),
		.pieces = (data[0] >> 6 & 1) != 0 };
	say_all(&p, data + 1, size - 1);
	come_to_rest(w);
	world_free(w);
	return 0;
}
