# SPDX-License-Identifier: BSD-2-Clause
# tests/equivalence/ladder.awk -- what SIPp's -trace_msg wrote, as a ladder: one line per dialog of
#
#      > INVITE, < 100 INVITE, < 180 INVITE, < 200 INVITE, > ACK ...
#
# > is what the party said, < what it heard.  Times, tags and bodies are left out, but for the status
# in a NOTIFY; what says the same again in the same transaction is left out, too.  apart=1: two lines,
# of what was said and of what was heard.

function flush_message(    key) {
	if (start == "")
		return
	word = start
	if (start ~ /^SIP\/2\.0 /) {
		split(start, part, " ")
		word = part[2] " " method
	} else {
		sub(/ .*/, "", word)
		if (word == "NOTIFY" && frag != "")
			word = word " " frag
	}
	key = arrow SUBSEP word SUBSEP id SUBSEP cseq SUBSEP branch
	start = ""
	if (key in seen)
		return
	seen[key] = 1
	if (apart)
		id = arrow SUBSEP id
	if (!(id in ladder))
		ladder[id] = arrow " " word
	else
		ladder[id] = ladder[id] ", " arrow " " word
}
{ sub(/\r$/, "") }
/^-------------------------------/ {
	flush_message()
	head = 0
	next
}
/^(UDP|TCP) message (sent|received) [[(]/ {
	arrow = $3 == "sent" ? ">" : "<"
	head = 1
	next
}
head == 0 { next }
head == 1 && /^$/ { next }
head == 1 {
	start = $0
	id = cseq = branch = method = frag = ""
	head = 2
	next
}
head == 2 && /^$/ { head = 3; next }
head == 2 && /^Call-ID: / { id = $2 }
head == 2 && /^CSeq: / { cseq = $2; method = $3 }
head == 2 && /^Via: / && branch == "" {
	branch = $0
	sub(/.*branch=/, "", branch)
	sub(/;.*/, "", branch)
}
head == 3 && /^SIP\/2\.0 [1-6][0-9][0-9]/ && frag == "" { frag = $2 }
END {
	flush_message()
	for (id in ladder)
		print ladder[id]
}
