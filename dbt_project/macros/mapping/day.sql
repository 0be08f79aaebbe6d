{#- The day of a date as text, YYYY-MM-DD; the two days that stand for "no date" are NULL, as nothing is. -#}
{% macro day(expression) -%}
    nullif(nullif(left({{ expression }}, 10), '1900-01-01'), '2099-12-31')
{%- endmacro %}

{#- A day as N2F takes it: midnight UTC, or null. -#}
{% macro json_day(expression) -%}
    case when {{ expression }} is null then 'null' else concat('"', {{ expression }}, 'T00:00:00Z"') end
{%- endmacro %}
