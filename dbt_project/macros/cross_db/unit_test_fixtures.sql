{#-
What dbt-sqlserver makes of a value in the fixtures and expectations of unit tests, in the place of its own macro of this
name: text compares as it does in the tables (a fixture would have the database's own collation), and is written in ASCII,
since the whole test is sent inside a literal of the database's code page.
-#}
{% macro sqlserver__safe_cast(field, type) %}
    {%- set text = field | string | trim -%}
    {%- if text.startswith("'") and modules.re.search('[^\x20-\x7e]', text) -%}
        {%- set text = sqlserver__ascii_literal(text[1:-1] | replace("''", "'")) -%}
    {%- endif -%}
    try_cast({{ text }} as {{ type }})
    {%- if 'char' in type | lower %} collate {{ sqlserver__exact_collation() }}{% endif -%}
{% endmacro %}
