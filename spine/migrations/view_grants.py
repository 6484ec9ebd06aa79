"""What people gave a view: grants, comments, options, an owner, rules, triggers, defaults of columns.

PostgreSQL drops all of it with the view. A transaction that drops views begins with what is here; then a
call comes before a view is dropped and one after it is made anew, run or as a script: not once for all at the
start, as revisions rename views and columns, and what rules and triggers say with these. A view that is made
anew says what its table says then, as revisions say the same of both, unless a person had it say something
else.
"""

KEEPS_VIEWS = "keeps_views"  # the option of an Alembic context whose transaction begins so
KEEP, GIVE_BACK = "pg_temp.spine_keep_view", "pg_temp.spine_give_back"  # take the view's name

_TABLE = """\
-- What people gave views that are made anew: grants, comments, options, owners, rules, triggers and defaults.
CREATE TEMPORARY TABLE spine_views (
    view name, part name, acl aclitem[], said text, options text[], owner name, made text
) ON COMMIT DROP"""

_KEEP = """\
CREATE OR REPLACE PROCEDURE pg_temp.spine_keep_view(of_view name) LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM spine_views WHERE view = of_view;
    INSERT INTO spine_views
    WITH one AS (
        SELECT c.*, t.oid AS table_oid
        FROM pg_class AS c
        LEFT JOIN pg_class AS t ON t.relkind = 'r' AND t.relnamespace = c.relnamespace
            AND t.relname || '_current' = c.relname
        WHERE c.relname = of_view AND c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace
    )
    SELECT of_view, NULL::name, relacl,
        NULLIF(obj_description(oid, 'pg_class'), obj_description(table_oid, 'pg_class')),
        reloptions, pg_get_userbyid(relowner), NULL::text
    FROM one
    UNION ALL
    SELECT of_view, a.attname, a.attacl,
        NULLIF(col_description(one.oid, a.attnum), col_description(table_oid, b.attnum)), NULL, NULL,
        format('ALTER VIEW %I ALTER COLUMN %I SET DEFAULT ', of_view, a.attname)
            || pg_get_expr(d.adbin, d.adrelid)
    FROM one
    JOIN pg_attribute AS a ON a.attrelid = one.oid AND a.attnum > 0
    LEFT JOIN pg_attribute AS b ON b.attrelid = table_oid AND b.attname = a.attname
    LEFT JOIN pg_attrdef AS d ON d.adrelid = one.oid AND d.adnum = a.attnum
    UNION ALL
    SELECT of_view, NULL, NULL, NULL, NULL, NULL, rtrim(o.made, ';') || CASE WHEN o.said IS NULL THEN ''
        ELSE format('; COMMENT ON %s %I ON %I IS %L', o.kind, o.name, of_view, o.said) END
    FROM one
    JOIN (
        SELECT tgrelid AS view_oid, 'TRIGGER' AS kind, tgname AS name, pg_get_triggerdef(oid) AS made,
            obj_description(oid, 'pg_trigger') AS said
        FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT ev_class, 'RULE', rulename, pg_get_ruledef(oid), obj_description(oid, 'pg_rewrite')
        FROM pg_rewrite WHERE rulename <> '_RETURN'
    ) AS o ON o.view_oid = one.oid;
END $$"""

_GIVE_BACK = """\
CREATE OR REPLACE PROCEDURE pg_temp.spine_give_back(of_view name) LANGUAGE plpgsql AS $$
DECLARE
    kept record;
    granted record;
    told record;
BEGIN
    FOR kept IN
        SELECT * FROM spine_views
        WHERE view = of_view AND (part IS NULL OR EXISTS (
            SELECT 1 FROM pg_attribute
            WHERE attrelid = to_regclass(quote_ident(of_view)) AND attname = part AND attnum > 0))
    LOOP
        IF kept.options IS NOT NULL THEN
            EXECUTE format('ALTER VIEW %I SET (%s)', of_view, array_to_string(kept.options, ', '));
        END IF;
        IF kept.made IS NOT NULL THEN
            EXECUTE kept.made;
        END IF;
        FOR granted IN
            SELECT a.privilege_type AS privilege, CASE a.grantee
                    WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS reader,
                CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option
            FROM aclexplode(kept.acl) AS a
        LOOP
            EXECUTE format('GRANT %s%s ON %I TO %s%s', granted.privilege,
                CASE WHEN kept.part IS NULL THEN '' ELSE format(' (%I)', kept.part) END,
                of_view, granted.reader, granted.option);
        END LOOP;
    END LOOP;
    FOR told IN
        SELECT a.attname AS part, COALESCE(k.said, col_description(t.oid, b.attnum)) AS said
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_class AS t ON t.relkind = 'r' AND t.relnamespace = c.relnamespace
            AND t.relname || '_current' = c.relname
        LEFT JOIN pg_attribute AS b ON b.attrelid = t.oid AND b.attname = a.attname
        LEFT JOIN spine_views AS k ON k.view = of_view AND k.part = a.attname
        WHERE c.relname = of_view AND c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace
        UNION ALL
        SELECT NULL, COALESCE(
            (SELECT said FROM spine_views WHERE view = of_view AND part IS NULL AND said IS NOT NULL),
            (SELECT obj_description(t.oid, 'pg_class') FROM pg_class AS t WHERE t.relkind = 'r'
                AND t.relnamespace = current_schema()::regnamespace AND t.relname || '_current' = of_view))
    LOOP
        IF told.said IS NULL THEN
            CONTINUE;
        ELSIF told.part IS NULL THEN
            EXECUTE format('COMMENT ON VIEW %I IS %L', of_view, told.said);
        ELSE
            EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', of_view, told.part, told.said);
        END IF;
    END LOOP;
    FOR kept IN
        SELECT owner FROM spine_views
        WHERE view = of_view AND owner <> current_user AND pg_has_role(owner, 'MEMBER')
    LOOP
        EXECUTE format('ALTER VIEW %I OWNER TO %I', of_view, kept.owner);
    END LOOP;
END $$"""

PREPARE = (_TABLE, _KEEP, _GIVE_BACK)
