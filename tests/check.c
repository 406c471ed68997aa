/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/check.c -- runs a suite through CUnit and prints one TAP line a test. */
#include "tests/check.h"

#include <CUnit/TestRun.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned int done;

static void
print_result(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failures)
{
	(void)suite;
	printf("%s %u - %s\n", failures == NULL ? "ok" : "not ok", ++done, test->pName);
	for (CU_pFailureRecord f = failures; f != NULL; f = f->pNext)
		printf("# %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
	fflush(stdout);
}

int
check_main(const char *suite_name, const struct check_test *tests, size_t count)
{
	if (CU_initialize_registry() != CUE_SUCCESS)
		return EXIT_FAILURE;
	CU_pSuite suite = CU_add_suite(suite_name, NULL, NULL);
	for (size_t i = 0; suite != NULL && i < count; i++) {
		if (CU_add_test(suite, tests[i].name, tests[i].run) == NULL)
			return EXIT_FAILURE;
	}
	printf("1..%zu\n", count);
	CU_set_test_complete_handler(print_result);
	CU_run_all_tests();
	unsigned int failed = CU_get_number_of_tests_failed();
	CU_cleanup_registry();
	return failed == 0 && done == count ? EXIT_SUCCESS : EXIT_FAILURE;
}

void
check_note(const char *format, ...)
{
	va_list arguments;
	fputs("# ", stdout);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

const char *
check_corpus(void)
{
	static char folder[1024];
	const char *named = getenv("RF_CORPUS"), *source = getenv("srcdir");
	if (named != NULL)
		return named;
	snprintf(folder, sizeof folder, "%s/../shared/corpus", source == NULL ? "." : source);
	return folder;
}
