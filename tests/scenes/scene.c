/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/scenes/scene.c -- plays scenes and compares their ladders with the golden ones, in TAP.
 *
 *      scene [--accept] [--once] [--verbose] [--rows FILE] [FILE.scn ...]
 *
 * Without files: every .scn beside this program's source.  Each scene is played twice unless
 * --once: the same scene must give the same effects, byte for byte.  --accept writes FILE.trace
 * anew.  --rows writes which rows of the tables each scene took (tools/fsm_rows.h). */
#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scene.h"
#include "tools/fsm_rows.h"

enum { FILES_MAX = 1024, TAIL_LINES = 40 };

struct run {
	bool accept, once, verbose;
	char *file[FILES_MAX];
	size_t files;
	unsigned int done, failed;
	FILE *rows; /* NULL: nobody wants to know */
};

static void
put_result(struct run *r, bool ok, const char *name, const char *what)
{
	printf("%s %u - %s%s%s\n", ok ? "ok" : "not ok", ++r->done, name,
	    what[0] != '\0' ? ": " : "", what);
	r->failed += !ok;
}

static void
put_comment(const char *text, size_t lines_max)
{
	size_t lines = 0;
	const char *p = text + strlen(text);
	while (p > text && lines <= lines_max)
		lines += *--p == '\n';
	p += p > text;
	while (*p != '\0') {
		size_t len = strcspn(p, "\n");
		fputs("#   ", stdout);
		fwrite(p, 1, len, stdout);
		putchar('\n');
		p += len + (p[len] == '\n');
	}
}

/* ---- golden traces --------------------------------------------------------------------------- */

static void
trace_path(char *out, size_t room, const char *scn)
{
	snprintf(out, room, "%.*s.trace", (int)(strlen(scn) - strlen(".scn")), scn);
}

static char *
read_trace(const char *path)
{
	enum { TRACE_MAX = 1024 * 1024 };
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return NULL;
	char *text = calloc(1, TRACE_MAX);
	if (text != NULL) {
		size_t n = fread(text, 1, TRACE_MAX - 1, f);
		text[n] = '\0';
	}
	fclose(f);
	return text;
}

static void
put_difference(const char *wanted, const char *got)
{
	unsigned int number = 1;
	while (*wanted != '\0' && *wanted == *got) {
		size_t len = strcspn(wanted, "\n");
		if (strncmp(wanted, got, len + 1) != 0)
			break;
		wanted += len + 1;
		got += len + 1;
		number++;
	}
	printf("#   line %u, golden: %.*s\n", number, (int)strcspn(wanted, "\n"), wanted);
	printf("#   line %u, now:    %.*s\n", number, (int)strcspn(got, "\n"), got);
}

static bool
compare_trace(struct run *r, const char *scn, const char *ladder)
{
	char path[1024];
	trace_path(path, sizeof path, scn);
	if (r->accept) {
		FILE *f = fopen(path, "w");
		bool ok = f != NULL && fputs(ladder, f) >= 0;
		return f != NULL && fclose(f) == 0 && ok;
	}
	char *golden = read_trace(path);
	bool same = golden != NULL && strcmp(golden, ladder) == 0;
	if (golden == NULL)
		printf("#   %s is missing: look at --verbose, then --accept\n", path);
	else if (!same)
		put_difference(golden, ladder);
	free(golden);
	return same;
}

/* ---- playing --------------------------------------------------------------------------------- */

static void
put_rows(const struct run *r, const struct scene_result *result, const char *name)
{
	struct rf_fsm_rows rows = { .taken = { { false } } };
	if (r->rows == NULL)
		return;
	for (uint32_t i = 0; i < result->rows; i++)
		rf_fsm_rows_add(&rows, &(struct rf_trace){ .kind = RF_TRACE_ROW,
					   .machine = result->row[i].machine,
					   .row = result->row[i].row });
	rf_fsm_rows_write(r->rows, &rows, name);
}

static void
result_fini(struct scene_result *result)
{
	free(result->ladder);
	free(result->row);
}

static bool
is_repeatable(struct scene *scene, bool loud, const struct scene_result *first)
{
	struct scene_result second;
	scene_run(scene, loud, &second);
	bool same = memcmp(first->hash, second.hash, sizeof first->hash) == 0 &&
		    strcmp(first->ladder, second.ladder) == 0;
	result_fini(&second);
	return same;
}

static void
play(struct run *r, const char *path)
{
	struct scene_result result = { .passed = false };
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	struct scene *scene = scene_open(path);
	assert(scene != NULL);
	if (scene->error[0] == '\0')
		scene_run(scene, r->verbose, &result);
	bool ok = result.passed;
	if (!ok) {
		printf("# %s\n", scene->error);
		if (result.ladder != NULL && !r->verbose)
			put_comment(result.ladder, TAIL_LINES);
	}
	if (r->verbose && result.ladder != NULL) {
		put_comment(result.ladder, SIZE_MAX);
		printf("# effects %016llx%016llx\n", (unsigned long long)result.hash[0],
		    (unsigned long long)result.hash[1]);
	}
	if (ok && !r->once && !is_repeatable(scene, r->verbose, &result)) {
		printf("# the second run was another one\n");
		ok = false;
	}
	if (ok && !r->verbose)
		ok = compare_trace(r, path, result.ladder);
	put_rows(r, &result, name);
	put_result(r, ok, name, scene->title);
	result_fini(&result);
	scene_free(scene);
}

/* ---- which files ----------------------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
find_files(struct run *r)
{
	char folder[768], path[1280];
	const char *srcdir = getenv("srcdir");
	snprintf(folder, sizeof folder, "%s/tests/scenes", srcdir != NULL ? srcdir : ".");
	DIR *dir = opendir(folder);
	if (dir == NULL)
		return;
	for (struct dirent *e; (e = readdir(dir)) != NULL && r->files < FILES_MAX;) {
		size_t len = strlen(e->d_name);
		if (len < 5 || strcmp(e->d_name + len - 4, ".scn") != 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		r->file[r->files++] = strdup(path);
	}
	closedir(dir);
	qsort(r->file, r->files, sizeof r->file[0], by_name);
}

static bool
read_options(struct run *r, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--accept") == 0)
			r->accept = true;
		else if (strcmp(argv[i], "--once") == 0)
			r->once = true;
		else if (strcmp(argv[i], "--verbose") == 0)
			r->verbose = true;
		else if (strcmp(argv[i], "--rows") == 0 && i + 1 < argc && r->rows == NULL)
			r->rows = fopen(argv[++i], "w");
		else if (argv[i][0] == '-' || r->files == FILES_MAX)
			return false;
		else
			r->file[r->files++] = strdup(argv[i]);
	}
	return true;
}

int
main(int argc, char **argv)
{
	static struct run r;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!read_options(&r, argc, argv)) {
		fprintf(stderr,
		    "usage: scene [--accept] [--once] [--verbose] [--rows FILE] [FILE.scn ...]\n");
		return EXIT_FAILURE;
	}
	if (r.files == 0)
		find_files(&r);
	printf("1..%zu\n", r.files);
	for (size_t i = 0; i < r.files; i++)
		play(&r, r.file[i]);
	if (r.rows != NULL && fclose(r.rows) != 0)
		r.failed++;
	for (size_t i = 0; i < r.files; i++)
		free(r.file[i]);
	return r.failed == 0 && r.done > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
