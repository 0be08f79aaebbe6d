-- Grain: one row, the newest complete snapshot; none before the first. Everything of this build reads this one.
with snapshots as (

    select * from {{ source('n2f_raw', 'snapshots') }}

),

ranked as (

    select
        snapshot_id,
        base_url,
        started_at,
        completed_at,
        row_number() over (order by started_at desc, snapshot_id desc) as newest_first
    from snapshots
    where completed_at is not null

),

newest as (

    select
        snapshot_id,
        base_url,
        started_at,
        completed_at,
        {{ now_utc() }} as built_at
    from ranked
    where newest_first = 1

)

select * from newest
