/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/report.h -- a study as a file: .html for people, .json, .csv, .xml (JUnit) for machines.
 */
#ifndef RF_APP_SIM_REPORT_H
#define RF_APP_SIM_REPORT_H

#include "app/sim/study.h"

/* By the ending of the name.  False: it cannot be written; err says why. */
bool rf_sim_report_write(const struct rf_sim_study *, const char *path, FILE *err);

void rf_sim_report_json(const struct rf_sim_study *, FILE *);
void rf_sim_report_csv(const struct rf_sim_study *, FILE *);
void rf_sim_report_junit(const struct rf_sim_study *, FILE *);
void rf_sim_report_html(const struct rf_sim_study *, FILE *);

#endif
