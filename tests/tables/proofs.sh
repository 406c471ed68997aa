#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/tables/proofs.sh -- short forms of what has its own make target: row coverage, mutants, the
# planted defects of the reference model.
#
# Run by make check in the build folder.  Speaks TAP; what is wrong follows its line.
scenes=$srcdir/tests/scenes lists=$srcdir/tests/tables
echo '1..3'
failed=0
report() { # STATUS SENTENCE LOG
	if [ "$1" -eq 0 ]; then
		echo "ok $2"
	else
		echo "not ok $2"
		grep -v '^ok' "$3" | tail -n 30 | sed 's/^/# /'
		failed=1
	fi
}

{
	tests/scenes/scene --once --rows proofs.rows &&
		tests/tables/rows --exceptions "$lists/rows.exceptions" proofs.rows
} >proofs.log 2>&1
report $? '1 - scenes take every row but the exceptions' proofs.log

tests/tables/mutants --every 40 --scenes "$scenes" --survivors "$lists/mutants.survivors" >proofs.log 2>&1
report $? '2 - every fortieth mutant, and the museum, is noticed' proofs.log

tests/model/lockstep --planted --inputs 2000 >proofs.log 2>&1
report $? '3 - the reference model tells planted defects' proofs.log
rm -f proofs.log proofs.rows
exit $failed
