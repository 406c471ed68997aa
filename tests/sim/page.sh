#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/sim/page.sh -- a report opens in a real browser, draws all of it, fetches nothing, and nothing complains on
# the console.  TAP.  usage: page.sh [WORLD]
LC_ALL=C
export LC_ALL
world=${1:-${srcdir:-.}/sim/worlds/carrier-503-storm.yaml}
if ! command -v chromium >/dev/null; then
	echo "1..0 # SKIP chromium is missing: apt install chromium"
	exit 0
fi
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failed=0
count=0

report() { # SENTENCE STATUS
	count=$((count + 1))
	if test "$2" -eq 0; then
		echo "ok $count - $1"
		return
	fi
	echo "not ok $count - $1"
	head -c 2000 "$folder/said" | sed 's/^/# /'
	failed=1
}

has() { # PATTERN SENTENCE
	grep -q -e "$1" "$folder/dom"
	report "$2" $?
}

"${builddir:-.}/referee" sim run "$world" --reps 2 --report "$folder/report.html" >"$folder/said" 2>&1
report "a report is written" $?
! grep -q 'src="\|href="\|@import\|url(' "$folder/report.html" >"$folder/said"
report "it refers to nothing outside of itself" $?
# What the page says on its console is on stderr, as CONSOLE lines; uncaught errors are, too.
timeout 120 chromium --headless --no-sandbox --disable-gpu --no-first-run --user-data-dir="$folder/profile" \
	--host-resolver-rules='MAP * ~NOTFOUND' --enable-logging=stderr --v=0 --virtual-time-budget=5000 \
	--window-size=1280,3000 --dump-dom "file://$folder/report.html" >"$folder/dom" 2>"$folder/log"
report "the browser opens it" $?
grep 'CONSOLE' "$folder/log" >"$folder/said"
test ! -s "$folder/said"
report "nothing is on the console" $?
has 'data-drawn="yes"' "the page was drawn to its end"
has 'class="first">With backoff [0-9.]* % of the callers' "it begins with the sentence that answers"
test "$(grep -o '<canvas' "$folder/dom" | wc -l)" -ge 5
report "there are five charts" $?
test "$(grep -o '<svg' "$folder/dom" | wc -l)" -eq 2
report "one call is drawn twice, side by side" $?
# The test of the test: a page that throws is noticed.
sed 's/^drawHead();$/nobody.is.there();/' "$folder/report.html" >"$folder/broken.html"
timeout 120 chromium --headless --no-sandbox --disable-gpu --no-first-run --user-data-dir="$folder/profile" \
	--enable-logging=stderr --v=0 --virtual-time-budget=5000 --dump-dom "file://$folder/broken.html" \
	>"$folder/dom" 2>"$folder/log"
grep -q 'CONSOLE.*nobody is not defined' "$folder/log" && ! grep -q 'data-drawn="yes"' "$folder/dom"
report "a page that fails would be noticed" $?
echo "1..$count"
exit $failed
