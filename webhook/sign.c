/* SPDX-License-Identifier: BSD-2-Clause */
/* webhook/sign.c -- Standard Webhooks 1.0: who sent this, and that nobody changed it. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "webhook/client.h"

enum { KEY_MAX = 64, KEY_MIN = 24, BASE64_MAX = (KEY_MAX + 2) / 3 * 4 };

/* The bytes behind "whsec_"; 0: there are none, too few or too many. */
static size_t
read_secret(const char *secret, unsigned char out[BASE64_MAX])
{
	static const char prefix[] = "whsec_";
	if (strncmp(secret, prefix, sizeof prefix - 1) == 0)
		secret += sizeof prefix - 1;
	size_t len = strlen(secret), padding = 0;
	if (len == 0 || len % 4 != 0 || len > BASE64_MAX)
		return 0;
	while (padding < 2 && secret[len - 1 - padding] == '=')
		padding++;
	int bytes = EVP_DecodeBlock(out, (const unsigned char *)secret, (int)len);
	size_t key_len = bytes < 0 ? 0 : (size_t)bytes - padding;
	return key_len >= KEY_MIN && key_len <= KEY_MAX ? key_len : 0;
}

bool
rf_webhook_sign(const char *secret, struct rf_slice id, int64_t timestamp_s, struct rf_slice body,
    char out[RF_WEBHOOK_SIGNATURE_MAX])
{
	unsigned char key[BASE64_MAX + 1], digest[EVP_MAX_MD_SIZE];
	unsigned int digest_len = 0;
	char stamp[32];
	size_t key_len = read_secret(secret, key);
	if (key_len == 0)
		return false;
	int stamp_len = snprintf(stamp, sizeof stamp, ".%lld.", (long long)timestamp_s);
	size_t text_len = id.len + (size_t)stamp_len + body.len;
	unsigned char *text = malloc(text_len);
	if (text == NULL)
		return false;
	memcpy(text, id.p, id.len);
	memcpy(text + id.len, stamp, (size_t)stamp_len);
	memcpy(text + id.len + stamp_len, body.p, body.len);
	bool signed_ok =
	    HMAC(EVP_sha256(), key, (int)key_len, text, text_len, digest, &digest_len) != NULL;
	OPENSSL_cleanse(key, sizeof key);
	free(text);
	if (!signed_ok)
		return false;
	memcpy(out, "v1,", 3);
	EVP_EncodeBlock((unsigned char *)out + 3, digest, (int)digest_len);
	return true;
}
