/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_config_file.h -- texts become files with the files they mention beside them. */
#ifndef RF_TESTS_UNIT_TEST_CONFIG_FILE_H
#define RF_TESTS_UNIT_TEST_CONFIG_FILE_H

#include "app/config.h"

/* Loads the text from a folder of its own that holds edge.pem, edge.key and secret as well. */
struct rf_config *load(const char *yaml, struct rf_config_errors *errors);
struct rf_config *load_bytes(const char *yaml, size_t len, struct rf_config_errors *errors);
/* From now on the folder holds table.csv, too; NULL: it does not. */
void with_table(const char *csv);
/* The file has exactly the mistakes of that text, each a line "line:column: text"; one of the table
 * begins with "table.csv:". */
void expect(const char *yaml, const char *mistakes);

/* Lines 1 to 4; what a test adds begins on line 5. */
#define BASE                                                                                      \
	"version: 1\n"                                                                            \
	"listen: [{transport: udp, address: \"192.0.2.1:5060\"}]\n"                               \
	"partners: [{name: acme, identify: {source: 198.51.100.0/24}}]\n"                         \
	"routes: [{to: \"sip:desk@192.0.2.9\"}]\n"
/* Without routes: what a test adds begins on line 4. */
#define NO_ROUTES                                                                                 \
	"version: 1\n"                                                                            \
	"listen: [{transport: udp, address: \"192.0.2.1:5060\"}]\n"                               \
	"partners: [{name: acme, identify: {source: 198.51.100.0/24}}]\n"
/* Without partners: what a test adds begins on line 4. */
#define NO_PARTNERS                                                                               \
	"version: 1\n"                                                                            \
	"listen: [{transport: udp, address: \"192.0.2.1:5060\"}]\n"                               \
	"routes: [{to: \"sip:desk@192.0.2.9\"}]\n"
/* Without listeners: what a test adds begins on line 4. */
#define NO_LISTEN                                                                                 \
	"version: 1\n"                                                                            \
	"partners: [{name: acme, identify: {source: 198.51.100.0/24}}]\n"                         \
	"routes: [{to: \"sip:desk@192.0.2.9\"}]\n"

#endif
