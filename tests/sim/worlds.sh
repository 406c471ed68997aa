#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/sim/worlds.sh -- every shipped world is right, meets its expectations, and says the same when it is asked
# again.  TAP.  REPS: repetitions of each; "": as many as each world says, which is what make sim-worlds does.
LC_ALL=C
export LC_ALL
referee=${builddir:-.}/referee
worlds=${srcdir:-.}/sim/worlds
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
reps=${REPS-1}
count=0
failed=0

# A sentence, and the status of what was tried; $folder/said explains.
report() {
	count=$((count + 1))
	if test "$2" -eq 0; then
		echo "ok $count - $1"
		return
	fi
	echo "not ok $count - $1"
	sed 's/^/# /' "$folder/said" | tail -n 40
	failed=1
}

for world in "$worlds"/*.yaml; do
	name=$(basename "$world" .yaml)
	head -n 1 "$world" | grep -q '^# Question: ' >"$folder/said"
	report "$name begins with its question" $?
	"$referee" sim run "$world" ${reps:+--reps "$reps"} --report "$folder/$name.json" --report "$folder/$name.csv" \
		--report "$folder/$name.xml" >"$folder/said" 2>&1
	report "$name meets its expectations" $?
done

docs=${srcdir:-.}/docs/SIMULATOR.md
for world in "$worlds"/*.yaml; do
	grep -q "\`$(basename "$world" .yaml)\`" "$docs" || basename "$world"
done >"$folder/said"
test ! -s "$folder/said"
report "SIMULATOR.md lists every world" $?
sed -n 's/^[A-Z]*([A-Z_]*, \([a-z_]*\),.*/\1/p' "${srcdir:-.}/app/sim/world.def" | while read -r key; do
	grep -q "[\`.]$key\`\|\`$key\." "$docs" || echo "$key"
done >"$folder/said"
test ! -s "$folder/said"
report "SIMULATOR.md knows every key of world.def" $?

world=$worlds/carrier-503-storm.yaml
"$referee" sim run "$world" ${reps:+--reps "$reps"} --report "$folder/again.json" >"$folder/said" 2>&1 &&
	cmp "$folder/carrier-503-storm.json" "$folder/again.json" >>"$folder/said" 2>&1
report "the same seed says the same" $?
"$referee" sim run "$world" --reps 1 --seed 7 --json >"$folder/seven.json" 2>"$folder/said" &&
	! cmp -s "$folder/seven.json" "$folder/again.json"
report "another seed says something else" $?
if command -v xmllint >/dev/null; then
	xmllint --noout "$folder"/*.xml >"$folder/said" 2>&1
	report "JUnit files are XML" $?
fi
grep -q 'testcase classname="With backoff" name="reached' "$folder/carrier-503-storm.xml" >"$folder/said"
report "JUnit names expectations" $?
test "$(wc -l <"$folder/carrier-503-storm.csv")" -gt 500 >"$folder/said"
report "CSV has a line for each call" $?
"$referee" sim run "$world" --reps 1 --report "$folder/storm.pcapng" >"$folder/said" 2>&1 &&
	test -s "$folder/storm.pcapng" && test -s "$folder/storm-2.pcapng"
report "each variant has a capture" $?
world=$worlds/seed-481-dialog-lost.yaml
"$referee" sim compare "$world" "$world" --reps 2 >"$folder/said" 2>&1 &&
	grep -q 'it made no difference to anybody' "$folder/said" && ! grep -q 'more by\|less by' "$folder/said"
report "a world compared with itself is the same" $?
here=$(cd "${srcdir:-.}" && pwd)
sed "s/share: 33%/share: 32.7%/; s|config: ../../|config: $here/|" "$world" >"$folder/other.yaml"
"$referee" sim compare "$world" "$folder/other.yaml" --reps 4 >"$folder/said" 2>&1
grep -q '^reached .*no detectable difference' "$folder/said"
report "a small difference of few runs is not detectable" $?
"$referee" sim compare "$world" "$worlds/shift-change.yaml" --reps 1 --json >"$folder/other.json" 2>"$folder/said"
grep -q '"paired":false' "$folder/other.json"
report "worlds with other callers are not compared call by call" $?
# The test of the test: nobody is left for who was referred by a center that is gone, and there is no IVR.
sed '/^ivr:/d' "$here/packaging/referee.yaml" >"$folder/no-ivr.yaml"
sed -e 's|config: .*|config: no-ivr.yaml|; s/share: 30%/share: 100%/; s/at: 2m, for: 1m/at: 0s/' \
	-e 's/expect: ./&"lost = 0", /' "$worlds/partner-genesys.yaml" >"$folder/nobody.yaml"
"$referee" sim run "$folder/nobody.yaml" --reps 1 >"$folder/said" 2>&1
test $? -eq 1 && grep -q '^NOT MET *lost = 0, got 100.0 %' "$folder/said" &&
	grep -q ' 100.0 % found nobody' "$folder/said"
report "a caller whom nobody takes is counted, and fails the run" $?
"$referee" sim check "$folder/nobody.yaml" >"$folder/said" 2>&1 && test ! -s "$folder/said"
report "a good world is checked in silence" $?
sed 's/^duration: .*/duration: 1/' "$folder/nobody.yaml" >"$folder/bad.yaml"
"$referee" sim check "$folder/bad.yaml" >"$folder/said" 2>&1
test $? -eq 78 && grep -q 'bad.yaml:[0-9]*:11: duration: expected a duration with its unit' "$folder/said"
report "a bad world is named by file, line and column" $?
echo "1..$count"
exit $failed
