#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/sim/sweep.sh -- a swarm of seeds breaks no invariant, and says the same again.  TAP.
#
# SEEDS: how many (make swarm has more than make check).  On instrumented builds a fifth of them.
LC_ALL=C
export LC_ALL
referee=${builddir:-.}/referee
seeds=${SEEDS:-1000}
test -z "$SIZED_BUILD" || seeds=$((seeds / 5))
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failed=0

# A number, a sentence, and the status of what was tried; $folder/said explains.
report() {
	if test "$3" -eq 0; then
		echo "ok $1 - $2"
		return
	fi
	echo "not ok $1 - $2"
	sed 's/^/# /' "$folder/said" | tail -n 60
	failed=1
}

"$referee" sim sweep --seeds "1..$seeds" >"$folder/said" 2>&1
report 1 "$seeds seeds keep every promise" $?
sed 's/^/# /' "$folder/said" | tail -n 5

for jobs in 1 3; do
	"$referee" sim sweep --seeds 1..40 --jobs $jobs 2>&1 | grep -v seeds/s >"$folder/$jobs"
done
diff "$folder/1" "$folder/3" >"$folder/said"
report 2 "seeds mean the same, however many processes look at them" $?

"$referee" sim ladder --seed 7 >"$folder/a" 2>&1
"$referee" sim ladder --seed 7 >"$folder/b" 2>&1
cmp "$folder/a" "$folder/b" >"$folder/said" 2>&1 && test -s "$folder/a"
report 3 "a ladder is the same again" $?

echo "1..3"
exit $failed
