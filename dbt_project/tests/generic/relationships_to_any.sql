{#- Every value of the column, where there is one, stands in the field of at least one of these models. -#}
{% test relationships_to_any(model, column_name, to, field) %}
select children.{{ column_name }}
from {{ model }} as children
where
    children.{{ column_name }} is not null
    {%- for parent in to %}
    and not exists (select 1 from {{ parent }} as parents where parents.{{ field }} = children.{{ column_name }})
    {%- endfor %}
{% endtest %}
