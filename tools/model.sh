#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tools/model.sh -- docs/model/ through Spin: every order of events, exhaustively.
#
#   tools/model.sh REFEREE DIRECTORY [MODEL...]     all models, or those; prints states and time
#   tools/model.sh --planted REFEREE DIRECTORY      rows are spoiled first: every model must find its own
#   tools/model.sh --trail MODEL DIRECTORY          the counterexample of a run that failed, as rows
#
# Speaks TAP.  Without Spin it skips, with a notice.  CC compiles the verifiers.
set -u
here=$(cd "$(dirname "$0")/../docs/model" && pwd)
if [ "${1:-}" = --trail ]; then
	cd "$3" && exec spin -t -k "$2.pml.trail" "$2.spin.pml"
fi
planted=''
if [ "${1:-}" = --planted ]; then
	planted=yes
	shift
fi
referee=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") directory=$2
shift 2
[ $# -gt 0 ] || set -- m1 m2 m3 m4 m5
if ! command -v spin >/dev/null; then
	echo '1..0 # SKIP spin is missing (apt install spin): the models are not run'
	exit 0
fi
mkdir -p "$directory"
cd "$directory" || exit 1
machines=$("$referee" fsm --format dot | sed -n 's/^digraph \([a-z]*\) .*/\1/p')
for machine in $machines; do
	"$referee" fsm "$machine" --format promela >"$machine.pml" || exit 1
done

count=0 failed=0
report() { # OK NAME TEXT
	count=$((count + 1))
	[ "$1" = ok ] || failed=1
	echo "$1 $count - $2: $3"
}

# Makes the verifier and runs it; false: it cannot be made.  NAME.log has what it says.
verify() { # MODEL NAME SPIN-OPTIONS CC-OPTIONS PAN-OPTIONS [CPP-OPTIONS]
	rm -f "$2.log" "$1.spin.pml.trail"
	# shellcheck disable=SC2086 # options are words, and so may CC be ("ccache gcc")
	${CC:-cc} -E -P -x c ${6:-} -I . "$here/$1.pml" >"$1.spin.pml" &&
		spin $3 -a "$1.spin.pml" >"$2.spin.log" 2>&1 &&
		${CC:-cc} -O2 -w -DCOLLAPSE -DVECTORSZ=4096 $4 -o "$2.pan" pan.c || return 1
	# shellcheck disable=SC2086 # options are words, and so may CC be ("ccache gcc")
	"./$2.pan" $5 >"$2.log" 2>&1
	[ ! -e "$1.spin.pml.trail" ] || mv "$1.spin.pml.trail" "$1.pml.trail"
}

check() { # as verify
	name=$2
	if ! verify "$@"; then
		report 'not ok' "$name" "cannot be made (see $directory/$name.spin.log)"
		return
	fi
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$name.log")
	time=$(sed -n 's/^pan: elapsed time \([0-9.]*\).*/\1/p' "$name.log")
	depth=$(sed -n 's/.*depth reached \([0-9]*\).*/\1/p' "$name.log")
	if grep -q 'errors: 0' "$name.log" &&
		! grep -qiE 'search not completed|max search depth too small' "$name.log"; then
		report ok "$name" "$states states, depth $depth, ${time:-0} s, no errors"
	else
		report 'not ok' "$name" "$(grep -m 2 -iE '^pan:|search not completed' "$name.log" | tr '\n' ' ')"
	fi
}

# The row of that machine does something else: the model must have an error.
plant() { # MODEL MACHINE ROW SED-COMMAND SENTENCE
	model=$1 machine=$2
	"$referee" fsm "$machine" --format promela | sed "\\,$machine $3 ,{ $4; }" >"$machine.pml"
	if "$referee" fsm "$machine" --format promela | cmp -s - "$machine.pml"; then
		report 'not ok' "$model" "nothing was planted in $machine $3"
		return
	fi
	verify "$model" planted '' '-DSAFETY' '-m100000 -w22' -DATTEMPTS=0
	"$referee" fsm "$machine" --format promela >"$machine.pml"
	if grep -q 'errors: [1-9]' planted.log 2>/dev/null; then
		report ok "$model" "finds that $5"
	else
		report 'not ok' "$model" "does not find that $5"
	fi
}

if [ -n "$planted" ]; then
	plant m1 nist TRYING/RX_REQUEST/ELSE 's/nist_A_none/nist_A_pass_up/' \
		'a repeated request is taken for a new one'
	plant m1 nict TRYING/T_END/ELSE 's/nict_A_tell_timeout/nict_A_none/' 'nobody hears of Timer F'
	plant m2 ict ACCEPTED/RX_2XX/ELSE 's/ict_A_pass_up/ict_A_none/' \
		'the 2xx of another fork is let lie'
	plant m2 accept REPEATING/T_ACK/ELSE 's/accept_A_tell_unacked/skip/' 'nobody misses the ACK'
	plant m3 subscription NOTIFYING/PROGRESS/ELSE 's/A_keep_news/A_send_news/' \
		'two NOTIFYs are out at a time'
	plant m3 subscription NOTIFYING/REFUSED/ELSE 's/= subscription_DONE/= subscription_ACTIVE/' \
		'a refused NOTIFY is followed by others'
	plant m4 refer TRYING/REFERRER_LEFT/ELSE 's/A_mute/A_release/; s/= refer_TRYING/= refer_DONE/' \
		'an early BYE closes a promised transfer'
	plant m4 call TRANSFERRING/PARTY_GONE/by_referrer \
		's/= call_ALONE/= call_ENDING/; s/call_A_tell_refer/&; call_A_end_pair/' \
		'an early BYE takes the survivor with it'
	plant m4 leg CANCELLING/RX_2XX/ELSE 's/= leg_LEAVING/= leg_DOWN/; s/A_send_bye/A_release/' \
		'a 200 that crosses CANCEL is let lie'
	plant m4 refer SCREENING/POLICY_OK/ELSE \
		's/= refer_PROMISING/= refer_TRYING/; s/A_store_promise/A_accept/' \
		'a promise is spoken before it is stored'
	plant m4 refer CONCLUDING/STORED/ELSE 's/refer_A_notify_final/&; refer_A_hang_up/' \
		'BYE leaves together with the final NOTIFY'
	over='delivery_A_tell_left; delivery_A_release'
	plant m5 delivery POSTING/ACKED/ELSE \
		"s/= delivery_SETTLING/= delivery_DONE/; s/delivery_A_settle_acked/$over/" \
		'an acknowledgement is not stored'
	plant m5 delivery POSTING/REFUSED/exhausted 's/A_settle_dead/A_settle_acked/' \
		'what nobody took is called acknowledged'
	plant m5 delivery SETTLING/SETTLED/has_next \
		"s/= delivery_IDLE/= delivery_DONE/; s/delivery_A_take_next/$over/" \
		'an event that was passed over is forgotten'
	plant m5 receiver OPEN/T_OPEN/ELSE 's/receiver_A_let_go/receiver_A_none/' \
		'what waits for a breaker waits for ever'
	echo "1..$count"
	exit $failed
fi

for model; do
	check "$model" "$model" '' '-DSAFETY' '-m100000 -w25'
	case $model in
	m4) check m4 m4-promise-is-kept '-f ![](accepted->(<>kept))' '' '-a -m100000 -w25' '-DATTEMPTS=0 -DBUSY=0' ;;
	esac
done
echo "1..$count"
exit $failed
