/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config.c -- from a file to a struct, or to a list of mistakes.
 *
 * The file is read twice: once as events, which cost nothing and show syntax errors, depth and size
 * before memory is spent; then as a document, whose nodes keep their marks. */
#include "app/config.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "app/config_parts.h"

char *
rf_config_file_read(const char *path, size_t max, const char **why, size_t *len)
{
	FILE *file = fopen(path, "re");
	char *bytes = malloc(max + 1);
	*why = NULL;
	*len = 0;
	if (file == NULL || bytes == NULL) {
		*why = strerror(errno);
	} else {
		*len = fread(bytes, 1, max + 1, file);
		if (ferror(file))
			*why = strerror(errno);
		else if (*len > max)
			*why = max == RF_CONFIG_FILE_MAX ? "the file is larger than 1 MiB" :
			    "the file is larger than 16 MiB";
	}
	if (file != NULL)
		fclose(file);
	if (*why == NULL)
		return bytes;
	free(bytes);
	return NULL;
}

void
rf_config_hash_add(struct rf_config *config, const char *bytes, size_t len)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(md, config->hash, sizeof(config->hash)) != 1 ||
	    EVP_DigestUpdate(md, bytes, len) != 1 ||
	    EVP_DigestFinal_ex(md, config->hash, NULL) != 1)
		abort();
	EVP_MD_CTX_free(md);
}

static void
complain_syntax(const yaml_parser_t *parser, struct rf_config_errors *errors, const char *bytes,
    size_t len)
{
	const char *problem = parser->problem != NULL ? parser->problem : "not YAML";
	uint32_t line = (uint32_t)parser->problem_mark.line + 1;
	uint32_t column = (uint32_t)parser->problem_mark.column + 1;
	if (parser->error == YAML_READER_ERROR) {
		/* The reader knows only an offset. */
		line = column = 1;
		for (size_t i = 0; i < parser->problem_offset && i < len; i++) {
			column = bytes[i] == '\n' ? 1 : column + 1;
			line += bytes[i] == '\n';
		}
	}
	size_t at = parser->problem_mark.index;
	bool tab = parser->error == YAML_SCANNER_ERROR && at < len && bytes[at] == '\t';
	if (tab)
		problem = "a tab cannot indent, expected spaces";
	if (parser->context != NULL && !tab)
		rf_config_complain_at(errors, line, column, "", "%s (%s begun at %zu:%zu)", problem,
		    parser->context, parser->context_mark.line + 1,
		    parser->context_mark.column + 1);
	else
		rf_config_complain_at(errors, line, column, "", "%s", problem);
}

/* False after a complaint: not YAML, too deep, too many nodes, several documents. */
static bool
scan(struct rf_config_errors *errors, const char *bytes, size_t len)
{
	yaml_parser_t parser;
	yaml_event_t event;
	uint32_t depth = 0, nodes = 0, documents = 0, before = errors->count;
	bool going = yaml_parser_initialize(&parser) != 0;
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
	while (going) {
		if (!yaml_parser_parse(&parser, &event)) {
			complain_syntax(&parser, errors, bytes, len);
			break;
		}
		uint32_t line = (uint32_t)event.start_mark.line + 1;
		uint32_t column = (uint32_t)event.start_mark.column + 1;
		yaml_event_type_t type = event.type;
		yaml_event_delete(&event);
		depth += type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT;
		depth -= type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT;
		documents += type == YAML_DOCUMENT_START_EVENT;
		going = type != YAML_STREAM_END_EVENT;
		if (depth > RF_CONFIG_DEPTH_MAX)
			rf_config_complain_at(errors, line, column, "",
			    "nested deeper than %d levels",
			    RF_CONFIG_DEPTH_MAX);
		else if (++nodes > RF_CONFIG_NODES_MAX)
			rf_config_complain_at(errors, line, column, "", "more than %d values",
			    RF_CONFIG_NODES_MAX);
		else if (documents > 1)
			rf_config_complain_at(errors, line, column, "",
			    "a second document begins; expected one");
		going = going && errors->count == before;
	}
	yaml_parser_delete(&parser);
	return errors->count == before;
}

static void
read_document(struct rf_config_reader *reader, const char *bytes, size_t len,
    rf_config_check_fn *check)
{
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, len);
	if (!yaml_parser_load(&parser, &reader->document)) {
		complain_syntax(&parser, reader->errors, bytes, len);
		yaml_parser_delete(&parser);
		return;
	}
	yaml_node_t *root = yaml_document_get_root_node(&reader->document);
	if (root == NULL) {
		rf_config_complain_at(reader->errors, 1, 1, "", "the file is empty");
	} else if (rf_config_walk(reader, root)) {
		check(reader);
	}
	yaml_document_delete(&reader->document);
	yaml_parser_delete(&parser);
}

bool
rf_config_read(struct rf_config_reader *reader, const char *path, uint8_t hash[32],
    rf_config_check_fn *check)
{
	size_t len;
	struct rf_config_errors *errors = reader->errors;
	memset(errors, 0, sizeof(*errors));
	snprintf(errors->path, sizeof(errors->path), "%s", path);
	const char *why;
	char *bytes = rf_config_file_read(path, RF_CONFIG_FILE_MAX, &why, &len);
	if (bytes == NULL) {
		rf_config_complain_at(errors, 0, 0, "", "%s", why);
		return false;
	}
	const char *slash = strrchr(path, '/');
	snprintf(reader->folder, sizeof(reader->folder), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + (slash == path), slash == NULL ? "." : path);
	if (hash != NULL && EVP_Digest(bytes, len, hash, NULL, EVP_sha256(), NULL) != 1)
		abort();
	if (scan(errors, bytes, len))
		read_document(reader, bytes, len, check);
	rf_config_errors_sort(errors);
	free(reader->places);
	free(reader->names);
	reader->places = NULL;
	reader->places_count = reader->places_max = 0;
	reader->names = NULL;
	reader->names_len = reader->names_max = 0;
	free(bytes);
	return errors->count == 0;
}

static struct rf_config *
load(const char *path, struct rf_config_reader *reader, rf_config_check_fn *check)
{
	struct rf_config *config = calloc(1, sizeof(*config));
	if (config == NULL)
		abort();
	reader->schema = &rf_config_schema;
	reader->base = reader->config = config;
	reader->memory = &config->memory;
	config->path = rf_config_copy(&config->memory, path, strlen(path));
	if (rf_config_read(reader, path, config->hash, check))
		return config;
	rf_config_free(config);
	return NULL;
}

struct rf_config *
rf_config_load(const char *path, struct rf_config_errors *errors)
{
	struct rf_config_reader *reader = calloc(1, sizeof(*reader));
	if (reader == NULL)
		abort();
	reader->errors = errors;
	struct rf_config *config = load(path, reader, rf_config_check);
	free(reader);
	return config;
}

struct rf_config *
rf_config_load_elsewhere(const char *path, struct rf_config_errors *errors)
{
	struct rf_config_reader *reader = calloc(1, sizeof(*reader));
	if (reader == NULL)
		abort();
	reader->errors = errors;
	reader->elsewhere = true;
	struct rf_config *config = load(path, reader, rf_config_check);
	free(reader);
	return config;
}

/* ---- a configuration with others laid over it ------------------------------------------------ */

struct overlay {
	struct rf_config_reader *over;
	yaml_node_t *const *tree;
	uint32_t trees;
};

static void
lay_over(struct rf_config_reader *reader)
{
	const struct overlay *overlay = reader->user;
	yaml_document_t own = reader->document;
	struct rf_config_errors *errors = reader->errors;
	reader->document = overlay->over->document;
	reader->errors = overlay->over->errors;
	reader->overlaid = true;
	for (uint32_t i = 0; i < overlay->trees; i++) {
		if (overlay->tree[i] == NULL)
			continue;
		snprintf(reader->name, sizeof(reader->name), "overrides");
		rf_config_walk(reader, overlay->tree[i]);
		reader->name[0] = '\0';
	}
	reader->overlaid = false;
	reader->document = own;
	reader->errors = errors;
	rf_config_check(reader);
}

struct rf_config *
rf_config_load_over(const char *path, struct rf_config_reader *over, yaml_node_t *const *tree,
    uint32_t trees, struct rf_config_errors *errors)
{
	struct overlay overlay = { over, tree, trees };
	uint32_t before = over->errors->count;
	struct rf_config_reader *reader = calloc(1, sizeof(*reader));
	if (reader == NULL)
		abort();
	*reader = (struct rf_config_reader){ .errors = errors, .elsewhere = true,
		.user = &overlay };
	struct rf_config *config = load(path, reader, lay_over);
	free(reader);
	if (over->errors->count == before)
		return config;
	rf_config_free(config);
	return NULL;
}
