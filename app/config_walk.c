/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_walk.c -- the YAML document is walked along the rows of a schema.
 *
 * It knows shapes only: what a value means is its reader's, what names refer to is
 * config_check.c's. */
#include "app/config_parts.h"

#include <assert.h>
#include <string.h>

enum { LIST_MAX = 4096 };

static bool read_section(struct rf_config_reader *, uint8_t section, yaml_node_t *, void *base);

static struct rf_slice
text_of(const yaml_node_t *node)
{
	assert(node->type == YAML_SCALAR_NODE);
	return (struct rf_slice){ (const char *)node->data.scalar.value,
		(uint32_t)node->data.scalar.length };
}

/* Every reading of a node goes through here: aliases make few bytes many nodes. */
static yaml_node_t *
node_at(struct rf_config_reader *reader, int index)
{
	if (reader->visited++ == RF_CONFIG_NODES_MAX)
		rf_config_complain_at(reader->errors, 0, 0, "",
		    "more than %d values, aliases counted each time", RF_CONFIG_NODES_MAX);
	return reader->visited > RF_CONFIG_NODES_MAX ? NULL :
	    yaml_document_get_node(&reader->document, index);
}

bool
rf_config_is_hopeless(const struct rf_config_reader *reader)
{
	return reader->errors->more || reader->visited > RF_CONFIG_NODES_MAX;
}

size_t
rf_config_name_push(struct rf_config_reader *reader, struct rf_slice key, uint32_t index)
{
	size_t len = strlen(reader->name), left = sizeof(reader->name) - len;
	if (key.p != NULL)
		snprintf(reader->name + len, left, "%s%.*s", len > 0 ? "." : "", (int)key.len,
		    key.p);
	else
		snprintf(reader->name + len, left, "[%u]", index);
	return len;
}

void
rf_config_name_pop(struct rf_config_reader *reader, size_t len)
{
	reader->name[len] = '\0';
}

static void *
array_make(struct rf_config_reader *reader, const struct rf_config_field *field, char *base,
    size_t size, size_t count)
{
	void *array = rf_config_take(reader->memory, size * (count + 1));
	uint32_t count32 = (uint32_t)count;
	memcpy(base + field->offset, &array, sizeof(array));
	memcpy(base + field->count_offset, &count32, sizeof(count32));
	return array;
}

char *
rf_config_rows_make(struct rf_config_reader *reader, const struct rf_config_field *field,
    char *base, size_t count, size_t *row_size)
{
	assert(field->shape == RF_SHAPE_BLOCKS);
	*row_size = reader->schema->section_size[field->inner];
	return array_make(reader, field, base, *row_size, count);
}

char *
rf_config_list_make(struct rf_config_reader *reader, const struct rf_config_field *field,
    char *base, size_t count)
{
	assert(field->shape == RF_SHAPE_LIST);
	return array_make(reader, field, base, rf_config_kind_size[field->kind], count);
}

void
rf_config_rows_cut(const struct rf_config_field *field, char *base, uint32_t count)
{
	memcpy(base + field->count_offset, &count, sizeof(count));
}

/* ---- defaults: written like in a file and read by the same readers ----------------------- */

static void
preset_list(struct rf_config_reader *reader, const struct rf_config_field *field, char *base)
{
	struct rf_slice rest = rf_slice_of(field->preset), element;
	size_t size = rf_config_kind_size[field->kind];
	uint32_t count = 1;
	for (uint32_t i = 0; i < rest.len; i++)
		count += rest.p[i] == ',';
	char *array = array_make(reader, field, base, size, count);
	for (uint32_t i = 0; rf_list_next(&rest, &element); i++) {
		bool good = rf_config_value_read(reader, field, (yaml_mark_t){ 0 }, element,
		    array + i * size);
		assert(good);
		(void)good;
	}
}

void
rf_config_preset(struct rf_config_reader *reader, uint8_t section, char *base)
{
	for (uint32_t i = 0; i < reader->schema->fields; i++) {
		const struct rf_config_field *field = &reader->schema->field[i];
		if (field->section != section)
			continue;
		if (field->shape == RF_SHAPE_PART)
			rf_config_preset(reader, field->inner, base);
		if (field->preset == NULL || field->preset[0] == '\0')
			continue;
		if (field->shape == RF_SHAPE_LIST) {
			preset_list(reader, field, base);
		} else if (field->shape == RF_SHAPE_VALUE) {
			bool good = rf_config_value_read(reader, field, (yaml_mark_t){ 0 },
			    rf_slice_of(field->preset), base + field->offset);
			assert(good);
			(void)good;
		}
	}
}

/* ---- the walk ---------------------------------------------------------------------------- */

static void
read_scalar(struct rf_config_reader *reader, const struct rf_config_field *field, yaml_node_t *node,
    void *out)
{
	if (node == NULL)
		return;
	if (node->type != YAML_SCALAR_NODE) {
		rf_config_complain(reader, node->start_mark, "expected one value, not a %s",
		    node->type == YAML_SEQUENCE_NODE ? "list" : "map");
		return;
	}
	rf_config_place_add(reader, out, rf_config_kind_size[field->kind], node->start_mark);
	rf_config_value_read(reader, field, node->start_mark, text_of(node), out);
}

/* {table: FILE.csv} instead of a list; false: it is no such map. */
static bool
read_table(struct rf_config_reader *reader, const struct rf_config_field *field, yaml_node_t *node,
    char *base)
{
	static const struct rf_config_field table = { .key = "table", .kind = RF_KIND_PATH };
	yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	if (node->data.mapping.pairs.top - pair != 1)
		return false;
	yaml_node_t *key = node_at(reader, pair->key), *value = node_at(reader, pair->value);
	const char *path;
	if (key == NULL || value == NULL || key->type != YAML_SCALAR_NODE ||
	    value->type != YAML_SCALAR_NODE || !rf_slice_equal(text_of(key), RF_SLICE("table")))
		return false;
	if (rf_config_value_read(reader, &table, value->start_mark, text_of(value), &path))
		rf_config_table_read(reader, field, value->start_mark, path, base);
	return true;
}

static void
read_list(struct rf_config_reader *reader, const struct rf_config_field *field, yaml_node_t *node,
    char *base)
{
	size_t size = rf_config_kind_size[field->kind];
	if (node->type == YAML_MAPPING_NODE && read_table(reader, field, node, base))
		return;
	if (node->type == YAML_MAPPING_NODE) {
		rf_config_complain(reader, node->start_mark, "expected a list, not a map");
		return;
	}
	if (node->type == YAML_SCALAR_NODE) {
		read_scalar(reader, field, node, array_make(reader, field, base, size, 1));
		return;
	}
	yaml_node_item_t *item = node->data.sequence.items.start;
	size_t count = (size_t)(node->data.sequence.items.top - item);
	if (count > LIST_MAX) {
		rf_config_complain(reader, node->start_mark, "expected at most %d entries, got %zu",
		    LIST_MAX, count);
		return;
	}
	char *array = array_make(reader, field, base, size, count);
	for (uint32_t i = 0; i < count && !rf_config_is_hopeless(reader); i++) {
		size_t back = rf_config_name_push(reader, (struct rf_slice){ NULL, 0 }, i);
		read_scalar(reader, field, node_at(reader, item[i]), array + i * size);
		rf_config_name_pop(reader, back);
	}
}

static void
read_blocks(struct rf_config_reader *reader, const struct rf_config_field *field, yaml_node_t *node,
    char *base)
{
	size_t size = reader->schema->section_size[field->inner];
	if (node->type == YAML_MAPPING_NODE && read_table(reader, field, node, base))
		return;
	if (node->type != YAML_SEQUENCE_NODE) {
		rf_config_complain(reader, node->start_mark,
		    "expected a list of maps, each entry begun with \"- \"");
		return;
	}
	yaml_node_item_t *item = node->data.sequence.items.start;
	size_t count = (size_t)(node->data.sequence.items.top - item);
	if (count == 0 && field->preset == NULL)
		rf_config_complain(reader, node->start_mark, "expected at least one entry");
	if (count > (size_t)field->max) {
		rf_config_complain(reader, node->start_mark,
		    "expected at most %lld entries, got %zu",
		    (long long)field->max, count);
		return;
	}
	char *array = array_make(reader, field, base, size, count);
	bool overlaid = reader->overlaid;
	reader->overlaid = false;
	for (uint32_t i = 0; i < count && !rf_config_is_hopeless(reader); i++) {
		size_t back = rf_config_name_push(reader, (struct rf_slice){ NULL, 0 }, i);
		yaml_node_t *inner = node_at(reader, item[i]);
		if (inner != NULL) {
			rf_config_place_add(reader, array + i * size, size, inner->start_mark);
			read_section(reader, field->inner, inner, array + i * size);
		}
		rf_config_name_pop(reader, back);
	}
	reader->overlaid = overlaid;
}

static bool
key_known(struct rf_config_reader *reader, const yaml_node_pair_t *first,
    const yaml_node_pair_t *pair, const yaml_node_t *key)
{
	for (; first < pair; first++) {
		yaml_node_t *earlier = yaml_document_get_node(&reader->document, first->key);
		if (earlier->type == YAML_SCALAR_NODE && rf_slice_equal(text_of(earlier),
		    text_of(key)))
			return true;
	}
	return false;
}

static void
read_named(struct rf_config_reader *reader, const struct rf_config_field *field, yaml_node_t *node,
    char *base)
{
	static const struct rf_config_field name_field = { .key = "name", .kind = RF_KIND_NAME };
	size_t size = reader->schema->section_size[field->inner];
	if (node->type != YAML_MAPPING_NODE) {
		rf_config_complain(reader, node->start_mark, "expected a map from names to maps");
		return;
	}
	yaml_node_pair_t *first = node->data.mapping.pairs.start;
	size_t count = (size_t)(node->data.mapping.pairs.top - first);
	if (count > (size_t)field->max) {
		rf_config_complain(reader, node->start_mark,
		    "expected at most %lld entries, got %zu",
		    (long long)field->max, count);
		return;
	}
	char *array = array_make(reader, field, base, size, count);
	bool overlaid = reader->overlaid;
	reader->overlaid = false;
	for (uint32_t i = 0; i < count && !rf_config_is_hopeless(reader); i++) {
		yaml_node_t *key = node_at(reader, first[i].key);
		yaml_node_t *inner = node_at(reader, first[i].value);
		if (key == NULL || inner == NULL)
			break;
		if (key->type != YAML_SCALAR_NODE) {
			rf_config_complain(reader, key->start_mark, "expected a name");
			continue;
		}
		size_t back = rf_config_name_push(reader, text_of(key), 0);
		rf_config_place_add(reader, array + i * size, size, key->start_mark);
		read_scalar(reader, &name_field, key, array + i * size);
		if (key_known(reader, first, &first[i], key))
			rf_config_complain(reader, key->start_mark, "is given twice");
		read_section(reader, field->inner, inner, array + i * size);
		rf_config_name_pop(reader, back);
	}
	reader->overlaid = overlaid;
}

static void
read_field(struct rf_config_reader *reader, const struct rf_config_field *field,
    const yaml_node_t *key, yaml_node_t *node, char *base)
{
	bool is_empty = node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0 &&
	    node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	size_t back = rf_config_name_push(reader, rf_slice_of(field->key), 0);
	if (field->shape == RF_SHAPE_LATER)
		rf_config_complain(reader, key->start_mark,
		    "known but not supported in this version");
	else if (is_empty)
		rf_config_complain(reader, key->start_mark, "expected a value behind the ':'");
	else if (field->shape == RF_SHAPE_TREE)
		memcpy(base + field->offset, &node, sizeof(node));
	else if (field->shape == RF_SHAPE_VALUE)
		read_scalar(reader, field, node, base + field->offset);
	else if (field->shape == RF_SHAPE_LIST)
		read_list(reader, field, node, base);
	else if (field->shape == RF_SHAPE_BLOCKS)
		read_blocks(reader, field, node, base);
	else if (field->shape == RF_SHAPE_NAMED)
		read_named(reader, field, node, base);
	else if (read_section(reader, field->inner, node, base) && !reader->overlaid)
		rf_config_place_add(reader, base, reader->schema->section_size[field->inner],
		    node->start_mark);
	rf_config_name_pop(reader, back);
}

const struct rf_config_field *
rf_config_field_find(struct rf_config_reader *reader, uint8_t section, yaml_mark_t mark,
    struct rf_slice key)
{
	char words[512];
	size_t len = 0;
	words[0] = '\0';
	for (uint32_t i = 0; i < reader->schema->fields; i++) {
		const struct rf_config_field *field = &reader->schema->field[i];
		if (field->section != section)
			continue;
		if (rf_slice_equal(rf_slice_of(field->key), key))
			return field;
		if (field->shape != RF_SHAPE_LATER && len < sizeof(words))
			len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s",
			    len > 0 ? "|" : "", field->key);
	}
	struct rf_config_hint hint = rf_config_suggest(key, words);
	for (char *p = words; *p != '\0'; p++)
		*p = *p == '|' ? ' ' : *p;
	rf_config_complain(reader, mark, "unknown key %s%s%s%s",
	    rf_config_quote(key).text, hint.text, hint.text[0] == '\0' ?
	    "; expected one of: " :
	    "", hint.text[0] == '\0' ? words : "");
	return NULL;
}

void
rf_config_missing(struct rf_config_reader *reader, uint8_t section, yaml_mark_t mark,
    bool (*is_given)(void *, const struct rf_config_field *), void *user)
{
	for (uint32_t i = 0; i < reader->schema->fields && !rf_config_is_hopeless(reader); i++) {
		const struct rf_config_field *field = &reader->schema->field[i];
		if (field->section == section && field->preset == NULL && !is_given(user, field))
			rf_config_complain(reader, mark, "missing key \"%s\": %s", field->key,
			    field->meaning);
	}
}

static const struct rf_config_field *
find_field(struct rf_config_reader *reader, uint8_t section, const yaml_node_t *key)
{
	if (key->type == YAML_SCALAR_NODE)
		return rf_config_field_find(reader, section, key->start_mark, text_of(key));
	rf_config_complain(reader, key->start_mark, "expected a key");
	return NULL;
}

struct seen {
	const struct rf_config_field *first;    /* of the schema */
	bool at[RF_CONFIG_FIELDS_MAX];
};

static bool
was_seen(void *user, const struct rf_config_field *field)
{
	const struct seen *seen = user;
	return seen->at[field - seen->first];
}

/* False: it was no map, and a complaint says so. */
static bool
read_section(struct rf_config_reader *reader, uint8_t section, yaml_node_t *node, void *base)
{
	struct seen seen = { .first = reader->schema->field };
	/* What lies over another file begins with that, not with defaults. */
	bool overlaid = reader->overlaid;
	if (!overlaid)
		rf_config_preset(reader, section, base);
	if (node->type != YAML_MAPPING_NODE) {
		rf_config_complain(reader, node->start_mark, "expected a map of keys and values");
		return false;
	}
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	    pair < node->data.mapping.pairs.top && !rf_config_is_hopeless(reader); pair++) {
		yaml_node_t *key = node_at(reader, pair->key), *value = node_at(reader,
		    pair->value);
		const struct rf_config_field *field =
		    key == NULL || value == NULL ? NULL : find_field(reader, section, key);
		if (field == NULL)
			continue;
		if (was_seen(&seen, field))
			rf_config_complain(reader, key->start_mark, "key \"%s\" is given twice",
			    field->key);
		else
			read_field(reader, field, key, value, base);
		seen.at[field - seen.first] = true;
	}
	if (!overlaid)
		rf_config_missing(reader, section, node->start_mark, was_seen, &seen);
	return true;
}

bool
rf_config_walk(struct rf_config_reader *reader, yaml_node_t *root)
{
	assert(reader->schema->fields <= RF_CONFIG_FIELDS_MAX);
	if (!read_section(reader, 0, root, reader->base))
		return false;
	if (!reader->overlaid)
		rf_config_place_add(reader, reader->base, reader->schema->section_size[0],
		    root->start_mark);
	/* What was not read to its end cannot be judged as a whole. */
	return !rf_config_is_hopeless(reader);
}
