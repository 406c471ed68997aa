/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/abnf_runs.rl -- long rules of abnf_addr.rl again, their loops done by a table.
 *
 * The one place where an action moves p, against the house rule: a state that returns to itself for
 * a class of bytes costs Ragel's code a dozen instructions a byte, a table lookup five, and most
 * bytes of a message are hosts, values and quoted strings.  It is right wherever every alternative
 * alive in that state loops over the class, so these rules may stand beside generic_param's values
 * (which they contain) and never beside a keyword: what a parameter is called is asked when it
 * ends.  tests/runs holds them against the machines. */
%%{
	machine abnf_runs;
	include abnf_addr "grammar/abnf_addr.rl";

	action run_label { p = rf_run(RF_CLASS_ALPHANUM, p, pe); }
	action run_value { p = rf_run(RF_CLASS_VALUE, p, pe); }
	action run_quoted { p = rf_run(RF_CLASS_QUOTED, p, pe); }
	action run_token { p = rf_run(RF_CLASS_TOKEN, p, pe); }
	action run_digits { p = rf_run(RF_CLASS_DIGIT, p, pe); }
	action run_param { p = rf_run(RF_CLASS_PARAM, p, pe); }
	action run_user { p = rf_run(RF_CLASS_USER, p, pe); }

	# IPv4address counts digits, so a run begins at a letter
	label_runs      = ( ALPHA @run_label | ^ALPHA )*;
	host_run        = ( hostname & label_runs ) | IPv4address | IPv6reference;

	quoted_inside   = 0x20..0x7E - ["\\];
	quoted_runs     = ( quoted_inside @run_quoted | ^quoted_inside )*;
	quoted_run      = quoted_string & quoted_runs;

	digits_run      = DIGIT+ $run_digits;

	# an escape ends a run: its digits are counted
	user_run        = ( ( unreserved | user_unreserved ) @run_user | escaped )+;
	pchars_run      = ( ( param_unreserved | unreserved ) @run_param | escaped )+;
	uri_param_run   = pchars_run ( "=" pchars_run )?;

	value_run       = field_value $run_value;
	token_run       = token $run_token;
	param_run       = token_run ( EQUAL ( value_run | quoted_run )? )?;
}%%
