-- Grain: one row per Agresso row and N2F user that may be one person under two mails: they have the same employee
-- number, the N2F user is absent from Agresso, and the Agresso row is rejected or would be created.
-- Pairs that staff have looked at and cleared stand in the seed not_renames.
with checked as (

    select * from {{ ref('int_users_checked') }}

),

current_users as (

    select * from {{ ref('int_users_current') }}

),

not_renames as (

    select distinct
        lower({{ trimmed('agresso_mail') }}) as agresso_mail,
        lower({{ trimmed('n2f_mail') }}) as n2f_mail
    from {{ ref('not_renames') }}

),

refused as (

    select * from {{ ref('int_users_refused') }}

),

rejected_or_created as (

    select
        checked.mail,
        checked.employeeNumber,
        checked.fault
    from checked
    left join current_users on checked.mail = current_users.mail
    left join refused on checked.mail = refused.mail
    where
        checked.employeeNumber is not null
        and (
            checked.fault is not null
            or refused.mail is not null
            or current_users.mail is null
        )

),

absent_from_agresso as (

    select
        current_users.mail,
        current_users.employeeNumber
    from current_users
    left join checked on current_users.mail = checked.mail
    where
        checked.mail is null
        and current_users.employeeNumber is not null

),

pairs as (

    select distinct
        rejected_or_created.mail as agresso_mail,
        absent_from_agresso.mail as n2f_mail,
        absent_from_agresso.employeeNumber
    from rejected_or_created
    inner join absent_from_agresso on rejected_or_created.employeeNumber = absent_from_agresso.employeeNumber
    where not exists (
        select 1
        from not_renames
        where
            coalesce(not_renames.agresso_mail, '') = coalesce(rejected_or_created.mail, '')
            and coalesce(not_renames.n2f_mail, '') = coalesce(absent_from_agresso.mail, '')
    )

)

select * from pairs
