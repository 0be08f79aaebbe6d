{#- The grain, as a key: no two rows agree in all of these columns, and none of them is NULL.
Text is taken with its end marked: some engines take text that differs in trailing spaces alone as equal. -#}
{% test key_columns(model, columns) %}
select
    {%- for column in columns %}
    concat({{ column }}, '|') as {{ column }},
    {%- endfor %}
    count(*) as row_count
from {{ model }}
group by
    {%- for column in columns %}
    concat({{ column }}, '|'){{ "," if not loop.last }}
    {%- endfor %}
having
    count(*) > 1
    {%- for column in columns %}
    or count({{ column }}) < count(*)
    {%- endfor %}
{% endtest %}
