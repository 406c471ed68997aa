/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/report_html.c -- the page: one file, readable without a network for as long as there are
 * browsers.
 *
 * Its parts are files of the tree and the chart library of the system, taken in at build time; what
 * it shows is the JSON of the study. */
#include <stdlib.h>
#include <string.h>

#include "app/sim/report.h"

/* Every byte between NAME_begin and NAME_end is that of a file. */
#define TAKE_IN(name, path)                                                                        \
	__asm__(".section .rodata\n" #name "_begin: .incbin \"" path "\"\n"                       \
		#name "_end: .byte 0\n.previous\n");                                              \
	extern const char name##_begin[], name##_end[]

TAKE_IN(page_css, RF_PAGE_DIR "/page.css");
TAKE_IN(page_js, RF_PAGE_DIR "/page.js");
TAKE_IN(chart_js, RF_CHART_JS);

/* A script must not hold "</script>", nor "<!--": in JSON a '<' can be written otherwise. */
static void
write_json(const struct rf_sim_study *study, FILE *f)
{
	char *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);
	if (memory == NULL)
		abort();
	rf_sim_report_json(study, memory);
	fclose(memory);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '<')
			fputs("\\u003c", f);
		else
			fputc(text[i], f);
	}
	free(text);
}

static void
write_part(FILE *f, const char *begin, const char *end)
{
	fwrite(begin, 1, (size_t)(end - begin), f);
}

void
rf_sim_report_html(const struct rf_sim_study *study, FILE *f)
{
	fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<title>referee: what a world said</title>\n<style>\n", f);
	write_part(f, page_css_begin, page_css_end);
	fputs("</style>\n</head>\n<body>\n<main id=\"page\"><noscript>This page draws itself and "
	      "needs JavaScript; nothing is fetched from anywhere.</noscript></main>\n"
	      "<script type=\"application/json\" id=\"study\">\n", f);
	write_json(study, f);
	fputs("</script>\n<script>\n", f);
	write_part(f, chart_js_begin, chart_js_end);
	fputs("\n</script>\n<script>\n", f);
	write_part(f, page_js_begin, page_js_end);
	fputs("</script>\n</body>\n</html>\n", f);
}
