/* SPDX-License-Identifier: BSD-2-Clause */
/* app/admin.h -- the Unix socket that `referee ctl` talks to: one line in, one document out. */
#ifndef RF_APP_ADMIN_H
#define RF_APP_ADMIN_H

#include "app/driver.h"
#include "app/options.h"

enum {
	RF_ADMIN_LETTERS_MAX = 1000,            /* dead letters of one answer */
	RF_ADMIN_CLIENTS_MAX = 16,              /* at once; more are closed at once */
	RF_ADMIN_LINE_MAX = 4096,               /* bytes of a command */
	RF_ADMIN_MS = 5000,                     /* a client that says nothing is closed */
};

struct rf_admin;
/* Listens on `path`, mode 0600; a stale socket file is replaced.  NULL and a sentence in error. */
struct rf_admin *rf_admin_open(
    struct event_base *, struct rf_driver *, const char *path, char error[256]);
void rf_admin_close(struct rf_admin *);

/* The other end: sends the command, copies the answer to out; the program's exit status. */
int rf_ctl(const struct rf_options *, FILE *out, FILE *err);

#endif
