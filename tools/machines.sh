#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tools/machines.sh -- docs/machines/ from the compiled tables: a page and a drawing for each machine.
#
#   tools/machines.sh REFEREE DIRECTORY
#
# Without Graphviz the pages come without drawings, and a notice.
set -eu
referee=$1 directory=$2
mkdir -p "$directory"
have_dot=''
if command -v dot >/dev/null; then
	have_dot=yes
else
	echo 'dot is missing (apt install graphviz): docs/machines/ comes without drawings'
fi
machines=$("$referee" fsm --format dot | sed -n 's/^digraph \([a-z]*\) .*/\1/p')
{
	printf '# The machines\n\nMade at build from the tables as compiled.\n\n'
	for machine in $machines; do
		printf -- '- [%s](%s.md), [drawing](%s.svg)\n' "$machine" "$machine" "$machine"
	done
} >"$directory/README.md"
for machine in $machines; do
	"$referee" fsm "$machine" >"$directory/$machine.md"
	"$referee" fsm "$machine" --format dot >"$directory/$machine.dot"
	[ -z "$have_dot" ] || dot -Tsvg -o "$directory/$machine.svg" "$directory/$machine.dot"
done
