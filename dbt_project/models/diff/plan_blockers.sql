-- Grain: one row per reason why no plan may be made of this build, evaluated when it is read; none when one may.
with snapshots as (

    select * from {{ source('n2f_raw', 'snapshots') }}

),

snapshot_in_use as (

    select * from {{ ref('snapshot_in_use') }}

),

attempts as (

    select * from {{ source('n2f_sync', 'push_attempts') }}

),

lists_not_read as (

    select * from {{ ref('lists_not_read') }}

),

n2f_users as (

    select * from {{ ref('int_users_current') }}

),

role_names as (

    select * from {{ ref('stg_n2f__role_names') }}

),

no_snapshot as (

    select
        'no_complete_snapshot' {{ exact() }} as check_name,
        'there is no complete snapshot of N2F' {{ exact() }} as message,
        'take one with n2f-sync snapshot' {{ exact() }} as remedy
    from (select 1 as one) as one
    where not exists (select 1 from snapshots where snapshots.completed_at is not null)

),

outdated_build as (

    select
        'outdated_build' {{ exact() }} as check_name,
        'the models were built before the newest snapshot was complete' {{ exact() }} as message,
        'build them again with dbt build' {{ exact() }} as remedy
    from (select 1 as one) as one
    where exists (
        select 1
        from snapshots
        left join snapshot_in_use on 1 = 1
        where
            snapshots.completed_at is not null
            and (snapshot_in_use.snapshot_id is null or snapshots.started_at > snapshot_in_use.started_at)
    )

),

stale_snapshot as (

    select
        'stale_snapshot' {{ exact() }} as check_name,
        'the newest complete snapshot of N2F is older than 6 hours' {{ exact() }} as message,
        'take a new one with n2f-sync snapshot' {{ exact() }} as remedy
    from snapshot_in_use
    where completed_at < {{ hours_ago(6) }}

),

written_since as (

    select
        'written_since' {{ exact() }} as check_name,
        'a write to N2F was attempted after the newest complete snapshot' {{ exact() }} as message,
        'take a new one with n2f-sync snapshot; if that changes nothing, the clock was set back' {{ exact() }} as remedy
    from snapshot_in_use
    where exists (select 1 from attempts where attempts.started_at >= snapshot_in_use.started_at)

),

list_not_read as (

    select
        'list_not_read' {{ exact() }} as check_name,
        concat(
            'the snapshot did not read every list that the chosen scopes need, for one ', min(lists_not_read.resource),
            ' of company ', min(lists_not_read.company_uuid)
        ) as message,
        'take a new one with n2f-sync snapshot for these scopes' {{ exact() }} as remedy
    from lists_not_read
    inner join snapshot_in_use on lists_not_read.snapshot_id = snapshot_in_use.snapshot_id
    having count(*) > 0

),

-- Without the names of roles nobody could be known as protected.
no_roles as (

    select
        'no_roles' {{ exact() }} as check_name,
        'N2F answered its users but no role with a French name: nobody would be protected' {{ exact() }} as message,
        'see what GET roles answers, and take a new snapshot with n2f-sync snapshot' {{ exact() }} as remedy
    from (select 1 as one) as one
    where
        exists (select 1 from n2f_users)
        and not exists (select 1 from role_names)

),

unioned as (

    select * from no_snapshot
    union all
    select * from outdated_build
    union all
    select * from stale_snapshot
    union all
    select * from written_since
    union all
    select * from list_not_read
    union all
    select * from no_roles

)

select * from unioned
