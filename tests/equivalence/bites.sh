#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/equivalence/bites.sh -- the comparison of ladders sees what it is there for: its own planted bugs.
set -u
LC_ALL=C
export LC_ALL
top=${srcdir:-.}/tests
referee=${builddir:-.}/referee
tools=${builddir:-.}/tests/wire
work=$(mktemp -d "${TMPDIR:-/tmp}/referee-bites.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
count=0

report() { # SENTENCE STATUS
	count=$((count + 1))
	if [ "$2" -eq 0 ]; then echo "ok $count - $1"; else echo "not ok $count - $1"; fi
}

compare() { # is what is in $work/real the run that the simulator makes?
	"$top/equivalence/run" --referee "$referee" --tools "$tools" --only target-busy-486 --real "$work/real" \
		>"$work/compared" 2>&1
}

planted() { # SENTENCE SED-SCRIPT: a bug in what the center said and heard
	sed "$2" "$work/center.messages" >"$work/real/udp-target-busy-486/center.messages"
	cmp -s "$work/center.messages" "$work/real/udp-target-busy-486/center.messages" && report "$1" 1 && return
	if compare; then report "$1" 1; else report "$1" 0; fi
}

"$top/wire/run" --simulate --referee "$referee" --tools "$tools" --only target-busy-486 --messages "$work/real" \
	>"$work/log" 2>&1 || { sed 's/^/# /' "$work/log"; echo 'Bail out! the case fails by itself'; exit 1; }
cp "$work/real/udp-target-busy-486/center.messages" "$work"
compare
report 'the same run is the same' $?
planted 'another code is seen' 's,^SIP/2.0 202 ,SIP/2.0 200 ,'
planted 'another method is seen' 's,^BYE ,INFO ,'
planted 'another direction is seen' 's,message sent,message received,'
planted 'another outcome in a NOTIFY is seen' 's,^SIP/2.0 486 ,SIP/2.0 480 ,'
planted 'another dialog is seen' '/^NOTIFY/,/^CSeq/s,^Call-ID: ,Call-ID: another-,'
planted 'a message that is missing is seen' '/^ACK /,/^Call-ID/s,^Call-ID: ,Not-Call-ID: ,'
rm "$work/real/udp-target-busy-486/queue.messages"
cp "$work/center.messages" "$work/real/udp-target-busy-486"
compare
test $? -ne 0
report 'a party that is missing is seen' $?
cat "$work/center.messages" "$work/center.messages" >"$work/twice"
awk -f "$top/equivalence/ladder.awk" "$work/center.messages" >"$work/once.ladder"
awk -f "$top/equivalence/ladder.awk" "$work/twice" | cmp -s - "$work/once.ladder"
report 'what is said again is folded' $?
echo "1..$count"
