-- What a party has of notice of an event is found by that event: it goes into the evidence of the alert.
CREATE FUNCTION noticed_event(body bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT convert_from(body, 'UTF8')::jsonb -> 'data' ->> 'event'
$$;
CREATE INDEX published_notice ON published (noticed_event(body), position) WHERE subject LIKE '%.notice.%';
