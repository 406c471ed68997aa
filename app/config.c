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

static char *
read_file(const char *path, struct rf_config_errors *errors, size_t *len)
{
	FILE *file = fopen(path, "re");
	char *bytes = malloc(RF_CONFIG_FILE_MAX + 1);
	const char *why = NULL;
	*len = 0;
	if (file == NULL || bytes == NULL) {
		why = strerror(errno);
	} else {
		*len = fread(bytes, 1, RF_CONFIG_FILE_MAX + 1, file);
		if (ferror(file))
			why = strerror(errno);
		else if (*len > RF_CONFIG_FILE_MAX)
			why = "the file is larger than 1 MiB";
	}
	if (file != NULL)
		fclose(file);
	if (why == NULL)
		return bytes;
	rf_config_complain_at(errors, 0, 0, "", "%s", why);
	free(bytes);
	return NULL;
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
read_document(struct rf_config_reader *reader, const char *bytes, size_t len)
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
		rf_config_check(reader);
	}
	yaml_document_delete(&reader->document);
	yaml_parser_delete(&parser);
}

struct rf_config *
rf_config_load(const char *path, struct rf_config_errors *errors)
{
	size_t len;
	memset(errors, 0, sizeof(*errors));
	snprintf(errors->path, sizeof(errors->path), "%s", path);
	char *bytes = read_file(path, errors, &len);
	if (bytes == NULL)
		return NULL;
	struct rf_config *config = calloc(1, sizeof(*config));
	struct rf_config_reader *reader = calloc(1, sizeof(*reader));
	if (config == NULL || reader == NULL)
		abort();
	*reader = (struct rf_config_reader){ .config = config, .errors = errors };
	const char *slash = strrchr(path, '/');
	snprintf(reader->folder, sizeof(reader->folder), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + (slash == path), slash == NULL ? "." : path);
	config->path = rf_config_copy(config, path, strlen(path));
	if (EVP_Digest(bytes, len, config->hash, NULL, EVP_sha256(), NULL) != 1)
		abort();
	if (scan(errors, bytes, len))
		read_document(reader, bytes, len);
	rf_config_errors_sort(errors);
	free(reader->places);
	free(reader);
	free(bytes);
	if (errors->count == 0)
		return config;
	rf_config_free(config);
	return NULL;
}
