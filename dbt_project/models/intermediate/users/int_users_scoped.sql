-- Grain: one row per mail of Agresso or N2F, saying whether a change of it may go out in this run.
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
        mail,
        company_code
    from checked
    where
        mail is not null
        and fault is null

    union all

    select
        mail,
        company_code
    from current_users
    where mail is not null

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

    select
        listed.mail,
        {{ flag(
            "settings.is_scoped = 0 or listed.listed_count = listed.side_count or only_mails.mail is not null"
        ) }} as is_in_scope
    from listed
    left join only_mails on listed.mail = only_mails.mail
    cross join settings

)

select * from final
