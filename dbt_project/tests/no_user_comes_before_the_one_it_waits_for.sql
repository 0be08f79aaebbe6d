-- Contract, order: created from the top of the desired hierarchy, deleted from the bottom of the current one. Users on
-- a cycle of N2F, and those under more levels than a recursion may have, have no such place and are left out.
with users as (

    select * from {{ ref('diff_users') }}

),

changes as (

    select * from {{ ref('push_changes') }}
    where scope = 'users'

),

desired_ranks as (

    select * from {{ ref('int_users_desired_ranked') }}
    where level <= {{ recursion_limit() }}

),

deleted_ranks as (

    select * from {{ ref('int_users_deleted_ranked') }}

),

created as (

    select
        changes.entity_key,
        manager_changes.entity_key as waits_for
    from changes
    inner join users on changes.entity_key = users.mail
    inner join desired_ranks on changes.entity_key = desired_ranks.mail
    inner join changes as manager_changes on users.managerMail_new = manager_changes.entity_key
    where
        changes.action = 'create'
        and manager_changes.action = 'create'
        and manager_changes.sequence > changes.sequence

),

deleted as (

    select
        changes.entity_key,
        report_changes.entity_key as waits_for
    from changes
    inner join users as reports on changes.entity_key = reports.managerMail_old
    inner join deleted_ranks on changes.entity_key = deleted_ranks.mail
    inner join deleted_ranks as report_ranks on reports.mail = report_ranks.mail
    inner join changes as report_changes on reports.mail = report_changes.entity_key
    where
        changes.action = 'delete'
        and report_changes.action = 'delete'
        and report_ranks.height < deleted_ranks.height
        and report_changes.sequence > changes.sequence

),

found as (

    select * from created
    union all
    select * from deleted

)

select * from found
