#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/tidy.sh -- the walls between folders and the look of the text, as far as grep can see them.
#
# Run by make check, or by hand: sh tests/tidy.sh.  Speaks TAP; what is wrong follows its line.
LC_ALL=C
export LC_ALL
cd "${srcdir:-.}" || exit 99

# folder: what its files may include; "engine/types.h" is that one file.
edges='
grammar: grammar
engine: engine grammar
policy: policy engine grammar
transport: transport grammar engine/types.h
store: store engine grammar
webhook: webhook engine grammar
journal: journal engine grammar
sim: sim policy engine grammar
app: app tools sim journal store webhook transport policy engine grammar
tools: tools engine grammar
tests: *
fuzz: *
bench: *
'
c_lines_max=800
columns_max=100
sh_columns_max=120
def_columns_max=140

# Every source file, but what Ragel made from a .rl beside it.
list() {
	for folder in grammar engine policy transport webhook store journal sim app tools tests fuzz \
		bench; do
		test -d "$folder" && find "$folder" -type f \( -name '*.[ch]' -o -name '*.rl' \
			-o -name '*.def' -o -name '*.sh' -o -name '*.am' \)
	done | sort | while read -r file; do
		case $file in
		*.c) test -e "${file%.c}.rl" || echo "$file" ;;
		*) echo "$file" ;;
		esac
	done
}
files=$(list)
sources=$(echo "$files" | grep '\.[ch]$\|\.rl$\|\.def$')

count=0
failed=0
# A test: its sentence, and what is wrong (nothing: good).
report() {
	count=$((count + 1))
	if test -z "$2"; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		echo "$2" | head -40 | sed 's/^/# /'
		failed=1
	fi
}

# shellcheck disable=SC2086 # file names of ours have no spaces
report "includes follow the allowed edges between folders" "$(awk -v edges="$edges" '
BEGIN {
	n = split(edges, line, "\n")
	for (i = 1; i <= n; i++)
		if (split(line[i], half, ": ") == 2)
			allowed[half[1]] = " " half[2] " "
}
/^#[ \t]*include[ \t]*"/ {
	split($0, part, "\"")
	to = part[2]
	split(FILENAME, from, "/")
	split(to, target, "/")
	may = allowed[from[1]]
	if (to == "config.h" || to !~ /\// || may == " * ")
		next
	if (!index(may, " " target[1] " ") && !index(may, " " to " "))
		print FILENAME ":" FNR ": " to
}' $sources)"

report "every include is rooted" "$(awk '
/^#[ \t]*include[ \t]*"/ && !/"[^"]*\// && !/"config.h"/ {
	print FILENAME ":" FNR ": " $0
}' $sources)"

report "a file includes its own header first" "$(for file in $(echo "$files" | grep '\.c$'); do
	header=${file%.c}.h
	test -e "$header" || continue
	first=$(grep -m1 '^#[[:space:]]*include' "$file" | sed 's|[[:space:]]*/\*.*||')
	test "$first" = "#include \"$header\"" || echo "$file: $first"
done)"

report "no line ends in white space" "$(awk '/[ \t]$/ { print FILENAME ":" FNR }' $files)"

report "lines are indented by tabs" "$(awk '
FILENAME !~ /\.(def|rl)$/ && (/^\t* +\t/ || /^        /) { print FILENAME ":" FNR }' $files)"

report "no line is longer than $columns_max columns, $sh_columns_max in a script, $def_columns_max in a table" "$(awk \
	-v max=$columns_max -v sh_max=$sh_columns_max -v def_max=$def_columns_max '
FILENAME !~ /\.am$/ {
	n = split($0, part, "\t")
	width = 0
	for (i = 1; i < n; i++)
		width = int((width + length(part[i])) / 8 + 1) * 8
	width += length(part[n])
	if (width > (FILENAME ~ /\.def$/ ? def_max : FILENAME ~ /\.sh$/ ? sh_max : max))
		print FILENAME ":" FNR ": " width
}' $files)"

report "every file names its licence in one line" "$(for file in $(echo "$files" |
	grep -v '\.def$\|\.am$'); do
	head -n 2 "$file" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' || echo "$file"
done)"

report "no C file is longer than $c_lines_max lines" "$(for file in $(echo "$files" |
	grep '\.c$'); do
	lines=$(wc -l <"$file")
	test "$lines" -le $c_lines_max || echo "$file: $lines"
done)"

marks='TO''DO|FIX''ME|XX''X'
report "nothing is left to be done later" "$(grep -nwE "$marks" $files /dev/null)"

report "sources are ASCII" "$(awk '/[^\t -~]/ { print FILENAME ":" FNR }' $sources)"

if git rev-parse --git-dir >/dev/null 2>&1; then
	report "no generated C is kept in git" "$(git ls-files -- '*.c' | while read -r file; do
		test -e "${file%.c}.rl" && echo "$file"
	done)"
else
	count=$((count + 1))
	echo "ok $count - no generated C is kept in git # SKIP not a git checkout"
fi

echo "1..$count"
exit $failed
