/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/check.h -- CUnit, speaking TAP: one line a test, so that make counts sentences.
 *
 * A test is one behaviour and its name is the sentence that fails. */
#ifndef RF_TESTS_CHECK_H
#define RF_TESTS_CHECK_H

#include <CUnit/CUnit.h>
#include <stddef.h>

struct check_test {
	const char *name;
	void (*run)(void);
};

#define CHECK_TEST(function) { #function, function }
#define CHECK(condition) CU_ASSERT(condition)
/* Ends the test at once: for what the following lines stand on. */
#define CHECK_OR_STOP(condition) CU_ASSERT_FATAL(condition)

/* Runs the tests in order; returns main's exit status. */
int check_main(const char *suite, const struct check_test *tests, size_t count);
/* A TAP comment: a notice in the log. */
void check_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The folder of the corpus, which is no part of the tree: $RF_CORPUS, else beside the source. */
const char *check_corpus(void);

#endif
