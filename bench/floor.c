/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/floor.c -- the floor: what one message received and one sent cost with no program in
 * between.
 *
 *         floor RATE SECONDS BYTES        RATE datagrams a second; 0: as many as it takes
 *         floor RATE SECONDS BYTES CERTIFICATE KEY        over one TLS connection
 *
 * One process answers each message by its own bytes with the system calls referee uses (epoll_wait,
 * recvmmsg, sendmmsg; epoll_wait and OpenSSL), another one asks; only the first is measured, and
 * each has a core of its own.  No server on the same calls can be cheaper: the figure beside which
 * `bench/soak` and `bench/handback` show referee's.  Prints nanoseconds of CPU per message received
 * and sent. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, BYTES_MAX = 4096, WINDOW = 64, TLS_BYTES_MAX = 65536 };

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t
now_on(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The server's is core 1, as in every bench; where there is no such core nothing happens. */
static void
pin(size_t core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(core, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

static int
open_socket(int type)
{
	int size = 4 << 20, fd = socket(AF_INET, type, 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

/* Asks at that rate, or - rate 0 - keeps a window of questions open. */
static void
ask(int fd, SSL *ssl, unsigned rate, int64_t end, size_t bytes)
{
	static char question[BYTES_MAX], answer[TLS_BYTES_MAX];
	int64_t start = now_on(CLOCK_MONOTONIC);
	uint64_t asked = 0, answered = 0, read = 0;
	while (now_on(CLOCK_MONOTONIC) < end) {
		if (rate > 0) {
			int64_t at = start + (int64_t)(asked * 1000000000 / rate);
			struct timespec t = { .tv_sec = at / 1000000000,
				.tv_nsec = at % 1000000000 };
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		}
		if (rate > 0 || asked - answered < WINDOW) {
			if (ssl != NULL ? SSL_write(ssl, question, (int)bytes) <= 0 :
			    send(fd, question, bytes, 0) < 0)
				die("send");
			asked++;
		}
		bool wait = rate == 0 && asked - answered >= WINDOW;
		struct pollfd readable = { .fd = fd, .events = POLLIN };
		for (int n; ssl != NULL && (wait || poll(&readable, 1, 0) > 0) &&
		    (n = SSL_read(ssl, answer, sizeof(answer))) > 0; wait = false) {
			read += (uint64_t)n;
			answered = read / bytes;
		}
		while (ssl == NULL &&
		    recv(fd, answer, sizeof(answer), wait ? 0 : MSG_DONTWAIT) > 0) {
			answered++;
			wait = false;
		}
	}
}

/* Answers until the end; how many. */
static uint64_t
answer_stream(int fd, SSL *ssl, int64_t end, size_t bytes)
{
	static char buffer[TLS_BYTES_MAX];
	struct epoll_event event = { .events = EPOLLIN };
	uint64_t count = 0;
	size_t len = 0;
	int poller = epoll_create1(0), n;
	if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll");
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (now_on(CLOCK_MONOTONIC) < end) {
		if (epoll_wait(poller, &event, 1, 100) <= 0)
			continue;
		while ((n = SSL_read(ssl, buffer + len, (int)(sizeof(buffer) - len))) > 0) {
			for (len += (size_t)n; len >= bytes; len -= bytes) {
				if (SSL_write(ssl, buffer, (int)bytes) <= 0)
					die("TLS write");
				memmove(buffer, buffer + bytes, len - bytes);
				count++;
			}
		}
		if (SSL_get_error(ssl, n) != SSL_ERROR_WANT_READ)
			break;
	}
	close(poller);
	return count;
}

/* Answers until the end; how many. */
static uint64_t
answer(int fd, int64_t end)
{
	static char bytes[BATCH][BYTES_MAX];
	struct sockaddr_in from[BATCH];
	struct iovec vector[BATCH];
	struct mmsghdr message[BATCH];
	struct epoll_event event = { .events = EPOLLIN };
	uint64_t count = 0;
	int poller = epoll_create1(0);
	if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll");
	while (now_on(CLOCK_MONOTONIC) < end) {
		if (epoll_wait(poller, &event, 1, 100) <= 0)
			continue;
		for (int i = 0; i < BATCH; i++) {
			vector[i] = (struct iovec){ bytes[i], BYTES_MAX };
			message[i].msg_hdr = (struct msghdr){
				.msg_name = &from[i], .msg_namelen = sizeof(from[i]),
				.msg_iov = &vector[i], .msg_iovlen = 1,
			};
		}
		int got = recvmmsg(fd, message, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < got; i++)
			vector[i].iov_len = message[i].msg_len;
		for (int sent = 0; sent < got;) {
			int n = sendmmsg(fd, message + sent, (unsigned)(got - sent), 0);
			if (n <= 0)
				break;
			sent += n;
		}
		count += got > 0 ? (uint64_t)got : 0;
	}
	close(poller);
	return count;
}

static SSL *
over_tls(int fd, const char *certificate, const char *key)
{
	int on = 1;
	SSL_CTX *context = SSL_CTX_new(TLS_method());
	if (context == NULL || SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		die(certificate);
	SSL *ssl = SSL_new(context);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	SSL_set_fd(ssl, fd);
	return ssl;
}

int
main(int argc, char **argv)
{
	if (argc != 4 && argc != 6) {
		fputs("usage: floor RATE SECONDS BYTES [CERTIFICATE KEY]\n", stderr);
		return 64;
	}
	bool tls = argc == 6;
	unsigned rate = (unsigned)strtoul(argv[1], NULL, 10);
	int64_t end = now_on(CLOCK_MONOTONIC) + (int64_t)strtoul(argv[2], NULL, 10) * 1000000000;
	size_t bytes = strtoul(argv[3], NULL, 10);
	if (bytes == 0 || bytes > BYTES_MAX)
		return 64;
	int type = tls ? SOCK_STREAM : SOCK_DGRAM;
	int here = open_socket(type), there = open_socket(type);
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	if ((tls && listen(here, 1) != 0) ||
	    getsockname(here, (struct sockaddr *)&address, &len) != 0 ||
	    connect(there, (struct sockaddr *)&address, sizeof(address)) != 0)
		die("connect");
	if (tls && (here = accept(here, NULL, NULL)) < 0)
		die("accept");
	pid_t asker = fork();
	if (asker < 0)
		die("fork");
	pin(asker == 0 ? 0 : 1);
	SSL *ssl = tls ? over_tls(asker == 0 ? there : here, argv[4], argv[5]) : NULL;
	if (tls && (asker == 0 ? SSL_connect(ssl) : SSL_accept(ssl)) != 1)
		die("TLS");
	if (asker == 0) {
		ask(there, ssl, rate, end, bytes);
		_exit(0);
	}
	int64_t before = now_on(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t count = tls ? answer_stream(here, ssl, end + 200000000, bytes) :
	    answer(here, end + 200000000);
	int64_t spent = now_on(CLOCK_PROCESS_CPUTIME_ID) - before;
	kill(asker, SIGTERM);
	waitpid(asker, NULL, 0);
	if (count == 0)
		return 1;
	printf("%lld\n", (long long)(spent / (int64_t)count));
	return 0;
}
