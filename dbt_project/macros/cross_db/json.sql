{#-
Reading documents. The keys that a model reads are passed along with the one that is wanted, so that a document is
parsed once for all of them: DuckDB finds the same list of paths again in every column (six times faster on 20 keys),
and SQL Server takes a document apart in the join that `json_members` writes, which stands behind the relation in `from`
and is nothing on engines that read paths in expressions.
A document that is not an object, or a key that is missing or null, gives NULL.
-#}
{% macro json_members(document, keys) -%} {{ return(adapter.dispatch('json_members', 'n2f_sync')(document, keys)) }} {%- endmacro %}
{% macro default__json_members(document, keys) -%} {{ not_dispatched('json_members') }} {%- endmacro %}
{% macro duckdb__json_members(document, keys) -%} {{ return('') }} {%- endmacro %}
{% macro sqlserver__json_members(document, keys) -%}
cross apply (
        select
            {%- for key in keys %}
            max(case when parsed.[key] = '{{ key }}' then parsed.[value] end) as [{{ key }}],
            max(case when parsed.[key] = '{{ key }}' then parsed.[type] end) as [{{ key }} type]{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                listed.[key] {{ exact() }} as [key],
                listed.[value] {{ exact() }} as [value],
                listed.[type]
            from openjson({{ sqlserver__json_or_nothing(document) }}) as listed
        ) as parsed
    ) as members
{%- endmacro %}

{#- openjson fails on a text that is no JSON; of NULL it makes no rows. -#}
{% macro sqlserver__json_or_nothing(document) -%} case when isjson({{ document }}) = 1 then {{ document }} end {%- endmacro %}

{#- A member of the document as text: strings without quotes, numbers and booleans as JSON writes them. -#}
{% macro json_text(document, key, keys) -%} {{ return(adapter.dispatch('json_text', 'n2f_sync')(document, key, keys)) }} {%- endmacro %}
{% macro default__json_text(document, key, keys) -%} {{ not_dispatched('json_text') }} {%- endmacro %}
{% macro duckdb__json_text(document, key, keys) -%}
    json_extract_string({{ document }}, {{ duckdb__json_paths(keys) }})[{{ keys.index(key) + 1 }}]
{%- endmacro %}
{% macro sqlserver__json_text(document, key, keys) -%} members.[{{ key }}] {%- endmacro %}

{#- A member of the document as the JSON that it is, NULL when missing. -#}
{% macro json_fragment(document, key, keys) -%} {{ return(adapter.dispatch('json_fragment', 'n2f_sync')(document, key, keys)) }} {%- endmacro %}
{% macro default__json_fragment(document, key, keys) -%} {{ not_dispatched('json_fragment') }} {%- endmacro %}
{% macro duckdb__json_fragment(document, key, keys) -%}
    cast(json_extract({{ document }}, {{ duckdb__json_paths(keys) }})[{{ keys.index(key) + 1 }}] as varchar)
{%- endmacro %}
{% macro sqlserver__json_fragment(document, key, keys) -%}
    case members.[{{ key }} type] when 0 then 'null' when 1 then {{ json_string('members.[' ~ key ~ ']') }} else members.[{{ key }}] end
{%- endmacro %}

{#- Whether the document has the key at all; null counts. -#}
{% macro json_has_key(document, key, keys) -%} {{ return(adapter.dispatch('json_has_key', 'n2f_sync')(document, key, keys)) }} {%- endmacro %}
{% macro default__json_has_key(document, key, keys) -%} {{ not_dispatched('json_has_key') }} {%- endmacro %}
{% macro duckdb__json_has_key(document, key, keys) -%}
    json_exists({{ document }}, {{ duckdb__json_paths(keys) }})[{{ keys.index(key) + 1 }}]
{%- endmacro %}
{% macro sqlserver__json_has_key(document, key, keys) -%} members.[{{ key }} type] is not null {%- endmacro %}

{% macro duckdb__json_paths(keys) -%}
    [{% for key in keys %}'$."{{ key }}"'{{ ", " if not loop.last }}{% endfor %}]
{%- endmacro %}

{#- The value of the first entry of `names` with this culture, in any case. -#}
{% macro json_name(document, culture) -%} {{ return(adapter.dispatch('json_name', 'n2f_sync')(document, culture)) }} {%- endmacro %}
{% macro default__json_name(document, culture) -%} {{ not_dispatched('json_name') }} {%- endmacro %}
{% macro duckdb__json_name(document, culture) -%}
    json_extract_string(
        list_filter(
            json_extract({{ document }}, '$.names[*]'),
            lambda entry: lower(trim(json_extract_string(entry, '$.culture'), ' ')) = '{{ culture }}'
        )[1],
        '$.value'
    )
{%- endmacro %}
{% macro sqlserver__json_name(document, culture) -%}
    (
        select entries.[value]
        from (
            select
                names.[value],
                row_number() over (order by try_cast(listed.[key] as int)) as place
            from openjson({{ sqlserver__json_or_nothing(document) }}, '$.names') as listed
            cross apply openjson(listed.[value]) with (
                culture nvarchar(max) '$.culture', [value] nvarchar(max) '$.value'
            ) as names
            where listed.[type] = 5 and lower(trim(names.culture)) collate {{ sqlserver__exact_collation() }} = '{{ culture }}'
        ) as entries
        where entries.place = 1
    ) collate {{ sqlserver__exact_collation() }}
{%- endmacro %}

{#- A join that gives one row per entry of `names`, with the columns culture and value. -#}
{% macro cross_join_json_names(document, alias) -%} {{ return(adapter.dispatch('cross_join_json_names', 'n2f_sync')(document, alias)) }} {%- endmacro %}
{% macro default__cross_join_json_names(document, alias) -%} {{ not_dispatched('cross_join_json_names') }} {%- endmacro %}
{% macro duckdb__cross_join_json_names(document, alias) -%}
    cross join lateral (
        select
            json_extract_string(entries.entry, '$.culture') as culture,
            json_extract_string(entries.entry, '$.value') as value
        from (select unnest(json_extract({{ document }}, '$.names[*]')) as entry) as entries
    ) as {{ alias }}
{%- endmacro %}
{% macro sqlserver__cross_join_json_names(document, alias) -%}
    cross apply (
        select
            entries.culture collate {{ sqlserver__exact_collation() }} as culture,
            entries.[value] collate {{ sqlserver__exact_collation() }} as [value]
        from openjson({{ sqlserver__json_or_nothing(document) }}, '$.names') as listed
        cross apply openjson(listed.[value]) with (
            culture nvarchar(max) '$.culture', [value] nvarchar(max) '$.value'
        ) as entries
        where listed.[type] = 5
    ) as {{ alias }}
{%- endmacro %}

{#- A join that gives one row per member of an object, with the columns name and value_json, the JSON that the value is. -#}
{% macro cross_join_json_members(document, alias) -%} {{ return(adapter.dispatch('cross_join_json_members', 'n2f_sync')(document, alias)) }} {%- endmacro %}
{% macro default__cross_join_json_members(document, alias) -%} {{ not_dispatched('cross_join_json_members') }} {%- endmacro %}
{% macro duckdb__cross_join_json_members(document, alias) -%}
    cross join lateral (
        select
            listed.key as name,
            cast(listed.value as varchar) as value_json
        from json_each({{ document }}) as listed
        where listed.key is not null
    ) as {{ alias }}
{%- endmacro %}
{% macro sqlserver__cross_join_json_members(document, alias) -%}
    cross apply (
        select
            listed.[key] {{ exact() }} as name,
            case listed.[type]
                when 0 then 'null'
                when 1 then {{ json_string('listed.[value]') }}
                else listed.[value]
            end {{ exact() }} as value_json
        from openjson({{ sqlserver__json_or_nothing(document) }}) as listed
    ) as {{ alias }}
{%- endmacro %}

{#- Writing documents: text as a JSON string, NULL as the empty string (N2F is sent "", never null). -#}
{% macro json_string(expression) -%} {{ return(adapter.dispatch('json_string', 'n2f_sync')(expression)) }} {%- endmacro %}
{% macro default__json_string(expression) -%} {{ not_dispatched('json_string') }} {%- endmacro %}
{% macro duckdb__json_string(expression) -%} cast(to_json(coalesce({{ expression }}, '')) as varchar) {%- endmacro %}
{% macro sqlserver__json_string(expression) -%} concat('"', string_escape({{ expression }}, 'json'), '"') {%- endmacro %}

{#-
A JSON object put together as text, with the order of its members in our hands: `json_object` came to SQL Server in
2022, and `for json path` nests badly. `members` is a list of [key, SQL expression that is JSON].
-#}
{% macro json_object(members) -%}
    concat(
        {%- for key, expression in members %}
        '{{ "{" if loop.first else "," }}"{{ key }}":', {{ expression }},
        {%- endfor %}
        '}'
    )
{%- endmacro %}

{#- Some members of a document as an object of their own, in this order; null where the document has no such key. -#}
{% macro json_subset(document, members, keys) -%}
    {%- set fragments = [] -%}
    {%- for member in members -%}
        {%- do fragments.append([member, "coalesce(" ~ json_fragment(document, member, keys) ~ ", 'null')"]) -%}
    {%- endfor -%}
    {{ json_object(fragments) }}
{%- endmacro %}

{% macro json_boolean(expression) -%} case when {{ expression }} = 1 then 'true' else 'false' end {%- endmacro %}
