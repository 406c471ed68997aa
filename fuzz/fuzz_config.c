/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_config.c -- any bytes as a configuration file: a configuration, or what is wrong.
 *
 * The loader reads a file, so the bytes go into one without a name on a disk. */
#include <sys/mman.h>
#include <unistd.h>

#include "app/config.h"
#include "fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rf_config_errors errors;
	char path[64];
	int file = memfd_create("referee.yaml", MFD_CLOEXEC);
	if (file < 0 || (size > 0 && write(file, data, size) != (ssize_t)size))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	memset(&errors, 0, sizeof(errors));
	struct rf_config *config = rf_config_load(path, &errors);
	fuzz_promise((config != NULL) == (errors.count == 0), "a configuration or an error");
	rf_config_free(config);
	close(file);
	return 0;
}
