{#- Type names. `dbt.type_string()` is not Unicode on SQL Server, and `bit` is a bit string on DuckDB. -#}

{#-
Text of any length, as the type of a column. On SQL Server every column says its collation, so that text compares
exactly whatever the database's own is; an expression becomes such text by `as_text`.
-#}
{% macro type_text() -%} {{ return(adapter.dispatch('type_text', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__type_text() -%} {{ not_dispatched('type_text') }} {%- endmacro %}
{% macro duckdb__type_text() -%} {{ return('varchar') }} {%- endmacro %}
{% macro sqlserver__type_text() -%} {{ return('nvarchar(max) collate ' ~ sqlserver__exact_collation()) }} {%- endmacro %}

{#- The loader's ids (`loader.database.new_id`): text that SQL Server can hold in the key of an index. -#}
{% macro type_id() -%} {{ return(adapter.dispatch('type_id', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__type_id() -%} {{ not_dispatched('type_id') }} {%- endmacro %}
{% macro duckdb__type_id() -%} {{ return('varchar') }} {%- endmacro %}
{% macro sqlserver__type_id() -%} {{ return('nvarchar(64) collate ' ~ sqlserver__exact_collation()) }} {%- endmacro %}

{#- Booleans are written and read as 1 and 0, which both engines take. -#}
{% macro type_flag() -%} {{ return(adapter.dispatch('type_flag', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__type_flag() -%} {{ not_dispatched('type_flag') }} {%- endmacro %}
{% macro duckdb__type_flag() -%} {{ return('boolean') }} {%- endmacro %}
{% macro sqlserver__type_flag() -%} {{ return('bit') }} {%- endmacro %}

{#- A number with fractions, 64 bits of it: plain `float` is 32 bits on DuckDB. -#}
{% macro type_number() -%} {{ return(adapter.dispatch('type_number', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__type_number() -%} {{ not_dispatched('type_number') }} {%- endmacro %}
{% macro duckdb__type_number() -%} {{ return('double') }} {%- endmacro %}
{% macro sqlserver__type_number() -%} {{ return('float') }} {%- endmacro %}

{#- An instant to the microsecond, which is what Python writes. -#}
{% macro type_instant() -%} {{ return(adapter.dispatch('type_instant', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__type_instant() -%} {{ not_dispatched('type_instant') }} {%- endmacro %}
{% macro duckdb__type_instant() -%} {{ return('timestamp') }} {%- endmacro %}
{% macro sqlserver__type_instant() -%} {{ return('datetime2(6)') }} {%- endmacro %}

{#- By code point: case, accents and width all count. Trailing blanks do not, under no collation of SQL Server. -#}
{% macro sqlserver__exact_collation() -%} {{ return('Latin1_General_100_BIN2') }} {%- endmacro %}

{#- A condition as a value: conditions are not values on SQL Server. -#}
{% macro flag(condition) -%}
    cast(case when {{ condition }} then 1 else 0 end as {{ type_flag() }})
{%- endmacro %}
