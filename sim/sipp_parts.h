/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sipp_parts.h -- what the files of the SIPp player know of each other.
 *
 *      sipp_read.c    XML -> steps           sipp_text.c    [keywords] -> bytes
 *      sipp_action.c  variables and checks   sipp_call.c    one call, step by step
 *      sipp.c         all calls of a party */
#ifndef RF_SIM_SIPP_PARTS_H
#define RF_SIM_SIPP_PARTS_H

#include <regex.h>

#include "sim/sipp.h"

enum {
	SIPP_STEPS_MAX = 512,
	SIPP_VARIABLES_MAX = 128,
	SIPP_ACTIONS_MAX = 40, /* of one step */
	SIPP_GROUPS_MAX = 8,   /* variables that one <ereg> assigns */
	SIPP_KEYS_MAX = 64,
	SIPP_PIECES_MAX = 256,  /* of one text */
	SIPP_VALUE_MAX = 4096,  /* bytes of one header field, or of an <assignstr> */
	SIPP_NAME_MAX = 32,     /* bytes of a variable, label, method or status */
	SIPP_METHODS_MAX = 512, /* bytes of all methods sent before some <recv> */
};

/* ---- texts: X(keyword) */
#define SIPP_KEYWORDS(X)                                                                           \
	X(branch)                                                                                  \
	X(call_id) X(call_number) X(cseq) X(last_cseq_number) X(last_Request_URI) X(len)           \
	    X(local_ip) X(local_port) X(next_url) X(peer_tag_param) X(pid) X(remote_ip)            \
		X(remote_port) X(routes) X(service) X(transport)

enum sipp_piece_kind {
	SIPP_LITERAL,
	SIPP_VARIABLE,    /* [$name] */
	SIPP_LAST_HEADER, /* [last_Via:] */
#define X(word) SIPP_KEYWORD_##word,
	SIPP_KEYWORDS(X)
#undef X
	    SIPP_PIECE_KIND_MAX
};
struct sipp_piece {
	enum sipp_piece_kind kind;
	char *text;   /* LITERAL; LAST_HEADER: with its colon */
	int variable; /* VARIABLE */
	int offset;   /* [cseq-1] */
};
struct sipp_text {
	struct sipp_piece *piece;
	uint32_t count;
};

/* ---- actions */
enum sipp_action_kind {
	SIPP_EREG,
	SIPP_ASSIGN,
	SIPP_ADD,
	SIPP_ASSIGNSTR,
	SIPP_TODOUBLE,
	SIPP_TEST,
	SIPP_STRCMP
};
enum sipp_place { SIPP_IN_MSG, SIPP_IN_HDR, SIPP_IN_BODY, SIPP_IN_VAR };
enum sipp_compare { SIPP_EQUAL, SIPP_LESS, SIPP_GREATER, SIPP_GREATER_EQUAL };

struct sipp_action {
	enum sipp_action_kind kind;
	int line;
	int to[SIPP_GROUPS_MAX]; /* variables assigned */
	uint32_t to_count;
	int variable, variable2; /* -1: none */
	double number;           /* value= of arithmetic and tests */
	char *value;             /* value= of strcmp; NULL: variable2 */
	struct sipp_text text;   /* ASSIGNSTR */
	enum sipp_compare compare;
	bool check, check_inverse;
	enum sipp_place place; /* EREG */
	char *header, *pattern;
	regex_t regex;
	bool compiled;
};

/* ---- steps */
enum sipp_step_kind { SIPP_SEND, SIPP_RECV, SIPP_PAUSE, SIPP_NOP };
enum sipp_optional { SIPP_MANDATORY, SIPP_OPTIONAL, SIPP_GLOBAL };

struct sipp_step {
	enum sipp_step_kind kind;
	int line;
	char label[SIPP_NAME_MAX]; /* next=, until all labels are known */
	int next;                  /* index; -1: the one behind */
	int test, condexec;        /* variables; -1: none */
	bool condexec_inverse;
	struct sipp_action *action;
	uint32_t actions;
	/* SEND */
	struct sipp_text text;
	char method[SIPP_NAME_MAX]; /* "": a response */
	rf_time repeat;             /* retrans=; 0: never */
	/* RECV */
	char request[SIPP_NAME_MAX]; /* "": a response */
	uint32_t response;
	char methods[SIPP_METHODS_MAX]; /* sent before, in the order of the file */
	enum sipp_optional optional;
	bool record_route;
	/* PAUSE */
	rf_time wait;
	int wait_variable; /* -1: none */
};

struct sipp_scenario {
	char *path;
	struct sipp_step step[SIPP_STEPS_MAX];
	uint32_t steps;
	struct {
		char name[SIPP_NAME_MAX];
		bool global;
		uint32_t uses;
	} variable[SIPP_VARIABLES_MAX];
	uint32_t variables;
	struct {
		char *name, *value;
	} key[SIPP_KEYS_MAX];
	uint32_t keys;
	bool caller;
	/* what SIPp says by itself when it gives a call up */
	struct sipp_text ack, bye, cancel, ok;
};

/* ---- a call */
enum sipp_type { SIPP_UNDEFINED, SIPP_MATCH, SIPP_STRING, SIPP_DOUBLE, SIPP_BOOL };
struct sipp_value {
	enum sipp_type type;
	char *text; /* MATCH, STRING */
	double number;
	bool truth;
};

struct sipp_call {
	struct sipp *sipp;
	uint32_t number; /* from 1 */
	bool over;
	char id[SIPP_VALUE_MAX];
	struct sipp_value value[SIPP_VARIABLES_MAX];
	int at;               /* index of the step */
	rf_time paused_until; /* 0: not in a pause */
	uint32_t cseq;
	char peer_tag[SIPP_NAME_MAX * 8]; /* "": none yet */
	char next_url[SIPP_VALUE_MAX], routes[SIPP_VALUE_MAX];
	bool route_known, established, ack_pending;
	char *last_received, *last_sent; /* NUL-terminated; NULL: none */
	int last_sent_at;
	/* over UDP: ours, until it is answered */
	rf_time repeat_at, interval; /* 0: nothing to repeat */
	uint32_t repeats;
	/* theirs: what came last, and what we said to it */
	uint64_t heard_hash, answered_hash;
	int heard_at, answer_at; /* steps; -1: none */
	uint64_t generation;     /* of its timer */
};

struct sipp {
	struct world *world;
	struct party *party;
	const struct sipp_scenario *scenario;
	struct sipp_options options;
	struct sipp_call *call[SIPP_CALLS_MAX];
	uint32_t calls, alive;
	struct sipp_value global[SIPP_VARIABLES_MAX];
	rf_time next_call_at;
	bool started;
	sipp_log_fn *log;
	void *log_user;
	char error[SIPP_ERROR_MAX];
};

/* ---- sipp_read.c */
int sipp_variable(struct sipp_scenario *, struct rf_slice name); /* -1: too many */

/* ---- sipp_text.c */
/* False: *why says what is wrong with it. */
bool sipp_text_compile(struct sipp_scenario *, struct sipp_text *, const char *, const char **why);
void sipp_text_free(struct sipp_text *);
/* Into out, NUL-terminated; its length, or 0 if there is no room.  step: index for [branch]. */
uint32_t sipp_text_write(
    const struct sipp_call *, const struct sipp_text *, int step, char *out, uint32_t room);
/* A header field as SIPp finds it: several are joined, compact names are known; with its name or
 * not.  False: there is none. */
bool sipp_header(
    const char *message, const char *name_and_colon, bool named, char out[SIPP_VALUE_MAX]);

/* ---- sipp_action.c */
struct sipp_value *sipp_value(struct sipp_call *, int variable);
bool sipp_value_is_set(const struct sipp_value *);
double sipp_value_number(const struct sipp_value *); /* 0 unless it is a number */
void sipp_value_free(struct sipp_value *);
/* In order, up to the first that fails.  message: what came or went; NULL: nothing. */
void sipp_act(struct sipp_call *, const struct sipp_step *, const char *message);
void sipp_fail(struct sipp_call *, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- sipp_call.c */
void sipp_call_init(struct sipp_call *, struct sipp *, uint32_t number, const char *id);
void sipp_call_fini(struct sipp_call *);
void sipp_call_run(struct sipp_call *);
void sipp_call_receive(struct sipp_call *, const char *message);

/* ---- sipp.c */
void sipp_say(struct sipp_call *, const char *bytes, uint32_t len);
void sipp_wake(struct sipp_call *, rf_time at); /* run it then */
void sipp_ended(struct sipp_call *);

#endif
