/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/shrink_show.c -- what a shrunk run leaves behind: a script that plays again, its ladder,
 * a capture, and each party's side for the real SIPp. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/sim/shrink_parts.h"
#include "sim/pcapng.h"
#include "sim/sipp_export.h"
#include "sim/swarm.h"

enum { PATH_ROOM = 4096, LINE_ROOM = 256 };

/* ---- scripts --------------------------------------------------------------------------------- */

void
rf_script_write(const struct rf_script *s, FILE *out)
{
	char text[CHOICE_TEXT_MAX];
	fprintf(out, "# Plays again: referee sim ladder --script THIS\nseed %llu\n",
	    (unsigned long long)s->seed);
	if (s->calls_without != 0)
		fprintf(out, "without");
	for (uint32_t i = 0; i < 64; i++) {
		if ((s->calls_without >> i & 1) != 0)
			fprintf(out, " %u", i + 1);
	}
	if (s->calls_without != 0)
		fputc('\n', out);
	for (uint32_t i = 0; i < s->choices.count; i++) {
		choice_write(&s->choices.at[i], text);
		fprintf(out, "%s  # %s\n", text, choose_site_question(s->choices.at[i].site));
	}
}

static bool
read_line(struct rf_script *s, char *line)
{
	struct choice c;
	char *end = line;
	line[strcspn(line, "#\n")] = '\0';
	for (size_t len = strlen(line); len > 0 && line[len - 1] == ' '; len--)
		line[len - 1] = '\0';
	if (line[0] == '\0')
		return true;
	if (strncmp(line, "seed ", 5) == 0) {
		s->seed = strtoull(line + 5, &end, 10);
		return end != line + 5 && *end == '\0';
	}
	if (strncmp(line, "without ", 8) == 0) {
		for (const char *p = line + 8; *p != '\0'; p = end) {
			unsigned long call = strtoul(p, &end, 10);
			if (end == p || call == 0 || call > 64)
				return false;
			s->calls_without |= UINT64_C(1) << (call - 1);
		}
		return true;
	}
	if (!choice_read(&c, rf_slice_of(line)))
		return false;
	choices_add(&s->choices, &c);
	return true;
}

bool
rf_script_read(struct rf_script *s, const char *path, FILE *err)
{
	char line[LINE_ROOM];
	unsigned number = 0;
	FILE *in = fopen(path, "r");
	*s = (struct rf_script){ .seed = 0 };
	if (in == NULL) {
		fprintf(err, "referee: %s: %s\n", path, strerror(errno));
		return false;
	}
	while (fgets(line, sizeof line, in) != NULL) {
		number++;
		if (read_line(s, line))
			continue;
		fprintf(err, "%s:%u: neither seed, nor without, nor a choice: %s\n", path, number,
		    line);
		fclose(in);
		choices_free(&s->choices);
		return false;
	}
	fclose(in);
	choices_sort(&s->choices);
	return true;
}

/* ---- once more, with everybody listening ----------------------------------------------------- */

struct watch {
	struct sipp_export *party[WORLD_PARTIES_MAX];
	char name[WORLD_PARTIES_MAX][16];
	struct pcapng *capture;
	uint32_t parties;
};

static void
see_party(void *user, const struct world *w, const struct world_sight *sight)
{
	struct watch *watch = user;
	for (uint32_t i = 0; i < watch->parties; i++)
		sipp_export_see(watch->party[i], w, sight);
}

static void
see_edge(void *user, const struct world *w, const struct world_sight *sight)
{
	struct watch *watch = user;
	pcapng_see(watch->capture, w, sight);
}

static void
begin_watch(void *user, struct world *w)
{
	struct watch *watch = user;
	for (; watch->parties < w->parties; watch->parties++) {
		uint32_t i = watch->parties;
		watch->party[i] = sipp_export_new(i);
		snprintf(watch->name[i], sizeof watch->name[i], "%s", w->party[i].name);
	}
	w->party_tap = see_party;
	w->party_tap_user = watch;
	if (watch->capture == NULL)
		return;
	w->tap = see_edge;
	w->tap_user = watch;
}

static FILE *
create(const char *folder, const char *name, FILE *err)
{
	char path[PATH_ROOM];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *out = fopen(path, "w");
	if (out == NULL)
		fprintf(err, "referee: %s: %s\n", path, strerror(errno));
	return out;
}

static void
write_scenarios(struct watch *watch, const char *folder, FILE *out, FILE *err)
{
	char error[WORLD_ERROR_MAX], name[64];
	for (uint32_t i = 0; i < watch->parties; i++) {
		uint32_t calls = sipp_export_calls(watch->party[i]);
		for (uint32_t nth = 1; nth <= calls; nth++) {
			snprintf(name, sizeof name, "%s-%u.xml", watch->name[i], nth);
			FILE *file = create(folder, name, err);
			if (file == NULL)
				return;
			if (!sipp_export_write(watch->party[i], nth, file, error))
				fprintf(out, "%s is no scenario: %s\n", name, error);
			fclose(file);
		}
	}
}

static bool
write_folder(struct watch *watch, const struct rf_script *s, const struct swarm_result *result,
    const char *folder, FILE *out, FILE *err)
{
	FILE *script = create(folder, "script", err), *ladder = create(folder, "ladder", err);
	if (script != NULL) {
		rf_script_write(s, script);
		fclose(script);
	}
	if (ladder != NULL) {
		fputs(result->ladder != NULL ? result->ladder : "", ladder);
		fclose(ladder);
	}
	write_scenarios(watch, folder, out, err);
	return script != NULL && ladder != NULL;
}

/* In a process of its own: what died once, dies again. */
static bool
show(const struct rf_script *s, const char *folder, FILE *out, FILE *err)
{
	static struct watch watch;
	static struct swarm_result result;
	FILE *capture = folder != NULL ? create(folder, "run.pcapng", err) : NULL;
	watch.capture = capture != NULL ? pcapng_new(capture) : NULL;
	swarm_run(&(struct swarm_options){ .seed = s->seed,
		      .by = CHOOSE_BY_NOBODY,
		      .fixed = &s->choices,
		      .calls_without = s->calls_without,
		      .ladder = true,
		      .begun = begin_watch,
		      .user = &watch },
	    &result);
	fputs(result.ladder != NULL ? result.ladder : "", out);
	bool good = folder == NULL || write_folder(&watch, s, &result, folder, out, err);
	if (watch.capture != NULL)
		good = pcapng_free(watch.capture) && good;
	if (capture != NULL)
		fclose(capture);
	for (uint32_t i = 0; i < watch.parties; i++)
		sipp_export_free(watch.party[i]);
	free(result.ladder);
	return good;
}

bool
shrink_show(const struct rf_script *s, const char *folder, FILE *out, FILE *err)
{
	int status = 0;
	if (folder != NULL && mkdir(folder, 0777) != 0 && errno != EEXIST) {
		fprintf(err, "referee: %s: %s\n", folder, strerror(errno));
		return false;
	}
	fflush(out);
	fflush(err);
	pid_t pid = fork();
	if (pid == 0) {
		bool good = show(s, folder, out, err);
		fflush(out);
		_exit(good ? 0 : 1);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
