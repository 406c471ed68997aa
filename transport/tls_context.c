/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/tls_context.c -- a profile of the configuration becomes an SSL_CTX, or a sentence that
 * says which file is wrong and how.
 *
 * One context serves both directions.  Links hold a reference to the one they were made with, so
 * a reload is an exchange of pointers. */
#include "transport/internal.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TICKETS = 1, TICKET_LIFE_S = 3600 };

/* TLS 1.2 with forward secrecy and AEAD only; 1.3 has nothing else. */
static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM";

const char *
rf_tls_error(char out[RF_TRANSPORT_ERROR_MAX])
{
	unsigned long code = ERR_get_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
	if (reason != NULL)
		snprintf(out, RF_TRANSPORT_ERROR_MAX, "%s", reason);
	else if (code != 0 && ERR_SYSTEM_ERROR(code))
		snprintf(out, RF_TRANSPORT_ERROR_MAX, "%s", strerror(ERR_GET_REASON(code)));
	else
		snprintf(out, RF_TRANSPORT_ERROR_MAX, "%s",
		    code != 0 ? "unknown TLS error" : "connection lost");
	ERR_clear_error();
	return out;
}

/* An encrypted key must not make a daemon wait at a terminal. */
static int
no_password(char *out, int max, int writing, void *user)
{
	(void)out;
	(void)max;
	(void)writing;
	(void)user;
	return 0;
}

static bool
complain(char error[RF_TRANSPORT_ERROR_MAX], const char *profile, const char *what,
    const char *file, const char *why)
{
	snprintf(error, RF_TRANSPORT_ERROR_MAX, "tls %s: %s %s: %s", profile, what, file, why);
	return false;
}

static bool
complain_openssl(char error[RF_TRANSPORT_ERROR_MAX], const char *profile, const char *what,
    const char *file)
{
	char why[RF_TRANSPORT_ERROR_MAX];
	return complain(error, profile, what, file, rf_tls_error(why));
}

static int64_t
seconds_of(const ASN1_TIME *when)
{
	struct tm tm;
	return when != NULL && ASN1_TIME_to_tm(when, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

/* A certificate out of its time is loaded all the same: refusing to start would take down what
 * still works; who cares about time refuses us by himself. */
static void
note_times(struct rf_transports *t, struct rf_tls_context *c)
{
	X509 *certificate = SSL_CTX_get0_certificate(c->ctx);
	const ASN1_TIME *from = X509_get0_notBefore(certificate);
	const ASN1_TIME *to = X509_get0_notAfter(certificate);
	c->not_before = seconds_of(from);
	c->not_after = seconds_of(to);
	if (X509_cmp_current_time(to) < 0)
		rf_transport_log(t, RF_TRANSPORT_WARNING, "tls %s: certificate %s has expired",
		    c->name, c->certificate);
	else if (X509_cmp_current_time(from) > 0)
		rf_transport_log(t, RF_TRANSPORT_WARNING, "tls %s: certificate %s is not valid yet",
		    c->name, c->certificate);
}

static bool
load_own(struct rf_transports *t, struct rf_tls_context *c, char error[RF_TRANSPORT_ERROR_MAX])
{
	if (c->certificate == NULL)
		return true;
	if (access(c->certificate, R_OK) != 0)
		return complain(error, c->name, "certificate", c->certificate, strerror(errno));
	if (SSL_CTX_use_certificate_chain_file(c->ctx, c->certificate) != 1)
		return complain_openssl(error, c->name, "certificate", c->certificate);
	const char *key = c->key != NULL ? c->key : c->certificate;
	if (access(key, R_OK) != 0)
		return complain(error, c->name, "key", key, strerror(errno));
	if (SSL_CTX_use_PrivateKey_file(c->ctx, key, SSL_FILETYPE_PEM) != 1) {
		unsigned long code = ERR_peek_error();
		if (ERR_GET_LIB(code) == ERR_LIB_X509 &&
		    (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH ||
			ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH)) {
			ERR_clear_error();
			return complain(error, c->name, "key", key,
			    "does not belong to the certificate");
		}
		return complain_openssl(error, c->name, "key", key);
	}
	note_times(t, c);
	return true;
}

static bool
load_trust(struct rf_tls_context *c, char error[RF_TRANSPORT_ERROR_MAX])
{
	X509_STORE *store = SSL_CTX_get_cert_store(c->ctx);
	/* What the operator put into the file is trusted, be it a root or not. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	if (c->ca == NULL) {
		if (SSL_CTX_set_default_verify_paths(c->ctx) != 1)
			return complain_openssl(error, c->name, "ca", "of the system");
	} else if (access(c->ca, R_OK) != 0) {
		return complain(error, c->name, "ca", c->ca, strerror(errno));
	} else {
		if (SSL_CTX_load_verify_file(c->ctx, c->ca) != 1)
			return complain_openssl(error, c->name, "ca", c->ca);
		STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(c->ca);
		if (names != NULL)
			SSL_CTX_set_client_CA_list(c->ctx, names);
	}
	if (c->crl != NULL) {
		if (access(c->crl, R_OK) != 0)
			return complain(error, c->name, "crl", c->crl, strerror(errno));
		X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
		if (lookup == NULL || X509_load_crl_file(lookup, c->crl, X509_FILETYPE_PEM) <= 0)
			return complain_openssl(error, c->name, "crl", c->crl);
		X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	}
	ERR_clear_error();
	return true;
}

static void
set_options(SSL_CTX *ctx)
{
	static const unsigned char session_context[] = "referee";
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	    SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_cipher_list(ctx, ciphers);
	SSL_CTX_set_num_tickets(ctx, TICKETS);
	SSL_CTX_set_timeout(ctx, TICKET_LIFE_S);
	/* Tickets carry what a session needs; nothing is remembered here. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(ctx, session_context, sizeof(session_context) - 1);
	/* The output buffer grows while OpenSSL waits, so it may move. */
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_passwd_cb(ctx, no_password);
}

static char *
copy(const char *text, bool *ok)
{
	char *made = text != NULL ? strdup(text) : NULL;
	*ok = *ok && (made != NULL || text == NULL);
	return made;
}

bool
rf_tls_context_init(struct rf_transports *t, struct rf_tls_context *c,
    const struct rf_tls_profile *profile, char error[RF_TRANSPORT_ERROR_MAX])
{
	bool ok = true;
	*c = (struct rf_tls_context){ .client = profile->client };
	c->name = copy(profile->name != NULL ? profile->name : "default", &ok);
	c->certificate = copy(profile->certificate, &ok);
	c->key = copy(profile->key, &ok);
	c->ca = copy(profile->ca, &ok);
	c->crl = copy(profile->crl, &ok);
	ERR_clear_error();
	c->ctx = ok ? SSL_CTX_new(TLS_method()) : NULL;
	if (c->ctx == NULL) {
		snprintf(error, RF_TRANSPORT_ERROR_MAX, "tls: out of memory");
	} else {
		set_options(c->ctx);
		if (load_own(t, c, error) && load_trust(c, error))
			return true;
	}
	rf_tls_context_fini(c);
	return false;
}

void
rf_tls_context_fini(struct rf_tls_context *c)
{
	SSL_CTX_free(c->ctx);
	free(c->name);
	free(c->certificate);
	free(c->key);
	free(c->ca);
	free(c->crl);
	*c = (struct rf_tls_context){ .ctx = NULL };
}

bool
rf_transport_tls_reload(struct rf_transports *t, const struct rf_tls_profile *profiles,
    uint32_t count, char error[RF_TRANSPORT_ERROR_MAX])
{
	struct rf_tls_context made[RF_TLS_PROFILES_MAX];
	struct rf_tls_profile same[RF_TLS_PROFILES_MAX];
	uint32_t done = 0;
	if (profiles == NULL) {
		for (uint32_t i = 0; i < t->tls_count; i++) {
			const struct rf_tls_context *c = &t->tls[i];
			same[i] = (struct rf_tls_profile){ .name = c->name,
				.certificate = c->certificate, .key = c->key, .ca = c->ca,
				.crl = c->crl, .client = c->client };
		}
		profiles = same;
		count = t->tls_count;
	}
	if (count > RF_TLS_PROFILES_MAX) {
		snprintf(error, RF_TRANSPORT_ERROR_MAX, "tls: more than %d profiles",
		    (int)RF_TLS_PROFILES_MAX);
		return false;
	}
	for (uint32_t i = 0; i < t->config.listener_count; i++) {
		const struct rf_transport_listener *l = &t->listener[i];
		if (l->local.proto != RF_TLS)
			continue;
		if (l->tls >= count || profiles[l->tls].certificate == NULL) {
			snprintf(error, RF_TRANSPORT_ERROR_MAX,
			    "tls: a listener needs profile %u with a certificate",
			    (unsigned int)l->tls);
			return false;
		}
	}
	while (done < count && rf_tls_context_init(t, &made[done], &profiles[done], error))
		done++;
	if (done < count) {
		while (done > 0)
			rf_tls_context_fini(&made[--done]);
		return false;
	}
	for (uint32_t i = 0; i < t->tls_count; i++)
		rf_tls_context_fini(&t->tls[i]);
	for (uint32_t i = 0; i < count; i++)
		t->tls[i] = made[i];
	t->tls_count = count;
	t->tls_generation++;
	return true;
}

bool
rf_transport_tls(const struct rf_transports *t, uint32_t index, struct rf_tls_view *out)
{
	if (index >= t->tls_count)
		return false;
	const struct rf_tls_context *c = &t->tls[index];
	*out = (struct rf_tls_view){ c->name, c->not_before, c->not_after };
	return true;
}
