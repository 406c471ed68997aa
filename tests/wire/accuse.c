/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/accuse.c -- a process that crashes on a message: accuse FILE ADDRESS.
 *
 * FILE is the black box of a store; afterwards ADDRESS is accused there as if referee had
 * crashed. */
#include <stdio.h>
#include <stdlib.h>

#include "app/blackbox.h"

int
main(int argc, char **argv)
{
	struct rf_blackbox_source died;
	struct rf_addr source = { .port = 5060 };
	char error[256] = "usage: accuse FILE ADDRESS";
	struct rf_blackbox *box = NULL;
	if (argc == 3 && rf_ip_parse(source.ip, rf_slice_of(argv[2])))
		box = rf_blackbox_open(argv[1], 0, &died, error);
	if (box == NULL) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	rf_blackbox_enter(box, &source);
	abort();
}
