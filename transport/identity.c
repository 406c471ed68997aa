/* SPDX-License-Identifier: BSD-2-Clause */
/* transport/identity.c -- the SIP domains a certificate speaks for (RFC 5922 7.1) and the
 * comparison with the one that was wanted (7.2).
 *
 * Packed form: one string after the other, each with a kind byte in front and a NUL behind,
 * ended by an empty one; a link keeps no more bytes than its peer has names.  The chain is
 * somebody else's business: pack only what has been verified. */
#include "transport/internal.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_NAME = 'n', KIND_IP = 'i' };

struct packer {
	char *p;
	size_t len, max;
	uint32_t count;
};

static bool
is_name(const char *p, size_t len)
{
	if (len == 0 || len > RF_IDENTITY_LEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		/* A wildcard identifies nobody in SIP; a NUL would make two names of one. */
		if (p[i] <= ' ' || p[i] >= 0x7f || strchr("*@;?/,\"<>\\", p[i]) != NULL)
			return false;
	}
	return true;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void
pack(struct packer *out, char kind, const char *p, size_t len)
{
	if (out->count >= RF_IDENTITIES_MAX || out->len + len + 3 > out->max)
		return;
	out->p[out->len++] = kind;
	for (size_t i = 0; i < len; i++)
		out->p[out->len++] = lower(p[i]);
	out->p[out->len++] = '\0';
	out->count++;
}

/* "sip:example.com": the host if there is no user part; another scheme says nothing about SIP. */
static void
pack_uri(struct packer *out, const char *p, size_t len)
{
	if (len < 4 || OPENSSL_strncasecmp(p, "sip:", 4) != 0)
		return;
	p += 4;
	len -= 4;
	if (memchr(p, '@', len) != NULL)
		return;
	size_t host = 0;
	while (host < len && p[host] != ':' && p[host] != ';' && p[host] != '?')
		host++;
	if (is_name(p, host))
		pack(out, KIND_NAME, p, host);
}

static void
pack_ip(struct packer *out, const unsigned char *p, int len)
{
	uint8_t ip[16] = { [10] = 0xff, [11] = 0xff };
	char text[48];
	if (len == 4)
		memcpy(ip + 12, p, 4);
	else if (len == 16)
		memcpy(ip, p, 16);
	else
		return;
	pack(out, KIND_IP, text, rf_ip_write(text, ip, false));
}

static void
pack_alternatives(struct packer *out, const GENERAL_NAMES *names)
{
	static const int order[] = { GEN_URI, GEN_DNS, GEN_IPADD };
	for (size_t pass = 0; pass < RF_ARRAY_LEN(order); pass++) {
		for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
			const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
			if (name->type != order[pass])
				continue;
			const ASN1_STRING *text = name->type == GEN_IPADD ? name->d.iPAddress
									  : name->d.ia5;
			const char *p = (const char *)ASN1_STRING_get0_data(text);
			size_t len = (size_t)ASN1_STRING_length(text);
			if (name->type == GEN_URI)
				pack_uri(out, p, len);
			else if (name->type == GEN_IPADD)
				pack_ip(out, (const unsigned char *)p, (int)len);
			else if (is_name(p, len))
				pack(out, KIND_NAME, p, len);
		}
	}
}

/* Only where there is no subjectAltName at all: what a newer name leaves out, an older cannot
 * add. */
static void
pack_common_name(struct packer *out, X509 *certificate)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	int last = -1, at;
	while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, last)) >= 0)
		last = at;
	if (last < 0)
		return;
	const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last));
	unsigned char *utf8 = NULL;
	int len = ASN1_STRING_to_UTF8(&utf8, text);
	if (len > 0 && is_name((const char *)utf8, (size_t)len))
		pack(out, KIND_NAME, (const char *)utf8, (size_t)len);
	OPENSSL_free(utf8);
}

/* RFC 5924: a certificate that lists its uses must list one that can mean SIP.  Which end
 * connected does not matter: the same certificate serves both, and public authorities no longer
 * say "client". */
bool
rf_identity_may_speak_sip(X509 *certificate)
{
	static const char sip_domain[] = "1.3.6.1.5.5.7.3.20";
	uint32_t uses = X509_get_extended_key_usage(certificate);
	if (uses == UINT32_MAX || (uses & (XKU_SSL_SERVER | XKU_SSL_CLIENT | XKU_ANYEKU)) != 0)
		return true;
	bool found = false;
	EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
	for (int i = 0; i < sk_ASN1_OBJECT_num(list) && !found; i++) {
		char text[64];
		OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(list, i), 1);
		found = strcmp(text, sip_domain) == 0;
	}
	EXTENDED_KEY_USAGE_free(list);
	return found;
}

/* NULL: no memory.  The caller frees it. */
char *
rf_identity_pack(X509 *certificate)
{
	enum { PACKED_MAX = RF_IDENTITIES_MAX * (RF_IDENTITY_LEN_MAX + 2) + 1 };
	struct packer out = { .p = malloc(PACKED_MAX), .max = PACKED_MAX };
	if (out.p == NULL)
		return NULL;
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	if (names != NULL)
		pack_alternatives(&out, names);
	else if (X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) < 0)
		pack_common_name(&out, certificate);
	GENERAL_NAMES_free(names);
	out.p[out.len++] = '\0';
	char *fitted = realloc(out.p, out.len);
	return fitted != NULL ? fitted : out.p;
}

void
rf_identity_list(struct rf_identities *out, const char *packed)
{
	out->count = 0;
	for (; packed != NULL && *packed != '\0'; packed += strlen(packed) + 1) {
		if (*packed == KIND_NAME && out->count < RF_IDENTITIES_MAX)
			strcpy(out->name[out->count++], packed + 1);
	}
}

bool
rf_identity_match(const char *packed, struct rf_slice reference)
{
	uint8_t ip[16];
	char text[48];
	char kind = KIND_NAME;
	if (rf_ip_parse(ip, reference)) {
		kind = KIND_IP;
		reference = (struct rf_slice){ text, rf_ip_write(text, ip, false) };
	}
	for (; packed != NULL && *packed != '\0'; packed += strlen(packed) + 1) {
		if (*packed == kind && strlen(packed + 1) == reference.len &&
		    OPENSSL_strncasecmp(packed + 1, reference.p, reference.len) == 0)
			return true;
	}
	return false;
}

const char *
rf_identity_first(const char *packed)
{
	for (; packed != NULL && *packed != '\0'; packed += strlen(packed) + 1) {
		if (*packed == KIND_NAME)
			return packed + 1;
	}
	return "";
}
