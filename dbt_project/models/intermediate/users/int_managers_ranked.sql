-- Grain: one row per row of int_managers_numbered, with the level in the desired hierarchy: 0 at the top.
-- Whoever is on a cycle has no manager any more; a chain longer than the recursion limit ends at the limit.
with {{ recursive() }} managers as (

    select * from {{ ref('int_managers_numbered') }}

),

on_cycles as (

    select * from {{ ref('int_users_on_cycles') }}

),

levels as (

    select
        managers.user_number,
        0 as level
    from managers
    left join on_cycles on managers.user_number = on_cycles.user_number
    where
        managers.manager_number is null
        or on_cycles.user_number is not null

    union all

    select
        managers.user_number,
        levels.level + 1 as level
    from levels
    inner join managers on levels.user_number = managers.manager_number
    where
        levels.level < {{ recursion_limit() }}
        and not exists (select 1 from on_cycles where on_cycles.user_number = managers.user_number)

),

ranked as (

    select
        managers.mail,
        coalesce(levels.level, {{ recursion_limit() }} + 1) as level
    from managers
    left join levels on managers.user_number = levels.user_number

)

select * from ranked
