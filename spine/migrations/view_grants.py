"""What readers were granted on views, and what was said of them, over a migration that makes views anew.

PostgreSQL drops both with a view. These statements stand around a migration there, run or as a script.
"""

KEEP = """\
-- What readers were granted on views, and what was said of them.
CREATE TEMPORARY TABLE spine_views ON COMMIT DROP AS
SELECT c.oid AS view_oid, c.relname AS view, NULL::name AS part, c.relacl AS acl,
    obj_description(c.oid, 'pg_class') AS said
FROM pg_class AS c
WHERE c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT c.oid, c.relname, a.attname, a.attacl, col_description(c.oid, a.attnum)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace
    AND (a.attacl IS NOT NULL OR col_description(c.oid, a.attnum) IS NOT NULL)"""

GIVE_BACK = """\
-- Views that were made anew have it again, and their columns that are there still.
DO $$
DECLARE
    kept record;
    granted record;
BEGIN
    FOR kept IN
        SELECT k.*
        FROM spine_views AS k
        JOIN pg_class AS c ON c.relname = k.view AND c.relkind = 'v'
            AND c.relnamespace = current_schema()::regnamespace
        WHERE c.oid <> k.view_oid AND (k.part IS NULL OR EXISTS (
            SELECT 1 FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = k.part AND a.attnum > 0))
    LOOP
        FOR granted IN
            SELECT a.privilege_type AS privilege, CASE a.grantee
                    WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS reader,
                CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option
            FROM aclexplode(kept.acl) AS a
        LOOP
            EXECUTE format('GRANT %s%s ON %I TO %s%s', granted.privilege,
                CASE WHEN kept.part IS NULL THEN '' ELSE format(' (%I)', kept.part) END,
                kept.view, granted.reader, granted.option);
        END LOOP;
        IF kept.said IS NOT NULL AND kept.part IS NULL THEN
            EXECUTE format('COMMENT ON VIEW %I IS %L', kept.view, kept.said);
        ELSIF kept.said IS NOT NULL THEN
            EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', kept.view, kept.part, kept.said);
        END IF;
    END LOOP;
END $$"""
