/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/file.c -- a world file becomes a struct, or a list of mistakes with their places. */
#include "app/sim/file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "app/sim/parts.h"

/* Of the world file, and of the configuration it names: each complains about itself. */
struct complaints {
	struct rf_config_errors world, config;
};

static void
write_complaints(const struct complaints *c, FILE *err, FILE *json)
{
	const struct rf_config_errors *errors = c->world.count > 0 ? &c->world : &c->config;
	if (json != NULL) {
		rf_config_errors_write_json(errors, json);
		return;
	}
	rf_config_errors_write(&c->world, err);
	if (c->config.count > 0)
		rf_config_errors_write(&c->config, err);
}

struct rf_sim_file *
rf_sim_file_load(const char *path, FILE *err, FILE *json)
{
	struct rf_sim_file *file = calloc(1, sizeof *file);
	struct complaints *complaints = calloc(1, sizeof *complaints);
	struct rf_config_reader *reader = calloc(1, sizeof *reader);
	if (file == NULL || complaints == NULL || reader == NULL)
		abort();
	file->path = rf_config_copy(&file->memory, path, strlen(path));
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
	file->name = rf_config_copy(&file->memory, base, strcspn(base, "."));
	*reader = (struct rf_config_reader){ .schema = &rf_sim_schema,
		.base = file,
		.memory = &file->memory,
		.errors = &complaints->world,
		.user = &complaints->config };
	bool good = rf_config_read(reader, path, NULL, rf_sim_check) &&
	    complaints->config.count == 0;
	if (!good || json != NULL)
		write_complaints(complaints, err, json);
	free(reader);
	free(complaints);
	if (good)
		return file;
	rf_sim_file_free(file);
	return NULL;
}

void
rf_sim_file_free(struct rf_sim_file *file)
{
	if (file == NULL)
		return;
	for (uint32_t i = 0; i < file->variants_count; i++)
		rf_config_free(file->variants[i].config);
	rf_config_memory_free(file->memory);
	free(file);
}
