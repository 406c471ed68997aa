/* SPDX-License-Identifier: BSD-2-Clause */
/* app/lines.c -- see its header. */
#include "app/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_LEN = 4 * RF_RECORD_LEN_MAX };

bool
rf_lines_open(struct rf_lines *l, const char *path)
{
	*l = (struct rf_lines){ .fd = open(path, O_RDONLY | O_CLOEXEC), .max = BUFFER_LEN };
	l->bytes = l->fd >= 0 ? malloc(l->max) : NULL;
	return l->bytes != NULL;
}

void
rf_lines_close(struct rf_lines *l)
{
	free(l->bytes);
	l->bytes = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

bool
rf_lines_rewind(struct rf_lines *l)
{
	l->at = l->len = l->line = l->next_line = 0;
	l->at_end = false;
	return lseek(l->fd, 0, SEEK_SET) == 0;
}

/* More bytes behind those there are; false: errno. */
static bool
fill(struct rf_lines *l)
{
	memmove(l->bytes, l->bytes + l->at, l->len - l->at);
	l->len -= l->at;
	l->at = 0;
	while (!l->at_end && l->len < l->max) {
		ssize_t got = read(l->fd, l->bytes + l->len, l->max - l->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		l->at_end = got == 0;
		l->len += (size_t)got;
	}
	return true;
}

/* Bytes of the first record, its line end included; 0: it does not end here. */
static size_t
measure(const struct rf_lines *l, size_t *lines)
{
	const char *start = l->bytes + l->at, *end = l->bytes + l->len;
	bool quoted = false;
	*lines = 0;
	for (const char *p = start; p < end; p++) {
		quoted ^= l->quotes && *p == '"';
		*lines += *p == '\n';
		if (*p == '\n' && !quoted)
			return (size_t)(p - start) + 1;
	}
	return l->at_end ? (size_t)(end - start) : 0;
}

enum rf_lines_end
rf_lines_next(struct rf_lines *l, char **record, size_t *len)
{
	size_t lines;
	/* No record begins without its bound of bytes behind it, so each is measured once. */
	if (!l->at_end && l->len - l->at <= RF_RECORD_LEN_MAX && !fill(l))
		return RF_LINES_FAILED;
	if (l->at == l->len)
		return RF_LINES_END;
	*len = measure(l, &lines);
	l->line = l->next_line;
	if (*len == 0 || *len > RF_RECORD_LEN_MAX)
		return RF_LINES_LONG;
	*record = l->bytes + l->at;
	l->at += *len;
	l->next_line += lines;
	return RF_LINES_ONE;
}

char
rf_lines_peek(struct rf_lines *l)
{
	if (!fill(l))
		return 0;
	size_t at = l->len >= 3 && memcmp(l->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	while (at < l->len && strchr(" \t\r\n", l->bytes[at]) != NULL && l->bytes[at] != '\0')
		at++;
	return at < l->len ? l->bytes[at] : 0;
}
