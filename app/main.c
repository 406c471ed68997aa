/* SPDX-License-Identifier: BSD-2-Clause */
/* app/main.c -- one binary, its commands (operations: docs/OPERATIONS.md). */
#include <config.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "app/admin.h"
#include "app/cdr.h"
#include "app/config.h"
#include "app/driver.h"
#include "app/sim/export.h"
#include "app/explore.h"
#include "app/log.h"
#include "app/options.h"
#include "app/reconcile.h"
#include "app/replay.h"
#include "app/route_test.h"
#include "app/sim/command.h"
#include "app/sim/shrink.h"
#include "app/sim/sweep.h"
#include "tools/fsm_print.h"

struct server {
	struct event_base *base;
	struct rf_driver *driver;
	struct rf_log *log;
	bool stopping;
};

static void
stop_now(void *user)
{
	struct server *s = user;
	event_base_loopbreak(s->base);
}

static void
on_signal(evutil_socket_t number, short what, void *user)
{
	struct server *s = user;
	(void)what;
	rf_log_event(s->log, RF_LOG_INFO, s->stopping ? "serve.forced" : "serve.draining",
	    (const struct rf_log_pair[]){ rf_log_number("signal", number), { 0 } });
	if (s->stopping) {
		stop_now(s);
		return;
	}
	s->stopping = true;
	rf_driver_drain(s->driver, stop_now, s);
}

/* Secrets must not end up in a core file; descriptors are the number of connections. */
static void
prepare_process(void)
{
	struct rlimit files;
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static bool
write_rows(const struct rf_driver *driver, const char *path)
{
	FILE *out = fopen(path, "w");
	bool written = out != NULL && rf_fsm_rows_write(out, rf_driver_rows(driver), "serve");
	bool closed = out != NULL && fclose(out) == 0;
	if (!written || !closed)
		fprintf(stderr, "referee: cannot write %s\n", path);
	return written && closed;
}

/* rows: where to write the rows taken; NULL: nowhere. */
static int
run(struct server *s, const struct rf_config *config, const char *rows)
{
	char error[256];
	struct rf_admin *admin = NULL;
	int status = RF_EXIT_FAILED;
	s->driver = rf_driver_new(s->base, config, s->log, error);
	if (s->driver != NULL && config->admin_socket != NULL)
		admin = rf_admin_open(s->base, s->driver, config->admin_socket, error);
	struct event *terminate = evsignal_new(s->base, SIGTERM, on_signal, s);
	struct event *interrupt = evsignal_new(s->base, SIGINT, on_signal, s);
	if (s->driver != NULL && (admin != NULL || config->admin_socket == NULL) &&
	    terminate != NULL && interrupt != NULL && event_add(terminate, NULL) == 0 &&
	    event_add(interrupt, NULL) == 0) {
		rf_log_event(s->log, RF_LOG_INFO, "serve.ready",
		    (const struct rf_log_pair[]){ rf_log_text("version", PACKAGE_VERSION),
			rf_log_text("config", config->path),
			rf_log_number("listeners", config->listen_count), { 0 } });
		event_base_dispatch(s->base);
		rf_log_event(
		    s->log, RF_LOG_INFO, "serve.stopped", (const struct rf_log_pair[]){ { 0 } });
		if (rows == NULL || write_rows(s->driver, rows))
			status = RF_EXIT_OK;
	} else {
		fprintf(stderr, "referee: %s\n", error);
	}
	if (terminate != NULL)
		event_free(terminate);
	if (interrupt != NULL)
		event_free(interrupt);
	rf_admin_close(admin);
	rf_driver_free(s->driver);
	return status;
}

static int
serve(const struct rf_config *config, const char *rows)
{
	struct server s = { .base = event_base_new() };
	int status = RF_EXIT_FAILED;
	prepare_process();
	s.log = rf_log_new(&(struct rf_log_config){ .format = config->log_format,
		.level = config->log_level, .privacy = config->log_privacy, .fd = 2 });
	if (s.base != NULL && s.log != NULL)
		status = run(&s, config, rows);
	if (s.log != NULL)
		rf_log_free(s.log);
	if (s.base != NULL)
		event_base_free(s.base);
	return status;
}

static int
show_machines(const struct rf_options *options)
{
	const struct rf_fsm *fsm = NULL;
	enum rf_fsm_format format = RF_FSM_TABLE;
	if (options->fsm_format != NULL && !rf_fsm_format_parse(&format, options->fsm_format)) {
		fprintf(stderr, "referee fsm: expected table, dot, mermaid, json or promela, "
				"got \"%s\"\n", options->fsm_format);
		return RF_EXIT_USAGE;
	}
	if (options->machine != NULL && (fsm = rf_fsm_find(options->machine)) == NULL) {
		fprintf(stderr, "referee fsm: there is no machine \"%s\"; there are:",
		    options->machine);
		for (uint32_t i = 0; rf_engine_machine(i) != NULL; i++)
			fprintf(stderr, " %s", rf_engine_machine(i)->name);
		fputs("\n", stderr);
		return RF_EXIT_USAGE;
	}
	rf_fsm_print(stdout, fsm, format);
	return fflush(stdout) == 0 ? RF_EXIT_OK : RF_EXIT_FAILED;
}

int
main(int argc, char **argv)
{
	struct rf_options options;
	struct rf_config_errors errors;
	int status;
	if (!rf_options_parse(&options, argc, argv, stdout, stderr, &status))
		return status;
	if (options.command == RF_COMMAND_SIM_REPLAY)
		return rf_replay_run(&options, stdout, stderr);
	if (options.command == RF_COMMAND_SIM_CHECK || options.command == RF_COMMAND_SIM_RUN ||
	    options.command == RF_COMMAND_SIM_COMPARE)
		return rf_sim_command(&options, stdout, stderr);
	if (options.command == RF_COMMAND_SIM_SWEEP)
		return rf_sweep(&options, stdout, stderr);
	if (options.command == RF_COMMAND_SIM_SHRINK)
		return rf_shrink(&options, stdout, stderr);
	if (options.command == RF_COMMAND_SIM_LADDER)
		return rf_sweep_ladder(&options, stdout, stderr);
	if (options.command == RF_COMMAND_SIM_EXPORT)
		return rf_export(&options, stdout, stderr);
	if (options.command == RF_COMMAND_SIM_EXPLORE)
		return rf_explore_command(&options, stdout, stderr);
	if (options.command == RF_COMMAND_FSM)
		return show_machines(&options);
	if (options.command > RF_COMMAND_FSM)
		return rf_ctl(&options, stdout, stderr);
	struct rf_config *config = rf_config_load(options.config, &errors);
	if (config == NULL || options.command == RF_COMMAND_CHECK) {
		if (options.json)
			rf_config_errors_write_json(&errors, stdout);
		else
			rf_config_errors_write(&errors, stderr);
		status = config == NULL ? RF_EXIT_CONFIG : RF_EXIT_OK;
	} else if (options.command == RF_COMMAND_ROUTE_TEST) {
		status = rf_route_test(config, &options, stdout);
	} else if (options.command == RF_COMMAND_CDR) {
		status = rf_cdr(config, &options, stdout, stderr);
	} else if (options.command == RF_COMMAND_RECONCILE) {
		status = rf_reconcile_command(config, &options, stdout, stderr);
	} else {
		status = serve(config, options.rows);
	}
	rf_config_free(config);
	return status;
}
