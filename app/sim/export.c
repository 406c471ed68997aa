/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/export.c -- plays a scene with somebody listening, and lets that one write. */
#include "app/sim/export.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/pcapng.h"
#include "sim/scene.h"
#include "sim/sipp_export.h"

/* What was heard is written even if the scene fails: that is when one wants to see it. */
static bool
play(struct scene *scene, FILE *err)
{
	struct scene_result result;
	scene_run(scene, false, &result);
	free(result.ladder);
	free(result.row);
	if (!result.passed)
		fprintf(err, "referee: the scene fails: %s\n", scene->error);
	return result.passed;
}

static int
export_sipp(struct scene *scene, const struct rf_options *o, FILE *out, FILE *err)
{
	char error[WORLD_ERROR_MAX];
	uint32_t party = world_party_find(rf_slice_of(o->party));
	if (party == WORLD_PARTIES_MAX) {
		fprintf(err, "referee: --sipp: there is no party \"%s\"\n", o->party);
		return RF_EXIT_USAGE;
	}
	struct sipp_export *x = sipp_export_new(party);
	assert(x != NULL);
	scene->party_tap = sipp_export_see;
	scene->party_tap_user = x;
	bool passed = play(scene, err);
	uint32_t call = o->call != 0 ? (uint32_t)o->call : 1;
	bool written = sipp_export_write(x, call, out, error);
	if (!written)
		fprintf(err, "referee: %s cannot be exported: %s\n", o->party, error);
	sipp_export_free(x);
	return passed && written ? RF_EXIT_OK : RF_EXIT_FAILED;
}

static int
export_pcapng(struct scene *scene, const struct rf_options *o, FILE *err)
{
	FILE *file = fopen(o->pcapng, "wb");
	struct pcapng *g = file != NULL ? pcapng_new(file) : NULL;
	if (g == NULL) {
		fprintf(err, "referee: cannot write %s\n", o->pcapng);
		return RF_EXIT_FAILED;
	}
	scene->tap = pcapng_see;
	scene->tap_user = g;
	bool passed = play(scene, err);
	bool written = pcapng_free(g);
	written &= fclose(file) == 0;
	if (!written)
		fprintf(err, "referee: cannot write %s\n", o->pcapng);
	return passed && written ? RF_EXIT_OK : RF_EXIT_FAILED;
}

int
rf_export(const struct rf_options *o, FILE *out, FILE *err)
{
	int status = RF_EXIT_USAGE;
	if ((o->party == NULL) == (o->pcapng == NULL)) {
		fprintf(err, "referee sim export: either --sipp or --pcapng\n");
		return status;
	}
	struct scene *scene = scene_open(o->files[0]);
	if (scene == NULL)
		return RF_EXIT_FAILED;
	if (scene->error[0] != '\0')
		fprintf(err, "referee: %s\n", scene->error);
	else if (o->party != NULL)
		status = export_sipp(scene, o, out, err);
	else
		status = export_pcapng(scene, o, err);
	scene_free(scene);
	return status;
}
