{#- Joins neither lost nor doubled a row of what the model is made of. -#}
{% test same_row_count_as(model, other) %}
select
    counted.row_count,
    others.row_count as other_row_count
from (select count(*) as row_count from {{ model }}) as counted
cross join (select count(*) as row_count from {{ other }}) as others
where counted.row_count <> others.row_count
{% endtest %}
