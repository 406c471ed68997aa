/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/abnf_core.rl -- the core rules of RFC 3261 section 25.1, in its order and spelling.
 *
 * Rules only: no action may ever be written here.  Two liberties, both Ragel's: '_' stands for the
 * '-' of a name, and a rule the RFC uses before it defines it (mark, LHEX) comes first. */
%%{
	machine abnf_core;
	alphtype unsigned char;

	# RFC 2234 6.1, which RFC 3261 takes for granted
	ALPHA           = [A-Za-z];
	DIGIT           = [0-9];
	HEXDIG          = [0-9A-Fa-f];
	SP              = 0x20;
	HTAB            = 0x09;
	WSP             = SP | HTAB;
	CRLF            = 0x0D 0x0A;
	DQUOTE          = 0x22;

	alphanum        = ALPHA | DIGIT;
	reserved        = ";" | "/" | "?" | ":" | "@" | "&" | "=" | "+" | "$" | ",";
	mark            = "-" | "_" | "." | "!" | "~" | "*" | "'" | "(" | ")";
	unreserved      = alphanum | mark;
	escaped         = "%" HEXDIG HEXDIG;
	LWS             = ( WSP* CRLF )? WSP+;
	SWS             = LWS?;
	UTF8_CONT       = 0x80..0xBF;
	UTF8_NONASCII   = 0xC0..0xDF UTF8_CONT
	                | 0xE0..0xEF UTF8_CONT{2}
	                | 0xF0..0xF7 UTF8_CONT{3}
	                | 0xF8..0xFB UTF8_CONT{4}
	                | 0xFC..0xFD UTF8_CONT{5};
	token           = ( alphanum | "-" | "." | "!" | "%" | "*" | "_" | "+" | "`" | "'" | "~" )+;
	word            = ( alphanum | "-" | "." | "!" | "%" | "*" | "_" | "+" | "`" | "'" | "~"
	                  | "(" | ")" | "<" | ">" | ":" | "\\" | DQUOTE | "/" | "[" | "]" | "?"
	                  | "{" | "}" )+;
	STAR            = SWS "*" SWS;
	SLASH           = SWS "/" SWS;
	EQUAL           = SWS "=" SWS;
	LPAREN          = SWS "(" SWS;
	RPAREN          = SWS ")" SWS;
	RAQUOT          = ">" SWS;
	LAQUOT          = SWS "<";
	COMMA           = SWS "," SWS;
	SEMI            = SWS ";" SWS;
	COLON           = SWS ":" SWS;
	LDQUOT          = SWS DQUOTE;
	RDQUOT          = DQUOTE SWS;
	quoted_pair     = "\\" ( 0x00..0x09 | 0x0B..0x0C | 0x0E..0x7F );
	ctext           = 0x21..0x27 | 0x2A..0x5B | 0x5D..0x7E | UTF8_NONASCII | LWS;
	# A DFA cannot count, so comments nest three deep here; the RFC sets no limit.
	comment_inner   = "(" ( ctext | quoted_pair )* ")";
	comment_middle  = "(" ( ctext | quoted_pair | comment_inner )* ")";
	comment         = SWS "(" ( ctext | quoted_pair | comment_middle )* ")" SWS;
	qdtext          = LWS | 0x21 | 0x23..0x5B | 0x5D..0x7E | UTF8_NONASCII;
	# Without the SWS the RFC puts in front: every user has it already, and slices begin at
	# the quote.
	quoted_string   = DQUOTE ( qdtext | quoted_pair )* DQUOTE;
}%%
