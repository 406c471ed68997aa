/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_walk.c -- the YAML document is walked along the rows of config.def.
 *
 * It knows shapes only: what a value means is its reader's, what names refer to is
 * config_check.c's. */
#include "app/config_parts.h"

#include <assert.h>
#include <string.h>

enum section {
#define SECTION(section, type) SECTION_##section,
#define VALUE(section, key, member, kind, preset, min, max, words, meaning)
#define LIST(section, key, member, kind, preset, min, max, words, meaning)
#define BLOCKS(section, key, member, inner, need, max, meaning)
#define NAMED(section, key, member, inner, max, meaning)
#define PART(section, key, inner, meaning)
#define LATER(section, key)
#include "app/config.def"
#undef SECTION
	SECTION_MAX
};

static const size_t section_size[SECTION_MAX] = {
#define SECTION(section, type) sizeof(type),
#include "app/config.def"
#undef SECTION
};

/* A name for the struct of each section, so that rows need not repeat it. */
#define SECTION(section, type) typedef type struct_of_##section;
#include "app/config.def"
#undef SECTION
#undef VALUE
#undef LIST
#undef BLOCKS
#undef NAMED

/* A row whose kind does not have the size of its member would write over the next one. */
#define TYPES(kind, type, expects) typedef type type_of_##kind;
RF_CONFIG_KINDS(TYPES)
#undef TYPES
#define SECTION(section, type)
#define VALUE(section, key, member, kind, preset, min, max, words, meaning)                        \
	static_assert(sizeof(((struct_of_##section *)0)->member) == sizeof(type_of_##kind),        \
	    #section "." #key);
#define LIST(section, key, member, kind, preset, min, max, words, meaning)                         \
	static_assert(sizeof(*((struct_of_##section *)0)->member) == sizeof(type_of_##kind),       \
	    #section "." #key);
#define BLOCKS(section, key, member, inner, need, max, meaning)                                    \
	static_assert(sizeof(*((struct_of_##section *)0)->member) == sizeof(struct_of_##inner),    \
	    #section "." #key);
#define NAMED(section, key, member, inner, max, meaning)                                           \
	BLOCKS(section, key, member, inner, OPTIONAL, max, meaning)                                \
	static_assert(offsetof(struct_of_##inner, name) == 0, "the name comes first");
#include "app/config.def"
#undef VALUE
#undef LIST
#undef BLOCKS
#undef NAMED
#undef PART
#undef LATER

#define OPTIONAL ""
#define REQUIRED NULL
#define OFFSET(section, member) offsetof(struct_of_##section, member)
#define ROW(in, name, what, ...)                                                                   \
	{ .key = #name, .section = SECTION_##in, .shape = RF_SHAPE_##what, __VA_ARGS__ },
#define VALUE(section, key, member, kind_, preset_, min_, max_, words_, meaning_)                  \
	ROW(section, key, VALUE, .kind = RF_KIND_##kind_, .offset = OFFSET(section, member),       \
	    .preset = preset_, .min = min_, .max = max_, .words = words_, .meaning = meaning_)
#define LIST(section, key, member, kind_, preset_, min_, max_, words_, meaning_)                   \
	ROW(section, key, LIST, .kind = RF_KIND_##kind_, .offset = OFFSET(section, member),        \
	    .count_offset = OFFSET(section, member##_count), .preset = preset_, .min = min_,       \
	    .max = max_, .words = words_, .meaning = meaning_)
#define BLOCKS(section, key, member, inner_, need, max_, meaning_)                                 \
	ROW(section, key, BLOCKS, .inner = SECTION_##inner_, .offset = OFFSET(section, member),    \
	    .count_offset = OFFSET(section, member##_count), .preset = need, .max = max_,          \
	    .meaning = meaning_)
#define NAMED(section, key, member, inner_, max_, meaning_)                                        \
	ROW(section, key, NAMED, .inner = SECTION_##inner_, .offset = OFFSET(section, member),     \
	    .count_offset = OFFSET(section, member##_count), .preset = OPTIONAL, .max = max_,      \
	    .meaning = meaning_)
#define PART(section, key, inner_, meaning_)                                                       \
	ROW(section, key, PART, .inner = SECTION_##inner_, .preset = OPTIONAL, .meaning = meaning_)
#define LATER(section, key) ROW(section, key, LATER, .preset = OPTIONAL)

static const struct rf_config_field fields[] = {
#include "app/config.def"
};

enum { FIELDS_MAX = RF_ARRAY_LEN(fields), LIST_MAX = 4096 };

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

/* Reading goes on after a mistake, to find the others, but not for ever. */
static bool
is_hopeless(const struct rf_config_reader *reader)
{
	return reader->errors->more || reader->visited > RF_CONFIG_NODES_MAX;
}

/* Adds "key" or "[3]" to the name of what is being read; returns the length to go back to. */
static size_t
name_push(struct rf_config_reader *reader, struct rf_slice key, uint32_t index)
{
	size_t len = strlen(reader->name), left = sizeof(reader->name) - len;
	if (key.p != NULL)
		snprintf(reader->name + len, left, "%s%.*s", len > 0 ? "." : "", (int)key.len,
		    key.p);
	else
		snprintf(reader->name + len, left, "[%u]", index);
	return len;
}

static void
name_pop(struct rf_config_reader *reader, size_t len)
{
	reader->name[len] = '\0';
}

static void *
array_make(struct rf_config_reader *reader, const struct rf_config_field *field, char *base,
    size_t size, size_t count)
{
	void *array = rf_config_take(reader->config, size * (count + 1));
	uint32_t count32 = (uint32_t)count;
	memcpy(base + field->offset, &array, sizeof(array));
	memcpy(base + field->count_offset, &count32, sizeof(count32));
	return array;
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

static void
preset_section(struct rf_config_reader *reader, uint8_t section, char *base)
{
	for (uint32_t i = 0; i < FIELDS_MAX; i++) {
		const struct rf_config_field *field = &fields[i];
		if (field->section != section)
			continue;
		if (field->shape == RF_SHAPE_PART)
			preset_section(reader, field->inner, base);
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

static void
read_list(struct rf_config_reader *reader, const struct rf_config_field *field, yaml_node_t *node,
    char *base)
{
	size_t size = rf_config_kind_size[field->kind];
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
	for (uint32_t i = 0; i < count && !is_hopeless(reader); i++) {
		size_t back = name_push(reader, (struct rf_slice){ NULL, 0 }, i);
		read_scalar(reader, field, node_at(reader, item[i]), array + i * size);
		name_pop(reader, back);
	}
}

static void
read_blocks(struct rf_config_reader *reader, const struct rf_config_field *field, yaml_node_t *node,
    char *base)
{
	size_t size = section_size[field->inner];
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
	for (uint32_t i = 0; i < count && !is_hopeless(reader); i++) {
		size_t back = name_push(reader, (struct rf_slice){ NULL, 0 }, i);
		yaml_node_t *inner = node_at(reader, item[i]);
		if (inner != NULL) {
			rf_config_place_add(reader, array + i * size, size, inner->start_mark);
			read_section(reader, field->inner, inner, array + i * size);
		}
		name_pop(reader, back);
	}
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
	size_t size = section_size[field->inner];
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
	for (uint32_t i = 0; i < count && !is_hopeless(reader); i++) {
		yaml_node_t *key = node_at(reader, first[i].key);
		yaml_node_t *inner = node_at(reader, first[i].value);
		if (key == NULL || inner == NULL)
			return;
		if (key->type != YAML_SCALAR_NODE) {
			rf_config_complain(reader, key->start_mark, "expected a name");
			continue;
		}
		size_t back = name_push(reader, text_of(key), 0);
		rf_config_place_add(reader, array + i * size, size, key->start_mark);
		read_scalar(reader, &name_field, key, array + i * size);
		if (key_known(reader, first, &first[i], key))
			rf_config_complain(reader, key->start_mark, "is given twice");
		read_section(reader, field->inner, inner, array + i * size);
		name_pop(reader, back);
	}
}

static void
read_field(struct rf_config_reader *reader, const struct rf_config_field *field,
    const yaml_node_t *key, yaml_node_t *node, char *base)
{
	bool is_empty = node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0 &&
	    node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	size_t back = name_push(reader, rf_slice_of(field->key), 0);
	if (field->shape == RF_SHAPE_LATER)
		rf_config_complain(reader, key->start_mark,
		    "known but not supported in this version");
	else if (is_empty)
		rf_config_complain(reader, key->start_mark, "expected a value behind the ':'");
	else if (field->shape == RF_SHAPE_VALUE)
		read_scalar(reader, field, node, base + field->offset);
	else if (field->shape == RF_SHAPE_LIST)
		read_list(reader, field, node, base);
	else if (field->shape == RF_SHAPE_BLOCKS)
		read_blocks(reader, field, node, base);
	else if (field->shape == RF_SHAPE_NAMED)
		read_named(reader, field, node, base);
	else if (read_section(reader, field->inner, node, base))
		rf_config_place_add(reader, base, section_size[field->inner], node->start_mark);
	name_pop(reader, back);
}

/* Finds the row of a key, or complains. */
static const struct rf_config_field *
find_field(struct rf_config_reader *reader, uint8_t section, const yaml_node_t *key)
{
	char words[512];
	size_t len = 0;
	words[0] = '\0';
	if (key->type != YAML_SCALAR_NODE) {
		rf_config_complain(reader, key->start_mark, "expected a key");
		return NULL;
	}
	for (uint32_t i = 0; i < FIELDS_MAX; i++) {
		if (fields[i].section != section)
			continue;
		if (rf_slice_equal(rf_slice_of(fields[i].key), text_of(key)))
			return &fields[i];
		if (fields[i].shape != RF_SHAPE_LATER && len < sizeof(words))
			len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s",
			    len > 0 ? "|" : "", fields[i].key);
	}
	struct rf_config_hint hint = rf_config_suggest(text_of(key), words);
	for (char *p = words; *p != '\0'; p++)
		*p = *p == '|' ? ' ' : *p;
	rf_config_complain(reader, key->start_mark, "unknown key %s%s%s%s",
	    rf_config_quote(text_of(key)).text, hint.text, hint.text[0] == '\0' ?
	    "; expected one of: " :
	    "", hint.text[0] == '\0' ? words : "");
	return NULL;
}

/* False: it was no map, and a complaint says so. */
static bool
read_section(struct rf_config_reader *reader, uint8_t section, yaml_node_t *node, void *base)
{
	bool seen[FIELDS_MAX] = { false };
	preset_section(reader, section, base);
	if (node->type != YAML_MAPPING_NODE) {
		rf_config_complain(reader, node->start_mark, "expected a map of keys and values");
		return false;
	}
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	    pair < node->data.mapping.pairs.top && !is_hopeless(reader); pair++) {
		yaml_node_t *key = node_at(reader, pair->key), *value = node_at(reader,
		    pair->value);
		const struct rf_config_field *field =
		    key == NULL || value == NULL ? NULL : find_field(reader, section, key);
		if (field == NULL)
			continue;
		if (seen[field - fields])
			rf_config_complain(reader, key->start_mark, "key \"%s\" is given twice",
			    field->key);
		else
			read_field(reader, field, key, value, base);
		seen[field - fields] = true;
	}
	for (uint32_t i = 0; i < FIELDS_MAX && !is_hopeless(reader); i++) {
		if (fields[i].section == section && fields[i].preset == NULL && !seen[i])
			rf_config_complain(reader, node->start_mark, "missing key \"%s\": %s",
			    fields[i].key, fields[i].meaning);
	}
	return true;
}

bool
rf_config_walk(struct rf_config_reader *reader, yaml_node_t *root)
{
	struct rf_config *config = reader->config;
	if (!read_section(reader, SECTION_ROOT, root, config))
		return false;
	rf_config_place_add(reader, config, sizeof(*config), root->start_mark);
	/* What was not read to its end cannot be judged as a whole. */
	return !is_hopeless(reader);
}
