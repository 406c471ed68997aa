/* SPDX-License-Identifier: BSD-2-Clause */
/* webhook/multi.c -- libcurl's sockets and its timer on our event loop, and what every exchange has
 * in common: whom it trusts, how much it reads, that it follows nobody. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "webhook/internal.h"

/* ---- the loop ------------------------------------------------------------------------------- */

static void
take_finished(struct rf_webhook *w)
{
	CURLMsg *message;
	int left;
	while ((message = curl_multi_info_read(w->multi, &left)) != NULL) {
		struct rf_exchange *x = NULL;
		CURLcode code = message->data.result;
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&x);
		curl_multi_remove_handle(w->multi, x->easy);
		x->over(x, code);
	}
}

static void
on_socket(evutil_socket_t fd, short what, void *user)
{
	struct rf_webhook *w = user;
	int running;
	int mask = ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
		   ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
	curl_multi_socket_action(w->multi, fd, mask, &running);
	take_finished(w);
}

static void
on_timer(evutil_socket_t fd, short what, void *user)
{
	struct rf_webhook *w = user;
	int running;
	(void)fd;
	(void)what;
	curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	take_finished(w);
}

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
	struct rf_webhook *w = user;
	struct event *event = socket_user;
	(void)easy;
	if (event != NULL)
		event_free(event);
	event = NULL;
	if (what != CURL_POLL_REMOVE) {
		int mask = ((what & CURL_POLL_IN) != 0 ? EV_READ : 0) |
			   ((what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0) | EV_PERSIST;
		event = event_new(w->base, fd, (short)mask, on_socket, w);
		if (event == NULL || event_add(event, NULL) != 0)
			return -1;
	}
	curl_multi_assign(w->multi, fd, event);
	return 0;
}

static int
watch_timer(CURLM *multi, long ms, void *user)
{
	struct rf_webhook *w = user;
	(void)multi;
	if (ms < 0)
		return event_del(w->timer);
	return event_add(
	    w->timer, &(struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 });
}

bool
rf_multi_init(struct rf_webhook *w)
{
	w->timer = evtimer_new(w->base, on_timer, w);
	w->multi = curl_multi_init();
	if (w->timer == NULL || w->multi == NULL)
		return false;
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, watch_timer);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w);
	return true;
}

void
rf_multi_fini(struct rf_webhook *w)
{
	if (w->multi != NULL)
		curl_multi_cleanup(w->multi);
	if (w->timer != NULL)
		event_free(w->timer);
}

/* ---- exchanges ------------------------------------------------------------------------------ */

static size_t
read_answer(char *bytes, size_t one, size_t len, void *user)
{
	struct rf_exchange *x = user;
	(void)one;
	if (len > RF_WEBHOOK_ANSWER_MAX - x->answer_len) {
		x->too_long = true;
		return 0; /* curl ends it */
	}
	if (x->answer != NULL)
		memcpy(x->answer + x->answer_len, bytes, len);
	x->answer_len += len;
	return len;
}

static void
set_trust(CURL *easy, const struct rf_webhook_receiver *r)
{
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L); /* nobody else hears our token */
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (r->ca != NULL) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, r->ca);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (r->certificate != NULL) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, r->certificate);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, r->key);
	}
	/* "": not what the environment says. */
	curl_easy_setopt(easy, CURLOPT_PROXY, r->proxy != NULL ? r->proxy : "");
}

bool
rf_exchange_begin(
    struct rf_webhook *w, struct rf_exchange *x, const struct rf_destination *to, const char *url)
{
	x->answer_len = 0;
	x->too_long = false;
	x->error[0] = '\0';
	if (x->easy == NULL)
		x->easy = curl_easy_init();
	if (x->easy == NULL)
		return false;
	curl_easy_reset(x->easy);
	set_trust(x->easy, &to->config);
	curl_easy_setopt(x->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
	curl_easy_setopt(x->easy, CURLOPT_ERRORBUFFER, x->error);
	curl_easy_setopt(x->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(x->easy, CURLOPT_USERAGENT, w->software);
	curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, read_answer);
	curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
	return curl_easy_setopt(x->easy, CURLOPT_URL, url) == CURLE_OK &&
	       rf_exchange_header(
		   x, "Expect", RF_SLICE("")); /* no 100-continue: one round trip less */
}

/* False: no memory, or nothing that a header field could carry. */
bool
rf_exchange_header(struct rf_exchange *x, const char *name, struct rf_slice value)
{
	size_t room = strlen(name) + value.len + 3;
	for (uint32_t i = 0; i < value.len; i++) {
		if ((unsigned char)value.p[i] < 0x20 || (unsigned char)value.p[i] == 0x7f)
			return false;
	}
	char *line = malloc(room);
	if (line == NULL)
		return false;
	snprintf(line, room, "%s:%s%.*s", name, value.len > 0 ? " " : "", (int)value.len, value.p);
	struct curl_slist *longer = curl_slist_append(x->headers, line);
	free(line);
	if (longer != NULL)
		x->headers = longer;
	return longer != NULL;
}

bool
rf_exchange_addresses(struct rf_exchange *x, const struct rf_host *host,
    const struct rf_addr *address, uint32_t count)
{
	char line[1024];
	int len = snprintf(line, sizeof line, "%s:%u:", host->name, host->port);
	for (uint32_t i = 0; i < count && len < (int)sizeof line; i++) {
		char ip[48];
		uint32_t ip_len = rf_ip_write(ip, address[i].ip, false);
		len += snprintf(line + len, sizeof line - (size_t)len, "%s%.*s", i > 0 ? "," : "",
		    (int)ip_len, ip);
	}
	if (len < (int)sizeof line)
		x->addresses = curl_slist_append(NULL, line);
	return x->addresses != NULL;
}

bool
rf_exchange_start(struct rf_webhook *w, struct rf_exchange *x)
{
	curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
	if (x->addresses != NULL)
		curl_easy_setopt(x->easy, CURLOPT_RESOLVE, x->addresses);
	return curl_multi_add_handle(w->multi, x->easy) == CURLM_OK;
}

void
rf_exchange_end(struct rf_webhook *w, struct rf_exchange *x)
{
	if (x->easy != NULL) {
		curl_multi_remove_handle(w->multi, x->easy); /* also fine if it is not in there */
		curl_easy_reset(x->easy);                    /* forgets tokens */
	}
	curl_slist_free_all(x->headers);
	curl_slist_free_all(x->addresses);
	x->headers = x->addresses = NULL;
}

void
rf_exchange_fini(struct rf_exchange *x)
{
	if (x->easy != NULL)
		curl_easy_cleanup(x->easy);
	curl_slist_free_all(x->headers);
	curl_slist_free_all(x->addresses);
}

/* ---- hosts ---------------------------------------------------------------------------------- */

bool
rf_host_read(struct rf_host *h, const char *text, const char *proxy)
{
	CURLU *url = curl_url();
	char *host = NULL, *port = NULL;
	unsigned char address[16];
	bool ok = url != NULL &&
		  curl_url_set(url, CURLUPART_URL, proxy != NULL ? proxy : text, 0) == CURLUE_OK &&
		  curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
	if (ok) {
		h->name = strdup(host);
		h->port = (uint16_t)strtoul(port, NULL, 10);
		h->literal = host[0] == '[' || inet_pton(AF_INET, host, address) == 1;
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(url);
	return ok && h->name != NULL;
}

bool
rf_host_resolve(struct rf_webhook *w, const struct rf_host *h, rf_token question)
{
	if (w->call.resolve == NULL || h->literal)
		return false;
	w->call.resolve(w->user, rf_slice_of(h->name), h->port, question);
	return true;
}
