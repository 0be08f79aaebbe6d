-- Grain: one row per mail of N2F's users who are to be deleted or are somebody's manager, with numbers in place of
-- mails, as in int_managers_numbered; where N2F users share a mail, with the first of their managers.
{{ config(post_hook="{{ index_on(this, ['user_number']) }}") }}

with current_users as (

    select * from {{ ref('int_users_current') }}

),

walked as (

    select managerMail as mail
    from current_users
    where managerMail is not null

    union

    select mail from {{ ref('int_users_deleted') }}

),

by_mail as (

    select
        current_users.mail,
        min(current_users.managerMail) as manager_mail
    from current_users
    inner join walked on current_users.mail = walked.mail
    group by current_users.mail

),

numbered as (

    select
        mail,
        manager_mail,
        cast(row_number() over (order by mail) as integer) as user_number
    from by_mail

),

final as (

    select
        numbered.mail,
        numbered.user_number,
        managers.user_number as manager_number
    from numbered
    left join numbered as managers on numbered.manager_mail = managers.mail

)

select * from final
