/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/replay.c -- a main for a target without a fuzzer: runs files and folders of files through
 * it.
 *
 *         fuzz_X FILE-OR-FOLDER...     0: all promises held; prints how many inputs there were
 *
 * Every input sits in memory of exactly its length. */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz/fuzz.h"

enum { INPUT_MAX = 1024 * 1024, PATH_BYTES = 4096 };

static unsigned count;

static void
file_run(const char *path)
{
	static uint8_t buffer[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		exit(2);
	}
	size_t size = fread(buffer, 1, sizeof(buffer), file);
	fclose(file);
	uint8_t *copy = malloc(size + (size == 0));
	if (copy == NULL)
		exit(2);
	memcpy(copy, buffer, size);
	if (LLVMFuzzerTestOneInput(copy, size) != 0)
		exit(1);
	free(copy);
	count++;
}

static void
folder_run(const char *path)
{
	DIR *folder = opendir(path);
	if (folder == NULL) {
		perror(path);
		exit(2);
	}
	for (const struct dirent *d; (d = readdir(folder)) != NULL;) {
		char file[PATH_BYTES];
		struct stat st;
		snprintf(file, sizeof(file), "%s/%s", path, d->d_name);
		if (d->d_name[0] != '.' && stat(file, &st) == 0 && S_ISREG(st.st_mode))
			file_run(file);
	}
	closedir(folder);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat st;
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			folder_run(argv[i]);
		else
			file_run(argv[i]);
	}
	printf("%u\n", count);
	return 0;
}
