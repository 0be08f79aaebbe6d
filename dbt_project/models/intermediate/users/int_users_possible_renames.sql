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

absent_from_agresso as (

    select
        current_users.mail,
        current_users.employeeNumber
    from current_users
    where
        current_users.employeeNumber is not null
        and not exists (select 1 from checked where checked.mail = current_users.mail)

),

-- Few: hardly anybody whom N2F alone has shares a number with a row of Agresso.
same_number as (

    select
        checked.mail as agresso_mail,
        checked.fault,
        absent_from_agresso.mail as n2f_mail,
        absent_from_agresso.employeeNumber
    from checked
    inner join absent_from_agresso on checked.employeeNumber = absent_from_agresso.employeeNumber

),

rejected_or_created as (

    select same_number.*
    from same_number
    left join current_users on same_number.agresso_mail = current_users.mail
    left join refused on same_number.agresso_mail = refused.mail
    where
        same_number.fault is not null
        or refused.mail is not null
        or current_users.mail is null

),

pairs as (

    select distinct
        rejected_or_created.agresso_mail,
        rejected_or_created.n2f_mail,
        rejected_or_created.employeeNumber
    from rejected_or_created
    where not exists (
        select 1
        from not_renames
        where
            coalesce(not_renames.agresso_mail, '') = coalesce(rejected_or_created.agresso_mail, '')
            and coalesce(not_renames.n2f_mail, '') = coalesce(rejected_or_created.n2f_mail, '')
    )

)

select * from pairs
