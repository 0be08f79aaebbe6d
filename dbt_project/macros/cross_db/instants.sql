{#- The present instant in UTC without zone, as all instants of the loader's tables are. -#}
{% macro now_utc() -%} {{ return(adapter.dispatch('now_utc', 'n2f_sync')()) }} {%- endmacro %}
{% macro default__now_utc() -%} {{ not_dispatched('now_utc') }} {%- endmacro %}
{% macro duckdb__now_utc() -%} cast(now() at time zone 'UTC' as timestamp) {%- endmacro %}
{% macro sqlserver__now_utc() -%} sysutcdatetime() {%- endmacro %}

{#- An instant a number of hours before now. -#}
{% macro hours_ago(hours) -%} {{ return(adapter.dispatch('hours_ago', 'n2f_sync')(hours)) }} {%- endmacro %}
{% macro default__hours_ago(hours) -%} {{ not_dispatched('hours_ago') }} {%- endmacro %}
{% macro duckdb__hours_ago(hours) -%} cast(now() at time zone 'UTC' as timestamp) - interval {{ hours }} hour {%- endmacro %}
{% macro sqlserver__hours_ago(hours) -%} dateadd(hour, -{{ hours }}, sysutcdatetime()) {%- endmacro %}

{#-
dbt's own instant, by which `dbt source freshness` tells an age, in the place of dbt-sqlserver's: that one is the server's local
time, read as UTC, so that six hours would be four or five in Brussels.
-#}
{% macro sqlserver__current_timestamp() -%} cast(sysutcdatetime() as datetime2(6)) {%- endmacro %}

{#- The night of an instant, as the date on which it begins: from noon to noon, UTC. -#}
{% macro night_of(instant) -%} {{ return(adapter.dispatch('night_of', 'n2f_sync')(instant)) }} {%- endmacro %}
{% macro default__night_of(instant) -%} {{ not_dispatched('night_of') }} {%- endmacro %}
{% macro duckdb__night_of(instant) -%} cast({{ instant }} - interval 12 hour as date) {%- endmacro %}
{% macro sqlserver__night_of(instant) -%} cast(dateadd(hour, -12, {{ instant }}) as date) {%- endmacro %}
