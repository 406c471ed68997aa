/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_write.c -- a message that parses is written and parsed again: nothing is lost, nothing
 * is smuggled in, and header fields that referee does not know stay as they were. */
#include "fuzz/fuzz.h"

static char first[8 * RF_MESSAGE_MAX], second[8 * RF_MESSAGE_MAX];

/* As referee writes: known names in full, unknown ones as they came, Content-Length last. */
static struct rf_slice
message_write(char *memory, const struct rf_message *m)
{
	struct rf_writer w;
	const char *lf = memchr(m->raw.p, '\n', m->raw.len);
	rf_writer_init(&w, memory, sizeof(first));
	rf_write(&w, rf_slice_between(m->raw.p, lf + 1));
	for (uint32_t i = 0; i < m->count; i++) {
		const struct rf_header *h = &m->header[i];
		if (h->id == RF_H_OTHER)
			rf_write_header_named(&w, h->name, h->value);
		else if (h->id != RF_H_CONTENT_LENGTH)
			rf_write_header(&w, (enum rf_header_id)h->id, h->value);
	}
	rf_write_body(&w, m->body);
	fuzz_promise(!w.overflow, "what was parsed can be written");
	return rf_written(&w);
}

/* Folding becomes one blank; else not a byte changes. */
static void
values_are_kept(const struct rf_message *a, const struct rf_message *b)
{
	uint32_t j = 0;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct rf_header *h = &a->header[i];
		if (h->id == RF_H_CONTENT_LENGTH)
			continue;
		fuzz_promise(j < b->count && b->header[j].id == h->id, "no field is lost");
		if (h->value.len == 0 || memchr(h->value.p, '\n', h->value.len) == NULL)
			fuzz_promise(rf_slice_equal(h->value, b->header[j].value),
			    "a value is kept byte for byte");
		j++;
	}
	fuzz_promise(j + 1 == b->count, "no field is added");
}

/* Without edits not even folding changes. */
static void
verbatim_is_kept(const struct rf_message *m)
{
	static struct rf_message again;
	struct rf_writer w;
	const char *why;
	uint32_t j = 0;
	rf_writer_init(&w, second, sizeof(second));
	rf_write_message(&w, m, NULL, 0, NULL, NULL);
	fuzz_promise(!w.overflow, "what was parsed can be written");
	if (rf_message_parse(&again, rf_written(&w), &why) == RF_VERDICT_TOO_LARGE)
		return;
	for (uint32_t i = 0; i < m->count; i++) {
		if (m->header[i].id == RF_H_CONTENT_LENGTH)
			continue;
		fuzz_promise(j < again.count &&
				 rf_slice_equal(m->header[i].name, again.header[j].name) &&
				 rf_slice_equal(m->header[i].value, again.header[j].value),
		    "what nobody edits is written byte for byte");
		j++;
	}
	fuzz_promise(j + 1 == again.count, "no field is added");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rf_message m, again;
	const char *why;
	if (rf_message_parse(&m, fuzz_input(data, size), &why) != RF_VERDICT_OK)
		return 0;
	struct rf_slice text = message_write(first, &m);
	enum rf_verdict verdict = rf_message_parse(&again, text, &why);
	if (verdict == RF_VERDICT_TOO_LARGE)
		return 0; /* full names are longer, and Content-Length is added */
	fuzz_promise(verdict == RF_VERDICT_OK, "what is written parses");
	fuzz_promise(rf_slice_equal(m.body, again.body), "the body is kept");
	values_are_kept(&m, &again);
	verbatim_is_kept(&m);
	fuzz_promise(rf_slice_equal(message_write(second, &again), text), "writing is stable");
	return 0;
}
