{#- Exactly one @ between two non-empty parts, and no space. -#}
{% macro is_mail(expression) -%}
    ({{ expression }} like '%_@_%' and {{ expression }} not like '%@%@%' and {{ expression }} not like '% %')
{%- endmacro %}
