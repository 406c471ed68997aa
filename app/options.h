/* SPDX-License-Identifier: BSD-2-Clause */
/* app/options.h -- the command line, as a struct.  It starts nothing and reads no file. */
#ifndef RF_APP_OPTIONS_H
#define RF_APP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {                                          /* exit status of the program */
	RF_EXIT_OK = 0,
	RF_EXIT_FAILED = 1,
	RF_EXIT_VIOLATED = 2,                   /* sim: an invariant was broken */
	RF_EXIT_DIVERGED = 3,                   /* sim: the same input, other effects */
	RF_EXIT_USAGE = 64,
	RF_EXIT_CONFIG = 78,
};

#define RF_ADMIN_SOCKET "/run/referee/admin.sock"       /* ctl's default, and config.def's */

enum rf_command {
	RF_COMMAND_SERVE,               /* config, rows */
	RF_COMMAND_CHECK,               /* config, json */
	RF_COMMAND_ROUTE_TEST,          /* config, partner, refer_to, referred_by, at, ... */
	RF_COMMAND_SIM_REPLAY,          /* files, config (NULL: not given), json, verbose */
	RF_COMMAND_SIM_CHECK,           /* files (1), json */
	RF_COMMAND_SIM_RUN,             /* files (1), report, repetitions, seed, json */
	RF_COMMAND_SIM_COMPARE,         /* files (2), report, repetitions, seed, json */
	RF_COMMAND_SIM_SWEEP,           /* seed_first, seed_last, jobs, verbose */
	RF_COMMAND_SIM_LADDER,          /* seed or script, call, verbose */
	RF_COMMAND_SIM_SHRINK,          /* seed, out */
	RF_COMMAND_SIM_EXPORT,          /* files (1), party, call, pcapng */
	RF_COMMAND_SIM_EXPLORE,         /* bound, choices, verbose */
	RF_COMMAND_CDR,                 /* config, format, session, since, limit */
	RF_COMMAND_RECONCILE,           /* config, cdr, column, outcome, tolerance, ... */
	RF_COMMAND_FSM,                 /* machine, format */
	RF_COMMAND_STATUS,              /* the rest: socket, json */
	RF_COMMAND_SESSION_LIST,
	RF_COMMAND_SESSION_SHOW,        /* session */
	RF_COMMAND_SESSION_END,         /* session */
	RF_COMMAND_DLQ_LIST,
	RF_COMMAND_DLQ_SHOW,            /* address: a number */
	RF_COMMAND_DLQ_REPLAY,          /* address: a number, or all */
	RF_COMMAND_DLQ_DROP,            /* address: a number, or all */
	RF_COMMAND_SOURCE_LIST,
	RF_COMMAND_SOURCE_CLEAR,        /* address */
	RF_COMMAND_LIVE_ROUTE_TEST,     /* as ROUTE_TEST, of what is served */
};

enum { RF_REPORTS_MAX = 6, RF_BOUNDS_MAX = 7, RF_PAIRS_MAX = 32 };

enum rf_cdr_format { RF_CDR_TEXT, RF_CDR_CSV, RF_CDR_JSON };

struct rf_options {
	enum rf_command command;
	const char *config;             /* never NULL where it is used */
	const char *partner, *refer_to;
	const char *referred_by;        /* NULL: not given */
	const char *at;                 /* NULL: now */
	const char *socket;             /* ctl; never NULL */
	bool invite;                    /* route test: --trigger invite */
	bool json, verbose;
	char *const *files;             /* sim: one at least */
	int file_count;
	uint64_t session;               /* written in hex; 0: session show last, cdr of all */
	enum rf_cdr_format format;
	const char *since;              /* NULL: not given */
	uint64_t limit;                 /* 0: all */
	const char *until, *tolerance;  /* reconcile; NULL: not given */
	const char *cdr;                /* ... NULL: that of the configuration */
	const char *column[RF_PAIRS_MAX], *outcome[RF_PAIRS_MAX];       /* ... "ours=theirs" */
	uint32_t column_count, outcome_count;
	const char *address;            /* source clear */
	const char *machine, *fsm_format; /* fsm; NULL: every machine; a table */
	const char *report[RF_REPORTS_MAX];     /* sim run, compare: files to write */
	uint32_t report_count;
	uint8_t bound[RF_BOUNDS_MAX];   /* sim explore: in the order of EXPLORE_BUDGETS */
	bool has_bound;
	const char *choices;            /* sim explore: to be made again; NULL: search */
	uint64_t repetitions;           /* 0: as the world says */
	uint64_t seed;
	bool has_seed;
	uint64_t seed_first, seed_last;         /* sim sweep */
	uint64_t jobs;                          /* 0: one for each processor */
	const char *party;                      /* sim export: as a SIPp scenario; NULL: not */
	uint64_t call;  /* ... its nth call; 0: the first.  sim ladder: that one alone; 0: all */
	const char *pcapng;                     /* sim export: file to write; NULL: none */
	const char *out;                        /* sim shrink: folder to write; NULL: none */
	const char *script;                     /* sim ladder: of sim shrink; NULL: by seed */
	const char *tape;                       /* sim shrink: of the fuzzer; NULL: by seed */
	bool twice;                             /* sim sweep: every seed, and compares */
	const char *rows;               /* serve: where to write the rows taken; NULL: nowhere */
};

/* True: *options is complete.  False: *status is how to exit; help has been printed to out, or what
 * is wrong to err.  Strings point into argv, which getopt_long reorders. */
bool rf_options_parse(struct rf_options *options, int argc, char **argv, FILE *out, FILE *err,
    int *status);

#endif
