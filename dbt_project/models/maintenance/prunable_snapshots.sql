-- Grain: one row per snapshot whose documents nothing needs any more: neither the newest complete one of its N2F nor
-- the one that the newest plan was made from. How old it has to be is for `n2f-sync prune` to say.
with snapshots as (

    select * from {{ source('n2f_raw', 'snapshots') }}

),

lists as (

    select * from {{ source('n2f_raw', 'lists') }}

),

plans as (

    select * from {{ source('n2f_sync', 'plans') }}

),

complete as (

    select
        snapshot_id,
        row_number() over (partition by base_url order by started_at desc, snapshot_id desc) as newest_first
    from snapshots
    where completed_at is not null

),

planned as (

    select
        snapshot_id,
        max(plan_id) as newest_plan_id
    from plans
    group by snapshot_id

),

newest_plan as (

    select max(plan_id) as plan_id
    from plans

),

-- A push that was killed goes on with the newest plan alone, and only while its snapshot is the newest.
needed as (

    select snapshot_id from complete
    where newest_first = 1

    union

    select planned.snapshot_id
    from planned
    inner join newest_plan on planned.newest_plan_id = newest_plan.plan_id

),

listed as (

    select distinct snapshot_id from lists

),

final as (

    select
        snapshots.snapshot_id,
        snapshots.base_url,
        snapshots.started_at,
        snapshots.completed_at,
        snapshots.document_count,
        -- Results say by their plan's snapshot which N2F they are of.
        {{ flag('planned.snapshot_id is not null') }} as is_row_kept
    from snapshots
    left join needed on snapshots.snapshot_id = needed.snapshot_id
    left join planned on snapshots.snapshot_id = planned.snapshot_id
    left join listed on snapshots.snapshot_id = listed.snapshot_id
    where
        needed.snapshot_id is null
        and (planned.snapshot_id is null or listed.snapshot_id is not null)

)

select * from final
