/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sipp_reader.h -- between sipp_read.c and sipp_read_action.c: what reading a scenario needs.
 */
#ifndef RF_SIM_SIPP_READER_H
#define RF_SIM_SIPP_READER_H

#include <libxml/tree.h>

#include "sim/sipp_parts.h"

struct sipp_reader {
	struct sipp_scenario *scenario;
	char *error;
	bool failed;
	struct {
		char name[SIPP_NAME_MAX];
		int at;
	} label[SIPP_STEPS_MAX];
	uint32_t labels;
	char methods[SIPP_METHODS_MAX]; /* sent so far */
	bool skippable;                 /* the last <recv> may be skipped */
	bool timewait;                  /* nothing may follow */
};

/* The first complaint stays. */
void sipp_complain(struct sipp_reader *, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int sipp_line(const xmlNode *);
/* Every attribute must be one of `known`, or - of a step - one that all steps have. */
void sipp_check_attributes(struct sipp_reader *, const xmlNode *, const char *known, bool step);
/* The value of an attribute, for xmlFree; NULL: there is none. */
char *sipp_attribute(const xmlNode *, const char *name);
/* The variable it names; -1: none. */
int sipp_read_variable(struct sipp_reader *, const xmlNode *, const char *name);
/* True if it is there, and a number. */
bool sipp_read_number(struct sipp_reader *, const xmlNode *, const char *name, double *out);
bool sipp_read_truth(struct sipp_reader *, const xmlNode *, const char *name);
void sipp_read_text(struct sipp_reader *, const xmlNode *, struct sipp_text *out, const char *text);
void sipp_read_actions(struct sipp_reader *, const xmlNode *action, struct sipp_step *);

#endif
