{#-
Agresso's column as text: without leading and trailing spaces (U+0020 alone: DuckDB's plain trim takes more),
empty as NULL, numbers as plain decimals without trailing zeros or exponent, whatever type the column has.
-#}
{% macro text(column) -%} {{ return(adapter.dispatch('text', 'n2f_sync')(column)) }} {%- endmacro %}
{% macro default__text(column) -%} {{ not_dispatched('text') }} {%- endmacro %}
{% macro duckdb__text(column) -%}
nullif(trim(
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
            else cast({{ column }} as varchar)
        end, ' '
    ), '')
{%- endmacro %}

{#- Text that is text already: trimmed, empty as NULL. -#}
{% macro trimmed(expression) -%} {{ return(adapter.dispatch('trimmed', 'n2f_sync')(expression)) }} {%- endmacro %}
{% macro default__trimmed(expression) -%} {{ not_dispatched('trimmed') }} {%- endmacro %}
{% macro duckdb__trimmed(expression) -%} nullif(trim({{ expression }}, ' '), '') {%- endmacro %}

{#- Text as a literal; quotes inside it end as data. -#}
{% macro text_literal(value) -%} {{ return(adapter.dispatch('text_literal', 'n2f_sync')(value)) }} {%- endmacro %}
{% macro default__text_literal(value) -%} {{ not_dispatched('text_literal') }} {%- endmacro %}
{% macro duckdb__text_literal(value) -%} '{{ value | replace("'", "''") }}' {%- endmacro %}

{#- NULL-safe inequality of two columns: `is distinct from` came to SQL Server in 2022. -#}
{% macro is_different(left, right) -%} {{ return(adapter.dispatch('is_different', 'n2f_sync')(left, right)) }} {%- endmacro %}
{% macro default__is_different(left, right) -%} {{ not_dispatched('is_different') }} {%- endmacro %}
{% macro duckdb__is_different(left, right) -%} {{ left }} is distinct from {{ right }} {%- endmacro %}

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
