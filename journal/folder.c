/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/folder.c -- the folder of segments.  It touches only files whose names are those it
 * gives. */
#include "journal/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define COMPLETE ".journal"
#define INCOMPLETE ".incomplete"

/* The number in a name of ours, 0 in any other. */
static uint64_t
number_of(const char *name)
{
	const char *dot = strchr(name, '.');
	if (dot == NULL || strspn(name, "0123456789") != 12 || name[12] != '-' ||
	    (strcmp(dot, COMPLETE) != 0 && strcmp(dot, INCOMPLETE) != 0))
		return 0;
	return strtoull(name, NULL, 10);
}

struct found {
	uint64_t bytes;                         /* of all */
	uint64_t oldest, newest;                /* numbers; 0: none */
	char name[RF_JOURNAL_NAME_MAX];         /* of the oldest */
};

static bool
look(const struct rf_journal_folder *f, struct found *out)
{
	*out = (struct found){ .bytes = 0 };
	int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	const struct dirent *entry;
	while ((entry = readdir(dir)) != NULL) {
		struct stat status;
		uint64_t number = number_of(entry->d_name);
		if (number == 0 || strlen(entry->d_name) >= sizeof out->name ||
		    fstatat(f->fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		out->bytes += (uint64_t)status.st_size;
		out->newest = number > out->newest ? number : out->newest;
		if (out->oldest == 0 || number < out->oldest) {
			out->oldest = number;
			memcpy(out->name, entry->d_name, strlen(entry->d_name) + 1);
		}
	}
	closedir(dir);
	return true;
}

bool
rf_journal_folder_open(struct rf_journal_folder *f, const char *dir, char error[256])
{
	struct stat status;
	struct found found;
	const char *why = NULL;
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		snprintf(error, 256, "journal: %s: %s", dir, strerror(errno));
		return false;
	}
	f->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0 || fstat(f->fd, &status) != 0)
		why = strerror(errno);
	else if ((status.st_mode & 077) != 0)
		why = "others can look into it; expected mode 0700";
	else if (faccessat(f->fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
		why = strerror(errno);
	else if (flock(f->fd, LOCK_EX | LOCK_NB) != 0)
		why = errno == EWOULDBLOCK ? "another referee writes there" : strerror(errno);
	else if (!look(f, &found))
		why = strerror(errno);
	if (why == NULL) {
		f->newest = found.newest;
		return true;
	}
	snprintf(error, 256, "journal: %s: %s", dir, why);
	rf_journal_folder_close(f);
	return false;
}

void
rf_journal_folder_close(struct rf_journal_folder *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

bool
rf_journal_folder_make_room(struct rf_journal_folder *f, uint64_t room, uint64_t keep)
{
	struct found found;
	while (look(f, &found)) {
		if (found.bytes + room <= keep)
			return true;
		if (found.oldest == 0 || unlinkat(f->fd, found.name, 0) != 0)
			return false;
	}
	return false;
}

bool
rf_journal_folder_has_room(const struct rf_journal_folder *f, uint64_t room)
{
	struct statvfs status;
	return fstatvfs(f->fd, &status) == 0 &&
	    (uint64_t)status.f_bavail * status.f_frsize >= room;
}

int
rf_journal_folder_create(struct rf_journal_folder *f, uint64_t number, int64_t wall_clock_us,
    char name[RF_JOURNAL_NAME_MAX])
{
	time_t seconds = (time_t)(wall_clock_us / 1000000);
	struct tm tm;
	char when[24];
	gmtime_r(&seconds, &tm);
	strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &tm);
	snprintf(name, RF_JOURNAL_NAME_MAX, "%012" PRIu64 "-%s" COMPLETE,
	    number % UINT64_C(1000000000000), when);
	return openat(f->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

void
rf_journal_folder_mark(struct rf_journal_folder *f, const char *name)
{
	char marked[RF_JOURNAL_NAME_MAX];
	snprintf(marked, sizeof marked, "%.*s" INCOMPLETE, (int)strcspn(name, "."), name);
	renameat(f->fd, name, f->fd, marked);
}

void
rf_journal_folder_remove(struct rf_journal_folder *f, const char *name)
{
	unlinkat(f->fd, name, 0);
}
