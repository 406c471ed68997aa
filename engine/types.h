/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/types.h -- the words that the engine and the world share: time, addresses, paths, tokens.
 */
#ifndef RF_ENGINE_TYPES_H
#define RF_ENGINE_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "grammar/grammar.h"

typedef int64_t rf_time;                        /* microseconds, monotonic, told by the driver */
#define RF_TIME_NEVER INT64_MAX
#define RF_MS ((rf_time)1000)
#define RF_SECOND ((rf_time)1000000)

/* Names a question or a send; its answer echoes it.  0: nobody waits. */
typedef uint64_t rf_token;

struct rf_addr {
	uint8_t ip[16];                         /* IPv4 is mapped: ::ffff:a.b.c.d */
	uint32_t scope;                         /* IPv6 link-local only */
	uint16_t port;
	uint8_t proto;                          /* enum rf_transport */
	uint8_t zero;                           /* no padding: addresses are hashed and compared */
};

/* Where a message came from or goes to.  link: the connection; 0: a datagram, or - when sending
 * over TCP or TLS - "whichever connection leads to remote; open one if there is none". */
struct rf_path {
	struct rf_addr local, remote;
	uint32_t link;
};

enum rf_link_reason {                           /* why a link is gone, or a send failed */
	RF_LINK_CLOSED,                         /* the peer closed it, in order */
	RF_LINK_RESET,
	RF_LINK_TRUNCATED,                      /* TLS ended without close_notify */
	RF_LINK_FRAMING,                        /* RFC 3261 18.3: the stream cannot be followed */
	RF_LINK_BACKPRESSURE,                   /* its output bound was reached */
	RF_LINK_REFUSED,                        /* connect failed: refused, unreachable */
	RF_LINK_TIMEOUT,                        /* connect or handshake took too long */
	RF_LINK_CERTIFICATE,                    /* chain or name not acceptable */
	RF_LINK_IDLE,
	RF_LINK_LIMIT,                          /* caps on connections */
	RF_LINK_REASON_MAX
};

bool rf_addr_equal(const struct rf_addr *, const struct rf_addr *);

#endif
