{#- Every row fulfils the expression; one that is unknown (NULL) is as wrong as one that is false. -#}
{% test expression_is_true(model, expression) %}
select *
from {{ model }}
where case when {{ expression }} then 1 else 0 end = 0
{% endtest %}
