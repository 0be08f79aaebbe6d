{#- No two rows agree in all of these text columns, upper and lower case being the same. -#}
{% test unique_ignoring_case(model, columns) %}
select
    {%- for column in columns %}
    lower({{ column }}) as {{ column }},
    {%- endfor %}
    count(*) as row_count
from {{ model }}
group by
    {%- for column in columns %}
    lower({{ column }}){{ "," if not loop.last }}
    {%- endfor %}
having count(*) > 1
{% endtest %}
