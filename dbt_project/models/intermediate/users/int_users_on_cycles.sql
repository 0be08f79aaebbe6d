-- Grain: one row per user that stands on a management cycle, their own manager included. Users below one do not.
with {{ recursive() }} managed as (

    select * from {{ ref('int_managers_numbered') }}

),

-- From the top down: whoever is not reached is on a cycle or below one.
reached as (

    select
        user_number,
        0 as level
    from managed
    where manager_number is null

    union all

    select
        managed.user_number,
        reached.level + 1 as level
    from reached
    inner join managed on reached.user_number = managed.manager_number
    where reached.level < {{ recursion_limit() }}

),

unreached as (

    select
        managed.user_number,
        managed.manager_number
    from managed
    left join reached on managed.user_number = reached.user_number
    where reached.user_number is null

),

-- From each of them upwards: who comes back to where they started is on the cycle.
walks as (

    select
        user_number as start_number,
        manager_number as at_number,
        1 as step
    from unreached

    union all

    select
        walks.start_number,
        managed.manager_number as at_number,
        walks.step + 1 as step
    from walks
    inner join managed on walks.at_number = managed.user_number
    where
        walks.at_number <> walks.start_number
        and walks.step < {{ recursion_limit() }}

),

on_cycles as (

    select distinct start_number as user_number
    from walks
    where at_number = start_number

),

final as (

    select
        managed.mail,
        managed.user_number
    from managed
    inner join on_cycles on managed.user_number = on_cycles.user_number

)

select * from final
