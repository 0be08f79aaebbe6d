-- Contract, manager: kept where it is in N2F and will not be deleted in this run. int_users_deleted and push_safety
-- judge the deletes each for itself; this says that they agree.
with users as (

    select * from {{ ref('diff_users') }}
    where is_in_agresso = 1

),

changes as (

    select * from {{ ref('push_changes') }}
    where scope = 'users'

),

found as (

    select
        users.mail,
        users.managerMail_new
    from users
    inner join changes on users.managerMail_new = changes.entity_key
    where
        changes.action = 'delete'
        and changes.decision = 'send'

)

select * from found
