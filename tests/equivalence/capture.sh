#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/equivalence/capture.sh -- a capture of a run, read by tshark: what was said, in order, whole.
#
# Without tshark it says so and passes; in CI it must be there.
set -u
LC_ALL=C
export LC_ALL
top=${srcdir:-.}
referee=${builddir:-.}/referee
work=$(mktemp -d "${TMPDIR:-/tmp}/referee-capture.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
count=0

report() { # SENTENCE STATUS [WHAT IS WRONG]
	count=$((count + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		printf '%s\n' "${3:-}" | sed 's/^/# /' | head -n 40
	fi
}

shark() { # FIELDS OF TSHARK...
	HOME=$work tshark -n -r "$work/capture.pcapng" "$@" 2>"$work/shark.errors"
}

capture() { # SCENE
	"$referee" sim export --pcapng "$work/capture.pcapng" "$top/tests/scenes/$1.scn" 2>"$work/errors"
}

# "INVITE", "180 INVITE": a line a message, as the golden trace of the scene has them; repetitions too.
of_capture() {
	shark -Y 'sip' -T fields -e sip.Method -e sip.Status-Code -e sip.CSeq.method |
		awk -F '\t' '{ print $1 != "" ? $1 : $2 " " $3 }'
}

of_trace() { # SCENE
	awk '$3 ~ /^(->|<-)$/ && $4 == "referee" && $2 !~ /^(store|policy|dns|ctl)$/ {
		print $5 ~ /^[1-6][0-9][0-9]$/ ? $5 " " $6 : $5 }' "$top/tests/scenes/$1.trace"
}

same_as_trace() { # SCENE SENTENCE
	capture "$1" || { report "$2" 1 "$(cat "$work/errors")"; return; }
	of_capture >"$work/capture"
	of_trace "$1" >"$work/trace"
	[ -s "$work/trace" ] && cmp -s "$work/trace" "$work/capture"
	report "$2" $? "$(diff "$work/trace" "$work/capture")"
}

if ! command -v tshark >/dev/null; then
	if [ -n "${CI:-}" ]; then
		report 'tshark is there' 1 'CI has to install it'
	else
		report 'a capture is read by tshark # SKIP tshark is not installed' 0
	fi
	echo "1..$count"
	exit 0
fi

same_as_trace hand-back-succeeds 'over UDP it has the messages of the golden trace, in order'
shark -Y 'udp.checksum.status == "Bad" || ip.checksum.status == "Bad" || _ws.malformed' \
	-o udp.check_checksum:TRUE -o ip.check_checksum:TRUE >"$work/bad" && [ ! -s "$work/bad" ]
report 'no packet of it is malformed' $? "$(cat "$work/bad" "$work/shark.errors")"
shark -T fields -e frame.comment >"$work/comments"
grep -q '^center -> referee, call 2, session [0-9a-f]\{12\}$' "$work/comments"
report 'a comment says whose a packet is, and of which call' $? "$(cat "$work/comments")"
shark -Y 'sdp' -T fields -e sdp.media >"$work/sdp"
grep -q 'audio 5000 RTP/AVP' "$work/sdp"
report 'SDP is dissected' $? "$(cat "$work/sdp")"

same_as_trace refer-is-lost-once 'what was lost is there, too'
shark -T fields -e frame.comment | grep -q 'fault (lost'
report 'a comment tells the fault' $? "$(shark -T fields -e frame.comment)"

same_as_trace replaces-over-tls 'over TLS it is plain SIP over TCP'
shark -Y 'tcp.analysis.flags || tcp.checksum.status == "Bad"' -o tcp.check_checksum:TRUE >"$work/bad"
[ ! -s "$work/bad" ]
report 'sequence numbers and checksums of TCP are right' $? "$(cat "$work/bad")"
echo "1..$count"
