/* SPDX-License-Identifier: BSD-2-Clause */
/* app/options.c -- one table of commands: what they are called, take, need, and tell about
 * themselves.
 *
 * Options may stand anywhere on the line; words are matched when the options are gone. */
#include "app/options.h"

#include <config.h>                         /* not "config.h": that would be ours */
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/slice.h"

enum { SWEEP_JOBS_MAX = 64 };           /* as app/sim/sweep.h has it, which knows options.h */

struct command {
	const char *words;                      /* "ctl session show" */
	enum rf_command command;
	const char *takes, *needs;              /* letters of options */
	const char *argument;                   /* behind the words; NULL: none; [IT]: if wanted */
	const char *summary;
	const char *help;
};

static const struct command commands[] = {
	{ "serve", RF_COMMAND_SERVE, "cr", "c", NULL, "carry calls until SIGTERM",
	    "SIGTERM or SIGINT takes no new calls any more and ends with the last one; "
	    "a second one ends at once." },
	{ "check", RF_COMMAND_CHECK, "cj", "c", NULL,
	    "read a configuration and say what is wrong with it",
	    "Every mistake is a line file:line:column: what was expected." },
	{ "route test", RF_COMMAND_ROUTE_TEST, "cPRBTAj", "cPR", NULL,
	    "say what would become of a request, and why",
	    "Every rule tried is shown with the reason it was not taken. Nothing is sent." },
	{ "sim replay", RF_COMMAND_SIM_REPLAY, "cjv", "", "SEGMENT...",
	    "replay a journal through the same engine",
	    "Exit status 0: every step had the same effects. 3: one had not; the first "
	    "divergence is shown. 1: a segment cannot be replayed, such as one of another "
	    "build. With --config, what is recorded is asked of that configuration as well: "
	    "each call is shown at the first answer of policy that would have been another; "
	    "what follows in it is no prediction." },
	{ "sim check", RF_COMMAND_SIM_CHECK, "j", "", "WORLD",
	    "read a world and say what is wrong with it",
	    "Every mistake is a line file:line:column: what was expected; the configuration that "
	    "the world names is read as well." },
	{ "sim run", RF_COMMAND_SIM_RUN, "onej", "", "WORLD",
	    "play a world, under every configuration it has",
	    "FILE.html is for people, FILE.json, FILE.csv and FILE.xml (JUnit) are for machines, "
	    "FILE.pcapng is for Wireshark (the second variant: FILE-2.pcapng). "
	    "Exit status 1: an expectation was not met. 2: an invariant was broken." },
	{ "sim compare", RF_COMMAND_SIM_COMPARE, "onej", "", "WORLD WORLD",
	    "play two worlds with the same luck and say how they differ",
	    "Differences are taken call by call, if both have the same traffic and seed." },
	{ "sim sweep", RF_COMMAND_SIM_SWEEP, "DJtv", "D", NULL,
	    "play a world of its own for every seed, and look for broken invariants",
	    "What may go wrong in a world is drawn from its seed; then it heals, and everything "
	    "has to come to rest. Failures of one kind are shown together. Exit status 2: there "
	    "are some. --verbose shows which rows and faults never were." },
	{ "sim shrink", RF_COMMAND_SIM_SHRINK, "eHO", "", NULL,
	    "make a failing seed of a sweep as small as it may be",
	    "Calls are left out and choices put back to what is usual, as long as the same "
	    "invariant breaks; 3000 runs or two minutes at most. What is left is shown with its "
	    "ladder. --out writes it as a script for sim ladder, as a capture, and what each "
	    "party says as a scenario for SIPp. Exit status 1: that seed breaks nothing." },
	{ "sim ladder", RF_COMMAND_SIM_LADDER, "eIKv", "", NULL,
	    "the ladder of one seed of a sweep, or of a script",
	    "Lines end with the number of their call; --call plays that one alone, with the luck "
	    "it has among the others. --verbose shows the rows of transactions, too." },
	{ "sim export", RF_COMMAND_SIM_EXPORT, "XKG", "", "SCENE",
	    "play a scene, and write it for other tools",
	    "--sipp prints what one party said and heard as a scenario that SIPp plays against a "
	    "running referee. --pcapng writes a capture that Wireshark opens; TLS is plain "
	    "there." },
	{ "sim explore", RF_COMMAND_SIM_EXPLORE, "ldkwfbgp", "", NULL,
	    "try every future of one transfer on the engine",
	    "Without bounds: all that make explore tries, a few minutes. Exit status 0: all tried, "
	    "and every invariant holds. 2: one does not; the shortest way there is shown." },
	{ "cdr", RF_COMMAND_CDR, "cFSNL", "c", NULL, "print the call detail records of its store",
	    "Oldest first, also while it is served. csv has every column and a header line, json "
	    "is one object a line." },
	{ "reconcile", RF_COMMAND_RECONCILE, "cCFMWxNU", "c", NULL,
	    "compare the store with the call detail records of another platform",
	    "FILE is CSV with a line of names, or one JSON object a line; section reconcile of the "
	    "configuration says what its columns and outcomes are called. Exit status 0: no "
	    "difference. 1: there are some. 78: the file cannot be read so, which is told as "
	    "file:line:column." },
	{ "fsm", RF_COMMAND_FSM, "F", "", "[MACHINE]", "show the tables that decide, as compiled",
	    "Without MACHINE: all of them. It is made from the very arrays that run." },
	{ "ctl status", RF_COMMAND_STATUS, "sj", "", NULL,
	    "gauges and counters of a running referee", "" },
	{ "ctl session list", RF_COMMAND_SESSION_LIST, "sj", "", NULL, "its live sessions", "" },
	{ "ctl session show", RF_COMMAND_SESSION_SHOW, "sj", "", "ID", "one session and its ladder",
	    "ID is one of session list, or last. Ended sessions are shown as long as the trace "
	    "remembers them, their records as long as the store does." },
	{ "ctl session end", RF_COMMAND_SESSION_END, "sj", "", "ID",
	    "end one session, BYE to every party", "" },
	{ "ctl dlq list", RF_COMMAND_DLQ_LIST, "sj", "", NULL,
	    "events that a receiver did not take", "The oldest 1000; --json has the events." },
	{ "ctl dlq show", RF_COMMAND_DLQ_SHOW, "sj", "", "NUMBER", "one of them, whole", "" },
	{ "ctl dlq replay", RF_COMMAND_DLQ_REPLAY, "sj", "", "NUMBER",
	    "deliver one again, or all", "Under the key it had." },
	{ "ctl dlq drop", RF_COMMAND_DLQ_DROP, "sj", "", "NUMBER", "forget one, or all", "" },
	{ "ctl source list", RF_COMMAND_SOURCE_LIST, "sj", "", NULL,
	    "addresses whose message referee died of", "From twice on they are dropped." },
	{ "ctl source clear", RF_COMMAND_SOURCE_CLEAR, "sj", "", "ADDRESS",
	    "forget what one address is accused of", "" },
	{ "ctl route test", RF_COMMAND_LIVE_ROUTE_TEST, "sPRBTAj", "PR", NULL,
	    "route test by the configuration that is served",
	    "The file may have been changed since." },
};

static const struct {
	char letter;
	const char *shown, *help;
} option_texts[] = {
	{ 'c', "-c, --config FILE", "the configuration" },
	{ 'P', "    --partner NAME", "who asks" },
	{ 'R', "    --refer-to URI", "Refer-To of the REFER, or Request-URI of the INVITE" },
	{ 'B', "    --referred-by URI", "Referred-By of the REFER" },
	{ 'T', "    --trigger invite|refer", "which request is meant; default: refer" },
	{ 'A', "    --at WHEN", "as if it were 2026-11-25T20:15:00Z; default: now" },
	{ 'F', "    --format FORMAT",
	    "cdr, reconcile: text, csv or json; fsm: table, dot, mermaid, json or promela" },
	{ 'S', "    --session ID", "only of that session" },
	{ 'N', "    --since WHEN", "not older than 7d, 90m, or 2026-11-25T20:15:00Z" },
	{ 'U', "    --until WHEN", "only older than that" },
	{ 'L', "    --limit N", "only the latest N" },
	{ 'C', "    --cdr FILE", "their records; default: reconcile.cdr" },
	{ 'M', "    --column OURS=THEIRS", "such as call_id=Call-ID; several times if wanted" },
	{ 'W', "    --outcome OURS=THEIRS", "such as failed=NO*; several times if wanted" },
	{ 'x', "    --tolerance DURATION", "between their clock and ours, such as 5s" },
	{ 'r', "    --rows FILE", "for tests: at the end, the table rows that were taken" },
	{ 'o', "    --report FILE",
	    "write .html, .json, .csv, .xml or .pcapng; several times if wanted" },
	{ 'n', "    --reps N", "repetitions, with other luck each; default: as the world says" },
	{ 'e', "    --seed N", "of all randomness; default: as the world says" },
	{ 'D', "    --seeds A..B", "the seeds to play" },
	{ 'J', "    --jobs N", "processes; default: one for each processor" },
	{ 'X', "    --sipp PARTY", "customer, center, queue, queue2, ivr, stranger or phone" },
	{ 'K', "    --call N", "which call; sim export: of that party, default: 1" },
	{ 'G', "    --pcapng FILE", "the capture to write" },
	{ 'O', "    --out FOLDER", "where to write script, ladder, capture and scenarios" },
	{ 'H', "    --tape FILE", "what fuzz/fuzz_swarm found" },
	{ 'I', "    --script FILE", "what sim shrink wrote" },
	{ 't', "    --check-determinism", "plays every seed twice; other effects are a failure" },
	{ 'l', "    --losses N", "messages that are lost, at most" },
	{ 'd', "    --dups N", "messages that arrive twice" },
	{ 'k', "    --crashes N", "kill -9 and restart" },
	{ 'w', "    --lates N", "timers that run out before what is on its way arrives" },
	{ 'f', "    --fails N", "questions to store, names and policy answered with no" },
	{ 'b', "    --leaves N", "parties that hang up by themselves" },
	{ 'g', "    --glares N", "re-INVITEs that are answered 491" },
	{ 'p', "    --replay N,N...", "make these choices and show the ladder" },
	{ 's', "-s, --socket FILE", "admin socket; default: " RF_ADMIN_SOCKET },
	{ 'v', "-v, --verbose", "the ladder of every session, too" },
	{ 'j', "-j, --json", "for machines" },
	{ 'h', "-h, --help", "this text" },
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "partner", required_argument, NULL, 'P' },
	{ "refer-to", required_argument, NULL, 'R' },
	{ "referred-by", required_argument, NULL, 'B' },
	{ "trigger", required_argument, NULL, 'T' },
	{ "at", required_argument, NULL, 'A' },
	{ "format", required_argument, NULL, 'F' },
	{ "session", required_argument, NULL, 'S' },
	{ "since", required_argument, NULL, 'N' },
	{ "until", required_argument, NULL, 'U' },
	{ "limit", required_argument, NULL, 'L' },
	{ "cdr", required_argument, NULL, 'C' },
	{ "column", required_argument, NULL, 'M' },
	{ "outcome", required_argument, NULL, 'W' },
	{ "tolerance", required_argument, NULL, 'x' },
	{ "seeds", required_argument, NULL, 'D' },
	{ "jobs", required_argument, NULL, 'J' },
	{ "rows", required_argument, NULL, 'r' },
	{ "report", required_argument, NULL, 'o' },
	{ "reps", required_argument, NULL, 'n' },
	{ "seed", required_argument, NULL, 'e' },
	{ "sipp", required_argument, NULL, 'X' },
	{ "call", required_argument, NULL, 'K' },
	{ "pcapng", required_argument, NULL, 'G' },
	{ "out", required_argument, NULL, 'O' },
	{ "script", required_argument, NULL, 'I' },
	{ "tape", required_argument, NULL, 'H' },
	{ "check-determinism", no_argument, NULL, 't' },
	{ "losses", required_argument, NULL, 'l' },
	{ "dups", required_argument, NULL, 'd' },
	{ "crashes", required_argument, NULL, 'k' },
	{ "lates", required_argument, NULL, 'w' },
	{ "fails", required_argument, NULL, 'f' },
	{ "leaves", required_argument, NULL, 'b' },
	{ "glares", required_argument, NULL, 'g' },
	{ "replay", required_argument, NULL, 'p' },
	{ "socket", required_argument, NULL, 's' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
print_overview(FILE *out)
{
	fputs("usage: referee COMMAND [OPTION]...\n\n", out);
	for (uint32_t i = 0; i < RF_ARRAY_LEN(commands); i++) {
		char words[64];
		snprintf(words, sizeof(words), "%s%s%s", commands[i].words,
		    commands[i].argument != NULL ? " " : "",
		    commands[i].argument != NULL ? commands[i].argument : "");
		fprintf(out, "  %-24s %s\n", words, commands[i].summary);
	}
	fputs("\n  referee COMMAND --help says more; referee --version says which.\n", out);
}

static void
print_usage(FILE *out, const struct command *command)
{
	fprintf(out, "usage: referee %s", command->words);
	for (uint32_t i = 0; i < RF_ARRAY_LEN(option_texts); i++) {
		char letter = option_texts[i].letter;
		if (strchr(command->takes, letter) == NULL)
			continue;
		const char *shown = option_texts[i].shown + 4;
		bool needed = strchr(command->needs, letter) != NULL;
		/* "-c, --config FILE": the long form is the one people can read. */
		if (letter == 'j')
			shown = "--json";
		fprintf(out, needed ? " %s" : " [%s]", shown);
	}
	fprintf(out, "%s%s\n", command->argument != NULL ? " " : "",
	    command->argument != NULL ? command->argument : "");
}

static void
print_help(FILE *out, const struct command *command)
{
	print_usage(out, command);
	fprintf(out, "\n%s\n\n", command->summary);
	for (uint32_t i = 0; i < RF_ARRAY_LEN(option_texts); i++) {
		char letter = option_texts[i].letter;
		if (letter == 'h' || strchr(command->takes, letter) != NULL)
			fprintf(out, "  %-28s %s\n", option_texts[i].shown, option_texts[i].help);
	}
	if (command->help[0] != '\0')
		fprintf(out, "\n%s\n", command->help);
}

/* How many words of the line the command's name takes; 0: it is not this one. */
static int
match_words(const struct command *command, int count, char *const *words)
{
	int used = 0;
	for (const char *p = command->words; *p != '\0'; used++) {
		size_t len = strcspn(p, " ");
		if (used == count || strlen(words[used]) != len || memcmp(words[used], p, len) != 0)
			return 0;
		p += len + (p[len] == ' ');
	}
	return used;
}

static const struct command *
find_command(int count, char *const *words, int *used)
{
	for (uint32_t i = 0; i < RF_ARRAY_LEN(commands); i++) {
		*used = match_words(&commands[i], count, words);
		if (*used > 0)
			return &commands[i];
	}
	return NULL;
}

/* As logs and lists print it: hex digits.  0 names none. */
static bool
read_session(uint64_t *out, const char *text)
{
	size_t len = strlen(text);
	if (len == 0 || len > 16 || strspn(text, "0123456789abcdefABCDEF") != len)
		return false;
	*out = strtoull(text, NULL, 16);
	return *out != 0;
}

/* "text|csv|json" in the order of the enum. */
static bool
read_format(enum rf_cdr_format *out, const char *text)
{
	static const char *const formats[] = { "text", "csv", "json" };
	for (uint32_t i = 0; i < RF_ARRAY_LEN(formats); i++) {
		if (strcmp(text, formats[i]) != 0)
			continue;
		*out = (enum rf_cdr_format)i;
		return true;
	}
	return false;
}

static bool
take_report(struct rf_options *options, const char *path)
{
	static const char *const endings[] = { ".html", ".json", ".csv", ".xml", ".pcapng" };
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; i < RF_ARRAY_LEN(endings) && dot != NULL; i++) {
		if (strcmp(dot, endings[i]) != 0 || options->report_count == RF_REPORTS_MAX)
			continue;
		options->report[options->report_count++] = path;
		return true;
	}
	return false;
}

/* "1..1000", or one number. */
static bool
read_seeds(struct rf_options *options, const char *text)
{
	const char *dots = strstr(text, "..");
	struct rf_slice first = { text, (uint32_t)(dots != NULL ? (size_t)(dots - text) :
								  strlen(text)) };
	return rf_slice_number(&options->seed_first, first, UINT32_MAX) &&
	    rf_slice_number(&options->seed_last,
		dots != NULL ? rf_slice_of(dots + 2) : first, UINT32_MAX) &&
	    options->seed_first <= options->seed_last;
}

/* "ours=theirs", one more of them. */
static bool
take_pair(const char *pair[RF_PAIRS_MAX], uint32_t *count, const char *value)
{
	if (strchr(value, '=') == NULL || *count == RF_PAIRS_MAX)
		return false;
	pair[(*count)++] = value;
	return true;
}

/* Letters of the bounds, in the order of EXPLORE_BUDGETS. */
static const char bounds[RF_BOUNDS_MAX + 1] = "ldkwfbg";

static bool
take_bound(struct rf_options *options, int letter, const char *value)
{
	uint64_t number = 0;
	if (!rf_slice_number(&number, rf_slice_of(value), 9))
		return false;
	options->bound[strchr(bounds, letter) - bounds] = (uint8_t)number;
	options->has_bound = true;
	return true;
}

/* Takes the option into *options; false: its value is none. */
static bool
take_option(struct rf_options *options, int letter, const char *value)
{
	switch (letter) {
	case 'c':
		options->config = value;
		return true;
	case 'P':
		options->partner = value;
		return true;
	case 'R':
		options->refer_to = value;
		return true;
	case 'B':
		options->referred_by = value;
		return true;
	case 'A':
		options->at = value;
		return true;
	case 'F':
		options->fsm_format = value;            /* whose words they are is not known yet */
		return true;
	case 'r':
		options->rows = value;
		return true;
	case 's':
		options->socket = value;
		return true;
	case 'v':
		options->verbose = true;
		return true;
	case 'j':
		options->json = true;
		return true;
	case 'T':
		options->invite = strcmp(value, "invite") == 0;
		return options->invite || strcmp(value, "refer") == 0;
	case 'S':
		return read_session(&options->session, value);
	case 'N':
		options->since = value;
		return true;
	case 'U':
		options->until = value;
		return true;
	case 'x':
		options->tolerance = value;
		return true;
	case 'C':
		options->cdr = value;
		return true;
	case 'M':
		return take_pair(options->column, &options->column_count, value);
	case 'W':
		return take_pair(options->outcome, &options->outcome_count, value);
	case 'o':
		return take_report(options, value);
	case 'n':
		return rf_slice_number(&options->repetitions, rf_slice_of(value), 200) &&
		    options->repetitions > 0;
	case 'e':
		options->has_seed = true;
		return rf_slice_number(&options->seed, rf_slice_of(value), UINT32_MAX);
	case 'D':
		return read_seeds(options, value);
	case 'J':
		return rf_slice_number(&options->jobs, rf_slice_of(value), SWEEP_JOBS_MAX) &&
		    options->jobs > 0;
	case 'X':
		options->party = value;
		return true;
	case 'G':
		options->pcapng = value;
		return true;
	case 'O':
		options->out = value;
		return true;
	case 'I':
		options->script = value;
		return true;
	case 'H':
		options->tape = value;
		return true;
	case 't':
		options->twice = true;
		return true;
	case 'K':
		return rf_slice_number(&options->call, rf_slice_of(value), UINT32_MAX) &&
		    options->call > 0;
	case 'l':
	case 'd':
	case 'k':
	case 'w':
	case 'f':
	case 'b':
	case 'g':
		return take_bound(options, letter, value);
	case 'p':
		options->choices = value;
		return true;
	case 'L':
		return rf_slice_number(&options->limit, rf_slice_of(value), INT64_MAX) &&
		    options->limit > 0;
	default:
		return true;
	}
}

static const char *
name_of(int letter)
{
	for (const struct option *option = long_options; option->name != NULL; option++) {
		if (option->val == letter)
			return option->name;
	}
	return "?";
}

/* For a complaint; option_texts shows most of it. */
static const char *
values_of(int letter)
{
	switch (letter) {
	case 'T':
		return "invite or refer";
	case 'L':
	case 'K':
		return "a number from 1 on";
	case 'M':
	case 'W':
		return "at most 32 pairs such as call_id=Call-ID";
	case 'D':
		return "seeds such as 1..1000";
	case 'J':
		return "a number from 1 to 64";
	case 'o':
		return "at most 6 files that end in .html, .json, .csv, .xml or .pcapng";
	case 'n':
		return "a number from 1 to 200";
	case 'e':
		return "a number below 4294967296";
	case 'l':
	case 'd':
	case 'k':
	case 'w':
	case 'f':
	case 'b':
	case 'g':
		return "a number from 0 to 9";
	default:
		return "a session such as 00000000002a";
	}
}

/* Several commands have a --format; fsm has words of its own and looks at them itself. */
static bool
take_format(struct rf_options *options, const struct command *command, FILE *err)
{
	if (command->command == RF_COMMAND_FSM || options->fsm_format == NULL ||
	    read_format(&options->format, options->fsm_format))
		return true;
	fprintf(err, "referee: --format: expected text, csv or json, got \"%s\"\n",
	    options->fsm_format);
	return false;
}

/* What is wrong with the options given to that command, on err; true: nothing. */
static bool
check_options(const struct command *command, const char *given, FILE *err)
{
	for (const char *p = given; *p != '\0'; p++) {
		if (strchr(command->takes, *p) != NULL)
			continue;
		fprintf(err, "referee %s: --%s has no meaning here\n", command->words, name_of(*p));
		return false;
	}
	for (const char *p = command->needs; *p != '\0'; p++) {
		if (strchr(given, *p) != NULL)
			continue;
		fprintf(err, "referee %s: --%s is missing\n", command->words, name_of(*p));
		return false;
	}
	return true;
}

static bool
take_argument(struct rf_options *options, const struct command *command, int count,
    char *const *words, FILE *err)
{
	int files = command->command == RF_COMMAND_SIM_REPLAY ? INT_MAX :
	    command->command == RF_COMMAND_SIM_COMPARE ? 2 :
	    command->command == RF_COMMAND_SIM_CHECK || command->command == RF_COMMAND_SIM_RUN ||
		command->command == RF_COMMAND_SIM_EXPORT ? 1 :
	    0;
	if (files > 0 && count > 0 && count <= files && (files != 2 || count == 2)) {
		options->files = words;
		options->file_count = count;
		return true;
	}
	if (count > (command->argument == NULL ? 0 : files > 1 ? files : 1)) {
		fprintf(err, "referee %s: \"%s\" is too much\n", command->words, words[count - 1]);
		return false;
	}
	if (command->argument == NULL)
		return true;
	if (command->argument[0] == '[') {
		options->machine = count > 0 ? words[0] : NULL;
		return true;
	}
	if (count == 0 || files == 2) {
		fprintf(err, "referee %s: %s is missing\n", command->words, command->argument);
		return false;
	}
	if (command->command >= RF_COMMAND_DLQ_LIST) {
		options->address = words[0];
		return true;
	}
	if (command->command == RF_COMMAND_SESSION_SHOW && strcmp(words[0], "last") == 0)
		return true;
	if (read_session(&options->session, words[0]))
		return true;
	fprintf(err, "referee %s: expected a session such as 00000000002a%s, got \"%s\"\n",
	    command->words, command->command == RF_COMMAND_SESSION_SHOW ? " or last" : "",
	    words[0]);
	return false;
}

bool
rf_options_parse(struct rf_options *options, int argc, char **argv, FILE *out, FILE *err,
    int *status)
{
	char given[32] = "";
	bool help = false;
	int letter, used;
	*options = (struct rf_options){ .socket = RF_ADMIN_SOCKET };
	*status = RF_EXIT_USAGE;
	optind = 0;                             /* GNU: begin anew, for tests */
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":c:s:jvhV", long_options, NULL)) != -1) {
		if (letter == 'V') {
			fprintf(out, "referee %s\n", PACKAGE_VERSION);
			*status = RF_EXIT_OK;
			return false;
		}
		if (letter == 'h') {
			help = true;
			continue;
		}
		if (letter == '?' || letter == ':') {
			fprintf(err, "referee: %s \"%s\"; referee --help shows what there is\n",
			    letter == ':' ? "a value is missing behind" : "unknown option",
			    argv[optind - 1]);
			return false;
		}
		if (!take_option(options, letter, optarg)) {
			fprintf(err, "referee: --%s: expected %s, got \"%s\"\n", name_of(letter),
			    values_of(letter), optarg);
			return false;
		}
		if (strchr(given, letter) == NULL)
			given[strlen(given)] = (char)letter;
	}
	const struct command *command = find_command(argc - optind, argv + optind, &used);
	if (command == NULL) {
		*status = help ? RF_EXIT_OK : RF_EXIT_USAGE;
		if (!help && optind < argc)
			fprintf(err, "referee: unknown command \"%s\"\n\n", argv[optind]);
		print_overview(help ? out : err);
		return false;
	}
	if (help) {
		*status = RF_EXIT_OK;
		print_help(out, command);
		return false;
	}
	options->command = command->command;
	if (check_options(command, given, err) && take_format(options, command, err) &&
	    take_argument(options, command, argc - optind - used, argv + optind + used, err)) {
		*status = RF_EXIT_OK;
		return true;
	}
	print_usage(err, command);
	return false;
}
