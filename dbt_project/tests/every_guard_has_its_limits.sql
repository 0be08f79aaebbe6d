-- A guard whose row of the seed guard_limits is missing would never withhold anything.
with guards as (

    select
        'users' {{ exact() }} as resource,
        'create' {{ exact() }} as action

    union all

    select
        'users' {{ exact() }} as resource,
        'update' {{ exact() }} as action

    union all

    select
        'users' {{ exact() }} as resource,
        'delete' {{ exact() }} as action

    union all

    select
        'axis_values' {{ exact() }} as resource,
        'update' {{ exact() }} as action

    union all

    select
        'axis_values' {{ exact() }} as resource,
        'delete' {{ exact() }} as action

),

unguarded as (

    select guards.*
    from guards
    left join {{ ref('guard_limits') }} as limits
        on
            guards.resource = limits.resource
            and guards.action = limits.action
    where limits.action is null

)

select * from unguarded
