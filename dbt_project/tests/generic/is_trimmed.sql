{#- Text as the contract reads it: no space before or after it, and nothing is NULL, never the empty text. -#}
{% test is_trimmed(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}{{ column }} = ''
    or {{ column }} like ' %'
    or {{ column }} like '% '
    {%- endfor %}
{% endtest %}
