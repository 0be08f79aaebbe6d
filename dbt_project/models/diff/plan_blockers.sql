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

axes_to_read as (

    select * from {{ ref('axes_to_read') }}

),

lists as (

    select * from {{ source('n2f_raw', 'lists') }}

),

no_snapshot as (

    select
        'no_complete_snapshot' as check_name,
        'there is no complete snapshot of N2F' as message,
        'take one with n2f-sync snapshot' as remedy
    from (select 1 as one) as one
    where not exists (select 1 from snapshots where snapshots.completed_at is not null)

),

outdated_build as (

    select
        'outdated_build' as check_name,
        'the models were built before the newest snapshot was complete' as message,
        'build them again with dbt build' as remedy
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
        'stale_snapshot' as check_name,
        'the newest complete snapshot of N2F is older than 6 hours' as message,
        'take a new one with n2f-sync snapshot' as remedy
    from snapshot_in_use
    where completed_at < {{ hours_ago(6) }}

),

written_since as (

    select
        'written_since' as check_name,
        'a write to N2F was attempted after the newest complete snapshot' as message,
        'take a new one with n2f-sync snapshot' as remedy
    from snapshot_in_use
    where exists (select 1 from attempts where attempts.started_at >= snapshot_in_use.started_at)

),

list_not_read as (

    select
        'list_not_read' as check_name,
        concat(
            'the snapshot did not read every list that the chosen scopes need, for one axis ', min(axes_to_read.axis)
        ) as message,
        'take a new one with n2f-sync snapshot for these scopes' as remedy
    from axes_to_read
    inner join snapshot_in_use on axes_to_read.snapshot_id = snapshot_in_use.snapshot_id
    where
        not exists (
            select 1
            from lists
            where
                lists.snapshot_id = axes_to_read.snapshot_id
                and lists.resource = 'axis_values'
                and lists.company_uuid = axes_to_read.company_uuid
                and lists.axis = axes_to_read.axis
        )
    having count(*) > 0

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

)

select * from unioned
