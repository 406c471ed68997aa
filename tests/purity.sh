#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/purity.sh -- what the engine and the grammar need from outside: memory functions only.
#
# Proved at link level: no clock, no entropy, no allocation, no I/O can creep in unseen.  Sanitizers
# and coverage add symbols of their own, so only the plain build is judged.  bcmp is what clang makes of a
# memcmp for equality.
LC_ALL=C
export LC_ALL
allowed='^(rf_[a-z0-9_]+|mem[a-z]+|bcmp|strlen|__assert_fail|__stack_chk_fail|__mem[a-z]+_chk'
allowed="$allowed"'|__popcount[ds]i2|__[cf][lt]z[ds]i2|__u?(div|mod|mul)[dt]i[34]'
allowed="$allowed"'|_GLOBAL_OFFSET_TABLE_)$'

echo 1..2
number=0
for library in grammar/librfgrammar.a engine/librfengine.a; do
	number=$((number + 1))
	name="$number - $library asks for nothing but memory functions"
	file=${builddir:-.}/$library
	if test -n "$(echo "$SIZED_BUILD" | tr -d ' ')"; then
		echo "ok $name # SKIP instrumented build"
		continue
	fi
	if ! test -e "$file"; then
		echo "not ok $name"
		echo "# $file is missing"
		failed=1
		continue
	fi
	# What one member needs and another gives does not count, but rf_ is allowed anyway.
	wrong=$(${NM:-nm} -u "$file" | awk 'NF == 2 { print $2 }' | sort -u | grep -Ev "$allowed")
	if test -z "$wrong"; then
		echo "ok $name"
	else
		echo "not ok $name"
		echo "$wrong" | sed 's/^/# /'
		failed=1
	fi
done
exit ${failed:-0}
