-- Grain: one row per user of int_users_desired, with the level in the desired hierarchy: 0 at the top.
-- Users on a cycle have no manager any more; a chain longer than the recursion limit ends at the limit.
with {{ recursive() }} managed as (

    select * from {{ ref('int_users_managed_numbered') }}

),

on_cycles as (

    select * from {{ ref('int_users_on_cycles') }}

),

levels as (

    select
        managed.user_number,
        0 as level
    from managed
    left join on_cycles on managed.user_number = on_cycles.user_number
    where
        managed.manager_number is null
        or on_cycles.user_number is not null

    union all

    select
        managed.user_number,
        levels.level + 1 as level
    from levels
    inner join managed on levels.user_number = managed.manager_number
    where
        levels.level < {{ recursion_limit() }}
        and not exists (select 1 from on_cycles where on_cycles.user_number = managed.user_number)

),

ranked as (

    select
        managed.mail,
        coalesce(levels.level, {{ recursion_limit() }} + 1) as level
    from managed
    left join levels on managed.user_number = levels.user_number

)

select * from ranked
