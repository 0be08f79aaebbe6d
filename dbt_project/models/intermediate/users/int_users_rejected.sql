-- Grain: one row per rejected Agresso row, and per rejected N2F user that Agresso has no faultless row of, with the
-- first reason of each.
with checked as (

    select * from {{ ref('int_users_checked') }}

),

current_users as (

    select * from {{ ref('int_users_current') }}

),

sharing_mails as (

    select * from {{ ref('int_users_sharing_mails') }}

),

refused as (

    select * from {{ ref('int_users_refused') }}

),

renames as (

    select * from {{ ref('int_users_possible_renames') }}

),

renames_by_agresso_mail as (

    select
        agresso_mail,
        min(n2f_mail) as n2f_mail,
        min(employeeNumber) as employeeNumber
    from renames
    group by agresso_mail

),

renames_by_n2f_mail as (

    select
        n2f_mail,
        min(coalesce(agresso_mail, '')) as agresso_mail,
        min(employeeNumber) as employeeNumber
    from renames
    group by n2f_mail

),

agresso_rows as (

    select
        coalesce(checked.mail, '') as mail,
        'agresso' {{ exact() }} as source,
        coalesce(
            checked.fault,
            refused.fault,
            case when renames_by_agresso_mail.agresso_mail is not null then 'possible_rename' end
        ) as reason,
        case
            when checked.fault is not null then checked.fault_detail
            when refused.fault is not null then refused.fault_detail
            else concat(
                'employee number ', renames_by_agresso_mail.employeeNumber,
                ' is that of N2F user ', renames_by_agresso_mail.n2f_mail
            )
        end as detail
    from checked
    left join refused on checked.mail = refused.mail
    left join renames_by_agresso_mail on checked.mail = renames_by_agresso_mail.agresso_mail

),

n2f_users as (

    select
        coalesce(current_users.mail, '') as mail,
        'n2f' {{ exact() }} as source,
        case
            when current_users.mail is null then 'missing_mail'
            when sharing_mails.mail is not null then 'shared_key'
            when renames_by_n2f_mail.n2f_mail is not null then 'possible_rename'
        end {{ exact() }} as reason,
        case
            when current_users.mail is null then 'N2F holds a user without a mail'
            when sharing_mails.mail is not null
                then concat(sharing_mails.user_count, ' N2F users share the mail')
            else concat(
                'employee number ', renames_by_n2f_mail.employeeNumber,
                ' is that of Agresso''s row ', coalesce(nullif(renames_by_n2f_mail.agresso_mail, ''), 'without a mail')
            )
        end as detail
    from current_users
    left join sharing_mails on current_users.mail = sharing_mails.mail
    left join renames_by_n2f_mail on current_users.mail = renames_by_n2f_mail.n2f_mail
    where not exists (select 1 from checked where checked.mail = current_users.mail and checked.fault is null)

),

unioned as (

    select * from agresso_rows
    where reason is not null

    union all

    select distinct * from n2f_users
    where reason is not null

)

select * from unioned
