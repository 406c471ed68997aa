/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/tables/test_print.c -- every format has every row of every machine. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "tests/check.h"
#include "tools/fsm_check.h"
#include "tools/fsm_print.h"

static char *text;

static const char *
print(const struct rf_fsm *fsm, enum rf_fsm_format format)
{
	size_t len;
	free(text);
	FILE *out = open_memstream(&text, &len);
	CHECK_OR_STOP(out != NULL);
	rf_fsm_print(out, fsm, format);
	fclose(out);
	return text;
}

static unsigned
count(const char *in, const char *what)
{
	unsigned n = 0;
	for (const char *p = in; (p = strstr(p, what)) != NULL; p += strlen(what))
		n++;
	return n;
}

static void
has_rows(enum rf_fsm_format format, const char *mark)
{
	const struct rf_fsm *fsm;
	for (uint32_t m = 0; (fsm = rf_engine_machine(m)) != NULL; m++) {
		unsigned found = count(print(fsm, format), mark);
		if (found != fsm->rows)
			check_note("%s: %u of %u", fsm->name, found, fsm->rows);
		CHECK(found == fsm->rows);
		for (unsigned i = 0; i < fsm->states; i++)
			CHECK(strstr(text, fsm->state[i].name) != NULL);
	}
}

static void
a_drawing_has_a_line_for_every_row(void)
{
	has_rows(RF_FSM_DOT, "\\l");
}

static void
a_diagram_has_an_arrow_for_every_row(void)
{
	const struct rf_fsm *fsm;
	for (uint32_t m = 0; (fsm = rf_engine_machine(m)) != NULL; m++)
		CHECK(count(print(fsm, RF_FSM_MERMAID), ": ") == fsm->rows + 1u); /* title */
}

static void
json_has_every_row_and_is_closed(void)
{
	has_rows(RF_FSM_JSON, "{\"from\":");
	const char *all = print(NULL, RF_FSM_JSON);
	CHECK(count(all, "{") == count(all, "}") && count(all, "[") == count(all, "]"));
	CHECK(all[0] == '[' && strcmp(all + strlen(all) - 2, "]\n") == 0);
}

static void
a_model_has_every_row_and_every_never(void)
{
	const struct rf_fsm *fsm;
	has_rows(RF_FSM_PROMELA, "  /* ");
	for (uint32_t m = 0; (fsm = rf_engine_machine(m)) != NULL; m++) {
		unsigned nevers = 0;
		for (unsigned i = 0; i < fsm->rests; i++)
			nevers += fsm->rest[i].disposition == RF_NEVER;
		CHECK(count(print(fsm, RF_FSM_PROMELA), "assert(false)") == nevers);
		for (unsigned i = 0; i < fsm->rows; i++)
			CHECK(strstr(text, fsm->row[i].name) != NULL);
	}
}

static void
a_page_has_every_row_and_cell(void)
{
	const struct rf_fsm *fsm;
	for (uint32_t m = 0; (fsm = rf_engine_machine(m)) != NULL; m++) {
		const char *page = print(fsm, RF_FSM_TABLE);
		unsigned cells = 0;
		for (unsigned i = 0; i < fsm->rows; i++)
			CHECK(strstr(page, fsm->row[i].cite) != NULL);
		const char *matrix = strstr(page, "Every cell:");
		CHECK_OR_STOP(matrix != NULL);
		for (const char *p = matrix; *p != '\0'; p++)
			cells += *p == '|';
		/* a head, a rule, and a line for each event, of one column more than there are
		 * states */
		CHECK(cells == (fsm->events + 2u) * (fsm->states + 2u));
	}
}

static void
machines_and_formats_are_found_by_name(void)
{
	enum rf_fsm_format format;
	CHECK(rf_fsm_find("refer") != NULL && strcmp(rf_fsm_find("refer")->name, "refer") == 0);
	CHECK(rf_fsm_find("nobody") == NULL);
	CHECK(rf_fsm_format_parse(&format, "promela") && format == RF_FSM_PROMELA);
	CHECK(!rf_fsm_format_parse(&format, "png"));
}

static const struct check_test tests[] = {
	CHECK_TEST(a_drawing_has_a_line_for_every_row),
	CHECK_TEST(a_diagram_has_an_arrow_for_every_row),
	CHECK_TEST(json_has_every_row_and_is_closed),
	CHECK_TEST(a_model_has_every_row_and_every_never),
	CHECK_TEST(a_page_has_every_row_and_cell),
	CHECK_TEST(machines_and_formats_are_found_by_name),
};

int
main(void)
{
	int status = check_main("print", tests, RF_ARRAY_LEN(tests));
	free(text);
	return status;
}
