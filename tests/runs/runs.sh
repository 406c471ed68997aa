#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/runs/runs.sh -- the runs of grammar/abnf_runs.rl save instructions and change nothing: the grammar with
# and without them says the same of every seed and torture message, whichever byte of it is damaged.  TAP.
LC_ALL=C
export LC_ALL
here=${builddir:-.}/tests/runs
top=${srcdir:-.}
echo 1..1
set -- "$top"/fuzz/seeds/headers/* "$top"/fuzz/seeds/uri/* "$top"/tests/torture/*/*.sip "$top"/bench/messages/*.sip
"$here/runs_fast" "$@" >"$here/fast.sums" && "$here/runs_plain" "$@" >"$here/plain.sums" &&
	test "$(wc -l <"$here/fast.sums")" -eq $# && cmp -s "$here/fast.sums" "$here/plain.sums"
status=$?
if [ $status -eq 0 ]; then
	echo "ok 1 - runs change nothing, over $# inputs with every byte damaged"
else
	echo "not ok 1 - runs change nothing"
	diff "$here/fast.sums" "$here/plain.sums" | sed 's/^/# /' | head -n 20
fi
exit $status
