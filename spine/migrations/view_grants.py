"""What people gave views (grants, comments, options, an owner), over a migration that makes views anew.

PostgreSQL drops all of it with a view. These statements stand around a migration there, run or as a script.
A view that is made anew says what its table says then, as revisions say the same of both, unless a person had
it say something else.
"""

KEEP = """\
-- What people gave views: grants, comments, options and owners.
CREATE TEMPORARY TABLE spine_views ON COMMIT DROP AS
SELECT c.oid AS view_oid, c.relname AS view, NULL::name AS part, c.relacl AS acl,
    NULLIF(obj_description(c.oid, 'pg_class'), obj_description(t.oid, 'pg_class')) AS said,
    c.reloptions AS options, pg_get_userbyid(c.relowner) AS owner
FROM pg_class AS c
LEFT JOIN pg_class AS t ON t.relkind = 'r' AND t.relnamespace = c.relnamespace
    AND t.relname || '_current' = c.relname
WHERE c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT c.oid, c.relname, a.attname, a.attacl,
    NULLIF(col_description(c.oid, a.attnum), col_description(t.oid, b.attnum)), NULL, NULL
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
LEFT JOIN pg_class AS t ON t.relkind = 'r' AND t.relnamespace = c.relnamespace
    AND t.relname || '_current' = c.relname
LEFT JOIN pg_attribute AS b ON b.attrelid = t.oid AND b.attname = a.attname
WHERE c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace
    AND (a.attacl IS NOT NULL OR col_description(c.oid, a.attnum) IS NOT NULL)"""

GIVE_BACK = """\
-- Views that were made anew have it again, and their columns that are there still.
DO $$
DECLARE
    kept record;
    granted record;
    told record;
BEGIN
    FOR kept IN
        SELECT k.*, CASE WHEN k.part IS NULL THEN obj_description(c.oid, 'pg_class') ELSE (
            SELECT col_description(c.oid, a.attnum) FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attname = k.part) END AS says
        FROM spine_views AS k
        JOIN pg_class AS c ON c.relname = k.view AND c.relkind = 'v'
            AND c.relnamespace = current_schema()::regnamespace
        WHERE c.oid <> k.view_oid AND (k.part IS NULL OR EXISTS (
            SELECT 1 FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = k.part AND a.attnum > 0))
    LOOP
        IF kept.options IS NOT NULL THEN
            EXECUTE format('ALTER VIEW %I SET (%s)', kept.view, array_to_string(kept.options, ', '));
        END IF;
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
        IF kept.said IS NULL OR kept.says IS NOT NULL THEN
            CONTINUE;
        ELSIF kept.part IS NULL THEN
            EXECUTE format('COMMENT ON VIEW %I IS %L', kept.view, kept.said);
        ELSE
            EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', kept.view, kept.part, kept.said);
        END IF;
    END LOOP;
    FOR told IN
        SELECT c.relname AS view, NULL::name AS part, obj_description(t.oid, 'pg_class') AS said
        FROM pg_class AS c
        JOIN pg_class AS t ON t.relkind = 'r' AND t.relnamespace = c.relnamespace
            AND t.relname || '_current' = c.relname
        WHERE c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace
            AND c.oid NOT IN (SELECT view_oid FROM spine_views) AND obj_description(c.oid, 'pg_class') IS NULL
        UNION ALL
        SELECT c.relname, a.attname, col_description(t.oid, b.attnum)
        FROM pg_class AS c
        JOIN pg_class AS t ON t.relkind = 'r' AND t.relnamespace = c.relnamespace
            AND t.relname || '_current' = c.relname
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
        JOIN pg_attribute AS b ON b.attrelid = t.oid AND b.attname = a.attname
        WHERE c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace
            AND c.oid NOT IN (SELECT view_oid FROM spine_views) AND col_description(c.oid, a.attnum) IS NULL
    LOOP
        IF told.said IS NULL THEN
            CONTINUE;
        ELSIF told.part IS NULL THEN
            EXECUTE format('COMMENT ON VIEW %I IS %L', told.view, told.said);
        ELSE
            EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', told.view, told.part, told.said);
        END IF;
    END LOOP;
    FOR kept IN
        SELECT k.view, k.owner
        FROM spine_views AS k
        JOIN pg_class AS c ON c.relname = k.view AND c.relkind = 'v'
            AND c.relnamespace = current_schema()::regnamespace
        WHERE c.oid <> k.view_oid AND k.owner <> current_user AND pg_has_role(k.owner, 'MEMBER')
    LOOP
        EXECUTE format('ALTER VIEW %I OWNER TO %I', kept.view, kept.owner);
    END LOOP;
END $$"""
