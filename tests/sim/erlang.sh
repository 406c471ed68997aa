#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/sim/erlang.sh -- the numbers of whole worlds, with every message of every call, against Erlang's formulas: the
# 95 % interval of the simulated value holds the formula's.  tests/sim/sanity has the queues alone.  TAP.
# REPS: repetitions; "": as many as each world says.
LC_ALL=C
export LC_ALL
here=${srcdir:-.}/tests/sim
reps=${REPS-3}
count=0
failed=0

# World, metric, the formula's value.
compare() {
	count=$((count + 1))
	value=$("${builddir:-.}/referee" sim run "$here/$1.yaml" ${reps:+--reps "$reps"} --json |
		sed -n "s/.*\"$2\":{\"mean\":\([0-9.]*\),\"low\":\([0-9.]*\),\"high\":\([0-9.]*\).*/\1 \2 \3/p")
	if echo "$value $3" | awk 'NF == 4 && $2 <= $4 && $4 <= $3 { good = 1 } END { exit !good }'; then
		echo "ok $count - $1: $2 is what the formula says"
	else
		echo "not ok $count - $1: $2 is what the formula says"
		failed=1
	fi
	echo "# simulated mean, low, high: $value; formula: $3"
}

compare erlang-b reached 0.87834
compare erlang-a abandoned 0.21361
echo "1..$count"
exit $failed
