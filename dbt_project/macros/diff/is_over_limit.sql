{#- A guard: more rows than the limit AND more than the percentage of what N2F holds, both strictly. -#}
{% macro is_over_limit(change_count, n2f_count, max_percent, max_rows) -%}
    ({{ change_count }} > {{ max_rows }} and {{ change_count }} * 100 > {{ max_percent }} * {{ n2f_count }})
{%- endmacro %}
