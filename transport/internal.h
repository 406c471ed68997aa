/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/internal.h -- what the files of this folder share; nobody else includes it.
 *
 * A link is born in link.c, moves bytes in stream.c (through tls.c if it has an SSL), and dies
 * in one place only: whoever finds it dead dooms it, and the end of the turn buries it.  So a
 * link found during an event stays valid until that event is over, whatever callbacks do. */
#ifndef RF_TRANSPORT_INTERNAL_H
#define RF_TRANSPORT_INTERNAL_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "transport/transport.h"

enum {
	RF_UDP_BATCH = 32,                      /* datagrams a recvmmsg */
	RF_UDP_BATCHES_PER_TURN = 4,
	RF_UDP_QUEUE_MAX = 64,                  /* datagrams a sendmmsg */
	RF_UDP_QUEUE_BYTES_MAX = 256 * 1024,
	RF_UDP_RECENT_MAX = 256,                /* sends that ICMP can find; a power of two */
	RF_UDP_ERRORS_PER_TURN = 64,
	RF_UDP_RECEIVE_BUFFER = 4 * 1024 * 1024,
	RF_DATAGRAM_MAX = RF_MESSAGE_MAX + 1,   /* one more: the parser sees it is too large */
	RF_READ_MAX = 16 * 1024,                /* bytes a read: one TLS record */
	RF_READS_PER_TURN = 64,                 /* of one link; TLS gives a record a read */
	RF_MESSAGES_PER_TURN = 32,              /* of one link */
	RF_ACCEPTS_PER_TURN = 16,
	RF_ACCEPT_PAUSE_MS = 200,               /* after EMFILE */
	RF_BACKLOG = 1024,
	RF_MESSAGE_MS = 32000,                  /* from the first byte of a message to its last */
	RF_STALL_MS = 30000,                    /* unsent bytes without progress */
	RF_PONG_MS = 10000,                     /* RFC 5626 4.4.1, of peers that answered before */
	RF_TCP_KEEPIDLE_S = 120,
	RF_RESERVED_SHARE = 8,                  /* 1/8 of the links is kept for those we open */
	RF_DEFERRED_MAX = 65536,                /* failed sends told in one turn */
};

enum rf_stage { RF_STAGE_CONNECT, RF_STAGE_HANDSHAKE, RF_STAGE_UP };

struct rf_unsent {
	rf_token token;
	uint64_t end;                           /* position in the stream of its last byte + 1 */
};

struct rf_link {
	struct rf_transports *t;
	struct rf_path path;
	struct event readable, writable, timer;
	SSL *ssl;
	int fd;
	uint8_t listener;                       /* whose DSCP and TLS profile it has */
	uint8_t stage;                          /* enum rf_stage */
	uint8_t reason;                         /* enum rf_link_reason, once doomed */
	bool incoming, doomed;
	bool dirty, again;                      /* on these lists */
	bool read_wants_write;                  /* TLS 1.3 key update, alerts */
	bool half_ping, awaits_pong, answers_pings;
	uint32_t tls_generation;                /* of the contexts it was made with */
	rf_token opened_by;
	char *wanted;                           /* reference identity; NULL: any */
	char *names;                            /* packed, see identity.c; NULL: nothing proved */

	char *in;                               /* an unfinished message; NULL: none */
	uint32_t in_len, in_max, scanned;
	char *out;                              /* unsent bytes, contiguous */
	uint32_t out_start, out_len, out_max;
	uint64_t written;                       /* bytes since it is up */
	struct rf_unsent *unsent;               /* in order of end */
	uint32_t unsent_first, unsent_count, unsent_max;

	int64_t born_ms, heard_ms, wrote_ms;    /* heard, wrote: last byte in, last progress out */
	int64_t in_since_ms, out_since_ms, ping_ms;
	struct rf_link *next;                   /* same bucket */
	TAILQ_ENTRY(rf_link) dirty_entry, again_entry, doomed_entry;
};
TAILQ_HEAD(rf_link_list, rf_link);

struct rf_udp {
	struct rf_transports *t;
	int fd;
	struct rf_addr local;
	struct event readable, writable;
	struct mmsghdr in[RF_UDP_BATCH];        /* into the scratch of all */
	struct iovec places[RF_UDP_BATCH];
	struct sockaddr_storage from[RF_UDP_BATCH];
	bool blocked;                           /* waits for room in the socket */
	uint32_t count, sent, bytes;            /* queued, of them gone, bytes used */
	struct mmsghdr out[RF_UDP_QUEUE_MAX];
	struct iovec vector[RF_UDP_QUEUE_MAX];
	struct sockaddr_storage to[RF_UDP_QUEUE_MAX];
	rf_token token[RF_UDP_QUEUE_MAX];
	uint32_t recent_next;
	struct {
		struct rf_addr remote;
		rf_token token;                 /* 0: told already, or nobody waits */
	} recent[RF_UDP_RECENT_MAX];            /* the last ones, a ring */
	char queue[RF_UDP_QUEUE_BYTES_MAX];
};

struct rf_acceptor {
	struct rf_transports *t;
	int fd;
	uint8_t listener;
	struct event readable, resume;
};

struct rf_tls_context {
	SSL_CTX *ctx;
	char *name, *certificate, *key, *ca, *crl;
	enum rf_tls_client client;
	int64_t not_before, not_after;
};

struct rf_failure {
	rf_token token;
	enum rf_link_reason reason;
};

struct rf_transports {
	struct event_base *base;
	struct rf_transport_callbacks call;
	void *user;
	struct rf_transport_config config;      /* its pointers are not kept */
	struct rf_transport_listener listener[RF_TRANSPORT_LISTENERS_MAX];
	struct rf_udp *udp[RF_TRANSPORT_LISTENERS_MAX];                 /* by listener, or NULL */
	struct rf_acceptor *acceptor[RF_TRANSPORT_LISTENERS_MAX];
	struct rf_tls_context tls[RF_TLS_PROFILES_MAX];
	uint32_t tls_count, tls_generation;
	bool draining;

	struct event turn_end, resume;          /* end of this turn; input left over */
	bool scheduled;
	struct rf_link_list dirty, again, doomed;
	struct rf_failure *failure;
	uint32_t failure_count, failure_max;

	struct rf_link **slot;                  /* links_max of them */
	uint16_t *generation;
	uint16_t *free_slot;                    /* a ring: a slot rests as long as possible */
	uint32_t free_first, free_count;
	struct rf_link **bucket;                /* by source */
	uint32_t bucket_mask;
	uint64_t hash_seed;

	struct rf_transport_counters counters;
	char scratch[RF_UDP_BATCH][RF_DATAGRAM_MAX];
};

/* transport.c */
int64_t rf_now_ms(void);
void rf_transport_log(struct rf_transports *, enum rf_transport_level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rf_transport_schedule(struct rf_transports *);
void rf_transport_fail(struct rf_transports *, rf_token, enum rf_link_reason);
/* Index of the listener a path starts from: the equal one, else one of the protocol and family. */
uint32_t rf_transport_listener_of(const struct rf_transports *, const struct rf_addr *local,
    const struct rf_addr *remote);

/* address.c */
bool rf_addr_same(const struct rf_addr *, const struct rf_addr *);
bool rf_addr_is_ipv4(const struct rf_addr *);
bool rf_addr_is_wildcard(const struct rf_addr *);
socklen_t rf_addr_to_sockaddr(struct sockaddr_storage *, const struct rf_addr *);
struct rf_addr rf_addr_of_sockaddr(const struct sockaddr_storage *, uint8_t proto);
void rf_addr_text(char out[64], const struct rf_addr *);
int rf_socket_open(const struct rf_addr *, int type);
void rf_socket_mark(int fd, bool ipv4, uint8_t dscp);
void rf_socket_tune_stream(int fd);

/* udp.c */
struct rf_udp *rf_udp_open(struct rf_transports *, struct rf_transport_listener *,
    char error[RF_TRANSPORT_ERROR_MAX]);
void rf_udp_send(struct rf_udp *, const struct rf_addr *remote, struct rf_slice bytes, rf_token);
void rf_udp_flush(struct rf_udp *);
uint64_t rf_udp_kernel_dropped(const struct rf_udp *);
void rf_udp_free(struct rf_udp *);

/* accept.c */
struct rf_acceptor *rf_acceptor_open(struct rf_transports *, uint32_t listener,
    char error[RF_TRANSPORT_ERROR_MAX]);
void rf_acceptor_free(struct rf_acceptor *);

/* link.c */
bool rf_links_init(struct rf_transports *);
void rf_links_fini(struct rf_transports *);
struct rf_link *rf_link_find(struct rf_transports *, uint32_t id);
uint32_t rf_link_count_source(struct rf_transports *, const struct rf_addr *remote);
/* NULL: no room.  Takes the descriptor over, also then. */
struct rf_link *rf_link_new(struct rf_transports *, int fd, uint32_t listener,
    const struct rf_path *, bool incoming);
/* The link to send over when the path names none: a live one, or one just being opened.  NULL: it
 * could not even be tried, *reason says why. */
struct rf_link *rf_link_reach(struct rf_transports *, const struct rf_path *,
    struct rf_slice identity, rf_token, enum rf_link_reason *reason);
/* The transport connection stands: the handshake begins, or the link is up. */
void rf_link_established(struct rf_link *);
void rf_link_doom(struct rf_link *, enum rf_link_reason);
void rf_link_watch(struct rf_link *);
void rf_links_bury(struct rf_transports *);

/* stream.c */
void rf_stream_read(struct rf_link *);
/* False: it was refused, nothing is queued. */
bool rf_stream_queue(struct rf_link *, struct rf_slice bytes, rf_token);
void rf_stream_write(struct rf_link *);
void rf_stream_free(struct rf_link *);

/* tls.c */
bool rf_tls_start(struct rf_link *);
/* Bytes moved; 0: later; -1: the link is doomed. */
int32_t rf_tls_read(struct rf_link *, char *to, uint32_t max);
int32_t rf_tls_write(struct rf_link *, const char *from, uint32_t len);
/* True: done, link->names is filled.  False: later, or doomed. */
bool rf_tls_handshake(struct rf_link *);
void rf_tls_stop(struct rf_link *, bool orderly);

/* tls_context.c */
bool rf_tls_context_init(struct rf_transports *, struct rf_tls_context *,
    const struct rf_tls_profile *, char error[RF_TRANSPORT_ERROR_MAX]);
void rf_tls_context_fini(struct rf_tls_context *);
/* The oldest error of this thread's queue as a short text; the queue is empty afterwards. */
const char *rf_tls_error(char out[RF_TRANSPORT_ERROR_MAX]);

/* identity.c */
bool rf_identity_may_speak_sip(X509 *certificate);
char *rf_identity_pack(X509 *certificate);
void rf_identity_list(struct rf_identities *, const char *packed);
bool rf_identity_match(const char *packed, struct rf_slice reference);
const char *rf_identity_first(const char *packed);

#endif
