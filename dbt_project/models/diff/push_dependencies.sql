-- Grain: one row per pair of changes of which the first is sent only when the second has succeeded before it:
-- a user whose manager has to be created first, and a leaver whose reports have to leave or move first.
-- A manager to be created may be out of the run's scoping, and then has no row in push_changes: they are not created,
-- so nobody is sent who needs them.
with changes as (

    select * from {{ ref('push_changes') }}
    where scope = 'users'

),

users as (

    select * from {{ ref('diff_users') }}

),

needs_new_manager as (

    select
        users.mail as entity_key,
        managers.mail as depends_on_key
    from users
    inner join users as managers on users.managerMail_new = managers.mail
    where
        users.action in ('create', 'update')
        and managers.action = 'create'

),

waits_for_reports as (

    select
        leavers.mail as entity_key,
        reports.mail as depends_on_key
    from users as leavers
    inner join users as reports on leavers.mail = reports.managerMail_old
    where
        leavers.action = 'delete'
        and leavers.mail <> reports.mail
        and reports.is_in_scope = 1
        and (
            reports.action = 'delete'
            -- What is sent counts, also where staff have stopped comparing managers.
            or (reports.action = 'update' and coalesce(reports.managerMail_new, '') <> leavers.mail)
        )

),

pairs as (

    select * from needs_new_manager
    union
    select * from waits_for_reports

),

-- Only what stands earlier in the order can be waited for: N2F itself may hold management cycles.
final as (

    select
        'users' {{ exact() }} as scope,
        pairs.entity_key,
        'users' {{ exact() }} as depends_on_scope,
        pairs.depends_on_key
    from pairs
    inner join changes as dependents on pairs.entity_key = dependents.entity_key
    left join changes as prerequisites on pairs.depends_on_key = prerequisites.entity_key
    where
        prerequisites.sequence is null
        or prerequisites.sequence < dependents.sequence

)

select * from final
