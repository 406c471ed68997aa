#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tools/model.sh -- docs/model/ through Spin: every order of events, exhaustively.
#
#   tools/model.sh REFEREE DIRECTORY [MODEL...]     all models, or those; prints states and time
#   tools/model.sh --trail MODEL DIRECTORY          the counterexample of a run that failed, as rows
#
# Speaks TAP.  Without Spin it skips, with a notice.  CC compiles the verifiers.
set -u
here=$(cd "$(dirname "$0")/../docs/model" && pwd)
if [ "${1:-}" = --trail ]; then
	cd "$3" && exec spin -t -k "$2.pml.trail" "$2.spin.pml"
fi
referee=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") directory=$2
shift 2
[ $# -gt 0 ] || set -- m1 m2 m3 m4
if ! command -v spin >/dev/null; then
	echo '1..0 # SKIP spin is missing (apt install spin): the models are not run'
	exit 0
fi
mkdir -p "$directory"
cd "$directory" || exit 1
for machine in $("$referee" fsm --format dot | sed -n 's/^digraph \([a-z]*\) .*/\1/p'); do
	"$referee" fsm "$machine" --format promela >"$machine.pml" || exit 1
done

count=0 failed=0
report() { # OK NAME TEXT
	count=$((count + 1))
	[ "$1" = ok ] || failed=1
	echo "$1 $count - $2: $3"
}

# -DCOLLAPSE and no partial order reduction worth naming: there is one process.
check() { # MODEL NAME SPIN-OPTIONS CC-OPTIONS PAN-OPTIONS
	model=$1 name=$2
	# shellcheck disable=SC2086 # options are words
	"${CC:-cc}" -E -P -x c -I . "$here/$model.pml" >"$model.spin.pml" &&
		spin $3 -a "$model.spin.pml" >"$name.spin.log" 2>&1 &&
		"${CC:-cc}" -O2 -w -DCOLLAPSE -DVECTORSZ=4096 $4 -o "$name.pan" pan.c ||
		{
			report 'not ok' "$name" "cannot be made (see $directory/$name.spin.log)"
			return
		}
	# shellcheck disable=SC2086 # options are words
	"./$name.pan" -m100000 -w26 $5 >"$name.log" 2>&1
	[ ! -e "$model.spin.pml.trail" ] || mv "$model.spin.pml.trail" "$model.pml.trail"
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$name.log")
	time=$(sed -n 's/^pan: elapsed time \([0-9.]*\).*/\1/p' "$name.log")
	depth=$(sed -n 's/.*depth reached \([0-9]*\).*/\1/p' "$name.log")
	if grep -q 'errors: 0' "$name.log" && ! grep -qE 'search not completed|max search depth too small' "$name.log"; then
		report ok "$name" "$states states, depth $depth, ${time:-0} s, no errors"
	else
		report 'not ok' "$name" "$(grep -m 2 -E '^pan:|error|Search not completed' "$name.log" | tr '\n' ' ')"
	fi
}

for model; do
	check "$model" "$model" '' '-DSAFETY' ''
	case $model in
	m4) check m4 m4-promise-is-kept '-f ![](accepted->(<>kept))' '' '-a' ;;
	esac
done
echo "1..$count"
exit $failed
