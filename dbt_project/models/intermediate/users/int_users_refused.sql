-- Grain: one row per mail of a faultless Agresso row that what N2F holds forbids to touch.
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

    select
        checked.mail,
        min(
            case when sharing_mails.mail is not null then 'shared_key' else 'protected_role' end
        ) {{ exact() }} as fault,
        min(
            case
                when sharing_mails.mail is not null
                    then concat(sharing_mails.user_count, ' N2F users share the mail')
                else concat('role ''', current_users.role, ''' would be taken away')
            end
        ) as fault_detail
    from checked
    inner join current_users on checked.mail = current_users.mail
    left join sharing_mails on checked.mail = sharing_mails.mail
    where
        checked.fault is null
        and (
            sharing_mails.mail is not null
            or (current_users.has_protected_role = 1 and lower(current_users.role) <> lower(checked.role))
        )
    group by checked.mail

)

select * from refused
