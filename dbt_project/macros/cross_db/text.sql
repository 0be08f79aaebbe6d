{#- An expression as text of any length that compares exactly. -#}
{% macro as_text(expression) -%} {{ return(adapter.dispatch('as_text', 'n2f_sync')(expression)) }} {%- endmacro %}
{% macro default__as_text(expression) -%} {{ not_dispatched('as_text') }} {%- endmacro %}
{% macro duckdb__as_text(expression) -%} cast({{ expression }} as varchar) {%- endmacro %}
{% macro sqlserver__as_text(expression) -%}
    cast({{ expression }} as nvarchar(max)) collate {{ sqlserver__exact_collation() }}
{%- endmacro %}

{#-
Says of the text before it that it compares exactly. Stands behind whatever a model makes of literals alone (`'users'`, a
case of words): SQL Server would give it the database's own collation, and would not compare it with text of tables.
-#}
{% macro exact() -%} {{ return(adapter.dispatch('exact', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__exact() -%} {{ not_dispatched('exact') }} {%- endmacro %}
{% macro duckdb__exact() -%} {{ return('') }} {%- endmacro %}
{% macro sqlserver__exact() -%} {{ return('collate ' ~ sqlserver__exact_collation()) }} {%- endmacro %}

{#-
The columns of Agresso's views as text, whatever their types: numbers as plain decimals without trailing zeros or
exponent, dates as ISO 8601. `columns_as_text` stands behind the relation in `from`, for engines that have to look at a
whole row to know its types (FOR JSON tells numbers from text, where T-SQL itself has no typeof); `text` is one column:
without leading and trailing spaces (U+0020 alone), empty as NULL.
-#}
{% macro columns_as_text(relation, columns) -%} {{ return(adapter.dispatch('columns_as_text', 'n2f_sync')(relation, columns)) }} {%- endmacro %}
{% macro default__columns_as_text(relation, columns) -%} {{ not_dispatched('columns_as_text') }} {%- endmacro %}
{% macro duckdb__columns_as_text(relation, columns) -%} {{ return('') }} {%- endmacro %}
{% macro sqlserver__columns_as_text(relation, columns) -%}
cross apply (
        select
            {%- for column in columns %}
            max(case when typed.name = '{{ column }}' then typed.as_text end) as [{{ column }}]{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                members.name,
                -- 1 text, 2 a number (a float has an exponent), 3 a bit
                case
                    when members.[type] = 2 and charindex('e', members.[value]) > 0 then {{ sqlserver__plain_float('members.[value]') }}
                    when members.[type] = 2 and charindex('.', members.[value]) > 0 then {{ sqlserver__without_trailing_zeros('members.[value]') }}
                    else members.[value]
                end {{ exact() }} as as_text
            from (
                select
                    parsed.[key] {{ exact() }} as name,
                    parsed.[type],
                    parsed.[value] {{ exact() }} as [value]
                from openjson((
                    select {% for column in columns %}{{ relation }}.[{{ column }}]{{ ', ' if not loop.last }}{% endfor %} for json path, without_array_wrapper
                )) as parsed
            ) as members
        ) as typed
    ) as texts
{%- endmacro %}

{#- A double has 15 certain digits, and whole numbers have all of theirs up to 2^53; beyond both it is as JSON writes it. -#}
{% macro sqlserver__plain_float(value) -%}
case
                        when abs(try_cast({{ value }} as float)) < 1e38 and try_cast({{ value }} as float) = floor(try_cast({{ value }} as float))
                            then cast(cast(try_cast({{ value }} as float) as decimal(38, 0)) as nvarchar(max))
                        when abs(try_cast({{ value }} as float)) < 1e38 then format(try_cast({{ value }} as float), '0.###############', 'en-US')
                        else {{ value }}
                    end
{%- endmacro %}

{#- Blanks stand in for zeros, since T-SQL trims blanks alone. -#}
{% macro sqlserver__without_trailing_zeros(expression) -%}
replace(rtrim(replace(replace(rtrim(replace({{ expression }}, '0', ' ')), ' ', '0'), '.', ' ')), ' ', '.')
{%- endmacro %}

{% macro text(column) -%} {{ return(adapter.dispatch('text', 'n2f_sync')(column)) }} {%- endmacro %}
{% macro default__text(column) -%} {{ not_dispatched('text') }} {%- endmacro %}
{% macro duckdb__text(column) -%}
nullif(
        case
            when typeof({{ column }}) in ('FLOAT', 'DOUBLE')
                then coalesce(
                    regexp_replace(
                        cast(try_cast(cast({{ column }} as varchar) as decimal(38, 15)) as varchar), '\.?0+$', ''
                    ),
                    cast(try_cast(cast({{ column }} as varchar) as decimal(38, 0)) as varchar),
                    cast({{ column }} as varchar)
                )
            when typeof({{ column }}) like 'DECIMAL%' and cast({{ column }} as varchar) like '%.%'
                then regexp_replace(cast({{ column }} as varchar), '\.?0+$', '')
            when typeof({{ column }}) like 'TIMESTAMP%' then replace(cast({{ column }} as varchar), ' ', 'T')
            else {{ duckdb__without_blanks('cast(' ~ column ~ ' as varchar)') }}
        end, ''
    )
{%- endmacro %}
{% macro sqlserver__text(column) -%} nullif(trim(texts.[{{ column }}]), '') {%- endmacro %}

{#- Looks before it trims, which takes as long as a fifth of reading N2F's documents: hardly any text has blanks. -#}
{% macro duckdb__without_blanks(expression) -%}
case when {{ expression }} like ' %' or {{ expression }} like '% ' then trim({{ expression }}, ' ') else {{ expression }} end
{%- endmacro %}

{#- Text that is text already: trimmed of U+0020 alone (DuckDB's plain trim takes more), empty as NULL. -#}
{% macro trimmed(expression) -%} {{ return(adapter.dispatch('trimmed', 'n2f_sync')(expression)) }} {%- endmacro %}
{% macro default__trimmed(expression) -%} {{ not_dispatched('trimmed') }} {%- endmacro %}
{% macro duckdb__trimmed(expression) -%} nullif({{ duckdb__without_blanks(expression) }}, '') {%- endmacro %}
{% macro sqlserver__trimmed(expression) -%} nullif(trim({{ expression }}), '') {%- endmacro %}

{#-
Text from outside as a literal; quotes inside it end as data. dbt-sqlserver sends models inside a literal of the
database's code page, so that what is not ASCII is written as JSON escapes there.
-#}
{% macro text_literal(value) -%} {{ return(adapter.dispatch('text_literal', 'n2f_sync')(value)) }} {%- endmacro %}
{% macro default__text_literal(value) -%} {{ not_dispatched('text_literal') }} {%- endmacro %}
{% macro duckdb__text_literal(value) -%} '{{ value | replace("'", "''") }}' {%- endmacro %}
{% macro sqlserver__text_literal(value) -%}
    {{ sqlserver__ascii_literal(value) }} collate {{ sqlserver__exact_collation() }}
{%- endmacro %}
{% macro sqlserver__ascii_literal(value) -%}
    {%- if modules.re.search('[^\x20-\x7e]', value) -%}
        json_value(N'{{ tojson([value]) | replace("'", "''") }}', '$[0]')
    {%- else -%}
        N'{{ value | replace("'", "''") }}'
    {%- endif -%}
{%- endmacro %}

{#- NULL-safe inequality of two columns: `is distinct from` came to SQL Server in 2022. -#}
{% macro is_different(left, right) -%} {{ return(adapter.dispatch('is_different', 'n2f_sync')(left, right)) }} {%- endmacro %}
{% macro default__is_different(left, right) -%} {{ not_dispatched('is_different') }} {%- endmacro %}
{% macro duckdb__is_different(left, right) -%} {{ left }} is distinct from {{ right }} {%- endmacro %}
{% macro sqlserver__is_different(left, right) -%} not exists (select {{ left }} intersect select {{ right }}) {%- endmacro %}

{#- Whether text begins with a real calendar day, YYYY-MM-DD. -#}
{% macro begins_with_a_day(expression) -%} {{ return(adapter.dispatch('begins_with_a_day', 'n2f_sync')(expression)) }} {%- endmacro %}
{% macro default__begins_with_a_day(expression) -%} {{ not_dispatched('begins_with_a_day') }} {%- endmacro %}
{% macro duckdb__begins_with_a_day(expression) -%}
(
        regexp_matches({{ expression }}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}')
        and left({{ expression }}, 4) <> '0000'
        and try_cast(left({{ expression }}, 10) as date) is not null
    )
{%- endmacro %}
{% macro sqlserver__begins_with_a_day(expression) -%}
(
        {{ expression }} like '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]%'
        and try_cast(left({{ expression }}, 10) as date) is not null
    )
{%- endmacro %}
