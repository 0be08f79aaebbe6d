-- Grain: one row per scope there is: users, and every row of the seed axis_scopes.
{%- set conditions = [] %}
{%- for scope in setting_list('N2F_SYNC_SCOPES') %}
    {%- do conditions.append('scope = ' ~ text_literal(scope)) %}
{%- endfor %}

with axis_scopes as (

    select * from {{ ref('axis_scopes') }}

),

scopes as (

    select
        'users' {{ exact() }} as scope,
        'users' {{ exact() }} as resource

    union all

    select
        {{ as_text('scope') }} as scope,
        'axis_values' {{ exact() }} as resource
    from axis_scopes

),

final as (

    select
        scope,
        resource,
        {{ flag(conditions | join(' or ') if conditions else '1 = 1') }} as is_selected
    from scopes

)

select * from final
