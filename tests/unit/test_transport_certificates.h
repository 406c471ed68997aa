/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_transport_certificates.h -- throw-away certificate authorities and their work. */
#ifndef RF_TESTS_TEST_TRANSPORT_CERTIFICATES_H
#define RF_TESTS_TEST_TRANSPORT_CERTIFICATES_H

#include <openssl/x509.h>

enum { CERTIFICATE_PATH_MAX = 256 };

struct issued {                                 /* PEM files; chain and key */
	char certificate[CERTIFICATE_PATH_MAX], key[CERTIFICATE_PATH_MAX];
	X509 *x509;
	EVP_PKEY *pkey;
};

struct wish {
	const char *file;                       /* stem of the file names */
	const char *common_name;                /* NULL: none */
	const char *alternatives;               /* "URI:sip:a.example,DNS:b.example"; NULL: none */
	const char *uses;                       /* extended key usage; NULL: none */
	long days_from, days_to;                /* from now; 0, 0: yesterday to tomorrow */
	const struct issued *issuer;            /* NULL: self-signed */
	int is_ca;
};

/* A directory of its own below $TMPDIR; removed with all in it by certificates_fini. */
const char *certificates_init(void);
void certificates_fini(void);
struct issued certificate_make(const struct wish *);
/* The path of a list by `issuer` on which `revoked` stands; valid until the next call. */
const char *certificate_revoke(const struct issued *issuer, const struct issued *revoked);
void certificate_free(struct issued *);

#endif
