{#- Stops at the start, before anything is planned, where one of Agresso's views is missing or lacks a column. -#}
{% macro require_agresso_views() -%}
    {%- for view, wanted in agresso_columns().items() if execute -%}
        {%- set relation = source('agresso', view) -%}
        {%- set found = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list -%}
        {%- set lost = [] -%}
        {%- for name in wanted if name | lower not in found -%}{%- do lost.append(name) -%}{%- endfor -%}
        {%- if not found -%}
            {%- do exceptions.raise_compiler_error(relation ~ " is not there, or this login may not read it") -%}
        {%- elif lost -%}
            {%- do exceptions.raise_compiler_error(relation ~ " lacks the columns " ~ lost | join(', ')) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
