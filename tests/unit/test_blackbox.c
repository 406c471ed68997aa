/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_blackbox.c -- processes that end inside the work on a message, in every way. */
#include "app/blackbox.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"

static char path[64];

static struct rf_addr
source(uint8_t last)
{
	return (struct rf_addr){ .ip = { [10] = 0xff, 0xff, 192, 0, 2, last }, .port = 5060 };
}

static struct rf_blackbox *
open_box(struct rf_blackbox_source *died)
{
	char error[256];
	struct rf_blackbox *box = rf_blackbox_open(path, 1000, died, error);
	if (box == NULL)
		check_note("%s", error);
	CHECK_OR_STOP(box != NULL);
	return box;
}

static void
crash(void)
{
	abort();
}

static void
fault(void)
{
	raise(SIGSEGV);
}

static void
be_killed(void)
{
	kill(getpid(), SIGKILL);
}

static void
exit_in_order(void)
{
	_exit(0);
}

/* A process takes a message of 192.0.2.last, or has done with it, and ends. */
static int
process_that(void (*ends)(void), uint8_t last, bool inside)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		struct rf_blackbox_source died;
		char error[256];
		struct rf_addr from = source(last);
		struct rf_blackbox *box = rf_blackbox_open(path, 1000, &died, error);
		if (box == NULL)
			_exit(9);
		rf_blackbox_enter(box, &from);
		if (!inside)
			rf_blackbox_leave(box);
		ends();
	}
	waitpid(pid, &status, 0);
	return status;
}

static void
begin(void)
{
	snprintf(path, sizeof path, "/tmp/referee-box-XXXX" "XX");
	int fd = mkstemp(path);
	CHECK_OR_STOP(fd >= 0);
	close(fd);
}

static void
a_crash_inside_accuses_and_the_second_one_condemns(void)
{
	struct rf_blackbox_source died;
	struct rf_addr bad = source(7), good = source(8);
	begin();
	int status = process_that(crash, 7, true);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	struct rf_blackbox *box = open_box(&died);
	CHECK(died.aborts == 1 && memcmp(died.address.ip, bad.ip, 16) == 0);
	CHECK(!rf_blackbox_is_poison(box, &bad));
	rf_blackbox_close(box);
	status = process_that(fault, 7, true);
	/* Our function hands on to whoever watched before: a sanitizer exits instead. */
	CHECK(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
	box = open_box(&died);
	CHECK(died.aborts == 2);
	CHECK(rf_blackbox_is_poison(box, &bad));
	CHECK(!rf_blackbox_is_poison(box, &good));
	rf_blackbox_close(box);
	box = open_box(&died);
	CHECK(died.aborts == 0);                /* told once */
	CHECK(rf_blackbox_is_poison(box, &bad)); /* and remembered */
	rf_blackbox_close(box);
	unlink(path);
}

static void
nobody_is_blamed_for_other_ends(void)
{
	struct rf_blackbox_source died;
	begin();
	process_that(be_killed, 7, true);
	process_that(be_killed, 7, true);
	process_that(crash, 7, false);
	process_that(crash, 7, false);
	process_that(exit_in_order, 7, true);
	uint32_t cursor = 0;
	struct rf_blackbox *box = open_box(&died);
	CHECK(died.aborts == 0);
	CHECK(!rf_blackbox_next(box, &cursor, &died));
	rf_blackbox_close(box);
	unlink(path);
}

static bool
restore_crashed_after(void (*ends)(void), bool inside)
{
	struct rf_blackbox_source died;
	pid_t pid = fork();
	if (pid == 0) {
		struct rf_blackbox *box = open_box(&died);
		rf_blackbox_enter_restore(box);
		if (!inside)
			rf_blackbox_leave(box);
		ends();
	}
	waitpid(pid, NULL, 0);
	struct rf_blackbox *box = open_box(&died);
	bool crashed = rf_blackbox_restore_crashed(box);
	CHECK(died.aborts == 0);
	rf_blackbox_close(box);
	return crashed;
}

static void
only_a_crash_in_a_restore_is_told(void)
{
	struct rf_blackbox_source died;
	begin();
	CHECK(restore_crashed_after(crash, true));
	CHECK(!restore_crashed_after(be_killed, true));
	CHECK(restore_crashed_after(fault, true));
	CHECK(!restore_crashed_after(crash, false));
	CHECK(!restore_crashed_after(exit_in_order, true));
	CHECK(restore_crashed_after(crash, true));
	struct rf_blackbox *box = open_box(&died);
	CHECK(!rf_blackbox_restore_crashed(box)); /* told once */
	rf_blackbox_close(box);
	CHECK(!rf_blackbox_restore_crashed(NULL));
	unlink(path);
}

static void
an_operator_clears_a_source(void)
{
	struct rf_blackbox_source died, seen;
	struct rf_addr bad = source(7), other = source(8);
	uint32_t cursor = 0;
	begin();
	process_that(crash, 7, true);
	process_that(crash, 8, true);
	process_that(crash, 7, true);
	struct rf_blackbox *box = open_box(&died);
	CHECK(rf_blackbox_next(box, &cursor, &seen) && seen.aborts == 2);
	CHECK(rf_blackbox_next(box, &cursor, &seen) && seen.aborts == 1);
	CHECK(!rf_blackbox_next(box, &cursor, &seen));
	CHECK(rf_blackbox_clear(box, &bad));
	CHECK(!rf_blackbox_clear(box, &bad));
	CHECK(!rf_blackbox_is_poison(box, &bad));
	cursor = 0;
	CHECK(rf_blackbox_next(box, &cursor, &seen) &&
	    memcmp(seen.address.ip, other.ip, 16) == 0);
	rf_blackbox_close(box);
	unlink(path);
}

static void
more_accused_than_are_remembered_push_out_the_least(void)
{
	struct rf_blackbox_source died;
	struct rf_addr worst = source(1);
	uint32_t cursor = 0, count = 0;
	begin();
	process_that(crash, 1, true);
	process_that(crash, 1, true);
	for (uint8_t i = 2; i < 2 + RF_BLACKBOX_SOURCES_MAX; i++)
		process_that(crash, i, true);
	struct rf_blackbox *box = open_box(&died);
	while (rf_blackbox_next(box, &cursor, &died))
		count++;
	CHECK(count == RF_BLACKBOX_SOURCES_MAX);
	CHECK(rf_blackbox_is_poison(box, &worst));
	rf_blackbox_close(box);
	unlink(path);
}

static void
one_process_has_it_and_nobody_else(void)
{
	struct rf_blackbox_source died;
	struct stat st;
	begin();
	chmod(path, 0644);
	struct rf_blackbox *box = open_box(&died);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	int status = process_that(exit_in_order, 7, true);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 9);
	rf_blackbox_close(box);
	status = process_that(exit_in_order, 7, true);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	unlink(path);
}

static void
without_a_box_nobody_is_poison(void)
{
	struct rf_addr address = source(7);
	uint32_t cursor = 0;
	struct rf_blackbox_source seen;
	rf_blackbox_enter(NULL, &address);
	rf_blackbox_leave(NULL);
	CHECK(!rf_blackbox_is_poison(NULL, &address));
	CHECK(!rf_blackbox_next(NULL, &cursor, &seen));
	CHECK(!rf_blackbox_clear(NULL, &address));
	rf_blackbox_close(NULL);
}

static void
a_file_of_rubbish_begins_anew(void)
{
	struct rf_blackbox_source died;
	uint32_t cursor = 0;
	begin();
	FILE *f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("rubbish ", f);
	fclose(f);
	struct rf_blackbox *box = open_box(&died);
	CHECK(died.aborts == 0);
	CHECK(!rf_blackbox_next(box, &cursor, &died));
	rf_blackbox_close(box);
	unlink(path);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_crash_inside_accuses_and_the_second_one_condemns),
		CHECK_TEST(nobody_is_blamed_for_other_ends),
		CHECK_TEST(only_a_crash_in_a_restore_is_told),
		CHECK_TEST(an_operator_clears_a_source),
		CHECK_TEST(more_accused_than_are_remembered_push_out_the_least),
		CHECK_TEST(one_process_has_it_and_nobody_else),
		CHECK_TEST(without_a_box_nobody_is_poison),
		CHECK_TEST(a_file_of_rubbish_begins_anew),
	};
	return check_main("blackbox", tests, sizeof tests / sizeof tests[0]);
}
