{#-
How the text of the tables that dbt makes is stored, from here on. They are made anew every night: on a million users,
compressing their text takes a fifth of the models' time. Text that the loader lands or notes is kept, and compressed.
What is smaller than a row group of DuckDB (122,880 rows) is compressed all the same, when the file is next tidied up.
-#}
{% macro store_text_plain() -%} {{ return(adapter.dispatch('store_text_plain', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__store_text_plain() -%} {{ not_dispatched('store_text_plain') }} {%- endmacro %}
{% macro duckdb__store_text_plain() -%}
    {{ return("set global disabled_compression_methods = 'dictionary,fsst,dict_fsst,zstd'") }}
{%- endmacro %}
{% macro sqlserver__store_text_plain() -%} {{ return('') }} {%- endmacro %}

{#- Back to what the engine does by itself, for whoever has the file open: a run of n2f-sync has. -#}
{% macro store_text_compressed() -%} {{ return(adapter.dispatch('store_text_compressed', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__store_text_compressed() -%} {{ not_dispatched('store_text_compressed') }} {%- endmacro %}
{% macro duckdb__store_text_compressed() -%} {{ return('reset global disabled_compression_methods') }} {%- endmacro %}
{% macro sqlserver__store_text_compressed() -%} {{ return('') }} {%- endmacro %}
