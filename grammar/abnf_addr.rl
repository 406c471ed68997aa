/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/abnf_addr.rl -- parameters and the rules many header fields share, RFC 3261 section 25.1.
 *
 * Rules only.  An addr-spec is taken whole here (addr_text): rf_uri_parse reads it afterwards. */
%%{
	machine abnf_addr;
	include abnf_uri "grammar/abnf_uri.rl";

	# The RFC has token | host | quoted_string.  The field adds '=' (base64 tags and branches),
	# '@', ':' and values left empty; nothing that could end a parameter, a URI or a line.
	field_value     = ( 0x21..0x7E - [;,"<>\\] )+;
	gen_value       = token | host | field_value | quoted_string;
	generic_param   = token ( EQUAL gen_value? )?;
	delta_seconds   = DIGIT+;
	Method          = token;
	SIP_Version     = "SIP"i "/" DIGIT+ "." DIGIT+;

	addr_text       = ( 0x21..0x7E - [<>"] )+;
	# RFC 3261 20: outside <> these three do not belong to the URI
	addr_text_bare  = ( 0x21..0x7E - [<>";?,] )+;

	# RFC 3265 7.4, RFC 6665 8.4
	token_nodot     = ( alphanum | "-" | "!" | "%" | "*" | "_" | "+" | "`" | "'" | "~" )+;
	event_package   = token_nodot;
	event_template  = token_nodot;
	event_type      = event_package ( "." event_template )*;

	protocol_name    = token;
	protocol_version = token;
	transport        = token;

	callid          = word ( "@" word )?;
}%%
