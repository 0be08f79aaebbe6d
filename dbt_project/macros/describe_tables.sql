{#-
Writes the descriptions of YAML into the database, for every table and column that dbt or the loader makes: comments, or
whatever the engine has for it. Runs after every dbt command that builds, and alone as `dbt run-operation describe_tables`.
Only what differs is written, all of it in a few batches: `persist_docs` would ask for each model's columns and send each
its own, and does not reach tables that dbt does not build.
-#}
{% macro describe_tables() %}
    {%- if execute -%}
    {%- set wanted = table_descriptions() -%}
    {%- set lacking = [] -%}
    {%- for schema, relation, kind, column, found, is_described in run_query(present_descriptions(['n2f_raw', 'n2f_sync', 'n2f_staging', 'n2f_diff'])).rows -%}
        {%- set text = wanted.get(schema ~ '.' ~ relation, {}).get(column or '') -%}
        {%- if text and text != found -%}
            {%- do lacking.append({
                'schema': schema, 'relation': relation, 'kind': kind, 'column': column or '', 'text': text,
                'is_new': not is_described
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for first in range(0, lacking | length, 200) -%}
        {%- call statement('describe_from_' ~ first, auto_begin=False) -%}
            {{ set_descriptions(lacking[first:first + 200]) }}
        {%- endcall -%}
    {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{#- 'schema.relation' -> column -> description in one line; the relation's own stands under ''. Agresso's views are not ours. -#}
{% macro table_descriptions() %}
    {%- set found = {} -%}
    {%- for node in graph.nodes.values() if node.resource_type in ['model', 'seed'] -%}
        {%- do found.update({node.schema ~ '.' ~ node.alias: one_line_descriptions(node)}) -%}
    {%- endfor -%}
    {%- for node in graph.sources.values() if node.source_name in ['n2f_raw', 'n2f_sync'] -%}
        {%- do found.update({node.schema ~ '.' ~ node.identifier: one_line_descriptions(node)}) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{% endmacro %}

{% macro one_line_descriptions(node) %}
    {%- set texts = {'': node.description.split() | join(' ')} -%}
    {%- for column in node.columns.values() -%}
        {%- do texts.update({column.name: column.description.split() | join(' ')}) -%}
    {%- endfor -%}
    {%- do return(texts) -%}
{% endmacro %}
