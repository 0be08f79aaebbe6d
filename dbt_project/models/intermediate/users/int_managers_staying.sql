-- Grain: one row per mail that a row of Agresso names as manager and that will be there: a row of Agresso that is not
-- rejected, or an N2F user that this run does not delete.
with checked as (

    select * from {{ ref('int_users_checked') }}

),

rejected as (

    select distinct mail from {{ ref('int_users_rejected') }}

),

current_users as (

    select * from {{ ref('int_users_current') }}

),

deleted as (

    select * from {{ ref('int_users_deleted') }}
    where will_be_deleted = 1

),

managers as (

    select distinct managerMail as mail
    from checked
    where managerMail is not null

),

final as (

    select managers.mail
    from managers
    inner join checked on managers.mail = checked.mail
    left join rejected on managers.mail = rejected.mail
    where rejected.mail is null

    union

    select managers.mail
    from managers
    inner join current_users on managers.mail = current_users.mail
    left join deleted on managers.mail = deleted.mail
    where deleted.mail is null

)

select * from final
