/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/folder.h -- segments as files: names, order, how much there is, what goes first. */
#ifndef RF_JOURNAL_FOLDER_H
#define RF_JOURNAL_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

/* "000000000042-20261125T194708Z.journal"; ".incomplete" if it ended in the middle. */
enum { RF_JOURNAL_NAME_MAX = 64 };

struct rf_journal_folder {
	int fd;
	uint64_t newest;                        /* the newest segment's number, at the start */
};

/* Opens and locks it: one writer a folder.  False and a sentence in error. */
bool rf_journal_folder_open(struct rf_journal_folder *, const char *dir, char error[256]);
void rf_journal_folder_close(struct rf_journal_folder *);

/* Removes the oldest segments until `room` more bytes keep within `keep`.  False: they do not. */
bool rf_journal_folder_make_room(struct rf_journal_folder *, uint64_t room, uint64_t keep);
/* Has the file system `room` bytes for us? */
bool rf_journal_folder_has_room(const struct rf_journal_folder *, uint64_t room);

/* A new segment, mode 0600, its name in name; -1: errno says why not. */
int rf_journal_folder_create(struct rf_journal_folder *, uint64_t number, int64_t wall_clock_us,
    char name[RF_JOURNAL_NAME_MAX]);
/* Its name says from now on that it ended in the middle. */
void rf_journal_folder_mark(struct rf_journal_folder *, const char *name);
void rf_journal_folder_remove(struct rf_journal_folder *, const char *name);

#endif
