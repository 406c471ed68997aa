#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# fuzz/replay.sh -- every target over its seeds and, those that read messages, over the torture messages:
# a finding that became a seed can never come back unseen.  TAP.
LC_ALL=C
export LC_ALL
top=${srcdir:-.}
number=0 failed=0

echo 1..15
for target in config headers json message multipart sdp secret sipfrag stream swarm uri wire world write xml; do
	number=$((number + 1))
	case $target in
	message | stream | wire | write)
		torture=$top/tests/torture
		more="$torture/own $torture/rfc4475 $torture/rfc5118 $top/bench/messages" ;;
	*) more='' ;;
	esac
	# shellcheck disable=SC2086 # a list of folders
	if said=$("${builddir:-.}/fuzz/fuzz_$target" "$top/fuzz/seeds/$target" $more 2>&1 </dev/null); then
		echo "ok $number - fuzz_$target keeps its promises over $said inputs"
	else
		echo "not ok $number - fuzz_$target keeps its promises over its seeds"
		echo "$said" | sed 's/^/# /'
		failed=1
	fi
done
exit $failed
