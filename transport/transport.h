/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/transport.h -- moves bytes: datagrams, and messages framed out of TCP and TLS streams.
 *
 * It lives on the caller's event loop and thread.  Callbacks come from events of that loop only,
 * never from inside a call of this header: a send that fails at once is reported later in the same
 * turn.  Output of one turn is gathered and leaves at its end: one sendmmsg a socket, one SSL_write
 * a link.
 *
 * It knows no SIP beyond framing (RFC 3261 18.3) and the CRLF keepalive (RFC 5626 4.4.1). */
#ifndef RF_TRANSPORT_TRANSPORT_H
#define RF_TRANSPORT_TRANSPORT_H

#include "engine/types.h"

struct event_base;

enum {
	RF_TRANSPORT_LISTENERS_MAX = 16,
	RF_TRANSPORT_ERROR_MAX = 256,           /* texts for the operator, NUL included */
	RF_TLS_PROFILES_MAX = 16,
	RF_IDENTITIES_MAX = 32,                 /* of one certificate; more are ignored */
	RF_IDENTITY_LEN_MAX = 255,

	RF_LINKS_MAX = 65535,                   /* a link is 16 bits of slot, 16 of generation */
	RF_LINKS_DEFAULT = 4096,                /* live connections, both directions */
	RF_LINKS_PER_SOURCE_DEFAULT = 256,      /* accepted from one IPv4 address or IPv6 /64 */
	RF_LINK_OUTPUT_MAX = 1024 * 1024,       /* unsent bytes, then BACKPRESSURE */
	RF_LINK_PENDING_MAX = 256 * 1024,       /* the same while it is still being opened */
	RF_LINK_TOKENS_MAX = 1024,              /* unsent messages somebody waits for */
	RF_CONNECT_MS_DEFAULT = 4000,
	RF_HANDSHAKE_MS_DEFAULT = 5000,
	RF_IDLE_MS_DEFAULT = 3600 * 1000,       /* no byte in either direction */
	RF_KEEPALIVE_MS_DEFAULT = 120 * 1000,   /* outgoing links; up to a fifth less */
	RF_NEVER_MS = -1,
};

/* What a peer proved to be (RFC 5922 7.1): names of its verified certificate, lower case, SIP URIs
 * first.  Wildcards are left out, they match nothing in SIP (7.2).  None: nothing was proved. */
struct rf_identities {
	uint32_t count;
	char name[RF_IDENTITIES_MAX][RF_IDENTITY_LEN_MAX + 1];
};

enum rf_tls_client { RF_TLS_CLIENT_NONE, RF_TLS_CLIENT_REQUEST, RF_TLS_CLIENT_REQUIRE };

/* Files are PEM.  The same certificate serves both directions (RFC 5922 7.3, 7.4). */
struct rf_tls_profile {
	const char *name;                       /* for messages to the operator */
	const char *certificate;                /* own chain, leaf first; NULL: no listener */
	const char *key;
	const char *ca;                         /* whom to trust; NULL: what the system trusts */
	const char *crl;                        /* revocation lists; NULL: none */
	enum rf_tls_client client;              /* what a connecting peer must show */
};

struct rf_transport_listener {
	struct rf_addr local;                   /* with proto; port 0: the kernel chooses */
	uint8_t dscp;                           /* 0..63, also on connections opened from here */
	uint8_t tls;                            /* RF_TLS: index of the profile */
};

/* Times in ms: 0 is the default above, RF_NEVER_MS is off (idle and keepalive only). */
struct rf_transport_config {
	const struct rf_transport_listener *listener;
	uint32_t listener_count;
	const struct rf_tls_profile *tls;
	uint32_t tls_count;
	uint32_t links_max, links_per_source_max;       /* 0: default */
	int32_t connect_ms, handshake_ms, idle_ms, keepalive_ms;
	/* Treat accepted TLS links as aliases of their source (RFC 5923): a send to that IP
	 * address, whatever the port, with an identity that the link proved, goes over it. */
	bool alias;
};

enum rf_transport_level { RF_TRANSPORT_DEBUG, RF_TRANSPORT_INFO, RF_TRANSPORT_WARNING };

/* Slices and pointers are gone when the callback returns.  From inside one, everything in this
 * header but rf_transport_free may be called. */
struct rf_transport_callbacks {
	/* One datagram, or one message framed from a stream.  path.local is the listener's
	 * address. */
	void (*message)(void *user, const struct rf_path *, struct rf_slice bytes);
	/* opened_by: token of the send that opened it; 0: the peer did.  Never NULL identities. */
	void (*link_up)(void *user, const struct rf_path *, rf_token opened_by,
	    const struct rf_identities *);
	/* Exactly once for each link_up; unsent messages have been reported as failed before. */
	void (*link_down)(void *user, const struct rf_path *, enum rf_link_reason);
	void (*send_failed)(void *user, rf_token, enum rf_link_reason);
	/* May be NULL: a batch of messages has been told. */
	void (*turn_end)(void *user);
	/* May be NULL.  One line, no secrets. */
	void (*log)(void *user, enum rf_transport_level, const char *text);
};

struct rf_transports;

/* Binds every listener and loads every profile; NULL and a sentence in `error` if one of them
 * fails. What the config points at is copied. */
struct rf_transports *rf_transport_open(struct event_base *, const struct rf_transport_config *,
    const struct rf_transport_callbacks *, void *user, char error[RF_TRANSPORT_ERROR_MAX]);
/* Closes everything; no callback is made any more.  Not from inside a callback. */
void rf_transport_free(struct rf_transports *);

/* The address of a listener as bound: the configured one, with its port. */
struct rf_addr rf_transport_local(const struct rf_transports *, uint32_t listener);

/* Sends one message.  path.link: over that link or not at all.  0 over TCP or TLS: over a live
 * link to path.remote that proved `identity` (empty: any that was verified), else one is
 * opened.  The failure of a message that did not leave is told with its token, unless that is 0;
 * over UDP also when the network answers that nobody is there (RFC 3261 18.4), which may come
 * after a response. */
void rf_transport_send(struct rf_transports *, const struct rf_path *, struct rf_slice bytes,
    struct rf_slice identity, rf_token);
/* Sends what is queued on it and closes; link_down comes later with RF_LINK_CLOSED. */
void rf_transport_close(struct rf_transports *, uint32_t link);
/* Writes what the turn has gathered now instead of at its end; makes no callback. */
void rf_transport_flush(struct rf_transports *);
/* Held: nothing is read that nobody here asked for - no datagram, no new connection - while what is
 * sent leaves.  It waits in the system's buffers. */
void rf_transport_hold(struct rf_transports *, bool held);
/* Takes no new connections any more; datagrams and live links go on. */
void rf_transport_drain(struct rf_transports *);

/* Reads all profiles again (`profiles` NULL: the same files) and uses them for new handshakes;
 * links that are up stay up, but nobody is sent over them who does not name them.  All or
 * nothing. */
bool rf_transport_tls_reload(struct rf_transports *, const struct rf_tls_profile *profiles,
    uint32_t count, char error[RF_TRANSPORT_ERROR_MAX]);

struct rf_tls_view {
	const char *name;
	int64_t not_before, not_after;          /* seconds since 1970; 0: no certificate */
};
bool rf_transport_tls(const struct rf_transports *, uint32_t index, struct rf_tls_view *);

struct rf_link_view {
	struct rf_path path;
	bool incoming, up;
	const char *identity;                   /* the first proved; "": none */
	uint32_t unsent_bytes;
	int64_t age_ms;
};
/* Iterates over connections: *cursor starts at 0; false at the end. */
bool rf_transport_link_next(const struct rf_transports *, uint32_t *cursor, struct rf_link_view *);

#define RF_TRANSPORT_COUNTERS(X) \
	X(rx_datagrams) X(rx_datagram_bytes) X(rx_truncated) X(rx_unreachable) \
	X(tx_datagrams) X(tx_datagram_bytes) X(tx_datagrams_dropped) X(tx_datagrams_failed) \
	X(rx_messages) X(rx_bytes) X(tx_messages) X(tx_bytes) X(pings_received) X(pings_sent) \
	X(accepted) X(accept_paused) X(refused_total) X(refused_source) \
	X(connects) X(connects_failed) X(handshakes) X(handshakes_failed) X(certificates_refused) \
	X(framing_errors) X(backpressure) X(timeouts) X(links_down) X(sends_failed)

struct rf_transport_counters {
#define RF_COUNTER(name) uint64_t name;
	RF_TRANSPORT_COUNTERS(RF_COUNTER)
#undef RF_COUNTER
	uint64_t kernel_dropped;                /* gauges: datagrams that found the buffer full */
	uint32_t links;
};
void rf_transport_counters(const struct rf_transports *, struct rf_transport_counters *out);

#endif
