/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/usage.c -- what a process and all its children have used, as /proc tells it. */
#include "bench/usage.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROCESSES_MAX = 4096 };

struct process {
	pid_t id, parent;
	uint64_t user, system, resident_pages;
};

/* The fields of /proc/PID/stat are counted from behind the command, which may hold blanks. */
static int
read_stat(pid_t id, struct process *p)
{
	char path[64], line[1024], *rest;
	int parent;
	snprintf(path, sizeof path, "/proc/%d/stat", id);
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return 0;
	size_t n = fread(line, 1, sizeof line - 1, f);
	fclose(f);
	line[n] = '\0';
	p->id = id;
	if ((rest = strrchr(line, ')')) == NULL ||
	    sscanf(rest, ") %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
		" %*d %*d %*d %*d %*d %*d %*u %*u %" SCNu64, &parent, &p->user, &p->system,
		&p->resident_pages) != 4)
		return 0;
	p->parent = parent;
	return 1;
}

static uint64_t
cpu_of_threads(pid_t id)
{
	char path[320];
	uint64_t sum = 0, ns;
	snprintf(path, sizeof path, "/proc/%d/task", id);
	DIR *threads = opendir(path);
	struct dirent *entry;
	while (threads != NULL && (entry = readdir(threads)) != NULL) {
		snprintf(path, sizeof path, "/proc/%d/task/%.32s/schedstat", id, entry->d_name);
		FILE *f = isdigit((unsigned char)entry->d_name[0]) ? fopen(path, "r") : NULL;
		if (f == NULL)
			continue;
		if (fscanf(f, "%" SCNu64, &ns) == 1)
			sum += ns;
		fclose(f);
	}
	if (threads != NULL)
		closedir(threads);
	return sum;
}

static void
add(struct usage *u, const struct process *all, size_t count, const struct process *p)
{
	u->cpu_ns += cpu_of_threads(p->id);
	u->user_ticks += p->user;
	u->system_ticks += p->system;
	u->resident_kib += p->resident_pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
	for (size_t i = 0; i < count; i++) {
		if (all[i].parent == p->id)
			add(u, all, count, &all[i]);
	}
}

struct usage
usage_of_tree(pid_t root)
{
	static struct process all[PROCESSES_MAX];
	struct usage u = { 0 };
	size_t count = 0;
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	while (processes != NULL && (entry = readdir(processes)) != NULL && count < PROCESSES_MAX) {
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    read_stat(atoi(entry->d_name), &all[count]))
			count++;
	}
	if (processes != NULL)
		closedir(processes);
	for (size_t i = 0; i < count; i++) {
		if (all[i].id == root)
			add(&u, all, count, &all[i]);
	}
	return u;
}
