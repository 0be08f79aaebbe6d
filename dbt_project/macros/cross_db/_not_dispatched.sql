{#- What every default of this folder does: an engine without its own version is an error, never a guess. -#}
{% macro not_dispatched(macro_name) -%}
    {{ exceptions.raise_compiler_error("n2f_sync: " ~ macro_name ~ " has no version for the engine " ~ target.type) }}
{%- endmacro %}
