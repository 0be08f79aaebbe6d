-- Grain: one row per mail of N2F's users, with numbers in place of mails, as in int_users_managed_numbered; where N2F
-- users share a mail, with the first of their managers.
{{ config(post_hook="{{ index_on(this, ['user_number']) }}") }}

with current_users as (

    select * from {{ ref('int_users_current') }}

),

by_mail as (

    select
        mail,
        min(managerMail) as manager_mail
    from current_users
    where mail is not null
    group by mail

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
