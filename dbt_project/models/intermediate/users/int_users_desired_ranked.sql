-- Grain: one row per user of int_users_desired, with the level in the desired hierarchy: 0 at the top.
-- No cycles are left in it; a chain longer than the recursion limit ends at the limit.
with {{ recursive() }} users as (

    select
        mail,
        min(managerMail) as manager_mail
    from {{ ref('int_users_desired') }}
    where mail is not null
    group by mail

),

managed as (

    select
        users.mail,
        managers.mail as manager_mail
    from users
    left join users as managers on users.manager_mail = managers.mail

),

levels as (

    select
        mail,
        0 as level
    from managed
    where manager_mail is null

    union all

    select
        managed.mail,
        levels.level + 1 as level
    from levels
    inner join managed on levels.mail = managed.manager_mail
    where levels.level < {{ recursion_limit() }}

),

ranked as (

    select
        managed.mail,
        coalesce(levels.level, {{ recursion_limit() }} + 1) as level
    from managed
    left join levels on managed.mail = levels.mail

)

select * from ranked
