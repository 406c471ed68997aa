/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/tls.c -- TLS on the socket of a link: handshake, records, and why it ended.
 *
 * Chain verification is OpenSSL's; who a verified chain speaks for is identity.c's.  This file
 * decides what both mean for the link.  It must not know what is sent. */
#include "transport/internal.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { SERVER_NAME_MAX = 255 };

static void
note(struct rf_link *link, const char *what, const char *why)
{
	char text[64];
	rf_addr_text(text, &link->path.remote);
	rf_transport_log(link->t, RF_TRANSPORT_INFO, "tls %s %s: %s: %s",
	    link->incoming ? "from" : "to", text, what, why);
}

/* Server name indication carries host names only (RFC 6066 3). */
static void
indicate(SSL *ssl, const char *wanted)
{
	uint8_t ip[16];
	if (wanted != NULL && !rf_ip_parse(ip, rf_slice_of(wanted)))
		SSL_set_tlsext_host_name(ssl, wanted);
}

bool
rf_tls_start(struct rf_link *link)
{
	struct rf_transports *t = link->t;
	const struct rf_tls_context *context = &t->tls[t->listener[link->listener].tls];
	char error[RF_TRANSPORT_ERROR_MAX];
	ERR_clear_error();
	t->counters.handshakes++;
	link->ssl = SSL_new(context->ctx);
	if (link->ssl == NULL || SSL_set_fd(link->ssl, link->fd) != 1) {
		note(link, "cannot start", rf_tls_error(error));
		return false;
	}
	/* What a certificate is meant for is judged by SIP's rules in identify(). */
	X509_VERIFY_PARAM_set_purpose(SSL_get0_param(link->ssl), X509_PURPOSE_ANY);
	if (!link->incoming) {
		indicate(link->ssl, link->wanted);
		SSL_set_verify(link->ssl, SSL_VERIFY_PEER, NULL);
		SSL_set_connect_state(link->ssl);
		return true;
	}
	int mode = SSL_VERIFY_NONE;
	switch (context->client) {
	case RF_TLS_CLIENT_NONE:
		break;
	case RF_TLS_CLIENT_REQUEST:
		mode = SSL_VERIFY_PEER;
		break;
	case RF_TLS_CLIENT_REQUIRE:
		mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
		break;
	}
	SSL_set_verify(link->ssl, mode, NULL);
	SSL_set_accept_state(link->ssl);
	return true;
}

/* Alerts by which a peer says that it does not like our certificate, or the lack of one. */
static bool
is_certificate_trouble(unsigned long code)
{
	switch (ERR_GET_REASON(code)) {
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return ERR_GET_LIB(code) == ERR_LIB_SSL;
	default:
		return false;
	}
}

static enum rf_link_reason
reason_of(int error, int saved_errno)
{
	unsigned long code = ERR_peek_error();
	if (error == SSL_ERROR_ZERO_RETURN)
		return RF_LINK_CLOSED;
	if (error == SSL_ERROR_SSL && ERR_GET_LIB(code) == ERR_LIB_SSL &&
	    ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return RF_LINK_TRUNCATED;
	if (error == SSL_ERROR_SSL && is_certificate_trouble(code))
		return RF_LINK_CERTIFICATE;
	return saved_errno == ETIMEDOUT ? RF_LINK_TIMEOUT : RF_LINK_RESET;
}

/* What a failed call of OpenSSL means.  0: later, the event for it is armed; -1: doomed. */
static int32_t
fail_or_wait(struct rf_link *link, int result, const char *what, bool reading)
{
	int saved_errno = errno;
	int error = SSL_get_error(link->ssl, result);
	if (error == SSL_ERROR_WANT_READ)
		return 0;
	if (error == SSL_ERROR_WANT_WRITE) {
		link->read_wants_write = reading;
		if (!link->doomed)
			event_add(&link->writable, NULL);
		return 0;
	}
	enum rf_link_reason reason = reason_of(error, saved_errno);
	long verdict = SSL_get_verify_result(link->ssl);
	char text[RF_TRANSPORT_ERROR_MAX];
	const char *why = rf_tls_error(text);
	if (reason == RF_LINK_CERTIFICATE && verdict != X509_V_OK)
		why = X509_verify_cert_error_string(verdict);
	else if (error == SSL_ERROR_SYSCALL)
		why = saved_errno != 0 ? strerror(saved_errno) : "connection lost";
	if (reason != RF_LINK_CLOSED)
		note(link, what, why);
	rf_link_doom(link, reason);
	return -1;
}

/* Names are taken from a chain that verified, and from nothing else. */
static bool
identify(struct rf_link *link)
{
	X509 *certificate = SSL_get0_peer_certificate(link->ssl);
	bool verified = certificate != NULL && SSL_get_verify_mode(link->ssl) != SSL_VERIFY_NONE &&
			SSL_get_verify_result(link->ssl) == X509_V_OK;
	if (verified && !rf_identity_may_speak_sip(certificate)) {
		note(link, "handshake", "its certificate is meant for something else");
		return false;
	}
	if (verified)
		link->names = rf_identity_pack(certificate);
	if (link->incoming)
		return true;
	if (link->names == NULL) {
		note(link, "handshake", "the server proved nothing");
		return false;
	}
	if (link->wanted != NULL && !rf_identity_match(link->names, rf_slice_of(link->wanted))) {
		char why[RF_TRANSPORT_ERROR_MAX];
		snprintf(why, sizeof(why), "it proved to be %s and not %.*s",
		    link->names[0] != '\0' ? link->names + 1 : "nobody", SERVER_NAME_MAX / 2,
		    link->wanted);
		note(link, "handshake", why);
		return false;
	}
	return true;
}

bool
rf_tls_handshake(struct rf_link *link)
{
	ERR_clear_error();
	errno = 0;
	int result = SSL_do_handshake(link->ssl);
	if (result != 1) {
		(void)fail_or_wait(link, result, "handshake", false);
		return false;
	}
	if (!identify(link)) {
		rf_link_doom(link, RF_LINK_CERTIFICATE);
		return false;
	}
	return true;
}

int32_t
rf_tls_read(struct rf_link *link, char *to, uint32_t max)
{
	ERR_clear_error();
	errno = 0;
	link->read_wants_write = false;
	int n = SSL_read(link->ssl, to, (int)max);
	if (n > 0)
		return n;
	return fail_or_wait(link, n, "read", true);
}

int32_t
rf_tls_write(struct rf_link *link, const char *from, uint32_t len)
{
	ERR_clear_error();
	errno = 0;
	int n = SSL_write(link->ssl, from, (int)len);
	if (n > 0)
		return n;
	return fail_or_wait(link, n, "write", false);
}

/* One close_notify, sent and not waited for: who does not listen must not hold us. */
void
rf_tls_stop(struct rf_link *link, bool orderly)
{
	ERR_clear_error();
	if (orderly)
		(void)SSL_shutdown(link->ssl);
	SSL_free(link->ssl);
	link->ssl = NULL;
	ERR_clear_error();
}
