{#- What counts as true, in any case; everything else, nothing included, is false. -#}
{% macro is_true(expression) -%}
    {{ flag("lower(" ~ expression ~ ") in ('1', 'true', 'yes', 'y', 'on', 'oui', 'o', 'ja', 'j')") }}
{%- endmacro %}
