-- Two columns more: the skill that was asked for, and the recording policy of the target.
DROP VIEW cdr;
CREATE VIEW cdr AS SELECT
	id,
	json_extract(body, '$.sequence') AS sequence,
	strftime('%Y-%m-%dT%H:%M:%S', time / 1000000, 'unixepoch')
	    || printf('.%03dZ', time / 1000 % 1000) AS time,
	printf('%012x', session) AS session,
	json_extract(body, '$.type') AS type,
	json_extract(body, '$.partner') AS partner,
	json_extract(body, '$.call_id') AS call_id,
	json_extract(body, '$.from_tag') AS from_tag,
	json_extract(body, '$.to_tag') AS to_tag,
	json_extract(body, '$.refer_call_id') AS refer_call_id,
	json_extract(body, '$.refer_from_tag') AS refer_from_tag,
	json_extract(body, '$.refer_to_tag') AS refer_to_tag,
	json_extract(body, '$.refer_cseq') AS refer_cseq,
	json_extract(body, '$.refer_to') AS refer_to,
	json_extract(body, '$.referred_by') AS referred_by,
	json_extract(body, '$.key') AS "key",
	json_extract(body, '$.route') AS route,
	json_extract(body, '$.queue') AS queue,
	json_extract(body, '$.skill') AS skill,
	json_extract(body, '$.recording_policy') AS recording_policy,
	json_extract(body, '$.target') AS target,
	json_extract(body, '$.attempts') AS attempts,
	json_extract(body, '$.refer_status') AS refer_status,
	json_extract(body, '$.notify_status') AS notify_status,
	json_extract(body, '$.subscription_state') AS subscription_state,
	json_extract(body, '$.status') AS status,
	json_extract(body, '$.reason') AS reason,
	json_extract(body, '$.outcome') AS outcome,
	json_extract(body, '$.wrap_up') AS wrap_up,
	json_extract(body, '$.rescued') AS rescued,
	strftime('%Y-%m-%dT%H:%M:%S', json_extract(body, '$.started_us') / 1000000, 'unixepoch')
	    || printf('.%03dZ', json_extract(body, '$.started_us') / 1000 % 1000) AS started,
	strftime('%Y-%m-%dT%H:%M:%S', json_extract(body, '$.answered_us') / 1000000, 'unixepoch')
	    || printf('.%03dZ', json_extract(body, '$.answered_us') / 1000 % 1000) AS answered,
	json_extract(body, '$.duration_ms') AS duration_ms,
	body
FROM event WHERE cdr = 1;
