{#- The grain: no two rows agree in all of these columns.
Text is taken with its end marked: some engines take text that differs in trailing spaces alone as equal. -#}
{% test unique_combination_of_columns(model, columns) %}
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
having count(*) > 1
{% endtest %}
