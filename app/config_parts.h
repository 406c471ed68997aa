/* SPDX-License-Identifier: BSD-2-Clause */
/* app/config_parts.h -- what the files of the configuration reader know of each other.
 *
 *        config.c         file -> YAML document
 *        config_fields.c  the schema, from config.def by way of config_schema.h
 *        config_walk.c    document -> struct, along a schema
 *        config_table.c   rows of a CSV file -> the same structs, along the same schema
 *        config_value.c   one scalar -> one value of a kind
 *        config_units.c   the kinds with a notation: durations, addresses, statuses
 *        config_world.c   the kinds that only worlds of the simulator have
 *        config_secret.c  ${env:NAME} and ${file:PATH}
 *        config_check.c   what only the whole file can tell
 *        config_error.c   places, messages, memory */
#ifndef RF_APP_CONFIG_PARTS_H
#define RF_APP_CONFIG_PARTS_H

#include <yaml.h>

#include "app/config.h"
#include "engine/engine.h"
#include "sim/choose.h"

/* X(kind, C type, "what is expected") */
#define RF_CONFIG_KINDS(X) \
	X(NUMBER, uint32_t, "a number") \
	X(WORD, unsigned, "one of") \
	X(CHOICE, uint32_t, "one of") \
	X(NAME, const char *, "a name of letters, digits, '-', '_' and '.', at most 64") \
	X(HOST, const char *, "a host name or IP address") \
	X(HOST_PORT, const char *, "host or host:port, such as sip.example.com:5061") \
	X(PATH, const char *, "a file that can be read") \
	X(SOCKET, const char *, "a path of at most 100 bytes, or none") \
	X(FOLDER, const char *, "a path of at most 500 bytes") \
	X(URI, const char *, "a URI, such as sip:billing@acd.example.com;transport=tls") \
	X(STORE_URL, const char *, "memory: or sqlite:FILE") \
	X(DURATION, rf_time, "a duration with its unit, such as 500ms, 20s, 5m or 1h") \
	X(DURATION_MS, uint32_t, "a duration with its unit, such as 500ms, 20s, 5m or 1h") \
	X(SIZE, uint32_t, "a size with its unit, such as 512KiB or 64MiB") \
	X(DISK_SIZE, uint64_t, "a size with its unit, such as 256MiB or 2GiB") \
	X(ADDRESS, struct rf_addr, "address:port, such as \"0.0.0.0:5060\" or \"[::]:5060\"") \
	X(NETWORK, struct rf_policy_network, \
	    "a network, such as 198.51.100.0/24 or 2001:db8::/32") \
	X(GLOB, const char *, "a pattern of a user part, such as vip-* or +49[2-9]*") \
	X(TAKE, struct rf_policy_take, "host, parameter/NAME or header/NAME") \
	X(PATTERN, const char *, "a regular expression") \
	X(REPLACEMENT, const char *, "a text, with $1 for the first group") \
	X(DIGITS, const char *, "one to eight digits") \
	X(PACE, struct rf_policy_rate, "so many a time, such as 2/s, 90/m or 500/h") \
	X(WINDOW, struct rf_policy_window, "hours, such as mon-fri 08:00-18:00 Europe/Berlin") \
	X(HEADER, const char *, "a header name, such as User-to-User or X-Acme-*") \
	X(REFERRED_BY, const char *, "a URI, such as sip:*@acme.example") \
	X(DESTINATION, struct rf_policy_destination, "queue/NAME, skill, a URI, or reject") \
	X(OWN_HEADER, const char *, "a header name, such as X-Recording-Policy") \
	X(KEY, const char *, "a routing key of at most 256 bytes") \
	X(HTTP_URL, const char *, "a URL, such as https://crm.example.com/refer") \
	X(SECRET, const char *, "a text of at most 4096 printable bytes") \
	X(EVENT_TYPE, const char *, "a kind of event, such as transfer.connected or transfer.*") \
	X(QUEUE_NAME, const char *, "the name of a queue, such as queue/billing") \
	X(CODES, struct rf_policy_codes, "a status such as 503, a class such as 5xx, or 500-599") \
	X(RANGE, struct rf_policy_range, "a range of durations, such as 2s..5s") \
	X(TEXT, const char *, "text of at most 300 bytes") \
	X(FRACTION, double, "a share, such as 5% or 0.05") \
	X(RATE, double, "so many a time, such as 2/s, 90/m or 500/h") \
	X(SPREAD, struct spread, \
	    "a duration, or one that varies, such as exponential(3m) or uniform(2s, 5s)")

enum rf_config_kind {
#define X(kind, type, expects) RF_KIND_##kind,
	RF_CONFIG_KINDS(X)
#undef X
	RF_KIND_MAX
};

enum rf_config_shape {
	RF_SHAPE_VALUE,
	RF_SHAPE_LIST,
	RF_SHAPE_BLOCKS,
	RF_SHAPE_NAMED,
	RF_SHAPE_PART,
	RF_SHAPE_TREE,                          /* a yaml_node_t *, for as long as the document */
	RF_SHAPE_LATER,
};

struct rf_config_field {                        /* one row of config.def */
	const char *key;
	uint8_t section, shape, kind, inner;    /* inner: the section of BLOCKS, NAMED, PART */
	size_t offset, count_offset;            /* in the struct of the section */
	const char *preset;                     /* NULL: required; "": none */
	int64_t min, max;
	const char *words;
	const char *meaning;
};

struct rf_config_schema {                       /* the first section is the whole file */
	const struct rf_config_field *field;
	uint32_t fields;
	const size_t *section_size;
};
extern const struct rf_config_schema rf_config_schema;
enum { RF_CONFIG_FIELDS_MAX = 256 };

struct rf_config_place {                        /* where a piece of the struct came from */
	const char *start;
	size_t size;
	const char *table;                      /* a CSV file; NULL: the configuration */
	uint32_t line, column;
	size_t name;                            /* "partners[1].refer", in the reader's names */
	struct rf_config_errors *errors;        /* of its file */
};

enum { RF_CONFIG_NAME_MAX = 256 };

struct rf_config_reader {
	const struct rf_config_schema *schema;
	void *base;                             /* the struct of its first section */
	struct rf_config_memory **memory;       /* of everything that is read */
	struct rf_config *config;               /* the same as base; NULL: another kind of file */
	void *user;                             /* for the check of another kind of file */
	struct rf_config_errors *errors;
	char folder[512];                       /* of the file; relative paths start there */
	bool elsewhere;                         /* it is another machine's: files may be missing */
	bool overlaid;                          /* what is read lies over what has been read */
	yaml_document_t document;
	struct rf_config_place *places;
	uint32_t places_count, places_max;
	char *names;
	size_t names_len, names_max;
	const char *table;                      /* the CSV file that is being read, or NULL */
	uint32_t visited;                       /* nodes, aliases counted each time */
	char name[RF_CONFIG_NAME_MAX];          /* of what is being read: "partners[1].refer" */
};

/* ---- config_error.c: memory for as long as the config lives; it does not return without */
void *rf_config_take(struct rf_config_memory **, size_t size);
char *rf_config_copy(struct rf_config_memory **, const char *text, size_t len);
void rf_config_memory_free(struct rf_config_memory *);

/* Of the configuration itself, not of a table. */
void rf_config_complain_at(struct rf_config_errors *, uint32_t line, uint32_t column,
    const char *name,
    const char *format, ...) __attribute__((format(printf, 5, 6)));
void rf_config_complain(struct rf_config_reader *, yaml_mark_t, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* About a piece of the struct: its place in the file, or that of the smallest thing around it. */
void rf_config_complain_about(struct rf_config_reader *, const void *piece, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rf_config_place_add(struct rf_config_reader *, const void *start, size_t size, yaml_mark_t);
void rf_config_errors_sort(struct rf_config_errors *);
/* ` - did you mean "x"?` if one of the words, parted by '|', is near; else an empty text. */
struct rf_config_hint {
	char text[96];
};
struct rf_config_hint rf_config_suggest(struct rf_slice word, const char *words);
/* `s` for a message: in quotes, short, printable. */
struct rf_config_hint rf_config_quote(struct rf_slice s);

/* ---- config_secret.c: false after a complaint */
bool rf_config_expand(struct rf_config_reader *, yaml_mark_t, bool is_path, struct rf_slice raw,
    struct rf_slice *out);

/* ---- config_value.c */
extern const size_t rf_config_kind_size[RF_KIND_MAX];
/* Reads one scalar into *out; false after a complaint. */
bool rf_config_value_read(struct rf_config_reader *, const struct rf_config_field *, yaml_mark_t,
    struct rf_slice raw, void *out);

/* What the reader of a kind gets, and what it may add to the complaint. */
struct rf_config_reading {
	struct rf_config_reader *reader;
	const struct rf_config_field *field;
	yaml_mark_t mark;
	struct rf_slice text;                   /* expanded */
	const char *reason;                     /* why not, if more can be said */
	char note[RF_POLICY_ERROR_MAX];         /* room for one that has to be written */
	bool said;                              /* it complained itself */
};

/* ---- config_units.c: is r->text one?  Then *out is set. */
bool rf_config_read_duration(struct rf_config_reading *r, void *out);
bool rf_config_read_duration_ms(struct rf_config_reading *r, void *out);
bool rf_config_read_range(struct rf_config_reading *r, void *out);
bool rf_config_read_size(struct rf_config_reading *r, void *out);
bool rf_config_read_disk_size(struct rf_config_reading *r, void *out);
bool rf_config_read_address(struct rf_config_reading *r, void *out);
bool rf_config_read_network(struct rf_config_reading *r, void *out);
bool rf_config_read_codes(struct rf_config_reading *r, void *out);
bool rf_config_read_pace(struct rf_config_reading *r, void *out);
bool rf_config_read_window(struct rf_config_reading *r, void *out);
bool rf_config_microseconds(int64_t *out, struct rf_slice);    /* "20s"; false: it is none */

/* ---- config_world.c */
bool rf_config_read_fraction(struct rf_config_reading *r, void *out);
bool rf_config_read_rate(struct rf_config_reading *r, void *out);
bool rf_config_read_spread(struct rf_config_reading *r, void *out);

/* ---- config.c: a file along reader->schema into reader->base, then `check`, while the document
 * still lives.  False: errors says why.  *hash may be NULL. */
typedef void rf_config_check_fn(struct rf_config_reader *);
bool rf_config_read(struct rf_config_reader *, const char *path, uint8_t hash[32],
    rf_config_check_fn *check);
/* Another machine's configuration, whose files need not be here, with trees of the document that
 * `over` is reading laid over it.  NULL: *errors or over->errors say why. */
struct rf_config *rf_config_load_over(const char *path, struct rf_config_reader *over,
    yaml_node_t *const *tree, uint32_t trees, struct rf_config_errors *errors);
/* ---- config.c: NULL and *why; the caller frees */
char *rf_config_file_read(const char *path, size_t max, const char **why, size_t *len);
void rf_config_hash_add(struct rf_config *, const char *bytes, size_t len);

/* ---- config_walk.c: false if there is nothing to check */
bool rf_config_walk(struct rf_config_reader *, yaml_node_t *root);
/* Adds "key" or (a null slice) "[3]" to the name of what is being read; returns the length to go
 * back to. */
size_t rf_config_name_push(struct rf_config_reader *, struct rf_slice key, uint32_t index);
void rf_config_name_pop(struct rf_config_reader *, size_t len);
/* Reading goes on after a mistake, to find the others, but not for ever. */
bool rf_config_is_hopeless(const struct rf_config_reader *);
/* Room for the rows of a BLOCKS field in the struct at `base`, and one more. */
char *rf_config_rows_make(struct rf_config_reader *, const struct rf_config_field *, char *base,
    size_t count, size_t *row_size);
void rf_config_rows_cut(const struct rf_config_field *, char *base, uint32_t count);
void rf_config_preset(struct rf_config_reader *, uint8_t section, char *base);
/* The row of a key, or NULL after a complaint. */
const struct rf_config_field *rf_config_field_find(struct rf_config_reader *, uint8_t section,
    yaml_mark_t, struct rf_slice key);
/* Complains about each key of the section that must be given and is not. */
void rf_config_missing(struct rf_config_reader *, uint8_t section, yaml_mark_t,
    bool (*is_given)(void *user, const struct rf_config_field *), void *user);

/* Room for the values of a LIST field, and one more; its count is cut as that of rows. */
char *rf_config_list_make(struct rf_config_reader *, const struct rf_config_field *, char *base,
    size_t count);

/* ---- config_table.c: the rows of a CSV file become those of a BLOCKS field, or its one column the
 * values of a LIST field */
void rf_config_table_read(struct rf_config_reader *, const struct rf_config_field *, yaml_mark_t,
    const char *path, char *base);

/* ---- config_check.c */
void rf_config_check(struct rf_config_reader *);

#endif
