-- A guard whose row of the seed guard_limits is missing would never withhold anything.
with guards as (

    select
        'users' as resource,
        'create' as action

    union all

    select
        'users' as resource,
        'update' as action

    union all

    select
        'users' as resource,
        'delete' as action

    union all

    select
        'axis_values' as resource,
        'update' as action

    union all

    select
        'axis_values' as resource,
        'delete' as action

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
