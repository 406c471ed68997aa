/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/scene.h -- a scene: a ladder written by hand that the world plays and compares.
 *
 * The format is described in tests/scenes/README.  Reading (scene_parse.c) knows no engine, playing
 * (scene_run.c) knows no text. */
#ifndef RF_SIM_SCENE_H
#define RF_SIM_SCENE_H

#include "sim/world.h"

enum {
	SCENE_LINES_MAX = 512,
	SCENE_FILES_MAX = 24,
	SCENE_WORD_MAX = 128,
	SCENE_ERROR_MAX = 1024,
	SCENE_WAIT_MS = 1000,            /* an expectation without `within=` */
	SCENE_OPEN_MS = 40 * 1000,       /* what `open` still plays */
	SCENE_QUIET_MS = 20 * 60 * 1000, /* `quiet` must come to rest by then */
};

enum scene_kind {
	SCENE_SET,
	SCENE_PARTY,
	SCENE_AUTO,
	SCENE_SEND,
	SCENE_EXPECT,
	SCENE_NEVER,
	SCENE_ROW,
	SCENE_FAULT,
	SCENE_STORE,
	SCENE_POLICY,
	SCENE_RESOLVE,
	SCENE_RECEIVER,
	SCENE_LINK,
	SCENE_ADVANCE,
	SCENE_COUNT,
	SCENE_RECORD,
	SCENE_ALLOW,
	SCENE_DRAIN,
	SCENE_CRASH,
	SCENE_END_SESSION,
	SCENE_SPELL,
	SCENE_HEAL,
	SCENE_QUIET,
	SCENE_OPEN
};

struct scene_line {
	enum scene_kind kind;
	const char *file;
	uint32_t number, column;
	bool timed, relative; /* `at 500`, `at +500` */
	rf_time at;
	rf_time delay;  /* ADVANCE; of an oracle's answers */
	rf_time within; /* EXPECT, ROW */
	uint32_t party;
	struct party_line line;       /* SEND, EXPECT */
	struct world_fault fault;     /* FAULT; NEVER: its match */
	struct world_spell spell;     /* SPELL; delay: how long, 0: as it says itself */
	bool on;                      /* AUTO; LINK: up again */
	uint32_t flags;               /* AUTO: PARTY_AUTO_*; STORE: bits of rf_store_kind */
	struct world_hook hook;       /* RECEIVER; on: the store's settlements instead */
	enum world_answer answer;     /* STORE, POLICY, RESOLVE */
	uint64_t value;               /* COUNT, ALLOW, END_SESSION, LINK: reason */
	char word[2][SCENE_WORD_MAX]; /* SET, ROW, COUNT, RECORD, RESOLVE, PARTY */
};

struct scene {
	char title[SCENE_WORD_MAX]; /* the first line without its # */
	char *text[SCENE_FILES_MAX];
	char *file[SCENE_FILES_MAX];
	uint32_t files;
	struct scene_line *line;
	uint32_t lines;
	char error[SCENE_ERROR_MAX]; /* file:line:column: what is wrong */
	world_heard_fn *heard;       /* of the world it is played in */
	void *heard_user;
	world_tap_fn *tap, *party_tap; /* likewise */
	void *tap_user, *party_tap_user;
	const struct sim_shim *shim; /* NULL: nothing is spoiled */
	const struct rf_fsm *const *machines; /* to play it on other tables; NULL: as compiled */
};

/* NULL only without memory; scene->error says what is wrong with the file. */
struct scene *scene_open(const char *path);
void scene_free(struct scene *);
void scene_error(struct scene *, const struct scene_line *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct scene_result {
	bool passed;
	char *ladder;          /* the golden trace; the caller frees it */
	uint64_t hash[2];      /* of the engine's effects */
	struct world_row *row; /* rows taken, for coverage; the caller frees it */
	uint32_t rows;
	rf_time ended;
	struct rf_stats stats; /* when it ended */
};
/* Plays it; what went wrong is in scene->error.  loud: the ladder holds everything. */
void scene_run(struct scene *, bool loud, struct scene_result *);

/* ---- scene_words.c: words of a line, and a message as a line means it */
struct scene_words {
	struct scene *scene;
	struct scene_line *line;
	struct rf_slice rest; /* not read yet */
	const char *begin;    /* of the line, for columns */
	struct rf_slice word;
};
bool scene_next(struct scene_words *);
bool scene_fail(struct scene_words *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool scene_number(struct scene_words *, int64_t *out);
bool scene_message(struct scene_words *); /* the rest of a -> or <- line */
bool scene_match(struct scene_words *);   /* "PARTY -> referee WHAT" of faults and never */

#endif
