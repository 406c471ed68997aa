/* SPDX-License-Identifier: BSD-2-Clause */
/* app/route_test.h -- `referee route test`: what would become of a request, and why. */
#ifndef RF_APP_ROUTE_TEST_H
#define RF_APP_ROUTE_TEST_H

#include <stdio.h>

#include "app/config.h"
#include "app/options.h"

/* Asks the policy of that configuration; the program's exit status: 1 when it would be refused. */
int rf_route_test(const struct rf_config *, const struct rf_options *, FILE *out);

#endif
