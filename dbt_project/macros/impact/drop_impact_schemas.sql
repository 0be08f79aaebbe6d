{#-
Empties the scratch database of `n2f-sync impact`, on engines where it is one that a DBA made: all that an earlier one left.
Refuses a database that does not say of itself that it is one (`n2f_impact.scratch`, which the loader makes there first).
-#}
{% macro drop_impact_schemas() %}
    {%- if execute -%}
    {%- set mark = loader_relation('n2f_impact.scratch') -%}
    {%- if load_relation(mark) is none -%}
        {%- do exceptions.raise_compiler_error(target.database ~ " is not a scratch database of n2f-sync impact: nothing is dropped") -%}
    {%- endif -%}
    {#- The mark last: an emptying that breaks off can be taken up. -#}
    {%- for schema in ['n2f_diff', 'n2f_staging', 'n2f_raw', 'n2f_sync', 'agresso', 'n2f_impact'] -%}
        {%- do adapter.drop_schema(api.Relation.create(database=target.database, schema=schema)) -%}
    {%- endfor -%}
    {%- endif -%}
{% endmacro %}
