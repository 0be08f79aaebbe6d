-- Grain: one row per user that stands on a management cycle, their own manager included. Users below one do not.
with {{ recursive() }} managed as (

    select
        managed.mail,
        managers.mail as manager_mail
    from {{ ref('int_users_managed') }} as managed
    left join {{ ref('int_users_managed') }} as managers on managed.managerMail = managers.mail

),

-- From the top down: whoever is not reached is on a cycle or below one.
reached as (

    select
        mail,
        0 as level
    from managed
    where manager_mail is null

    union all

    select
        managed.mail,
        reached.level + 1 as level
    from reached
    inner join managed on reached.mail = managed.manager_mail
    where reached.level < {{ recursion_limit() }}

),

unreached as (

    select
        managed.mail,
        managed.manager_mail
    from managed
    left join reached on managed.mail = reached.mail
    where reached.mail is null

),

-- From each of them upwards: who comes back to where they started is on the cycle.
walks as (

    select
        mail as start_mail,
        manager_mail as at_mail,
        1 as step
    from unreached

    union all

    select
        walks.start_mail,
        unreached.manager_mail as at_mail,
        walks.step + 1 as step
    from walks
    inner join unreached on walks.at_mail = unreached.mail
    where
        walks.at_mail <> walks.start_mail
        and walks.step < {{ recursion_limit() }}

),

on_cycles as (

    select distinct start_mail as mail
    from walks
    where at_mail = start_mail

)

select * from on_cycles
