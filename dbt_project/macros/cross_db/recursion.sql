{#- The keyword that a recursive CTE needs after `with`: T-SQL has none. -#}
{% macro recursive() -%} {{ return(adapter.dispatch('recursive', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__recursive() -%} {{ not_dispatched('recursive') }} {%- endmacro %}
{% macro duckdb__recursive() -%} recursive {%- endmacro %}
{% macro sqlserver__recursive() -%} {{ return('') }} {%- endmacro %}

{#- How far a recursion may go: SQL Server stops with an error at 100, and both engines must mean the same. -#}
{% macro recursion_limit() -%} 99 {%- endmacro %}
