/* SPDX-License-Identifier: BSD-2-Clause */
/* app/json.c -- quoting for what ctl and route test print; records come quoted from the engine. */
#include "app/json.h"

void
rf_json_write(FILE *f, struct rf_slice text)
{
	fputc('"', f);
	for (uint32_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c < 0x20 || c == '"' || c == '\\' || c >= 0x7f)
			fprintf(f, "\\u%04x", c);
		else
			fputc(c, f);
	}
	fputc('"', f);
}
