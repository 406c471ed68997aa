/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_config_options.c -- the command line: what it says, and what it says to
 * nonsense. */
#include "app/options.h"

#include <stdlib.h>
#include <string.h>

#include "grammar/slice.h"
#include "tests/check.h"

static struct rf_options options;
static int status;
static char *out_text, *err_text;

/* The words of a line, parted by one space. */
static bool
parse(const char *line)
{
	static char copy[512];
	static char *argv[32]; /* the options point into it */
	char *save = NULL;
	size_t out_len, err_len;
	int argc = 0;
	snprintf(copy, sizeof(copy), "referee %s", line);
	for (char *p = strtok_r(copy, " ", &save); p != NULL; p = strtok_r(NULL, " ", &save))
		argv[argc++] = p;
	argv[argc] = NULL;
	free(out_text);
	free(err_text);
	FILE *out = open_memstream(&out_text, &out_len), *err = open_memstream(&err_text, &err_len);
	bool run = rf_options_parse(&options, argc, argv, out, err, &status);
	fclose(out);
	fclose(err);
	return run;
}

static bool
wrong(const char *line, const char *said)
{
	bool run = parse(line);
	if (strstr(err_text, said) == NULL)
		check_note("%s: %s", line, err_text);
	return !run && status == RF_EXIT_USAGE && strstr(err_text, said) != NULL &&
	    out_text[0] == '\0';
}

static void
reconcile_takes_pairs(void)
{
	CHECK(parse("reconcile -c a --cdr b --format csv --since 7d --until 1d --tolerance 2s"));
	CHECK(options.command == RF_COMMAND_RECONCILE && options.format == RF_CDR_CSV);
	CHECK(strcmp(options.cdr, "b") == 0 && strcmp(options.until, "1d") == 0);
	CHECK(strcmp(options.tolerance, "2s") == 0 && options.column_count == 0);
	CHECK(parse("reconcile -c a --column call_id=Call-ID --column start=T "
		    "--outcome failed=NO*"));
	CHECK(options.column_count == 2 && strcmp(options.column[1], "start=T") == 0);
	CHECK(options.outcome_count == 1 && strcmp(options.outcome[0], "failed=NO*") == 0);
	CHECK(options.cdr == NULL && options.format == RF_CDR_TEXT);
	CHECK(wrong("reconcile -c a --column call_id", "--column: expected at most 32 pairs"));
	CHECK(wrong("reconcile -c a --format dot", "--format: expected text, csv or json"));
	CHECK(wrong("reconcile --cdr b", "--config is missing"));
	CHECK(wrong("cdr -c a --cdr b", "--cdr has no meaning here"));
}

static void
commands_are_understood(void)
{
	CHECK(parse("serve -c a.yaml") && options.command == RF_COMMAND_SERVE);
	CHECK(strcmp(options.config, "a.yaml") == 0 && !options.json);
	CHECK(parse("check --json --config=b.yaml") && options.command == RF_COMMAND_CHECK);
	CHECK(options.json && strcmp(options.config, "b.yaml") == 0);
	CHECK(parse("route test -c a --partner acme --refer-to sip:a@b --referred-by sip:c@d"));
	CHECK(options.command == RF_COMMAND_ROUTE_TEST && !options.invite);
	CHECK(strcmp(options.partner, "acme") == 0 && strcmp(options.refer_to, "sip:a@b") == 0);
	CHECK(strcmp(options.referred_by, "sip:c@d") == 0);
	CHECK(parse("route test -c a --partner acme --refer-to sip:a@b --trigger invite"));
	CHECK(options.invite && options.referred_by == NULL);
	CHECK(parse("fsm") && options.command == RF_COMMAND_FSM && options.machine == NULL);
	CHECK(parse("fsm refer --format dot") && strcmp(options.machine, "refer") == 0);
	CHECK(strcmp(options.fsm_format, "dot") == 0);
	CHECK(parse("serve -c a.yaml --rows b") && strcmp(options.rows, "b") == 0);
	CHECK(parse("ctl status") && options.command == RF_COMMAND_STATUS);
	CHECK(strcmp(options.socket, RF_ADMIN_SOCKET) == 0);
	CHECK(parse("ctl session list --json") && options.command == RF_COMMAND_SESSION_LIST);
	CHECK(parse("ctl route test --partner acme --refer-to sip:a@b --trigger invite"));
	CHECK(options.command == RF_COMMAND_LIVE_ROUTE_TEST && options.invite);
	CHECK(parse("ctl session end ffffffffffffffff -s x"));
	CHECK(options.command == RF_COMMAND_SESSION_END && options.session == UINT64_MAX);
	CHECK(parse("sim replay a.journal b.incomplete -v"));
	CHECK(options.command == RF_COMMAND_SIM_REPLAY && options.verbose && !options.json);
	CHECK(options.file_count == 2 && strcmp(options.files[1], "b.incomplete") == 0);
}

static void
options_may_stand_anywhere(void)
{
	CHECK(parse("ctl -s /tmp/x session --json show 17"));
	CHECK(options.command == RF_COMMAND_SESSION_SHOW && options.session == 0x17);
	CHECK(strcmp(options.socket, "/tmp/x") == 0 && options.json);
	CHECK(parse("ctl session show last") && options.session == 0);
}

static void
nonsense_is_usage(void)
{
	CHECK(wrong("", "usage: referee COMMAND"));
	CHECK(parse("sim run w.yaml --report a.html --reps 3 --seed 9 --report b.csv"));
	CHECK(options.command == RF_COMMAND_SIM_RUN && strcmp(options.files[0], "w.yaml") == 0);
	CHECK(options.report_count == 2 && strcmp(options.report[1], "b.csv") == 0);
	CHECK(options.repetitions == 3 && options.has_seed && options.seed == 9);
	CHECK(parse("sim compare a.yaml b.yaml --json") && options.file_count == 2);
	CHECK(parse("sim check a.yaml") && options.report_count == 0 && !options.has_seed);
	CHECK(wrong("sim compare a.yaml", "WORLD WORLD is missing"));
	CHECK(wrong("sim compare a b c", "\"c\" is too much"));
	CHECK(wrong("sim run", "WORLD is missing"));
	CHECK(wrong("sim run a --report x.pdf", "--report: expected at most 6 files that end in"));
	CHECK(wrong("sim run a --reps 0", "--reps: expected a number from 1 to 200"));
	CHECK(wrong("sim replay --json", "SEGMENT... is missing"));
	CHECK(wrong("sim replay x -s y", "--socket has no meaning here"));
	CHECK(wrong("chek -c x", "unknown command \"chek\""));
	CHECK(wrong("ctl session", "unknown command \"ctl\""));
	CHECK(wrong("serve",
	    "referee serve: --config is missing\nusage: referee serve --config FILE"));
	CHECK(wrong("fsm refer route", "\"route\" is too much"));
	CHECK(wrong("serve -c", "a value is missing behind \"-c\""));
	CHECK(wrong("serve -x", "unknown option \"-x\""));
	CHECK(wrong("serve -c x --json", "--json has no meaning here"));
	CHECK(wrong("serve -c x y", "\"y\" is too much"));
	CHECK(wrong("route test -c x --partner p", "--refer-to is missing"));
	CHECK(wrong("route test --trigger bye", "expected invite or refer"));
	CHECK(wrong("ctl session show", "ID is missing"));
	CHECK(wrong("ctl session show x1",
	    "expected a session such as 00000000002a or last, got \"x1\""));
	CHECK(wrong("ctl session end last", "expected a session such as 00000000002a, got"));
	CHECK(wrong("ctl session end 0", "expected a session"));
	CHECK(wrong("ctl session end 12345678901234567", "expected a session"));
}

static void
help_and_version_are_everywhere(void)
{
	static const char *const lines[] = { "--help", "serve --help", "check -h",
	    "route test --help",
		"ctl session show --help", "ctl status -h", "ctl --help" };
	for (size_t i = 0; i < RF_ARRAY_LEN(lines); i++) {
		CHECK(!parse(lines[i]) && status == RF_EXIT_OK);
		CHECK(strncmp(out_text, "usage: referee ", 15) == 0 && err_text[0] == '\0');
	}
	CHECK(!parse("--version") && status == RF_EXIT_OK);
	CHECK(strncmp(out_text, "referee ", 8) == 0);
}

static const struct check_test tests[] = {
	CHECK_TEST(commands_are_understood),
	CHECK_TEST(reconcile_takes_pairs),
	CHECK_TEST(options_may_stand_anywhere),
	CHECK_TEST(nonsense_is_usage),
	CHECK_TEST(help_and_version_are_everywhere),
};

int
main(void)
{
	return check_main("options", tests, RF_ARRAY_LEN(tests));
}
