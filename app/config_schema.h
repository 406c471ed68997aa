/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_schema.h -- turns a file of rows such as config.def into a schema that
 * config_walk.c walks along.
 *
 * Include it once in a .c file of its own, with RF_SCHEMA_DEF, the file of rows, and RF_SCHEMA,
 * the name of the schema; the structs that the rows fill must be known before. */
#include <assert.h>

enum section {
#define SECTION(section, type) SECTION_##section,
#define VALUE(section, key, member, kind, preset, min, max, words, meaning)
#define LIST(section, key, member, kind, preset, min, max, words, meaning)
#define BLOCKS(section, key, member, inner, need, max, meaning)
#define NAMED(section, key, member, inner, max, meaning)
#define PART(section, key, inner, meaning)
#define TREE(section, key, member, meaning)
#define LATER(section, key)
#include RF_SCHEMA_DEF
#undef SECTION
	SECTION_MAX
};

static const size_t section_size[SECTION_MAX] = {
#define SECTION(section, type) sizeof(type),
#include RF_SCHEMA_DEF
#undef SECTION
};

/* A name for the struct of each section, so that rows need not repeat it. */
#define SECTION(section, type) typedef type struct_of_##section;
#include RF_SCHEMA_DEF
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
#include RF_SCHEMA_DEF
#undef VALUE
#undef LIST
#undef BLOCKS
#undef NAMED
#undef PART
#undef TREE
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
#define TREE(section, key, member_, meaning_)                                                      \
	ROW(section, key, TREE, .offset = OFFSET(section, member_), .preset = OPTIONAL,            \
	    .meaning = meaning_)
#define LATER(section, key) ROW(section, key, LATER, .preset = OPTIONAL)

static const struct rf_config_field fields[] = {
#include RF_SCHEMA_DEF
};

const struct rf_config_schema RF_SCHEMA = {
	.field = fields,
	.fields = RF_ARRAY_LEN(fields),
	.section_size = section_size,
};
