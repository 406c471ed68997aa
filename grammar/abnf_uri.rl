/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/abnf_uri.rl -- the URI rules of RFC 3261 section 25.1 and the tel URI of RFC 3966.
 *
 * Rules only.  IPv6address is wider here than RFC 5954, which replaces the broken rule of RFC 3261:
 * exact, it is some hundred states in every machine that has a host; rf_ip_parse counts groups. */
%%{
	machine abnf_uri;
	include abnf_core "grammar/abnf_core.rl";

	domainlabel     = alphanum | alphanum ( alphanum | "-" )* alphanum;
	toplabel        = ALPHA | ALPHA ( alphanum | "-" )* alphanum;
	hostname        = ( domainlabel "." )* toplabel "."?;
	IPv4address     = DIGIT{1,3} "." DIGIT{1,3} "." DIGIT{1,3} "." DIGIT{1,3};
	IPv6address     = ( HEXDIG | ":" | "." )+;
	IPv6reference   = "[" IPv6address "]";
	host            = hostname | IPv4address | IPv6reference;
	port            = DIGIT+;
	hostport        = host ( ":" port )?;

	user_unreserved = "&" | "=" | "+" | "$" | "," | ";" | "?" | "/";
	user            = ( unreserved | escaped | user_unreserved )+;
	password        = ( unreserved | escaped | "&" | "=" | "+" | "$" | "," )*;
	userinfo        = user ( ":" password )?;

	# transport=, user=, method=, ttl=, maddr= and lr are all of the form of other-param
	param_unreserved = "[" | "]" | "/" | ":" | "&" | "+" | "$";
	paramchar       = param_unreserved | unreserved | escaped;
	pname           = paramchar+;
	pvalue          = paramchar+;
	uri_parameter   = pname ( "=" pvalue )?;
	uri_parameters  = ( ";" uri_parameter )*;

	hnv_unreserved  = "[" | "]" | "/" | "?" | ":" | "+" | "$";
	hname           = ( hnv_unreserved | unreserved | escaped )+;
	hvalue          = ( hnv_unreserved | unreserved | escaped )*;
	header          = hname "=" hvalue;
	headers         = "?" header ( "&" header )*;

	uric            = reserved | unreserved | escaped;
	uric_no_slash   = unreserved | escaped | ";" | "?" | ":" | "@" | "&" | "=" | "+" | "$"
	                | ",";
	pchar           = unreserved | escaped | ":" | "@" | "&" | "=" | "+" | "$" | ",";
	segment         = pchar* ( ";" pchar* )*;
	path_segments   = segment ( "/" segment )*;
	abs_path        = "/" path_segments;
	opaque_part     = uric_no_slash uric*;
	scheme          = ALPHA ( ALPHA | DIGIT | "+" | "-" | "." )*;
	reg_name        = ( unreserved | escaped | "$" | "," | ";" | ":" | "@" | "&" | "=" | "+" )+;
	srvr            = ( ( userinfo "@" )? hostport )?;
	authority       = srvr | reg_name;
	net_path        = "//" authority abs_path?;
	query           = uric*;
	hier_part       = ( net_path | abs_path ) ( "?" query )?;
	absoluteURI     = scheme ":" ( hier_part | opaque_part );

	# RFC 3966 3; a local number without phone-context is refused there and common in the field
	visual_separator = "-" | "." | "(" | ")";
	phonedigit      = DIGIT | visual_separator;
	phonedigit_hex  = HEXDIG | "*" | "#" | visual_separator;
	global_number   = "+" phonedigit* DIGIT phonedigit*;
	local_number    = phonedigit_hex* ( HEXDIG | "*" | "#" ) phonedigit_hex*;
	telephone_subscriber = ( global_number | local_number );
}%%
