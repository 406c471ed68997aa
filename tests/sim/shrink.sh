#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/sim/shrink.sh -- `referee sim shrink` and the scripts it writes, as far as a seed that breaks nothing goes; what
# is planted is shrunk in tests/unit/test_swarm_shrink.  TAP.
LC_ALL=C
export LC_ALL
referee=${builddir:-.}/referee
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failed=0

report() { # NUMBER SENTENCE STATUS
	if test "$3" -eq 0; then
		echo "ok $1 - $2"
		return
	fi
	echo "not ok $1 - $2"
	sed 's/^/# /' "$folder/said" 2>/dev/null | tail -n 20
	failed=1
}

"$referee" sim shrink --seed 1 >"$folder/said" 2>&1
test $? -eq 1 && grep -q 'breaks nothing' "$folder/said"
report 1 "a seed that breaks nothing is said to" $?

printf 'seed 1\nswarm/0/1000=2\nactor.refers/3/1099511627776=1\nwithout 1 2\n' >"$folder/script"
"$referee" sim ladder --script "$folder/script" >"$folder/a" 2>"$folder/said"
good=$?
"$referee" sim ladder --script "$folder/script" >"$folder/b" 2>>"$folder/said"
cmp "$folder/a" "$folder/b" >>"$folder/said" && grep -q 'REFER .*#3' "$folder/a" && ! grep -q '#1$' "$folder/a"
report 2 "a script plays what it names, and only that" $(($? + good))

printf 'seed 1\nno.such.place/0/1000=2\n' >"$folder/wrong"
"$referee" sim ladder --script "$folder/wrong" >"$folder/said" 2>&1
test $? -eq 1 && grep -q 'wrong:2: ' "$folder/said"
report 3 "a wrong script is told with its line" $?

"$referee" sim sweep --seeds 1..40 --check-determinism >"$folder/said" 2>&1
report 4 "seeds that are played twice have the same effects" $?

echo "1..4"
exit $failed
