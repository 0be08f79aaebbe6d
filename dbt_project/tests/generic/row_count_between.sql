{#- A model that holds settings or one thing only has no more rows, and no fewer, than that. -#}
{% test row_count_between(model, minimum, maximum) %}
select count(*) as row_count
from {{ model }}
having
    count(*) < {{ minimum }}
    or count(*) > {{ maximum }}
{% endtest %}
