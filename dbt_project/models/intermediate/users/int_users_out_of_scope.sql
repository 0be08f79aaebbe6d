-- Grain: one row per mail of Agresso or N2F of which no change may go out in this run; none when nothing is limited.
-- N2F_SYNC_ONLY_COMPANIES and N2F_SYNC_ONLY_MAILS filter changes, never inputs: the companies on both sides, or the
-- mail, must be listed.
with checked as (

    select * from {{ ref('int_users_checked') }}

),

current_users as (

    select * from {{ ref('int_users_current') }}

),

settings as (

    select * from {{ ref('run_settings') }}

),

only_companies as (

    select * from {{ ref('run_only_companies') }}

),

only_mails as (

    select * from {{ ref('run_only_mails') }}

),

sides as (

    select
        checked.mail,
        checked.company_code
    from checked
    cross join settings
    where
        settings.is_scoped = 1
        and checked.mail is not null
        and checked.fault is null

    union all

    select
        current_users.mail,
        current_users.company_code
    from current_users
    cross join settings
    where
        settings.is_scoped = 1
        and current_users.mail is not null

),

listed as (

    select
        sides.mail,
        count(*) as side_count,
        count(only_companies.company_code) as listed_count
    from sides
    left join only_companies on sides.company_code = only_companies.company_code
    group by sides.mail

),

final as (

    select listed.mail
    from listed
    left join only_mails on listed.mail = only_mails.mail
    where
        listed.listed_count < listed.side_count
        and only_mails.mail is null

)

select * from final
