/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/explore_ladder.c -- one future, for people: in the form of the scenes' ladders. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/fsm.h"
#include "sim/explore_world.h"

static void
put_time(struct explore *x)
{
	fprintf(x->ladder, "%8lld.%03d  ", (long long)(x->w.now / RF_MS), (int)(x->w.now % RF_MS));
}

void
explore_ladder(struct explore *x, const char *format, ...)
{
	va_list arguments;
	if (x->ladder == NULL || format[0] == '\0')
		return;
	put_time(x);
	va_start(arguments, format);
	vfprintf(x->ladder, format, arguments);
	va_end(arguments);
	fputc('\n', x->ladder);
}

void
explore_ladder_message(struct explore *x, uint32_t party, bool from_party, const struct sip_text *t,
    const char *fate)
{
	if (x->ladder == NULL)
		return;
	put_time(x);
	fprintf(x->ladder, "%-8s %s referee  ", explore_name[party], from_party ? "->" : "<-");
	if (!t->is_request)
		fprintf(x->ladder, "%u ", t->status);
	fprintf(x->ladder, "%.*s", SIP_SLICE(t->method));
	uint32_t frag = sip_frag_status(t->body);
	struct rf_slice state = sip_value(t, "Subscription-State");
	if (frag != 0)
		fprintf(x->ladder, " [%u]  Subscription-State: %.*s", frag, SIP_SLICE(state));
	fprintf(x->ladder, "%s%s\n", fate[0] != '\0' ? "   " : "", fate);
}

static bool
is_told(const char *machine)
{
	static const char *const quiet[] = { "ict", "nict", "ist", "nist", "dialog", "accept" };
	for (size_t i = 0; i < RF_ARRAY_LEN(quiet); i++) {
		if (strcmp(machine, quiet[i]) == 0)
			return false;
	}
	return true;
}

void
explore_ladder_rows(struct explore *x)
{
	struct rf_trace t;
	while (x->ladder != NULL && rf_trace_next(x->engine, &x->trace_cursor, &t)) {
		if (t.kind == RF_TRACE_NOTE)
			explore_ladder(x, "  | %s", t.text);
		if (t.kind != RF_TRACE_ROW)
			continue;
		const struct rf_fsm *fsm = x->config.machines != NULL
					       ? x->config.machines[t.machine]
					       : rf_engine_machine(t.machine);
		const struct rf_row *row = &fsm->row[t.row];
		if (!is_told(fsm->name))
			continue;
		put_time(x);
		fprintf(x->ladder, "  | %s  %s -> %s\n", fsm->name, row->name,
		    fsm->state[row->to].name);
	}
}
