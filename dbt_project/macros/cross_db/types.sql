{#- Type names. `dbt.type_string()` is not Unicode on SQL Server, and `bit` is a bit string on DuckDB. -#}

{% macro type_text() -%} {{ return(adapter.dispatch('type_text', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__type_text() -%} {{ not_dispatched('type_text') }} {%- endmacro %}
{% macro duckdb__type_text() -%} {{ return('varchar') }} {%- endmacro %}

{#- Booleans are written and read as 1 and 0, which both engines take. -#}
{% macro type_flag() -%} {{ return(adapter.dispatch('type_flag', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__type_flag() -%} {{ not_dispatched('type_flag') }} {%- endmacro %}
{% macro duckdb__type_flag() -%} {{ return('boolean') }} {%- endmacro %}

{% macro type_instant() -%} {{ return(adapter.dispatch('type_instant', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__type_instant() -%} {{ not_dispatched('type_instant') }} {%- endmacro %}
{% macro duckdb__type_instant() -%} {{ return('timestamp') }} {%- endmacro %}

{#- A condition as a value: conditions are not values on SQL Server. -#}
{% macro flag(condition) -%}
    cast(case when {{ condition }} then 1 else 0 end as {{ type_flag() }})
{%- endmacro %}
