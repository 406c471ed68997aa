/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_world.c -- any bytes as a world file: a world, or what is wrong.
 *
 * The loader reads a file, so the bytes go into one without a name on a disk. A world that names a
 * configuration names it relative to that: there is none, which is said as a mistake like any
 * other. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/sim/file.h"
#include "fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], *said = NULL;
	size_t len = 0;
	int file = memfd_create("world.yaml", MFD_CLOEXEC);
	FILE *err = open_memstream(&said, &len);
	if (file < 0 || err == NULL || (size > 0 && write(file, data, size) != (ssize_t)size))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	struct rf_sim_file *world = rf_sim_file_load(path, err, NULL);
	fclose(err);
	fuzz_promise((world != NULL) == (len == 0), "a world or an error");
	rf_sim_file_free(world);
	free(said);
	close(file);
	return 0;
}
