/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/model/lockstep.c -- the engine against the reference model.
 *
 *      lockstep [--inputs N] [--seed N]        random events; the first divergence is a scene
 *      lockstep --planted [--inputs N]         defects are planted; the model must tell each of
 * them */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/engine.h"
#include "tests/model/harness.h"
#include "tests/tables/museum.h"
#include "tools/fsm_rows.h"

enum { INPUTS_DEFAULT = 30 * 1000, CAUGHT_MIN = 5 };

static void
put_rows(const struct lockstep *l)
{
	unsigned taken = 0, all = 0;
	const struct rf_fsm *fsm;
	for (uint32_t m = 0; (fsm = rf_engine_machine(m)) != NULL; m++) {
		all += fsm->rows;
		for (unsigned i = 0; i < fsm->rows; i++)
			taken += l->taken[m][i];
	}
	printf("# %llu inputs in %llu calls, %llu messages compared, %u of %u rows taken, "
	       "at most %u effects in a step\n",
	    (unsigned long long)l->inputs, (unsigned long long)l->runs,
	    (unsigned long long)l->messages, taken, all, l->effects_max);
}

static int
compare(uint64_t seed, uint64_t inputs)
{
	struct lockstep l = { .seed = seed, .inputs_max = inputs };
	bool same = lockstep_run(&l);
	printf("1..1\n%s 1 - engine and model say the same\n", same ? "ok" : "not ok");
	put_rows(&l);
	if (!same)
		printf("# the first divergence, as a scene:\n%s", l.scene);
	free(l.scene);
	return same ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* In a process of its own: a planted defect may also end in an assertion. */
static bool
tells(const struct museum_piece *piece, uint64_t inputs)
{
	static struct patched p;
	int status;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		const struct rf_fsm *machines[RF_FSM_MACHINES_MAX];
		museum_machines(machines, &p, piece);
		struct lockstep l = { .machines = machines, .inputs_max = inputs };
		bool same = lockstep_run(&l);
		printf("# %-55s %s", piece->report, same ? "not seen" : "seen");
		printf(" (%llu inputs)\n", (unsigned long long)l.inputs);
		fflush(stdout);
		_exit(same ? 0 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return false;
	if (WIFSIGNALED(status))
		printf("# %-55s an assertion\n", piece->report);
	return WIFSIGNALED(status) || WEXITSTATUS(status) == 1;
}

static int
plant(uint64_t inputs)
{
	unsigned caught = 0, count = 0;
	for (const struct museum_piece *piece = museum; piece->report != NULL; piece++, count++)
		caught += tells(piece, inputs);
	printf("1..1\n%s 1 - the model tells %u of %u planted defects\n",
	    caught >= CAUGHT_MIN ? "ok" : "not ok", caught, count);
	return caught >= CAUGHT_MIN ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	uint64_t inputs = INPUTS_DEFAULT, seed = 0;
	bool planted = false;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--planted") == 0) {
			planted = true;
		} else if (strcmp(argv[i], "--inputs") == 0 && i + 1 < argc) {
			inputs = strtoull(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
			seed = strtoull(argv[++i], NULL, 10);
		} else {
			fputs("usage: lockstep [--planted] [--inputs N] [--seed N]\n", stderr);
			return EXIT_FAILURE;
		}
	}
	return planted ? plant(inputs) : compare(seed, inputs);
}
