/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_config_file.c -- the files that tests of the configuration load. */
#include "tests/unit/test_config_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/check.h"

/* A file in a folder of its own, removed by forget(). */
struct file {
	char folder[64], path[128];
};

static void
write_file(const struct file *file, const char *name, const char *text, size_t len)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", file->folder, name);
	FILE *out = fopen(path, "w");
	CHECK_OR_STOP(out != NULL);
	CHECK(fwrite(text, 1, len, out) == len);
	fclose(out);
}

static const char *table;
static size_t table_len;

void
with_table(const char *csv)
{
	table = csv;
	table_len = csv != NULL ? strlen(csv) : 0;
}

static void
forget(const struct file *file)
{
	static const char *const names[] = { "referee.yaml", "edge.pem", "edge.key", "secret",
		"table.csv" };
	char path[256];
	for (size_t i = 0; i < RF_ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", file->folder, names[i]);
		unlink(path);
	}
	rmdir(file->folder);
}

struct rf_config *
load_bytes(const char *yaml, size_t len, struct rf_config_errors *errors)
{
	struct file file = { "/tmp/referee-test-XXXXXX", "" };
	CHECK_OR_STOP(mkdtemp(file.folder) != NULL);
	write_file(&file, "referee.yaml", yaml, len);
	write_file(&file, "edge.pem", "", 0);
	write_file(&file, "edge.key", "", 0);
	write_file(&file, "secret", "sip:hush@media.example.com\n", 27);
	if (table != NULL)
		write_file(&file, "table.csv", table, table_len);
	snprintf(file.path, sizeof(file.path), "%s/referee.yaml", file.folder);
	struct rf_config *config = rf_config_load(file.path, errors);
	forget(&file);
	return config;
}

struct rf_config *
load(const char *yaml, struct rf_config_errors *errors)
{
	return load_bytes(yaml, strlen(yaml), errors);
}

void
expect(const char *yaml, const char *mistakes)
{
	struct rf_config_errors errors;
	char got[RF_CONFIG_ERRORS_MAX * 440];
	size_t len = 0;
	struct rf_config *config = load(yaml, &errors);
	CHECK(config == NULL);
	rf_config_free(config);
	got[0] = '\0';
	for (uint32_t i = 0; i < errors.count; i++)
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%u:%u: %s\n",
		    errors.at[i].table[0] != '\0' ? "table.csv:" : "", errors.at[i].line,
		    errors.at[i].column, errors.at[i].text);
	CHECK(strcmp(got, mistakes) == 0);
	if (strcmp(got, mistakes) != 0)
		check_note("expected %s# got %s", mistakes, got);
}
