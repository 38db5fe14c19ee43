-- How a dialogue ended, in its scenario's words: read out of the record of the call, so that reports
-- count it without reading the records themselves.
ALTER TABLE attempt ADD COLUMN outcome TEXT GENERATED ALWAYS AS (
    CASE WHEN detail LIKE '{%' AND json_valid(detail)
         THEN json_extract(detail, '$.heard.outcome') END
) VIRTUAL;
CREATE INDEX attempt_outcome ON attempt (campaign_id, outcome) WHERE outcome IS NOT NULL;
