/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_transport_certificates.c -- makes P-256 certificates, valid around now. */
#include "tests/unit/test_transport_certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 64 };

static char directory[CERTIFICATE_PATH_MAX / 2];
static char file[FILES_MAX][CERTIFICATE_PATH_MAX];
static unsigned int file_count;

/* Certificates are made before any test runs, where CUnit has nobody to blame. */
static void
need(int condition)
{
	if (condition)
		return;
	fprintf(stderr, "cannot make certificates for the tests\n");
	abort();
}

const char *
certificates_init(void)
{
	const char *parent = getenv("TMPDIR");
	snprintf(directory, sizeof(directory), "%s/referee-tls-XXXXXX",
	    parent != NULL ? parent : "/tmp");
	need(mkdtemp(directory) != NULL);
	return directory;
}

void
certificates_fini(void)
{
	while (file_count > 0)
		unlink(file[--file_count]);
	rmdir(directory);
}

static void
name_file(char out[CERTIFICATE_PATH_MAX], const char *stem, const char *suffix)
{
	snprintf(out, CERTIFICATE_PATH_MAX, "%s/%s.%s", directory, stem, suffix);
	for (unsigned int i = 0; i < file_count; i++) {
		if (strcmp(file[i], out) == 0)
			return;
	}
	need(file_count < FILES_MAX);
	snprintf(file[file_count++], CERTIFICATE_PATH_MAX, "%s", out);
}

static void
extend(X509 *certificate, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	need(extension != NULL);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

struct issued
certificate_make(const struct wish *wish)
{
	struct issued made = { .x509 = X509_new(), .pkey = EVP_EC_gen("P-256") };
	uint32_t serial = 0;
	X509 *x = made.x509;
	X509_NAME *subject = X509_NAME_new();
	long day = 24 * 3600, from = wish->days_from, to = wish->days_to;
	need(x != NULL && made.pkey != NULL && subject != NULL);
	RAND_bytes((unsigned char *)&serial, sizeof(serial));
	X509_set_version(x, 2);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial);
	X509_gmtime_adj(X509_getm_notBefore(x), (from == 0 && to == 0 ? -1 : from) * day);
	X509_gmtime_adj(X509_getm_notAfter(x), (from == 0 && to == 0 ? 1 : to) * day);
	if (wish->common_name != NULL)
		X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
		    (const unsigned char *)wish->common_name, -1, -1, 0);
	else
		X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC,
		    (const unsigned char *)wish->file, -1, -1, 0);
	X509_set_subject_name(x, subject);
	X509_NAME_free(subject);
	X509_set_issuer_name(x,
	    X509_get_subject_name(wish->issuer != NULL ? wish->issuer->x509 : x));
	X509_set_pubkey(x, made.pkey);
	if (wish->is_ca)
		extend(x, NID_basic_constraints, "critical,CA:TRUE");
	if (wish->alternatives != NULL)
		extend(x, NID_subject_alt_name, wish->alternatives);
	if (wish->uses != NULL)
		extend(x, NID_ext_key_usage, wish->uses);
	need(
	    X509_sign(x, wish->issuer != NULL ? wish->issuer->pkey : made.pkey, EVP_sha256()) > 0);

	name_file(made.certificate, wish->file, "pem");
	name_file(made.key, wish->file, "key");
	FILE *out = fopen(made.certificate, "w");
	need(out != NULL);
	PEM_write_X509(out, x);
	fclose(out);
	out = fopen(made.key, "w");
	need(out != NULL);
	PEM_write_PrivateKey(out, made.pkey, NULL, NULL, 0, NULL, NULL);
	fclose(out);
	return made;
}

const char *
certificate_revoke(const struct issued *issuer, const struct issued *revoked)
{
	static char path[CERTIFICATE_PATH_MAX];
	X509_CRL *list = X509_CRL_new();
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *from = X509_gmtime_adj(NULL, -3600), *to = X509_gmtime_adj(NULL, 3600);
	need(list != NULL && entry != NULL && from != NULL && to != NULL);
	X509_CRL_set_version(list, 1);
	X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->x509));
	X509_CRL_set1_lastUpdate(list, from);
	X509_CRL_set1_nextUpdate(list, to);
	X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->x509));
	X509_REVOKED_set_revocationDate(entry, from);
	X509_CRL_add0_revoked(list, entry);
	need(X509_CRL_sign(list, issuer->pkey, EVP_sha256()) > 0);
	name_file(path, "revoked", "crl");
	FILE *out = fopen(path, "w");
	need(out != NULL);
	PEM_write_X509_CRL(out, list);
	fclose(out);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(list);
	return path;
}

void
certificate_free(struct issued *made)
{
	X509_free(made->x509);
	EVP_PKEY_free(made->pkey);
	*made = (struct issued){ .x509 = NULL };
}
