-- Grain: one row per Agresso user that is not rejected, with the manager that will be there: a row of Agresso that is
-- not rejected, or an N2F user that this run does not delete. Cycles are still in it.
with checked as (

    select * from {{ ref('int_users_checked') }}

),

rejected as (

    select distinct mail from {{ ref('int_users_rejected') }}

),

current_users as (

    select distinct mail from {{ ref('int_users_current') }}

),

deleted as (

    select * from {{ ref('int_users_deleted') }}
    where will_be_deleted = 1

),

accepted as (

    select checked.*
    from checked
    left join rejected on checked.mail = rejected.mail
    where
        checked.mail is not null
        and rejected.mail is null

),

staying as (

    select mail from accepted

    union

    select current_users.mail
    from current_users
    left join deleted on current_users.mail = deleted.mail
    where deleted.mail is null

),

managed as (

    select
        accepted.mail,
        staying.mail as managerMail
    from accepted
    left join staying on accepted.managerMail = staying.mail

)

select * from managed
