/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/crash_server.c -- the process that is killed: configuration, start, end, questions. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/wire/crash.h"

static void
die(const char *what)
{
	fprintf(stderr, "crash: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
put_partner(FILE *f, const struct crash *c, const char *name, enum role role)
{
	fprintf(f, "  - name: %s\n    identify: {source: [\"%s\"]", name, role_ip[role]);
	if (c->o.tls)
		fprintf(f, ", tls_san: [%s.example]", name);
	fputs("}\n", f);
}

static void
put_uri(FILE *f, const struct crash *c, const char *user, enum role role)
{
	fprintf(f, "\"sip:%s@%s:%u;transport=%s\"", user, role_ip[role], c->port[role],
	    c->o.tls ? "tls" : "udp");
}

/* As in tests/wire/run: the timers are a tenth of RFC 3261's. */
static void
write_config(const struct crash *c)
{
	FILE *f = fopen(c->config, "w");
	if (f == NULL)
		die(c->config);
	fputs("version: 1\ndomain: referee.example\nlisten:\n", f);
	if (c->o.tls)
		fprintf(f, "  - {transport: tls, address: \"127.0.0.1:%u\", tls: edge}\ntls:\n"
		    "  edge: {certificate: \"%s/referee.pem\", key: \"%s/referee.key.pem\", "
		    "ca: \"%s/ca.pem\", client: require}\n", c->referee.port, c->o.certs,
		    c->o.certs, c->o.certs);
	else
		fprintf(f, "  - {transport: udp, address: \"127.0.0.1:%u\"}\n", c->referee.port);
	fputs("partners:\n", f);
	put_partner(f, c, "carrier", CUSTOMER);
	put_partner(f, c, "acme", CENTER);
	fputs("    referred_by: [\"sip:*@acme.example\"]\n    notify: {provisional: [100, 180]}\n"
	    "    release: {wait_for_bye: 1s}\n", f);
	put_partner(f, c, "platform", QUEUE);
	fputs("routes:\n  - {key: center, to: queue/center}\n"
	    "  - {key: billing, to: queue/billing}\n  - {key: overflow, to: queue/overflow}\n"
	    "queues:\n  center: {ring: 20s, targets: [{uri: ", f);
	put_uri(f, c, "center", CENTER);
	fputs("}]}\n  billing: {ring: 12s, targets: [{uri: ", f);
	put_uri(f, c, "queue", QUEUE);
	fputs("}], overflow: queue/overflow}\n  overflow: {ring: 4s, targets: [{uri: ", f);
	put_uri(f, c, "overflow", QUEUE);
	fputs("}]}\nivr: ", f);
	put_uri(f, c, "ivr", QUEUE);
	fprintf(f, "\nfailover:\n  - {code: 503, do: retry, times: 2, "
	    "backoff: {base: 100ms..200ms, cap: 1s}, retry_after_max: 1s}\n"
	    "sip: {t1: 50ms, t2: 400ms, t4: 500ms}\n"
	    "admin: {socket: \"%s/admin.sock\"}\nstore: {url: \"sqlite:%s/referee.db\"}\n"
	    "log: {format: text, level: debug, privacy: full}\n", c->directory, c->directory);
	if (c->o.receiver != NULL)
		receiver_config(c, f);
	fclose(f);
}

void
server_prepare(struct crash *c)
{
	const char *under = getenv("TMPDIR");
	char messages[PATH_LEN_MAX + 32];
	snprintf(c->directory, sizeof c->directory, "%s/referee-crash.XXXXXX",
	    under != NULL && under[0] != '\0' ? under : "/tmp");
	if (mkdtemp(c->directory) == NULL)
		die(c->directory);
	snprintf(c->config, sizeof c->config, "%s/referee.yaml", c->directory);
	if (c->o.receiver != NULL)
		receiver_start(c);
	write_config(c);
	snprintf(messages, sizeof messages, "%s/messages", c->directory);
	c->messages = fopen(messages, "w");
	if (c->messages == NULL)
		die(messages);
}

void
server_start(struct crash *c)
{
	char log[PATH_LEN_MAX + 32];
	snprintf(log, sizeof log, "%s/referee.log", c->directory);
	c->pid = fork();
	if (c->pid < 0)
		die("fork");
	if (c->pid > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);       /* whatever becomes of us, it must not stay */
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		die(log);
	execl(c->o.referee, "referee", "serve", "-c", c->config, (char *)NULL);
	die(c->o.referee);
}

void
server_kill(struct crash *c)
{
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	c->pid = 0;
}

void
server_forget(struct crash *c)
{
	static const char *const name[] = { "referee.db", "referee.db-wal", "referee.db-shm" };
	char path[PATH_LEN_MAX + 32];
	for (size_t i = 0; i < RF_ARRAY_LEN(name); i++) {
		snprintf(path, sizeof path, "%s/%s", c->directory, name[i]);
		unlink(path);
	}
}

bool
server_ended(struct crash *c)
{
	int status;
	if (c->pid == 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
		return false;
	c->pid = 0;
	crash_fail(c, "referee ended by itself, %s %d",
	    WIFSIGNALED(status) ? "by signal" : "with status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return true;
}

void
server_stop(struct crash *c)
{
	int status = 0;
	if (c->pid == 0)
		return;
	kill(c->pid, SIGTERM);
	for (int i = 0; i < 200; i++) {
		if (waitpid(c->pid, &status, WNOHANG) == c->pid) {
			c->pid = 0;
			if (status != 0)
				crash_fail(c, "referee ended with wait status %d", status);
			return;
		}
		usleep(50 * 1000);
	}
	crash_fail(c, "referee does not end on SIGTERM");
	server_kill(c);
}

void
server_clean(struct crash *c)
{
	static const char *const name[] = { "referee.yaml", "referee.log", "referee.db",
		"referee.db-wal", "referee.db-shm", "referee.db-blackbox", "admin.sock",
		"errors", "messages", "received" };
	char path[PATH_LEN_MAX + 32];
	free(c->records);
	fclose(c->messages);
	if ((c->failed > 0 && !c->o.forget) || c->o.keep) {
		printf("# everything is in %s\n", c->directory);
		return;
	}
	for (size_t i = 0; i < RF_ARRAY_LEN(name); i++) {
		snprintf(path, sizeof path, "%s/%s", c->directory, name[i]);
		unlink(path);
	}
	if (rmdir(c->directory) != 0)
		printf("# %s is not empty\n", c->directory);
}

/* ---- questions ------------------------------------------------------------------------------- */

/* What `referee ARGUMENT...` says; the caller frees it.  NULL: it failed. */
static char *
ask(const struct crash *c, const char *arguments)
{
	char command[3 * PATH_LEN_MAX + 128], *text = NULL;
	size_t len = 0, room = 0;
	snprintf(command, sizeof command, "exec timeout 10 '%s' %s 2>>'%s/errors'", c->o.referee,
	    arguments, c->directory);
	FILE *f = popen(command, "r");
	if (f == NULL)
		die("popen");
	for (;;) {
		if (len + 1 >= room)
			text = realloc(text, room = room * 2 + 64 * 1024);
		if (text == NULL)
			die("realloc");
		size_t got = fread(text + len, 1, room - len - 1, f);
		if (got == 0)
			break;
		len += got;
	}
	text[len] = '\0';
	if (pclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

bool
server_status(struct crash *c)
{
	char arguments[PATH_LEN_MAX + 64];
	snprintf(arguments, sizeof arguments, "ctl -s '%s/admin.sock' status --json",
	    c->directory);
	char *text = ask(c, arguments);
	snprintf(c->status, sizeof c->status, "%s", text != NULL ? text : "");
	free(text);
	return c->status[0] == '{';
}

uint64_t
server_number(const struct crash *c, const char *name)
{
	char wanted[64];
	snprintf(wanted, sizeof wanted, "\"%s\":", name);
	const char *at = strstr(c->status, wanted);
	return at != NULL ? strtoull(at + strlen(wanted), NULL, 10) : UINT64_MAX;
}

void
server_records(struct crash *c)
{
	char arguments[2 * PATH_LEN_MAX];
	snprintf(arguments, sizeof arguments, "cdr -c '%s' --format json", c->config);
	free(c->records);
	c->records = ask(c, arguments);
	if (c->records == NULL) {
		crash_fail(c, "referee cdr failed");
		c->records = strdup("");
	}
}

uint64_t
server_rows(struct crash *c, const char *table)
{
	char path[PATH_LEN_MAX + 32], query[64];
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	uint64_t rows = UINT64_MAX;
	snprintf(path, sizeof path, "%s/referee.db", c->directory);
	snprintf(query, sizeof query, "SELECT count(*) FROM %s", table);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_busy_timeout(db, 1000) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, query, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		rows = (uint64_t)sqlite3_column_int64(statement, 0);
	else
		crash_fail(c, "the store cannot be read: %s", sqlite3_errmsg(db));
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return rows;
}
